"""The command that sets several sites side by side: `alternatives`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from geo.alternatives import MOST, weigh
from geo.bulk.answer import read_facts
from geo.cli.sites import of_file, said_only, take_file, told_of
from geo.cli.terminal import COLOURS, console, deployment, language, main, telling_errors
from geo.deployment import Deployment, Question
from geo.errors import AlternativeUnusable, SiteError, SiteReadingUnsettled
from geo.export.alternatives import present_alternatives
from geo.figures import listed
from geo.report import View
from geo.screening import Screening
from geo.site import Site
from geo.site.contents import Piece
from geo.site.intake import Intake
from geo.texts import say


@main.command()
@click.argument("features", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--site", "sites", multiple=True, metavar="[NAME=]AT", help="A site; given again for each, 2 to 10.")
@click.option("--industry", help="GB/T 4754-2017 code, as C2631.")
@click.option("--kind", help="Kind of works that no industry code describes, as highway or school.")
@click.option("--nature", help="new, rebuilt, expanded, upgraded, relocated or existing.")
@click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="A fact of the project; may be given again.")
@click.option("--as-of", "day", metavar="YYYY-MM-DD", help="The day whose law is asked for; today in China by default.")
@click.option("--known-at", metavar="YYYY-MM-DD", help="With the layers as they were served at the end of that day.")
@click.option("--crs", help="CRS of the coordinates, as EPSG:4552 or GCJ-02; EPSG:4490 where nobody says one.")
@click.option("--accuracy", "accuracy_m", type=float, default=0.0, help="How exact the coordinates are, metres.")
@click.option("--width", "width_m", type=float, help="Width of lines, metres.")
@of_file
@click.option("--json", "as_json", is_flag=True, help="The record, byte for byte.")
@telling_errors
def alternatives(
    features: Path | None, sites: tuple[str, ...], facts: tuple[str, ...], as_json: bool, **asked: Any
) -> None:
    """Set 2 to 10 sites for one project side by side: from --site, or each object of a file FEATURES."""
    here = deployment()
    of_coordinates, said_of_file = told_of(asked)
    asked |= said_only(of_coordinates)
    of_features = read_features(here, features, **said_of_file) if features else ()
    named: list[tuple[str, str | Site]] = [*of_features, *map(read_place, sites)]
    said = read_facts(";".join(facts))
    questions = [Question(site=site, facts=said, either_order=True, **asked) for _, site in named]
    names = [name for name, _ in named]
    screenings = here.alternatives(names, questions)
    found = weigh(names, [screening.record for screening in screenings], here.book)
    if as_json:
        click.echo(found.json, nl=False)
        return
    _show(present_alternatives(found, here.book, language()))
    _show_notices(found.names, screenings)


def _show_notices(names: Sequence[str], screenings: Sequence[Screening]) -> None:
    """Print what was done to each site on its way in."""
    for name, screening in zip(names, screenings, strict=True):
        for notice in screening.site.notices:
            console.print(Text.assemble((f"{name}  ", "bold"), notice.text(language())), style="dim", soft_wrap=True)


def read_place(text: str) -> tuple[str, str]:
    """Name and place of `NAME=AT`; what stands before `=` is no name where it begins a place of itself."""
    name, equals, place = text.partition("=")
    if not equals or name.lstrip().startswith("{") or name.strip().upper() == "SRID":
        return "", text
    return name, place


def read_features(here: Deployment, path: Path, **said: Any) -> list[tuple[str, Site]]:
    """The pieces of a file, each a site with its name.

    Raises
    ------
    AlternativeUnusable
        Naming the piece that is no site, and why.
    SiteError, LimitError
        Naming what is wrong with the file.
    """
    taken = take_file(here, path, **said)
    return [(piece.name, _site_of(taken, piece)) for piece in taken.chosen()[: MOST + 1]]


def _site_of(taken: Intake, piece: Piece) -> Site:
    try:
        return taken.site_of(piece, taken.reading)
    except SiteReadingUnsettled:
        raise
    except SiteError as error:
        raise AlternativeUnusable(name=piece.name, reason=error) from error


def _words(code: str, **parameters: object) -> str:
    return say(f"alternatives.{code}", language(), **parameters)


def _show(view: View) -> None:
    """Print what is dominated, then each site, then the rules that set them apart."""
    for number, line in enumerate(view["headlines"]):
        console.print(line, style="bold" if number == 0 else None)
    if view["illustrative"]:
        console.print(say("answer.illustrative", language()))
    console.print(view["definition"], style="dim")
    for site in view["sites"]:
        _show_site(site)
    if view["nowhere"]:
        console.print("\n" + _words("nowhere", layers=listed(view["nowhere"], language())), style="dim")
    for rows, heading in ((view["apart"], "apart"), (view["apart_by_data"], "apart_by_data")):
        if rows:
            console.print(f"\n{_words(heading)}", style="bold")
            console.print(_table(view["names"], rows))
    if not view["apart"]:
        console.print(_words("no_apart"))
    for heading in ("alike", "silent"):
        if view[heading]:
            console.print(f"{_words(heading)}: {len(view[heading])}", style="dim")


def _show_site(site: View) -> None:
    console.print(
        Text.assemble("\n", (_words("site", name=site["name"]), "bold"), f"  {site['place']}  {site['counties']}")
    )
    console.print(f"  {site['headline']}", style=COLOURS[site["verdict"]])
    for line in filter(None, (site["range"], site["firm"], site["firm_range"])):
        console.print(f"  {line}")
    for line in site["dominated"]:
        console.print(f"  ▼ {line}")
    decides = site["deciding"]
    if decides is None:
        console.print(f"  {_words('no_deciding')}")
    else:
        console.print(f"  {_words('deciding')}: {decides['effect_text']} · {decides['title']} ({decides['rule']})")
        console.print(f"    {decides['provisions']}", style="dim")
        if decides["change"]:
            console.print(f"  {_words('to_change')}: {'; '.join(decides['change'])}")
        console.print(f"    → {decides['next']}", style="dim")
    if site["not_checked"]:
        console.print(f"  / {_words('not_checked_here', layers=listed(site['not_checked'], language()))}")


def _table(names: list[str], rows: list[View]) -> Table:
    table = Table(_words("rule"), *names, box=None, pad_edge=False)
    for row in rows:
        cells = [Text(f"{cell['mark']} {cell['text']}") for cell in row["cells"]]
        table.add_row(Text.assemble((f"{row['effect_text']} ", COLOURS[row["effect"]]), row["title"]), *cells)
    return table
