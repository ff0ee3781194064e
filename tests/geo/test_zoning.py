"""Control units from element layers: precedence, fragments, counts, and a coverage without gap or overlap."""

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from samples import STEADY
from shapely import box

from geo.errors import BuildError
from geo.geometry import area_m2
from geo.zoning import Element, Plan, Unit, draw_units, unplaced

EAST, WEST = box(129.1, 43.0, 129.2, 43.1), box(129.0, 43.0, 129.1, 43.1)
COUNTIES = {"222401": ("西县", WEST), "222402": ("东县", EAST)}
WHOLE = box(129.0, 43.0, 129.2, 43.1)


def element(name: str, ground: shapely.Geometry, zone_class: str = "priority", kind: str = "forest") -> Element:
    return Element(name, name, zone_class, kind, ground)


def found(units: list[Unit]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(unit.code, unit.zone_class, unit.elements) for unit in units]


def test_what_no_element_claims_is_one_general_unit_of_each_county():
    units = draw_units([], COUNTIES)
    assert found(units) == [("SY22240130001", "general", ()), ("SY22240230001", "general", ())]
    assert [unit.name for unit in units] == ["西县一般管控单元", "东县一般管控单元"]
    assert [area_m2(unit.geometry) for unit in units] == [pytest.approx(area_m2(WEST)), pytest.approx(area_m2(EAST))]


def test_an_element_across_a_county_limit_becomes_two_units():
    units = draw_units([element("林", box(129.05, 43.0, 129.15, 43.1))], COUNTIES)
    assert [(unit.county, unit.name) for unit in units if unit.elements] == [("222401", "西县林"), ("222402", "东县林")]


@pytest.mark.parametrize(
    ("first", "second", "winner"),
    [
        pytest.param("priority", "key", "priority", id="priority over key"),
        pytest.param("key", "priority", "priority", id="whichever comes first"),
        pytest.param("general", "key", "key", id="key over general"),
    ],
)
def test_a_graver_class_takes_the_ground_that_two_ask_for(first, second, winner):
    ground = box(129.02, 43.02, 129.06, 43.06)
    units = draw_units([element("甲", ground, first, "a"), element("乙", ground, second, "b")], COUNTIES)
    at = shapely.Point(129.04, 43.04)
    assert [unit.zone_class for unit in units if unit.geometry.covers(at)] == [winner]


def test_within_one_class_the_earlier_element_keeps_the_ground():
    early, late = element("早", box(129.02, 43.02, 129.06, 43.06)), element("晚", box(129.04, 43.02, 129.08, 43.06))
    units = {unit.elements: unit.geometry for unit in draw_units([early, late], COUNTIES)}
    assert area_m2(units["早",]) == pytest.approx(area_m2(early.geometry), rel=1e-6)
    assert area_m2(units["晚",]) == pytest.approx(area_m2(late.geometry) / 2.0, rel=1e-6)


def test_a_fragment_joins_the_neighbour_with_the_longest_border():
    ground = shapely.union_all([box(129.02, 43.02, 129.06, 43.06), box(129.080, 43.080, 129.081, 43.081)])
    plan = Plan(least_m2=1e6)
    units = {
        (unit.county, *unit.elements): unit.geometry for unit in draw_units([element("林", ground)], COUNTIES, plan)
    }
    assert units["222401", "林"].geom_type == "Polygon"
    assert units["222401",].covers(shapely.Point(129.0805, 43.0805))
    kept = draw_units([element("林", ground)], COUNTIES, Plan(least_m2=100.0))
    assert next(unit for unit in kept if unit.elements).geometry.geom_type == "MultiPolygon"


def test_the_largest_piece_of_an_element_stays_however_small():
    small = element("塘", box(129.04, 43.04, 129.041, 43.041))
    assert ("塘",) in {unit.elements for unit in draw_units([small], COUNTIES, Plan(least_m2=1e8))}


def test_a_sliver_beyond_a_county_limit_is_no_unit():
    units = draw_units([element("林", box(129.05, 43.02, 129.1001, 43.06))], COUNTIES)
    assert [unit.county for unit in units if unit.elements] == ["222401"]


def strips(count: int, zone_class: str = "priority", kind: str = "forest") -> list[Element]:
    """Neighbouring strips across the western county, from south to north, each wider than the last."""
    edges = [43.0 + 0.1 * (n / count) ** 1.5 for n in range(count + 1)]
    return [element(f"带{n}", box(129.0, edges[n], 129.1, edges[n + 1]), zone_class, kind) for n in range(count)]


def test_the_smallest_units_join_their_neighbours_until_the_counts_are_met():
    units = draw_units(strips(6), COUNTIES, Plan(counts={"priority": 3}))
    forest = [unit for unit in units if unit.zone_class == "priority"]
    assert len(forest) == 3
    assert {"带4", "带5"} & {unit.elements[0] for unit in forest if len(unit.elements) == 1}  # the small ones joined
    assert sorted(name for unit in forest for name in unit.elements) == [f"带{n}" for n in range(6)]
    assert all(unit.geometry.geom_type == "Polygon" for unit in forest)  # neighbours, not any two
    biggest = max(forest, key=lambda unit: len(unit.elements))
    assert biggest.name == f"西县{biggest.elements[0]}"  # named for the larger part


def test_units_of_another_kind_or_county_are_never_joined():
    apart = [
        element("林", box(129.0, 43.0, 129.05, 43.1), kind="forest"),
        element("源", box(129.05, 43.0, 129.1, 43.1), kind="water"),
        element("东林", EAST, kind="forest"),
    ]
    with pytest.raises(BuildError, match="3 priority units cannot be joined to 2"):
        draw_units(apart, COUNTIES, Plan(counts={"priority": 2}))


def test_more_units_than_there_is_ground_for_are_refused():
    with pytest.raises(BuildError, match="9 priority units are wanted, and 6 can be drawn"):
        draw_units(strips(6), COUNTIES, Plan(counts={"priority": 9}))


def test_an_unknown_class_is_refused_by_name():
    with pytest.raises(BuildError, match="element 林 asks for 'urgent'; there are priority, key, general"):
        draw_units([element("林", WEST, "urgent")], COUNTIES)


def test_an_element_keeps_its_class_whatever_its_kind_is_called():
    units = draw_units([element("林", box(129.0, 43.0, 129.05, 43.1), "priority", kind="rest")], COUNTIES)
    assert found(units)[0] == ("SY22240110001", "priority", ("林",))


def test_elements_that_no_unit_was_drawn_from_are_named():
    under, beyond = (
        element("盖", box(129.02, 43.02, 129.03, 43.03), "key"),
        element("外", box(130.0, 43.0, 130.1, 43.1)),
    )
    elements = [element("林", WEST), under, beyond]
    assert unplaced(elements, draw_units(elements, COUNTIES)) == ["盖", "外"]


@pytest.mark.parametrize(
    ("other", "refused"),
    [
        pytest.param(box(129.0, 43.0, 129.2, 43.1), True, id="the prefecture beside its counties"),
        pytest.param(box(129.05, 43.0, 129.2, 43.1), True, id="half of it"),
        pytest.param(box(129.099, 43.0, 129.2, 43.1), False, id="a sliver, less than a fragment"),
        pytest.param(box(129.1, 43.0, 129.2, 43.1), False, id="a common limit"),
        pytest.param(box(129.11, 43.0, 129.2, 43.1), False, id="a gap"),
    ],
)
def test_counties_may_not_share_more_ground_than_a_fragment(other, refused):
    counties, forest = {"1": ("西县", WEST), "2": ("东县", other)}, element("林", box(129.02, 43.02, 129.15, 43.06))
    if refused:
        with pytest.raises(BuildError, match=r"counties 1 and 2 share \d+\.\d\d km².*they only meet"):
            draw_units([forest], counties)
        return
    units = draw_units([forest], counties)
    assert shapely.coverage_is_valid([unit.geometry for unit in units])
    assert sum(area_m2(unit.geometry) for unit in units) == pytest.approx(area_m2(shapely.union(WEST, other)), rel=1e-9)


@pytest.mark.parametrize(
    ("counties", "covered"),
    [
        pytest.param({}, None, id="no county"),
        pytest.param(COUNTIES, box(130.0, 43.0, 130.1, 43.1), id="a list that speaks of other ground"),
        pytest.param(COUNTIES, shapely.Polygon(), id="a list that speaks of none"),
    ],
)
def test_counties_without_ground_to_divide_are_refused(counties, covered):
    with pytest.raises(BuildError, match=rf"{len(counties)} counties leave no ground to divide"):
        draw_units([element("林", WEST)], counties, covered=covered)


def test_the_hole_of_a_county_is_in_no_unit():
    ring = shapely.difference(WEST, box(129.03, 43.03, 129.05, 43.05))
    units = draw_units([element("林", box(129.02, 43.02, 129.06, 43.06))], {"1": ("环县", ring)})
    assert sum(area_m2(unit.geometry) for unit in units) == pytest.approx(area_m2(ring), rel=1e-9)
    assert not any(unit.geometry.covers(shapely.Point(129.04, 43.04)) for unit in units)


@pytest.mark.parametrize(
    "ground",
    [
        pytest.param(shapely.Polygon(), id="empty"),
        pytest.param(box(129.02, 43.02, 129.02 + 1e-9, 43.06), id="thinner than the grid"),
        pytest.param(box(130.0, 43.0, 130.1, 43.1), id="elsewhere"),
        pytest.param(box(129.2, 43.0, 129.3, 43.1), id="beyond a common limit"),
    ],
)
def test_an_element_without_ground_in_the_counties_changes_nothing(ground):
    assert found(draw_units([element("林", ground)], COUNTIES)) == found(draw_units([], COUNTIES))


def test_the_order_of_counties_and_of_classes_does_not_matter():
    elements = [
        element("镇", box(129.06, 43.02, 129.14, 43.06), "key", "a"),
        element("林", box(129.02, 43.04, 129.12, 43.09), "priority", "b"),
    ]
    turned = dict(reversed(COUNTIES.items()))
    first, second = draw_units(elements, COUNTIES), draw_units(elements[::-1], turned)
    assert found(first) == found(second)
    assert [unit.geometry.wkb for unit in first] == [unit.geometry.wkb for unit in second]


def test_of_fragments_among_fragments_none_is_left():
    speckles = [box(x, y, x + 0.002, y + 0.002) for x in (129.01, 129.012, 129.016) for y in (43.01, 43.014, 43.018)]
    one, other = shapely.union_all(speckles[::2]), shapely.union_all(speckles[1::2])
    large, too = box(129.04, 43.04, 129.08, 43.08), box(129.12, 43.02, 129.16, 43.08)
    elements = [element("甲", shapely.union(one, large)), element("乙", shapely.union(other, too), "key")]
    units = draw_units(elements, COUNTIES)
    assert all(unit.geometry.geom_type == "Polygon" for unit in units)
    assert sorted(unit.elements for unit in units) == [(), (), ("乙",), ("甲",)]


def test_ground_that_the_list_does_not_speak_for_is_in_no_unit():
    covered = shapely.difference(WHOLE, box(129.0, 43.0, 129.03, 43.03))
    units = draw_units([element("林", WEST)], COUNTIES, covered=covered)
    assert not any(unit.geometry.covers(shapely.Point(129.01, 43.01)) for unit in units)
    assert sum(area_m2(unit.geometry) for unit in units) == pytest.approx(area_m2(covered), rel=1e-9)


degrees = st.floats(0.0, 0.2).map(lambda value: round(value, 4))
blobs = st.builds(
    lambda x, y, r, sides: shapely.Point(129.0 + x, 43.0 + y / 2.0).buffer(0.002 + r / 4.0, quad_segs=sides),
    degrees, degrees, degrees, st.integers(1, 5),
)  # fmt: skip
asked = st.tuples(blobs, st.sampled_from(["priority", "key", "general"]), st.sampled_from(["a", "b"]))


@STEADY
@given(st.lists(asked, max_size=8))
def test_units_share_their_borders_and_fill_the_counties_once(grounds):
    elements = [element(f"要素{n}", ground, zc, kind) for n, (ground, zc, kind) in enumerate(grounds)]
    units = draw_units(elements, COUNTIES, Plan(least_m2=5e5))
    geometries = [unit.geometry for unit in units]
    assert shapely.coverage_is_valid(geometries)
    assert all(geometry.is_valid for geometry in geometries)
    assert sum(map(area_m2, geometries)) == pytest.approx(area_m2(WHOLE), rel=1e-9)
    assert all(area_m2(shapely.difference(unit.geometry, COUNTIES[unit.county][1])) < 1.0 for unit in units)
    assert len({unit.code for unit in units}) == len(units)
