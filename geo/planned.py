"""Projects named in a plan: what the plan and the table of facts say of each, ready to be asked about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from geo.layers.store import Layer
from geo.workshop import Row, Workshop

PLANNED = "plan_project"  # the kind whose zones are projects named in a plan
_PLACED = "coordinate"
_LIKENED = "G"


@dataclass(frozen=True, slots=True)
class Planned:
    """One project named in a plan; what nobody published is empty or None."""

    id: str  # of its zone
    name: str
    county: str = ""
    source: str = ""
    lon: float | None = None  # degrees, EPSG:4490; None where only the county is known
    lat: float | None = None
    accuracy_m: float | None = None  # how exactly the coordinate is known
    industry: str = ""
    likened: bool = False  # the industry was chosen by likeness: the plan's work has no class of its own
    nature: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def at(self) -> str:
        """The coordinate as the form takes it; empty where it is not known."""
        return "" if self.lon is None or self.lat is None else f"{self.lon},{self.lat}"


def planned_projects(workshop: Workshop, layer: Layer) -> tuple[Planned, ...]:
    """The projects of a layer, with what the table that it was drawn from says of them.

    A zone that the table does not know keeps its name alone, as in a layer that an authority supplied.

    Raises
    ------
    BuildError
        Where the recipe names a table that is not there.
    """
    drawn = workshop.recipe["layers"].get(layer.entry.kind, {})
    rows = {row["id"]: row for row in workshop.rows(drawn["facts"])} if drawn.get("facts") else {}
    named = [(zone.id, zone.name, zone.source or "") for zone in layer.zones]
    return tuple(_planned(id, name, source, rows.get(id, {})) for id, name, source in named)


def planned_by_id(projects: Sequence[Planned], id: str) -> Planned | None:
    """The project of an id; None where there is none."""
    return next((one for one in projects if one.id == id), None)


def _planned(id: str, name: str, source: str, row: Row) -> Planned:
    placed = row.get("placed") == _PLACED
    said = (each.partition("=") for each in row.get("facts", "").split(";") if "=" in each)
    return Planned(
        id=id,
        name=name,
        county=row.get("county_name", ""),
        source=source,
        lon=float(row["lon"]) if placed else None,
        lat=float(row["lat"]) if placed else None,
        accuracy_m=float(row["accuracy_m"]) if placed else None,
        industry=row.get("industry", ""),
        likened=bool(row.get("industry")) and row.get("industry_mark") == _LIKENED,
        nature=row.get("nature", ""),
        facts={fact.strip(): value.strip() for fact, _, value in said},
    )
