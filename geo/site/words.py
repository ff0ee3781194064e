"""The words of surveyors: what a column of a table is called, and what a head says of datum, zone and area.

The words themselves are data: `layers/vocabulary/survey_words.yaml`. Nothing is concluded from what is not said.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal, cast
from unicodedata import normalize

from geo.datums import Datum
from geo.settings import ROOT
from geo.site.contents import Claim, shortened
from geo.site.coordinate import read_angle
from geo.site.notice import Notice
from geo.yamlfile import read_yaml

FILE = ROOT / "layers" / "vocabulary" / "survey_words.yaml"
Role = Literal[
    "point", "serial", "x", "y", "north", "east", "lon", "lat", "side", "plot", "ring", "area", "height"
]  # fmt: skip
LONGEST_TITLE = 24  # characters of the title of a column
_BRACKET = re.compile(r"[(\[【](.*?)[)\]】]")
_LENGTH_UNIT = re.compile(r"(?:/m|/米|\bm|单位m|单位米)$")
_NUMBER = r"([\d,]*\d(?:\.\d+)?)"
_ANGLE = r"\d{2,3}(?:\.\d+)?(?:\s*[°度](?:\s*\d{1,2}\s*[′'分](?:\s*\d{1,2}(?:\.\d+)?\s*[″\"秒])?)?)?"
_EPSG = re.compile(r"epsg\s*[:=]*\s*(\d{4,5})")
_COUNTED_PLOT = re.compile(
    r"(?:地块|宗地|区块|图斑|plot|parcel)\s*[一二三四五六七八九十百\d]{1,4}|"
    r"第?[一二三四五六七八九十百\d]{1,4}号?(?:地块|宗地|区块|图斑)",
    re.IGNORECASE,
)
_NO_HEADING = re.compile(r"[:=]|续|页|page|쪽|계속", re.IGNORECASE)  # a statement, or a table that goes on
_WORD = re.compile(r"[a-z]")


@dataclass(frozen=True, slots=True)
class Area:
    """An area that a file states."""

    text: str
    value: float
    units: tuple[float, ...]  # m² of one: the unit named, or all that it may be in
    digits: int  # after the point

    def differs(self, computed_m2: float) -> bool:
        """Whether it is another area in every unit that it may be in: by over 1 %, and more than by rounding."""
        return all(
            abs(self.value * unit - computed_m2) > max(0.01 * self.value * unit, 0.5 * unit * 10.0**-self.digits)
            for unit in self.units
        )


@dataclass(frozen=True, slots=True)
class Head:
    """What the lines around a table say."""

    claim: Claim = field(default_factory=Claim)
    areas: tuple[Area, ...] = ()
    address: str = ""
    notices: tuple[Notice, ...] = ()


@cache
def words() -> Mapping[str, Any]:
    """The table of words."""
    read: Mapping[str, Any] = read_yaml(FILE)
    return read


@cache
def _titles() -> Mapping[str, Role]:
    return {folded(word): cast(Role, role) for role, named in words()["columns"].items() for word in named}


@cache
def _wide_titles() -> tuple[str, ...]:
    """Titles that are known inside of longer ones too: words of Han or Hangul of two signs or more."""
    return tuple(word for word in _titles() if len(word) >= 2 and not _WORD.search(word))


def folded(text: object) -> str:
    """A text for comparing: half width, lower case, no blanks."""
    return "".join(normalize("NFKC", str(text)).lower().split())


def role_of(title: object) -> Role | None:
    """What a column of this title holds; None where the words are not known."""
    plain = folded(title).strip(":;,.*#")
    if not plain or len(plain) > LONGEST_TITLE or plain[0] in "+-0123456789":
        return None
    titles = _titles()
    bare = _LENGTH_UNIT.sub("", _BRACKET.sub("", plain)).strip(":/_-")
    inner = "".join(_BRACKET.findall(plain))
    for form in (plain, bare + inner, bare, inner):
        if form in titles:
            return titles[form]
    within = [] if plain.isascii() else [word for word in _wide_titles() if word in plain]
    return titles[max(within, key=len)] if within else None


def degree_part(title: object) -> str:
    """`degrees`, `minutes` or `seconds` where a title says that a column holds no more of an angle; else nothing."""
    axes = [word for role in ("lon", "lat") for word in words()["columns"][role] if len(word) > 1]
    rest = re.sub(_any(axes), "", folded(title)).strip("()[]:/_-")
    return next((part for part, signs in words()["parts_of_degrees"].items() if rest in signs), "")


def is_packed(title: object) -> bool:
    """Whether a title says that one number holds degrees, minutes and seconds (129.3015 for 129°30′15″)."""
    return any(word in folded(title) for word in words()["packed_degrees"])


@cache
def _patterns() -> tuple[Mapping[Datum, re.Pattern[str]], re.Pattern[str], re.Pattern[str]]:
    """Those of the datums, of a plane of its own height, and of other projections."""
    datums = {
        cast(Datum, datum): re.compile("|".join(rf"(?<!非)(?<!非\s)(?<!不是)(?:{one})" for one in named), re.IGNORECASE)
        for datum, named in words()["datums"].items()
    }
    compensated, foreign = (re.compile(words()[name], re.IGNORECASE) for name in ("compensated", "foreign"))
    return datums, compensated, foreign


def datum_words(text: str) -> dict[Datum, str]:
    """Every datum that a text names, and its words for it; a plane at a height of its own is local in any datum."""
    plain = normalize("NFKC", text)
    datums, compensated, _ = _patterns()
    if match := compensated.search(plain):
        return {"local": match[0]}
    return {datum: match[0].strip() for datum, pattern in datums.items() if (match := pattern.search(plain))}


def datums_in(text: str) -> tuple[Datum, ...]:
    """Every datum that a text names."""
    return tuple(datum_words(text))


def foreign_words(text: str) -> str:
    """The words by which a text names a projection that is no Gauss-Kruger one; nothing where it does not."""
    match = _patterns()[2].search(normalize("NFKC", text))
    return match[0] if match else ""


def read_area(text: object, unit: str = "") -> Area | None:
    """An area with or without its unit; None where it is no number, or nought, which means that nobody filled it in."""
    match = re.fullmatch(rf"{_NUMBER}({'|'.join(map(re.escape, _units()))})?", folded(text))
    if not match:
        return None
    number = match[1].replace(",", "")
    factor = _units().get(match[2] or folded(unit))
    value = float(number)
    units = (factor,) if factor else (1.0, 10_000.0, _units()[folded("亩")])
    return Area(shortened(text), value, units, len(number.partition(".")[2])) if value > 0.0 else None


@cache
def _units() -> Mapping[str, float]:
    return {folded(word): float(factor) for factor, named in words()["area_units"].items() for word in named}


def read_head(lines: Iterable[str]) -> Head:
    """What lines of a head or a foot say of their coordinates; what they say twice and differently stays open."""
    plain = [" ".join(normalize("NFKC", line).split()) for line in lines]
    found: dict[str, set[Any]] = {"datum": set(), "band": set(), "zone": set(), "meridian": set(), "crs": set()}
    found["foreign"] = set()
    marks: list[str] = []
    areas: list[Area] = []
    for line in plain:
        said = _said(line.lower())
        if any(said.values()):
            marks.append(line)
        for name, values in said.items():
            found[name] |= set(values)
        areas += _areas(line.lower())
    notices = [
        Notice("claims_contradict", {"said": ", ".join(sorted(map(str, values)))})
        for values in found.values()
        if len(values) > 1
    ]
    settled = {name: next(iter(values)) for name, values in found.items() if len(values) == 1}
    claim = Claim(by="file", mark=shortened("; ".join(marks)), **settled) if marks else Claim()
    return Head(claim, tuple(areas), _address(plain), tuple(notices))


def _said(line: str) -> dict[str, list[Any]]:
    head = words()["head"]
    bands = [int(band) for band in re.findall(r"(?<![\d.])([36])\s*(?:°|度)\s*(?:分)?带", line)]
    bands += [{"三": 3, "六": 6}[band] for band in re.findall(r"([三六])\s*度\s*(?:分)?带", line)]
    bands += [int(band) for band in re.findall(rf"(?:{_any(head['band'])})\s*[:=]\s*([36])(?![\d.])", line)]
    zones = [int(zone) for zone in re.findall(rf"(?:{_any(head['zone'])})\s*[:=]?\s*(\d{{2}})(?!\d)", line)]
    zones += [int(zone) for zone in re.findall(r"(?<![\d.])(\d{2})\s*(?:号)?带(?!号)", line)]
    codes = [f"EPSG:{code}" for code in _EPSG.findall(line)]
    return {
        "datum": list(datums_in(line)),
        "band": bands,
        "zone": zones,
        "meridian": _meridians(line),
        "crs": codes,
        "foreign": [True] if foreign_words(line) else [],
    }


def _meridians(line: str) -> list[float]:
    named = re.findall(rf"(?:{_any(words()['head']['meridian'])})\s*[:=为]?\s*(?:东经|e)?\s*({_ANGLE})", line)
    angles = [read_angle(text.strip()) for text in named]
    return [angle for angle in angles if angle is not None and 70.0 <= angle <= 140.0]


def _areas(line: str) -> list[Area]:
    head = words()["head"]
    own = re.sub(rf"(?:{_any(head['other_areas'])})", "", line)
    units = _any(_units())
    pattern = rf"(?:{_any(head['area'])})\s*(?:\(\s*({units})\s*\))?\s*[:=]\s*{_NUMBER}\s*({units})?"
    other = len(own) != len(line)  # the figure of another area may stand behind the word that was taken out
    found = [] if other and "面积" not in own else re.findall(pattern, own)
    return [area for unit, number, behind in found if (area := read_area(number + behind, unit))]


def _address(lines: list[str]) -> str:
    pattern = rf"(?:{_any(words()['head']['address'])})\s*[:=]\s*(\S+)"
    return next((shortened(match[1]) for line in lines if (match := re.search(pattern, line))), "")


def plot_in(lines: Iterable[str]) -> str:
    """The plot that lines around a table name; nothing where they name none."""
    pattern = rf"(?:{_any(words()['columns']['plot'])})\s*[:=]\s*([^\s:=]+)"
    plain = [normalize("NFKC", line).strip() for line in lines]
    found = (re.search(pattern, line, re.IGNORECASE) for line in plain)
    counted = (line for line in plain if _COUNTED_PLOT.fullmatch(line))
    return next((shortened(match[1]) for match in found if match), next(counted, ""))


def heading_in(lines: Iterable[str]) -> str:
    """The line alone over a table: a name, where it is no statement and does not tell that the table goes on."""
    last = next((normalize("NFKC", line).strip() for line in [*lines][::-1]), "")
    return "" if _NO_HEADING.search(last) or any(_said(last.lower()).values()) else shortened(last)


def _any(named: Iterable[str]) -> str:
    return "|".join(sorted((re.escape(word) for word in named), key=len, reverse=True))


def merged(heads: Iterable[Head]) -> Head:
    """Heads of several sheets as one; where their claims differ, the difference stays open and is said."""
    seen = [head for head in heads if head.claim != Claim()]
    notices = tuple(notice for head in seen for notice in head.notices)
    if len({replace(head.claim, mark="") for head in seen}) <= 1:
        return Head(seen[0].claim if seen else Claim(), notices=notices)
    fields = ("crs", "datum", "band", "zone", "meridian", "foreign")
    values = {name: {getattr(head.claim, name) for head in seen} - {None, False} for name in fields}
    said = [
        Notice("claims_contradict", {"said": ", ".join(sorted(map(str, one)))})
        for one in values.values()
        if len(one) > 1
    ]
    settled: dict[str, Any] = {name: next(iter(one)) for name, one in values.items() if len(one) == 1}
    mark = shortened("; ".join(head.claim.mark for head in seen))
    return Head(Claim(by="file", mark=mark, **settled), notices=(*notices, *said))
