"""The sides of zones sifted by compiled loops, which do what `borders.sift` does in a fifth of the time.

To load them takes longer than a thousand points save, so that only a process that answers many does.
"""

import numpy as np
import shapely

import geo.layers.borders as plain
from geo.layers.borders import RUN, Borders, Here, Runs
from geo.layers.cells import jit

_square, _square_to_box = jit(plain.square), jit(plain.square_to_box)
_placed, _away_m, _error_m = jit(plain.placed), jit(plain.away_m), jit(plain.error_m)


@jit
def _near(
    here: Here, boxes: np.ndarray, some: np.ndarray, layer: np.ndarray, most: np.ndarray, stretch: np.ndarray
) -> int:
    """Keep those of some boxes that may hold a nearest side, and their layers, at the beginning; how many they are."""
    for i in range(len(some)):
        own = _square(here, boxes[4, some[i]], boxes[5, some[i]]) * stretch[layer[i]]
        most[layer[i]] = min(most[layer[i]], own)
    kept = 0
    for i in range(len(some)):
        box = some[i]
        if _square_to_box(here, boxes[0, box], boxes[1, box], boxes[2, box], boxes[3, box]) <= most[layer[i]]:
            some[kept], layer[kept] = box, layer[i]
            kept += 1
    return kept


@jit
def _away_of_run_m(here: Here, points: np.ndarray, run: int, out: np.ndarray) -> None:
    """Distance to each side of a run, metres."""
    x, y = _placed(here, points[0, run, 0], points[1, run, 0])
    for i in range(RUN):
        next_x, next_y = _placed(here, points[0, run, i + 1], points[1, run, i + 1])
        out[i] = _away_m(x, y, next_x - x, next_y - y)
        x, y = next_x, next_y


@jit
def _sift(here: Here, runs: Runs, most: np.ndarray, stretch: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    some, layer = np.arange(len(runs.layer)), runs.layer.copy()
    for number in range(len(runs.levels)):
        if number:
            some = (some.repeat(RUN).reshape(-1, RUN) * RUN + np.arange(RUN)).ravel()
            layer = layer.repeat(RUN)
        kept = _near(here, runs.levels[number], some, layer, most, stretch)
        some, layer = some[:kept], layer[:kept]
    away, least = np.empty((len(some), RUN)), np.full(len(most), np.inf)
    for i in range(len(some)):
        _away_of_run_m(here, runs.points, some[i], away[i])
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
    zone = Borders.of([np.array([shapely.box(0.0, 0.0, 1.0, 1.0)])])
    _sift(Here.at(0.5, 0.5), zone.runs, np.ones(1), np.ones(1))
    Borders.sift = staticmethod(_sift)
