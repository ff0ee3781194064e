"""What was found, for readers: zones and a point for a query, and the zones of every layer at one place."""

from collections.abc import Mapping
from typing import Any

import shapely

from geo.errors import FenquError
from geo.figures import listed
from geo.layers.catalogue import LayerEntry
from geo.layers.releases import Zone
from geo.layers.store import Layer
from geo.overlay import LayerCheck
from geo.report import View, status_in_words
from geo.rules.wording import attribute_value
from geo.screening import check_record
from geo.search import Found, Hit, box_of
from geo.site import Site
from geo.texts import BINDING, pick, say

ZONE, PLACE = "zone", "place"
_Names = Mapping[str, str]


def present_found(found: Found, catalogue: Mapping[str, LayerEntry], counties: _Names, language: str = BINDING) -> View:
    """What a query means, in words: results in one form, the best first, and what nobody looked at.

    Parameters
    ----------
    counties : names of counties by code
    """
    results = [] if found.place is None else [_place(found.place, language)]
    results += [_hit(hit, counties, language) for hit in found.hits]
    sent = found.place.notices if found.place else ()
    notices = [one.text(language) for one in sent]
    return {
        "query": found.query,
        "count": len(results),
        "total": found.total + (found.place is not None),
        "results": results,
        "notices": notices + _notices(found, catalogue, language),
    }


def _notices(found: Found, catalogue: Mapping[str, LayerEntry], language: str) -> list[str]:
    said = []
    if isinstance(found.fault, FenquError) and not found.hits:
        said.append(found.fault.text(language))
    if found.unread:
        titles = [pick(catalogue[kind].title.model_dump(), language) for kind in found.unread]
        said.append(say("ui.found_unread", language, layers=listed(titles, language)))
    if found.total > len(found.hits):
        said.append(say("ui.found_more", language, shown=len(found.hits), total=found.total))
    if found.query and not found.total and found.place is None and not said:
        said.append(say("ui.found_nothing", language))
    return said


def _place(site: Site, language: str) -> dict[str, Any]:
    lon, lat = shapely.get_coordinates(site.ground)[0].tolist()
    at = f"{lon:.9f}".rstrip("0").rstrip(".") + "," + f"{lat:.9f}".rstrip("0").rstrip(".")
    return {
        "kind": PLACE,
        "title": f"{lon:.6f}, {lat:.6f}",
        "subtitle": say("ui.found_place", language, crs=site.crs),
        "at": at,
        "bbox": [lon, lat, lon, lat],
        "sketch": False,
    }


def _hit(hit: Hit, counties: _Names, language: str) -> dict[str, Any]:
    zone, layer = hit.zone, hit.layer
    return {"kind": ZONE, **_zone(zone, layer, counties, language), "bbox": box_of(zone, layer)}


def _zone(zone: Zone, layer: Layer, counties: _Names, language: str) -> dict[str, Any]:
    entry, where = layer.entry, [counties.get(code) or code for code in zone.counties]
    title = pick(entry.title.model_dump(), language)
    known = attribute_value(entry, "zone_class", zone.zone_class, language) if zone.zone_class else None
    code = zone.code or zone.official_code
    parts = [title, known if known != title else None, code if code != zone.name else None, listed(where, language)]
    if zone.geometry is None:
        parts.append(say("ui.found_unplaced", language))
    return {
        "title": zone.name,
        "subtitle": " · ".join(part for part in parts if part),
        "layer": zone.layer,
        "zone": zone.id,
        "placed": zone.geometry is not None,
        "sketch": layer.info.sketch,
    }


def present_here(
    checks: Mapping[str, LayerCheck],
    layers: Mapping[str, object],
    catalogue: Mapping[str, LayerEntry],
    counties: _Names,
    language: str = BINDING,
) -> list[View]:
    """What every layer says of one place, row by row: its zones there, or in words why it names none.

    Layers without any release come last and in one row; silence of theirs is no word of the ground.
    """
    rows, missing = [], []
    for kind, check in checks.items():
        title = pick(catalogue[kind].title.model_dump(), language)
        if check.reason == "not_supplied":
            missing.append(title)
        else:
            rows.append({"title": title, "sketch": check.sketch, **_here(check, layers.get(kind), counties, language)})
    if missing:
        text = say("status.not_supplied", language)
        rows.append({"title": listed(missing, language), "sketch": False, **_silent("not_supplied", text)})
    return rows


def _here(check: LayerCheck, layer: object, counties: _Names, language: str) -> dict[str, Any]:
    if check.info is not None and not check.info.on_a_map:
        return _silent("withheld", say("ui.found_withheld", language))
    said = _silent(check.status, status_in_words(check_record(check), language))
    if not isinstance(layer, Layer):
        return said
    found = [each.zone for each in check.zones if each.relation != "near"]
    return {
        **said,
        "zones": [_zone(zone, layer, counties, language) for zone in found],
        "unplaced": [_zone(zone, layer, counties, language) for zone in check.unplaced],
    }


def _silent(status: str, text: str) -> dict[str, Any]:
    return {"status": status, "text": text, "zones": [], "unplaced": []}
