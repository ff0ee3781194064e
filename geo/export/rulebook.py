"""The rule book for readers: rules by layer, effect, level and words, and one rule whole, as JSON and in words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from geo.layers.catalogue import COUNTY
from geo.report import View
from geo.rules.index import standing
from geo.rules.load import Rulebook
from geo.rules.model import EFFECTS, RANK, Rule, Version
from geo.rules.wording import article_in_words, attribute_value, conditions_in_words, ground_in_words, one_of
from geo.texts import BINDING, pick, say

SCHEMA_LIST, SCHEMA_RULE = "fenqu.rules/1", "fenqu.rule/1"
IN_FORCE = "in_force"
FEW = 30  # rules that a filter leaves, and that a reader is shown at once
LEVELS = ("state", "province", "basin", "prefecture", "county", "unit")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rules are looked for; None: whatever it is."""

    layer: str | None = None
    effect: str | None = None
    level: str | None = None
    words: str | None = None  # all of them, in titles, clauses, names of documents or the id

    def meets(self, book: Rulebook, rule: Rule, version: Version, day: date) -> bool:
        """Whether a rule is looked for, as one of its versions stands on a day."""
        asked = ((self.layer, rule.layer), (self.effect, _effect(book, version, day)), (self.level, rule.level))
        if any(wanted not in (None, found) for wanted, found in asked):
            return False
        text = _searched(book, rule, version).casefold()
        return all(word in text for word in (self.words or "").casefold().split())


def _searched(book: Rulebook, rule: Rule, version: Version) -> str:
    said = [rule.id, *book.said(rule.id)["title"].values(), *book.catalogue[rule.layer].title.model_dump().values()]
    for provision in version.provisions:
        document = book.data["documents"][provision.document]
        said += [provision.phrase, provision.article, *document["title"].values(), document["number"] or ""]
    return "\n".join(said)


def shown_version(rule: Rule, day: date) -> Version:
    """The version of a day; where there is none, the first one to come, else the last one that was."""
    later = [version for version in rule.versions if version.start > day]
    return rule.version(day) or (later[0] if later else rule.versions[-1])


def find_rules(book: Rulebook, wanted: Wanted, day: date) -> list[tuple[Rule, Version]]:
    """The rules looked for, each with the version shown on a day, the gravest first."""
    shown = [(rule, shown_version(rule, day)) for rule in book.rules]
    found = [(rule, version) for rule, version in shown if wanted.meets(book, rule, version, day)]
    return sorted(found, key=lambda pair: (-RANK[_effect(book, pair[1], day)], pair[0].id))


def rules_record(book: Rulebook, wanted: Wanted, day: date) -> dict[str, Any]:
    """The rules looked for as codes and data, with how many there are of each effect."""
    found = find_rules(book, wanted, day)
    return {
        "schema": SCHEMA_LIST,
        "book": book.hash,
        "day": day.isoformat(),
        "count": len(found),
        "of": len(book.rules),
        "on_day": sum(version.on(day) for _, version in found),
        "effects": dict(Counter(_effect(book, version, day) for _, version in found)),
        "rules": [_row_record(book, rule, version, day) for rule, version in found],
    }


def _row_record(book: Rulebook, rule: Rule, version: Version, day: date) -> dict[str, Any]:
    return {
        "rule": rule.id,
        "title": book.said(rule.id)["title"],
        "layer": rule.layer,
        "regions": list(rule.regions),
        "effect": _effect(book, version, day),
        "level": rule.level,
        "dimension": rule.dimension,
        "on_day": version.on(day),
        "document_status": _standing(book, version, day),
        **_days(version),
    }


def _standing(book: Rulebook, version: Version, day: date) -> str | None:
    """The status of the documents that carry a version: `in_force` where one of them is."""
    found = [book.documents[provision.document].status_on(day) for provision in version.provisions]
    return IN_FORCE if IN_FORCE in found else found[0]


def _effect(book: Rulebook, version: Version, day: date) -> str:
    """The effect that a version has on a day: a draft or a fragment gives `noted` at most."""
    return standing(version, book.documents, day)[0] or version.effect


def _days(version: Version) -> dict[str, str | None]:
    return {"from": version.start.isoformat(), "to": version.end.isoformat() if version.end else None}


def rule_record(book: Rulebook, rule: Rule, day: date) -> dict[str, Any]:
    """One rule as the book has it, the version of a day, and the documents that any of its versions cites."""
    version = rule.version(day)
    cited = dict.fromkeys(p.document for each in rule.versions for p in each.provisions)
    return {
        "schema": SCHEMA_RULE,
        "book": book.hash,
        "day": day.isoformat(),
        "version": version.start.isoformat() if version else None,
        "rule": book.said(rule.id),
        "documents": {name: _document_record(book, name, day) for name in cited},
    }


def _document_record(book: Rulebook, name: str, day: date) -> dict[str, Any]:
    said = book.data["documents"][name]
    kept = {key: said.get(key) for key in ("title", "number", "issued", "status", "superseded_by", "source")}
    return {**kept, "status_on_day": book.documents[name].status_on(day)}


def present_rules(book: Rulebook, wanted: Wanted, day: date, language: str = BINDING) -> View:
    """The list in words, with the choices of its filter."""
    record = rules_record(book, wanted, day)
    layers = {rule.layer for rule in book.rules}
    levels = {rule.level for rule in book.rules}
    return {
        "day": record["day"],
        "count": record["count"],
        "of": record["of"],
        "on_day": record["on_day"],
        "effects": [
            {
                "effect": effect,
                "text": say(f"effect.{effect}", language),
                "count": record["effects"][effect],
                "rows": [_row(book, row, language) for row in record["rules"] if row["effect"] == effect],
            }
            for effect in reversed(EFFECTS)
            if effect in record["effects"]
        ],
        "open_all": wanted != Wanted() and record["count"] <= FEW,
        "layers": [
            (kind, pick(entry.title.model_dump(), language)) for kind, entry in book.catalogue.items() if kind in layers
        ],
        "all_effects": [(effect, say(f"effect.{effect}", language)) for effect in reversed(EFFECTS[1:])],
        "levels": [(level, say(f"level.{level}", language)) for level in LEVELS if level in levels],
    }


def _row(book: Rulebook, row: Mapping[str, Any], language: str) -> View:
    return {
        **row,
        "title": pick(row["title"], language),
        "layer_title": pick(book.catalogue[row["layer"]].title.model_dump(), language),
        "effect_text": say(f"effect.{row['effect']}", language),
        "level_text": say(f"level.{row['level']}", language),
        "standing": None if row["document_status"] == IN_FORCE else status_text(row["document_status"], language),
        "days": days_in_words(row["from"], row["to"], language),
    }


def days_in_words(start: str, end: str | None, language: str = BINDING) -> str:
    """How long something stands; the last day named is the first one after."""
    if end is None:
        return say("finding.days_on", language, start=start)
    return say("finding.days", language, start=start, end=end)


def present_rule(
    book: Rulebook, rule: Rule, day: date, language: str = BINDING, counties: Mapping[str, str] | None = None
) -> View:
    """One rule in words, as it stands on a day.

    Parameters
    ----------
    counties : names of counties by code, for the offices that decide in some of them only
    """
    version = shown_version(rule, day)
    entry, said = book.catalogue[rule.layer], book.said(rule.id)
    written = next(each for each in said["versions"] if each["from"] == version.start.isoformat())
    row = _row(book, _row_record(book, rule, version, day), language)
    layer = row["layer_title"]
    near = say("finding.ground_near", language, layer=layer, metres=f"{entry.near_m:g}")
    return {
        **row,
        "day": day.isoformat(),
        "dimension_text": say(f"dimension.{rule.dimension}", language),
        "provisions": [_provision(book, provision, day, language) for provision in version.provisions],
        "ground": near if rule.near else say("finding.ground_hit", language, layer=layer),
        "where": ground_in_words(version.where, entry, language),
        "conditions": conditions_in_words(version.when_project, book.vocabulary, language),
        "exceptions": conditions_in_words(version.unless, book.vocabulary, language),
        "versions": [_version(book, each, version, language) for each in rule.versions],
        "offices": _offices(book, rule, version, language, counties or {}),
        "next": pick(said["next"], language),
        "note": pick(written.get("note", said.get("note")), language),
    }


def _provision(book: Rulebook, provision: Any, day: date, language: str) -> View:
    said, document = book.data["documents"][provision.document], book.documents[provision.document]
    status = document.status_on(day)
    since = document.since(day)
    successor = said.get("superseded_by")
    return {
        "document": pick(said["title"], language),
        "number": said["number"],
        "article": article_in_words(provision.article, book.unknown_articles, language),
        "phrase": provision.phrase,
        "verified_text": None if provision.verified else say("answer.unverified", language),
        "status": status,
        "status_text": status_text(status, language),
        "since": since and since.isoformat(),
        "successor": pick(book.data["documents"][successor]["title"], language)
        if successor in book.documents and status != IN_FORCE
        else None,
        "source": pick(said["source"], language),
        "note": pick(said.get("note"), language),
    }


def status_text(status: str | None, language: str = BINDING) -> str:
    """A document's status in words."""
    return say(f"ui.document.{status or 'not_yet'}", language)


def _version(book: Rulebook, version: Version, shown: Version, language: str) -> View:
    cited = [
        f"{pick(book.data['documents'][p.document]['title'], language)} "
        f"{article_in_words(p.article, book.unknown_articles, language)}"
        for p in version.provisions
    ]
    return {
        "start": version.start.isoformat(),
        "days": days_in_words(version.start.isoformat(), version.end.isoformat() if version.end else None, language),
        "shown": version is shown,
        "effect": (effect := _effect(book, version, version.start)),
        "effect_text": say(f"effect.{effect}", language),
        "cited": cited,
    }


def _offices(
    book: Rulebook, rule: Rule, version: Version, language: str, counties: Mapping[str, str]
) -> list[dict[str, str]]:
    """Who decides, row by row of the rule's table, but for the rows that its ground never meets."""
    entry = book.catalogue[rule.layer]
    rows: Sequence[Mapping[str, Any]] = book.data["authorities"][rule.authority]
    found = []
    for row in rows:
        where = {
            name: values if isinstance(values, list) else [values] for name, values in row.get("where", {}).items()
        }
        if any(name != COUNTY and name not in entry.attributes for name in where):
            continue  # no zone of this layer has what the row asks for
        if any(name in version.where and not set(version.where[name]) & set(values) for name, values in where.items()):
            continue
        office = pick(row["office"], language).replace("{county}", say("finding.county", language))
        found.append({"where": _office_ground(book, rule, where, language, counties), "office": office})
        if all(name in version.where and set(version.where[name]) <= set(values) for name, values in where.items()):
            break  # every zone of the rule's ground meets this row, so no later one is asked
    return found


def _office_ground(
    book: Rulebook, rule: Rule, where: Mapping[str, Sequence[str]], language: str, counties: Mapping[str, str]
) -> str:
    entry, said = book.catalogue[rule.layer], []
    for name, values in where.items():
        if name == COUNTY:
            said.append(one_of([counties.get(code, code) for code in values], language))
        else:
            said.append(one_of([attribute_value(entry, name, value, language) for value in values], language))
    return say("list.between", language).join(said)
