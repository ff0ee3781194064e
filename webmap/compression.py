"""Text packed with gzip on its way out, where the reader's browser takes it; what has a tag is packed once and kept."""

import gzip
from threading import Lock

from flask import Flask, Response, request

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
EFFORT = 6
MOST_KEPT = 256


def register(app: Flask) -> None:
    """Pack what the routes answer; a page that must not be kept by anyone goes unpacked."""
    shelf = _Shelf()

    @app.after_request
    def pack(response: Response) -> Response:
        if not _may_be_packed(response):
            return response
        response.vary.add("Accept-Encoding")
        if request.accept_encodings["gzip"] <= 0.0:
            return response
        response.direct_passthrough = False
        body, (tag, _) = response.get_data(), response.get_etag()
        if len(body) < LEAST_BYTES:
            return response
        response.set_data(shelf.packed(f"{request.path} {tag}", body) if tag else gzip.compress(body, EFFORT))
        response.headers["Content-Encoding"] = "gzip"
        if tag:
            response.set_etag(tag, weak=True)  # the same content in other bytes
        return response


def _may_be_packed(response: Response) -> bool:
    """Whether an answer is a whole text without a secret: beside what was sent, its length could give one away."""
    return (
        request.method == "GET"
        and response.status_code == 200
        and response.mimetype in PACKED
        and "Content-Encoding" not in response.headers
        and not response.cache_control.no_store
    )


class _Shelf:
    """Packed bytes by name, the oldest given up first."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}
        self._lock = Lock()

    def packed(self, name: str, body: bytes) -> bytes:
        """The body packed: as kept under this name, or now."""
        found = self._kept.get(name)
        if found is None:
            found = gzip.compress(body, EFFORT)
            with self._lock:
                self._kept[name] = found
                for oldest in list(self._kept)[:-MOST_KEPT]:
                    del self._kept[oldest]
        return found
