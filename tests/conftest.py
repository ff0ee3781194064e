"""A deployment built once for all tests, in a folder of its own; and the last line that says how the tests went."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from geo.build import build_region
from geo.deployment import Deployment
from geo.settings import ROOT, Settings

DAY = "2026-11-22"
CENTRAL_YANJI = "129.5024,42.8883"
ERDAOBAIHE = "128.115,42.425"
RUSSIA = "132.5,43.5"
SEA = "131.5,41.6"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The shipped layers, rules and facts, built in a folder that nobody else writes to."""
    layers = tmp_path_factory.mktemp("deployment") / "layers"
    shutil.copytree(ROOT / "layers", layers, ignore=shutil.ignore_patterns("data"))
    settings = Settings(layers=layers, ledger=f"sqlite:///{layers.parent / 'ledger.sqlite'}")
    build_region(settings)
    return settings


@pytest.fixture(scope="session")
def here(built: Settings) -> Deployment:
    """The shipped deployment, only to be read."""
    return Deployment.open(built)


@pytest.fixture
def own(built: Settings, tmp_path: Path) -> Settings:
    """A copy of the deployment that the test may break."""
    layers = tmp_path / "layers"
    shutil.copytree(built.layers, layers)
    return replace(built, layers=layers, ledger=f"sqlite:///{tmp_path / 'ledger.sqlite'}")


@pytest.fixture(scope="session")
def client(here: Deployment) -> Iterator:
    """A client of the web application over the shipped deployment."""
    from webmap import create_app

    with create_app(here.settings).test_client() as made:
        yield made


_COUNTS = {"passed": 0, "failed": 0, "skipped": 0}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped:
        _COUNTS["skipped"] += 1
    elif report.failed:
        _COUNTS["failed"] += 1
    elif report.when == "call":
        _COUNTS["passed"] += 1


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A skipped test hides a gap: it fails the run."""
    if _COUNTS["skipped"] and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure() -> None:
    """The last line, for people and for CI."""
    if any(_COUNTS.values()):
        print("\n" + ", ".join(f"{count} {name}" for name, count in _COUNTS.items()))
