"""The CRS of a delivery: which of those taken it is, whatever name it comes under.

ESRI's .prj files carry no codes: a CRS is known by its datum, projection and parameters.
"""

from functools import cache
from math import radians

from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.crs import ENGINE_EPSG, SIX_DEGREE, THREE_DEGREE, WGS84_EPSG, read_epsg
from geo.errors import SiteCrsUnknown, SourceCrsRefused, SourceCrsUndeclared, Term

_ELLIPSOID = (6_378_137.0, 298.257222101)  # CGCS2000
_PARAMETERS = (  # of a Gauss-Kruger projection, by their codes in the EPSG register
    8801,  # latitude of natural origin, degrees
    8802,  # longitude of natural origin, degrees
    8805,  # scale factor
    8806,  # false easting, m
    8807,  # false northing, m
)
_REASONS = (("xian", "xian_1980"), ("beijing", "beijing_1954"), ("pseudo", "web_mercator"), ("popular", "web_mercator"))


def declared_crs(source: str, text: str) -> CRS:
    """Read the CRS that an operator declares.

    Raises
    ------
    SourceCrsUndeclared
        Where it is none of those taken.
    """
    try:
        return CRS.from_epsg(read_epsg(text))
    except SiteCrsUnknown as error:
        raise SourceCrsUndeclared(source=source, crs=text[:60]) from error


def taken_crs(source: str, crs: CRS) -> CRS:
    """The CRS of the EPSG register that a delivery's CRS is the same as.

    Raises
    ------
    SourceCrsRefused
        Where it is none of EPSG:4490, 4326 and the Gauss-Kruger zones of CGCS2000.
    """
    plain = plain_crs(crs)
    found = register_code(plain)
    if found is None:
        raise SourceCrsRefused(source=source, crs=plain.name[:80], reason=Term(f"cause.crs_{_reason(plain)}"))
    return CRS.from_epsg(found)


def register_code(crs: CRS) -> int | None:
    """The code of the CRS taken that a plain CRS is the same as, by its datum, projection and parameters."""
    if crs.is_geographic:
        return _geographic(crs)
    return _zones().get(gauss_parameters(crs)) if is_gauss(crs) and _is_china_2000(crs) else None


def plain_crs(crs: CRS) -> CRS:
    """Without a height beside it and without a datum shift around it."""
    while crs.is_compound or crs.is_bound:
        inner = crs.sub_crs_list[0] if crs.is_compound else crs.source_crs
        if inner is None:
            break
        crs = inner
    return crs


def _is_china_2000(crs: CRS) -> bool:
    base = crs.geodetic_crs
    if base is None or base.ellipsoid is None or base.prime_meridian is None or base.datum is None:
        return False
    size = base.ellipsoid.semi_major_metre, base.ellipsoid.inverse_flattening
    close = abs(size[0] - _ELLIPSOID[0]) < 1e-3 and abs(size[1] - _ELLIPSOID[1]) < 1e-6
    name = base.datum.name.lower()
    known = "china" in name or "cgcs" in name
    return close and known and base.prime_meridian.longitude == 0.0


def in_degrees(crs: CRS) -> bool:
    """Whether a geographic CRS counts in degrees, and from Greenwich."""
    degrees = all(abs(axis.unit_conversion_factor - radians(1.0)) < 1e-9 for axis in crs.axis_info[:2])
    return degrees and crs.prime_meridian is not None and crs.prime_meridian.longitude == 0.0


def _geographic(crs: CRS) -> int | None:
    if not in_degrees(crs):
        return None
    if _is_china_2000(crs):
        return ENGINE_EPSG
    name = (crs.datum.name if crs.datum else "").lower().replace("_", " ")
    if name.startswith(("world geodetic system 1984", "wgs 84", "wgs 1984", "wgs84")):
        return WGS84_EPSG
    return None


def is_gauss(crs: CRS) -> bool:
    """Whether a CRS is a Gauss-Krueger projection in metres, of whatever datum."""
    return (
        crs.is_projected
        and crs.coordinate_operation is not None
        and crs.coordinate_operation.method_name in ("Transverse Mercator", "Gauss_Kruger", "Gauss Kruger")
        and all(axis.unit_conversion_factor == 1.0 for axis in crs.axis_info)
    )


def gauss_parameters(crs: CRS) -> tuple[float, ...]:
    """Latitude and longitude of origin in degrees, scale, false easting and northing in metres; NaN where unsaid."""
    operation = crs.coordinate_operation
    values = {parameter.code: parameter.value for parameter in operation.params} if operation else {}
    return tuple(round(float(values.get(str(code), "nan")), 9) for code in _PARAMETERS)


@cache
def _zones() -> dict[tuple[float, ...], int]:
    """Code of each zone by its parameters; where a 6-degree zone has those of a 3-degree one, the latter."""
    return {gauss_parameters(CRS.from_epsg(code)): code for code in (*SIX_DEGREE, *THREE_DEGREE)}


def _reason(crs: CRS) -> str:
    said = f"{crs.name} {crs.geodetic_crs.name if crs.geodetic_crs else ''}".lower()
    if crs.coordinate_operation is not None:
        said += f" {crs.coordinate_operation.method_name.lower()}"
    return next((reason for word, reason in _REASONS if word in said), "other")


def read_crs(source: str, text: object) -> CRS | None:
    """Read what a reader says of a source's CRS; None where it says nothing.

    Raises
    ------
    SourceCrsRefused
        Where it says something that is no CRS.
    """
    if not text:
        return None
    try:
        return CRS.from_user_input(text)
    except CRSError as error:
        raise SourceCrsRefused(source=source, crs=str(text)[:80], reason=Term("cause.crs_other")) from error
