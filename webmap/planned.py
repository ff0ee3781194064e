"""Projects named in a plan, for the form: a choice for the reader, and what choosing one fills in."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from geo.deployment import Deployment
from geo.errors import BuildError
from geo.export.geojson import may_hand_out
from geo.layers.store import Layer
from geo.planned import PLANNED, Planned, planned_by_id, planned_projects
from geo.texts import say
from geo.workshop import Workshop

LONGEST_ID = 80


def offered(here: Deployment) -> tuple[Planned, ...]:
    """The projects of the plan that this deployment may show; none where the layer or its table is not there."""
    layer = here.store.snapshot().layers.get(PLANNED)
    if not isinstance(layer, Layer) or not layer.info.on_a_map:
        return ()
    try:
        told = planned_projects(Workshop(here.settings, here.recipe), layer)
    except BuildError:
        return ()
    if may_hand_out(layer, here.settings.audience):
        return told
    return tuple(replace(one, lon=None, lat=None, accuracy_m=None) for one in told)


def chosen(projects: tuple[Planned, ...], id: str | None) -> Planned | None:
    """The project that an address asks for."""
    return planned_by_id(projects, id) if id and len(id) <= LONGEST_ID else None


def filled(one: Planned) -> dict[str, Any]:
    """The fields of the form that a project fills; those that the plan does not tell of are empty."""
    return {
        "at": one.at,
        "accuracy_m": f"{one.accuracy_m:g}" if one.accuracy_m else "",
        "industry": one.industry,
        "nature": one.nature,
        "facts": dict(one.facts),
    }


def note(one: Planned, spoken: str) -> str:
    """What the reader must know before asking: how well the place is known, and whence the industry comes."""
    if one.at:
        told = [say("ui.plan_placed", spoken, county=one.county, metres=f"{one.accuracy_m:,.0f}")]
    else:
        told = [say("ui.plan_county_only", spoken, county=one.county or "—")]
    if one.likened:
        told.append(say("ui.plan_likened", spoken))
    return " ".join([*told, say("ui.plan_source", spoken, source=one.source)] if one.source else told)


def groups(projects: tuple[Planned, ...], spoken: str) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """The projects by county, in the plan's order, each with what it fills and what is to be known of it."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for one in projects:
        row = {"id": one.id, "name": one.name, "fills": filled(one), "note": note(one, spoken)}
        found.setdefault(one.county, []).append(row)
    return list(found.items())
