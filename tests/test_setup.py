"""What a fresh machine gets: locks without addresses, scripts that explain themselves, the same list for conda."""

import json
import re
import subprocess
import tomllib

import pytest
import yaml

from geo.settings import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCKS = ("requirements.lock", "requirements-test.lock", "requirements-node.lock")


def tracked() -> list[str]:
    return subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_with_hashes_and_names_no_address(name):
    text = (ROOT / name).read_text("utf-8")
    assert not re.search(r"https?:|--(extra-)?index-url|--find-links|@ file|/opt/|/root/", text)
    pins = re.findall(r"^([A-Za-z0-9_.-]+)==", text, re.MULTILINE)
    assert pins
    blocks = re.split(r"\n(?=[A-Za-z0-9_.-]+==)", text[text.index(f"{pins[0]}==") :])
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_front_end_lock_names_no_address_to_fetch_from():
    lock = json.loads((ROOT / "webmap" / "package-lock.json").read_text("utf-8"))
    packages = [package for name, package in lock["packages"].items() if name]
    assert packages
    assert all("resolved" not in package and package["integrity"] for package in packages)
    assert "omit-lockfile-registry-resolved=true" in (ROOT / "webmap" / ".npmrc").read_text("utf-8")


def test_the_build_backend_is_in_the_lock():
    text = (ROOT / "requirements.lock").read_text("utf-8")
    for requirement in PYPROJECT["build-system"]["requires"]:
        assert re.search(rf"^{re.split('[<>=]', requirement)[0]}==", text, re.MULTILINE)


def test_the_conda_environment_lists_what_pyproject_lists():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]
    plain = [line for line in listed if isinstance(line, str)]
    plain += [line for entry in listed if isinstance(entry, dict) for line in entry["pip"]]
    names = {re.split(r"[<>=]", line)[0] for line in plain}
    wanted = [re.sub(r"\[.*?\]", "", line) for line in PYPROJECT["project"]["dependencies"]]  # conda knows no extras
    assert set(wanted) <= set(plain), set(wanted) - set(plain)
    assert names - {"python", "pip"} == {re.split(r"[<>=]", line)[0] for line in wanted}
    assert f"python{PYPROJECT['project']['requires-python']}" in plain


@pytest.mark.parametrize("script", ["setup", "serve", "test", "lock"])
def test_a_script_explains_itself(script):
    done = subprocess.run([ROOT / "scripts" / script, "--help"], capture_output=True, text=True, check=True, timeout=20)
    assert done.stdout.startswith(f"Usage: scripts/{script}")


@pytest.mark.parametrize("script", ["setup", "test"])
def test_an_option_that_is_not_there_is_refused(script):
    done = subprocess.run(
        [ROOT / "scripts" / script, "--no-such-option"], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode != 0
    assert "no-such-option" in done.stdout + done.stderr


def test_ci_runs_the_readmes_test_command():
    assert (ROOT / ".ci" / "run").read_text("utf-8").rstrip().endswith("exec scripts/test")
    for name in ("README.md", "README.zh.md"):
        text = (ROOT / name).read_text("utf-8")
        assert "scripts/serve" in text
        assert "scripts/test" in text


def test_no_tracked_file_names_a_registry_or_a_path_of_one_machine():
    hosts = re.compile(r"(pypi|npmjs|debian|anaconda|pythonhosted)\.(org|com)|/work/main|/root/|/home/")
    here = "tests/test_setup.py"
    for name in tracked():
        path = ROOT / name
        if (
            name != here
            and path.is_file()
            and path.suffix
            in (".py", ".md", ".yaml", ".yml", ".toml", ".lock", ".json", ".csv", ".html", ".js", ".css", ".po", "")
        ):
            found = hosts.search(path.read_text("utf-8", errors="replace"))
            assert not found, f"{name}: {found and found[0]}"


def test_nothing_that_is_built_or_vendored_is_tracked():
    assert not [
        name for name in tracked() if name.startswith(("layers/data/", "webmap/node_modules/", "var/", ".venv/"))
    ]
