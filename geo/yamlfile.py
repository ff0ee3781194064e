"""YAML files of the layers: rules, documents, vocabulary, catalogue, recipes; read in C where libyaml is there."""

from pathlib import Path
from typing import Any

import yaml

YamlFault = yaml.YAMLError


class _UniqueKeys(yaml.constructor.SafeConstructor):
    """Plain values only, and no key twice in a mapping: YAML itself would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if twice := sorted({str(key) for key in keys if keys.count(key) > 1}):
            raise yaml.constructor.ConstructorError(None, None, f"{', '.join(twice)} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


# libyaml reads several times as fast as the reader in Python; both give the same values.
_Loader: Any = type("_Loader", (_UniqueKeys, getattr(yaml, "CSafeLoader", yaml.SafeLoader)), {})


def read_yaml(path: Path) -> Any:
    """Read a file of plain YAML values, in UTF-8.

    Raises
    ------
    OSError, UnicodeDecodeError, YamlFault
        Where it is not there, is no UTF-8, no YAML of plain values, or has a key twice.
    """
    loader = _Loader(path.read_text(encoding="utf-8"))
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()
