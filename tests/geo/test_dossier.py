"""The formal report: its form word for word, its figures in three formats, what it never says, and its doors."""

import re
import shutil
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import docx
import lxml.html
import orjson
import pytest
import shapely
from click.testing import CliRunner
from conftest import CENTRAL_YANJI, DAY
from pypdf import PdfReader

from geo import typesetting
from geo.cli import main
from geo.deployment import Deployment, Question
from geo.dossier import compose, headings_of
from geo.dossier.compliance import conformity_of
from geo.dossier.desk import MOST_ROWS, Desk
from geo.dossier.form import load_report_form
from geo.dossier.model import Figure, Items, Mark, Pairs, Paragraph, Table
from geo.dossier.standing import Standing
from geo.errors import BodyInvalid, CatalogueError, PdfUnavailable
from geo.export.report_docx import render_docx
from geo.export.report_html import read_record, render_report
from geo.export.report_pdf import render_pdf
from geo.figures import area, length, percent
from geo.issuing import issue, report_of
from geo.report import plain_number, present
from geo.rules.wording import article_in_words
from geo.settings import ROOT
from geo.site.model import coordinates_of
from geo.texts import LANGUAGES, say

HEADINGS = """一、筛查结论与未核查事项
二、项目基本情况
2.1 建设内容与建设性质
2.2 选址范围、坐标系与拐点坐标
2.3 已申报事实与未知事实
三、筛查依据
3.1 法律法规、规划及准入清单
3.2 图层来源、版本、性质与精度
3.3 筛查日期与规则库版本
四、环境管控单元符合性分析
4.1 涉及的环境管控单元
4.2 省级总体准入要求
4.3 流域准入要求
4.4 州级准入要求
4.5 单元准入清单
五、法定管控区域核查
5.1 生态保护红线
5.2 国家公园与自然保护区
5.3 自然公园
5.4 风景名胜区
5.5 饮用水水源保护区
5.6 永久基本农田与黑土地
5.7 林地、公益林与防护林
5.8 湿地、河道与岸线
5.9 土壤污染风险地块
5.10 大气、水、声环境功能区与敏感目标
5.11 野生动物栖息地与迁徙通道
5.12 边境及其他
六、规则判定明细（触及、未触及、待定、适用例外）
七、待补充信息及其对结论的影响
八、边界存疑与细小重叠
九、规定冲突与适用理由
十、主管部门与后续手续
十一、附图（坐标系、比例尺、指北针、图例、数据性质、审图号）
十二、附表（拐点坐标、压占面积与占比、最近距离）
十三、报告编号、校验值与复核方法
十四、人工复核意见（复核人、日期、理由）
十五、声明""".splitlines()
COLUMNS = (
    "序号｜管控层级｜管控维度｜管控要求原文及出处｜本项目情况｜事实来源｜符合性（符合/不符合/不涉及/待核实）｜说明"
)
TITLE = "建设项目选址生态环境管控要求筛查报告"
WATERMARK = "示意数据·不得作为附件提交"
SITES = {
    "a point": {"site": CENTRAL_YANJI},
    "a square kilometre": {"site": shapely.box(129.4963, 42.8838, 129.5085, 42.8928).wkt, "accuracy_m": 2.5},
    "a line": {"site": shapely.LineString([(129.30, 42.80), (129.50, 42.90), (129.70, 42.85)]).wkt, "width_m": 20.0},
}
PROJECT = {"industry": "C2631", "nature": "new", "day": DAY}


class Drawn:
    """A map that stands in for one drawn."""

    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>'
    description = "一个方块"
    png = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360f8ffff3f0005fe02fea7d6a59f0000000049454e44ae426082"
    )


@pytest.fixture(scope="module", params=SITES, ids=list(SITES))
def record(request, here):
    return orjson.loads(here.screen(Question(**SITES[request.param], **PROJECT)).json)


@pytest.fixture(scope="module")
def point(here):
    return orjson.loads(here.screen(Question(site=CENTRAL_YANJI, **PROJECT)).json)


def report(here, record, language="zh", **said):
    return compose(record, here.book, here.report_form, language, **said)


def chapter(made, number):
    return next(one for one in made.chapters if one.id == number)


def words(made) -> str:
    """Everything that a report says, without white space."""
    said = [made.title, made.validity, made.watermark or "", made.translation or ""]
    for one in made.chapters:
        said.append(one.heading)
        for block in one.blocks:
            match block:
                case Table():
                    said += [*block.columns, *(cell for row in block.rows for cell in row)]
                case Pairs():
                    said += [cell for row in block.rows for cell in row]
                case Items():
                    said += block.rows
                case Paragraph() | Mark():
                    said.append(block.text)
    return squeezed("".join(said))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def rows_of(made, section):
    """The requirement rows of a section of chapter 4."""
    found, inside = [], False
    for block in chapter(made, "4").blocks:
        if getattr(block, "id", None):
            inside = block.id == section
        elif inside and isinstance(block, Table) and len(block.columns) == 8:
            found += block.rows
    return found


# The form.


def test_the_headings_stand_in_order_word_for_word(here, record):
    made = report(here, record)
    assert made.title == TITLE
    assert headings_of(made.chapters) == HEADINGS


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_translation_has_all_headings_and_says_that_chinese_binds(here, point, language):
    made = report(here, point, language)
    assert len(headings_of(made.chapters)) == len(HEADINGS)
    assert made.translation == here.report_form.translated.model_dump()[language]
    assert report(here, point).translation is None


def test_the_columns_stand_word_for_word(here, point):
    for section in ("4.2", "4.3", "4.4", "4.5"):
        tables = [block for block in chapter(report(here, point), "4").blocks if isinstance(block, Table)]
        assert "｜".join(next(table.columns for table in tables if len(table.columns) == 8)) == COLUMNS, section


def test_every_kind_of_layer_has_exactly_one_place(here):
    assert list(here.report_form.faults(here.book.catalogue)) == []
    placed = {place.layer for places in here.report_form.places.values() for place in places}
    assert placed == set(here.book.catalogue)
    assert len(placed) == 33


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('"5.11": [{layer: habitat}]', '"5.11": []', "habitat stands in 0 places"),
        ('"5.1": [{layer: red_line}]', '"5.1": [{layer: red_line}, {layer: habitat}]', "habitat stands in 2 places"),
        ("natural_park]}}]", "nature_reserve]}}]", "not shared out value by value"),
        (", unknown: true}", "}", "stand in no one place"),
        ('"5.1": [', '"5.99": [', "no section 5.99"),
        ("{layer: red_line}", "{layer: green_line}", "green_line is no layer"),
        ("\ntitle: ", "\nheading: ", "title"),
    ],
)
def test_a_form_that_misplaces_a_kind_is_refused(own, here, before, after, fault):
    path = own.layers / "report.yaml"
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")
    with pytest.raises(CatalogueError, match=fault):
        load_report_form(own.layers, here.book.catalogue)


def test_every_word_of_the_form_is_used_and_in_three_languages(here):
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "geo" / "dossier").glob("*.py"))
    for code, text in here.report_form.texts.items():
        said = text.model_dump()
        assert len(set(said.values())) == 3, code
        assert len({frozenset(re.findall(r"{(\w+)}", one)) for one in said.values()}) == 1, code
        assert re.search("[一-鿿]", said["zh"]), code
        assert re.search("[가-힣]", said["ko"]) or not re.search("[a-z]{3}", said["en"]), code
        family, _, _ = code.partition("_")
        assert f'"{code}"' in sources or f'f"{family}_{{' in sources, code


# The figures.


def figures_of(record, book):
    """Every figure that a report shows, out of its record."""
    told = [record["id"], record["request_id"], record["book"]]
    told += [say(f"verdict.{record[name]}") for name in ("verdict", "indicative_verdict")]
    told += [say(f"verdict.{answer['verdict']}") for item in record["open"] for answer in item.get("answers", ())]
    site = record["site"]
    told += [area(site["area_m2"])] if site["area_m2"] is not None else []
    told += [length(site["length_m"])] if site["length_m"] is not None else []
    for check in record["checks"]:
        told += figures_of_check(check)
    for finding in record["findings"]:
        told += [finding["rule"], *(one["phrase"] for one in finding["provisions"])]
        told += [article_in_words(one["article"], book.unknown_articles) for one in finding["provisions"]]
    for part in record["request"]["site"]["parts"]:
        told += [f"{degrees:.9f}" for corner in coordinates_of(part["geometry"]) for degrees in corner]
    return [squeezed(one) for one in told if one]


def figures_of_check(check):
    nearest, told = check["nearest"], []
    if check["release"]:
        told += [check["release"], say("ui.accuracy_value", metres=plain_number(check["accuracy_m"]))]
    told += [nearest["name"], length(nearest["distance_m"])] if nearest else []
    for zone in (*check["zones"], *check["ignored"]):
        told += [zone["name"], zone["code"] or ""]
        if zone["area_m2"] is not None:
            told += [area(zone["area_m2"]["value"]), f"{zone['area_m2']['value']:,.2f} m²"]
        told += [percent(zone[share]) for share in ("site_share", "zone_share", "line_share") if zone[share]]
        told += [length(zone["length_m"]["value"])] if zone["length_m"] else []
    return told


def read_pdf(data):
    return [squeezed(page.extract_text()) for page in PdfReader(BytesIO(data)).pages]


def read_docx(data):
    document = docx.Document(BytesIO(data))
    return squeezed("".join(node.text or "" for node in document.element.body.iter("{*}t")))


def read_html(page):
    tree = lxml.html.document_fromstring(page)
    for script in tree.iter("script", "style"):
        script.text = ""
    return squeezed(tree.text_content())


def missing(record, book, text):
    return [one for one in figures_of(record, book) if one not in text]


def test_every_figure_of_the_record_is_in_the_page(here, record):
    page = render_report(report(here, record, figure=Drawn()))
    text = read_html(page)
    assert len(figures_of(record, here.book)) > 60
    assert missing(record, here.book, text) == []
    places = [text.index(squeezed(heading)) for heading in HEADINGS]
    assert len(set(places)) == len(HEADINGS)


def test_every_figure_of_the_record_is_in_the_document(here, record):
    data = render_docx(report(here, record, figure=Drawn()))
    assert missing(record, here.book, read_docx(data)) == []
    styles = [p for p in docx.Document(BytesIO(data)).paragraphs if p.style.name in ("Heading 1", "Heading 2")]
    assert [p.text for p in styles] == HEADINGS


@pytest.mark.slow
def test_every_figure_of_the_record_is_in_the_pdf_and_the_mark_on_each_page(here, record):
    data = render_pdf(report(here, record, figure=Drawn()))
    pages = read_pdf(data)
    assert missing(record, here.book, "".join(pages)) == []
    assert all(squeezed(WATERMARK) in page for page in pages)
    assert [one for one in HEADINGS if squeezed(one) not in "".join(pages)] == []


def test_a_test_that_looks_for_figures_can_fail(here, point):
    text = read_html(render_report(report(here, point)))
    other = {**point, "id": "0" * 32}
    assert missing(other, here.book, text) == ["0" * 32]


# What it says and never says.


@pytest.mark.parametrize(
    ("state", "effect", "word"),
    [
        ("applies", "prohibited", "not_met"),
        ("applies", "restricted", "open"),
        ("applies", "conditional", "open"),
        ("applies", "noted", "open"),
        ("undecided", "prohibited", "open"),
        ("undecided", "noted", "open"),
        ("excepted", "prohibited", "met"),
    ],
)
def test_only_a_decided_exception_conforms(state, effect, word):
    assert conformity_of({"state": state, "effect": effect}) == word


def test_all_four_dimensions_stand_in_every_comparison_and_none_conforms_for_want_of_a_clause(here, record):
    made = report(here, record)
    dimensions = [say(f"dimension.{name}") for name in ("layout", "discharge", "risk", "efficiency")]
    met = here.report_form.conformity.met.zh
    for section in ("4.2", "4.3", "4.4", "4.5"):
        rows = rows_of(made, section)
        assert list(dict.fromkeys(row[2] for row in rows)) == dimensions, section
        assert {row[6] for row in rows} <= {"符合", "不符合", "不涉及", "待核实"}
        assert [row for row in rows if row[6] == met] == []  # no exception applies to this project here
        assert [row[0] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]


def test_a_dimension_without_a_clause_is_to_be_verified(here, point):
    empty = {name for name in ("discharge", "risk") if not _rules_of(here, "basin", name)}
    rows = [row for row in rows_of(report(here, point), "4.3") if row[2] in {say(f"dimension.{one}") for one in empty}]
    assert len(rows) == len(empty)
    assert all((row[3], row[6]) == (here.report_form.texts["not_read"].zh, "待核实") for row in rows)


def _rules_of(here, level, dimension):
    return [
        rule
        for rule in here.book.rules
        if (rule.level, rule.dimension) == (level, dimension) and rule.binds_in("yanbian")
    ]


def test_a_sketched_unit_has_no_access_list_and_says_so(here, point):
    rows = rows_of(report(here, point), "4.5")
    told = [row for row in rows if row[3] == "示意单元无准入清单"]
    assert len(told) == 4
    assert {row[6] for row in told} == {"待核实"}


def test_the_list_of_an_official_unit_is_copied_clause_by_clause(here, point):
    record = orjson.loads(orjson.dumps(point))
    check = next(check for check in record["checks"] if check["layer"] == "control_unit")
    check["certainty"] = "firm"
    check["zones"][0]["attributes"]["list_risk"] = "1.禁止甲；2.限制乙"
    rows = [row for row in rows_of(report(here, record), "4.5") if row[2] == say("dimension.risk")]
    assert [row[3].partition("”")[0] for row in rows[:2]] == ["“1.禁止甲；", "“2.限制乙"]
    assert {row[6] for row in rows[:2]} == {"待核实"}


def test_a_layer_that_was_not_supplied_is_named_and_never_read_as_clear(here, point):
    made = report(here, point)
    lines = [row for block in chapter(made, "5").blocks if isinstance(block, Items) for row in block.rows]
    for check in point["checks"]:
        title = here.book.catalogue[check["layer"]].title.zh
        if check["reason"] == "not_supplied":
            assert any(line.startswith(f"{title}：未提供图层，未核查") for line in lines), title
    assert "没有限制" not in words(made)


def test_every_section_says_something(here, record):
    made = report(here, record)
    for one in made.chapters:
        assert one.blocks, one.heading
        marks = [getattr(block, "id", None) for block in one.blocks]
        assert all(marks[at + 1] is None for at, mark in enumerate(marks[:-1]) if mark), one.heading
        assert marks[-1] is None, one.heading


def test_every_rule_of_the_day_stands_in_exactly_one_list(here, record):
    desk = Desk(record, here.book, here.report_form, "zh", present(record, here.book))
    standing = Standing(desk)
    found = [finding["rule"] for finding in record["findings"]]
    lists = [*found, *standing.threatened, *standing.untouched]
    assert len(lists) == len(set(lists))
    assert {rule for item in record["open"] for rule in item["rules"]} <= {*found, *standing.threatened}
    made = words(report(here, record))
    assert [rule for rule in lists if rule not in made] == []


def test_clauses_not_checked_against_the_gazette_say_so_in_their_place(here, point):
    made = report(here, point)
    cited = [row[1] for block in chapter(made, "6").blocks if isinstance(block, Table) for row in block.rows]
    lines = {line for cell in cited for line in cell.split("\n")}
    for finding in point["findings"]:
        for one in finding["provisions"]:
            line = next(line for line in lines if one["phrase"] in line)
            assert ("未与公报核对" in line) is not one["verified"], one


def test_sketched_data_is_marked_in_every_format_and_firm_data_is_not(here, point):
    made = report(here, point)
    assert made.watermark == WATERMARK
    page, data = render_report(made), render_docx(made)
    assert lxml.html.document_fromstring(page).find_class("rwatermark")[0].get("data-words") == WATERMARK
    document = docx.Document(BytesIO(data))
    assert WATERMARK in document.sections[0].header.paragraphs[0].text
    assert 'id="watermark"' in document.sections[0].header.part.element.xml
    assert issue(made, "html").name.startswith("fenqu-sketch-")
    illustrative = here.report_form.declaration_illustrative[0].zh
    assert illustrative in words(made)
    firm = {**point, "checks": [{**check, "certainty": check["certainty"] and "firm"} for check in point["checks"]]}
    plain = report(here, firm)
    assert plain.watermark is None
    assert illustrative not in words(plain)
    assert "rwatermark" not in render_report(plain).partition("</style>")[2]


def test_a_note_stands_beside_the_result_and_never_instead_of_it(here, point):
    note = {"reviewer": "张三", "day": "2026-11-23", "kind": "override", "verdict": "conditional", "reason": "已踏勘"}
    made, without = report(here, point, notes=[note]), report(here, point)
    rows = [block.rows for block in chapter(made, "14").blocks if isinstance(block, Table)]
    assert rows == [(("张三", "2026-11-23", "不同结论", "附条件符合", "已踏勘"),)]
    told = chapter(made, "14").blocks[0]
    assert told == chapter(without, "14").blocks[0]
    assert present(point, here.book)["headline"] in dict(told.rows).values()
    assert made.chapters[0] == without.chapters[0]
    assert any(getattr(block, "names", None) for block in chapter(without, "14").blocks)


def test_the_report_ends_with_its_day(here, point):
    assert DAY in report(here, point).validity
    assert here.report_form.declaration[-1].zh.startswith("本报告仅对筛查日有效")


def test_the_checksum_is_that_of_the_record(here, point):
    from hashlib import sha256

    made = report(here, point, address="https://example.org/screenings/abc")
    assert made.checksum == sha256(made.json).hexdigest()
    told = words(report(here, point, address="https://example.org/screenings/abc"))
    assert made.checksum in told
    assert f"fenquverify{point['id']}" in told
    assert "https://example.org/screenings/abc" in told


def test_corners_are_told_in_the_crs_as_sent(here):
    ring = [(500_000.0, 4_750_000.0), (501_000.0, 4_750_000.0), (501_000.0, 4_751_000.0), (500_000.0, 4_751_000.0)]
    site = shapely.Polygon(ring).wkt
    record = orjson.loads(here.screen(Question(site=site, crs="EPSG:4554", **PROJECT)).json)
    rows = next(block for block in chapter(report(here, record), "12").blocks if isinstance(block, Table)).rows
    told = {(round(float(row[4]), 2), round(float(row[5]), 2)) for row in rows}
    assert told == set(ring)


def test_degrees_of_an_offset_datum_stand_beside_those_of_the_record(here):
    record = orjson.loads(here.screen(Question(site="129.5024,42.8883", crs="GCJ-02", **PROJECT)).json)
    table = next(block for block in chapter(report(here, record), "12").blocks if isinstance(block, Table))
    assert table.columns[-2:] == ("经度（°，GCJ-02）", "纬度（°，GCJ-02）")
    assert [float(cell) for cell in table.rows[0][-2:]] == pytest.approx([129.5024, 42.8883], abs=2e-9)
    assert abs(float(table.rows[0][2]) - 129.5024) > 0.004


def test_long_lists_are_cut_and_say_so(here):
    corners = [(129.4 + 0.0001 * step, 42.88 + (0.00005 if step % 2 else 0.0)) for step in range(400)]
    ring = [*corners, (129.44, 42.9), (129.4, 42.9)]
    record = orjson.loads(here.screen(Question(site=shapely.Polygon(ring).wkt, **PROJECT)).json)
    blocks = chapter(report(here, record), "12").blocks
    assert len(blocks[1].rows) == MOST_ROWS
    assert blocks[2].text == f"另有 {402 - MOST_ROWS} 行，见 JSON 记录。"


# Formats.


def test_the_same_record_gives_the_same_bytes(here, point):
    twice = [report(here, point, figure=Drawn(), address="https://example.org/a") for _ in range(2)]
    assert render_report(twice[0]) == render_report(twice[1])
    assert render_docx(twice[0]) == render_docx(twice[1])


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pdf_has_the_same_bytes_every_time_and_letters_of_its_language(here, point, language):
    made = report(here, point, language, figure=Drawn(), address="https://example.org/a")
    data = render_pdf(made)
    assert data == render_pdf(made)
    text = "".join(read_pdf(data))
    assert squeezed(made.watermark) in text
    assert squeezed(made.chapters[0].heading) in text


def test_the_record_is_read_back_out_of_the_file_and_a_changed_one_is_not(here, point):
    page = render_report(report(here, point, figure=Drawn()))
    assert read_record(page) == point
    with pytest.raises(BodyInvalid):
        read_record(page.replace(point["request_id"], "0" * 32))
    with pytest.raises(BodyInvalid):
        read_record("<p>no record</p>")


def test_hostile_words_stay_words(here):
    site = {
        "type": "Feature",
        "properties": {"role": '</script><script>alert(1)</script><img src=x onerror="1">\x07'},
        "geometry": shapely.geometry.mapping(shapely.box(129.49, 42.88, 129.50, 42.89)),
    }
    record = orjson.loads(here.screen(Question(site=orjson.dumps(site).decode(), **PROJECT)).json)
    assert "<script>" in record["request"]["site"]["parts"][0]["role"]
    note = {"reviewer": "<b>&", "day": DAY, "kind": "note", "verdict": None, "reason": "\x00\x1b]]>"}
    made = report(here, record, notes=[note])
    page = render_report(made)
    tree = lxml.html.document_fromstring(page.replace("\x00", "").replace("\x1b", "").replace("\x07", ""))
    assert len(list(tree.iter("script"))) == 1
    assert list(tree.iter("b")) != []
    assert not [image for image in tree.iter("img") if image.get("onerror")]
    assert read_record(page) == record
    assert "<script>alert(1)" in read_docx(render_docx(made))


def test_a_page_takes_nothing_from_elsewhere(here, point):
    page = render_report(report(here, point, figure=Drawn(), address="https://example.org/a"))
    tree = lxml.html.document_fromstring(page)
    assert {image.get("src").partition(",")[0] for image in tree.iter("img")} == {
        "data:image/svg+xml;base64",
        "data:image/png;base64",
    }
    assert list(tree.iter("link")) == []
    assert [node for node in tree.iter() if node.get("style")] == []


def test_the_pdf_opens_only_its_own_pictures_and_letters(tmp_path):
    fetcher = typesetting.fetcher({})
    for url in ("file:///etc/passwd", "http://127.0.0.1/", "data:text/html,x", f"file://{tmp_path}/a.woff2"):
        with pytest.raises(ValueError, match="not opened"):
            fetcher.fetch(url)
    assert fetcher.fetch("data:image/png;base64,aGFsbG8=").read() == b"hallo"


def test_without_the_systems_libraries_the_error_names_the_packages(here, point, monkeypatch):
    def broken(name):
        raise OSError("cannot load library 'libpango-1.0-0'\nmore")

    monkeypatch.setattr(typesetting, "import_module", broken)
    with pytest.raises(PdfUnavailable, match=r"libpango-1\.0-0.*libharfbuzz-subset0"):
        render_pdf(report(here, point))


# Doors.


def test_the_command_writes_the_report_of_a_kept_answer(own, monkeypatch, tmp_path):
    monkeypatch.setenv("FENQU_LAYERS", str(own.layers))
    monkeypatch.setenv("FENQU_LEDGER", own.ledger)
    run = CliRunner()
    said = run.invoke(main, ["screen", CENTRAL_YANJI, "--industry", "C2631", "--nature", "new", "--as-of", DAY])
    number = re.search(r"fenqu verify (\w+)", said.output)[1]
    page, document = tmp_path / "report.html", tmp_path / "report.docx"
    address = "https://example.org/screenings/abc"
    assert run.invoke(main, ["report", number, "--address", address, "-o", str(page)]).exit_code == 0
    assert read_record(page.read_text("utf-8"))["id"] == number
    assert address in page.read_text("utf-8")
    words = ["report", number, "--format", "docx", "--lang", "ko", "-o", str(document)]
    assert run.invoke(main, words).exit_code == 0
    assert "건설사업" in read_docx(document.read_bytes())
    for wrong in ("javascript:alert(1)", "https://" + "a" * 600):
        assert run.invoke(main, ["report", number, "--address", wrong, "-o", str(page)]).exit_code == 2
    assert run.invoke(main, ["report", "nobody", "-o", str(page)]).exit_code == 2


def test_the_map_is_drawn_on_the_releases_of_the_answer(own, monkeypatch):

    here = Deployment.open(own)
    kept = here.keep(here.screen(Question(**SITES["a square kilometre"], **PROJECT)))
    asked = []

    def draw(collection, layers, language):
        asked.append((collection, layers, language))
        return Drawn()

    made = report_of(here, kept, "en", draw=draw)
    ((collection, layers, language),) = asked
    assert (collection["fenqu"]["id"], language) == (kept.id, "en")
    assert "control_unit" in layers
    assert [block.figure.svg for block in chapter(made, "11").blocks if isinstance(block, Figure)] == [Drawn.svg]
    for path in Path(own.layers, "data", "yanbian", "control_unit").glob("*.gpkg"):
        path.unlink()
    without = report_of(Deployment.open(own), kept, "en", draw=draw)
    assert not [block for block in chapter(without, "11").blocks if isinstance(block, Figure)]
    assert replace(without, chapters=()) == replace(made, chapters=())


@pytest.fixture(scope="module")
def unseen(built, tmp_path_factory):
    """A deployment that was not given the red line."""
    layers = tmp_path_factory.mktemp("unseen") / "layers"
    shutil.copytree(built.layers, layers)
    shutil.rmtree(layers / "data" / built.region / "red_line")
    return Deployment.open(replace(built, layers=layers))


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"limited_activity": "a1"}, id="only the exception that is claimed frees from it"),
        pytest.param({}, id="nothing is claimed"),
    ],
)
def test_a_rule_on_ground_that_nobody_saw_is_never_not_concerned(unseen, facts):
    record = orjson.loads(unseen.screen(Question(site=CENTRAL_YANJI, facts=facts, **PROJECT)).json)
    book, form = unseen.book, unseen.report_form
    standing = Standing(Desk(record, book, form, "zh", present(record, book, "zh")))
    assert "red_line.outside_ten" in standing.threatened
    assert "red_line.outside_ten" not in standing.untouched
    if facts:
        assert standing.threatened["red_line.outside_ten"] == [form.say("excused", "zh")]


def test_each_verdict_stands_with_its_own_range(here, point):
    made = report(here, point)
    for number in ("1", "14"):
        rows = dict(row for block in chapter(made, number).blocks if isinstance(block, Pairs) for row in block.rows)
        assert rows["可能范围（若示意界线属实）"] == "禁止 – 禁止"
        assert rows["可能范围（不依赖示意界线）"] == "无 – 禁止"


def test_presumed_facts_are_listed_so_that_they_may_be_contested(here, point):
    assert "项目是否可能造成地下水污染（以生态环境主管部门意见为准）？" in words(report(here, point))
