"""Helpers of the tests of KML and GPX: documents around a body, and reading one."""

from dataclasses import replace
from pathlib import Path

from geo.settings import ROOT, Settings
from geo.site.contents import Contents, Limits, Wanted, decode, encode
from geo.site.files import read
from geo.texts import LANGUAGES, say

LIMITS = Limits.of(Settings())
REAL = ROOT / "tests" / "data" / "sites" / "markup"
XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
SQUARE = "129.5,42.9,0 129.51,42.9,0 129.51,42.91,0 129.5,42.91,0 129.5,42.9,0"
HOLE = "129.502,42.902 129.504,42.902 129.504,42.904 129.502,42.904 129.502,42.902"


def kml(body: str, head: str = XML, attributes: str = "") -> str:
    return (
        f'{head}<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"{attributes}>'
        f"<Document>{body}</Document></kml>"
    )


def mark(inner: str) -> str:
    return f"<Placemark>{inner}</Placemark>"


def point(text: str = "129.5,42.9") -> str:
    return f"<Point><coordinates>{text}</coordinates></Point>"


def line(text: str) -> str:
    return f"<LineString><coordinates>{text}</coordinates></LineString>"


def area(outer: str = SQUARE, *inner: str) -> str:
    rings = [("outer", outer), *(("inner", ring) for ring in inner)]
    parts = [
        f"<{w}BoundaryIs><LinearRing><coordinates>{r}</coordinates></LinearRing></{w}BoundaryIs>" for w, r in rings
    ]
    return f"<Polygon>{''.join(parts)}</Polygon>"


def gpx(body: str, creator: str = "a logger", version: str = "1.1") -> str:
    space = f"http://www.topografix.com/GPX/{version.replace('.', '/')}"
    return f'{XML}<gpx version="{version}" creator="{creator}" xmlns="{space}">{body}</gpx>'


def take(folder: Path, content: str | bytes, name: str = "a.kml", *layers: str, **limits: int) -> Contents:
    """What a file of this content holds, as the process that asks gets it; every notice has its text."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    contents = read(path, name, Wanted(tuple(layers)), replace(LIMITS, **limits))
    for notice in contents.notices:
        assert all(say(f"notice.{notice.code}", language, **notice.parameters) for language in LANGUAGES)
    assert all(say(contents.format, language) for language in LANGUAGES)
    assert decode(encode(contents)) == contents
    return contents


def told(contents: Contents) -> dict[str, dict[str, str]]:
    return {notice.code: notice.parameters for notice in contents.notices}
