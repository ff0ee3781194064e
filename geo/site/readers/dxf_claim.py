"""What a drawing says of its coordinates: its geographic data (GEODATA), its texts, its unit."""

from collections.abc import Iterator
from itertools import chain

from ezdxf import units
from ezdxf.document import Drawing
from ezdxf.entities.geodata import GeoData
from ezdxf.lldxf.const import DXFError, InvalidGeoDataException
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.site.contents import Claim, shortened
from geo.site.notice import Notice
from geo.site.readers.dxf_objects import texts_of
from geo.site.readers.marks import claim_of_texts

_METRES, _NO_UNIT = 6, 0
_SAME = 1e-9  # relative: of scales and directions


def claim_of(drawing: Drawing) -> tuple[Claim, tuple[Notice, ...]]:
    """What a drawing says of its coordinates, and what its reader should know beside.

    Geographic data that turns, scales or moves the drawing makes its coordinates none of the system that it names:
    nothing is claimed then, with a notice `drawing_placed_elsewhere`. Of a unit other than the metre only a notice is
    given (`drawing_units`): most templates state millimetres whatever is drawn.
    """
    notices = list(_unit(drawing))
    data = drawing.modelspace().get_geodata()
    named = [] if data is None else list(_names(data))
    claim, told = claim_of_texts(chain(named, texts_of(drawing)))
    notices += told
    if data is None:
        return claim, tuple(notices)
    if not _as_it_is(data):
        notices.append(Notice("drawing_placed_elsewhere", {"system": shortened(", ".join(named)) or "–"}))
        return Claim(mark=claim.mark), tuple(notices)
    return claim, tuple(notices)


def _unit(drawing: Drawing) -> Iterator[Notice]:
    unit = int(drawing.header.get("$INSUNITS", _NO_UNIT))
    if unit not in (_METRES, _NO_UNIT):
        try:
            symbol = units.decode(unit)
        except (IndexError, KeyError):
            symbol = None
        yield Notice("drawing_units", {"unit": symbol or str(unit)})


def _names(data: GeoData) -> Iterator[str]:
    """The system of geographic data, as words: its code, the register's name for it, its own names."""
    try:
        code, _ = data.get_crs()
    except (InvalidGeoDataException, DXFError, AttributeError, ValueError):
        yield from _own_names(data)
        return
    yield f"EPSG:{code}"
    try:
        yield CRS.from_epsg(code).name
    except CRSError:
        yield from _own_names(data)


def _own_names(data: GeoData) -> Iterator[str]:
    definition = data.coordinate_system_definition
    for opening, closing in (("<Name>", "</Name>"), ("<Description>", "</Description>")):
        _, found, rest = definition.partition(opening)
        if found:
            yield rest.partition(closing)[0][:200]


def _as_it_is(data: GeoData) -> bool:
    """Whether the coordinates of the drawing are those of the system, neither moved nor turned nor scaled."""
    dxf = data.dxf
    east, north = dxf.north_direction[0], dxf.north_direction[1]
    upright = abs(east) <= _SAME * abs(north) and north > 0.0
    moved = dxf.coordinate_type == GeoData.LOCAL_GRID and not dxf.design_point.isclose(dxf.reference_point)
    known = dxf.coordinate_type in (GeoData.LOCAL_GRID, GeoData.PROJECTED_GRID, GeoData.GEOGRAPHIC)
    own = dxf.user_scale_factor if dxf.scale_estimation_method == GeoData.USER_SCALE else 1.0
    scaled = any(abs(scale - 1.0) > _SAME for scale in (dxf.horizontal_unit_scale, own))
    return known and upright and not moved and not scaled
