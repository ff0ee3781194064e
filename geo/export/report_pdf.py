"""The report as PDF. It reaches no network: pictures come inside the page, letters from one folder of fonts."""

from pathlib import Path

from geo.dossier.model import Report
from geo.export.report_html import render_report
from geo.typesetting import FONTS, Faces, fetcher, font_files, font_style, weasyprint

HANGUL = "Fenqu Hangul"
FACES: Faces = {
    "Fenqu Latin": ("noto-sans-sc", "latin"),
    "Fenqu Han": ("noto-sans-sc", "chinese-simplified"),
    HANGUL: ("noto-sans-kr", "korean"),
}
_IDENTIFIER_DIGITS = 32


def render_pdf(report: Report, fonts: Path = FONTS) -> bytes:
    """The report as PDF; the same report gives the same bytes where fonts and libraries are the same.

    Parameters
    ----------
    fonts : folder of the font packages; without it the fonts of the system are taken

    Raises
    ------
    PdfUnavailable
        Where a library of the system is missing, with the packages to install.
    """
    make, configuration = weasyprint()
    text = render_report(report, pictures="png")
    files = font_files(fonts, {family: face for family, face in FACES.items() if family != HANGUL or _hangul(text)})
    page = render_report(report, pictures="png", css=font_style(files))
    document = make(string=page, base_url="about:blank", url_fetcher=fetcher(files))
    made: bytes = document.write_pdf(
        font_config=configuration(), pdf_identifier=report.checksum[:_IDENTIFIER_DIGITS].encode(), pdf_tags=True
    )
    return made


def _hangul(text: str) -> bool:
    return any("\uac00" <= letter <= "\ud7a3" for letter in text)
