"""The form of the report, read from `report.yaml`: headings, columns, words, and where each kind of layer stands."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from geo.errors import CatalogueError
from geo.layers.catalogue import LayerEntry, Text
from geo.texts import pick
from geo.yamlfile import YamlFault, read_yaml

FILE = "report.yaml"
REST = "5.12"  # where a kind stands that the form does not place, as one of a book kept before


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Section(_Strict):
    """A heading within a chapter; with `levels`, where the requirements of those levels stand."""

    id: str
    heading: Text
    levels: tuple[str, ...] = ()


class ChapterForm(_Strict):
    """A chapter and its sections."""

    id: str
    heading: Text
    sections: tuple[Section, ...] = ()


class Place(_Strict):
    """A kind, or those of its zones whose one attribute has one of some values, or is not known."""

    layer: str
    where: Mapping[str, tuple[str, ...]] = {}
    unknown: bool = False

    def holds(self, zone: Mapping[str, Any]) -> bool:
        """Whether a zone, as the record has it, stands here."""
        for name, values in self.where.items():
            value = zone["zone_class"] if name == "zone_class" else zone["attributes"].get(name)
            if not (self.unknown if value is None else value in values):
                return False
        return True


class Conformity(_Strict):
    """The four words of a comparison."""

    met: Text
    not_met: Text
    not_concerned: Text
    open: Text


class ReportForm(_Strict):
    """Everything that the report says whatever it reports on."""

    reviewed: Mapping[str, bool]
    title: Text
    watermark: Text
    translated: Text
    chapters: tuple[ChapterForm, ...]
    places: Mapping[str, tuple[Place, ...]]
    columns: tuple[Text, ...]
    conformity: Conformity
    declaration: tuple[Text, ...]
    declaration_illustrative: tuple[Text, ...]
    texts: Mapping[str, Text]

    def say(self, code: str, language: str, **parameters: object) -> str:
        """One of the report's own words."""
        return pick(self.texts[code].model_dump(), language).format_map(parameters)

    def heading(self, place: str, language: str) -> str:
        """The heading of a chapter or section."""
        entries: list[ChapterForm | Section] = [*self.chapters, *(s for c in self.chapters for s in c.sections)]
        return pick(next(entry.heading for entry in entries if entry.id == place).model_dump(), language)

    def place_of(self, section: str, kinds: Iterable[str]) -> tuple[Place, ...]:
        """What stands in a section, of the kinds that a record has; a kind without a place stands with the others."""
        placed = {place.layer for places in self.places.values() for place in places}
        rest = [Place(layer=kind) for kind in kinds if kind not in placed] if section == REST else []
        return (*self.places.get(section, ()), *rest)

    def faults(self, catalogue: Mapping[str, LayerEntry]) -> Iterator[str]:
        """Kinds that stand nowhere or twice, and sections that are not there."""
        sections = {section.id for chapter in self.chapters for section in chapter.sections}
        yield from (f"no section {name}" for name in self.places if name not in sections)
        by_kind: dict[str, list[Place]] = {}
        for place in (place for places in self.places.values() for place in places):
            by_kind.setdefault(place.layer, []).append(place)
        yield from (f"{kind} is no layer" for kind in by_kind if kind not in catalogue)
        for kind, entry in catalogue.items():
            places = by_kind.get(kind, [])
            if any(place.where for place in places):
                yield from _shared_out(kind, entry, places)
            elif len(places) != 1:
                yield f"{kind} stands in {len(places)} places"


def _shared_out(kind: str, entry: LayerEntry, places: list[Place]) -> Iterator[str]:
    """What is wrong with a kind whose zones are shared out: each value of the one attribute stands once."""
    names = {name for place in places for name in place.where}
    if len(names) != 1 or not all(place.where for place in places):
        yield f"{kind} is not shared out by one attribute"
        return
    (name,) = names
    told = Counter(value for place in places for value in place.where[name])
    if dict(told) != dict.fromkeys(entry.attributes.get(name, ()), 1):
        yield f"{kind}: {name} is not shared out value by value"
    if sum(place.unknown for place in places) != 1:
        yield f"{kind}: zones whose {name} is not known stand in no one place"


def load_report_form(layers: Path, catalogue: Mapping[str, LayerEntry]) -> ReportForm:
    """Read the form of the report and hold it against the catalogue.

    Raises
    ------
    CatalogueError
        Naming what in it cannot be used.
    """
    try:
        form = ReportForm.model_validate(read_yaml(layers / FILE))
    except (OSError, UnicodeDecodeError, YamlFault, ValidationError) as error:
        raise CatalogueError(file=FILE, reason=str(error)) from error
    for fault in form.faults(catalogue):
        raise CatalogueError(file=FILE, reason=fault)
    return form
