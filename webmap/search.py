"""Searching, as a page without a script and as JSON for the box on the map."""

from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, render_template, request

from geo.day import today
from geo.deployment import Deployment
from geo.errors import BodyInvalid
from geo.export.search import ZONE, present_found
from geo.layers.catalogue import COUNTY
from geo.report import View
from geo.search import LONGEST_QUERY, search
from geo.texts import pick
from webmap import language
from webmap.errors import page_context
from webmap.pages import deployment
from webmap.zones import counties_of

bp = Blueprint("search", __name__)


@bp.get("/search")
def show() -> Response:
    """What a query means, as a list of links."""
    here, spoken = deployment(), language.of(request)
    words = {**page_context(spoken), "region_title": pick(here.recipe["title"], spoken)}
    page = render_template("search.html", **words, view=found(here, read_query(), spoken), query=request.args.to_dict())
    return Response(page, mimetype="text/html", headers={"Cache-Control": "no-cache"})


def read_query() -> str:
    """The query in the address.

    Raises
    ------
    BodyInvalid
        Where it is longer than a query may be.
    """
    query = request.args.get("q", "")
    if len(query) > LONGEST_QUERY:
        raise BodyInvalid(reason=f"q: {len(query)} > {LONGEST_QUERY}")
    return query


def found(here: Deployment, query: str, spoken: str) -> View:
    """What a query means, each result with the addresses that lead on from it."""
    snapshot = here.store.snapshot()
    view = present_found(
        search(snapshot, query, today(), here.settings),
        here.book.catalogue,
        counties_of(snapshot.layers.get(COUNTY)),
        spoken,
    )
    return {**view, "results": [{**result, **_links(result, spoken)} for result in view["results"]]}


def _links(result: dict[str, Any], spoken: str) -> dict[str, str]:
    if result["kind"] == ZONE:
        return {"url": f"/zones/{result['layer']}/{quote(result['zone'])}?lang={spoken}"}
    asked = urlencode({"at": result["at"], "lang": spoken})
    return {"url": f"/zones?{asked}", "screen_url": f"/?{asked}"}
