"""Small layers, vocabularies and rule books, made in code for the tests of the engine."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import shapely
from hypothesis import settings

from geo.layers.catalogue import LayerEntry
from geo.layers.releases import ReleaseInfo, Zone
from geo.layers.store import Layer
from geo.project import Project, read_project
from geo.rules.load import Rulebook
from geo.vocabulary import Vocabulary

# The same examples on every run, and nothing written beside the tests.
STEADY = settings(deadline=None, database=None, derandomize=True, max_examples=100)

TEXT = {"zh": "样例", "ko": "견본", "en": "Sample"}
DAY = date(2026, 6, 1)
KIND = "water_source_zone"
EVERYWHERE = shapely.box(120.0, 38.0, 136.0, 50.0)


def make_entry(kind: str = KIND, **changes: Any) -> LayerEntry:
    """A catalogue entry; what is not said is the catalogue's own default (no sliver, 500 m)."""
    style = {"fill": "#000000", "stroke": "#000000"}
    said = {"kind": kind, "title": TEXT, "group": "water", "order": 1, "owner": TEXT, "style": style}
    return LayerEntry.model_validate(said | changes)


def make_info(kind: str = KIND, **changes: Any) -> ReleaseInfo:
    """What an official release of exact lines says of itself."""
    said = {"id": "r1", "region": "test", "layer": kind, **release_words(), **changes}
    return ReleaseInfo.model_validate(said)


def release_words(**changes: Any) -> dict[str, Any]:
    """The words that `write_release` needs beside region and layer."""
    texts = {"dataset": TEXT, "recipe": TEXT, "coverage_note": TEXT}
    lines = {"provenance": "official", "limits": "surveyed", "publish": "full", "accuracy_m": 0.0}
    return {**texts, **lines, "recorded_from": date(2026, 1, 1), **changes}


def make_zone(name: str, geometry: shapely.Geometry | None, **changes: Any) -> Zone:
    """A zone whose id is its name."""
    return Zone(**{"id": name, "layer": KIND, "name": name, "geometry": geometry, **changes})


def make_layer(
    zones: Iterable[Zone],
    coverage: shapely.Geometry = EVERYWHERE,
    *,
    entry: LayerEntry | None = None,
    **info: Any,
) -> Layer:
    """A layer in memory that speaks for the whole north-east unless said otherwise."""
    return Layer.of(entry or make_entry(), make_info(**info), tuple(zones), coverage)


VOCABULARY_DATA: dict[str, Any] = {
    "facts": {
        "nature": {
            "type": "choice",
            "group": "basics",
            "question": TEXT,
            "choices": {"new": TEXT, "rebuilt": TEXT, "existing": TEXT},
        },
        "purpose": {
            "type": "choice",
            "group": "basics",
            "question": TEXT,
            "choices": {"manufacturing": TEXT, "water_supply": TEXT, "research": TEXT},
        },
        "discharges_water": {"type": "bool", "group": "pollution", "question": TEXT},
        "stores_waste": {"type": "bool", "group": "pollution", "question": TEXT},
        "chimney_m": {"type": "number", "group": "pollution", "question": TEXT, "unit": "m", "min": 0, "max": 300},
        "pollutes_soil": {
            "type": "bool",
            "group": "pollution",
            "question": TEXT,
            "presumed": {"industry_group": "soil_polluting", "value": True},
        },
        "makes_tailings": {
            "type": "bool",
            "group": "pollution",
            "question": TEXT,
            "presumed": {"industry_group": "mining", "value": False, "outside": True},
        },
        "on_list": {"type": "bool", "group": "procedure", "question": TEXT},
    },
    "groups": {
        "soil_polluting": {"title": TEXT, "codes": ["C26", "C3211"], "source": TEXT, "mark": "F"},
        "mining": {"title": TEXT, "codes": ["B"], "source": TEXT, "mark": "F"},
    },
    "industries": {
        "A": "农、林、牧、渔业",
        "A0111": "稻谷种植",
        "B": "采矿业",
        "B0911": "铜矿采选",
        "C": "制造业",
        "C26": "化学原料和化学制品制造业",
        "C2631": "化学农药制造",
        "C32": "有色金属冶炼和压延加工业",
        "C3211": "铜冶炼",
        "C3212": "铅锌冶炼",
    },
    "words": [
        {
            "words_zh": ["农药厂", "打药"],
            "words_ko": ["농약"],
            "words_en": ["pesticides"],
            "codes": ["C2631", "C26"],
            "mark": "G",
        },
        {"words_zh": ["铜"], "words_ko": ["구리"], "words_en": ["copper"], "codes": ["C3211", "B0911"], "mark": "G"},
    ],
    "kinds": {
        "pit": {
            "title": TEXT,
            "facts": {"purpose": "research", "stores_waste": True},
            "within": ["B0911", "C3211"],
            "inside": ["soil_polluting"],
            "source": TEXT,
            "mark": "G",
        },
        "school": {"title": TEXT, "within": ["A0111", "C2631"], "outside": ["mining"], "source": TEXT, "mark": "G"},
    },
}
VOCABULARY = Vocabulary.model_validate(VOCABULARY_DATA)


def make_project(industry: str | None = None, kind: str | None = None, **facts: object) -> Project:
    """A project with these facts, `nature` among them."""
    return read_project(VOCABULARY, industry, facts=facts, kind=kind)


DOCUMENTS: dict[str, str] = {
    "law": "in_force",
    "old_plan": "lapsed_successor_unknown",
    "draft_law": "draft",
    "fragment": "fragment",
    "old_law": "repealed",
}


def make_rule(name: str = "water.building", **changes: Any) -> dict[str, Any]:
    """A rule that forbids everything on a zone of the layer, by a law in force since 2020."""
    said = {
        "id": name,
        "title": TEXT,
        "layer": KIND,
        "effect": "prohibited",
        "dimension": "layout",
        "level": "state",
        "versions": [{"from": "2020-01-01", "provisions": [cite("law")]}],
        "authority": {"table": "offices"},
        "next": TEXT,
    }
    return said | changes


def cite(document: str) -> dict[str, Any]:
    """One article of a document."""
    return {"document": document, "article": "1", "phrase": "禁止", "verified": True}


def by(*documents: str) -> list[dict[str, Any]]:
    """One version from 2020 on that cites these documents."""
    return [{"from": "2020-01-01", "provisions": [cite(document) for document in documents]}]


DOMAINS = {"zone_class": ("class_1", "class_2", "quasi"), "belt_kind": ("a", "b"), "area_kind": ("park", "reserve")}


def make_book(rules: Sequence[dict[str, Any]], kinds: Sequence[str] = (KIND, "red_line", "county")) -> Rulebook:
    """A book of these rules over the sample vocabulary, with one document for each status."""
    since = "2020-01-01"
    # The repealed law stood until 2024: a book refuses a version whose every text is already gone on its first day.
    documents: dict[str, Any] = {
        name: {"id": name, "status": [{"from": since, "is": status}]} for name, status in DOCUMENTS.items()
    }
    documents["old_law"]["status"] = [
        {"from": since, "to": "2024-01-01", "is": "in_force"},
        {"from": "2024-01-01", "is": "repealed"},
    ]
    offices = [{"where": {"zone_class": ["class_1"]}, "office": TEXT}, {"office": TEXT}]
    return Rulebook.of(
        {
            "rules": {rule["id"]: rule for rule in rules},
            "documents": documents,
            "authorities": {"offices": offices},
            "catalogue": {kind: make_entry(kind, attributes=DOMAINS).model_dump(mode="json") for kind in kinds},
            "vocabulary": VOCABULARY_DATA,
        }
    )
