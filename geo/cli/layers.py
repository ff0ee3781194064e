"""Commands on layers: `layers` with `history`, `diff` and `rollback`; `export`."""

from pathlib import Path

import click
import orjson
from rich.text import Text

from geo.cli.terminal import console, deployment, language, main, table_of, telling_errors
from geo.deployment import Deployment
from geo.errors import LayerUnknown
from geo.export.geojson import encode, layer_collection
from geo.export.vector import write_layer
from geo.layers.history import difference, difference_json, releases, roll_back
from geo.layers.store import BrokenLayer, Layer
from geo.texts import pick


@main.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
@telling_errors
def layers(context: click.Context, as_json: bool) -> None:
    """List every layer kind and what its release says of itself; or look into a layer's releases."""
    if context.invoked_subcommand is None:
        _list_layers(deployment(), as_json)


def _list_layers(here: Deployment, as_json: bool) -> None:
    snapshot = here.store.snapshot()
    rows = [(entry, snapshot.layers[kind]) for kind, entry in here.book.catalogue.items()]
    if as_json:
        said = {
            entry.kind: layer.info.model_dump(mode="json") if isinstance(layer, Layer) else None
            for entry, layer in rows
        }
        click.echo(orjson.dumps(said, option=orjson.OPT_INDENT_2))
        return
    table = table_of(
        *(
            f"cli.{name}"
            for name in ["kind", "layer", "status", "zones", "unplaced", "provenance", "limits", "publish", "release"]
        )
    )
    for entry, layer in rows:
        title = pick(entry.title.model_dump(), language())
        if isinstance(layer, Layer):
            info, unplaced = layer.info, len(layer.zones) - len(layer.placed)
            table.add_row(
                entry.kind,
                title,
                "ok",
                str(len(layer.zones)),
                str(unplaced),
                info.provenance,
                info.limits,
                info.publish,
                info.id,
            )
        elif isinstance(layer, BrokenLayer):
            table.add_row(entry.kind, title, Text("failed", style="red"), "", "", "", "", "", layer.release or "")
        else:
            table.add_row(entry.kind, title, Text("not_supplied", style="dim"), "", "", "", "", entry.publish, "")
    console.print(table)


def _releases_folder(kind: str) -> Path:
    here = deployment()
    if kind not in here.store.catalogue or here.store.open(kind) is None:
        raise LayerUnknown(layer=kind)
    return here.store.folder / kind


@layers.command("history")
@click.argument("kind")
@telling_errors
def show_history(kind: str) -> None:
    """List the releases of a layer KIND, the newest first; * is the one that is served."""
    table = table_of(*(f"cli.{name}" for name in ("release", "recorded", "provenance", "limits", "dataset")))
    for kept in releases(_releases_folder(kind)):
        name, info = kept.id + (" *" if kept.current else ""), kept.info
        if info is None:
            table.add_row(name, Text("failed", style="red"))
            continue
        dataset = pick(info.dataset.model_dump(), language())
        table.add_row(name, str(info.recorded_from), info.provenance, info.limits, dataset)
    console.print(table)


@layers.command("diff")
@click.argument("kind")
@click.argument("before")
@click.argument("after")
@click.option("--json", "as_json", is_flag=True, help="As JSON: areas in m².")
@telling_errors
def show_difference(kind: str, before: str, after: str, as_json: bool) -> None:
    """What changed in a layer KIND from release BEFORE to release AFTER; the beginning of an id is enough."""
    found = difference(_releases_folder(kind), before, after)
    if as_json:
        click.echo(difference_json(found), nl=False)
        return
    for sign, zones in (("+", found.added), ("-", found.removed)):
        for zone in zones:
            console.print(f"{sign} {zone.id}  {zone.name}")
    for change in found.changed:
        console.print(
            f"~ {change.after.id}  {change.after.name}: {', '.join(change.fields)}  {change.area_m2:+,.2f} m²"
        )
    for (one, other), area in found.moved.items():
        console.print(f"{one or '–'} → {other or '–'}  {area:,.2f} m²")
    console.print(f"+{len(found.added)} -{len(found.removed)} ~{len(found.changed)}", style="dim")


@layers.command("rollback")
@click.argument("kind")
@click.argument("release")
@telling_errors
def roll_back_layer(kind: str, release: str) -> None:
    """Serve an earlier RELEASE of a layer KIND again, in one atomic step."""
    info = roll_back(_releases_folder(kind), release)
    console.print(f"{info.layer}  {info.id}")


@main.command()
@click.argument("layer")
@click.option("--format", "form", type=click.Choice(["geojson", "shp", "gpkg"]), default="geojson", show_default=True)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; GeoJSON goes to standard output.",
)
@telling_errors
def export(layer: str, form: str, out: Path | None) -> None:
    """Export a LAYER with every attribute, where it may be handed out: GeoJSON, Shapefile or GeoPackage."""
    here = deployment()
    found = here.store.open(layer) if layer in here.store.catalogue else None
    if isinstance(found, BrokenLayer):
        raise found.error
    if found is None:
        raise LayerUnknown(layer=layer)
    if form != "geojson":
        path = out or Path(f"{layer}.{form}")
        write_layer(path, found, here.settings.audience, here.fields)
        console.print(f"→ {path}")
        return
    data = encode(layer_collection(found, here.settings.audience, here.fields))
    if out:
        out.write_bytes(data)
    else:
        click.echo(data)
