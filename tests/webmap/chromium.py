"""A real Chromium for the tests of pages, with the network cut outside our own host."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # no name leads anywhere
]
READY = "#map-status[data-layers=ready]"  # every layer that is switched on stands on the map


@contextmanager
def chromium() -> Iterator[Browser]:
    path = os.environ.get("FENQU_CHROMIUM")
    assert path, "FENQU_CHROMIUM is not set: run the browser tests through scripts/test"
    with sync_playwright() as tool:
        made = tool.chromium.launch(executable_path=path, args=FLAGS)
        yield made
        made.close()


def wait_for_layers(page: Page, seconds: float = 30.0) -> None:
    page.wait_for_selector(READY, state="attached", timeout=seconds * 1000.0)
