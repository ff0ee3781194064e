"""A screening as HTML: the answer that every page shows, and one offline file that holds it alone."""

from collections.abc import Collection, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from geo.report import View
from geo.texts import say

TEMPLATES = Path(__file__).parent / "templates"
Since = Sequence[str]
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
) -> dict[str, Any]:
    """What `answer.html` is rendered with, on a page as in a file.

    Parameters
    ----------
    linked : rules that have a page of their own where the answer is shown; a file has none
    zoned : layers whose zones have one, likewise
    since : what has changed since the answer was given, as `geo.revisions` says it
    """
    language = view["language"]
    spoken = {"lang": language, "t": partial(_say, language)}
    return {
        "view": view,
        **spoken,
        "token": token,
        "interactive": interactive,
        "linked": linked,
        "since": since,
        "zoned": zoned,
    }


def _say(language: str, code: str, **parameters: object) -> str:
    return say(code, language, **parameters)


def render_file(view: View) -> str:
    """One HTML file with everything inside, for a reader without a network."""
    return _environment().get_template("file.html").render(**context(view), css=STYLES.read_text(encoding="utf-8"))
