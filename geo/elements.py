"""Elements of control units, as a recipe wants them: named areas, forest cut at a calibrated cover, named places.

How much forest counts, and how far the ground of a place reaches, is calibrated so that the classes take up the areas
that were published.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.crs import GEOD
from geo.drawing import Surface, cells_around, cover, disc, metres_to, snap
from geo.errors import BuildError
from geo.geometry import area_m2
from geo.layers.releases import Zone
from geo.workshop import Place, Workshop
from geo.zoning import Element

AREA, CORE, FOREST, PLACE = "area", "core", "forest", "place"


@dataclass
class ElementPlan:
    """The elements of one region's control units.

    `said` is the entry of the layer in the recipe: `areas`, `belts`, `forest`, `places`, `names`, `published`.
    """

    workshop: Workshop
    said: Mapping[str, Any]

    def elements(self) -> list[Element]:
        """All elements: named areas, forest core, other forest, then the named places with the ground around them."""
        return [*self._areas(), *self._forest(), *self._places()]

    @cached_property
    def areas(self) -> list[Zone]:
        """The placed zones of the layers that ask for protection whatever stands in them."""
        return self._placed(self.said["areas"])

    @cached_property
    def belts(self) -> list[Zone]:
        """The placed zones of the layers that ask for protection outside of places; belts leave places free."""
        settled = shapely.union_all(self.settled)
        left = [(zone, snap(shapely.difference(zone.ground, settled))) for zone in self._placed(self.said["belts"])]
        return [replace(zone, geometry=ground) for zone, ground in left if not ground.is_empty]

    @cached_property
    def named(self) -> BaseGeometry:
        """The ground of areas and belts together."""
        return shapely.union_all([zone.ground for zone in (*self.areas, *self.belts)])

    def _placed(self, layers: Sequence[str]) -> list[Zone]:
        return [zone for layer in layers for zone in self.workshop.zones(layer)]

    @cached_property
    def places(self) -> list[tuple[Place, str]]:
        """The named places that key units stand on, with the key of their name in the recipe; no two of one name."""
        found: dict[tuple[str, str], tuple[Place, str]] = {}
        for table in self.said["places"]:
            for row in self.workshop.rows(table["facts"]):
                place = self.workshop.place(row)
                if place and row.get(table.get("unless", ""), "") not in table.get("is", ()):
                    found.setdefault((place.county, place.name), (place, table["name"]))
        return [one for one in found.values() if self.workshop.covered.covers(shapely.Point(one[0].lon, one[0].lat))]

    @cached_property
    def settled(self) -> list[BaseGeometry]:
        """The ground that each place itself takes up, at most a disc of the recipe's radius, outside of named areas.

        Of places that overlap the earlier one has the ground.
        """
        taken: list[BaseGeometry] = []
        kept = shapely.union_all([zone.ground for zone in self.areas])
        for place, _ in self.places:
            near = disc(place.lon, place.lat, float(self.said["place_radius_m"]))
            own = shapely.intersection_all([near, place.ground, self.workshop.covered])
            free = shapely.difference(own, shapely.union_all([kept, *taken]))
            taken.append(snap(free))
        return taken

    @cached_property
    def cover(self) -> Surface:
        """Smoothed forest cover, 0 to 1."""
        said = self.said["forest"]
        return cover(self.workshop.source(said["source"]), said["classes"])

    @cached_property
    def forest(self) -> BaseGeometry:
        """Forest ground: where the smoothed cover is above the cut that gives priority units their published area."""
        free = self._free
        cut = self.cover.cut_for(self._wanted_m2("priority") - self._area_m2(self.named), free)
        return snap(shapely.difference(self.cover.above(cut), shapely.union_all(self.settled)))

    @cached_property
    def core(self) -> BaseGeometry:
        """The inner forest: hardly anything but forest in a wide window around."""
        said = self.said["forest"]
        inner = cover(self.workshop.source(said["source"]), said["classes"], said["core"]["window_cells"])
        return snap(shapely.intersection(inner.above(float(said["core"]["share"])), self.forest))

    @cached_property
    def _free(self) -> np.ndarray:
        """Cells that neither a named area nor a place takes up."""
        taken = shapely.union_all([self.named, *self.settled])
        return self.cover.inside(shapely.difference(self.workshop.covered, taken))

    def _area_m2(self, ground: BaseGeometry) -> float:
        return area_m2(shapely.intersection(ground, self.workshop.covered))

    @property
    def _least_m2(self) -> float:
        return float(self.said["least_km2"]) * 1e6

    def _wanted_m2(self, zone_class: str) -> float:
        share = float(self.said["published"][zone_class]["share"])
        return share * area_m2(self.workshop.covered)

    def _name(self, key: str, name: str, side: str = "") -> str:
        pattern = str(self.said["names"][key])
        return pattern.format(name=name.removesuffix(self.workshop.mark), side=side) + self.workshop.mark

    def _areas(self) -> list[Element]:
        return [
            Element(zone.id, self._name(AREA, zone.name), "priority", zone.id, zone.ground)
            for zone in (*self.areas, *self.belts)
        ]

    def _forest(self) -> Iterable[Element]:
        """Forest of each county divided among its named places: core first, then what is left."""
        rest = snap(shapely.difference(self.forest, self.core))
        for kind, ground in ((CORE, self.core), (FOREST, rest)):
            for code, (_, county) in self.workshop.counties.items():
                seeds = self._seeds(code)
                inside = snap(shapely.intersection(ground, county))
                cells = cells_around([at for _, _, at in seeds], county)
                for (seed, name, _), cell in zip(seeds, cells, strict=True):
                    for side, said, part in self._sides(code):
                        piece = snap(shapely.intersection_all([cell, inside, part]))
                        if not piece.is_empty:
                            name_here = self._name(kind, name, said)
                            yield Element(f"{kind}:{code}:{seed}{side}", name_here, "priority", kind, piece)

    def _sides(self, county: str) -> list[tuple[str, str, BaseGeometry]]:
        """What else divides the forest of a county: end of the id, word in the name, ground of each basin."""
        ground = self.workshop.counties[county][1]
        zones = self.workshop.zones(self.said["forest"]["divided_by"])
        here = [zone for zone in zones if area_m2(shapely.intersection(zone.ground, ground)) > self._least_m2]
        if len(here) < 2:
            return [("", "", ground)]
        return [(f":{zone.id}", zone.name.removesuffix(self.workshop.mark), zone.ground) for zone in here]

    def _seeds(self, county: str) -> list[tuple[str, str, shapely.Point]]:
        """Id, name and point of what the forest of a county is divided among: its named places and areas.

        Of those closer together than the recipe's limit the first counts.
        """
        apart_m = float(self.said["forest"]["seeds_apart_m"])
        known = [(p.id, p.name, shapely.Point(p.lon, p.lat)) for p, _ in self.places if p.county == county]
        for zone in self.areas:
            if zone.layer in self.said["forest"]["seeds"] and county in zone.counties:
                inside = shapely.intersection(zone.ground, self.workshop.counties[county][1])
                if not inside.is_empty:
                    known.append((zone.id, zone.name.removesuffix(self.workshop.mark), inside.centroid))
        seeds: list[tuple[str, str, shapely.Point]] = []
        for one in known:
            if all(GEOD.inv(one[2].x, one[2].y, seed[2].x, seed[2].y)[2] > apart_m for seed in seeds):
                seeds.append(one)
        if not seeds:
            raise BuildError(what=county, reason="no named place in it has a known position")
        return seeds

    def _places(self) -> Iterable[Element]:
        """Each place with the ground around it that is neither protected nor forest, to the calibrated reach."""
        for code, (_, county) in self.workshop.counties.items():
            here = [(one, own) for one, own in zip(self.places, self.settled, strict=True) if one[0].county == code]
            if not here:
                continue
            points = [shapely.Point(place.lon, place.lat) for (place, _), _ in here]
            cells = cells_around(points, county)
            around = self._reach(code)
            for ((place, key), own), cell in zip(here, cells, strict=True):
                ground = snap(shapely.union_all([own, shapely.intersection(around, cell)]))
                if not own.is_empty:
                    yield Element(f"{PLACE}:{place.id}", self._name(key, place.name), "key", PLACE, ground)

    def _reach(self, county: str) -> BaseGeometry:
        """The ground of a county nearest to its places, distance weighed by forest cover."""
        here = [place for place, _ in self.places if place.county == county]
        far = metres_to(self.cover, np.array([p.lon for p in here]), np.array([p.lat for p in here]))
        near = self.cover.like(-far * (1.0 + self.cover.values))
        open_ground = self._open_cells & self.cover.inside(self.workshop.counties[county][1])
        area = self._key_share * float(self.cover.cell_m2()[open_ground].sum())
        taken = shapely.union_all([self.forest, *self.settled, self.named])
        return snap(shapely.difference(near.above(near.cut_for(area, open_ground)), taken))

    @cached_property
    def _open_cells(self) -> np.ndarray:
        """Cells that are free and not forest."""
        open_ground: np.ndarray = self._free & ~self.cover.inside(self.forest)
        return open_ground

    @cached_property
    def _key_share(self) -> float:
        """How much of the open ground of each county goes to key units, so that they have their published area."""
        settled = sum(self._area_m2(ground) for ground in self.settled)
        return float((self._wanted_m2("key") - settled) / self.cover.cell_m2()[self._open_cells].sum())


def on_basis(geometry: BaseGeometry, grounds: Mapping[str, BaseGeometry]) -> dict[str, float]:
    """The share of a zone that lies on each of some grounds, where it is at least a thousandth."""
    whole = area_m2(geometry)
    shares = {name: area_m2(shapely.intersection(geometry, ground)) / whole for name, ground in grounds.items()}
    return {name: share for name, share in shares.items() if share >= 0.001}


def said_basis(shares: Mapping[str, float], ids: Sequence[str]) -> str:
    """What a unit was drawn from, as `forest=0.93;settlement=0.01;yb-pa-003`."""
    return ";".join([*(f"{name}={share:.3f}" for name, share in shares.items()), *ids])
