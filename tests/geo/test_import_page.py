"""The page on official layers, followed word by word: commands run, the table is filled in, what it says holds."""

import csv
import os
import re
import shutil
import subprocess
from pathlib import Path

import orjson
import pytest

from geo.settings import ROOT

PAGES = [ROOT / "docs" / name for name in ("import.zh.md", "import.md")]
SITES = ["128.51,43.30", "127.72,43.03", "128.46,43.56"]
EACH = {"全部", "all"}


def blocks(page: Path) -> list[list[str]]:
    """The commands of each console block."""
    found = re.findall(r"```console\n(.*?)```", page.read_text("utf-8"), re.S)
    return [[line[2:] for line in block.splitlines() if line.startswith("$ ")] for block in found]


def table(page: Path) -> list[dict[str, str]]:
    """The lines that the page has its reader fill in."""
    lines = (
        page.read_text("utf-8").split("| code | row | action | value | reason |\n")[1].split("\n\n")[0].splitlines()[1:]
    )
    return [
        dict(zip(("code", "row", "action", "value", "reason"), map(str.strip, line.strip("|").split("|")), strict=True))
        for line in lines
    ]


def fill_in(path: Path, wanted: list[dict[str, str]]) -> None:
    """Fill in decisions.csv as the table says; the first line of it that fits counts."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    used = set()
    for line in lines:
        for number, said in enumerate(wanted):
            if said["code"] == line["code"] and (said["row"] in EACH or said["row"] == line["row"]):
                line.update({name: said[name] for name in ("action", "value", "reason")})
                used.add(number)
                break
    assert used == set(range(len(wanted)))  # the page speaks of nothing that is not there
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, lines[0])
        writer.writeheader()
        writer.writerows(lines)


def test_both_pages_have_the_same_commands_and_decisions():
    assert blocks(PAGES[0]) == blocks(PAGES[1])
    assert [line | {"row": "" if line["row"] in EACH else line["row"]} for line in table(PAGES[0])] == [
        line | {"row": "" if line["row"] in EACH else line["row"]} for line in table(PAGES[1])
    ]


@pytest.mark.slow
def test_the_page_can_be_followed_word_by_word(built, tmp_path):
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in ("scripts", ".venv"):
        (checkout / name).symlink_to(ROOT / name)
    shutil.copytree(built.layers, checkout / "layers")  # a link would be copied as a link
    said = {"PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}", "HOME": str(tmp_path), "LANG": "C.UTF-8"}

    def run(commands: list[str], code: int = 0) -> str:
        script = "\n".join(["set -e", *commands, "env -0 > environment"])
        done = subprocess.run(["bash", "-c", script], cwd=checkout, env=said, capture_output=True, text=True)
        assert done.returncode == code, done.stderr[-1000:]
        told = (checkout / "environment").read_text("utf-8").split("\0") if code == 0 else []
        said.update(dict(pair.split("=", 1) for pair in told if pair.startswith("FENQU_")))
        return done.stdout

    def verdicts() -> list[tuple[str, str]]:
        answers = [
            orjson.loads(run([f"fenqu screen {site} --fact breaches_access_list=true --json"])) for site in SITES
        ]
        return [(answer["verdict"], answer["indicative_verdict"]) for answer in answers]

    prepare, before, look, release, after, export = blocks(PAGES[0])
    run(prepare)
    assert [command.split()[2] for command in before] == SITES
    assert run(before).count("触及禁止性规定") >= 3
    assert verdicts() == [("needs_review", "prohibited")] * 3
    assert "错误" in run(look)
    fill_in(checkout / "practice" / "report" / "decisions.csv", table(PAGES[0]))
    assert "已发布 control_unit" in run(release)
    assert verdicts() == [("prohibited", "prohibited")] * 3
    assert "official" in run(after)
    run(export)
    assert {path.name for path in (checkout / "practice").glob("units_out.*")} >= {"units_out.shp", "units_out.gpkg"}
