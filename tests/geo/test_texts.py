"""One completeness test over the program's texts: three languages, the same codes, the same parameters."""

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest

from geo import errors, texts
from geo.errors import RulebookError
from geo.layers.catalogue import load_catalogue
from geo.rules.load import load_rulebook
from geo.rules.model import EFFECTS
from geo.settings import ROOT, Settings
from geo.site.checked import parameters_of, plain_parameters
from geo.texts import LANGUAGES, Phrase, catalogue, pick, reviewed, say
from geo.yamlfile import read_yaml

FIELD = re.compile(r"{(\w+)}")


def test_the_catalogues_hold_the_same_codes_with_the_same_parameters():
    codes = {language: set(catalogue(language)) for language in LANGUAGES}
    assert codes["zh"] == codes["ko"] == codes["en"]
    for code in codes["zh"]:
        texts = [catalogue(language)[code] for language in LANGUAGES]
        assert all(texts), code
        assert len({frozenset(FIELD.findall(text)) for text in texts}) == 1, code
        assert len(set(texts)) == 3 or code == "unit.ha", code


def test_chinese_is_written_in_han_and_korean_in_hangul():
    for code in catalogue("zh"):
        if re.search(r"[a-z]", FIELD.sub("", catalogue("en")[code])):  # a text of more than marks and parameters
            assert re.search(r"[一-鿿]", catalogue("zh")[code]), code
            assert re.search(r"[가-힣]", catalogue("ko")[code]), code
            assert not re.search(r"[가-힣]", catalogue("en")[code]), code


SCRIPTS = {"zh": "[一-鿿]", "ko": "[가-힣]", "en": "[A-Za-z]"}
FILES = sorted((ROOT / "layers").rglob("*.yaml"))


def texts_in(value: Any, place: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Every text of a file in three languages, by its place."""
    if isinstance(value, dict):
        if set(value) & set(LANGUAGES) and not any(isinstance(said, bool) for said in value.values()):
            yield place, value
        else:
            for key, inner in value.items():
                yield from texts_in(inner, f"{place}/{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from texts_in(inner, f"{place}/{index}")


def test_texts_of_every_folder_of_the_layers_are_looked_at():
    spoken = {path.relative_to(ROOT / "layers").parts[0] for path in FILES if [*texts_in(read_yaml(path))]}
    assert spoken >= {"catalogue", "documents", "vocabulary", "recipes", "rules", "coverage"}
    assert sum(len([*texts_in(read_yaml(path))]) for path in FILES) > 1400


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT / "layers").as_posix())
def test_a_text_of_the_layers_is_in_three_languages_each_in_its_own_script(path):
    for place, said in texts_in(read_yaml(path)):
        assert set(said) == set(LANGUAGES), place
        assert len({text.strip() for text in said.values()}) == 3, place
        count = {of: {name: len(re.findall(SCRIPTS[name], said[of])) for name in SCRIPTS} for of in said}
        for language in LANGUAGES:
            assert count[language][language], (place, language)
        # A Chinese term may be quoted in a translation, which still is one; Hangul stands in Korean texts alone.
        assert count["zh"]["ko"] == count["en"]["ko"] == 0, place
        assert count["ko"]["ko"] > count["ko"]["zh"], place
        assert count["en"]["en"] > count["en"]["zh"], place


def test_what_nobody_has_reviewed_is_said_to_be_so(tmp_path, monkeypatch):
    assert [reviewed(language) for language in LANGUAGES] == [True, False, False]
    for language in LANGUAGES:
        (tmp_path / f"{language}.po").write_text('msgid ""\nmsgstr ""\n"X-Reviewed: true\\n"\n\n', "utf-8")
    monkeypatch.setattr("geo.texts.FOLDER", tmp_path)
    texts._program_reviewed.cache_clear()
    try:
        assert [reviewed(language) for language in LANGUAGES] == [True, True, True]
        assert [reviewed(language, {"ko"}) for language in LANGUAGES] == [True, True, False]
    finally:
        texts._program_reviewed.cache_clear()


@pytest.mark.parametrize(
    ("said", "found"),
    [("reviewed: {ko: true, en: false}", {"ko"}), ("reviewed: {}", set()), (None, set())],
    ids=["one language", "none", "no file"],
)
def test_a_book_knows_which_languages_of_its_texts_are_reviewed(tmp_path, said, found):
    layers = layers_with(tmp_path, said)
    book = load_rulebook(Settings(layers=layers))
    assert book.reviewed == found
    assert book.hash == load_rulebook(Settings()).hash


@pytest.mark.parametrize("said", ["reviewed: {ko: perhaps}", "reviewed: {zh: false}", "[]"])
def test_a_review_that_is_not_said_plainly_is_refused(tmp_path, said):
    with pytest.raises(RulebookError, match=r"translations\.yaml"):
        load_rulebook(Settings(layers=layers_with(tmp_path, said)))


def layers_with(folder, said):
    """The shipped layers, with another word on their translations."""
    for path in (ROOT / "layers").iterdir():
        if path.name != "translations.yaml":
            (folder / path.name).symlink_to(path)
    if said is not None:
        (folder / "translations.yaml").write_text(said, "utf-8")
    return folder


def subclasses(kind: type) -> set[type]:
    return {kind} | {inner for sub in kind.__subclasses__() for inner in subclasses(sub)}


@pytest.mark.parametrize(
    "kind",
    sorted((k for k in subclasses(errors.FenquError) if "code" in vars(k)), key=lambda k: k.code),
    ids=lambda k: k.code,
)
def test_every_error_says_itself_in_three_languages(kind):
    parameters = dict.fromkeys(FIELD.findall(catalogue("en")[f"error.{kind.code}"]), "7")
    error = kind(**parameters)
    assert len({error.text(language) for language in LANGUAGES}) == 3
    assert str(error) == error.text("en")


def test_every_code_in_the_sources_is_in_the_catalogue_and_the_other_way_round():
    sources = [
        path
        for folder in ("geo", "webmap")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".html", ".js") and "node_modules" not in path.parts
    ]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    areas = "eia|ui|answer|figure|finding|format|project|error|unit|status|list|cause|cli|limit|field|import|note|watch"
    found = re.findall(rf"""["']((?:{areas})\.[a-z_0-9]+)["']""", text)
    used = {code for code in found if not code.endswith((".html", ".css"))}
    assert used <= set(catalogue("zh")), used - set(catalogue("zh"))
    prefixes = {match.partition("{")[0] for match in re.findall(r"""f["']([a-z]+\.(?:\{|[a-z_]*\{))""", text)}
    prefixes |= {"error.http_", *re.findall(r"""["'](ui\.[a-z_.]+\.)["']\s*~""", text)}
    computed = {code for code in catalogue("zh") if any(code.startswith(prefix) for prefix in prefixes)}
    errors_coded = {f"error.{kind.code}" for kind in subclasses(errors.FenquError) if "code" in vars(kind)}
    assert set(catalogue("zh")) - used - computed - errors_coded == set()


def test_what_the_record_can_say_has_words():
    for effect in EFFECTS:
        assert say(f"effect.{effect}")
    for word in (
        "prohibited",
        "restricted",
        "conditional",
        "noted",
        "no_restriction_found",
        "needs_information",
        "needs_review",
    ):
        assert say(f"verdict.{word}")


def test_pick_falls_back_to_the_binding_language():
    assert pick({"zh": "延边", "ko": "연변", "en": "Yanbian"}, "ko") == "연변"
    assert pick({"zh": "延边"}, "ko") == "延边"
    assert pick(None) == ""


def test_every_attribute_of_a_layer_has_a_name():
    for entry in load_catalogue(ROOT / "layers" / "catalogue").values():
        for name in entry.attributes:
            assert say(f"attribute.{name}"), entry.kind


def reasons_in(source: str) -> Iterator[ast.expr]:
    """What a module gives as a reason: to an error by name, to one of the readers' own, or in a variable first."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield from (one.value for one in node.keywords if one.arg == "reason")
            if isinstance(node.func, ast.Name) and node.func.id in ("RowUnread", "HeaderUnclear", "RingUnclear"):
                yield node.args[-1]
        elif isinstance(node, ast.Assign) and any(
            isinstance(to, ast.Name) and to.id == "reason" for to in node.targets
        ):
            yield node.value


def test_why_a_site_is_refused_is_never_said_in_english_alone():
    paths = sorted((ROOT / "geo/site").rglob("*.py"))
    reasons = [(path, one) for path in paths for one in reasons_in(path.read_text("utf-8"))]
    assert len(reasons) > 80
    for path, reason in reasons:
        parts = reason.values if isinstance(reason, ast.JoinedStr) else [reason]
        said = [str(one.value) for one in parts if isinstance(one, ast.Constant)]
        assert not re.search("[a-z]{2}", "".join(said).replace("GeoJSON", "")), f"{path.name}:{reason.lineno}"


def test_a_phrase_is_said_with_its_own_parameters_wherever_it_came_from():
    row = Phrase("cause.at_row", row=3, reason=Phrase("cause.ring_short", count=2))
    error = errors.SiteFileBroken(name="a.csv", reason=Phrase("cause.at_sheet", sheet="s", reason=row))
    carried = parameters_of("error.site_file_broken", plain_parameters(error.parameters))
    for language, words in {
        "zh": "工作表“s”，第 3 行，一圈只有 2 个",
        "ko": "시트 ‘s’, 3행, ",
        "en": "s, row 3, a ring",
    }.items():
        assert words in error.text(language)
        assert errors.SiteFileBroken(**carried).text(language) == error.text(language)


@pytest.mark.parametrize(
    "reason",
    [
        {"term": "cause.at_row"},
        {"term": "cause.at_row", "parameters": {"row": 1}},
        {"term": "cause.at_row", "parameters": [1]},
        {"term": "cause.nothing", "parameters": {}},
        {"term": ["cause.not_finite"]},
        {"term": "cause.not_finite", "parameters": 7},
    ],
)
def test_a_phrase_without_what_it_takes_is_no_answer_of_a_reader(reason):
    with pytest.raises(ValueError, match=r"^(cause|error)\.|^text$"):
        parameters_of("error.site_invalid", {"reason": reason})


def test_phrases_within_phrases_end():
    reason: dict[str, Any] = {"term": "cause.not_finite"}
    for _ in range(10_000):
        reason = {"term": "cause.at_row", "parameters": {"row": 1, "reason": reason}}
    with pytest.raises(ValueError, match=r"cause\.at_row"):
        parameters_of("error.site_invalid", {"reason": reason})
