"""Zones on pages: one zone with all that is known of it, and those of every layer at one place; no script needed."""

from typing import Any

import orjson
from flask import Blueprint, Response, render_template, request

from geo.day import today
from geo.deployment import Deployment
from geo.errors import BodyInvalid, LayerNotPublished, LayerUnknown, SiteGeometryUnsupported, ZoneUnknown
from geo.export.geojson import layer_collection, may_hand_out
from geo.export.search import present_here
from geo.export.zone import present_zone, zone_record
from geo.layers.catalogue import COUNTY
from geo.layers.releases import Zone
from geo.layers.store import BrokenLayer, Layer
from geo.report import View, place
from geo.search import LONGEST_QUERY, zones_at
from geo.site import read_site
from geo.texts import pick
from webmap import language
from webmap.errors import page_context
from webmap.pages import deployment

bp = Blueprint("zones", __name__)
LONGEST_ID = 200  # characters


@bp.get("/zones/<kind>/<path:zone>")
def show(kind: str, zone: str) -> Response:
    """One zone: a page, or the card alone for the map's script."""
    here, spoken = deployment(), language.of(request)
    layer, found = zone_of(here, kind, zone)
    return _page(
        "zone.html", here, spoken, "zone_card.html", view=present_zone(record_of(here, layer, found), here.book, spoken)
    )


@bp.get("/zones/<kind>/<path:zone>.geojson")
def shape(kind: str, zone: str) -> Response:
    """One zone with its geometry, where its layer may be handed out."""
    here = deployment()
    layer, found = zone_of(here, kind, zone)
    body = orjson.dumps(layer_collection(layer, here.settings.audience, here.fields, [found]))
    return Response(body, mimetype="application/geo+json", headers={"Cache-Control": "no-cache"})


@bp.get("/zones")
def here() -> Response:
    """What every layer has at the coordinate `at`; nothing is judged."""
    served, spoken = deployment(), language.of(request)
    at = request.args.get("at", "")
    if not at.strip() or len(at) > LONGEST_QUERY:
        raise BodyInvalid(reason=f"at: 1–{LONGEST_QUERY}")
    site = read_site(at, either_order=True, settings=served.settings)
    if not site.is_point:
        raise SiteGeometryUnsupported(geometry_type=site.ground.geom_type)
    snapshot = served.store.snapshot()
    checks = zones_at(snapshot, site, today(), served.settings.screening_seconds)
    names = counties_of(snapshot.layers.get(COUNTY))
    view = {
        "rows": present_here(checks, snapshot.layers, served.book.catalogue, names, spoken),
        "place": place(site.canonical()["parts"]),
        "at": at,
        "day": today().isoformat(),
    }
    return _page("zones.html", served, spoken, "zones_card.html", view=view)


def zone_of(here: Deployment, kind: str, zone: str) -> tuple[Layer, Zone]:
    """A zone by its layer and id: as it is today, or where it is not, as it was last.

    Raises
    ------
    LayerUnknown
        Where there is no such layer.
    LayerNotPublished
        Where zones of the layer are only told of in answers, whether or not this one is there.
    ZoneUnknown
        Where the layer holds no such zone.
    """
    layer = here.store.open(kind) if kind in here.store.catalogue else None
    if isinstance(layer, BrokenLayer):
        raise layer.error
    if layer is None:
        raise LayerUnknown(layer=kind[:40])
    if not layer.info.on_a_map and not may_hand_out(layer, here.settings.audience):
        raise LayerNotPublished(layer=kind, publish=layer.info.publish)
    found = [each for each in layer.zones if each.id == zone] if len(zone) <= LONGEST_ID else []
    if not found:
        raise ZoneUnknown(layer=kind, zone=zone[:60])
    return layer, next((each for each in found if each.on(today())), found[-1])


def record_of(here: Deployment, layer: Layer, zone: Zone) -> dict[str, Any]:
    """A zone's record by the book of today."""
    names = counties_of(here.store.open(COUNTY))
    return zone_record(layer, zone, here.book, today(), here.settings.audience, names)


def counties_of(layer: object) -> dict[str, str]:
    """Names of counties by code."""
    return {zone.code: zone.name for zone in layer.zones if zone.code} if isinstance(layer, Layer) else {}


def _page(template: str, here: Deployment, spoken: str, card: str, view: View) -> Response:
    words = {**page_context(spoken), "region_title": pick(here.recipe["title"], spoken), "view": view}
    alone = "X-Fenqu-Fragment" in request.headers
    page = render_template(card if alone else template, **words, alone=alone, query=request.args.to_dict())
    return Response(page, mimetype="text/html", headers={"Cache-Control": "no-cache", "Vary": "X-Fenqu-Fragment"})
