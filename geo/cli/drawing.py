"""Commands that draw: `build` the region's layers, `zone` an analyst's own."""

from contextlib import suppress
from pathlib import Path

import click
from shapely.geometry.base import BaseGeometry

from geo.build import build_region, is_stale
from geo.cli.terminal import console, deployment, main, table_of, telling_errors
from geo.deployment import Deployment
from geo.errors import BuildError, DataError, FileUnusable, LayersMissing
from geo.geometry import area_m2
from geo.layers.catalogue import COUNTY
from geo.layers.store import BrokenLayer
from geo.rules.compiled import keep_rulebook
from geo.settings import Settings
from geo.workshop import HECTARE_M2
from geo.zonefile import driver_of, read_counties, read_elements, write_units
from geo.zoning import PRECEDENCE, Plan, draw_units, unplaced


@main.command()
@click.option("--if-stale", is_flag=True, help="Only where sources, facts or recipe have changed since.")
@telling_errors
def build(if_stale: bool) -> None:
    """Build the region's layers from sources and facts, and keep the rule book ready to be read."""
    settings = Settings.from_environment()
    if not if_stale or is_stale(settings):
        for release in build_region(settings, _progress):
            console.print(f"{release.layer}  {release.id}")
        Deployment.warm()  # what is compiled by this is kept for every server to come
    with suppress(DataError):  # a book that cannot stand is told of by whoever asks it
        keep_rulebook(settings)


def _progress(kind: str, number: int, total: int) -> None:
    console.print(f"[{number:2}/{total}] {kind} …", style="dim")


@main.command()
@click.argument("elements", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="GeoPackage or GeoJSON.")
@click.option(
    "--counties",
    "outlines",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Counties with `code` and `name`; the region's county layer by default.",
)
@click.option(
    "--least-ha",
    type=click.FloatRange(0.0),
    default=100.0,
    show_default=True,
    help="Smaller fragments join a neighbour.",
)
@click.option(
    "--count", "counts", multiple=True, metavar="CLASS=N", help="Join the smallest units of a class until N are left."
)
@telling_errors
def zone(elements: Path, out: Path, outlines: Path | None, least_ha: float, counts: tuple[str, ...]) -> None:
    """Draw control units from your own ELEMENTS: polygons with `zone_class`, and `id`, `name`, `kind` if you like.

    Priority goes before key before general, an earlier row before a later one; what is left of each county is one
    general unit. The codes begin with the region's prefix for drawn units and are no official ones. Elements that no
    unit was drawn from are listed after a cross: they lie outside of the counties or under earlier ones.
    """
    here = deployment()
    driver_of(out)  # said before the work, not after it
    if any(source is not None and out.resolve() == source.resolve() for source in (elements, outlines)):
        raise FileUnusable(path=str(out), reason="it is also what is read, and would be overwritten")
    wanted = Plan(prefix=here.recipe["code_prefix"], least_m2=least_ha * HECTARE_M2, counts=_counts(counts))
    asked = read_elements(elements)
    units = draw_units(asked, read_counties(outlines) if outlines else _region_counties(here), wanted)
    left = unplaced(asked, units)
    if len(left) == len(asked):
        raise BuildError(what=elements.name, reason=f"none of its {len(asked)} elements lies in the counties")
    write_units(out, units)
    table = table_of("cli.class", "cli.zones", "cli.area_km2", "cli.share")
    whole = sum(area_m2(unit.geometry) for unit in units)
    for zone_class in PRECEDENCE:
        areas = [area_m2(unit.geometry) for unit in units if unit.zone_class == zone_class]
        table.add_row(zone_class, str(len(areas)), f"{sum(areas) / 1e6:,.2f}", f"{sum(areas) / whole:.2%}")
    console.print(table)
    if left:
        console.print(f"✗ {', '.join(left)}")
    console.print(f"→ {out}")


def _region_counties(here: Deployment) -> dict[str, tuple[str, BaseGeometry]]:
    layer = here.store.open(COUNTY)
    if isinstance(layer, BrokenLayer):
        raise layer.error
    if layer is None:
        raise LayersMissing(region=here.store.region, layer=COUNTY)
    return {zone.counties[0]: (zone.name, zone.ground) for zone in layer.placed}


def _counts(said: tuple[str, ...]) -> dict[str, int] | None:
    pairs = [text.partition("=") for text in said]
    if not all(name in PRECEDENCE and number.isdecimal() for name, _, number in pairs):
        raise click.BadParameter(
            f"{', '.join(said)}: CLASS=N with CLASS of {', '.join(PRECEDENCE)}", param_hint="--count"
        )
    return {name: int(number) for name, _, number in pairs} or None
