"""Values and geometries from a process that is not trusted: taken only where they are what they should be.

Whatever is not so raises `ValueError`; what is wrong in particular is of no use to anybody.
"""

import math
import struct
from collections.abc import Mapping
from dataclasses import fields
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from geo.texts import LANGUAGES, Phrase, Term, say

T = TypeVar("T")
LONGEST_TEXT = 2000  # characters
_MOST_PARAMETERS, _DEEPEST = 20, 4  # of a text; of texts within each other
_LARGEST = 1e15  # of a number
_SINGLE, _COLLECTION = range(1, 4), 7  # of the types of WKB; 4 to 6 are the multi-types of 1 to 3
_HEAD, _COUNT = struct.Struct("<BI"), struct.Struct("<I")
_POINT_BYTES = 16


def record(kind: type[T], plain: object) -> T:
    """A frozen dataclass from plain values, each of the type that its field has."""
    hints, names = get_type_hints(kind), {one.name for one in fields(cast(Any, kind))}
    if not isinstance(plain, Mapping) or set(plain) != names:
        raise ValueError(kind.__name__)
    return kind(**{name: _value(hints[name], plain[name]) for name in names})


def _value(hint: Any, value: object) -> object:
    if get_origin(hint) in (Union, UnionType):
        return None if value is None else _value(next(one for one in get_args(hint) if one is not NoneType), value)
    if get_origin(hint) is Literal and value in get_args(hint):
        return value
    if hint is str:
        return text(value)
    if hint is bool and isinstance(value, bool):
        return value
    if hint in (int, float) and isinstance(value, int | float) and not isinstance(value, bool):
        return _number(hint, value)
    raise ValueError(str(hint))


def _number(hint: type[int] | type[float], value: float) -> float:
    if not math.isfinite(value) or abs(value) > _LARGEST or (hint is int and not isinstance(value, int)):
        raise ValueError(str(value))
    return hint(value)


def text(value: object) -> str:
    """A text that is not too long."""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueError("text")
    return value


def plain_parameters(parameters: Mapping[str, object]) -> dict[str, object]:
    """The parameters of a text as plain values: codes of other texts as `{"term": …}`, with their own parameters."""
    return {name: _plain(value) for name, value in parameters.items()}


def _plain(value: object) -> object:
    if isinstance(value, Term):
        return {"term": str(value), "parameters": plain_parameters(value.parameters)}
    if type(value) in (int, float) and abs(cast(float, value)) <= _LARGEST:
        return value
    return "".join(sign if sign.isprintable() else " " for sign in str(value))[:LONGEST_TEXT]


def parameters_of(code: str, plain: object, depth: int = 0) -> dict[str, Any]:
    """The parameters of a text that the catalogue has, from what `plain_parameters` gave."""
    if not isinstance(plain, Mapping) or len(plain) > _MOST_PARAMETERS or depth > _DEEPEST:
        raise ValueError(code)
    parameters = {text(name): _parameter(value, depth) for name, value in plain.items()}
    try:
        for language in LANGUAGES:
            say(code, language, **parameters)
    except (LookupError, AttributeError) as error:
        raise ValueError(code) from error
    return parameters


def _parameter(value: object, depth: int) -> object:
    if isinstance(value, Mapping):
        code = text(value.get("term"))
        return Phrase(code, **parameters_of(code, value.get("parameters", {}), depth + 1))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(type(value), value)
    return text(value)


def wkb_points(data: bytes) -> int:
    """How many points a WKB has (two-dimensional, little-endian); nothing in it is deeper or longer than it may be.

    GEOS reads collections of collections by recursion, and would end this process on deep ones.
    """
    try:
        points, end = _walk(memoryview(data), 0, range(1, 8))
    except struct.error as error:
        raise ValueError("wkb") from error
    if end != len(data):
        raise ValueError("wkb")
    return points


def _walk(data: memoryview, at: int, taken: range) -> tuple[int, int]:
    """Points of the geometry that begins at a byte, and where it ends."""
    order, kind = _HEAD.unpack_from(data, at)
    if order != 1 or kind not in taken:
        raise ValueError("wkb")
    at += _HEAD.size
    if kind == 1:
        return 1, _past(data, at, 1)
    (count,) = _COUNT.unpack_from(data, at)
    at += _COUNT.size
    if kind == 2:
        return count, _past(data, at, count)
    if count > len(data):
        raise ValueError("wkb")
    points = 0
    for _ in range(count):
        if kind == 3:
            (more,) = _COUNT.unpack_from(data, at)
            at = _past(data, at + _COUNT.size, more)
        else:
            more, at = _walk(data, at, range(1, 7) if kind == _COLLECTION else range(kind - 3, kind - 2))
        points += more
    return points, at


def _past(data: memoryview, at: int, points: int) -> int:
    end = at + points * _POINT_BYTES
    if end > len(data):
        raise ValueError("wkb")
    return end
