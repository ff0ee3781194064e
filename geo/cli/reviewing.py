"""Commands that look after kept answers: `note` writes a reviewer's word beside one, `watch` asks all of them again."""

import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from time import monotonic

import click
from rich.table import Table

from geo.canonical import encode
from geo.cli.answering import show_notes
from geo.cli.terminal import (
    BROKEN_DATA,
    DIFFERS,
    complaints,
    console,
    deployment,
    language,
    main,
    table_of,
    telling_errors,
)
from geo.day import SHANGHAI, read_day, today
from geo.deployment import Deployment
from geo.notes import VERDICTS, notes_json, read_note
from geo.texts import say
from geo.watch import Sight, Watch, reasons_in_words

SHOWN_AT_ONCE = 50  # rows of one table
TELL_EVERY_S = 2.0  # between two words on the progress


@main.command()
@click.argument("screening")
@click.option("--by", "reviewer", metavar="NAME", help="Who says it.")
@click.option("--reason", metavar="TEXT", help="What the reviewer says, at most 4000 characters.")
@click.option("--override", "verdict", type=click.Choice(VERDICTS), help="The verdict the reviewer sets beside ours.")
@click.option("--withdraw", "withdraws", type=int, metavar="NUMBER", help="Take back an earlier note, with a reason.")
@click.option("--day", metavar="YYYY-MM-DD", help="The day of the review; today in China by default.")
@click.option("--list", "listing", is_flag=True, help="Only show the notes on this answer.")
@click.option("--json", "as_json", is_flag=True, help="All notes as canonical JSON.")
@telling_errors
def note(
    screening: str,
    reviewer: str | None,
    reason: str | None,
    verdict: str | None,
    withdraws: int | None,
    day: str | None,
    listing: bool,
    as_json: bool,
) -> None:
    """Write a reviewer's note beside a kept SCREENING (id or token); the answer itself stays as it is."""
    here = deployment()
    writing = any(value is not None for value in (reviewer, reason, verdict, withdraws, day))
    if writing and listing:
        raise click.UsageError("--list shows notes and writes none.")
    if writing:
        here.ledger.add_note(screening, read_note(reviewer or "", reason or "", verdict, withdraws, day))
    elif not (listing or as_json):
        raise click.UsageError("Give --by and --reason to write a note, or --list to read those that are there.")
    kept = here.ledger.find(screening)
    rows = here.ledger.all_notes(kept.id)
    if as_json:
        click.echo(notes_json(kept.record, rows), nl=False)
        return
    for name in ("verdict", "indicative_verdict"):
        console.print(say(f"note.machine_{name}", language(), verdict=say(f"verdict.{kept.record[name]}", language())))
    show_notes(rows)


@main.command()
@click.option("--since", metavar="YYYY-MM-DD", help="Only answers kept on this day (in China) or after it.")
@click.option("--region", help="Only answers of this region.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many answers, those kept last.")
@click.option("--as-of", "as_of", metavar="DAY", help="Ask for this day's law too: `today` or YYYY-MM-DD.")
@click.option(
    "--json", "as_json", is_flag=True, help="One line of JSON for each answer listed, and a last one that counts."
)
@telling_errors
def watch(since: str | None, region: str | None, limit: int | None, as_of: str | None, as_json: bool) -> None:
    """Ask kept answers again with the layers and the book of now, and list those that would read otherwise."""
    here = deployment()
    day = None if as_of is None else today() if as_of == "today" else read_day(as_of)
    moment = datetime.combine(read_day(since), time(), SHANGHAI) if since else None
    counts = dict.fromkeys(("same", "changed", "grounds", "unreadable", "broken"), 0)
    names = _first(here.ledger.names(moment, region), limit)
    whole = here.ledger.count(moment, region)
    sights = Watch(here.settings, here.ledger, here.book, day).look(names, language())
    listed = _counted(sights, counts, whole if limit is None else min(limit, whole), day)
    if as_json:
        for sight in listed:
            click.echo(encode(sight.json))
        click.echo(encode({"schema": "fenqu.watch/1", "counts": counts, "book": here.book.hash}))
    else:
        _show_sights(here, listed)
        console.print(say("watch.counts", language(), **counts))
    differs = counts["changed"] or counts["grounds"] or counts["unreadable"]
    sys.exit(DIFFERS if differs else BROKEN_DATA if counts["broken"] else 0)


def _first(names: Iterator[str], limit: int | None) -> Iterator[str]:
    for number, name in enumerate(names):
        if number == limit:
            return
        yield name


def _counted(sights: Iterator[Sight], counts: dict[str, int], whole: int, day: date | None) -> Iterator[Sight]:
    """The sights that are listed; all are counted, and the progress is told on the other console."""
    told, seen, last = monotonic(), 0, None
    for sight in sights:
        counts[sight.outcome] += 1
        seen += sight.id != last
        last = sight.id
        if monotonic() - told >= TELL_EVERY_S:
            told = monotonic()
            complaints.print(f"{seen} / {whole}", style="dim")
        if sight.listed:
            yield sight


def _show_sights(here: Deployment, listed: Iterator[Sight]) -> None:
    """Print what is listed as tables of some rows each, so that a long run holds little."""
    table = _new_table()
    for sight in listed:
        table.add_row(
            sight.id,
            f"{sight.asked or '—'}\n→ {sight.day}" if sight.day != sight.asked else sight.asked or "—",
            _verdicts(sight),
            "\n".join(reasons_in_words(sight, here.book, language())),
        )
        if table.row_count == SHOWN_AT_ONCE:
            console.print(table)
            table = _new_table()
    if table.row_count:
        console.print(table)


def _new_table() -> Table:
    return table_of("watch.answer", "watch.day", "watch.reads", "watch.why")


def _verdicts(sight: Sight) -> str:
    """What the answer said and would say: the verdict on sketched limits and the firm one, each with its range."""
    if sight.before is None or sight.after is None:
        return say("watch.broken", language())
    lines = [say(f"watch.{sight.outcome}", language())] if sight.outcome in ("grounds", "unreadable") else []
    for prefix in ("indicative_", ""):
        then, now = (_reads(said[f"{prefix}verdict"], said[f"{prefix}range"]) for said in (sight.before, sight.after))
        name = say(f"watch.{prefix}verdict", language())
        lines.append(f"{name} {then}" + ("" if then == now else f"\n  → {now}"))
    return "\n".join(lines)


def _reads(verdict: str, effects: Sequence[str]) -> str:
    said = " – ".join(say(f"effect.{effect}", language()) for effect in effects)
    return f"{say(f'verdict.{verdict}', language())} [{said}]"
