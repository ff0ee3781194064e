"""Commands on the rule book: `rules list`, `rules show`, `rules test`, `rules lint`, `rules coverage`."""

import sys
from collections import Counter
from typing import Any

import click
import orjson
from rich.text import Text

from geo.cli.terminal import COLOURS, DIFFERS, console, deployment, language, main, table_of, telling_errors
from geo.errors import CoverageListUnknown, LayerUnknown, RuleUnknown
from geo.rules.coverage import Clause, Coverage, load_coverage
from geo.rules.flaws import Flaw
from geo.rules.model import RANK
from geo.rules.review import review_book
from geo.rules.trial import EXPECTED, Trial, try_rules
from geo.texts import pick, say


@main.group()
def rules() -> None:
    """Look into the rule book, and prove it."""


@rules.command("list")
@click.option("--layer", help="Only rules of this layer kind.")
@telling_errors
def list_rules(layer: str | None) -> None:
    """List the rules, the gravest first."""
    book = deployment().book
    if layer is not None and layer not in book.catalogue:
        raise LayerUnknown(layer=layer[:40])
    table = table_of(*(f"cli.{name}" for name in ["rule", "title", "layer", "effect", "level", "versions"]))
    for rule in sorted(book.rules, key=lambda rule: (-RANK[rule.versions[-1].effect], rule.id)):
        if layer in (None, rule.layer):
            days = ", ".join(str(version.start) for version in rule.versions)
            table.add_row(
                rule.id,
                pick(book.said(rule.id)["title"], language()),
                rule.layer,
                rule.versions[-1].effect,
                rule.level,
                days,
            )
    console.print(table)


@rules.command("show")
@click.argument("rule")
@telling_errors
def show_rule(rule: str) -> None:
    """Show a RULE as the book has it."""
    book = deployment().book
    if rule not in book.data["rules"]:
        raise RuleUnknown(rule=rule)
    _print_json(book.said(rule))


@rules.command("test")
@click.argument("names", metavar="[RULE]…", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@telling_errors
def try_out(names: tuple[str, ...], as_json: bool) -> None:
    """Run the tests that each RULE, or every rule, has of its own; leave with 1 where one fails."""
    book = deployment().book
    for name in names:
        if name not in book.data["rules"]:
            raise RuleUnknown(rule=name)
    trials = try_rules(book, [rule for rule in book.rules if rule.id in names] if names else None)
    failures = [trial for trial in trials if not trial.passed]
    ran = Counter(trial.kind for trial in trials if trial.number)
    failed = Counter(trial.kind for trial in failures)
    if as_json:
        kinds = {kind: {"tests": ran[kind], "failed": failed[kind]} for kind in EXPECTED}
        _print_json({"rules": len({t.rule for t in trials}), "kinds": kinds, "failures": [_told(t) for t in failures]})
    else:
        table = table_of("cli.test_kind", "cli.tests", "cli.tests_failed")
        for kind in EXPECTED:
            said = f"{kind} ({say(f'trial.{kind}', language())})"
            table.add_row(said, str(ran[kind]), Text(str(failed[kind]), style="bold red" if failed[kind] else ""))
        console.print(table)
        for trial in failures:
            console.print(_failure(trial), style="red")
    _leave(failures)


def _told(trial: Trial) -> dict[str, Any]:
    return {
        "rule": trial.rule,
        "kind": trial.kind,
        "number": trial.number,
        "name": trial.name,
        "expected": EXPECTED[trial.kind],
        "came": trial.came,
        "reason": trial.reason,
    }


def _failure(trial: Trial) -> str:
    return say(
        "cli.test_failure",
        language(),
        rule=trial.rule,
        kind=trial.kind,
        number=trial.number,
        name=f" {trial.name}" if trial.name else "",
        expected=say(f"trial.{trial.kind}", language()),
        came=say(f"came.{trial.came}", language(), reason=trial.reason or ""),
    )


@rules.command("lint")
@click.option("--excepted", "all_of_them", is_flag=True, help="Show what has a written exception too, with its reason.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with the exceptions.")
@telling_errors
def lint(all_of_them: bool, as_json: bool) -> None:
    """Say what a lawyer should mend in the book; leave with 1 where something has no written exception."""
    here = deployment()
    review = review_book(here.book, here.settings)
    if as_json:
        excepted = [{**_found(flaw), "reason": exemption.reason} for flaw, exemption in review.excepted]
        _print_json({"findings": [_found(flaw) for flaw in review.flaws], "excepted": excepted})
    else:
        table = table_of("cli.finding", "cli.subject", "cli.mend")
        for flaw in review.flaws:
            table.add_row(flaw.code, flaw.subject, flaw.text(language()))
        for flaw, exemption in review.excepted if all_of_them else ():
            table.add_row(flaw.code, flaw.subject, pick(exemption.reason, language()), style="dim")
        if table.rows:
            console.print(table)
        counts = {"flaws": len(review.flaws), "excepted": len(review.excepted)}
        console.print(say("cli.review_counts", language(), **counts))
    _leave(review.flaws)


def _found(flaw: Flaw) -> dict[str, Any]:
    return {
        "finding": flaw.code,
        "subject": flaw.subject,
        "face": flaw.face or None,
        "parameters": flaw.parameters,
        "text": flaw.text(language()),
    }


@rules.command("coverage")
@click.option("--document", metavar="ID", help="Only the clauses of this document.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@telling_errors
def show_coverage(document: str | None, as_json: bool) -> None:
    """Show each listed clause with its rules, or the reason why it has none."""
    here = deployment()
    coverage = load_coverage(here.settings.layers / "coverage")
    if document is not None and document not in coverage.documents:
        raise CoverageListUnknown(document=document, known=", ".join(sorted(coverage.documents)) or "–")
    shown = sorted(coverage.documents) if document is None else [document]
    if as_json:
        _print_json({name: {**_tally(coverage, name), "clauses": _rows(coverage, name)} for name in shown})
        return
    for name in shown:
        table = table_of("cli.articles", "cli.clause", "cli.effect", "cli.carried")
        for clause in coverage.only(name):
            effect = Text(clause.effect, style=COLOURS[clause.effect])
            table.add_row(
                ", ".join(clause.articles), f"{clause.ground}\n{clause.says}", effect, _carried(coverage, clause)
            )
        console.print(table)
        console.print(say("cli.coverage_counts", language(), document=name, **_tally(coverage, name)))
    if not shown:
        console.print(say("cli.coverage_none", language()))


def _tally(coverage: Coverage, document: str) -> dict[str, int]:
    clauses = coverage.only(document)
    ruled = sum(bool(clause.rules) for clause in clauses)
    bare = sum(not clause.rules and clause.reason is None for clause in clauses)
    return {"clauses": len(clauses), "ruled": ruled, "reasoned": len(clauses) - ruled - bare, "bare": bare}


def _rows(coverage: Coverage, document: str) -> list[dict[str, Any]]:
    return [
        {
            "articles": clause.articles,
            "ground": clause.ground,
            "says": clause.says,
            "effect": clause.effect,
            "rules": clause.rules,
            "reason": clause.reason,
            "because": clause.because,
        }
        for clause in coverage.only(document)
    ]


def _carried(coverage: Coverage, clause: Clause) -> str:
    """The rules of a clause, and the reason in words."""
    reason = pick(coverage.reasons.get(clause.reason), language()) or clause.reason if clause.reason else None
    said = [*clause.rules, reason, pick(clause.because, language())]
    return "\n".join(filter(None, said)) or say("cli.uncovered", language())


def _print_json(value: object) -> None:
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2))


def _leave(faults: object) -> None:
    if faults:
        sys.exit(DIFFERS)
