"""Chapters 6 to 10: rule by rule, what is still wanted, uncertain limits, conflicts, offices and next steps."""

from collections.abc import Mapping
from typing import Any

from geo.dossier.areas import measures, zone_name
from geo.dossier.desk import Desk
from geo.dossier.model import Block, Paragraph
from geo.dossier.standing import Standing
from geo.report import View
from geo.rules.model import RANK

ORDER = ("applies", "untouched", "undecided", "open_ground", "excepted")


def detail(desk: Desk, standing: Standing) -> list[Block]:
    """Chapter 6: every rule of the day, touched, not touched, undecided or excepted."""
    columns = [desk.text(name) for name in ("rule", "clause", "judged", "why")]
    blocks: list[Block] = []
    for state in ORDER:
        if state == "untouched":
            rows = _untouched(desk, standing)
            blocks += [_counted(desk.text(state), rows), Paragraph(desk.text("untouched_means"))]
            blocks += desk.table_or("none_of_state", columns[:3], (42, 40, 18), rows)
            continue
        open_ground = state == "open_ground"
        rows = _open(desk, standing) if open_ground else _found(desk, standing, state)
        blocks.append(_counted(desk.text(state) if open_ground else desk.say(f"state.{state}"), rows))
        blocks += desk.table_or("none_of_state", columns, (22, 39, 14, 25), rows)
    return blocks


def _counted(title: str, rows: list[tuple[str, ...]]) -> Paragraph:
    return Paragraph(f"{title} ({len(rows)})", strong=True)


def _found(desk: Desk, standing: Standing, state: str) -> list[tuple[str, ...]]:
    """The findings of one state."""
    rows: list[tuple[str, ...]] = []
    for finding, view in standing.found:
        if finding["state"] != state:
            continue
        judged = [view[f"{name}_text"] for name in ("effect", "certainty", "level", "dimension")]
        why = [*view["zones"], *(f"{one['question']} {one['answer']} ({one['how']})" for one in view["because"])]
        rows.append(
            (
                f"{view['title']}\n{finding['rule']}",
                desk.provisions(finding["provisions"]),
                "\n".join(judged),
                "\n".join([*why, *view["causes"]]),
            )
        )
    return rows


def _open(desk: Desk, standing: Standing) -> list[tuple[str, ...]]:
    """Rules whose ground cannot be ruled out, the gravest first; the words of those that forbid or restrict."""
    rows: list[tuple[str, ...]] = []
    for rule in sorted(standing.threatened, key=lambda rule: -RANK[standing.effect(rule)]):
        effect, said = standing.effect(rule), standing.provisions(rule)
        grave = RANK[effect] >= RANK["restricted"]
        clauses = desk.provisions(said if grave else [{**one, "phrase": ""} for one in said])
        at_most = desk.say("ui.at_most", effect=desk.say(f"effect.{effect}"))
        causes = "\n".join(standing.threatened[rule])
        rows.append((f"{standing.title(rule)}\n{rule}", clauses, f"{at_most}\n{_placed(desk, rule)}", causes))
    return rows


def _untouched(desk: Desk, standing: Standing) -> list[tuple[str, ...]]:
    """Rules that are not touched: the article without its words, which nobody needs here."""
    rows: list[tuple[str, ...]] = []
    for rule in standing.untouched:
        cited = desk.provisions([{**one, "phrase": ""} for one in standing.provisions(rule)])
        rows.append((f"{standing.title(rule)}\n{rule}", cited, _placed(desk, rule)))
    return rows


def _placed(desk: Desk, rule: str) -> str:
    known = desk.book.by_id[rule]
    return "\n".join((desk.say(f"level.{known.level}"), desk.say(f"dimension.{known.dimension}")))


def wanted(desk: Desk, standing: Standing) -> list[Block]:
    """Chapter 7: the questions with the verdict under each answer, then all else that is open."""
    view = desk.view
    rows = [_answers(desk, question) for question in view["questions"]]
    columns = [desk.text(name) for name in ("question", "if_answered", "firm_then")]
    blocks = desk.table_or("no_questions", columns, (36, 32, 32), rows)
    if view["any_answer"]:
        blocks.append(Paragraph(desk.text("any_answer", verdict=view["any_answer"])))
    others = [
        (item["text"], "" if item["effect"] == "none" else item["effect_text"], str(len(item["rules"])))
        for item in view["open"]
        if item["kind"] != "fact"
    ]
    blocks.append(Paragraph(desk.text("open_point"), strong=True))
    columns = [desk.text(name) for name in ("open_point", "at_most", "rules_count")]
    return [*blocks, *desk.table_or("no_open", columns, (64, 18, 18), others)]


def _answers(desk: Desk, question: View) -> tuple[str, ...]:
    """A question, the verdict under each answer, and the one that does not rest on sketched limits."""
    asked = f"{question['question']}\n{desk.say('ui.could_mean', effect=question['effect_text'])}"
    told = [
        "\n".join(f"{one['given']} → {one['verdict_text']} ({one['range']})" for one in question[name])
        for name in ("answers", "firm_answers")
    ]
    return (asked, *told)


def limits(desk: Desk, standing: Standing) -> list[Block]:
    """Chapter 8: zones on whose side the site surely lies neither, and overlaps below the threshold."""
    uncertain, slivers = [], []
    for check in desk.record["checks"]:
        told = desk.told[check["layer"]]
        for zone, view in desk.zones(check, "zones"):
            if zone["relation"] == "uncertain":
                say = "\n".join(filter(None, (view["distance"], view["decides"], told["survey"])))
                uncertain.append((told["title"], zone_name(desk, told, view), measures(desk, told, view), say))
        slivers += [
            (told["title"], zone_name(desk, told, view), measures(desk, told, view))
            for _, view in desk.zones(check, "ignored")
        ]
    names = tuple(map(desk.say, ("ui.layer", "ui.zone", "ui.measure", "ui.note")))
    return [
        Paragraph(desk.text("uncertain"), strong=True),
        *desk.table_or("no_uncertain", names, (20, 30, 22, 28), uncertain),
        Paragraph(desk.text("slivers"), strong=True),
        *desk.table_or("no_slivers", names[:3], (26, 40, 34), slivers),
    ]


def conflicts(desk: Desk, standing: Standing) -> list[Block]:
    """Chapter 9."""
    rows = [
        (
            "\n≠ ".join(f"{title} ({rule})" for rule, title in one["rules"]),
            one["outcome"],
            "\n".join(filter(None, (f"{one['by']}: {one['explanation']}", *map(desk.provision, one["provisions"])))),
            one["effect_text"],
        )
        for one in desk.view["conflicts"]
    ]
    columns = [desk.text(name) for name in ("rule", "outcome", "principle", "at_most")]
    return desk.table_or("no_conflicts", columns, (30, 22, 36, 12), rows)


def offices(desk: Desk, standing: Standing) -> list[Block]:
    """Chapter 10: whom to ask and what to do next, rule by rule; then the sensitive areas of the assessment."""
    rows = [
        (view["office"], f"{view['title']}\n{view['state_text']}·{view['effect_text']}", view["next"])
        for finding, view in standing.found
        if finding["state"] != "excepted"
    ]
    columns = (desk.say("ui.office"), desk.text("rule"), desk.say("ui.next_step"))
    return [*desk.table_or("no_steps", columns, (30, 30, 40), rows), *_assessment(desk)]


def _assessment(desk: Desk) -> list[Block]:
    eia = desk.view["eia"]
    if eia is None:
        return []
    blocks: list[Block] = [Paragraph(desk.say("eia.title"), strong=True), Paragraph(eia["lead"])]
    blocks += [Paragraph(desk.provision(eia["provision"]))] if eia["provision"] else []
    rows = [(group["title"], group["text"], "\n".join(_sensitive(desk, group))) for group in eia["classes"]]
    columns = (desk.text("item"), desk.say("ui.result"), desk.say("ui.note"))
    blocks += desk.table(columns, (30, 22, 48), rows) if rows else []
    return [*blocks, *desk.items(eia["notes"])]


def _sensitive(desk: Desk, group: Mapping[str, Any]) -> list[str]:
    touched = [f"{one['area']}: {desk.listed(one['zones'])} ({one['certainty']})" for one in group["touched"]]
    return [*touched, *group["open"]]
