"""Cases that a planner can read: screenings in YAML, and the small regions of official-type layers they stand on.

`tests/cases/<subject>.yml` holds cases, `tests/cases/regions/<name>.yml` a region. Both are read strictly: an unknown
key, kind, class, rule, fact or industry is an error that names the file and the case. Geometries are EPSG:4490.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

import shapely
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from shapely.geometry.base import BaseGeometry

from geo.crs import LocalPlane
from geo.errors import FenquError
from geo.layers.catalogue import COUNTY, LayerEntry, Text
from geo.layers.releases import ReleaseInfo, Zone, release_id
from geo.layers.store import Layer, Snapshot
from geo.project import INDUSTRY, NATURE, Project, read_project
from geo.rules.load import Rulebook
from geo.screening import Screening, screen_site
from geo.settings import ROOT
from geo.site import Site, read_site
from geo.site.model import AREAS
from geo.yamlfile import YamlFault, read_yaml

CASES = ROOT / "tests" / "cases"
PACK = "pack"  # the shipped layers, whose limits are sketches: judged by the indicative verdict
Word = Literal[
    "prohibited", "restricted", "conditional", "noted", "no_restriction_found", "needs_information", "needs_review"
]
Effect = Literal["noted", "conditional", "restricted", "prohibited"]
State = Literal["applies", "undecided", "excepted"]
Status = Literal["failed", "hit", "boundary_uncertain", "no_data_here", "near", "clear"]
SEAM_DEG = 1e-6  # a zone may overstep the region by what rounding of its coordinates makes


class CaseError(Exception):
    """A file of cases or a region that cannot be used; names the file and the place in it."""


Model = TypeVar("Model", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


# --- a region ---------------------------------------------------------------------------------------------


class Strip(_Strict):
    """Ground along a line, `width_m` metres across, square at its ends."""

    line: tuple[tuple[float, float], ...] = Field(min_length=2)
    width_m: float = Field(gt=0.0, le=5_000.0)


class ZoneSaid(_Strict):
    """One zone as written: its ground in exactly one of five ways, its class and attributes."""

    id: str
    name: str
    box: tuple[float, float, float, float] | None = None  # west, south, east, north
    disc: tuple[float, float, float] | None = None  # lon, lat, radius in metres
    strip: Strip | None = None
    wkt: str | None = None
    unplaced: Literal[True] | None = None  # it is there, but nobody knows where
    zone_class: str | None = None
    attributes: Mapping[str, str | None] = {}
    county: str | None = None  # of a placed zone: those that it lies in, unless said
    accuracy_m: float | None = Field(default=None, ge=0.0)
    valid_from: date | None = None
    valid_to: date | None = None

    @model_validator(mode="after")
    def _one_ground(self) -> "ZoneSaid":
        said = [name for name in ("box", "disc", "strip", "wkt", "unplaced") if getattr(self, name) is not None]
        if len(said) != 1:
            raise ValueError(f"one of box, disc, strip, wkt, unplaced is needed, given: {', '.join(said) or 'none'}")
        if self.box is not None:
            _check_box(self.box)
        return self

    def ground(self) -> BaseGeometry | None:
        """The zone's ground, EPSG:4490; None where its place is not known."""
        if self.box is not None:
            return shapely.box(*self.box)
        if self.disc is not None:
            lon, lat, radius = self.disc
            return LocalPlane(lon, lat).unproject(shapely.Point(0.0, 0.0).buffer(radius))
        if self.strip is not None:
            line = shapely.LineString(self.strip.line)
            plane = LocalPlane(line.centroid.x, line.centroid.y)
            return plane.unproject(shapely.buffer(plane.project(line), self.strip.width_m / 2.0, cap_style="flat"))
        return None if self.wkt is None else shapely.from_wkt(self.wkt, on_invalid="ignore")


class CountySaid(_Strict):
    """A county of the region: a name and a box."""

    name: str
    box: tuple[float, float, float, float]

    @model_validator(mode="after")
    def _box_in_order(self) -> "CountySaid":
        _check_box(self.box)
        return self


def _check_box(box: tuple[float, float, float, float]) -> None:
    west, south, east, north = box
    if not (west < east and south < north):
        raise ValueError(f"a box is west, south, east, north, not {', '.join(map(str, box))}")


class RegionTitle(_Strict):
    """The region's name for people."""

    zh: str
    en: str
    ko: str | None = None


class RegionSaid(_Strict):
    """A region as written. All its layers are official and surveyed, and speak for all its counties."""

    title: RegionTitle
    said: str = Field(min_length=20)  # what it imitates, and from which words
    accuracy_m: float = Field(ge=0.0)
    rules_of: str | None = None  # the region whose local rules bind here; none but its own unless said
    counties: Mapping[str, CountySaid] = Field(min_length=1)
    clear: Literal["rest"] | tuple[str, ...] = ()  # kinds supplied without a zone; what is in neither is not supplied
    layers: Mapping[str, tuple[ZoneSaid, ...]] = {}


def load_region(path: Path, catalogue: Mapping[str, LayerEntry]) -> Snapshot:
    """Read a region and build its layers in memory.

    Raises
    ------
    CaseError
        Naming the file and the zone that cannot stand as written.
    """
    region = _Region(path, _validate(RegionSaid, _read(path), path.name), catalogue)
    said = region.said
    layers: dict[str, Layer | None] = dict.fromkeys(catalogue)
    layers |= {kind: region.layer(kind, zones) for kind, zones in said.layers.items()}
    rest = tuple(kind for kind, layer in layers.items() if layer is None and kind != COUNTY)
    for kind in rest if said.clear == "rest" else said.clear:
        if kind in (*said.layers, COUNTY):
            raise CaseError(f"{path.name}: {kind} is said to be clear, and has zones")
        layers[kind] = region.layer(kind, ())
    if COUNTY in said.layers:
        raise CaseError(f"{path.name}: the layer {COUNTY} is made of `counties`")
    layers[COUNTY] = region.county_layer()
    return Snapshot(region=said.rules_of or path.stem, layers=layers)


@dataclass(frozen=True)
class _Region:
    """A region as written, being built."""

    path: Path
    said: RegionSaid
    catalogue: Mapping[str, LayerEntry]

    @cached_property
    def boxes(self) -> dict[str, BaseGeometry]:
        """The counties by code, EPSG:4490."""
        return {code: shapely.box(*county.box) for code, county in self.said.counties.items()}

    @cached_property
    def coverage(self) -> BaseGeometry:
        """The ground that every layer speaks for: all counties together."""
        return shapely.union_all(list(self.boxes.values()))

    def county_layer(self) -> Layer:
        """The counties as a layer."""
        zones = tuple(
            Zone(f"county-{code}", COUNTY, self.said.counties[code].name, code=code, counties=(code,), geometry=box)
            for code, box in self.boxes.items()
        )
        return self._made(self.catalogue[COUNTY], zones)

    def layer(self, kind: str, zones: tuple[ZoneSaid, ...]) -> Layer:
        """One layer of zones as written."""
        entry = self.catalogue.get(kind)
        if entry is None:
            raise CaseError(f"{self.path.name}: no layer kind {kind}")
        made = tuple(self._zone(entry, zone) for zone in zones)
        if len({(zone.id, zone.valid_from) for zone in made}) < len(made):
            raise CaseError(f"{self.path.name}: {kind} has two zones of one id and first day")
        return self._made(entry, made)

    def _zone(self, entry: LayerEntry, zone: ZoneSaid) -> Zone:
        place = f"{self.path.name}: {entry.kind}, {zone.id}"
        attributes = {**zone.attributes, **({} if zone.zone_class is None else {"zone_class": zone.zone_class})}
        for name, value in attributes.items():
            if name not in entry.attributes or value not in (None, *entry.attributes[name]):
                raise CaseError(f"{place}: {name} cannot be {value}")
        if zone.county not in (None, *self.boxes):
            raise CaseError(f"{place}: no county {zone.county} here")
        ground = self._ground(place, zone)
        lies_in = tuple(code for code, box in self.boxes.items() if ground and ground.intersection(box).area > 0.0)
        return Zone(
            id=zone.id,
            layer=entry.kind,
            name=zone.name,
            zone_class=zone.zone_class,
            counties=lies_in if zone.county is None else (zone.county,),
            geometry=ground,
            valid_from=zone.valid_from,
            valid_to=zone.valid_to,
            provenance="official",
            accuracy_m=zone.accuracy_m,
            attributes=dict(zone.attributes),
        )

    def _ground(self, place: str, zone: ZoneSaid) -> BaseGeometry | None:
        """The ground of a zone: a valid area inside the region, or None where its place is not known."""
        if zone.unplaced:
            return None
        ground = zone.ground()
        if ground is None:
            raise CaseError(f"{place}: its WKT cannot be read")
        if ground.is_empty or not ground.is_valid or ground.geom_type not in AREAS:
            raise CaseError(f"{place}: its ground is no valid area")
        if not self.coverage.buffer(SEAM_DEG).covers(ground):
            raise CaseError(f"{place}: it lies outside the counties of the region")
        return ground

    def _made(self, entry: LayerEntry, zones: tuple[Zone, ...]) -> Layer:
        title = self.said.title
        text = Text(zh=title.zh, ko=title.ko or title.en, en=title.en)
        draft = ReleaseInfo(
            id="draft",
            region=self.path.stem,
            layer=entry.kind,
            provenance="official",
            limits="surveyed",
            publish="full",
            accuracy_m=self.said.accuracy_m,
            recorded_from=date(2026, 1, 1),
            dataset=text,
            recipe=text,
            coverage_note=text,
        )
        name = release_id(zones, self.coverage, draft.model_dump(mode="json"))
        return Layer.of(entry, draft.model_copy(update={"id": name}), zones, self.coverage)


# --- cases ------------------------------------------------------------------------------------------------


class Expect(_Strict):
    """What the clause leads one to expect; what is not said here is not compared."""

    verdict: Word | None = None
    indicative: Word | None = None
    findings: Mapping[str, State] = {}
    effects: Mapping[str, Effect] = {}  # of findings, where it depends on the day
    cites: Mapping[str, str] = {}  # a document that a finding must cite
    absent: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    open: tuple[str, ...] = ()  # `kind subject`, as `boundary red_line`
    layers: Mapping[str, Status] = {}

    @property
    def rules(self) -> set[str]:
        """Every rule that is named, found or absent."""
        return {*self.findings, *self.effects, *self.cites, *self.absent}


class Case(_Strict):
    """One screening and what is expected of it."""

    name: str = Field(min_length=1)
    clause: str = Field(min_length=10)
    at: str
    crs: str = "EPSG:4490"
    width_m: float | None = None
    accuracy_m: float = 0.0
    project: Mapping[str, bool | int | float | str | None] = {}
    day: date
    expect: Expect


class CaseFile(_Strict):
    """The cases of one subject, all on one region."""

    region: str
    project: Mapping[str, bool | int | float | str] = {}  # said of every project here, unless a case says otherwise
    cases: tuple[Case, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Asked:
    """A case with its file, ready to be screened."""

    file: str
    region: str
    case: Case
    site: Site
    project: Project

    @property
    def label(self) -> str:
        """The file and the case, for people."""
        return f"{self.file} · {self.case.name}"

    def screen(self, snapshot: Snapshot, book: Rulebook) -> Screening:
        """Screen it on a region's layers, through the one way there is."""
        return screen_site(self.site, self.project, self.case.day, snapshot, book, seconds=60.0)


def load_cases(path: Path, book: Rulebook) -> list[Asked]:
    """Read a file of cases.

    Raises
    ------
    CaseError
        Naming the file and the case that names a rule, a kind, a fact or an industry that is not there.
    """
    read = _validate(CaseFile, _read(path), path.name)
    names = [case.name for case in read.cases]
    for case in read.cases:
        if names.count(case.name) > 1:
            raise CaseError(f"{path.name} · {case.name}: a second case of this name")
    return [_asked(path, read, case, book) for case in read.cases]


def _asked(path: Path, read: CaseFile, case: Case, book: Rulebook) -> Asked:
    place = f"{path.name} · {case.name}"
    _check_expect(place, case.expect, book, pack=read.region == PACK)
    facts = {name: value for name, value in {**read.project, **case.project}.items() if value is not None}
    industry, nature = (str(facts.pop(name, "")) or None for name in (INDUSTRY, NATURE))
    try:
        project = read_project(book.vocabulary, industry, nature, facts)
        site = read_site(case.at, crs=case.crs, accuracy_m=case.accuracy_m, width_m=case.width_m)
    except FenquError as error:
        raise CaseError(f"{place}: {error}") from error
    return Asked(path.name, read.region, case, site, project)


def _check_expect(place: str, expect: Expect, book: Rulebook, pack: bool) -> None:
    if (expect.verdict is None) is not pack or (expect.indicative is None) is pack:
        raise CaseError(f"{place}: expect `{'indicative' if pack else 'verdict'}`, and no other word")
    if not expect.findings and not expect.absent and not expect.open and not expect.layers:
        raise CaseError(f"{place}: nothing is expected beside the word")
    for what, named, known in (
        ("rule", expect.rules, {rule.id for rule in book.rules}),
        ("document", set(expect.cites.values()), set(book.documents)),
        ("fact", set(expect.asked), {INDUSTRY, *book.vocabulary.facts}),
        ("layer kind", set(expect.layers), set(book.catalogue)),
    ):
        if unknown := sorted(named - known):
            raise CaseError(f"{place}: no {what} {', '.join(unknown)}")
    if both := sorted({*expect.findings, *expect.effects, *expect.cites} & {*expect.absent}):
        raise CaseError(f"{place}: {', '.join(both)} cannot be found and absent")


# --- comparing --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """A record, looked up by what a case names."""

    record: Mapping[str, Any]

    @cached_property
    def findings(self) -> dict[str, Mapping[str, Any]]:
        """The findings by rule."""
        return {finding["rule"]: finding for finding in self.record["findings"]}

    def differences(self, expect: Expect) -> list[str]:
        """Where the answer is not what was expected; empty where it is."""
        found = [*self._words(expect), *self._rules(expect), *self._open(expect)]
        statuses = {check["layer"]: check["status"] for check in self.record["checks"]}
        return found + [
            f"layer {kind}: expected {status}, is {statuses[kind]}"
            for kind, status in expect.layers.items()
            if statuses[kind] != status
        ]

    def _words(self, expect: Expect) -> list[str]:
        said = {"verdict": expect.verdict, "indicative_verdict": expect.indicative}
        return [
            f"{name}: expected {word}, is {self.record[name]} ({self._why()})"
            for name, word in said.items()
            if word is not None and self.record[name] != word
        ]

    def _why(self) -> str:
        """What weighs on the word: findings with their state and effect, and the weightiest open points."""
        found = [f"{rule} {said['state']} {said['effect']}" for rule, said in self.findings.items()]
        points = [f"{item['kind']} {item['subject']} ({item['effect']})" for item in self.record["open"]]
        return "; ".join([*found, "open:", *points[:8]])

    def _rules(self, expect: Expect) -> list[str]:
        states = {rule: said["state"] for rule, said in self.findings.items()}
        effects = {rule: said["effect"] for rule, said in self.findings.items()}
        differing = [
            f"{rule}: expected {wanted}, is {having.get(rule, 'not found')}"
            for named, having in ((expect.findings, states), (expect.effects, effects))
            for rule, wanted in named.items()
            if having.get(rule) != wanted
        ]
        for rule, document in expect.cites.items():
            cited = [provision["document"] for provision in self.findings.get(rule, {}).get("provisions", ())]
            differing += [] if document in cited else [f"{rule}: expected to cite {document}, cites {cited}"]
        return differing + [f"{rule}: expected absent, {states[rule]}" for rule in expect.absent if rule in states]

    def _open(self, expect: Expect) -> list[str]:
        asked = [item["subject"] for item in self.record["open"] if item["asked"]]
        opened = {f"{item['kind']} {item['subject']}" for item in self.record["open"]}
        return [f"{fact}: expected to be asked, asked are {asked}" for fact in expect.asked if fact not in asked] + [
            f"open point {point}: expected, open are {sorted(opened)}" for point in expect.open if point not in opened
        ]


# --- reading ----------------------------------------------------------------------------------------------


def _read(path: Path) -> Any:
    try:
        return read_yaml(path)
    except (OSError, UnicodeDecodeError, YamlFault) as error:
        raise CaseError(f"{path.name}: {error}") from error


def _tuples(value: Any) -> Any:
    """Lists as tuples, so that strict models take them."""
    if isinstance(value, dict):
        return {key: _tuples(inner) for key, inner in value.items()}
    return tuple(_tuples(inner) for inner in value) if isinstance(value, list) else value


def _validate(model: type[Model], read: Any, name: str) -> Model:
    try:
        return model.model_validate(_tuples(read))
    except ValidationError as error:
        faults = [f"{_place(read, fault['loc'])}: {fault['msg']}" for fault in error.errors()]
        raise CaseError(f"{name}: {'; '.join(faults)}") from error


def _place(read: Any, steps: tuple[int | str, ...]) -> str:
    """The way to a fault, with the name of the case or the id of the zone that it lies in."""
    words = []
    for step in steps:
        words.append(str(step))
        try:
            read = read[step]
        except (KeyError, IndexError, TypeError):
            read = None
        if isinstance(read, dict) and (named := read.get("name") or read.get("id")):
            words[-1] = f"{step} ({named})"
    return " / ".join(words)
