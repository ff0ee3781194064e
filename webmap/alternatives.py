"""The page that sets several sites side by side; no script needed."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from geo.alternatives import MOST, NAMES, named, weigh
from geo.day import today
from geo.deployment import Question
from geo.errors import BodyInvalid, FenquError, LedgerFull, LedgerUnusable
from geo.export.alternatives import present_alternatives
from geo.project import INDUSTRY, NATURE
from geo.report import View, form_of
from geo.rules.load import Rulebook
from geo.texts import pick, say
from webmap import language
from webmap.errors import page_context, status_of
from webmap.form import FACT, read_form
from webmap.pages import deployment

bp = Blueprint("alternatives", __name__)
log = logging.getLogger("fenqu.web")
PLAIN = ("industry", "kind", "nature", "day", "accuracy_m", "width_m")
SHOWN = 3  # boxes that are open from the start


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the page shows: the form, and a comparison or an error."""

    form: Mapping[str, Any]
    view: View | None = None
    tokens: tuple[str | None, ...] = ()
    error: str | None = None


@bp.get("/alternatives")
def show() -> Response:
    """The form; with `token` and `name` for each site, the kept answers side by side."""
    tokens, names = request.args.getlist("token"), request.args.getlist("name")
    if not tokens:
        _refuse_more(request.args)
        return _page(Sheet(_echo(request.args)))
    if len(tokens) != len(names):
        raise BodyInvalid(reason="token, name: one of each for every site")
    told = named(names)
    here = deployment()
    kept = [here.ledger.find_by_token(token) for token in tokens]
    book = here.book_of(kept[0])
    view = present_alternatives(weigh(told, [one.record for one in kept], book), book, language.of(request))
    forms = [form_of(one.request) for one in kept]
    sites = [(name, form["at"]) for name, form in zip(told, forms, strict=True)]
    return _page(Sheet({**forms[0], "sites": sites}, view, tuple(tokens)))


@bp.post("/alternatives")
def compare() -> BaseResponse:
    """Screen and keep every site of the form, and lead to the page that sets them side by side."""
    here, spoken = deployment(), language.of(request)
    try:
        names, questions = read_sites(request.form)
        screenings = here.alternatives(names, questions)
    except FenquError as error:
        if status_of(error) >= 500:
            raise
        return _page(Sheet(_echo(request.form), error=error.text(spoken)), status_of(error))
    try:
        tokens = [here.keep(screening).token for screening in screenings]
    except (LedgerFull, LedgerUnusable) as error:
        log.error("%s: %s", error.code, error)
        view = present_alternatives(
            weigh(names, [screening.record for screening in screenings], here.book), here.book, spoken
        )
        unkept = Sheet(_echo(request.form), view, (None,) * len(names), say("ui.not_kept", spoken))
        return _page(unkept)
    pairs = [pair for name, token in zip(names, tokens, strict=True) for pair in (("name", name), ("token", token))]
    return redirect("/alternatives?" + urlencode([*pairs, ("lang", spoken)]), code=303)


def read_sites(form: MultiDict[str, str]) -> tuple[tuple[str, ...], list[Question]]:
    """The sites in a form, and the question about each; empty boxes do not count.

    Raises
    ------
    BodyInvalid
        Where there are too few or too many, or a name or a number cannot be used.
    """
    _refuse_more(form)
    filled = [(name, at) for name, at in _boxes(form) if at.strip()]
    names = named([name for name, _ in filled])
    plain = {name: value for name, value in form.items() if name not in ("at", "name")}
    return names, [read_form(MultiDict({**plain, "at": at})) for _, at in filled]


def _refuse_more(form: MultiDict[str, str]) -> None:
    """Refuse more boxes than the form has: one that is left out would be a site that nobody looked at."""
    if (came := len(form.getlist("at"))) > MOST:
        raise BodyInvalid(reason=f"sites: at most {MOST} are expected, {came} came")


def _boxes(form: MultiDict[str, str]) -> list[tuple[str, str]]:
    """Name and place in each box; a box without a name has that of its place in the form."""
    places, names = form.getlist("at"), form.getlist("name")
    names += [""] * (len(places) - len(names))
    return [(name.strip() or letter, place) for letter, name, place in zip(NAMES, names, places, strict=False)]


def _echo(form: MultiDict[str, str]) -> dict[str, Any]:
    """What was sent, to be shown again, so that nothing typed is lost."""
    facts = {name[len(FACT) :]: value for name, value in form.items() if name.startswith(FACT)}
    return {**{name: form.get(name, "") for name in PLAIN}, "facts": facts, "sites": _boxes(form)}


def _page(sheet: Sheet, status: int = 200) -> Response:
    here, spoken = deployment(), language.of(request)
    boxes = [*sheet.form["sites"], *((letter, "") for letter in NAMES)][:MOST]
    page = render_template(
        "alternatives.html",
        **page_context(spoken),
        region_title=pick(here.recipe["title"], spoken),
        view=sheet.view,
        tokens=sheet.tokens,
        error=sheet.error,
        form=sheet.form,
        boxes=_lettered(boxes, len(sheet.form["sites"])),
        shown=max(SHOWN, len(sheet.form["sites"])),
        facts=_facts(sheet, here.book, spoken),
        natures=_choices(here.book, NATURE, spoken),
        kinds=[(name, pick(kind.title.model_dump(), spoken)) for name, kind in here.book.vocabulary.kinds.items()],
        today=today().isoformat(),
        query=[(name, value) for name, value in request.args.items(multi=True) if name != "lang"],
    )
    headers = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}
    return Response(page, status=status, mimetype="text/html", headers=headers)


def _lettered(boxes: list[tuple[str, str]], filled: int) -> list[dict[str, str]]:
    """The boxes of the form, each with the letter that it has where no name is typed."""
    return [
        {"letter": letter, "name": name if number < filled and name != letter else "", "at": at}
        for number, (letter, (name, at)) in enumerate(zip(NAMES, boxes, strict=True))
    ]


def _facts(sheet: Sheet, book: Rulebook, spoken: str) -> list[dict[str, Any]]:
    """The facts that the form asks: those given already, and those that the answers of any site wait for."""
    asked = sheet.view["asked"] if sheet.view else []
    names = [name for name in dict.fromkeys([*sheet.form["facts"], *asked]) if name in book.vocabulary.facts]
    known = book.vocabulary.facts
    return [
        {
            "name": name,
            "type": known[name].type,
            "question": pick(known[name].question.model_dump(), spoken),
            "unit": known[name].unit,
            "min": known[name].min,
            "max": known[name].max,
            "choices": _choices(book, name, spoken),
            "sent": sheet.form["facts"].get(name, ""),
        }
        for name in names
        if name not in (INDUSTRY, NATURE)
    ]


def _choices(book: Rulebook, fact: str, spoken: str) -> list[tuple[str, str]]:
    return [(value, pick(text.model_dump(), spoken)) for value, text in book.vocabulary.facts[fact].choices.items()]
