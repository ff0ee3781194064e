"""YAML files of the layers: rules, documents, vocabulary, catalogue, recipes; read in C where libyaml is there."""

from pathlib import Path
from typing import Any

import yaml

YamlFault = yaml.YAMLError
# The same safe subset of YAML either way; libyaml's reader is several times as fast.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> Any:
    """Read a file of plain YAML values, in UTF-8.

    Raises
    ------
    OSError, UnicodeDecodeError, YamlFault
        Where it is not there, is no UTF-8, or no YAML of plain values.
    """
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 (a safe loader)
