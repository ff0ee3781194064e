"""What every answer carries so that a browser runs nothing but our own files."""

from flask import Flask, Response, abort, request

POLICY = "; ".join(
    f"{name} {allowed}"
    for name, allowed in {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }.items()
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # a kept screening's address holds its token
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
}


def register(app: Flask) -> None:
    """Add the headers to every answer, errors included."""

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.extend(HEADERS)  # none of them is ever there before
        vary(response, "Accept-Language")
        return response

    @app.before_request
    def refuse_other_sites() -> None:
        """A page of another site may not make a reader's browser write here."""
        if request.method == "POST" and request.headers.get("Sec-Fetch-Site") == "cross-site":
            abort(403)


def vary(response: Response, name: str) -> None:
    """Say that an answer hangs on a header of the request; cheaper than to read and write the whole set each time."""
    said = response.headers.get("Vary")
    response.headers["Vary"] = name if not said else f"{said}, {name}"
