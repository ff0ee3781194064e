"""Combinations: a row is worked out once for all points that the rules of its day cannot tell apart.

The rules hear of a point what `geo.bulk.situation` says of it. For each distinct combination of that with a project and
a day one point is screened by the one engine there is; the others take its row, with names of their own. Whatever is no
plain point is screened by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import NamedTuple, TypeVar

import numpy as np
from shapely.geometry.base import BaseGeometry

from geo import canonical
from geo.bulk.answer import AT_COUNTY, answer_of, layer_in_words, read_facts, titles_of
from geo.bulk.chunk import Chunk, Stamp
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


@dataclass(frozen=True, eq=False)
class Asked:
    """A project and a day, and how the ids of its answers are made."""

    question: Question
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


Told = tuple[
    Asked, tuple[object, ...], bool
]  # what is asked, what the rules can tell, whether only the county is known


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
    combinations: int = 0  # for which the engine was asked
    astray: int = 0  # of these, the ones that it answered otherwise than was worked out here: none, or we are wrong
    _asked: dict[tuple[str, ...], Asked | FenquError] = field(default_factory=dict)
    _situations: dict[tuple[date, float], Situations] = field(default_factory=dict)
    _ears: dict[tuple[Situations, Asked], Relevance] = field(default_factory=dict)
    _judged: dict[Told, Answer] = field(default_factory=dict)
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
        points, crs = chunk.points()
        together: dict[tuple[date, float], list[tuple[int, Asked]]] = {}
        for at in np.flatnonzero(~np.isnan(points[:, 0])).tolist() if self.atlas and not self.distances else ():
            asked = self._ask(chunk, at)
            if isinstance(asked, FenquError):
                answers[at] = {"error": asked.text(self.language)}
            else:
                together.setdefault((asked.day, chunk.stamp(at, crs).accuracy_m), []).append((at, asked))
        for day_and_accuracy, rows in together.items():
            situations = self._on(*day_and_accuracy)
            if situations:
                self._screen_together(chunk, points, crs, rows, situations, answers)
        grounds: dict[int, BaseGeometry] = {}
        whole = [self._alone(chunk, at, grounds) if answer is None else answer for at, answer in enumerate(answers)]
        return Screened(whole, points, grounds)

    # --- together ---------------------------------------------------------------------------------------------------

    def _screen_together(
        self,
        chunk: Chunk,
        points: np.ndarray,
        crs: list[str],
        rows: list[tuple[int, Asked]],
        situations: Situations,
        answers: list[Answer | None],
    ) -> None:
        """Answer the rows of one day and one accuracy; those left None go by themselves."""
        numbers = [at for at, _ in rows]
        stamps = [chunk.stamp(at, crs) for at in numbers]
        some = points[numbers]
        places = list(map(tuple, some.tolist()))
        found = situations.of(some, lambda nth: stamps[nth].site(*places[nth]))
        for (at, asked), stamp, place, situation in zip(rows, stamps, places, found, strict=True):
            if situation is None:
                continue
            by_county = chunk.text("placed", at) == AT_COUNTY
            answer = self._shared(situations, situation, asked, by_county, partial(stamp.site, *place))
            if answer is not None:
                answers[at] = answer if by_county else {**answer, "screening_id": self._id(asked.request(stamp, place))}

    def _shared(
        self, situations: Situations, situation: Situation, asked: Asked, by_county: bool, site: Callable[[], Site]
    ) -> Answer | None:
        """What all points of a situation have for an answer, their ids aside; None where each has to go by itself."""
        key = situation, asked, by_county
        known = self._answers.get(key)
        if known is None:
            ears = self._ears.get((situations, asked))
            if ears is None:
                ears = Relevance.of(situations, asked.project)
                _keep(self._ears, (situations, asked), ears, KEPT_PROJECTS)
            try:
                known = self._judge(situation, (asked, ears.told(situation), by_county), site())
            except FenquError:
                known = None
            if known is not None:
                _keep(self._answers, key, known, KEPT_ROWS)
        return known

    def _judge(self, situation: Situation, key: Told, site: Site) -> Answer | None:
        """The same, judged by the engine where the rules never heard the like; None where it says otherwise."""
        asked, _, by_county = key
        named = self._named(situation, by_county)
        judged = self._judged.get(key)
        if judged is None:
            self.combinations += 1
            here, seconds = self.here, self.here.settings.screening_seconds
            screening = screen_site(site, asked.project, asked.day, self.snapshot, here.book, seconds)
            answer = answer_of(screening.record, here.book, self.language, by_county)
            judged = {column: said for column, said in answer.items() if column not in _NAMED}
            own = {} if by_county else {"screening_id": answer["screening_id"]}
            if {**judged, **named, **own} != answer:
                self.astray += 1
                return None
            _keep(self._judged, key, judged, KEPT_ROWS)
        return {**judged, **named}

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

    def _alone(self, chunk: Chunk, at: int, grounds: dict[int, BaseGeometry]) -> Answer:
        """The answer to one row by the engine."""
        site = chunk.sites[at] if chunk.sites else chunk.place(at)
        if site is None:
            return {"error": chunk.errors[at]}
        crs, accuracy_m, width_m = chunk.said
        try:
            asked = self._question(chunk, at)
            question = replace(asked, site=site, crs=crs, accuracy_m=accuracy_m, width_m=width_m)
            screening = self.here.screen(question, self.snapshot)
            grounds[at] = screening.site.ground
            by_county = chunk.text("placed", at) == AT_COUNTY
            return answer_of(screening.record, self.here.book, self.language, by_county, self.distances)
        except FenquError as error:
            return {"error": error.text(self.language)}

    # --- what is asked ----------------------------------------------------------------------------------------------

    def _question(self, chunk: Chunk, at: int) -> Question:
        return Question(
            site="",
            industry=chunk.text("industry", at),
            kind=chunk.text("kind", at),
            nature=chunk.text("nature", at),
            facts=read_facts(chunk.text("facts", at)),
            day=chunk.text("day", at) or self.day,
            either_order=True,
        )

    def _ask(self, chunk: Chunk, at: int) -> Asked | FenquError:
        """The project and the day of a row, or what is wrong with them."""
        key = tuple(chunk.text(name, at) for name in ("industry", "kind", "nature", "facts", "day"))
        asked = self._asked.get(key)
        if asked is None:
            try:
                one = self._question(chunk, at)
                project = read_project(self.here.book.vocabulary, one.industry, one.nature, one.facts, one.kind)
                asked = Asked(one, project, read_day(one.day))
            except FenquError as error:
                asked = error
            _keep(self._asked, key, asked, KEPT_PROJECTS)
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
