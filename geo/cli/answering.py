"""Commands that answer: `screen`, `bulk`, `verify`."""

import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from geo.bulk.answer import read_facts
from geo.cli.sites import names_file, of_file, said_only, site_of_file, take_file, told_of
from geo.cli.terminal import (
    BAD_INPUT,
    COLOURS,
    DIFFERS,
    console,
    deployment,
    language,
    main,
    progress_of,
    say_translation,
    table_of,
    telling_errors,
)
from geo.day import today
from geo.deployment import Deployment, Question
from geo.figures import listed
from geo.report import View, present
from geo.texts import say


@main.command()
@click.argument("at")
@click.option("--industry", help="GB/T 4754-2017 code, as C2631.")
@click.option("--kind", help="Kind of works that no industry code describes, as highway or school.")
@click.option("--nature", help="new, rebuilt, expanded, upgraded, relocated or existing.")
@click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="A fact of the project; may be given again.")
@click.option("--as-of", "day", metavar="YYYY-MM-DD", help="The day whose law is asked for; today in China by default.")
@click.option("--compare", "other_day", metavar="YYYY-MM-DD", help="Ask on this day too, and say what differs and why.")
@click.option("--known-at", metavar="YYYY-MM-DD", help="With the layers as they were served at the end of that day.")
@click.option("--crs", help="CRS of the coordinates, as EPSG:4552 or GCJ-02; EPSG:4490 where nobody says one.")
@click.option("--accuracy", "accuracy_m", type=float, default=0.0, help="How exact the coordinates are, metres.")
@click.option("--width", "width_m", type=float, help="Width of a line, metres.")
@of_file
@click.option("--json", "as_json", is_flag=True, help="The canonical record, byte for byte.")
@click.option("--geojson", "as_geojson", is_flag=True, help="The site and the pieces of zones under it.")
@click.option(
    "--html",
    "html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the answer into one offline HTML file.",
)
@click.option(
    "--gpkg",
    "gpkg",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write site, pieces of zones and findings into one GeoPackage.",
)
@click.option("--keep/--no-keep", default=True, help="Keep the answer in the ledger, so that it can be verified.")
@telling_errors
def screen(
    at: str,
    facts: tuple[str, ...],
    as_json: bool,
    as_geojson: bool,
    html: Path | None,
    gpkg: Path | None,
    keep: bool,
    other_day: str | None,
    **asked: Any,
) -> None:
    """Screen a site: AT is a coordinate in either order, WKT, GeoJSON, @FILE that holds one, or a file of sites."""
    here = deployment()
    question = _question(here, at, _facts(facts), asked)
    if other_day is not None:
        if html or gpkg or as_geojson:
            raise click.UsageError("--compare goes with --json or alone: it answers in words or as JSON.")
        _compare(here, question, other_day, as_json)
        return
    screening = here.screen(question)
    kept = here.keep(screening) if keep else None
    view = present(screening.record, here.book, language(), screening.site.notices)
    if html:
        from geo.export.html import render_file

        html.write_text(render_file(view, here.ledger.all_notes(kept.id) if kept else ()), encoding="utf-8")
    if gpkg:
        from geo.export.geopackage import write_screening

        write_screening(gpkg, screening, here.settings.audience)
    if as_geojson and not as_json:
        from geo.export.geojson import encode, screening_collection

        click.echo(encode(screening_collection(screening, here.settings.audience)), nl=False)
        return
    if as_json:
        click.echo(screening.json, nl=False)
        return
    _show(view)
    for written in filter(None, (html, gpkg)):
        console.print(f"→ {written}")
    if kept:
        if notes := here.ledger.all_notes(kept.id):
            show_notes(notes)
        console.print(f"fenqu verify {kept.id}", style="dim")


def _question(here: Deployment, at: str, facts: dict[str, object], asked: dict[str, Any]) -> Question:
    """The question about a place in words, or about the site in a file."""
    of_coordinates, said_of_file = told_of(asked)
    if names_file(at):
        return Question(site=site_of_file(here, Path(at), **said_of_file), facts=facts, **asked)
    text = Path(at[1:]).read_text(encoding="utf-8") if at.startswith("@") else at
    return Question(site=text, facts=facts, either_order=True, **said_only(of_coordinates), **asked)


def _compare(here: Deployment, question: Question, other_day: str, as_json: bool) -> None:
    """Print both answers and each difference; nothing is kept."""
    from geo.export.comparison import present_comparison

    comparison = here.compare(question, other_day)
    if as_json:
        click.echo(comparison.json, nl=False)
        return
    view = present_comparison(comparison, here.book, language())
    _show_answers_of_days(view)
    if view["same"]:
        console.print(say("change.none", language()))
    for change in view["changes"]:
        _show_change(change, view["answers"])
    for heading, points in (("change.opened", view["opened"]), ("change.closed", view["closed"])):
        if points:
            console.print(f"\n{say(heading, language())}")
        for point in points:
            console.print(f"  {point}")
    for section in view["differences"]:
        console.print(f"\n{section['heading']}")
        for row in section["rows"]:
            console.print(f"  {row['title']}")
            _show_sides(row, view["answers"])


def _show_answers_of_days(view: View) -> None:
    """Print both answers with what they do not know."""
    for answer in view["answers"]:
        console.print(answer["day"], answer["headline"], style=COLOURS[answer["verdict"]])
        told = (answer["range"], answer["firm"], answer["firm_range"], answer["not_checked"], *answer["remarks"])
        for line in filter(None, told):
            console.print(f"  {line}")
    if view["illustrative"]:
        console.print(say("answer.illustrative", language()))


def _show_change(change: View, answers: list[View]) -> None:
    title = Text.assemble("\n", ("■", COLOURS[change["effect"]]), f" {change['title']}  ", (change["rule"], "dim"))
    console.print(title)
    console.print(f"  {change['kind_text']}")
    _show_sides(change, answers)
    for reason in change["reasons"]:
        console.print(f"  ← {reason}")


def _show_sides(told: View, answers: list[View]) -> None:
    for answer, side in zip(answers, ("before", "after"), strict=True):
        console.print(f"  {answer['day']}  {told[side]}")


def _show(view: View) -> None:
    """Print an answer: the sentence, what was not checked, every layer, the findings, what is still asked."""
    console.print(view["headline"], style=COLOURS[view["verdict"]])
    where = f"{say('ui.place', language())}: {view['site']['place']}  {view['site']['day']}"
    say_translation(view["translation"])
    missing = listed(view["not_checked"], language())
    unchecked = say("answer.not_checked", language(), layers=missing) if missing else None
    for line in (view["firm"], view["range"], unchecked, where, *_validity(view), *view["remarks"]):
        if line:
            console.print(line)
    console.print(_checks(view))
    for finding in view["findings"]:
        _show_finding(finding)
    for conflict in view["conflicts"]:
        _show_conflict(conflict)
    _show_eia(view["eia"])
    if view["any_answer"]:
        console.print(say("ui.any_answer", language(), verdict=view["any_answer"]), style="dim")
    for question in view["questions"]:
        console.print(f"? --fact {question['fact']}=…  {question['question']}")
        _show_answers(question["answers"])


def _validity(view: View) -> list[str]:
    """For which day the answer is valid, and how to ask again where that day has passed."""
    said, now = view["site"], today()
    if date.fromisoformat(said["day"]) >= now:
        return [said["valid"]]
    again = say("cli.ask_today", language(), today=now.isoformat())
    return [f"{said['valid']} {say('answer.valid_passed', language())}", again]


def _show_eia(eia: View | None) -> None:
    """Print the sensitive areas that may bear on the class of assessment, and what it does not say."""
    if eia is None:
        return
    console.print(Text.assemble("\n", (say("eia.title", language()), "bold")))
    console.print(f"  {eia['lead']}")
    for group in eia["classes"]:
        console.print(f"  {group['title']}  {group['text']}")
        for touched in group["touched"]:
            zones = listed(touched["zones"], language())
            console.print(f"    ■ {touched['area']}  {touched['certainty']}  {zones}")
        for line in group["open"]:
            console.print(f"    ? {line}", style="dim")
    for note in eia["notes"]:
        console.print(f"  {note}", style="dim")


def _checks(view: View) -> Table:
    table = table_of("cli.layer", "cli.status", "cli.zones")
    for check in view["checks"]:
        if check["reason"] == "not_supplied":
            continue
        measures = ("name", "area", "site_share", "length", "line_share", "distance", "decides")
        zones = [" ".join(filter(None, map(zone.get, measures))) for zone in check["zones"]]
        zones += [f"  {one['part']}: {one['from']} – {one['to']}  {one['name']}" for one in check["crossings"]]
        zones += [f"? {name}" for name in check["unplaced"]]
        zones += [said for said in (check["more_crossings"], check["nearest"], check["survey"]) if said]
        table.add_row(check["title"], check["text"], "\n".join(zones))
    return table


def _show_answers(answers: Sequence[View]) -> None:
    """What each answer would make of the verdict, where that is not the same."""
    for answer in answers if len(answers) > 1 else ():
        console.print(f"    {answer['given']} → {answer['verdict_text']}  {answer['range']}", style="dim")


def _show_conflict(conflict: View) -> None:
    names = "  ≠  ".join(f"{title} ({rule})" for rule, title in conflict["rules"])
    console.print(Text.assemble("\n", ("≠", COLOURS[conflict["effect"]]), f" {names}"))
    console.print(f"  {conflict['outcome']}  {conflict['by']} · {conflict['effect_text']}")
    for provision in conflict["provisions"]:
        console.print(f"  {provision['document']} {provision['article']} “{provision['phrase']}”", style="dim")


def _show_finding(finding: View) -> None:
    words = " · ".join(finding[f"{name}_text"] for name in ("state", "effect", "certainty", "dimension"))
    console.print(
        Text.assemble("\n", ("■", COLOURS[finding["effect"]]), f" {finding['title']}  ", (finding["rule"], "dim"))
    )
    console.print(f"  {words}  {listed(finding['zones'], language())}")
    for provision in finding["provisions"]:
        mark = f" [{provision['verified_text']}]" if provision["verified_text"] else ""
        console.print(f"  {provision['document']} {provision['article']}{mark} “{provision['phrase']}”")
    for told in finding["access_lists"]:
        console.print(f"  {told['title']}")
        for part in told["parts"]:
            for clause in part["clauses"]:
                console.print(Text(f"    {part['dimension']}  {clause.strip()}"))
    for cause in finding["causes"]:
        console.print(f"  ? {cause}")
    console.print(f"  → {finding['next']}")
    console.print(f"  @ {finding['office']}", style="dim")


@main.command()
@click.argument("table", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help=".csv, .xlsx, .parquet, .geoparquet or .gpkg to write.",
)
@click.option("--as-of", "day", metavar="YYYY-MM-DD", help="The day for rows that name none.")
@click.option("--industry", help="GB/T 4754-2017 code, for sites that name none.")
@click.option("--kind", help="Kind of works that no industry code describes, for them.")
@click.option("--nature", help="new, rebuilt, expanded, …, for them.")
@click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="A fact of the project, for them; again.")
@click.option("--crs", help="CRS of the coordinates, where the table or file does not say.")
@click.option("--accuracy", "accuracy_m", type=float, default=0.0, help="How exact the coordinates are, metres.")
@click.option("--width", "width_m", type=float, help="Width of lines, metres.")
@click.option("--distances", is_flag=True, help="Say how far the nearest zone of each layer is; slower.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that work.")
@click.option("--strict", is_flag=True, help="Stop at the first row that fails, and write nothing.")
@click.option("--restart", is_flag=True, help="Begin anew where an earlier run was stopped.")
@click.option("--progress/--no-progress", default=None, help="Show how far it is; by default on a terminal.")
@of_file
@telling_errors
def bulk(
    table: Path,
    out: Path,
    workers: int,
    strict: bool,
    restart: bool,
    distances: bool,
    progress: bool | None,
    day: str | None,
    facts: tuple[str, ...],
    **said: Any,
) -> None:
    """Screen each row of a TABLE (lon, lat or at; industry, kind, nature, facts, placed) or each site of a file."""
    from geo.bulk.chunk import Said
    from geo.bulk.outlet import check_ending
    from geo.bulk.run import Order, carry_out, chunks_of_file
    from geo.bulk.table import is_table, open_table
    from geo.frames import read_frame

    here = deployment()
    asked = {name: said.pop(name) or "" for name in ("industry", "kind", "nature")} | {"facts": ";".join(facts)}
    _facts(facts)  # a fact that is none is told before anything is begun
    options = {name: value for name, value in {**asked, **said}.items() if value}
    order = Order(table, out, language(), day, distances, restart, strict, workers, options)
    check_ending(out)
    if is_table(table):
        if any(said[name] for name in ("pieces", "encoding", "address")):
            raise click.UsageError("--piece, --encoding and --address are of a file of sites, and not of a table.")
        frame = read_frame(said["crs"], here.settings.layers) if said["crs"] else None
        of_rows = Said(frame, said["accuracy_m"], said["width_m"], asked)
        opened = open_table(table, here.settings.bulk_rows, of_rows, next(iter(said["layers"]), None))
        rows, chunks = opened.rows, opened.chunks()
    else:
        intake = take_file(here, table, **said)
        chunks, rows = chunks_of_file(intake, asked, language()), len(intake.chosen())
    with progress_of(rows, progress) as told:
        done, failed = carry_out(order, rows, chunks, here.settings, told)
    console.print(f"{done} → {out}" + (f", {failed} ✗" if failed else ""))
    sys.exit(BAD_INPUT if failed else 0)


def _facts(said: Sequence[str]) -> dict[str, object]:
    return read_facts(";".join(said))


@main.command()
@click.argument("screening")
@telling_errors
def verify(screening: str) -> None:
    """Ask a kept SCREENING (id or token) again: same, differs with a list, or inputs gone."""
    from geo.verify import verify as verify_screening

    here = deployment()
    found = verify_screening(screening, here.ledger, here.store, here.book)
    console.print(f"{found.outcome}  {found.id}", style="green" if found.outcome == "same" else "bold red")
    for line in (*(f"book: {name}" for name in found.book), *found.record, *(f"gone: {kind}" for kind in found.gone)):
        console.print(f"  {line}", soft_wrap=True)
    _show_revisions(here, screening)
    if notes := here.ledger.all_notes(found.id):
        show_notes(notes)
    sys.exit(0 if found.outcome == "same" else DIFFERS)


def _show_revisions(here: Deployment, screening: str) -> None:
    """Say what the kept answer rests on and is not as it was; this changes no outcome."""
    from geo.revisions import revisions, revisions_in_words

    kept = here.ledger.find(screening)
    book = here.book_of(kept)
    for line in revisions_in_words(revisions(kept.record, book, here.book, today()), book, here.book, language()):
        console.print(f"  ! {line}", soft_wrap=True)


def show_notes(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print reviewers' notes, and that the machine's answer is unchanged."""
    from geo.notes import notes_in_words

    console.print(say("note.lead" if rows else "note.none", language()), style="dim")
    for row in notes_in_words(rows, language()):
        console.print(f"{row['heading']}  {row['kind_text']}", style=COLOURS.get(row["verdict"] or ""))
        for line in row["reason"].split("\n"):
            console.print(f"  {line}", soft_wrap=True)
        if row["withdrawn_text"]:
            console.print(f"  {row['withdrawn_text']}", style="dim")
