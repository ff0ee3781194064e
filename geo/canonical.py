"""Canonical JSON: the same value gives the same bytes, and the bytes a short hash.

Keys are sorted; numbers are rounded by `quantity` before they come here; there is no white space.
"""

from hashlib import sha256

import orjson

AREA_DIGITS = 2  # m² to 0.01
LENGTH_DIGITS = 3  # m to 0.001
SHARE_DIGITS = 6
DEGREE_DIGITS = 9


def encode(value: object) -> bytes:
    """The canonical bytes of a JSON value."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def digest(value: object) -> str:
    """SHA-256 of the canonical bytes, as 32 hex digits (128 bits)."""
    return hashed(encode(value))


def hashed(octets: bytes) -> str:
    """The same of bytes that are canonical already."""
    return sha256(octets).hexdigest()[:32]


def quantity(value: float, digits: int) -> float:
    """Round one number for the record; minus zero becomes zero."""
    return round(float(value), digits) + 0.0
