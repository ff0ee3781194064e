"""Questions made to hurt: each is refused, or answered like any other."""

import numpy as np
import pytest
import shapely

from geo.deployment import Question
from geo.errors import SiteTooLarge


def star(inner: float, outer: float, points: int = 15_000) -> str:
    turns = np.linspace(0.0, 2.0 * np.pi, points + 1)[:-1]
    reach = np.where(np.arange(points) % 2, inner, outer)
    return shapely.Polygon(np.column_stack([129.5 + reach * np.cos(turns), 42.88 + reach * np.sin(turns)])).wkt


def zigzag(count: int, height: float) -> str:
    return shapely.LineString([(129.5 + i * 1e-5, 42.88 + height * (i % 2)) for i in range(count)]).wkt


def scribble(count: int) -> str:
    return shapely.LineString(np.random.default_rng(1).uniform([129.5, 42.88], [129.51, 42.89], (count, 2))).wkt


def comb(teeth: int) -> str:
    xs = np.linspace(127.5, 131.3, 2 * teeth)
    gap = (xs[1] - xs[0]) / 2.0
    ring = [(x + dx, lat) for x in xs[::2] for dx, lat in ((0, 42.0), (0, 44.4), (gap, 44.4), (gap, 42.0))]
    return shapely.Polygon([(127.4, 41.9), *ring, (131.4, 42.0), (131.4, 41.9)]).wkt


@pytest.mark.parametrize(
    ("site", "width", "words"),
    [
        pytest.param(scribble(1_500), 10.0, "line crossings, more than the 500", id="a line over itself"),
        pytest.param(zigzag(2_001, 0.001), 1.0, "2001 line vertices, more than the 2000", id="a line of many points"),
        pytest.param(comb(400), None, "of lines and borders, more than the 3000000", id="a border of many thousand km"),
        pytest.param(shapely.box(74, 4, 135, 53).wkt, None, "of lines and borders, more than", id="all of China"),
        pytest.param(star(0.0002, 0.0008, 20_001), None, "vertices, more than the 20000", id="too many vertices"),
    ],
)  # fmt: skip
def test_a_site_that_would_take_too_long_is_refused_before_it_is_measured(here, site, width, words):
    with pytest.raises(SiteTooLarge, match=words):
        here.screen(Question(site=site, width_m=width))


@pytest.mark.parametrize(
    ("site", "width"),
    [
        pytest.param(star(0.0002, 0.0008), None, id="a star of 15,000 points"),
        pytest.param(star(0.1199, 0.12), None, id="a cogwheel over a town"),
        pytest.param(zigzag(2_000, 0.009), 1_000.0, id="a line folded closer than its width"),
        pytest.param(comb(3), None, id="a comb over the prefecture"),
        pytest.param("LINESTRING (127.6 43, 131 43)", 1_000.0, id="a line across the prefecture"),
    ],
)
def test_a_site_within_the_limits_is_answered(here, site, width):
    record = here.screen(Question(site=site, width_m=width)).record
    assert record["site"]["area_m2"] > 0
    for check in record["checks"]:
        assert all(0 <= zone["site_share"] <= 1 for zone in check["zones"] if zone["site_share"] is not None)
