"""The rule book on pages: a list with filters, and one page for each rule; no script needed."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from werkzeug.datastructures import MultiDict

from geo.day import read_day
from geo.deployment import Deployment
from geo.errors import BodyInvalid, LayerUnknown, RuleUnknown
from geo.example import Example, example_of
from geo.export.rulebook import LEVELS, Wanted, present_rule, present_rules
from geo.layers.catalogue import COUNTY
from geo.layers.store import Layer
from geo.rules.model import EFFECTS, Rule
from geo.texts import pick
from webmap import language
from webmap.errors import page_context
from webmap.form import FACT
from webmap.pages import deployment

bp = Blueprint("rules", __name__)
MOST_WORDS = 100  # characters


@bp.get("/rules")
def show_all() -> Response:
    """Every rule that the filter in the address leaves, the gravest first."""
    here, spoken = deployment(), language.of(request)
    wanted, day = read_wanted(request.args, here), read_day(request.args.get("day"))
    return _page("rules.html", here, spoken, view=present_rules(here.book, wanted, day, spoken), wanted=wanted)


@bp.get("/rules/<rule>")
def show(rule: str) -> Response:
    """One rule, as it stands on the day in the address."""
    here, spoken = deployment(), language.of(request)
    found, day = rule_of(here, rule), read_day(request.args.get("day"))
    example = example_of(found, here.book, here.store.snapshot(), here.settings, day)
    return _page(
        "rule.html",
        here,
        spoken,
        view=present_rule(here.book, found, day, spoken, _counties(here)),
        example=example if isinstance(example, Example) else None,
        example_address=_address(example, spoken) if isinstance(example, Example) else None,
        lack=None if isinstance(example, Example) else example,
    )


def read_wanted(args: MultiDict[str, str], here: Deployment) -> Wanted:
    """The filter in an address; empty values filter nothing.

    Raises
    ------
    LayerUnknown
        Where the catalogue has no such layer.
    BodyInvalid
        Where there is no such effect or level.
    """
    asked = {name: args.get(name, "").strip() or None for name in ("layer", "effect", "level", "words")}
    if asked["layer"] is not None and asked["layer"] not in here.book.catalogue:
        raise LayerUnknown(layer=asked["layer"][:40])
    for name, known in (("effect", EFFECTS[1:]), ("level", LEVELS)):
        value = asked[name]
        if value is not None and value not in known:
            raise BodyInvalid(reason=f"{name}: {value[:20]}")
    return Wanted(asked["layer"], asked["effect"], asked["level"], asked["words"] and asked["words"][:MOST_WORDS])


def rule_of(here: Deployment, name: str) -> Rule:
    """The rule of an id.

    Raises
    ------
    RuleUnknown
        Where the book has none.
    """
    found = here.book.by_id.get(name)
    if found is None:
        raise RuleUnknown(rule=name[:60])
    return found


def _counties(here: Deployment) -> dict[str, str]:
    layer = here.store.open(COUNTY)
    return {zone.code: zone.name for zone in layer.zones if zone.code} if isinstance(layer, Layer) else {}


def _address(example: Example, spoken: str) -> str:
    """The map page with the example's place and project in its form."""
    facts = {
        f"{FACT}{name}": str(value).lower() if isinstance(value, bool) else value
        for name, value in example.facts.items()
    }
    asked: dict[str, Any] = {
        "at": example.at,
        "industry": example.industry,
        "kind": example.kind,
        "nature": example.nature,
        "day": example.day.isoformat(),
        **facts,
        "lang": spoken,
    }
    return "/?" + urlencode({name: value for name, value in asked.items() if value is not None})


def _page(template: str, here: Deployment, spoken: str, **words: Any) -> Response:
    region = {"region": here.settings.region, "region_title": pick(here.recipe["title"], spoken)}
    page = render_template(template, **page_context(spoken), **region, query=request.args.to_dict(), **words)
    return Response(page, mimetype="text/html", headers={"Cache-Control": "no-cache"})
