"""The command line: `fenqu`. Thin: it reads words, calls the engine, and shows what comes back."""

from geo.cli.alternatives import alternatives
from geo.cli.answering import bulk, screen, verify
from geo.cli.drawing import build, zone
from geo.cli.importing import import_layer
from geo.cli.industries import industries
from geo.cli.layers import export, layers
from geo.cli.reporting import report
from geo.cli.reviewing import note, watch
from geo.cli.rules import rules
from geo.cli.serving import serve
from geo.cli.sites import sites
from geo.cli.statistics import stats
from geo.cli.terminal import main

__all__ = [
    "alternatives",
    "build",
    "bulk",
    "export",
    "import_layer",
    "industries",
    "layers",
    "main",
    "note",
    "report",
    "rules",
    "screen",
    "serve",
    "sites",
    "stats",
    "verify",
    "watch",
    "zone",
]
