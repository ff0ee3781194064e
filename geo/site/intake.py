"""The intake of a file: read apart, its numbers settled by the guard, its pieces made into sites."""

from dataclasses import dataclass
from pathlib import Path

from geo.errors import SiteBoundaryLeft, SiteFileEmpty, SiteLayerUnknown, SiteReadingUnsettled
from geo.settings import Settings
from geo.site.chamber import read_apart
from geo.site.contents import Contents, Limits, Piece, Wanted
from geo.site.guard import Judgement, Places, Reading, judge
from geo.site.model import AREAS, POINTS, Site, make_site
from geo.site.notice import Notice

_BOUNDARY = "boundary_left_aside"  # notice of a reader


@dataclass(frozen=True, slots=True)
class SiteFile:
    """A file as a door received it, with what its sender says of it: nothing in it is checked yet."""

    path: Path  # where its bytes are; a temporary file at the web's doors
    name: str  # as its sender called it, without a folder
    crs: str | None = None
    layers: tuple[str, ...] = ()  # all that can be a site where nothing was said
    pieces: tuple[int, ...] = ()  # numbers from 1, of the pieces of those layers; all where nothing was said
    encoding: str | None = None
    address: str = ""  # where it lies, in words
    accuracy_m: float = 0.0
    width_m: float | None = None  # of lines
    copied: bool = False  # whether `path` is a copy, removed as soon as it is read


@dataclass(frozen=True, slots=True)
class Intake:
    """What was understood of a file."""

    file: SiteFile
    contents: Contents
    judgement: Judgement
    settings: Settings

    @property
    def reading(self) -> Reading:
        """The reading that is taken.

        Raises
        ------
        SiteReadingUnsettled
            Where the sender has to choose.
        """
        if not self.judgement.settled:
            named = ", ".join(reading.crs for reading in self.judgement.readings)
            raise SiteReadingUnsettled(name=self.file.name, readings=named)
        return self.judgement.readings[0]

    def chosen(self) -> tuple[Piece, ...]:
        """The pieces that the sender chose.

        Raises
        ------
        SiteLayerUnknown
            Where the file has no piece of a number.
        """
        pieces = self.contents.pieces
        for number in self.file.pieces:
            if not 1 <= number <= len(pieces):
                raise SiteLayerUnknown(sent=str(number), known=f"1 – {len(pieces)}")
        return tuple(pieces[number - 1] for number in self.file.pieces) or pieces

    def taken(self) -> tuple[int, ...]:
        """Numbers from 1 of the pieces that make the site: points beside areas are labels, unless they were chosen.

        Raises
        ------
        SiteLayerUnknown
            Where the file has no piece of a number.
        """
        if self.file.pieces and self.chosen():
            return self.file.pieces
        pieces = list(enumerate(self.contents.pieces, start=1))
        areas = any(piece.geometry.geom_type in AREAS for _, piece in pieces)
        return tuple(number for number, piece in pieces if not areas or piece.geometry.geom_type not in POINTS)

    def left_aside(self) -> list[Notice]:
        """What is said of the pieces that were chosen, and are no part of the site."""
        left = len(self.chosen()) - len(self.taken())
        return [Notice("points_left_aside", {"count": str(left)})] if left else []

    def site(self, reading: Reading | None = None) -> Site:
        """The chosen pieces together as one site; points beside areas are labels, and are left aside with a notice.

        Parameters
        ----------
        reading : the one that is taken where nothing is said

        Raises
        ------
        SiteError, SiteTooLarge
            Naming what is wrong and where.
        """
        pieces = tuple(self.contents.pieces[number - 1] for number in self.taken())
        return self._made(pieces, reading or self.reading, self.left_aside())

    def site_of(self, piece: Piece, reading: Reading) -> Site:
        """One piece as a site of its own.

        Raises
        ------
        SiteError, SiteTooLarge
            Naming what is wrong and where.
        """
        return self._made((piece,), reading, [])

    def _hold_boundary(self) -> None:
        """Refuse to take the areas of a drawing for its site where a line left aside may bound them."""
        chosen = self.file.layers or self.file.pieces
        if not chosen and any(notice.code == _BOUNDARY for notice in self.contents.notices):
            layers = ", ".join(layer.name for layer in self.contents.layers)
            raise SiteBoundaryLeft(name=self.file.name, layers=layers)

    def _made(self, pieces: tuple[Piece, ...], reading: Reading, notices: list[Notice]) -> Site:
        self._hold_boundary()
        return make_site(
            [(piece.role, reading.place(piece.geometry)) for piece in pieces],
            crs=reading.crs,
            accuracy_m=self.file.accuracy_m,
            conversion_m=reading.accuracy_m,
            width_m=self.file.width_m,
            notices=[*self.contents.notices, *self.judgement.notices, *reading.evidence, *notices],
            settings=self.settings,
        )


def take_in(file: SiteFile, places: Places, settings: Settings) -> Intake:
    """Read a file in a process of its own, and settle what its numbers mean.

    Raises
    ------
    SiteError, SiteTooLarge
        Naming what is wrong with the file and what to do.
    """
    wanted = Wanted(file.layers, file.encoding)
    try:
        contents = read_apart(file.path, file.name, wanted, Limits.of(settings), settings.site_file_readers)
    finally:
        if file.copied:
            file.path.unlink(missing_ok=True)
    if not contents.pieces:
        raise SiteFileEmpty(name=file.name, seen=", ".join(layer.name for layer in contents.layers) or "–")
    return Intake(file, contents, judge(contents, file.crs, places, file.address, settings), settings)
