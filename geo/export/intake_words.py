"""What was understood of a file of sites, in words: from the record `fenqu.sites/1` alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.figures import area, length, listed, percent
from geo.report import View
from geo.texts import BINDING, say

MOST_LISTED = 200  # pieces that can be ticked; more than these are no single site either
_DATUMS = {4490: "cgcs2000", 4326: "wgs84", 4610: "xian80", 4214: "beijing54"}  # by the EPSG code of their degrees
_KINDS = {"point": "ui.kind_point", "line": "ui.kind_line", "area": "ui.kind_polygon"}
_Said = Mapping[str, Any]


def present_sites(record: _Said, language: str = BINDING) -> View:
    """Say a record of a file in words, in one language."""
    readings = [_reading(number, one, record, language) for number, one in enumerate(record["readings"], start=1)]
    taken = [piece for piece in record["pieces"] if piece["taken"]]
    return {
        "file": record["file"],
        "format": say(f"format.{record['format']}", language),
        "claim": claim_in_words(record["claim"], language),
        "settled": record["settled"],
        "read_as": _read_as(record["settled"], readings, language),
        "layers": [_layer(layer, language) for layer in record["layers"]],
        "pieces": [_piece(piece, language) for piece in record["pieces"][:MOST_LISTED]],
        "unlisted": max(0, len(record["pieces"]) - MOST_LISTED),
        "count": say(
            "ui.pieces_taken",
            language,
            taken=len(taken),
            count=len(record["pieces"]),
            vertices=sum(piece["vertices"] for piece in taken),
        ),
        "notices": [_notice(one, language) for one in record["notices"]],
        "readings": readings,
    }


def crs_in_words(crs: str, language: str = BINDING) -> str:
    """A CRS as people know it: the datum, degrees or the zone and its central meridian; its own name where it has none.

    What follows a `+` are parameters of its conversion, and is left out.
    """
    name = crs.partition("+")[0]
    offset = name.lower().replace("-", "")
    if offset in ("gcj02", "bd09"):
        return say(f"datum.{offset}", language)
    try:
        known = CRS.from_epsg(int(name.removeprefix("EPSG:")))
    except (CRSError, ValueError):
        return crs
    geodetic = known.geodetic_crs
    named = _DATUMS.get(geodetic.to_epsg() or 0) if geodetic else None
    if named is None:
        return crs
    datum = say(f"datum.{named}", language)
    operation = known.coordinate_operation
    if not known.is_projected or operation is None:
        return say("ui.crs_degrees", language, datum=datum)
    said = {each.name: float(each.value) for each in operation.params}
    false_easting = said.get("False easting", 0.0)
    parameters = {
        "datum": datum,
        "band": 3 if "3-degree" in known.name else 6,
        "meridian": f"{said.get('Longitude of natural origin', 0.0):g}",
    }
    if false_easting < 1e6:
        return say("ui.crs_gauss", language, **parameters)
    return say("ui.crs_gauss_zone", language, zone=int(false_easting // 1e6), **parameters)


def claim_in_words(claim: _Said, language: str = BINDING) -> str:
    """What a file says of its coordinates."""
    if claim["by"] == "nobody":
        return say("ui.claim_by_nobody", language)
    said = [crs_in_words(claim["crs"], language)] if claim["crs"] else []
    if not said and claim["datum"]:
        said.append(say(f"datum.{claim['datum']}", language))
    for name in ("band", "zone", "meridian"):
        if claim[name] is not None:
            said.append(say(f"ui.claim_{name}", language, value=f"{claim[name]:g}"))
    if not claim["crs"] and claim["degrees"] is not None:
        said.append(say("ui.claim_degrees" if claim["degrees"] else "ui.claim_metres", language))
    said += [f"“{claim['mark']}”"] if claim["mark"] else []
    return say(f"ui.claim_by_{claim['by']}", language, what=listed(said, language) or "–")


def _read_as(settled: bool, readings: Sequence[View], language: str) -> str:
    if settled:
        return say("ui.read_as", language, crs=readings[0]["crs_text"])
    if len(readings) == 1:
        return say("ui.read_confirm", language, crs=readings[0]["crs_text"])
    return say("ui.read_choose", language, count=len(readings))


def _layer(layer: _Said, language: str) -> View:
    counts = {name: layer[name] for name in ("areas", "lines", "points")}
    return {"name": layer["name"], "taken": layer["taken"], "text": say("ui.layer_holds", language, **counts)}


def _piece(piece: _Said, language: str) -> View:
    kind = say(_KINDS[piece["kind"]], language)
    vertices = say("ui.piece_vertices", language, count=piece["vertices"])
    return {
        "number": piece["number"],
        "taken": piece["taken"],
        "name": piece["name"] or say("ui.piece_number", language, number=piece["number"]),
        "text": " · ".join(part for part in (kind, vertices, piece["layer"], piece["address"]) if part),
    }


def _notice(notice: _Said, language: str) -> str:
    return say(f"notice.{notice['code']}", language, **_spoken(notice["parameters"], language))


def _error(error: _Said, language: str) -> str:
    return say(f"error.{error['code']}", language, **_spoken(error["parameters"], language))


def _spoken(parameters: _Said, language: str) -> _Said:
    """Parameters of a text; those that are codes of the catalogue are said too."""
    return {
        name: say(value["text"], language, **_spoken(value.get("parameters", {}), language))
        if isinstance(value, Mapping)
        else value
        for name, value in parameters.items()
    }


def _reading(number: int, one: _Said, record: _Said, language: str) -> View:
    """One reading: its CRS, where it lies, how large it is, what it would mean, and what speaks for it."""
    told = {notice["code"] for notice in record["notices"]}
    size = [] if one["area_m2"] is None else [area(one["area_m2"], language)]
    size += [] if one["length_m"] is None else [length(one["length_m"])]
    lines = [_notice(each, language) for each in one["evidence"] if each["code"] not in told]
    if one["accuracy_m"]:
        lines.append(say("ui.reading_accuracy", language, metres=f"{one['accuracy_m']:g}"))
    if one["simplified_m"]:
        lines.append(say("ui.outline_simplified", language, metres=f"{one['simplified_m']:.1f}"))
    return {
        "number": number,
        "crs": one["crs"],
        "crs_text": crs_in_words(one["crs"], language),
        "where": _where(one, language),
        "size": listed(size, language),
        "apart": say("ui.reading_apart", language, distance=length(one["from_first_m"]))
        if number > 1 and one["from_first_m"] is not None
        else "",
        "meaning": _meaning(one["meaning"], language) if one["meaning"] else "",
        "evidence": lines,
        "mended": [_mended(each, language) for each in one["mended"]],
        "error": _error(one["error"], language) if one["error"] else "",
    }


def _where(one: _Said, language: str) -> str:
    if one["bbox"] is None:
        return ""
    west, south, east, north = one["bbox"]
    centre = say("ui.reading_centre", language, lon=f"{(west + east) / 2:.5f}", lat=f"{(south + north) / 2:.5f}")
    if one["counties"] is None:
        return centre
    names = listed([county["name"] for county in one["counties"]], language)
    return f"{names or say('ui.reading_nowhere', language)} · {centre}"


def _meaning(meaning: _Said, language: str) -> str:
    word = meaning["indicative_verdict"] if meaning["illustrative"] else meaning["verdict"]
    verdict = say(f"verdict.{word}", language)
    told = say("answer.indicative", language, verdict=verdict) if meaning["illustrative"] else verdict
    return say("ui.reading_meaning", language, verdict=told)


def _mended(one: _Said, language: str) -> str:
    return say(
        "ui.mended",
        language,
        part=one["part"],
        reason=say(one["reason"], language),
        before=area(one["written_m2"], language),
        after=area(one["after_m2"], language),
        changed=area(one["changed_m2"], language),
        share=percent(one["share"]),
    )
