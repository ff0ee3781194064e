"""The API: `/api/v1`. The answer to a screening is the canonical record, byte for byte."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any, TypeVar

import orjson
from flask import Blueprint, Response, g, request, url_for
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.datastructures import FileStorage, MultiDict

from geo.alternatives import FEWEST, MOST, NAME_LENGTH, weigh
from geo.canonical import digest
from geo.canonical import encode as encode_record
from geo.day import read_day
from geo.deployment import Question
from geo.errors import BodyInvalid, LayerUnknown, SiteReadingUnsettled
from geo.export.geojson import encode, layer_collection, may_hand_out
from geo.export.intake import sites_json
from geo.export.rulebook import rule_record, rules_record
from geo.export.statistics import statistics_json
from geo.layers.store import BrokenLayer, Layer
from geo.project import read_project
from geo.screening import Screening
from geo.site.intake import Intake
from geo.texts import pick
from webmap import gate, intake, language
from webmap.compression import ANEW
from webmap.errors import refusal
from webmap.form import FACT
from webmap.pages import deployment
from webmap.rules import read_wanted, rule_of
from webmap.search import found as find
from webmap.search import read_query
from webmap.statistics import statistics
from webmap.zones import record_of, zone_of

bp = Blueprint("api", __name__, url_prefix="/api/v1")
GEOJSON = {
    "Feature",
    "FeatureCollection",
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
}
FORM = "multipart/form-data"
REPEATABLE = ("layer", "piece")  # of a form with a file
Short = Annotated[str, Field(max_length=60)]
Reference = Annotated[str, Field(max_length=200)]  # a CRS; with a sender's parameters it is long
_Body = TypeVar("_Body", bound=BaseModel)


class ProjectBody(BaseModel):
    """The project of a request."""

    model_config = ConfigDict(extra="forbid")
    industry: Short | None = None
    kind: Short | None = None
    nature: Short | None = None
    facts: dict[Short, bool | float | Short] = Field(default={}, max_length=100)


class ScreeningBody(BaseModel):
    """A screening request: a site as text or GeoJSON, and what is planned there."""

    model_config = ConfigDict(extra="forbid")
    site: str | dict[str, Any]
    crs: Reference = "EPSG:4490"
    accuracy_m: float = 0.0
    width_m: float | None = None
    project: ProjectBody = ProjectBody()
    day: Short | None = None
    known_at: Short | None = None
    keep: bool = True


class AlternativeBody(BaseModel):
    """One of several sites."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(max_length=NAME_LENGTH)] = ""
    site: str | dict[str, Any]
    crs: Reference = "EPSG:4490"
    accuracy_m: float = 0.0
    width_m: float | None = None


class AlternativesBody(BaseModel):
    """Several sites, and what is planned on one of them."""

    model_config = ConfigDict(extra="forbid")
    sites: Annotated[list[AlternativeBody], Field(min_length=FEWEST, max_length=MOST)]
    project: ProjectBody = ProjectBody()
    day: Short | None = None
    known_at: Short | None = None


class QueryBody(BaseModel):
    """The same request in a query string: `at` for the site, `fact.<name>` for facts."""

    model_config = ConfigDict(extra="forbid")
    at: str | None = None
    crs: Reference = "EPSG:4490"
    accuracy_m: float = 0.0
    width_m: float | None = None
    industry: Short | None = None
    kind: Short | None = None
    nature: Short | None = None
    day: Short | None = None
    known_at: Short | None = None
    keep: bool = True
    lang: Short | None = None


class FileBody(BaseModel):
    """What a form says beside a file of sites; `layer` and `piece` may come several times, facts are `fact.<name>`."""

    model_config = ConfigDict(extra="forbid")
    crs: Annotated[str, Field(max_length=intake.LONGEST_TEXT)] | None = None
    encoding: Short | None = None
    address: Annotated[str, Field(max_length=intake.LONGEST_TEXT)] = ""
    accuracy_m: float = 0.0
    width_m: float | None = None
    industry: Short | None = None
    kind: Short | None = None
    nature: Short | None = None
    day: Short | None = None
    known_at: Short | None = None
    keep: bool = True


@bp.get("/screenings")
def screen_point() -> Response:
    """Screen the place in `at`; nothing is kept."""
    query, facts = _query(request.args)
    if query.at is None:
        raise BodyInvalid(reason="at: required")
    response = _answer(gate.screen(deployment(), _question(query.at, query, query, facts)))
    response.make_conditional(request)
    return response


@bp.get("/compare")
def compare_days() -> Response:
    """Screen the place in `at` on `day` and on `compare`, and say what differs and why; nothing is kept."""
    sent = request.args.copy()
    _refuse_repeated(sent)
    other_day = sent.pop("compare", "")
    query, facts = _query(sent)
    if query.at is None or not other_day:
        raise BodyInvalid(reason="at, compare: required")
    compared = deployment().compare(_question(query.at, query, query, facts), other_day)
    return _tagged(compared.json)


@bp.post("/screenings")
def screen_body() -> Response:
    """Screen the site in the body and keep it: 201 with its address, or 200 where `keep` is false.

    The body is `{site, project, …}`, GeoJSON alone with the project in the query string, or a form with a file.
    """
    if request.mimetype == FORM:
        return _screen_file()
    body = _body()
    if str(body.get("type")) in GEOJSON:
        query, facts = _query(request.args)
        question, keep = _question(body, query, query, facts), query.keep
    else:
        _allow("")
        sent = _validated(ScreeningBody, body)
        question, keep = _question(sent.site, sent, sent.project, dict(sent.project.facts)), sent.keep
    return _kept_answer(question, keep)


def _kept_answer(question: Question, keep: bool) -> Response:
    screening = gate.screen(deployment(), question)
    response = _answer(screening)
    if keep:
        kept = deployment().keep(screening)
        response.status_code = 201
        response.headers["Location"] = url_for("pages.screening", token=kept.token)
    return response


@bp.post("/sites")
def understand_file() -> Response:
    """What was understood of a file of sites, and what each way to read it would mean; nothing is kept."""
    sent, file, question = _file()
    read_project(deployment().book.vocabulary, question.industry, question.nature, question.facts, question.kind)
    with intake.turn():
        body = sites_json(intake.record_of(_taken_in(sent, file), question))
    return Response(body, mimetype="application/json", headers={"Cache-Control": "no-store"})


def _screen_file() -> Response:
    """Screen the site in a file; where it can be read in several ways, say which, for the sender to choose."""
    sent, file, question = _file()
    with intake.turn():
        found = _taken_in(sent, file)
        try:
            site = found.site()
        except SiteReadingUnsettled as error:
            return refusal(error, readings=intake.record_of(found, question)["readings"])
    return _kept_answer(replace(question, site=site), sent.keep)


def _file() -> tuple[FileBody, FileStorage, Question]:
    """A form with a file: what it says, the file, and the question without its site."""
    intake.allow_file()
    _allow("")
    file = intake.sent_file("file")
    if file is None:
        raise BodyInvalid(reason="file: required, in multipart/form-data")
    form = request.form.copy()
    for name in REPEATABLE:
        form.poplist(name)
    _refuse_repeated(form)
    facts: dict[str, object] = {name[len(FACT) :]: value for name, value in form.items() if name.startswith(FACT)}
    plain = {name: value for name, value in form.items() if value != "" and not name.startswith(FACT)}
    sent = _validated(FileBody, plain)
    project = {name: getattr(sent, name) for name in ("industry", "kind", "nature", "day", "known_at")}
    return sent, file, Question(site="", facts=facts, **project)


def _taken_in(sent: FileBody, file: FileStorage) -> Intake:
    numbers = {"accuracy_m": sent.accuracy_m, "width_m": sent.width_m}
    return intake.take_in(file, request.form, numbers, sent.crs)


@bp.post("/alternatives")
def compare_sites() -> Response:
    """Screen the sites in the body for one project on one day, and set them side by side; nothing is kept."""
    _allow("")
    sent, here = _validated(AlternativesBody, _body()), deployment()
    project = sent.project.model_dump()
    questions = [
        Question(**one.model_dump(exclude={"name"}), **project, day=sent.day, known_at=sent.known_at)
        for one in sent.sites
    ]
    names = [one.name for one in sent.sites]
    records = [screening.record for screening in here.alternatives(names, questions)]
    found = weigh(names, records, here.book)
    return Response(found.json, mimetype="application/json", headers={"Cache-Control": "no-store"})


@bp.get("/layers")
def list_layers() -> Response:
    """Every layer kind: supplied, broken or not supplied, and what its release says of itself."""
    _allow("")
    here, spoken = deployment(), language.of(request)
    layers = here.store.snapshot().layers
    rows = [_layer_row(kind, layers[kind], here.settings.audience, spoken) for kind in here.book.catalogue]
    return Response(orjson.dumps({"region": here.settings.region, "layers": rows}), mimetype="application/json")


@bp.get("/layers/<kind>.geojson")
def layer(kind: str) -> Response:
    """A layer in full, where it may be handed out."""
    _allow("")
    here = deployment()
    found = here.store.open(kind) if kind in here.store.catalogue else None
    if isinstance(found, BrokenLayer):
        raise found.error
    if found is None:
        raise LayerUnknown(layer=kind[:40])
    collection = layer_collection(found, here.settings.audience, here.fields)
    response = Response(encode(collection), mimetype="application/geo+json")
    response.set_etag(found.info.id)
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response


@bp.get("/stats")
def stats() -> Response:
    """Areas by layer, class and county beside the published figures; `layer` for one layer."""
    _allow("layer")
    kind, measured = request.args.get("layer"), statistics(deployment())
    if kind is not None and kind not in deployment().store.catalogue:
        raise LayerUnknown(layer=kind[:40])
    body = statistics_json(measured if kind is None else measured.only(kind))
    return _tagged(body)


@bp.get("/rules")
def rules() -> Response:
    """The rules that the filter leaves, the gravest first: `layer`, `effect`, `level`, `words`, `day`."""
    _allow("layer effect level words day")
    here = deployment()
    return _tagged(encode_record(rules_record(here.book, read_wanted(request.args, here), _day())))


@bp.get("/rules/<rule>")
def rule(rule: str) -> Response:
    """One rule as the book has it, and the documents that it cites."""
    _allow("day")
    here = deployment()
    return _tagged(encode_record(rule_record(here.book, rule_of(here, rule), _day())))


def _day() -> date:
    return read_day(request.args.get("day"))


def _tagged(body: bytes) -> Response:
    response = Response(body, mimetype="application/json", headers={"Cache-Control": "no-cache"})
    response.set_etag(digest(body.decode()))
    response.make_conditional(request)
    return response


@bp.get("/search")
def search() -> Response:
    """Zones by name or code, and the point that a coordinate names, the best first: `q`."""
    _allow("q")
    return _tagged(orjson.dumps(find(deployment(), read_query(), language.of(request))))


@bp.get("/zones/<kind>/<path:zone>")
def zone(kind: str, zone: str) -> Response:
    """One zone: what it says of itself, its access list, and the rules of today that speak of it."""
    _allow("")
    here = deployment()
    layer, one = zone_of(here, kind, zone)
    return _tagged(encode_record(record_of(here, layer, one)))


@bp.get("/industries")
def industries() -> Response:
    """Industries by code, name or everyday word, the best first, each with its tree and its groups."""
    _allow("q")
    vocabulary = deployment().book.vocabulary
    found = [vocabulary.described(hit) for hit in vocabulary.find(request.args.get("q", "")[:40])]
    return _tagged(orjson.dumps({"industries": found}))


@bp.get("/kinds")
def kinds() -> Response:
    """The kinds of project for works that no industry code describes, and what each lets presume."""
    _allow("")
    spoken = language.of(request)
    rows = [
        {
            "kind": name,
            "title": pick(kind.title.model_dump(), spoken),
            "facts": dict(kind.facts),
            "inside": list(kind.inside),
            "outside": list(kind.outside),
            "source": pick(kind.source.model_dump(), spoken),
            "mark": kind.mark,
        }
        for name, kind in deployment().book.vocabulary.kinds.items()
    ]
    return _tagged(orjson.dumps({"kinds": rows}))


def _body() -> dict[str, Any]:
    try:
        body = orjson.loads(request.get_data())
    except orjson.JSONDecodeError as error:
        raise BodyInvalid(reason=f"JSON: {error}") from error
    if not isinstance(body, dict):
        raise BodyInvalid(reason="JSON: an object is expected")
    return body


def _query(args: MultiDict[str, str]) -> tuple[QueryBody, dict[str, object]]:
    _refuse_repeated(args)
    facts: dict[str, object] = {name[len(FACT) :]: value for name, value in args.items() if name.startswith(FACT)}
    return _validated(QueryBody, {name: value for name, value in args.items() if not name.startswith(FACT)}), facts


def _refuse_repeated(args: MultiDict[str, str]) -> None:
    repeated = [name for name, values in args.lists() if len(values) > 1]
    if repeated:
        raise BodyInvalid(reason=f"{repeated[0][:60]}: given more than once")


def _allow(names: str) -> None:
    """Refuse parameters in the address other than `names` and the language: a misspelt one would ask for all."""
    _refuse_repeated(request.args)
    known = (*names.split(), "lang")
    unknown = [name for name in request.args if name not in known]
    if unknown:
        raise BodyInvalid(reason=f"{unknown[0][:60]}: not known here; {', '.join(known)}")


def _validated(kind: type[_Body], sent: dict[str, Any]) -> _Body:
    try:
        return kind.model_validate(sent)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise BodyInvalid(reason=f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _question(
    site: str | dict[str, Any],
    sent: ScreeningBody | QueryBody,
    project: ProjectBody | QueryBody,
    facts: dict[str, object],
) -> Question:
    return Question(
        site=site,
        crs=sent.crs,
        accuracy_m=sent.accuracy_m,
        width_m=sent.width_m,
        industry=project.industry,
        kind=project.kind,
        nature=project.nature,
        facts=facts,
        day=sent.day,
        known_at=sent.known_at,
    )


def _answer(screening: Screening) -> Response:
    response = Response(screening.json, mimetype="application/json")
    response.set_etag(screening.id)
    setattr(g, ANEW, True)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _layer_row(kind: str, found: Layer | BrokenLayer | None, audience: str, spoken: str) -> dict[str, Any]:
    entry = deployment().book.catalogue[kind]
    row: dict[str, Any] = {"layer": kind, "title": pick(entry.title.model_dump(), spoken), "state": "not_supplied"}
    if isinstance(found, BrokenLayer):
        return row | {"state": "failed", "release": found.release}
    if found is None:
        return row
    info = found.info.model_dump(
        mode="json", include={"provenance", "limits", "publish", "accuracy_m", "recorded_from", "data_date"}
    )
    said = {name: getattr(found.info, name) for name in ("dataset", "recipe", "coverage_note", "licence")}
    texts = {name: pick(text.model_dump(), spoken) if text else None for name, text in said.items()}
    handed_out = may_hand_out(found, audience)
    return (
        row
        | info
        | texts
        | {
            "state": "ok",
            "release": found.info.id,
            "zones": len(found.zones),
            "unplaced": len(found.zones) - len(found.placed),
            "geojson": url_for("api.layer", kind=kind) if handed_out else None,
        }
    )
