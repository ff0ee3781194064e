"""Several sites for one project: what each rule says of each of them, what sets them apart, which one is dominated.

Every cell is read from the records of the sites' own screenings; nothing is measured or judged again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import permutations
from typing import Any, Literal

from geo import canonical
from geo.dominance import BASES, Basis, Cause, Dominance, Span, dominates
from geo.errors import BodyInvalid
from geo.rules.load import Rulebook
from geo.rules.model import EFFECTS, RANK
from geo.screening import lacks_data

SCHEMA = "fenqu.alternatives/1"
FEWEST, MOST = 2, 10  # sites
NAME_LENGTH = 40  # characters
NAMES = "ABCDEFGHIJ"  # of sites without one, by their place
OF_THE_PROJECT = {"basics", "pollution"}  # groups of facts that do not hang on the ground
INDUSTRY = "industry"
GROUND = "ground"  # of a check here: whose it is, for the part of one site without data is not that of another
FOUND = ("applies", "undecided", "excepted")
NONE, GRAVEST = EFFECTS[0], EFFECTS[-1]

Item = Mapping[str, Any]  # one entry of a record
State = Literal["applies", "undecided", "excepted", "not_touched", "not_checked"]


@dataclass(frozen=True, slots=True)
class Cell:
    """What one rule says of one site."""

    state: State
    certainty: str | None  # of the finding, or of the layer where there is none
    causes: tuple[Cause, ...]  # what keeps it open
    firm: Span
    indicative: Span

    def span(self, basis: Basis) -> Span:
        """Its span on one basis."""
        return self.firm if basis == "firm" else self.indicative


@dataclass(frozen=True, slots=True)
class Row:
    """One rule, or ground that no rule of the book speaks of, and what it says of each site."""

    rule: str | None
    layer: str
    effect: str
    dimension: str | None
    level: str | None
    cells: tuple[Cell, ...]  # in the order of the sites

    @property
    def apart(self) -> bool:
        """Whether it tells the sites apart."""
        return len({(cell.state, cell.certainty, cell.causes) for cell in self.cells}) > 1

    @property
    def met(self) -> bool:
        """Whether it says something of a site, so that it is more than a layer with or without data."""
        return any(cell.state in FOUND for cell in self.cells)


@dataclass(frozen=True)
class Alternatives:
    """Several answers side by side, in the order in which they were given."""

    names: tuple[str, ...]
    records: tuple[Item, ...]
    rows: tuple[Row, ...]  # those that tell the sites apart first, then those met, the gravest first
    dominated: tuple[Dominance, ...]

    @cached_property
    def record(self) -> dict[str, Any]:
        """The record: codes and numbers only."""
        first = self.records[0]
        return {
            "schema": SCHEMA,
            "id": canonical.digest(sorted(record["id"] for record in self.records)),
            **{name: first[name] for name in ("region", "book", "engine")},
            "request": {name: first["request"][name] for name in ("project", "day")},
            "sites": [_site(name, record) for name, record in zip(self.names, self.records, strict=True)],
            "rows": [_row(row) for row in self.rows],
            "dominated": [
                {"site": one.site, "by": one.by, "basis": one.basis, "better": list(one.better)}
                for one in self.dominated
            ],
        }

    @cached_property
    def json(self) -> bytes:
        """The canonical bytes of the record."""
        return canonical.encode(self.record)


def named(names: Sequence[str]) -> tuple[str, ...]:
    """The sites' names; A, B, … for those that are empty.

    Raises
    ------
    BodyInvalid
        Where there are fewer than two or more than ten, or a name is too long, unprintable or given twice.
    """
    if not FEWEST <= len(names) <= MOST:
        raise BodyInvalid(reason=f"sites: {FEWEST} to {MOST} are expected, {len(names)} came")
    told = tuple(name.strip() or NAMES[number] for number, name in enumerate(names))
    for name in told:
        if len(name) > NAME_LENGTH or not name.isprintable():
            raise BodyInvalid(reason=f"name: at most {NAME_LENGTH} printable characters are expected")
    if len(set(told)) < len(told):
        raise BodyInvalid(reason="name: each site needs one of its own")
    return told


def weigh(names: Sequence[str], records: Sequence[Item], book: Rulebook) -> Alternatives:
    """Set answers to one question about several sites side by side.

    Parameters
    ----------
    records : of screenings of the same project, day, releases and book

    Raises
    ------
    BodyInvalid
        Where they are not such answers, or the names are not names.
    """
    names = named(names)
    if len({canonical.encode(_asked(record)) for record in records}) > 1 or records[0]["book"] != book.hash:
        raise BodyInvalid(reason="the same project, day, releases and book are expected for all sites")
    answers = [_Answer.of(record, book) for record in records]
    rows = [_weighed(rule, layer, effect, answers, book) for rule, layer, effect in _heads(answers, records[0], book)]
    rows.sort(key=_weight)
    return Alternatives(names, tuple(records), tuple(rows), tuple(_dominances(names, records, rows)))


def _weight(row: Row) -> tuple[bool, bool, int, bool, str, str]:
    """Its place: what tells the sites apart first, then what is met, the gravest, and what applies for sure."""
    applies = any(cell.state == "applies" for cell in row.cells)
    return not row.apart, not row.met, -RANK[row.effect], not applies, row.layer, row.rule or ""


def _asked(record: Item) -> list[Any]:
    releases = {check["layer"]: check["release"] for check in record["checks"]}
    return [record[name] for name in ("region", "book", "engine")] + [
        record["request"]["project"], record["request"]["day"], releases
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Answer:
    """One record, by rule and by layer."""

    findings: Mapping[str, Item]
    checks: Mapping[str, Item]
    of_rules: Mapping[str, tuple[Cause, ...]]
    of_layers: Mapping[str, tuple[Cause, ...]]  # of which no rule speaks

    @classmethod
    def of(cls, record: Item, book: Rulebook) -> "_Answer":
        rules: dict[str, tuple[Cause, ...]] = {}
        layers: dict[str, tuple[Cause, ...]] = {}
        spoken_of = book.index.layers(record["region"])
        for item in record["open"]:
            cause = (item["kind"], item["subject"])
            for rule in item["rules"]:
                rules[rule] = (*rules.get(rule, ()), cause)
            threatens = not item["rules"] and item["effect"] != NONE
            if threatens and item["subject"] in book.catalogue and item["subject"] not in spoken_of:
                layers[item["subject"]] = (*layers.get(item["subject"], ()), cause)
        return cls(
            {finding["rule"]: finding for finding in record["findings"]},
            {check["layer"]: {**check, GROUND: record["request_id"]} for check in record["checks"]},
            {rule: tuple(sorted(causes)) for rule, causes in rules.items()},
            {layer: tuple(sorted(causes)) for layer, causes in layers.items()},
        )


def _heads(answers: Sequence[_Answer], record: Item, book: Rulebook) -> Iterator[tuple[str | None, str, str]]:
    """Rule, layer and effect of every row: what any of the sites meets, or may meet."""
    day = date.fromisoformat(record["request"]["day"])
    met = {rule for answer in answers for rule in (*answer.findings, *answer.of_rules)}
    for layer in book.catalogue:
        for footing in book.index.table(layer, record["region"], day):
            for entry in (entry for _, entries in footing.entries for entry in entries):
                if entry.rule.id in met:
                    yield entry.rule.id, layer, entry.effect
        if any(layer in answer.of_layers for answer in answers):
            yield None, layer, GRAVEST


def _weighed(rule: str | None, layer: str, effect: str, answers: Sequence[_Answer], book: Rulebook) -> Row:
    known = book.by_id[rule] if rule else None
    cells = tuple(_cell(answer, rule, layer, effect, book) for answer in answers)
    return Row(rule, layer, effect, known.dimension if known else None, known.level if known else None, cells)


def _cell(answer: _Answer, rule: str | None, layer: str, effect: str, book: Rulebook) -> Cell:
    finding, check = answer.findings.get(rule or ""), answer.checks[layer]
    causes = answer.of_rules.get(rule, ()) if rule else answer.of_layers.get(layer, ())
    state = _state(finding, check, causes)
    certainty = finding["certainty"] if finding else check["certainty"]
    firm, indicative = (_span(state, effect, check, causes, basis, book) for basis in BASES)
    return Cell(state, certainty, causes, firm, indicative)


def _state(finding: Item | None, check: Item, causes: Sequence[Cause]) -> State:
    """What a cell says; ground without data is not checked, and never not touched."""
    if finding:
        state: State = finding["state"]
        return state
    if any(cause not in _unchecked(check) for cause in causes):
        return "undecided"
    return "not_checked" if lacks_data(check) else "not_touched"


def _unchecked(check: Item) -> dict[Cause, frozenset[tuple[str, str]]]:
    """The causes by which ground of a layer was not checked, and what exactly was not."""
    layer, unplaced = check["layer"], {("unplaced", zone["id"]) for zone in check["unplaced"]}
    return {
        ("failed", layer): frozenset({("failed", layer)}),
        ("not_supplied", layer): frozenset({("not_supplied", layer)}),
        ("data", layer): frozenset({("data", check[GROUND] if check["coverage_share"] else layer)}),
        ("unplaced", layer): frozenset(unplaced),
        ("sketch", layer): frozenset({("sketch", layer)}),
    }


def _span(state: State, effect: str, check: Item, causes: Sequence[Cause], basis: Basis, book: Rulebook) -> Span:
    trusted = basis == "indicative" or check["certainty"] == "firm"
    unchecked = _unchecked(check)
    blind = {what for cause in causes if cause[0] != "sketch" or not trusted for what in unchecked.get(cause, ())}
    open_by = [cause for cause in causes if cause not in unchecked]
    alike = state == "undecided" and trusted and all(_of_the_project(cause, book) for cause in open_by)
    conflict = any(kind == "conflict" for kind, _ in open_by)
    return Span(
        effect,
        sure=effect if state == "applies" and trusted else NONE,
        possible=effect if state in ("applies", "undecided") or conflict else NONE,
        blind=frozenset(blind),
        shared=frozenset(open_by) if alike else frozenset(),
    )


def _of_the_project(cause: Cause, book: Rulebook) -> bool:
    """Whether an open point turns out alike wherever the project stands."""
    kind, subject = cause
    if kind == "fact":
        return subject == INDUSTRY or book.vocabulary.facts[subject].group in OF_THE_PROJECT
    return kind in ("document", "earlier_text")


def _dominances(names: Sequence[str], records: Sequence[Item], rows: Sequence[Row]) -> list[Dominance]:
    """Every pair of which one dominates the other, by basis and names."""
    found = []
    for basis in BASES:
        for one, other in permutations(range(len(names)), 2):
            spans = [(row.cells[one].span(basis), row.cells[other].span(basis)) for row in rows]
            checked = records[other]["site"]["point"] or not records[one]["site"]["point"]
            if checked and dominates(spans):
                better = [
                    row.rule or row.layer
                    for row, (mine, theirs) in zip(rows, spans, strict=True)
                    if mine.better_than(theirs)
                ]
                found.append(Dominance(names[other], names[one], basis, tuple(sorted(better))))
    return sorted(found, key=lambda one: (one.basis, one.site, one.by))


def _site(name: str, record: Item) -> dict[str, Any]:
    said = ("verdict", "range", "indicative_verdict", "indicative_range", "provisional", "site")
    return {
        "name": name,
        "screening": record["id"],
        **{key: record[key] for key in said},
        "not_checked": [check["layer"] for check in record["checks"] if lacks_data(check)],
        "deciding": {basis: deciding(record, basis) for basis in BASES},
    }


def deciding(record: Item, basis: Basis) -> str | None:
    """The gravest rule that applies to a site; on the firm basis, not by a sketched limit."""
    return next(
        (
            str(finding["rule"])
            for finding in record["findings"]  # the gravest first
            if finding["state"] == "applies" and (basis == "indicative" or finding["certainty"] == "firm")
        ),
        None,
    )


def _row(row: Row) -> dict[str, Any]:
    head = {name: getattr(row, name) for name in ("rule", "layer", "effect", "dimension", "level", "apart")}
    return {**head, "cells": [_told(cell) for cell in row.cells]}


def _told(cell: Cell) -> dict[str, Any]:
    return {
        "state": cell.state,
        "certainty": cell.certainty,
        "causes": [{"kind": kind, "subject": subject} for kind, subject in cell.causes],
        **{basis: [cell.span(basis).sure, cell.span(basis).worst] for basis in BASES},
    }
