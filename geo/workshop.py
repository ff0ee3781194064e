"""What a region's layers are drawn from: its recipe, sources, tables of facts, and the layers drawn before."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import pi
from pathlib import Path
from typing import Any

import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from geo.drawing import disc, ellipse, snap, south_part
from geo.errors import BuildError
from geo.geometry import area_m2, polygons_of
from geo.layers.releases import Zone
from geo.settings import Settings
from geo.yamlfile import YamlFault, read_yaml

Row = Mapping[str, str]
HECTARE_M2 = 10_000.0


def load_recipe(settings: Settings) -> dict[str, Any]:
    """Read the recipe of the settings' region.

    Raises
    ------
    BuildError
        Where there is none, or it is no YAML.
    """
    path = settings.layers / "recipes" / f"{settings.region}.yaml"
    try:
        return dict(read_yaml(path))
    except (OSError, YamlFault, TypeError, ValueError) as error:
        raise BuildError(what=path.name, reason=str(error)) from error


@dataclass(frozen=True, slots=True)
class Place:
    """A named place of the region whose position is known to some metres."""

    id: str
    name: str
    county: str
    lon: float
    lat: float
    ground: BaseGeometry  # what it takes up, or may take up


@dataclass
class Workshop:
    """Everything that the drawing of one layer may look at."""

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
        features = self.features(self.recipe["outlines"]["source"])
        return dict(sorted((said["adcode"], (said["name"], ground)) for said, ground in features))

    @cached_property
    def whole(self) -> BaseGeometry:
        """All counties together."""
        return polygons_of(shapely.union_all([ground for _, ground in self.counties.values()]))

    @cached_property
    def hole(self) -> BaseGeometry:
        """The ground that the region's list does not speak for; its limit is ours. Empty where there is none."""
        said = self.recipe.get("hole")
        if said is None:
            return shapely.Polygon()
        ground = self.counties[said["county"]][1]
        near = said["keep_with"]
        around = shapely.intersection(disc(near["lon"], near["lat"], near["radius_m"]), ground)
        south = south_part(shapely.difference(ground, around), said["area_km2"] * 1e6 - area_m2(around))
        return snap(shapely.union_all([south, around]))

    @cached_property
    def covered(self) -> BaseGeometry:
        """The ground that the region's list speaks for."""
        return snap(shapely.difference(self.whole, self.hole))

    def ground(self, layer: Mapping[str, Any]) -> BaseGeometry:
        """The coverage of a layer."""
        return self.covered if layer.get("hole") else self.whole

    def source(self, name: str) -> Path:
        """A file of the sources."""
        return self.settings.layers / "sources" / name

    def features(self, name: str) -> list[tuple[dict[str, Any], BaseGeometry]]:
        """Attributes and geometry of each feature of a GeoJSON source, in its order.

        Raises
        ------
        BuildError
            Where the file is not there or no GeoJSON.
        """
        try:
            features = orjson.loads(self.source(name).read_bytes())["features"]
            return [(feature["properties"], shapely.geometry.shape(feature["geometry"])) for feature in features]
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise BuildError(what=name, reason=f"{type(error).__name__}: {error}") from error

    def rows(self, table: str) -> list[Row]:
        """The rows of a table of the region's facts, or of the sources.

        Raises
        ------
        BuildError
            Where there is no such table.
        """
        for folder in (self.settings.layers / "facts" / str(self.recipe["region"]), self.settings.layers / "sources"):
            path = folder / table
            if path.exists():
                with path.open(encoding="utf-8", newline="") as file:
                    return list(csv.DictReader(file))
        raise BuildError(what=table, reason="the table is not there")

    def zones(self, kind: str) -> list[Zone]:
        """The zones with a place of a layer that was drawn before.

        Raises
        ------
        BuildError
            Where the recipe does not name it, or names it later.
        """
        if kind not in self.drawn:
            raise BuildError(what=kind, reason="another layer is drawn from it; put it before that one in the recipe")
        return [zone for zone in self.drawn[kind] if zone.geometry is not None]

    def within(self, codes: Sequence[str]) -> BaseGeometry:
        """The ground of some counties; of all where none is named."""
        if not codes:
            return self.whole
        return polygons_of(shapely.union_all([self.counties[code][1] for code in codes]))

    def place(self, row: Row) -> Place | None:
        """The place that a row of facts tells of; None where its position is not known.

        Its ground is, in this order: a disc of its people's built-up ground, of its published area, or the circle
        that its position is known to, all cut at the county's limit.
        """
        if not row.get("lon") or row.get("placed", "coordinate") not in ("coordinate", "centre", "bbox"):
            return None
        lon, lat = float(row["lon"]), float(row["lat"])
        county = next((code for code in counties_of(row) if self.counties[code][1].covers(shapely.Point(lon, lat))), "")
        if not county:
            return None
        if row.get("population"):
            area = int(row["population"]) * float(self.recipe["square_metres_a_person"])
        elif row.get("official_area_ha"):
            area = float(row["official_area_ha"]) * HECTARE_M2
        else:
            area = pi * float(row["accuracy_m"]) ** 2
        ground = snap(shapely.intersection(ellipse(lon, lat, area), self.counties[county][1]))
        name = row["name_zh"].split("（")[0]
        return Place(row.get("id") or f"geonames-{row['geonameid']}", name, county, lon, lat, ground)

    def courses(self, table: str) -> list[tuple[Row, BaseGeometry | None]]:
        """Each river of a table with its course, a (multi)line in EPSG:4490; None where it is not known."""
        return [(row, self._course(row)) for row in self.rows(table)]

    def _course(self, row: Row) -> BaseGeometry | None:
        if row["placed"] == "line":
            features = self.features(row["line_source"])
            lines = [features[int(index)][1] for index in row["line_index"].split(";")]
            return shapely.line_merge(shapely.union_all(lines))
        if row["placed"] == "course":
            return shapely.LineString([[float(x) for x in point.split()] for point in row["course"].split(";")])
        return None


def counties_of(row: Row) -> tuple[str, ...]:
    """The codes of the counties that a row of facts names."""
    said = row.get("county") or row.get("county_codes") or row.get("county_code") or ""
    return tuple(code for code in said.split(";") if code)
