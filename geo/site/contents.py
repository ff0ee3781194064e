"""What a file of sites holds before its place is settled: pieces in the file's own numbers, and what it says of them.

A reader turns bytes into `Contents`, in a process of its own; `geo.site.guard` decides what the numbers mean.
"""

from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.datums import Datum
from geo.errors import SiteInvalid, SiteLayerUnknown, SiteTooLarge, Term
from geo.settings import Settings
from geo.site.checked import parameters_of, plain_parameters, record, text, wkb_points
from geo.site.notice import UNNAMED, Notice

By = Literal["nobody", "format", "file"]
_TEXTS = ("name", "role", "layer", "address")  # of a piece
_MOST_LAYERS, _MOST_NOTICES = 10_000, 1_000  # that a reader tells of
LONGEST_NAME = 80  # characters of a name, a layer or an address; the rest is cut off
LONGEST_LAYER = 200  # characters of what a layer is chosen by, with the file of an archive that it is in
_BEFORE_NUMBER = 70  # characters of a name that has a number after it


@dataclass(frozen=True, slots=True)
class Claim:
    """What a file says of its own coordinates; None where it says nothing.

    Readers report and never guess: two statements of one file that contradict each other become a notice
    `claims_contradict`, and what they contradict each other in stays None.
    """

    by: By = "nobody"  # `format`: implied by the standard of the format alone (GeoJSON, KML, GPX), `file`: stated
    crs: str | None = None  # `EPSG:4552`, where the file names a CRS of the register
    datum: Datum | None = None
    degrees: bool | None = None  # longitude and latitude, or metres of a projection
    band: Literal[3, 6] | None = None  # degrees of longitude in a Gauss-Krueger zone
    zone: int | None = None  # number of the zone
    meridian: float | None = None  # central meridian, degrees east
    mark: str = ""  # the words of the file that say so, shortened
    foreign: bool = False  # whether it names a CRS that is none of those taken: a local plane, another country's datum


@dataclass(frozen=True, slots=True)
class Piece:
    """One object of a file: a plot, a pipeline, a point."""

    geometry: BaseGeometry  # in the plane, in the file's own numbers and their own order; it may be invalid
    name: str = ""
    role: str = UNNAMED
    layer: str = ""
    address: str = ""  # what the file says of where it lies, in words


@dataclass(frozen=True, slots=True)
class LayerSeen:
    """A layer of a file, and what of it can be a site."""

    name: str
    points: int = 0
    lines: int = 0
    areas: int = 0
    taken: bool = True  # whether its pieces are among the contents


@dataclass(frozen=True, slots=True)
class Contents:
    """What a reader found in a file."""

    format: str  # a code with a text of its own: `format.shapefile`
    pieces: tuple[Piece, ...]
    claim: Claim = Claim()
    layers: tuple[LayerSeen, ...] = ()  # where the format has layers, in the file's order
    notices: tuple[Notice, ...] = ()

    def points(self) -> np.ndarray:
        """Every vertex in the file's own numbers, shape (n, 2)."""
        points: np.ndarray = shapely.get_coordinates([piece.geometry for piece in self.pieces])
        return points


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the sender chose of a file."""

    layers: tuple[str, ...] = ()  # names; all that can be a site where nothing was said
    encoding: str | None = None  # of texts, where the sender knows better than the file


@dataclass(frozen=True, slots=True)
class Limits:
    """What is taken at most of one file of sites. Every reader holds them while it reads, not after."""

    bytes: int
    unpacked_bytes: int
    entries: int  # of an archive
    nesting: int  # of elements, blocks and collections
    vertices: int
    pieces: int
    seconds: float
    memory_bytes: int

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """The limits that a deployment sets."""
        return cls(**{one.name: getattr(settings, f"site_file_{one.name}") for one in fields(cls)})

    def hold(self, what: str, count: int) -> None:
        """Refuse more than the limit `what`.

        Raises
        ------
        SiteTooLarge
            Where the count exceeds the limit.
        """
        most = int(getattr(self, what))
        if count > most:
            raise SiteTooLarge(what=Term(f"limit.{what}"), count=count, most=most)


def shortened(text: object, most: int = LONGEST_NAME) -> str:
    """A text of a file as it is shown: one line, no control characters, not too long."""
    plain = "".join(sign if sign.isprintable() else " " for sign in str(text))
    return " ".join(plain.split())[:most].rstrip()


def shown_names(names: Iterable[str]) -> dict[str, str]:
    """What layers are shown as and chosen by; of those that would be shown alike, the later ones have a number."""
    shown: dict[str, str] = {}
    taken, repeated = set[str](), Counter[str]()
    for name in dict.fromkeys(names):
        plain = said = shortened(name)
        while said in taken:
            repeated[plain] += 1
            said = f"{plain[:_BEFORE_NUMBER].rstrip()} ({repeated[plain] + 1})".strip()
        taken.add(said)
        shown[name] = said
    return shown


def chosen_names(names: Iterable[str], wanted: Wanted) -> set[str]:
    """Which layers of a file were chosen, by what they are shown as; all where nothing was said.

    Raises
    ------
    SiteLayerUnknown
        Where the file has no layer of a name.
    """
    shown = shown_names(names)
    if not wanted.layers:
        return set(shown)
    found = {said: name for name, said in shown.items()}
    sent = [shortened(layer) for layer in wanted.layers]
    if unknown := [layer for layer in sent if layer not in found]:
        raise SiteLayerUnknown(sent=shortened(", ".join(unknown)), known=", ".join(found) or "–")
    return {found[layer] for layer in sent}


# --- between the process that reads and the one that asked ----------------------------------------------------------


def encode(contents: Contents) -> dict[str, Any]:
    """Contents as plain values for JSON; geometries as WKB in base 64."""
    pieces = [
        {name: shortened(getattr(piece, name)) for name in _TEXTS} | {"geometry": _packed(piece.geometry)}
        for piece in contents.pieces
    ]
    notices = [{"code": one.code, "parameters": plain_parameters(one.parameters)} for one in contents.notices]
    return {
        "format": contents.format,
        "pieces": pieces,
        "claim": asdict(contents.claim) | {"mark": shortened(contents.claim.mark)},
        "layers": [asdict(layer) | {"name": shortened(layer.name, LONGEST_LAYER)} for layer in contents.layers],
        "notices": notices,
    }


def decode(plain: Mapping[str, Any], limits: Limits | None = None) -> Contents:
    """Contents from what `encode` gave; the reading process is not trusted: every type, length and number is checked.

    Raises
    ------
    ValueError, LookupError, TypeError, shapely.errors.ShapelyError
        Where something is not as `encode` makes it.
    SiteInvalid, SiteTooLarge
        Where a coordinate is no finite number; where there is more of something than the limits let pass.
    """
    pieces, layers, notices = ([*plain[name]] for name in ("pieces", "layers", "notices"))
    if limits:
        limits.hold("pieces", len(pieces))
    packed = [b64decode(one["geometry"], validate=True) for one in pieces]
    points = sum(wkb_points(data) for data in packed)
    if limits:
        limits.hold("vertices", points)
    if len(layers) > _MOST_LAYERS or len(notices) > _MOST_NOTICES:
        raise ValueError("layers")
    contents = Contents(
        format=shortened(text(plain["format"])),
        pieces=tuple(_piece(one, data) for one, data in zip(pieces, packed, strict=True)),
        claim=record(Claim, plain["claim"]),
        layers=tuple(record(LayerSeen, one) for one in layers),
        notices=tuple(_notice(one) for one in notices),
    )
    if not np.isfinite(contents.points()).all():
        raise SiteInvalid(reason=Term("cause.not_finite"))
    return contents


def _packed(geometry: BaseGeometry) -> str:
    return b64encode(shapely.to_wkb(geometry, output_dimension=2, byte_order=1)).decode()


def _piece(plain: Mapping[str, object], packed: bytes) -> Piece:
    texts = {name: shortened(text(plain[name])) for name in _TEXTS}
    return Piece(geometry=shapely.from_wkb(packed), **texts)


def _notice(plain: Mapping[str, object]) -> Notice:
    code = text(plain["code"])
    return Notice(code, parameters_of(f"notice.{code}", plain["parameters"]))
