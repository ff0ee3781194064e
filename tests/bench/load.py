"""Load on a server: what it answers in a second over several connections that stay open, each in a thread."""

import http.client
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle

from flask import Flask, Response, jsonify
from werkzeug.middleware.dispatcher import DispatcherMiddleware

TRIVIAL = "/trivial/ok"


@dataclass(frozen=True)
class Asked:
    """One request, as it is sent."""

    method: str
    address: str
    body: bytes | None = None


def create_both() -> DispatcherMiddleware:
    """The service, and beside it in the same worker a Flask application that answers `{"ok": true}`."""
    from webmap import create_app

    trivial = Flask("trivial")

    @trivial.get("/ok")
    def ok() -> Response:
        return jsonify(ok=True)

    return DispatcherMiddleware(create_app(), {"/trivial": trivial})


def per_second(port: int, asked: Sequence[Asked], connections: int, seconds: float) -> float:
    """Answers in a second; each connection sends the next request when it has the answer to the one before."""
    began = time.monotonic()

    def send(number: int) -> int:
        done, connection = 0, http.client.HTTPConnection("127.0.0.1", port, timeout=60.0)
        for one in cycle(asked[number::connections] or asked):
            if time.monotonic() >= began + seconds:
                break
            headers = {"Content-Type": "application/json"} if one.body else {}
            connection.request(one.method, one.address, one.body, headers)
            answer = connection.getresponse()
            data = answer.read()
            if answer.status not in (200, 201):
                raise RuntimeError(f"{one.address}: {answer.status} {data[:200]!r}")
            done += 1
        connection.close()
        return done

    with ThreadPoolExecutor(connections) as threads:
        return sum(threads.map(send, range(connections))) / (time.monotonic() - began)
