"""Kept answers asked again with the layers, the book and the law of now: which would read otherwise, and why."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any, Literal

from geo.day import read_day
from geo.errors import FenquError
from geo.layers.store import LayerStore, Snapshot
from geo.ledger import Kept, Ledger
from geo.revisions import Revision, revisions, revisions_in_words, same_text
from geo.rules.load import Rulebook
from geo.screening import screen_site
from geo.settings import Settings
from geo.texts import BINDING, pick, say
from geo.verify import asked_about

SCHEMA = "fenqu.watch/1"
SAID = ("verdict", "range", "indicative_verdict", "indicative_range")  # what a reader goes by
BOOKS = 4  # earlier books held in memory
Record = Mapping[str, Any]
Outcome = Literal["same", "changed", "grounds", "unreadable", "broken"]
RESTS_ON = ("state", "effect", "certainty", "provisions")  # of a finding


@dataclass(frozen=True, slots=True)
class Shift:
    """A layer of which the two answers do not say the same."""

    layer: str
    releases: tuple[str | None, str | None]
    statuses: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sight:
    """One kept answer, and what came of asking again."""

    id: str
    asked: str | None  # the day of the kept answer
    day: str | None  # the day that was asked for again
    # grounds: it reads the same, but findings or their clauses are others; unreadable: a layer cannot be read now.
    outcome: Outcome
    before: Mapping[str, Any] | None = None  # members of `SAID`
    after: Mapping[str, Any] | None = None
    layers: tuple[Shift, ...] = ()
    texts: tuple[Revision, ...] = ()  # documents, versions and rules
    engines: tuple[str, str] | None = None
    book: tuple[str, ...] = ()  # what the book says otherwise, where nothing of the above tells it
    error: str | None = None  # of a row that cannot be asked again
    kept_book: Rulebook | None = None  # in whose words the texts of before are told

    @property
    def listed(self) -> bool:
        """Whether a person should look at it."""
        return self.outcome != "same"

    @property
    def json(self) -> dict[str, Any]:
        """The sight as JSON."""
        return {
            "schema": SCHEMA,
            **{name: getattr(self, name) for name in ("id", "asked", "day", "outcome", "before", "after", "error")},
            "layers": [asdict(shift) for shift in self.layers],
            "texts": [asdict(text) for text in self.texts],
            "engines": self.engines,
            "book": self.book,
        }


class Watch:
    """Asks kept answers again, one at a time: all of a region from one snapshot of its layers.

    Parameters
    ----------
    as_of : also ask for this day, beside the day that each was asked for
    """

    def __init__(self, settings: Settings, ledger: Ledger, book: Rulebook, as_of: date | None = None) -> None:
        self._settings, self._ledger, self._book, self._as_of = settings, ledger, book, as_of
        self._snapshots: dict[str, Snapshot] = {}
        self._book_of = lru_cache(maxsize=BOOKS)(ledger.book)

    def look(self, names: Iterable[str], language: str = BINDING) -> Iterator[Sight]:
        """What came of each kept answer; one that cannot be read or asked again is told and stops nothing."""
        for name in names:
            try:
                sights = tuple(self._asked_again(self._ledger.find(name)))
            except FenquError as error:
                sights = (Sight(name, None, None, "broken", error=f"{error.code}: {error.text(language)}"),)
            except (ValueError, LookupError, TypeError, AttributeError) as error:  # a row that no program of ours wrote
                sights = (Sight(name, None, None, "broken", error=f"{type(error).__name__}: {str(error)[:200]}"),)
            yield from sights

    def _asked_again(self, kept: Kept) -> Iterator[Sight]:
        before = kept.record
        book = self._book if kept.book == self._book.hash else self._book_of(kept.book)
        own = read_day(before["request"]["day"])
        site, project = asked_about(kept.request, self._book.vocabulary, self._settings)
        for day in dict.fromkeys((own, self._as_of or own)):
            seconds = self._settings.screening_seconds
            after = screen_site(site, project, day, self._snapshot(kept.region), self._book, seconds).record
            yield _sight(before, after, book, self._book)

    def _snapshot(self, region: str) -> Snapshot:
        if region not in self._snapshots:
            store = LayerStore(replace(self._settings, region=region), self._book.catalogue)
            self._snapshots[region] = store.snapshot()
        return self._snapshots[region]


def _sight(before: Record, after: Record, kept: Rulebook, book: Rulebook) -> Sight:
    """Hold two answers to one question against each other."""
    then, now = ({name: record[name] for name in SAID} for record in (before, after))
    layers = tuple(_shifts(before, after))
    failed = any(shift.statuses[1] == "failed" != shift.statuses[0] for shift in layers)
    moved = _findings(before) != _findings(after)
    outcome: Outcome = "changed" if then != now else "unreadable" if failed else "grounds" if moved else "same"
    asked, day = (record["request"]["day"] for record in (before, after))
    if outcome == "same":
        return Sight(before["id"], asked, day, outcome, then, now)
    texts = _texts(before, after, kept, book)
    engines = None if before["engine"] == after["engine"] else (before["engine"], after["engine"])
    told = layers or texts or engines or kept.hash == book.hash
    elsewhere = () if told else tuple(kept.differences(book))
    return Sight(before["id"], asked, day, outcome, then, now, layers, texts, engines, elsewhere, kept_book=kept)


def _findings(record: Record) -> dict[str, list[Any]]:
    """What each finding says, and the clauses that it rests on."""
    return {finding["rule"]: [finding.get(member) for member in RESTS_ON] for finding in record["findings"]}


def _shifts(before: Record, after: Record) -> Iterator[Shift]:
    """Layers whose check says something else, whatever release it was drawn from."""
    then = {check["layer"]: check for check in before["checks"]}
    for check in after["checks"]:
        known = then.get(check["layer"], {"status": "no_data_here", "release": None, "zones": [], "unplaced": []})
        members = {"status", "certainty", "coverage_share", "zones", "unplaced"} & known.keys()
        if any(_plain(known[member]) != _plain(check[member]) for member in members):
            yield Shift(check["layer"], (known["release"], check["release"]), (known["status"], check["status"]))


def _plain(said: Any) -> Any:
    """Zones by what a rule goes by: members that an earlier engine did not write are no difference."""
    if not isinstance(said, list):
        return said
    return {zone["id"]: (zone.get("relation"), zone.get("zone_class"), zone.get("attributes")) for zone in said}


def _texts(before: Record, after: Record, kept: Rulebook, book: Rulebook) -> tuple[Revision, ...]:
    """Documents, versions and rules that are not as they were: of the findings, and of all that either keeps open."""
    asked, day = (date.fromisoformat(record["request"]["day"]) for record in (before, after))
    found = dict.fromkeys(revisions(before, kept, book, day))
    told = {finding["rule"] for finding in before["findings"]}
    for name in sorted(_rules(before) | _rules(after)):
        if name not in told:
            found |= dict.fromkeys(_of_rule(name, kept, book, asked, day))
    return tuple(found)


def _rules(record: Record) -> set[str]:
    named = {rule for item in record["open"] for rule in item["rules"]}
    return named | {finding["rule"] for finding in record["findings"]}


def _of_rule(name: str, kept: Rulebook, book: Rulebook, asked: date, day: date) -> Iterator[Revision]:
    """What is other about a rule that the kept answer had no finding of."""
    if name not in kept.by_id or name not in book.by_id:
        yield Revision("rule_new" if name in book.by_id else "rule_gone", name)
        return
    if not same_text(name, kept, book, asked):
        yield Revision("rule", name)
        return
    then, now = kept.by_id[name].version(asked), book.by_id[name].version(day)
    if then != now:
        yield Revision("version", name, now.start if now else then.end if then else None)
    for document in sorted({p.document for version in (then, now) if version for p in version.provisions}):
        status = kept.documents[document].status_on(asked), book.documents[document].status_on(day)
        if status[0] != status[1]:
            yield Revision("document", document, book.documents[document].since(day), *status)


def reasons_in_words(sight: Sight, book: Rulebook, language: str = BINDING) -> tuple[str, ...]:
    """Why an answer reads otherwise, each reason as a sentence."""
    if sight.kept_book is None:
        return (sight.error or "",)
    told = [_shift_in_words(shift, book, language) for shift in sight.layers]
    told += revisions_in_words(sight.texts, sight.kept_book, book, language)
    if sight.engines:
        told.append(say("watch.engine", language, before=sight.engines[0], after=sight.engines[1]))
    return (*told, *(say("watch.book", language, part=part) for part in sight.book))


def _shift_in_words(shift: Shift, book: Rulebook, language: str) -> str:
    title = pick(book.catalogue[shift.layer].title.model_dump(), language)
    before, after = (say(f"status.{status}", language) for status in shift.statuses)
    releases = [release or "—" for release in shift.releases]
    if shift.releases[0] == shift.releases[1]:
        return say("watch.layer", language, layer=title, before=before, after=after)
    return say("watch.release", language, layer=title, old=releases[0], new=releases[1], before=before, after=after)
