"""DXF drawings: what of their model space can be a site, layer by layer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import shapely
from ezdxf.document import Drawing
from shapely.geometry.base import BaseGeometry

from geo.errors import FenquError, SiteFileBroken, Term
from geo.site.contents import Contents, Limits, Piece, Wanted, chosen_names
from geo.site.notice import Notice
from geo.site.readers.dxf_aside import may_bound
from geo.site.readers.dxf_claim import claim_of
from geo.site.readers.dxf_document import open_drawing
from geo.site.readers.dxf_objects import Found, Seen, hidden_layers, look
from geo.site.readers.dxf_rings import Board, lying_inside, rings_of_segments

_MOST_NAMES = 20  # of layers or kinds in a notice


@dataclass(slots=True)
class _Choice:
    """What is taken of a drawing."""

    taken: list[Found]
    aside: list[Found] = field(default_factory=list)  # that can be seen, and was not asked for
    notices: list[Notice] = field(default_factory=list)


def read(path: Path, wanted: Wanted, limits: Limits) -> Contents:
    """Read a DXF drawing in text or binary, R12 to R2018.

    Where no layer was chosen, the areas of all layers that can be seen are taken; its lines and points only where it
    has no area, for most of a drawing is frame, grid and mark. Where lines that are left aside may be the boundary all
    the same, this is told with a notice `boundary_left_aside`. Of a chosen layer everything is taken. What refers to
    another file is not followed, and the paper space is not read.

    Raises
    ------
    SiteFileBroken, SiteInvalid, SiteLayerUnknown, SiteTooLarge
    """
    opened = open_drawing(path, wanted, limits)
    try:
        return _contents(opened.drawing, list(opened.notices), wanted, limits)
    except (FenquError, MemoryError):
        raise
    except Exception as error:  # an object that lacks what its kind has, a curve that cannot be followed
        raise SiteFileBroken(name=path.name, reason=Term("cause.dxf_object_damaged")) from error


def _contents(drawing: Drawing, notices: list[Notice], wanted: Wanted, limits: Limits) -> Contents:
    seen = look(drawing, limits)
    seen.found = rings_of_segments(seen.found)
    choice = _choose(seen.found, wanted, hidden_layers(drawing))
    limits.hold("pieces", len(choice.taken))
    board = Board()
    pieces = _draw(choice.taken, board, limits, seen)
    claim, told = claim_of(drawing)
    rings = sum(len(one.parts) > 1 for one in choice.taken)
    if rings:
        notices.append(Notice("ring_of_segments", {"count": str(rings)}))
    notices += [*told, *choice.notices, *_done(board, pieces), *_left(drawing, seen)]
    if may_bound(choice.aside, [piece.geometry for piece in pieces]):
        notices.append(Notice("boundary_left_aside"))
    layers = seen.layers({one.layer for one in choice.taken})
    return Contents("format.dxf", tuple(pieces), claim, layers, tuple(notices))


def _choose(found: Sequence[Found], wanted: Wanted, off: set[str]) -> _Choice:
    names = list(dict.fromkeys(one.layer for one in found))
    notices = []
    shown = [one for one in found if not one.hidden]
    if wanted.layers:
        chosen = chosen_names(names, wanted)
        return _Choice([one for one in shown if one.layer in chosen], notices=_hidden(found, chosen))
    visible = [one for one in shown if one.layer not in off]
    areas = [one for one in visible if one.kind == "areas"]
    taken = areas or visible
    if areas and len(visible) > len(areas):
        counts = {kind: str(sum(one.kind == kind for one in visible)) for kind in ("lines", "points")}
        notices.append(Notice("drawing_left_aside", counts))
    several = list(dict.fromkeys(one.layer for one in taken))
    if len(several) > 1:
        notices.append(Notice("layers_to_choose", {"layers": _listed(several)}))
    unseen = [name for name in names if name in off]
    if unseen:
        notices.append(Notice("layers_hidden", {"layers": _listed(unseen)}))
    left = [one for one in visible if one.kind == "lines"] if areas else []
    return _Choice(taken, left, notices + _hidden(found, set(names) - off))


def _hidden(found: Sequence[Found], layers: set[str]) -> list[Notice]:
    count = sum(one.hidden and one.layer in layers for one in found)
    return [Notice("hidden_objects_left_aside", {"count": str(count)})] if count else []


def _draw(taken: Sequence[Found], board: Board, limits: Limits, seen: Seen) -> list[Piece]:
    pieces: list[Piece] = []
    vertices = 0
    for one in taken:
        shapes = board.draw(one)
        if not shapes:
            seen.unread[one.parts[0].entity.dxftype()] += 1
        vertices += int(shapely.get_num_coordinates(shapes).sum()) if shapes else 0
        limits.hold("vertices", vertices)
        pieces += [Piece(shape, name=one.name, layer=one.layer) for shape in shapes]
        limits.hold("pieces", len(pieces))
    return pieces


def _done(board: Board, pieces: Sequence[Piece]) -> list[Notice]:
    """What was done to the pieces, and what their sender may want to look at."""
    notices = []
    if board.curves:
        parameters = {"count": str(board.curves), "tolerance": f"{board.sagitta:.3g}"}
        notices.append(Notice("curves_flattened", parameters))
    if board.high:
        notices.append(Notice("heights_dropped"))
    if board.unsettled:
        notices.append(Notice("hatch_rings_cross", {"count": str(board.unsettled)}))
    inside = sum(lying_inside(shapes) for shapes in _by_layer(pieces).values())
    if inside:
        notices.append(Notice("ring_inside_ring", {"count": str(inside)}))
    return notices


def _by_layer(pieces: Sequence[Piece]) -> dict[str, list[BaseGeometry]]:
    layers: dict[str, list[BaseGeometry]] = {}
    for piece in pieces:
        layers.setdefault(piece.layer, []).append(piece.geometry)
    return layers


def _left(drawing: Drawing, seen: Seen) -> list[Notice]:
    """What of the drawing was not read."""
    notices = []
    if seen.unread:
        kinds = _listed([f"{kind} {count}" for kind, count in seen.unread.most_common()])
        notices.append(Notice("objects_not_read", {"count": str(seen.unread.total()), "kinds": kinds}))
    if seen.references:
        notices.append(Notice("reference_not_followed", {"count": str(seen.references)}))
    sheets = [layout for layout in drawing.layouts if layout.is_any_paperspace]
    paper = sum(entity.dxftype() != "VIEWPORT" for sheet in sheets for entity in sheet)
    if paper > len(drawing.modelspace()):
        notices.append(Notice("paper_space_not_read", {"count": str(paper)}))
    return notices


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_NAMES]) + (" …" if len(names) > _MOST_NAMES else "")
