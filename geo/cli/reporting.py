"""The command `report`."""

from pathlib import Path
from urllib.parse import urlsplit

import click

from geo.cli.terminal import console, deployment, language, main, telling_errors
from geo.issuing import MEDIA_TYPES, MOST_ADDRESS, issue, report_of
from geo.texts import LANGUAGES


@main.command()
@click.argument("screening")
@click.option("--format", "form", type=click.Choice(tuple(MEDIA_TYPES)), default="html", show_default=True)
@click.option(
    "--lang", "spoken", type=click.Choice(LANGUAGES), help="Language of the report; that of answers by default."
)
@click.option("--address", metavar="URL", help="Where the kept screening is read: printed, and as a code to scan.")
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="File to write.")
@telling_errors
def report(screening: str, form: str, spoken: str | None, address: str | None, out: Path) -> None:
    """Write the formal report of a kept SCREENING (id or token)."""
    here = deployment()
    kept = here.ledger.find(screening)
    made = issue(report_of(here, kept, spoken or language(), address=_checked(address)), form)
    out.write_bytes(made.data)
    console.print(f"{kept.id} → {out}")


def _checked(address: str | None) -> str | None:
    if address is None:
        return None
    if len(address) > MOST_ADDRESS or not address.isprintable() or urlsplit(address).scheme not in ("http", "https"):
        raise click.BadParameter(
            f"an http(s) address of at most {MOST_ADDRESS} letters is expected", param_hint="--address"
        )
    return address
