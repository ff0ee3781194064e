"""The web service, thin: pages for people, an API for programs, both drawn from the same record."""

from typing import Any

from flask import Flask

from geo.deployment import Deployment
from geo.settings import Settings
from geo.site.chamber import LONGEST_WAIT_S, sweep
from webmap import (
    alternatives,
    api,
    assets,
    comparison,
    compression,
    errors,
    layers,
    maps,
    pages,
    reports,
    rules,
    search,
    security,
    statistics,
    zones,
)

MOST_FORM_PARTS = 200
FIRST_FILES = ("/assets/fonts.css", "/assets/geoman/leaflet-geoman.min.js", "/assets/leaflet/leaflet.js")


def create_app(settings: Settings | None = None) -> Flask:
    """Make the WSGI application of a deployment; granian calls this without arguments, for a worker that is warm."""
    served = settings is None
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
    sweep(2.0 * (settings.site_file_seconds + LONGEST_WAIT_S))
    for part in (pages, layers, reports, statistics, rules, comparison, alternatives, zones, search, api, assets):
        app.register_blueprint(part.bp)
    errors.register(app)
    security.register(app)
    compression.register(app)
    if served:
        _warm(app)
    return app


def _warm(app: Flask) -> None:
    """Make what every first view loads, so that the first visitor of a worker does not wait for it."""
    client, here = app.test_client(), app.extensions["fenqu"]
    here.warm()  # before any question comes: beside one, it would delay that by more than its own time
    layers = [layer.entry.kind for layer in maps.shown_layers(here.store.snapshot().layers) if layer.entry.shown_first]
    first = ["/", "/map.js", *FIRST_FILES, *(f"/map/layers/{kind}.geojson?level=0" for kind in layers)]
    for address in first:
        client.get(address, headers={"Accept-Encoding": "br"}, buffered=True)
