"""Statistics out: canonical JSON of codes and numbers, and everything that a page or a table says in one language."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from geo.canonical import AREA_DIGITS, SHARE_DIGITS, encode, quantity
from geo.figures import percent
from geo.layers.catalogue import LayerEntry
from geo.published import AREA, COUNT, SHARE, UNITS, Published
from geo.report import View
from geo.stats import CountyTally, Figure, LayerStats, Statistics, Tally
from geo.texts import BINDING, pick, say

SCHEMA = "fenqu.stats/1"
_DIGITS = {AREA: AREA_DIGITS, SHARE: SHARE_DIGITS, COUNT: 0}
_TEN_THOUSANDS = {"wan_km2": "km2", "wan_ha": "ha", "wan_mu": "mu"}  # counted by 万 in Chinese and Korean only
_WAN_FROM_M2 = 1e9  # areas from here on are told in 万 km²
_ROUNDS_TO_NOTHING_M2 = 5e3  # less than half of 0.01 km²


def statistics_json(statistics: Statistics) -> bytes:
    """The canonical bytes: m² to 0.01, shares to 1e-6."""
    return encode(
        {
            "schema": SCHEMA,
            "region": statistics.region,
            "day": statistics.day.isoformat(),
            "audience": statistics.audience,
            "releases": dict(statistics.releases),
            "counties": {
                "area_m2": _rounded(statistics.counties_m2, AREA),
                "items": [
                    {"county": county.code, "name": county.name, "area_m2": _rounded(county.area_m2, AREA)}
                    for county in statistics.counties
                ],
            },
            "layers": [_layer_record(layer) for layer in statistics.layers],
            "figures": [_figure_record(figure) for figure in statistics.figures],
        }
    )


def _layer_record(layer: LayerStats) -> dict[str, Any]:
    said = {"layer": layer.kind, "state": layer.state, "release": layer.release}
    if layer.info is None or layer.whole is None:
        return said
    return {
        **said,
        "provenance": layer.info.provenance,
        "limits": layer.info.limits,
        "publish": layer.info.publish,
        "sketch": layer.sketch,
        "coverage_m2": _rounded(layer.coverage_m2, AREA),
        "outside_m2": _rounded(layer.outside_m2, AREA),
        "twice_m2": _rounded(layer.twice_m2, AREA),
        **_tally_record(layer.whole),
        "classes": [{"zone_class": name, **_tally_record(tally)} for name, tally in layer.classes.items()],
        "counties": [
            {
                "county": county.county,
                **_part_record(county.whole),
                "classes": [{"zone_class": name, **_part_record(tally)} for name, tally in county.classes.items()],
            }
            for county in layer.counties
        ],
    }


def _tally_record(tally: Tally) -> dict[str, Any]:
    return {
        "zones": tally.zones,
        "coverage_share": _rounded(tally.coverage_share, SHARE),
        **_part_record(tally),
    }


def _part_record(tally: Tally) -> dict[str, Any]:
    return {
        "unplaced": tally.unplaced,
        "area_m2": _rounded(tally.area_m2, AREA),
        "blank": tally.blank,
        "county_share": _rounded(tally.county_share, SHARE),
    }


def _figure_record(figure: Figure) -> dict[str, Any]:
    said = figure.published
    return {
        "id": said.id,
        "part": said.part,
        "layers": list(said.layers),
        "where": {name: list(values) for name, values in said.where},
        "county": said.county,
        "quantity": said.quantity,
        "published": {
            "value": _rounded(said.value, said.quantity),
            "printed": None if said.printed is None else str(said.printed),
            "unit": said.unit,
            "at_least": said.at_least,
            "denominator": said.denominator,
            "date": said.date,
            "source": said.source,
            "mark": said.mark,
        },
        "found": _rounded(figure.found, said.quantity),
        "part_m2": _rounded(figure.part_m2, AREA),
        "whole_m2": _rounded(figure.whole_m2, AREA),
        "difference": _rounded(figure.difference, said.quantity),
        "blank": figure.blank,
        "sketch": figure.sketch,
        "unplaced": figure.unplaced,
        "unknown": figure.unknown,
    }


def _rounded(value: float | None, kind: str) -> float | None:
    return None if value is None else quantity(value, _DIGITS[kind])


def present_statistics(
    statistics: Statistics, catalogue: Mapping[str, LayerEntry], language: str = BINDING
) -> dict[str, Any]:
    """Say the statistics in words; an amount is its text and sketch mark, or why it is blank."""
    return _Presenter(statistics, catalogue, language).view()


class _Presenter:
    """One set of statistics, one language."""

    def __init__(self, statistics: Statistics, catalogue: Mapping[str, LayerEntry], language: str) -> None:
        self.statistics, self.catalogue, self.language = statistics, catalogue, language
        self.names = {county.code: county.name for county in statistics.counties}

    def say(self, code: str, **parameters: object) -> str:
        return say(code, self.language, **parameters)

    def view(self) -> View:
        frame = [figure for figure in self.statistics.figures if figure.published.part == "frame"]
        shown = [self.layer(layer, frame) for layer in self.statistics.layers]
        return {
            "language": self.language,
            "day": self.statistics.day.isoformat(),
            "counties": self.area(self.statistics.counties_m2),
            "layers": [row for row in shown if row["state"] != "not_supplied"],
            "missing": [row for row in shown if row["state"] == "not_supplied"],
            "others": [self.figure(figure) for figure in frame if not figure.published.layers],
            "targets": [self.figure(figure) for figure in self.statistics.figures if figure.published.part == "target"],
            "illustrative": any(layer.sketch for layer in self.statistics.layers),
        }

    def title(self, kind: str) -> str:
        return pick(self.catalogue[kind].title.model_dump(), self.language)

    def layer(self, layer: LayerStats, frame: Iterable[Figure]) -> View:
        figures = [self.figure(figure) for figure in frame if figure.published.layers[:1] == (layer.kind,)]
        row: View = {
            "kind": layer.kind,
            "title": self.title(layer.kind),
            "state": layer.state,
            "state_text": "" if layer.state == "ok" else self.say(f"blank.{layer.state}"),
            "sketch": layer.sketch,
            "release": layer.release,
            "figures": figures,
        }
        if layer.info is None or layer.whole is None:
            return row
        return {
            **row,
            "provenance": self.say(f"provenance.{layer.info.provenance}"),
            "limits": self.say(f"limits.{layer.info.limits}"),
            "dataset": pick(layer.info.dataset.model_dump(), self.language),
            "coverage_note": pick(layer.info.coverage_note.model_dump(), self.language),
            "coverage": self.area(layer.coverage_m2),
            "outside": self.notable(layer.outside_m2),
            "twice": self.notable(layer.twice_m2),
            "whole": self.tally(layer.whole, layer.sketch),
            "classes": [
                {"title": self.class_title(layer.kind, name), **self.tally(tally, layer.sketch)}
                for name, tally in layer.classes.items()
            ],
            "counties": [self.county(layer, county) for county in layer.counties],
        }

    def class_title(self, kind: str, name: str | None) -> str:
        known = self.catalogue[kind].classes.get(name or "")
        if name is None:
            return self.say("ui.class_unknown")
        return pick(known.title.model_dump(), self.language) if known else name

    def county(self, layer: LayerStats, county: CountyTally) -> View:
        return {
            "name": self.names.get(county.county, county.county),
            **self.tally(county.whole, layer.sketch),
            "classes": [self.tally(tally, layer.sketch) for tally in county.classes.values()],
        }

    def tally(self, tally: Tally, sketch: bool) -> View:
        """Amounts of a tally, each with the mark of a sketch or the reason for its absence."""
        blank = tally.blank and self.say(f"blank.{tally.blank}")
        return {
            "zones": tally.zones,
            "unplaced": tally.unplaced,
            "area": self.amount(tally.area_m2 if blank is None else None, sketch, blank),
            "coverage_share": self.part(tally.coverage_share, sketch),
            "county_share": self.part(tally.county_share, sketch),
        }

    def amount(self, value_m2: float | None, sketch: bool, blank: str | None) -> View:
        if value_m2 is None:
            return {"text": None, "sketch": False, "blank": blank}
        return {"text": square_kilometres(value_m2), "sketch": sketch, "blank": None}

    def part(self, value: float | None, sketch: bool) -> View:
        if value is None:
            return {"text": None, "sketch": False, "blank": None}
        return {"text": percent(quantity(value, SHARE_DIGITS)), "sketch": sketch, "blank": None}

    def area(self, value_m2: float | None) -> str | None:
        return None if value_m2 is None else ground(value_m2, self.language)

    def notable(self, value_m2: float | None) -> str | None:
        """An amount worth a line: not what rounds to nothing."""
        return None if value_m2 is None or value_m2 < _ROUNDS_TO_NOTHING_M2 else square_kilometres(value_m2)

    def figure(self, figure: Figure) -> View:
        said = figure.published
        return {
            "id": said.id,
            "title": pick(said.title.model_dump(), self.language),
            "layers": [self.title(kind) for kind in said.layers if kind in self.catalogue],
            "published": self.printed(said),
            "share_of": self.share_of(said, figure.whole),
            "source": said.source,
            "date": said.date,
            "mark": said.mark and self.say(f"mark.{said.mark}"),
            "note": pick(said.note.model_dump(), self.language) if said.note else None,
            "found": None if figure.found is None else in_unit(figure.found, said, self.language),
            "found_of": self.found_of(figure),
            "difference": self.difference(figure),
            "relative": self.relative(figure),
            "sketch": figure.sketch,
            "blank": figure.blank and self.say(f"blank.{figure.blank}"),
            "left_out": [
                self.say(f"left.{name}", count=count)
                for name, count in (("unplaced", figure.unplaced), ("unknown", figure.unknown))
                if count
            ],
        }

    def printed(self, said: Published) -> str | None:
        if said.value is None:
            return None
        text = in_unit(said.value, said, self.language, as_printed=True)
        return f"≥ {text}" if said.at_least else text

    def share_of(self, said: Published, whole: Published | None) -> str | None:
        """What a printed share is a share of."""
        if said.quantity != SHARE:
            return None
        if whole is None:
            return self.say("ui.stats_no_denominator")
        amount = self.printed(whole) or self.say("ui.stats_not_printed")
        return self.say("ui.stats_share_of", whole=pick(whole.title.model_dump(), self.language), amount=amount)

    def found_of(self, figure: Figure) -> str | None:
        if figure.part_m2 is None or figure.whole_m2 is None:
            return None
        return f"{ground(figure.part_m2, self.language)} ÷ {ground(figure.whole_m2, self.language)}"

    def difference(self, figure: Figure) -> str | None:
        if figure.difference is None:
            return None
        return in_unit(figure.difference, figure.published, self.language, signed=True)

    def relative(self, figure: Figure) -> str | None:
        """The difference of an area as a part of the published one."""
        value = figure.published.value
        if figure.published.quantity != AREA or figure.difference is None or not value:
            return None
        return f"{_number(figure.difference / value * 100.0, 1, signed=True)} %"


def in_unit(
    value: float, said: Published, language: str = BINDING, *, signed: bool = False, as_printed: bool = False
) -> str:
    """A value in the unit and with the digits of a printed figure."""
    unit, number = said.unit, Decimal(repr(value)) / UNITS[said.unit][1]
    digits = 2 if said.printed is None else max(0, -int(said.printed.as_tuple().exponent))
    if not as_printed and (unit == "percent" or unit in _TEN_THOUSANDS):
        digits = max(digits, 2)
    if unit in _TEN_THOUSANDS and language == "en":
        unit, number, digits = _TEN_THOUSANDS[unit], number * 10_000, max(0, digits - 4)
    text = _number(float(number), digits, signed=signed)
    if unit == "percent":
        return say("measure.points", language, value=text) if signed else f"{text} %"
    if unit == "ha":
        return f"{text} {say('unit.ha', language)}"
    return f"{text} km²" if unit == "km2" else say(f"measure.{unit}", language, value=text)


def ground(value_m2: float, language: str = BINDING) -> str:
    """An area for people: 万 km² when large, then km²."""
    if value_m2 >= _WAN_FROM_M2 and language != "en":
        return say("measure.wan_km2", language, value=f"{value_m2 / 1e10:,.3f}")
    return square_kilometres(value_m2)


def square_kilometres(value_m2: float) -> str:
    """An area for a table, in one unit all the way down, never rounded to nothing."""
    if 0.0 < value_m2 < _ROUNDS_TO_NOTHING_M2:
        return "<0.01 km²"
    return f"{value_m2 / 1e6:,.2f} km²" if value_m2 else "0 km²"


def _number(value: float, digits: int, *, signed: bool = False) -> str:
    rounded = round(value, digits) + 0.0
    text = f"{abs(rounded):,.{digits}f}"
    if not rounded:
        return text
    return ("−" if rounded < 0 else "+" if signed else "") + text
