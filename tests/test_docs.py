"""The documents tell the truth: settings, commands, routes, error codes, rule keys and links."""

import re
from dataclasses import fields

import click
import orjson
import pytest
import yaml
from click.testing import CliRunner
from conftest import DAY

from geo import errors
from geo.cli import main
from geo.rules.coverage import coverage_flaws, load_coverage
from geo.rules.flaws import CODES
from geo.rules.forms import read_form
from geo.rules.load import Rulebook, load_rulebook
from geo.rules.trial import try_rules
from geo.settings import ROOT, Settings
from webmap.errors import status_of

COMMANDS = {name: main.get_command(click.Context(main), name) for name in main.list_commands(click.Context(main))}
BOTH = ("README.md", "README.zh.md")


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def subclasses(kind: type) -> set[type]:
    return {kind} | {inner for sub in kind.__subclasses__() for inner in subclasses(sub)}


CODED = sorted((kind for kind in subclasses(errors.FenquError) if "code" in vars(kind)), key=lambda kind: kind.code)


@pytest.mark.parametrize("name", BOTH)
def test_every_setting_is_documented_with_its_default(name):
    rows = dict(re.findall(r"^\| `(FENQU_\w+)` \| (.*?) \|", text(name), re.MULTILINE))
    assert set(rows) >= {f"FENQU_{setting.name.upper()}" for setting in fields(Settings)}
    for setting in fields(Settings):
        if isinstance(setting.default, int | float):
            assert float(rows[f"FENQU_{setting.name.upper()}"]) == setting.default, setting.name


@pytest.mark.parametrize("name", [*BOTH, "docs/guide.md", "docs/guide.zh.md"])
def test_every_command_that_a_document_shows_is_there(name):
    used = set(re.findall(r"fenqu (?:--lang \w+ )?([a-z]+)(?= |$|`)", text(name)))
    commands = set(COMMANDS)
    shown = set(re.findall(r"(?:\.venv/bin/)fenqu (?:--lang \w+ )?([a-z]+)", text(name)))
    assert shown <= commands, shown - commands
    assert used & commands


def test_every_command_is_in_the_guides():
    for name in ("docs/guide.md", "docs/guide.zh.md"):
        assert not [command for command in COMMANDS if command not in text(name)], name


@pytest.mark.parametrize("name", ["docs/api.md", "docs/api.zh.md"])
@pytest.mark.parametrize("kind", CODED, ids=lambda kind: kind.code)
def test_every_error_code_is_documented_with_its_status(name, kind):
    parameters = dict.fromkeys(re.findall(r"{(\w+)}", kind_text(kind)), "7")
    status = status_of(kind(**parameters))
    assert re.search(rf"^\| `{kind.code}` .*\b{status}\b", text(name), re.MULTILINE), (kind.code, status)


def kind_text(kind: type) -> str:
    from geo.texts import catalogue

    return catalogue("en")[f"error.{kind.code}"]


def test_no_error_code_is_documented_that_is_not_there():
    for name in ("docs/api.md", "docs/api.zh.md"):
        listed = set(re.findall(r"^\| `([a-z_]+)` \| [45]\d\d ", text(name), re.MULTILINE)) - {"internal"}
        assert len(listed) == len(CODED)
        assert listed <= {kind.code for kind in CODED}, listed - {kind.code for kind in CODED}


def test_every_route_is_documented(here):
    from webmap import create_app

    for name in ("docs/api.md", "docs/api.zh.md"):
        for rule in create_app(here.settings).url_map.iter_rules():
            path = re.sub(r"<(?:path:)?(\w+)>", r"<\1>", rule.rule)
            stem = "/assets/" if path.startswith("/assets") else path.split("<")[0].rstrip("/") or "/"
            assert stem in text(name), (name, path)


RULES = ["docs/rules.md", "docs/rules.zh.md"]


@pytest.mark.parametrize("name", RULES)
def test_every_key_of_a_rule_and_every_finding_is_on_the_page_of_rules(name):
    schema = orjson.loads((ROOT / "geo" / "rules" / "schemas" / "rule.json").read_bytes())
    keys = {key for part in ("rule", "version", "provision", "case") for key in schema["$defs"][part]["properties"]}
    assert not [key for key in (keys | set(CODES)) - {"name"} if f"`{key}`" not in text(name)]


@pytest.mark.parametrize("name", RULES)
def test_the_commands_on_the_page_of_rules_are_there(name):
    shown = set(re.findall(r"fenqu rules ([a-z]+)", text(name)))
    assert shown == set(COMMANDS["rules"].commands) - {"list"}


@pytest.mark.parametrize("name", RULES)
def test_the_rule_the_case_and_the_list_of_the_page_hold(name, tmp_path):
    def form(first: str, schema: str):
        path = tmp_path / schema / "page.yaml"
        path.parent.mkdir()
        path.write_text(next(block for block in blocks if block.startswith(first)), "utf-8")
        return read_form(path, schema)

    blocks = re.findall(r"```yaml\n(.*?)```", text(name), re.DOTALL)
    (rule,) = form("rules:", "rule")["rules"]
    shipped = load_rulebook(Settings())
    book = Rulebook.of({**shipped.data, "rules": {**shipped.data["rules"], rule["id"]: rule}})
    trials = try_rules(book, [one for one in book.rules if one.id == rule["id"]])
    assert [trial.passed for trial in trials] == [True] * 7
    assert form("document:", "coverage")
    assert [flaw for flaw in coverage_flaws(book, load_coverage(tmp_path / "coverage")) if flaw.face != "cited"] == []
    (case,) = next(yaml.safe_load(block) for block in blocks if block.lstrip().startswith("- name:"))
    assert case in yaml.safe_load(text("tests/cases/water_source.yml"))["cases"]


@pytest.mark.parametrize("name", RULES)
def test_the_settings_for_an_editor_name_schemas_and_files_that_are_there(name):
    block = re.search(r"```json\n(.*?)```", text(name), re.DOTALL)[1]
    for schema, pattern in orjson.loads(block)["yaml.schemas"].items():
        assert (ROOT / schema).exists(), schema
        assert "!(" in pattern or list(ROOT.glob(pattern)), pattern
    line = re.search(r"^# yaml-language-server: \$schema=(\S+)$", text(name), re.MULTILINE)[1]
    assert (ROOT / "layers" / "rules" / "state" / line).resolve().exists()


@pytest.mark.parametrize(
    "path",
    sorted(
        p.relative_to(ROOT).as_posix()
        for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("layers/**/*.md")]
    ),
)
def test_every_link_leads_somewhere(path):
    folder = (ROOT / path).parent
    for target in re.findall(r"\]\(([^)#\s]+)", text(path)):
        if not re.match(r"[a-z]+:", target):
            assert (folder / target).exists(), target


@pytest.mark.parametrize(
    ("english", "chinese"),
    [(f"{stem}.md", f"{stem}.zh.md") for stem in ("README", "docs/guide", "docs/api", "docs/rules", "docs/report")],
)
def test_both_languages_are_equally_complete(english, chinese):
    def headings(name: str) -> list[int]:
        plain = re.sub(r"```.*?```", "", text(name), flags=re.DOTALL)
        return [len(marks) for marks in re.findall(r"^(#+) ", plain, re.MULTILINE)]

    assert headings(english) == headings(chinese)
    blocks = [len(re.findall(r"^```", text(name), re.MULTILINE)) for name in (english, chinese)]
    assert blocks[0] == blocks[1]


def test_the_sources_are_what_their_page_says():
    from hashlib import sha256

    page = text("layers/sources/SOURCES.md")
    for path in (ROOT / "layers" / "sources").iterdir():
        if path.suffix != ".md":
            assert path.name in page
            assert sha256(path.read_bytes()).hexdigest() in page, path.name


@pytest.mark.parametrize(("name", "language"), [("README.md", "en"), ("README.zh.md", "zh")])
def test_the_readmes_example_is_what_the_program_says(name, language, built, monkeypatch):
    monkeypatch.setenv("FENQU_LAYERS", str(built.layers))
    monkeypatch.setenv("FENQU_LEDGER", built.ledger)
    words = ["--lang", language, "screen", "129.5024,42.8883", "--industry", "C2631", "--nature", "new", "--as-of", DAY]
    said = {" ".join(line.split()) for line in CliRunner().invoke(main, words).output.splitlines()}
    block = re.search(r"\$ \.venv/bin/fenqu.*?screen 129\.5024,42\.8883 [^\n]*\n(.*?)```", text(name), re.DOTALL)[1]
    shown = [" ".join(line.split()) for line in block.splitlines() if line.strip() and line.strip() != "…"]
    assert len(shown) > 15
    # The last line names the answer's id, which changes with every edit of the book.
    assert [line for line in shown if line not in said and not line.startswith("fenqu verify ")] == []
