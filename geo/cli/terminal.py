"""What every command shares: the group, the two consoles, tables, and how an error is told."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from geo.deployment import Deployment
from geo.errors import DataError, FenquError, FileUnusable
from geo.settings import Settings
from geo.texts import LANGUAGES, reviewed, say

BAD_INPUT, BROKEN_DATA, DIFFERS = 2, 3, 1
COLOURS = {
    "prohibited": "bold red", "restricted": "red", "conditional": "yellow", "noted": "cyan", "none": "green",
    "needs_review": "bold magenta", "needs_information": "bold yellow", "no_restriction_found": "green",
}  # fmt: skip
console = Console(markup=False, width=None if sys.stdout.isatty() else 200)  # data is no markup
complaints = Console(markup=False, stderr=True)


def language() -> str:
    """The language that the reader chose."""
    return str(click.get_current_context().find_root().obj["lang"])


def deployment() -> Deployment:
    """The deployment that the environment names, opened.

    Raises
    ------
    DataError
        Where the catalogue or the book cannot be used.
    """
    return Deployment.open(Settings.from_environment())


def telling_errors(command: Callable[..., Any]) -> Callable[..., Any]:
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
    complaints.print(Text(error.code, style="bold red"), error.text(language()), soft_wrap=True)
    sys.exit(BROKEN_DATA if isinstance(error, DataError) and not isinstance(error, FileUnusable) else BAD_INPUT)


_COMMANDS = {  # command: the module of it, loaded when it is asked for
    "alternatives": "alternatives", "build": "drawing", "bulk": "answering", "export": "layers", "import": "importing",
    "industries": "industries", "layers": "layers", "note": "reviewing", "report": "reporting", "rules": "rules",
    "screen": "answering", "serve": "serving", "sites": "sites", "stats": "statistics", "verify": "answering",
    "watch": "reviewing", "zone": "drawing",
}  # fmt: skip


class Commands(click.Group):
    """The commands, each loaded with what it needs when it is asked for: one question does not wait for all others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name."""
        if cmd_name in _COMMANDS and cmd_name not in self.commands:
            import_module(f"geo.cli.{_COMMANDS[cmd_name]}")
        return super().get_command(ctx, cmd_name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
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
    context.call_on_close(lambda: _mark_translation(lang, context.obj))


def _mark_translation(lang: str, told: dict[str, object]) -> None:
    """Say on the other console, where data never stands, that nobody has reviewed what was said; once is enough."""
    if not reviewed(lang) and not told.get("marked"):
        complaints.print(say("answer.translated", lang), style="dim", soft_wrap=True)


def say_translation(text: str | None) -> None:
    """Say beside an answer that nobody has reviewed its translation; None of one that is reviewed."""
    if text:
        console.print(text, style="dim", soft_wrap=True)
        click.get_current_context().find_root().obj["marked"] = True


def table_of(*headings: str) -> Table:
    """An empty table; headings are codes of texts."""
    return Table(*(say(heading, language()) for heading in headings), box=None, pad_edge=False)


@contextmanager
def progress_of(rows: int, wanted: bool | None) -> Iterator[Callable[[int, int], None]]:
    """Show on the other console how many of the rows are done, how fast, and how long the rest takes.

    Parameters
    ----------
    wanted : None where a terminal decides
    """
    if not (complaints.is_terminal if wanted is None else wanted):
        yield lambda done, failed: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn()
    with Progress(*columns, console=complaints) as shown:
        task = shown.add_task("", total=rows, rate="")

        def told(done: int, failed: int) -> None:
            speed = shown.tasks[task].speed
            rate = f"{speed:,.0f}/s" if speed else ""
            shown.update(task, completed=done, rate=f"{rate} {failed} ✗" if failed else rate)

        yield told
