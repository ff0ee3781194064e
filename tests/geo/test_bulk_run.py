"""Runs over many rows: stopped and gone on with, by several processes, strict."""

import csv
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import orjson
import pytest
from click.testing import CliRunner
from conftest import DAY

from geo.bulk.parts import Parts
from geo.bulk.run import Order, carry_out, chunks_of_file
from geo.bulk.table import open_table
from geo.bulk.workers import Inputs, Run
from geo.cli import main
from geo.day import read_day
from geo.errors import FileUnusable, RulebookError, TableInvalid
from geo.site.intake import SiteFile

ROWS = 50  # of a chunk


def write_table(path, count, bad=()):
    points = np.random.default_rng(4).uniform((128.9, 42.6), (129.9, 43.2), (count, 2))
    lines = [f"{at},{lon if at not in bad else 400.0:.6f},{lat:.6f},C2631,new" for at, (lon, lat) in enumerate(points)]
    path.write_text("\n".join(["id,lon,lat,industry,nature", *lines]) + "\n", "utf-8")
    return path


def run(here, path, out, told=lambda done, failed: None, **said):
    table = open_table(path, 100_000)
    return carry_out(
        Order(path, out, "zh", said.pop("day", DAY), **said), table.rows, table.chunks(ROWS), here.settings, told
    )


class Stopped(Exception):
    """What stops a run in a test."""


def stop_after(rows):
    def told(done, failed):
        if done >= rows:
            raise Stopped

    return told


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx", "out.gpkg"])
def test_a_run_that_was_stopped_ends_as_if_it_had_not_been(here, tmp_path, name):
    path = write_table(tmp_path / "sites.csv", 4 * ROWS)
    run(here, path, tmp_path / name)
    again = tmp_path / f"again_{name}"
    for rows in (ROWS, 3 * ROWS):
        with pytest.raises(Stopped):
            run(here, path, again, stop_after(rows))
    assert not again.exists()
    parts = Parts.beside(again)
    kept = {one.name: one.stat().st_mtime_ns for one in parts.folder.glob("0*.parquet")}
    assert len(kept) == 3
    seen = []
    run(
        here,
        path,
        again,
        lambda done, failed: seen.append({one.name: one.stat().st_mtime_ns for one in parts.folder.glob("0*")}),
    )
    assert {name: seen[-1][name] for name in kept} == kept
    assert again.read_bytes() == (tmp_path / name).read_bytes()


def test_a_part_that_is_not_whole_is_made_again(here, tmp_path):
    path, out = write_table(tmp_path / "sites.csv", 2 * ROWS), tmp_path / "out.csv"
    run(here, path, tmp_path / "whole.csv")
    with pytest.raises(Stopped):
        run(here, path, out, stop_after(ROWS))
    part = Parts.beside(out).path(1)
    part.write_bytes(part.read_bytes()[:200])
    run(here, path, out)
    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()


@pytest.mark.parametrize("changed", ["table", "day", "options"])
def test_a_run_goes_on_only_with_what_it_began_with(here, tmp_path, changed):
    path, out = write_table(tmp_path / "sites.csv", 2 * ROWS), tmp_path / "out.csv"
    with pytest.raises(Stopped):
        run(here, path, out, stop_after(ROWS))
    said = {"day": {"day": "2026-01-01"}, "options": {"options": {"accuracy_m": 5.0}}}.get(changed, {})
    if changed == "table":
        write_table(path, 2 * ROWS, bad=(3,))
    with pytest.raises(FileUnusable, match=f"begun with another {changed}; --restart"):
        run(here, path, out, **said)
    assert run(here, path, out, restart=True, **said)[0] == 2 * ROWS


def test_a_run_goes_on_with_the_day_that_it_began_on(here, tmp_path, monkeypatch):
    path, out = write_table(tmp_path / "sites.csv", 2 * ROWS), tmp_path / "out.csv"
    with pytest.raises(Stopped):
        run(here, path, out, stop_after(ROWS), day=None)
    begun = Parts.beside(out).begun()["day"]
    monkeypatch.setattr("geo.day.today", lambda: pytest.fail("the day was asked for again"))
    assert run(here, path, out, day=None) == (2 * ROWS, 0)
    assert begun == read_day(begun).isoformat()


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_strict_run_stops_at_the_first_row_that_fails_and_names_it(here, tmp_path, workers):
    path, out = write_table(tmp_path / "sites.csv", 3 * ROWS, bad=(70, 75)), tmp_path / "out.csv"
    with pytest.raises(TableInvalid, match=r"row 71: .*400\.000000"):
        run(here, path, out, strict=True, workers=workers)
    assert not out.exists()
    assert run(here, path, out) == (3 * ROWS, 2)


def test_a_changed_book_stops_a_run(here, tmp_path):
    run = Run(tmp_path / "out.csv", DAY, "zh", Inputs("another", here.store.snapshot().releases()))
    with pytest.raises(RulebookError, match="changed"):
        run.screener(here)


def test_the_pieces_of_a_file_are_rows(here, tmp_path):
    path = tmp_path / "sites.kml"
    marks = "".join(
        f"<Placemark><name>{name}</name><Point><coordinates>{at}</coordinates></Point></Placemark>"
        for name, at in (("a", "129.5024,42.8883"), ("b", "129.6,42.7"))
    )
    path.write_text(f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{marks}</Document></kml>', "utf-8")
    intake = here.take_in(SiteFile(path, path.name, crs="EPSG:4326"))
    (chunk,) = chunks_of_file(intake, {"industry": "C2631", "nature": "new"}, "zh")
    assert (chunk.cells("name"), chunk.cells("industry")) == (["a", "b"], ["C2631", "C2631"])
    order = Order(path, tmp_path / "out.csv", "zh", DAY)
    assert carry_out(order, 2, [chunk], here.settings) == (2, 0)
    assert "prohibited" in (tmp_path / "out.csv").read_text("utf-8-sig")


SQUARE = [[129.49, 42.88], [129.50, 42.88], [129.50, 42.89], [129.49, 42.89], [129.49, 42.88]]


def test_chosen_pieces_keep_their_numbers_and_every_row_its_notices(here, tmp_path):
    path, out = tmp_path / "plots.geojson", tmp_path / "out.csv"
    square = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [SQUARE]}}
    path.write_bytes(orjson.dumps({"type": "FeatureCollection", "features": [square, square]}))
    intake = here.take_in(SiteFile(path=path, name=path.name, pieces=(2,)))
    assert carry_out(Order(path, out, "zh", DAY), 1, chunks_of_file(intake, {}, "zh"), here.settings) == (1, 0)
    with out.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["id"] == "2"
    assert "GCJ-02" in row["notices"]  # no CRS was said


def bulk(here, monkeypatch, *words):
    monkeypatch.setenv("FENQU_LAYERS", str(here.settings.layers))
    return CliRunner().invoke(main, ["--lang", "en", "bulk", *map(str, words)])


def test_a_file_that_has_to_be_asked_leaves_an_earlier_output_as_it_was(here, tmp_path, monkeypatch):
    out, path = tmp_path / "answers.csv", tmp_path / "plot.wkt"
    out.write_text("earlier", "utf-8")
    path.write_text("POLYGON((400000 4760000, 401000 4760000, 401000 4761000, 400000 4760000))", "utf-8")
    assert bulk(here, monkeypatch, path, "--out", out).exit_code == 2
    assert {one.name for one in tmp_path.iterdir()} == {"answers.csv", "plot.wkt"}
    assert out.read_text("utf-8") == "earlier"


def test_a_run_that_fails_leaves_an_earlier_output_as_it_was(here, tmp_path):
    path, out = write_table(tmp_path / "sites.csv", 2, bad=(1,)), tmp_path / "out.csv"
    out.write_text("earlier", "utf-8")
    with pytest.raises(TableInvalid):
        run(here, path, out, strict=True)
    assert out.read_text("utf-8") == "earlier"


def test_what_the_command_says_of_a_project_holds_for_rows_that_say_nothing(here, tmp_path, monkeypatch):
    path, out = tmp_path / "sites.csv", tmp_path / "out.csv"
    path.write_text('at,industry,nature\n"129.5024,42.8883",,\n"129.5024,42.8883",C2631,new\n', "utf-8")
    words = [path, "--out", out, "--as-of", DAY, "--industry", "C2631", "--nature", "new", "--crs", "EPSG:4490"]
    assert bulk(here, monkeypatch, *words).exit_code == 0
    with out.open(encoding="utf-8-sig", newline="") as file:
        one, other = csv.DictReader(file)
    assert one == other
    assert one["notices"] == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [(["--piece", "1"], "of a file of sites"), (["--fact", "pond"], "name=value"), (["--crs", "?"], r"\?")],
    ids=["piece", "fact", "crs"],
)
def test_what_cannot_be_said_of_a_table_is_told_before_anything_is_begun(here, tmp_path, monkeypatch, words, message):
    path = write_table(tmp_path / "sites.csv", 2)
    done = bulk(here, monkeypatch, path, "--out", tmp_path / "out.csv", *words)
    assert done.exit_code == 2
    assert re.search(message, done.stderr)
    assert [one.name for one in tmp_path.iterdir()] == ["sites.csv"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_two_processes_write_what_one_writes(here, tmp_path, name):
    path = write_table(tmp_path / "sites.csv", 8 * ROWS, bad=(9,))
    assert run(here, path, tmp_path / f"one_{name}") == run(here, path, tmp_path / name, workers=2) == (8 * ROWS, 1)
    assert (tmp_path / f"one_{name}").read_bytes() == (tmp_path / name).read_bytes()


def command(path, out, *more):
    words = ["--lang", "en", "bulk", str(path), "--out", str(out), "--as-of", DAY, *more]
    return [sys.executable, "-c", "from geo.cli import main; main()", *words]


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_run_that_is_killed_at_any_moment_goes_on(here, tmp_path, workers):
    path, out = write_table(tmp_path / "sites.csv", 45_000, bad=(17,)), tmp_path / "out.csv"
    environment = {**os.environ, "FENQU_LAYERS": str(here.settings.layers)}
    subprocess.run(command(path, tmp_path / "whole.csv"), env=environment, capture_output=True, check=False)
    chance = np.random.default_rng(int(workers))
    for _ in range(4):
        process = subprocess.Popen(command(path, out, "--workers", workers), env=environment)
        time.sleep(chance.uniform(1.0, 12.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
        if out.exists():
            break
    done = subprocess.run(
        command(path, out, "--workers", workers), env=environment, capture_output=True, text=True, check=False
    )
    assert "45000" in done.stdout, done.stderr
    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_the_command_shows_how_far_it_is_and_says_how_many_failed(here, tmp_path, monkeypatch):
    monkeypatch.setenv("FENQU_LAYERS", str(here.settings.layers))
    path, out = write_table(tmp_path / "sites.csv", 3, bad=(1,)), tmp_path / "out.csv"
    done = CliRunner().invoke(main, ["--lang", "en", "bulk", str(path), "--out", str(out), "--progress"])
    assert (done.exit_code, done.stdout.strip()) == (2, f"3 → {out}, 1 ✗")
    assert "3/3" in done.stderr
    quiet = CliRunner().invoke(main, ["--lang", "en", "bulk", str(path), "--out", str(out)])
    assert "3/3" not in quiet.stderr
    refused = CliRunner().invoke(main, ["--lang", "en", "bulk", str(path), "--out", str(out), "--strict"])
    assert refused.exit_code == 2
    assert "row 2" in refused.stderr
