"""A rule on the map: a place and a project on which it applies, found in the layers and tried before it is shown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import shapely
from shapely.geometry.base import BaseGeometry

from geo.crs import LocalPlane
from geo.ground import Ground
from geo.layers.releases import Zone
from geo.layers.store import BrokenLayer, Layer, Snapshot
from geo.overlay import check_layer
from geo.project import NATURE, Project
from geo.rules.load import Rulebook
from geo.rules.match import match_rules
from geo.rules.model import Rule
from geo.rules.trial import project_of
from geo.settings import Settings
from geo.site import read_site
from geo.stats import is_withheld
from geo.vocabulary import FactValue

MOST_TRIED = 8  # zones
PLACE_DIGITS = 5  # of a degree, about a metre
Lack = Literal["no_version", "elsewhere", "not_supplied", "failed", "withheld", "unplaced", "not_found"]


@dataclass(frozen=True, slots=True)
class Example:
    """A question that the rule answers."""

    at: str  # longitude,latitude, EPSG:4490
    zone: str  # name of the zone that the place lies on, or near to
    sketch: bool  # whether that zone's limits are only sketched
    day: date
    industry: str | None
    kind: str | None
    nature: str | None
    facts: Mapping[str, FactValue]


def example_of(rule: Rule, book: Rulebook, snapshot: Snapshot, settings: Settings, day: date) -> Example | Lack:
    """A place where the rule's ground is met on a day, with the project of its first case; or why there is none.

    A finding that only a lapsed document leaves undecided counts as met: the clause is, and what became of the
    document is another question.
    """
    version, layer = rule.version(day), snapshot.layers.get(rule.layer)
    if version is None:
        return "no_version"
    if not rule.binds_in(snapshot.region):
        return "elsewhere"
    if not isinstance(layer, Layer):
        return "failed" if isinstance(layer, BrokenLayer) else "not_supplied"
    if is_withheld(layer.info, settings.audience):
        return "withheld"
    zones = [zone for zone in layer.placed if zone.on(day) and zone.lacking(version.where) == ()]
    if not zones:
        return "unplaced"
    project = project_of(book.vocabulary, book.said(rule.id)["tests"]["catches"][0])
    zones.sort(key=lambda zone: (-layer.area_m2(zone), zone.id))
    for zone in zones[:MOST_TRIED]:
        for at in _places(zone, rule, book):
            if _applies(rule, book, layer, settings, at, project, day):
                facts = {name: value for name, value in project.facts.items() if name != NATURE}
                nature = project.facts.get(NATURE)
                asked = (project.industry, project.kind, nature if isinstance(nature, str) else None, facts)
                return Example(at, zone.name, layer.info.sketch, day, *asked)
    return "not_found"


def _places(zone: Zone, rule: Rule, book: Rulebook) -> Iterator[str]:
    """Points of a zone; for a rule of what lies near, points half as far from it as counts as near."""
    if not rule.near:
        yield _written(zone.ground.representative_point())
        return
    middle = zone.ground.representative_point()
    plane = LocalPlane(middle.x, middle.y)
    around = shapely.buffer(plane.project(zone.ground), book.catalogue[rule.layer].near_m / 2.0).boundary
    for share in (0.0, 0.25, 0.5, 0.75):
        yield _written(plane.unproject(shapely.line_interpolate_point(around, share, normalized=True)))


def _written(point: BaseGeometry) -> str:
    lon, lat = shapely.get_coordinates(point)[0]
    return f"{lon:.{PLACE_DIGITS}f},{lat:.{PLACE_DIGITS}f}"


def _applies(
    rule: Rule, book: Rulebook, layer: Layer, settings: Settings, at: str, project: Project, day: date
) -> bool:
    check = check_layer(layer, rule.layer, Ground(read_site(at, settings=settings)), day)
    findings, _ = match_rules(book, {rule.layer: check}, project, day, settings.region)
    found = next((finding for finding in findings if finding.rule == rule.id), None)
    if found is None or found.state == "excepted":
        return False
    return found.state == "applies" or {cause.kind for cause in found.causes} == {"document"}
