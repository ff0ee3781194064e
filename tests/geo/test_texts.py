"""One completeness test over the program's texts: three languages, the same codes, the same parameters."""

import re

import pytest

from geo import errors
from geo.layers.catalogue import load_catalogue
from geo.rules.model import EFFECTS
from geo.settings import ROOT
from geo.texts import LANGUAGES, catalogue, pick, say

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
    areas = "eia|ui|answer|figure|finding|project|error|unit|status|list|cause|cli|limit|field|import"
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
