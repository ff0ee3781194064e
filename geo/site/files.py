"""Which reader takes a file: by its name and by its first bytes, which must agree or leave no doubt."""

import shutil
import stat
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from geo.errors import FenquError, SiteFileBroken, SiteFileForeign, SiteFileRefused, SiteFileUnknown, Term
from geo.site.contents import LONGEST_NAME, Contents, Limits, Wanted, shortened
from geo.site.notice import Notice
from geo.site.signature import REFERENCES, recognise

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
_ALIKE = {  # endings under which the same bytes go
    ".geojson": {".geojson", ".json"},
    ".kml": {".kml", ".ovkml"},
    ".zip": {".zip", ".kmz", ".ovkmz"},
    ".wkt": {".wkt", ".wkb", ".ewkb", ".csv"},  # a table may begin with a column of WKT
    ".wkb": {".wkt", ".wkb", ".ewkb", ".csv"},
}
_UNMISTAKABLE = {".gpkg", ".shp", ".kmz", ".kml", ".gpx", ".xlsx", ".zip", ".dxf"}  # by their first bytes; many a
# table of plain text is called .xls


def read(path: Path, name: str, wanted: Wanted, limits: Limits) -> Contents:
    """Read a file of sites, in this process; where it goes by another ending, from a copy that is removed.

    Parameters
    ----------
    name : as its sender called it; `path` may be called otherwise

    Raises
    ------
    SiteError, SiteTooLarge
        Naming what is wrong with it.
    """
    hold_file(path, name, limits)
    ending, doubted = _taken(path, name)
    if path.suffix.lower() == ending:
        contents = _read(path, ending, wanted, limits)
    else:
        with TemporaryDirectory(prefix="fenqu-") as folder:
            copy = Path(shutil.copyfile(path, Path(folder) / f"site{ending}"))
            try:
                contents = _read(copy, ending, wanted, limits)
            except FenquError as error:
                if error.parameters.get("name") == copy.name:
                    error.parameters["name"] = shown(name)
                raise
    if not doubted:
        return contents
    notice = Notice("taken_as", {"name": shown(name), "kind": ending.removeprefix(".").upper()})
    return replace(contents, notices=(notice, *contents.notices))


def _read(path: Path, ending: str, wanted: Wanted, limits: Limits) -> Contents:
    contents: Contents = import_module(f"geo.site.readers.{READERS[ending]}").read(path, wanted, limits)
    return contents


def hold_file(path: Path, name: str, limits: Limits) -> None:
    """Refuse what is no ordinary file, without opening it; a geodatabase is a folder of such files.

    Raises
    ------
    SiteFileRefused, SiteFileBroken, SiteTooLarge
        Where it is a link, a device, a queue or another folder; where it is not there or empty; where it is too large.
    """
    try:
        state = path.lstat()
        folder = stat.S_ISDIR(state.st_mode) and path.suffix.lower() == ".gdb"
        found = [one.lstat() for one in path.iterdir()] if folder else [state]
    except (OSError, ValueError) as error:
        raise SiteFileBroken(name=shown(name), reason=Term("cause.not_a_file")) from error
    if not all(stat.S_ISREG(one.st_mode) for one in found):
        raise SiteFileRefused(name=shown(name), entry=shown(name), reason=Term("cause.not_a_file"))
    limits.hold("entries", len(found))
    limits.hold("bytes", sum(one.st_size for one in found))
    if not any(one.st_size for one in found):
        raise SiteFileBroken(name=shown(name), reason=Term("cause.file_empty"))


def shown(name: str) -> str:
    """A file's name as it is shown: without a folder, printable, not too long, with its ending."""
    plain = "".join(sign if sign.isprintable() else " " for sign in name.replace("\\", "/").rpartition("/")[2])
    if len(plain) <= LONGEST_NAME:
        return shortened(plain) or "–"
    return f"{plain[: LONGEST_NAME - 20]}…{plain[-19:]}"


def _taken(path: Path, name: str) -> tuple[str, bool]:
    """The ending that a file is read by, and whether its name says another."""
    named = Path(shown(name)).suffix.lower()
    if named == ".gdb" and path.is_dir():
        return named, False
    what = recognise(path)
    if what == REFERENCES:
        raise SiteFileRefused(name=shown(name), entry=shown(name), reason=Term("cause.references"))
    if what and what not in READERS:
        raise SiteFileForeign(name=shown(name), what=Term(f"foreign.{what}"), advice=Term(f"advice.{what}"))
    if named in _ALIKE.get(what, {what or named}) and named in READERS:
        if not what and named in _UNMISTAKABLE:
            raise SiteFileBroken(name=shown(name), reason=Term("cause.not_what_named"))
        return named, False
    if not what:
        raise SiteFileUnknown(name=shown(name), formats=", ".join(READERS))
    return ".kmz" if what == ".zip" and named == ".kml" else what, True
