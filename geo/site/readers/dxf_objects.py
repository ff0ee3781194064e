"""What lies in the model space of a drawing, blocks taken apart: every object with its layer, unread as yet.

A block is not copied for each of its references: an object is an entity of its block and the matrix that brings it into
the model space. How much the references come to is counted before the first one is followed.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ezdxf.document import Drawing
from ezdxf.entities.arc import Arc
from ezdxf.entities.circle import Circle
from ezdxf.entities.dxfentity import DXFEntity
from ezdxf.entities.dxfgfx import DXFGraphic
from ezdxf.entities.ellipse import Ellipse
from ezdxf.entities.insert import Insert
from ezdxf.entities.line import Line
from ezdxf.entities.lwpolyline import LWPolyline
from ezdxf.entities.mtext import MText
from ezdxf.entities.point import Point
from ezdxf.entities.polygon import DXFPolygon
from ezdxf.entities.polyline import Polyline
from ezdxf.entities.solid import Face3d, Solid
from ezdxf.entities.spline import Spline
from ezdxf.entities.text import Text
from ezdxf.lldxf.encoding import decode_dxf_unicode, decode_mif_to_unicode
from ezdxf.math import Matrix44

from geo.site.contents import LayerSeen, Limits, shortened
from geo.site.readers.dxf_curves import same_point

Kind = Literal["points", "lines", "areas"]

# What draws a text, a mark or a measure; it is no ground, and no notice is given of it.
_FURNITURE = {
    *("TEXT", "MTEXT", "ATTDEF", "ATTRIB", "DIMENSION", "ARC_DIMENSION", "LARGE_RADIAL_DIMENSION", "LEADER"),
    *("MULTILEADER", "TOLERANCE", "VIEWPORT", "SHAPE", "ACAD_TABLE", "RAY", "XLINE", "LIGHT", "SEQEND", "VERTEX"),
}
_REFERENCES = {"IMAGE", "PDFUNDERLAY", "DWFUNDERLAY", "DGNUNDERLAY", "OLE2FRAME", "OLEFRAME", "POINTCLOUD"}
_FULL_TURN = 1e-9  # radians that a whole ellipse may lack


@dataclass(frozen=True, slots=True)
class Part:
    """An entity, and the matrix from its block's coordinates to those of the drawing."""

    entity: DXFGraphic
    matrix: Matrix44 | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """An object of the drawing that can be a site."""

    layer: str
    kind: Kind
    parts: tuple[Part, ...]  # several make one ring together, in their order along it
    name: str = ""
    hidden: bool = False  # invisible by itself, or within a reference on a frozen layer


@dataclass(slots=True)
class Seen:
    """Everything that a drawing holds in its model space."""

    found: list[Found] = field(default_factory=list)
    unread: Counter[str] = field(default_factory=Counter)  # kinds of entities that are not read, and how many
    references: int = 0  # to other files

    def layers(self, taken: set[str]) -> tuple[LayerSeen, ...]:
        """Every layer that has something, in the order of the drawing."""
        counts: dict[str, Counter[str]] = {}
        for one in self.found:
            counts.setdefault(one.layer, Counter())[one.kind] += 1
        return tuple(LayerSeen(name, taken=name in taken, **count) for name, count in counts.items())


def look(drawing: Drawing, limits: Limits) -> Seen:
    """Look through the model space of a drawing.

    Raises
    ------
    SiteTooLarge
        Where its blocks refer to each other too deeply, or come to more objects than the vertices that are taken.
    """
    space = drawing.modelspace()
    limits.hold("vertices", _Weights(drawing, limits).of(space, 0))
    seen = Seen()
    _Walk(drawing, seen).through(space, _Reference())
    return seen


class _Weights:
    """How many objects a block comes to, with all that it refers to."""

    def __init__(self, drawing: Drawing, limits: Limits) -> None:
        self._drawing, self._limits = drawing, limits
        self._known: dict[str, tuple[int, int]] = {}  # name: objects, depth below

    def of(self, entities: Iterable[DXFEntity], depth: int) -> int:
        return self._weigh(entities, depth)[0]

    def _weigh(self, entities: Iterable[DXFEntity], depth: int) -> tuple[int, int]:
        self._limits.hold("nesting", depth)
        count, below = 0, 0
        for entity in entities:
            count += 1
            if isinstance(entity, Insert):
                inner, deep = self._block(entity, depth + 1)
                count, below = count + inner * max(1, entity.mcount), max(below, deep + 1)
        return count, below

    def _block(self, insert: Insert, depth: int) -> tuple[int, int]:
        name = insert.dxf.get("name", "").lower()
        if name not in self._known:
            block = insert.block()
            self._known[name] = (0, 0) if block is None else self._weigh(block, depth)
        self._limits.hold("nesting", depth + self._known[name][1])
        return self._known[name]


@dataclass(frozen=True, slots=True)
class _Reference:
    """How the block that is walked through was referred to."""

    layer: str = "0"  # of what lies on layer 0 in the block
    matrix: Matrix44 | None = None
    name: str = ""
    hidden: bool = False


class _Walk:
    def __init__(self, drawing: Drawing, seen: Seen) -> None:
        self._drawing, self._seen = drawing, seen
        self._layers: dict[str, tuple[str, bool]] = {}  # name in small letters: as it is shown, and whether frozen

    def through(self, entities: Iterable[DXFEntity], by: _Reference) -> None:
        for entity in entities:
            kind = entity.dxftype()
            if isinstance(entity, Insert):
                self._insert(entity, by)
            elif kind in _REFERENCES:
                self._seen.references += 1
            elif kind not in _FURNITURE:
                self._object(entity, by)

    def _object(self, entity: DXFEntity, by: _Reference) -> None:
        kind = kind_of(entity)
        if kind is None or not isinstance(entity, DXFGraphic):
            self._seen.unread[entity.dxftype()] += 1
            return
        layer, _ = self._layer(entity, by)
        hidden = by.hidden or bool(entity.dxf.get("invisible", 0))
        self._seen.found.append(Found(layer, kind, (Part(entity, by.matrix),), by.name, hidden))

    def _insert(self, insert: Insert, by: _Reference) -> None:
        block = insert.block()
        if block is None:
            self._seen.unread["INSERT"] += 1
            return
        if block.block is not None and (block.block.is_xref or block.block.is_xref_overlay):
            self._seen.references += 1
            return
        layer, frozen = self._layer(insert, by)
        hidden = by.hidden or frozen or bool(insert.dxf.get("invisible", 0))
        for one in insert.multi_insert() if insert.mcount > 1 else (insert,):
            self.through(block, _Reference(layer, _chained(one, by.matrix), _name(insert) or by.name, hidden))

    def _layer(self, entity: DXFEntity, by: _Reference) -> tuple[str, bool]:
        """The layer of an entity as its table spells it, and whether it is frozen."""
        name = str(entity.dxf.get("layer", "0"))
        name = by.layer if name == "0" else name
        if name.lower() not in self._layers:
            known = self._drawing.layers.has_entry(name)
            layer = self._drawing.layers.get(name) if known else None
            shown = _said(layer.dxf.name if layer else name)
            self._layers[name.lower()] = (shown, bool(layer and layer.is_frozen()))
        return self._layers[name.lower()]


def _chained(insert: Insert, outer: Matrix44 | None) -> Matrix44:
    matrix = insert.matrix44()
    return matrix if outer is None else matrix * outer


def _name(insert: Insert) -> str:
    """What the attributes of a block reference say, those that can be seen."""
    return _said(" ".join(_plain(one) for one in insert.attribs if not one.is_invisible))


def _said(name: str) -> str:
    """A name as it is shown."""
    return shortened(_decoded(name))


def _decoded(text: str) -> str:
    """A text with its escaped signs (`\\U+4E2D`, `\\M+5D6D0`) as what they stand for."""
    return decode_mif_to_unicode(decode_dxf_unicode(text)) if "\\" in text else text


def _plain(text: Text) -> str:
    """A line of text, its sign for degrees as such."""
    return _decoded(str(text.dxf.get("text", ""))).replace("%%d", "°").replace("%%D", "°")


def hidden_layers(drawing: Drawing) -> set[str]:
    """The layers that are off or frozen, as they are shown."""
    return {_said(one.dxf.name) for one in drawing.layers if one.is_off() or one.is_frozen()}


def kind_of(entity: DXFEntity) -> Kind | None:
    """What an entity can be; None for what is not read, or has no extent."""
    match entity:
        case Point():
            return "points"
        case Line() | Arc():
            return "lines"
        case Circle():
            return "areas" if entity.dxf.get("radius", 0.0) else None
        case Ellipse():
            turn = abs(entity.dxf.end_param - entity.dxf.start_param)
            return "areas" if abs(turn - math.tau) < _FULL_TURN else "lines"
        case Solid() | Face3d():
            return "areas" if len({(point.x, point.y) for point in entity.wcs_vertices()}) > 2 else None
        case DXFPolygon():
            return "areas" if len(entity.paths) else None
    return _of_row(entity)


def _of_row(entity: DXFEntity) -> Kind | None:
    """What a row of corners can be: an area where it is closed, by its flag or because its ends meet."""
    ends: tuple[Sequence[float], Sequence[float]]
    bulge = False
    match entity:
        case LWPolyline() if len(entity):
            count, ends, closed, bulge = len(entity), (entity[0], entity[-1]), entity.closed, entity.has_arc
        case Polyline() if len(entity) and not (entity.is_polygon_mesh or entity.is_poly_face_mesh):
            first, last = (entity[at].dxf.location.xyz for at in (0, -1))
            count, ends, closed, bulge = len(entity), (first, last), entity.is_closed, entity.has_arc
        case Spline() if len(entity.fit_points) or len(entity.control_points):
            guides = entity.fit_points if len(entity.fit_points) else entity.control_points
            count, ends, closed = len(guides), (tuple(guides[0]), tuple(guides[-1])), bool(entity.closed)
        case _:
            return None
    if count < 2:
        return None
    meets = count > 3 and same_point(*ends)
    return "areas" if meets or (closed and (count > 2 or bulge)) else "lines"


def texts_of(drawing: Drawing) -> Iterator[str]:
    """Every text of the model space, of the paper spaces, and of the blocks that these refer to."""
    done: set[str] = set()
    queue: list[Iterable[DXFEntity]] = list(drawing.layouts)
    while queue:
        for entity in queue.pop():
            if isinstance(entity, MText):
                yield _decoded(str(entity.plain_text()))
            elif isinstance(entity, Text):
                yield _plain(entity)
            if not isinstance(entity, Insert):
                continue
            yield from (_plain(one) for one in entity.attribs)
            block, name = entity.block(), entity.dxf.get("name", "").lower()
            if block is not None and name not in done:
                done.add(name)
                queue.append(block)
