"""Kept screenings: asked again in a new process, with the inputs as they were."""

import os
import subprocess
import sys
from dataclasses import replace

import orjson
import pytest
from conftest import CENTRAL_YANJI, DAY

from geo import canonical
from geo.deployment import Deployment, Question
from geo.errors import LedgerFull, PiecesGone, ScreeningUnknown
from geo.ledger import Ledger
from geo.rules.load import Rulebook
from geo.settings import Settings
from geo.verify import compare, differences, drawn_again, verify

PLANT = {"type": "Polygon", "coordinates": [[[129.5, 42.9], [129.51, 42.9], [129.51, 42.91], [129.5, 42.9]]]}
PIPELINE = {"type": "LineString", "coordinates": [[129.5, 42.9], [129.4, 42.8]]}
PLANT_AND_PIPELINE = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "properties": {"role": "plant"}, "geometry": PLANT},
        {"type": "Feature", "properties": {"role": "pipeline"}, "geometry": PIPELINE},
    ],
}


def keep(settings: Settings, at: str = CENTRAL_YANJI):
    here = Deployment.open(settings)
    return here.keep(here.screen(Question(site=at, day=DAY, industry="C2631", nature="new")))


def in_a_new_process(settings: Settings, name: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "FENQU_LAYERS": str(settings.layers), "FENQU_LEDGER": settings.ledger}
    return subprocess.run(
        [sys.executable, "-c", "from geo.cli import main; main()", "verify", name],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


def test_verify_in_a_new_process_says_same(own):
    kept = keep(own)
    for name in (kept.id, kept.token):
        done = in_a_new_process(own, name)
        assert (done.returncode, done.stdout.split()[0]) == (0, "same"), done.stderr


def test_after_a_rule_was_edited_verify_says_what_differs(own):
    kept = keep(own)
    path = own.layers / "rules" / "state" / "soil.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("    effect: prohibited", "    effect: restricted", 1), "utf-8")
    done = in_a_new_process(own, kept.id)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0].startswith("differs")
    assert "  book: rules/soil.sensitive_surroundings" in lines
    assert "  /findings/soil.sensitive_surroundings/effect: prohibited → restricted" in lines
    assert "  /indicative_verdict: prohibited → needs_information" in lines


def test_an_edit_elsewhere_in_the_book_is_named_too(own):
    kept = keep(own)
    path = own.layers / "rules" / "state" / "red_line.yaml"
    path.write_text(path.read_text("utf-8").replace("dimension: layout", "dimension: risk", 1), "utf-8")
    here = Deployment.open(own)
    found = verify(kept.id, here.ledger, here.store, here.book)
    assert found.outcome == "differs"
    assert all(name.startswith("rules/red_line") for name in found.book)
    assert found.record == ()


def test_a_part_that_only_one_book_has_is_one_difference(here):
    without = Rulebook.of({part: said for part, said in here.book.data.items() if part not in ("eia", "precedence")})
    assert without.differences(here.book) == here.book.differences(without) == ["eia", "precedence"]


def test_what_was_added_to_a_part_is_named(here):
    vocabulary = {name: said for name, said in here.book.data["vocabulary"].items() if name != "kinds"}
    without = Rulebook.of({**here.book.data, "vocabulary": vocabulary})
    assert without.differences(here.book) == ["vocabulary/kinds"]


def test_a_fact_that_the_vocabulary_lost_is_a_difference_and_no_error(own):
    here = Deployment.open(own)
    kept = here.keep(here.screen(Question(site=CENTRAL_YANJI, day=DAY, facts={"noise_emitting": True})))
    for path in (own.layers / "vocabulary" / "facts.yaml", *(own.layers / "rules").glob("*/*.yaml")):
        path.write_text(path.read_text("utf-8").replace("noise_emitting", "loud"), "utf-8")
    later = Deployment.open(own)
    found = verify(kept.id, later.ledger, later.store, later.book)
    assert found.outcome == "differs"
    assert "There is no fact “noise_emitting”" in found.record[0]


def test_the_doors_of_today_do_not_bind_a_question_of_before(own):
    from dataclasses import replace

    kept = keep(own)
    narrow = Deployment.open(replace(own, site_parts=0, site_vertices=0))
    assert verify(kept.id, narrow.ledger, narrow.store, narrow.book).outcome == "same"


def test_a_new_release_does_not_disturb_an_old_screening(own):
    kept = keep(own)
    folder = own.layers / "data" / own.region / "built_up_area"
    (folder / "current.json").write_text('{"release": "0000000000000000"}', "utf-8")
    here = Deployment.open(own)
    assert verify(kept.id, here.ledger, here.store, here.book).outcome == "same"


def test_a_release_that_is_gone_is_said_so(own):
    kept = keep(own)
    next((own.layers / "data" / own.region / "built_up_area").glob("*.gpkg")).unlink()
    done = in_a_new_process(own, kept.id)
    assert done.returncode == 1
    assert done.stdout.splitlines()[0].startswith("inputs_gone")
    assert "  gone: built_up_area" in done.stdout.splitlines()


@pytest.mark.parametrize(
    "site",
    [
        "POLYGON((129.45 42.85,129.55 42.85,129.55 42.92,129.45 42.92,129.45 42.85))",
        PLANT_AND_PIPELINE,
        "SRID=4326;POINT(129.5024 42.8883)",
    ],
    ids=["a polygon", "parts with roles and a width", "WGS-84"],
)  # fmt: skip
def test_every_form_of_site_verifies(own, site):
    here = Deployment.open(own)
    kept = here.keep(here.screen(Question(site=site, day=DAY, width_m=20.0, accuracy_m=5.0)))
    assert verify(kept.token, here.ledger, here.store, here.book).outcome == "same"


def test_an_answer_with_a_failed_layer_is_another_answer(own):
    well = keep(own)
    file = next((own.layers / "data" / own.region / "built_up_area").glob("*.gpkg"))
    aside = file.rename(file.with_suffix(".aside"))
    failed = keep(own)
    aside.rename(file)
    assert failed.id != well.id
    assert keep(own).json == well.json


def test_the_same_answer_is_kept_once(own):
    first, second = keep(own), keep(own)
    assert (first.id, first.token) == (second.id, second.token)
    assert len(first.token) >= 43  # 256 bits


def test_a_token_opens_the_web_and_an_id_does_not(own):
    kept = keep(own)
    ledger = Ledger(own)
    assert ledger.find_by_token(kept.token).json == kept.json
    with pytest.raises(ScreeningUnknown, match="No screening is kept as"):
        ledger.find_by_token(kept.id)


def test_a_full_ledger_refuses_and_keeps_what_it_has(own):
    from dataclasses import replace

    small = replace(own, ledger_rows=1)
    kept = keep(small)
    with pytest.raises(LedgerFull, match="its limit of 1 screenings"):
        keep(small, "129.6,42.9")
    assert Ledger(small).find(kept.id).json == kept.json


def test_an_answer_of_another_engine_says_so_first_and_nothing_of_what_it_did_not_know(own):
    here = Deployment.open(own)
    screening = here.screen(Question(site=CENTRAL_YANJI, day=DAY, industry="C2631", nature="new"))
    kept = here.keep(screening)
    old = orjson.loads(kept.json)
    old["engine"] = "2"
    for check in old["checks"]:
        del check["nearest"], check["decides_m"], check["crossings"]
    county = next(check for check in old["checks"] if check["layer"] == "county")
    county["zones"][0]["name"] = "before"
    found = compare(replace(kept, json=canonical.encode(old)), screening, ()).record
    assert found[0] == "/engine: 2 → 6"
    assert [line.split(": ")[1].split(" → ")[0] for line in found[1:]] == ["before"]


def test_zones_that_the_record_does_not_have_are_not_drawn(own):
    here = Deployment.open(own)
    kept = keep(own)
    assert drawn_again(kept, here.store, here.book).record == kept.record
    old = orjson.loads(kept.json)
    next(check for check in old["checks"] if check["layer"] == "built_up_area")["zones"] = []
    with pytest.raises(PiecesGone, match="layers: built_up_area"):
        drawn_again(replace(kept, json=canonical.encode(old)), here.store, here.book)


def test_a_member_that_the_same_engine_lost_or_gained_is_named(own):
    here = Deployment.open(own)
    screening = here.screen(Question(site=CENTRAL_YANJI, day=DAY, industry="C2631", nature="new"))
    kept = here.keep(screening)
    old = orjson.loads(kept.json)
    del old["site"]["counties"]
    found = compare(replace(kept, json=canonical.encode(old)), screening, ()).record
    assert [line.split(": ")[0] for line in found] == ["/site/counties"]


def test_differences_name_what_is_where():
    before = {"a": 1, "list": [{"rule": "x", "state": "applies"}, {"rule": "y", "state": "applies"}]}
    after = {"a": 2, "list": [{"rule": "y", "state": "undecided"}]}
    assert list(differences(before, after)) == [
        "/a: 1 → 2",
        "/list/x: {'rule': 'x', 'state': 'applies'} → —",
        "/list/y/state: applies → undecided",
    ]
