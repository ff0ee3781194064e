"""Rows of a delivery, each on its own and beside the others: codes, names, classes, counties, shapes, areas."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.day import today
from geo.geometry import METRES_PER_DEGREE, areas_m2, polygons_of
from geo.importing.faults import Facts, Fault, Severity
from geo.importing.fields import COUNTY_NAME, CodeForm, Row
from geo.importing.lot import POLYGONS, Counties, Lot
from geo.layers.releases import LIMITS, PROVENANCES

_SHOWN = 12  # rows that a fault of many of them names
AREA_TOLERANCE = 0.02  # a printed area may differ by this share: other ellipsoids and planes do by less
STRAY_M2 = 10.0  # a part of a zone below this is a slip of drawing


def row_faults(
    lot: Lot, form: CodeForm | None, needed: Sequence[str], counties: Counties, home: Sequence[str | None]
) -> list[Fault]:
    """Every fault of single rows, and of rows that repeat each other.

    Parameters
    ----------
    form : how codes of the kind are made; None where they have no form of their own
    needed : fields that each row must have
    home : what `lies_in` says of the rows
    """
    found: list[Iterator[Fault]] = [
        _missing(lot, needed),
        _codes(lot, form, counties, home),
        _repeated(lot, "code", "code_duplicate", "error", form),
        _repeated(lot, "name", "name_duplicate", "warning", form),
        _repeated(lot, "id", "code_duplicate", "error", form),
        _county_names(lot, counties, home, form),
        _shapes(lot),
        _outside(lot, counties, home),
        _twice(lot),
        _stray_parts(lot),
        _printed_areas(lot),
        _days(lot),
        _not_today(lot),
    ]
    return list(chain.from_iterable(found))


MISSING = ("code_missing", "name_missing", "value_missing")


def _missing(lot: Lot, needed: Sequence[str]) -> Iterator[Fault]:
    for i, row in enumerate(lot.rows):
        for name in needed:
            if not row.values.get(name):
                code = f"{name}_missing" if name in ("code", "name") else "value_missing"
                yield Fault(code, "error", row.number, field=name, place=lot.spots[i], facts={"field": name})


def _codes(lot: Lot, form: CodeForm | None, counties: Counties, home: Sequence[str | None]) -> Iterator[Fault]:
    if form is None:
        return
    for i, row in enumerate(lot.rows):
        code = row.values.get("code")
        if not code:
            continue
        if not form.matches(code):
            facts = {"code": code, "pattern": form.pattern}
            yield Fault("code_pattern", "error", row.number, place=lot.spots[i], field="code", facts=facts)
            continue
        county, zone_class = form.county(code), form.zone_class(code)
        said = counties.find_all(row.values.get("county", "")) or tuple(filter(None, [home[i]]))
        if county and said and county not in said and home[i] in (*said, None):
            facts = {"code": code, "county": county, "expected": ", ".join(said)}
            yield Fault("code_county", "error", row.number, place=lot.spots[i], field="code", facts=facts)
        if zone_class and row.values.get("zone_class", zone_class) != zone_class:
            facts = {"code": code, "digit": zone_class, "zone_class": row.values["zone_class"]}
            yield Fault("code_class", "error", row.number, place=lot.spots[i], field="zone_class", facts=facts)


def _repeated(lot: Lot, name: str, code: str, severity: Severity, form: CodeForm | None) -> Iterator[Fault]:
    """Rows with a value that another row has on the same days.

    Where codes of the kind have no form of their own, one may stand for several classes: the zones of a reserve.
    """
    by_value: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, row in enumerate(lot.rows):
        if row.values.get(name):
            by_value[row.values[name], "" if form else row.values.get("zone_class", "")].append(i)
    for (value, _), indexes in by_value.items():
        until, first = "", 0
        for i in sorted(indexes, key=lambda i: _days_of(lot.rows[i])[0]):
            number = lot.rows[i].number
            begin, end = _days_of(lot.rows[i])
            if begin < until:
                facts = {"value": value, "first": str(first)}
                yield Fault(code, severity, number, (first,), lot.spots[i], name, facts)
            if end > until:
                until, first = end, number


def _days_of(row: Row) -> tuple[str, str]:
    """The days of a row, half-open; from before all days and to after all where nothing is said."""
    return row.values.get("valid_from", "0000"), row.values.get("valid_to", "9999-99")


def _stands(row: Row, day: str) -> bool:
    begin, end = _days_of(row)
    return begin <= day < end


def _county_names(lot: Lot, counties: Counties, home: Sequence[str | None], form: CodeForm | None) -> Iterator[Fault]:
    for i, row in enumerate(lot.rows):
        said = row.values.get("county")
        if not said:
            continue
        codes, found = counties.find_all(said), home[i]
        named = counties.find_all(row.values.get(COUNTY_NAME, ""))
        proposed = found if form is None or form.county(row.values.get("code", "")) == found else None
        if not codes:
            facts: Facts = {"county": said, "known": ", ".join(counties.names.values())}
            yield Fault("county_unknown", "error", row.number, (), lot.spots[i], "county", facts, proposed)
        elif named and set(named) != set(codes):
            facts = {"county": said, "other": row.values[COUNTY_NAME]}
            yield Fault("county_twice", "error", row.number, (), lot.spots[i], "county", facts, proposed)
        elif found is not None and found not in codes:
            facts = {"county": said, "found": counties.names[found]}
            yield Fault("county_differs", "error", row.number, (), lot.spots[i], "county", facts, proposed)


def _shapes(lot: Lot) -> Iterator[Fault]:
    for i in np.flatnonzero([one is not other for one, other in zip(lot.grounds, lot.solid, strict=True)]):
        ground, number = lot.grounds[i], lot.rows[i].number
        if ground.is_empty:
            yield Fault("geometry_empty", "error", number)
        elif shapely.get_type_id(ground) not in POLYGONS:
            yield Fault("geometry_type", "error", number, facts={"geometry_type": ground.geom_type})
        elif not np.isfinite(shapely.get_coordinates(ground)).all():
            yield Fault("coordinate_invalid", "error", number)
        elif lot.solid[i] is None:
            yield Fault("geometry_vanishes", "error", number)
        else:
            yield _ring_fault(lot, int(i))
    for i in np.flatnonzero([ground is None for ground in lot.grounds]):
        yield Fault("geometry_empty", "error", lot.rows[i].number)


def _ring_fault(lot: Lot, i: int) -> Fault:
    reason, _, rest = str(shapely.is_valid_reason(lot.grounds[i])).partition("[")
    words = rest.rstrip("]").split()
    place = (float(words[0]), float(words[1])) if len(words) >= 2 else lot.spots[i]
    facts: Facts = {"reason": reason, "area_m2": float(lot.areas[i])}
    return Fault("ring_invalid", "error", lot.rows[i].number, place=place, facts=facts, proposed="mend")


def lies_in(lot: Lot, counties: Counties) -> list[str | None]:
    """The county that most of each row's ground lies in; None where it lies in none."""
    best: dict[int, tuple[float, str]] = {}
    if len(counties.grounds):
        tree = shapely.STRtree(counties.grounds)
        rows, hits = tree.query(lot.solid[lot.placed], predicate="intersects")
        candidates = np.bincount(rows, minlength=len(lot.placed))
        for row, hit in zip(rows, hits, strict=True):
            i = int(lot.placed[row])
            alone = candidates[row] == 1
            size = 1.0 if alone else shapely.area(shapely.intersection(lot.solid[i], counties.grounds[hit]))
            best[i] = max(best.get(i, (-1.0, "")), (float(size), counties.codes[hit]))
    return [best[i][1] if i in best else None for i in range(len(lot.rows))]


def _outside(lot: Lot, counties: Counties, home: Sequence[str | None]) -> Iterator[Fault]:
    for i in lot.placed if counties.names else ():
        if home[i] is None:
            lon, lat = lot.spots[i] or (0.0, 0.0)
            facts = {"lon": f"{lon:.6f}", "lat": f"{lat:.6f}"}
            yield Fault("outside_region", "error", lot.rows[i].number, place=lot.spots[i], facts=facts)


def _twice(lot: Lot) -> Iterator[Fault]:
    """Rows with the very ground of an earlier one on the same days."""
    first: dict[bytes, Row] = {}
    for i, shape in zip(lot.placed, shapely.to_wkb(shapely.normalize(lot.solid[lot.placed])), strict=True):
        row = lot.rows[i]
        before = first.setdefault(shape, row)
        (begin, end), (was_begun, was_ended) = _days_of(row), _days_of(before)
        if before is not row and begin < was_ended and was_begun < end:
            facts: Facts = {"first": str(before.number), "area_m2": float(lot.areas[i])}
            yield Fault("ground_twice", "error", row.number, (before.number,), lot.spots[i], facts=facts)


def _stray_parts(lot: Lot) -> Iterator[Fault]:
    for i in np.flatnonzero(shapely.get_num_geometries(lot.solid) > 1):
        parts = shapely.get_parts(lot.solid[i])
        sizes = areas_m2(parts)
        small = np.flatnonzero(sizes < STRAY_M2)
        if 0 < len(small) < len(parts):
            spot = shapely.point_on_surface(parts[small[0]])
            facts: Facts = {"parts": str(len(small)), "area_m2": float(sizes[small].sum())}
            number = lot.rows[int(i)].number
            yield Fault("sliver_part", "warning", number, (), (spot.x, spot.y), facts=facts, proposed="mend")


def split_strays(ground: BaseGeometry) -> tuple[BaseGeometry, BaseGeometry]:
    """A multi-part shape without the parts that are slips of drawing, and those parts."""
    parts = shapely.get_parts(ground)
    stray = areas_m2(parts) < STRAY_M2
    return shapely.multipolygons(list(parts[~stray])), shapely.multipolygons(list(parts[stray]))


def _printed_areas(lot: Lot) -> Iterator[Fault]:
    """Areas that the rows print, beside those of their ground."""
    for i in lot.placed:
        row = lot.rows[i]
        if "area_m2" not in row.values:
            continue
        printed, measured = float(row.values["area_m2"]), float(lot.areas[i])
        apart = abs(printed - measured) / measured
        if apart > AREA_TOLERANCE:
            facts: Facts = {"printed_m2": printed, "area_m2": measured, "percent": 100.0 * apart}
            yield Fault("area_differs", "error", row.number, (), lot.spots[i], "area_m2", facts)


def _days(lot: Lot) -> Iterator[Fault]:
    """Rows that end before they begin: they would never be valid, and never be answered."""
    for i, row in enumerate(lot.rows):
        first, last = (row.values.get(name, "") for name in ("valid_from", "valid_to"))
        if first and last and last <= first:
            facts: Facts = {"first": first, "last": last}
            yield Fault("days_reversed", "error", row.number, (), lot.spots[i], "valid_to", facts)


def _not_today(lot: Lot) -> Iterator[Fault]:
    """One warning for all zones of which no version is valid today: the answers of today do not have them."""
    day = today().isoformat()
    by_zone: dict[str, list[Row]] = defaultdict(list)
    for row in lot.rows:
        begin, end = _days_of(row)
        if begin < end:
            said = row.values.get("code") or row.values.get("id") or row.values.get("name") or str(row.number)
            by_zone[said].append(row)
    found = [rows for rows in by_zone.values() if not any(_stands(row, day) for row in rows)]
    late = [row.number for rows in found for row in rows]
    if late:
        facts: Facts = {"rows": str(len(late)), "day": day}
        yield Fault("not_valid_today", "warning", late[0], tuple(late[1:_SHOWN]), facts=facts)


def standing(lot: Lot) -> Lot:
    """The rows with the ground of those that are valid on one day: today, or else the first later day that has some."""
    day = today().isoformat()
    if not any(_stands(row, day) for row in lot.rows):
        begins = [_days_of(row)[0] for row in lot.rows]
        day = min((begin for begin in begins if begin > day), default=day)
    stands = np.array([_stands(row, day) for row in lot.rows], dtype=bool)
    if stands.all():
        return lot
    grounds = lot.solid.copy()
    grounds[~stands] = None
    return Lot(lot.rows, grounds)


def worth_faults(rows: Sequence[Row], provenance: str, limits: str, mark: str) -> list[Fault]:
    """Rows that say of themselves that they are worth less than is declared: no sketch of ours becomes official.

    Parameters
    ----------
    mark : what ends every name of a zone that was drawn for illustration
    """
    found = []
    for field, declared, worth in (("provenance", provenance, PROVENANCES), ("limits", limits, LIMITS)):
        worse = worth[worth.index(declared) + 1 :]
        says = {row.number: row.values.get(field, "") for row in rows}
        if field == "provenance":
            says |= {row.number: worth[-1] for row in rows if row.values.get("name", "").endswith(mark)}
        told = {number: said for number, said in says.items() if said in worse}
        if told:
            words = ", ".join(dict.fromkeys(told.values()))
            facts: Facts = {"said": words, "declared": declared, "rows": str(len(told)), "first": str(min(told))}
            found.append(Fault(f"{field}_differs", "error", field=field, facts=facts))
    return found


def with_area_unit(lot: Lot, units: Mapping[str, float]) -> tuple[Lot, list[Fault]]:
    """Areas that are printed without a unit, in the unit in which most of them agree with the ground.

    Parameters
    ----------
    units : m² of each unit, by name
    """
    bare = [i for i in lot.placed if "area" in lot.rows[i].values and "area_m2" not in lot.rows[i].values]
    if not bare:
        return lot, []
    printed = np.array([float(lot.rows[i].values["area"]) for i in bare])
    agree = {name: np.abs(printed * m2 / lot.areas[bare] - 1.0) <= AREA_TOLERANCE for name, m2 in units.items()}
    unit = max(agree, key=lambda name: int(agree[name].sum()))
    if 2 * agree[unit].sum() <= len(bare):
        return lot, [Fault("area_unit_unknown", "warning", field="area")]
    rows = list(lot.rows)
    for i, number in zip(bare, printed, strict=True):
        said = {"area_unit": unit, "area_m2": repr(float(number * units[unit]))}
        rows[i] = replace(rows[i], values={**rows[i].values, **said})
    facts: Facts = {"unit": unit, "rows": str(int(agree[unit].sum()))}
    return lot.saying(tuple(rows)), [Fault("area_unit_taken", "notice", field="area", facts=facts)]


@dataclass(frozen=True, slots=True)
class Reach:
    """A part of a row's ground that lies in a county beside the one that most of it lies in."""

    index: int  # of the row
    county: str  # code of the other county
    ground: BaseGeometry
    reach_m: float  # how far it lies from the row's own county at most


def reaches(lot: Lot, counties: Counties, home: Sequence[str | None]) -> list[Reach]:
    """Where rows reach into a second county by more than the counties' limits are exact to."""
    found = []
    for i, code_of_home in enumerate(home):
        if code_of_home is None:
            continue
        own = counties.grounds[counties.codes.index(code_of_home)]
        if own.covers(lot.solid[i]):
            continue
        beyond = polygons_of(shapely.difference(lot.solid[i], own))
        for code, ground in zip(counties.codes, counties.grounds, strict=True):
            part = polygons_of(shapely.intersection(beyond, ground)) if code != code_of_home else shapely.Polygon()
            reach_m = _reach_m(part, own)
            if reach_m > counties.accuracy_m and areas_m2(np.array([part]))[0] > STRAY_M2:
                found.append(Reach(i, code, part, reach_m))
    return found


def crossing_faults(lot: Lot, counties: Counties, home: Sequence[str | None], found: Sequence[Reach]) -> list[Fault]:
    """Reaches into another county, as faults of a layer whose zones each lie in one county."""
    faults = []
    for reach in found:
        spot, own = shapely.point_on_surface(reach.ground), home[reach.index]
        facts: Facts = {
            "county": counties.names[own or ""],
            "other": counties.names[reach.county],
            "area_m2": float(areas_m2(np.array([reach.ground]))[0]),
            "reach_m": reach.reach_m,
        }
        number = lot.rows[reach.index].number
        faults.append(Fault("crosses_county", "error", number, (), (spot.x, spot.y), None, facts))
    return faults


def declared_faults(lot: Lot, counties: Counties, declared: BaseGeometry) -> list[Fault]:
    """Where zones that do not share all ground out, and the ground that they are declared to speak for, part.

    A declared county without a zone is told too: the release says of it that there is none.
    """
    faults = []
    solid = lot.solid[lot.placed]
    shapely.prepare(declared)
    for i in lot.placed[~shapely.covers(declared, solid)]:
        beyond = polygons_of(shapely.difference(lot.solid[i], declared))
        area, wide = float(areas_m2(np.array([beyond]))[0]), _reach_m(beyond, declared)
        if area > STRAY_M2 and wide > counties.accuracy_m:
            spot, number = shapely.point_on_surface(beyond), lot.rows[i].number
            facts: Facts = {"rows": str(number), "area_m2": area, "width_m": wide}
            faults.append(Fault("beyond_coverage", "warning", number, (), (spot.x, spot.y), None, facts))
    tree = shapely.STRtree(solid)
    for code, ground in zip(counties.codes, counties.grounds, strict=True):
        spot = shapely.point_on_surface(ground)
        if shapely.covers(declared, spot) and not len(tree.query(ground, predicate="intersects")):
            facts = {"county": counties.names[code]}
            faults.append(Fault("county_empty", "warning", place=(spot.x, spot.y), facts=facts))
    return faults


def _reach_m(part: BaseGeometry, home: BaseGeometry) -> float:
    """How far ground lies from a county at most, in metres, in a plane true to scale at its middle."""
    if part.is_empty:
        return 0.0
    south, north = shapely.bounds(part)[[1, 3]]
    scale = np.array([np.cos(np.radians((south + north) / 2.0)), 1.0]) * METRES_PER_DEGREE
    flat, ground = (shapely.transform(shape, lambda points: points * scale) for shape in (part, home))
    return float(shapely.distance(shapely.points(shapely.get_coordinates(flat)), ground).max())
