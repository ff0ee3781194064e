import re
from math import pi
from time import monotonic

import numpy as np
import orjson
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Proj
from samples import STEADY

from geo.crs import to_bd09, to_gcj02
from geo.errors import (
    FenquError,
    SiteAxesSwapped,
    SiteCrsUnknown,
    SiteEmpty,
    SiteGeometryUnsupported,
    SiteInvalid,
    SiteMixed,
    SiteNeedsWidth,
    SiteNumberOutOfRange,
    SiteOutOfBounds,
    SiteTooLarge,
    SiteUnreadable,
)
from geo.settings import Settings
from geo.site import Site, read_site

GEOD = Geod(ellps="GRS80")
YANJI = shapely.Point(129.5024, 42.8883)
SQUARE = [[129.5, 42.9], [129.51, 42.9], [129.51, 42.91], [129.5, 42.91], [129.5, 42.9]]
PLANT = {"type": "Polygon", "coordinates": [SQUARE]}
EAST_PLANT = {"type": "Polygon", "coordinates": [[[lon + 0.1, lat] for lon, lat in SQUARE]]}
PIPE = {"type": "LineString", "coordinates": [[129.51, 42.905], [129.55, 42.905]]}
WELL = {"type": "Point", "coordinates": [129.5024, 42.8883]}


def feature(geometry, **properties):
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


def notices(site):
    return [notice.code for notice in site.notices]


# --- A coordinate -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("129.5024,42.8883", id="a comma"),
        pytest.param("129.5024, 42.8883", id="a comma and a blank"),
        pytest.param("  129.5024 42.8883  ", id="a blank"),
        pytest.param("129.5024\t42.8883", id="a tab"),
        pytest.param("129.5024\n42.8883", id="a new line"),
        pytest.param("129.5024\r\n42.8883\r\n", id="a new line from Windows"),
        pytest.param("129.5024，42.8883", id="a full-width comma"),
        pytest.param("129.5024， 42.8883", id="a full-width comma and a blank"),
        pytest.param("129.5024、42.8883", id="an enumeration comma"),
        pytest.param("129.5024;42.8883", id="a semicolon"),
        pytest.param("129.5024；42.8883", id="a full-width semicolon"),
        pytest.param("+129.5024,+42.8883", id="plus signs"),
        pytest.param("129.50240,42.888300", id="trailing noughts"),
        pytest.param("SRID=4490;129.5024,42.8883", id="an SRID before it"),
        pytest.param("srid = 4490 ; 129.5024 42.8883", id="an SRID with blanks"),
        pytest.param("POINT (129.5024 42.8883)", id="WKT"),
        pytest.param("point(129.5024 42.8883)", id="WKT in small letters"),
        pytest.param("SRID=4490;POINT(129.5024 42.8883)", id="EWKT"),
        pytest.param('{"type":"Point","coordinates":[129.5024,42.8883]}', id="GeoJSON"),
        pytest.param('\n {"type":"Point","coordinates":[129.5024,42.8883]}', id="GeoJSON after a new line"),
    ],
)
@pytest.mark.parametrize("either_order", [False, True], ids=["longitude first", "either order"])
def test_one_place_in_every_form(text, either_order):
    site = read_site(text, either_order=either_order)
    assert site.ground == YANJI
    assert site.crs == "EPSG:4490"
    assert site.is_point
    assert site.area_m2 == 0.0
    plain = re.fullmatch(r"[+\d.]+\s*[\s,，、;；]\s*[+\d.]+", text.strip())
    typed = plain or text.lower().startswith("point")
    assert notices(site) == (["datum_assumed"] if either_order and typed else [])


def test_geojson_whose_crs_is_null_says_nothing_of_its_datum():
    text = '{"type":"Point","crs":null,"coordinates":[129.5024,42.8883]}'
    assert notices(read_site(text, either_order=True)) == ["datum_assumed"]


def test_a_crs_that_is_said_is_not_assumed():
    assert notices(read_site("129.5024,42.8883", crs="EPSG:4490", either_order=True)) == []


def test_what_was_assumed_says_how_far_off_it_would_be_otherwise():
    (told,) = read_site("129.5024,42.8883", either_order=True).notices
    offset = [convert(np.array([[129.5024, 42.8883]]))[0] for convert in (to_gcj02, to_bd09)]
    metres = [Geod(ellps="GRS80").inv(129.5024, 42.8883, *there)[2] for there in offset]
    assert told.parameters == {"gcj02": f"{metres[0]:.0f}", "bd09": f"{metres[1]:.0f}"}
    assert 400 < metres[0] < 900 < metres[1] < 2_000


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("129°30′8.64″E 42°53′17.88″N", id="letters behind"),
        pytest.param("N42°53'17.88\"  E129°30'8.64\"", id="letters before, straight quotes, latitude first"),
        pytest.param("东经129°30′8.64″，北纬42°53′17.88″", id="Chinese"),
        pytest.param("北纬42度53分17.88秒 东经129度30分8.64秒", id="Chinese, spelt, latitude first"),
        pytest.param("동경 129도 30분 8.64초, 북위 42도 53분 17.88초", id="Korean"),
        pytest.param("129°30.144′E, 42°53.298′N", id="minutes with a fraction"),
        pytest.param("129.5024°E, 42.8883°N", id="degrees with a fraction"),
        pytest.param("129.5024E42.8883N", id="nothing between"),
        pytest.param("lat: 42.8883, lon: 129.5024", id="named"),
        pytest.param("经度：129.5024 纬度：42.8883", id="named in Chinese"),
        pytest.param("E129.5024, 42.8883", id="one axis named"),
        pytest.param("129°30′8.64″, 42°53′17.88″", id="signs only, longitude first"),
    ],
)
@pytest.mark.parametrize("either_order", [False, True], ids=["longitude first", "either order"])
def test_degrees_minutes_and_letters_of_the_compass(text, either_order):
    site = read_site(text, either_order=either_order)
    assert site.ground == YANJI
    assert (site.crs, notices(site)) == ("EPSG:4490", [])


def test_angles_without_letters_may_come_latitude_first_where_a_person_types():
    text = "42°53′17.88″,129°30′8.64″"
    assert notices(read_site(text, either_order=True)) == ["latitude_came_first"]
    with pytest.raises(SiteAxesSwapped):
        read_site(text)


@pytest.mark.parametrize(("text", "lon"), [("129°30′W 42°N", "-129.5"), ("西经129度30分，北纬42度", "-129.5")])
def test_the_west_is_beyond_china(text, lon):
    with pytest.raises(SiteOutOfBounds, match=lon):
        read_site(text)


@pytest.mark.parametrize(
    ("text", "epsg"),
    [
        pytest.param("4752345,43523456", 4531, id="northing first"),
        pytest.param("43523456 4752345", 4531, id="easting first"),
        pytest.param("X=4752345，Y=43523456", 4531, id="X is the northing"),
        pytest.param("4752345米 43523456米", 4531, id="with the unit"),
        pytest.param("4755000.5,22378000.25", 4500, id="a zone of six degrees"),
    ],
)
def test_metres_with_a_zone_before_the_easting(text, epsg):
    site = read_site(text, either_order=True)
    assert (site.crs, notices(site)) == (f"EPSG:{epsg}", ["zone_before_easting"])
    numbers = sorted((float(number) for number in re.findall(r"[\d.]{7,}", text)), reverse=True)
    said = read_site(f"{numbers[0]} {numbers[1]}", crs=f"EPSG:{epsg}")
    assert site.ground.equals_exact(said.ground, 1e-9)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        pytest.param("4752345,43523456", {}, id="where nobody types"),
        pytest.param("SRID=4490;4752345,43523456", {"either_order": True}, id="degrees by its own SRID"),
        pytest.param("4752345,523456", {"either_order": True}, id="no zone"),
        pytest.param("4752345,24523456", {"either_order": True}, id="a zone that is none"),
        pytest.param("43523456,43523456", {"either_order": True}, id="no northing"),
    ],
)
def test_metres_whose_zone_nobody_said_are_refused(text, options):
    with pytest.raises(SiteOutOfBounds):
        read_site(text, **options)


def test_degrees_are_no_metres():
    with pytest.raises(SiteUnreadable, match=r"°, EPSG:4531"):
        read_site("129°30′E 42°53′N", crs="EPSG:4531")


@pytest.mark.parametrize(
    "text", ["129" + " " * 900_000 + "x", "129°" * 200_000, "E" * 900_000, "1" * 900_000, " ".join("1" * 400_000)]
)
def test_a_long_text_that_is_no_coordinate_costs_little(text):
    begun = monotonic()
    with pytest.raises(SiteUnreadable):
        read_site(text, either_order=True)
    assert monotonic() - begun < 2.0


@pytest.mark.parametrize("text", ["42.8883,129.5024", "42.8883 129.5024", "42.8883，129.5024"])
def test_latitude_may_come_first_where_a_person_types_and_is_said(text):
    site = read_site(text, either_order=True)
    assert site.ground == YANJI
    told = {notice.code: notice.parameters for notice in site.notices}
    assert [*told] == ["datum_assumed", "latitude_came_first"]
    assert told["latitude_came_first"] == {"lon": "129.5024", "lat": "42.8883"}


@pytest.mark.parametrize(
    ("source", "either_order"),
    [
        pytest.param("42.8883,129.5024", False, id="a coordinate where longitude comes first"),
        pytest.param("SRID=4490;42.8883,129.5024", True, id="a coordinate that names its CRS"),
        pytest.param("POINT (42.8883 129.5024)", True, id="WKT"),
        pytest.param({"type": "Point", "coordinates": [42.8883, 129.5024]}, True, id="GeoJSON"),
        pytest.param({"type": "Polygon", "coordinates": [[p[::-1] for p in SQUARE]]}, True, id="a polygon"),
    ],
)
def test_swapped_axes_are_refused(source, either_order):
    with pytest.raises(SiteAxesSwapped, match="seems to have latitude first; this door takes longitude first, so swap"):
        read_site(source, either_order=either_order)


@pytest.mark.parametrize(
    ("source", "place"),
    [
        pytest.param("150,42", "150.000000, 42.000000", id="the Pacific"),
        pytest.param("129.5,2.9", "129.500000, 2.900000", id="the equator"),
        pytest.param("-129.5,42.9", "-129.500000, 42.900000", id="America"),
        pytest.param("72.999999,40", "72.999999, 40.000000", id="just west of it"),
        pytest.param("POLYGON ((129 42, 140 42, 140 43, 129 42))", "140.000000, 42.000000", id="one vertex outside"),
        pytest.param("SRID=4552;129.5,42.9", "124.", id="degrees called metres"),
    ],
)
def test_a_place_beyond_china_is_refused(source, place):
    with pytest.raises(SiteOutOfBounds, match=rf"{place}.*is not within 73–136°E, 3–54°N; check the coordinate"):
        read_site(source)


@pytest.mark.parametrize("text", ["73,3", "136,54", "73,54"])
def test_the_corners_of_china_are_taken(text):
    assert read_site(text).is_point


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("  \n", id="blanks"),
        pytest.param("延吉市", id="a name"),
        pytest.param("129.5", id="one number"),
        pytest.param("129.5,42.9,100", id="three numbers"),
        pytest.param("129.5,42.9;", id="something after it"),
        pytest.param("nan,42.9", id="no number"),
        pytest.param("1e999,42.9", id="an exponent"),
        pytest.param("129°75′,42°54′", id="75 minutes"),
        pytest.param("129.5°30′E,42°54′N", id="a fraction before minutes"),
        pytest.param("129°30′E,42°54′E", id="two longitudes"),
        pytest.param("E-129.5,N42.9", id="a sign and a letter"),
        pytest.param("129°30′E", id="one angle"),
        pytest.param("[129.5,42.9]", id="a list"),
        pytest.param("null", id="null"),
        pytest.param("{129.5,42.9}", id="no JSON"),
        pytest.param('{"type":"Point","coordinates":[1e999,42]}', id="a number past all bounds in JSON"),
        pytest.param('{"type":"Point","coordinates":[NaN,42]}', id="NaN in JSON"),
        pytest.param('{"type":"Polygon","coordinates":' + "[" * 5_000 + "]" * 5_000 + "}", id="JSON nested 5,000 deep"),
        pytest.param("POINT (129.5)", id="WKT of one number"),
        pytest.param("POINT (129.5 42.9) x", id="WKT and more"),
        pytest.param("POLYGON ((129.5 42.9, 129.6 42.9, 129.6 43.0))", id="a ring that does not close"),
        pytest.param("POLYGON ((129.5 42.9", id="WKT cut off"),
        pytest.param("SRID=4490;", id="an SRID of nothing"),
        pytest.param("CIRCLE (129.5 42.9)", id="WKT of no known type"),
    ],
)
def test_text_that_is_no_site_is_refused(text):
    with pytest.raises(SiteUnreadable, match=r"cannot be read \(.+\); send “longitude,latitude” .*GeoJSON or WKT"):
        read_site(text)


def test_the_error_shows_no_more_than_sixty_characters():
    with pytest.raises(SiteUnreadable, match=f"“{'x' * 60}” cannot be read"):
        read_site("x" * 10_000)


# --- GeoJSON ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("as_text", [False, True], ids=["decoded", "as text"])
@pytest.mark.parametrize(
    ("source", "roles", "kind"),
    [
        pytest.param(PLANT, ["site"], "Polygon", id="a geometry"),
        pytest.param(feature(PLANT), ["site"], "Polygon", id="a feature"),
        pytest.param(feature(PLANT, role=" plant "), ["plant"], "Polygon", id="a feature with a role"),
        pytest.param(feature(PLANT, role=7), ["site"], "Polygon", id="a role that is no text"),
        pytest.param(feature(PLANT, role="x" * 99), ["x" * 40], "Polygon", id="a role cut to 40 characters"),
        pytest.param({"type": "Feature", "geometry": PLANT}, ["site"], "Polygon", id="a feature without properties"),
        pytest.param(collection(feature(PLANT)), ["site"], "Polygon", id="a collection of one"),
        pytest.param(
            collection(feature(PLANT, role="厂区"), feature(PIPE, role="管线"), feature(EAST_PLANT)),
            ["厂区", "管线", "site"],
            "MultiPolygon",
            id="a collection of plant, pipeline and plant",
        ),
        pytest.param(collection(feature(WELL), feature(WELL)), ["site", "site"], "Point", id="the same point twice"),
    ],
)
def test_parts_and_roles_of_geojson(source, roles, kind, as_text):
    site = read_site(orjson.dumps(source).decode() if as_text else source, width_m=20.0)
    assert [part.role for part in site.parts] == roles
    assert site.ground.geom_type == kind
    assert site.notices == ()


@pytest.mark.parametrize(
    ("name", "crs", "said"),
    [
        pytest.param("EPSG:4490", "EPSG:4490", [], id="CGCS2000"),
        pytest.param("urn:ogc:def:crs:EPSG::4490", "EPSG:4490", [], id="as a URN"),
        pytest.param("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", ["wgs84_taken_as_cgcs2000"], id="CRS84"),
        pytest.param("EPSG:4326", "EPSG:4326", ["wgs84_taken_as_cgcs2000"], id="WGS-84"),
    ],
)
def test_a_geojson_may_name_its_crs(name, crs, said):
    site = read_site({**WELL, "crs": {"type": "name", "properties": {"name": name}}}, crs="EPSG:4552")
    assert (site.crs, site.ground, notices(site)) == (crs, YANJI, said)


def test_a_geojson_crs_of_null_says_nothing():
    assert read_site({**WELL, "crs": None}).crs == "EPSG:4490"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param({**WELL, "crs": "GCJ-02"}, id="a text"),
        pytest.param({**WELL, "crs": {"type": "link", "properties": {"href": "x"}}}, id="a link"),
        pytest.param({**WELL, "crs": {"type": "EPSG", "properties": {"code": 4525}}}, id="a code apart"),
        pytest.param(feature({**WELL, "crs": {"properties": {"name": "EPSG:4326"}}}), id="in the geometry"),
        pytest.param(collection({**feature(WELL), "crs": {"properties": {"name": "EPSG:4326"}}}), id="in a feature"),
    ],
)
def test_a_crs_that_cannot_be_read_is_never_ignored(source):
    with pytest.raises(SiteCrsUnknown, match="is not taken; use EPSG:4490"):
        read_site(source)


def test_offset_coordinates_are_converted_by_name():
    site = read_site({**WELL, "crs": {"type": "name", "properties": {"name": "GCJ-02"}}}, accuracy_m=5.0)
    there = to_gcj02(np.array([site.ground.coords[0]]))[0]
    assert there == pytest.approx(WELL["coordinates"], abs=2e-9)
    assert (site.crs, notices(site), site.accuracy_m) == ("GCJ-02", ["converted_from"], 16.0)
    assert read_site("129.5,42.9", crs="百度").crs == "BD-09"


def test_the_accuracy_of_a_conversion_does_not_hide_a_wrong_one():
    with pytest.raises(SiteNumberOutOfRange):
        read_site("129.5,42.9", crs="GCJ-02", accuracy_m=-5.0)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param([129.5, 42.9], id="a list"),
        pytest.param(None, id="null"),
        pytest.param({"type": "Point"}, id="no coordinates"),
        pytest.param({"type": "Point", "coordinates": 129.5}, id="a number for a point"),
        pytest.param({"type": "Point", "coordinates": "129.5,42.9"}, id="text for a point"),
        pytest.param({"type": "Point", "coordinates": [129.5]}, id="half a coordinate"),
        pytest.param({"type": "Point", "coordinates": [129.5, None]}, id="null in a coordinate"),
        pytest.param({"type": "Point", "coordinates": [129.5, "north"]}, id="a word in a coordinate"),
        pytest.param({"type": "Point", "coordinates": [129.5, [42.9]]}, id="a list in a coordinate"),
        pytest.param({"type": "Point", "coordinates": [129.5, 42.9, 1, 2]}, id="four numbers in a coordinate"),
        pytest.param({"type": "LineString", "coordinates": [129.5, 42.9]}, id="a line of numbers"),
        pytest.param({"type": "LineString", "coordinates": [[129.5, 42.9]]}, id="a line of one place"),
        pytest.param({"type": "Polygon", "coordinates": SQUARE}, id="a ring too shallow"),
        pytest.param({"type": "Polygon", "coordinates": [[SQUARE]]}, id="a ring too deep"),
        pytest.param({"type": "Polygon", "coordinates": [SQUARE[:2]]}, id="a ring of two places"),
        pytest.param({"type": "Polygon", "coordinates": [[[None, None]] * 4]}, id="a ring of nulls"),
        pytest.param({"type": "Polygon", "coordinates": {"a": 1}}, id="an object for coordinates"),
        pytest.param({"type": "MultiPolygon", "coordinates": [SQUARE]}, id="a multipolygon too shallow"),
        pytest.param({"type": "Feature", "geometry": None}, id="a feature without a place"),
        pytest.param({"type": "Feature", "geometry": "POINT (129.5 42.9)"}, id="WKT in a feature"),
        pytest.param({"type": "FeatureCollection"}, id="a collection without features"),
        pytest.param({"type": "FeatureCollection", "features": {"0": feature(PLANT)}}, id="features that are no list"),
        pytest.param(collection(PLANT), id="a geometry among the features"),
        pytest.param(collection(None), id="null among the features"),
    ],
)
def test_broken_geojson_is_refused(source):
    with pytest.raises((SiteUnreadable, SiteEmpty), match=r"cannot be read \(GeoJSON: .+|has no coordinate"):
        read_site(source)


def test_booleans_are_no_degrees():
    with pytest.raises(SiteOutOfBounds, match=r"The coordinate 1\.000000, 0\.000000 is not within"):
        read_site({"type": "Point", "coordinates": [True, False]})


@pytest.mark.parametrize(
    ("source", "name"),
    [
        pytest.param({"type": "GeometryCollection", "geometries": [PLANT]}, "GeometryCollection", id="a collection"),
        pytest.param(
            feature({"type": "GeometryCollection", "geometries": []}), "GeometryCollection", id="in a feature"
        ),
        pytest.param({"type": "Circle", "coordinates": [129.5, 42.9]}, "Circle", id="no type of GeoJSON"),
        pytest.param({"type": "point", "coordinates": [129.5, 42.9]}, "point", id="a small letter"),
        pytest.param({}, "None", id="no type"),
        pytest.param({"type": ["Point"], "coordinates": [129.5, 42.9]}, r"\['Point'\]", id="a list for a type"),
    ],
)
def test_other_geometries_are_refused(source, name):
    with pytest.raises(
        SiteGeometryUnsupported, match=f"is a {name}, which cannot be screened; send a point, a line with a"
    ):
        read_site(source)


# --- CRS --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("epsg", "meridian", "false_easting"),
    [
        pytest.param(4525, 111.0, 37_500_000.0, id="EPSG:4525, zone 37 with its number"),
        pytest.param(4531, 129.0, 43_500_000.0, id="EPSG:4531, zone 43 with its number"),
        pytest.param(4552, 129.0, 500_000.0, id="EPSG:4552, central meridian 129E"),
        pytest.param(4553, 132.0, 500_000.0, id="EPSG:4553, central meridian 132E"),
    ],
)
@pytest.mark.parametrize("named", ["in the text", "beside it"])
def test_projected_coordinates_are_the_same_place(epsg, meridian, false_easting, named):
    lon, lat = meridian + 0.5024, 42.8883
    plane = Proj(proj="tmerc", lat_0=0, lon_0=meridian, k=1, x_0=false_easting, ellps="GRS80")
    easting, northing = plane(lon, lat)
    text = f"{easting:.6f},{northing:.6f}"
    site = read_site(f"SRID={epsg};{text}") if named == "in the text" else read_site(text, crs=f"EPSG:{epsg}")
    assert site.crs == f"EPSG:{epsg}"
    assert (site.ground.x, site.ground.y) == pytest.approx((lon, lat), abs=1e-9)
    assert notices(site) == []


def test_a_projected_polygon_is_as_large_as_in_degrees():
    plane = Proj(proj="tmerc", lat_0=0, lon_0=129, k=1, x_0=43_500_000, ellps="GRS80")
    ring = ", ".join(f"{x:.4f} {y:.4f}" for x, y in (plane(*place) for place in SQUARE))
    assert read_site(f"SRID=4531;POLYGON (({ring}))").area_m2 == pytest.approx(read_site(PLANT).area_m2, rel=1e-6)


def test_northing_first_is_refused_not_guessed():
    with pytest.raises(SiteOutOfBounds, match="check the coordinate, its order and its CRS"):
        read_site("SRID=4552;4749000,540000")


def test_wgs84_is_taken_with_a_notice():
    site = read_site("SRID=4326;129.5024,42.8883")
    assert (site.crs, site.ground, notices(site)) == ("EPSG:4326", YANJI, ["wgs84_taken_as_cgcs2000"])


def test_the_text_wins_over_the_door():
    assert read_site("SRID=4490;129.5024,42.8883", crs="EPSG:4326").crs == "EPSG:4490"


@pytest.mark.parametrize("crs", ["EPSG:3857", "SRID=3857;", ""])
def test_an_unknown_crs_is_refused(crs):
    with pytest.raises(
        SiteCrsUnknown, match=r"is not taken; use EPSG:4490 \(CGCS2000\), EPSG:4326 or EPSG:4491 to 4554"
    ):
        read_site(f"{crs}129.5,42.9") if crs.startswith("SRID") else read_site("129.5,42.9", crs=crs)


# --- What every site passes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        pytest.param("LINESTRING (129 42, 129 42)", "Too few points", id="a line without length"),
        pytest.param("POINT (nan 42)", "no finite number", id="NaN"),
        pytest.param({"type": "Point", "coordinates": [float("nan"), 42.0]}, "no finite number", id="NaN, decoded"),
        pytest.param(
            {"type": "Point", "coordinates": [float("inf"), 42.0]}, "no finite number", id="infinity, decoded"
        ),
        pytest.param(
            "POLYGON ((129 42, 129.0000000001 42, 129 42.0000000001, 129 42))",
            "",
            id="a triangle smaller than 1e-9 degrees",
        ),
    ],
)
def test_an_invalid_geometry_is_refused(source, reason):
    with pytest.raises(SiteInvalid, match=f"geometry is invalid: .*{reason}.*mend that place"):
        read_site(source, width_m=10.0)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("POINT EMPTY", id="an empty point"),
        pytest.param("POLYGON EMPTY", id="an empty polygon"),
        pytest.param("SRID=4552;MULTIPOLYGON EMPTY", id="an empty multipolygon in metres"),
        pytest.param({"type": "Polygon", "coordinates": []}, id="no ring"),
        pytest.param(collection(), id="no feature"),
        pytest.param(collection(feature(PLANT), feature({"type": "Polygon", "coordinates": []})), id="one part of two"),
    ],
)
def test_an_empty_site_is_refused(source):
    with pytest.raises(SiteEmpty, match="has no coordinate; send at least one point or polygon"):
        read_site(source)


@pytest.mark.parametrize(
    "geometry", [pytest.param(PLANT, id="a polygon"), pytest.param(PIPE, id="a line with a width")]
)
def test_points_and_areas_are_not_one_site(geometry):
    with pytest.raises(SiteMixed, match="mixes points with areas; a point has no area, so screen them apart"):
        read_site(collection(feature(WELL), feature(geometry)), width_m=10.0)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        pytest.param({"site_vertices": 4}, "has 5 vertices, more than the 4 taken at once", id="vertices"),
        pytest.param({"body_bytes": 50}, "has 72 bytes, more than the 50 taken at once", id="bytes"),
    ],
)
def test_a_site_may_be_too_large(limits, words):
    text = "POLYGON ((129.5 42.9, 129.6 42.9, 129.6 43.0, 129.5 43.0, 129.5 42.9))"
    assert len(text) == 72 - 2
    with pytest.raises(SiteTooLarge, match=f"{words}; simplify it, or screen it in pieces"):
        read_site(f"\n{text}\n", settings=Settings(**limits))


def test_bytes_are_counted_not_characters():
    with pytest.raises(SiteTooLarge, match="has 30 bytes, more than the 29 taken"):
        read_site("延" * 10, settings=Settings(body_bytes=29))


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("MULTIPOINT (129 42, 130 43, 131 44)", id="in one geometry"),
        pytest.param(collection(feature(WELL), feature(WELL), feature(WELL)), id="in a collection"),
    ],
)
def test_a_site_may_have_too_many_parts(source):
    with pytest.raises(SiteTooLarge, match="has 3 parts, more than the 2 taken at once"):
        read_site(source, settings=Settings(site_parts=2))
    assert read_site(source, settings=Settings(site_parts=3)).is_point


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        pytest.param(
            {"accuracy_m": -1.0}, "accuracy_m is -1.0; it must be between 0.0 and 10000.0 metres", id="accuracy"
        ),
        pytest.param({"accuracy_m": float("nan")}, "accuracy_m is nan; it must be between", id="an accuracy of NaN"),
        pytest.param({"accuracy_m": 10_000.1}, "accuracy_m is 10000.1; it must be", id="an accuracy past the longest"),
        pytest.param({"width_m": 0.0}, "width_m is 0.0; it must be between 0.1 and 1000.0 metres", id="no width"),
        pytest.param({"width_m": 1_000.1}, "width_m is 1000.1; it must be", id="a width past the widest"),
        pytest.param({"width_m": float("inf")}, "width_m is inf; it must be", id="an endless width"),
    ],
)
def test_a_length_out_of_range_is_refused(numbers, words):
    with pytest.raises(SiteNumberOutOfRange, match=words):
        read_site(WELL, **numbers)


def test_a_line_may_have_too_many_vertices():
    line = "LINESTRING (129 42, 129.1 42, 129.2 42.1)"
    with pytest.raises(SiteTooLarge, match="has 3 line vertices, more than the 2 taken at once"):
        read_site(line, width_m=10.0, settings=Settings(line_vertices=2))
    assert read_site(line, width_m=10.0, settings=Settings(line_vertices=3)).area_m2 > 0.0


def test_lines_may_cross_too_often():
    line = "LINESTRING (129 42, 129.1 42.1, 129.1 42, 129 42.1)"
    with pytest.raises(SiteTooLarge, match="has 1 line crossings, more than the 0 taken at once"):
        read_site(line, width_m=10.0, settings=Settings(line_crossings=0))
    assert read_site(line, width_m=10.0, settings=Settings(line_crossings=1)).area_m2 > 0.0


def test_a_site_may_be_too_long_around():
    square = shapely.box(129.0, 42.0, 129.1, 42.1).wkt  # 0.4 degrees around, counted as 111,319 m each
    with pytest.raises(SiteTooLarge, match="has 44528 metres of lines and borders, more than the 44000 taken at once"):
        read_site(square, settings=Settings(site_perimeter_m=44_000.0))
    assert read_site(square, settings=Settings(site_perimeter_m=45_000.0)).area_m2 > 0.0


def test_a_line_needs_a_width():
    with pytest.raises(SiteNeedsWidth, match="is a line without a width; add `width_m` in metres"):
        read_site(collection(feature(PLANT), feature(PIPE)))


@pytest.mark.parametrize(
    ("places", "width_m", "rel"),
    [
        pytest.param([(129.5, 42.9), (129.5, 43.0)], 20.0, 2e-5, id="11 km along a meridian"),
        pytest.param([(129.0, 42.9), (130.0, 42.9)], 50.0, 1e-4, id="82 km along a parallel"),
        pytest.param([(129.5, 42.9), (129.52, 42.92)], 0.1, 1e-3, id="a cable: 1e-9 degrees are 0.1 mm of its 100 mm"),
        pytest.param([(129.5, 42.9), (129.55, 42.92), (129.6, 42.9), (129.7, 43.0)], 30.0, 2e-3, id="with two bends"),
    ],
)
def test_a_line_covers_its_length_times_its_width(places, width_m, rel):
    line = shapely.LineString(places)
    site = read_site(line.wkt, width_m=width_m)
    length_m = GEOD.geometry_length(shapely.segmentize(line, 0.001))
    two_ends_m2 = pi * (width_m / 2.0) ** 2
    assert site.area_m2 == pytest.approx(length_m * width_m + two_ends_m2, rel=rel)
    assert not site.is_point
    assert site.parts[0].geometry.geom_type == "LineString"


def test_a_plant_and_its_pipeline_are_one_ground():
    plant, pipe = read_site(PLANT), read_site(PIPE, width_m=20.0)
    both = read_site(collection(feature(PLANT), feature(PIPE)), width_m=20.0)
    round_end_m2 = pi * 10.0**2 / 2.0  # the half disc by which the pipeline reaches over the fence
    assert both.area_m2 == pytest.approx(plant.area_m2 + pipe.area_m2 - round_end_m2, abs=2.0)


def test_ground_under_two_parts_counts_once():
    assert read_site(collection(feature(PLANT), feature(PLANT))).area_m2 == pytest.approx(read_site(PLANT).area_m2)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("POINT Z (129.5024 42.8883 190)", id="WKT"),
        pytest.param("POINT M (129.5024 42.8883 7)", id="WKT with a measure"),
        pytest.param({"type": "Point", "coordinates": [129.5024, 42.8883, 190]}, id="GeoJSON"),
    ],
)
def test_heights_and_measures_are_dropped_and_it_is_said(source):
    site = read_site(source)
    assert notices(site) == ["heights_dropped"]
    assert site.ground == YANJI
    assert site.canonical()["parts"][0]["geometry"] == WELL


def test_coordinates_are_rounded_to_a_tenth_of_a_millimetre():
    site = read_site("129.50240000049,42.88829999951")
    assert (site.ground.x, site.ground.y) == (129.5024, 42.8883)
    assert read_site("129.5024000005001,42.8883").ground.x == 129.502400001


def test_the_record_of_a_site():
    site = read_site(collection(feature(PLANT, role="plant")), accuracy_m=2.00049, width_m=7)
    assert site.canonical() == {
        "parts": [{"role": "plant", "geometry": PLANT}],
        "crs": "EPSG:4490",
        "accuracy_m": 2.0,
        "width_m": None,
    }
    assert orjson.loads(orjson.dumps(site.canonical())) == site.canonical()


@pytest.mark.parametrize(
    "forms",
    [
        pytest.param(["129.5024,42.8883", "POINT (129.5024 42.8883)", WELL, feature(WELL)], id="a point"),
        pytest.param(
            [PLANT, feature(PLANT), shapely.geometry.shape(PLANT).wkt, orjson.dumps(PLANT).decode()], id="a polygon"
        ),
    ],
)
def test_one_site_in_several_forms_has_one_record(forms):
    assert len({orjson.dumps(read_site(form).canonical()) for form in forms}) == 1


def test_what_was_sent_is_not_changed():
    sent = orjson.dumps(collection(feature(PLANT, role="plant")))
    source = orjson.loads(sent)
    read_site(source)
    assert orjson.dumps(source) == sent


# --- Anything at all --------------------------------------------------------------------------------------------------

lon, lat = st.floats(73.0, 136.0), st.floats(3.0, 54.0)
scalars = st.none() | st.booleans() | st.integers(-200, 200) | st.floats() | st.text(max_size=5)
positions = (
    st.tuples(lon, lat).map(list)
    | st.tuples(st.integers(128, 131), st.integers(41, 45)).map(list)
    | st.lists(scalars, max_size=4)
)
ring_starts = st.lists(positions, max_size=6)
rings = ring_starts | ring_starts.map(lambda ring: [*ring, *ring[:1]])
polygons = st.lists(rings, max_size=3)
nested = positions | rings | polygons | st.lists(polygons, max_size=2)
junk = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "coordinates", "a"]), inner, max_size=3)
    ),
    max_leaves=5,
)
KINDS = ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"]
geometries = st.fixed_dictionaries(
    {"type": st.sampled_from(KINDS) | junk, "coordinates": nested | junk},
    optional={"crs": junk | st.fixed_dictionaries({"properties": junk})},
)
features = st.fixed_dictionaries(
    {"type": st.sampled_from(["Feature", "feature"]) | junk, "geometry": geometries | junk},
    optional={"properties": junk},
)
collections = st.fixed_dictionaries(
    {"type": st.just("FeatureCollection"), "features": st.lists(features, max_size=3) | junk}
)


def check_answer(source, **more):
    """A site that stands, or an error that a person can read in three languages; nothing else."""
    try:
        site = read_site(source, **more)
    except FenquError as error:
        site, said = None, [error.text(language) for language in ("zh", "ko", "en")]
    if site is None:
        assert all(said)
    else:
        assert isinstance(site, Site)
        assert site.ground.is_valid
        assert not site.ground.is_empty
        assert site.area_m2 >= 0.0
        assert orjson.dumps(site.canonical()) == orjson.dumps(site.canonical())


@given(geometries | features | collections | junk, st.sampled_from([None, 10.0]))
@settings(STEADY, max_examples=500)
def test_any_decoded_geojson_is_a_site_or_an_error(source, width_m):
    check_answer(source, width_m=width_m)


valid_geometries = (
    st.fixed_dictionaries({"type": st.just("Point"), "coordinates": st.tuples(lon, lat)})
    | st.fixed_dictionaries(
        {"type": st.just("LineString"), "coordinates": st.lists(st.tuples(lon, lat), min_size=2, max_size=4)}
    )
    | st.fixed_dictionaries(
        {
            "type": st.just("Polygon"),
            "coordinates": st.tuples(st.lists(st.tuples(lon, lat), min_size=3, max_size=5).map(lambda r: [*r, r[0]])),
        }
    )
)


@given(valid_geometries, st.sampled_from(["EPSG:4490", "EPSG:4326"]), st.floats(0.1, 500.0))
@settings(STEADY, max_examples=40)
def test_well_formed_geojson_as_text_is_a_site_or_an_error(source, crs, width_m):
    check_answer(orjson.dumps(source).decode(), crs=crs, width_m=width_m)


WORDS = (
    "POINT POLYGON MULTIPOLYGON LINESTRING EMPTY Z ( ) (( )) , ， ; SRID=4490; SRID=4552; SRID=99999; 129.5 42.9 129.6"
)
MORE = '43 0 -1 1e9 500000 4749000 { } "type" : [ ] null °'
words = st.sampled_from([*WORDS.split(), *MORE.split(), " ", "\n", "\x00"])


@given(
    st.text(max_size=30) | st.lists(words, max_size=14).map("".join) | st.lists(words, max_size=14).map(" ".join),
    st.booleans(),
)
@settings(STEADY, max_examples=500)
def test_any_text_is_a_site_or_an_error(text, either_order):
    check_answer(text, either_order=either_order, width_m=5.0)


@given(lon, lat, st.sampled_from([",", " ", "，", "\n", ";"]), st.booleans())
@settings(STEADY, max_examples=100)
def test_any_coordinate_in_china_is_read_in_both_orders(east, north, between, swapped):
    east, north = round(east, 6), round(north, 6)
    first, second = (north, east) if swapped else (east, north)
    site = read_site(f"{first:.6f}{between}{second:.6f}", either_order=True)
    assert (site.ground.x, site.ground.y) == (east, north)
    assert notices(site) == ["datum_assumed", *(["latitude_came_first"] if swapped else [])]
