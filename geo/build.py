"""Building a region's layers from sources and facts, as its recipe (`layers/recipes/<region>.yaml`) says."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import shapely
import yaml
from shapely.geometry.base import BaseGeometry

from geo.errors import BuildError
from geo.geometry import area_m2, polygons_of
from geo.layers.catalogue import load_catalogue
from geo.layers.releases import ReleaseInfo, Zone, write_release
from geo.settings import Settings
from geo.zoning import Element, class_ground, draw_units, ellipse, fitted, snap, south_part

BUILT = "built.json"
_KEYS = {
    "draw", "provenance", "limits", "accuracy_m", "dataset", "recipe", "coverage", "hole", "unplaced",
    "facts", "kinds", "name", "forest", "forest_classes", "legal_status", "names",
}  # fmt: skip
HECTARE_M2 = 10_000.0
FOUND = "F"  # mark of a figure read in a named source; others are general knowledge and no official figure


@dataclass
class Workshop:
    """Everything that the drawing of one layer may look at: the recipe, its sources, and layers drawn before."""

    settings: Settings
    recipe: Mapping[str, Any]
    drawn: dict[str, list[Zone]] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        """What ends every name that we gave."""
        return str(self.recipe["mark"])

    @cached_property
    def counties(self) -> dict[str, tuple[str, BaseGeometry]]:
        """Name and ground of each county, by code."""
        path = self.settings.layers / "sources" / self.recipe["outlines"]["source"]
        features = orjson.loads(path.read_bytes())["features"]
        read = {
            f["properties"]["adcode"]: (f["properties"]["name"], shapely.geometry.shape(f["geometry"]))
            for f in features
        }
        return dict(sorted(read.items()))

    @cached_property
    def whole(self) -> BaseGeometry:
        """All counties together."""
        return polygons_of(shapely.union_all([ground for _, ground in self.counties.values()]))

    @cached_property
    def hole(self) -> BaseGeometry:
        """The ground that the region's list does not speak for; its limit is ours."""
        said = self.recipe["hole"]
        ground = self.counties[said["county"]][1]
        near = said["keep_with"]
        around = ellipse(near["lon"], near["lat"], 3.141592653589793 * near["radius_m"] ** 2)
        around = shapely.intersection(around, ground)
        south = south_part(ground, said["area_km2"] * 1e6 - area_m2(around))
        return snap(shapely.union_all([south, around]))

    def ground(self, layer: Mapping[str, Any]) -> BaseGeometry:
        """The coverage of a layer."""
        return snap(shapely.difference(self.whole, self.hole)) if layer.get("hole") else self.whole

    def rows(self, layer: Mapping[str, Any]) -> list[dict[str, str]]:
        """The rows of the table that a layer is drawn from."""
        for folder in (self.settings.layers / "facts" / str(self.recipe["region"]), self.settings.layers / "sources"):
            path = folder / layer["facts"]
            if path.exists():
                with path.open(encoding="utf-8", newline="") as file:
                    return list(csv.DictReader(file))
        raise BuildError(what=layer["facts"], reason="the table is not there")

    def within(self, codes: str) -> BaseGeometry:
        """The ground of some counties, `;` between their codes."""
        return polygons_of(shapely.union_all([self.counties[code][1] for code in codes.split(";")]))


def load_recipe(settings: Settings) -> dict[str, Any]:
    """Read the recipe of the settings' region.

    Raises
    ------
    BuildError
        Where there is none, or it is no YAML.
    """
    path = settings.layers / "recipes" / f"{settings.region}.yaml"
    try:
        return dict(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, TypeError, ValueError) as error:
        raise BuildError(what=path.name, reason=str(error)) from error


def build_region(settings: Settings, tell: Callable[[str], None] = lambda _: None) -> list[ReleaseInfo]:
    """Draw every layer of the recipe and make the releases current.

    Raises
    ------
    BuildError
        Naming the layer that cannot be drawn, and why; layers drawn before it stay, the others keep their release.
    """
    recipe = load_recipe(settings)
    publish = {kind: entry.publish for kind, entry in load_catalogue(settings.layers / "catalogue").items()}
    workshop = Workshop(settings, recipe)
    releases = []
    for kind, layer in recipe["layers"].items():
        tell(kind)
        if set(layer) - _KEYS or layer.get("draw") not in _DRAWERS:
            raise BuildError(
                what=kind, reason=f"draw is {layer.get('draw')}, keys not known are {sorted(set(layer) - _KEYS)}"
            )
        zones = _DRAWERS[layer["draw"]](workshop, kind, layer)
        zones += [_unplaced(kind, row) for row in layer.get("unplaced", [])]
        workshop.drawn[kind] = zones
        release = write_release(
            settings.layers / "data" / settings.region / kind,
            zones,
            workshop.ground(layer),
            region=settings.region,
            layer=kind,
            publish=publish[kind],
            provenance=layer["provenance"],
            limits=layer["limits"],
            accuracy_m=layer.get("accuracy_m", recipe["outlines"]["accuracy_m"]),
            recorded_from=recipe["recorded_from"],
            dataset=layer["dataset"],
            recipe=layer["recipe"],
            coverage_note=layer["coverage"],
        )
        releases.append(release)
    built = settings.layers / "data" / settings.region / BUILT
    built.write_bytes(orjson.dumps({"inputs": _inputs(settings), "releases": {r.layer: r.id for r in releases}}))
    return releases


def is_stale(settings: Settings) -> bool:
    """Whether the layers on disk were built from other inputs than those that are there now, or never."""
    folder = settings.layers / "data" / settings.region
    try:
        kept = orjson.loads((folder / BUILT).read_bytes())
        here = all((folder / kind / f"{name}.gpkg").exists() for kind, name in kept["releases"].items())
        return not here or kept["inputs"] != _inputs(settings)
    except (OSError, ValueError, KeyError):
        return True


def _inputs(settings: Settings) -> str:
    """A hash of everything that the layers are built from: recipe, sources, facts, and the drawing code."""
    layers, code = settings.layers, Path(__file__).parent
    folders = (layers / "sources", layers / "facts" / settings.region, layers / "catalogue")
    paths = [layers / "recipes" / f"{settings.region}.yaml"]
    paths += [path for folder in folders for path in folder.iterdir() if path.suffix != ".md"]
    paths += [code / name for name in ("build.py", "zoning.py", "geometry.py", "layers/releases.py")]
    hashed = sha256()
    for path in sorted(path for path in paths if path.is_file()):
        hashed.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return hashed.hexdigest()


def _draw_outlines(workshop: Workshop, kind: str, layer: Mapping[str, Any]) -> list[Zone]:
    source = workshop.recipe["outlines"]["source"]
    return [
        Zone(
            id=f"{kind}-{code}",
            layer=kind,
            name=name,
            code=code,
            official_code=code,
            counties=(code,),
            geometry=ground,
            provenance=layer["provenance"],
            basis=source,
            source=f"layers/sources/{source}",
        )
        for code, (name, ground) in workshop.counties.items()
    ]


def _draw_discs(workshop: Workshop, kind: str, layer: Mapping[str, Any]) -> list[Zone]:
    a_person = float(workshop.recipe["square_metres_a_person"])
    zones = []
    for row in workshop.rows(layer):
        disc = ellipse(float(row["lon"]), float(row["lat"]), int(row["population"]) * a_person)
        zones.append(
            Zone(
                id=f"{kind}-{row['geonameid']}",
                layer=kind,
                name=f"{row['name_zh']}{layer['name']}{workshop.mark}",
                counties=(row["county"],),
                geometry=snap(shapely.intersection(disc, workshop.within(row["county"]))),
                provenance=layer["provenance"],
                basis=f"{row['population']} × {a_person:g} m²",
                source=f"GeoNames {row['geonameid']}",
                attributes={"place_level": row["level"]},
            )
        )
    return zones


def _draw_areas(workshop: Workshop, kind: str, layer: Mapping[str, Any]) -> list[Zone]:
    kinds = layer.get("kinds")
    return [
        _area(workshop, kind, layer, row) for row in workshop.rows(layer) if kinds is None or row["area_kind"] in kinds
    ]


def _area(workshop: Workshop, kind: str, layer: Mapping[str, Any], row: Mapping[str, str]) -> Zone:
    """A named area: drawn where its place and size are known, and without a place otherwise."""
    hectares = float(row.get("official_area_ha") or 0.0)
    placed = row["placed"] != "none" and hectares > 0.0
    geometry = None
    if placed:
        wide = 1.0
        if row.get("west"):
            west, south, east, north = (float(row[edge]) for edge in ("west", "south", "east", "north"))
            wide = (east - west) / (north - south) * 0.73  # a degree of longitude at 43°N is 0.73 of one of latitude
        ground = shapely.intersection(workshop.within(row["county_codes"]), workshop.ground(layer))
        lon, lat = float(row["lon"]), float(row["lat"])
        geometry = (
            fitted(lon, lat, hectares * HECTARE_M2, wide, ground)
            if workshop.ground(layer).covers(shapely.Point(lon, lat))
            else None
        )
    given = {name: row[name] for name in ("area_kind", "level") if row.get(name)}
    return Zone(
        id=row["id"],
        layer=kind,
        name=f"{row['name_zh']}{workshop.mark if geometry is not None else ''}",
        counties=tuple(row["county_codes"].split(";")),
        geometry=geometry,
        official_area_m2=hectares * HECTARE_M2 if hectares and row["mark"] == FOUND else None,
        valid_from=date.fromisoformat(row["valid_from"]) if row.get("valid_from") else None,
        provenance=layer["provenance"],
        accuracy_m=float(row["accuracy_m"]) if row["accuracy_m"] else None,
        basis=row["placed"],
        source=f"{row['source']} [{row['mark']}]",
        attributes=given,
    )


def _draw_units(workshop: Workshop, kind: str, layer: Mapping[str, Any]) -> list[Zone]:
    names, mark = layer["names"], workshop.mark
    covered = workshop.ground(layer)
    towns = [zone for zone in workshop.drawn["built_up_area"] if zone.geometry is not None]
    areas = [zone for zone in workshop.drawn["protected_area"] if zone.geometry is not None]
    built = shapely.union_all([zone.geometry for zone in towns])
    forest = class_ground(workshop.settings.layers / "sources" / layer["forest"], layer["forest_classes"])
    elements = [_element(zone, "area", names, mark) for zone in areas]
    elements += [_element(zone, "town", names, mark) for zone in towns]
    elements.append(
        Element(
            layer["forest"],
            names["forest"]["name"] + mark,
            names["forest"]["class"],
            "forest",
            snap(shapely.difference(forest, built)),
        )
    )
    counties = {
        code: (name, snap(shapely.intersection(ground, covered))) for code, (name, ground) in workshop.counties.items()
    }
    units = draw_units(
        elements, counties, (names["rest"]["class"], names["rest"]["name"] + mark), workshop.recipe["code_prefix"]
    )
    return [
        Zone(
            id=unit.code,
            layer=kind,
            name=unit.name,
            code=unit.code,
            zone_class=unit.zone_class,
            counties=(unit.county,),
            geometry=unit.geometry,
            legal_status=layer["legal_status"],
            provenance=layer["provenance"],
            basis=unit.basis,
            source="layers/recipes",
        )
        for unit in units
    ]


def _element(zone: Zone, role: str, names: Mapping[str, Any], mark: str) -> Element:
    name = f"{zone.name.removesuffix(mark)}{names[role]['name']}{mark}"
    return Element(zone.id, name, names[role]["class"], role, zone.ground)


def _unplaced(kind: str, row: Mapping[str, str]) -> Zone:
    return Zone(id=row["id"], layer=kind, name=row["name"], provenance="published", source=row["source"])


_DRAWERS: dict[str, Callable[[Workshop, str, Mapping[str, Any]], list[Zone]]] = {
    "outlines": _draw_outlines,
    "discs": _draw_discs,
    "areas": _draw_areas,
    "units": _draw_units,
}
