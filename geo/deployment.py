"""One deployment: its settings, layers, rule book and ledger, opened once and shared by every door."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from time import monotonic
from typing import TYPE_CHECKING, Any

from geo.day import read_day
from geo.errors import AlternativeUnusable, FenquError, InputError, LimitError, SiteError
from geo.layers.catalogue import COUNTY
from geo.layers.store import Layer, LayerStore, Snapshot
from geo.project import Project, read_project
from geo.rules.compiled import open_rulebook
from geo.rules.load import Rulebook
from geo.screening import Screening, screen_site
from geo.settings import Settings
from geo.site import Site, read_site

if TYPE_CHECKING:  # what one question does not need is loaded by the first that does
    from geo.comparison import Comparison
    from geo.dossier import ReportForm
    from geo.importing.fields import FieldBook
    from geo.ledger import Kept, Ledger
    from geo.site.intake import Intake, SiteFile


@dataclass(frozen=True)
class Question:
    """A question as a door received it: nothing in it is checked yet."""

    site: str | Mapping[str, Any] | Site  # a site that was read already keeps its own CRS, accuracy and width
    crs: str | None = None  # EPSG:4490 where nothing is said
    accuracy_m: float = 0.0
    width_m: float | None = None
    industry: str | None = None
    kind: str | None = None
    nature: str | None = None
    facts: Mapping[str, object] | None = None
    day: str | None = None
    known_at: str | None = None  # the day whose releases are asked; those served now where nothing was said
    either_order: bool = False


@dataclass(frozen=True)
class Deployment:
    """What the command line and the web share."""

    settings: Settings
    store: LayerStore
    book: Rulebook

    @classmethod
    def open(cls, settings: Settings) -> "Deployment":
        """Open the layers and the rule book.

        Raises
        ------
        DataError
            Where the catalogue or the book cannot be used.
        """
        book = open_rulebook(settings)
        return cls(settings, LayerStore(settings, book.catalogue), book)

    @cached_property
    def ledger(self) -> "Ledger":
        """The ledger, opened when something is first kept or looked up."""
        from geo.ledger import Ledger

        return Ledger(self.settings)

    @cached_property
    def fields(self) -> "FieldBook":
        """What the columns of layers are called elsewhere."""
        from geo.importing.fields import load_fields

        return load_fields(self.settings.layers / "vocabulary", self.book.catalogue)

    @cached_property
    def report_form(self) -> "ReportForm":
        """What the report says whatever it reports on."""
        from geo.dossier import load_report_form

        return load_report_form(self.settings.layers, self.book.catalogue)

    @cached_property
    def recipe(self) -> Mapping[str, Any]:
        """How the region's layers are drawn, and what the map begins with."""
        from geo.workshop import load_recipe

        return load_recipe(self.settings)

    @staticmethod
    def warm() -> None:
        """Load what makes each of a thousand answers quicker, and the first one slower; no answer is another for it."""
        try:
            from geo.layers.sifting import load
        except ImportError:  # no compiler for this machine
            return
        load()

    def screen(self, question: Question, snapshot: Snapshot | None = None, begun: float | None = None) -> Screening:
        """Read a question and answer it; from the layers as they are served now, or as the question or caller says.

        Parameters
        ----------
        begun : when its time began, by `time.monotonic`; now where nothing is said

        Raises
        ------
        InputError, LimitError
            Naming what in the question cannot be used.
        """
        site = self.site_of(question)
        project = read_project(self.book.vocabulary, question.industry, question.nature, question.facts, question.kind)
        day = read_day(question.day)
        return self._answer(site, project, day, snapshot or self._snapshot(question), begun)

    def take_in(self, file: "SiteFile") -> "Intake":
        """Read a file of sites, and settle what its numbers mean; counties that are served are evidence.

        Raises
        ------
        SiteError, SiteTooLarge
            Naming what is wrong with the file and what to do.
        """
        from geo.site.intake import take_in

        counties = self.store.open(COUNTY)
        zones = counties.zones if isinstance(counties, Layer) else ()
        places = {zone.name: zone.geometry for zone in zones if zone.geometry is not None}
        return take_in(file, places, self.settings)

    def screen_readings(self, intake: "Intake", question: Question) -> list[Screening | FenquError]:
        """What each reading of a file that remains would mean for a question, or why that cannot be said.

        All readings are answered from the same releases, and together may take the time of one screening.
        """
        begun, snapshot = monotonic(), self._snapshot(question)
        answers: list[Screening | FenquError] = []
        for reading in intake.judgement.readings:
            try:
                answers.append(self.screen(replace(question, site=intake.site(reading)), snapshot, begun))
            except (InputError, LimitError) as error:
                answers.append(error)
        return answers

    def site_of(self, question: Question) -> Site:
        """The site of a question, read.

        Raises
        ------
        SiteError, SiteTooLarge
            Naming what is wrong with it.
        """
        if isinstance(question.site, Site):
            return question.site
        return read_site(
            question.site,
            crs=question.crs,
            accuracy_m=question.accuracy_m,
            width_m=question.width_m,
            either_order=question.either_order,
            settings=self.settings,
        )

    def compare(self, question: Question, other_day: str) -> "Comparison":
        """Answer a question on its own day and on another, from the same releases, and compare.

        Both answers together may take the time of one screening.

        Raises
        ------
        InputError, LimitError
            Naming what in the question cannot be used.
        """
        from geo.comparison import compare

        begun, snapshot = monotonic(), self._snapshot(question)
        other = replace(question, day=read_day(other_day).isoformat())
        answers = [self.screen(one, snapshot, begun) for one in (question, other)]
        return compare(answers[0], answers[1], self.book)

    def compare_kept(self, kept: "Kept", other_day: str) -> "Comparison":
        """Answer the question of a kept answer on its own day and on another, from the layers and book of now.

        Raises
        ------
        InputError, LimitError
            Naming what in it the book no longer holds, or what of the other day cannot be used.
        """
        from geo.comparison import compare
        from geo.verify import asked_about

        begun = monotonic()
        site, project = asked_about(kept.request, self.book.vocabulary, self.settings)
        own, other, snapshot = read_day(kept.request["day"]), read_day(other_day), self.store.snapshot()
        one, two = (self._answer(site, project, day, snapshot, begun) for day in (own, other))
        return compare(one, two, self.book)

    def alternatives(self, names: Sequence[str], questions: Sequence[Question]) -> list[Screening]:
        """Answer one question about several sites, from the same releases, for `geo.alternatives.weigh`.

        The project, the day and `known_at` are those of the first question; all answers together may take the time of
        one screening.

        Raises
        ------
        BodyInvalid
            Where there are too few or too many sites, or a name cannot be used.
        AlternativeUnusable
            Naming the site that cannot be used, and why.
        InputError, LimitError
            Naming what else in the questions cannot be used.
        """
        from geo.alternatives import named

        begun, first = monotonic(), questions[0] if questions else Question(site="")
        told, day, snapshot = named(names), read_day(first.day).isoformat(), self._snapshot(first)
        answers = []
        for name, question in zip(told, questions, strict=True):
            asked = replace(
                first,
                site=question.site,
                crs=question.crs,
                accuracy_m=question.accuracy_m,
                width_m=question.width_m,
                day=day,
            )
            try:
                answers.append(self.screen(asked, snapshot, begun))
            except SiteError as error:
                raise AlternativeUnusable(name=name, reason=error) from error
        return answers

    def _answer(
        self, site: Site, project: Project, day: date, snapshot: Snapshot, begun: float | None = None
    ) -> Screening:
        return screen_site(site, project, day, snapshot, self.book, self.settings.screening_seconds, begun)

    def _snapshot(self, question: Question) -> Snapshot:
        return self.store.known_on(read_day(question.known_at)) if question.known_at else self.store.snapshot()

    def keep(self, screening: Screening) -> "Kept":
        """Keep an answer in the ledger."""
        return self.ledger.keep(screening, self.book)

    def book_of(self, kept: "Kept") -> Rulebook:
        """The book that a kept answer was judged by."""
        return self.book if kept.book == self.book.hash else self.ledger.book(kept.book)
