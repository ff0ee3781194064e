"""An engine error as a status: problem+json (RFC 9457) for programs, a page for people, with a stable code."""

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import orjson
from flask import Flask, Response, current_app, render_template, request
from werkzeug.exceptions import HTTPException

from geo.errors import (
    BodyInvalid,
    DataError,
    FenquError,
    InputError,
    LayerNotPublished,
    LayerUnknown,
    LimitError,
    MapPartUnknown,
    PiecesGone,
    RuleUnknown,
    ScreeningUnknown,
    SiteTooLarge,
    Term,
    ZoneUnknown,
)
from geo.texts import reviewed, say
from webmap import language

log = logging.getLogger("fenqu.web")
_STATUSES: tuple[tuple[type[FenquError], int], ...] = (
    (BodyInvalid, 400),
    (LayerUnknown, 404),
    (MapPartUnknown, 404),
    (RuleUnknown, 404),
    (ScreeningUnknown, 404),
    (ZoneUnknown, 404),
    (PiecesGone, 410),
    (LayerNotPublished, 403),
    (InputError, 422),
    (SiteTooLarge, 413),
    (LimitError, 503),
    (DataError, 500),
)
WANTS_PROBLEM = ("/api/", "/healthz", "/map/")


def status_of(error: FenquError) -> int:
    """The HTTP status of an engine error."""
    return next(status for kind, status in _STATUSES if isinstance(error, kind))


def register(app: Flask) -> None:
    """Turn every error into an answer in the reader's language; nothing of the inside shows."""

    @app.errorhandler(FenquError)
    def engine_error(error: FenquError) -> Response:
        return refusal(error)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        status, spoken = error.code or 500, language.of(request)
        if status == 413 and (file := _file_too_large()):
            return refusal(file)
        known = f"error.http_{status}" if status in (400, 403, 404, 405, 413, 415) else "error.internal"
        code = "http_error" if status < 500 else "internal"
        response = _answer(status, f"{code}_{status}", say(known, spoken), spoken)
        if status == 405 and error.get_headers():
            response.headers["Allow"] = dict(error.get_headers()).get("Allow", "")
        return response

    @app.errorhandler(Exception)
    def unforeseen(error: Exception) -> Response:
        log.exception("unforeseen error", exc_info=error)
        spoken = language.of(request)
        return _answer(500, "internal", say("error.internal", spoken), spoken)


def _file_too_large() -> SiteTooLarge | None:
    """The error of a request at a door for files that is larger than the largest file; None of any other."""
    settings = current_app.extensions["fenqu"].settings
    count, most = request.content_length or 0, settings.site_file_bytes
    if (request.max_content_length or 0) <= settings.body_bytes or count <= most:
        return None
    return SiteTooLarge(what=Term("limit.bytes"), count=count, most=most)


def refusal(error: FenquError, **extension: Any) -> Response:
    """An engine error as an answer; extension members are for programs alone."""
    status = status_of(error)
    if status >= 500:
        log.error("%s: %s", error.code, error)
    spoken = language.of(request)
    detail = say("error.internal", spoken) if isinstance(error, DataError) else error.text(spoken)
    return _answer(status, error.code, detail, spoken, extension)


def wants_problem() -> bool:
    """Whether the sender is a program: of the API, or the page's own script."""
    data = request.path.startswith(WANTS_PROBLEM) or request.path.endswith((".json", ".geojson", ".gpkg"))
    return data or "X-Fenqu-Fragment" in request.headers


def _answer(
    status: int, code: str, detail: str, spoken: str, extension: Mapping[str, Any] = MappingProxyType({})
) -> Response:
    title = say("error.title", spoken)
    if not wants_problem():
        page = render_template(
            "error.html", **page_context(spoken), status=status, code=code, title=title, detail=detail
        )
        return Response(page, status=status, mimetype="text/html")
    problem: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        **extension,
    }
    return Response(orjson.dumps(problem), status=status, mimetype="application/problem+json")


def page_context(spoken: str) -> dict[str, Any]:
    """What every page's frame is rendered with."""
    here = current_app.extensions["fenqu"]
    unreviewed = None if reviewed(spoken, here.book.reviewed) else say("answer.translated", spoken)
    return {"lang": spoken, "languages": language.NAMES, "t": language.speaker(spoken), "translation": unreviewed}
