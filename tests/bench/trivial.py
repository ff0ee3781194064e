"""The least that a Flask application can answer, to stand beside a screening in the same run."""

from flask import Flask


def create_app() -> Flask:
    """An application that answers `ok`."""
    app = Flask(__name__)

    @app.get("/ok")
    def ok() -> str:
        return "ok"

    return app
