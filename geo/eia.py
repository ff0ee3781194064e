"""Sensitive areas under a site that may bear on a project's class of environmental impact assessment.

A hit raises the class only where the catalogue's entry of the project names the area. The table of entries is not at
hand: so this says which areas are touched and what stays open, and never a class of assessment.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from geo.layers.catalogue import LayerEntry, Text
from geo.layers.releases import Zone
from geo.overlay import NOT_SUPPLIED, LayerCheck
from geo.rules.model import Cause

State = Literal["touched", "open", "clear"]
HIT, UNCERTAIN, NEAR = "hit", "uncertain", "near"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Area(_Strict):
    """One sensitive area, and what of the layers shows it."""

    title: Text  # in Chinese the catalogue's own word
    layer: str | None = None  # None: no layer shows it
    where: Mapping[str, tuple[str, ...]] = {}  # attribute of the layer's zones: values, one of which must hold
    beyond: str | None = None  # a class whose ground does not count here


class AreaClass(_Strict):
    """The areas of one item of the article."""

    title: Text
    areas: Mapping[str, Area]


class Act(_Strict):
    """The law that the catalogue stands on between two days, half-open, and what it calls the assessment."""

    start: date = Field(alias="from")
    end: date | None = Field(default=None, alias="to")
    document: str
    article: str
    phrase: str
    verified: bool
    term: Text


class EiaCatalogue(_Strict):
    """The catalogue of sensitive areas."""

    title: Text
    article: Text
    start: date = Field(alias="from")
    source: Text
    note: Text
    mark: Literal["F", "G"]
    acts: tuple[Act, ...]
    classes: Mapping[str, AreaClass]

    def faults(self, layers: Mapping[str, LayerEntry], documents: Mapping[str, object]) -> Iterator[str]:
        """What in it the layers, the documents or its own classes do not hold."""
        yield from (f"no document {act.document}" for act in self.acts if act.document not in documents)
        order = list(self.classes)
        areas = [(own, *item) for own in order for item in self.classes[own].areas.items()]
        for own, name, area in areas:
            entry = layers.get(area.layer or "")
            if area.layer and entry is None:
                yield f"{name}: no layer {area.layer}"
            domain = entry.attributes if entry else {}
            yield from (
                f"{name}: {attribute} cannot be {', '.join(values)}"
                for attribute, values in area.where.items()
                if not set(values) <= set(domain.get(attribute, ()))
            )
            if area.beyond and area.beyond not in order[: order.index(own)]:
                yield f"{name}: no class {area.beyond} before its own"

    def act(self, day: date) -> Act | None:
        """The law of a day."""
        return next((act for act in self.acts if act.start <= day and (act.end is None or day < act.end)), None)


@dataclass(frozen=True, slots=True)
class Touched:
    """One sensitive area under the site."""

    area: str
    layer: str
    zones: tuple[str, ...]
    certainty: Literal["firm", "sketch"]


@dataclass(frozen=True, slots=True)
class Open:
    """What keeps one area from being ruled out: as causes of findings, and `near`, `no_layer` and `beyond`."""

    area: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class ClassCheck:
    """What the layers say of one class of sensitive areas."""

    name: str
    touched: tuple[Touched, ...]
    open: tuple[Open, ...]

    @property
    def state(self) -> State:
        """Touched where an area is, if only on sketched limits; clear where nothing stays open."""
        return "touched" if self.touched else "open" if self.open else "clear"

    @property
    def certainty(self) -> Literal["firm", "sketch"] | None:
        """How sure the touch is; None where there is none."""
        if not self.touched:
            return None
        return "firm" if any(touched.certainty == "firm" for touched in self.touched) else "sketch"


def check_classes(catalogue: EiaCatalogue, checks: Mapping[str, LayerCheck], day: date) -> tuple[ClassCheck, ...]:
    """Check every class of sensitive areas; none on a day before the catalogue.

    Lying near an area touches none, and is named as open: whether surroundings count is for the entry to say. Ground
    that counts under another class (`beyond`) is open where that class is touched too: how much of it lies beyond
    is not measured.
    """
    if day < catalogue.start:
        return ()
    found: dict[str, ClassCheck] = {}
    for name, group in catalogue.classes.items():
        touched: list[Touched] = []
        opened: list[Open] = []
        for area_name, area in group.areas.items():
            check = checks.get(area.layer or "")
            if check is None or check.reason == NOT_SUPPLIED:
                opened.append(_unseen(area_name, None if check is None else check.kind))
                continue
            hit = _touched(area_name, area, check)
            if hit is None:
                opened += [Open(area_name, cause) for cause in _open(area, check)]
            elif area.beyond and found[area.beyond].touched:
                opened.append(Open(area_name, Cause("beyond", area.beyond)))
            else:
                touched.append(hit)
        found[name] = ClassCheck(name, tuple(touched), tuple(opened))
    return tuple(found.values())


@lru_cache(maxsize=1024)
def _unseen(area: str, layer: str | None) -> Open:
    """An area that no layer shows, or one that was not supplied."""
    return Open(area, Cause("no_layer", area) if layer is None else Cause(NOT_SUPPLIED, layer))


def _touched(name: str, area: Area, check: LayerCheck) -> Touched | None:
    """The zones of an area that are surely under the site, one by one or together."""
    zones = [found.zone for found in check.zones if found.relation == HIT and _is(area, found.zone)]
    if not zones:
        perhaps = [found.zone for found in check.zones if found.relation == UNCERTAIN and _is(area, found.zone)]
        zones = perhaps if perhaps and check.surely(perhaps) else []
    if not zones:
        return None
    return Touched(name, check.kind, tuple(zone.id for zone in zones), "sketch" if check.sketch else "firm")


def _open(area: Area, check: LayerCheck) -> Iterator[Cause]:
    """What of a layer that shows no area under the site could still put one there, or near it."""
    if check.status == "failed":
        yield Cause("failed", check.kind)
        return
    if check.sketch:
        yield Cause("sketch", check.kind)
    if check.coverage_share < 1.0:
        yield Cause("data", check.kind)
    if any(_is(area, zone) is not False for zone in check.unplaced):
        yield Cause("unplaced", check.kind)
    perhaps = {found.relation for found in check.zones if _is(area, found.zone) is not False}
    if UNCERTAIN in perhaps:
        yield Cause("boundary", check.kind)
    if NEAR in perhaps:
        yield Cause("near", check.kind)
    lacking = {name for found in check.zones if found.relation == HIT for name in found.zone.lacking(area.where) or ()}
    yield from (Cause("data", f"{check.kind}.{name}") for name in sorted(lacking))


def _is(area: Area, zone: Zone) -> bool | None:
    """Whether a zone is such an area; None where an attribute of it is unknown."""
    lacking = zone.lacking(area.where)
    return False if lacking is None else None if lacking else True
