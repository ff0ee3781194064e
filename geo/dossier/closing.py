"""Chapters 11 to 15: the map, the tables, how to verify, the reviewer's part, and the statement."""

from collections.abc import Mapping
from typing import Any

import shapely

from geo.canonical import AREA_DIGITS
from geo.dossier.areas import unmeasured, zone_name
from geo.dossier.desk import Desk
from geo.dossier.model import Blanks, Block, Code, Figure, Mark, Paragraph
from geo.dossier.standing import Standing
from geo.errors import CatalogueError, SiteError
from geo.figures import length
from geo.frames import Frame, read_frame
from geo.report import View
from geo.rules.model import EFFECTS
from geo.site.model import coordinates_of
from geo.site.notice import UNNAMED
from geo.texts import catalogue

DEGREES = 9  # digits behind the point, as the record has them


def map_figure(desk: Desk, standing: Standing) -> list[Block]:
    """Chapter 11."""
    caption = desk.text("figure")
    drawn: Block = Figure(desk.figure, caption) if desk.figure else Paragraph(desk.text("no_figure"))
    illustrative = desk.view["illustrative"]
    pairs = desk.pairs(
        [
            (desk.text("figure_crs"), desk.text("figure_crs_value")),
            (desk.text("figure_scale"), desk.text("figure_scale_value") if desk.figure else desk.text("no_figure")),
            (
                desk.text("figure_nature"),
                desk.say("answer.illustrative") if illustrative else desk.text("figure_firm"),
            ),
            (desk.text("figure_approval"), desk.text("figure_approval_none")),
        ]
    )
    return [drawn, pairs]


def tables(desk: Desk, standing: Standing) -> list[Block]:
    """Chapter 12."""
    return [
        Paragraph(desk.text("table_corners"), strong=True),
        *_corners(desk),
        Paragraph(desk.text("table_overlaps"), strong=True),
        *_overlaps(desk),
        Paragraph(desk.text("table_nearest"), strong=True),
        *_nearest(desk),
    ]


def _corners(desk: Desk) -> list[Block]:
    """The corners of every part, in degrees and in the CRS as sent where that is another."""
    site = desk.record["request"]["site"]
    frame = _other(site["crs"])
    rows = []
    for index, part in enumerate(site["parts"]):
        name = str(index + 1) if part["role"] == UNNAMED else f"{index + 1} {part['role']}"
        for number, (lon, lat) in enumerate(coordinates_of(part["geometry"]), 1):
            sent = _as_sent(lon, lat, frame) if frame else ()
            rows.append((name, str(number), f"{lon:.{DEGREES}f}", f"{lat:.{DEGREES}f}", *sent))
    columns = [desk.text(name) for name in ("corner_part", "corner", "longitude", "latitude")]
    if frame:
        names = ("longitude_sent", "latitude_sent") if frame.degrees else ("east", "north")
        columns += [desk.text(name, crs=site["crs"]) for name in names]
    return desk.table(columns, (12, 8, 20, 20, 20, 20) if frame else (20, 16, 32, 32), rows)


def _other(crs: str) -> Frame | None:
    """The frame of the coordinates as sent, where they are others than those of the record."""
    try:
        frame = read_frame(crs)
    except (SiteError, CatalogueError):
        return None
    return None if frame.exact and frame.degrees else frame


def _as_sent(lon: float, lat: float, frame: Frame) -> tuple[str, str]:
    ((east, north),) = shapely.get_coordinates(frame.from_engine(shapely.Point(lon, lat)))
    digits = DEGREES if frame.degrees else 3
    return f"{east:.{digits}f}", f"{north:.{digits}f}"


def _overlaps(desk: Desk) -> list[Block]:
    rows = []
    for check in desk.record["checks"]:
        for zone, view in desk.zones(check, "zones", "ignored"):
            if zone["relation"] != "near":
                lines = "\n".join(filter(None, (view["length"], view["line_share"])))
                measured = "\n".join(dict.fromkeys(filter(None, (view["area"], _exact(zone["area_m2"])))))
                shares = (view["site_share"] or "", view["zone_share"] or "")
                told = desk.told[check["layer"]]
                size = measured or unmeasured(desk, told)
                rows.append((told["title"], zone_name(desk, told, view), size, *shares, lines))
    names = ("overlap_area", "site_share", "zone_share", "overlap_length")
    columns = [desk.say("ui.layer"), desk.say("ui.zone"), *map(desk.text, names)]
    table = desk.table_or("no_overlaps", columns, (17, 30, 18, 11, 11, 13), rows)
    return [*table, Paragraph(desk.text("unit_denominator"))] if rows else table


def _exact(measure: Mapping[str, float] | None) -> str | None:
    """An area to the last digit of the record."""
    return None if measure is None else f"{measure['value']:,.{AREA_DIGITS}f} m²"


def _nearest(desk: Desk) -> list[Block]:
    rows = []
    for check in desk.record["checks"]:
        nearest = check.get("nearest")
        if nearest is not None:
            told = desk.told[check["layer"]]
            metres = desk.say("ui.whereabouts_only") if told["whereabouts"] else length(nearest["distance_m"])
            rows.append((told["title"], nearest["name"], metres, "\n".join(_worth(desk, told))))
    columns = (desk.say("ui.layer"), desk.text("nearest"), desk.text("distance"), desk.text("figure_nature"))
    return desk.table_or("no_nearest", columns, (24, 32, 14, 30), rows)


def _worth(desk: Desk, told: View) -> list[str]:
    """What a distance on a layer is worth: its nature, and the ground or zones that it leaves out."""
    said = [told["certainty"] or ""]
    said += [desk.text("distance_no_data")] if told["status"] in ("no_data_here", "failed") else []
    said += [desk.text("distance_partly", share=told["coverage"])] if told["coverage"] else []
    said += [desk.text("unplaced", names=desk.listed(told["unplaced"]))] if told["unplaced"] else []
    return said


def checking(desk: Desk, standing: Standing, checksum: str) -> list[Block]:
    """Chapter 13."""
    number = desk.record["id"]
    address = desk.address or desk.text("address_none")
    pairs = desk.pairs(
        [
            (desk.text("number"), number),
            (desk.text("checksum"), checksum),
            (desk.text("verify"), desk.text("verify_how", id=number)),
            (desk.text("address"), address),
        ]
    )
    code: list[Block] = [Code(desk.address, desk.text("code"))] if desk.address else []
    return [pairs, Paragraph(desk.text("record_how")), *code]


def review(desk: Desk, standing: Standing) -> list[Block]:
    """Chapter 14: what reviewers noted, beside the result of the program, and lines to sign."""
    result = desk.pairs(desk.verdicts("machine"))
    rows = [
        (
            str(note["reviewer"]),
            str(note["day"]),
            desk.text(f"kind_{note['kind']}"),
            _verdict(desk, note["verdict"]),
            str(note["reason"]),
        )
        for note in desk.notes
    ]
    columns = [desk.text(f"review_{name}") for name in ("day", "kind", "verdict", "reason")]
    blocks = desk.table_or("no_notes", [desk.text("reviewer"), *columns], (14, 13, 12, 21, 40), rows)
    blanks = Blanks(tuple(desk.text(name) for name in ("reviewer", "review_day", "review_reason")))
    return [result, Paragraph(desk.text("beside")), *blocks, blanks]


def _verdict(desk: Desk, word: Any) -> str:
    """A reviewer's result in words; one that is no word of the program as it was written."""
    if word is None:
        return ""
    for family in ("verdict", *(("effect",) if word in EFFECTS else ())):
        if f"{family}.{word}" in catalogue(desk.language):
            return desk.say(f"{family}.{word}")
    return str(word)


def statement(desk: Desk, standing: Standing) -> list[Block]:
    """Chapter 15."""
    form = desk.form
    blocks = desk.items([desk.pick(text.model_dump()) for text in form.declaration])
    if not desk.view["illustrative"]:
        return blocks
    marked = [desk.pick(text.model_dump()) for text in form.declaration_illustrative]
    return [*blocks, Mark(desk.pick(form.watermark.model_dump())), *desk.items(marked)]
