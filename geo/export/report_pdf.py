"""The report as PDF, by WeasyPrint, which is imported when the first one is made.

It reaches no network: pictures come inside the page, letters from one folder of fonts, and nothing else is opened.
"""

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

from geo.dossier.model import Report
from geo.errors import PdfUnavailable
from geo.export.report_html import render_report
from geo.settings import ROOT

FONTS = ROOT / "webmap" / "node_modules" / "@fontsource"
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"  # of Debian
HANGUL = "Fenqu Hangul"
FACES = {
    "Fenqu Latin": ("noto-sans-sc", "latin"),
    "Fenqu Han": ("noto-sans-sc", "chinese-simplified"),
    HANGUL: ("noto-sans-kr", "korean"),
}
WEIGHTS = (400, 700)
PICTURE = "data:image/png;base64,"
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
    make, configuration = _weasyprint()
    files = _files(fonts, render_report(report, pictures="png"))
    page = render_report(report, pictures="png", css=_faces(files))
    document = make(string=page, base_url="about:blank", url_fetcher=_fetcher(files))
    made: bytes = document.write_pdf(
        font_config=configuration(), pdf_identifier=report.checksum[:_IDENTIFIER_DIGITS].encode(), pdf_tags=True
    )
    return made


def _weasyprint() -> tuple[Callable[..., Any], Callable[..., Any]]:
    try:
        return import_module("weasyprint").HTML, import_module("weasyprint.text.fonts").FontConfiguration
    except (OSError, ImportError) as error:
        raise PdfUnavailable(reason=str(error).splitlines()[0][:200], packages=PACKAGES) from error


def _files(fonts: Path, text: str) -> dict[tuple[str, int], Path]:
    """The files of the faces that are there and that a text needs, by family and weight."""
    found = {
        (family, weight): fonts / package / "files" / f"{package}-{subset}-{weight}-normal.woff2"
        for family, (package, subset) in FACES.items()
        for weight in WEIGHTS
        if family != HANGUL or any("\uac00" <= letter <= "\ud7a3" for letter in text)
    }
    return {face: path.resolve() for face, path in found.items() if path.is_file()}


def _faces(files: Mapping[tuple[str, int], Path]) -> str:
    """The style sheet that names the files of the faces."""
    face = '@font-face {{ font-family: "{}"; font-weight: {}; src: url("{}") format("truetype"); }}\n'
    return "".join(face.format(*name, path.as_uri()) for name, path in files.items())


@cache
def _letters(path: Path) -> bytes:
    """A file of letters unpacked, which takes seconds: once in a process."""
    unpacked = BytesIO()
    with path.open("rb") as packed:
        import_module("fontTools.ttLib.woff2").decompress(packed, unpacked)
    return unpacked.getvalue()


def _fetcher(files: Mapping[tuple[str, int], Path]) -> Any:
    """What WeasyPrint may open: pictures inside the page, and the files of the faces."""
    urls: Any = import_module("weasyprint.urls")
    fetcher: Any = urls.URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    fetch, letters = fetcher.fetch, {path.as_uri(): path for path in files.values()}

    def fetch_allowed(url: str, headers: Any = None) -> Any:
        if url in letters:
            return urls.URLFetcherResponse(url, _letters(letters[url]))
        if not url.startswith(PICTURE):
            raise ValueError(f"not opened: {url[:80]}")
        return fetch(url, headers)

    fetcher.fetch = fetch_allowed
    return fetcher
