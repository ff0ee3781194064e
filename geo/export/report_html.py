"""The report as HTML: the part that a page shows, and one offline file with the map and the canonical record inside."""

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any, Literal

import orjson
import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from geo.canonical import encode
from geo.dossier.model import Block, Code, Figure, Report
from geo.errors import BodyInvalid
from geo.export.html import TEMPLATES

STYLES = TEMPLATES / "report.css"
Pictures = Literal["svg", "png"]
RECORD = "record"  # id of the element that holds the record


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def report_context(report: Report, pictures: Pictures = "svg") -> dict[str, Any]:
    """What `report.html` is rendered with, on a page as in a file."""
    return {
        "report": report,
        "lang": report.language,
        "name": _name,
        "figure": _svg if pictures == "svg" else _png,
        "code": _code,
    }


def _name(block: Block) -> str:
    return type(block).__name__


def _svg(block: Figure) -> str:
    return f"data:image/svg+xml;base64,{b64encode(block.figure.svg.encode()).decode()}"


def _png(block: Figure) -> str:
    return f"data:image/png;base64,{b64encode(block.figure.png).decode()}"


def _code(block: Code) -> str:
    return segno.make(block.address, micro=False).png_data_uri(scale=6)


def render_report(report: Report, pictures: Pictures = "svg", css: str = "") -> str:
    """One HTML file with everything inside, for a reader without a network.

    Parameters
    ----------
    pictures : `png` for a page that is only made to become another file: it goes without the record
    css : style that goes before the report's own, as the faces of its letters
    """
    template = _environment().get_template("report_file.html")
    style = css + STYLES.read_text(encoding="utf-8")
    return template.render(
        **report_context(report, pictures), css=style, record=_embedded(report.json) if pictures == "svg" else None
    )


def _embedded(json: bytes) -> str:
    """JSON that ends no element: `<` stands in its strings only, and is written as an escape there."""
    return json.decode().replace("<", "\\u003c")


class _Finder(HTMLParser):
    """Takes the record and its checksum out of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.checksum, self.text, self._inside = "", "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "script" and known.get("id") == RECORD:
            self.checksum, self._inside = known.get("data-sha256") or "", True

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "script"

    def handle_data(self, data: str) -> None:
        self.text += data if self._inside else ""


def read_record(page: str) -> Mapping[str, Any]:
    """The record out of an offline file, if it still is the one that the file was made of.

    Raises
    ------
    BodyInvalid
        Where the page holds no record, or another than its checksum says.
    """
    found = _Finder()
    found.feed(page)
    try:
        record: Mapping[str, Any] = orjson.loads(found.text)
    except orjson.JSONDecodeError as error:
        raise BodyInvalid(reason=str(error)) from error
    if sha256(encode(record)).hexdigest() != found.checksum:
        raise BodyInvalid(reason=f"SHA-256 ≠ {found.checksum[:64]}")
    return record
