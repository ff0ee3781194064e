"""Many sites from one table or file: a row in, a row out, and no row lost."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

from geo.deployment import Deployment, Question
from geo.errors import FactValueInvalid, FenquError, TableInvalid
from geo.figures import listed
from geo.layers.catalogue import COUNTY
from geo.report import View, present
from geo.rules.model import EFFECTS
from geo.site import Site
from geo.site.intake import Intake
from geo.texts import BINDING, say

COLUMNS = (
    "id", "name", "place", "verdict", "indicative_verdict", "verdict_text", "range", "county", "layers_hit", "near",
    "findings", "questions", "not_placed", "notices", "error", "screening_id",
)  # fmt: skip
WHERE = (("lon", "lat"), ("at",))
AT_COUNTY = "county"
TABLES = (".csv",)
_LONGEST_HEAD = 10_000  # bytes


@dataclass(frozen=True, slots=True)
class BulkRow:
    """The answer to one row."""

    values: Mapping[str, str]

    @property
    def failed(self) -> bool:
        """Whether the row could not be screened."""
        return bool(self.values["error"])


def read_table(path: Path, most: int) -> list[dict[str, str]]:
    """Read a CSV table (UTF-8, or GB 18030 where it is not) with a header.

    Raises
    ------
    TableInvalid
        Where it is unreadable, has no column for the place, or has more rows than `most`.
    """
    columns = "id, name|name_zh, lon+lat|at, industry, kind, nature, day, facts, placed"
    try:
        data = path.read_bytes()
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("gb18030")
        rows = list(csv.DictReader(StringIO(text, newline=""), restval=""))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TableInvalid(reason=str(error), columns=columns) from error
    if not rows or not any(set(keys) <= set(rows[0]) for keys in WHERE):
        raise TableInvalid(reason="no row, or no column that says where", columns=columns)
    if len(rows) > most:
        raise TableInvalid(reason=f"{len(rows)} rows, at most {most} are taken", columns=columns)
    return rows


def is_table(path: Path) -> bool:
    """Whether a file is a table of sites by its header; a CSV of corner points is none.

    Raises
    ------
    OSError
        Where it cannot be read.
    """
    if path.suffix.lower() not in TABLES:
        return False
    with path.open("rb") as file:
        head = file.readline(_LONGEST_HEAD).removeprefix(b"\xef\xbb\xbf")
    names = {name.strip().strip('"') for name in head.decode("gb18030", "replace").split(",")}
    return any(set(keys) <= names for keys in WHERE)


def screen_sites(intake: Intake, asked: Question, here: Deployment, language: str = BINDING) -> Iterator[BulkRow]:
    """Screen every piece of a file as a site of its own, all for one project.

    Parameters
    ----------
    asked : the project and the day; its site is not looked at

    Raises
    ------
    SiteReadingUnsettled
        Where the numbers of the file can be read in several ways.
    """
    reading, pieces = intake.reading, intake.chosen()  # what is to be chosen is said before a row is written
    numbers = intake.file.pieces or range(1, len(pieces) + 1)

    def answers() -> Iterator[BulkRow]:
        for number, piece in zip(numbers, pieces, strict=True):
            base = {"id": str(number), "name": piece.name, "place": piece.layer}
            try:
                screening = here.screen(replace(asked, site=intake.site_of(piece, reading)))
                answer = _of_place(present(screening.record, here.book, language), language)
                answer |= _noted(screening.site, language)
            except FenquError as error:
                answer = {"error": error.text(language)}
            yield _row(base, answer)

    return answers()


def screen_rows(
    rows: list[dict[str, str]], here: Deployment, day: str | None = None, language: str = BINDING
) -> Iterator[BulkRow]:
    """Screen every row; a row that cannot be read gives its error and the others go on.

    Columns: `lon`+`lat` or `at`; `industry`, `kind`, `nature`, `facts` (`name=value;…`), `day`; `placed` = `county`
    says that the coordinate only stands for a county: such a row needs review, and shows what binds in the whole
    county.
    """
    for row in rows:
        base = {
            "id": row.get("id", ""),
            "name": row.get("name") or row.get("name_zh", ""),
            "place": row.get("placed", ""),
        }
        try:
            answer = _screen(row, here, day, language)
        except FenquError as error:
            answer = {"error": error.text(language)}
        yield _row(base, answer)


def _row(base: Mapping[str, str], answer: Mapping[str, str]) -> BulkRow:
    return BulkRow({column: {**base, **answer}.get(column, "") for column in COLUMNS})


def _screen(row: Mapping[str, str], here: Deployment, day: str | None, language: str) -> dict[str, str]:
    question = Question(
        site=row.get("at") or f"{row.get('lon', '')},{row.get('lat', '')}",
        industry=row.get("industry"),
        kind=row.get("kind"),
        nature=row.get("nature"),
        facts=read_facts(row.get("facts", "")),
        day=row.get("day") or day,
        either_order=True,
    )
    screening = here.screen(question)
    view = present(screening.record, here.book, language)
    answer = _of_county(view, language) if row.get("placed") == AT_COUNTY else _of_place(view, language)
    return answer | _noted(screening.site, language)


def _noted(site: Site, language: str) -> dict[str, str]:
    """What was done to a site on its way in."""
    return {"notices": " ".join(notice.text(language) for notice in site.notices)}


def _of_place(view: View, language: str) -> dict[str, str]:
    """What a row says of a project whose place is known."""
    record = view["record"]
    hit = [check for check in view["checks"] if check["status"] in ("hit", "boundary_uncertain")]
    named = [f"{check['title']} ({listed([zone['name'] for zone in check['zones']], language)})" for check in hit]
    return {
        "verdict": record["verdict"],
        "indicative_verdict": record["indicative_verdict"],
        "verdict_text": view["headline"],
        "range": " – ".join(record["range"]),
        "county": listed(view["site"]["counties"], language),
        "layers_hit": "; ".join(named),
        "near": "; ".join(check["title"] for check in view["checks"] if check["status"] == "near"),
        "findings": _findings(record["findings"]),
        "questions": "; ".join(question["fact"] for question in view["questions"]),
        "not_placed": "; ".join(name for check in view["checks"] for name in check["unplaced"]),
        "screening_id": record["id"],
    }


def _of_county(view: View, language: str) -> dict[str, str]:
    """What a row says of a project known only by its county: nothing of the ground under its coordinate."""
    record = view["record"]
    everywhere = [finding for finding in record["findings"] if finding["layer"] == COUNTY]
    wanted = [cause["subject"] for finding in everywhere for cause in finding["causes"] if cause["kind"] == "fact"]
    return {
        "verdict": "needs_review",
        "indicative_verdict": "needs_review",
        "verdict_text": say("answer.place_unknown", language),
        "range": f"{record['range'][0]} – {EFFECTS[-1]}",
        "county": listed(view["site"]["counties"], language),
        "findings": _findings(everywhere),
        "questions": "; ".join(dict.fromkeys(wanted)),
    }


def _findings(findings: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(f"{finding['rule']}={finding['state']}:{finding['effect']}" for finding in findings)


def read_facts(text: str) -> dict[str, object]:
    """Read `name=value;name=value`.

    Raises
    ------
    FactValueInvalid
        Where a pair has no `=`.
    """
    facts: dict[str, object] = {}
    for pair in filter(str.strip, text.split(";")):
        name, equals, value = pair.partition("=")
        if not equals or not value.strip():
            raise FactValueInvalid(name=name.strip()[:60], sent="", expected="name=value")
        facts[name.strip()] = value.strip()
    return facts


def write_rows(path: Path, rows: Iterator[BulkRow]) -> tuple[int, int]:
    """Write the answers as CSV (UTF-8 with a mark, which Excel needs); cells that a sheet would run are quoted.

    Returns
    -------
    rows written, and how many of them failed
    """
    done = failed = 0
    begun = path.with_name(f".{path.name}.part")  # what stood there before stays until all is written
    with begun.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({key: _inert(value) for key, value in row.values.items()})
            done, failed = done + 1, failed + row.failed
    begun.replace(path)
    return done, failed


def _inert(value: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
