"""A comparison in words: both answers, each finding, open point, layer, sensitive area and conflict that differs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from geo.comparison import Change, Comparison, Difference, Part, Reason, zones_of
from geo.figures import listed
from geo.report import View, present
from geo.rules.load import Rulebook
from geo.texts import BINDING, pick, say

BETWEEN = " · "
MEASURES = ("name", "zone_class", "relation", "area", "site_share", "length", "line_share", "distance", "decides")
OTHERS: tuple[Part, ...] = ("open", "checks", "eia", "conflicts")


def present_comparison(comparison: Comparison, book: Rulebook, language: str = BINDING) -> View:
    """A comparison in words, for one language."""
    screenings = (comparison.before, comparison.after)
    views = [present(screening.record, book, language) for screening in screenings]
    told = _Teller(comparison, book, language, views)
    return {
        "language": language,
        "same": comparison.same,
        "illustrative": any(view["illustrative"] for view in views),
        "place": views[0]["site"]["place"],
        "project": views[0]["project"],
        "answers": [told.answer(view) for view in views],
        "changes": [told.change(change) for change in comparison.changes],
        "opened": told.points(1, comparison.opened),
        "closed": told.points(0, comparison.closed),
        "differences": [section for part in OTHERS if (section := told.section(part))["rows"]],
    }


@dataclass(frozen=True, slots=True)
class _Teller:
    """Says what differs in one language; `views` are the two answers in words."""

    comparison: Comparison
    book: Rulebook
    language: str
    views: Sequence[View]

    def say(self, code: str, **parameters: object) -> str:
        return say(code, self.language, **parameters)

    def answer(self, view: View) -> View:
        """One answer: its verdicts, each with its range, and what it does not know."""
        missing = len(view["not_checked"])
        ranges = [view["record"][name] for name in ("indicative_range", "range")]
        told = [
            self.say("answer.range", sure=self.say(f"effect.{sure}"), possible=self.say(f"effect.{possible}"))
            for sure, possible in ranges
        ]
        return {
            "day": view["site"]["day"],
            "headline": view["headline"],
            "range": told[0] if view["illustrative"] else told[1],
            "firm": view["firm"],
            "firm_range": told[1] if view["firm"] else None,
            "verdict": view["verdict"],
            "not_checked": self.say("ui.not_checked_count", count=missing) if missing else None,
            "remarks": [remark for remark in view["remarks"] if remark != self.say("answer.illustrative")],
        }

    def points(self, number: int, points: Sequence[tuple[str, str]]) -> list[str]:
        """Open points of one day, each with the effect that it could have."""
        return [
            item["text"] if item["effect"] == "none" else f"{item['text']}{BETWEEN}{self.at_most(item)}"
            for item in self.views[number]["open"]
            if (item["kind"], item["subject"]) in points
        ]

    def at_most(self, item: View) -> str:
        return self.say("ui.at_most", effect=item["effect_text"])

    def change(self, change: Change) -> View:
        found = [_find(view["findings"], {"rule": change.rule}) for view in self.views]
        before, after = self.sides([self.finding(one) if one else None for one in found], "change.no_finding")
        return {
            "rule": change.rule,
            "title": pick(self.book.said(change.rule)["title"], self.language),
            "kind": change.kind,
            "kind_text": self.say(f"change.{change.kind}"),
            "effect": change.effect,
            "before": before,
            "after": after,
            "reasons": [self.reason(reason, change.layer) for reason in change.reasons],
        }

    def finding(self, finding: View) -> tuple[list[str], list[str]]:
        """What is said of a finding on either day; and what only where the other day has it otherwise."""
        cited = [f"{provision['document']} {provision['article']}" for provision in finding["provisions"]]
        always = [finding["effect_text"], finding["state_text"], *dict.fromkeys(cited), *finding["zones"]]
        reasons = [f"{reason['question']} {reason['answer']} ({reason['how']})" for reason in finding["because"]]
        causes = [f"{self.say('ui.still_open')}: {cause}" for cause in finding["causes"]]
        return always, [finding["certainty_text"], *causes, *reasons, finding["office"]]

    def sides(self, told: Sequence[tuple[list[str], list[str]] | None], nothing: str) -> tuple[str, str]:
        """Both days in a line each."""
        lines = []
        for number, one in enumerate(told):
            other = told[1 - number]
            if one is None:
                lines.append(self.say(nothing))
                continue
            always, else_only = one
            known = other[1] if other else []
            lines.append(BETWEEN.join([*always, *(words for words in else_only if words not in known)]))
        return lines[0], lines[1]

    def section(self, part: Part) -> View:
        """One part of the records: its heading, and each entry that differs on both days."""
        rows = [self.row(one) for one in self.comparison.of(part) if part != "open" or (one.before and one.after)]
        acts = self.acts() if part == "eia" else []
        return {"part": part, "heading": self.say(f"change.{part}"), "rows": [*acts, *rows]}

    def row(self, difference: Difference) -> View:
        tell = {"open": self.point, "checks": self.check, "eia": self.area_class, "conflicts": self.conflict}
        told = [tell[difference.part](view, difference.name) for view in self.views]
        before, after = self.sides([one and one[1:] for one in told], "change.nothing")
        return {"title": next(one[0] for one in told if one), "before": before, "after": after}

    def point(self, view: View, name: Any) -> tuple[str, list[str], list[str]] | None:
        item = _find(view["open"], name)
        if item is None:
            return None
        asked = _find(view["questions"], {"fact": name["subject"]}) if name["kind"] == "fact" else None
        answers = [
            f"{one['given']} → {self.say('answer.firm', verdict=one['verdict_text']) if firm else one['verdict_text']}"
            f" {one['range']}"
            for firm, name in enumerate(("answers", "firm_answers"))
            for one in (asked[name] if asked else ())
        ]
        count = self.say("ui.rules_behind", count=len(item["rules"]))
        question = [self.say("change.asked" if asked else "change.not_asked")] if name["kind"] == "fact" else []
        return item["text"], [self.at_most(item), count], [*item["rules"], *question, *answers]

    def check(self, view: View, name: Any) -> tuple[str, list[str], list[str]] | None:
        check = _find(view["checks"], name)
        if check is None:
            return None
        zones = [
            " ".join(zone[measure] for measure in MEASURES if zone[measure])
            for zone in (*check["zones"], *check["ignored"])
        ]
        crossings = [f"{one['part']}: {one['from']} – {one['to']} {one['name']}" for one in check["crossings"]]
        unplaced = [self.say("ui.unplaced", names=each) for each in check["unplaced"]]
        said = [each for each in (check["coverage"], check["nearest"], check["survey"]) if each]
        return check["title"], [check["text"]], [*zones, *crossings, *unplaced, *said]

    def area_class(self, view: View, name: Any) -> tuple[str, list[str], list[str]] | None:
        group = _find(view["eia"]["classes"], name) if view["eia"] else None
        if group is None:
            return None
        touched = [
            f"{one['area']}: {listed(one['zones'], self.language)} ({one['certainty']})" for one in group["touched"]
        ]
        return group["title"], [group["text"]], [*touched, *group["open"]]

    def acts(self) -> list[View]:
        """The law that sensitive areas are told by, where it is another one."""
        if self.comparison.acts[0] == self.comparison.acts[1]:
            return []
        laws = [view["eia"]["provision"] for view in self.views]
        told = [f"{law['document']} {law['article']}" if law else self.say("change.nothing") for law in laws]
        return [{"title": self.say("eia.title"), "before": told[0], "after": told[1]}]

    def conflict(self, view: View, name: Any) -> tuple[str, list[str], list[str]] | None:
        rules = list(name["rules"])
        found = next((one for one in view["conflicts"] if [rule for rule, _ in one["rules"]] == rules), None)
        if found is None:
            return None
        title = " ≠ ".join(title for _, title in found["rules"])
        return title, [found["outcome"], found["by"], found["effect_text"]], []

    def reason(self, reason: Reason, layer: str) -> str:
        if reason.kind == "document":
            before, after = (self.say(f"ui.document.{status or 'not_yet'}") for status in (reason.before, reason.after))
            told = self.say(
                "change.document", title=self.document(reason.subject), day=reason.day, before=before, after=after
            )
            if reason.successor not in self.book.documents:
                return told
            return told + self.say("since.successor", title=self.document(str(reason.successor)))
        subject = self.zone(reason.subject, layer) if reason.kind.startswith("zone") else reason.subject
        return self.say(f"change.{reason.kind}", subject=subject, day=reason.day)

    def document(self, name: str) -> str:
        return pick(self.book.data["documents"][name]["title"], self.language)

    def zone(self, name: str, layer: str) -> str:
        return next((zone.name for zone in zones_of(self.comparison.after, layer) if zone.id == name), name)


def _find(items: Sequence[View], name: Any) -> View | None:
    """The entry of a list that has these values."""
    return next((item for item in items if all(item[key] == value for key, value in name.items())), None)
