"""The legend of a map sheet: the signs that are in view, with what is known of their layers, in two columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import shapely

from geo.layers.catalogue import Style
from geo.sheet.inview import ShownLayer
from geo.sheet.svg import hatch, path_of, tag, text, wrapped
from geo.texts import pick, say

GAP = 16.0  # between the columns, px
_SIGN = shapely.box(1.0, 5.0, 27.0, 21.0)  # on the grid of the hatches, so that every hatch shows
_INDENT = 36.0
SITE, CASING, LIT, COUNTY_DASH, WHEREABOUTS_DASH = "#111111", "#ffffff", "#ffcf3f", "9 3 2 3", "3 3"
LIT_EDGE, UNCOVERED = "#6b4a00", "#e4e4e4"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the legend: a sign, or none, and what it means."""

    words: str
    sign: str = ""  # SVG in a box of 28 by 22 px
    fine: bool = False  # small print
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """A part of the sheet, with how high it is in px."""

    svg: str
    height: float


def line_style(style: Style, shown: ShownLayer) -> dict[str, object]:
    """The line around a zone: broken where it only says where the zone may lie, broken otherwise for outlines."""
    whereabouts = shown.layer.info.whereabouts is True
    dash = WHEREABOUTS_DASH if whereabouts else COUNTY_DASH if shown.outline else None
    wide = 1.3 if shown.outline else 0.9
    return {"stroke": style.stroke, "stroke_width": wide, "stroke_opacity": "0.75", "stroke_dasharray": dash}


def sign_of(shown: ShownLayer, zone_class: str | None) -> str:
    """The sign of a class: as it is on the map."""
    style = shown.style(zone_class)
    if shown.outline:
        return tag("path", d="M1 17L9 9 17 14 27 7", fill="none", **line_style(style, shown))
    ground = tag("path", d=path_of(_SIGN), fill=style.fill, fill_opacity="0.22", **line_style(style, shown))
    return ground + hatch(_SIGN, style.hatch, style.fill)


def site_sign(kind: str) -> str:
    """The sign of a site that is a `point`, `line` or `area`; of its `error`; of `lit` and of `uncovered` ground."""
    if kind == "point":
        return point_sign(14.0, 13.0)
    if kind == "error":
        return tag(
            "circle", cx=14.0, cy=13.0, r=8.0, fill="none", stroke=SITE, stroke_width=1.2, stroke_dasharray="4 3"
        )
    if kind == "uncovered":
        return tag("path", d=path_of(_SIGN), fill=UNCOVERED, stroke="#999999", stroke_width=0.6)
    if kind == "lit":
        return tag("path", d=path_of(_SIGN), fill=LIT, fill_opacity="0.65", stroke=LIT_EDGE, stroke_width=1.6)
    return cased(path_of(_SIGN)) if kind == "area" else cased("M2 19L9 8 26 10", closed=False)


def cased(path: str, closed: bool = True) -> str:
    """A strong line above a white casing."""
    fill = {"fill": SITE, "fill_opacity": "0.06"} if closed else {"fill": "none"}
    casing = tag("path", d=path, fill="none", stroke=CASING, stroke_width=5.6, stroke_linejoin="round")
    return casing + tag("path", d=path, stroke=SITE, stroke_width=2.2, stroke_linejoin="round", **fill)


def point_sign(x: float, y: float) -> str:
    """A site that is a point."""
    ring = {"cx": x, "cy": y, "fill": "none"}
    return (
        tag("circle", r=6.5, stroke=CASING, stroke_width=5.6, **ring)
        + tag("circle", r=6.5, stroke=SITE, stroke_width=2.2, **ring)
        + tag("circle", cx=x, cy=y, r=1.8, fill=SITE)
    )


def layer_entries(shown: ShownLayer, language: str) -> list[Entry]:
    """A layer in the legend: its title with the mark of a sketch, its classes in view, what its data are."""
    entry, info = shown.layer.entry, shown.layer.info
    title = pick(entry.title.model_dump(), language)
    marked = say("figure.sketch", language, title=title) if info.sketch else title
    nature = say(
        "figure.nature",
        language,
        provenance=say(f"provenance.{info.provenance}", language),
        limits=say(f"limits.{info.limits}", language),
        release=info.id,
    )
    fine = [Entry(nature, fine=True)]
    if info.whereabouts:
        fine.insert(0, Entry(say("figure.whereabouts", language), fine=True))
    if not entry.classes or shown.outline:
        return [Entry(marked, sign_of(shown, None), heading=True), *fine]
    classes = [Entry(_class_title(shown, name, language), sign_of(shown, name)) for name in shown.classes()]
    return [Entry(marked, heading=True), *classes, *fine]


def _class_title(shown: ShownLayer, name: str | None, language: str) -> str:
    known = shown.layer.entry.classes.get(name or "")
    return pick(known.title.model_dump(), language) if known else say("figure.class_unknown", language)


def draw_legend(groups: Sequence[Sequence[Entry]], width: float) -> Drawn:
    """Groups of entries in two columns of about the same height; a group is never torn."""
    column = (width - GAP) / 2.0
    drawn = [_group(group, column) for group in groups]
    half, high = sum(one.height for one in drawn) / 2.0, [0.0, 0.0]
    parts = []
    for one in drawn:
        at = 0 if high[0] + one.height / 2.0 <= half else 1
        parts.append(tag("g", one.svg, transform=f"translate({at * (column + GAP):g} {high[at]:g})"))
        high[at] += one.height
    return Drawn("".join(parts), max(high))


def _group(entries: Sequence[Entry], width: float) -> Drawn:
    parts, y = [], 0.0
    for entry in entries:
        size = 8.0 if entry.fine else 10.5
        left = 0.0 if entry.heading and not entry.sign else _INDENT
        lines = wrapped(entry.words, width - left, size)
        high = max(len(lines) * (size + 3.0), 21.0 if entry.sign else 0.0)
        if entry.sign:
            parts.append(tag("g", entry.sign, transform=f"translate(2 {y - 2.0:g})"))
        first = y + size + (high - len(lines) * (size + 3.0)) / 2.0
        look = {"fill": "#555555" if entry.fine else "#111111", "font_weight": 700 if entry.heading else None}
        parts += [text(line, left, first + at * (size + 3.0), size, **look) for at, line in enumerate(lines)]
        y += high + 1.0
    return Drawn("".join(parts), y + 5.0)
