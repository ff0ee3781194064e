"""The command that brings official layers in: `import`."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any

import click
import shapely
from rich.text import Text
from shapely.geometry.base import BaseGeometry

from geo.cli.terminal import console, language, main, table_of, telling_errors
from geo.deployment import Deployment
from geo.errors import CoverageUnknown, LayerUnknown
from geo.importing.database import is_address
from geo.importing.decisions import read_decisions, read_ruling
from geo.importing.examination import Examination, examine
from geo.importing.faults import Fault
from geo.importing.fitting import SLIVER_M, Expected
from geo.importing.lot import Counties, solid_of
from geo.importing.releasing import Declaration, release
from geo.importing.reporting import report_json, write_report
from geo.importing.source import read_source, to_engine_all
from geo.layers.catalogue import COUNTY
from geo.layers.releases import LIMITS, PROVENANCES
from geo.layers.store import BrokenLayer, Layer
from geo.settings import Settings
from geo.texts import say

SHOWN = 100  # faults in the terminal; the report has them all
COLOURS = {"error": "bold red", "warning": "yellow", "notice": "dim"}
EVERY_COUNTY = "counties"
_REGION = re.compile(r"[a-z][a-z0-9_]*")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@main.command("import")
@click.argument("source")
@click.option("--as", "kind", required=True, help="Layer kind, as control_unit; `fenqu layers` lists them.")
@click.option("--region", help="Region that the layer is of; the deployment's own by default.")
@click.option(
    "--accuracy", "accuracy_m", type=click.FloatRange(0.0), required=True, help="How exact its limits are, m."
)
@click.option("--coverage", required=True, help="Ground it speaks for: `counties`, some by code or name, or a FILE.")
@click.option("--dry-run", is_flag=True, help="Examine and report; release nothing.")
@click.option("--report", "folder", type=_FOLDER, help="Folder for faults.json, faults.gpkg and decisions.csv.")
@click.option("--decisions", type=_FILE, help="What was decided: decisions.csv of a report, filled in.")
@click.option(
    "--decide", multiple=True, metavar="KIND=ACTION", help="For all of a kind: mismatch=mend, gap=accept:REASON."
)
@click.option("--layer", help="The layer that is meant, where the source has several.")
@click.option("--encoding", help="Encoding of a Shapefile's texts, where it is known better than they tell.")
@click.option("--crs", help="CRS of a source that states none, as EPSG:4490.")
@click.option("--field", "columns", multiple=True, metavar="FIELD=HEADER", help="Which column is which field.")
@click.option("--sliver", "sliver_m", type=click.FloatRange(0.0), default=SLIVER_M, show_default=True,
              help="Limits of neighbours that part by less are one limit, drawn twice; m.")  # fmt: skip
@click.option("--provenance", type=click.Choice(PROVENANCES), default="official", show_default=True)
@click.option("--limits", type=click.Choice(LIMITS), default="surveyed", show_default=True)
@click.option("--publish", type=click.Choice(["full", "display", "result"]), help="The kind's own by default.")
@click.option("--whereabouts", is_flag=True, help="Shapes say where a zone may lie, and not its extent.")
@click.option("--title", help="Name of the data set; that of the kind by default.")
@click.option("--licence", help="On what terms it may be used.")
@click.option("--data-date", type=click.DateTime(["%Y-%m-%d"]), help="The day that the data speak of.")
@click.option("--json", "as_json", is_flag=True, help="What was found, as JSON.")
@telling_errors
def import_layer(source: str, kind: str, dry_run: bool, folder: Path | None, as_json: bool, **said: Any) -> None:
    """Bring an official layer in from SOURCE.

    SOURCE is a Shapefile, geodatabase, GeoPackage, GeoJSON or GeoParquet file, or
    postgresql://USER@HOST/DATABASE?table=SCHEMA.TABLE. Every fault is reported with its row and place;
    nothing is released until each error is decided.
    """
    region = said.pop("region")
    if region and not _REGION.fullmatch(region):
        raise click.BadParameter(region, param_hint="--region")
    for name in ("accuracy_m", "sliver_m"):
        if not isfinite(said[name]):
            raise click.BadParameter(str(said[name]), param_hint=name)
    here = Deployment.open(Settings.from_environment(**({"region": region} if region else {})))
    if kind not in here.store.catalogue:
        raise LayerUnknown(layer=kind)
    entry = here.store.catalogue[kind]
    counties = _counties(here, kind)
    ground, in_words = _declared(said.pop("coverage"), counties)
    decisions = said.pop("decisions")
    worth = (said["provenance"], said["limits"], str(here.recipe["mark"]))
    expected = Expected(entry, here.fields, counties, ground, said.pop("sliver_m"), *worth)
    found = examine(
        read_source(source, **{name: said.pop(name) for name in ("layer", "encoding", "crs")}),
        expected,
        columns=dict(_pair(column) for column in said.pop("columns")),
        decisions=read_decisions(decisions) if decisions else (),
        rulings=dict(read_ruling(text) for text in said.pop("decide")),
    )
    paths = write_report(folder, found, language()) if folder else []
    if as_json:
        click.echo(report_json(found))
    else:
        _show(found, paths)
    if not dry_run:
        day: datetime | None = said.pop("data_date")
        terms = Declaration(coverage=in_words, data_date=day.date() if day else None, **said)
        info = release(found, entry, here.fields.form(kind), terms, here.store.folder / kind)
        console.print(say("import.released", language(), layer=info.layer, release=info.id, zones=len(found.lot.rows)))


def _counties(here: Deployment, kind: str) -> Counties:
    """The counties to hold a delivery against: none for the counties themselves, or where there are none yet."""
    layer = here.store.open(COUNTY) if kind != COUNTY else None
    if isinstance(layer, BrokenLayer):
        raise layer.error
    return Counties.of(layer.zones, layer.info.accuracy_m) if isinstance(layer, Layer) else Counties.of((), 0.0)


def _declared(coverage: str, counties: Counties) -> tuple[BaseGeometry, str]:
    """The ground that a delivery is declared to speak for, EPSG:4490, and what it is in words."""
    if coverage == EVERY_COUNTY and counties.names:
        return counties.ground(counties.codes), ", ".join(counties.names.values())
    codes = [counties.find(name.strip()) for name in coverage.split(",")]
    known = [code for code in codes if code]
    if len(known) == len(codes):
        return counties.ground(known), ", ".join(counties.names[code] for code in known)
    if is_address(coverage) or not Path(coverage).exists():
        sent = "…" if is_address(coverage) else coverage  # an address may hold a password
        raise CoverageUnknown(sent=sent, known=", ".join(f"{code} {name}" for code, name in counties.names.items()))
    read = read_source(coverage)
    ground = shapely.union_all([shape for shape in solid_of(to_engine_all(read)) if shape is not None])
    if ground.is_empty or (counties.names and not ground.intersects(counties.ground(counties.codes))):
        raise CoverageUnknown(sent=coverage, known=", ".join(counties.names.values()))
    return ground, read.name


def _pair(column: str) -> tuple[str, str]:
    field, equals, header = column.partition("=")
    if not equals:
        raise click.BadParameter(column, param_hint="--field FIELD=HEADER")
    return field.strip(), header


def _show(found: Examination, paths: Sequence[Path]) -> None:
    table = table_of(*(f"cli.{name}" for name in ("severity", "kind", "row", "place", "fault", "decided")))
    for fault in found.faults[:SHOWN]:
        table.add_row(
            Text(say(f"severity.{fault.severity}", language()), style=COLOURS[fault.severity]),
            fault.code,
            " ".join(map(str, filter(None, (fault.row, *fault.others[:3])))),
            "{:.6f},{:.6f}".format(*fault.place) if fault.place else "",
            fault.text(language()),
            _state(found, fault),
        )
    console.print(table)
    counts = Counter(fault.severity for fault in found.faults)
    spoken = {name: counts[name] for name in ("error", "warning", "notice")}
    rows, undecided = len(found.lot.rows), len(found.undecided)
    console.print(say("import.counts", language(), rows=rows, undecided=undecided, **spoken))
    for path in paths:
        console.print(f"→ {path}", style="dim")


def _state(found: Examination, fault: Fault) -> str:
    decision = found.decided.get(fault.key)
    return decision.action if decision else "" if fault.severity == "notice" else "?"
