"""Load on a server: what it answers in a second over several connections that stay open, each in a thread."""

import http.client
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
    until = time.monotonic() + seconds
    done = [0] * connections

    def send(number: int, requests: Iterator[Asked]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for one in requests:
            if time.monotonic() >= until:
                break
            headers = {"Content-Type": "application/json"} if one.body else {}
            connection.request(one.method, one.address, one.body, headers)
            answer = connection.getresponse()
            data = answer.read()
            if answer.status not in (200, 201):
                raise SystemExit(f"{one.address}: {answer.status} {data[:200]!r}")
            done[number] += 1
        connection.close()

    def share(number: int) -> Iterator[Asked]:
        while True:
            yield from asked[number::connections] or asked

    threads = [threading.Thread(target=send, args=(number, share(number))) for number in range(connections)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.monotonic() - began)
