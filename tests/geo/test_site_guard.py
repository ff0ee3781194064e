"""The datum guard: what each kind of numbers is read as, what is settled, and what is asked or refused."""

from time import monotonic

import numpy as np
import orjson
import pytest
import shapely
from pyproj import Proj

from geo.crs import from_gcj02, to_bd09
from geo.errors import (
    SiteCrsMissing,
    SiteCrsUnknown,
    SiteDatumRefused,
    SiteEmpty,
    SiteInvalid,
    SiteNumbersRefused,
    SiteOutOfBounds,
)
from geo.layers.catalogue import COUNTY
from geo.settings import ROOT
from geo.site.contents import Claim, Contents, Piece
from geo.site.evidence import along_limits
from geo.site.guard import judge
from geo.site.model import Notice
from geo.texts import catalogue

LON, LAT = 129.5, 42.9
PLACES = {"甲市": shapely.box(129.0, 42.5, 130.0, 43.5), "乙县": shapely.box(130.0, 42.5, 131.0, 43.5)}
GEOJSON = Claim(by="format", datum="wgs84", degrees=True)
SAID = Claim(by="file", datum="cgcs2000", mark="2000国家大地坐标系")


def grid(lon: float, lat: float, meridian: float, number: int = 0) -> tuple[float, float]:
    """Easting and northing by PROJ alone."""
    return Proj(proj="tmerc", lon_0=meridian, x_0=500_000.0 + number * 1e6, ellps="GRS80")(lon, lat)


def said(**words) -> Claim:
    return Claim(by="file", **words)


E, N = grid(LON, LAT, 129.0)
E43, E22 = E + 43e6, E + 22e6
EAST_126, N_126 = grid(LON, LAT, 126.0)
WEST_E, WEST_N = grid(128.5, LAT, 129.0)  # in the zone of 132 it would lie at 131.5
HERE = (LON, LAT)
ASSUMED = ("datum_assumed",)
UNSAID = ("grid_datum_unsaid",)
UNTOLD = ("grid_datum_unsaid", "zone_unsaid")


@pytest.mark.parametrize(
    ("numbers", "claim", "crs", "address", "readings", "settled", "codes"),
    [
        # degrees
        pytest.param(HERE, Claim(), None, "", [("EPSG:4490", *HERE)], True, ASSUMED, id="degrees of nobody"),
        pytest.param(HERE, GEOJSON, None, "", [("EPSG:4326", *HERE)], True, ASSUMED, id="degrees by the format"),
        pytest.param(
            HERE, said(crs="EPSG:4490"), None, "", [("EPSG:4490", *HERE)], True, (), id="CGCS2000 by the file"
        ),
        pytest.param(
            HERE,
            said(crs="EPSG:4326"),
            None,
            "",
            [("EPSG:4326", *HERE)],
            True,
            ("wgs84_taken_as_cgcs2000",),
            id="WGS-84 by the file",
        ),
        pytest.param(HERE, SAID, None, "", [("EPSG:4490", *HERE)], True, (), id="a datum in words"),
        pytest.param(
            HERE,
            said(datum="cgcs2000", zone=43, band=3),
            None,
            "",
            [("EPSG:4490", *HERE)],
            True,
            (),
            id="degrees under a head that speaks of zones",
        ),
        pytest.param(HERE, GEOJSON, "EPSG:4490", "", [("EPSG:4490", *HERE)], True, (), id="CGCS2000 by the sender"),
        pytest.param(
            HERE,
            said(datum="gcj02", mark="GCJ02"),
            None,
            "",
            [("GCJ-02", None, None)],
            True,
            ("converted_from",),
            id="GCJ-02 by the file",
        ),
        pytest.param(
            HERE, GEOJSON, "高德", "", [("GCJ-02", None, None)], True, ("converted_from",), id="GCJ-02 chosen"
        ),
        pytest.param(HERE, GEOJSON, "BD09", "", [("BD-09", None, None)], True, ("converted_from",), id="BD-09 chosen"),
        pytest.param(
            HERE,
            SAID,
            "GCJ-02",
            "",
            [("GCJ-02", None, None)],
            True,
            ("converted_from", "claim_overruled"),
            id="the sender against the file",
        ),
        pytest.param(
            HERE,
            said(datum="xian80"),
            "EPSG:4490",
            "",
            [("EPSG:4490", *HERE)],
            True,
            ("claim_overruled",),
            id="CGCS2000 chosen for a file of Xi'an 80",
        ),
        pytest.param(
            HERE,
            said(datum="xian80"),
            "EPSG:4610+towgs84=1,2,3",
            "",
            [("EPSG:4610+towgs84=1,2,3", None, None)],
            True,
            ("converted_by_parameters",),
            id="degrees of Xi'an 80 with parameters",
        ),
        pytest.param(
            (LAT, LON), Claim(), None, "", [("EPSG:4490", *HERE)], True, ("axes_turned", *ASSUMED), id="latitude first"
        ),
        pytest.param(
            (LAT, LON),
            said(crs="EPSG:4490"),
            None,
            "",
            [("EPSG:4490", *HERE)],
            True,
            ("axes_turned",),
            id="latitude first under a CRS",
        ),
        pytest.param(
            (LAT, LON),
            Claim(),
            "GCJ-02",
            "",
            [("GCJ-02", None, None)],
            True,
            ("axes_turned", "converted_from"),
            id="latitude first in GCJ-02",
        ),
        pytest.param(
            HERE,
            said(crs="EPSG:4552"),
            None,
            "",
            [("EPSG:4490", *HERE)],
            True,
            ("degrees_under_grid", *ASSUMED),
            id="degrees under a .prj of metres",
        ),
        pytest.param(
            HERE,
            said(datum="cgcs2000", degrees=False),
            None,
            "",
            [("EPSG:4490", *HERE)],
            True,
            ("degrees_under_grid", *ASSUMED),
            id="degrees where the file says metres",
        ),
        pytest.param(
            HERE,
            Claim(),
            "EPSG:4552",
            "",
            [("EPSG:4490", *HERE)],
            False,
            ("degrees_under_grid",),
            id="degrees where the sender says metres",
        ),
        pytest.param(
            HERE,
            GEOJSON,
            None,
            "甲市某镇",
            [("EPSG:4326", *HERE)],
            True,
            ASSUMED,
            id="degrees in the county of the address",
        ),
        pytest.param(
            (130.003, LAT),
            GEOJSON,
            None,
            "甲市",
            [("GCJ-02", None, None), ("BD-09", None, None), ("EPSG:4326", 130.003, LAT)],
            False,
            (*ASSUMED, "lies_in_address", "converted_from"),
            id="only an offset datum puts it into the address",
        ),
        pytest.param(
            (130.5, LAT),
            SAID,
            None,
            "甲市",
            [("EPSG:4490", 130.5, LAT)],
            True,
            ("address_elsewhere",),
            id="an address elsewhere",
        ),
        # metres with the number of a zone
        pytest.param(
            (E43, N), SAID, None, "", [("EPSG:4531", *HERE)], True, ("zone_from_number",), id="zone 43, CGCS2000 said"
        ),
        pytest.param(
            (E22, N),
            SAID,
            None,
            "",
            [("EPSG:4500", *HERE)],
            True,
            ("zone_from_number",),
            id="zone 22 is of six degrees",
        ),
        pytest.param(
            (E43, N),
            Claim(),
            None,
            "",
            [("EPSG:4531", *HERE)],
            False,
            ("zone_from_number", *UNSAID),
            id="zone 43, nobody says the datum",
        ),
        pytest.param((E43, N), Claim(), "EPSG:4531", "", [("EPSG:4531", *HERE)], True, (), id="zone 43 confirmed"),
        pytest.param(
            (N, E43),
            SAID,
            None,
            "",
            [("EPSG:4531", *HERE)],
            True,
            ("axes_turned", "zone_from_number"),
            id="northing first, with zone",
        ),
        pytest.param(
            (E43, N), said(crs="EPSG:4531"), None, "", [("EPSG:4531", *HERE)], True, (), id="zone and CRS agree"
        ),
        pytest.param(
            (E43, N),
            said(crs="EPSG:4552"),
            None,
            "",
            [("EPSG:4552", *HERE)],
            True,
            ("zone_number_adapted",),
            id="a CRS without the number that the eastings bear",
        ),
        pytest.param(
            (E, N),
            said(crs="EPSG:4531"),
            None,
            "",
            [("EPSG:4531", *HERE)],
            True,
            ("zone_number_adapted",),
            id="a CRS with a number that the eastings lack",
        ),
        pytest.param(
            (E22, N),
            said(crs="EPSG:4531"),
            None,
            "",
            [("EPSG:4531", *HERE)],
            True,
            ("zone_number_adapted",),
            id="the same meridian in zones of three and of six degrees",
        ),
        pytest.param(
            (E43, N),
            said(datum="cgcs2000", zone=43, band=3),
            None,
            "",
            [("EPSG:4531", *HERE)],
            True,
            ("zone_from_number",),
            id="zone and head agree",
        ),
        pytest.param(
            (E43, N),
            said(datum="cgcs2000", zone=44, mark="带号44"),
            None,
            "",
            [("EPSG:4531", *HERE), ("EPSG:4553", LON + 3, LAT)],
            False,
            ("zone_from_number", "zone_contradicts"),
            id="zone 43 under a head of 44",
        ),
        pytest.param(
            (E43, N),
            said(datum="cgcs2000", zone=44),
            "EPSG:4553",
            "",
            [("EPSG:4553", LON + 3, LAT)],
            True,
            ("zone_contradicts",),
            id="the sender chooses the head's zone",
        ),
        pytest.param(
            (E43, N),
            said(datum="cgcs2000", zone=44),
            "EPSG:4531",
            "",
            [("EPSG:4531", *HERE)],
            True,
            (),
            id="the sender chooses the zone of the numbers",
        ),
        pytest.param(
            (E43, N),
            Claim(),
            "EPSG:4553",
            "",
            [("EPSG:4531", *HERE)],
            False,
            ("zone_contradicts",),
            id="the sender alone against the number",
        ),
        pytest.param(
            (E43, N),
            Claim(),
            "EPSG:4552",
            "",
            [("EPSG:4552", *HERE)],
            True,
            ("zone_number_adapted",),
            id="the sender's CRS without the number",
        ),
        pytest.param(
            (E43, N),
            GEOJSON,
            None,
            "",
            [("EPSG:4531", *HERE)],
            False,
            ("metres_under_degrees", "zone_from_number", *UNSAID),
            id="metres in GeoJSON",
        ),
        pytest.param(
            (E43, N),
            Claim(),
            "EPSG:4490",
            "",
            [("EPSG:4531", *HERE)],
            False,
            ("metres_under_degrees", "zone_from_number", *UNSAID),
            id="metres where the sender says degrees",
        ),
        pytest.param(
            (E43, N),
            said(datum="xian80"),
            "EPSG:2367+towgs84=10,-20,30",
            "",
            [("EPSG:2367+towgs84=10,-20,30", None, None)],
            True,
            ("converted_by_parameters",),
            id="metres of Xi'an 80 with parameters",
        ),
        pytest.param(
            (E, N),
            Claim(),
            "EPSG:2367+towgs84=10,-20,30",
            "",
            [("EPSG:2367+towgs84=10,-20,30", None, None)],
            True,
            ("converted_by_parameters", "zone_number_adapted"),
            id="Xi'an 80 without the number of its zone",
        ),
        # metres without a number
        pytest.param((E, N), said(crs="EPSG:4552"), None, "", [("EPSG:4552", *HERE)], True, (), id="a CRS by the file"),
        pytest.param(
            (E, N),
            said(crs="EPSG:4511"),
            None,
            "",
            [("EPSG:4511", *HERE)],
            True,
            (),
            id="a zone of six degrees by the file",
        ),
        pytest.param((E, N), Claim(), "EPSG:4552", "", [("EPSG:4552", *HERE)], True, (), id="a CRS by the sender"),
        pytest.param(
            (E, N),
            Claim(),
            "EPSG:4531",
            "",
            [("EPSG:4531", *HERE)],
            True,
            ("zone_number_adapted",),
            id="the sender's CRS with a number",
        ),
        pytest.param(
            (N, E), said(crs="EPSG:4552"), None, "", [("EPSG:4552", *HERE)], True, ("axes_turned",), id="northing first"
        ),
        pytest.param(
            (E, N),
            said(datum="cgcs2000", meridian=129.0, mark="中央子午线129°"),
            None,
            "",
            [("EPSG:4552", *HERE)],
            True,
            ("zone_from_file",),
            id="a central meridian by the file",
        ),
        pytest.param(
            (E, N),
            said(datum="cgcs2000", zone=22, band=6),
            None,
            "",
            [("EPSG:4552", *HERE)],
            True,
            ("zone_from_file",),
            id="zone 22 of six degrees by the file",
        ),
        pytest.param(
            (E, N),
            said(meridian=129.0),
            None,
            "",
            [("EPSG:4552", *HERE)],
            False,
            ("zone_from_file", *UNSAID),
            id="a meridian without a datum",
        ),
        pytest.param(
            (EAST_126, N_126),
            said(datum="cgcs2000", meridian=126.0),
            None,
            "",
            [("EPSG:4551", *HERE)],
            True,
            ("zone_from_file",),
            id="ground beyond its zone, as the file says",
        ),
        pytest.param(
            (E, N),
            said(datum="cgcs2000", zone=43, meridian=126.0),
            None,
            "",
            [("EPSG:4551", LON - 3, LAT), ("EPSG:4552", *HERE)],
            False,
            ("zone_from_file",),
            id="a file that contradicts itself",
        ),
        pytest.param(
            (E, N),
            Claim(),
            None,
            "",
            [("EPSG:4552", *HERE)],
            False,
            ("zone_tried", *UNTOLD),
            id="one zone here, and it is asked all the same",
        ),
        pytest.param(
            (E, N),
            SAID,
            None,
            "",
            [("EPSG:4552", *HERE)],
            False,
            ("zone_tried", "zone_unsaid"),
            id="CGCS2000 without a zone is asked",
        ),
        pytest.param(
            (N, E),
            Claim(),
            None,
            "",
            [("EPSG:4552", *HERE)],
            False,
            ("axes_turned", "zone_tried", *UNTOLD),
            id="northing first, nothing said",
        ),
        pytest.param(
            (WEST_E, WEST_N),
            Claim(),
            None,
            "",
            [("EPSG:4552", 128.5, LAT), ("EPSG:4553", 131.5, LAT)],
            False,
            ("zone_tried", *UNTOLD),
            id="two zones here or near",
        ),
        pytest.param(
            (WEST_E, WEST_N),
            said(band=6),
            None,
            "",
            [("EPSG:4552", 128.5, LAT)],
            False,
            ("zone_tried", *UNTOLD),
            id="six degrees leave one of them, which is asked",
        ),
        pytest.param(
            (WEST_E, WEST_N), Claim(), "EPSG:4553", "", [("EPSG:4553", 131.5, LAT)], True, (), id="one of two is chosen"
        ),
        pytest.param(
            (E, N),
            SAID,
            None,
            "甲市某镇某村",
            [("EPSG:4552", *HERE)],
            True,
            ("zone_tried", "lies_in_address"),
            id="the address tells the zone",
        ),
        pytest.param(
            (E, N),
            Claim(),
            None,
            "甲市",
            [("EPSG:4552", *HERE)],
            False,
            ("zone_tried", "lies_in_address", *UNSAID),
            id="the address tells the zone, nobody the datum",
        ),
        pytest.param(
            (E, N),
            SAID,
            None,
            "乙县",
            [("EPSG:4552", *HERE)],
            False,
            ("zone_tried", "zone_unsaid"),
            id="an address in which no zone puts it",
        ),
        pytest.param(
            (np.radians(LON) * 6_378_137.0, 5_297_000.0),
            Claim(),
            None,
            "",
            [("EPSG:4492", None, None)],
            False,
            ("zone_from_number", "like_web_mercator", *UNSAID),
            id="web Mercator that looks like zone 14",
        ),
        pytest.param(
            (14_420_000.0, 5_290_000.0),
            SAID,
            None,
            "",
            [("EPSG:4492", None, None)],
            False,
            ("zone_from_number", "like_web_mercator"),
            id="web Mercator under a head of CGCS2000",
        ),
        pytest.param(
            HERE, said(mark="坐标系同前"), None, "", [("EPSG:4490", *HERE)], False, ASSUMED, id="words nobody can read"
        ),
    ],
)
def test_numbers_are_read(numbers, claim, crs, address, readings, settled, codes):
    found = judge(contents(shapely.Point(numbers), claim), crs, PLACES, address)
    assert [reading.crs for reading in found.readings] == [name for name, _, _ in readings]
    for reading, (_, lon, lat) in zip(found.readings, readings, strict=True):
        if lon is not None:
            place = reading.place(shapely.Point(numbers))
            assert (place.x, place.y) == pytest.approx((lon, lat), abs=1e-9)
    assert found.settled is settled
    told = [notice for reading in found.readings for notice in reading.evidence] + [*found.notices]
    assert {notice.code for notice in told} == set(codes)
    for notice in told:
        assert catalogue("zh")[f"notice.{notice.code}"].format_map(notice.parameters)


def contents(geometry, claim=GEOJSON, notices=()):
    pieces = tuple(Piece(one) for one in shapely.get_parts(geometry))
    return Contents("geojson", pieces, claim, notices=tuple(notices))


@pytest.mark.parametrize(
    ("numbers", "claim", "crs", "kind", "words"),
    [
        pytest.param((E / 1e3, N / 1e3), SAID, None, SiteNumbersRefused, "kilometres", id="kilometres"),
        pytest.param((E * 1e3, N * 1e3), Claim(), None, SiteNumbersRefused, "millimetres", id="millimetres"),
        pytest.param((E43 * 1e3, N * 1e3), Claim(), "EPSG:4531", SiteNumbersRefused, "millimetres", id="with a zone"),
        pytest.param((E - 5e5, N), SAID, None, SiteNumbersRefused, "taken off the eastings", id="500 km taken off"),
        pytest.param(
            (-40_000.0, N), Claim(), None, SiteNumbersRefused, "taken off the eastings", id="a negative easting"
        ),
        pytest.param(
            (N, -40_000.0), Claim(), None, SiteNumbersRefused, "taken off the eastings", id="and northing first"
        ),
        pytest.param((1e7, 5.3e6), Claim(), None, SiteNumbersRefused, "Mercator", id="web Mercator"),
        pytest.param((521.4, 1_386.2), Claim(), None, SiteNumbersRefused, "kilometres", id="a plan of its own, or km"),
        pytest.param((0.0, 0.0), Claim(), None, SiteNumbersRefused, "own coordinates", id="nought"),
        pytest.param((540_000.0, 600_000.0), Claim(), None, SiteNumbersRefused, "neither degrees", id="south of 9°N"),
        pytest.param((2.35, 48.85), GEOJSON, None, SiteOutOfBounds, "73–136", id="Paris"),
        pytest.param((E, N), said(datum="xian80"), None, SiteDatumRefused, "Xi'an 1980", id="Xi'an 80"),
        pytest.param((E, N), said(crs="EPSG:2419"), None, SiteDatumRefused, "Beijing 1954", id="Beijing 54"),
        pytest.param(HERE, said(crs="EPSG:4610"), None, SiteDatumRefused, "Xi'an 1980", id="degrees of Xi'an 80"),
        pytest.param((E, N), Claim(), "EPSG:2388", SiteDatumRefused, "no parameters", id="Xi'an 80 by the sender"),
        pytest.param((E, N), Claim(), "GCJ-02", SiteDatumRefused, "degrees only", id="metres of GCJ-02"),
        pytest.param(HERE, Claim(), "EPSG:2367+towgs84=1,2,3", SiteDatumRefused, "are degrees", id="degrees of a zone"),
        pytest.param(
            (E, N), Claim(), "EPSG:2388+towgs84=900,900,0", SiteDatumRefused, "by more than 500 m", id="too far"
        ),
        pytest.param(HERE, said(crs="EPSG:32652"), None, SiteCrsUnknown, "EPSG:32652", id="UTM"),
        pytest.param(HERE, Claim(), "EPSG:3857", SiteCrsUnknown, "EPSG:3857", id="an unknown CRS by the sender"),
        pytest.param(
            (E, N), said(datum="cgcs2000", meridian=129.5), None, SiteCrsUnknown, "129.5", id="a town's own plane"
        ),
        pytest.param(
            (900_000.0, 2_500_000.0), Claim(), None, SiteCrsMissing, "does not state", id="no zone puts it here"
        ),
        pytest.param((float("nan"), 42.0), Claim(), None, SiteInvalid, "finite", id="no number"),
    ],
)
def test_numbers_are_refused_with_what_to_do(numbers, claim, crs, kind, words):
    with pytest.raises(kind, match=words):
        judge(contents(shapely.Point(numbers), claim), crs, PLACES)


def test_points_of_two_kinds_name_the_one_that_differs():
    points = shapely.MultiPoint([HERE, (129.6, 42.8), (0.0, 0.0)])
    with pytest.raises(SiteNumbersRefused, match=r"\(0\.000, 0\.000\).*of another kind"):
        judge(contents(points), None, PLACES)


def test_a_small_plan_near_zero_is_not_taken_for_degrees():
    plan = shapely.box(80.0, 10.0, 120.0, 50.0)
    with pytest.raises(SiteNumbersRefused, match="own coordinates"):
        judge(contents(plan, Claim()), None, PLACES)


def test_eastings_of_two_zones_are_refused():
    with pytest.raises(SiteInvalid, match="42, 43"):
        judge(contents(shapely.MultiPoint([(E43, N), (E43 - 1e6, N)]), SAID), None, PLACES)


def test_nothing_is_no_site():
    with pytest.raises(SiteEmpty):
        judge(contents(shapely.Polygon()), None, PLACES)


def test_no_place_leaves_metres_without_a_zone_untold():
    with pytest.raises(SiteCrsMissing):
        judge(contents(shapely.Point(E, N), SAID), None, {})


def test_a_program_that_may_offset_leaves_two_readings_where_only_the_format_says_the_datum():
    mark = Notice("kml_program", {"program": "奥维"})
    found = judge(contents(shapely.Point(HERE), notices=[mark]), None, PLACES)
    assert ([reading.crs for reading in found.readings], found.settled) == (["EPSG:4326", "GCJ-02"], False)
    assert Notice("program_may_offset", {"program": "奥维"}) in found.readings[1].evidence
    assert judge(contents(shapely.Point(HERE), SAID, [mark]), None, PLACES).settled


@pytest.mark.parametrize("choice", ["EPSG:4552", "EPSG:4553"])
def test_what_is_chosen_of_the_readings_is_settled(choice):
    numbers = contents(shapely.Point(WEST_E, WEST_N), Claim())
    assert choice in [reading.crs for reading in judge(numbers, None, PLACES).readings]
    found = judge(numbers, choice, PLACES)
    assert ([reading.crs for reading in found.readings], found.settled) == ([choice], True)


# --- outlines of counties as a map service has them ------------------------------------------------------------------


@pytest.fixture(scope="module")
def counties(here):
    return {zone.name: zone.geometry for zone in here.store.open(COUNTY).zones}


def outline(code: str):
    """An outline as shipped: GCJ-02, unmarked."""
    return shapely.geometry.shape(orjson.loads((ROOT / f"tests/data/sites/gcj02/{code}.geojson").read_bytes()))


def moved(geometry, *formulas):
    for formula in formulas:
        geometry = shapely.transform(geometry, formula)
    return geometry


def metres_of(reading) -> float:
    return next(float(one.parameters["metres"]) for one in reading.evidence if one.code == "border_along_limits")


@pytest.mark.parametrize("code", ["222401", "222402"])
@pytest.mark.parametrize(
    ("formulas", "first"), [((), "GCJ-02"), ((from_gcj02, to_bd09), "BD-09")], ids=["as shipped", "moved on to BD-09"]
)
def test_an_unmarked_outline_of_a_county_tells_its_datum_and_is_asked(code, formulas, first, counties):
    found = judge(contents(moved(outline(code), *formulas)), None, counties)
    assert [reading.crs for reading in found.readings] == [first, "EPSG:4326"]
    assert not found.settled
    assert metres_of(found.readings[0]) < 100.0 < 350.0 < metres_of(found.readings[1])
    assert found.readings[0].accuracy_m > 0.0


def test_an_outline_that_lies_where_it_says_is_not_asked(counties):
    found = judge(contents(moved(outline("222401"), from_gcj02)), None, counties)
    assert ([reading.crs for reading in found.readings], found.settled) == (["EPSG:4326"], True)
    assert metres_of(found.readings[0]) < 100.0


def test_a_border_of_very_many_corners_tells_its_datum_too(counties):
    dense = shapely.segmentize(outline("222401"), 2e-5)
    assert shapely.get_num_coordinates(dense) > 100_000
    found = judge(contents(dense), None, counties)
    assert ([reading.crs for reading in found.readings], found.settled) == (["GCJ-02", "EPSG:4326"], False)


@pytest.mark.parametrize("across", [1, 9_000], ids=["one scribble", "a heap"])
def test_what_is_no_border_takes_no_time(across, counties):
    points = np.random.default_rng(1).uniform((129.4, 42.8), (129.6, 43.0), (180_000 // across, across, 2))
    scribbles = shapely.polygons(points.reshape(across, -1, 2))
    begun = monotonic()
    assert along_limits(list(scribbles), counties) == {}
    assert monotonic() - begun < 8.0


def test_a_plot_beside_a_limit_tells_nothing_of_its_datum(counties):
    (lon, lat), *_ = shapely.get_coordinates(counties["延吉市"])
    plot = shapely.box(lon, lat, lon + 0.004, lat + 0.003)
    found = judge(contents(plot), None, counties)
    assert ([reading.crs for reading in found.readings], found.settled) == (["EPSG:4326"], True)


def test_corners_that_two_publishers_share_lie_together_within_the_accuracy_of_gcj02(counties):
    """Our outlines are thinned, yet many of the corners that they keep of this one stand in the other too."""
    reading = judge(contents(outline("222401")), "GCJ-02", counties).readings[0]
    ours = shapely.get_coordinates(counties["延吉市"])

    def shared(outline_of_theirs):
        theirs = shapely.get_coordinates(outline_of_theirs)
        metres = np.array([111_100.0 * np.cos(np.radians(42.9)), 111_100.0])
        nearest = np.array([np.hypot(*((theirs - one) * metres).T).min() for one in ours])
        return nearest[nearest < reading.accuracy_m]

    assert len(shared(reading.place(outline("222401")))) > 0.3 * len(ours)
    assert np.median(shared(reading.place(outline("222401")))) < 2.0
    assert len(shared(outline("222401"))) < 0.15 * len(ours)  # as shipped: by chance only


@pytest.mark.parametrize(
    ("numbers", "claim", "error", "words"),
    [
        pytest.param((E, N), said(datum="local", mark="独立坐标系"), SiteDatumRefused, "local grid", id="a local grid"),
        pytest.param(
            (E, N),
            said(datum="cgcs2000", degrees=False, mark="CGCS2000 (129.5°, 500000 m)", foreign=True),
            SiteCrsUnknown,
            r"129\.5°",
            id="a meridian of a town",
        ),
        pytest.param(
            HERE, said(degrees=True, mark="NAD27", foreign=True), SiteCrsUnknown, "NAD27", id="another country's"
        ),
    ],
)
def test_what_a_file_names_and_nobody_takes_is_refused_and_never_passed_over(numbers, claim, error, words):
    with pytest.raises(error, match=words):
        judge(contents(shapely.Point(numbers), claim), None, PLACES)
    chosen = judge(contents(shapely.Point(numbers), claim), "EPSG:4552" if numbers != HERE else "EPSG:4490", PLACES)
    assert chosen.settled
    assert "claim_overruled" in [notice.code for notice in chosen.notices]


@pytest.mark.parametrize("code", ["claims_contradict", "datum_unknown", "drawing_placed_elsewhere"])
@pytest.mark.parametrize("numbers", [HERE, (E43, N)], ids=["degrees", "metres"])
def test_a_file_that_contradicts_itself_is_asked(numbers, code):
    doubt = Notice(code, {"said": "A / B", "system": "A"})
    assert not judge(contents(shapely.Point(numbers), SAID, [doubt]), None, PLACES).settled
    assert judge(contents(shapely.Point(numbers), SAID), None, PLACES).settled
    choice = "EPSG:4490" if numbers == HERE else "EPSG:4531"
    assert judge(contents(shapely.Point(numbers), SAID, [doubt]), choice, PLACES).settled
