"""Frames: every coordinate reference that a sender can name, held against pyproj and against known codes."""

import numpy as np
import pytest
import shapely
from pyproj import CRS, Transformer

from geo.crs import to_bd09, to_gcj02
from geo.errors import CatalogueError, SiteCrsUnknown, SiteDatumRefused
from geo.frames import Zone, coded, load_datums, of_zone, read_frame
from geo.settings import ROOT

YANJI = shapely.Point(129.5024, 42.8883)
PARAMETERS = "10.5,-20,30,1.5,-2,3,4.2"


@pytest.mark.parametrize(
    ("text", "name", "accuracy_m"),
    [
        ("EPSG:4490", "EPSG:4490", 0.0),
        ("4326", "EPSG:4326", 0.0),
        ("urn:ogc:def:crs:EPSG::4552", "EPSG:4552", 0.0),
        ("GCJ-02", "GCJ-02", 11.0),
        ("gcj02", "GCJ-02", 11.0),
        (" ＧＣＪ－０２ ", "GCJ-02", 11.0),
        ("火星", "GCJ-02", 11.0),
        ("高德", "GCJ-02", 11.0),
        ("BD-09", "BD-09", 22.0),
        ("bd09", "BD-09", 22.0),
        ("百度", "BD-09", 22.0),
        ("EPSG:2367+towgs84=10,-20,30", "EPSG:2367+towgs84=10,-20,30", 0.0),
        ("epsg:2419 + TOWGS84 = 1.50, 2, 3, 0, 0, 0, 1", "EPSG:2419+towgs84=1.5,2,3,0,0,0,1", 0.0),
        ("4610+towgs84=1,2,3", "EPSG:4610+towgs84=1,2,3", 0.0),
    ],
)
def test_a_frame_is_read_by_code_and_by_name(text, name, accuracy_m):
    frame = read_frame(text)
    assert (frame.name, frame.accuracy_m) == (name, accuracy_m)
    assert read_frame(frame.name) == frame


@pytest.mark.parametrize(
    "text", ["", "EPSG:3857", "EPSG:32652", "WGS85", "EPSG:4552+towgs84=1,2,3", "火+towgs84=1,2,3"]
)
def test_what_is_no_frame_is_refused(text):
    with pytest.raises(SiteCrsUnknown, match="is not taken; use EPSG:4490"):
        read_frame(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("EPSG:2363", "Xi'an 1980.*no parameters for the whole country are public"),
        ("4214", "Beijing 1954.*no parameters"),
        ("西安80", "Xi'an 1980"),
        ("1954年北京坐标系", "Beijing 1954"),
        ("EPSG:2367+towgs84=1,2", "three parameters or seven"),
        ("EPSG:2367+towgs84=1,2,3,4", "three parameters or seven"),
        ("EPSG:2367+towgs84=1001,2,3", "out of range"),
        ("EPSG:2367+towgs84=1,2,3,61,0,0,0", "out of range"),
        ("EPSG:2367+towgs84=0,0,0", "out of range"),
    ],
)
def test_another_datum_takes_parameters(text, words):
    with pytest.raises(SiteDatumRefused, match=words):
        read_frame(text)


@pytest.mark.parametrize("epsg", [*range(4491, 4555), *range(2327, 2391), *range(2401, 2443), *range(21413, 21424)])
def test_the_zone_of_a_code_is_that_of_the_register(epsg):
    frame, crs = coded(epsg), CRS.from_epsg(epsg)
    told = {parameter.name: parameter.value for parameter in crs.coordinate_operation.params}
    assert frame.zone.meridian == told["Longitude of natural origin"]
    assert told["False easting"] == 500_000.0 + (frame.zone.number * 1e6 if frame.zone.numbered else 0.0)
    assert ("3-degree" in crs.name) == (frame.zone.band == 3)
    datum = {"xian80": "Xian 1980", "beijing54": "Beijing 1954", "cgcs2000": "CGCS2000"}[frame.datum]
    assert crs.name.startswith(datum)


def test_a_zone_has_one_code_in_each_datum():
    assert of_zone(Zone(3, 43, numbered=True)).name == "EPSG:4531"
    assert of_zone(Zone(6, 22, numbered=False)).name == "EPSG:4511"
    like = read_frame("EPSG:2370+towgs84=1,2,3")
    assert of_zone(Zone(3, 43, numbered=True), like).name == "EPSG:2367+towgs84=1,2,3"
    with pytest.raises(SiteCrsUnknown):
        of_zone(Zone(3, 24, numbered=True))


@pytest.mark.parametrize("parameters", ["10.5,-20,30", PARAMETERS])
def test_parameters_shift_as_proj_does_in_its_own_notation(parameters):
    frame = read_frame(f"EPSG:2367+towgs84={parameters}")
    sent = CRS.from_proj4(
        f"+proj=tmerc +lon_0=129 +x_0=43500000 +a=6378140 +rf=298.257 +towgs84={parameters} +units=m +type=crs"
    )
    expected = Transformer.from_crs(sent, "EPSG:4326", always_xy=True).transform(43_540_000.0, 4_749_000.0)
    found = frame.to_engine(shapely.Point(43_540_000.0, 4_749_000.0))
    assert (found.x, found.y) == pytest.approx(expected, abs=1e-8)  # the ellipsoids of WGS-84 and CGCS2000: 0.1 mm
    back = frame.from_engine(found)
    assert (back.x, back.y) == pytest.approx((43_540_000.0, 4_749_000.0), abs=0.005)


def test_degrees_of_another_datum_take_parameters_too():
    moved = read_frame("EPSG:4214+towgs84=15.8,-154.4,-82.3").to_engine(YANJI)
    sent = CRS.from_proj4("+proj=longlat +ellps=krass +towgs84=15.8,-154.4,-82.3 +type=crs")
    expected = Transformer.from_crs(sent, "EPSG:4326", always_xy=True).transform(YANJI.x, YANJI.y)
    assert (moved.x, moved.y) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(("name", "offset"), [("GCJ-02", to_gcj02), ("BD-09", to_bd09)])
def test_an_offset_frame_is_undone_and_says_how_far(name, offset):
    frame = read_frame(name)
    sent = shapely.Point(offset(np.array([[YANJI.x, YANJI.y]]))[0])
    found = frame.to_engine(sent)
    assert (found.x, found.y) == pytest.approx((YANJI.x, YANJI.y), abs=1e-9)
    assert frame.from_engine(found).distance(sent) < 1e-9
    east, north = frame.moved_m((found.x, found.y))
    assert east == pytest.approx((YANJI.x - sent.x) * 111_320 * np.cos(np.radians(42.89)), rel=0.01)
    assert north == pytest.approx((YANJI.y - sent.y) * 111_100, rel=0.01)


def test_every_figure_of_a_datum_says_where_it_is_from(tmp_path):
    for said in load_datums(ROOT / "layers" / "vocabulary").values():
        assert said.said
        assert said.words
    with pytest.raises(CatalogueError):
        load_datums(tmp_path)
