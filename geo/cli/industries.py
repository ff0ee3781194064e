"""The command on the industry table: `industries`."""

import click
import orjson

from geo.cli.terminal import console, deployment, language, main, table_of, telling_errors
from geo.texts import pick


@main.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="The hits as JSON.")
@telling_errors
def industries(words: tuple[str, ...], as_json: bool) -> None:
    """Find industries by code, Chinese name or everyday WORDS in Chinese, Korean or English."""
    vocabulary = deployment().book.vocabulary
    found = vocabulary.find(" ".join(words))
    if as_json:
        click.echo(orjson.dumps([vocabulary.described(hit) for hit in found], option=orjson.OPT_INDENT_2))
        return
    table = table_of("cli.code", "cli.title", "cli.tree", "cli.groups")
    for hit in found:
        groups = [
            pick(vocabulary.groups[name].title.model_dump(), language()) for name in vocabulary.groups_of(hit.code)
        ]
        name = f"{hit.name} ({hit.word})" if hit.word else hit.name
        table.add_row(hit.code, name, " › ".join(step for _, step in hit.path[:-1]), "\n".join(groups))
    console.print(table)
