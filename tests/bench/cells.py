"""The cell index beside its peers, interleaved in one run, on the zones of `bench.ground`."""

import importlib.util
import resource
import time
from collections.abc import Callable

import numpy as np
import shapely

from bench import ground
from bench.peers import Boxes, CutPieces, Sedona
from geo.layers.index import CellIndex

ROUNDS = 3
MANY, SOME = 10_000_000, 1_000_000  # points; the slow peers are asked the smaller number
FOOTPRINTS = 10_000
ROOM = {"points": 300_000_000, "overlaps": 90_000_000}  # bytes: fine cells for points, larger ones for footprints


def seconds(call: Callable[[], object]) -> float:
    """Time of one call."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def interleaved(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The best time of each, asked in turn."""
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(ROUNDS):
        for name, call in calls.items():
            best[name] = min(best[name], seconds(call))
    return best


def run() -> None:
    """Print the tables in Markdown."""
    geometries = np.concatenate(list(ground.layers().values()))
    CellIndex.of(geometries[:20], 1_000_000).sets_at(ground.points(10))  # compiled, or read from the last time
    built = min(seconds(lambda: CellIndex.of(geometries, ROOM["points"])) for _ in range(ROUNDS))
    index = CellIndex.of(geometries, ROOM["points"])
    vertices, room = int(shapely.get_num_coordinates(geometries).sum()), sum(array.nbytes for array in index.cells)
    print(f"{len(geometries)} zones, {vertices:,} vertices; cells of {index.grid.size}°, {room / 1e6:.0f} MB, ", end="")
    print(f"built in {built:.2f} s\n")
    print("| what | a second | times the peer |\n|---|---|---|")
    print_points(index, geometries)
    print_one(index)
    print_footprints(geometries)
    print_growth(index)
    print(f"\nLargest memory of the run: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


def print_points(index: CellIndex, geometries: np.ndarray) -> None:
    points = ground.points(MANY)
    boxes, few = Boxes(geometries), points[:SOME]
    wanted = boxes.pairs(few)
    order = np.lexsort((wanted[1], wanted[0]))
    found = index.pairs(few)
    if not all((one[order] == other).all() for one, other in zip(wanted, found, strict=True)):
        raise SystemExit("the index and GEOS differ")
    calls: dict[str, Callable[[], object]] = {
        "two": lambda: index.pairs(points, 2),
        "one": lambda: index.pairs(points),
        "boxes": lambda: boxes.pairs(few),
    }
    if importlib.util.find_spec("sedonadb"):
        sedona = Sedona(geometries, 2)
        sedona.load(points)
        if sedona.pairs() != len(index.pairs(points, 2)[0]):
            raise SystemExit("the index and SedonaDB differ")
        calls["sedona"] = sedona.pairs
    best = interleaved(calls)
    rates = {name: (SOME if name == "boxes" else MANY) / best[name] for name in calls}
    print(f"| shapely, box tree and prepared zones, one core | {rates['boxes'] / 1e6:.2f} M points | 1.0 |")
    print(f"| cell index, one core | {rates['one'] / 1e6:.1f} M points | {rates['one'] / rates['boxes']:.1f} |")
    if "sedona" in rates:
        print(f"| SedonaDB, two threads | {rates['sedona'] / 1e6:.2f} M points | 1.0 |")
        print(f"| cell index, two threads | {rates['two'] / 1e6:.1f} M points | {rates['two'] / rates['sedona']:.1f} |")
    else:
        print(f"| cell index, two threads (SedonaDB is not installed) | {rates['two'] / 1e6:.1f} M points | – |")


def print_one(index: CellIndex) -> None:
    points = ground.points(20_000).tolist()

    def ask() -> None:
        for lon, lat in points:
            index.at(lon, lat)

    ask()
    print(f"\nOne point: {min(seconds(ask) for _ in range(ROUNDS)) / len(points) * 1e6:.2f} µs\n")


def print_footprints(geometries: np.ndarray) -> None:
    footprints = ground.footprints(FOOTPRINTS)
    index, pieces = CellIndex.of(geometries, ROOM["overlaps"]), CutPieces(geometries)
    found = index.overlaps(footprints, 2)
    wanted = pieces.overlaps(footprints, 2)
    told = {(int(f), int(z)): area for f, z, area in zip(*found, strict=True)}
    if told.keys() != wanted.keys() or any(abs(area - wanted[pair]) > 1e-3 for pair, area in told.items()):
        raise SystemExit("the index and the cut pieces differ")
    best = interleaved(
        {"cells": lambda: index.overlaps(footprints, 2), "pieces": lambda: pieces.overlaps(footprints, 2)}
    )
    print("| what | a second | times the peer |\n|---|---|---|")
    print(f"| shapely on cut pieces, two threads | {FOOTPRINTS / best['pieces']:,.0f} footprints | 1.0 |")
    print(f"| cell index (cells of {index.grid.size}°), two threads | {FOOTPRINTS / best['cells']:,.0f} footprints | "
          f"{best['pieces'] / best['cells']:.1f} |")  # fmt: skip


def print_growth(index: CellIndex) -> None:
    print("\n| points | seconds | zones | µs a point |\n|---|---|---|---|")
    counts = (100_000, 1_000_000, 10_000_000)
    points = {count: ground.points(count) for count in counts}
    times = interleaved({str(count): lambda count=count: index.pairs(points[count], 2) for count in counts})
    grown = {}
    for zones in (2_000, 40_000):
        some = ground.scattered(zones)
        small = CellIndex.of(some, ROOM["points"])
        grown[zones] = (small, points[1_000_000])
    of_zones = interleaved(
        {str(zones): lambda zones=zones: grown[zones][0].pairs(grown[zones][1], 2) for zones in grown}
    )
    for count in counts:
        print(f"| {count:,} | {times[str(count)]:.3f} | | |")
    for zones, best in of_zones.items():
        print(f"| | | {int(zones):,} | {best:.3f} |")
