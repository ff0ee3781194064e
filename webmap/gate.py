"""The gate of a worker: short work on the processor goes through it one by one.

A screening of a small site is hundreds of calls into numpy and GEOS, each of which lets go of the interpreter's lock.
Several at once in one process hand that lock to and fro at every one of them, which takes longer than the work itself.
So they go one after the other. Nothing is read from the network, sent or written while the gate is held.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock

import shapely

from geo.deployment import Deployment, Question
from geo.screening import Screening
from geo.site import Site

QUICK_VERTICES, QUICK_DEG = 256, 0.1  # of a site, and how far it reaches: what is larger may take long
QUICK_CHARACTERS = 4_000  # of a site as text: no more is read in no time
LONGEST_WAIT_S = 1.0  # then it goes on beside whatever is there: the gate is for speed, no answer hangs on it
_gate = Lock()


def screen(here: Deployment, question: Question) -> Screening:
    """Read a question and answer it, each when it is its turn; raises what `Deployment.screen` raises."""
    with turn(isinstance(question.site, str) and len(question.site) <= QUICK_CHARACTERS):
        site = here.site_of(question)
    with turn(is_quick(site)):
        return here.screen(replace(question, site=site))


@contextmanager
def turn(quick: bool) -> Iterator[None]:
    """A turn of some work: held alone by what is surely quick, not waited for at all by any other."""
    if not quick:
        yield
        return
    mine = _gate.acquire(timeout=LONGEST_WAIT_S)
    try:
        yield
    finally:
        if mine:
            _gate.release()


def is_quick(site: Site) -> bool:
    """Whether a site is so small that no screening of it takes long."""
    west, south, east, north = shapely.bounds(site.ground).tolist()
    small = max(east - west, north - south) <= QUICK_DEG
    return small and bool(shapely.get_num_coordinates(site.ground) <= QUICK_VERTICES)
