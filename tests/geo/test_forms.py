"""The forms of the book's files: sound schemas, with a word for the editor at every key."""

import orjson
import pytest
from jsonschema import Draft202012Validator

from geo.errors import RulebookError
from geo.rules.forms import SCHEMAS, read_form
from geo.settings import ROOT
from geo.texts import LANGUAGES

NAMES = sorted(path.stem for path in SCHEMAS.glob("*.json"))
FOLDERS = {
    "rule": "rules/*/*.yaml",
    "document": "documents/*.yaml",
    "exceptions": "rules/exceptions.yaml",
    "reasons": "coverage/reasons.yaml",
}


def schema(name):
    return orjson.loads((SCHEMAS / f"{name}.json").read_bytes())


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_sound(name):
    Draft202012Validator.check_schema(schema(name))


def keys_of(node):
    """Every key that some part of a form may have, with what the form says of it."""
    if isinstance(node, dict):
        yield from node.get("properties", {}).items()
        for inner in node.values():
            yield from keys_of(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from keys_of(inner)


def described(said, whole):
    """Whether an editor has a word for a key: its own, or that of what it holds."""
    if "$ref" in said:
        return "description" in said or described(whole["$defs"][said["$ref"].rpartition("/")[2]], whole)
    return "description" in said or ("items" in said and described(said["items"], whole))


@pytest.mark.parametrize("name", NAMES)
def test_an_editor_has_a_word_for_every_key(name):
    whole = schema(name)
    assert "description" in whole
    assert {key for key, said in keys_of(whole) if not described(said, whole)} <= set(LANGUAGES)


@pytest.mark.parametrize(("name", "pattern"), FOLDERS.items())
def test_every_shipped_file_has_its_form(name, pattern):
    paths = sorted((ROOT / "layers").glob(pattern))
    assert paths
    for path in paths:
        read_form(path, name)


def test_a_file_without_the_form_is_refused_with_its_place(tmp_path):
    path = tmp_path / "reasons.yaml"
    path.write_text("reasons: {sea: {zh: 海, ko: 바다, en: ''}}", "utf-8")
    with pytest.raises(RulebookError, match=r"reasons\.yaml: reasons/sea/en"):
        read_form(path, "reasons")
    assert read_form(path)["reasons"]["sea"]["zh"] == "海"


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path):
    with pytest.raises(RulebookError, match=r"gone\.yaml"):
        read_form(tmp_path / "gone.yaml")
