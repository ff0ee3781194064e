"""The page of statistics: areas by layer, class and county, beside the published figures; no script needed."""

from functools import lru_cache

from flask import Blueprint, Response, render_template, request

from geo.day import today
from geo.deployment import Deployment
from geo.export.statistics import present_statistics
from geo.published import Published, read_published
from geo.settings import Settings
from geo.stats import Statistics, measure
from geo.texts import pick
from webmap import language
from webmap.errors import page_context
from webmap.pages import deployment

bp = Blueprint("statistics", __name__)


@bp.get("/stats")
def show() -> Response:
    """The page, of the releases that are current now."""
    here, spoken = deployment(), language.of(request)
    view = present_statistics(statistics(here), here.book.catalogue, spoken)
    page = render_template(
        "stats.html", **page_context(spoken), region_title=pick(here.recipe["title"], spoken), view=view
    )
    return Response(page, mimetype="text/html", headers={"Cache-Control": "no-cache"})


def statistics(here: Deployment) -> Statistics:
    """The statistics of a deployment today."""
    return measure(here.store.snapshot(), _published(here.settings), here.settings.audience, today())


@lru_cache(maxsize=4)
def _published(settings: Settings) -> tuple[Published, ...]:
    """The published figures, read once like the rule book."""
    return read_published(settings)
