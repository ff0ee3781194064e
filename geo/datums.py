"""The datums that coordinates of China come in."""

from typing import Literal

# `local`: a system of one town or one building site, which nothing can place without its own parameters.
Datum = Literal["cgcs2000", "wgs84", "gcj02", "bd09", "xian80", "beijing54", "local"]
