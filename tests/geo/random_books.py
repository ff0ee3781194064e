"""Small rule books, layers and projects of every sort, drawn by Hypothesis."""

from dataclasses import replace
from datetime import date

from hypothesis import strategies as st
from samples import DOCUMENTS, KIND, VOCABULARY, by, cite, make_book, make_info, make_rule, make_zone

from geo.overlay import LayerCheck, ZoneCheck
from geo.project import INDUSTRY, Project

CLASS_1 = make_zone("z1", None, zone_class="class_1")


def check(*zones, kind=KIND, status="hit", covered=1.0, unplaced=(), **info):
    found = [ZoneCheck(*zone) if isinstance(zone, tuple) else ZoneCheck(zone, "hit") for zone in zones]
    release = make_info(kind, **info)
    reason = "outside_coverage" if status == "no_data_here" else None
    return LayerCheck(kind, status, reason, release, "r1", covered, tuple(found), (), tuple(unplaced))


def failed(kind=KIND):
    return LayerCheck(kind, "failed", reason="unreadable", release="r1")


def not_supplied(kind=KIND):
    return LayerCheck(kind, "no_data_here", reason="not_supplied")


DOMAIN = {
    "nature": ("new", "rebuilt", "existing"),
    "purpose": ("manufacturing", "water_supply", "research"),
    "discharges_water": (True, False),
    "chimney_m": (0.0, 45.0, 300.0),
    INDUSTRY: ("A0111", "B0911", "C2631"),
}
entries = st.one_of(
    *(
        st.fixed_dictionaries({name: st.lists(st.sampled_from(values), min_size=1, max_size=2)})
        for name, values in DOMAIN.items()
        if name != INDUSTRY
    ),
    st.fixed_dictionaries({"industry_group": st.sampled_from(["soil_polluting", "mining"])}),
)
conditions = st.recursive(
    entries,
    lambda inner: (
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=2)})
        | st.fixed_dictionaries({"not": inner})
        | st.builds(lambda one, other: {**one, **other}, inner, inner)
    ),
    max_leaves=3,
)


@st.composite
def books(draw):
    """Up to four rules of every effect on two layers, with conditions, exceptions and documents of every status."""
    rules = []
    for index in range(draw(st.integers(1, 4))):
        near = draw(st.sampled_from([False, False, True]))
        changes = {
            "effect": "noted" if near else draw(st.sampled_from(["prohibited", "restricted", "conditional", "noted"])),
            "layer": draw(st.sampled_from([KIND, "red_line"])),
            "when": {"near": True} if near else {"overlap": "any"},
            "versions": by(*draw(st.lists(st.sampled_from(sorted(DOCUMENTS)), min_size=1, max_size=2, unique=True))),
        }
        for name, strategy in (
            ("where", st.fixed_dictionaries({"zone_class": st.sampled_from(["class_1", ["class_1", "class_2"]])})),
            ("when_project", conditions),
            ("unless", conditions),
        ):
            if draw(st.booleans()):
                changes[name] = draw(strategy)
        if changes["versions"] == by("old_law"):
            changes["versions"][0]["to"] = "2024-01-01"  # a book takes no version that outlives its only law
        rules.append(make_rule(f"water.r{index}", **changes))
    return make_book(rules)


classes = st.sampled_from(["class_1", "class_2", None])
zones = st.lists(st.tuples(classes, st.sampled_from(["hit", "uncertain", "near"])), max_size=3)


@st.composite
def layer_checks(draw, kind):
    """What a layer may say: never supplied, or zones in every relation, whole or in part, firm or sketched."""
    if draw(st.integers(0, 5)) == 0:
        return not_supplied(kind)
    found = [
        (make_zone(f"z{i}", None, zone_class=zone_class), relation)
        for i, (zone_class, relation) in enumerate(draw(zones))
    ]
    relations = {relation for _, relation in found}
    covered = draw(st.sampled_from([1.0, 1.0, 0.5, 0.0]))
    status = next(
        (
            status
            for status, holds in (
                ("hit", "hit" in relations),
                ("boundary_uncertain", "uncertain" in relations),
                ("no_data_here", covered == 0.0),
                ("near", "near" in relations),
            )
            if holds
        ),
        "clear",
    )
    unplaced = [CLASS_1] if draw(st.booleans()) else []
    limits = draw(st.sampled_from(["surveyed", "surveyed", "sketch"]))
    return check(*found, kind=kind, status=status, covered=covered, unplaced=unplaced, limits=limits)


situations = st.tuples(layer_checks(KIND), layer_checks("red_line"))
projects = st.fixed_dictionaries({name: st.sampled_from([None, *values]) for name, values in DOMAIN.items()})


def project_of(facts):
    given_ = {name: value for name, value in facts.items() if name != INDUSTRY and value is not None}
    return Project(VOCABULARY, facts[INDUSTRY], given_)


days = st.sampled_from(
    [date(2019, 6, 1), date(2020, 1, 1), date(2022, 3, 1), date(2023, 12, 31), date(2024, 1, 1), date(2026, 6, 1)]
)
versions = st.sampled_from(
    [
        [{"from": "2020-01-01", "provisions": [cite("law")]}],
        [{"from": "2022-03-01", "to": "2024-01-01", "provisions": [cite("law"), cite("draft_law")]}],
        [{"from": "2020-01-01", "to": "2024-01-01", "provisions": [cite("old_law")]}],
        [
            {"from": "2020-01-01", "to": "2022-03-01", "provisions": [cite("fragment")], "effect": "conditional"},
            {"from": "2024-01-01", "provisions": [cite("old_plan")], "where": {"belt_kind": ["a", "b"]}},
        ],
        [
            {"from": "2020-01-01", "to": "2024-01-01", "provisions": [cite("law")], "when_project": {}},
            {"from": "2024-01-01", "provisions": [cite("old_law"), cite("law")], "unless": {"chimney_m": {"gt": 45}}},
        ],
    ]
)
wheres = st.fixed_dictionaries(
    {},
    optional={
        "zone_class": st.sampled_from(["class_1", "class_2", ["class_1", "class_2"]]),
        "belt_kind": st.sampled_from(["a", ["a", "b"]]),
    },
)


@st.composite
def dated_books(draw):
    """Up to twelve rules of several versions, regions and filters, on three layers; a fourth has none."""
    rules = []
    for index in range(draw(st.integers(1, 12))):
        near = draw(st.sampled_from([False, False, False, True]))
        changes = {
            "effect": "noted" if near else draw(st.sampled_from(["prohibited", "restricted", "conditional", "noted"])),
            "layer": draw(st.sampled_from([KIND, "red_line", "county"])),
            "when": {"near": True} if near else {"overlap": "any"},
            "versions": [{**v, **({"effect": "noted"} if near else {})} for v in draw(versions)],
            "where": draw(wheres),
            "when_project": draw(conditions),
            "earlier": draw(st.sampled_from(["unknown", "none"])),
        }
        changes |= {"unless": draw(conditions)} if draw(st.booleans()) else {}
        changes |= {"region": draw(st.sampled_from(["test", "elsewhere"]))} if draw(st.booleans()) else {}
        rules.append(make_rule(f"water.r{index:02d}", **changes))
    return make_book(rules, (KIND, "red_line", "county", "wetland"))


@st.composite
def dated_checks(draw):
    """What four layers say, with zones of two attributes, and together perhaps surely under the site."""
    checks = {kind: draw(layer_checks(kind)) for kind in (KIND, "red_line", "county", "wetland")}
    if draw(st.booleans()):
        checks["red_line"] = failed("red_line")
    belts = draw(st.sampled_from([None, "a", "b"]))
    surely = draw(st.booleans())
    return {
        kind: replace(
            check,
            zones=tuple(replace(one, zone=replace(one.zone, attributes={"belt_kind": belts})) for one in check.zones),
            surely=lambda zones, surely=surely: surely and len(zones) > 1,
        )
        for kind, check in checks.items()
    }
