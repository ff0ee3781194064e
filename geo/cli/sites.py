"""Files at the command line: `sites` says what was read of one, and other commands take one for a site."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geo.cli.terminal import console, deployment, language, main, telling_errors
from geo.deployment import Deployment, Question
from geo.errors import SiteReadingUnsettled
from geo.report import View
from geo.site import Site
from geo.site.files import READERS

if TYPE_CHECKING:  # what no file needs is not loaded
    from geo.site.intake import Intake

_LONGEST_PATH = 4_000


def of_file(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options with which a sender chooses and says something of a file."""
    for option in (
        click.option("--address", default="", help="Where the site of a file lies, in words: evidence for its CRS."),
        click.option("--encoding", help="Of the texts of a file, where it does not say."),
        click.option(
            "--piece", "pieces", type=int, multiple=True, help="Number of an object of a file, from 1; again."
        ),
        click.option("--layer", "layers", multiple=True, help="A layer of a file; may be given again."),
    ):
        command = option(command)
    return command


def told_of(asked: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Take out of a command's options what is said of coordinates, and what is said and chosen of a file."""
    coordinates = {name: asked.pop(name) for name in ("crs", "accuracy_m", "width_m")}
    file = {name: asked.pop(name) for name in ("layers", "pieces", "encoding", "address")}
    return coordinates, {**coordinates, **file}


def said_only(told: dict[str, Any]) -> dict[str, Any]:
    """What was said, without what was not."""
    return {name: value for name, value in told.items() if value is not None}


def names_file(at: str) -> bool:
    """Whether a text is the path of a file of sites, by its ending."""
    return len(at) < _LONGEST_PATH and at.isprintable() and Path(at).suffix.lower() in READERS


def take_file(here: Deployment, path: Path, **said: Any) -> "Intake":
    """Read a file of sites; `said` is what its sender chose and says of it, by the fields of `SiteFile`.

    Raises
    ------
    SiteError, LimitError
        Naming what is wrong with it.
    """
    from geo.site.intake import SiteFile

    return here.take_in(SiteFile(path=path, name=path.name, **said_only(said)))


def site_of_file(here: Deployment, path: Path, **said: Any) -> Site:
    """The site in a file; where its numbers can be read in several ways they are shown, and none is taken.

    Raises
    ------
    SiteError, LimitError
        Naming what is wrong with it, or what is to be chosen.
    """
    from geo.export.intake_words import present_sites

    taken = take_file(here, path, **said)
    try:
        return taken.site()
    except SiteReadingUnsettled:
        _show_readings(present_sites(_record(here, taken), language()))
        raise


@main.command()
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--crs", help="CRS of the coordinates, where the file does not say: EPSG:4552, GCJ-02.")
@click.option("--accuracy", "accuracy_m", type=float, default=0.0, help="How exact the coordinates are, metres.")
@click.option("--width", "width_m", type=float, help="Width of lines, metres.")
@of_file
@click.option("--json", "as_json", is_flag=True, help="The record of what was understood.")
@telling_errors
def sites(file: Path, as_json: bool, **said: Any) -> None:
    """Say what was read of FILE, and where it would lie; nothing is screened."""
    here = deployment()
    taken = take_file(here, file, **said)
    from geo.export.intake import sites_json
    from geo.export.intake_words import present_sites

    record = _record(here, taken)
    if as_json:
        click.echo(sites_json(record), nl=False)
        return
    view = present_sites(record, language())
    console.print(f"{view['file']}  {view['format']}", style="bold")
    for line in (view["claim"], view["read_as"], view["count"], *view["notices"]):
        console.print(line, soft_wrap=True)
    _show_layers(view)
    _show_pieces(view)
    _show_readings(view)


def _record(here: Deployment, taken: "Intake") -> Mapping[str, Any]:
    from geo.export.intake import sites_record

    return sites_record(taken, here.screen_readings(taken, Question("")))


def _show_layers(view: View) -> None:
    for layer in view["layers"]:
        console.print(f"  {'■' if layer['taken'] else '□'} --layer '{layer['name']}'  {layer['text']}", soft_wrap=True)


def _show_pieces(view: View) -> None:
    for piece in view["pieces"]:
        mark = "■" if piece["taken"] else "□"
        console.print(f"  {mark} --piece {piece['number']}  {piece['name']}  {piece['text']}", soft_wrap=True)


def _show_readings(view: View) -> None:
    """Print each way to read the numbers: where the site would lie, what it would mean, and what speaks for it."""
    for reading in view["readings"]:
        style = "bold" if view["settled"] else "bold yellow"
        console.print(f"\n--crs '{reading['crs']}'  {reading['crs_text']}", style=style)
        told = (reading["where"], reading["size"], reading["apart"], reading["meaning"], reading["error"])
        for line in filter(None, (*told, *reading["mended"], *reading["evidence"])):
            console.print(f"  {line}", soft_wrap=True)
