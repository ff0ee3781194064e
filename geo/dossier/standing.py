"""How each rule of the book stands in a record: found, not ruled out, or not touched.

Nothing is judged anew but one thing that a record leaves out: whether only an exception that the sender claims keeps a
rule off ground that nobody has seen whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from geo.dossier.desk import Desk
from geo.report import View
from geo.rules.index import standing
from geo.rules.model import Rule, Version
from geo.rules.truth import judge
from geo.screening import lacks_data

DIMENSIONS = ("layout", "discharge", "risk", "efficiency")


@dataclass(frozen=True)
class Standing:
    """The rules of one record; every rule that binds in the region on the day is in exactly one of three lists."""

    desk: Desk

    @cached_property
    def found(self) -> Sequence[tuple[Mapping[str, Any], View]]:
        """The findings, each as the record has it and in words."""
        return list(zip(self.desk.record["findings"], self.desk.view["findings"], strict=True))

    @cached_property
    def threatened(self) -> Mapping[str, Sequence[str]]:
        """Rules without a finding that an open point of the record may still bring to bear: what is open, in words."""
        known = {finding["rule"] for finding in self.desk.record["findings"]}
        told: dict[str, list[str]] = {}
        for item, view in zip(self.desk.record["open"], self.desk.view["open"], strict=True):
            for rule in item["rules"]:
                if rule not in known:
                    told.setdefault(rule, []).append(view["text"])
        for rule in self._excused - known - told.keys():
            told[rule] = [self.desk.text("excused")]
        return dict(sorted(told.items()))

    @cached_property
    def _excused(self) -> set[str]:
        """Rules whose ground was not seen whole, and that nothing but an exception that the sender claims rules out."""
        desk, found = self.desk, set()
        for rule in self._binding:
            check, version = desk.checks[rule.layer], self.version(rule.id)
            unseen = lacks_data(check) or check["unplaced"] or check["certainty"] == "sketch"
            if not unseen or not version.unless or not judge(version.unless, desk.project).value:
                continue
            if judge(version.when_project, desk.project).value is not False:
                found.add(rule.id)
        return found

    @cached_property
    def untouched(self) -> Sequence[str]:
        """Rules in force on the day that the record neither finds nor leaves open."""
        known = {finding["rule"] for finding in self.desk.record["findings"]} | set(self.threatened)
        return [rule.id for rule in self._binding if rule.id not in known]

    @cached_property
    def _binding(self) -> Sequence[Rule]:
        """The rules in force in the region on the day, on layers that the record has."""
        desk = self.desk
        return [
            rule
            for rule in desk.book.rules
            if rule.layer in desk.checks
            and rule.binds_in(desk.record["region"])
            and (version := rule.version(desk.day))
            and standing(version, desk.book.documents, desk.day)[0]
        ]

    @cached_property
    def documents(self) -> list[str]:
        """What the rules, conflicts and sensitive areas of the screening rest on, in the order of the findings."""
        desk = self.desk
        cited = [p["document"] for finding in desk.record["findings"] for p in finding["provisions"]]
        for conflict in desk.record["conflicts"]:
            cited += [p["document"] for p in desk.book.precedence[conflict["by"]]["provisions"]]
        act = desk.book.eia.act(desk.day) if desk.book.eia and "eia" in desk.record else None
        cited += [act.document] if act else []
        for rule in (*self.threatened, *self.untouched):
            cited += [p["document"] for p in self.provisions(rule)]
        return list(dict.fromkeys(cited))

    def version(self, rule: str) -> Version:
        """The version of the day; of a rule that had none yet, its first."""
        known = self.desk.book.by_id[rule]
        return known.version(self.desk.day) or known.versions[0]

    def provisions(self, rule: str) -> list[Mapping[str, Any]]:
        """The clauses of a rule without a finding."""
        return [
            {"document": p.document, "article": p.article, "phrase": p.phrase, "verified": p.verified}
            for p in self.version(rule).provisions
        ]

    def effect(self, rule: str) -> str:
        """The gravest that a rule without a finding could have, as its documents stand on the day."""
        version = self.version(rule)
        return standing(version, self.desk.book.documents, self.desk.day)[0] or version.effect

    def title(self, rule: str) -> str:
        """What a rule is called."""
        return self.desk.pick(self.desk.book.said(rule)["title"])
