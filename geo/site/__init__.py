"""The site: one or several parts on the ground, in EPSG:4490, with what was said of them.

A name is imported when it is first used: the process that reads one file of sites needs none of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.site.model import Notice, Part, Site
    from geo.site.text import read_site

__all__ = ["Notice", "Part", "Site", "read_site"]
_HOMES = {
    "Notice": "geo.site.model",
    "Part": "geo.site.model",
    "Site": "geo.site.model",
    "read_site": "geo.site.text",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(_HOMES[name]), name)
