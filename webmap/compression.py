"""Text packed on its way out as the reader's browser takes it; a file with a tag is packed once, better, and kept."""

import gzip
from collections.abc import Callable
from functools import partial
from threading import Lock

import brotli
from flask import Flask, Response, g, request

from webmap.security import vary

PACKED = {
    "text/html",
    "text/css",
    "text/javascript",
    "application/javascript",
    "application/json",
    "application/geo+json",
    "application/vnd.mapbox-vector-tile",
    "image/svg+xml",
}
LEAST_BYTES = 1_000  # what is smaller goes as it is
PACKERS: dict[str, Callable[[bytes], bytes]] = {  # the best first
    "br": partial(brotli.compress, quality=9),
    "gzip": partial(gzip.compress, compresslevel=6),
}
AT_ONCE = "gzip"  # for what is packed anew each time
MOST_KEPT = 256
ANEW = "answered_anew"  # in `flask.g`, of an answer that has a tag and is hardly ever asked for again


def register(app: Flask) -> None:
    """Pack what the routes answer; a page that must not be kept by anyone goes unpacked."""
    shelf = _Shelf()

    @app.after_request
    def pack(response: Response) -> Response:
        if not _may_be_packed(response):
            return response
        vary(response, "Accept-Encoding")
        tag = None if ANEW in g else response.get_etag()[0]
        ways = PACKERS if tag else (AT_ONCE,)
        way = next((way for way in ways if request.accept_encodings[way] > 0.0), None)
        response.direct_passthrough = False
        body = response.get_data()
        if way is None or len(body) < LEAST_BYTES:
            return response
        response.set_data(shelf.packed(f"{request.path} {tag}", way, body) if tag else PACKERS[way](body))
        response.headers["Content-Encoding"] = way
        if known := response.get_etag()[0]:
            response.set_etag(known, weak=True)  # the same content in other bytes
        return response


def _may_be_packed(response: Response) -> bool:
    """Whether an answer is a whole text without a secret: beside what was sent, its length could give one away."""
    return (
        request.method == "GET"
        and response.status_code == 200
        and response.mimetype in PACKED
        and "Content-Encoding" not in response.headers
        and "no-store" not in response.headers.get("Cache-Control", "")
    )


class _Shelf:
    """Packed bytes by name, the oldest given up first."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}
        self._lock = Lock()

    def packed(self, name: str, way: str, body: bytes) -> bytes:
        """The body packed in one way: as kept under this name, or now."""
        found = self._kept.get((name, way))
        if found is None:
            found = PACKERS[way](body)
            with self._lock:
                self._kept[name, way] = found
                for oldest in list(self._kept)[:-MOST_KEPT]:
                    del self._kept[oldest]
        return found
