"""Areas by layer, class and county; published figures beside them; and blanks that stay blank."""

import csv
import io
from datetime import date
from decimal import Decimal

import orjson
import pytest
import shapely
from click.testing import CliRunner
from samples import DAY, TEXT, make_entry, make_layer, make_zone

from geo.cli import main
from geo.errors import CatalogueError, ReleaseError
from geo.export.statistics import ground, in_unit, present_statistics, square_kilometres, statistics_json
from geo.geometry import area_m2
from geo.layers.store import BrokenLayer, Snapshot
from geo.published import COLUMNS, SHARE, read_published
from geo.settings import Settings
from geo.stats import measure
from geo.texts import LANGUAGES, catalogue

WEST, EAST = shapely.box(129.0, 43.0, 129.2, 43.2), shapely.box(129.2, 43.0, 129.4, 43.2)
BOTH = shapely.box(129.0, 43.0, 129.4, 43.2)
SOUTH_WEST = shapely.box(129.0, 43.0, 129.2, 43.1)
ACROSS = shapely.box(129.1, 43.0, 129.3, 43.2)
CLASSES = {name: {"title": TEXT} for name in ("class_1", "class_2", "quasi")}
WATER = make_entry(classes=CLASSES, attributes={"zone_class": tuple(CLASSES), "area_kind": ("park", "reserve")})
COUNTY = make_entry("county")
RED_LINE = make_entry("red_line")


def counties(**info):
    zones = [
        make_zone(name, ground, layer="county", code=name, counties=(name,))
        for name, ground in (("west", WEST), ("east", EAST))
    ]
    return make_layer(zones, BOTH, entry=COUNTY, **{"kind": "county", **info})


def water(*zones, coverage=BOTH, **info):
    return make_layer(zones, coverage, entry=WATER, **info)


def classed(name, geometry, zone_class, **changes):
    return make_zone(name, geometry, zone_class=zone_class, **changes)


def statistics(layer, published=(), audience="public", day=DAY, **others):
    layers = {"water_source_zone": layer, "county": counties(), "red_line": None, **others}
    return measure(Snapshot("test", layers), published, audience, day)


def of(measured, kind="water_source_zone"):
    return next(layer for layer in measured.layers if layer.kind == kind)


ROW = {
    **dict.fromkeys(COLUMNS, ""), "id": "one", "part": "frame", "layer": "water_source_zone", "quantity": "area_m2",
    "value": "200", "unit": "km2", "compare": "yes", "date": "2020", "source": "a page", "mark": "F",
    "title_zh": "面积", "title_ko": "면적", "title_en": "Area",
}  # fmt: skip


@pytest.fixture
def published(tmp_path):
    """Reads rows as the table of a region."""

    def read(*rows):
        folder = tmp_path / "facts" / "test"
        folder.mkdir(parents=True, exist_ok=True)
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        writer.writerows({**ROW, **row} for row in rows)
        (folder / "published.csv").write_text(text.getvalue(), "utf-8")
        return read_published(Settings(layers=tmp_path, region="test"))

    return read


def found(measured, name="one"):
    return next(figure for figure in measured.figures if figure.published.id == name)


def test_ground_under_two_zones_counts_once():
    layer = of(statistics(water(make_zone("a", WEST), make_zone("b", ACROSS), make_zone("c", WEST))))
    assert layer.whole.zones == 3
    assert layer.whole.area_m2 == pytest.approx(area_m2(WEST) * 1.5, rel=1e-9)


def test_classes_without_overlap_add_up_to_the_layer_and_their_shares_to_its_share():
    layer = of(statistics(water(classed("a", SOUTH_WEST, "class_1"), classed("b", EAST, "class_2"))))
    assert list(layer.classes) == ["class_1", "class_2"]
    assert sum(tally.area_m2 for tally in layer.classes.values()) == pytest.approx(layer.whole.area_m2)
    assert sum(tally.coverage_share for tally in layer.classes.values()) == pytest.approx(layer.whole.coverage_share)
    assert layer.twice_m2 == pytest.approx(0.0, abs=1e-3)


def test_classes_that_overlap_say_by_how_much():
    layer = of(statistics(water(classed("a", WEST, "class_1"), classed("b", ACROSS, "class_2"))))
    assert layer.twice_m2 == pytest.approx(area_m2(WEST) / 2, rel=1e-9)


def test_a_zone_of_unknown_class_is_a_row_of_its_own():
    layer = of(statistics(water(classed("a", SOUTH_WEST, "class_1"), classed("b", EAST, None))))
    assert list(layer.classes) == ["class_1", None]
    assert layer.classes[None].area_m2 == pytest.approx(area_m2(EAST))


def test_counties_and_the_ground_outside_them_add_up_to_the_layer():
    beyond = shapely.box(129.3, 43.0, 129.5, 43.2)
    layer = of(statistics(water(make_zone("a", ACROSS), make_zone("b", beyond), coverage=beyond)))
    inside = sum(county.whole.area_m2 for county in layer.counties)
    assert inside + layer.outside_m2 == pytest.approx(layer.whole.area_m2)
    assert layer.outside_m2 == pytest.approx(area_m2(beyond) / 2, rel=1e-9)
    assert {county.county: round(county.whole.county_share, 6) for county in layer.counties} == {
        "east": 1.0,
        "west": 0.5,
    }


def test_both_shares_name_their_own_denominator():
    layer = of(statistics(water(make_zone("a", SOUTH_WEST), coverage=WEST)))
    assert layer.coverage_m2 == pytest.approx(area_m2(WEST))
    assert layer.whole.coverage_share == pytest.approx(area_m2(SOUTH_WEST) / area_m2(WEST))
    assert layer.whole.county_share == pytest.approx(area_m2(SOUTH_WEST) / area_m2(BOTH))


def test_ground_outside_the_coverage_is_no_part_of_its_share():
    layer = of(statistics(water(make_zone("a", BOTH), coverage=WEST)))
    assert layer.whole.coverage_share == pytest.approx(1.0)
    assert layer.whole.area_m2 == pytest.approx(area_m2(BOTH))


@pytest.mark.parametrize(
    ("zones", "blank"),
    [([], "no_zone"), ([make_zone("a", None), make_zone("b", None)], "unplaced")],
    ids=["no zone", "none has a place"],
)
def test_what_has_no_ground_has_a_reason_and_no_zero(zones, blank):
    layer = of(statistics(water(*zones)))
    assert (layer.whole.area_m2, layer.whole.coverage_share, layer.whole.blank) == (None, None, blank)
    assert (layer.whole.zones, layer.whole.unplaced) == (len(zones), len(zones))
    assert layer.counties == ()


def test_a_county_with_an_unplaced_zone_is_blank_and_not_zero():
    layer = of(statistics(water(make_zone("a", SOUTH_WEST), make_zone("b", None, counties=("east",)))))
    east, west = (county.whole for county in layer.counties)
    assert (east.area_m2, east.blank, east.unplaced) == (None, "unplaced", 1)
    assert (west.area_m2, west.blank, west.unplaced) == (pytest.approx(area_m2(SOUTH_WEST)), None, 0)


def test_a_county_that_the_layer_does_not_speak_for_is_blank():
    layer = of(statistics(water(make_zone("a", SOUTH_WEST), coverage=WEST)))
    assert [(county.county, county.whole.blank) for county in layer.counties] == [
        ("east", "no_coverage"),
        ("west", None),
    ]


def test_a_county_that_the_layer_speaks_for_and_has_nothing_in_is_zero():
    layer = of(statistics(water(make_zone("a", SOUTH_WEST))))
    assert layer.counties[0].whole.area_m2 == 0.0


def test_a_county_where_a_sketch_has_nothing_is_blank_and_not_zero():
    layer = of(statistics(water(make_zone("a", SOUTH_WEST), provenance="illustrative", limits="sketch")))
    assert {county.county: county.whole.blank for county in layer.counties} == {"east": "not_drawn", "west": None}


def test_a_layer_that_cannot_be_read_and_one_not_supplied_say_so(published):
    broken = BrokenLayer(WATER, "r9", ReleaseError(layer="water_source_zone", release="r9", reason="gone"))
    measured = statistics(broken, published({}))
    assert (of(measured).state, of(measured).release, of(measured).whole) == ("failed", "r9", None)
    assert of(measured, "red_line").state == "not_supplied"
    assert (found(measured).found, found(measured).blank) == (None, "failed")


def test_without_a_county_layer_everything_by_county_is_blank():
    measured = statistics(water(make_zone("a", WEST)), county=None)
    assert (measured.counties_m2, measured.counties) == (None, ())
    assert (of(measured).whole.county_share, of(measured).outside_m2, of(measured).counties) == (None, None, ())
    assert of(measured).whole.coverage_share == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("info", "audience", "blank"),
    [
        ({"publish": "result"}, "public", "withheld"),
        ({"publish": "result"}, "internal", None),
        ({"publish": "display"}, "public", None),
        ({"publish": "result", "provenance": "illustrative", "limits": "sketch"}, "public", None),
        ({"publish": "result", "limits": "sketch"}, "public", "withheld"),
    ],
    ids=["public", "internal", "display", "illustrative", "official sketch"],
)
def test_a_layer_for_answers_only_tells_the_public_no_area(published, info, audience, blank):
    figures = published({}, {"id": "two", "quantity": "count", "unit": "count", "value": "3"})
    measured = statistics(water(classed("a", SOUTH_WEST, "class_1"), **info), figures, audience)
    layer = of(measured)
    assert [layer.whole.blank, layer.classes["class_1"].blank, found(measured).blank] == [blank] * 3
    assert layer.whole.zones == found(measured, "two").found == 1
    assert bool(layer.counties) == (blank is None)
    assert (str(area_m2(SOUTH_WEST))[:8].encode() in statistics_json(measured)) == (blank is None)


def test_a_zone_counts_on_the_days_on_which_it_is_valid():
    layer = water(make_zone("a", WEST), make_zone("b", EAST, valid_from=date(2027, 1, 1)))
    assert [of(statistics(layer, day=day)).whole.zones for day in (date(2026, 12, 31), date(2027, 1, 1))] == [1, 2]


def test_a_figure_stands_beside_its_class_with_the_difference(published):
    figures = published({"zone_class": "class_1"}, {"id": "n", "quantity": "count", "unit": "count", "value": "3"})
    measured = statistics(water(classed("a", WEST, "class_1"), classed("b", EAST, "class_2")), figures)
    one = found(measured)
    assert one.found == of(measured).classes["class_1"].area_m2
    assert one.difference == pytest.approx(area_m2(WEST) - 200e6)
    assert (found(measured, "n").found, found(measured, "n").difference) == (2.0, -1.0)


def test_a_share_is_of_the_figure_that_it_names(published):
    whole = {"id": "all", "layer": "county", "value": "700"}
    share = {"quantity": SHARE, "unit": "percent", "value": "20", "denominator": "all", "denominator_value": "700"}
    measured = statistics(water(make_zone("a", SOUTH_WEST)), published(whole, share))
    one = found(measured)
    assert one.found == pytest.approx(area_m2(SOUTH_WEST) / area_m2(BOTH))
    assert (one.part_m2, one.whole_m2) == (pytest.approx(area_m2(SOUTH_WEST)), pytest.approx(area_m2(BOTH)))
    assert one.published.value == pytest.approx(0.2)


@pytest.mark.parametrize(
    "denominator",
    [{}, {"layer": "red_line"}, {"compare": "other_meaning"}],
    ids=["not said", "not supplied", "not comparable"],
)
def test_a_share_of_what_is_not_known_is_blank(published, denominator):
    said = {"denominator": "all", "denominator_value": "700"} if denominator else {}
    whole = {"id": "all", "value": "700", **denominator}
    share = {"quantity": SHARE, "unit": "percent", "value": "20", **said}
    one = found(statistics(water(make_zone("a", WEST)), published(whole, share)))
    assert (one.found, one.difference, one.blank) == (None, None, "whole")


def test_several_layers_together_count_ground_once_and_all_of_them_or_none(published):
    figures = published({"with": "red_line"})
    red_line = make_layer([make_zone("r", ACROSS, layer="red_line")], BOTH, entry=RED_LINE, kind="red_line")
    together = found(statistics(water(make_zone("a", WEST)), figures, red_line=red_line))
    assert together.found == pytest.approx(area_m2(WEST) * 1.5, rel=1e-9)
    assert found(statistics(water(make_zone("a", WEST)), figures)).blank == "not_supplied"


def test_a_figure_of_a_county_takes_the_ground_in_it(published):
    measured = statistics(water(make_zone("a", ACROSS)), published({"county": "west"}, {"id": "no", "county": "north"}))
    assert found(measured).found == pytest.approx(area_m2(WEST) / 2, rel=1e-9)
    assert found(measured, "no").blank == "no_county"


def park(place):
    return make_zone("p", place, attributes={"area_kind": "park"})


@pytest.mark.parametrize(
    ("zones", "blank"),
    [([], "needed"), ([park(None)], "needed"), ([park(EAST)], None)],
    ids=["no park", "a park without a place", "a park"],
)
def test_a_figure_that_needs_a_zone_is_blank_without_its_place(published, zones, blank):
    figures = published({"needs": "area_kind=park"})
    one = found(statistics(water(make_zone("a", WEST), *zones), figures))
    assert one.blank == blank
    assert (one.found is None) == (blank is not None)


def test_what_was_left_out_of_a_figure_is_counted(published):
    kinds = ({"area_kind": "reserve"}, {"area_kind": "reserve"}, {"area_kind": None}, {"area_kind": "park"})
    grounds = (WEST, None, EAST, EAST)
    zones = [make_zone(f"z{i}", g, attributes=a) for i, (g, a) in enumerate(zip(grounds, kinds, strict=True))]
    one = found(statistics(water(*zones), published({"where": "area_kind=reserve"})))
    assert (one.found, one.unplaced, one.unknown) == (pytest.approx(area_m2(WEST)), 1, 1)


def test_what_the_table_calls_incomparable_is_blank_whatever_the_layers_hold(published):
    one = found(statistics(water(make_zone("a", WEST)), published({"compare": "works"})))
    assert (one.found, one.blank) == (None, "works")


def test_sketched_lines_mark_every_figure_that_they_are_in(published):
    whole = {"id": "all", "value": "700"}
    share = {
        "id": "s", "layer": "county", "quantity": SHARE, "unit": "percent", "value": "20",
        "denominator": "all", "denominator_value": "700",
    }  # fmt: skip
    drawn = water(make_zone("a", WEST), provenance="illustrative", limits="sketch")
    measured = statistics(drawn, published(whole, share))
    assert [found(measured, name).sketch for name in ("all", "s")] == [True, True]
    assert not found(statistics(water(make_zone("a", WEST)), published(whole, share)), "s").sketch


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"unit": "acre"}, "row 2 .one.: unit is acre"),
        ({"unit": "count"}, "quantity is area_m2, expected 'count'"),
        ({"value": "many"}, "row 2"),
        ({"value": "-1"}, "-1 is no quantity"),
        ({"mark": ""}, "mark is empty"),
        ({"mark": "F", "value": ""}, "mark is F, expected ''"),
        ({"compare": "no"}, "compare is no"),
        ({"source": ""}, "source are required"),
        ({"date": "soon"}, "date is soon"),
        ({"title_ko": ""}, "ko"),
        ({"where": "park"}, "park is no condition"),
        ({"layer": "", "compare": "yes"}, "without a layer"),
        ({"denominator": "two"}, "two is no figure that this could be a share of"),
        ({"denominator_value": "3"}, "a denominator_value without a denominator"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_row_that_cannot_be_used_is_named(published, row, words):
    with pytest.raises(CatalogueError, match=words):
        published(row)


def test_a_denominator_must_be_the_one_that_its_row_prints(published):
    share = {"id": "s", "quantity": SHARE, "unit": "percent", "denominator": "one", "denominator_value": "201"}
    with pytest.raises(CatalogueError, match="denominator_value is 201, one prints 200"):
        published({}, share)
    with pytest.raises(CatalogueError, match="given twice"):
        published({}, {})


def test_a_region_without_a_table_has_no_figures(tmp_path):
    assert read_published(Settings(layers=tmp_path, region="nowhere")) == ()


def test_the_same_layers_are_measured_once_and_give_the_same_bytes():
    layers = {"water_source_zone": water(make_zone("a", WEST)), "county": counties()}
    first, second = (measure(Snapshot("test", dict(layers)), (), "public", DAY) for _ in range(2))
    assert first is second
    again = {"water_source_zone": water(make_zone("a", WEST)), "county": counties()}
    other = measure(Snapshot("test", again), (), "public", DAY)
    assert other is not first
    assert statistics_json(other) == statistics_json(first)


@pytest.mark.parametrize(
    ("value", "language", "text"),
    [
        (3.31e10, "zh", "3.310 万 km²"),
        (3.31e10, "ko", "3.310만 km²"),
        (3.31e10, "en", "33,100.00 km²"),
        (1.5e8, "zh", "150.00 km²"),
        (4e3, "zh", "<0.01 km²"),
        (0.0, "zh", "0 km²"),
    ],
)
def test_an_area_reads_as_people_write_it(value, language, text):
    assert ground(value, language) == text


@pytest.mark.parametrize(
    ("row", "value", "language", "text"),
    [
        ({"unit": "wan_km2", "value": "3.31"}, 3.6391e10, "zh", "3.64 万 km²"),
        ({"unit": "wan_km2", "value": "3.31"}, 3.6391e10, "en", "36,391 km²"),
        ({"unit": "wan_ha", "value": "82.93"}, 8.293e9, "zh", "82.93 万公顷"),
        ({"unit": "wan_ha", "value": "82.93"}, 8.293e9, "en", "829,300 ha"),
        ({"unit": "mu", "value": "300"}, 2e5, "zh", "300 亩"),
        ({"quantity": "share", "unit": "percent", "value": "35"}, 0.35, "zh", "35.00 %"),
        ({"quantity": "count", "unit": "count", "value": "8"}, 8.0, "ko", "8개"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_figure_reads_in_the_unit_that_was_printed(published, row, value, language, text):
    assert in_unit(value, published(row)[0], language) == text


def test_a_difference_has_its_sign_and_nothing_has_none(published):
    figure = published({})[0]
    assert [in_unit(value, figure, signed=True) for value in (5e6, -5e6, 1.0)] == ["+5 km²", "−5 km²", "0 km²"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_say_the_reason_and_never_a_zero(published, language):
    figures = published({"compare": "not_spatial"}, {"id": "t", "part": "target", "layer": "red_line"})
    measured = statistics(water(make_zone("a", None)), figures)
    entries = {"water_source_zone": WATER, "county": COUNTY, "red_line": RED_LINE}
    view = present_statistics(measured, entries, language)
    texts = catalogue(language)
    first = view["layers"][0]
    assert first["whole"]["area"] == {"text": None, "sketch": False, "blank": texts["blank.unplaced"]}
    assert first["figures"][0]["blank"] == texts["blank.not_spatial"]
    assert (view["targets"][0]["found"], view["targets"][0]["blank"]) == (None, texts["blank.not_supplied"])


def test_one_layer_alone_keeps_its_figures_and_their_denominators(published):
    share = {"quantity": SHARE, "unit": "percent", "value": "20", "denominator": "all", "denominator_value": "700"}
    measured = statistics(
        water(make_zone("a", WEST)), published({"id": "all", "layer": "county", "value": "700"}, share)
    )
    only = measured.only("water_source_zone")
    assert [layer.kind for layer in only.layers] == ["water_source_zone"]
    assert [figure.published.id for figure in only.figures] == ["one"]
    view = present_statistics(only, {"water_source_zone": WATER}, "en")
    assert view["layers"][0]["figures"][0]["share_of"] == "of: Area (700 km²)"


# The shipped table and layers: relations only, for what is drawn changes.


@pytest.fixture(scope="module")
def shipped(here):
    return read_published(here.settings)


def test_every_printed_share_is_that_of_its_printed_denominator(shipped):
    by_id = {figure.id: figure for figure in shipped}
    parts = {
        (each.layers, each.where, each.part): each for each in shipped if each.id in PARTS and each.printed is not None
    }
    shares = [each for each in shipped if each.id in SHARES]
    assert (len(parts), len(shares)) == (len(PARTS), len(SHARES))
    for share in shares:
        part, whole = parts[share.layers, share.where, share.part], by_id[share.denominator]
        least, most = ((part.value + sign * half(part)) / (whole.value - sign * half(whole)) for sign in (-1, 1))
        assert least - 0.0001 <= share.value <= most + 0.0001, share.id


PARTS = ("units.priority.area", "units.key.area", "units.general.area", "protected.area")
SHARES = (
    "units.priority.share",
    "units.key.share",
    "units.general.share",
    "protected.share",
    "protected.share.forest_land",
)


def half(figure) -> float:
    """Half of the last printed digit, in m²."""
    return float(Decimal(5).scaleb(int(figure.printed.as_tuple().exponent) - 1)) * figure.value / float(figure.printed)


def test_the_four_kinds_and_the_three_classes_close(shipped):
    printed = {figure.id: figure.printed for figure in shipped}
    areas = ("protected.reserves.area", "protected.forest_parks.area", "protected.wetland_parks.area", "scenic.area")
    assert sum(printed[name] for name in areas) == printed["protected.area"]
    for what, whole in (("count", "units.count"), ("area", "units.area")):
        assert sum(printed[f"units.{name}.{what}"] for name in ("priority", "key", "general")) == printed[whole]
    assert printed["protected.reserves.national"] + printed["protected.reserves.provincial"] == 13


def test_the_published_county_areas_do_not_close_and_are_left_so(shipped):
    total = sum(figure.value for figure in shipped if figure.county and figure.layers == ("county",))
    whole = {figure.id: figure.value for figure in shipped}
    assert total > whole["prefecture.area.other"] > whole["prefecture.area"]


def test_the_shipped_table_names_kinds_classes_and_attributes_that_are_there(shipped, here):
    for figure in shipped:
        for kind in figure.layers:
            assert kind in here.book.catalogue, figure.id
        for name, values in (*figure.where, *figure.needs):
            domain = here.book.catalogue[figure.layers[0]].attributes.get(name)
            assert name == "id" or set(values) <= set(domain), figure.id


def test_the_shipped_layers_add_up(shipped, here):
    measured = measure(here.store.snapshot(), shipped, "public", DAY)
    for layer in measured.layers:
        if layer.whole is None or layer.whole.area_m2 is None:
            continue
        parts = sum(county.whole.area_m2 or 0.0 for county in layer.counties) + layer.outside_m2
        assert parts == pytest.approx(layer.whole.area_m2, rel=1e-6)
        if layer.classes:
            classes = sum(tally.area_m2 or 0.0 for tally in layer.classes.values())
            assert classes - layer.twice_m2 == pytest.approx(layer.whole.area_m2, rel=1e-6)
    assert {figure.blank for figure in measured.figures if figure.found is None} <= {
        code.removeprefix("blank.") for code in catalogue("zh") if code.startswith("blank.")
    }


@pytest.fixture
def run(built, monkeypatch):
    monkeypatch.setenv("FENQU_LAYERS", str(built.layers))
    monkeypatch.setenv("FENQU_LEDGER", built.ledger)
    return lambda *words: CliRunner().invoke(main, list(words))


def test_the_command_gives_canonical_json(run, here, shipped):
    done = run("stats", "--json", "--as-of", DAY.isoformat())
    assert done.exit_code == 0, done.output
    expected = statistics_json(measure(here.store.snapshot(), shipped, "public", DAY))
    assert done.stdout_bytes.rstrip() == expected
    assert orjson.dumps(orjson.loads(expected), option=orjson.OPT_SORT_KEYS) == expected


def test_the_command_marks_sketches_and_names_what_is_blank(run):
    out = run("stats").output
    assert "[示意]" in out
    assert "不是空间指标，不能由图层算出" in out
    assert "占三类管控单元面积之和（4.23 万 km²）" in out


def test_the_command_shows_one_layer_by_class_and_county(run):
    out = run("--lang", "en", "stats", "--layer", "control_unit").output
    assert "Priority protection unit" in out
    assert "延吉市" in out
    assert "Natural wetland" not in out
    unknown = run("--lang", "en", "stats", "--layer", "no_such")
    assert (unknown.exit_code, "layer_unknown" in unknown.stderr) == (2, True)


def test_a_table_cell_never_rounds_ground_away():
    assert square_kilometres(1.0) == "<0.01 km²"


def test_shapes_that_only_say_where_a_zone_may_lie_have_no_area(published):
    figures = published({}, {"id": "two", "quantity": "count", "unit": "count", "value": "3"})
    measured = statistics(water(classed("a", SOUTH_WEST, "class_1"), whereabouts=True), figures)
    assert of(measured).whole.blank == "whereabouts"
    assert of(measured).whole.area_m2 is None
    assert of(measured).whole.zones == found(measured, "two").found == 1
