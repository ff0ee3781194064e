"""What the attributes of features say of pieces: name, role, address; by `layers/vocabulary/site_fields.yaml`."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from numbers import Integral
from pathlib import Path

import numpy as np

from geo.errors import FileUnusable
from geo.importing.charset import HEADER_BYTES, decode
from geo.settings import Settings
from geo.site.contents import shortened
from geo.site.notice import UNNAMED
from geo.yamlfile import YamlFault, read_yaml

FILE = "site_fields.yaml"
_FIELDS = ("name", "address", "role")


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of one piece."""

    name: str = ""
    role: str = UNNAMED
    address: str = ""


def said_of(columns: Mapping[str, np.ndarray], count: int, cut_by: str | None = None) -> tuple[Said, ...]:
    """What the columns of a layer say of each of its rows.

    Parameters
    ----------
    columns : header: values, decoded, None where missing
    cut_by : the encoding in which headers were cut to 10 bytes; None where they are whole

    Raises
    ------
    FileUnusable
        Where the deployment's list of headers cannot be read.
    """
    words = _words(Settings.from_environment().layers / "vocabulary" / FILE)
    found = {kind: _columns_of(columns, words[kind], cut_by) for kind in _FIELDS}
    if not found["name"]:
        others = {header for kind in ("address", "role") for header in found[kind]}
        found["name"] = [
            header for header, values in columns.items() if header not in others and any(map(_is_text, values))
        ][:1]
    texts = {
        kind: [_first([columns[header][row] for header in found[kind]]) for row in range(count)] for kind in _FIELDS
    }
    return tuple(
        Said(name, role or UNNAMED, address)
        for name, role, address in zip(texts["name"], texts["role"], texts["address"], strict=True)
    )


def _columns_of(columns: Mapping[str, np.ndarray], names: Sequence[str], cut_by: str | None) -> list[str]:
    """The headers that are among the names, in the order of the names."""
    headers: dict[str, str] = {}
    for header in columns:
        headers.setdefault(_plain(header), header)
    spelled = []
    for name in names:
        cut = decode(name.encode(cut_by, "replace")[:HEADER_BYTES], cut_by, HEADER_BYTES)[0] if cut_by else name
        spelled += [_plain(name), _plain(cut)]
    return [headers[name] for name in dict.fromkeys(spelled) if name in headers]


def _first(values: Sequence[object]) -> str:
    for value in values:
        text = shortened(value) if isinstance(value, str | Integral) and not isinstance(value, bool) else ""
        if text:
            return text
    return ""


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


@cache
def _words(path: Path) -> dict[str, tuple[str, ...]]:
    try:
        plain = read_yaml(path)
        return {kind: tuple(map(str, plain[kind])) for kind in _FIELDS}
    except (OSError, UnicodeDecodeError, YamlFault, LookupError, TypeError) as error:
        raise FileUnusable(path=FILE, reason=str(error)) from error
