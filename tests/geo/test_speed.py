"""What keeps a single question quick: nothing needless is loaded, and what was found is kept only while it is true."""

import gc
import os
import subprocess
import sys
import weakref
from dataclasses import replace

import shapely
from conftest import CENTRAL_YANJI
from hypothesis import given, settings
from random_books import CLASS_1, check, dated_books, dated_checks, days, project_of, projects
from samples import DAY as TODAY
from samples import KIND, STEADY, make_book, make_project, make_rule

from geo.deployment import Deployment, Question
from geo.layers.releases import CURRENT
from geo.layers.store import BrokenLayer, Shelf
from geo.rules.compiled import keep_rulebook
from geo.rules.match import lay_rules, match_rules
from geo.rules.question import answers_to

DAY = "2026-11-22"
HEAVY = (
    "geopandas", "pandas", "pyarrow", "pyogrio", "rasterio", "matplotlib", "scipy", "numba", "weasyprint", "docx",
    "lxml", "flask", "folium", "jsonschema", "ezdxf", "openpyxl",
)  # fmt: skip


def test_a_question_loads_nothing_that_it_does_not_need(own):
    keep_rulebook(own)
    script = (
        "import sys\nfrom geo.cli import main\n"
        f"main(['screen', '{CENTRAL_YANJI}', '--as-of', '{DAY}', '--no-keep'], standalone_mode=False)\n"
        f"print('loaded:', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    environment = {**os.environ, "FENQU_LAYERS": str(own.layers)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded: []"


FACTS = ("nature", "purpose", "discharges_water")


class AnyLayer:
    """Stands for a layer in memory: what matching keeps of it hangs on its being held."""


@given(dated_books(), dated_checks(), dated_checks(), projects, days)
@settings(STEADY, max_examples=200)
def test_what_is_kept_with_a_layer_changes_no_answer(book, first, second, facts, day):
    """Sites lie to the same layers one way and another, in turns."""
    layers = {kind: AnyLayer() for kind in first}
    project = project_of(facts)
    for checks in (first, second, first, second):
        held = {kind: replace(check, layer=layers[kind]) for kind, check in checks.items()}
        kept, anew = (lay_rules(book, some, project, day, "test") for some in (held, checks))
        assert (kept.findings, kept.threats, kept.weight) == (anew.findings, anew.threats, anew.weight)
        for fact in FACTS:
            assert answers_to(fact, kept) == answers_to(fact, anew)


def test_what_is_kept_with_a_layer_goes_with_it():
    book, layer = make_book([make_rule()]), AnyLayer()
    project = make_project()
    found = replace(check(CLASS_1), layer=layer)
    match_rules(book, {KIND: found}, project, TODAY, "test")
    assert len(book.index.hearing(project).kept) == 1
    gone = weakref.ref(layer)
    del layer, found
    gc.collect()
    assert gone() is None
    assert len(book.index.hearing(project).kept) == 0


def test_a_place_asked_about_again_is_answered_alike(own):
    """In the same bytes as by a program that was never asked, whatever the project and the day."""
    here, plain = Deployment.open(own), Deployment.open(own)
    sites = (CENTRAL_YANJI, shapely.box(129.49, 42.88, 129.502, 42.889).wkt, "129.9,43.2")
    for site in sites * 2:
        for asked in ({}, {"industry": "C2631"}, {"industry": "C2631", "accuracy_m": 50.0}, {"day": "2015-01-01"}):
            question = Question(site=site, **{"day": DAY, **asked})
            anew = replace(plain.store.snapshot(), asked=Shelf(0))
            assert here.screen(question).json == plain.screen(question, anew).json


def test_a_shelf_gives_up_what_was_used_longest_ago():
    shelf = Shelf(2)
    for name in "ab":
        shelf.put(name, name)
    assert shelf.get("a") == "a"
    shelf.put("c", "c")
    assert [shelf.get(name) for name in "abc"] == ["a", None, "c"]


def test_a_snapshot_is_the_same_one_until_a_layer_is_not(own):
    store = Deployment.open(own).store
    first = store.snapshot()
    assert store.snapshot() is first
    current = store.folder / "basin" / CURRENT
    served = current.read_bytes()
    current.unlink()
    assert isinstance(store.snapshot().layers["basin"], BrokenLayer)
    current.write_bytes(served)
    again = store.snapshot()
    assert again is not first
    assert again.layers["basin"] is first.layers["basin"]
