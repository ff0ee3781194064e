"""Combinations: a row is worked out once for all points that the rules of its day cannot tell apart.

The rules hear of a point what `geo.bulk.situation` says of it. For each distinct combination of that with a project and
a day one point is screened by the one engine there is; the others take its row, with names of their own. Whatever is no
plain point is screened by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple, TypeVar

import numpy as np
from shapely.geometry.base import BaseGeometry

from geo import canonical
from geo.bulk.answer import AT_COUNTY, answer_of, layer_in_words, notices_in_words, read_facts, titles_of
from geo.bulk.chunk import Chunk, Stamp
from geo.bulk.judged import Judged
from geo.bulk.point import Points
from geo.bulk.relevance import Relevance
from geo.bulk.situation import Situations
from geo.bulk.standing import Situation, counties_under
from geo.day import read_day
from geo.deployment import Deployment, Question
from geo.errors import FenquError
from geo.figures import listed
from geo.layers.atlas import Atlas
from geo.layers.catalogue import COUNTY
from geo.layers.store import BrokenLayer, Snapshot
from geo.project import Project, read_project
from geo.screening import answered_from, request_of, screen_site
from geo.site import Site

KEPT_ROWS = 50_000  # answers kept for combinations
KEPT_PROJECTS = 1_000
KEPT_DAYS = 4  # with the situations of each
_NAMED = ("county", "layers_hit", "near", "not_placed", "screening_id")  # what a point does not take from another
_ASKED = ("industry", "kind", "nature", "facts", "day", "placed")  # columns beside the place


@dataclass(frozen=True, eq=False)
class Asked:
    """A project and a day, and how the ids of its answers are made."""

    project: Project
    day: date
    _forms: dict[Stamp, tuple[bytes, bytes]] = field(default_factory=dict)

    def request(self, stamp: Stamp, point: tuple[float, float]) -> str:
        """The id of the request about a point."""
        told = canonical.encode(point)
        if stamp not in self._forms:
            whole = canonical.encode(request_of(stamp.site(*point).canonical(), self.project, self.day))
            before, after = whole.split(told)
            self._forms[stamp] = before, after
        before, after = self._forms[stamp]
        return canonical.hashed(before + told + after)


Answer = Mapping[str, str]  # by column; those that say nothing are left out


class Told(NamedTuple):
    """What makes a combination."""

    asked: Asked
    ground: tuple[object, ...]  # what the rules can tell of it
    by_county: bool  # whether only the county is known

    def plain(self) -> tuple[object, ...]:
        """The same, as it is in every process."""
        project = canonical.encode(self.asked.project.canonical())
        return project, self.asked.day.isoformat(), self.ground, self.by_county


class Row(NamedTuple):
    """A row that is a plain point."""

    at: int
    asked: Asked
    by_county: bool
    stamp: Stamp
    place: tuple[float, float]  # degrees, EPSG:4490

    def site(self) -> Site:
        return self.stamp.site(*self.place)


class Screened(NamedTuple):
    """The answers to a chunk, and where its rows are."""

    answers: list[Answer]
    points: np.ndarray  # of plain points, degrees, EPSG:4490, shape (n, 2); NaN of others
    grounds: Mapping[int, BaseGeometry]  # of others, by number, as far as they could be read


@dataclass(eq=False)
class Screener:
    """Screens the rows of tables on one snapshot."""

    here: Deployment
    snapshot: Snapshot
    atlas: Atlas | None  # without one each row goes by itself
    day: str  # for rows that name none
    language: str
    distances: bool = False
    judged: Judged | None = None  # what other processes worked out, and this one before it was stopped
    combinations: int = 0  # for which the engine was asked
    astray: int = 0  # of these, the ones that it answered otherwise than was worked out here: none, or we are wrong
    _asked: dict[tuple[str, ...], Asked | FenquError] = field(default_factory=dict)
    _situations: dict[tuple[date, float], Situations] = field(default_factory=dict)
    _ears: dict[tuple[Situations, Asked], Relevance] = field(default_factory=dict)
    _known: dict[Told, Answer] = field(default_factory=dict)
    _answers: dict[tuple[Situation, Asked, bool], Answer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._titles = titles_of(self.here.book, self.language)
        failed = [kind for kind, layer in self.snapshot.layers.items() if isinstance(layer, BrokenLayer)]
        marked = canonical.encode({"request": "", **answered_from(self.snapshot, failed, self.here.book)})
        before, after = marked.split(b'"request":"')
        self._id_form = before + b'"request":"', after

    def screen(self, chunk: Chunk) -> Screened:
        """The answer to each row; a row that cannot be screened has an `error`."""
        answers: list[Answer | None] = [None] * len(chunk)
        points, cells = chunk.points(), list(zip(*map(chunk.cells, _ASKED), strict=True))
        together: dict[tuple[date, float], list[Row]] = {}
        places = [(lon, lat) for lon, lat in points.degrees.tolist()]
        for at in np.flatnonzero(~np.isnan(points.degrees[:, 0])).tolist() if self.atlas and not self.distances else ():
            asked = self._ask(cells[at][:-1])
            if isinstance(asked, FenquError):
                answers[at] = {"error": asked.text(self.language)}
            else:
                stamp = chunk.stamp(at, points.crs[at])
                row = Row(at, asked, cells[at][-1] == AT_COUNTY, stamp, places[at])
                together.setdefault((asked.day, stamp.accuracy_m), []).append(row)
        for day_and_accuracy, rows in together.items():
            if situations := self._on(*day_and_accuracy):
                self._screen_together(rows, situations, answers)
        self._say_notices(chunk, points, answers)
        grounds: dict[int, BaseGeometry] = {}
        sites = chunk.sites or chunk.places()
        whole = [
            self._alone(chunk, at, sites[at], cells[at], grounds) if answer is None else answer
            for at, answer in enumerate(answers)
        ]
        return Screened(whole, points.degrees, grounds)

    def _say_notices(self, chunk: Chunk, points: Points, answers: list[Answer | None]) -> None:
        """Add what was done to points on their way in."""
        of_all = chunk.said.notices
        texts = [notices_in_words((*of_all, *some), self.language) for some in points.notices]
        for at, answer in enumerate(answers):
            if answer is not None and "error" not in answer and (text := texts[points.noticed[at]]):
                answers[at] = {**answer, "notices": text}

    # --- together ---------------------------------------------------------------------------------------------------

    def _screen_together(self, rows: list[Row], situations: Situations, answers: list[Answer | None]) -> None:
        """Answer the rows of one day and one accuracy; those left None go by themselves."""
        places = np.array([row.place for row in rows])
        found = situations.of(places, lambda nth: rows[nth].site())
        for row, situation in zip(rows, found, strict=True):
            answer = None if situation is None else self._shared(situations, situation, row)
            if answer is not None and not row.by_county:
                answer = {**answer, "screening_id": self._id(row.asked.request(row.stamp, row.place))}
            answers[row.at] = answer

    def _shared(self, situations: Situations, situation: Situation, row: Row) -> Answer | None:
        """What all points of a situation have for an answer, their ids aside; None where each has to go by itself."""
        asked, key = row.asked, (situation, row.asked, row.by_county)
        known = self._answers.get(key)
        if known is None:
            ears = self._ears.get((situations, asked))
            if ears is None:
                ears = Relevance.of(situations, asked.project)
                _keep(self._ears, (situations, asked), ears, KEPT_PROJECTS)
            try:
                known = self._judge(situation, Told(asked, ears.told(situation), row.by_county), row)
            except FenquError:
                known = None
            if known is not None:
                _keep(self._answers, key, known, KEPT_ROWS)
        return known

    def _judge(self, situation: Situation, told: Told, row: Row) -> Answer | None:
        """The same, judged by the engine where the rules never heard the like; None where it says otherwise."""
        named = self._named(situation, told.by_county)
        answer = self._known.get(told)
        if answer is None and self.judged is not None:
            answer = self.judged.get(told.plain())
        if answer is None:
            whole = self._asked_engine(told, row.site())
            answer = {column: said for column, said in whole.items() if column not in _NAMED}
            own = {} if told.by_county else {"screening_id": whole["screening_id"]}
            if {**answer, **named, **own} != whole:
                self.astray += 1
                return None
            if self.judged is not None:
                self.judged.put(told.plain(), answer)
        if told not in self._known:
            _keep(self._known, told, answer, KEPT_ROWS)
        return {**answer, **named}

    def _asked_engine(self, told: Told, site: Site) -> Answer:
        """The whole answer to one point of a combination."""
        self.combinations += 1
        here, seconds, asked = self.here, self.here.settings.screening_seconds, told.asked
        screening = screen_site(site, asked.project, asked.day, self.snapshot, here.book, seconds)
        return answer_of(screening.record, here.book, self.language, told.by_county)

    def _named(self, situation: Situation, by_county: bool) -> Answer:
        """What names zones."""
        standings = situation.standings
        county = standings[COUNTY]
        names: dict[str | None, str] = {}
        for zone in county.under:
            names.setdefault(zone.code, zone.name)
        counties = {"county": listed([names[code] for code in counties_under(county)], self.language)}
        if by_county:
            return counties
        said = {kind: standings[kind] for kind in self.here.book.catalogue}
        hit = [
            layer_in_words(
                self._titles[kind],
                [zone.name for zone in sorted(standing.under, key=lambda zone: zone.id)],
                self.language,
            )
            for kind, standing in said.items()
            if standing.status in ("hit", "boundary_uncertain")
        ]
        return {
            **counties,
            "layers_hit": "; ".join(hit),
            "near": "; ".join(self._titles[kind] for kind, standing in said.items() if standing.status == "near"),
            "not_placed": "; ".join(name for kind in said for name in situation.unplaced.get(kind, ())),
        }

    def _id(self, request_id: str) -> str:
        before, after = self._id_form
        return canonical.hashed(before + request_id.encode() + after)

    # --- each by itself ---------------------------------------------------------------------------------------------

    def _alone(
        self, chunk: Chunk, at: int, site: Site | str | None, cells: tuple[str, ...], grounds: dict[int, BaseGeometry]
    ) -> Answer:
        """The answer to one row by the engine."""
        if site is None:
            return {"error": chunk.errors[at]}
        said, (*project, placed) = chunk.said, cells
        crs = said.frame.name if said.frame else None
        try:
            question = replace(
                self._question(tuple(project)), site=site, crs=crs, accuracy_m=said.accuracy_m, width_m=said.width_m
            )
            screening = self.here.screen(question, self.snapshot)
            grounds[at] = screening.site.ground
            answer = answer_of(screening.record, self.here.book, self.language, placed == AT_COUNTY, self.distances)
            notices = notices_in_words((*said.notices, *screening.site.notices), self.language)
            return {**answer, "notices": notices} if notices else answer
        except FenquError as error:
            return {"error": error.text(self.language)}

    # --- what is asked ----------------------------------------------------------------------------------------------

    def _question(self, project: tuple[str, ...]) -> Question:
        industry, kind, nature, facts, day = project
        return Question(
            site="",
            industry=industry,
            kind=kind,
            nature=nature,
            facts=read_facts(facts),
            day=day or self.day,
            either_order=True,
        )

    def _ask(self, cells: tuple[str, ...]) -> Asked | FenquError:
        """The project and the day of a row, or what is wrong with them."""
        asked = self._asked.get(cells)
        if asked is None:
            try:
                one = self._question(cells)
                project = read_project(self.here.book.vocabulary, one.industry, one.nature, one.facts, one.kind)
                asked = Asked(project, read_day(one.day))
            except FenquError as error:
                asked = error
            _keep(self._asked, cells, asked, KEPT_PROJECTS)
        return asked

    def _on(self, day: date, accuracy_m: float) -> Situations | None:
        """The situations of a day; None without an atlas."""
        if self.atlas is None:
            return None
        known = self._situations.get((day, accuracy_m))
        if known is None:
            known = Situations(self.atlas, self.snapshot, self.here.book, day, accuracy_m)
            _keep(self._situations, (day, accuracy_m), known, KEPT_DAYS)
        return known


_Key = TypeVar("_Key")
_Kept = TypeVar("_Kept")


def _keep(kept: dict[_Key, _Kept], key: _Key, value: _Kept, most: int) -> None:
    """Keep a value; the oldest makes room."""
    if len(kept) >= most:
        del kept[next(iter(kept))]
    kept[key] = value
