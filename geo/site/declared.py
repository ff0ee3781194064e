"""What a CRS that a file names says of its coordinates: a claim, and never more than the CRS says."""

import re
from unicodedata import normalize

from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.crs import SIX_DEGREE, WGS84_EPSG
from geo.datums import Datum
from geo.importing.reference import gauss_parameters, in_degrees, is_gauss, plain_crs, register_code
from geo.site.contents import Claim, shortened
from geo.site.notice import Notice
from geo.site.words import datum_words, datums_in

# Datums that have to be converted: their names in WKT of either kind, with semi-axis in metres and flattening.
_OLD: dict[str, tuple[Datum, float, float]] = {
    "xian 1980": ("xian80", 6_378_140.0, 298.257),
    "beijing 1954": ("beijing54", 6_378_245.0, 298.3),
}
_REFUSED: tuple[Datum, ...] = ("xian80", "beijing54", "local")  # whatever else stands beside their names
_NAME_ONLY = ("", "坐标", "坐标系", "系")  # what may stand beside the words of a datum that are the whole name of a CRS
_SIX, _THREE = range(13, 24), range(25, 46)  # numbers of zones; the two bands share none
_DEFINED = re.compile(
    r"\s*(?:\d{4,6}$|(?:EPSG|ESRI|OGC):|urn:(?:x-)?ogc:def:crs:|https?://www\.opengis\.net/def/crs/|CRS84$|[A-Z_]+\s*\[)",
    re.IGNORECASE,
)
_ZONE_M = 1_000_000.0  # metres of a false easting for each number of a zone
_FALSE_EASTING_M = 500_000.0
_NAMED_MERIDIAN = re.compile(r"(?:\bCM|_CM|中央(?:子午线|经线))[ _]*(\d{2,3}(?:\.\d+)?)", re.IGNORECASE)
_NAMED_ZONE = re.compile(r"zone[ _]*(\d{2})(?!\d)", re.IGNORECASE)


def claim_of_crs(text: str | None) -> tuple[Claim, tuple[Notice, ...]]:
    """The claim of a file that names a CRS by a code, a URN or WKT.

    `crs` is set for those that this program takes, known by datum, projection and parameters, whatever their name is.
    A zone of Xi'an 80 or Beijing 54 has its datum, band, zone and meridian. Words alone are the datum that they name;
    anything else is `foreign`, with its name in `mark`. A name that contradicts the datum or the parameters gives the
    notice `claims_contradict`, and neither is believed.
    """
    if not text:
        return Claim(), ()
    try:
        if not _DEFINED.match(text):  # a name alone is looked up by likeness, and PROJ's own language names files
            raise CRSError(text)
        crs = plain_crs(CRS.from_user_input(f"EPSG:{text}" if text.isdigit() else text))
    except CRSError:
        return _named(text), ()
    if crs.name.startswith("Undefined"):  # so GeoPackage says that it says nothing
        return Claim(), ()
    if (words := _datum_words(crs)) == ("local",):
        return Claim(by="file", datum="local", mark=_mark(crs)), ()
    claim, told = _of_crs(crs)
    if claim.crs and not set(words) <= {"cgcs2000", "wgs84"}:
        told = (Notice("claims_contradict", {"said": shortened(f"{_mark(crs)} / {_datum_name(crs)}")}),)
        return Claim(by="file", degrees=claim.degrees, mark=claim.mark), told
    return claim, told


def _named(text: str) -> Claim:
    """A CRS of which only words can be read: an offset or old datum, or ours where they say nothing else."""
    found = datum_words(text)
    if len(found) == 1:
        ((datum, words),) = found.items()
        if datum in _REFUSED or normalize("NFKC", text).replace(words, "").strip() in _NAME_ONLY:
            return Claim(by="file", datum=datum, mark=shortened(text))
    return Claim(by="file", mark=shortened(text), foreign=True)


def _datum_words(crs: CRS) -> tuple[Datum, ...]:
    """The datums that the names of a CRS and of its degrees say."""
    base = crs.geodetic_crs
    return datums_in(f"{crs.name} {base.name if base else ''}")


def _datum_name(crs: CRS) -> str:
    base = crs.geodetic_crs
    return base.datum.name if base and base.datum else "–"


def _of_crs(crs: CRS) -> tuple[Claim, tuple[Notice, ...]]:
    if crs.is_geographic:
        return _of_degrees(crs), ()
    return _of_zone(crs) if is_gauss(crs) else (_unknown(crs), ())


def _of_degrees(crs: CRS) -> Claim:
    code = register_code(crs)
    if code is None:
        old = _old_datum(crs)
        return Claim("file", datum=old, degrees=in_degrees(crs) or None, mark=_mark(crs), foreign=old is None)
    datum: Datum = "wgs84" if code == WGS84_EPSG else "cgcs2000"
    return Claim(by="file", crs=f"EPSG:{code}", datum=datum, degrees=True, mark=_mark(crs))


def _of_zone(crs: CRS) -> tuple[Claim, tuple[Notice, ...]]:
    code, old = register_code(crs), _old_datum(crs)
    if code is None and old is None:
        return _unknown(crs), ()
    datum: Datum = "cgcs2000" if old is None else old
    latitude, meridian, scale, easting, northing = gauss_parameters(crs)
    foreign = Claim(by="file", datum=datum, degrees=False, mark=_mark(crs), foreign=True)
    if (latitude, scale, northing) != (0.0, 1.0, 0.0):
        return foreign, ()
    if (named := _named_meridian(crs.name)) is not None and named != meridian:
        told = Notice("claims_contradict", {"said": f"{_mark(crs)} / {meridian:g}°"})
        return Claim(by="file", datum=datum, degrees=False, mark=_mark(crs)), (told,)
    zone = round((easting - _FALSE_EASTING_M) / _ZONE_M)
    if easting != _FALSE_EASTING_M + zone * _ZONE_M or (zone and _meridian(zone) != meridian):
        return foreign, ()
    return Claim(
        by="file",
        crs=None if code is None else f"EPSG:{_stated(crs, code)}",
        datum=datum,
        degrees=False,
        band=(3 if zone in _THREE else 6) if zone else 3 if meridian % 6 == 0 else None,
        zone=zone or None,
        meridian=meridian,
        mark=_mark(crs),
    ), ()


def _unknown(crs: CRS) -> Claim:
    return Claim(by="file", degrees=False if crs.is_projected else None, mark=_mark(crs), foreign=True)


def _mark(crs: CRS) -> str:
    """The name of a CRS; of a zone with its central meridian and false easting, which its name may not say rightly."""
    if not is_gauss(crs):
        return shortened(crs.name)
    _, meridian, _, easting, _ = gauss_parameters(crs)
    return shortened(f"{shortened(crs.name)[:50]} ({meridian:.10g}°, {easting:.10g} m)")


def _stated(crs: CRS, code: int) -> int:
    """The code that a CRS itself states, where it is a zone of 6 degrees that is the same as one of 3 degrees."""
    own = crs.to_json_dict().get("id", {}).get("code")  # a search by its parameters would take seconds
    same = own in SIX_DEGREE and gauss_parameters(CRS.from_epsg(own)) == gauss_parameters(crs)
    return int(own) if same else code


def _old_datum(crs: CRS) -> Datum | None:
    base = crs.geodetic_crs
    if base is None or base.datum is None or base.ellipsoid is None or not in_degrees(base):
        return None
    known = _OLD.get(base.datum.name.replace("_", " ").lower().removeprefix("d "))
    if known is None:
        return None
    datum, axis, flattening = known
    own = base.ellipsoid
    same = abs(own.semi_major_metre - axis) < 1e-3 and abs(own.inverse_flattening - flattening) < 1e-3
    return datum if same else None


def _named_meridian(name: str) -> float | None:
    """The central meridian that the name of a zone says, degrees east."""
    if match := _NAMED_MERIDIAN.search(name):
        return float(match[1])
    match = _NAMED_ZONE.search(name)
    return _meridian(int(match[1])) if match else None


def _meridian(zone: int) -> float | None:
    """The central meridian of a zone by its number, degrees east; None where no zone of China has it."""
    return 6.0 * zone - 3.0 if zone in _SIX else 3.0 * zone if zone in _THREE else None
