"""What is said of a conversion: how far it moved a site, what it may be wrong by, and what was merely assumed."""

from collections.abc import Sequence

import numpy as np
import shapely

from geo.crs import GEOD, WGS84_EPSG, to_bd09, to_gcj02
from geo.frames import Frame, refused
from geo.site.notice import Notice


def converted(frame: Frame, points: np.ndarray) -> tuple[Notice, ...]:
    """What there is to say of points that came in a frame and are in EPSG:4490 now.

    Parameters
    ----------
    points : shape (n, 2), degrees, EPSG:4490

    Raises
    ------
    SiteDatumRefused
        Where a sender's parameters move them further than two datums can lie apart.
    """
    if frame.epsg == WGS84_EPSG:
        return (taken_as_cgcs2000(),)
    if frame.exact or not len(points) or not np.isfinite(points).all():
        return ()
    middle = _middle(points)
    east, north = frame.moved_m(middle)
    if np.hypot(east, north) > frame.move_m:
        raise refused(frame.datum, "parameters_far")
    told = {"crs": frame.name, "east": f"{east:+.0f}", "north": f"{north:+.0f}"}
    if frame.parameters:
        return (Notice("converted_by_parameters", told),)
    back = frame.to_engine(frame.from_engine(shapely.Point(middle)))
    residual = _distance_m(middle, shapely.get_coordinates(back)[0])
    return (Notice("converted_from", {**told, "residual": f"{residual:.3f}", "accuracy": f"{frame.accuracy_m:g}"}),)


def taken_as_cgcs2000() -> Notice:
    """That degrees came in WGS 84."""
    return Notice("wgs84_taken_as_cgcs2000")


def assumed(points: np.ndarray) -> Notice:
    """That the datum of degrees was not said, and how far off they would be in metres if it were an offset one."""
    _, (notice,) = assumed_each(np.array([_middle(points)]))
    return notice


def assumed_each(points: np.ndarray) -> tuple[np.ndarray, list[Notice]]:
    """The same of each point by itself: the number of its notice, shape (n,), and the notices, each once."""
    off = np.array([np.rint(_distances_m(points, offset(points))) for offset in (to_gcj02, to_bd09)]).T
    pairs, which = np.unique(off.astype(np.int64) @ (1 << 32, 1), return_inverse=True)
    told = (divmod(pair, 1 << 32) for pair in pairs.tolist())
    return which, [Notice("datum_assumed", {"gcj02": f"{gcj02}", "bd09": f"{bd09}"}) for gcj02, bd09 in told]


def _distances_m(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    _, _, metres = GEOD.inv(some[:, 0], some[:, 1], others[:, 0], others[:, 1])
    return np.asarray(metres)


def _distance_m(one: Sequence[float] | np.ndarray, other: Sequence[float] | np.ndarray) -> float:
    return float(GEOD.inv(one[0], one[1], other[0], other[1])[2])


def _middle(points: np.ndarray) -> tuple[float, float]:
    west, south = points.min(axis=0)
    east, north = points.max(axis=0)
    return float(west + east) / 2.0, float(south + north) / 2.0
