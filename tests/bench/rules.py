"""A book of 100,000 rules on 240 layers, made from a seed; sites that hit twelve kinds of it or of the shipped book."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice, product
from string import ascii_lowercase
from typing import Any, TypeVar

import numpy as np

from bench.sweep import sweep_rules
from geo.layers.releases import ReleaseInfo, Zone
from geo.overlay import LayerCheck, ZoneCheck
from geo.project import NATURE, Project, read_project
from geo.rules.load import Rulebook
from geo.rules.match import match_rules
from geo.rules.model import EFFECTS

Option = TypeVar("Option")
SEED = 20261122
LAYERS, RULES, HIT = 240, 100_000, 12
CLASSES = tuple(f"class_{number}" for number in range(12))
DAY = date(2026, 11, 22)
TEXT = {"zh": "样例", "ko": "견본", "en": "Sample"}


@dataclass(frozen=True)
class Case:
    """A book, and what is asked of it."""

    name: str
    book: Rulebook
    checks: Mapping[str, LayerCheck]
    project: Project

    def indexed(self) -> object:
        """By the book's index."""
        return match_rules(self.book, self.checks, self.project, DAY, "bench")

    def indexed_anew(self) -> object:
        """By the book's index, of a project that was not asked about before."""
        self.book.index.forget()
        return self.indexed()

    def swept(self) -> object:
        """By every rule in turn."""
        return sweep_rules(self.book, self.checks, self.project, DAY, "bench")


def shipped_case(book: Rulebook) -> Case:
    """A pesticide plant on official ground of the twelve kinds that most rules speak of; all other kinds are clear."""
    kinds = [kind for kind in book.catalogue if book.catalogue[kind].group != "place"]
    spoken = sorted(kinds, key=lambda kind: (-sum(rule.layer == kind for rule in book.rules), kind))[:HIT]
    checks = {kind: _check(book, kind, kind in spoken) for kind in book.catalogue}
    project = read_project(book.vocabulary, "C2631", "new", {"purpose": "manufacturing"})
    return Case(f"the shipped book, {len(book.rules)} rules", book, checks, project)


def large_case(shipped: Rulebook, rules: int = RULES) -> Case:
    """A site that hits a zone of twelve layers of the large book; the others are clear."""
    book = large_book(shipped, rules)
    checks = {kind: _check(book, kind, number < HIT) for number, kind in enumerate(book.catalogue)}
    project = read_project(book.vocabulary, "C2631", "new", {"purpose": "manufacturing"})
    return Case(f"{rules:,} rules on {LAYERS} layers", book, checks, project)


def large_book(shipped: Rulebook, rules: int) -> Rulebook:
    """Rules on one class of ground each, with one or two conditions over the shipped facts, in up to three versions."""
    chance = np.random.default_rng(SEED)
    entry = shipped.data["catalogue"]["water_source_zone"]
    kinds = ["layer_" + "".join(letters) for letters in islice(product(ascii_lowercase, repeat=2), LAYERS)]
    catalogue = {
        kind: {**entry, "kind": kind, "order": number, "classes": {}, "attributes": {"zone_class": CLASSES}}
        for number, kind in enumerate(kinds)
    }
    document = {"id": "law", "title": TEXT, "status": [{"from": "2000-01-01", "is": "in_force"}]}
    made = {
        f"r{number:06d}.x": _rule(chance, f"r{number:06d}.x", kinds[number % LAYERS], shipped)
        for number in range(rules)
    }
    return Rulebook.of(
        {
            "rules": made,
            "documents": {"law": document},
            "authorities": {"offices": [{"office": TEXT}]},
            "catalogue": catalogue,
            "vocabulary": shipped.data["vocabulary"],
        }
    )


def _rule(chance: np.random.Generator, name: str, layer: str, shipped: Rulebook) -> dict[str, Any]:
    days = sorted(
        date(2010, 1, 1) + timedelta(days=365 * _pick(chance, range(16))) for _ in range(_pick(chance, (1, 1, 2, 3)))
    )
    starts = sorted({day.isoformat() for day in days})
    cited = [{"document": "law", "article": "1", "phrase": "禁止", "verified": False}]
    versions: list[dict[str, Any]] = [
        {"from": start, "provisions": cited} | ({"to": end} if end else {})
        for start, end in zip(starts, [*starts[1:], None], strict=True)
    ]
    rule = {
        "id": name, "title": TEXT, "layer": layer, "effect": _pick(chance, EFFECTS[1:]), "dimension": "layout",
        "level": "unit", "versions": versions, "authority": {"table": "offices"}, "next": TEXT,
        "where": {"zone_class": _pick(chance, CLASSES)}, "when_project": _condition(chance, shipped),
    }  # fmt: skip
    return rule | ({"unless": {"national_major_project": True}} if chance.random() < 0.2 else {})


def _pick(chance: np.random.Generator, options: Sequence[Option]) -> Option:
    return options[int(chance.integers(len(options)))]


def _condition(chance: np.random.Generator, shipped: Rulebook) -> dict[str, Any]:
    """An industry or the nature of the project, and perhaps a yes or no."""
    facts = shipped.vocabulary.facts
    if chance.random() < 0.6:
        condition: dict[str, Any] = {"industry_group": _pick(chance, sorted(shipped.vocabulary.groups))}
    else:
        condition = {NATURE: [_pick(chance, sorted(facts[NATURE].choices)) for _ in range(2)]}
    if chance.random() < 0.5:
        condition[_pick(chance, sorted(name for name, fact in facts.items() if fact.type == "bool"))] = True
    return condition


def _check(book: Rulebook, kind: str, hit: bool) -> LayerCheck:
    """An exact layer that is here whole; a zone of it under the site, of the strictest class, or none near."""
    info = ReleaseInfo(
        id="bench", region="bench", layer=kind, provenance="official", limits="surveyed", publish="full",
        accuracy_m=0.0, recorded_from=DAY, dataset=TEXT, recipe=TEXT, coverage_note=TEXT,
    )  # fmt: skip
    strictest = {name: values[0] for name, values in book.catalogue[kind].attributes.items()}
    zone = Zone("zone", kind, "zone", zone_class=strictest.pop("zone_class", None), attributes=strictest)
    found = (ZoneCheck(zone, "hit"),) if hit else ()
    return LayerCheck(kind, "hit" if hit else "clear", info=info, release="bench", coverage_share=1.0, zones=found)


def least_ms(call: Callable[[], object], runs: int) -> float:
    """The shortest of some runs, after one that makes tables: what the work itself takes, whoever else is busy."""
    call()
    times = []
    for _ in range(runs):
        before = time.perf_counter()
        call()
        times.append(time.perf_counter() - before)
    return min(times) * 1e3
