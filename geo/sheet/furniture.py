"""What stands on a map sheet beside the map: neat line, graticule, north arrow, scale bar, names, watermark, notes."""

from collections.abc import Sequence
from math import ceil

import shapely
from shapely.geometry.base import BaseGeometry

from geo.sheet.frame import HEIGHT, WIDTH, Frame
from geo.sheet.legend import Drawn
from geo.sheet.svg import number, path_of, tag, text, text_width, wrapped
from geo.texts import say

_CLIP = "fenqu-sheet"  # every sheet has the same, so it may stand in a page more than once
_COLLAR = 4.0  # between the two lines around the map, px
_NAME_SIZES = {False: 11.0, True: 12.5}  # of zones, and of counties
_ALONG = (0.0, 14.0, -14.0, 28.0, -28.0, 42.0, -42.0)  # how far up or down a name may be moved
_CORNER = 24.0  # where the angles of two lines would lie on each other
_FORBIDDEN_PX = 12.0  # around the site


def neat_line() -> str:
    """The two lines around the map."""
    thin = {"fill": "none", "stroke": "#111111"}
    outer = {"x": -_COLLAR, "y": -_COLLAR, "width": WIDTH + 2.0 * _COLLAR, "height": HEIGHT + 2.0 * _COLLAR}
    return tag("rect", width=WIDTH, height=HEIGHT, stroke_width=0.8, **thin) + tag(
        "rect", stroke_width=1.8, **outer, **thin
    )


def cut(drawing: str) -> str:
    """A drawing cut to the map."""
    whole = tag("rect", width=WIDTH, height=HEIGHT)
    return tag("clipPath", whole, id=_CLIP) + tag("g", drawing, clip_path=f"url(#{_CLIP})")


def graticule(frame: Frame) -> str:
    """Meridians and parallels."""
    lines = [
        tag("path", d=path_of(line.line), fill="none", stroke="#1d4e74", stroke_width=0.5, stroke_opacity="0.6")
        for line in frame.graticule
    ]
    return tag("g", *lines, data_graticule="1")


def graticule_labels(frame: Frame) -> str:
    """The angle of each meridian below and above the map, of each parallel beside it."""
    parts = []
    for line in frame.graticule:
        for x, y in shapely.get_coordinates(line.line)[[0, -1]].tolist():
            if line.meridian and (y < 1.0 or y > HEIGHT - 1.0) and _CORNER < x < WIDTH - _CORNER:
                at = -8.0 if y < 1.0 else HEIGHT + 15.0
                parts.append(text(f"{line.label}E", x, at, 9.0, text_anchor="middle"))
            elif not line.meridian and (x < 1.0 or x > WIDTH - 1.0):
                at = -8.0 if x < 1.0 else WIDTH + 15.0
                turn = f"translate({number(at)} {number(y)}) rotate(-90)"
                parts.append(text(f"{line.label}N", 0.0, 0.0, 9.0, text_anchor="middle", transform=turn))
    return tag("g", *parts, data_labels="1")


def compass(language: str) -> str:
    """The arrow to true north."""
    plate = tag(
        "rect",
        x=WIDTH - 46.0,
        y=8.0,
        width=38.0,
        height=54.0,
        fill="#ffffff",
        fill_opacity="0.88",
        stroke="#777777",
        stroke_width=0.5,
    )
    middle = WIDTH - 27.0
    arrow = tag("path", d=f"M{middle} 13L{middle + 8} 44 {middle} 38 {middle - 8} 44Z", fill="#111111")
    return plate + arrow + text(say("figure.north", language), middle, 57.0, 8.5, text_anchor="middle", font_weight=700)


def scale(frame: Frame, language: str) -> str:
    """The scale bar in four fields, with what it is true for."""
    bar = frame.scale_bar
    fields = [
        tag(
            "rect",
            x=at * bar.px / 4.0,
            y=4.0,
            width=bar.px / 4.0,
            height=5.0,
            fill="#111111" if at % 2 == 0 else "#ffffff",
            stroke="#111111",
            stroke_width=0.8,
        )
        for at in range(4)
    ]
    marks = [
        text(
            _round_length(bar.length_m * at),
            bar.px * at,
            20.0,
            9.0,
            text_anchor="middle" if at else "start",
        )
        for at in (0.0, 0.5, 1.0)
    ]
    told = text(say("figure.scale", language), bar.px + 40.0, 13.0, 9.0, fill="#555555")
    return tag("g", *fields, data_scale=f"{bar.length_m:g}") + "".join(marks) + told


def _round_length(value_m: float) -> str:
    return f"{value_m / 1000.0:g} km" if value_m >= 1000.0 else f"{value_m:g} m" if value_m else "0"


def names(named: Sequence[tuple[str, BaseGeometry, bool]], site: Sequence[BaseGeometry]) -> str:
    """Names on their ground, each where it hides neither the site nor a name before it; else it is left out.

    Parameters
    ----------
    named : words, ground in px, whether it is a county's
    """
    taken: list[BaseGeometry] = [shapely.buffer(part, _FORBIDDEN_PX if part.length < 200.0 else 3.0) for part in site]
    taken.append(shapely.box(WIDTH - 50.0, 0.0, WIDTH, 66.0))  # the arrow
    parts = []
    for words, ground, county in named:
        size = _NAME_SIZES[county]
        box = _free(words, ground, size, taken)
        if box is None:
            continue
        taken.append(box)
        west, _, east, south = box.bounds
        x, y = (west + east) / 2.0, south - 3.0
        casing = {"fill": "none", "stroke": "#ffffff", "stroke_width": 3.2, "stroke_linejoin": "round"}
        fill = {"fill": "#5b5b5b" if county else "#111111"}
        parts += [text(words, x, y, size, text_anchor="middle", font_weight=700, **look) for look in (casing, fill)]
    return tag("g", *parts, data_names="1")


def _free(words: str, ground: BaseGeometry, size: float, taken: Sequence[BaseGeometry]) -> BaseGeometry | None:
    middle = shapely.point_on_surface(ground)
    half = text_width(words, size) / 2.0 + 2.0
    x = min(max(middle.x, half), WIDTH - half)
    for along in _ALONG:
        y = middle.y + along
        box = shapely.box(x - half, y - size / 2.0 - 2.0, x + half, y + size / 2.0 + 2.0)
        if y > size and y < HEIGHT - size and not any(shapely.intersects(box, other) for other in taken):
            return box
    return None


def watermark(words: str) -> str:
    """The words across the whole map, again and again, aslant."""
    size, along = 25.0, 105.0
    across = text_width(words, size) + 50.0
    look = {"fill": "#8a1c1c", "fill_opacity": "0.2", "font_weight": 700}
    parts = [
        text(words, (column + 0.5 * (row % 2)) * across, row * along - 130.0, size, **look)
        for row in range(ceil((HEIGHT + 260.0) / along))
        for column in range(-1, ceil(WIDTH / across) + 1)
    ]
    return tag("g", *parts, data_watermark="1", transform=f"rotate(-20 {WIDTH / 2.0:g} {HEIGHT / 2.0:g})")


def notes(lines: Sequence[tuple[str, bool]], width: float) -> Drawn:
    """Small print across the sheet; what is strong is set so."""
    parts, y, size = [tag("path", d=f"M0 0H{width:g}", stroke="#777777", stroke_width=0.6)], 14.0, 9.0
    for words, strong in lines:
        for line in wrapped(words, width * (0.95 if strong else 1.0), size):  # strong signs are wider
            parts.append(
                text(line, 0.0, y, size, font_weight=700 if strong else None, fill="#8a1c1c" if strong else None)
            )
            y += size + 3.5
        y += 1.5
    return Drawn("".join(parts), y)
