"""The page that compares a kept question on two days; no script needed. The page's script gets the changes alone."""

from flask import Blueprint, Response, render_template, request

from geo.errors import BodyInvalid
from geo.export.comparison import present_comparison
from geo.texts import pick
from webmap import language
from webmap.errors import page_context, wants_problem
from webmap.pages import deployment

bp = Blueprint("comparison", __name__)


@bp.get("/compare")
def show() -> Response:
    """The question kept under `token`, asked of today's layers and book on its own day and on the day `compare`."""
    here, spoken = deployment(), language.of(request)
    token, other_day = request.args.get("token", ""), request.args.get("compare", "")
    if not other_day:
        raise BodyInvalid(reason="compare: required")
    compared = here.compare_kept(here.ledger.find_by_token(token), other_day)
    page = render_template(
        "changes.html" if wants_problem() else "compare.html",
        **page_context(spoken),
        region_title=pick(here.recipe["title"], spoken),
        view=present_comparison(compared, here.book, spoken),
        token=token,
        other_day=other_day,
    )
    return Response(
        page, mimetype="text/html", headers={"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}
    )
