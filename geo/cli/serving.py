"""The command `serve`."""

import os

import click

from geo.cli.terminal import (
    console,
    deployment,
    main,
    telling_errors,
)

THREADS = 32  # of a worker: a slow sender holds one of these, not the service


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=5000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
@telling_errors
def serve(host: str, port: int, workers: int) -> None:
    """Serve the map, the pages and the API under granian."""
    deployment().warm()  # workers that are forks have it from here; a broken book is said before any of them starts
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    console.print(f"http://{host}:{port}")
    run(host, port, workers)


def run(host: str, port: int, workers: int, application: str = "webmap:create_app", threads: int = THREADS) -> None:
    """Serve until told to stop; the benches put an application of their own, or another number of threads, into it."""
    from granian import Granian
    from granian.constants import Interfaces

    server = Granian(
        application,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        backpressure=256,
        websockets=False,
        factory=True,
    )
    server.serve()
