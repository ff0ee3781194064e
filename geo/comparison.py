"""One question on two days: what both answers say, and by which texts and zones each difference came about."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal

from geo import canonical
from geo.eia import Act
from geo.errors import BodyInvalid
from geo.layers.releases import Zone
from geo.layers.store import Layer
from geo.rules.load import Rulebook
from geo.rules.model import RANK, Rule
from geo.screening import Screening

SCHEMA = "fenqu.comparison/1"
Item = Mapping[str, Any]  # one entry of a record
Kind = Literal["appears", "vanishes", "effect", "state", "causes", "zones", "text"]
Part = Literal["open", "checks", "eia", "conflicts"]
PARTS: tuple[tuple[Part, tuple[str, ...]], ...] = (  # lists of a record beside the findings, and what names their items
    ("open", ("kind", "subject")),
    ("checks", ("layer",)),
    ("eia", ("class",)),
    ("conflicts", ("rules",)),
)
OF_THE_DAY = ("id", "request_id", "request")  # members of a record that two days never share


@dataclass(frozen=True, slots=True)
class Side:
    """What one finding says on one of the days."""

    version: str  # first day of the rule's version
    effect: str
    state: str
    certainty: str
    causes: tuple[Item, ...]
    zones: tuple[str, ...]
    cited: tuple[tuple[str, str], ...]  # documents and their articles
    because: tuple[Item, ...]
    authority: Item


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that happened after the earlier day and until the later one."""

    kind: Literal["version_began", "version_ended", "document", "zone_began", "zone_ended"]
    subject: str  # the rule, a document or a zone
    day: str | None  # None: a document that was not there on one of the days
    before: str | None = None  # a document's status on the earlier day; None before it was there
    after: str | None = None  # and on the later one
    successor: str | None = None  # the document that superseded it


@dataclass(frozen=True, slots=True)
class Change:
    """A finding that differs, and why."""

    rule: str
    layer: str
    kind: Kind  # the gravest of what differs
    before: Side | None
    after: Side | None
    reasons: tuple[Reason, ...]

    @property
    def effect(self) -> str:
        """The graver effect of its two sides."""
        return max((side.effect for side in (self.before, self.after) if side), key=RANK.__getitem__)


@dataclass(frozen=True, slots=True)
class Difference:
    """Another entry of the records that differs; None on a day that has none of its name."""

    part: Part
    name: Mapping[str, Any]  # what names it in its list
    before: Item | None
    after: Item | None


@dataclass(frozen=True)
class Comparison:
    """Two answers to one question, the earlier day first."""

    before: Screening
    after: Screening
    changes: tuple[Change, ...]  # findings, the gravest effect first
    differences: tuple[Difference, ...]  # of open points, checks, sensitive areas and conflicts
    acts: tuple[Act | None, Act | None]  # the law that sensitive areas are told by, of either day

    @property
    def same(self) -> bool:
        """Whether both records are equal but for day, ids and request, and the section on EIA cites one law."""
        one, other = (
            {name: said for name, said in screening.record.items() if name not in OF_THE_DAY}
            for screening in (self.before, self.after)
        )
        return canonical.encode(one) == canonical.encode(other) and self.acts[0] == self.acts[1]

    def of(self, part: Part) -> tuple[Difference, ...]:
        """The differences of one part of the records."""
        return tuple(one for one in self.differences if one.part == part)

    @property
    def closed(self) -> tuple[tuple[str, str], ...]:
        """Open points of the earlier day only: kind and subject."""
        return tuple(_point(one) for one in self.of("open") if one.after is None)

    @property
    def opened(self) -> tuple[tuple[str, str], ...]:
        """Open points of the later day only."""
        return tuple(_point(one) for one in self.of("open") if one.before is None)

    @cached_property
    def json(self) -> bytes:
        """The canonical bytes of the comparison."""
        request = self.before.record["request"]
        both = [one for one in self.of("open") if one.before and one.after]
        return canonical.encode(
            {
                "schema": SCHEMA,
                "request": {"site": request["site"], "project": request["project"]},
                "book": self.before.record["book"],
                "answers": [
                    _answer(screening.record, act)
                    for screening, act in zip((self.before, self.after), self.acts, strict=True)
                ],
                "same": self.same,
                "changes": [asdict(change) for change in self.changes],
                "open": {"closed": _points(self.closed), "opened": _points(self.opened), "changed": _told(both)},
                "checks": _told(self.of("checks")),
                "eia": _told(self.of("eia")),
                "conflicts": _told(self.of("conflicts")),
            }
        )


def _answer(record: Mapping[str, Any], act: Act | None) -> dict[str, Any]:
    said = ("id", "verdict", "indicative_verdict", "range", "indicative_range", "provisional")
    law = act and {"document": act.document, "article": act.article}
    return {"day": record["request"]["day"], **{name: record[name] for name in said}, "eia_act": law}


def _point(difference: Difference) -> tuple[str, str]:
    return difference.name["kind"], difference.name["subject"]


def _points(points: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"kind": kind, "subject": subject} for kind, subject in points]


def _told(differences: Iterable[Difference]) -> list[dict[str, Any]]:
    return [{**one.name, "before": one.before, "after": one.after} for one in differences]


def compare(one: Screening, other: Screening, book: Rulebook) -> Comparison:
    """Compare two answers to one question, asked of the same releases and the same book on two days.

    Raises
    ------
    BodyInvalid
        Where they are no such answers, so that what differs need not come of the days.
    """
    if _asked(one) != _asked(other) or {one.record["book"], other.record["book"]} != {book.hash}:
        raise BodyInvalid(reason="the same question, releases and book are expected on both days")
    before, after = answers = tuple(sorted((one, other), key=day_of))
    sides = [{finding["rule"]: finding for finding in screening.record["findings"]} for screening in answers]
    changes = [
        change
        for rule in book.rules
        if (change := _change(rule, sides[0].get(rule.id), sides[1].get(rule.id), (before, after), book))
    ]
    return Comparison(
        before,
        after,
        tuple(sorted(changes, key=lambda change: (-RANK[change.effect], change.rule))),
        tuple(found for part, named in PARTS for found in _differences(part, named, before.record, after.record)),
        (_act(book, before), _act(book, after)),
    )


def _differences(part: Part, named: tuple[str, ...], before: Item, after: Item) -> Iterator[Difference]:
    """Entries of one list of two records that differ, in the order of the earlier one, then of the later."""
    then, now = (
        {canonical.encode([item[key] for key in named]): item for item in record[part]} for record in (before, after)
    )
    for name in {**then, **now}:
        one, other = then.get(name), now.get(name)
        if one != other:
            item: Item = one or other or {}
            yield Difference(part, {key: item[key] for key in named}, one, other)


def _act(book: Rulebook, screening: Screening) -> Act | None:
    return book.eia.act(day_of(screening)) if book.eia else None


def _asked(screening: Screening) -> tuple[Any, ...]:
    request = screening.record["request"]
    return request["site"], request["project"], screening.snapshot.releases()


def day_of(screening: Screening) -> date:
    """The day that an answer is of."""
    return date.fromisoformat(screening.record["request"]["day"])


def _change(
    rule: Rule, before: Item | None, after: Item | None, answers: tuple[Screening, Screening], book: Rulebook
) -> Change | None:
    if before == after:
        return None
    then, now = (_side(finding) if finding else None for finding in (before, after))
    zones = {zone for side in (then, now) if side for zone in side.zones}
    reasons = (*_of_texts(rule, answers, book), *_of_zones(rule.layer, zones, answers))
    return Change(rule.id, rule.layer, _kind(then, now), then, now, reasons)


def _side(finding: Item) -> Side:
    return Side(
        version=finding["version"],
        effect=finding["effect"],
        state=finding["state"],
        certainty=finding["certainty"],
        causes=tuple(finding["causes"]),
        zones=tuple(finding["zones"]),
        cited=tuple((provision["document"], provision["article"]) for provision in finding["provisions"]),
        because=tuple(finding["because"]),
        authority=finding["authority"],
    )


def _kind(before: Side | None, after: Side | None) -> Kind:
    if before is None or after is None:
        return "appears" if before is None else "vanishes"
    if before.effect != after.effect:
        return "effect"
    if before.state != after.state:
        return "state"
    if before.causes != after.causes:
        return "causes"
    ground = [(side.zones, side.certainty) for side in (before, after)]
    return "zones" if ground[0] != ground[1] else "text"


def _of_texts(rule: Rule, answers: tuple[Screening, Screening], book: Rulebook) -> Iterator[Reason]:
    """Versions of the rule that began or ended between the days, and documents whose status changed."""
    earlier, later = map(day_of, answers)
    then, now = rule.version(earlier), rule.version(later)
    if then != now:
        if now:
            yield Reason("version_began", rule.id, now.start.isoformat())
        elif then and then.end:
            yield Reason("version_ended", rule.id, then.end.isoformat())
    cited = dict.fromkeys(p.document for version in (then, now) if version for p in version.provisions)
    for name in cited:
        document = book.documents[name]
        before, after = document.status_on(earlier), document.status_on(later)
        if before != after:
            since = document.since(later)
            successor = book.data["documents"][name].get("superseded_by")
            yield Reason("document", name, since.isoformat() if since else None, before, after, successor)


def _of_zones(kind: str, names: set[str], answers: tuple[Screening, Screening]) -> Iterator[Reason]:
    """Zones of the findings that began or ceased to be valid between the days."""
    earlier, later = map(day_of, answers)
    for zone in zones_of(answers[1], kind):
        if zone.id in names:
            if zone.valid_from and earlier < zone.valid_from <= later:
                yield Reason("zone_began", zone.id, zone.valid_from.isoformat())
            if zone.valid_to and earlier < zone.valid_to <= later:
                yield Reason("zone_ended", zone.id, zone.valid_to.isoformat())


def zones_of(screening: Screening, kind: str) -> tuple[Zone, ...]:
    """All zones of one layer that an answer was drawn from, whatever day they are valid on."""
    layer = screening.snapshot.layers.get(kind)
    return layer.zones if isinstance(layer, Layer) else ()
