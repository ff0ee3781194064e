"""The command line: `fenqu`. Thin: it reads words, calls the engine, and shows what comes back."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text
from shapely.geometry.base import BaseGeometry

from geo import bulk as bulk_table
from geo.build import build_region, is_stale
from geo.day import read_day
from geo.deployment import Deployment, Question
from geo.errors import BuildError, DataError, FenquError, FileUnusable, LayersMissing, LayerUnknown, RuleUnknown
from geo.export.geojson import encode, layer_collection, screening_collection
from geo.export.html import render_file
from geo.export.statistics import present_statistics, statistics_json
from geo.geometry import area_m2
from geo.layers.catalogue import COUNTY
from geo.layers.history import difference, difference_json, releases, roll_back
from geo.layers.store import BrokenLayer, Layer
from geo.published import read_published
from geo.report import View, listed, present
from geo.rules.model import RANK
from geo.settings import Settings
from geo.stats import measure
from geo.texts import LANGUAGES, pick, say
from geo.verify import verify as verify_screening
from geo.workshop import HECTARE_M2
from geo.zonefile import driver_of, read_counties, read_elements, write_units
from geo.zoning import PRECEDENCE, Plan, draw_units, unplaced

BAD_INPUT, BROKEN_DATA, DIFFERS = 2, 3, 1
COLOURS = {
    "prohibited": "bold red", "restricted": "red", "conditional": "yellow", "noted": "cyan", "none": "green",
    "needs_review": "bold magenta", "needs_information": "bold yellow", "no_restriction_found": "green",
}  # fmt: skip
console = Console(markup=False, width=None if sys.stdout.isatty() else 200)  # data is no markup
complaints = Console(markup=False, stderr=True)


def _language() -> str:
    return str(click.get_current_context().find_root().obj["lang"])


def _deployment() -> Deployment:
    return Deployment.open(Settings.from_environment())


def _told(command: Callable[..., Any]) -> Callable[..., Any]:
    """Say an engine error in the reader's language, and leave with a code that a script can read."""

    @wraps(command)
    def told(*args: Any, **words: Any) -> Any:
        try:
            return command(*args, **words)
        except OSError as error:
            return _complain(FileUnusable(path=error.filename, reason=error.strerror))
        except UnicodeDecodeError as error:
            return _complain(FileUnusable(path="@", reason=str(error)))
        except FenquError as error:
            return _complain(error)

    return told


def _complain(error: FenquError) -> None:
    complaints.print(Text(error.code, style="bold red"), error.text(_language()), soft_wrap=True)
    sys.exit(BROKEN_DATA if isinstance(error, DataError) and not isinstance(error, FileUnusable) else BAD_INPUT)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default="zh",
    envvar="FENQU_LANG",
    show_default=True,
    help="Language of answers.",
)
@click.version_option(package_name="fenqu")
@click.pass_context
def main(context: click.Context, lang: str) -> None:
    """Whether a project may stand on a piece of land, and why (分区)."""
    context.obj = {"lang": lang}


@main.command()
@click.argument("at")
@click.option("--industry", help="GB/T 4754-2017 code, as C2631.")
@click.option("--nature", help="new, rebuilt, expanded, upgraded, relocated or existing.")
@click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="A fact of the project; may be given again.")
@click.option("--as-of", "day", metavar="YYYY-MM-DD", help="The day whose law is asked for; today in China by default.")
@click.option("--crs", default="EPSG:4490", show_default=True, help="CRS of the coordinates.")
@click.option("--accuracy", "accuracy_m", type=float, default=0.0, help="How exact the coordinates are, metres.")
@click.option("--width", "width_m", type=float, help="Width of a line, metres.")
@click.option("--json", "as_json", is_flag=True, help="The canonical record, byte for byte.")
@click.option("--geojson", "as_geojson", is_flag=True, help="The site and the pieces of zones under it.")
@click.option(
    "--html",
    "html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the answer into one offline HTML file.",
)
@click.option("--keep/--no-keep", default=True, help="Keep the answer in the ledger, so that it can be verified.")
@_told
def screen(
    at: str, facts: tuple[str, ...], as_json: bool, as_geojson: bool, html: Path | None, keep: bool, **asked: Any
) -> None:
    """Screen a site: AT is a coordinate in either order, WKT, GeoJSON, or @FILE that holds one."""
    here = _deployment()
    site = Path(at[1:]).read_text(encoding="utf-8") if at.startswith("@") else at
    said = bulk_table.read_facts(";".join(facts))
    screening = here.screen(Question(site=site, facts=said, either_order=True, **asked))
    kept = here.keep(screening) if keep else None
    view = present(screening.record, here.book, _language(), screening.site.notices)
    if html:
        html.write_text(render_file(view), encoding="utf-8")
    if as_json or as_geojson:
        data = screening.json if as_json else encode(screening_collection(screening, here.settings.audience))
        click.echo(data, nl=False)
        return
    _show(view)
    if html:
        console.print(f"→ {html}")
    if kept:
        console.print(f"fenqu verify {kept.id}", style="dim")


def _show(view: View) -> None:
    """Print an answer: the sentence first, then every layer, then the findings, then what is still asked."""
    console.print(view["headline"], style=COLOURS[view["verdict"]])
    where = f"{say('ui.place', _language())}: {view['site']['place']}  {view['site']['day']}"
    for line in (view["firm"], view["range"], where, *view["remarks"]):
        if line:
            console.print(line)
    console.print(_checks(view))
    if view["not_checked"]:
        missing = listed(view["not_checked"], _language())
        console.print(say("answer.not_checked", _language(), layers=missing), style="dim")
    for finding in view["findings"]:
        _show_finding(finding)
    for question in view["questions"]:
        console.print(f"? --fact {question['fact']}=…  {question['question']}")


def _checks(view: View) -> Table:
    table = _table("cli.layer", "cli.status", "cli.zones")
    for check in view["checks"]:
        if check["reason"] == "not_supplied":
            continue
        zones = [
            " ".join(filter(None, map(zone.get, ("name", "area", "site_share", "distance")))) for zone in check["zones"]
        ]
        table.add_row(check["title"], check["text"], "\n".join(zones + [f"? {name}" for name in check["unplaced"]]))
    return table


def _table(*headings: str) -> Table:
    return Table(*(say(heading, _language()) for heading in headings), box=None, pad_edge=False)


def _show_finding(finding: View) -> None:
    words = " · ".join(finding[f"{name}_text"] for name in ("state", "effect", "certainty", "dimension"))
    console.print(
        Text.assemble("\n", ("■", COLOURS[finding["effect"]]), f" {finding['title']}  ", (finding["rule"], "dim"))
    )
    console.print(f"  {words}  {listed(finding['zones'], _language())}")
    for provision in finding["provisions"]:
        mark = f" [{provision['verified_text']}]" if provision["verified_text"] else ""
        console.print(f"  {provision['document']} {provision['article']}{mark} “{provision['phrase']}”")
    for cause in finding["causes"]:
        console.print(f"  ? {cause}")
    console.print(f"  → {finding['next']}")
    console.print(f"  @ {finding['office']}", style="dim")


@main.command()
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="CSV to write.")
@click.option("--as-of", "day", metavar="YYYY-MM-DD", help="The day for rows that name none.")
@_told
def bulk(table: Path, out: Path, day: str | None) -> None:
    """Screen every row of a CSV TABLE (lon, lat or at; industry, nature, facts, placed)."""
    here = _deployment()
    rows = bulk_table.read_table(table, here.settings.bulk_rows)
    done, failed = bulk_table.write_rows(out, bulk_table.screen_rows(rows, here, day, _language()))
    console.print(f"{done} → {out}" + (f", {failed} ✗" if failed else ""))
    sys.exit(BAD_INPUT if failed else 0)


@main.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
@_told
def layers(context: click.Context, as_json: bool) -> None:
    """List every layer kind and what its release says of itself; or look into a layer's releases."""
    if context.invoked_subcommand is None:
        _list_layers(_deployment(), as_json)


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
    table = _table(
        *(
            f"cli.{name}"
            for name in ["kind", "layer", "status", "zones", "unplaced", "provenance", "limits", "publish", "release"]
        )
    )
    for entry, layer in rows:
        title = pick(entry.title.model_dump(), _language())
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
    here = _deployment()
    if kind not in here.store.catalogue or here.store.open(kind) is None:
        raise LayerUnknown(layer=kind)
    return here.store.folder / kind


@layers.command("history")
@click.argument("kind")
@_told
def show_history(kind: str) -> None:
    """List the releases of a layer KIND, the newest first; * is the one that is served."""
    table = _table(*(f"cli.{name}" for name in ("release", "recorded", "provenance", "limits", "dataset")))
    for kept in releases(_releases_folder(kind)):
        name, info = kept.id + (" *" if kept.current else ""), kept.info
        if info is None:
            table.add_row(name, Text("failed", style="red"))
            continue
        dataset = pick(info.dataset.model_dump(), _language())
        table.add_row(name, str(info.recorded_from), info.provenance, info.limits, dataset)
    console.print(table)


@layers.command("diff")
@click.argument("kind")
@click.argument("before")
@click.argument("after")
@click.option("--json", "as_json", is_flag=True, help="As JSON: areas in m².")
@_told
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
@_told
def roll_back_layer(kind: str, release: str) -> None:
    """Serve an earlier RELEASE of a layer KIND again, in one atomic step."""
    info = roll_back(_releases_folder(kind), release)
    console.print(f"{info.layer}  {info.id}")


@main.command()
@click.option("--layer", metavar="KIND", help="Only this layer kind, with its classes and counties.")
@click.option("--as-of", "day", metavar="YYYY-MM-DD", help="The day on which zones must be valid; today by default.")
@click.option("--json", "as_json", is_flag=True, help="Canonical JSON: m², shares from 0 to 1.")
@_told
def stats(layer: str | None, day: str | None, as_json: bool) -> None:
    """Areas by layer, class and county, beside the published figures and the plan's targets."""
    here = _deployment()
    if layer is not None and layer not in here.book.catalogue:
        raise LayerUnknown(layer=layer)
    published = read_published(here.settings)
    measured = measure(here.store.snapshot(), published, here.settings.audience, read_day(day))
    chosen = measured if layer is None else measured.only(layer)
    if as_json:
        click.echo(statistics_json(chosen))
        return
    view = present_statistics(chosen, here.book.catalogue, _language())
    if view["illustrative"]:
        console.print(f"[{say('ui.sketch_mark', _language())}] {say('ui.stats_sketch_note', _language())}")
    console.print(say("ui.stats_method", _language(), day=view["day"]), style="dim")
    console.print(_areas(view["layers"], detailed=layer is not None))
    for row in view["layers"] if layer else []:
        if row.get("counties"):
            console.print("", _counties(row))
    if view["missing"]:
        names = listed([row["title"] for row in view["missing"]], _language())
        console.print(say("ui.stats_missing", _language(), names=names), style="dim")
    for title, figures in (
        ("ui.stats_published", [row for shown in (*view["layers"], *view["missing"]) for row in shown["figures"]]),
        ("ui.stats_targets", view["targets"]),
        ("ui.stats_others", view["others"]),
    ):
        if figures:
            console.print(Text(f"\n{say(title, _language())}", style="bold"), _figures(figures))


def _areas(rows: list[View], detailed: bool) -> Table:
    """The layers' areas; in detail also each class."""
    table = _table("cli.layer", *(f"ui.stats_{name}" for name in ("zones", "area", "coverage_share", "county_share")))
    for row in rows:
        if row["state"] != "ok":
            table.add_row(row["title"], Text(row["state_text"], style="red"))
            continue
        classes = row["classes"] if detailed else []
        for name, tally in ((row["title"], row["whole"]), *((f"  {each['title']}", each) for each in classes)):
            left = say("ui.stats_unplaced", _language(), count=tally["unplaced"]) if tally["unplaced"] else ""
            amounts = (_amount(tally[cell]) for cell in ("area", "coverage_share", "county_share"))
            table.add_row(name, f"{tally['zones']} {left}".rstrip(), *amounts)
    return table


def _counties(row: View) -> Table:
    """One layer by county, as a whole and by class."""
    headings = [say("ui.stats_county", _language()), say("ui.stats_layer_whole", _language())]
    table = Table(*headings, *(each["title"] for each in row["classes"]), box=None, pad_edge=False)
    for county in row["counties"]:
        table.add_row(county["name"], *(_amount(cell["area"]) for cell in (county, *county["classes"])))
    return table


def _figures(rows: list[View]) -> Table:
    table = _table(*(f"ui.stats_{name}" for name in ("figure", "published", "found", "difference")))
    for row in rows:
        found = _amount({"text": row["found"], **row})
        said = " ".join(filter(None, (row["difference"], row["relative"]))) or None
        difference = _amount({"text": said, "sketch": row["sketch"], "blank": None})
        published = "\n".join(filter(None, (row["published"] or "—", row["share_of"])))
        table.add_row(row["title"], published, "\n".join((found, *row["left_out"])), difference)
    return table


def _amount(value: View) -> str:
    """A number with the mark of a sketch, or the reason why there is none."""
    if value["text"] is None:
        return f"— {value['blank'] or ''}".rstrip()
    return f"{value['text']} [{say('ui.sketch_mark', _language())}]" if value["sketch"] else str(value["text"])


@main.command()
@click.argument("layer")
@click.option("--format", "form", type=click.Choice(["geojson"]), default="geojson", show_default=True)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write; standard output by default."
)
@_told
def export(layer: str, form: str, out: Path | None) -> None:
    """Export a LAYER with every attribute, where it may be handed out."""
    del form  # one format so far
    here = _deployment()
    found = here.store.open(layer) if layer in here.store.catalogue else None
    if isinstance(found, BrokenLayer):
        raise found.error
    if found is None:
        raise LayerUnknown(layer=layer)
    data = encode(layer_collection(found, here.settings.audience))
    if out:
        out.write_bytes(data)
    else:
        click.echo(data)


@main.group()
def rules() -> None:
    """Look into the rule book."""


@rules.command("list")
@click.option("--layer", help="Only rules of this layer kind.")
@_told
def list_rules(layer: str | None) -> None:
    """List the rules, the gravest first."""
    book = _deployment().book
    table = _table(*(f"cli.{name}" for name in ["rule", "title", "layer", "effect", "level", "versions"]))
    for rule in sorted(book.rules, key=lambda rule: (-RANK[rule.versions[-1].effect], rule.id)):
        if layer in (None, rule.layer):
            days = ", ".join(str(version.start) for version in rule.versions)
            table.add_row(
                rule.id,
                pick(book.said(rule.id)["title"], _language()),
                rule.layer,
                rule.versions[-1].effect,
                rule.level,
                days,
            )
    console.print(table)


@rules.command("show")
@click.argument("rule")
@_told
def show_rule(rule: str) -> None:
    """Show a RULE as the book has it."""
    book = _deployment().book
    if rule not in book.data["rules"]:
        raise RuleUnknown(rule=rule)
    click.echo(orjson.dumps(book.said(rule), option=orjson.OPT_INDENT_2))


@main.command()
@click.argument("screening")
@_told
def verify(screening: str) -> None:
    """Ask a kept SCREENING (id or token) again: same, differs with a list, or inputs gone."""
    here = _deployment()
    found = verify_screening(screening, here.ledger, here.store, here.book)
    console.print(f"{found.outcome}  {found.id}", style="green" if found.outcome == "same" else "bold red")
    for line in (*(f"book: {name}" for name in found.book), *found.record, *(f"gone: {kind}" for kind in found.gone)):
        console.print(f"  {line}", soft_wrap=True)
    sys.exit(0 if found.outcome == "same" else DIFFERS)


@main.command()
@click.option("--if-stale", is_flag=True, help="Only where sources, facts or recipe have changed since.")
@_told
def build(if_stale: bool) -> None:
    """Build the region's layers from sources and facts."""
    settings = Settings.from_environment()
    if if_stale and not is_stale(settings):
        return
    for release in build_region(settings, _progress):
        console.print(f"{release.layer}  {release.id}")


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
@_told
def zone(elements: Path, out: Path, outlines: Path | None, least_ha: float, counts: tuple[str, ...]) -> None:
    """Draw control units from your own ELEMENTS: polygons with `zone_class`, and `id`, `name`, `kind` if you like.

    Priority goes before key before general, an earlier row before a later one; what is left of each county is one
    general unit. The codes begin with the region's prefix for drawn units and are no official ones. Elements that no
    unit was drawn from are listed after a cross: they lie outside of the counties or under earlier ones.
    """
    here = _deployment()
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
    table = _table("cli.class", "cli.zones", "cli.area_km2", "cli.share")
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


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=5000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
@_told
def serve(host: str, port: int, workers: int) -> None:
    """Serve the map, the pages and the API under granian."""
    from granian import Granian
    from granian.constants import Interfaces

    _deployment()  # a broken book or catalogue is said here, before any worker starts
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    console.print(f"http://{host}:{port}")
    server = Granian(
        "webmap:create_app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=32,  # a slow sender holds one of these, not the service
        backpressure=256,
        websockets=False,
        factory=True,
    )
    server.serve()
