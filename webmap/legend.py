"""The legend as a tree: every kind of layer in its group, also those that are withheld, unreadable or never supplied.

A kind that is left out would read as "no restriction"; so each has a row that says how things stand with it.
"""

from collections.abc import Mapping
from typing import Any, get_args

from geo.layers.catalogue import LayerEntry
from geo.layers.store import BrokenLayer, Layer
from geo.texts import pick, say
from webmap.levels import is_heavy, levels_of
from webmap.maps import classes_of

GROUPS: tuple[str, ...] = get_args(LayerEntry.model_fields["group"].annotation)
_LAST = {"shown": 0, "failed": 1, "withheld": 2, "not_supplied": 3}  # the order within a group


def legend(layers: Mapping[str, object], language: str, catalogue: Mapping[str, LayerEntry]) -> list[dict[str, Any]]:
    """The groups in the catalogue's order, each with its rows, those on the map first."""
    rows = [_row(entry, layers.get(kind), language) for kind, entry in catalogue.items()]
    return [_group(group, [row for row in rows if row["group"] == group]) for group in GROUPS]


def _group(group: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A group; its rows keep the catalogue's order among those of one state."""
    shown, missing = (sum(row["state"] == state for row in rows) for state in ("shown", "not_supplied"))
    ordered = sorted(rows, key=lambda row: _LAST[row["state"]])
    return {"group": group, "shown": shown, "missing": missing, "rows": ordered}


def _row(entry: LayerEntry, layer: object, language: str) -> dict[str, Any]:
    row = {"kind": entry.kind, "group": entry.group, "title": pick(entry.title.model_dump(), language)}
    if isinstance(layer, BrokenLayer):
        reason = say("ui.layer_unreadable", language, release=layer.release or "—")
        return {**row, "state": "failed", "reason": reason}
    if not isinstance(layer, Layer):
        return {**row, "state": "not_supplied", "reason": say("ui.layer_not_supplied", language)}
    if not layer.info.on_a_map:
        return {**row, "state": "withheld", "reason": say("ui.layer_withheld", language)}
    return {**row, "state": "shown", "on": entry.shown_first, **_shown(layer, language)}


def _shown(layer: Layer, language: str) -> dict[str, Any]:
    """The same colours and hatches as on the map, and what the release says of itself."""
    info, entry = layer.info, layer.entry
    present = {zone.zone_class for zone in layer.placed}
    return {
        "sketch": info.sketch,
        "tiled": any(is_heavy(layer, number) for number in levels_of(layer)),
        "provenance": say(f"provenance.{info.provenance}", language),
        "limits": say(f"limits.{info.limits}", language),
        "recipe": pick(info.recipe.model_dump(), language),
        "coverage": pick(info.coverage_note.model_dump(), language),
        "licence": pick(info.licence.model_dump(), language) if info.licence else "",
        "data_date": info.data_date.isoformat() if info.data_date else "",
        "style": entry.style.model_dump(),
        "classes": [row for row in classes_of(entry, language) if row["value"] in present],
        "unknown": bool(entry.classes) and any(known not in entry.classes for known in present),
        "count": len(layer.placed),
        "unplaced": [zone.name for zone in layer.zones if zone.geometry is None],
    }
