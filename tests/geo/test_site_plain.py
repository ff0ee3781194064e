"""WKT, EWKT, WKB and EWKB files as sites."""

import struct
from dataclasses import replace
from pathlib import Path

import pytest
import shapely

from geo.errors import SiteFileBroken, SiteGeometryUnsupported, SiteInvalid, SiteLayerUnknown, SiteTooLarge
from geo.settings import Settings
from geo.site.contents import Claim, Contents, Limits, Wanted
from geo.site.files import read

LIMITS = Limits.of(Settings())
PLOT = shapely.box(129.50, 42.88, 129.51, 42.90)
LINE = shapely.LineString([(129.5, 42.9), (129.6, 42.95)])
SQUARE = "POLYGON ((129.5 42.88, 129.51 42.88, 129.51 42.9, 129.5 42.9, 129.5 42.88))"


def take(folder: Path, content: str | bytes, name="site.wkt", limits: Limits = LIMITS, layers=()) -> Contents:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(path, name, Wanted(layers), limits)


def codes(contents: Contents) -> list[str]:
    return [notice.code for notice in contents.notices]


def nested(depth: int) -> bytes:
    collections = struct.pack("<BII", 1, 7, 1) * depth
    return collections + struct.pack("<BIdd", 1, 1, 129.5, 42.9)


@pytest.mark.parametrize(
    ("text", "crs"),
    [
        pytest.param(SQUARE, None, id="WKT"),
        pytest.param(f"\ufeff{SQUARE}\r\n", None, id="with a mark before it"),
        pytest.param(SQUARE.encode("utf-16"), None, id="UTF-16"),
        pytest.param(SQUARE.replace(", ", ",\n  ").lower(), None, id="over several lines"),
        pytest.param(f"SRID=4490;{SQUARE}", "EPSG:4490", id="EWKT"),
        pytest.param(f"srid = 4326 ; {SQUARE}", "EPSG:4326", id="EWKT with blanks"),
    ],
)
def test_one_geometry_of_a_text(tmp_path, text, crs):
    contents = take(tmp_path, text)
    (piece,) = contents.pieces
    assert piece.geometry.equals(PLOT)
    assert (contents.format, contents.claim.crs, contents.notices) == ("format.wkt", crs, ())


@pytest.mark.parametrize("between", ["\n", "\n\n", ";\n", ",", ""])
def test_several_geometries_of_a_text(tmp_path, between):
    contents = take(tmp_path, between.join([SQUARE, LINE.wkt, SQUARE]))
    assert [piece.geometry.geom_type for piece in contents.pieces] == ["Polygon", "LineString", "Polygon"]


def test_several_geometries_that_say_the_same(tmp_path):
    contents = take(tmp_path, f"SRID=4552;POINT (500000 4750000)\nSRID=4552;{SQUARE}")
    assert contents.claim.crs == "EPSG:4552"
    assert len(contents.pieces) == 2


@pytest.mark.parametrize("other", ["SRID=4490;", ""], ids=["another", "none"])
def test_two_geometries_that_contradict_each_other(tmp_path, other):
    contents = take(tmp_path, f"SRID=4552;POINT (500000 4750000)\n{other}{SQUARE}")
    assert contents.claim.by == "file"
    assert (contents.claim.crs, contents.claim.degrees) == (None, None)
    assert codes(contents) == ["claims_contradict"]


@pytest.mark.parametrize(
    ("srid", "claim"),
    [
        (0, Claim()),
        (2367, Claim("file", None, "xian80", False, 3, 43, 129.0, "Xian 1980 / 3-degree Gauss-Kruger zone 43")),
        (999999, Claim(by="file", mark="EPSG:999999", foreign=True)),
    ],
    ids=["none", "Xi'an 80", "no code"],
)
def test_what_an_srid_claims(tmp_path, srid, claim):
    found = take(tmp_path, f"SRID={srid};{SQUARE}").claim
    assert replace(found, mark=found.mark.split(" (")[0]) == claim


@pytest.mark.parametrize("endian", ["big", "little"])
@pytest.mark.parametrize("flavor", ["iso", "extended"])
@pytest.mark.parametrize("form", ["bytes", "hex", "\\x", "0x"])
def test_every_form_of_wkb(tmp_path, endian, flavor, form):
    srid = flavor == "extended"
    sent = shapely.set_srid(shapely.force_3d(PLOT, 300.0), 4490) if srid else shapely.force_3d(PLOT, 300.0)
    octets = shapely.to_wkb(
        sent, byte_order=0 if endian == "big" else 1, flavor=flavor, include_srid=srid, output_dimension=3
    )
    content = octets if form == "bytes" else form.removeprefix("hex") + octets.hex() + "\n"
    contents = take(tmp_path, content, "site.ewkb")
    assert contents.pieces[0].geometry.wkt == PLOT.wkt
    assert contents.claim.crs == ("EPSG:4490" if srid else None)
    assert (contents.format, codes(contents)) == ("format.wkb", ["heights_dropped"])


def test_several_geometries_in_hexadecimal_digits(tmp_path):
    contents = take(tmp_path, f"{PLOT.wkb_hex}\n{LINE.wkb_hex}\n", "site.wkb")
    assert [piece.geometry.wkt for piece in contents.pieces] == [PLOT.wkt, LINE.wkt]


def test_collections_and_empty_ones(tmp_path):
    contents = take(tmp_path, f"GEOMETRYCOLLECTION (POINT (129.5 42.9), {SQUARE})\nPOLYGON EMPTY\nSRID=0;POINT EMPTY")
    assert [piece.geometry.geom_type for piece in contents.pieces] == ["Point", "Polygon"]
    assert [(notice.code, notice.parameters) for notice in contents.notices] == [("geometry_missing", {"count": "2"})]


@pytest.mark.parametrize("text", ["POLYGON ((0 0, 1 0, 1 1))", shapely.box(0, 0, 1, 1).wkb_hex], ids=["WKT", "WKB"])
def test_an_open_ring_is_closed_and_told(tmp_path, text):
    octets = bytearray(bytes.fromhex(text)) if text.startswith("0") else b""
    if octets:
        octets[9:13] = struct.pack("<I", 4)  # without the last of its five points
        text = octets[:-16].hex()
    contents = take(tmp_path, text)
    assert contents.pieces[0].geometry.is_valid
    assert codes(contents) == ["rings_closed"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "hello",
        "POINT (1 2",
        "POINT 1 2)",
        "POLYGON ((1 2, three 4))",
        f"{SQUARE}\n地块",
        "LINESTRING (1 2)",
        b"\x01\x03\x00\x00\x00\xff\xff\xff\xff",
        b"\x80\x81\x82",
        "0101000000zz",
        "01010000000000",
        f"{PLOT.wkb_hex}\nPOINT (1 2)",
    ],
)
def test_what_is_no_geometry(tmp_path, content):
    with pytest.raises(SiteFileBroken, match=r"site\.wkt"):
        take(tmp_path, content)


@pytest.mark.parametrize(
    "content",
    [
        "CIRCULARSTRING (0 0, 1 1, 2 0)",
        "TIN (((0 0, 1 1, 2 0, 0 0)))",
        struct.pack("<BII6d", 1, 8, 3, 0, 0, 1, 1, 2, 0),
    ],
)
def test_curves_and_surfaces_are_refused(tmp_path, content):
    with pytest.raises(SiteGeometryUnsupported):
        take(tmp_path, content)


@pytest.mark.parametrize("vertex", ["nan 42.9", "inf 42.9"])
def test_a_vertex_that_is_no_number(tmp_path, vertex):
    with pytest.raises(SiteInvalid, match="no finite number"):
        take(tmp_path, f"LINESTRING (129.5 42.9, {vertex})")


@pytest.mark.parametrize(
    "content",
    [nested(200_000), nested(200_000).hex(), "GEOMETRYCOLLECTION (" * 200_000 + "POINT (1 2)" + ")" * 200_000],
    ids=["WKB", "hexadecimal", "WKT"],
)
def test_a_nest_without_a_bottom_is_not_walked(tmp_path, content):
    with pytest.raises(SiteTooLarge, match="more than the 32"):
        take(tmp_path, content)
    assert len(take(tmp_path, nested(20)).pieces) == 1


@pytest.mark.parametrize("content", [f"{SQUARE}\n{SQUARE}", f"{PLOT.wkb_hex}\n{PLOT.wkb_hex}"], ids=["WKT", "WKB"])
def test_more_than_is_taken(tmp_path, content):
    for limits in (replace(LIMITS, pieces=1), replace(LIMITS, vertices=9), replace(LIMITS, bytes=50)):
        with pytest.raises(SiteTooLarge):
            take(tmp_path, content, limits=limits)
    assert len(take(tmp_path, content, limits=replace(LIMITS, pieces=2, vertices=10)).pieces) == 2


def test_there_are_no_layers(tmp_path):
    with pytest.raises(SiteLayerUnknown, match="no “roads”"):
        take(tmp_path, SQUARE, layers=("roads",))
