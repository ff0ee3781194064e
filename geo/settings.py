"""Settings: folders, region and limits, read once from the environment (`FENQU_…`)."""

import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from geo.errors import SettingInvalid

ROOT = Path(__file__).resolve().parents[1]
AUDIENCES = ("public", "internal")


def _shipped_region() -> str:
    """The region that the shipped layers are of (`layers/region.txt`): the engine itself knows none."""
    try:
        return (ROOT / "layers" / "region.txt").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a deployment may choose. Each field is read from `FENQU_<NAME>`."""

    layers: Path = field(
        default=ROOT / "layers", metadata={"doc": "folder of catalogue, rules, documents, vocabulary and data"}
    )
    region: str = field(default=_shipped_region(), metadata={"doc": "region that this deployment serves"})
    audience: str = field(default="public", metadata={"doc": "`public` or `internal`: whom `publish` is read for"})
    ledger: str = field(
        default=f"sqlite:///{ROOT / 'var' / 'ledger.sqlite'}",
        metadata={"doc": "where screenings are kept (SQLAlchemy URL)"},
    )
    ledger_rows: int = field(default=1_000_000, metadata={"doc": "screenings kept at most"})
    body_bytes: int = field(default=1_000_000, metadata={"doc": "largest request body and site text, bytes"})
    site_vertices: int = field(default=20_000, metadata={"doc": "most vertices in one site"})
    line_vertices: int = field(default=2_000, metadata={"doc": "most vertices in the lines of one site"})
    line_crossings: int = field(default=500, metadata={"doc": "most crossings among the lines of one site"})
    site_perimeter_m: float = field(
        default=3_000_000.0, metadata={"doc": "longest lines and borders of one site, metres"}
    )
    site_parts: int = field(default=200, metadata={"doc": "most parts in one site"})
    site_file_bytes: int = field(default=20_000_000, metadata={"doc": "largest file of sites, bytes"})
    site_file_unpacked_bytes: int = field(
        default=200_000_000, metadata={"doc": "most bytes that a file of sites may unpack to"}
    )
    site_file_entries: int = field(default=500, metadata={"doc": "most entries in an archive of sites"})
    site_file_nesting: int = field(default=32, metadata={"doc": "deepest nesting in a file of sites"})
    site_file_vertices: int = field(default=200_000, metadata={"doc": "most vertices in a file of sites"})
    site_file_pieces: int = field(default=10_000, metadata={"doc": "most objects in a file of sites"})
    site_file_seconds: float = field(default=20.0, metadata={"doc": "longest time to read a file of sites, seconds"})
    site_file_memory_bytes: int = field(
        default=1_500_000_000, metadata={"doc": "most memory of the process that reads a file of sites, bytes"}
    )
    site_file_readers: int = field(
        default=2, metadata={"doc": "most files of sites that one server process reads at a time"}
    )
    site_mend_share: float = field(
        default=0.01, metadata={"doc": "largest change of its area with which a broken site is mended, 0 to 1"}
    )
    screening_seconds: float = field(
        default=10.0, metadata={"doc": "longest time for a screening or a comparison, seconds"}
    )
    bulk_rows: int = field(default=5_000_000, metadata={"doc": "most rows in one bulk table"})

    @classmethod
    def from_environment(cls, **chosen: object) -> "Settings":
        """Read the settings; what is passed in wins over the environment.

        Raises
        ------
        SettingInvalid
            Where a variable cannot be read as its field's type, or names an unknown audience.
        """
        values: dict[str, object] = {}
        for setting in fields(cls):
            raw = os.environ.get(f"FENQU_{setting.name.upper()}")
            if raw is not None:
                values[setting.name] = _read(setting.name, type(setting.default), raw)
        merged: Any = {**values, **chosen}
        settings = Settings(**merged)
        if settings.audience not in AUDIENCES:
            raise SettingInvalid(name="FENQU_AUDIENCE", sent=settings.audience, expected=", ".join(AUDIENCES))
        return settings


def inherited(*names: str) -> dict[str, str]:
    """Variables of the environment that a process of its own cannot do without, as far as they are set."""
    return {name: os.environ[name] for name in names if name in os.environ}


def _read(name: str, kind: type[Any], raw: str) -> object:
    """Read one variable as its field's type."""
    try:
        return Path(raw) if issubclass(kind, Path) else kind(raw)
    except ValueError as error:
        raise SettingInvalid(name=f"FENQU_{name.upper()}", sent=raw, expected=kind.__name__) from error
