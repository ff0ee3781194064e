"""Shapefile, GeoPackage, file geodatabase and GeoJSON as contents: rows become pieces, in the file's own numbers."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copyfile
from stat import S_ISREG
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import orjson
import shapely
from shapely.geometry.base import BaseGeometry

import geo.importing.charset as charset
from geo.errors import Phrase, SiteCrsUnknown, SiteFileBroken, SiteFileRefused, SiteInvalid, SiteLayerWanted, Term
from geo.importing.vectorfile import (
    DRIVERS,
    Features,
    VectorBroken,
    count_of,
    has_curves,
    layers_of,
    options,
    read_features,
    size,
)
from geo.site.attributes import Said, said_of
from geo.site.contents import Claim, Contents, LayerSeen, Limits, Piece, Wanted, chosen_names, shortened, shown_names
from geo.site.declared import claim_of_crs
from geo.site.model import AREAS, LINES, POINTS
from geo.site.notice import Notice

_FORMATS = {".shp": "shapefile", ".gpkg": "geopackage", ".gdb": "geodatabase"}  # GeoJSON otherwise
_COMPANIONS = (".shx", ".dbf", ".cpg")  # that the reader of Shapefiles is given
_PRJ_BYTES = 10_000  # read of a .prj at most
_AT_ONCE = 500  # rows read before their vertices are counted
_ARC_STEP = "0.5"  # degrees of an arc in one straight piece: it is off by less than a hundred-thousandth of the radius
_WORDS = (("areas", ("polygon", "surface")), ("lines", ("line", "curve")), ("points", ("point",)))
_KINDS = {"points": POINTS, "lines": LINES, "areas": AREAS}
_SURFACES = ("tin", "triangle", "polyhedral")


@dataclass(frozen=True, slots=True)
class _Layer:
    """One layer as it was read."""

    seen: LayerSeen
    pieces: tuple[Piece, ...]
    claim: Claim
    notices: tuple[Notice, ...]


Hold = Callable[[str, int], None]


def read(path: Path, wanted: Wanted, limits: Limits) -> Contents:
    """Read a file of features; layers that state different CRSs are not read together.

    Raises
    ------
    SiteError, SiteTooLarge
        Naming what is wrong with it.
    """
    if wanted.encoding and charset.named(wanted.encoding) is None:
        raise SiteFileBroken(name=path.name, reason=Term("cause.encoding_unknown"))
    try:
        with options(OGR_ARC_STEPSIZE=_ARC_STEP, SHAPE_RESTORE_SHX="YES"):
            limits.hold("bytes", size(path))
            layers = _read_layers(path, wanted, limits)
    except VectorBroken as error:
        reason = error.reason if isinstance(error.reason, Term) else Term("cause.file_damaged")
        raise SiteFileBroken(name=path.name, reason=reason) from error
    taken = [layer for layer in layers if layer.seen.taken]
    claims = [layer.claim for layer in taken if layer.pieces] or [layer.claim for layer in taken]
    if not agree(claims):
        raise SiteLayerWanted(name=path.name, layers=", ".join(layer.seen.name for layer in layers))
    return Contents(
        format=f"format.{_FORMATS.get(path.suffix.lower(), 'geojson')}",
        pieces=tuple(piece for layer in taken for piece in layer.pieces),
        claim=claims[0] if claims else Claim(),
        layers=tuple(layer.seen for layer in layers if layer.seen.name),
        notices=together(notice for layer in taken for notice in layer.notices),
    )


def agree(claims: Iterable[Claim]) -> bool:
    """Whether claims come to the same, whatever they call the CRS that they all name."""
    return len({replace(claim, mark="") if claim.crs else claim for claim in claims}) <= 1


def _read_layers(path: Path, wanted: Wanted, limits: Limits) -> tuple[_Layer, ...]:
    suffix = path.suffix.lower()
    if suffix == ".shp":
        chosen_names([path.stem], wanted)
        return (_read_shapefile(path, wanted, limits),)
    if DRIVERS[suffix] == "GeoJSON":
        chosen_names([], wanted)
        return (_read_geojson(path, wanted, _held(limits, ())),)
    names = layers_of(path)
    shown, chosen = shown_names(names), chosen_names(names, wanted)
    layers: list[_Layer] = []
    for name in names:
        layer = None if name in chosen else _counted(path, name)
        if layer is None:
            features = read_features(path, name, _held(limits, layers), at_once=_AT_ONCE, close_rings=True)
            layer = _layer(features, shown[name], claim_of_crs(features.crs), wanted)
            if has_curves(path, name):
                told = Notice("curves_straightened", {"degrees": _ARC_STEP})
                layer = replace(layer, notices=(*layer.notices, told))
        seen = replace(layer.seen, name=shown[name], taken=name in chosen)
        layers.append(replace(layer, seen=seen, pieces=layer.pieces if seen.taken else ()))
    return tuple(layers)


def _held(limits: Limits, before: Iterable[_Layer]) -> Hold:
    """Hold the limits for the rows and vertices of a layer together with those of the layers before it."""
    pieces = [piece for layer in before for piece in layer.pieces]
    vertices = int(shapely.get_num_coordinates([piece.geometry for piece in pieces]).sum()) if pieces else 0
    already = {"rows": ("pieces", len(pieces)), "vertices": ("vertices", vertices)}

    def hold(what: str, count: int) -> None:
        limit, start = already[what]
        limits.hold(limit, start + count)

    return hold


def _counted(path: Path, name: str) -> _Layer | None:
    """A layer that is not wanted, by what it says of itself; None where it says no kind of geometry."""
    kind, count = count_of(path, name)
    plain = kind.lower()
    if any(word in plain for word in _SURFACES):
        return _Layer(_seen(name, {}), (), Claim(), ())
    found = next((counted for counted, words in _WORDS if any(word in plain for word in words)), None)
    return None if found is None else _Layer(_seen(name, {found: count}), (), Claim(), ())


def _seen(name: str, counts: Mapping[str, int]) -> LayerSeen:
    return LayerSeen(shortened(name), counts.get("points", 0), counts.get("lines", 0), counts.get("areas", 0))


def _read_shapefile(path: Path, wanted: Wanted, limits: Limits) -> _Layer:
    with TemporaryDirectory(prefix="fenqu-") as folder:
        place, missing = _staged(path, Path(folder), limits)
        features = read_features(place, None, _held(limits, ()), at_once=_AT_ONCE, close_rings=True)
    layer = _layer(features, shortened(path.stem), claim_of_crs(_prj(path)), wanted)
    return replace(layer, notices=(*layer.notices, *(Notice(f"shapefile_without_{part}") for part in missing)))


def _staged(path: Path, folder: Path, limits: Limits) -> tuple[Path, list[str]]:
    """A copy of a Shapefile whose parts have endings that the reader knows, and which of two parts are missing.

    Nothing is written beside the file itself: an index that is missing is made beside the copy. The copy has no .prj:
    the reader would search the whole register for one that it does not know, for seconds.
    """
    copy = folder / "site.shp"
    parts = {suffix: part for suffix in _COMPANIONS if (part := _part(path, suffix))} | {".shp": path}
    limits.hold("bytes", sum(part.lstat().st_size for part in parts.values()))
    for suffix, part in parts.items():
        copyfile(part, copy.with_suffix(suffix))
    return copy, [suffix[1:] for suffix in _COMPANIONS[:2] if not copy.with_suffix(suffix).exists()]


def _part(path: Path, suffix: str) -> Path | None:
    """The part of a Shapefile with this ending, in any case; the one of its very name, where there are two.

    Raises
    ------
    SiteFileRefused
        Where it is no ordinary file: a link, a queue.
    """
    parts = [part for part in sorted(path.parent.iterdir()) if part.suffix.lower() == suffix]
    same = [part for part in parts if part.stem.casefold() == path.stem.casefold()]
    part = next((part for part in same if part.stem == path.stem), same[0] if same else None)
    if part and not S_ISREG(part.lstat().st_mode):
        raise SiteFileRefused(name=path.name, entry=shortened(part.name), reason=Term("cause.not_a_file"))
    return part


def _prj(path: Path) -> str:
    """What the .prj of a Shapefile says; nothing where there is none."""
    part = _part(path, ".prj")
    octets = b""
    if part:
        with part.open("rb") as file:
            octets = file.read(_PRJ_BYTES)
    try:
        return octets.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return octets.decode("gb18030", "replace").strip()


def _read_geojson(path: Path, wanted: Wanted, hold: Hold) -> _Layer:
    features = read_features(path, None, hold, at_once=_AT_ONCE, close_rings=True)
    return _layer(features, "", _geojson_claim(path), wanted)


def _geojson_claim(path: Path) -> tuple[Claim, tuple[Notice, ...]]:
    """By its standard GeoJSON is in WGS-84 degrees, but for a member `crs` as before 2016 was usual."""
    try:
        decoded = orjson.loads(path.read_bytes().decode("utf-8-sig", "replace"))
    except orjson.JSONDecodeError as error:
        raise VectorBroken(Term("cause.file_damaged")) from error
    if any(one.get("crs") is not None for one in _members(decoded)):
        raise SiteCrsUnknown(crs="features[…].crs")
    if "crs" not in decoded:
        return Claim(by="format", datum="wgs84", degrees=True), ()
    return claim_of_crs(_crs_name(decoded["crs"]))


def _members(decoded: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every feature and geometry within GeoJSON, however deep in collections."""
    left: list[Any] = [decoded]
    while left:
        one = left.pop()
        held = [one.get("geometry")]
        for name in ("features", "geometries"):
            held += several if isinstance(several := one.get(name), list) else []
        inner = [member for member in held if isinstance(member, Mapping)]
        yield from inner
        left += inner


def _crs_name(member: Any) -> str | None:
    """The name in a member `crs`; None where it is null, which says that nobody knows."""
    if member is None:
        return None
    properties = member.get("properties") if isinstance(member, Mapping) else None
    said = properties if isinstance(properties, Mapping) else {}
    return str(said.get("name") or said.get("code") or said.get("href") or member)


def _layer(features: Features, name: str, claim: tuple[Claim, tuple[Notice, ...]], wanted: Wanted) -> _Layer:
    """The pieces of one layer, with what was done to it."""
    broken = [row for row in features.unreadable if row not in features.surfaces]
    if broken:
        rows = ", ".join(map(str, broken[:5]))
        raise SiteInvalid(reason=Phrase("cause.objects_unreadable", layer=name or "–", rows=rows))
    if not np.isfinite(shapely.get_coordinates(features.geometries)).all():
        raise SiteInvalid(reason=Term("cause.not_finite"))
    said, notices = _texts(features, wanted.encoding)
    pieces = tuple(_pieces(features.geometries, said, name))
    kinds = [piece.geometry.geom_type for piece in pieces]
    seen = _seen(name, {counted: sum(kind in group for kind in kinds) for counted, group in _KINDS.items()})
    empty = sum(shape is None or shape.is_empty for shape in features.geometries) - len(features.surfaces)
    counted = {
        "surfaces_left_out": len(features.surfaces),
        "geometry_missing": empty,
        "rings_closed": len(features.closed),
    }
    notices += [Notice(code, {"count": str(count)}) for code, count in counted.items() if count]
    if features.dimensions:
        notices.append(Notice("heights_dropped"))
    return _Layer(seen, pieces, claim[0], (*claim[1], *notices))


def _pieces(geometries: Iterable[BaseGeometry | None], said: tuple[Said, ...], layer: str) -> Iterator[Piece]:
    for geometry, one in zip(geometries, said, strict=True):
        for part in simple_parts(geometry):
            yield Piece(part, one.name, one.role, layer, one.address)


def simple_parts(geometry: BaseGeometry | None) -> list[BaseGeometry]:
    """A geometry, or the members of a collection of several kinds, one by one; nothing of one that is empty."""
    if geometry is None or geometry.is_empty:
        return []
    if geometry.geom_type != "GeometryCollection":
        return [geometry]
    return [part for inner in shapely.get_parts(geometry) for part in simple_parts(inner)]


def _texts(features: Features, encoding: str | None) -> tuple[tuple[Said, ...], list[Notice]]:
    """What the attributes say of each row, and which encoding was taken where that was not as the file declares."""
    count = len(features.geometries)
    if not features.octets:
        return said_of(features.columns, count), []
    sent = charset.named(encoding)
    choice = charset.choose_for(features.columns, features.widths, sent or features.encoding)
    taken = sent or choice.encoding
    columns = {
        charset.decode(header.encode(charset.OCTETS), taken, charset.HEADER_BYTES)[0]: charset.decoded(
            values, taken, features.widths.get(header, 0)
        )
        for header, values in features.columns.items()
    }
    facts = {"encoding": taken, "sample": shortened(choice.sample)}
    notices = []
    if choice.texts and not sent and features.encoding is None:
        notices.append(Notice("encoding_assumed", facts))
    elif choice.texts and not sent and features.encoding != taken:
        notices.append(Notice("encoding_overruled", {**facts, "declared": str(features.encoding)}))
    return said_of(columns, count, taken), notices


def together(notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """Each notice once; those that count, with the sum."""
    found: dict[Any, Notice] = {}
    for notice in notices:
        key = (notice.code, *((name, said) for name, said in notice.parameters.items() if name != "count"))
        before = found.get(key)
        if before and "count" in before.parameters:
            total = int(before.parameters["count"]) + int(notice.parameters["count"])
            notice = Notice(notice.code, {**notice.parameters, "count": str(total)})
        found[key] = notice
    return tuple(found.values())
