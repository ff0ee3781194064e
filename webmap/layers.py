"""The layers of the map by address: a level of detail as GeoJSON, or a vector tile where that would be too heavy."""

from flask import Blueprint, Response, request

from geo.errors import LayerUnknown, MapPartUnknown
from geo.layers.store import Layer
from webmap.levels import FORM, display_bytes, is_heavy, levels_of
from webmap.pages import deployment
from webmap.tiles import draw_tile

bp = Blueprint("layers", __name__)
FIRST = 1  # the level that is sent where none is asked for
KEEP_S = 30 * 86_400  # the bytes under an address with release, level and form never change


@bp.get("/map/layers/<kind>.geojson")
def level(kind: str) -> Response:
    """A layer for the map at one level of detail; never the full geometry."""
    layer, asked = _shown(kind), request.args.get("level", str(FIRST))
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 1 else -1
    if number not in levels_of(layer) or is_heavy(layer, number):
        raise MapPartUnknown(layer=kind, part=asked[:10])
    return _sent(layer, display_bytes(layer, number), "application/geo+json", f"{number}")


@bp.get("/map/tiles/<kind>/<int:z>/<int:x>/<int:y>.mvt")
def tile(kind: str, z: int, x: int, y: int) -> Response:
    """A vector tile of a layer of which some level is too heavy to be sent whole."""
    layer = _shown(kind)
    if not any(is_heavy(layer, number) for number in levels_of(layer)):
        raise MapPartUnknown(layer=kind, part="mvt")
    return _sent(layer, draw_tile(layer, z, x, y), "application/vnd.mapbox-vector-tile", f"{z}-{x}-{y}")


def _shown(kind: str) -> Layer:
    """The layer as it is now, if it may be seen on a map."""
    store = deployment().store
    layer = store.open(kind) if kind in store.catalogue else None
    if not isinstance(layer, Layer) or not layer.info.on_a_map:
        raise LayerUnknown(layer=kind[:40])
    return layer


def _sent(layer: Layer, body: bytes, mimetype: str, part: str) -> Response:
    """Bytes that a browser keeps where the address names their release; a shared cache only what may be handed out."""
    response = Response(body, mimetype=mimetype)
    response.set_etag(f"{layer.info.id}-{FORM}-{part}")
    whose = "public" if layer.info.exact else "private"
    pinned = (request.args.get("release"), request.args.get("form")) == (layer.info.id, str(FORM))
    response.headers["Cache-Control"] = f"{whose}, max-age={KEEP_S}, immutable" if pinned else f"{whose}, no-cache"
    response.make_conditional(request)
    return response
