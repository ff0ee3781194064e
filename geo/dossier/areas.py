"""Layers in the report: what was found on each kind, and chapter 5 with its sections."""

from collections.abc import Mapping
from typing import Any

from geo.dossier.desk import Desk
from geo.dossier.form import Place
from geo.dossier.model import Block, Paragraph
from geo.dossier.standing import Standing
from geo.report import View

CHAPTER, DETAIL = "5", "6"


def areas(desk: Desk, standing: Standing) -> list[Block]:
    """Chapter 5: each section with its layers and the rules that speak on them."""
    sections = next(chapter.sections for chapter in desk.form.chapters if chapter.id == CHAPTER)
    blocks: list[Block] = []
    for section in sections:
        blocks += [desk.sections[section.id], *layer_blocks(desk, section.id), *_rules(desk, standing, section.id)]
    return blocks


def layer_blocks(desk: Desk, section: str) -> list[Block]:
    """What the record says of the layers of a section: a table of those supplied, a line for each other."""
    rows, lines = [], []
    for place in desk.places(section):
        check = desk.checks.get(place.layer)
        if check is None:
            entry = desk.book.catalogue.get(place.layer)
            title = desk.pick(entry.title.model_dump()) if entry else place.layer
            lines.append(desk.text("no_check", layer=title))
        elif check["reason"] == "not_supplied":
            told = desk.told[place.layer]
            lines.append(desk.text("unchecked_owner", layer=told["title"], owner=told["owner"]))
        else:
            rows += _rows(desk, place, check)
    columns = map(desk.say, ("ui.layer", "ui.result", "ui.zone", "ui.measure", "ui.note"))
    table = desk.table(tuple(columns), (16, 13, 24, 17, 30), rows) if rows else []
    return [*table, *desk.items(lines)]


def _rows(desk: Desk, place: Place, check: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """One row for each zone of the section; at least one for the layer."""
    told = desk.told[place.layer]
    title = desk.text("whole_layer", layer=told["title"]) if place.where else told["title"]
    result = "\n".join(filter(None, (told["text"], told["certainty"] and _certainty(desk, told))))
    zones = [view for zone, view in desk.zones(check, "zones", "ignored") if place.holds(zone)]
    about = "\n".join(_about(desk, told))
    if not zones:
        none = "none_here" if place.where and (check["zones"] or check["ignored"]) else None
        return [(title, result, desk.text(none) if none else desk.say(_none(check)), "", about)]
    rows = [
        (title, result, zone_name(desk, told, view), measures(desk, told, view), view["distance"] or "")
        for view in zones
    ]
    return [(*rows[0][:4], "\n".join(filter(None, (rows[0][4], about)))), *rows[1:]]


def _certainty(desk: Desk, told: View) -> str:
    return desk.say("ui.certainty", certainty=told["certainty"])


def _about(desk: Desk, told: View) -> list[str]:
    """What is said of a layer as a whole."""
    said = [told["distance"] and desk.say("answer.distance", distance=told["distance"])]
    said += [told["nearest"], told["survey"]]
    said += [told["coverage"] and desk.text("coverage", share=told["coverage"])]
    said += [desk.text("unplaced", names=desk.listed(told["unplaced"]))] if told["unplaced"] else []
    return [line for line in said if line]


def _none(check: Mapping[str, Any]) -> str:
    """What is said where no zone was met: never that there is none where nobody could look."""
    if check["status"] == "failed":
        return "ui.not_read_zone"
    if check["status"] == "no_data_here":
        return "ui.no_data_zone"
    return "ui.none_met" if check["coverage_share"] == 1.0 else "ui.none_met_covered"


def zone_name(desk: Desk, told: View, view: View) -> str:
    """A zone with its class, code and how it lies; one that lies somewhere within what is drawn only may lie here."""
    lies = desk.say("status.hit_whereabouts") if told["whereabouts"] else view["relation"]
    return "\n".join([view["name"], " · ".join(filter(None, (view["zone_class"], view["code"], lies)))])


def unmeasured(desk: Desk, told: View) -> str:
    """Why a zone has no measure."""
    if told["whereabouts"]:
        return desk.say("ui.whereabouts_only")
    return desk.say("ui.no_measure") if desk.record["site"]["point"] else ""


def measures(desk: Desk, told: View, view: View) -> str:
    """How much of the site and of the zone, as far as it was measured."""
    said = [
        view["area"],
        view["site_share"] and desk.say("ui.site_share", share=view["site_share"]),
        view["zone_share"] and desk.say("ui.zone_share", share=view["zone_share"]),
        view["length"],
        view["line_share"] and desk.say("ui.line_share", share=view["line_share"]),
    ]
    found = [line for line in said if line]
    return "\n".join(found) or unmeasured(desk, told)


def _rules(desk: Desk, standing: Standing, section: str) -> list[Block]:
    """The rules that are touched or open on the layers of a section; their clauses stand in chapter 6."""
    lines, open_rules = [], 0
    for place in desk.places(section):
        check = desk.checks.get(place.layer)
        here = {zone["id"] for zone in check["zones"] if place.holds(zone)} if check else set()
        for finding, view in standing.found:
            if finding["layer"] == place.layer and here & set(finding["zones"]):
                said = "·".join((view["state_text"], view["effect_text"], view["certainty_text"]))
                lines.append(f"{view['title']}（{said}）" if desk.language == "zh" else f"{view['title']} ({said})")
        open_rules += sum(desk.book.by_id[rule].layer == place.layer for rule in standing.threatened)
    if not lines and not open_rules:
        return [Paragraph(desk.text("no_rules_of_section"))]
    more = [desk.text("open_rules", count=open_rules, chapter=desk.heading(DETAIL))] if open_rules else []
    return [Paragraph(desk.text("rules_of_section"), strong=True), *desk.items([*lines, *more])]
