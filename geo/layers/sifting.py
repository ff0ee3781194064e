"""The sides of zones sifted by compiled loops, which do what `borders.sift` does in a fifth of the time.

To load them takes longer than a thousand points save, so that only a process that answers many does.
"""

from math import hypot, radians

import numpy as np
import shapely

from geo.layers.borders import LEAST_M, RUN, Borders, Here
from geo.layers.cells import jit


@jit
def _near(
    here: Here, boxes: np.ndarray, some: np.ndarray, layer: np.ndarray, most: np.ndarray, stretch: np.ndarray
) -> int:
    """Keep those of some boxes that may hold a nearest side, and their layers, at the beginning; how many they are."""
    for i in range(len(some)):
        across, along = (boxes[4, some[i]] - here.lon) * here.wide, boxes[5, some[i]] - here.lat
        most[layer[i]] = min(most[layer[i]], (across * across + along * along) * stretch[layer[i]])
    kept = 0
    for i in range(len(some)):
        box = some[i]
        across = max(boxes[0, box] - here.lon, here.lon - boxes[2, box], 0.0) * here.wide
        along = max(boxes[1, box] - here.lat, here.lat - boxes[3, box], 0.0)
        if across * across + along * along <= most[layer[i]]:
            some[kept], layer[kept] = box, layer[i]
            kept += 1
    return kept


@jit
def _away_m(here: Here, points: np.ndarray, run: int, out: np.ndarray) -> None:
    """Distance to each side of a run, metres; see `Here.away_m`."""
    ax = ay = 0.0
    for i in range(RUN + 1):
        up = points[1, run, i] - here.lat
        half = up * 0.5
        x = (points[0, run, i] - here.lon) * (here.parallel_m - half * (here.slope + half * here.curve))
        y = up * (here.meridian_m + half * here.bend)
        if i:
            over, rise = x - ax, y - ay
            share = min(max(-(ax * over + ay * rise) / (over * over + rise * rise), 0.0), 1.0)
            out[i - 1] = hypot(ax + share * over, ay + share * rise)
        ax, ay = x, y


@jit
def _error_m(here: Here, away_m: float) -> float:
    arc = radians(away_m / LEAST_M) ** 2
    return away_m * arc * (here.haze + arc) + 0.01


@jit
def _sift(
    here: Here,
    most: np.ndarray,
    stretch: np.ndarray,
    levels: tuple[np.ndarray, ...],
    layer: np.ndarray,
    points: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    some, layer = np.arange(levels[0].shape[1]), layer.copy()
    for number in range(len(levels)):
        if number:
            some = (some.repeat(RUN).reshape(-1, RUN) * RUN + np.arange(RUN)).ravel()
            layer = layer.repeat(RUN)
        kept = _near(here, levels[number], some, layer, most, stretch)
        some, layer = some[:kept], layer[:kept]
    away, least = np.empty((len(some), RUN)), np.full(len(most), np.inf)
    for i in range(len(some)):
        _away_m(here, points, some[i], away[i])
        least[layer[i]] = min(least[layer[i]], away[i].min())
    for i in range(len(most)):
        most[i] = least[i] + _error_m(here, least[i])
    run, side, of = np.empty(away.size, np.int64), np.empty(away.size, np.int64), np.empty(away.size, np.int64)
    found = 0
    for i in range(len(some)):
        for j in range(RUN):
            if away[i, j] - _error_m(here, away[i, j]) <= most[layer[i]]:
                run[found], side[found], of[found] = some[i], j, layer[i]
                found += 1
    return run[:found], side[:found], of[:found]


def load() -> None:
    """Use them in this process from now on; returns when they are compiled, or read as they were compiled before."""
    square = Borders.of([np.array([shapely.box(0.0, 0.0, 1.0, 1.0)])])
    _sift(Here.at(0.5, 0.5), np.ones(1), np.ones(1), square.levels, square.layer, square.points)
    Borders.sift = staticmethod(_sift)
