"""WeasyPrint, imported when it is first needed, with the letters and pictures that it may open and nothing else."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

from geo.errors import PdfUnavailable
from geo.settings import ROOT

FONTS = ROOT / "webmap" / "node_modules" / "@fontsource"
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"  # of Debian
WEIGHTS = (400, 700)
PICTURE = "data:image/png;base64,"

Faces = Mapping[str, tuple[str, str]]  # family: font package and subset; one file each, for a second would hide signs
Files = Mapping[tuple[str, int], Path]  # family and weight: file


def weasyprint() -> tuple[Callable[..., Any], Callable[..., Any]]:
    """`HTML` and `FontConfiguration`.

    Raises
    ------
    PdfUnavailable
        Where a library of the system is missing, with the packages to install.
    """
    try:
        return import_module("weasyprint").HTML, import_module("weasyprint.text.fonts").FontConfiguration
    except (OSError, ImportError) as error:
        raise PdfUnavailable(reason=str(error).splitlines()[0][:200], packages=PACKAGES) from error


def font_files(fonts: Path | None, faces: Faces) -> Files:
    """The files of the faces that are there; as `.woff`, which is read some thirty times faster than `.woff2`.

    Parameters
    ----------
    fonts : folder of the font packages; None, or one without them, leaves the fonts of the system
    """
    if fonts is None:
        return {}
    found = {
        (family, weight): fonts / package / "files" / f"{package}-{subset}-{weight}-normal.woff"
        for family, (package, subset) in faces.items()
        for weight in WEIGHTS
    }
    return {face: path.resolve() for face, path in found.items() if path.is_file()}


def font_style(files: Files) -> str:
    """The style sheet that names the files of the faces."""
    face = '@font-face {{ font-family: "{}"; font-weight: {}; src: url("{}"); }}\n'
    return "".join(face.format(*name, path.as_uri()) for name, path in files.items())


@cache
def _letters(path: Path) -> bytes:
    """A file of letters unpacked, once in a process; WeasyPrint would write the time of day into it."""
    font, unpacked = import_module("fontTools.ttLib").TTFont(path, recalcTimestamp=False, recalcBBoxes=False), BytesIO()
    font.flavor = None
    font.save(unpacked, reorderTables=False)
    return unpacked.getvalue()


def fetcher(files: Files) -> Any:
    """What WeasyPrint may open: pictures inside the page, and the files of the faces."""
    urls: Any = import_module("weasyprint.urls")
    made: Any = urls.URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    fetch, letters = made.fetch, {path.as_uri(): path for path in files.values()}

    def fetch_allowed(url: str, headers: Any = None) -> Any:
        if url in letters:
            return urls.URLFetcherResponse(url, _letters(letters[url]))
        if not url.startswith(PICTURE):
            raise ValueError(f"not opened: {url[:80]}")
        return fetch(url, headers)

    made.fetch = fetch_allowed
    return made
