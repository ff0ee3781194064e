"""fenqu: whether a project may stand on a piece of land, and why. The public names of the engine.

A name is imported when it is first used: the process that reads one file of sites needs few of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
_MODULES = {
    "day": ("read_day",),
    "layers.store": ("LayerStore", "Snapshot", "open_store"),
    "project": ("Project", "read_project"),
    "rules.load": ("Rulebook", "load_rulebook"),
    "screening": ("Screening", "screen_site"),
    "settings": ("Settings",),
    "site": ("Site", "read_site"),
}
_HOMES = {name: f"geo.{module}" for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(_HOMES[name]), name)
