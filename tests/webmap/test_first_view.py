"""What the first view of the map costs: bytes as transferred, and the time until every layer is drawn and answers."""

import time

import pytest
from chromium import chromium, wait_for_layers
from serving import serving

pytestmark = pytest.mark.slow
MOST_BYTES = 1_000_000
MOST_SECONDS = 6.0  # generous: the machine of a test is shared; docs/benchmarks.md has what was measured on a quiet one


def test_the_first_view_is_under_a_megabyte_and_soon_there(built):
    with serving(built, workers=1) as address, chromium() as browser:
        taken = []
        for _ in range(3):
            context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")
            page, sizes = context.new_page(), []
            wire = context.new_cdp_session(page)
            wire.send("Network.enable")
            wire.on("Network.loadingFinished", lambda event, sizes=sizes: sizes.append(event["encodedDataLength"]))
            begun = time.perf_counter()
            page.goto(f"{address}/?lang=zh", wait_until="commit")
            wait_for_layers(page)
            taken.append(time.perf_counter() - begun)
            assert page.locator("#map_main path.leaflet-interactive").count() > 188
            page.wait_for_load_state("networkidle")
            assert sum(sizes) < MOST_BYTES
            context.close()
        print(
            f"first view: {sum(sizes):.0f} bytes in {len(sizes)} files; {', '.join(f'{each:.2f} s' for each in taken)}"
        )
        assert min(taken) < MOST_SECONDS
