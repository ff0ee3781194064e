"""The web service, thin: pages for people, an API for programs, both drawn from the same record."""

from typing import Any

from flask import Flask

from geo.deployment import Deployment
from geo.settings import Settings
from webmap import (
    alternatives,
    api,
    assets,
    comparison,
    compression,
    errors,
    layers,
    pages,
    reports,
    rules,
    search,
    security,
    statistics,
    zones,
)

MOST_FORM_PARTS = 200


def create_app(settings: Settings | None = None) -> Flask:
    """Make the WSGI application of a deployment; granian calls this without arguments."""
    settings = settings or Settings.from_environment()
    app = Flask(__name__)
    limits: dict[str, Any] = {
        "MAX_CONTENT_LENGTH": settings.body_bytes,
        "MAX_FORM_MEMORY_SIZE": settings.body_bytes,
        "MAX_FORM_PARTS": MOST_FORM_PARTS,
    }
    app.config.update(limits)
    app.jinja_options = {"autoescape": True, "trim_blocks": True}
    app.extensions["fenqu"] = Deployment.open(settings)
    for part in (pages, layers, reports, statistics, rules, comparison, alternatives, zones, search, api, assets):
        app.register_blueprint(part.bp)
    errors.register(app)
    security.register(app)
    compression.register(app)
    return app
