"""Files of features as sites: Shapefile, GeoPackage, geodatabase, GeoJSON; what each says of itself, and no more."""

import json
import os
import shutil
import sqlite3
import struct
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import geopandas
import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import CRS

from geo.errors import (
    SiteCrsUnknown,
    SiteError,
    SiteFileBroken,
    SiteFileRefused,
    SiteInvalid,
    SiteLayerUnknown,
    SiteLayerWanted,
    SiteTooLarge,
)
from geo.settings import ROOT, Settings
from geo.site.contents import Claim, Contents, LayerSeen, Limits, Wanted, decode, encode, shortened
from geo.site.declared import claim_of_crs
from geo.site.files import read
from geo.site.intake import SiteFile, take_in

LIMITS = Limits.of(Settings())
REAL = ROOT / "tests" / "data" / "sites" / "vector" / "res2_4m.shp"
PLOT, NEXT = shapely.box(129.50, 42.88, 129.51, 42.90), shapely.box(129.51, 42.88, 129.52, 42.90)
GEOJSON = Claim(by="format", datum="wgs84", degrees=True)


def frame(geometries=(PLOT, NEXT), crs: object = "EPSG:4490", **columns) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(columns or {"名称": ["甲地块", "乙地块"]}, geometry=list(geometries), crs=crs)


def shapefile(folder: Path, data=None, encoding="GBK", cpg=None, prj: str | None = "", name="site") -> Path:
    """A Shapefile; `prj` is its own text where one is given, and None for none."""
    path = folder / f"{name}.shp"
    pyogrio.write_dataframe(frame() if data is None else data, path, encoding=encoding)
    path.with_suffix(".cpg").unlink()
    if cpg:
        path.with_suffix(".cpg").write_text(cpg)
    if prj is None:
        path.with_suffix(".prj").unlink()
    elif prj:
        path.with_suffix(".prj").write_text(prj, encoding="utf-8")
    return path


def geojson(path: Path, *features: dict, **members) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", **members, "features": list(features)}))
    return path


def feature(geometry: dict | None, **properties) -> dict:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def take(path: Path, *layers: str, encoding: str | None = None, limits: Limits = LIMITS) -> Contents:
    return read(path, path.name, Wanted(layers, encoding), limits)


def codes(contents: Contents) -> list[str]:
    return [notice.code for notice in contents.notices]


def names(contents: Contents) -> list[str]:
    return [piece.name for piece in contents.pieces]


# A real file


def test_a_real_shapefile_in_gbk_that_says_nothing_of_itself():
    contents = take(REAL)
    assert len(contents.pieces) == 331
    assert contents.claim == Claim()
    assert contents.layers == (LayerSeen("res2_4m", points=331),)
    seat = next(piece for piece in contents.pieces if piece.name == "延吉")
    assert (round(seat.geometry.x, 2), round(seat.geometry.y, 2)) == (129.51, 42.91)
    assert [(notice.code, notice.parameters["encoding"]) for notice in contents.notices] == [
        ("encoding_assumed", "GBK")
    ]


def test_nothing_is_written_beside_a_file(tmp_path):
    shutil.copy(REAL, tmp_path)
    contents = take(tmp_path / REAL.name)
    assert [path.name for path in tmp_path.iterdir()] == [REAL.name]
    assert len(contents.pieces) == 331
    assert codes(contents) == ["shapefile_without_shx", "shapefile_without_dbf"]


# Formats


@pytest.mark.parametrize(
    ("name", "code", "layer"),
    [
        ("plots.shp", "format.shapefile", "plots"),
        ("plots.gpkg", "format.geopackage", "plots"),
        ("plots.gdb", "format.geodatabase", "plots"),
        ("plots.geojson", "format.geojson", ""),
    ],
)
def test_every_format_gives_the_same_pieces(tmp_path, name, code, layer):
    path = tmp_path / name
    options = {"driver": "OpenFileGDB", "layer": "plots"} if name.endswith(".gdb") else {}
    pyogrio.write_dataframe(frame(名称=["甲", "乙"], 坐落=["延吉市北山街", None]), path, **options)
    contents = take(path)
    assert (contents.format, names(contents)) == (code, ["甲", "乙"])
    assert [(piece.layer, piece.role, piece.address) for piece in contents.pieces] == [
        (layer, "site", "延吉市北山街"),
        (layer, "site", ""),
    ]
    assert (contents.claim.by, contents.claim.crs, contents.claim.degrees) == ("file", "EPSG:4490", True)
    shapes = [shapely.get_parts(piece.geometry)[0] for piece in contents.pieces]
    assert max(shapely.hausdorff_distance(shapes, [PLOT, NEXT])) < 1e-8  # a geodatabase has a grid
    assert codes(contents) == []


def test_a_file_becomes_a_site_in_a_process_of_its_own(tmp_path):
    path = tmp_path / "plots.gpkg"
    pyogrio.write_dataframe(frame().to_crs(4552), path)
    site = take_in(SiteFile(path, path.name), {}, Settings()).site()
    assert site.crs == "EPSG:4552"
    assert shapely.hausdorff_distance(site.ground, shapely.union(PLOT, NEXT)) < 1e-8


# Texts


@pytest.mark.parametrize(
    ("encoding", "cpg", "told"),
    [
        pytest.param("GBK", None, ["encoding_assumed"], id="GBK without a .cpg"),
        pytest.param("UTF-8", None, ["encoding_assumed"], id="UTF-8 without a .cpg"),
        pytest.param("UTF-8", "UTF-8", [], id="UTF-8 that says so"),
        pytest.param("GBK", "UTF-8", ["encoding_overruled"], id="a .cpg that is wrong"),
    ],
)
def test_names_come_out_right(tmp_path, encoding, cpg, told):
    contents = take(shapefile(tmp_path, encoding=encoding, cpg=cpg))
    assert names(contents) == ["甲地块", "乙地块"]
    assert codes(contents) == told


def test_the_senders_word_on_the_encoding_wins(tmp_path):
    path = shapefile(tmp_path, frame(NAME=["두만강", "해란강"]), encoding="CP949")
    contents = take(path, encoding="cp949")
    assert (names(contents), codes(contents)) == (["두만강", "해란강"], [])
    with pytest.raises(SiteFileBroken, match=r"site\.shp.*character set"):
        take(path, encoding="utf-9")


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        pytest.param({"XMMC": ["甲", "乙"], "DKBH": ["1", "2"]}, ["甲", "乙"], id="a name before a number"),
        pytest.param({"名称": ["甲", None], "地块编号": ["1", "2"]}, ["甲", "2"], id="a number where there is no name"),
        pytest.param({"bz": [None, " "], "dm": ["x", "y"]}, ["x", "y"], id="the first column with a text"),
        pytest.param({"地址": ["甲街", "乙街"], "dm": ["x", "y"]}, ["x", "y"], id="an address is no name"),
        pytest.param({"DKBH": np.array([7, 8])}, ["7", "8"], id="a number"),
        pytest.param({"mj": [1.5, 2.5]}, ["", ""], id="an area is no name"),
    ],
)
def test_what_is_taken_for_a_name(tmp_path, columns, said):
    path = tmp_path / "site.gpkg"
    pyogrio.write_dataframe(frame(**columns), path)
    assert names(take(path)) == said


@pytest.mark.parametrize("encoding", ["GBK", "UTF-8"])
def test_a_header_that_its_field_cut(tmp_path, encoding):
    with pytest.warns(RuntimeWarning, match="Normalized/laundered field name"):
        path = shapefile(tmp_path, frame(bz=["x", "y"], 权属单位位置=["甲村", "乙村"]), encoding=encoding, cpg=encoding)
    assert [piece.address for piece in take(path).pieces] == ["甲村", "乙村"]


def test_roles_are_taken_from_a_column_of_that_name_alone(tmp_path):
    path = tmp_path / "site.gpkg"
    pyogrio.write_dataframe(frame(name=["x", "y"], role=["plant", None], 用途=["a", "b"]), path)
    assert [piece.role for piece in take(path).pieces] == ["plant", "site"]


# What a file says of its coordinates


def zone(meridian: float, easting: float, name="自定义", datum="D_China_2000", scale=1.0) -> str:
    sizes = {"D_Xian_1980": "6378140.0,298.257", "D_Beijing_1954": "6378245.0,298.3"}
    size = sizes.get(datum, "6378137.0,298.257222101")
    return (
        f'PROJCS["{name}",GEOGCS["GCS",DATUM["{datum}",SPHEROID["S",{size}]],PRIMEM["Greenwich",0.0],'
        f'UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",{easting}],'
        f'PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",{meridian}],PARAMETER["Scale_Factor",{scale}],'
        'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
    )


def esri(epsg: int) -> str:
    return CRS.from_epsg(epsg).to_wkt("WKT1_ESRI")


@pytest.mark.parametrize(
    ("prj", "claim"),
    [
        pytest.param(esri(4490), ("EPSG:4490", "cgcs2000", True, None, None, None), id="CGCS2000 in degrees"),
        pytest.param(esri(4326), ("EPSG:4326", "wgs84", True, None, None, None), id="WGS-84"),
        pytest.param(esri(4552), ("EPSG:4552", "cgcs2000", False, None, None, 129), id="CM 129E"),
        pytest.param(esri(4553), ("EPSG:4553", "cgcs2000", False, 3, None, 132), id="CM 132E"),
        pytest.param(esri(4531), ("EPSG:4531", "cgcs2000", False, 3, 43, 129), id="zone 43"),
        pytest.param(
            CRS.from_epsg(4511).to_wkt("WKT1_GDAL"),
            ("EPSG:4511", "cgcs2000", False, None, None, 129),
            id="6-degree CM 129E, by its code",
        ),
        pytest.param(esri(4500), ("EPSG:4500", "cgcs2000", False, 6, 22, 129), id="6-degree zone 22"),
        pytest.param(zone(129, 500_000), ("EPSG:4552", "cgcs2000", False, None, None, 129), id="under its own name"),
        pytest.param(esri(4610), (None, "xian80", True, None, None, None), id="Xi'an 80 in degrees"),
        pytest.param(esri(2388), (None, "xian80", False, None, None, 129), id="Xi'an 80 CM 129E"),
        pytest.param(esri(2367), (None, "xian80", False, 3, 43, 129), id="Xi'an 80 zone 43"),
        pytest.param(esri(21422), (None, "beijing54", False, 6, 22, 129), id="Beijing 54 6-degree zone 22"),
        pytest.param(esri(2440), (None, "beijing54", False, None, None, 129), id="Beijing 54 CM 129E"),
        pytest.param(
            zone(128.5, 500_000, datum="D_Xian_1980"), (None, "xian80", False, None, None, 128.5), id="local Xi'an 80"
        ),
        pytest.param(zone(128.5, 500_000), (None, None, False, None, None, None), id="CGCS2000 at 128.5"),
        pytest.param(zone(129, 540_000), (None, None, False, None, None, None), id="another false easting"),
        pytest.param(zone(129, 40_500_000), (None, None, False, None, None, None), id="a zone that is not there"),
        pytest.param(zone(129, 500_000, scale=0.9996), (None, None, False, None, None, None), id="another scale"),
        pytest.param(zone(129, 500_000, datum="D_WGS_1984"), (None, None, False, None, None, None), id="of WGS-84"),
        pytest.param(esri(32652), (None, None, False, None, None, None), id="UTM"),
        pytest.param(esri(3857), (None, None, False, None, None, None), id="web Mercator"),
        pytest.param(esri(4555), (None, None, True, None, None, None), id="New Beijing is another datum"),
        pytest.param('LOCAL_CS["工地",UNIT["Meter",1]]', (None, None, None, None, None, None), id="a local system"),
        pytest.param("129度带", (None, None, None, None, None, None), id="words"),
    ],
)
def test_a_prj_says_what_its_parameters_say(tmp_path, prj, claim):
    found = take(shapefile(tmp_path, prj=prj)).claim
    assert (found.crs, found.datum, found.degrees, found.band, found.zone, found.meridian) == claim
    assert found.by == "file"
    assert found.mark


def test_a_prj_of_another_meridian_keeps_it_in_its_mark(tmp_path):
    told = take(shapefile(tmp_path, prj=zone(128.5, 540_000, "CGCS2000_3_Degree_GK_CM_129E"))).claim
    assert "(128.5°, 540000 m)" in told.mark


@pytest.mark.parametrize("name", ["CGCS2000_3_Degree_GK_CM_129E", "CGCS2000 / 3-degree Gauss-Kruger zone 43"])
def test_a_name_that_contradicts_its_parameters(tmp_path, name):
    contents = take(shapefile(tmp_path, prj=zone(126, 500_000, name), cpg="GBK"))
    assert (contents.claim.crs, contents.claim.datum, contents.claim.meridian) == (None, "cgcs2000", None)
    (told,) = contents.notices
    assert (told.code, told.parameters["said"][-4:]) == ("claims_contradict", "126°")


def test_a_shapefile_without_a_prj_claims_nothing(tmp_path):
    assert take(shapefile(tmp_path, prj=None)).claim == Claim()


@pytest.mark.parametrize(
    "text", ["CGCS2000 something", "+proj=longlat +datum=WGS84", "+init=/etc/passwd:4326", "EPSG:999999"]
)
def test_a_name_alone_is_not_looked_up(text):
    assert claim_of_crs(text) == (Claim(by="file", mark=text, foreign=True), ())


@pytest.mark.parametrize(
    ("text", "datum"),
    [
        ("GCJ-02", "gcj02"),
        ("百度坐标系", "bd09"),
        ("CGCS2000", "cgcs2000"),
        ("Xian 1980", "xian80"),
        (f"中国大地1980 {esri(4610)}", "xian80"),
        (esri(4610)[:-30], "xian80"),
        ("CGCS2000 抵偿坐标系 600m", "local"),
    ],
)
def test_a_datum_by_name_is_that_datum(text, datum):
    assert claim_of_crs(text) == (Claim(by="file", datum=datum, mark=shortened(text)), ())


GEOGRAPHIC = 'GEOGCS["{}",DATUM["{}",SPHEROID["S",{}]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'


@pytest.mark.parametrize(
    "text",
    [
        zone(129, 500_000, "Xian_1980_3_Degree_GK_CM_129E"),
        GEOGRAPHIC.format("GCS_Xian_1980", "D_China_2000", "6378137.0,298.257222101"),
        GEOGRAPHIC.format("GCS_GCJ_02", "D_WGS_1984", "6378137.0,298.257223563"),
    ],
)
def test_a_name_that_contradicts_its_datum(text):
    claim, notices = claim_of_crs(text)
    assert (claim.crs, claim.datum, claim.meridian) == (None, None, None)
    assert [one.code for one in notices] == ["claims_contradict"]


def test_a_plane_of_its_own_height_is_local_whatever_its_parameters():
    claim, _ = claim_of_crs(zone(129, 500_000, "抵偿高程600m_CM_129E"))
    assert (claim.crs, claim.datum) == (None, "local")


POINT = {"type": "Point", "coordinates": [129.5, 42.9]}


@pytest.mark.parametrize(
    ("members", "claim"),
    [
        pytest.param({}, GEOJSON, id="none"),
        pytest.param({"crs": None}, Claim(), id="null: nobody knows"),
        pytest.param(
            {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}},
            Claim("file", "EPSG:4490", "cgcs2000", degrees=True, mark="China Geodetic Coordinate System 2000"),
            id="a URN",
        ),
        pytest.param(
            {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}},
            Claim("file", "EPSG:4326", "wgs84", degrees=True, mark="WGS 84 (CRS84)"),
            id="CRS84",
        ),
        pytest.param(
            {"crs": {"type": "name", "properties": {"name": "GCJ-02"}}},
            Claim("file", datum="gcj02", mark="GCJ-02"),
            id="words",
        ),
    ],
)
def test_geojson_by_its_standard_and_by_its_member(tmp_path, members, claim):
    assert take(geojson(tmp_path / "site.geojson", feature(POINT), **members)).claim == claim


def test_a_crs_inside_a_feature_is_not_passed_over(tmp_path):
    member = {"type": "name", "properties": {"name": "EPSG:4490"}}
    deep = {"type": "GeometryCollection", "geometries": [{**POINT, "crs": member}]}
    for inner in ({**feature(POINT), "crs": member}, feature({**POINT, "crs": member}), feature(deep)):
        with pytest.raises(SiteCrsUnknown):
            take(geojson(tmp_path / "site.geojson", inner))


# Layers


def layers(path: Path, **crss: object) -> Path:
    for layer, crs in crss.items():
        data = frame() if crs == "EPSG:4490" else frame().to_crs(crs)
        pyogrio.write_dataframe(data, path, layer=layer, **({"driver": "OpenFileGDB"} if path.suffix == ".gdb" else {}))
    return path


@pytest.mark.parametrize("name", ["site.gpkg", "site.gdb"])
def test_layers_of_one_crs_are_read_together_or_chosen(tmp_path, name):
    path = layers(tmp_path / name, 厂区="EPSG:4490", 道路="EPSG:4490")
    assert [piece.layer for piece in take(path).pieces] == ["厂区", "厂区", "道路", "道路"]
    contents = take(path, "道路")
    assert [piece.layer for piece in contents.pieces] == ["道路", "道路"]
    assert contents.layers == (LayerSeen("厂区", areas=2, taken=False), LayerSeen("道路", areas=2))
    with pytest.raises(SiteLayerUnknown, match=r"no “河流”.*厂区, 道路"):
        take(path, "河流")


def test_layers_of_different_crss_want_a_choice(tmp_path):
    path = layers(tmp_path / "site.gpkg", a="EPSG:4490", b="EPSG:4552")
    with pytest.raises(SiteLayerWanted, match=r"site\.gpkg.*a, b"):
        take(path)
    assert take(path, "b").claim.crs == "EPSG:4552"


def test_a_geopackage_that_states_no_crs(tmp_path):
    path = tmp_path / "site.gpkg"
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        pyogrio.write_dataframe(frame(crs=None), path)
    assert take(path).claim == Claim()


@pytest.mark.parametrize("name", ["site.shp", "site.geojson"])
def test_a_file_that_is_one_layer_has_no_other(tmp_path, name):
    path = tmp_path / name
    pyogrio.write_dataframe(frame(), path)
    with pytest.raises(SiteLayerUnknown, match="no “roads”"):
        take(path, "roads")


# Geometries


def test_heights_and_empty_rows_are_told(tmp_path):
    path = tmp_path / "site.gpkg"
    pyogrio.write_dataframe(frame([shapely.force_3d(PLOT, 300.0), None]), path)
    contents = take(path)
    assert not shapely.has_z(contents.pieces[0].geometry)
    assert {notice.code: notice.parameters for notice in contents.notices} == {
        "geometry_missing": {"count": "1"},
        "heights_dropped": {},
    }


def test_a_collection_becomes_pieces_of_one_name(tmp_path):
    collection = {"type": "GeometryCollection", "geometries": [POINT, shapely.geometry.mapping(PLOT)]}
    contents = take(geojson(tmp_path / "site.geojson", feature(collection, name="甲")))
    assert [(piece.name, piece.geometry.geom_type) for piece in contents.pieces] == [("甲", "Point"), ("甲", "Polygon")]


def test_an_open_ring_is_closed_and_told(tmp_path):
    ring = [[129.5, 42.9], [129.6, 42.9], [129.6, 43.0]]
    contents = take(geojson(tmp_path / "site.geojson", feature({"type": "Polygon", "coordinates": [ring]})))
    assert contents.pieces[0].geometry.equals(shapely.Polygon(ring))
    assert codes(contents) == ["rings_closed"]


@pytest.mark.parametrize("vertex", ["[1e999, 42.9]", "[129.5, -1e999]"])
def test_a_vertex_that_is_no_number(tmp_path, vertex):
    path = tmp_path / "site.geojson"
    path.write_text(f'{{"type": "LineString", "coordinates": [[129.5, 42.9], {vertex}]}}')
    with pytest.raises(SiteError):
        take(path)


def test_a_nan_in_a_shapefile(tmp_path):
    path = shapefile(tmp_path, frame([shapely.Point(129.5, 42.9), shapely.Point(129.6, 42.9)]))
    octets = path.read_bytes()
    path.write_bytes(octets.replace(struct.pack("<d", 129.6), struct.pack("<d", np.nan)))
    with pytest.raises(SiteInvalid, match="no finite number"):
        take(path)


def test_arcs_become_short_edges_and_are_told(tmp_path):
    path = tmp_path / "site.gpkg"
    pyogrio.write_dataframe(frame([PLOT], n=[1]), path)
    points = [(129.49, 42.9), (129.5, 42.91), (129.51, 42.9), (129.5, 42.89), (129.49, 42.9)]
    arcs = struct.pack("<BII", 1, 8, len(points)) + b"".join(struct.pack("<dd", *point) for point in points)
    with closing(sqlite3.connect(path)) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        blob = b"GP\0\1" + struct.pack("<i", 4490) + struct.pack("<BII", 1, 10, 1) + arcs
        database.execute("UPDATE site SET geom = ?", [blob])
        database.execute("UPDATE gpkg_geometry_columns SET geometry_type_name = 'CURVEPOLYGON'")
        database.commit()
    contents = take(path)
    (ring,) = shapely.get_rings(contents.pieces[0].geometry)
    middles = shapely.line_interpolate_point(ring, np.linspace(0.0, ring.length, 5000))
    off = np.abs(shapely.distance(middles, shapely.Point(129.5, 42.9)) - 0.01)
    assert off.max() < 0.01 * 1.01e-5
    assert codes(contents) == ["curves_straightened"]


def test_a_multipatch_is_left_out_and_told(tmp_path):
    path = shapefile(tmp_path, frame([PLOT, NEXT]), cpg="GBK")
    corners = [(129.5, 42.9), (129.6, 42.9), (129.6, 43.0)]
    box = struct.pack("<4d", 129.5, 42.9, 129.6, 43.0)
    body = struct.pack("<i", 31) + box + struct.pack("<iii", 1, 3, 0) + struct.pack("<i", 0)
    body += b"".join(struct.pack("<dd", *corner) for corner in corners)
    body += struct.pack("<2d3d", 0.0, 9.0, 0.0, 5.0, 9.0)  # heights: least, most, each
    record = struct.pack(">ii", 1, len(body) // 2) + body
    head = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, (100 + len(record)) // 2) + struct.pack("<ii", 1000, 31)
    path.write_bytes(head + box + struct.pack("<4d", 0, 9, 0, 0) + record)
    path.with_suffix(".shx").unlink()
    contents = take(path)
    assert contents.pieces == ()
    assert "surfaces_left_out" in codes(contents)


# What is refused


def test_more_than_is_taken(tmp_path):
    path = layers(tmp_path / "site.gpkg", a="EPSG:4490", b="EPSG:4490")
    for limits in (replace(LIMITS, pieces=3), replace(LIMITS, vertices=19), replace(LIMITS, bytes=1000)):
        with pytest.raises(SiteTooLarge):
            take(path, limits=limits)
    assert len(take(path, limits=replace(LIMITS, pieces=4, vertices=20)).pieces) == 4


def test_rows_are_counted_in_slices(tmp_path):
    path = tmp_path / "site.gpkg"
    pyogrio.write_dataframe(frame([PLOT] * 1201, n=np.arange(1201)), path)
    assert len(take(path).pieces) == 1201
    with pytest.raises(SiteTooLarge, match="5000 vertices"):
        take(path, limits=replace(LIMITS, vertices=4999))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.shp", b"x" * 200),
        ("a.shp", b"\x00\x00\x27\x0a" + b"x" * 200),
        ("a.gpkg", b"SQLite format 3\x00" + b"x" * 200),
        ("a.gpkg", b"<OGRVRTDataSource></OGRVRTDataSource>"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": ['),
        ("a.json", b'{"rings": [[[1, 2], [3, 4], [5, 6]]]}'),
        ("a.json", b'{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read /etc/passwd"}'),
        ("a.json", b"[1, 2]"),
        ("a.gdb", b""),
    ],
    ids=[
        "no Shapefile",
        "half a one",
        "no database",
        "a VRT",
        "half a GeoJSON",
        "ESRI's",
        "a pipeline",
        "a list",
        "gdb",
    ],
)
def test_a_file_that_is_not_what_its_name_says(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises((SiteFileBroken, SiteFileRefused), match=name) as told:
        take(path)
    assert str(tmp_path) not in str(told.value)


# Layers are chosen by what they are shown as

ODD = ["  宗地  一 ", "L" * 90, "L" * 85, "plain"]


@pytest.fixture
def odd_layers(tmp_path) -> Path:
    path = tmp_path / "odd.gpkg"
    for at, layer in enumerate(ODD):
        data = geopandas.GeoDataFrame({"name": [str(at)]}, geometry=[PLOT], crs=4490)
        data.to_file(path, layer=layer, driver="GPKG", mode="a" if at else "w")
    return path


def test_every_layer_can_be_chosen_by_the_name_that_is_shown(odd_layers):
    shown = [layer.name for layer in decode(encode(take(odd_layers))).layers]
    assert shown == ["宗地 一", "L" * 80, f"{'L' * 70} (2)", "plain"]
    for at, name in enumerate(shown):
        found = take(odd_layers, name)
        assert names(found) == [str(at)]
        assert [layer.name for layer in found.layers if layer.taken] == [name]
        assert {piece.layer for piece in found.pieces} == {name}
    assert names(take(odd_layers, ODD[0])) == ["0"]  # as the file has it
    with pytest.raises(SiteLayerUnknown, match="宗地 一"):
        take(odd_layers, "L" * 79)


# The parts of a Shapefile


@pytest.mark.parametrize("suffix", [".prj", ".dbf", ".shx"])
@pytest.mark.parametrize("made", [os.mkfifo, lambda path: path.symlink_to("/etc/passwd")], ids=["queue", "link"])
def test_a_part_that_is_no_ordinary_file_is_refused(tmp_path, suffix, made):
    path = shapefile(tmp_path)
    path.with_suffix(suffix).unlink()
    made(path.with_suffix(suffix))
    with pytest.raises(SiteFileRefused, match=rf"site\{suffix}"):
        take(path)


def test_the_parts_of_a_shapefile_count_together(tmp_path):
    path = shapefile(tmp_path)
    with path.with_suffix(".dbf").open("ab") as table:
        table.write(bytes(10_000))
    with pytest.raises(SiteTooLarge, match="bytes"):
        take(path, limits=replace(LIMITS, bytes=5_000))
