"""The map: Folium makes it, layers come by address, and no text of a layer ever becomes HTML."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import folium
import shapely
from branca.element import Figure
from folium.map import Layer as FoliumLayer
from folium.template import Template

from geo.export.geojson import feature
from geo.layers.catalogue import COUNTY, LayerEntry
from geo.layers.store import Layer
from geo.texts import pick, say

SKETCH_ZOOM = 11  # about 1:200,000 at 43°N: nearer, a sketched line would pass for a real one
NEAREST_ZOOM = 17
FARTHEST_ZOOM = 6
DISPLAY_DEGREES = 0.0008  # what one pixel is at the sketch zoom
SHOWN = {"full", "display"}
_Kinds = Mapping[str, LayerEntry]


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
    shown = list(layers)
    nearest = SKETCH_ZOOM if any(layer.info.sketch for layer in shown) else NEAREST_ZOOM
    drawn = folium.Map(
        location=[view["lat"], view["lon"]],
        zoom_start=int(view["zoom"]),
        tiles=None,
        control_scale=False,  # the page adds one in metres alone
    )
    drawn._id = "main"
    drawn.options.update(minZoom=FARTHEST_ZOOM, maxZoom=nearest)
    for layer in shown:
        # Leaflet's layer control writes names as HTML, so what it gets is already escaped.
        UrlLayer(layer_spec(layer, language), escape(title(layer, language))).add_to(drawn)
    control = folium.LayerControl(collapsed=True)
    control._id = "main"
    control.add_to(drawn)
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
        "url": f"/map/layers/{entry.kind}.geojson?release={layer.info.id}",
        "title": title(layer, language),
        "sketch": layer.info.sketch,
        "shown": entry.shown_first,
        "whereabouts": layer.info.whereabouts is True,
        "style": entry.style.model_dump(),
        "classes": {row["value"]: row for row in _classes(entry, language)},
        "texts": {
            "sketch": say("certainty.sketch", language),
            "whereabouts": say("status.hit_whereabouts", language),
            "failed": say("ui.layer_failed", language, layer=title(layer, language)),
        },
    }


def legend(layers: Iterable[Layer], language: str) -> list[dict[str, Any]]:
    """The legend's rows, the same colours and hatches as on the map."""
    return [
        {
            "kind": layer.entry.kind,
            "title": pick(layer.entry.title.model_dump(), language),
            "sketch": layer.info.sketch,
            "provenance": say(f"provenance.{layer.info.provenance}", language),
            "limits": say(f"limits.{layer.info.limits}", language),
            "recipe": pick(layer.info.recipe.model_dump(), language),
            "coverage": pick(layer.info.coverage_note.model_dump(), language),
            "licence": pick(layer.info.licence.model_dump(), language) if layer.info.licence else "",
            "data_date": layer.info.data_date.isoformat() if layer.info.data_date else "",
            "style": layer.entry.style.model_dump(),
            "classes": [row for row in _classes(layer.entry, language) if row["value"] in _present(layer)],
            "count": len(layer.placed),
            "unplaced": [zone.name for zone in layer.zones if zone.geometry is None],
        }
        for layer in layers
    ]


def _present(layer: Layer) -> set[str | None]:
    return {zone.zone_class for zone in layer.placed}


def _classes(entry: LayerEntry, language: str) -> list[dict[str, Any]]:
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
    seen = [layer for layer in layers.values() if isinstance(layer, Layer) and layer.info.publish in SHOWN]
    return sorted(seen, key=lambda layer: (layer.entry.kind == COUNTY, layer.entry.order))


def display_collection(layer: Layer) -> dict[str, Any]:
    """A layer's zones simplified for the map; borders that zones share stay shared where they are a coverage."""
    simplified = shapely.coverage_simplify(layer.geometries, DISPLAY_DEGREES)
    features = []
    for zone, geometry in zip(layer.placed, simplified, strict=True):
        known = layer.entry.classes.get(zone.zone_class or "")
        rounded = shapely.transform(
            geometry if not geometry.is_empty else zone.geometry, lambda points: points.round(5)
        )
        said = {
            "id": zone.id,
            "name": zone.name,
            "code": zone.code,
            "zone_class": zone.zone_class,
            "sketch": layer.info.sketch,
        }
        titles = known.title.model_dump() if known else None
        features.append(feature(rounded, zone.id, {**said, "class_title": titles, "counties": list(zone.counties)}))
    return {"type": "FeatureCollection", "features": features}
