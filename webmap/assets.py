"""Files of the front end from our own host: the map library, the drawing tool and the fonts, as npm installed them."""

import re
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, abort, request, send_from_directory

from geo.export.html import STYLES

bp = Blueprint("assets", __name__, url_prefix="/assets")
MODULES = Path(__file__).parent / "node_modules"
FOLDERS = {
    "leaflet": MODULES / "leaflet" / "dist",
    "geoman": MODULES / "@geoman-io" / "leaflet-geoman-free" / "dist",
    "proj4": MODULES / "proj4" / "dist",
    "protomaps": MODULES / "protomaps-leaflet" / "dist",
    "font-sc": MODULES / "@fontsource" / "noto-sans-sc" / "files",
    "font-kr": MODULES / "@fontsource" / "noto-sans-kr" / "files",
}
SERVED = {".css", ".js", ".png", ".svg", ".woff2"}
A_DAY = 86_400
_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
_EUROPEAN = re.compile(r"-(?:latin|latin-ext|cyrillic|vietnamese)-")
_OLDER = re.compile(
    r"/\*.*?\*/|,\s*url\([^)]*\.woff\)\s*format\(['\"]woff['\"]\)", re.DOTALL
)  # every browser of today reads woff2


@bp.get("/answer.css")
def answer_style() -> Response:
    """The style of an answer, the same as in an offline file."""
    return send_from_directory(STYLES.parent, STYLES.name, max_age=0)


@bp.get("/fonts.css")
def fonts() -> Response:
    """The faces with Han and Hangul; a browser loads only the slices that a page needs."""
    response = Response(font_faces(), mimetype="text/css", headers={"Cache-Control": f"public, max-age={A_DAY}"})
    response.add_etag()
    response.make_conditional(request)
    return response


@cache
def font_faces() -> str:
    """The font packages' own style sheets, pointing at this host.

    Regular weight alone: a page in Chinese needs some 25 slices of each weight, 0.7 MB, and browsers embolden well.
    Letters of Europe come from the Chinese face alone: both have the same.
    """
    sheets = []
    for folder, package, left_out in (("font-sc", "noto-sans-sc", None), ("font-kr", "noto-sans-kr", _EUROPEAN)):
        sheet = _OLDER.sub("", (MODULES / "@fontsource" / package / "400.css").read_text(encoding="utf-8"))
        faces = [face for face in _FACE.findall(sheet) if left_out is None or not left_out.search(face)]
        sheets += [face.replace("url(./files/", f"url(/assets/{folder}/") for face in faces]
    return "\n".join(sheets)


@bp.get("/<folder>/<path:name>")
def vendored(folder: str, name: str) -> Response:
    """One file of a package, of a kind that a page may load."""
    if folder not in FOLDERS or Path(name).suffix not in SERVED:
        abort(404)
    return send_from_directory(FOLDERS[folder], name, max_age=A_DAY)
