"""A screening as HTML: the answer that every page shows, and one offline file that holds it alone."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from geo.notes import notes_in_words
from geo.report import View
from geo.texts import say

TEMPLATES = Path(__file__).parent / "templates"
Since = Sequence[str]
Notes = Sequence[Mapping[str, Any]]
STYLES = TEMPLATES / "answer.css"


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def context(
    view: View,
    token: str | None = None,
    interactive: bool = False,
    linked: Collection[str] = (),
    since: Since = (),
    zoned: Collection[str] = (),
    notes: Notes = (),
    passed: bool = False,
) -> dict[str, Any]:
    """What `answer.html` is rendered with, on a page as in a file.

    Parameters
    ----------
    linked : rules that have a page of their own where the answer is shown; a file has none
    zoned : layers whose zones have one, likewise
    since : what has changed since the answer was given, as `geo.revisions` says it
    notes : reviewers' notes, as `Ledger.all_notes` gives them
    passed : whether the day that the answer is valid for has passed; a file cannot know when it is opened
    """
    language = view["language"]
    spoken = {"lang": language, "t": partial(_say, language)}
    told = {
        "linked": linked,
        "since": since,
        "zoned": zoned,
        "notes": notes_in_words(notes, language),
        "passed": passed,
    }
    return {"view": view, **spoken, "token": token, "interactive": interactive, **told}


def _say(language: str, code: str, **parameters: object) -> str:
    return say(code, language, **parameters)


def render_file(view: View, notes: Notes = ()) -> str:
    """One HTML file with everything inside, for a reader without a network."""
    told = context(view, notes=notes)
    return _environment().get_template("file.html").render(**told, css=STYLES.read_text(encoding="utf-8"))
