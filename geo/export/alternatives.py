"""Several sites side by side in words: which is dominated, what decides each, and the table of rules and sites."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from geo.alternatives import Alternatives, Cell, Row, deciding
from geo.dominance import BASES, Basis, Dominance
from geo.figures import listed
from geo.report import View, clause_in_words, present
from geo.rules.load import Rulebook
from geo.rules.wording import Clause, conditions_in_words
from geo.screening import lacks_data
from geo.texts import BINDING, pick, say

BETWEEN = " · "
MARKS = {"applies": "■", "undecided": "?", "excepted": "○", "not_touched": "–", "not_checked": "/"}


def present_alternatives(found: Alternatives, book: Rulebook, language: str = BINDING) -> View:
    """Several sites in words, for one language."""
    return _Teller(found, book, language, [present(record, book, language) for record in found.records]).view()


@dataclass(frozen=True, slots=True)
class _Teller:
    """Says what a comparison holds in one language; `views` are the answers in words, in its order."""

    found: Alternatives
    book: Rulebook
    language: str
    views: Sequence[View]

    def say(self, code: str, **parameters: object) -> str:
        return say(f"alternatives.{code}", self.language, **parameters)

    def listed(self, items: Sequence[str]) -> str:
        return listed(items, self.language)

    def view(self) -> View:
        unchecked = [{check["layer"] for check in view["record"]["checks"] if lacks_data(check)} for view in self.views]
        nowhere = set.intersection(*unchecked)
        rows = self.found.rows
        return {
            "language": self.language,
            "record": self.found.record,
            "illustrative": self.illustrative,
            "headlines": self.headlines(),
            "definition": self.say("definition"),
            "nowhere": self.layers(nowhere),
            "project": self.views[0]["project"],
            "day": self.views[0]["site"]["day"],
            "names": list(self.found.names),
            "sites": [self.site(number, unchecked[number] - nowhere) for number in range(len(self.views))],
            "apart": [self.row(row) for row in rows if row.apart and row.met],
            "apart_by_data": [self.row(row) for row in rows if row.apart and not row.met],
            "alike": [self.row(row) for row in rows if not row.apart and row.met],
            "silent": self.silent([row for row in rows if not row.apart and not row.met]),
            "asked": list(dict.fromkeys(one["fact"] for view in self.views for one in view["questions"])),
            "marks": [{"mark": mark, "text": self.say(state)} for state, mark in MARKS.items()],
        }

    @property
    def illustrative(self) -> bool:
        return any(view["illustrative"] for view in self.views)

    @property
    def basis(self) -> Basis:
        """The basis of what is said first."""
        return "indicative" if self.illustrative else "firm"

    def headlines(self) -> list[str]:
        """What comes first: on sketched limits it says so before anything else, and the firm result follows."""
        if not self.illustrative:
            return [self.outcome("firm")]
        return [self.say(f"basis_{basis}", said=self.outcome(basis)) for basis in reversed(BASES)]

    def outcome(self, basis: Basis) -> str:
        """Which sites are dominated, on one basis."""
        by = {name: [one.by for one in self.of(name, basis)] for name in self.found.names}
        pairs = [self.say("pair", site=name, by=self.listed(others)) for name, others in by.items() if others]
        count = len(self.found.names)
        return self.say("some", count=count, pairs=BETWEEN.join(pairs)) if pairs else self.say("none", count=count)

    def of(self, name: str, basis: Basis) -> list[Dominance]:
        """By what one site is dominated, in the order of the sites."""
        order = self.found.names.index
        return sorted(
            (one for one in self.found.dominated if one.site == name and one.basis == basis),
            key=lambda one: order(one.by),
        )

    def site(self, number: int, unchecked: set[str]) -> View:
        """One site: its verdicts, what decides it, what it is dominated by, and what was not checked here alone."""
        view, name = self.views[number], self.found.names[number]
        ranges = [view["record"][one] for one in ("indicative_range", "range")]
        told = [
            say("answer.range", self.language, sure=self.effect(sure), possible=self.effect(possible))
            for sure, possible in ranges
        ]
        bases: tuple[Basis, ...] = BASES if self.illustrative else ("firm",)
        return {
            "name": name,
            "headline": view["headline"],
            "verdict": view["verdict"],
            "range": told[0] if view["illustrative"] else told[1],
            "firm": view["firm"],
            "firm_range": told[1] if view["firm"] else None,
            "place": view["site"]["place"],
            "area": view["site"]["area"],
            "counties": self.listed(view["site"]["counties"]),
            "remarks": [one for one in view["remarks"] if one != say("answer.illustrative", self.language)],
            "deciding": self.deciding(view),
            "dominated": [self.dominated(one) for basis in reversed(bases) for one in self.of(name, basis)],
            "not_checked": self.layers(unchecked),
        }

    def dominated(self, one: Dominance) -> str:
        better = self.listed([self.title(rule) for rule in one.better])
        told = self.say("dominated", by=one.by, rules=better)
        return self.say(f"basis_{one.basis}", said=told) if self.illustrative else told

    def deciding(self, view: View) -> View | None:
        """The gravest rule that applies, and what would have to change; None where none does."""
        rule = deciding(view["record"], self.basis)
        if rule is None:
            return None
        finding = next(one for one in view["findings"] if one["rule"] == rule)
        clauses = [clause_in_words(one, self.language) for one in finding["provisions"]]
        version = self.book.by_id[rule].version(date.fromisoformat(view["site"]["day"]))
        exceptions = conditions_in_words(version.unless if version else None, self.book.vocabulary, self.language)
        change = [self.say("leave", zones=self.listed(finding["zones"]))] if finding["effect"] != "noted" else []
        change += [self.say("except", clauses=BETWEEN.join(map(_flat, exceptions)))] if change and exceptions else []
        return {
            **{key: finding[key] for key in ("rule", "title", "effect", "effect_text", "next", "office")},
            "sketch": finding["certainty"] == "sketch",
            "provisions": self.listed(list(dict.fromkeys(clauses))),
            "change": change,
        }

    def effect(self, effect: str) -> str:
        return say(f"effect.{effect}", self.language)

    def title(self, rule: str) -> str:
        """A rule's title; that of a layer of which no rule speaks."""
        if rule in self.book.by_id:
            return pick(self.book.said(rule)["title"], self.language)
        return self.say("no_rule", layer=self.layer(rule))

    def layer(self, kind: str) -> str:
        return pick(self.book.catalogue[kind].title.model_dump(), self.language)

    def layers(self, kinds: set[str]) -> list[str]:
        return [self.layer(kind) for kind in self.book.catalogue if kind in kinds]

    def row(self, row: Row) -> View:
        """One rule, and what it says of each site."""
        return {
            "rule": row.rule,
            "title": self.title(row.rule or row.layer),
            "effect": row.effect,
            "effect_text": self.effect(row.effect),
            "layer_title": self.layer(row.layer),
            "cells": [self.cell(row, cell, view) for cell, view in zip(row.cells, self.views, strict=True)],
        }

    def cell(self, row: Row, cell: Cell, view: View) -> View:
        """What one rule says of one site: a mark, a word, and why."""
        finding = next((one for one in view["findings"] if one["rule"] == row.rule), None)
        why = [] if cell.state in ("applies", "excepted") else self.why(cell)
        return {
            "state": cell.state,
            "mark": MARKS[cell.state],
            "text": self.state(cell),
            "sketch": cell.certainty == "sketch" and finding is not None,
            "more": [*(finding["zones"] if finding else ()), *why],
        }

    def state(self, cell: Cell) -> str:
        """A state in words: silence on sketched or incomplete ground never reads as plain "not touched"."""
        kinds = {kind for kind, _ in cell.causes}
        if cell.state == "not_touched" and cell.certainty == "sketch":
            return say("status.clear_sketch", self.language)
        if cell.state == "not_touched" and "unplaced" in kinds:
            return say("status.clear_unplaced", self.language)
        return self.say(cell.state)

    def why(self, cell: Cell) -> list[str]:
        """What keeps a cell open, one short word for each kind."""
        return [self.say(f"by_{kind}") for kind in dict.fromkeys(kind for kind, _ in cell.causes) if kind != "sketch"]

    def silent(self, rows: Sequence[Row]) -> list[View]:
        """Rules that none of the sites meets, counted by layer and word."""
        counts: dict[tuple[str, str], int] = {}
        for row in rows:
            key = (self.layer(row.layer), self.state(row.cells[0]))
            counts[key] = counts.get(key, 0) + 1
        return [
            {"layer_title": layer, "text": text, "count": self.say("rules", count=count)}
            for (layer, text), count in counts.items()
        ]


def _flat(clause: Clause) -> str:
    """A clause and its parts in one line."""
    return " ".join([clause.text, " / ".join(map(_flat, clause.parts))]).strip()
