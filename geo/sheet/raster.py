"""An SVG drawing as a PNG picture, without a browser and without a network."""

from functools import cache
from importlib import import_module
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any

from geo.typesetting import Faces, fetcher, font_files, font_style, weasyprint

SCALE = 2.0  # px of the picture for one of the drawing: 192 per inch on paper
FACES: Faces = {"Noto Sans SC": ("noto-sans-sc", "chinese-simplified"), "Noto Sans KR": ("noto-sans-kr", "korean")}
_DRAWING = Lock()  # fonts and the library of the picture are for one thread at a time


def picture(svg: str, width: float, height: float, fonts: Path | None) -> bytes:
    """Draw an SVG of our own making, which names no other file.

    Parameters
    ----------
    width, height : of the drawing, px
    fonts : folder of the font packages `noto-sans-sc` and `noto-sans-kr`; the system's fonts where there is none

    Raises
    ------
    PdfUnavailable
        Where a library of the system is missing, with the packages to install.
    """
    make, _ = weasyprint()
    files = font_files(fonts, FACES)
    page = f"@page{{size:{width}px {height}px;margin:0}}body{{margin:0}}svg{{display:block}}"
    styled = f"<html><head><style>{font_style(files)}{page}</style></head><body>{svg}</body></html>"
    out = BytesIO()
    with _DRAWING:
        pdf = make(string=styled, url_fetcher=fetcher(files)).write_pdf(font_config=_fonts_read(fonts))
        document = import_module("pypdfium2").PdfDocument(pdf)
        try:
            image = document[0].render(scale=SCALE * 96.0 / 72.0).to_pil()
        finally:
            document.close()
    image.convert("RGB").save(out, "PNG", dpi=(96.0 * SCALE, 96.0 * SCALE))
    return out.getvalue()


@cache
def _fonts_read(fonts: Path | None) -> Any:
    """Keeps the fonts of a folder as they were read for the first picture."""
    _, configuration = weasyprint()
    return configuration()
