"""The error tree. Each class says who can mend it; its text says what came, what was expected, what to do now.

The texts stand in the catalogue as `error.<code>`, in three languages; `str(error)` is the English one.

    FenquError
    ├── InputError          the sender can mend it
    │   ├── SiteError       … in the site
    │   ├── ProjectError    … in the project
    │   └── QueryError      … in what else was asked: a day, a layer, a screening
    ├── LimitError          the question is larger than this door takes
    └── DataError           the operator can mend it: catalogue, rules, releases, ledger
        └── SourceError     … or who made the delivery that is to be imported
"""

from typing import ClassVar

from geo.texts import Phrase as Phrase
from geo.texts import Term as Term
from geo.texts import say


class FenquError(Exception):
    """Root of all errors that the engine raises on purpose."""

    code: ClassVar[str]

    def __init__(self, **parameters: object) -> None:
        self.parameters = parameters
        super().__init__(parameters)

    def __str__(self) -> str:
        return self.text("en")

    def text(self, language: str) -> str:
        """Say the error in the reader's language."""
        spoken = {
            name: value.text(language) if isinstance(value, FenquError) else value
            for name, value in self.parameters.items()
        }
        return say(f"error.{self.code}", language, **spoken)


class InputError(FenquError):
    """What was sent cannot be used; the sender can mend it."""


class SiteError(InputError):
    """The site cannot be read or used."""


class SiteUnreadable(SiteError):
    """Text that is no coordinate, no GeoJSON and no WKT."""

    code = "site_unreadable"


class SiteGeometryUnsupported(SiteError):
    """A geometry of a type that cannot be screened."""

    code = "site_geometry_unsupported"


class SiteEmpty(SiteError):
    """A geometry without a single coordinate."""

    code = "site_empty"


class SiteMixed(SiteError):
    """Points and areas in one site."""

    code = "site_mixed"


class SiteInvalid(SiteError):
    """A ring that crosses itself, or a geometry broken in another way."""

    code = "site_invalid"


class SiteOutOfBounds(SiteError):
    """A coordinate that is not in China nor next to it."""

    code = "site_out_of_bounds"


class SiteAxesSwapped(SiteError):
    """Latitude before longitude, at a door that takes longitude first."""

    code = "site_axes_swapped"


class SiteCrsUnknown(SiteError):
    """A coordinate reference system that this door does not take."""

    code = "site_crs_unknown"


class SiteNeedsWidth(SiteError):
    """A line without a width."""

    code = "site_needs_width"


class SiteNumberOutOfRange(SiteError):
    """An accuracy or a width that is no length in the range."""

    code = "site_number_out_of_range"


class SiteFileUnknown(SiteError):
    """A file of a format that is not read."""

    code = "site_file_unknown"


class SiteFileBroken(SiteError):
    """A file that is not what its name says, or is damaged beyond reading."""

    code = "site_file_broken"


class SiteFileRefused(SiteError):
    """A file that leads out of itself: a link, a reference to another file, an entry outside its archive."""

    code = "site_file_refused"


class SiteFileEmpty(SiteError):
    """A file without anything that can be a site."""

    code = "site_file_empty"


class SiteLayerUnknown(SiteError):
    """A layer or a piece that the file does not have."""

    code = "site_layer_unknown"


class SiteLayerWanted(SiteError):
    """A file whose layers are in different CRSs, and none of them was chosen."""

    code = "site_layer_wanted"


class SiteBoundaryLeft(SiteError):
    """A drawing whose true boundary may be among the lines that were not taken, and nobody chose."""

    code = "site_boundary_left"


class SiteCrsMissing(SiteError):
    """A file that says nothing of its coordinates, whose numbers leave open what they are."""

    code = "site_crs_missing"


class SiteDatumRefused(SiteError):
    """A datum that cannot be converted without parameters: Xi'an 80, Beijing 54, a local one."""

    code = "site_datum_refused"


class SiteNumbersRefused(SiteError):
    """Numbers that are neither degrees nor metres of a zone in China: of another unit, or with parts cut off."""

    code = "site_numbers_refused"


class SiteReadingUnsettled(SiteError):
    """Numbers that can be read in two ways; the parameter `readings` names what to choose from."""

    code = "site_reading_unsettled"


class SiteMendRefused(SiteError):
    """A broken geometry whose mending would change more than is taken."""

    code = "site_mend_refused"


class SiteFileForeign(SiteFileUnknown):
    """A file of a known format that is not read: a drawing of another program, a picture, a packed archive."""

    code = "site_file_foreign"


class AlternativeUnusable(SiteError):
    """One of several sites that cannot be used, and why."""

    code = "alternative_unusable"


class ProjectError(InputError):
    """The project cannot be read."""


class FactUnknown(ProjectError):
    """A fact that the vocabulary does not hold."""

    code = "fact_unknown"


class FactValueInvalid(ProjectError):
    """A value that the fact cannot take."""

    code = "fact_value_invalid"


class IndustryUnknown(ProjectError):
    """A code that GB/T 4754-2017 does not hold."""

    code = "industry_unknown"


class KindUnknown(ProjectError):
    """A kind of project that the list does not hold."""

    code = "kind_unknown"


class QueryError(InputError):
    """Something else in the question cannot be used."""


class DayInvalid(QueryError):
    """A day that is no calendar day, or out of range."""

    code = "day_invalid"


class BodyInvalid(QueryError):
    """A body that does not have the form of a screening request."""

    code = "body_invalid"


class LayerUnknown(QueryError):
    """A layer kind outside the closed list, or without a release here."""

    code = "layer_unknown"


class MapPartUnknown(QueryError):
    """A level of detail or a tile that a layer of the map does not have."""

    code = "map_part_unknown"


class ReleaseUnknown(QueryError):
    """A release of a layer that is not on disk, or whose id was given too short."""

    code = "release_unknown"


class LayerNotPublished(QueryError):
    """A layer that this deployment may not hand out."""

    code = "layer_not_published"


class ScreeningUnknown(QueryError):
    """A token or id under which nothing is kept."""

    code = "screening_unknown"


class NoteInvalid(QueryError):
    """A reviewer's note of which a part cannot be used."""

    code = "note_invalid"


class NoteUnknown(QueryError):
    """A note that is to be withdrawn and does not stand beside that screening."""

    code = "note_unknown"


class PiecesGone(QueryError):
    """A kept answer whose zones can no longer be drawn as its record has them."""

    code = "pieces_gone"


class RuleUnknown(QueryError):
    """A rule that the book does not hold."""

    code = "rule_unknown"


class ZoneUnknown(QueryError):
    """A zone that its layer does not hold."""

    code = "zone_unknown"


class CoverageListUnknown(QueryError):
    """A document without a coverage list."""

    code = "coverage_list_unknown"


class TableInvalid(QueryError):
    """A table of sites that lacks a column or a readable row."""

    code = "table_invalid"


class CoverageUnknown(QueryError):
    """The ground that an import speaks for, said in a way that names neither counties nor a file."""

    code = "coverage_unknown"


class DecisionInvalid(QueryError):
    """A table of decisions on an import that cannot be used, or that speaks of another state of the source."""

    code = "decision_invalid"


class DeliveryUndecided(QueryError):
    """An import with faults that nobody has decided: nothing is released."""

    code = "delivery_undecided"


class LimitError(FenquError):
    """More than this door takes at once; a smaller question passes."""


class SiteTooLarge(LimitError):
    """Too many vertices, parts or bytes in one site."""

    code = "site_too_large"


class SiteFileTooHeavy(SiteTooLarge):
    """A file of sites that was not read within its time or memory."""

    code = "site_file_too_heavy"


class SiteFileBusy(LimitError):
    """A file of sites sent while as many are being read as may be read at a time."""

    code = "site_file_busy"


class SourceTooLarge(LimitError):
    """A delivery of more bytes, rows or vertices than one import takes."""

    code = "source_too_large"


class TimeUp(LimitError):
    """The screening did not end within its time."""

    code = "time_up"


class ReportBusy(LimitError):
    """A report asked for while as many are made as may be made at a time."""

    code = "report_busy"


class TileTooFull(LimitError):
    """More zones in one tile of the map than it may hold: nothing is drawn in part."""

    code = "tile_too_full"


class LedgerFull(LimitError):
    """The ledger has reached its limit."""

    code = "ledger_full"


class DataError(FenquError):
    """The deployment's own data is broken; its operator can mend it."""


class SourceError(DataError):
    """A delivery that is to be imported cannot be used; its operator, or who made it, can mend it."""


class SourceFormatUnknown(SourceError):
    """A file of a format that is not read."""

    code = "source_format_unknown"


class SourceUnreadable(SourceError):
    """A file or table that is broken, or not what its name says."""

    code = "source_unreadable"


class SourceLayerWanted(SourceError):
    """A source of several layers, and none of them was named."""

    code = "source_layer_wanted"


class SourceZipRefused(SourceError):
    """A zip with an entry that is not unpacked."""

    code = "source_zip_refused"


class SourceEncodingUnknown(SourceError):
    """A character set that nobody knows by the name given."""

    code = "source_encoding_unknown"


class SourceCrsMissing(SourceError):
    """A source that does not say what CRS it is in."""

    code = "source_crs_missing"


class SourceCrsRefused(SourceError):
    """A source in a CRS that is not taken."""

    code = "source_crs_refused"


class SourceCrsUndeclared(SourceError):
    """A CRS declared by the operator that is not taken."""

    code = "source_crs_undeclared"


class SourceCrsContradicted(SourceError):
    """A CRS declared by the operator beside another that the source states."""

    code = "source_crs_contradicted"


class SourceFieldUnknown(SourceError):
    """A field named by the operator that the source, or the kind of layer, does not have."""

    code = "source_field_unknown"


class DatabaseAddressInvalid(SourceError):
    """A database address that has not the form; it is not repeated, for it may hold a password."""

    code = "database_address_invalid"


class DatabaseFailed(SourceError):
    """A database that does not answer, or refuses."""

    code = "database_failed"


class TableUnknown(SourceError):
    """A table that the database does not have, or not with one geometry."""

    code = "table_unknown"


class SettingInvalid(DataError):
    """An environment variable that cannot be read as its setting."""

    code = "setting_invalid"


class FileUnusable(DataError):
    """A file that cannot be read or written."""

    code = "file_unusable"


class PdfUnavailable(DataError):
    """A library of the system without which no PDF can be made."""

    code = "pdf_unavailable"


class LedgerUnusable(DataError):
    """A database that cannot be opened."""

    code = "ledger_unusable"


class LayersMissing(DataError):
    """A region without its layers: nothing could be said of any place."""

    code = "layers_missing"


class CatalogueError(DataError):
    """A catalogue or vocabulary file that cannot be used."""

    code = "catalogue_invalid"


class RulebookError(DataError):
    """A rule or a document that cannot be used."""

    code = "rulebook_invalid"


class ReleaseError(DataError):
    """A release whose file is gone, unreadable or not what its id says."""

    code = "release_invalid"


class BuildError(DataError):
    """Sources or facts from which a layer cannot be built."""

    code = "build_failed"
