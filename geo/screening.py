"""Screen a site: every layer, then the rules, then the verdict. The record is the one source of every output."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from time import monotonic
from typing import Any

import orjson
import shapely

from geo import canonical
from geo.canonical import AREA_DIGITS, LENGTH_DIGITS, SHARE_DIGITS, quantity
from geo.eia import ClassCheck, check_classes
from geo.errors import LayersMissing, TimeUp
from geo.ground import Ground
from geo.layers.catalogue import COUNTY
from geo.layers.releases import ReleaseInfo
from geo.layers.store import Layer, Snapshot, of_layer
from geo.overlay import (
    NOT_SUPPLIED,
    Crossing,
    LayerCheck,
    ZoneCheck,
    all_around,
    check_layer,
    not_supplied,
    with_nearest,
)
from geo.piece import Measure
from geo.project import Project
from geo.proximity import Nearest
from geo.rules.load import Rulebook
from geo.rules.match import lay_rules
from geo.ruling import findings_of, ruling_of
from geo.site import Site

SCHEMA = "fenqu.screening/1"
KEPT_VERTICES = 1_000  # of a site, up to which it is kept what the layers say of it
ENGINE = "6"  # changes whenever the same question on the same data may be answered differently


@dataclass(frozen=True)
class Screening:
    """One answer: the record as canonical bytes, and the checks that it was drawn from."""

    id: str
    json: bytes
    checks: Mapping[str, LayerCheck]
    site: Site
    snapshot: Snapshot

    @cached_property
    def record(self) -> Mapping[str, Any]:
        """The record as its bytes say it."""
        record: Mapping[str, Any] = orjson.loads(self.json)
        return record


def screen_site(
    site: Site,
    project: Project,
    day: date,
    snapshot: Snapshot,
    book: Rulebook,
    seconds: float = 10.0,
    begun: float | None = None,
) -> Screening:
    """Screen one site for one project on one day.

    Parameters
    ----------
    snapshot : the layers, as taken once for this request
    book : the rule book; its catalogue gives the kinds, and each kind gets exactly one check
    seconds : longest time that the overlay may take
    begun : when that time began, by `time.monotonic`; now where nothing is said

    Raises
    ------
    TimeUp
        Where it takes longer; nothing is answered in part.
    LayersMissing
        Where the region has no county layer, so that no place in it could be named.
    """
    where = site.canonical()
    surveyed = _survey(site, where, day, snapshot, book, (seconds, monotonic() if begun is None else begun))
    matched = lay_rules(book, surveyed.checks, project, day, snapshot.region)
    named = _named(where, project, day, snapshot, book, surveyed.checks)
    record = {
        "schema": SCHEMA,
        **named,
        "region": snapshot.region,
        "book": book.hash,
        "engine": ENGINE,
        **surveyed.said,
        **ruling_of(matched, surveyed.checks),
        "findings": findings_of(matched),
    }
    return Screening(named["id"], canonical.encode(record), surveyed.checks, site, snapshot)


@dataclass(frozen=True, slots=True)
class _Surveyed:
    """What the layers say of a site, whatever is planned there."""

    checks: Mapping[str, LayerCheck]
    said: Mapping[str, orjson.Fragment]  # the parts of the record that hang on nothing else


def _survey(
    site: Site, where: Mapping[str, Any], day: date, snapshot: Snapshot, book: Rulebook, clock: tuple[float, float]
) -> _Surveyed:
    """Lay a site on every layer; of the last few sites asked about on a snapshot, what was found then.

    Of a site that a limit may or may not reach nothing is kept, for rules may yet measure it; nor of one of many
    vertices, for the room that it would take.

    Parameters
    ----------
    clock : the longest time that it may take, seconds, and when that began, by the monotonic clock
    """
    seconds, begun = clock
    if monotonic() > begun + seconds:
        raise TimeUp(seconds=seconds)
    name = canonical.encode(where), day, book.hash
    surveyed: _Surveyed | None = snapshot.asked.get(name)
    if surveyed is None:
        ground = Ground(site, seconds, begun)
        checks = with_nearest(check_layers(ground, day, snapshot, book.catalogue), snapshot, ground, day)
        parts = {
            "site": _site(site, ground, checks),
            "checks": [
                _silent(kind) if check.reason == NOT_SUPPLIED else check_record(check) for kind, check in checks.items()
            ],
            "eia": [_eia(check) for check in check_classes(book.eia, checks, day)] if book.eia else [],
        }
        said = {part: orjson.Fragment(canonical.encode(value)) for part, value in parts.items()}
        surveyed = _Surveyed(checks, said)
        certain = all(zone.relation != "uncertain" for check in checks.values() for zone in check.zones)
        if certain and shapely.get_num_coordinates(site.ground) <= KEPT_VERTICES:
            snapshot.asked.put(name, surveyed)
    return surveyed


@lru_cache(maxsize=1024)
def _silent(kind: str) -> orjson.Fragment:
    """The record of a check on a layer that was never supplied."""
    return orjson.Fragment(canonical.encode(check_record(not_supplied(kind))))


def _named(
    site: Mapping[str, Any],
    project: Project,
    day: date,
    snapshot: Snapshot,
    book: Rulebook,
    checks: Mapping[str, LayerCheck],
) -> dict[str, Any]:
    """The request, its id, and the id of its answer: that of the request and of all that it was answered from."""
    request = request_of(site, project, day)
    request_id = canonical.digest(request)
    failed = [kind for kind, check in checks.items() if check.status == "failed"]
    return {
        "id": canonical.digest({"request": request_id, **answered_from(snapshot, failed, book)}),
        "request_id": request_id,
        "request": request,
    }


def request_of(site: Mapping[str, Any], project: Project, day: date) -> dict[str, Any]:
    """What is asked, as it stands in the record; its digest is the id of the request; the site is canonical."""
    return {"site": site, "project": project.canonical(), "day": day.isoformat()}


def answered_from(snapshot: Snapshot, failed: Sequence[str], book: Rulebook) -> dict[str, Any]:
    """What beside the request goes into the id of an answer; `failed` are the layers that could not be read."""
    return {"releases": snapshot.releases(), "failed": sorted(failed), "book": book.hash, "engine": ENGINE}


def check_layers(ground: Ground, day: date, snapshot: Snapshot, kinds: Iterable[str]) -> dict[str, LayerCheck]:
    """One check for each kind, in their order; the county is asked first, for zones without a place.

    Raises
    ------
    TimeUp
        Where it takes longer than the ground may.
    LayersMissing
        Where the region has no county layer, so that no place in it could be named.
    """
    if snapshot.layers.get(COUNTY) is None:
        raise LayersMissing(region=snapshot.region, layer=COUNTY)
    around = all_around(snapshot, ground)
    county = check_layer(snapshot.layers[COUNTY], COUNTY, ground, day, around=around)
    counties, checks = counties_of(county), {}
    for kind in kinds:
        ground.watch_time()
        layer = snapshot.layers.get(kind)
        checks[kind] = county if kind == COUNTY else check_layer(layer, kind, ground, day, counties, around)
    return checks


def counties_of(check: LayerCheck) -> tuple[str, ...] | None:
    """Codes of the counties that the site may lie in; none abroad, None where the layer cannot say."""
    if check.status == "failed":
        return None
    return tuple(dict.fromkeys(code for zone in check.zones if zone.relation != "near" for code in zone.zone.counties))


def _site(site: Site, ground: Ground, checks: Mapping[str, LayerCheck]) -> dict[str, Any]:
    return {
        "point": site.is_point,
        "area_m2": None if site.is_point else quantity(ground.area_m2, AREA_DIGITS),
        "length_m": _length(ground.length_m),
        "counties": list(counties_of(checks[COUNTY]) or ()),
    }


def lacks_data(check: Mapping[str, Any]) -> bool:
    """Whether a layer, as a record has its check, says nothing, or not of all, of a site."""
    return check["status"] in ("failed", "no_data_here") or check["coverage_share"] < 1.0


def check_record(check: LayerCheck) -> dict[str, Any]:
    """One check as the record has it."""
    return {
        "layer": check.kind,
        "status": check.status,
        "reason": check.reason,
        "release": check.release,
        **(_of_release(check.info) if check.layer is None else _of_layer(check.layer)),
        "coverage_share": quantity(check.coverage_share, SHARE_DIGITS),
        "distance_m": _length(check.distance_m),
        "nearest": check.nearest and _nearest(check.nearest),
        "decides_m": _length(check.decides_m),
        "crossings": [_crossing(crossing) for crossing in check.crossings],
        "zones": [_zone(zone) for zone in check.zones],
        "ignored": [_zone(zone) for zone in check.ignored],
        "unplaced": [{"id": zone.id, "name": zone.name, "counties": list(zone.counties)} for zone in check.unplaced],
    }


def _of_release(info: ReleaseInfo | None) -> dict[str, Any]:
    """What every check on a release says of it."""
    return {
        "certainty": None if info is None else "sketch" if info.sketch else "firm",
        "provenance": info and info.provenance,
        "limits": info and info.limits,
        "accuracy_m": info and quantity(info.accuracy_m, LENGTH_DIGITS),
        "whereabouts": info is not None and info.whereabouts is True,
    }


@of_layer
def _of_layer(layer: Layer) -> dict[str, Any]:
    return _of_release(layer.info)


def _zone(check: ZoneCheck) -> dict[str, Any]:
    zone = check.zone
    return {
        "id": zone.id,
        "code": zone.code,
        "official_code": zone.official_code,
        "name": zone.name,
        "zone_class": zone.zone_class,
        "attributes": dict(sorted(zone.attributes.items())),
        "counties": list(zone.counties),
        "relation": check.relation,
        "accuracy_m": quantity(check.accuracy_m, LENGTH_DIGITS),
        "area_m2": None if check.area is None else _measure(check.area, AREA_DIGITS),
        "site_share": None if check.site_share is None else quantity(check.site_share, SHARE_DIGITS),
        "zone_share": None if check.zone_share is None else quantity(check.zone_share, SHARE_DIGITS),
        "length_m": None if check.length is None else _measure(check.length, LENGTH_DIGITS),
        "line_share": None if check.line_share is None else quantity(check.line_share, SHARE_DIGITS),
        "distance_m": _length(check.distance_m),
        "decides_m": _length(check.decides_m),
    }


def _nearest(nearest: Nearest) -> dict[str, Any]:
    return {"id": nearest.zone.id, "name": nearest.zone.name, "distance_m": _length(nearest.distance_m)}


def _crossing(crossing: Crossing) -> dict[str, Any]:
    return {
        "part": crossing.part,
        "zone": crossing.zone.id,
        "from_m": _length(crossing.from_m),
        "to_m": _length(crossing.to_m),
    }


def _measure(measure: Measure, digits: int) -> dict[str, float]:
    return {name: quantity(getattr(measure, name), digits) for name in ("value", "least", "most")}


def _length(value: float | None) -> float | None:
    return None if value is None else quantity(value, LENGTH_DIGITS)


def _eia(check: ClassCheck) -> dict[str, Any]:
    return {
        "class": check.name,
        "state": check.state,
        "certainty": check.certainty,
        "touched": [
            {"area": one.area, "layer": one.layer, "zones": list(one.zones), "certainty": one.certainty}
            for one in check.touched
        ],
        "open": [{"area": one.area, "kind": one.cause.kind, "subject": one.cause.subject} for one in check.open],
    }
