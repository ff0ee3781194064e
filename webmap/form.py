"""The form of the pages: a question as people send it."""

from werkzeug.datastructures import MultiDict

from geo.deployment import Question
from geo.errors import BodyInvalid, SiteEmpty
from geo.site import Site

FACT = "fact."
FILE = "at_file"
NUMBERS = ("accuracy_m", "width_m")


def read_form(form: MultiDict[str, str], site: str | Site | None = None) -> Question:
    """The question in a form; about a site that was read already, where there is one.

    Raises
    ------
    SiteEmpty
        Where no site was given.
    BodyInvalid
        Where a field that is a number is none.
    """
    if site is None and not form.get("at", "").strip():
        raise SiteEmpty()
    facts = {name[len(FACT) :]: value for name, value in form.items() if name.startswith(FACT) and value != ""}
    numbers = {name: number(name, form.get(name, "")) for name in NUMBERS}
    return Question(
        site=form["at"] if site is None else site,
        crs=form.get("crs") or None,
        accuracy_m=numbers["accuracy_m"] or 0.0,
        width_m=numbers["width_m"],
        industry=form.get("industry", "").strip() or None,
        kind=form.get("kind", "").strip() or None,
        nature=form.get("nature") or None,
        facts=facts,
        day=form.get("day") or None,
        either_order=True,
    )


def number(name: str, text: str) -> float | None:
    """The number in a field; None where nothing was said."""
    try:
        return float(text) if text.strip() else None
    except ValueError as error:
        raise BodyInvalid(reason=f"{name}: {text[:20]}") from error
