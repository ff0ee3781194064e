"""The catalogue: the closed list of layer kinds, one YAML file each, in `layers/catalogue/`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from geo.errors import CatalogueError
from geo.yamlfile import YamlFault, read_yaml

COUNTY = "county"
Publish = Literal["full", "display", "result"]


class Text(BaseModel):
    """A text in the three languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    zh: str = Field(min_length=1)
    ko: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Style(BaseModel):
    """How a layer is drawn."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    fill: str = Field(pattern=r"^#[0-9a-f]{6}$")
    stroke: str = Field(pattern=r"^#[0-9a-f]{6}$")
    hatch: Literal["none", "diagonal", "back", "cross", "dots", "horizontal", "vertical"] = "none"


class ZoneClass(BaseModel):
    """One value of `zone_class`: its title, and what it is drawn with beside the layer's style."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: Text
    fill: str | None = Field(default=None, pattern=r"^#[0-9a-f]{6}$")
    stroke: str | None = Field(default=None, pattern=r"^#[0-9a-f]{6}$")
    hatch: Literal["none", "diagonal", "back", "cross", "dots", "horizontal", "vertical"] | None = None


class LayerEntry(BaseModel):
    """What is known of a layer kind, whatever its releases hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: str = Field(pattern=r"^[a-z][a-z_]+$")
    title: Text
    group: Literal["zoning", "protected", "water", "land", "forest", "soil", "air_noise", "risk", "place"]
    order: int
    owner: Text
    attributes: Mapping[str, tuple[str, ...]] = {}  # closed domain of each, the strictest first; null is unknown
    classes: Mapping[str, ZoneClass] = {}
    threshold_m2: Mapping[str, float] = {"default": 0.0}  # by zone_class; overlaps up to it are slivers
    near_m: float = Field(default=500.0, ge=0.0, le=20_000.0)
    near_m_source: Text | None = None
    publish: Publish = "full"
    partition: bool = False  # its zones share all ground out: no gap, no overlap, none across a county's limit
    shown_first: bool = True  # whether the map opens with it; the reader turns the others on
    style: Style

    def threshold(self, zone_class: str | None) -> float:
        """Area in m² up to which an overlap with zones of this class is a digitising sliver."""
        return self.threshold_m2.get(zone_class or "default", self.threshold_m2.get("default", 0.0))


def load_catalogue(folder: Path) -> dict[str, LayerEntry]:
    """Read every kind, in the catalogue's order.

    Raises
    ------
    CatalogueError
        Where a file is unreadable or does not have the form, or two kinds share a name or a place.
    """
    entries: dict[str, LayerEntry] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            entry = LayerEntry.model_validate(read_yaml(path))
        except (OSError, UnicodeDecodeError, YamlFault, ValidationError) as error:
            raise CatalogueError(file=path.name, reason=str(error)) from error
        if entry.kind != path.stem or entry.kind in entries:
            raise CatalogueError(file=path.name, reason=f"the kind is {entry.kind}, the file is called {path.stem}")
        entries[entry.kind] = entry
    if COUNTY not in entries:
        raise CatalogueError(file=str(folder.name), reason=f"no {COUNTY}.yaml: places could not be named")
    return dict(sorted(entries.items(), key=lambda item: (item[1].order, item[0])))
