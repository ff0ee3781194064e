"""Sites from GPX 1.0 and 1.1: waypoints as points, routes and tracks as lines; GPX means WGS 84.

A route or a track that comes back to its start stays a line, with a notice: whether an area is meant, the sender says.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from geo.errors import Term
from geo.site.contents import Contents, Limits, Piece, Wanted, shortened
from geo.site.readers.markup import Unusable, walk
from geo.site.readers.programs import Traces
from geo.site.readers.selection import Found, select
from geo.site.readers.vertices import Run, Shapes, Tally

_LAYERS = {"wpt": "waypoints", "rte": "routes", "trk": "tracks"}
_POINTS = {"wpt", "rtept", "trkpt"}


def read(path: Path, wanted: Wanted, limits: Limits) -> Contents:
    """Read a GPX file.

    Raises
    ------
    SiteFileBroken, SiteFileRefused, SiteInvalid, SiteLayerUnknown, SiteTooLarge
        Naming what is wrong with it.
    """
    tally, traces = Tally(limits), Traces()
    ways = _Ways(tally, traces)
    notices = walk(path, path.name, ways, limits, wanted.encoding)
    return select("format.gpx", ways.found, wanted, traces, notices + tally.notices())


class _Ways:
    """A sink that collects waypoints, routes and tracks."""

    spaces: tuple[str, ...] = ("http://www.topografix.com/GPX/",)
    prefixes = frozenset({"gpx"})

    def __init__(self, tally: Tally, traces: Traces) -> None:
        self._tally, self._traces = tally, traces
        self._shapes = Shapes(tally)
        self._run = Run(tally)
        self._name = ""
        self.found: list[Found] = []

    def start(self, names: Sequence[str], attributes: Mapping[str, str]) -> None:
        """An element begins."""
        name = names[-1]
        if len(names) == 1:
            if name != "gpx":
                raise Unusable(Term("cause.not_gpx"))
            self._traces.words(attributes.get("creator", ""))
        elif "extensions" in names:
            return
        elif name in _LAYERS:
            if not _LAYERS.keys().isdisjoint(names[:-1]):
                raise Unusable(Term("cause.gpx_structure"))
            self._shapes, self._run, self._name = Shapes(self._tally), Run(self._tally), ""
        elif name == "trkseg":
            self._run = Run(self._tally)
        if name in _POINTS:
            self._run.add([attributes.get("lon", ""), attributes.get("lat", "")])

    def text(self, text: str) -> None:
        """A part of a text: no vertices stand there."""

    def end(self, names: Sequence[str], text: str) -> None:
        """An element ends."""
        if "extensions" in names:
            return
        name, parent = names[-1], names[-2] if len(names) > 1 else ""
        if name == "name" and parent in _LAYERS:
            self._name = shortened(text)
        elif name == "ele" and parent in _POINTS:
            self._tally.tell("heights_dropped")
        elif "author" in (name, parent):
            self._traces.words(text)
        elif name in ("rte", "trkseg"):
            self._close_run()
        if name in _LAYERS:
            self._close(name)

    def words(self, text: str) -> None:
        """A comment."""
        self._traces.words(text)

    def space(self, uri: str) -> None:
        """A namespace is declared."""
        self._traces.space(uri)

    def _close_run(self) -> None:
        vertices = self._run.done()
        if len(vertices):
            self._shapes.line(vertices)

    def _close(self, name: str) -> None:
        """A waypoint, a route or a track ends: an object, where it has a shape."""
        if name == "wpt":
            self._shapes.point(self._run.done())
        geometries = self._shapes.geometries()
        if not geometries:
            self._tally.tell("ways_without_points")
        for geometry in geometries:
            self.found.append(Found(Piece(geometry, self._name, layer=_LAYERS[name])))
