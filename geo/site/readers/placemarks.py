"""The placemarks of one KML document as they are read, with their folders and attributes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from geo.errors import Term
from geo.site.contents import Piece, shortened
from geo.site.notice import UNNAMED
from geo.site.readers.markup import Unusable
from geo.site.readers.outlines import Outline
from geo.site.readers.programs import Traces, marks
from geo.site.readers.selection import TOP, Found
from geo.site.readers.vertices import Tally

_ROOTS = {"kml", "Document", "Folder", "Placemark"}
_FOLDERS = {"kml", "Document", "Folder"}
_ASIDE = {"Update", "NetworkLinkControl"}  # changes to other files, and no objects of this one
_TOLD = {  # elements that are not read, and the notice of each
    "NetworkLink": "network_link_not_followed",
    "GroundOverlay": "pictures_not_read",
    "ScreenOverlay": "pictures_not_read",
    "PhotoOverlay": "pictures_not_read",
}
_ATTRIBUTES = {"Data", "SimpleData"}


@dataclass(slots=True)
class _Folder:
    """A document or a folder; its name may come after what it holds."""

    outer: "_Folder | None" = None
    element: str = ""
    name: str = ""
    stated: str = ""  # the words that name the datum of what it holds

    def path(self) -> list["_Folder"]:
        """The folders around this one, the outermost first, and itself."""
        return [*(self.outer.path() if self.outer else ()), self]


@dataclass(slots=True)
class _Placemark:
    """A placemark that is being read."""

    outline: Outline
    name: str = ""
    address: str = ""
    hidden: bool = False
    stated: str = ""
    fields: dict[str, str] = field(default_factory=dict)  # `name`, `role`, `address` of its attributes
    attribute: str | None = None  # what the attribute that is being read says


class Placemarks:
    """A sink (`geo.site.readers.markup.Sink`) that collects the placemarks of a document."""

    spaces: tuple[str, ...] = (
        "http://www.opengis.net/kml/",
        "http://earth.google.com/kml/",
        "http://www.google.com/kml/ext/",
    )
    prefixes = frozenset({"kml", "gx"})

    def __init__(self, tally: Tally, traces: Traces, within: str = "") -> None:
        self._tally, self._traces, self._within = tally, traces, within
        self._folder = _Folder()
        self._placemark: _Placemark | None = None
        self._placemarks = {"Placemark"}  # and the elements that a schema of KML 2.0 puts in its place
        self._found: list[tuple[_Folder, Piece, str]] = []
        self._aside = 0  # open elements of `_ASIDE`

    def found(self) -> list[Found]:
        """The objects, each with the layer that its folders are."""
        return [
            Found(
                Piece(piece.geometry, piece.name, piece.role, self._layer(folder), piece.address),
                stated or next((one.stated for one in reversed(folder.path()) if one.stated), ""),
            )
            for folder, piece, stated in self._found
        ]

    def _layer(self, folder: _Folder) -> str:
        """The names around an object; that of the document is left out where it is not the only one."""
        path = [one for one in folder.path() if one.name]
        if len(path) > 1 and path[0].element == "Document":
            path = path[1:]
        return shortened("/".join([one for one in (self._within, *(one.name for one in path)) if one])) or TOP

    def words(self, text: str) -> None:
        """A comment."""
        self._traces.words(text)

    def space(self, uri: str) -> None:
        """A namespace is declared."""
        self._traces.space(uri)

    def start(self, names: Sequence[str], attributes: Mapping[str, str]) -> None:
        """An element begins."""
        name = names[-1]
        if len(names) == 1 and name not in _ROOTS:
            raise Unusable(Term("cause.not_kml"))
        self._traces.element(name.rpartition(":")[2])
        self._aside += name in _ASIDE
        if self._aside:
            return
        if name in _TOLD:
            self._tally.tell(_TOLD[name])
        elif name in _FOLDERS:
            self._folder = _Folder(self._folder, name)
        elif name == "Schema" and attributes.get("parent") == "Placemark":
            self._placemarks.add(attributes.get("name", ""))
        elif name in self._placemarks:
            self._open()
        elif self._placemark:
            self._placemark.outline.start(names)
            if name in _ATTRIBUTES:
                self._placemark.attribute = marks().field(attributes.get("name", ""))

    def text(self, text: str) -> None:
        """A part of a text."""
        if self._placemark:
            self._placemark.outline.text(text)

    def end(self, names: Sequence[str], text: str) -> None:
        """An element ends."""
        name = names[-1]
        if self._aside:
            self._aside -= name in _ASIDE
        elif name in _FOLDERS:
            self._folder = self._folder.outer or self._folder
        elif name in self._placemarks:
            self._close()
        else:
            self._said(names, text)
            if self._placemark:
                self._placemark.outline.end(names, text)
                self._described(self._placemark, names, text)

    def _open(self) -> None:
        if self._placemark:
            raise Unusable(Term("cause.kml_structure"))
        self._placemark = _Placemark(Outline(self._tally))

    def _close(self) -> None:
        mark, self._placemark = self._placemark, None
        geometries = mark.outline.geometries() if mark else []
        if mark is None or not geometries:
            self._tally.tell("placemark_without_geometry")
            return
        if mark.hidden:
            self._tally.tell("hidden_taken")
        name, said = shortened(mark.name) or mark.fields.get("name", ""), mark.fields
        address, role = shortened(mark.address) or said.get("address", ""), said.get("role") or UNNAMED
        for geometry in geometries:
            self._found.append((self._folder, Piece(geometry, name, role, address=address), mark.stated))

    def _said(self, names: Sequence[str], text: str) -> None:
        """What an element says of a folder, of the coordinates, or of the program."""
        name, parent = names[-1], names[-2] if len(names) > 1 else ""
        if name == "name" and parent in _FOLDERS:
            self._folder.name = shortened(text)
            self._traces.words(text if parent == "Document" else "")
        elif name == "description":
            self._traces.description(text)
        elif name == "atom:name" or parent == "author" or name.endswith("generator"):
            self._traces.words(text)
        elif marks().states(name.rpartition(":")[2]):
            (self._placemark or self._folder).stated = text

    def _described(self, mark: _Placemark, names: Sequence[str], text: str) -> None:
        """What an element says of the placemark."""
        name, own = names[-1], names[-2] in self._placemarks
        if name == "name" and own:
            mark.name = text
        elif name == "address" and own:
            mark.address = text
        elif name == "visibility" and own:
            mark.hidden = text in ("0", "false")
        elif name in ("SimpleData", "value") and mark.attribute and text:
            mark.fields.setdefault(mark.attribute, shortened(text))
