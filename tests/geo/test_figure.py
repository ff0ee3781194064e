"""The map sheet of a screening: what is in view is drawn and nothing else, and its figures are true."""

import re
from dataclasses import replace
from datetime import date
from io import BytesIO
from xml.etree.ElementTree import Element, XMLPullParser

import numpy as np
import pytest
import shapely
from conftest import CENTRAL_YANJI, DAY, RUSSIA
from PIL import Image
from pyproj import Geod
from samples import EVERYWHERE, TEXT, make_entry, make_layer, make_zone

from geo.deployment import Question
from geo.export.figure import LEFT, SKETCH_RATIO, TOP, SiteFigure, site_figure
from geo.export.geojson import feature, screening_collection
from geo.geometry import METRES_PER_DEGREE
from geo.settings import ROOT
from geo.sheet.frame import HEIGHT, PAPER_M, WIDTH, Frame, minutes_label
from geo.sheet.inview import DISPLAY_M, MOST_ZONES
from geo.sheet.svg import hatch, path_of, text, wrapped
from geo.texts import LANGUAGES, say
from webmap.levels import FINEST_DISPLAY, LEVELS

SVG = "{http://www.w3.org/2000/svg}"
FONTS = ROOT / "webmap" / "node_modules" / "@fontsource"
SQUARE = "POLYGON((129.50 42.88,129.5123 42.88,129.5123 42.889,129.50 42.889,129.50 42.88))"
LINE = "LINESTRING (129.30 42.75, 129.40 42.85, 129.62 42.92)"
CLASSES = {
    "class_1": {"title": {"zh": "一级", "ko": "1급", "en": "Class 1"}, "fill": "#009e73", "hatch": "diagonal"},
    "class_2": {"title": {"zh": "二级", "ko": "2급", "en": "Class 2"}, "fill": "#d55e00", "hatch": "none"},
}
ENTRY = make_entry(classes=CLASSES)
HERE = shapely.Point(130.0, 43.0)


def collection_of(site: shapely.Geometry = HERE, touched: tuple[tuple[str, str], ...] = (), **said) -> dict:
    """What `screening_collection` says of a site that touches zones of layers, without pieces."""
    words = {"id": "0" * 32, "day": DAY, "illustrative": None, "accuracy_m": 0.0, "withheld": [], **said}
    zones: dict[str, dict[str, str]] = {}
    for kind, zone in touched:
        zones.setdefault(kind, {})[zone] = zone
    features = [feature(site, "site-0", {"role": "site", "part": "site"})]
    return {"fenqu": words | {"touched": zones}, "features": features}


def box_at(east_km: float, north_km: float, half_km: float = 0.2) -> shapely.Polygon:
    x, y = 130.0 + east_km / 81.5, 43.0 + north_km / 111.1
    return shapely.box(x - half_km / 81.5, y - half_km / 111.1, x + half_km / 81.5, y + half_km / 111.1)


def parsed(svg: str) -> Element:
    """The outermost element: the last that ends."""
    parser = XMLPullParser()
    parser.feed(svg)
    parser.close()
    return list(parser.read_events())[-1][1]


def drawn(figure: SiteFigure) -> Element:
    return parsed(figure.svg)


def zones_in(figure: SiteFigure) -> set[str]:
    return {path.get("data-zone") for path in drawn(figure).iter(f"{SVG}path")} - {None}


def words_in(figure: SiteFigure) -> list[str]:
    return [element.text for element in drawn(figure).iter(f"{SVG}text")]


def pixels(figure: SiteFigure) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(figure.png))).astype(int)


def sheet_of(here, site: str, language: str = "zh", fonts=None, **more) -> SiteFigure:
    screening = here.screen(Question(site=site, day=DAY, industry="C2631", nature="new", either_order=True, **more))
    layers = screening.snapshot.layers
    return site_figure(screening_collection(screening, here.settings.audience), layers, language, fonts)


def test_what_is_in_view_is_drawn_and_nothing_else():
    zones = [
        make_zone("under", box_at(0, 0), zone_class="class_1"),
        make_zone("beside", box_at(0.6, 0), zone_class="class_1"),
        make_zone("far", box_at(30, 0), zone_class="class_2"),
        make_zone("past", box_at(0, 0.4), zone_class="class_2", valid_to=date(2020, 1, 1)),
        make_zone("unplaced", None, zone_class="class_2"),
    ]
    figure = site_figure(collection_of(), {"water_source_zone": make_layer(zones, entry=ENTRY)}, "en")
    assert zones_in(figure) == {"under", "beside"}
    assert "Class 1" in words_in(figure)
    assert "Class 2" not in words_in(figure)


def test_the_legend_has_the_classes_in_view_and_no_other(here):
    figure = sheet_of(here, CENTRAL_YANJI, "en")
    layers = here.store.snapshot().layers
    shown = zones_in(figure)
    classes = layers["control_unit"].entry.classes
    in_view = {zone.zone_class for zone in layers["control_unit"].placed if zone.id in shown}
    assert {name for name, known in classes.items() if known.title.en in words_in(figure)} == in_view
    for layer in filter(None, layers.values()):
        titled = say("figure.sketch", "en", title=layer.entry.title.en)
        seen = any(zone.id in shown for zone in layer.placed)
        told = " ".join(words_in(figure))
        assert (layer.entry.title.en in told) == seen, layer.entry.kind
        assert (layer.info.id in told) == seen
        assert not (seen and layer.info.sketch) or titled in told


def test_a_zone_without_a_known_class_has_a_sign_that_says_so():
    zones = [make_zone("some", box_at(0, 0), zone_class=None)]
    figure = site_figure(collection_of(), {"water_source_zone": make_layer(zones, entry=ENTRY)}, "en")
    assert say("figure.class_unknown", "en") in words_in(figure)
    assert "Class 1" not in words_in(figure)


def test_the_scale_bar_is_true(here):
    figure = sheet_of(here, LINE, width_m=20.0)
    root = drawn(figure)
    (bar,) = (group for group in root.iter(f"{SVG}g") if group.get("data-scale"))
    px = sum(float(field.get("width")) for field in bar.iter(f"{SVG}rect"))
    site = next(group for group in root.iter(f"{SVG}g") if group.get("data-site"))
    path = list(site.iter(f"{SVG}path"))[-1].get("d")
    ends = np.array([float(value) for value in re.findall(r"[\d.]+", path)]).reshape(-1, 2)
    _, _, metres = Geod(ellps="GRS80").inv(129.30, 42.75, 129.62, 42.92)
    assert float(bar.get("data-scale")) / px == pytest.approx(metres / float(np.hypot(*(ends[-1] - ends[0]))), rel=0.01)
    assert f"{float(bar.get('data-scale')) / 1000:g} km" in words_in(figure)


@pytest.mark.parametrize("ratio", [10_000, 250_000, 2_000_000])
def test_the_graticule_is_where_its_labels_say(ratio):
    frame = Frame(129.5024, 42.8883, ratio)
    geod = Geod(ellps="GRS80")
    assert {line.meridian for line in frame.graticule} == {True, False}
    for line in frame.graticule:
        for x, y in shapely.get_coordinates(line.line)[[0, -1]]:
            azimuth = np.degrees(np.arctan2(x - WIDTH / 2, HEIGHT / 2 - y))
            metres = np.hypot(x - WIDTH / 2, y - HEIGHT / 2) * ratio * PAPER_M
            lon, lat, _ = geod.fwd(frame.lon, frame.lat, azimuth, metres)
            degrees, minutes = re.fullmatch(r"(\d+)°([\d.]+)′", line.label).groups()
            told = int(degrees) + float(minutes) / 60
            assert (lon if line.meridian else lat) == pytest.approx(told, abs=ratio * 1e-8)


@pytest.mark.parametrize(
    ("minutes", "step", "label"), [(7770, 5, "129°30′"), (2580, 30, "43°00′"), (7770.4, 0.2, "129°30.4′")]
)
def test_an_angle_is_told_in_degrees_and_minutes(minutes, step, label):
    assert minutes_label(minutes, step) == label


def test_north_is_up():
    frame = Frame(129.5024, 42.8883, 250_000)
    lon, lat = frame.ground_at(WIDTH / 2, 0.0)
    assert lon == pytest.approx(129.5024, abs=1e-9)
    assert lat > 42.8883


def test_the_same_screening_gives_the_same_bytes(here):
    one, other = (sheet_of(here, SQUARE, "ko", FONTS) for _ in range(2))
    assert one.svg == other.svg
    assert one.png == other.png


def test_a_layer_of_results_only_is_neither_drawn_nor_named():
    publish = "result"
    secret = make_entry("red_line", title={"zh": "机密层", "ko": "비밀", "en": "Secret layer"}, publish=publish)
    layers = {
        "water_source_zone": make_layer([make_zone("open", box_at(0, 0))], entry=make_entry()),
        "red_line": make_layer(
            [make_zone("hidden-zone", box_at(0, 0))], entry=secret, kind="red_line", publish=publish
        ),
    }
    figure = site_figure(collection_of(), layers, "en")
    assert zones_in(figure) == {"open"}
    assert "hidden-zone" not in figure.svg + figure.description
    assert "Secret layer" not in figure.svg + figure.description


def test_a_layer_for_display_is_drawn_no_finer_than_the_page_has_it():
    wave = [(130.0 + at * 1e-4, 43.0 + (at % 2) * 2e-4) for at in range(200)]
    fine = shapely.Polygon([*wave, (130.0 + 200e-4, 42.98), (130.0, 42.98)])
    counts = {}
    for publish in ("full", "display"):
        layer = make_layer([make_zone("wave", fine)], publish=publish)
        figure = site_figure(collection_of(), {"water_source_zone": layer}, "en")
        (path,) = (path.get("d") for path in drawn(figure).iter(f"{SVG}path") if path.get("data-zone"))
        counts[publish] = len(re.findall(r"[\d.]+ [\d.]+", path))
    assert counts["full"] > 80
    assert counts["display"] < 30
    assert LEVELS[FINEST_DISPLAY].tolerance * METRES_PER_DEGREE <= DISPLAY_M


def test_the_mark_of_a_sketch_is_on_the_sheet_and_on_none_that_is_none(here):
    sketch = sheet_of(here, CENTRAL_YANJI)
    official = site_figure(collection_of(), {"water_source_zone": make_layer([make_zone("a", box_at(0, 0))])}, "zh")
    mark = say("figure.watermark")
    assert words_in(sketch).count(mark) > 6
    assert mark not in words_in(official)
    assert any(word.endswith("（示意）") for word in words_in(sketch))
    assert not any("示意" in word for word in words_in(official))
    told = "".join(words_in(official))
    assert say("figure.no_number") in told


def test_a_sketch_is_never_drawn_nearer_than_its_limits_bear(here):
    assert "1:250 000" in " ".join(words_in(sheet_of(here, CENTRAL_YANJI)))
    assert SKETCH_RATIO == 250_000
    official = site_figure(collection_of(), {"water_source_zone": make_layer([make_zone("a", box_at(0, 0))])}, "en")
    assert "1:10 000" in " ".join(words_in(official))


@pytest.mark.parametrize(
    ("site", "more"),
    [
        (CENTRAL_YANJI, {}),
        (SQUARE, {}),
        (LINE, {"width_m": 20.0}),
        ("130.6,42.75", {"accuracy_m": 2000.0}),
        (RUSSIA, {}),
    ],
    ids=["point", "square", "line", "edge", "abroad"],
)
def test_every_text_is_in_the_readers_language(here, site, more):
    told = {language: words_in(sheet_of(here, site, language, **more)) for language in LANGUAGES}
    layers = here.store.snapshot().layers
    names = {zone.name for layer in layers.values() if layer for zone in layer.placed}
    plain = [word for word in told["en"] if word not in names and not word.startswith(("1", "4"))]
    assert len(plain) > 10
    codes = ("figure.north", "figure.scale", "figure.legend", "figure.site")
    for code in codes:
        assert all(say(code, language) in told[language] for language in LANGUAGES)
    assert [word for word in told["ko"] if word == "图例" or re.search("真北|比例尺", word)] == []
    assert not [word for word in plain if re.search("[가-힣]", word)]


def test_a_point_has_a_circle_where_its_error_shows(here):
    def circles(accuracy_m: float) -> list[float]:
        root = drawn(sheet_of(here, "129.5,42.9", "en", accuracy_m=accuracy_m))
        return [float(c.get("r")) for c in root.iter(f"{SVG}circle") if c.get("stroke-dasharray")]

    assert circles(5.0) == []
    radius = 2000.0 / (SKETCH_RATIO * PAPER_M)
    assert circles(2000.0) == [pytest.approx(radius, abs=0.06), 8.0]  # on the map, and in the legend


def test_zones_that_only_may_lie_there_have_a_broken_line_and_say_so():
    entry = make_entry(style={"fill": "#123456", "stroke": "#654321", "hatch": "dots"})
    for whereabouts in (True, None):
        layer = make_layer([make_zone("park", box_at(0, 0))], entry=entry, whereabouts=whereabouts)
        figure = site_figure(collection_of(), {"water_source_zone": layer}, "zh")
        (path,) = (path for path in drawn(figure).iter(f"{SVG}path") if path.get("data-zone"))
        assert (path.get("stroke-dasharray") is not None) is bool(whereabouts)
        assert (say("figure.whereabouts") in "".join(words_in(figure))) is bool(whereabouts)


def test_ground_that_a_layer_does_not_cover_is_told_from_ground_without_zones():
    half = shapely.box(120.0, 38.0, 130.0, 50.0)
    whole = make_layer([make_zone("b", box_at(-0.3, 0))], entry=make_entry("red_line"), kind="red_line")
    for coverage, bare in ((half, True), (EVERYWHERE, False)):
        layer = make_layer([make_zone("a", box_at(-0.5, 0))], coverage)
        figure = site_figure(collection_of(), {"water_source_zone": layer, "red_line": whole}, "en")
        assert ("do not cover the whole sheet" in " ".join(words_in(figure))) is bare
        assert ("data-uncovered" in figure.svg) is bare
        assert ("no data" in " ".join(words_in(figure))) is bare


def test_names_of_hostile_zones_stay_text():
    name = '<script>alert("1")</script>\x00&\u202e'
    layer = make_layer([replace(make_zone("z", box_at(0, 0)), name=name)])
    collection = collection_of(touched=(("water_source_zone", "z"),))
    collection["fenqu"]["touched"] = {"water_source_zone": {"z": name}}
    figure = site_figure(collection, {"water_source_zone": layer}, "en")
    assert "<script" not in figure.svg
    assert any('<script>alert("1")</script>&' in word for word in words_in(figure))
    assert not re.search(r' (style|on\w+|href)="', figure.svg)


def test_a_crowd_of_zones_is_cut_to_the_nearest_and_the_sheet_says_so():
    many = [make_zone(f"z{at:04}", box_at((at % 40 - 20) / 40, (at // 40 - 14) / 40, 0.01)) for at in range(1100)]
    figure = site_figure(collection_of(), {"water_source_zone": make_layer(many)}, "en")
    assert len(zones_in(figure)) == MOST_ZONES
    assert say("figure.crowded", "en", layer=TEXT["en"], count=1100, most=MOST_ZONES) in " ".join(words_in(figure))


@pytest.mark.parametrize("kind", ["diagonal", "back", "cross", "dots", "horizontal", "vertical"])
def test_a_hatch_stays_on_its_ground(kind):
    ground = shapely.Polygon([(0, 0), (60, 5), (50, 70), (5, 50)], [[(20, 20), (30, 20), (30, 30), (20, 30)]])
    path = parsed(hatch(ground, kind, "#009e73")).get("d")
    points = np.array([[float(x), float(y)] for x, y in re.findall(r"([\d.]+) ([\d.]+)", path)])
    assert len(points) > 8
    assert shapely.dwithin(shapely.points(points), ground, 0.1).all()
    assert hatch(ground, "none", "#009e73") == ""
    assert hatch(ground, kind, "#009e73", 0.5) != hatch(ground, kind, "#009e73")


@pytest.mark.parametrize("kind", ["diagonal", "back", "cross", "dots", "horizontal", "vertical"])
def test_ground_between_two_lines_of_a_hatch_has_none(kind):
    assert hatch(shapely.box(4.1, 4.3, 4.2, 4.35), kind, "#009e73") == ""


def test_the_picture_shows_fill_and_hatch():
    plain = {name: {**said, "hatch": "none"} for name, said in CLASSES.items()}
    seen = {}
    for look, classes in (("hatched", CLASSES), ("plain", plain)):
        zone = make_zone("all", EVERYWHERE, zone_class="class_1")
        layer = make_layer([zone], entry=make_entry(classes=classes))
        figure = site_figure(collection_of(), {"water_source_zone": layer}, "zh", FONTS)
        picture = pixels(figure)
        assert picture.shape == (round(figure.height * 2), round(figure.width * 2), 3)
        corner = picture[int(TOP + 330) * 2 : int(TOP + 400) * 2, int(LEFT + 450) * 2 : int(LEFT + 550) * 2]
        seen[look] = (corner.sum(axis=2) < 560).mean()
    assert seen["plain"] < 0.03  # the graticule alone
    assert 0.08 < seen["hatched"] < 0.3


def test_the_picture_has_han_and_hangul():
    """A text of each script leaves about as much ink as it should; a missing sign leaves none."""
    words = {"zh": "无审图号界线", "ko": "한글은글자다"}
    for language, said in words.items():
        body = text(said, 10.0, 40.0, 30.0, font_family="Noto Sans SC, Noto Sans KR")
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="220" height="60" viewBox="0 0 220 60">{body}</svg>'
        dark = (pixels(SiteFigure(svg, "", 220.0, 60.0, FONTS)).sum(axis=2) < 380)[:, 20:380]
        signs = [dark[:, at * 60 : (at + 1) * 60].mean() for at in range(6)]
        assert min(signs) > 0.04, language
        assert len(set(signs)) > 3  # no row of empty boxes


def test_a_zone_too_small_to_see_is_a_dot_and_not_lost():
    assert path_of(shapely.box(5.0, 5.0, 5.01, 5.01)) == "M5 5h0.1v0.1h-0.1Z"


def test_lines_break_between_han_and_between_words():
    assert wrapped("延吉市，图们市", 40.0, 10.0) == ["延吉市，", "图们市"]
    assert wrapped("one two three", 45.0, 10.0) == ["one two", "three"]
