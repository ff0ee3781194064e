"""Commands on the rule book: `rules list`, `rules show`."""

import click
import orjson

from geo.cli.terminal import console, deployment, language, main, table_of, telling_errors
from geo.errors import RuleUnknown
from geo.rules.model import RANK
from geo.texts import pick


@main.group()
def rules() -> None:
    """Look into the rule book."""


@rules.command("list")
@click.option("--layer", help="Only rules of this layer kind.")
@telling_errors
def list_rules(layer: str | None) -> None:
    """List the rules, the gravest first."""
    book = deployment().book
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
    click.echo(orjson.dumps(book.said(rule), option=orjson.OPT_INDENT_2))
