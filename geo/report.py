"""A record in words: everything that a page, a table or a document says of a screening, in one language.

`present` turns codes into texts and adds nothing: what is not in the record is not said.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from math import floor
from typing import Any

import numpy as np
import shapely

from geo.canonical import encode
from geo.crs import ENGINE_EPSG
from geo.eia import AreaClass
from geo.figures import area, chainage, length, listed, percent
from geo.layers.access_list import access_list
from geo.project import Project
from geo.rules.load import Rulebook
from geo.rules.model import EFFECTS, RANK
from geo.rules.wording import article_in_words
from geo.site import Notice
from geo.site.model import collection
from geo.site.notice import UNNAMED
from geo.texts import BINDING, pick, reviewed, say

Record = Mapping[str, Any]
View = dict[str, Any]
MOST_STRETCHES = 200  # of a layer, for people to read
SKETCH_STATUSES = {"hit", "near", "clear"}  # that read otherwise on sketched limits


def present(record: Record, book: Rulebook, language: str = BINDING, notices: Sequence[Notice] = ()) -> View:
    """Say a record in words.

    Parameters
    ----------
    book : the book that the record was judged by (or one that knows all that the record names)
    notices : what was done to the site on its way in; not in the record, for the same site may come in several ways
    """
    return _Presenter(record, book, language, notices).view()


def headline(record: Record, language: str = BINDING) -> str:
    """The sentence that comes first: on sketched limits it says so before anything else."""
    if is_illustrative(record):
        return say("answer.indicative", language, verdict=say(f"verdict.{record['indicative_verdict']}", language))
    return say(f"verdict.{record['verdict']}", language)


def is_illustrative(record: Record) -> bool:
    """Whether an answer rests on a sketched limit, if only on one."""
    return any(check["certainty"] == "sketch" for check in record["checks"])


def provision_in_words(provision: Mapping[str, Any], book: Rulebook, day: date, language: str = BINDING) -> View:
    """A clause with its document, the document's status on a day, and whether the clause was read in its own text."""
    document = book.data["documents"][provision["document"]]
    return {
        "document": pick(document["title"], language),
        "number": document.get("number"),
        "article": article_in_words(provision["article"], book.unknown_articles, language),
        "phrase": provision["phrase"],
        "verified": provision["verified"],
        "verified_text": None if provision["verified"] else say("answer.unverified", language),
        "status": book.documents[provision["document"]].status_on(day),
    }


def clause_in_words(clause: View, language: str = BINDING) -> str:
    """A clause of `provision_in_words` on one line, with the marks of what was not checked or is not in force."""
    status = clause["status"]
    marks = [clause["verified_text"]] if clause["verified_text"] else []
    marks += [say(f"ui.document.{status}", language)] if status not in (None, "in_force") else []
    told = listed(marks, language)
    return f"{clause['document']} {clause['article']}" + (f" [{told}]" if told else "")


class _Presenter:
    """One record, one book, one language."""

    def __init__(self, record: Record, book: Rulebook, language: str, notices: Sequence[Notice]) -> None:
        self.record, self.book, self.language, self.notices = record, book, language, notices

    def say(self, code: str, **parameters: object) -> str:
        return say(code, self.language, **parameters)

    def pick(self, text: Mapping[str, str] | None) -> str:
        return pick(text, self.language)

    def view(self) -> View:
        record = self.record
        illustrative = is_illustrative(record)
        questions = [self.question(item, illustrative) for item in record["open"] if item["asked"]]
        return {
            "language": self.language,
            "translation": self.translation(),
            "record": record,
            "illustrative": illustrative,
            "headline": headline(record, self.language),
            "firm": self.say("answer.firm", verdict=self.verdict(record["verdict"])) if illustrative else None,
            "range": self.say(
                "answer.range", sure=self.effect(record["range"][0]), possible=self.effect(record["range"][1])
            ),
            "verdict": record["indicative_verdict"] if illustrative else record["verdict"],
            "not_checked": [
                row["title"] for row in map(self.check, record["checks"]) if row["reason"] == "not_supplied"
            ],
            "remarks": self.remarks(illustrative),
            "site": self.site(),
            "project": self.project(),
            "form": form_of(record["request"]),
            "checks": [self.check(check) for check in record["checks"]],
            "findings": self.findings(),
            "conflicts": [self.conflict(conflict) for conflict in record["conflicts"]],
            "eia": self.eia(),
            "questions": questions,
            "any_answer": self.any_answer(questions),
            "open": [self.opened(item) for item in record["open"]],
            "releases": [self.release(check) for check in record["checks"] if check["release"]],
        }

    def translation(self) -> str | None:
        """What is said of a translation that nobody has reviewed, of the program's texts or of the book's."""
        return None if reviewed(self.language, self.book.reviewed) else self.say("answer.translated")

    def verdict(self, word: str) -> str:
        return self.say(f"verdict.{word}")

    def effect(self, effect: str) -> str:
        return self.say(f"effect.{effect}")

    def remarks(self, illustrative: bool) -> list[str]:
        record = self.record
        said = [notice.text(self.language) for notice in self.notices]
        said += [self.say("answer.point")] if record["site"]["point"] else []
        project = record["request"]["project"]
        said += [self.say("answer.no_industry")] if project.get("kind") and not project["industry"] else []
        known = Project(self.book.vocabulary, project["industry"], kind=project.get("kind"))
        clash = any(map(known.contradicts, self.book.vocabulary.groups))
        said += [self.say("answer.kind_contradicts")] if clash else []
        said += [self.say("answer.provisional")] if record["provisional"] else []
        return [*said, self.say("answer.illustrative")] if illustrative else said

    def site(self) -> View:
        site, sent = self.record["site"], self.record["request"]["site"]
        return {
            "area": None if site["area_m2"] is None else area(site["area_m2"], self.language),
            "length": None if site.get("length_m") is None else length(site["length_m"]),  # kept answers may not say it
            "counties": [self.county(code) for code in site["counties"]],
            "place": place(sent["parts"]),
            "crs": sent["crs"],
            "accuracy_m": sent["accuracy_m"],
            "width_m": sent["width_m"],
            "parts": sent["parts"],
            "day": self.record["request"]["day"],
            "valid": self.say("answer.valid_only", day=self.record["request"]["day"]),
        }

    def county(self, code: str) -> str:
        for check in self.record["checks"]:
            if check["layer"] == "county":
                return next((zone["name"] for zone in check["zones"] if zone["code"] == code), code)
        return code

    def project(self) -> list[View]:
        sent = self.record["request"]["project"]
        industry = sent["industry"]
        name = f"{industry} {self.book.vocabulary.industries.get(industry, '')}".strip() if industry else None
        rows = [
            {"fact": "industry", "question": self.say("project.industry"), "answer": name or self.say("how.unknown")}
        ]
        if "kind" in sent:
            rows.append({"fact": "kind", "question": self.say("project.kind"), "answer": self.kind(sent["kind"])})
        facts = {"nature": sent["nature"], **sent["facts"]}
        return rows + [
            {"fact": fact, "question": self.question_text(fact), "answer": self.answer(fact, value)}
            for fact, value in facts.items()
        ]

    def kind(self, kind: str) -> str:
        return self.pick(self.book.vocabulary.kinds[kind].title.model_dump())

    def question_text(self, fact: str) -> str:
        known = self.book.vocabulary.facts.get(fact)
        if known:
            return self.pick(known.question.model_dump())
        return self.say(f"project.{fact}")

    def answer(self, fact: str, value: Any) -> str:
        known = self.book.vocabulary.facts.get(fact)
        if value is None:
            return self.say("how.unknown")
        if isinstance(value, bool):
            return self.say("project.yes" if value else "project.no")
        if known and known.choices and value in known.choices:
            return self.pick(known.choices[value].model_dump())
        if known and known.unit:
            return f"{value:g} {known.unit}"
        return str(value)

    def check(self, check: Mapping[str, Any]) -> View:
        entry = self.book.catalogue[check["layer"]]
        return {
            "layer": check["layer"],
            "title": self.pick(entry.title.model_dump()),
            "group": entry.group,
            "status": check["status"],
            "reason": check["reason"],
            "text": self.status(check),
            "certainty": check["certainty"] and self.say(f"certainty.{check['certainty']}"),
            "sketch": check["certainty"] == "sketch",
            "owner": self.pick(entry.owner.model_dump()) if check["reason"] == "not_supplied" else None,
            "coverage": None if check["coverage_share"] in (0.0, 1.0) else percent(check["coverage_share"]),
            "distance": None if check["distance_m"] in (None, 0.0) else length(check["distance_m"]),
            "zones": [self.zone(check["layer"], zone) for zone in check["zones"]],
            "ignored": [self.zone(check["layer"], zone) for zone in check["ignored"]],
            "unplaced": [zone["name"] for zone in check["unplaced"]],
            "nearest": self.nearest(check),
            "survey": self.survey(check),
            "crossings": self.crossings(check),
            "more_crossings": self.more_crossings(check),
            "whereabouts": bool(check.get("whereabouts")),
        }

    def nearest(self, check: Mapping[str, Any]) -> str | None:
        """The nearest zone, where no row of its own says already how far it is."""
        nearest = check.get("nearest")
        if nearest is None or any(zone["id"] == nearest["id"] for zone in [*check["zones"], *check["ignored"]]):
            return None
        return self.say("answer.nearest", name=nearest["name"], distance=length(nearest["distance_m"]))

    def survey(self, check: Mapping[str, Any]) -> str | None:
        """What would have to be measured, and by whom, for no zone to be uncertain."""
        decides = check.get("decides_m")
        if decides is None or check["status"] == "hit":
            return None
        owner = self.pick(self.book.catalogue[check["layer"]].owner.model_dump())
        if decides <= 0.0:
            return self.say("answer.survey_limit", owner=owner)
        left = min(
            (decides if zone["decides_m"] is None else zone["decides_m"]) - zone["accuracy_m"]
            for zone in check["zones"]
            if zone["relation"] == "uncertain"
        )
        if left >= 0.01 - 1e-6:
            return self.say("answer.survey_site", metres=f"{floor(left * 100.0 + 1e-6) / 100.0:.2f}")
        return self.say("answer.survey_owner", metres=f"{decides:.2f}", owner=owner)

    def crossings(self, check: Mapping[str, Any]) -> list[View]:
        """The stretches of the site's lines, in order along each; the record has those beyond `MOST_STRETCHES` too."""
        names = {zone["id"]: zone["name"] for zone in check["zones"]}
        return [
            {
                "part": self.part(one["part"]),
                "zone": one["zone"],
                "name": names[one["zone"]],
                "from": chainage(one["from_m"]),
                "to": chainage(one["to_m"]),
                "length": chainage(one["to_m"] - one["from_m"]),
            }
            for one in check.get("crossings", ())[:MOST_STRETCHES]
        ]

    def part(self, number: int) -> str:
        """A part of the site by its number in the record, and by its role where it has one."""
        role = self.record["request"]["site"]["parts"][number]["role"]
        return str(number) if role == UNNAMED else f"{number} {role}"

    def more_crossings(self, check: Mapping[str, Any]) -> str | None:
        """How many stretches are not listed."""
        more = len(check.get("crossings", ())) - MOST_STRETCHES
        return self.say("answer.more_stretches", count=more) if more > 0 else None

    def status(self, check: Mapping[str, Any]) -> str:
        return status_in_words(check, self.language)

    def zone(self, layer: str, zone: Mapping[str, Any]) -> View:
        classes = self.book.catalogue[layer].classes
        known = classes.get(zone["zone_class"] or "")
        return {
            "id": zone["id"],
            "name": zone["name"],
            "code": zone["code"],
            "zone_class": self.pick(known.title.model_dump()) if known else zone["zone_class"],
            "relation": self.say(f"relation.{zone['relation']}"),
            "area": None if zone["area_m2"] is None else self.measure(zone["area_m2"]),
            "site_share": None if zone["site_share"] is None else percent(zone["site_share"]),
            "zone_share": None if zone["zone_share"] is None else percent(zone["zone_share"]),
            "length": None if zone.get("length_m") is None else self.lengths(zone["length_m"]),
            "line_share": None if zone.get("line_share") is None else percent(zone["line_share"]),
            "distance": None if zone["distance_m"] is None else self.distance(zone),
            "decides": None
            if zone.get("decides_m") is None
            else self.say("answer.decides", metres=f"{zone['decides_m']:.2f}"),
        }

    def distance(self, zone: Mapping[str, Any]) -> str:
        """How far a zone is, or its limit where it is not certain on which side of it the site lies."""
        code = "answer.to_limit" if zone["relation"] == "uncertain" else "answer.distance"
        return self.say(code, distance=length(zone["distance_m"]))

    def lengths(self, measure: Mapping[str, float]) -> str:
        value, least, most = (length(measure[name]) for name in ("value", "least", "most"))
        if measure["least"] != measure["most"]:
            value = f"{value} ({least} – {most})"
        return self.say("answer.line_length", length=value)

    def measure(self, measure: Mapping[str, float]) -> str:
        value = area(measure["value"], self.language)
        if measure["least"] == measure["most"]:
            return value
        return f"{value} ({area(measure['least'], self.language)} – {area(measure['most'], self.language)})"

    def findings(self) -> list[View]:
        """The findings; a unit's own list stands under the first finding that names the unit."""
        told: set[tuple[str, str]] = set()
        views = []
        for finding in self.record["findings"]:
            fresh = [zone for zone in finding["zones"] if (finding["layer"], zone) not in told]
            told |= {(finding["layer"], zone) for zone in fresh}
            views.append(self.finding(finding) | {"access_lists": self.access_lists(finding["layer"], fresh)})
        return views

    def access_lists(self, layer: str, zones: Sequence[str]) -> list[View]:
        """The lists that zones bring with them, clause by clause and unjudged; a sketched zone speaks for none."""
        check = next(check for check in self.record["checks"] if check["layer"] == layer)
        if check["certainty"] != "firm":
            return []
        lists = [(zone["name"], access_list(zone["attributes"])) for zone in check["zones"] if zone["id"] in zones]
        return [
            {
                "title": self.say("answer.access_list", unit=name),
                "parts": [
                    {"dimension": self.say(f"dimension.{dimension}"), "clauses": list(clauses)}
                    for dimension, clauses in parts.items()
                ],
            }
            for name, parts in lists
            if parts
        ]

    def finding(self, finding: Mapping[str, Any]) -> View:
        rule = self.book.said(finding["rule"])
        return {
            **{key: finding[key] for key in ("rule", "state", "effect", "certainty", "dimension", "level", "layer")},
            "title": self.pick(rule["title"]),
            "state_text": self.say(f"state.{finding['state']}"),
            "effect_text": self.effect(finding["effect"]),
            "certainty_text": self.say(f"certainty.{finding['certainty']}"),
            "dimension_text": self.say(f"dimension.{finding['dimension']}"),
            "level_text": self.say(f"level.{finding['level']}"),
            "layer_title": self.pick(self.book.catalogue[finding["layer"]].title.model_dump()),
            "zones": [self.zone_name(finding["layer"], zone) for zone in finding["zones"]],
            "zone_ids": list(finding["zones"]),
            "provisions": [self.provision(provision) for provision in finding["provisions"]],
            "because": [self.reason(reason) for reason in finding["because"]],
            "causes": [self.finding_cause(cause, finding) for cause in finding["causes"]],
            "office": self.office(finding),
            "next": self.pick(rule["next"]),
            "note": self.pick(rule.get("note")),
        }

    def zone_name(self, layer: str, zone_id: str) -> str:
        check = next(check for check in self.record["checks"] if check["layer"] == layer)
        return next((zone["name"] for zone in check["zones"] if zone["id"] == zone_id), zone_id)

    def provision(self, provision: Mapping[str, Any]) -> View:
        day = date.fromisoformat(self.record["request"]["day"])
        return provision_in_words(provision, self.book, day, self.language)

    def reason(self, reason: Mapping[str, Any]) -> View:
        group = reason["fact"] == "industry_group"
        question = (
            self.pick(self.book.vocabulary.groups[reason["expected"]].title.model_dump())
            if group
            else self.question_text(reason["fact"])
        )
        value = reason["value"]
        placed = self.kind(value) if value in self.book.vocabulary.kinds else value or self.say("how.unknown")
        return {
            "fact": reason["fact"],
            "question": question,
            "answer": placed if group else self.answer(reason["fact"], value),
            "how": self.say(f"how.{reason['how']}"),
            "presumed": reason["how"] == "presumed",
        }

    def cause(self, cause: Mapping[str, Any]) -> str:
        return self.say(f"cause.{cause['kind']}", subject=self.subject(cause["kind"], cause["subject"]))

    def finding_cause(self, cause: Mapping[str, Any], finding: Mapping[str, Any]) -> str:
        """A cause of one finding; a fact that was given against what its industry lets presume says so."""
        told = self.cause(cause)
        contradicted = any(r["fact"] == cause["subject"] and r["how"] == "contradicted" for r in finding["because"])
        return self.say("cause.of", whole=told, part=self.say("how.contradicted")) if contradicted else told

    def subject(self, kind: str, subject: str) -> str:
        """The name of what is open: a question, a document, a layer, or an attribute of one."""
        if kind == "fact":
            return self.question_text(subject)
        if kind in ("document", "earlier_text"):
            return self.pick(self.book.data["documents"][subject]["title"])
        if kind == "conflict":
            return self.pick(self.book.said(subject)["title"])
        layer, _, attribute = subject.partition(".")
        title = self.pick(self.book.catalogue[layer].title.model_dump())
        return self.say("cause.of", whole=title, part=self.say(f"attribute.{attribute}")) if attribute else title

    def office(self, finding: Mapping[str, Any]) -> str:
        row = self.book.data["authorities"][finding["authority"]["table"]][finding["authority"]["row"]]
        counties = listed([self.county(code) for code in self.record["site"]["counties"]], self.language)
        return self.pick(row["office"]).replace("{county}", counties or self.say("finding.county"))

    def question(self, item: Mapping[str, Any], illustrative: bool) -> View:
        fact, effect = item["subject"], item["effect"]
        known = self.book.vocabulary.facts.get(fact)
        return {
            "fact": fact,
            "question": self.question_text(fact),
            "effect": effect,
            "effect_text": self.effect(effect),
            "type": known.type if known else "industry",
            "unit": known.unit if known else None,
            "min": known.min if known else None,
            "max": known.max if known else None,
            "choices": [(value, self.pick(text.model_dump())) for value, text in known.choices.items()]
            if known
            else [],
            "answers": self.answers(fact, item.get("answers", ()), illustrative),  # answers kept before have none
            "firm_answers": self.answers(fact, item.get("answers", ()), False) if illustrative else [],
        }

    @staticmethod
    def any_answer(questions: Sequence[View]) -> str | None:
        """The verdict that stands whatever is answered to all questions: what is prohibited for sure stays so."""
        told = [answer for question in questions for answer in question["answers"]]
        sure = told and {answer["verdict"] for answer in told} == {EFFECTS[-1]}
        return told[0]["verdict_text"] if sure else None

    def answers(self, fact: str, answers: Sequence[Mapping[str, Any]], illustrative: bool) -> list[View]:
        """What each answer would make of the verdict shown first; answers that make the same of it together."""
        before = "indicative_" if illustrative else ""
        together: dict[tuple[str, str, str], list[str]] = {}
        for one in answers:
            key = (one[f"{before}verdict"], *one[f"{before}range"])
            together.setdefault(key, []).append(self.answer(fact, one["value"]))
        return [
            {
                "given": listed(given, self.language),
                "verdict": word,
                "verdict_text": self.verdict(word),
                "range": self.say("answer.range", sure=self.effect(sure), possible=self.effect(possible)),
            }
            for (word, sure, possible), given in together.items()
        ]

    def conflict(self, conflict: Mapping[str, Any]) -> View:
        """Two rules that say different things here, which of them stands, and by what."""
        titles = [self.pick(self.book.said(rule)["title"]) for rule in conflict["rules"]]
        principle = self.book.precedence[conflict["by"]]
        stands = None if conflict["prevails"] is None else titles[conflict["rules"].index(conflict["prevails"])]
        return {
            "rules": list(zip(conflict["rules"], titles, strict=True)),
            "outcome": self.say("answer.conflict_stands", rule=stands)
            if stands
            else self.say("answer.conflict_unresolved"),
            "by": self.pick(principle["title"]),
            "explanation": self.pick(principle["explanation"]),
            "provisions": [self.provision(provision) for provision in principle["provisions"]],
            "effect": conflict["effect"],
            "effect_text": self.effect(conflict["effect"]),
        }

    def opened(self, item: Mapping[str, Any]) -> View:
        return {
            "kind": item["kind"],
            "subject": item["subject"],
            "text": self.cause(item),
            "effect": item["effect"],
            "effect_text": self.effect(item["effect"]),
            "grave": RANK[item["effect"]] >= RANK["restricted"],
            "rules": [self.pick(self.book.said(rule)["title"]) for rule in item["rules"]],
        }

    def eia(self) -> View | None:
        """Sensitive areas that may bear on the class of assessment; None of answers that were kept without them."""
        catalogue = self.book.eia
        if catalogue is None or "eia" not in self.record:
            return None
        act = catalogue.act(date.fromisoformat(self.record["request"]["day"]))
        term = self.pick(act.term.model_dump()) if act else self.say("eia.term")
        named = {
            "catalogue": self.pick(catalogue.title.model_dump()),
            "article": self.pick(catalogue.article.model_dump()),
        }
        classes = [self.eia_class(catalogue.classes[said["class"]], said) for said in self.record["eia"]]
        notes = [self.pick(text.model_dump()) for text in (catalogue.note, catalogue.source)] if classes else []
        return {
            "lead": self.say("eia.lead" if classes else "eia.before", term=term, **named),
            "provision": act and self.provision(act.model_dump()),
            "classes": classes,
            "notes": [self.say("eia.entries", term=term), *notes],
        }

    def eia_class(self, group: AreaClass, said: Mapping[str, Any]) -> View:
        """One class: the areas that the site touches, and under each reason those that stay open."""
        titles = {name: self.pick(area.title.model_dump()) for name, area in group.areas.items()}
        open_by_kind: dict[str, list[str]] = {}
        for item in said["open"]:
            open_by_kind.setdefault(item["kind"], []).append(titles[item["area"]])
        return {
            "class": said["class"],
            "state": said["state"],
            "title": self.pick(group.title.model_dump()),
            "text": self.say(f"eia.{said['state']}" + ("_sketch" if said["certainty"] == "sketch" else "")),
            "touched": [
                {
                    "area": titles[one["area"]],
                    "certainty": self.say(f"certainty.{one['certainty']}"),
                    "zones": [self.zone_name(one["layer"], zone) for zone in one["zones"]],
                }
                for one in said["touched"]
            ],
            "open": [
                self.say(f"eia.open.{kind}", areas=listed(list(dict.fromkeys(areas)), self.language))
                for kind, areas in open_by_kind.items()
            ],
        }

    def release(self, check: Mapping[str, Any]) -> View:
        return {
            "title": self.pick(self.book.catalogue[check["layer"]].title.model_dump()),
            "release": check["release"],
            "provenance": check["provenance"] and self.say(f"provenance.{check['provenance']}"),
            "limits": check["limits"] and self.say(f"limits.{check['limits']}"),
            "accuracy_m": check["accuracy_m"],
        }


def status_in_words(check: Mapping[str, Any], language: str = BINDING) -> str:
    """A check's status: silence on sketched or incomplete ground never reads as plain "clear"."""
    if check["reason"] == "not_supplied":
        return say("status.not_supplied", language)
    if check["status"] == "hit" and check.get("whereabouts"):  # answers kept before do not say it
        return say("status.hit_whereabouts", language)
    if check["certainty"] == "sketch" and check["status"] in SKETCH_STATUSES:
        return say(f"status.{check['status']}_sketch", language)
    if check["status"] == "clear" and check["unplaced"]:
        return say("status.clear_unplaced", language)
    return say(f"status.{check['status']}", language)


def form_of(request: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the form that would ask a request again."""
    site, project = request["site"], request["project"]
    only = site["parts"][0] if len(site["parts"]) == 1 else None
    point = only is not None and only["role"] == UNNAMED and only["geometry"]["type"] == "Point"
    return {
        "at": ",".join(map(str, only["geometry"]["coordinates"]))
        if point and only
        else encode(collection(site["parts"])).decode(),
        "industry": project["industry"] or "",
        "kind": project.get("kind", ""),
        "nature": project["nature"] or "",
        "day": request["day"],
        "crs": f"EPSG:{ENGINE_EPSG}",
        "accuracy_m": str(site["accuracy_m"] or ""),
        "width_m": str(site["width_m"] or ""),
        "facts": {name: typed(value) for name, value in project["facts"].items()},
    }


def typed(value: bool | float | str) -> str:
    """The value of a fact as a form sends it, which reads as the same value; never with an exponent."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else plain_number(value)


def plain_number(value: float) -> str:
    """A number for people as it was given: no exponent, no zeros behind."""
    return np.format_float_positional(float(value), trim="-")


def place(parts: Sequence[Mapping[str, Any]]) -> str:
    """Where a site is, in few words: a point's coordinate, or the box around everything and how many corners it has."""
    geometries = [shapely.geometry.shape(part["geometry"]) for part in parts]
    west, south, east, north = shapely.total_bounds(geometries)
    if (west, south) == (east, north):
        return f"{west:.6f}, {south:.6f}"
    corners = int(sum(shapely.get_num_coordinates(geometry) for geometry in geometries))
    return f"{west:.6f}–{east:.6f}, {south:.6f}–{north:.6f} ({corners})"
