"""Files of the book in their form: YAML as JSON, held against the JSON Schemas that editors show too."""

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from geo.errors import RulebookError
from geo.yamlfile import YamlFault, read_yaml

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).parent / "schemas"


def read_form(path: Path, schema: str | None = None) -> Any:
    """Read a YAML file as JSON, days as text; with a schema, refuse what does not meet `schemas/<schema>.json`.

    Raises
    ------
    RulebookError
        Naming the file, the place in it and what is wrong there.
    """
    try:
        read = _as_json(read_yaml(path))
    except (OSError, UnicodeDecodeError, YamlFault) as error:
        raise RulebookError(where=path.name, reason=str(error)) from error
    for fault in _validator(schema).iter_errors(read) if schema else ():
        place = "/".join(str(step) for step in fault.absolute_path)
        raise RulebookError(where=f"{path.name}: {place}", reason=fault.message[:400])
    return read


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_json(inner) for inner in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


@cache
def _validator(name: str) -> "Draft202012Validator":
    from jsonschema import Draft202012Validator  # not needed where the book is kept in one file

    schema = orjson.loads((SCHEMAS / f"{name}.json").read_bytes())
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
