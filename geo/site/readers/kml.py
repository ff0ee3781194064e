"""Sites from KML and KMZ: the placemarks of the file itself, by folders; what it links to is never followed.

KML means WGS 84 (OGC 12-007r2); where a file states another datum, see `geo.site.readers.programs`.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from geo.errors import SiteFileEmpty, Term
from geo.site.contents import Contents, Limits, Wanted, shortened
from geo.site.notice import Notice
from geo.site.readers.markup import walk
from geo.site.readers.placemarks import Placemarks
from geo.site.readers.programs import Traces
from geo.site.readers.selection import Found, select
from geo.site.readers.vertices import Tally
from geo.site.unpacking import unpack_site

_DOCUMENT = "doc.kml"
_PACKED = b"PK"  # how an archive begins, and no XML
_ARCHIVES = (".zip", ".kmz", ".ovkmz", ".rar", ".7z")
_MOST_NAMES = 5  # of entries that an error shows


def read(path: Path, wanted: Wanted, limits: Limits) -> Contents:
    """Read a KML or a KMZ, told apart by their octets.

    Raises
    ------
    SiteFileBroken, SiteFileRefused, SiteFileEmpty, SiteInvalid, SiteLayerUnknown, SiteTooLarge
        Naming what is wrong with it.
    """
    tally, traces = Tally(limits), Traces()
    with path.open("rb") as file:
        packed = file.read(len(_PACKED)) == _PACKED
    if packed:
        found, told = _read_packed(path, wanted, tally, traces)
    else:
        found, told = _read_plain(path, path.name, "", wanted, tally, traces)
    notices = tuple({(one.code, *one.parameters.values()): one for one in told}.values()) + tally.notices()
    if not found and any(one.code == "network_link_not_followed" for one in notices):
        raise SiteFileEmpty(name=path.name, seen=Term("cause.network_links"))
    return select("format.kmz" if packed else "format.kml", found, wanted, traces, notices)


def _read_plain(
    path: Path, name: str, within: str, wanted: Wanted, tally: Tally, traces: Traces
) -> tuple[list[Found], tuple[Notice, ...]]:
    """Read one KML.

    Parameters
    ----------
    name : of the file that was sent, for errors
    within : the entry of the archive, where it has several
    """
    document = Placemarks(tally, traces, within)
    notices = walk(path, name, document, tally.limits, wanted.encoding)
    return document.found(), notices


def _read_packed(path: Path, wanted: Wanted, tally: Tally, traces: Traces) -> tuple[list[Found], tuple[Notice, ...]]:
    """Read every KML of a KMZ, doc.kml first; the names of several stand before their folders."""
    found: list[Found] = []
    notices: tuple[Notice, ...] = ()
    with TemporaryDirectory() as folder:
        unpack_site(path, Path(folder), tally.limits)
        entries = [one.relative_to(folder).as_posix() for one in Path(folder).rglob("*") if one.is_file()]
        documents = [one for one in entries if one.lower().endswith(".kml")]
        names = sorted(documents, key=lambda one: (one != _DOCUMENT, one))
        if not names:
            seen = shortened(", ".join(sorted(entries)[:_MOST_NAMES])) or "–"
            raise SiteFileEmpty(name=path.name, seen=seen)
        tally.tell("archive_inside", sum(one.lower().endswith(_ARCHIVES) for one in entries))
        for name in names:
            within = name[: -len(".kml")] if len(names) > 1 else ""
            more, told = _read_plain(Path(folder) / name, path.name, within, wanted, tally, traces)
            found += more
            notices += told
    return found, notices
