"""A deployment whose four largest layers are those of `bench.ground`, as official ones, and a table of points on it."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from bench.ground import BOX, layers, points
from geo.layers.catalogue import Text, load_catalogue
from geo.layers.releases import Zone, write_release
from geo.settings import Settings

ACCURACY_M = 10.0
_TEXT = Text(zh="样例", ko="견본", en="Sample")


def write_deployment(settings: Settings, folder: Path) -> Settings:
    """Copy the layers of a deployment into an empty folder, with those of the bench in place of its own."""
    whole = folder / "layers"
    shutil.copytree(settings.layers, whole)
    catalogue = load_catalogue(whole / "catalogue")
    for kind, grounds in layers().items():
        domains = catalogue[kind].attributes
        zones = [_zone(kind, number, ground, domains) for number, ground in enumerate(grounds)]
        write_release(
            whole / "data" / settings.region / kind,
            zones,
            shapely.box(*BOX),
            region=settings.region,
            layer=kind,
            provenance="official",
            limits="surveyed",
            publish="full",
            accuracy_m=ACCURACY_M,
            recorded_from=date(2026, 1, 1),
            dataset=_TEXT,
            recipe=_TEXT,
            coverage_note=_TEXT,
        )
    return replace(settings, layers=whole)


def _zone(kind: str, number: int, ground: shapely.Polygon, domains: dict) -> Zone:
    """A zone whose attributes go through their domains in turn."""
    said = {name: values[number % len(values)] for name, values in domains.items() if values}
    zone_class = said.pop("zone_class", None)
    name = f"{kind}-{number}"
    return Zone(name, kind, name, zone_class=zone_class, geometry=ground, provenance="official", attributes=said)


def write_points(path: Path, count: int) -> Path:
    """A table of points, all for a new pesticide plant."""
    lon, lat = np.round(points(count), 6).T
    alike = {name: [value] * count for name, value in (("industry", "C2631"), ("nature", "new"))}
    pq.write_table(pa.table({"id": [str(number) for number in range(count)], "lon": lon, "lat": lat, **alike}), path)
    return path
