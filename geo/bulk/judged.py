"""Judged combinations: what one process worked out, the others of a run need not, nor the run that goes on with it.

Kept as small files beside the parts of the run, which hold for one table, one book and the same releases only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import orjson

from geo.layers.releases import replacing

FOLDER = "judged"


@dataclass(frozen=True, slots=True)
class Judged:
    """A folder of answers, each named by the combination that it is the answer to."""

    folder: Path

    def get(self, told: tuple[object, ...]) -> dict[str, str] | None:
        """The answer to a combination; None where it was not judged yet, or its file is not whole.

        Parameters
        ----------
        told : texts, numbers, None, tuples and sets of them
        """
        try:
            answer: dict[str, str] = orjson.loads(self._path(told).read_bytes())
        except (FileNotFoundError, orjson.JSONDecodeError):
            return None
        return answer

    def put(self, told: tuple[object, ...], answer: Mapping[str, str]) -> None:
        """Keep an answer; another process may have been first, with the same."""
        self.folder.mkdir(exist_ok=True)
        with replacing(self._path(told)) as path:
            path.write_bytes(orjson.dumps(dict(answer)))

    def _path(self, told: tuple[object, ...]) -> Path:
        return self.folder / f"{sha256(repr(_ordered(told)).encode()).hexdigest()[:32]}.json"


def _ordered(value: object) -> object:
    """The same with sets in an order, which differs between processes."""
    if isinstance(value, frozenset):
        return "set", sorted((_ordered(one) for one in value), key=repr)
    return tuple(_ordered(one) for one in value) if isinstance(value, tuple) else value
