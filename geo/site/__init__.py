"""The site: one or several parts on the ground, in EPSG:4490, with what was said of them."""

from geo.site.model import Notice, Part, Site
from geo.site.text import read_site

__all__ = ["Notice", "Part", "Site", "read_site"]
