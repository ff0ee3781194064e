"""Reports handed out: a kept answer as it was given, drawn on its own releases, in one language and format."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from geo.deployment import Deployment
from geo.dossier import Report, SiteFigure, compose
from geo.errors import PiecesGone
from geo.export.figure import site_figure
from geo.export.geojson import screening_collection
from geo.export.report_docx import render_docx
from geo.export.report_html import render_report
from geo.export.report_pdf import render_pdf
from geo.layers.store import Layer
from geo.ledger import Kept
from geo.texts import BINDING
from geo.typesetting import FONTS
from geo.verify import drawn_again

Drawing = Callable[[Mapping[str, Any], Mapping[str, Layer], str], SiteFigure]
MEDIA_TYPES: Mapping[str, str] = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
MOST_ADDRESS = 500  # letters; a code to scan has its limit too
SHEET: Drawing = partial(site_figure, fonts=FONTS)
_MAKERS: Mapping[str, Callable[[Report], bytes]] = {
    "html": lambda report: render_report(report).encode(),
    "pdf": render_pdf,
    "docx": render_docx,
}


@dataclass(frozen=True, slots=True)
class Issued:
    """A report as a file."""

    data: bytes
    media_type: str
    name: str


def report_of(
    here: Deployment,
    kept: Kept,
    language: str = BINDING,
    *,
    address: str | None = None,
    draw: Drawing = SHEET,
) -> Report:
    """The report of a kept answer, by the book and the releases that it was judged by.

    Parameters
    ----------
    address : where the kept screening is read, if anywhere
    draw : what draws the map
    """
    figure, notes = _figure(here, kept, language, draw), here.ledger.notes(kept.id)
    return compose(
        kept.record, here.book_of(kept), here.report_form, language, figure=figure, notes=notes, address=address
    )


def _figure(here: Deployment, kept: Kept, language: str, draw: Drawing) -> SiteFigure | None:
    """The map; None where a layer now shows other zones than the record has, for the words still stand."""
    try:
        screening = drawn_again(kept, here.store, here.book_of(kept))
    except PiecesGone:
        return None
    shown = {
        kind: layer
        for kind, layer in screening.snapshot.layers.items()
        if isinstance(layer, Layer) and layer.info.on_a_map
    }
    return draw(screening_collection(screening, here.settings.audience), shown, language)


def issue(report: Report, form: str) -> Issued:
    """A report as a file of one of `MEDIA_TYPES`.

    Raises
    ------
    PdfUnavailable
        Where a PDF is asked for and a library of the system is missing.
    """
    mark = "-sketch" if report.watermark else ""
    name = f"fenqu{mark}-{report.number}-{report.language}.{form}"
    return Issued(_MAKERS[form](report), MEDIA_TYPES[form], name)
