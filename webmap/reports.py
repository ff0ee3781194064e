"""The formal report of a kept screening: a page, and files to take along."""

from threading import BoundedSemaphore

from flask import Blueprint, Response, render_template, request, url_for

from geo.dossier import Report
from geo.errors import ReportBusy
from geo.export.report_html import STYLES, report_context
from geo.issuing import MEDIA_TYPES, MOST_ADDRESS, Issued, issue, report_of
from geo.ledger import Kept
from webmap import language
from webmap.errors import page_context
from webmap.pages import deployment, private, region_title

bp = Blueprint("reports", __name__)
LONGEST_WAIT_S = 10.0  # for the turn to make a file
MOST_AT_ONCE = 1  # files made at a time in one worker: a PDF takes seconds
_making = BoundedSemaphore(MOST_AT_ONCE)


@bp.get("/assets/report.css")
def report_style() -> Response:
    """The style of a report, the same as in a file."""
    return Response(STYLES.read_bytes(), mimetype="text/css", headers={"Cache-Control": "no-cache"})


@bp.get("/screenings/<token>/report")
def report_page(token: str) -> Response:
    """The report as a page to read and print."""
    report, spoken = _report(deployment().ledger.find_by_token(token)), language.of(request)
    page = {**page_context(spoken), **region_title(spoken), **report_context(report)}
    body = render_template("report_page.html", **page, token=token, forms=tuple(MEDIA_TYPES))
    return private(Response(body, mimetype="text/html"))


@bp.get("/screenings/<token>/report.<any(html, pdf, docx):form>")
def report_file(token: str, form: str) -> Response:
    """The report as a file.

    Raises
    ------
    ReportBusy
        Where as many files are being made as may be at a time.
    """
    kept = deployment().ledger.find_by_token(token)
    made = issue(_report(kept), form) if form == "html" else _made_alone(kept, form)
    response = Response(made.data, content_type=made.media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    return private(response)


def _made_alone(kept: Kept, form: str) -> Issued:
    """A file that takes seconds, made when it is its turn."""
    if not _making.acquire(timeout=LONGEST_WAIT_S):
        raise ReportBusy(most=MOST_AT_ONCE)
    try:
        return issue(_report(kept), form)
    finally:
        _making.release()


def _report(kept: Kept) -> Report:
    address = url_for("pages.screening", token=kept.token, _external=True)
    known = address if len(address) <= MOST_ADDRESS else None
    return report_of(deployment(), kept, language.of(request), address=known)
