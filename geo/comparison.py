"""One question on two days: what both answers say, and by which texts and zones each difference came about."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal

from geo import canonical
from geo.errors import BodyInvalid
from geo.layers.releases import Zone
from geo.layers.store import Layer
from geo.report import View, present
from geo.rules.load import Rulebook
from geo.rules.model import RANK, Rule
from geo.screening import Screening
from geo.texts import BINDING, pick, say

SCHEMA = "fenqu.comparison/1"
Kind = Literal["appears", "vanishes", "effect", "state", "zones", "text"]


@dataclass(frozen=True, slots=True)
class Side:
    """What one finding says on one of the days."""

    version: str  # first day of the rule's version
    effect: str
    state: str
    certainty: str
    zones: tuple[str, ...]
    cited: tuple[tuple[str, str], ...]  # documents and their articles


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


@dataclass(frozen=True)
class Comparison:
    """Two answers to one question, the earlier day first."""

    before: Screening
    after: Screening
    changes: tuple[Change, ...]  # the gravest effect first
    closed: tuple[tuple[str, str], ...]  # open points of the earlier day only: kind and subject
    opened: tuple[tuple[str, str], ...]  # and of the later one only

    @property
    def same(self) -> bool:
        """Whether nothing that is told of differs."""
        words = [(s.record["verdict"], s.record["indicative_verdict"]) for s in (self.before, self.after)]
        return not (self.changes or self.closed or self.opened) and words[0] == words[1]

    @cached_property
    def json(self) -> bytes:
        """The canonical bytes of the comparison."""
        request = self.before.record["request"]
        return canonical.encode(
            {
                "schema": SCHEMA,
                "request": {"site": request["site"], "project": request["project"]},
                "book": self.before.record["book"],
                "answers": [_answer(screening.record) for screening in (self.before, self.after)],
                "same": self.same,
                "changes": [asdict(change) for change in self.changes],
                "open": {"closed": _points(self.closed), "opened": _points(self.opened)},
            }
        )


def _answer(record: Mapping[str, Any]) -> dict[str, Any]:
    said = ("id", "verdict", "indicative_verdict", "range", "indicative_range", "provisional")
    return {"day": record["request"]["day"], **{name: record[name] for name in said}}


def _points(points: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"kind": kind, "subject": subject} for kind, subject in points]


def compare(one: Screening, other: Screening, book: Rulebook) -> Comparison:
    """Compare two answers to one question, asked of the same releases and the same book on two days.

    Raises
    ------
    BodyInvalid
        Where they are no such answers, so that what differs need not come of the days.
    """
    if _asked(one) != _asked(other) or {one.record["book"], other.record["book"]} != {book.hash}:
        raise BodyInvalid(reason="the same question, releases and book are expected on both days")
    before, after = sorted((one, other), key=_day)
    sides = [{finding["rule"]: finding for finding in screening.record["findings"]} for screening in (before, after)]
    changes = [
        change
        for rule in book.rules
        if (change := _change(rule, sides[0].get(rule.id), sides[1].get(rule.id), (before, after), book))
    ]
    changes.sort(key=lambda change: (-max(RANK[side.effect] for side in _sides(change)), change.rule))
    points = [
        {(item["kind"], item["subject"]): None for item in screening.record["open"]} for screening in (before, after)
    ]
    return Comparison(
        before,
        after,
        tuple(changes),
        closed=tuple(point for point in points[0] if point not in points[1]),
        opened=tuple(point for point in points[1] if point not in points[0]),
    )


def _asked(screening: Screening) -> tuple[Any, ...]:
    request = screening.record["request"]
    return request["site"], request["project"], screening.snapshot.releases()


def _day(screening: Screening) -> date:
    return date.fromisoformat(screening.record["request"]["day"])


def _sides(change: Change) -> list[Side]:
    return [side for side in (change.before, change.after) if side]


def _change(
    rule: Rule,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    answers: tuple[Screening, Screening],
    book: Rulebook,
) -> Change | None:
    then, now = (_side(finding) if finding else None for finding in (before, after))
    if then == now:
        return None
    zones = {zone for side in (then, now) if side for zone in side.zones}
    reasons = (*_of_texts(rule, answers, book), *_of_zones(rule.layer, zones, answers))
    return Change(rule.id, rule.layer, _kind(then, now), then, now, reasons)


def _side(finding: Mapping[str, Any]) -> Side:
    return Side(
        version=finding["version"],
        effect=finding["effect"],
        state=finding["state"],
        certainty=finding["certainty"],
        zones=tuple(finding["zones"]),
        cited=tuple((provision["document"], provision["article"]) for provision in finding["provisions"]),
    )


def _kind(before: Side | None, after: Side | None) -> Kind:
    if before is None or after is None:
        return "appears" if before is None else "vanishes"
    if before.effect != after.effect:
        return "effect"
    if before.state != after.state:
        return "state"
    return "zones" if before.zones != after.zones else "text"


def _of_texts(rule: Rule, answers: tuple[Screening, Screening], book: Rulebook) -> Iterator[Reason]:
    """Versions of the rule that began or ended between the days, and documents whose status changed."""
    earlier, later = map(_day, answers)
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
            since = [start for start, _, _ in document.status if earlier < start <= later]
            successor = book.data["documents"][name].get("superseded_by")
            yield Reason("document", name, since[-1].isoformat() if since else None, before, after, successor)


def _of_zones(kind: str, names: set[str], answers: tuple[Screening, Screening]) -> Iterator[Reason]:
    """Zones of the findings that began or ceased to be valid between the days."""
    earlier, later = map(_day, answers)
    for zone in _zones(answers[1], kind):
        if zone.id in names:
            if zone.valid_from and earlier < zone.valid_from <= later:
                yield Reason("zone_began", zone.id, zone.valid_from.isoformat())
            if zone.valid_to and earlier < zone.valid_to <= later:
                yield Reason("zone_ended", zone.id, zone.valid_to.isoformat())


def _zones(screening: Screening, kind: str) -> tuple[Zone, ...]:
    layer = screening.snapshot.layers.get(kind)
    return layer.zones if isinstance(layer, Layer) else ()


def present_comparison(comparison: Comparison, book: Rulebook, language: str = BINDING) -> View:
    """A comparison in words, for one language."""
    views = [present(screening.record, book, language) for screening in (comparison.before, comparison.after)]
    told = _Teller(comparison, book, language)
    return {
        "language": language,
        "same": comparison.same,
        "place": views[0]["site"]["place"],
        "project": views[0]["project"],
        "answers": [{"day": view["site"]["day"], "headline": view["headline"], "firm": view["firm"],
                     "verdict": view["verdict"]} for view in views],
        "changes": [told.change(change) for change in comparison.changes],
        "closed": _texts(views[0], comparison.closed),
        "opened": _texts(views[1], comparison.opened),
    }  # fmt: skip


def _texts(view: View, points: tuple[tuple[str, str], ...]) -> list[str]:
    return [item["text"] for item in view["open"] if (item["kind"], item["subject"]) in points]


@dataclass(frozen=True, slots=True)
class _Teller:
    """Says changes in one language."""

    comparison: Comparison
    book: Rulebook
    language: str

    def change(self, change: Change) -> View:
        effect = max((side.effect for side in _sides(change)), key=RANK.__getitem__)
        return {
            "rule": change.rule,
            "title": pick(self.book.said(change.rule)["title"], self.language),
            "kind": change.kind,
            "kind_text": say(f"change.{change.kind}", self.language),
            "effect": effect,
            "before": self.side(change.before, change.layer),
            "after": self.side(change.after, change.layer),
            "reasons": [self.reason(reason, change.layer) for reason in change.reasons],
        }

    def side(self, side: Side | None, layer: str) -> str:
        """One side in a line: effect, state, clauses and zones."""
        if side is None:
            return say("change.no_finding", self.language)
        cited = [f"{self.document(name)} {self.article(article)}" for name, article in dict.fromkeys(side.cited)]
        words = [say(f"effect.{side.effect}", self.language), say(f"state.{side.state}", self.language), *cited]
        return " · ".join([*words, *(self.zone(zone, layer) for zone in side.zones)])

    def reason(self, reason: Reason, layer: str) -> str:
        if reason.kind == "document":
            before, after = (
                say(f"ui.document.{status or 'not_yet'}", self.language) for status in (reason.before, reason.after)
            )
            told = say(
                "change.document", self.language, title=self.document(reason.subject), day=reason.day,
                before=before, after=after,
            )  # fmt: skip
            if reason.successor not in self.book.documents:
                return told
            return told + say("since.successor", self.language, title=self.document(str(reason.successor)))
        subject = self.zone(reason.subject, layer) if reason.kind.startswith("zone") else reason.subject
        return say(f"change.{reason.kind}", self.language, subject=subject, day=reason.day)

    def document(self, name: str) -> str:
        return pick(self.book.data["documents"][name]["title"], self.language)

    def article(self, number: str) -> str:
        return say("finding.article", self.language, number=number) if number.isdecimal() else number

    def zone(self, name: str, layer: str) -> str:
        return next((zone.name for zone in _zones(self.comparison.after, layer) if zone.id == name), name)
