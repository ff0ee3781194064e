"""The ways of drawing a layer that a recipe may name, each from a workshop and the layer's entry to its zones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from math import cos, radians
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from geo.drawing import cells_around, class_ground, cover, fitted, snap, strip
from geo.elements import CORE, ElementPlan, on_basis, said_basis
from geo.errors import BuildError
from geo.layers.releases import Zone
from geo.workshop import HECTARE_M2, Row, Workshop, counties_of
from geo.zoning import Plan, draw_units

FOUND = "F"  # mark of a figure read in a named source; others are general knowledge and no official figure
Draw = Callable[[Workshop, str, Mapping[str, Any]], list[Zone]]


@dataclass(frozen=True, slots=True)
class Way:
    """A way of drawing, and the keys that it takes beside those that every layer has."""

    draw: Draw
    keys: frozenset[str]


def draw_layer(workshop: Workshop, kind: str, layer: Mapping[str, Any]) -> list[Zone]:
    """The zones of one layer of the recipe, those without a place at the end.

    Raises
    ------
    BuildError
        Where the recipe names a way or a key that there is none of, or the layer cannot be drawn.
    """
    way = WAYS.get(str(layer.get("draw")))
    unknown = sorted(set(layer) - COMMON - (way.keys if way else frozenset()))
    if way is None or unknown:
        raise BuildError(what=kind, reason=f"draw is {layer.get('draw')}, keys not known are {unknown}")
    try:
        zones = way.draw(workshop, kind, layer)
    except (LookupError, ValueError) as error:  # a key or column that is not there, a cell that is no number
        raise BuildError(what=kind, reason=f"{type(error).__name__}: {error}") from error
    return zones + [
        Zone(
            id=row["id"],
            layer=kind,
            name=row["name"],
            provenance="published",
            source=row["source"],
            attributes=row.get("attributes", {}),
        )
        for row in layer.get("unplaced", [])
    ]


def _outlines(workshop: Workshop, kind: str, layer: Mapping[str, Any]) -> list[Zone]:
    """One zone for each county of the recipe's outlines."""
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


def _discs(workshop: Workshop, kind: str, layer: Mapping[str, Any]) -> list[Zone]:
    """A disc of people's built-up ground around each town of a table."""
    a_person = float(workshop.recipe["square_metres_a_person"])
    zones = []
    for row in workshop.rows(layer["facts"]):
        place = workshop.place(row)
        if place is None:
            raise BuildError(what=kind, reason=f"{row['name_zh']} lies in no county that it names")
        zones.append(
            Zone(
                id=f"{kind}-{row['geonameid']}",
                layer=kind,
                name=f"{row['name_zh']}{layer['name']}{workshop.mark}",
                counties=(place.county,),
                geometry=place.ground,
                provenance=layer["provenance"],
                basis=f"{row['population']} × {a_person:g} m²",
                source=f"GeoNames {row['geonameid']}",
                attributes={"place_level": row["level"]},
            )
        )
    return zones


def _places(workshop: Workshop, kind: str, layer: Mapping[str, Any]) -> list[Zone]:
    """A circle for each named place whose position is known: of its area, or of what the position is known to."""
    zones = []
    for row in _chosen(workshop, layer):
        place = workshop.place(row)
        ground = None if place is None else snap(shapely.intersection(place.ground, workshop.ground(layer)))
        placed = ground is not None and not ground.is_empty
        named = _common(workshop, kind, layer, row)
        zones.append(
            replace(
                named,
                name=f"{named.name}{workshop.mark}" if placed else named.name,
                geometry=ground if placed else None,
                basis=None if not placed else "area" if row.get("official_area_ha") else f"{row['accuracy_m']} m",
            )
        )
    return zones


def _areas(workshop: Workshop, kind: str, layer: Mapping[str, Any]) -> list[Zone]:
    """An ellipse of the published area around each area's place, within its counties."""
    zones = []
    for row in _chosen(workshop, layer):
        geometry = _area(workshop, layer, row)
        named = _common(workshop, kind, layer, row)
        name = named.name if geometry is None else f"{named.name}{workshop.mark}"
        zones.append(replace(named, name=name, geometry=geometry, basis=row["placed"]))
    return zones


def _area(workshop: Workshop, layer: Mapping[str, Any], row: Row) -> BaseGeometry | None:
    """The ellipse of an area whose place and size are known."""
    hectares = float(row.get("official_area_ha") or 0.0)
    if row["placed"] == "none" or not hectares:
        return None
    ground = workshop.ground(layer)
    lon, lat = float(row["lon"]), float(row["lat"])
    if not ground.covers(shapely.Point(lon, lat)):
        return None
    wide = 1.0
    if row.get("west"):
        west, south, east, north = (float(row[edge]) for edge in ("west", "south", "east", "north"))
        wide = (east - west) / (north - south) * cos(radians(lat))
    return fitted(
        lon, lat, hectares * HECTARE_M2, wide, shapely.intersection(workshop.within(counties_of(row)), ground)
    )


def _chosen(workshop: Workshop, layer: Mapping[str, Any]) -> list[Row]:
    """The rows of a layer's table that its `where` takes."""
    where = layer.get("where", {})
    return [row for row in workshop.rows(layer["facts"]) if all(row[name] in where[name] for name in where)]


def _common(workshop: Workshop, kind: str, layer: Mapping[str, Any], row: Row) -> Zone:
    """What every row of facts says of its zone, wherever it lies."""
    hectares = float(row.get("official_area_ha") or 0.0)
    said = {name: row[column] for name, column in layer.get("attributes", {}).items() if row.get(column)}
    meant = layer.get("values", {})
    return Zone(
        id=row["id"],
        layer=kind,
        name=row["name_zh"],
        counties=counties_of(row),
        official_area_m2=hectares * HECTARE_M2 if hectares and row.get("mark") == FOUND else None,
        valid_from=date.fromisoformat(row["valid_from"]) if row.get("valid_from") else None,
        valid_to=date.fromisoformat(row["valid_to"]) if row.get("valid_to") else None,
        provenance=layer["provenance"],
        accuracy_m=float(row["accuracy_m"]) if row.get("accuracy_m") else None,
        source=str(layer.get("source", "{source} [{mark}]")).format(**row),
        attributes={
            name: meant.get(name, {}).get(value, value)
            for name, value in said.items()
            if meant.get(name, {}).get(value, value)
        },
    )


def _strips(workshop: Workshop, kind: str, layer: Mapping[str, Any]) -> list[Zone]:
    """The ground along each course of a table, as wide as the course is known to, county by county.

    A course that is not known well enough, or has no such ground along it, is a zone without a place.
    """
    keep = _kept(workshop, layer["only"]) if "only" in layer else None
    outlines, zones = workshop.counties.items(), []
    for row, course in workshop.courses(layer["facts"]):
        named = _common(workshop, kind, layer, row)
        half = max(float(layer["half_width_m"]), float(row["accuracy_m"] or 0.0))
        along: BaseGeometry = shapely.Polygon()
        if course is not None and half <= float(layer["widest_m"]):
            along = shapely.intersection(strip(course, half), workshop.ground(layer))
            along = along if keep is None else shapely.intersection(along, keep)
        in_counties = [(code, snap(shapely.intersection(along, county))) for code, (_, county) in outlines]
        placed = [
            replace(
                named,
                id=f"{kind}-{row['id']}-{code}",
                name=f"{row['name_zh']}{layer['name']}{workshop.mark}",
                counties=(code,),
                geometry=ground,
                accuracy_m=half,
                basis=f"{row['id']};half_width_m={half:g}",
                attributes={**named.attributes, **layer.get("given", {})},
            )
            for code, ground in in_counties
            if not ground.is_empty
        ]
        zones += placed or [named]
    return zones


def _kept(workshop: Workshop, said: Mapping[str, Any]) -> BaseGeometry:
    """The ground where some classes of a raster have at least a share, smoothed."""
    return cover(workshop.source(said["source"]), said["classes"]).above(float(said["share"]))


def _nearest(workshop: Workshop, kind: str, layer: Mapping[str, Any]) -> list[Zone]:
    """The whole region divided by the attribute of the nearest course."""
    column = layer["by"]
    found = [(row, course) for row, course in workshop.courses(layer["facts"]) if course is not None]
    values = sorted({row[column] for row, _ in found})
    by_value = [shapely.union_all([course for row, course in found if row[column] == value]) for value in values]
    grounds = cells_around(by_value, workshop.ground(layer))
    smooth = shapely.coverage_simplify(grounds, float(layer["smooth_deg"]), simplify_boundary=False)
    codes = workshop.counties
    return [
        Zone(
            id=f"{kind}-{value}",
            layer=kind,
            name=f"{layer['titles'][value]}{workshop.mark}",
            counties=tuple(code for code in codes if shapely.intersects(codes[code][1], ground)),
            geometry=ground,
            provenance=layer["provenance"],
            basis=";".join(row["id"] for row, _ in found if row[column] == value),
            source="layers/recipes",
            attributes={column: value},
        )
        for value, ground in zip(values, smooth, strict=True)
        if not ground.is_empty
    ]


def _units(workshop: Workshop, kind: str, layer: Mapping[str, Any]) -> list[Zone]:
    """Control units by precedence, calibrated to the published areas and numbers."""
    plan = ElementPlan(workshop, layer)
    published = layer["published"]
    wanted = Plan(
        rest=("general", layer["names"]["rest"] + workshop.mark),
        prefix=workshop.recipe["code_prefix"],
        least_m2=float(layer["least_km2"]) * 1e6,
        counts={zone_class: said["count"] for zone_class, said in published.items()},
    )
    units = draw_units(plan.elements(), workshop.counties, wanted, workshop.covered)
    grounds = {name: _basis(workshop, said) for name, said in layer["basis"].items()}
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
            basis=said_basis(on_basis(unit.geometry, grounds), unit.elements),
            source="layers/recipes",
        )
        for unit in units
    ]


def _basis(workshop: Workshop, said: Mapping[str, Any]) -> BaseGeometry:
    """Ground that a unit may lie on: the zones of a layer drawn before, or the cells of a raster."""
    if "layer" in said:
        return shapely.union_all([zone.ground for zone in workshop.zones(said["layer"])])
    return class_ground(workshop.source(said["source"]), said["classes"])


def _core(workshop: Workshop, kind: str, layer: Mapping[str, Any]) -> list[Zone]:
    """The units of another layer that were drawn from the forest core, with the very same limits."""
    mark = workshop.mark
    return [
        replace(
            unit,
            id=f"{kind}-{unit.id}",
            layer=kind,
            name=unit.name.removesuffix(mark).removesuffix(layer["without"]) + mark,
            code=None,
            zone_class=None,
            legal_status=None,
            basis=f"{unit.id};{unit.basis}",
        )
        for unit in workshop.zones(layer["from"])
        if f";{CORE}:" in f";{unit.basis}"
    ]


def _keys(words: str) -> frozenset[str]:
    return frozenset(words.split())


COMMON = _keys("draw provenance limits accuracy_m dataset recipe coverage hole unplaced") | _keys(
    "publish licence data_date whereabouts"
)
_ROWS = _keys("facts where attributes values source")
WAYS: Mapping[str, Way] = {
    "outlines": Way(_outlines, _keys("")),
    "discs": Way(_discs, _keys("facts name")),
    "places": Way(_places, _ROWS),
    "areas": Way(_areas, _ROWS),
    "strips": Way(_strips, _ROWS | _keys("name half_width_m widest_m only given")),
    "nearest": Way(_nearest, _keys("facts by smooth_deg titles")),
    "units": Way(
        _units,
        _keys("areas belts forest places place_radius_m published least_km2 basis names legal_status"),
    ),
    "core": Way(_core, _keys("from without")),
}
