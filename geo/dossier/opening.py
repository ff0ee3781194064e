"""Chapters 1 to 3: the result, the project, and what the screening rests on."""

from collections.abc import Mapping
from typing import Any

from geo.dossier.areas import layer_blocks
from geo.dossier.desk import UNITS, Desk
from geo.dossier.model import Block, Mark, Paragraph
from geo.dossier.standing import Standing
from geo.layers.access_list import access_list
from geo.report import plain_number
from geo.site.model import coordinates_of

BASICS = ("industry", "kind", "nature")


def result(desk: Desk, standing: Standing) -> list[Block]:
    """Chapter 1."""
    view, illustrative = desk.view, desk.say("answer.illustrative")
    blocks: list[Block] = [Mark(illustrative)] if view["illustrative"] else []
    blocks.append(desk.pairs([*desk.verdicts("result"), (desk.text("day"), desk.record["request"]["day"])]))
    blocks.append(Paragraph(desk.text("valid", day=desk.record["request"]["day"])))
    remarks = [remark for remark in view["remarks"] if remark != illustrative]
    blocks += [Paragraph(desk.text("remarks"), strong=True), *desk.items(remarks)] if remarks else []
    missing = _unchecked(desk)
    blocks.append(Paragraph(desk.text("not_checked"), strong=True))
    return [*blocks, *(desk.items(missing) or [Paragraph(desk.text("nothing_unchecked"))])]


def _unchecked(desk: Desk) -> list[str]:
    """What was not supplied, not read, not covered or has no place, a line each."""
    lines, others = [], []
    for check in desk.view["checks"]:
        if check["reason"] == "not_supplied":
            lines.append(desk.text("unchecked_owner", layer=check["title"], owner=check["owner"]))
        elif check["status"] in ("failed", "no_data_here"):
            others.append(f"{check['title']}: {check['text']}")
        elif check["coverage"]:
            others.append(f"{check['title']}: {desk.text('coverage', share=check['coverage'])}")
        if check["unplaced"]:
            others.append(f"{check['title']}: {desk.text('unplaced', names=desk.listed(check['unplaced']))}")
    return others + lines


def project(desk: Desk, standing: Standing) -> list[Block]:
    """Chapter 2."""
    return [
        desk.sections["2.1"],
        *_works(desk),
        desk.sections["2.2"],
        *_site(desk),
        desk.sections["2.3"],
        *_facts(desk),
    ]


def _works(desk: Desk) -> list[Block]:
    rows = [(row["question"], row["answer"]) for row in desk.view["project"] if row["fact"] in BASICS]
    sent = desk.record["request"]["project"]
    unknown = not (sent["industry"] or sent.get("kind"))
    return [desk.pairs(rows), *([Paragraph(desk.text("works_unknown"))] if unknown else [])]


def _site(desk: Desk) -> list[Block]:
    site = desk.view["site"]
    accuracy, width = site["accuracy_m"], site["width_m"]
    metres = desk.text("accuracy_value", metres=plain_number(accuracy)) if accuracy else desk.text("accuracy_none")
    corners = sum(len(coordinates_of(part["geometry"])) for part in site["parts"])
    pairs = desk.pairs(
        [
            (desk.text("counties"), desk.listed(site["counties"]) or desk.text("counties_unknown")),
            (desk.text("place"), site["place"]),
            (desk.text("crs"), site["crs"]),
            (desk.text("accuracy"), metres),
            (desk.text("area"), site["area"] or desk.text("point")),
            (desk.text("length"), site["length"]),
            (desk.text("width"), desk.text("width_value", metres=plain_number(width)) if width else None),
            (desk.text("parts"), str(len(site["parts"]))),
        ]
    )
    return [pairs, Paragraph(desk.text("corners", count=corners)), *layer_blocks(desk, "2.2")]


def _facts(desk: Desk) -> list[Block]:
    given = [(row["question"], row["answer"]) for row in desk.view["project"] if row["fact"] not in BASICS]
    unknown = [item["text"] for item in desk.view["open"] if item["kind"] == "fact"]
    return [
        Paragraph(desk.text("facts_given"), strong=True),
        desk.pairs(given) if given else Paragraph(desk.text("facts_none")),
        *_presumed(desk),
        Paragraph(desk.text("facts_unknown"), strong=True),
        *(desk.items(unknown) or [Paragraph(desk.text("facts_all_known"))]),
    ]


def _presumed(desk: Desk) -> list[Block]:
    """What the findings take from the industry or the kind of works, so that the sender may say otherwise."""
    reasons = (reason for finding in desk.view["findings"] for reason in finding["because"])
    found = {reason["question"]: reason["answer"] for reason in reasons if reason["presumed"]}
    return [Paragraph(desk.text("facts_presumed"), strong=True), desk.pairs([*found.items()])] if found else []


def grounds(desk: Desk, standing: Standing) -> list[Block]:
    """Chapter 3."""
    record = desk.record
    versions = desk.pairs(
        [
            (desk.text("day"), record["request"]["day"]),
            (desk.text("book"), record["book"]),
            (desk.text("engine"), record["engine"]),
            (desk.text("schema"), record["schema"]),
            (desk.text("region"), record["region"]),
            (desk.text("request"), record["request_id"]),
        ]
    )
    return [
        desk.sections["3.1"],
        *_documents(desk, standing),
        Paragraph(_lists(desk)),
        desk.sections["3.2"],
        *_releases(desk),
        desk.sections["3.3"],
        versions,
        Paragraph(desk.text("law_day")),
    ]


def _documents(desk: Desk, standing: Standing) -> list[Block]:
    rows = []
    for name in standing.documents:
        said: Mapping[str, Any] = desk.book.data["documents"][name]
        status = desk.book.documents[name].status_on(desk.day) or "not_yet"
        rows.append(
            (
                desk.pick(said["title"]),
                said.get("number") or "",
                desk.say(f"ui.document.{status}"),
                desk.pick(said.get("source")),
            )
        )
    columns = (
        desk.text("document"),
        desk.text("document_number"),
        desk.text("document_status", day=desk.record["request"]["day"]),
        desk.text("document_source"),
    )
    return desk.table(columns, (34, 16, 16, 34), rows)


def _lists(desk: Desk) -> str:
    """Whether any access list of a unit was at hand."""
    checks = [desk.checks[place.layer] for place in desk.places(UNITS) if place.layer in desk.checks]
    if any(check["certainty"] == "sketch" for check in checks):
        return desk.text("lists_sketch")
    units = [zone["name"] for check in checks for zone in check["zones"] if access_list(zone["attributes"])]
    return desk.text("lists_some", units=desk.listed(units)) if units else desk.text("lists_none")


def _releases(desk: Desk) -> list[Block]:
    rows = [
        (
            desk.told[check["layer"]]["title"],
            told["provenance"] or "",
            " ".join(filter(None, (told["limits"], _accuracy(desk, told["accuracy_m"])))),
            desk.told[check["layer"]]["certainty"] or "",
            told["release"],
        )
        for check, told in zip(
            (check for check in desk.record["checks"] if check["release"]), desk.view["releases"], strict=True
        )
    ]
    columns = (
        *map(desk.say, ("ui.layer", "ui.provenance", "ui.limits")),
        desk.text("figure_nature"),
        desk.say("ui.release"),
    )
    missing = len(desk.view["not_checked"])
    return [
        *desk.table_or("no_layers", columns, (34, 10, 26, 10, 20), rows),
        *([Paragraph(desk.text("unsupplied_count", count=missing))] if missing else []),
    ]


def _accuracy(desk: Desk, metres: float | None) -> str | None:
    return None if metres is None else desk.say("ui.accuracy_value", metres=plain_number(metres))
