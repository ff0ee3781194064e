"""The page that compares a kept question on two days; no script needed."""

from flask import Blueprint, Response, render_template, request

from geo.deployment import Question
from geo.errors import BodyInvalid
from geo.export.comparison import present_comparison
from geo.ledger import Kept
from geo.site.model import collection
from geo.texts import pick
from webmap import language
from webmap.errors import page_context
from webmap.pages import deployment

bp = Blueprint("comparison", __name__)


@bp.get("/compare")
def show() -> Response:
    """The question kept under `token`, asked of today's layers and book on its own day and on the day `compare`."""
    here, spoken = deployment(), language.of(request)
    token, other_day = request.args.get("token", ""), request.args.get("compare", "")
    if not other_day:
        raise BodyInvalid(reason="compare: required")
    compared = here.compare(question_of(here.ledger.find_by_token(token)), other_day)
    page = render_template(
        "compare.html",
        **page_context(spoken),
        region_title=pick(here.recipe["title"], spoken),
        view=present_comparison(compared, here.book, spoken),
        token=token,
        other_day=other_day,
    )
    return Response(
        page, mimetype="text/html", headers={"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}
    )


def question_of(kept: Kept) -> Question:
    """The question of a kept answer."""
    site, project = kept.request["site"], kept.request["project"]
    return Question(
        site=collection(site["parts"]),
        accuracy_m=site["accuracy_m"],
        width_m=site["width_m"],
        industry=project["industry"],
        kind=project.get("kind"),
        nature=project["nature"],
        facts=project["facts"],
        day=kept.request["day"],
    )
