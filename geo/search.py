"""Finding: zones by name or code, a place by its coordinate, and the zones of every layer at one place."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from math import ceil, floor

from geo.errors import LimitError, SiteError
from geo.geometry import DISPLAY_DEGREES
from geo.ground import Ground
from geo.layers.releases import Zone
from geo.layers.store import BrokenLayer, Layer, Snapshot, of_layer
from geo.overlay import LayerCheck
from geo.screening import check_layers
from geo.settings import Settings
from geo.site import Site, read_site

LONGEST_QUERY = 80  # characters
MOST_HITS = 20
_MARK = re.compile(r"\([^()]*\)\Z")  # what a name says of itself in brackets at its end
_UNSEEN = re.compile("[\\s\u00ad\u200b-\u200f\u2060\ufeff]+")
# How well a zone fits, the best first: its code, its name, its name but for one letter (延吉, 延吉市), the beginning
# of either, a part of either, every word somewhere in either.
CODE, NAME, NEARLY, BEGINS, HOLDS, WORDS = range(6)


@dataclass(frozen=True, slots=True)
class Hit:
    """A zone that a query means."""

    layer: Layer
    zone: Zone
    rank: int  # CODE to WORDS


@dataclass(frozen=True, slots=True)
class Found:
    """What a query means."""

    query: str
    hits: tuple[Hit, ...]  # at most `MOST_HITS`, the best first
    total: int  # zones meant, shown or not
    place: Site | None  # the point that the query names
    fault: SiteError | LimitError | None  # why what looks like a coordinate is none
    unread: tuple[str, ...]  # layers that should be there and cannot be read: nothing of them was looked at


def search(snapshot: Snapshot, query: str, day: date, settings: Settings | None = None) -> Found:
    """Find zones by name or code, and the point that a coordinate in any usual form names.

    Zones of layers that are only told of in answers are never found, those whose place is unknown always are.

    Parameters
    ----------
    query : of at most `LONGEST_QUERY` characters; more are not looked at
    day : zones of other days are left out
    """
    query = query[:LONGEST_QUERY].strip()
    hits = sorted(_hits(snapshot, query, day), key=_order)
    place, fault = _place(query, settings)
    unread = tuple(kind for kind, layer in snapshot.layers.items() if isinstance(layer, BrokenLayer))
    return Found(query, tuple(hits[:MOST_HITS]), len(hits), place, fault, unread)


def _place(query: str, settings: Settings | None) -> tuple[Site | None, SiteError | LimitError | None]:
    if not any(letter.isdigit() for letter in query) or any(letter in "{([" for letter in query):
        return None, None
    try:
        site = read_site(query, either_order=True, settings=settings)
    except (SiteError, LimitError) as error:
        return None, None if error.code == "site_unreadable" else error
    return (site, None) if site.is_point else (None, None)


def fold(text: str) -> str:
    """A text as it is compared: one form for full-width and half-width, no case, no blanks."""
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text)).casefold()


def _hits(snapshot: Snapshot, query: str, day: date) -> Iterable[Hit]:
    whole = fold(query)
    words = [fold(word) for word in unicodedata.normalize("NFKC", query).split()]
    if not whole:
        return
    for layer in snapshot.layers.values():
        if not isinstance(layer, Layer) or not layer.info.on_a_map:
            continue
        for zone, name, bare, codes in _folded(layer):
            rank = _rank(whole, words, name, bare, codes)
            if rank is not None and zone.on(day):
                yield Hit(layer, zone, rank)


@of_layer
def _folded(layer: Layer) -> tuple[tuple[Zone, str, str, tuple[str, ...]], ...]:
    """Every zone of a layer with its name, that without its mark, and its codes as they are compared."""
    found = []
    for zone in layer.zones:
        name, codes = fold(zone.name), {fold(code) for code in (zone.code, zone.official_code, zone.id) if code}
        found.append((zone, name, _MARK.sub("", name), tuple(codes)))
    return tuple(found)


def _rank(whole: str, words: list[str], name: str, bare: str, codes: tuple[str, ...]) -> int | None:
    if whole in codes:
        return CODE
    if whole in (name, bare):
        return NAME
    if bare.startswith(whole) and len(bare) == len(whole) + 1:
        return NEARLY
    texts = (name, *codes)
    if any(text.startswith(whole) for text in texts):
        return BEGINS
    if any(whole in text for text in texts):
        return HOLDS
    return WORDS if all(any(word in text for text in texts) for word in words) else None


def box_of(zone: Zone, layer: Layer) -> list[float] | None:
    """West, south, east and north of a zone in degrees, as fine as it may be seen; None where its place is unknown."""
    if zone.geometry is None:
        return None
    cells = round(1.0 / DISPLAY_DEGREES) if not layer.info.exact else 100_000
    west, south, east, north = zone.geometry.bounds
    least, most = [floor(edge * cells) for edge in (west, south)], [ceil(edge * cells) for edge in (east, north)]
    return [edge / cells for edge in least + most]


def _order(hit: Hit) -> tuple[int, int, str, str, date]:
    entry = hit.layer.entry
    return hit.rank, entry.order, entry.kind, hit.zone.id, hit.zone.valid_from or date.min


def zones_at(snapshot: Snapshot, site: Site, day: date, seconds: float) -> Mapping[str, LayerCheck]:
    """What every layer says of one place, by kind, in the catalogue's order: the checks of a screening, without rules.

    Raises
    ------
    TimeUp
        Where it takes longer than `seconds`.
    LayersMissing
        Where the region has no county layer, so that no place in it could be named.
    """
    return check_layers(Ground(site, seconds), day, snapshot, snapshot.layers)
