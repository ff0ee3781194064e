"""Several points typed or pasted into the box."""

import pytest

from geo.errors import SiteError, SiteTooLarge, SiteUnreadable
from geo.settings import Settings
from geo.site import read_site

RING = ((129.50, 42.88), (129.51, 42.88), (129.51, 42.89))


def typed(text, **options):
    return read_site(text, either_order=True, **options)


def codes(site):
    return [notice.code for notice in site.notices]


def corners(site):
    return site.parts[0].geometry.exterior.coords[:-1]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("129.50,42.88\n129.51,42.88\n129.51,42.89", id="lines"),
        pytest.param("129.50 42.88\r\n129.51 42.88\r\n129.51 42.89\r\n129.50 42.88\r\n", id="closed"),
        pytest.param("129.50,42.88; 129.51,42.88; 129.51,42.89;", id="semicolons"),
        pytest.param("129.50，42.88；129.51，42.88；129.51，42.89", id="full width"),
        pytest.param("1, 129.50, 42.88\n2, 129.51, 42.88\n3, 129.51, 42.89", id="numbers"),
        pytest.param("1、129.50 42.88\n2、129.51 42.88\n3、129.51 42.89\n1、129.50 42.88", id="numbers that close"),
        pytest.param("J1: 129.50 42.88\n\nJ2: 129.51 42.88\n\nJ3: 129.51 42.89", id="names"),
        pytest.param("拐点1 129.50 42.88\n拐点2 129.51 42.88\n拐点3 129.51 42.89", id="names in Han"),
        pytest.param("129°30′E 42°52′48″N\n129°30′36″E 42°52′48″N\n129°30′36″E 42°53′24″N", id="compass"),
        pytest.param("J1 129°30'0\" 42°52'48\"\nJ2 129°30'36\" 42°52'48\"\nJ3 129°30'36\" 42°53'24\"", id="signs"),
        pytest.param("42.88,129.50\n42.88,129.51\n42.89,129.51", id="latitude first"),
        pytest.param("北纬42.88 东经129.50\n北纬42.88 东经129.51\n北纬42.89 东经129.51", id="words"),
    ],
)
def test_one_ring_in_every_form(text):
    site = typed(text)
    assert corners(site) == [pytest.approx(corner, abs=1e-9) for corner in RING]
    assert [one.parameters for one in site.notices if one.code == "points_joined"] == [{"count": "3"}]


def test_latitude_first_is_said_once():
    said = codes(typed("42.88,129.50\n42.88,129.51\n42.89,129.51"))
    assert said == ["datum_assumed", "latitude_came_first", "points_joined"]
    with pytest.raises(SiteError, match=r"send longitude first|latitude"):
        read_site("42.88,129.50\n42.88,129.51\n42.89,129.51")


def test_metres_with_the_number_of_their_zone():
    site = typed("43512345.0,4764523\n43512445.0,4764523\n43512445.0,4764623")
    assert (site.crs, codes(site)) == ("EPSG:4531", ["zone_before_easting", "points_joined"])
    assert site.area_m2 == pytest.approx(5_000.0, rel=1e-3)


METRES = "512345,4764523\n512445,4764523\n512445,4764623"


def test_metres_without_it_are_refused_unless_the_crs_is_named():
    with pytest.raises(SiteUnreadable, match=r"without the number of a zone; write it before the easting"):
        typed(METRES)
    assert typed(METRES, crs="EPSG:4552").area_m2 == pytest.approx(5_000.0, rel=1e-3)
    assert typed(f"SRID=4552;{METRES}").crs == "EPSG:4552"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("129.50,42.88\n129.51,42.88", "two points enclose no ground"),
        ("129.50,42.88\n129.51,42.88\n129.50,42.88", "two points enclose no ground"),
        ("129.50,42.88\nabc\n129.51,42.89", "“abc”.*this line is no point"),
        ("129.50,42.88\n42.88,129.51\n129.51,42.89", "of different forms"),
        ("129.50,42.88\n129°30′36″ 42°52′48″\n129.51,42.89", "of different forms"),
        ("43512345,4764523\n42512445,4764523\n43512445,4764623", "of different forms"),
        ("1 129.50 42.88\n3 129.51 42.88\n2 129.51 42.89", "do not run on"),
        ("1 129.50 42.88\n129.51 42.88\n3 129.51 42.89", "do not run on"),
        ("129 43 100\n129 44 100\n130 44 100", "do not run on"),
        ("129.50,42.88,300\n129.51,42.88,300", r"\(-\)"),
        ("129.50,42.88129.51,42.89", r"\(-\)"),
    ],
)
def test_what_makes_no_ring_is_refused_with_what_to_do(text, words):
    with pytest.raises(SiteUnreadable, match=words):
        typed(text)


def test_two_points_with_a_width_are_a_line_and_three_are_a_ring_all_the_same():
    line = typed("129.50,42.88\n129.51,42.88", width_m=10.0)
    assert (line.parts[0].geometry.geom_type, line.width_m) == ("LineString", 10.0)
    ring = typed("129.50,42.88\n129.51,42.88\n129.51,42.89", width_m=10.0)
    assert (ring.parts[0].geometry.geom_type, ring.width_m) == ("Polygon", None)


def test_a_ring_that_crosses_itself_is_refused_as_any_other():
    with pytest.raises(SiteError, match=r"crosses itself, at 129\.505"):
        typed("129.50,42.88\n129.51,42.89\n129.51,42.88\n129.50,42.89")


def test_points_beyond_china_are_refused():
    with pytest.raises(SiteError, match=r"-77\.0"):
        typed("-77.0,38.9\n-77.1,38.9\n-77.1,39.0")


def test_one_coordinate_stays_a_point():
    assert typed("129.5;42.9").is_point


def test_many_points_are_held_to_the_limits():
    text = "\n".join(f"129.{at:06d},42.9" for at in range(500, 600))
    with pytest.raises(SiteTooLarge):
        typed(text, settings=Settings(site_vertices=50))
    with pytest.raises(SiteTooLarge):
        typed(text, settings=Settings(body_bytes=500))


@pytest.mark.parametrize("line", ["1 " * 400, "(" * 400, "129°" * 200, "J1" * 300, "9" * 1_900])
def test_hostile_lines_are_refused(line):
    with pytest.raises(SiteUnreadable):
        typed("\n".join([line] * 500))
