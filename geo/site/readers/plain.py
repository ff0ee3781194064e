"""WKT, EWKT, WKB and EWKB files as contents: one geometry, or several one after the other."""

import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import SiteFileBroken, SiteGeometryUnsupported, SiteInvalid, SiteLayerUnknown, Term
from geo.site.contents import Claim, Contents, Limits, Piece, Wanted, shortened
from geo.site.declared import claim_of_crs
from geo.site.notice import Notice
from geo.site.readers.vector import simple_parts

_HEX = re.compile(r"(?:\\x|0x)?([0-9a-fA-F]{10,})", re.ASCII)
_SRID = re.compile(r"\s*SRID\s*=\s*(\d{1,6})\s*;", re.IGNORECASE | re.ASCII)
_BETWEEN = re.compile(r"[\s;,]*")  # what may stand between two geometries of a text
_EMPTY = re.compile(r"[A-Z ]{4,40}\bEMPTY\b", re.IGNORECASE)
_KEYWORD = re.compile(r"\s*([A-Z]{3,24})", re.IGNORECASE)
_BRACKET = re.compile(r"[()]")
_STRAIGHT_ONLY = (
    *("CIRCULARSTRING", "COMPOUNDCURVE", "CURVEPOLYGON", "MULTICURVE", "MULTISURFACE"),
    *("TIN", "TRIANGLE", "POLYHEDRALSURFACE"),
)
_POINT_BYTES = 32  # of a vertex in WKB at most
# The head of a collection in WKB of either order of bytes, with the marks of ISO and of PostGIS for Z, M and SRID.
_COLLECTIONS = (
    re.compile(rb"\x01[\x07\xef\xd7\xbf][\x00\x03\x07\x0b]\x00[\x00\x20\x40\x60\x80\xa0\xc0\xe0]"),
    re.compile(rb"\x00[\x00\x20\x40\x60\x80\xa0\xc0\xe0]\x00[\x00\x03\x07\x0b][\x07\xef\xd7\xbf]"),
)

_Read = tuple[BaseGeometry, int, bool]  # a geometry, its SRID, 0 where none is said, and whether a ring was closed


def read(path: Path, wanted: Wanted, limits: Limits) -> Contents:
    """Read the geometries of a text or of bytes.

    Raises
    ------
    SiteError, SiteTooLarge
        Naming what is wrong with it.
    """
    if wanted.layers:
        raise SiteLayerUnknown(sent=shortened(", ".join(wanted.layers)), known="–")
    octets = path.read_bytes()
    limits.hold("bytes", len(octets))
    try:
        with np.errstate(invalid="ignore", over="ignore"):  # NaN and infinity are refused below, by name
            code, found = _geometries(octets, limits)
    except NotImplementedError as error:  # what shapely says of curves
        raise SiteGeometryUnsupported(geometry_type="Curve") from error
    except (shapely.errors.ShapelyError, ValueError) as error:
        raise SiteFileBroken(name=path.name, reason=Term("cause.wkt_unreadable")) from error
    parts = [part for geometry, _, _ in found for part in simple_parts(geometry)]
    limits.hold("pieces", len(parts))
    limits.hold("vertices", int(sum(shapely.get_num_coordinates(part) for part in parts)))
    if not np.isfinite(shapely.get_coordinates(parts)).all():
        raise SiteInvalid(reason=Term("cause.not_finite"))
    claim, notices = _claim([srid for _, srid, _ in found])
    if empty := sum(geometry.is_empty for geometry, _, _ in found):
        notices.append(Notice("geometry_missing", {"count": str(empty)}))
    if closed := sum(mended for _, _, mended in found):
        notices.append(Notice("rings_closed", {"count": str(closed)}))
    if any(shapely.has_z(part) or shapely.has_m(part) for part in parts):
        notices.append(Notice("heights_dropped"))
    pieces = tuple(Piece(shapely.force_2d(part)) for part in parts)
    return Contents(f"format.{code}", pieces, claim, notices=tuple(notices))


def _claim(srids: list[int]) -> tuple[Claim, list[Notice]]:
    """What the SRIDs of a file say together; two that differ contradict each other, and so does one beside none."""
    stated = sorted(set(srids))
    if len(stated) > 1:
        said = " / ".join(f"SRID={srid}" if srid else "–" for srid in stated[:2])
        told = Notice("claims_contradict", {"said": said})
        return Claim(by="file", mark=shortened(", ".join(f"SRID={srid}" for srid in stated))), [told]
    claim, notices = claim_of_crs(f"EPSG:{stated[0]}" if stated and stated[0] else None)
    return claim, list(notices)


def _geometries(octets: bytes, limits: Limits) -> tuple[str, list[_Read]]:
    """The format and the geometries, each with its SRID."""
    if octets[:1] in (b"\x00", b"\x01"):
        return "wkb", [_of_wkb(octets, limits)]
    text = _decoded(octets)
    words = text.split(maxsplit=limits.pieces)
    if words and all(_HEX.fullmatch(word) for word in words[:2]):
        limits.hold("pieces", len(words))
        return "wkb", [_of_wkb(_unhexed(word), limits) for word in words]
    limits.hold("vertices", text.count(","))
    return "wkt", [_of_wkt(one) for one in _one_by_one(text, limits)]


def _decoded(octets: bytes) -> str:
    wide = octets.startswith((b"\xff\xfe", b"\xfe\xff"))
    return octets.decode("utf-16" if wide else "utf-8-sig")


def _unhexed(word: str) -> bytes:
    match = _HEX.fullmatch(word)
    if match is None:
        raise ValueError("no hexadecimal digits")
    return bytes.fromhex(match[1])


def _of_wkb(octets: bytes, limits: Limits) -> _Read:
    limits.hold("vertices", len(octets) // _POINT_BYTES)
    # Collections are counted, and not how deep they lie in each other, before anything walks down into them.
    limits.hold("nesting", max(len(form.findall(octets)) for form in _COLLECTIONS))
    geometry, mended = _parsed(shapely.from_wkb, octets)
    return geometry, int(shapely.get_srid(geometry)), mended


def _of_wkt(text: str) -> _Read:
    match = _SRID.match(text)
    plain = text[match.end() :] if match else text
    keyword = _KEYWORD.match(plain)
    if keyword and keyword[1].upper() in _STRAIGHT_ONLY:
        raise SiteGeometryUnsupported(geometry_type=keyword[1].upper())
    geometry, mended = _parsed(shapely.from_wkt, plain)
    return geometry, int(match[1]) if match else 0, mended


def _parsed(parse: Callable[..., Any], written: str | bytes) -> tuple[BaseGeometry, bool]:
    """A geometry, and whether its rings came open, which is mended where nothing else is wrong."""
    try:
        return parse(written), False
    except shapely.errors.GEOSException:
        with warnings.catch_warnings(action="ignore"):
            geometry = parse(written, on_invalid="fix")
        if geometry is None:
            raise
        return geometry, True


def _one_by_one(text: str, limits: Limits) -> Iterator[str]:
    """The geometries of a text, each from its first letter to its last bracket."""
    start, count = _after(text, 0), 0
    while start < len(text):
        srid = _SRID.match(text, start)
        empty = _EMPTY.match(text, srid.end() if srid else start)
        end = empty.end() if empty else _end(text, start, limits)
        count += 1
        limits.hold("pieces", count)
        yield text[start:end]
        start = _after(text, end)


def _after(text: str, start: int) -> int:
    """Where the next geometry begins."""
    match = _BETWEEN.match(text, start)
    return match.end() if match else start


def _end(text: str, start: int, limits: Limits) -> int:
    """Where the geometry that starts here has closed all its brackets."""
    depth = 0
    for bracket in _BRACKET.finditer(text, start):
        depth += 1 if bracket[0] == "(" else -1
        limits.hold("nesting", depth)
        if depth <= 0:
            return bracket.end()
    raise ValueError("a bracket is missing")
