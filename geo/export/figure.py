"""A screening as a map sheet: the site, the zones around it, and all that a reader needs to judge the drawing.

Drawn without a browser from the styles of the catalogue. Up is true north at the middle of the sheet; lengths through
it are true. What is not in view has no sign; a layer that may not be shown on a map has neither shape nor name here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from geo.figures import length, listed
from geo.layers.catalogue import COUNTY
from geo.layers.store import Layer
from geo.sheet.frame import HEIGHT, NEAREST, WIDTH, Frame
from geo.sheet.furniture import compass, cut, graticule, graticule_labels, names, neat_line, notes, scale, watermark
from geo.sheet.inview import MOST_ZONES, ShownLayer, in_view, layers_to_draw, uncovered
from geo.sheet.legend import (
    LIT,
    LIT_EDGE,
    SITE,
    UNCOVERED,
    Entry,
    cased,
    draw_legend,
    layer_entries,
    line_style,
    point_sign,
    site_sign,
)
from geo.sheet.raster import picture
from geo.sheet.svg import FAMILIES, darker, hatch, path_of, shortened, tag, text
from geo.texts import pick, say

SHEET_WIDTH = 680.0  # px of 1/96 inch: 180 mm on paper
LEFT, TOP = 30.0, 46.0  # of the map on the sheet, px
SKETCH_RATIO = 250_000  # nearer than this a sketched line would pass for a real one; as where the page's zoom stops
REACH_M = 300.0  # of ground that is shown around any site
MOST_NAMES, LONGEST_NAME = 12, 40
MOST_ON_MAP = 8  # names of zones written on the map itself
_SHIFTS = (0.0, 0.5, 0.25, 0.75)  # of one layer's hatch against that of the layer below it
_LEAST_CIRCLE_PX = 9.0  # of an error circle, or the sign of the point would hide it


@dataclass(frozen=True)
class SiteFigure:
    """A map sheet, as SVG and as the picture of the same."""

    svg: str
    description: str  # what is to be seen, for who cannot see it
    width: float  # px
    height: float
    fonts: Path | None = None

    @cached_property
    def png(self) -> bytes:
        """The same as a PNG picture of 192 px per inch, drawn when it is first asked for."""
        return picture(self.svg, self.width, self.height, self.fonts)


@dataclass(frozen=True, slots=True)
class _Site:
    """The site on the sheet, px."""

    parts: tuple[BaseGeometry, ...]
    pieces: tuple[BaseGeometry, ...]
    error_m: float
    error_px: float

    @property
    def kind(self) -> str:
        return "point" if self.points else "area" if self.parts[0].geom_type.endswith("Polygon") else "line"

    @property
    def points(self) -> list[shapely.Point]:
        return [point for part in self.parts for point in shapely.get_parts(part) if isinstance(point, shapely.Point)]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What is drawn, and in which words."""

    frame: Frame
    layers: Sequence[ShownLayer]
    site: _Site
    touched: Mapping[str, Mapping[str, str]]  # names of the zones that the site touches, by id, by layer
    said: Mapping[str, Any]  # what the collection says of the screening
    uncovered: BaseGeometry
    lacking: Sequence[Layer]  # which do not cover the whole frame
    language: str

    @property
    def sketch(self) -> bool:
        return bool(self.said["illustrative"]) or any(shown.layer.info.sketch for shown in self.layers)

    def say(self, code: str, **parameters: object) -> str:
        return say(code, self.language, **parameters)


def site_figure(
    collection: Mapping[str, Any], layers: Mapping[str, Layer], language: str, fonts: Path | None = None
) -> SiteFigure:
    """Draw the map of a screening.

    Parameters
    ----------
    collection : of `geo.export.geojson.screening_collection`
    layers : of the screening's snapshot, by kind; those that may not be shown on a map are passed over
    fonts : folder of the font packages, for the picture; the system's fonts where there is none
    """
    sheet = _lay_out(collection, layers, language)
    below = draw_legend(_legend(sheet), WIDTH)
    foot = notes(_notes(sheet), WIDTH)
    legend_at = TOP + HEIGHT + 62.0
    notes_at = legend_at + 20.0 + below.height
    height = float(round(notes_at + foot.height + 10.0))
    said = _description(sheet)
    title = sheet.say("figure.title")
    parts = [
        tag("rect", width=SHEET_WIDTH, height=height, fill="#ffffff"),
        text(sheet.say("figure.sketch", title=title) if sheet.sketch else title, LEFT, 19.0, 14.0, font_weight=700),
        text(_ratio(sheet), LEFT + WIDTH, 19.0, 10.5, text_anchor="end"),
        tag("g", _map(sheet), transform=f"translate({LEFT:g} {TOP:g})"),
        tag("g", scale(sheet.frame, language), transform=f"translate({LEFT:g} {TOP + HEIGHT + 26.0:g})"),
        text(sheet.say("figure.legend"), LEFT, legend_at + 2.0, 11.5, font_weight=700),
        tag("g", below.svg, transform=f"translate({LEFT:g} {legend_at + 12.0:g})"),
        tag("g", foot.svg, transform=f"translate({LEFT:g} {notes_at:g})"),
    ]
    box = {"width": SHEET_WIDTH, "height": height, "viewBox": f"0 0 {SHEET_WIDTH:g} {height:g}"}
    words = {"role": "img", "aria_label": said, "lang": language, "font_family": FAMILIES[language], "fill": "#111111"}
    svg = tag("svg", *parts, xmlns="http://www.w3.org/2000/svg", **box, **words)
    return SiteFigure(svg, said, SHEET_WIDTH, height, fonts)


def _lay_out(collection: Mapping[str, Any], layers: Mapping[str, Layer], language: str) -> _Sheet:
    """Choose the layers and the frame, and place the site in it."""
    said, features = collection["fenqu"], collection["features"]
    touched: Mapping[str, Mapping[str, str]] = said["touched"]
    chosen = layers_to_draw(layers, touched)
    parts = [shape(feature["geometry"]) for feature in features if feature["properties"]["role"] == "site"]
    coarse = any(layer.info.sketch or layer.info.publish != "full" for layer in chosen)
    error_m = float(said.get("accuracy_m") or 0.0)
    ground = shapely.geometrycollections(parts)
    frame = Frame.around(ground, REACH_M + error_m, SKETCH_RATIO if coarse else NEAREST)
    shown = in_view(chosen, frame, date.fromisoformat(said["day"]))
    drawn = {layer.layer.entry.kind for layer in shown}
    pieces = [
        shape(feature["geometry"])
        for feature in features
        if feature["geometry"] and feature["properties"].get("layer") in drawn - {COUNTY}
    ]
    site = _Site(_placed(frame, parts), _placed(frame, pieces), error_m, error_m / frame.metres_per_px)
    seen = {kind: zones for kind, zones in touched.items() if kind in drawn}
    return _Sheet(frame, shown, site, seen, said, *uncovered(chosen, frame), language)


def _placed(frame: Frame, geometries: Sequence[BaseGeometry]) -> tuple[BaseGeometry, ...]:
    """Geometries in px, without vertices that paper does not show."""
    return tuple(shapely.simplify(frame.place(np.array(geometries, dtype=object)), 0.1)) if geometries else ()


def _map(sheet: _Sheet) -> str:
    """All within the neat line, from the ground up."""
    parts = [tag("rect", width=WIDTH, height=HEIGHT, fill="#ffffff")]
    if not sheet.uncovered.is_empty:
        parts.append(tag("path", d=path_of(sheet.uncovered), fill=UNCOVERED, data_uncovered="1"))
    for at, shown in enumerate(sheet.layers):
        parts.append(_draw_layer(shown, sheet.touched.get(shown.layer.entry.kind, {}), _SHIFTS[at % len(_SHIFTS)]))
    parts += [graticule(sheet.frame), _draw_site(sheet.site), names(_named(sheet), sheet.site.parts)]
    if sheet.sketch:
        parts.append(watermark(sheet.say("figure.watermark")))
    return cut("".join(parts)) + compass(sheet.language) + neat_line() + graticule_labels(sheet.frame)


def _draw_layer(shown: ShownLayer, touched: Mapping[str, str], shift: float) -> str:
    """The zones of a layer, then one hatch for each look, then those that the site touches once more, stronger."""
    parts: list[str] = []
    looks: dict[tuple[str, str], list[BaseGeometry]] = {}
    for one in shown.zones:
        style = shown.style(one.zone.zone_class)
        fill = {"fill": "none"} if shown.outline else {"fill": style.fill, "fill_opacity": "0.22"}
        path = path_of(one.ground)
        parts.append(tag("path", d=path, data_zone=one.zone.id, **fill, **line_style(style, shown)))
        looks.setdefault((style.hatch, style.fill), []).append(one.ground)
    if not shown.outline:
        parts += [hatch(shapely.union_all(grounds), *look, shift) for look, grounds in sorted(looks.items())]
    for one in shown.zones:
        if one.zone.id in touched and shown.layer.entry.kind != COUNTY:
            edge = darker(
                shown.style(one.zone.zone_class).fill if not shown.outline else shown.layer.entry.style.stroke
            )
            dash = line_style(shown.layer.entry.style, shown)["stroke_dasharray"]
            parts.append(
                tag("path", d=path_of(one.ground), fill="none", stroke=edge, stroke_width=2.0, stroke_dasharray=dash)
            )
    return tag("g", *parts, data_layer=shown.layer.entry.kind)


def _draw_site(site: _Site) -> str:
    """The pieces of zones under the site, lit; the site above them; how far off it may be."""
    lit = [path_of(piece) for piece in site.pieces]
    parts = [
        tag("path", d=path, fill=LIT, fill_opacity="0.65", stroke=LIT_EDGE, stroke_width=1.6) for path in lit if path
    ]
    closed = [part for part in site.parts if part.geom_type.endswith("Polygon")]
    open_ = [part for part in site.parts if part.geom_type.endswith("LineString")]
    parts += [cased(path_of(part)) for part in closed] + [cased(path_of(part), closed=False) for part in open_]
    for point in site.points:
        if site.error_px >= _LEAST_CIRCLE_PX:
            ring = {"fill": "none", "stroke": SITE, "stroke_width": 1.2, "stroke_dasharray": "4 3"}
            parts.append(tag("circle", cx=point.x, cy=point.y, r=site.error_px, **ring))
        parts.append(point_sign(point.x, point.y))
    return tag("g", *parts, data_site="1")


def _named(sheet: _Sheet) -> list[tuple[str, BaseGeometry, bool]]:
    """The names on the map with their ground: zones that the site touches first, then counties."""
    found = []
    for shown in sheet.layers:
        county = shown.layer.entry.kind == COUNTY
        touched = sheet.touched.get(shown.layer.entry.kind, {})
        for one in shown.zones:
            if county or one.zone.id in touched:
                found.append((shortened(one.zone.name, LONGEST_NAME), one.ground, county))
    zones = [named for named in found if not named[2]]
    return [*zones[:MOST_ON_MAP], *(named for named in found if named[2])]


def _legend(sheet: _Sheet) -> list[list[Entry]]:
    """What is in view: the site, what of it is lit, ground without data, then each layer."""
    site = sheet.site
    own = [Entry(sheet.say("figure.site"), site_sign(site.kind), heading=True)]
    if site.points and site.error_px >= _LEAST_CIRCLE_PX:
        own.append(Entry(sheet.say("figure.error", radius=length(site.error_m)), site_sign("error")))
    if site.pieces:
        own.append(Entry(sheet.say("figure.lit"), site_sign("lit")))
    if not sheet.uncovered.is_empty:
        own.append(Entry(sheet.say("figure.uncovered"), site_sign("uncovered")))
    return [own, *(layer_entries(shown, sheet.language) for shown in sheet.layers)]


def _touched_words(sheet: _Sheet) -> str:
    """The zones that the site touches, for people."""
    every = [shortened(name, LONGEST_NAME) for zones in sheet.touched.values() for name in zones.values()]
    words = listed(every[:MOST_NAMES], sheet.language)
    if not every:
        return sheet.say("figure.touches_none")
    code = "figure.touches_more" if len(every) > MOST_NAMES else "figure.touches"
    return sheet.say(code, zones=words, count=len(every))


def _ratio(sheet: _Sheet) -> str:
    return sheet.say("figure.ratio", ratio=f"{sheet.frame.ratio:,}".replace(",", " "))


def _notes(sheet: _Sheet) -> list[tuple[str, bool]]:
    """The small print, each with whether it is strong."""
    place = {"lon": f"{sheet.frame.lon:.4f}", "lat": f"{sheet.frame.lat:.4f}"}
    crowded = [
        sheet.say("figure.crowded", layer=_title(shown.layer, sheet.language), count=shown.there, most=MOST_ZONES)
        for shown in sheet.layers
        if shown.there > len(shown.zones)
    ]
    lacking = listed([_title(layer, sheet.language) for layer in sheet.lacking], sheet.language)
    gaps = [sheet.say("figure.gaps", layers=lacking)] if lacking else []
    plain = [
        _touched_words(sheet),
        *crowded,
        *gaps,
        sheet.say("figure.crs", **place),
        sheet.say("figure.absent"),
        sheet.say("figure.screening", id=sheet.said["id"], day=sheet.said["day"]),
    ]
    strong = [sheet.say("answer.illustrative")] if sheet.sketch else []
    return [(line, True) for line in [*strong, sheet.say("figure.no_number")]] + [(line, False) for line in plain]


def _title(layer: Layer, language: str) -> str:
    return pick(layer.entry.title.model_dump(), language)


def _description(sheet: _Sheet) -> str:
    layers = listed([_title(shown.layer, sheet.language) for shown in sheet.layers], sheet.language)
    about = sheet.say("figure.description", layers=layers or sheet.say("figure.no_layer"))
    parts = [about, _touched_words(sheet), _ratio(sheet)]
    if sheet.sketch:
        parts.append(sheet.say("answer.illustrative"))
    return " ".join(parts)
