"""Screen a site: every layer, then the rules, then the verdict. The record is the one source of every output."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from time import monotonic
from typing import Any

from geo import canonical
from geo.canonical import AREA_DIGITS, LENGTH_DIGITS, SHARE_DIGITS, quantity
from geo.eia import ClassCheck, check_classes
from geo.errors import LayersMissing
from geo.ground import Ground
from geo.layers.catalogue import COUNTY
from geo.layers.store import Snapshot
from geo.overlay import Crossing, LayerCheck, ZoneCheck, check_layer, with_nearest
from geo.piece import Measure
from geo.project import Project
from geo.proximity import Nearest
from geo.rules.load import Rulebook
from geo.rules.match import NOT_SUPPLIED, match_rules
from geo.rules.model import RANK, Cause, Finding, Threat
from geo.rules.precedence import Conflict, find_conflicts, threats_of
from geo.rules.question import Answer, answers_to
from geo.rules.verdict import LEAVES_WORD, MOST_QUESTIONS, decide, worst
from geo.site import Site

SCHEMA = "fenqu.screening/1"
ENGINE = "4"  # changes whenever the same question on the same data may be answered differently


@dataclass(frozen=True)
class Screening:
    """One answer: the record, and the checks that it was drawn from."""

    record: Mapping[str, Any]
    checks: Mapping[str, LayerCheck]
    site: Site
    snapshot: Snapshot

    @cached_property
    def json(self) -> bytes:
        """The canonical bytes of the record."""
        return canonical.encode(self.record)


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
    ground = Ground(site, seconds, monotonic() if begun is None else begun)
    checks = _check_layers(ground, day, snapshot, book)
    findings, threats = match_rules(book, checks, project, day, snapshot.region)
    conflicts = find_conflicts(book, findings)
    threats += threats_of(conflicts, findings)
    firm, indicative = (decide(findings, threats, indicative) for indicative in (False, True))
    opened = _open(findings, threats, checks, project)
    for item in opened:
        if item["asked"]:
            said = answers_to(item["subject"], book, checks, project, day, snapshot.region, findings, threats)
            item["answers"] = [_answer(answer) for answer in said]
    record = {
        "schema": SCHEMA,
        **_named(site, project, day, snapshot, book, checks),
        "region": snapshot.region,
        "book": book.hash,
        "engine": ENGINE,
        "site": _site(site, ground, checks),
        "verdict": firm.word,
        "indicative_verdict": indicative.word,
        "range": [firm.sure, firm.possible],
        "indicative_range": [indicative.sure, indicative.possible],
        "provisional": any(item["kind"] in LEAVES_WORD for item in opened),
        "open": opened,
        "checks": [check_record(check) for check in checks.values()],
        "findings": [_finding(finding, book) for finding in findings],
        "eia": [_eia(check) for check in check_classes(book.eia, checks, day)] if book.eia else [],
        "conflicts": [_conflict(conflict) for conflict in conflicts],
        "steps": _steps(findings),
    }
    return Screening(record, checks, site, snapshot)


def _named(
    site: Site, project: Project, day: date, snapshot: Snapshot, book: Rulebook, checks: Mapping[str, LayerCheck]
) -> dict[str, Any]:
    """The request, its id, and the id of its answer: that of the request and of all that it was answered from."""
    request = {"site": site.canonical(), "project": project.canonical(), "day": day.isoformat()}
    request_id = canonical.digest(request)
    failed = sorted(kind for kind, check in checks.items() if check.status == "failed")
    inputs = {"releases": snapshot.releases(), "failed": failed, "book": book.hash, "engine": ENGINE}
    return {
        "id": canonical.digest({"request": request_id, **inputs}),
        "request_id": request_id,
        "request": request,
    }


def _check_layers(ground: Ground, day: date, snapshot: Snapshot, book: Rulebook) -> dict[str, LayerCheck]:
    """One check for each kind, in the catalogue's order; the county first, for zones without a place."""
    if snapshot.layers.get(COUNTY) is None:
        raise LayersMissing(region=snapshot.region, layer=COUNTY)
    county = check_layer(snapshot.layers.get(COUNTY), COUNTY, ground, day)
    checks = {COUNTY: county}
    for kind in book.catalogue:
        ground.watch_time()
        if kind != COUNTY:
            checks[kind] = check_layer(snapshot.layers.get(kind), kind, ground, day, counties_of(county))
    layers = {kind: snapshot.layers.get(kind) for kind in book.catalogue}
    return with_nearest({kind: checks[kind] for kind in book.catalogue}, layers, ground, day)


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
    info = check.info
    return {
        "layer": check.kind,
        "status": check.status,
        "reason": check.reason,
        "release": check.release,
        "certainty": None if info is None else "sketch" if info.sketch else "firm",
        "provenance": info and info.provenance,
        "limits": info and info.limits,
        "accuracy_m": info and quantity(info.accuracy_m, LENGTH_DIGITS),
        "whereabouts": info is not None and info.whereabouts is True,
        "coverage_share": quantity(check.coverage_share, SHARE_DIGITS),
        "distance_m": _length(check.distance_m),
        "nearest": check.nearest and _nearest(check.nearest),
        "decides_m": _length(check.decides_m),
        "crossings": [_crossing(crossing) for crossing in check.crossings],
        "zones": [_zone(zone) for zone in check.zones],
        "ignored": [_zone(zone) for zone in check.ignored],
        "unplaced": [{"id": zone.id, "name": zone.name, "counties": list(zone.counties)} for zone in check.unplaced],
    }


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


def _finding(finding: Finding, book: Rulebook) -> dict[str, Any]:
    rule = book.by_id[finding.rule]
    version = next(version for version in rule.versions if version.start == finding.version)
    return {
        "rule": finding.rule,
        "version": finding.version.isoformat(),
        "layer": finding.layer,
        "zones": list(finding.zones),
        "state": finding.state,
        "certainty": finding.certainty,
        "effect": finding.effect,
        "dimension": rule.dimension,
        "level": rule.level,
        "provisions": [
            {"document": p.document, "article": p.article, "phrase": p.phrase, "verified": p.verified}
            for p in version.provisions
        ],
        "causes": [{"kind": cause.kind, "subject": cause.subject} for cause in finding.causes],
        "because": [
            {"fact": reason.fact, "expected": reason.expected, "value": reason.value, "how": reason.how}
            for reason in finding.because
        ],
        "authority": {"table": finding.authority[0], "row": finding.authority[1]},
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "value": answer.value,
        "verdict": answer.firm.word,
        "range": [answer.firm.sure, answer.firm.possible],
        "indicative_verdict": answer.indicative.word,
        "indicative_range": [answer.indicative.sure, answer.indicative.possible],
    }


def _conflict(conflict: Conflict) -> dict[str, Any]:
    return {
        "rules": list(conflict.rules),
        "by": conflict.by,
        "prevails": conflict.prevails,
        "effect": conflict.effect,
    }


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


def _open(
    findings: Sequence[Finding], threats: Sequence[Threat], checks: Mapping[str, LayerCheck], project: Project
) -> list[dict[str, Any]]:
    """Everything that keeps the answer open, the weightiest first, what is asked last behind; at most eight asked."""
    posed: list[tuple[Cause, str | None, str]] = [
        (cause, finding.rule, finding.effect) for finding in findings for cause in finding.causes
    ]
    posed += [(threat.cause, threat.rule, threat.effect) for threat in threats]
    found: dict[tuple[str, str], list[tuple[str | None, str]]] = {}
    for cause, rule, effect in posed:
        found.setdefault((cause.kind, cause.subject), []).append((rule, effect))
    for kind, check in checks.items():
        missing = _MISSING.get(check.reason or "")
        if missing:
            found.setdefault((missing, kind), [])
    items: list[dict[str, Any]] = [
        {
            "kind": kind,
            "subject": subject,
            "effect": worst(effect for _, effect in rules),
            "rules": sorted({rule for rule, _ in rules if rule}),
        }
        for (kind, subject), rules in found.items()
    ]
    late = {name for name, fact in project.vocabulary.facts.items() if fact.asked == "last"}

    def weight(item: dict[str, Any]) -> tuple[bool, int, int, str, str]:
        last = item["kind"] == "fact" and item["subject"] in late
        return last, -RANK[item["effect"]], -len(item["rules"]), item["kind"], item["subject"]

    items.sort(key=weight)
    may_be_asked = [
        item["subject"] for item in items if item["kind"] == "fact" and _makes_sense(item["subject"], project)
    ]
    asked = set(may_be_asked[:MOST_QUESTIONS])
    return [item | {"asked": item["kind"] == "fact" and item["subject"] in asked} for item in items]


_MISSING = {NOT_SUPPLIED: NOT_SUPPLIED, "outside_coverage": "data", "unreadable": "failed"}


def _makes_sense(fact: str, project: Project) -> bool:
    """Whether a fact is worth asking yet: one that hangs on another waits for that other's answer."""
    known = project.vocabulary.facts.get(fact)
    return known is None or all(project.fact(name).value == value for name, value in known.depends_on.items())


def _steps(findings: Sequence[Finding]) -> list[dict[str, str]]:
    """What to do now: the next step of each rule that applies or is open, the gravest first."""
    return [{"rule": finding.rule, "state": finding.state} for finding in findings if finding.state != "excepted"]
