"""GPX as sites: waypoints, routes and tracks, the program that wrote them, and what hostile files do."""

import numpy as np
import pyogrio
import pytest
import shapely

from geo.errors import SiteError, SiteFileBroken, SiteFileRefused, SiteInvalid, SiteLayerUnknown, SiteTooLarge
from geo.site.contents import Claim, LayerSeen, Wanted
from geo.site.files import read
from tests.geo.markupsamples import LIMITS, REAL, gpx, take, told

FORMAT = Claim(by="format", datum="wgs84", degrees=True)


def at(element: str, *places: tuple[float, float], inner: str = "") -> str:
    return "".join(f'<{element} lat="{lat}" lon="{lon}">{inner}</{element}>' for lon, lat in places)


def track(*segments: str, name: str = "") -> str:
    return f"<trk><name>{name}</name>{''.join(f'<trkseg>{segment}</trkseg>' for segment in segments)}</trk>"


ONE = at("trkpt", (129.5, 42.9), (129.6, 42.8))
TWO = at("trkpt", (1, 2), (3, 4))
BODY = (
    at("wpt", (129.5, 42.9), inner="<name>界桩</name>")
    + f"<rte><name>路线</name>{at('rtept', (1, 2), (3, 4))}</rte>"
    + track(ONE, TWO, name="轨迹")
)


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_waypoints_routes_and_tracks(tmp_path, version):
    contents = take(tmp_path, gpx(BODY, version=version), "a.gpx")
    assert [(piece.name, piece.layer, piece.geometry.wkt) for piece in contents.pieces] == [
        ("界桩", "waypoints", "POINT (129.5 42.9)"),
        ("路线", "routes", "LINESTRING (1 2, 3 4)"),
        ("轨迹", "tracks", "MULTILINESTRING ((129.5 42.9, 129.6 42.8), (1 2, 3 4))"),
    ]
    assert (contents.claim, contents.notices) == (FORMAT, ())
    assert contents.layers == (
        LayerSeen("waypoints", points=1),
        LayerSeen("routes", lines=1),
        LayerSeen("tracks", lines=1),
    )


def test_layers_can_be_chosen(tmp_path):
    assert [piece.name for piece in take(tmp_path, gpx(BODY), "a.gpx", "tracks").pieces] == ["轨迹"]
    with pytest.raises(SiteLayerUnknown, match="it has waypoints, routes, tracks"):
        take(tmp_path, gpx(BODY), "a.gpx", "areas")


CLOSED = at("trkpt", (0, 0), (1, 0), (1, 1), (0, 0))


@pytest.mark.parametrize(
    ("body", "kinds", "notices"),
    [
        pytest.param(track(CLOSED), ["LineString"], {"line_closes": {"count": "1"}}, id="a track that closes"),
        pytest.param(
            track(ONE, at("trkpt", (1, 2))), ["LineString"], {"shapes_too_short": {"count": "1"}}, id="one point"
        ),
        pytest.param(track(ONE, ""), ["LineString"], {}, id="an empty segment"),
        pytest.param(track(""), [], {"ways_without_points": {"count": "1"}}, id="an empty track"),
        pytest.param(at("wpt", (1, 2), inner="<ele>300</ele>"), ["Point"], {"heights_dropped": {}}, id="a height"),
        pytest.param(
            track(ONE) + f"<extensions>{at('wpt', (1, 2))}</extensions>", ["LineString"], {}, id="an extension"
        ),
        pytest.param("", [], {}, id="nothing"),
    ],
)
def test_what_was_done_is_told(tmp_path, body, kinds, notices):
    contents = take(tmp_path, gpx(body), "a.gpx")
    assert [piece.geometry.geom_type for piece in contents.pieces] == kinds
    assert told(contents) == notices


@pytest.mark.parametrize(
    ("content", "program"),
    [
        pytest.param(gpx(BODY, creator="2bulu Android"), "两步路 (2bulu)", id="its creator"),
        pytest.param(gpx("<metadata><author><name>行者</name></author></metadata>" + BODY), "行者", id="its author"),
        pytest.param(gpx("<author>六只脚</author>" + BODY, version="1.0"), "六只脚", id="its author in 1.0"),
        pytest.param(gpx("<!-- 奥维互动地图 -->" + BODY), "奥维互动地图 (Ovital)", id="a comment"),
    ],
)
def test_a_program_is_a_reason_for_doubt_and_no_datum(tmp_path, content, program):
    contents = take(tmp_path, content, "a.gpx")
    assert (contents.claim, told(contents)) == (FORMAT, {"kml_program": {"program": program}})


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        pytest.param(gpx('<wpt lon="1"/>'), SiteFileBroken, "not numbers", id="no latitude"),
        pytest.param(gpx('<wpt lon="1" lat="42,9"/>'), SiteFileBroken, "not numbers", id="a comma in a number"),
        pytest.param(gpx('<wpt lon="nan" lat="42"/>'), SiteInvalid, "finite", id="no number"),
        pytest.param(gpx(f"<rte>{at('wpt', (1, 2))}</rte>"), SiteFileBroken, "within one another", id="a point within"),
        pytest.param(
            '<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + gpx("")[39:],
            SiteFileRefused,
            "document type",
            id="a document type",
        ),
        pytest.param(gpx(at("wpt", *[(1, 2)] * 11)), SiteTooLarge, "11 vertices", id="too many vertices"),
    ],
)
def test_what_is_refused(tmp_path, content, error, words):
    with pytest.raises(error, match=words) as raised:
        take(tmp_path, content, "a.gpx", vertices=10)
    assert str(tmp_path) not in str(raised.value)


def test_a_file_that_was_cut_off_gives_a_plain_error(tmp_path):
    content = gpx(BODY, creator="轨迹").encode()
    for end in range(0, len(content) - 1, 10):
        with pytest.raises(SiteError, match="cannot be read"):
            take(tmp_path, content[:end], "a.gpx")


@pytest.mark.parametrize("name", ["myfile", "route", "track-with-empty-segment", "track-with-extremes"])
def test_real_files_have_the_vertices_that_gdal_finds(name):
    path = REAL / f"{name}.gpx"
    pieces = read(path, path.name, Wanted(), LIMITS).pieces
    theirs = [pyogrio.read_dataframe(path, layer=layer).geometry for layer in ("waypoints", "routes", "tracks")]
    found = shapely.get_coordinates([piece.geometry for piece in pieces])
    assert len(found) > 0
    assert np.array_equal(found, shapely.get_coordinates(np.concatenate([one.to_numpy() for one in theirs])))


def test_a_real_file_with_all_that_the_first_version_has():
    contents = read(REAL / "gpx1.0_with_all_fields.gpx", "a.gpx", Wanted(), LIMITS)
    assert [(layer.name, layer.points, layer.lines) for layer in contents.layers] == [
        ("waypoints", 2, 0),
        ("routes", 0, 2),
    ]
    assert set(told(contents)) == {"heights_dropped", "shapes_too_short", "ways_without_points"}


def test_a_real_file_with_a_byte_order_mark():
    contents = read(REAL / "unicode_with_bom.gpx", "a.gpx", Wanted(), LIMITS)
    assert [piece.name for piece in contents.pieces] == ["test"]
