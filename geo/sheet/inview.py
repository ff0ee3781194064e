"""What of the layers is in view on a sheet: zones cut to the frame and simplified to what paper shows, in px."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.geometry import asked, coarse, polygons_of
from geo.layers.catalogue import COUNTY, Style
from geo.layers.releases import Zone
from geo.layers.store import Layer
from geo.sheet.frame import Frame

MOST_ZONES = 1000  # of one layer; the nearest are drawn, and the sheet says so
DISPLAY_M = 100.0  # of a layer published as `display`, nothing finer is drawn
_FINEST_PX = 0.3


@dataclass(frozen=True, slots=True)
class ShownZone:
    """A zone in view."""

    zone: Zone
    ground: BaseGeometry  # polygons, px, within the frame


@dataclass(frozen=True, slots=True)
class ShownLayer:
    """A layer with what of it is in view."""

    layer: Layer
    zones: tuple[ShownZone, ...]  # by id
    outline: bool  # drawn as lines only: limits of counties, and what the map does not open with
    there: int  # zones in view, drawn or not

    def classes(self) -> list[str | None]:
        """The classes in view, in the catalogue's order; None where one has none that the catalogue knows."""
        known = [name for name in self.layer.entry.classes if any(one.zone.zone_class == name for one in self.zones)]
        other = any(one.zone.zone_class not in self.layer.entry.classes for one in self.zones)
        return [*known, None] if other else [*known]

    def style(self, zone_class: str | None) -> Style:
        """What zones of a class are drawn with: the class's own, else the layer's."""
        style, known = self.layer.entry.style, self.layer.entry.classes.get(zone_class or "")
        own = {name: getattr(known, name) for name in ("fill", "stroke", "hatch") if getattr(known, name, None)}
        return style.model_copy(update=own)


def layers_to_draw(layers: Mapping[str, Layer], touched: Mapping[str, Collection[str]]) -> list[Layer]:
    """The layers that a sheet may show, in drawing order: what the map opens with, and what the answer speaks of."""
    chosen = [
        layer
        for kind, layer in layers.items()
        if isinstance(layer, Layer) and layer.info.on_a_map and (layer.entry.shown_first or kind in touched)
    ]
    return sorted(chosen, key=lambda layer: (layer.entry.kind == COUNTY, layer.entry.order, layer.entry.kind))


def in_view(layers: Sequence[Layer], frame: Frame, day: date) -> list[ShownLayer]:
    """The zones of each layer that are valid on a day and lie in the frame; layers without any are left out."""
    shown = [_shown(layer, frame, day) for layer in layers]
    return [layer for layer in shown if layer.zones]


def _shown(layer: Layer, frame: Frame, day: date) -> ShownLayer:
    near = sorted(layer.tree.query(shapely.box(*frame.window)).tolist(), key=lambda at: layer.placed[at].id)
    placed = [at for at in near if layer.placed[at].on(day)]
    centre = shapely.Point(frame.lon, frame.lat)
    gaps = dict(zip(placed, asked(shapely.distance, layer.geometries[placed], centre).tolist(), strict=True))
    nearest = sorted(placed, key=lambda at: (gaps[at], at))[:MOST_ZONES]
    drawn = [at for at in placed if at in set(nearest)]
    seen = layer.geometries[drawn]
    grounds = _simplified(layer, frame.place(seen if layer.info.exact or not drawn else coarse(seen)), frame)
    zones = tuple(
        ShownZone(layer.placed[at], ground) for at, ground in zip(drawn, grounds, strict=True) if not ground.is_empty
    )
    outline = layer.entry.kind == COUNTY or not layer.entry.shown_first
    return ShownLayer(layer, zones, outline, len(zones) + len(placed) - len(drawn))


def _simplified(layer: Layer, placed: np.ndarray, frame: Frame) -> list[BaseGeometry]:
    """Zones simplified together, so that borders that they share stay shared, and cut to the frame."""
    if not len(placed):
        return []
    finest = 0.0 if layer.info.exact else DISPLAY_M / frame.metres_per_px
    simple = shapely.coverage_simplify(placed, max(_FINEST_PX, finest))
    kept = np.where(shapely.is_empty(simple), placed, simple)
    whole = np.where(shapely.is_valid(kept), kept, shapely.make_valid(kept))
    return [polygons_of(cut) for cut in shapely.intersection(whole, frame.box)]


def uncovered(layers: Sequence[Layer], frame: Frame) -> tuple[BaseGeometry, list[Layer]]:
    """The ground in the frame that some of the layers do not speak for, px; and which layers those are."""
    west, south, east, north = frame.window
    across, along = (east - west) * 0.1, (north - south) * 0.1  # so that no edge of the window shows in the frame
    window = shapely.box(west - across, south - along, east + across, north + along)
    alike: dict[bytes, list[Layer]] = {}
    for layer in layers:
        alike.setdefault(shapely.to_wkb(layer.coverage), []).append(layer)
    gaps = {ground: _gap(same[0].coverage, window, frame) for ground, same in alike.items()}
    lacking = [layer for ground, same in alike.items() if gaps[ground].area >= 1.0 for layer in same]
    return polygons_of(shapely.union_all([gap for gap in gaps.values() if gap.area >= 1.0])), lacking


def _gap(coverage: BaseGeometry, window: BaseGeometry, frame: Frame) -> BaseGeometry:
    placed = frame.place(np.array([polygons_of(shapely.intersection(coverage, window))], dtype=object))[0]
    gap: BaseGeometry = shapely.difference(frame.box, shapely.make_valid(shapely.simplify(placed, _FINEST_PX)))
    return gap
