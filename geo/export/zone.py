"""One zone for readers: what it says of itself, its access list, the rules that speak of it; as JSON and in words."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from geo.canonical import AREA_DIGITS, quantity
from geo.export.geojson import may_hand_out
from geo.export.rulebook import days_in_words
from geo.figures import area, listed
from geo.layers.access_list import COLUMNS, access_list
from geo.layers.releases import Zone
from geo.layers.store import Layer
from geo.report import View, clause_in_words, provision_in_words
from geo.rules.index import Entry
from geo.rules.load import Rulebook
from geo.rules.model import RANK
from geo.rules.wording import attribute_value
from geo.search import box_of
from geo.texts import BINDING, catalogue, pick, say

SCHEMA = "fenqu.zone/1"
UNIT = "control_unit"  # the kind whose zones bring a list of their own with them
OTHER = "other"  # a row that brings its own label
DIMENSIONS = tuple(COLUMNS)  # in the order in which lists have them


def zone_record(
    layer: Layer, zone: Zone, book: Rulebook, day: date, audience: str, counties: Mapping[str, str]
) -> dict[str, Any]:
    """One zone as codes and figures: m² to 0.01, degrees to 1e-5; without area, in a wider box, if only to be seen.

    Parameters
    ----------
    day : the day whose rules are looked up
    counties : names of counties by code
    """
    info = layer.info
    measured = zone.geometry is not None and info.whereabouts is None and info.exact
    return {
        "schema": SCHEMA,
        "region": info.region,
        "book": book.hash,
        "day": day.isoformat(),
        "layer": {
            "kind": zone.layer,
            "release": info.id,
            "limits": info.limits,
            "publish": info.publish,
            "sketch": info.sketch,
            "whereabouts": info.whereabouts is True,
            "recorded_from": info.recorded_from.isoformat(),
            "data_date": info.data_date and info.data_date.isoformat(),
        },
        "zone": _plain(layer, zone, counties),
        "placed": zone.geometry is not None,
        "bbox": box_of(zone, layer),
        "area_m2": quantity(layer.area_m2(zone), AREA_DIGITS) if measured else None,
        "in_force": zone.on(day),
        "geojson": may_hand_out(layer, audience),
        "access_list": _own_list(layer, zone),
        "rules": sorted(
            _rules(zone, book, info.region, day), key=lambda row: (-RANK[row["effect"]], row["near"], row["rule"])
        ),
    }


def _plain(layer: Layer, zone: Zone, counties: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": zone.id,
        "name": zone.name,
        "code": zone.code,
        "official_code": zone.official_code,
        "zone_class": zone.zone_class,
        "counties": [{"code": code, "name": counties.get(code)} for code in zone.counties],
        "official_area_m2": zone.official_area_m2,
        "legal_status": zone.legal_status,
        "valid_from": zone.valid_from and zone.valid_from.isoformat(),
        "valid_to": zone.valid_to and zone.valid_to.isoformat(),
        "provenance": zone.provenance,
        "accuracy_m": layer.info.accuracy_m if zone.accuracy_m is None else zone.accuracy_m,
        "basis": zone.basis,
        "source": zone.source,
        "attributes": {name: zone.attribute(name) for name in _attributes(layer, zone)},
    }


def _attributes(layer: Layer, zone: Zone) -> list[str]:
    """Names of the attributes to tell: those of the kind, known or not, and what else came with the zone."""
    hidden = {"zone_class", *COLUMNS.values()}
    return [name for name in dict.fromkeys([*layer.entry.attributes, *zone.attributes]) if name not in hidden]


def _own_list(layer: Layer, zone: Zone) -> dict[str, list[str]] | None:
    """The clauses of the zone's own list by dimension; a sketched zone speaks for none."""
    if layer.info.sketch:
        return None
    return {dimension: list(clauses) for dimension, clauses in access_list(zone.attributes).items()} or None


def _rules(zone: Zone, book: Rulebook, region: str, day: date) -> Iterator[dict[str, Any]]:
    """The rules of the day whose ground is the zone, surely or as far as is known."""
    for footing in book.index.table(zone.layer, region, day):
        lacking = zone.lacking(footing.where)
        if lacking is None:
            continue
        for _, entries in footing.entries:
            for entry in entries:
                yield _rule(entry, footing.near, lacking)


def _rule(entry: Entry, near: bool, lacking: tuple[str, ...]) -> dict[str, Any]:
    return {
        "rule": entry.rule.id,
        "dimension": entry.rule.dimension,
        "effect": entry.effect,
        "provisions": [
            {"document": p.document, "article": p.article, "phrase": p.phrase, "verified": p.verified}
            for p in entry.version.provisions
        ],
        "near": near,  # it speaks of ground beside the zone
        "lacking": list(
            lacking
        ),  # attributes of the zone that are unknown, so that nobody can tell whether it is meant
        "earlier_text": entry.earlier,  # of that day the book holds no text of the rule
        "lapsed": [cause.subject for cause in entry.documents],
        "conditional_on_project": bool(entry.when.facts),
    }


def present_zone(record: Mapping[str, Any], book: Rulebook, language: str = BINDING) -> View:
    """A zone's record in words; texts of the data that stand in Chinese only stay Chinese."""
    zone, layer = record["zone"], record["layer"]
    entry = book.catalogue[layer["kind"]]
    return {
        "record": record,
        "language": language,
        "id": zone["id"],
        "kind": layer["kind"],
        "title": zone["name"],
        "layer_title": pick(entry.title.model_dump(), language),
        "zone_class": attribute_value(entry, "zone_class", zone["zone_class"], language)
        if zone["zone_class"]
        else None,
        "sketch": layer["sketch"] and record["placed"],
        "placed": record["placed"],
        "in_force": record["in_force"],
        "rows": [
            {"label": say(f"zone.{name}", language) if name != OTHER else "", **row}
            for name, row in _rows(record, book, language)
        ],
        "lists": _list_in_words(record, language),
        "no_list": _no_list(record, language),
        "groups": _groups(record, book, language),
        "undecided": [_rule_in_words(row, record, book, language) for row in record["rules"] if row["lacking"]],
        "rule_count": len(record["rules"]),
        "geojson": record["geojson"],
    }


def _rows(record: Mapping[str, Any], book: Rulebook, language: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the zone says of itself, row by row: figures with what they are, and the data's own words as such."""
    zone, layer = record["zone"], record["layer"]
    entry, nothing = book.catalogue[layer["kind"]], say("zone.not_given", language)
    yield "code", {"text": zone["code"] or nothing, "code": bool(zone["code"])}
    yield "official_code", {"text": zone["official_code"] or nothing, "code": bool(zone["official_code"])}
    title = attribute_value(entry, "zone_class", zone["zone_class"], language) if zone["zone_class"] else None
    if title or entry.classes:
        yield "class", {"text": title or say("zone.class_unknown", language)}
    for name, value in zone["attributes"].items():
        label = catalogue(language).get(f"attribute.{name}", name)
        said = attribute_value(entry, name, value, language) if value else say("zone.unknown", language)
        yield OTHER, {"label": label, "text": said}
    places = [county["name"] or county["code"] for county in zone["counties"]]
    yield "counties", {"text": listed(places, language) or say("zone.unknown", language)}
    note = say("zone.area_note", language) if layer["sketch"] and record["area_m2"] is not None else ""
    yield "area", {"text": _area(record, language), "note": note}
    official = zone["official_area_m2"]
    yield "official_area", {"text": nothing if official is None else area(official, language)}
    yield "legal_status", {"text": zone["legal_status"] or nothing, "data": bool(zone["legal_status"])}
    yield "valid", {"text": _days(zone, language)}
    yield "provenance", {"text": say(f"provenance.{zone['provenance']}", language)}
    metres = say("ui.accuracy_value", language, metres=f"{zone['accuracy_m']:g}") if zone["accuracy_m"] else ""
    yield "limits", {"text": say(f"limits.{layer['limits']}", language), "note": metres}
    yield "basis", {"text": zone["basis"] or nothing, "data": bool(zone["basis"])}
    yield "source", {"text": zone["source"] or nothing, "data": bool(zone["source"])}
    yield "release", {"text": layer["release"], "code": True}


def _area(record: Mapping[str, Any], language: str) -> str:
    if record["area_m2"] is not None:
        return area(record["area_m2"], language)
    if not record["placed"]:
        return say("zone.area_unplaced", language)
    return say("zone.area_whereabouts" if record["layer"]["whereabouts"] else "zone.area_withheld", language)


def _days(zone: Mapping[str, Any], language: str) -> str:
    start, end = zone["valid_from"], zone["valid_to"]
    if start is None and end is None:
        return say("zone.not_given", language)
    return days_in_words(start, end, language) if start else say("zone.until", language, end=end)


def _list_in_words(record: Mapping[str, Any], language: str) -> list[View]:
    own = record["access_list"] or {}
    return [{"dimension": say(f"dimension.{name}", language), "clauses": clauses} for name, clauses in own.items()]


def _no_list(record: Mapping[str, Any], language: str) -> str | None:
    """Why a unit shows no list of its own; None for a zone that has one, or whose kind has none."""
    if record["access_list"] or record["layer"]["kind"] != UNIT:
        return None
    return say("zone.no_list_sketch" if record["layer"]["sketch"] else "zone.no_list", language)


def _groups(record: Mapping[str, Any], book: Rulebook, language: str) -> list[View]:
    """The rules that surely mean the zone, by dimension."""
    groups = []
    for dimension in DIMENSIONS:
        rows = [row for row in record["rules"] if row["dimension"] == dimension and not row["lacking"]]
        if rows:
            title = say(f"dimension.{dimension}", language)
            groups.append(
                {
                    "title": title,
                    "rows": [_rule_in_words(row, record, book, language) for row in rows],
                }
            )
    return groups


def _rule_in_words(row: Mapping[str, Any], record: Mapping[str, Any], book: Rulebook, language: str) -> View:
    day = date.fromisoformat(record["day"])
    notes = [say("zone.rule_near", language)] if row["near"] else []
    if row["conditional_on_project"]:
        notes.append(say("zone.rule_projects", language))
    if row["earlier_text"]:
        notes.append(say("zone.rule_earlier", language))
    documents = book.data["documents"]
    lapsed = [pick(documents[name]["title"], language) for name in row["lapsed"]]
    notes += [say("cause.document", language, subject=title) for title in lapsed]
    lacking = [catalogue(language).get(f"attribute.{name}", name) for name in row["lacking"]]
    if lacking:
        notes.append(say("zone.rule_lacking", language, attributes=listed(lacking, language)))
    return {
        "rule": row["rule"],
        "effect": row["effect"],
        "effect_text": say(f"effect.{row['effect']}", language),
        "title": pick(book.said(row["rule"])["title"], language),
        "dimension_text": say(f"dimension.{row['dimension']}", language),
        "clauses": [
            clause_in_words(provision_in_words(provision, book, day, language), language)
            for provision in row["provisions"]
        ],
        "notes": notes,
    }
