"""Which reader takes a file: by its name, and by its first bytes where the name says nothing or says too much."""

from importlib import import_module
from pathlib import Path

from geo.errors import SiteFileUnknown
from geo.site.contents import Contents, Limits, Wanted

# The module of `geo.site.readers` that reads files of an ending.
READERS = {
    ".geojson": "vector",
    ".json": "vector",
    ".gpkg": "vector",
    ".shp": "vector",
    ".gdb": "vector",
    ".wkt": "plain",
    ".wkb": "plain",
    ".ewkb": "plain",
    ".kml": "kml",
    ".kmz": "kml",
    ".ovkml": "kml",
    ".ovkmz": "kml",
    ".gpx": "gpx",
    ".dxf": "dxf",
    ".csv": "corners",
    ".xlsx": "corners",
    ".xls": "corners",
    ".txt": "approval",
    ".zip": "bundle",
}


def read(path: Path, name: str, wanted: Wanted, limits: Limits) -> Contents:
    """Read a file of sites, in this process.

    Parameters
    ----------
    name : as its sender called it; `path` may be called otherwise

    Raises
    ------
    SiteError, SiteTooLarge
        Naming what is wrong with it.
    """
    reader = READERS.get(Path(name).suffix.lower())
    if reader is None:
        raise SiteFileUnknown(name=name, formats=", ".join(READERS))
    limits.hold("bytes", path.stat().st_size)
    contents: Contents = import_module(f"geo.site.readers.{reader}").read(path, wanted, limits)
    return contents
