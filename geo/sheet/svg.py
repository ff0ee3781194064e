"""SVG as text: elements, paths, text of a known width, and hatches as plain lines.

Nothing here needs a style sheet, so a drawing can stand in any page. Hatches are lines cut to their ground and
no patterns: every program that reads SVG draws them alike. Lengths are px.
"""

import re
from collections.abc import Iterable
from html import escape
from math import ceil, floor, sqrt

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

HATCH_PX = 9.0  # between two lines
FAMILIES = {
    "zh": "Noto Sans SC, Noto Sans KR, sans-serif",
    "ko": "Noto Sans KR, Noto Sans SC, sans-serif",
    "en": "Noto Sans SC, Noto Sans KR, sans-serif",
}
_WIDE = "\u1100-\u11ff\u2e80-\ud7af\uf900-\ufaff\ufe30-\ufe6f\uff00-\uffef"  # as wide as high
_IS_WIDE = re.compile(f"[{_WIDE}]")
_HAN = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"  # a line may end after any of these, and before no mark of _CLOSING
_CLOSING = "，。、；：）》”’！？·"
_WORD = re.compile(f"[{_HAN}][{_CLOSING}]*|[^{_HAN}\\s]+[{_CLOSING}]*\\s*|\\s+")
_SLANT = {"diagonal": (1,), "back": (-1,), "cross": (1, -1)}


def number(value: float) -> str:
    """A coordinate to 0.1 px, without needless digits."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def tag(name: str, *inner: str, **attributes: object) -> str:
    """An element; `stroke_width` is the attribute `stroke-width`, and one that is None is left out.

    Parameters
    ----------
    inner : what stands in it, ready made: `words` for text
    """
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_value(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{said}>{''.join(inner)}</{name}>" if inner else f"<{name}{said}/>"


def _value(value: object) -> str:
    return number(value) if isinstance(value, float) else words_only(str(value))


def words_only(text: str) -> str:
    """A text without what may not stand in XML, or would not be seen."""
    return "".join(sign for sign in text if sign.isprintable())


def text(said: str, x: float, y: float, size: float, **attributes: object) -> str:
    """A line of text whose base line begins at a place."""
    return tag("text", escape(words_only(said)) or " ", x=x, y=y, font_size=size, **attributes)


def text_width(said: str, size: float) -> float:
    """About how wide a line of text is: Han and Hangul as wide as high, other signs a little over half."""
    return size * sum(1.0 if _IS_WIDE.match(sign) else 0.54 for sign in said)


def wrapped(said: str, width: float, size: float) -> list[str]:
    """A text in lines that have room; between Han anywhere, else between words, and within a word that has none."""
    lines = [""]
    for word in _WORD.findall(words_only(said)):
        if lines[-1] and text_width(lines[-1] + word.rstrip(), size) > width:
            lines.append("")
        for sign in word if lines[-1] or word.strip() else "":
            if text_width(lines[-1] + sign, size) > width and not sign.isspace():
                lines.append("")
            lines[-1] += sign
    return [line.rstrip() for line in lines]


def shortened(said: str, most: int) -> str:
    """A text of at most so many signs."""
    return said if len(said) <= most else f"{said[: most - 1]}…"


def path_of(geometry: BaseGeometry) -> str:
    """The path of polygons or lines; a ring too small to be seen becomes a dot, so that nothing is lost."""
    rings: list[str] = []
    for part in shapely.get_parts(shapely.get_parts(geometry)):
        if part.geom_type == "Polygon":
            rings += [_ring(ring) for ring in (part.exterior, *part.interiors)]
        elif part.geom_type in ("LineString", "LinearRing"):
            rings.append(_run(shapely.get_coordinates(part)))
    return "".join(rings)


def _ring(ring: BaseGeometry) -> str:
    points = _distinct(shapely.get_coordinates(ring)[:-1])
    if len(points) < 3:
        x, y = points[0]
        return f"M{x} {y}h0.1v0.1h-0.1Z"
    return _joined(points) + "Z"


def _run(points: np.ndarray) -> str:
    return _joined(_distinct(points))


def _joined(points: list[tuple[str, str]]) -> str:
    first, *rest = (f"{x} {y}" for x, y in points)
    return f"M{first}" + (f"L{' '.join(rest)}" if rest else "h0.1")


def _distinct(points: np.ndarray) -> list[tuple[str, str]]:
    written = [(number(x), number(y)) for x, y in points.tolist()]
    return [point for at, point in enumerate(written) if at == 0 or point != written[at - 1]]


def darker(colour: str) -> str:
    """A colour mixed with a third of black, as the map on the page has it."""
    return "#" + "".join(f"{round(int(colour[at : at + 2], 16) * 0.68):02x}" for at in (1, 3, 5))


def hatch(ground: BaseGeometry, kind: str, colour: str, shift: float = 0.0) -> str:
    """The hatch of some ground, with lines that run on from one ground to the next; nothing for `none`.

    Parameters
    ----------
    kind : `diagonal`, `back`, `cross`, `dots`, `horizontal`, `vertical` or `none`, as a layer's style has it
    colour : of the ground's fill
    shift : of the lines, as a part of their distance, so that two hatches on one ground both show
    """
    if kind == "none" or ground.is_empty:
        return ""
    if kind == "dots":
        dots = "".join(f"M{number(x)} {number(y)}h0.1" for x, y in _dots(ground, shift))
        round_ends = {"stroke_width": 2.4, "stroke_opacity": "0.6", "stroke_linecap": "round"}
        return tag("path", d=dots, stroke=darker(colour), fill="none", **round_ends) if dots else ""
    lines = list(_lines(ground.bounds, kind, shift))  # none where the ground lies between two of them
    path = path_of(shapely.intersection(shapely.multilinestrings(lines), ground)) if lines else ""
    look = {"stroke": darker(colour), "stroke_width": 1.1, "stroke_opacity": "0.5", "fill": "none"}
    return tag("path", d=path, **look) if path else ""


def _lines(bounds: tuple[float, float, float, float], kind: str, shift: float) -> Iterable[list[tuple[float, float]]]:
    """Lines across a box, on a grid that is the same for every box."""
    west, north, east, south = bounds
    if kind == "vertical":
        return [[(x, north), (x, south)] for x in _grid(west, east, HATCH_PX, shift)]
    if kind == "horizontal":
        return [[(west, y), (east, y)] for y in _grid(north, south, HATCH_PX, shift)]
    found = []
    for slant in _SLANT[kind]:  # lines on which x + slant * y stays the same
        ends = sorted((slant * north, slant * south))
        for at in _grid(west + ends[0], east + ends[1], HATCH_PX * sqrt(2.0), shift):
            found.append([(at - slant * north, north), (at - slant * south, south)])
    return found


def _grid(least: float, most: float, step: float, shift: float) -> list[float]:
    first, last = ceil(least / step - shift), floor(most / step - shift)
    return [(at + shift) * step for at in range(first, last + 1)]


def _dots(ground: BaseGeometry, shift: float) -> np.ndarray:
    west, north, east, south = ground.bounds
    across, along = np.meshgrid(_grid(west, east, HATCH_PX, shift), _grid(north, south, HATCH_PX, shift))
    points = np.column_stack([across.ravel(), along.ravel()])
    inside: np.ndarray = points[shapely.contains_xy(ground, points)] if len(points) else points
    return inside
