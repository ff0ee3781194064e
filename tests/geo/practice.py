"""The practice delivery, written by its script, and a deployment to import it into."""

import csv
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import orjson
import shapely
from click.testing import CliRunner

from geo.cli import main
from geo.settings import ROOT, Settings

TERMS = ("--as", "control_unit", "--accuracy", "10")
ANTU = (128.30, 42.60)  # a corner in 安图县


def write_practice(built: Settings, folder: Path, *options: str) -> Path:
    """The Shapefile of a practice delivery, with what was planted and the ground it speaks for beside it."""
    environment = {"FENQU_LAYERS": str(built.layers), "FENQU_LEDGER": built.ledger, "PATH": "/usr/bin:/bin"}
    script = [sys.executable, ROOT / "scripts" / "practice_units", folder, *options]
    subprocess.run(script, env=environment, check=True, capture_output=True)
    return folder / "units.shp"


def copy_deployment(built: Settings, folder: Path) -> Settings:
    """A copy of the deployment that may be imported into."""
    layers = folder / "layers"
    shutil.copytree(built.layers, layers)
    return replace(built, layers=layers, ledger=f"sqlite:///{folder / 'ledger.sqlite'}")


def environment_of(settings: Settings) -> dict[str, str]:
    return {"FENQU_LAYERS": str(settings.layers), "FENQU_LEDGER": settings.ledger, "FENQU_LANG": "en"}


def fenqu(settings: Settings, *words: object, code: int = 0) -> str:
    """Run the command line on a deployment."""
    done = CliRunner().invoke(main, [str(word) for word in words], env=environment_of(settings))
    assert done.exit_code == code, (done.stderr[-500:], done.exception)
    return done.output


def bring_in(settings: Settings, source: Path | str, *words: object, code: int = 0) -> str:
    """`fenqu import` of control units for the ground that the practice delivery speaks for."""
    given = ("--coverage", source.parent / "coverage.geojson") if "--coverage" not in words else ()
    return fenqu(settings, "import", source, *TERMS, *given, *words, code=code)


def found_in(report: Path) -> list[dict]:
    return orjson.loads((report / "faults.json").read_bytes())["faults"]


def fill_in(report: Path, decide: Callable[[Mapping[str, str]], tuple[str, str, str] | None]) -> Path:
    """decisions.csv filled in: what is proposed stays, `decide` gives action, value and reason of the other lines."""
    with (report / "decisions.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    for line in lines:
        if not line["action"] and (decided := decide(line)):
            line["action"], line["value"], line["reason"] = decided
    path = report / "decided.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, lines[0])
        table.writeheader()
        table.writerows(lines)
    return path


def graver(faults: list[dict]) -> list[dict]:
    return [fault for fault in faults if fault["severity"] != "notice"]


def plots(*rows: Mapping[str, object]) -> gpd.GeoDataFrame:
    """Squares of some kilometres in a row, in 安图县, each with the words of a row."""
    lon, lat = ANTU
    squares = [shapely.box(lon + 0.05 * i, lat, lon + 0.05 * i + 0.03, lat + 0.03) for i in range(len(rows))]
    return gpd.GeoDataFrame(list(rows), geometry=squares, crs=4490)


def bring(
    settings: Settings, folder: Path, kind: str, rows: gpd.GeoDataFrame, *words: object, code: int = 0
) -> list[dict]:
    """Import rows of a kind for 安图县; gives what was found beside notices."""
    rows.to_file(folder / "rows.geojson")
    said = ("--as", kind, "--accuracy", "5", "--coverage", "安图县", "--report", folder / "report")
    fenqu(settings, "import", folder / "rows.geojson", *said, *words, code=code)
    return graver(found_in(folder / "report"))
