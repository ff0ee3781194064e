"""Pages for people: the map, the answer beside it, and a printable page for each kept screening."""

import logging
from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from geo.day import today
from geo.deployment import Deployment
from geo.errors import (
    FenquError,
    KindUnknown,
    LedgerFull,
    LedgerUnusable,
    SiteReadingUnsettled,
)
from geo.export import geopackage
from geo.export.geojson import screening_collection
from geo.export.html import TEMPLATES, context
from geo.export.intake_words import crs_in_words, present_sites
from geo.layers.store import Layer
from geo.ledger import Kept
from geo.notes import notes_json
from geo.planned import Planned
from geo.report import form_of, present
from geo.revisions import revisions, revisions_in_words
from geo.rules.load import Rulebook
from geo.screening import Screening
from geo.site import Notice
from geo.texts import pick, say
from geo.verify import drawn_again
from webmap import gate, intake, language, maps, planned
from webmap.errors import page_context, refusal, status_of, wants_problem
from webmap.form import FACT, NUMBERS
from webmap.legend import legend

bp = Blueprint("pages", __name__)
log = logging.getLogger("fenqu.web")
TYPED_CRS = ("EPSG:4490", "EPSG:4326", "GCJ-02", "BD-09")
ECHOED = ("at", "industry", "kind", "nature", "day", "crs", "address", "file_crs", "reading")
EXAMPLES = "examples"
DRAWN = ("crs", "outline", "simplified_m", "accuracy_m", "mended")  # of a reading, for the page's script
Told = dict[str, Any]  # `view`, `linked`, `zoned`, `since`, `notes` and `passed`: see `geo.export.html.context`


def deployment() -> Deployment:
    """The deployment that this application serves."""
    here: Deployment = current_app.extensions["fenqu"]
    return here


@bp.record_once
def find_answer_template(state: Any) -> None:
    """Let pages include the same `answer.html` as the offline file."""
    state.app.jinja_loader.searchpath.append(str(TEMPLATES))


@bp.get("/")
def index() -> Response:
    """The map with the form: with `?token=…` also the answer kept under it.

    With `?at=…` it is filled in, with `?again=<token>` as that answer was asked, but for today.
    """
    token = request.args.get("token")
    kept = deployment().ledger.find_by_token(token) if token else None
    if kept is None:
        return _unanswered()
    told = _told(kept, language.of(request))
    page = Response(_index(form=form_of(kept.request), told=told, token=token), mimetype="text/html")
    return private(page)


def _unanswered() -> Response:
    """The map without an answer: an empty form, one that a link fills in, or a project of the plan."""
    spoken, wanted = language.of(request), request.args.get("project")
    plan = planned.chosen(planned.offered(deployment()), wanted) if wanted else None
    if wanted and plan is None:
        page = _index(form=_echo(request.args), error=say("ui.plan_unknown", spoken))
        return Response(page, status=404, mimetype="text/html")
    form = planned.filled(plan) if plan else _asked_again()
    given = _echo(request.args) if "at" in request.args or not form else {}
    said = {name: value for name, value in given.items() if value}
    shown = Response(_index(form={**form, **said}, plan=plan), mimetype="text/html")
    return private(shown) if "again" in request.args else shown


def _asked_again() -> dict[str, Any]:
    """The form as the kept answer of `?again=…` was asked, with today's date."""
    token = request.args.get("again")
    return {**form_of(deployment().ledger.find_by_token(token).request), "day": today().isoformat()} if token else {}


@bp.get("/map.js")
def map_script() -> Response:
    """The script that Folium wrote for the map."""
    drawn = _drawn(language.of(request))
    return Response(drawn.script, mimetype="text/javascript", headers={"Cache-Control": "no-cache"})


@bp.post("/screenings")
def screen() -> BaseResponse:
    """Screen what the form says and keep it: the answer alone for the page's script, else its own page.

    A file that can be read in several ways is answered with the form again, to choose from them.
    """
    intake.allow_file()
    sent = request.form
    try:
        question = intake.asked(sent)
        if isinstance(question, intake.Understood):
            return _choose(question, sent)
        screening = gate.screen(deployment(), question)
    except FenquError as error:
        return _refused(error, sent)
    kept = _keep(screening)
    if kept and not wants_problem():
        return redirect(url_for("pages.screening", token=kept.token, lang=request.args.get("lang")), code=303)
    return _unredirected(screening, kept)


@bp.post("/sites")
def understand() -> Response:
    """What was understood of the file in the form, before anything is screened; whatever reading was chosen before."""
    intake.allow_file()
    sent = request.form
    try:
        understood = intake.understood(sent)
    except FenquError as error:
        return _refused(error, sent)
    if not wants_problem():
        page = _index(form=_echo(sent), understood=understood)
        return private(Response(page, mimetype="text/html"))
    card = render_template("intake_card.html", **_card(understood, _echo(sent)), t=language.speaker(_spoken()))
    return private(Response(card, mimetype="text/html"))


def _choose(understood: intake.Understood, sent: MultiDict[str, str]) -> Response:
    """The form again with what was understood of its file, to choose a reading."""
    record = understood.record
    named = ", ".join(reading["crs"] for reading in record["readings"])
    error = SiteReadingUnsettled(name=record["file"], readings=named)
    text = say("ui.intake_other", _spoken()) if record["settled"] else error.text(_spoken())
    if wants_problem():
        return refusal(error, detail=text)
    page = _index(form=_echo(sent), error=text, understood=understood)
    return private(Response(page, status=422, mimetype="text/html"))


def _card(understood: intake.Understood, form: Mapping[str, Any]) -> dict[str, Any]:
    """What the card of a file is rendered with."""
    record = understood.record
    drawn = [{name: one[name] for name in DRAWN} for one in record["readings"]]
    return {
        "intake": present_sites(record, _spoken()),
        "fingerprint": understood.fingerprint,
        "drawn": {"settled": record["settled"], "readings": drawn},
        "reading": form["reading"],
        "declared": form["file_crs"].strip(),
        "with_script": wants_problem(),
    }


def _refused(error: FenquError, sent: MultiDict[str, str]) -> Response:
    """The form again with what is wrong, so that nothing typed is lost."""
    if wants_problem() or status_of(error) >= 500:
        raise error
    page = _index(form=_echo(sent), error=error.text(_spoken()))
    return Response(page, status=status_of(error), mimetype="text/html")


def _spoken() -> str:
    return language.of(request)


def _keep(screening: Screening) -> Kept | None:
    """Keep an answer; one that cannot be kept is shown all the same."""
    try:
        return deployment().keep(screening)
    except (LedgerFull, LedgerUnusable) as error:
        log.error("%s: %s", error.code, error)
        return None


def _unredirected(screening: Screening, kept: Kept | None) -> Response:
    """The answer itself: a fragment for the page's script, or a whole page where it has no address."""
    spoken, token = language.of(request), kept.token if kept else None
    told = _said(screening.record, deployment().book, spoken, screening.site.notices)
    told["view"]["remarks"] += [] if kept else [say("ui.not_kept", spoken)]
    told["notes"] = deployment().ledger.all_notes(kept.id) if kept else ()
    if not wants_problem():
        return _sheet(told)
    fragment = render_template("answer.html", **context(**told, token=token, interactive=True))
    headers = {"Cache-Control": "no-store", **({"X-Fenqu-Token": token} if token else {})}
    return Response(fragment, mimetype="text/html", headers=headers)


def _sheet(told: Told, token: str | None = None) -> Response:
    """An answer as a page to read and print."""
    spoken = told["view"]["language"]
    page = {**page_context(spoken), **region_title(spoken), **context(**told, token=token)}
    return private(Response(render_template("screening.html", **page), mimetype="text/html"))


@bp.get("/screenings/<token>")
def screening(token: str) -> Response:
    """The printable page of a kept screening."""
    return _sheet(_told(deployment().ledger.find_by_token(token), language.of(request)), token)


@bp.get("/screenings/<token>.json")
def screening_json(token: str) -> Response:
    """The canonical record of a kept screening."""
    return private(Response(deployment().ledger.find_by_token(token).json, mimetype="application/json"))


@bp.get("/screenings/<token>.geojson")
def screening_geojson(token: str) -> Response:
    """The site and the pieces of zones under it, on the releases that the screening was made on."""
    kept, here = deployment().ledger.find_by_token(token), deployment()
    drawn = screening_collection(drawn_again(kept, here.store, here.book_of(kept)), here.settings.audience)
    return private(Response(orjson.dumps(drawn), mimetype="application/geo+json"))


@bp.get("/screenings/<token>.gpkg")
def screening_geopackage(token: str) -> Response:
    """The same as a GeoPackage, with the findings, for GIS programs."""
    kept, here = deployment().ledger.find_by_token(token), deployment()
    again = drawn_again(kept, here.store, here.book_of(kept))
    name = f"attachment; filename=screening-{kept.id[:12]}.gpkg"
    file = geopackage.screening_geopackage(again, here.settings.audience)
    return private(Response(file, mimetype=geopackage.MEDIA_TYPE, headers={"Content-Disposition": name}))


@bp.get("/screenings/<token>/notes.json")
def screening_notes(token: str) -> Response:
    """The reviewers' notes beside a kept screening; no door of the web writes one."""
    kept = deployment().ledger.find_by_token(token)
    said = notes_json(kept.record, deployment().ledger.all_notes(kept.id))
    return private(Response(said, mimetype="application/json"))


@bp.get("/healthz")
def health() -> Response:
    """Whether the service answers, and which of its layers it can read."""
    snapshot = deployment().store.snapshot()
    states = {
        kind: "ok" if isinstance(layer, Layer) else "failed"
        for kind, layer in snapshot.layers.items()
        if layer is not None
    }
    status = "ok" if states and set(states.values()) == {"ok"} else "degraded"
    body = {"status": status, "layers": states, "releases": snapshot.releases(), "book": deployment().book.hash}
    return Response(orjson.dumps(body), mimetype="application/json", headers={"Cache-Control": "no-store"})


def _echo(form: MultiDict[str, str]) -> dict[str, Any]:
    """What was sent, to be shown again, so that nothing typed is lost."""
    plain = {name: form.get(name, "") for name in (*ECHOED, *NUMBERS)}
    plain["kind"] = _kind_named(plain["kind"])
    return {**plain, "facts": {name[len(FACT) :]: value for name, value in form.items() if name.startswith(FACT)}}


def _kind_named(text: str) -> str:
    """The kind that a text names, for the form to choose it; the text itself where it names none."""
    try:
        return deployment().book.vocabulary.kind(text)
    except KindUnknown:
        return text


def _told(kept: Kept, spoken: str) -> Told:
    told = _said(kept.record, deployment().book_of(kept), spoken)
    return {**told, "notes": deployment().ledger.all_notes(kept.id)}


def _said(record: Mapping[str, Any], book: Rulebook, spoken: str, notices: tuple[Notice, ...] = ()) -> Told:
    """An answer in words, rules that have a page, what has changed since it was given, and whether its day is over."""
    now = deployment().book
    changed = revisions(record, book, now, today())
    return {
        "view": present(record, book, spoken, notices),
        "linked": now.data["rules"].keys(),
        "zoned": {layer.entry.kind for layer in maps.shown_layers(deployment().store.snapshot().layers)},
        "since": revisions_in_words(changed, book, now, spoken),
        "passed": date.fromisoformat(record["request"]["day"]) < today(),
    }


def _index(
    form: dict[str, Any],
    told: Told | None = None,
    token: str | None = None,
    error: str | None = None,
    plan: Planned | None = None,
    understood: intake.Understood | None = None,
) -> str:
    spoken = language.of(request)
    here = deployment()
    layers = here.store.snapshot().layers
    vocabulary = here.book.vocabulary
    facts = [
        {
            "name": name,
            "group": fact.group,
            "type": fact.type,
            "question": pick(fact.question.model_dump(), spoken),
            "unit": fact.unit,
            "min": fact.min,
            "max": fact.max,
            "choices": [(value, pick(text.model_dump(), spoken)) for value, text in fact.choices.items()],
        }
        for name, fact in vocabulary.facts.items()
    ]
    answer = context(**told, token=token, interactive=True) if told else {"view": None, "token": token}
    return render_template(
        "index.html",
        **{**page_context(spoken), **region_title(spoken), **answer, **(_card(understood, form) if understood else {})},
        crs_choices=_crs_choices(form.get("crs"), spoken),
        map_html=_drawn(spoken).html,
        groups=legend(layers, spoken, here.store.catalogue),
        tiled=maps.any_tiled(layers),
        natures=next(fact["choices"] for fact in facts if fact["name"] == "nature"),
        kinds=[(name, pick(kind.title.model_dump(), spoken)) for name, kind in vocabulary.kinds.items()],
        facts=[fact for fact in facts if fact["name"] != "nature"],
        form=form,
        plans=planned.groups(planned.offered(here), spoken),
        plan={"id": plan.id, "note": planned.note(plan, spoken)} if plan else None,
        change_days=[day.isoformat() for day in here.book.index.days],
        limits={"bytes": here.settings.site_file_bytes},
        accepted=intake.ACCEPTED,
        today=today().isoformat(),
        error=error,
        examples=[{**example, "title": pick(example["title"], spoken)} for example in here.recipe.get(EXAMPLES, [])],
    )


def _crs_choices(sent: str | None, spoken: str) -> list[tuple[str, str]]:
    """What typed degrees may be in, and whatever was sent."""
    return [(crs, crs_in_words(crs, spoken)) for crs in dict.fromkeys((*TYPED_CRS, *filter(None, [sent])))]


def region_title(spoken: str) -> dict[str, str]:
    """The region's name, for the frame of a page."""
    return {"region_title": pick(deployment().recipe["title"], spoken)}


def _drawn(spoken: str) -> maps.DrawnMap:
    here = deployment()
    return maps.draw_map(here.recipe["view"], maps.shown_layers(here.store.snapshot().layers), spoken)


def private(response: Response) -> Response:
    """Whoever has the address may read it, and nobody keeps it on the way."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
