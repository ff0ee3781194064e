"""The search in the industry table, on a small table and on the shipped one."""

import csv
from collections import Counter

import pytest
from samples import VOCABULARY

from geo.industries import path_of
from geo.settings import ROOT
from geo.vocabulary import load_vocabulary

FOLDER = ROOT / "layers" / "vocabulary"
SHIPPED = load_vocabulary(FOLDER)


def found(vocabulary, text, most=20):
    return [(hit.code, hit.how, hit.word) for hit in vocabulary.find(text, most)]


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        pytest.param("C2631", [("C2631", "code", None)], id="a code"),
        pytest.param("2631", [("C2631", "code", None)], id="a code without its letter"),
        pytest.param("ｃ２６３１", [("C2631", "code", None)], id="full width, small letter"),
        pytest.param("C26", [("C26", "code", None), ("C2631", "prefix", None)], id="a code before its prefix"),
        pytest.param("c2631 化学农药制造", [("C2631", "code", None)], id="a code before a name"),
        pytest.param("铜冶炼", [("C3211", "name", None)], id="a name; a word of one character does not count in it"),
        pytest.param(
            "农药厂", [("C2631", "word", "农药厂"), ("C26", "word", "农药厂")], id="a word, in the order of its codes"
        ),
        pytest.param(
            "PESTICIDES", [("C2631", "word", "pesticides"), ("C26", "word", "pesticides")], id="an English word"
        ),
        pytest.param("농약", [("C2631", "word", "농약"), ("C26", "word", "농약")], id="a Korean word"),
        pytest.param(
            "冶炼",
            [("C3211", "part", None), ("C3212", "part", None), ("C32", "part", None)],
            id="parts, the shorter name first",
        ),
        pytest.param(
            "pesti",
            [("C2631", "part_of_word", "pesticides"), ("C26", "part_of_word", "pesticides")],
            id="where a word begins",
        ),
        pytest.param("icides", [], id="not within a Latin word"),
        pytest.param(
            "old copper works",
            [("C3211", "part_of_word", "copper"), ("B0911", "part_of_word", "copper")],
            id="a word in what was typed",
        ),
        pytest.param("coppersmith", [], id="no half Latin word in what was typed"),
        pytest.param(
            "图们农药厂",
            [("C2631", "part_of_word", "农药厂"), ("C26", "part_of_word", "农药厂")],
            id="a Chinese word in what was typed",
        ),
        pytest.param("  ", [], id="blanks"),
        pytest.param("(", [], id="a sign of search patterns"),
    ],
)
def test_what_a_text_finds(text, hits):
    assert found(VOCABULARY, text) == hits


def test_a_hit_is_told_once_by_its_best_reason():
    assert Counter(code for code, _, _ in found(VOCABULARY, "铜"))["C3211"] == 1
    assert found(VOCABULARY, "铜")[0] == ("C3211", "word", "铜")


def test_no_more_hits_than_asked_for():
    assert found(VOCABULARY, "c", 2) == found(VOCABULARY, "c")[:2]
    assert len(SHIPPED.find("制造")) == 20


def test_the_tree_comes_with_a_hit():
    (hit,) = SHIPPED.find("养猪场", 1)
    assert hit.level == "class"
    assert hit.path == (("A", "农、林、牧、渔业"), ("A03", "畜牧业"), ("A031", "牲畜饲养"), ("A0313", "猪的饲养"))


def test_the_tree_is_the_one_of_the_table():
    with (FOLDER / "industries.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["code"]: row for row in csv.DictReader(file)}
    for code, row in rows.items():
        path = [step for step, _ in path_of(SHIPPED.industries, code)]
        assert path[-1] == code
        assert (path[-2] if len(path) > 1 else "") == row["parent"], code
        assert rows[path[-1]]["level"] == ["section", "division", "group", "class"][len(path) - 1]


def test_the_shipped_words_lead_to_industries_of_the_table():
    assert len(SHIPPED.words) >= 150
    for row in SHIPPED.words:
        assert set(row.codes) <= set(SHIPPED.industries), row.words_zh
        assert row.codes, row.words_zh
        assert row.mark == "G"
        assert all(word and word == word.strip() for word in row.words), row.words_zh


def test_no_word_stands_twice():
    counted = Counter(word for row in SHIPPED.words for word in row.words)
    assert [word for word, count in counted.items() if count > 1] == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("人参种植", "A0171"),
        ("木耳", "A0142"),
        ("민박", "H6130"),
        ("加油站", "F5265"),
        ("采砂", "B1019"),
        ("cattle farm", "A0311"),
        ("屠宰", "C1351"),
        ("김치", "C1371"),
        ("mineral water", "C1522"),
        ("光伏", "D4416"),
        ("风电", "D4415"),
        ("水电站", "D4413"),
        ("垃圾焚烧", "D4417"),
        ("水泥", "C3011"),
        ("石材", "C3032"),
        ("木材加工", "C201"),
        ("制药", "C2720"),
        ("电镀", "C3360"),
        ("酿酒", "C1512"),
        ("污水处理厂", "D4620"),
    ],
)
def test_what_people_in_the_region_would_type(text, code):
    assert SHIPPED.find(text)[0].code == code


def test_every_shipped_word_finds_its_own_codes():
    for row in SHIPPED.words:
        for word in row.words:
            assert set(row.codes) <= {hit.code for hit in SHIPPED.find(word, 100)}, word
