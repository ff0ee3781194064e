"""The book kept in one file: read while nothing that it was made from has changed, and passed over otherwise."""

import shutil
from dataclasses import replace

import orjson
import pytest

from geo.rules import compiled
from geo.rules.compiled import BOOK, keep_rulebook, open_rulebook
from geo.rules.load import load_rulebook
from geo.settings import Settings


@pytest.fixture
def own(tmp_path):
    """A copy of the layers without what is built of them."""
    settings = replace(Settings(), layers=tmp_path / "layers")
    shutil.copytree(Settings().layers, settings.layers, ignore=shutil.ignore_patterns("data", "sources"))
    keep_rulebook(settings)
    return settings


@pytest.fixture
def read_from_files(monkeypatch):
    """How often the book was read from its own files."""
    told = []
    monkeypatch.setattr(compiled, "load_rulebook", lambda settings: told.append(settings) or load_rulebook(settings))
    return told


def test_the_kept_book_is_the_book(own, read_from_files):
    kept, read = open_rulebook(own), load_rulebook(own)
    assert read_from_files == []
    for name in ("data", "hash", "rules", "documents", "vocabulary", "catalogue", "eia", "reviewed"):
        assert getattr(kept, name) == getattr(read, name), name


@pytest.mark.parametrize(
    "pattern", ["rules/*/*.yaml", "documents/*.yaml", "vocabulary/*.csv", "catalogue/*.yaml", "translations.yaml"]
)
def test_a_file_that_has_changed_is_read_again(own, read_from_files, pattern):
    found = min(own.layers.glob(pattern))
    found.write_bytes(found.read_bytes() + b"\n")
    open_rulebook(own)
    assert len(read_from_files) == 1


def test_a_file_more_or_less_is_seen(own, read_from_files):
    document = own.layers / "documents" / "one_more.yaml"
    document.write_text("id: one_more\ntitle: {zh: a, ko: b, en: c}\n", "utf-8")
    with pytest.raises(Exception, match="one_more"):
        open_rulebook(own)
    document.unlink()
    open_rulebook(own)
    assert len(read_from_files) == 1


def edited(**changes):
    return lambda data: orjson.dumps({**orjson.loads(data), **changes})


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda data: data[: len(data) // 2], id="half of it"),
        pytest.param(lambda _: b"[]", id="no object"),
        pytest.param(edited(hash="0" * 32), id="another hash"),
        pytest.param(edited(made_from="0" * 64), id="made from something else"),
        pytest.param(edited(data={}), id="an empty book"),
        pytest.param(lambda data: data.replace(b'"prohibited"', b'"noted"'), id="milder rules"),
    ],
)
def test_a_damaged_file_is_passed_over(own, read_from_files, change):
    path = own.layers / "data" / BOOK
    path.write_bytes(change(path.read_bytes()))
    assert open_rulebook(own).hash == load_rulebook(own).hash
    assert len(read_from_files) == 1


def test_one_that_is_kept_is_not_written_again(own):
    path = own.layers / "data" / BOOK
    before = path.stat().st_mtime_ns, path.stat().st_ino
    keep_rulebook(own)
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before
