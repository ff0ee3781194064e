"""The answer to one row: what of a screening stands in a table, and the facts of a project as a cell has them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from geo.errors import FactValueInvalid
from geo.figures import listed
from geo.layers.catalogue import COUNTY
from geo.report import Record, headline
from geo.rules.load import Rulebook
from geo.rules.model import EFFECTS
from geo.site.notice import Notice
from geo.texts import BINDING, pick, say

COLUMNS = (
    "id", "name", "place", "verdict", "indicative_verdict", "verdict_text", "range", "county", "layers_hit", "near",
    "findings", "questions", "not_placed", "notices", "error", "screening_id",
)  # fmt: skip
DISTANCES = "distances"
AT_COUNTY = "county"  # of a place: the coordinate only stands for a county


def answer_of(
    record: Record, book: Rulebook, language: str = BINDING, by_county: bool = False, distances: bool = False
) -> dict[str, str]:
    """What a row says of a screening, by column; those that say nothing are left out.

    Parameters
    ----------
    by_county : whether only the county of the project is known
    distances : whether to say how far the nearest zone of each layer is, metres
    """
    county = {"county": listed(_counties(record), language)}
    if by_county:
        return county | _of_county(record, language)
    said = county | _of_place(record, book, language)
    return said | {DISTANCES: _distances(record)} if distances else said


def _of_place(record: Record, book: Rulebook, language: str) -> dict[str, str]:
    """What a row says of a project whose place is known."""
    checks = record["checks"]
    titles = titles_of(book, language)
    hit = [check for check in checks if check["status"] in ("hit", "boundary_uncertain")]
    return {
        "verdict": record["verdict"],
        "indicative_verdict": record["indicative_verdict"],
        "verdict_text": headline(record, language),
        "range": " – ".join(record["range"]),
        "layers_hit": "; ".join(layer_in_words(titles[check["layer"]], _names_under(check), language) for check in hit),
        "near": "; ".join(titles[check["layer"]] for check in checks if check["status"] == "near"),
        "findings": _findings(record["findings"]),
        "questions": "; ".join(item["subject"] for item in record["open"] if item["asked"]),
        "not_placed": "; ".join(zone["name"] for check in checks for zone in check["unplaced"]),
        "screening_id": record["id"],
    }


def notices_in_words(notices: Iterable[Notice], language: str) -> str:
    """What was done to a site on its way in."""
    return " ".join(notice.text(language) for notice in notices)


def titles_of(book: Rulebook, language: str) -> dict[str, str]:
    """The titles of the layers."""
    return {kind: pick(entry.title.model_dump(), language) for kind, entry in book.catalogue.items()}


def layer_in_words(title: str, names: Sequence[str], language: str) -> str:
    """A layer that is hit, with the names of its zones."""
    return f"{title} ({listed(names, language)})"


def _names_under(check: Record) -> list[str]:
    """The names of the zones that lie under the site, surely or perhaps, in the order of their ids."""
    under = [zone for zone in check["zones"] if zone["relation"] != "near"]
    return [zone["name"] for zone in sorted(under, key=lambda zone: str(zone["id"]))]


def _counties(record: Record) -> list[str]:
    """The names of the counties, as the report has them."""
    zones = next(check["zones"] for check in record["checks"] if check["layer"] == COUNTY)
    names: dict[str, str] = {}
    for zone in zones:
        names.setdefault(zone["code"], zone["name"])
    return [names.get(code, code) for code in record["site"]["counties"]]


def _of_county(record: Record, language: str) -> dict[str, str]:
    """What a row says of a project known only by its county: nothing of the ground under its coordinate."""
    everywhere = [finding for finding in record["findings"] if finding["layer"] == COUNTY]
    wanted = [cause["subject"] for finding in everywhere for cause in finding["causes"] if cause["kind"] == "fact"]
    return {
        "verdict": "needs_review",
        "indicative_verdict": "needs_review",
        "verdict_text": say("answer.place_unknown", language),
        "range": f"{record['range'][0]} – {EFFECTS[-1]}",
        "findings": _findings(everywhere),
        "questions": "; ".join(dict.fromkeys(wanted)),
    }


def _findings(findings: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(f"{finding['rule']}={finding['state']}:{finding['effect']}" for finding in findings)


def _distances(record: Record) -> str:
    """Metres to the nearest zone of each layer that says so: 0 where the site lies in one."""
    found = {
        check["layer"]: check["nearest"]["distance_m"] if check["nearest"] else check["distance_m"]
        for check in record["checks"]
    }
    return "; ".join(f"{layer}={metres:.3f}" for layer, metres in found.items() if metres is not None)


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
