"""The command line, as people type it."""

import geopandas as gpd
import orjson
import pytest
from click.testing import CliRunner
from conftest import CENTRAL_YANJI, DAY, ERDAOBAIHE, RUSSIA, SEA

from geo.cli import main
from geo.day import today
from geo.deployment import Question
from geo.texts import say


@pytest.fixture
def run(built, monkeypatch):
    monkeypatch.setenv("FENQU_LAYERS", str(built.layers))
    monkeypatch.setenv("FENQU_LEDGER", built.ledger)

    def called(*words: str, code: int = 0):
        done = CliRunner().invoke(main, list(words))
        assert done.exit_code == code, done.output
        return done

    return called


def test_the_sentence_comes_first_then_the_clause(run):
    out = run("screen", CENTRAL_YANJI, "--industry", "C2631", "--nature", "new", "--as-of", DAY).output
    assert out.splitlines()[0] == "示意结果：若示意界线属实，触及禁止性规定。"
    assert "不依赖示意界线的结论：需人工复核。" in out
    assert "中华人民共和国生态环境法典 第427条 [未与公报核对]" in out
    assert "未核查：永久基本农田" in out
    assert "点位初筛" in out


def test_a_line_is_told_with_its_stretches(run):
    line = "LINESTRING (129.30 42.80, 129.50 42.90)"
    out = run("--lang", "en", "screen", line, "--width", "20", "--as-of", DAY).output
    assert "of centre line" in out
    assert "  0: 0.0 m – " in out
    assert "nearest on the map: " in out
    assert "A point was screened" not in out


def test_a_kind_of_works_needs_no_industry_code(run):
    out = run("screen", ERDAOBAIHE, "--kind", "highway", "--nature", "new", "--as-of", DAY).output
    assert "未给出行业代码，按所选建设项目类型推定" in out
    assert "--fact industry=" not in out
    assert "未给出行业代码" not in run("screen", ERDAOBAIHE, "--nature", "new", "--as-of", DAY).output


def test_the_sensitive_areas_are_told_without_a_class(run):
    out = run("screen", CENTRAL_YANJI, "--as-of", DAY).output
    _, _, told = out.partition("可能影响环评类别")
    assert "第（一）类" in told
    assert "没有图层资料，未核查：永久基本农田" in told
    assert "本系统没有条目表，不判定类别" in told


def test_industries_are_found_from_the_command_line(run):
    assert "A0313" in run("industries", "养猪场").output
    assert "畜牧业 › 牲畜饲养" in run("industries", "养猪场").output
    assert orjson.loads(run("industries", "cattle", "farm", "--json").output)[0]["code"] == "A0311"
    assert orjson.loads(run("industries", "moonbase", "--json").output) == []


@pytest.mark.parametrize(("language", "first"), [("ko", "예시 결과"), ("en", "Illustrative answer")])
def test_it_speaks_other_languages(run, language, first):
    assert run("--lang", language, "screen", CENTRAL_YANJI).output.startswith(first)


@pytest.mark.parametrize("at", [CENTRAL_YANJI, ERDAOBAIHE, RUSSIA, SEA], ids=["延吉", "二道白河", "Russia", "sea"])
def test_json_is_the_record_byte_for_byte(run, here, at):
    out = run("screen", at, "--industry", "C2631", "--nature", "new", "--as-of", DAY, "--json")
    assert out.stdout_bytes == here.screen(Question(site=at, day=DAY, industry="C2631", nature="new")).json


def test_geojson_has_the_site_and_the_pieces(run):
    out = run(
        "screen",
        "POLYGON((129.45 42.85,129.55 42.85,129.55 42.92,129.45 42.92,129.45 42.85))",
        "--geojson",
        "--as-of",
        DAY,
    )
    collection = orjson.loads(out.stdout_bytes)
    roles = [feature["properties"]["role"] for feature in collection["features"]]
    assert roles.count("site") == 1
    pieces = [f for f in collection["features"] if f["properties"]["role"] == "overlap"]
    layers = {f["properties"]["layer"] for f in pieces}
    assert layers == {"control_unit", "built_up_area", "industrial_park", "basin", "county"}
    under = [f for f in pieces if f["properties"]["relation"] != "near"]
    assert all(f["geometry"]["type"] in ("Polygon", "MultiPolygon") for f in under)
    assert all(f["geometry"] is None for f in pieces if f not in under)
    built_up = next(f for f in pieces if f["properties"]["layer"] == "built_up_area")
    assert "soil.sensitive_surroundings" in built_up["properties"]["rules"]


def test_gpkg_is_written_beside_the_answer(run, tmp_path):
    path = tmp_path / "answer.gpkg"
    told = run("screen", CENTRAL_YANJI, "--industry", "C2631", "--nature", "new", "--as-of", DAY, "--gpkg", str(path))
    assert str(path) in told.output.replace("\n", "")
    assert "延吉建成区（示意）" in set(gpd.read_file(path, layer="pieces")["name"])
    assert [entry.name for entry in tmp_path.iterdir()] == ["answer.gpkg"]


def test_html_is_one_file_that_needs_no_network(run, tmp_path):
    path = tmp_path / "answer.html"
    run("screen", CENTRAL_YANJI, "--industry", "C2631", "--nature", "new", "--html", str(path), "--as-of", DAY)
    text = path.read_text("utf-8")
    assert "第427条" in text
    assert "示意" in text
    assert not [word for word in ("src=", "<link", "http://", "https://", "url(") if word in text]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("screen", "150,42"), "site_out_of_bounds"),
        (("screen", "somewhere"), "site_unreadable"),
        (("screen", CENTRAL_YANJI, "--industry", "Z1"), "industry_unknown"),
        (("screen", CENTRAL_YANJI, "--fact", "colour=red"), "fact_unknown"),
        (("screen", CENTRAL_YANJI, "--nature", "big"), "fact_value_invalid"),
        (("screen", CENTRAL_YANJI, "--as-of", "2026-02-30"), "day_invalid"),
        (("export", "basic_farmland"), "layer_unknown"),
        (("rules", "show", "no.rule"), "rule_unknown"),
        (("rules", "list", "--layer", "nope"), "layer_unknown"),
        (("verify", "0" * 32), "screening_unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_bad_words_get_a_clear_error_and_code_2(run, words, message):
    done = run("--lang", "en", *words, code=2)
    assert message in done.stderr
    assert "Traceback" not in done.output


def test_kept_and_verified(run):
    out = run("screen", CENTRAL_YANJI, "--as-of", DAY).output
    name = out.rstrip().rsplit(" ", 1)[-1]
    assert run("verify", name).output.startswith("same")


def test_layers_rules_and_export(run):
    assert set(orjson.loads(run("layers", "--json").stdout_bytes)) >= {"county", "red_line", "shelter_belt"}
    assert "not_supplied" in run("layers").output
    assert "water_source.class_1.building" in run("rules", "list", "--layer", "water_source_zone").output
    assert orjson.loads(run("rules", "show", "soil.sensitive_surroundings").stdout_bytes)["layer"] == "built_up_area"
    exported = orjson.loads(run("export", "control_unit", "--format", "geojson").stdout_bytes)
    unit = exported["features"][0]["properties"]
    assert unit["HJGKDYBM"] == unit["code"]
    assert unit["provenance"] == "illustrative"
    assert exported["fenqu"]["dataset"]["zh"].startswith("环境管控单元（示意")


def test_bulk_writes_a_table(run, tmp_path):
    table, out = tmp_path / "sites.csv", tmp_path / "out.csv"
    table.write_text("name,lon,lat,industry,nature\n农药厂,129.5024,42.8883,C2631,new\n", "utf-8")
    run("bulk", str(table), "--out", str(out))
    assert "prohibited" in out.read_text("utf-8-sig")


def test_a_broken_book_is_the_operators_and_code_3(own, monkeypatch):
    monkeypatch.setenv("FENQU_LAYERS", str(own.layers))
    (own.layers / "rules" / "state" / "soil.yaml").write_text("rules: [{id: x}]", "utf-8")
    done = CliRunner().invoke(main, ["--lang", "en", "screen", CENTRAL_YANJI])
    assert done.exit_code == 3
    assert "rulebook_invalid" in done.stderr


def test_an_answer_says_until_when_it_is_valid_and_how_to_ask_again(run):
    passed = run("screen", CENTRAL_YANJI, "--as-of", "2025-05-01").output
    assert f"{say('answer.valid_only', day='2025-05-01')} {say('answer.valid_passed')}" in passed
    assert say("cli.ask_today", today=today().isoformat()) in passed
    standing = run("screen", CENTRAL_YANJI, "--as-of", "2099-01-01").output
    assert say("answer.valid_only", day="2099-01-01") in standing
    assert say("answer.valid_passed") not in standing


def test_what_was_not_checked_comes_before_the_layers(run):
    out = run("screen", CENTRAL_YANJI, "--as-of", DAY).output
    assert out.index("未核查：永久基本农田") < out.index("河湖管理范围、岸线和植物保护带")


@pytest.mark.parametrize("language", ["zh", "ko", "en"])
def test_a_translation_that_nobody_reviewed_is_marked_once_and_never_in_data(run, language):
    mark, told = say("answer.translated", language), language != "zh"
    answered = run("--lang", language, "screen", CENTRAL_YANJI, "--as-of", DAY)
    assert (answered.stdout.count(mark), answered.stderr.count(mark)) == (int(told), 0)
    found = run("--lang", language, "industries", "C2631")
    assert (mark in found.stderr, mark in found.stdout) == (told, False)
    record = run("--lang", language, "screen", CENTRAL_YANJI, "--as-of", DAY, "--json")
    assert orjson.loads(record.stdout_bytes)["request"]["day"] == DAY
