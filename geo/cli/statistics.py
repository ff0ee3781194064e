"""The command `stats`."""

import click
from rich.table import Table
from rich.text import Text

from geo.cli.terminal import console, deployment, language, main, table_of, telling_errors
from geo.day import read_day
from geo.errors import LayerUnknown
from geo.export.statistics import present_statistics, statistics_json
from geo.figures import listed
from geo.published import read_published
from geo.report import View
from geo.stats import measure
from geo.texts import say


@main.command()
@click.option("--layer", metavar="KIND", help="Only this layer kind, with its classes and counties.")
@click.option("--as-of", "day", metavar="YYYY-MM-DD", help="The day on which zones must be valid; today by default.")
@click.option("--json", "as_json", is_flag=True, help="Canonical JSON: m², shares from 0 to 1.")
@telling_errors
def stats(layer: str | None, day: str | None, as_json: bool) -> None:
    """Areas by layer, class and county, beside the published figures and the plan's targets."""
    here = deployment()
    if layer is not None and layer not in here.book.catalogue:
        raise LayerUnknown(layer=layer)
    published = read_published(here.settings)
    measured = measure(here.store.snapshot(), published, here.settings.audience, read_day(day))
    chosen = measured if layer is None else measured.only(layer)
    if as_json:
        click.echo(statistics_json(chosen))
        return
    view = present_statistics(chosen, here.book.catalogue, language())
    if view["illustrative"]:
        console.print(f"[{say('ui.sketch_mark', language())}] {say('ui.stats_sketch_note', language())}")
    console.print(say("ui.stats_method", language(), day=view["day"]), style="dim")
    console.print(_areas(view["layers"], detailed=layer is not None))
    for row in view["layers"] if layer else []:
        if row.get("counties"):
            console.print("", _counties(row))
    if view["missing"]:
        names = listed([row["title"] for row in view["missing"]], language())
        console.print(say("ui.stats_missing", language(), names=names), style="dim")
    for title, figures in (
        ("ui.stats_published", [row for shown in (*view["layers"], *view["missing"]) for row in shown["figures"]]),
        ("ui.stats_targets", view["targets"]),
        ("ui.stats_others", view["others"]),
    ):
        if figures:
            console.print(Text(f"\n{say(title, language())}", style="bold"), _figures(figures))


def _areas(rows: list[View], detailed: bool) -> Table:
    """The layers' areas; in detail also each class."""
    table = table_of("cli.layer", *(f"ui.stats_{name}" for name in ("zones", "area", "coverage_share", "county_share")))
    for row in rows:
        if row["state"] != "ok":
            table.add_row(row["title"], Text(row["state_text"], style="red"))
            continue
        classes = row["classes"] if detailed else []
        for name, tally in ((row["title"], row["whole"]), *((f"  {each['title']}", each) for each in classes)):
            left = say("ui.stats_unplaced", language(), count=tally["unplaced"]) if tally["unplaced"] else ""
            amounts = (_amount(tally[cell]) for cell in ("area", "coverage_share", "county_share"))
            table.add_row(name, f"{tally['zones']} {left}".rstrip(), *amounts)
    return table


def _counties(row: View) -> Table:
    """One layer by county, as a whole and by class."""
    headings = [say("ui.stats_county", language()), say("ui.stats_layer_whole", language())]
    table = Table(*headings, *(each["title"] for each in row["classes"]), box=None, pad_edge=False)
    for county in row["counties"]:
        table.add_row(county["name"], *(_amount(cell["area"]) for cell in (county, *county["classes"])))
    return table


def _figures(rows: list[View]) -> Table:
    table = table_of(*(f"ui.stats_{name}" for name in ("figure", "published", "found", "difference")))
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
    return f"{value['text']} [{say('ui.sketch_mark', language())}]" if value["sketch"] else str(value["text"])
