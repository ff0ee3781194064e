"""A zip as contents: unpacked into a folder of its own, and what it holds read by the reader of its format.

A zip with a Shapefile, a geodatabase or one other file is that file. Of several of one kind that all state the same CRS
each is a layer, and all are read together; otherwise the sender chooses. Texts and tables beside geodata only describe
it, so they are read where they are chosen, or where there is nothing else.
"""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import shapely

from geo.errors import SiteFileEmpty, SiteLayerUnknown, SiteLayerWanted
from geo.site.contents import LONGEST_LAYER, Contents, LayerSeen, Limits, Wanted, shortened, shown_names
from geo.site.files import READERS
from geo.site.files import read as read_file
from geo.site.notice import Notice
from geo.site.readers.vector import agree, together
from geo.site.unpacking import unpack_site

_NEVER = (".zip",)  # an archive in an archive is not opened
_BESIDE = (".txt", ".csv", ".xls", ".xlsx", ".json")  # what describes geodata as often as it is some
_PARTS = (".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj")  # of a Shapefile
_GEODATABASE = ".gdb"
_TABLE = re.compile(r"a[0-9a-f]{8}\.\w+|gdb|timestamps", re.IGNORECASE)  # a file of a geodatabase
_NAMED = 5  # files that a notice names


def read(path: Path, wanted: Wanted, limits: Limits) -> Contents:
    """Read what a zip holds; its files are held to the limits of unpacking, one by one and together.

    Raises
    ------
    SiteError, SiteTooLarge
        Naming what is wrong with the zip or a file in it.
    """
    with TemporaryDirectory(prefix="fenqu-") as folder:
        unpack_site(path, Path(folder), limits)
        return _read_folder(Path(folder), path.name, wanted, replace(limits, bytes=limits.unpacked_bytes))


def _read_folder(folder: Path, source: str, wanted: Wanted, limits: Limits) -> Contents:
    _name_geodatabases(folder)
    files = [path for path in sorted(folder.rglob("*")) if _is_whole(path, folder)]
    found = _labelled([path for path in files if _is_read(path)], folder)
    if not found:
        names = ", ".join(shortened(path.name) for path in files[:_NAMED])
        raise SiteFileEmpty(name=source, seen=names or "–")
    if len(found) == 1:
        (only,) = found.values()
        within = tuple(layer for layer in wanted.layers if shortened(layer) != shortened(only.name))
        contents = read_file(only, only.name, replace(wanted, layers=within), limits)
        return replace(contents, notices=(*contents.notices, *_left_out(files, [only])))
    chosen = _chosen(found, wanted.layers) if wanted.layers else _main(found)
    read = {
        label: read_file(found[label], found[label].name, Wanted(within, wanted.encoding), limits)
        for label, within in chosen.items()
    }
    if not wanted.layers and not _of_one_kind(read):
        raise SiteLayerWanted(name=source, layers=", ".join(found))
    if wanted.layers and not agree(contents.claim for contents in read.values()):
        raise SiteLayerWanted(name=source, layers=", ".join(read))
    contents = _joined(read, list(found), limits)
    return replace(contents, notices=(*contents.notices, *_left_out(files, [found[label] for label in read])))


def _name_geodatabases(folder: Path) -> None:
    """Give a geodatabase that was packed without its folder, or under another name, a folder that says what it is."""
    for table in sorted(folder.rglob("a00000001.gdbtable")):
        inside = table.parent
        if inside.suffix.lower() == _GEODATABASE:
            continue
        named = folder / f"{inside.name if inside != folder else 'data'}{_GEODATABASE}"
        if named.exists():
            continue
        if inside != folder:
            inside.rename(named)
            continue
        named.mkdir()
        for part in [part for part in folder.iterdir() if _TABLE.fullmatch(part.name)]:
            part.rename(named / part.name)


def _is_whole(path: Path, folder: Path) -> bool:
    """Whether a path is a file or a geodatabase, and no part of one, nor of what a system keeps for itself."""
    outer = path.relative_to(folder).parents
    if any(one.suffix.lower() == _GEODATABASE for one in outer) or path.name.startswith("."):
        return False
    return path.is_file() or path.suffix.lower() == _GEODATABASE


def _is_read(path: Path) -> bool:
    suffix = path.suffix.lower()
    return suffix in READERS and suffix not in _NEVER and path.is_dir() == (suffix == _GEODATABASE)


def _labelled(paths: list[Path], folder: Path) -> dict[str, Path]:
    """Files by their names, or by their way in the zip where two have the same name."""
    names = Counter(shortened(path.name) for path in paths)
    labels = {path: path.name if names[shortened(path.name)] == 1 else str(path.relative_to(folder)) for path in paths}
    shown = shown_names(labels.values())
    return {shown[label]: path for path, label in labels.items()}


def _main(found: dict[str, Path]) -> dict[str, tuple[str, ...]]:
    """The files that are read where nothing was said."""
    geodata = [label for label, path in found.items() if path.suffix.lower() not in _BESIDE]
    return dict.fromkeys(geodata or found, ())


def _chosen(found: dict[str, Path], layers: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The files that were chosen, by their names with or without ending, and the layers chosen in each."""
    chosen: dict[str, tuple[str, ...]] = {}
    for layer in (shortened(sent, LONGEST_LAYER) for sent in layers):
        labels = [
            label
            for label, path in found.items()
            if layer in (label, shortened(path.stem)) or layer.startswith(f"{label}/")
        ]
        if len(labels) != 1:
            raise SiteLayerUnknown(sent=shortened(layer), known=", ".join(found))
        inner = layer.removeprefix(labels[0]).removeprefix("/") if layer.startswith(f"{labels[0]}/") else ""
        chosen[labels[0]] = (*chosen.get(labels[0], ()), *((inner,) if inner else ()))
    return chosen


def _of_one_kind(read: dict[str, Contents]) -> bool:
    """Whether files are of one format, and all state the same of their coordinates."""
    claims = [contents.claim for contents in read.values()]
    stated = len(read) == 1 or all(claim.by != "nobody" for claim in claims)
    return stated and agree(claims) and len({contents.format for contents in read.values()}) == 1


def _joined(read: dict[str, Contents], labels: list[str], limits: Limits) -> Contents:
    """The contents of several files as one, each file a layer of its name."""
    pieces = tuple(
        replace(piece, layer=label if piece.layer in ("", Path(label).stem) else f"{label}/{piece.layer}")
        for label, contents in read.items()
        for piece in contents.pieces
    )
    limits.hold("pieces", len(pieces))
    limits.hold("vertices", sum(int(shapely.get_num_coordinates(piece.geometry)) for piece in pieces))
    first = next(iter(read.values()))
    return Contents(
        format=first.format,
        pieces=pieces,
        claim=first.claim,
        layers=tuple(seen for label in labels for seen in _seen(label, read.get(label))),
        notices=together(notice for contents in read.values() for notice in contents.notices),
    )


def _seen(label: str, contents: Contents | None) -> tuple[LayerSeen, ...]:
    """The layers of one file of a zip, under names by which they can be chosen."""
    if contents is None:
        return (LayerSeen(label, taken=False),)
    if not contents.layers:
        return (LayerSeen(label, *_counts(contents)),)
    if len(contents.layers) == 1:
        return (replace(contents.layers[0], name=label),)
    return tuple(replace(layer, name=f"{label}/{layer.name}") for layer in contents.layers)


def _counts(contents: Contents) -> tuple[int, int, int]:
    kinds = Counter(piece.geometry.geom_type.removeprefix("Multi") for piece in contents.pieces)
    return kinds["Point"], kinds["LineString"], kinds["Polygon"]


def _left_out(files: list[Path], read: list[Path]) -> tuple[Notice, ...]:
    """Which files of the zip were not read, those apart that belong to a Shapefile that was."""
    stems = {(path.parent, path.stem.casefold()) for path in read if path.suffix.lower() == ".shp"}
    rest = [
        path
        for path in files
        if path not in read and not ((path.parent, path.name.split(".")[0].casefold()) in stems and _is_part(path))
    ]
    if not rest:
        return ()
    names = ", ".join(shortened(path.name) for path in rest[:_NAMED])
    return (Notice("archive_left_out", {"count": str(len(rest)), "names": names}),)


def _is_part(path: Path) -> bool:
    return path.suffix.lower() in _PARTS or path.name.lower().endswith(".shp.xml")
