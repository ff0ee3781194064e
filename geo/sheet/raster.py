"""An SVG drawing as a PNG picture, without a browser and without a network."""

from functools import cache
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any

SCALE = 2.0  # px of the picture for one of the drawing: 192 per inch on paper
# Each file holds Latin signs too; a family in two files would lose the signs of one of them.
_FACES = (
    ("Noto Sans SC", "noto-sans-sc", "chinese-simplified"),
    ("Noto Sans KR", "noto-sans-kr", "korean"),
)
_WEIGHTS = (400, 700)
_DRAWING = Lock()  # fonts and the library of the picture are for one thread at a time


def picture(svg: str, width: float, height: float, fonts: Path | None) -> bytes:
    """Draw an SVG of our own making, which names no other file.

    Parameters
    ----------
    width, height : of the drawing, px
    fonts : folder of the font packages `noto-sans-sc` and `noto-sans-kr`; the system's fonts where there is none
    """
    # Imported where they are needed, for they take the better part of a second.
    from pypdfium2 import PdfDocument
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    folder = fonts.resolve() if fonts else None
    page = f"@page{{size:{width}px {height}px;margin:0}}body{{margin:0}}svg{{display:block}}"
    styled = f"<html><head><style>{_font_faces(folder)}{page}</style></head><body>{svg}</body></html>"
    out = BytesIO()
    with _DRAWING:
        fetcher = URLFetcher(allowed_protocols=["file"])
        pdf = HTML(string=styled, url_fetcher=fetcher).write_pdf(font_config=_fonts_read(folder))
        document = PdfDocument(pdf)
        try:
            image = document[0].render(scale=SCALE * 96.0 / 72.0).to_pil()
        finally:
            document.close()
    image.convert("RGB").save(out, "PNG", dpi=(96.0 * SCALE, 96.0 * SCALE))
    return out.getvalue()


@cache
def _fonts_read(folder: Path | None) -> Any:
    """Keeps the fonts of a folder as they were read for the first picture."""
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


@cache
def _font_faces(folder: Path | None) -> str:
    """The style that names the font files; as `.woff`, which is read some thirty times faster than `.woff2`."""
    faces = []
    for family, package, script in _FACES if folder else ():
        for weight in _WEIGHTS:
            path = Path(folder or ".") / package / "files" / f"{package}-{script}-{weight}-normal.woff"
            if path.is_file():
                faces.append(f"@font-face{{font-family:'{family}';font-weight:{weight};src:url('{path.as_uri()}')}}")
    return "".join(faces)
