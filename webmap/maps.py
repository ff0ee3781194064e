"""The map: Folium makes it, layers come by address, and no text of a layer ever becomes HTML."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import folium
import numpy as np
import shapely
from branca.element import Figure
from folium.map import Layer as FoliumLayer
from folium.template import Template

from geo.layers.catalogue import COUNTY, LayerEntry
from geo.layers.store import Layer
from geo.texts import pick, say
from webmap.levels import FARTHEST_ZOOM, FORM, LEVELS, NEAREST_ZOOM, is_heavy, levels_of, nearest_zoom
from webmap.tiles import LAYER_NAME, deepest_tile


class UrlLayer(FoliumLayer):
    """A layer that the page's own script loads from an address (`fenqu.layer` in `static/layers.js`)."""

    _template = Template("""
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = fenqu.layer({{ this.spec|tojson }});
        {% endmacro %}
    """)

    def __init__(self, spec: Mapping[str, Any], name: str) -> None:
        super().__init__(name=name, overlay=True, control=True, show=bool(spec["shown"]))
        self._name = "layer"
        self._id = str(spec["kind"])
        self.spec = dict(spec)


@dataclass(frozen=True, slots=True)
class DrawnMap:
    """A map ready to be served: its place in the page, and its script as a file of its own."""

    html: str
    script: str


def draw_map(view: Mapping[str, float], layers: Iterable[Layer], language: str) -> DrawnMap:
    """Draw the map of a region.

    Parameters
    ----------
    view : `lon`, `lat`, `zoom` to begin with
    layers : those that may be shown, in drawing order
    """
    drawn = folium.Map(
        location=[view["lat"], view["lon"]],
        zoom_start=int(view["zoom"]),
        tiles=None,
        control_scale=False,  # the page adds one in metres alone
    )
    drawn._id = "main"
    drawn.options.update(minZoom=FARTHEST_ZOOM, maxZoom=NEAREST_ZOOM)
    for layer in layers:
        UrlLayer(layer_spec(layer, language), escape(title(layer, language))).add_to(drawn)
    figure = drawn.get_root()
    if not isinstance(figure, Figure):
        raise TypeError(f"the map stands in a {type(figure).__name__}, where Folium makes a Figure")
    drawn.render()
    return DrawnMap(html=figure.html.render(), script=figure.script.render())


def title(layer: Layer, language: str) -> str:
    """A layer's title, with the mark of a sketch."""
    name = pick(layer.entry.title.model_dump(), language)
    return f"{name} · {say('certainty.sketch', language)}" if layer.info.sketch else name


def layer_spec(layer: Layer, language: str) -> dict[str, Any]:
    """What the page's script needs to load and draw a layer."""
    entry = layer.entry
    return {
        "kind": entry.kind,
        "levels": _levels(layer),
        "bounds": _bounds(layer),
        "nearest": nearest_zoom(layer),
        "title": title(layer, language),
        "sketch": layer.info.sketch,
        "shown": entry.shown_first,
        "whereabouts": layer.info.whereabouts is True,
        "style": entry.style.model_dump(),
        "classes": {row["value"]: row for row in classes_of(entry, language)},
        "texts": {
            "sketch": say("certainty.sketch", language),
            "whereabouts": say("status.hit_whereabouts", language),
            "failed": say("ui.layer_failed", language, layer=title(layer, language)),
        },
    }


def _levels(layer: Layer) -> list[dict[str, Any]]:
    """From which zoom on a layer is drawn from which address."""
    pinned = f"release={layer.info.id}&form={FORM}"
    found: list[dict[str, Any]] = []
    for number in levels_of(layer):
        if not is_heavy(layer, number):
            address = f"/map/layers/{layer.entry.kind}.geojson?{pinned}&level={number}"
            found.append({"from": LEVELS[number].from_zoom, "url": address})
        elif not found or "tiles" not in found[-1]:
            address = f"/map/tiles/{layer.entry.kind}/{{z}}/{{x}}/{{y}}.mvt?{pinned}"
            tiles = {"tiles": address, "name": LAYER_NAME, "deepest": deepest_tile(layer)}
            found.append({"from": LEVELS[number].from_zoom, **tiles})
    return found


def _bounds(layer: Layer) -> list[float] | None:
    """West, south, east, north of the placed zones in degrees; None where none is placed."""
    if not layer.placed:
        return None
    decimals = 4 if layer.info.exact else 3
    return [round(float(edge), decimals) for edge in np.asarray(shapely.total_bounds(layer.geometries))]


def any_tiled(layers: Mapping[str, object]) -> bool:
    """Whether the page must be able to draw tiles."""
    return any(is_heavy(layer, number) for layer in shown_layers(layers) for number in levels_of(layer))


def classes_of(entry: LayerEntry, language: str) -> list[dict[str, Any]]:
    """The classes of a layer kind, with what each is drawn with."""
    style = entry.style
    return [
        {
            "value": value,
            "title": pick(known.title.model_dump(), language),
            "fill": known.fill or style.fill,
            "stroke": known.stroke or style.stroke,
            "hatch": known.hatch or style.hatch,
        }
        for value, known in entry.classes.items()
    ]


def shown_layers(layers: Mapping[str, object]) -> list[Layer]:
    """The layers that may be seen on a map, areas first and outlines last, so that outlines lie on top."""
    seen = [layer for layer in layers.values() if isinstance(layer, Layer) and layer.info.on_a_map]
    return sorted(seen, key=lambda layer: (layer.entry.kind == COUNTY, layer.entry.order))
