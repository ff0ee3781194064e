"""fenqu: whether a project may stand on a piece of land, and why. The public names of the engine."""

from geo.day import read_day
from geo.layers.store import LayerStore, Snapshot, open_store
from geo.project import Project, read_project
from geo.rules.load import Rulebook, load_rulebook
from geo.screening import Screening, screen_site
from geo.settings import Settings
from geo.site import Site, read_site

__all__ = [
    "LayerStore",
    "Project",
    "Rulebook",
    "Screening",
    "Settings",
    "Site",
    "Snapshot",
    "load_rulebook",
    "open_store",
    "read_day",
    "read_project",
    "read_site",
    "screen_site",
]
