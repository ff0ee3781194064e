"""Figures for people: lists, areas, lengths and shares in words."""

from collections.abc import Sequence

from geo.texts import BINDING, say


def listed(items: Sequence[str], language: str = BINDING) -> str:
    """A list in a sentence."""
    return say("list.between", language).join(items)


def area(value_m2: float, language: str = BINDING) -> str:
    """An area for people: m² when small, hectares, then km²."""
    for unit, size in (("km²", 1e7), ("ha", 1e4)):
        if value_m2 >= size:
            number = value_m2 / (1e6 if unit == "km²" else 1e4)
            return f"{number:,.2f} {say('unit.ha', language) if unit == 'ha' else unit}"
    return f"{value_m2:,.2f} m²"


def length(value_m: float) -> str:
    """A length for people."""
    return f"{value_m / 1000.0:,.2f} km" if value_m >= 1000.0 else f"{value_m:,.1f} m"


def chainage(value_m: float) -> str:
    """A place along a line, or a stretch of it, for people: metres, however long."""
    return f"{value_m:,.1f} m"


def percent(share: float) -> str:
    """A share for people, never rounded to nothing or to all."""
    if 0.0 < share < 0.0001:
        return "<0.01 %"
    return ">99.99 %" if 0.9999 < share < 1.0 else f"{share * 100.0:.2f} %"
