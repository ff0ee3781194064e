"""What the sender chose of the objects of a file, by their layers, and what the file says of those."""

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

from geo.site.contents import Contents, LayerSeen, Piece, Wanted, chosen_names, shown_names
from geo.site.model import AREAS, POINTS
from geo.site.notice import Notice
from geo.site.readers.programs import Traces

TOP = "/"  # what lies in no folder, where other objects do


@dataclass(frozen=True, slots=True)
class Found:
    """An object of a file."""

    piece: Piece
    stated: str = ""  # the words that name the datum of its coordinates


def select(form: str, found: Sequence[Found], wanted: Wanted, traces: Traces, notices: tuple[Notice, ...]) -> Contents:
    """The objects of the layers that were chosen, of all where none was, and the claim of the file for those.

    Parameters
    ----------
    form : code of the format
    notices : that the reading gave

    Raises
    ------
    SiteLayerUnknown
        Where the file has no layer of a name.
    """
    known = list(dict.fromkeys(one.piece.layer for one in found))
    shown, chosen = shown_names(known), chosen_names(known, wanted)
    taken = [one for one in found if one.piece.layer in chosen]
    claim, doubts = traces.claim([one.stated for one in taken])
    return Contents(
        form,
        tuple(replace(one.piece, layer="" if known == [TOP] else shown[one.piece.layer]) for one in taken),
        claim,
        () if known == [TOP] else _seen(found, shown, chosen),
        (*notices, *doubts),
    )


def _seen(found: Sequence[Found], shown: Mapping[str, str], chosen: Container[str]) -> tuple[LayerSeen, ...]:
    kinds: dict[str, Counter[str]] = {}
    for one in found:
        kinds.setdefault(one.piece.layer, Counter())[_kind(one.piece)] += 1
    return tuple(LayerSeen(shown[name], **count, taken=name in chosen) for name, count in kinds.items())


def _kind(piece: Piece) -> str:
    kind = piece.geometry.geom_type
    return "points" if kind in POINTS else "areas" if kind in AREAS else "lines"
