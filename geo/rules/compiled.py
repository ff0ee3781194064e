"""The book in one file, beside the layers: read in place of its many files for as long as none of them has changed.

layers/data/book.json    {"made_from": <hash>, "hash": <the book's>, "reviewed": [...], "data": {...}}

Written by `fenqu build` from a book that stands; a file that is missing, damaged or made from anything else than what
is there now is passed over, and the book is read and checked from its own files.
"""

from hashlib import sha256
from pathlib import Path

import orjson

from geo.errors import FenquError
from geo.layers.releases import replacing
from geo.rules.load import Rulebook, load_rulebook
from geo.settings import Settings

BOOK = "book.json"
_FOLDERS = ("rules", "documents", "vocabulary", "catalogue")
_ROOT = Path(__file__).parents[1]


def open_rulebook(settings: Settings) -> Rulebook:
    """The book of a deployment: as it was compiled, or from its files where they are not those that it was made from.

    Raises
    ------
    RulebookError, CatalogueError
        Naming the file, and what in it cannot be used.
    """
    return _read(settings.layers) or load_rulebook(settings)


def keep_rulebook(settings: Settings) -> None:
    """Read and check the book of a deployment, and keep it in one file; one that is kept already stays.

    Raises
    ------
    RulebookError, CatalogueError
        Naming the file, and what in it cannot be used.
    """
    if _read(settings.layers) is not None:
        return
    made_from = _sources(settings.layers)
    book = load_rulebook(settings)
    said = {"made_from": made_from, "hash": book.hash, "reviewed": sorted(book.reviewed), "data": book.data}
    path = settings.layers / "data" / BOOK
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part:
        part.write_bytes(orjson.dumps(said))


def _read(layers: Path) -> Rulebook | None:
    try:
        said = orjson.loads((layers / "data" / BOOK).read_bytes())
        if said["made_from"] != _sources(layers):
            return None
        book = Rulebook.of(said["data"], frozenset(said["reviewed"]))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, FenquError):
        return None
    return book if book.hash == said["hash"] else None


def _sources(layers: Path) -> str:
    """A hash of all that a book is read from, and of the program that reads it."""
    paths = [path for name in _FOLDERS for path in (layers / name).rglob("*") if path.suffix in (".yaml", ".csv")]
    code = [path for path in _ROOT.rglob("*") if path.suffix in (".py", ".json")]
    named = [(path.relative_to(layers), path) for path in (*paths, layers / "translations.yaml") if path.is_file()]
    named += [(path.relative_to(_ROOT), path) for path in code]
    hashed = sha256()
    for name, path in sorted(named):
        data = path.read_bytes()
        hashed.update(f"{name.as_posix()}\0{len(data)}\0".encode() + data)
    return hashed.hexdigest()
