"""Files that mean harm, each sent through the real intake: an error in plain words, in time, nothing left behind."""

import resource
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest
from hostile import HOSTILE, cut, good

from geo.errors import LimitError, SiteError
from geo.settings import Settings
from geo.site.intake import Intake, SiteFile, take_in
from geo.texts import LANGUAGES

pytestmark = pytest.mark.slow
LIMITS = Settings(site_file_seconds=5.0)
SPARE_SECONDS, MOST_GROWN_BYTES = 2.0, 200_000_000
SECRETS = (tempfile.gettempdir(), "root:", "Traceback", "site-packages")


@pytest.fixture
def chambers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the folders of reading processes are; at the end there are none, and no process works in one."""
    folder = tmp_path / "chambers"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []
    assert [one for one in Path("/proc").glob("[0-9]*/environ") if str(folder) in _text(one)] == []


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def sent(path: Path, name: str, settings: Settings = LIMITS) -> str:
    """What came of a file; it must be one of few things, in time."""
    began, held = monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        found = take_in(SiteFile(path, name), {}, settings)
        assert isinstance(found, Intake)
        said = "taken"
    except (SiteError, LimitError) as error:
        said = error.code
        for language in LANGUAGES:
            words = error.text(language)
            assert not [one for one in (*SECRETS, str(path.parent)) if one in words], words
            assert len(words) < 1500
            assert words.isprintable()
    took = monotonic() - began
    assert took < settings.site_file_seconds + SPARE_SECONDS, (said, took)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held) * 1024 < MOST_GROWN_BYTES, said
    return said


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_breaks_nothing(kind, tmp_path, chambers):
    hostile = HOSTILE[kind]
    path = tmp_path / "received"
    hostile.write(path)
    assert sent(path, hostile.name) != ""
    assert path.exists()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return good(tmp_path_factory.mktemp("good"))


FORMATS = [
    "a.geojson",
    "a.wkt",
    "a.wkb",
    "a.kml",
    "a.kmz",
    "a.gpx",
    "a.csv",
    "a.txt",
    "a.zip",
    "a.shp",
    "a.gpkg",
    "a.dxf",
    "a.xlsx",
]


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_ends_too_soon_breaks_nothing(name, tmp_path, chambers, sound):
    path = tmp_path / "received"
    for tenth, data in enumerate(cut(sound[name])):
        path.write_bytes(data)
        said = sent(path, name)
        assert (said == "site_file_broken") or tenth, said


def test_at_least_a_hundred_files_are_tried(sound):
    assert set(FORMATS) == set(sound)
    assert len(HOSTILE) >= 100


def test_a_small_memory_is_an_error_of_its_own(tmp_path, chambers, sound):
    path = tmp_path / "received"
    path.write_bytes(sound["a.gpkg"])
    assert sent(path, "a.gpkg", replace(LIMITS, site_file_memory_bytes=60_000_000)) == "site_file_too_heavy"
