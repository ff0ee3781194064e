"""A real server that is sent files that mean harm: it answers the others meanwhile."""

import json
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from conftest import CENTRAL_YANJI, DAY
from serving import serving

pytestmark = pytest.mark.slow
SECONDS = 4.0
RING = "129.5,42.9 129.51,42.9 129.51,42.91 129.5,42.9"
LAUGHS = '<!DOCTYPE kml [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 10}">' for at in range(12)
)
FILES = {
    "laughs.kml": f"{LAUGHS}]><kml><Placemark><name>&m;</name></Placemark></kml>".encode(),
    "deep.geojson": b"[" * 100_000 + b"]" * 100_000,
    "many.geojson": b'{"type":"LineString","coordinates":[' + b"[129,42]," * 1_500_000 + b"[129,42]]}",
    "plots.txt": "[属性描述]\n带号=43\n[地块坐标]\n".encode() + "4,1,1,a,面,,,,@\n".encode() * 700_000,
    "links.shp": b"<OGRVRTDataSource/>",
    "noise.zip": b"PK\x03\x04" + bytes(100_000),
}
QUERY = urlencode({"at": CENTRAL_YANJI, "industry": "C2631", "nature": "new", "day": DAY})


def post(address: str, name: str) -> tuple[int, str]:
    """Send a file as a form would; gives the status and the code of the error."""
    edge = "----------edge"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + FILES[name] + f"\r\n--{edge}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={edge}"}
    try:
        with urlopen(Request(f"{address}/api/v1/sites", data=body, headers=kind), timeout=60) as answer:
            return answer.status, ""
    except HTTPError as error:
        with error:
            return error.code, json.loads(error.read())["code"]


def ask(address: str) -> float:
    """Seconds until an ordinary question is answered."""
    began = monotonic()
    with urlopen(f"{address}/api/v1/screenings?{QUERY}", timeout=60) as answer:
        assert answer.status == 200
    return monotonic() - began


def test_others_are_answered_while_hostile_files_are_read(own, monkeypatch):
    monkeypatch.setenv("FENQU_SITE_FILE_SECONDS", str(SECONDS))
    with serving(own) as address, ThreadPoolExecutor(6) as senders:
        ask(address)
        sent = [senders.submit(post, address, name) for name in [*FILES] * 2]
        waits = []
        while not all(one.done() for one in sent):
            waits.append(ask(address))
        answers = {one.result() for one in sent}
        assert max(waits) < SECONDS
        assert ask(address) < SECONDS
    assert {status for status, _ in answers} <= {413, 422, 503}
    assert "site_file_refused" in {code for _, code in answers}
