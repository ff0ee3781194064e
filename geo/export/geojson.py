"""GeoJSON out: layers as they are published, and a screening with its site and the pieces of zones under it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import LayerNotPublished
from geo.export.columns import known_columns
from geo.geometry import polygons_of
from geo.importing.fields import FieldBook
from geo.layers.releases import Zone
from geo.layers.store import Layer
from geo.overlay import LayerCheck
from geo.screening import Screening
from geo.site import Site
from geo.site.model import geojson
from geo.texts import say

# What the record measured of a zone; one kept from an earlier engine may lack the later ones.
_MEASURED = (
    "area_m2", "site_share", "zone_share", "length_m", "line_share", "distance_m", "accuracy_m", "decides_m"
)  # fmt: skip
_SAID = (
    "schema", "id", "request_id", "verdict", "range", "indicative_verdict", "indicative_range", "provisional"
)  # fmt: skip


def may_hand_out(layer: Layer, audience: str) -> bool:
    """Whether the zones' geometry may leave this deployment for its audience."""
    return audience == "internal" or layer.info.exact


def hold_publication(layer: Layer, audience: str) -> None:
    """Refuse to hand out what may not leave the deployment.

    Raises
    ------
    LayerNotPublished
        Where the release may not be handed out to the audience.
    """
    if not may_hand_out(layer, audience):
        raise LayerNotPublished(layer=layer.entry.kind, publish=layer.info.publish)


def layer_collection(
    layer: Layer, audience: str, fields: FieldBook, zones: Sequence[Zone] | None = None
) -> dict[str, Any]:
    """A layer, or some zones of it, with every attribute; zones without a place keep a null geometry.

    Raises
    ------
    LayerNotPublished
        Where the release may not be handed out to the audience.
    """
    hold_publication(layer, audience)
    return {
        "type": "FeatureCollection",
        "fenqu": {**layer.info.model_dump(mode="json"), "crs": "EPSG:4490", "title": layer.entry.title.zh},
        "features": [_feature(layer, zone, fields) for zone in (layer.zones if zones is None else zones)],
    }


def _feature(layer: Layer, zone: Zone, fields: FieldBook) -> dict[str, Any]:
    properties = {
        "id": zone.id, "layer": zone.layer, "name": zone.name, "code": zone.code, "official_code": zone.official_code,
        "zone_class": zone.zone_class, "counties": list(zone.counties), "official_area_m2": zone.official_area_m2,
        "legal_status": zone.legal_status, "provenance": zone.provenance, "limits": layer.info.limits,
        "accuracy_m": layer.info.accuracy_m if zone.accuracy_m is None else zone.accuracy_m,
        "basis": zone.basis, "source": zone.source,
        "valid_from": zone.valid_from and zone.valid_from.isoformat(),
        "valid_to": zone.valid_to and zone.valid_to.isoformat(),
        **zone.attributes,
    }  # fmt: skip
    return feature(zone.geometry, zone.id, properties | known_columns(zone, fields))


def feature(geometry: BaseGeometry | None, name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """One GeoJSON feature (RFC 7946: longitude first, rings wound by the right-hand rule)."""
    wound = None if geometry is None else geojson(shapely.orient_polygons(geometry))
    return {"type": "Feature", "id": name, "geometry": wound, "properties": dict(properties)}


def screening_collection(screening: Screening, audience: str) -> dict[str, Any]:
    """A screening's site, and the piece of each zone under it, with its measures and the rules that speak of the zone.

    Pieces of layers that may not be handed out are left out and named in `fenqu.withheld`; `fenqu.touched` names the
    zones under the site of every layer that may be seen on a map.
    """
    record, site = screening.record, screening.site
    features = [
        feature(part.geometry, f"site-{index}", {"role": "site", "part": part.role})
        for index, part in enumerate(site.parts)
    ]
    withheld, touched = [], {}
    for kind, check in screening.checks.items():
        layer = screening.snapshot.layers.get(kind)
        if not isinstance(layer, Layer) or not check.zones:
            continue
        under = {one.zone.id: one.zone.name for one in check.zones if one.relation != "near"}
        if layer.info.on_a_map and under:
            touched[kind] = under
        if may_hand_out(layer, audience):
            features += _pieces(check, site, record)
        else:
            withheld.append(kind)
    said = {key: record[key] for key in _SAID}
    return {
        "type": "FeatureCollection",
        "fenqu": {
            **said,
            "day": record["request"]["day"],
            "accuracy_m": record["request"]["site"]["accuracy_m"],
            "crs": "EPSG:4490",
            "illustrative": _mark(screening),
            "withheld": withheld,
            "touched": touched,
        },
        "features": features,
    }


def _mark(screening: Screening) -> str | None:
    """The words that must go wherever sketched limits go."""
    return say("answer.illustrative") if any(check.sketch for check in screening.checks.values()) else None


def _pieces(check: LayerCheck, site: Site, record: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    recorded = [zone for told in record["checks"] if told["layer"] == check.kind for zone in told["zones"]]
    measured = {told["id"]: {name: told.get(name) for name in _MEASURED} for told in recorded}
    for zone_check in check.zones:
        zone = zone_check.zone
        rules = [finding["rule"] for finding in record["findings"] if zone.id in finding["zones"]]
        piece = None
        if zone_check.relation != "near" and not site.is_point:
            piece = polygons_of(shapely.intersection(zone.ground, site.ground))
        yield feature(
            piece,
            f"{check.kind}-{zone.id}",
            {
                "role": "overlap",
                "layer": check.kind,
                "zone_id": zone.id,
                "name": zone.name,
                "zone_class": zone.zone_class,
                "relation": zone_check.relation,
                "certainty": "sketch" if check.sketch else "firm",
                "provenance": zone.provenance,
                "limits": check.info and check.info.limits,
                **measured.get(zone.id, dict.fromkeys(_MEASURED)),
                "rules": rules,
            },
        )


def encode(collection: Mapping[str, Any]) -> bytes:
    """GeoJSON bytes with the members in the order given."""
    return orjson.dumps(collection)
