"""Deliveries as bureaus send them: character sets, zips, CRSs, dimensions, limits; and what is refused."""

import json
import sqlite3
import struct
import zipfile
from contextlib import closing
from pathlib import Path

import geopandas
import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import CRS

from geo.errors import (
    SourceCrsContradicted,
    SourceCrsMissing,
    SourceCrsRefused,
    SourceCrsUndeclared,
    SourceEncodingUnknown,
    SourceError,
    SourceFormatUnknown,
    SourceLayerWanted,
    SourceTooLarge,
    SourceUnreadable,
    SourceZipRefused,
)
from geo.importing import charset
from geo.importing.delivery import Limits
from geo.importing.reference import taken_crs
from geo.importing.source import Source, read_source, to_engine_all

WEST, EAST = shapely.box(129.50, 42.88, 129.51, 42.90), shapely.box(129.51, 42.88, 129.52, 42.90)
NAMES = ["某某重点管控单元", "某某一般管控单元"]


def frame(geometries=(WEST, EAST), crs="EPSG:4490", **columns) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(
        columns or {"HJGKDYMC": NAMES, "n": np.array([1, 2], dtype=np.int32)}, geometry=list(geometries), crs=crs
    )


def shapefile(folder: Path, data=None, encoding="GBK", cpg: str | None = None, prj=True, name="units") -> str:
    """A Shapefile of one encoding, whose .cpg says what the case is about, or is not there."""
    path = folder / f"{name}.shp"
    pyogrio.write_dataframe(frame() if data is None else data, path, encoding=encoding)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg)
    if not prj:
        path.with_suffix(".prj").unlink()
    return str(path)


def codes(source: Source) -> list[str]:
    return [fault.code for fault in source.faults]


def fault(source: Source, code: str):
    return next(fault for fault in source.faults if fault.code == code)


# Character sets


@pytest.mark.parametrize(
    ("encoding", "cpg", "taken", "told"),
    [
        pytest.param("GBK", None, "GBK", ["encoding_assumed"], id="GBK without a .cpg"),
        pytest.param("UTF-8", None, "UTF-8", ["encoding_assumed"], id="UTF-8 without a .cpg"),
        pytest.param("GBK", "GBK", "GBK", [], id="a .cpg that is right"),
        pytest.param("GBK", "936", "GBK", [], id="a .cpg with a code page"),
        pytest.param("UTF-8", "UTF-8\r\n", "UTF-8", [], id="a .cpg with a line end"),
        pytest.param("GBK", "UTF-8", "GBK", ["encoding_overruled"], id="a .cpg that says UTF-8 of GBK"),
        pytest.param("UTF-8", "GBK", "UTF-8", ["encoding_overruled"], id="a .cpg that says GBK of UTF-8"),
        pytest.param("GBK", "ISO-8859-1", "GBK", ["encoding_overruled"], id="a .cpg that a program wrote by default"),
        pytest.param("GBK", "no such set", "GBK", ["encoding_assumed"], id="a .cpg that nobody knows"),
    ],
)
def test_texts_of_a_shapefile(tmp_path, encoding, cpg, taken, told):
    source = read_source(shapefile(tmp_path, encoding=encoding, cpg=cpg))
    assert list(source.frame["HJGKDYMC"]) == NAMES
    assert source.encoding == taken
    assert codes(source) == told


def test_what_was_assumed_is_shown_by_example(tmp_path):
    told = fault(read_source(shapefile(tmp_path)), "encoding_assumed")
    assert told.severity == "notice"
    assert told.facts["encoding"] == "GBK"
    assert told.facts["sample"] in NAMES


def test_headers_are_decoded_too(tmp_path):
    source = read_source(shapefile(tmp_path, frame(单元名称=NAMES)))
    assert list(source.frame.columns) == ["单元名称"]


def test_the_operators_word_wins(tmp_path):
    korean = frame(HJGKDYMC=["두만강", "해란강"])
    path = shapefile(tmp_path, korean, encoding="CP949", cpg="UTF-8")
    source = read_source(path, encoding="cp949")
    assert list(source.frame["HJGKDYMC"]) == ["두만강", "해란강"]
    assert codes(source) == []


def test_an_encoding_that_is_none(tmp_path):
    with pytest.raises(SourceEncodingUnknown, match="no character set “utf-9”"):
        read_source(shapefile(tmp_path), encoding="utf-9")


def test_a_short_gbk_text_that_is_valid_utf8_by_chance(tmp_path):
    assert "沙山".encode("gbk").decode("utf-8") == "ɳɽ"  # decodes, and says nothing in any language
    source = read_source(shapefile(tmp_path, frame(HJGKDYMC=["沙山", "沙山"])))
    assert list(source.frame["HJGKDYMC"]) == ["沙山", "沙山"]


def test_one_broken_text_does_not_change_the_set(tmp_path):
    path = shapefile(tmp_path, frame([WEST] * 30, HJGKDYMC=["某某优先保护单元"] * 30), encoding="UTF-8")
    table = Path(path).with_suffix(".dbf")
    octets = table.read_bytes()
    second = octets.index("某".encode(), octets.index("某".encode()) + 40)
    table.write_bytes(octets[:second] + b"\xff" + octets[second + 1 :])
    source = read_source(path)
    broken = [fault for fault in source.faults if fault.code == "undecodable"]
    assert source.encoding == "UTF-8"
    assert [(fault.severity, fault.facts["header"]) for fault in broken] == [("error", "HJGKDYMC")]
    assert "\ufffd" in source.frame["HJGKDYMC"][broken[0].row - 1]
    assert list(source.frame["HJGKDYMC"]).count("某某优先保护单元") == 29


@pytest.mark.parametrize("ruin", ["锟斤拷单元", "\ufffd\ufffd单元"], ids=["twice decoded", "replaced"])
def test_texts_destroyed_before_they_came(tmp_path, ruin):
    path = tmp_path / "units.geojson"
    pyogrio.write_dataframe(frame(HJGKDYMC=[NAMES[0], ruin]), path)
    told = fault(read_source(str(path)), "undecodable")
    assert (told.severity, told.row, told.facts["header"], told.facts["text"]) == ("error", 2, "HJGKDYMC", ruin)


@pytest.mark.parametrize("encoding", ["GBK", "UTF-8"])
def test_a_text_that_its_field_cut(tmp_path, encoding):
    long = "禁止新建扩建" * 40  # 480 bytes in GBK, 720 in UTF-8; a Shapefile's field has 254
    with pytest.warns(RuntimeWarning, match="truncated"):
        path = shapefile(tmp_path, frame(KJBJYS=[long, "禁止新建。"]), encoding=encoding)
    source = read_source(path)
    told = fault(source, "text_cut")
    assert (told.severity, told.row, told.facts["header"]) == ("warning", 1, "KJBJYS")
    assert told.facts["width"] in (252, 254)  # a multiple of three bytes, or of two
    assert long.startswith(source.frame["KJBJYS"][0])
    assert codes(source).count("text_cut") == 1
    assert "undecodable" not in codes(source)


def test_a_text_that_ends_at_the_fields_end_is_whole(tmp_path):
    whole = "禁" * 126 + "。"  # 254 bytes
    source = read_source(shapefile(tmp_path, frame(KJBJYS=[whole, "x"])))
    assert source.frame["KJBJYS"][0] == whole
    assert "text_cut" not in codes(source)


def test_a_text_that_goes_on_in_the_next_column_is_whole(tmp_path):
    source = read_source(shapefile(tmp_path, frame(KJBJYS=["禁" * 127, "x"], KJBJYS_2=["止新建", None])))
    assert "text_cut" not in codes(source)
    source = read_source(shapefile(tmp_path, frame(KJBJYS=["禁" * 127, "x"], KJBJYS_2=[None, "y"])))
    assert fault(source, "text_cut").row == 1


def test_a_field_made_as_wide_as_its_longest_text_has_not_cut_it(tmp_path):
    source = read_source(shapefile(tmp_path, frame(KJBJYS=["禁止新建" * 16, "禁止"])))  # a field of 128 bytes
    assert "text_cut" not in codes(source)
    two = read_source(shapefile(tmp_path, frame(KJBJYS=["禁止新建" * 16, "禁止扩建" * 16]), name="two"))
    assert [fault.row for fault in two.faults if fault.code == "text_cut"] == [1, 2]


@pytest.mark.parametrize(
    ("text", "encoding", "width", "read"),
    [
        ("管控".encode("gbk")[:3], "GBK", 3, ("管", True, True)),
        ("管控".encode()[:5], "UTF-8", 5, ("管", True, True)),
        ("管控".encode("gbk")[:3], "GBK", 10, ("管\ufffd", False, False)),
        (b"ab", "UTF-8", 2, ("ab", True, False)),
    ],
    ids=["cut GBK", "cut UTF-8", "broken where there was room", "whole"],
)
def test_the_last_character_of_a_full_field(text, encoding, width, read):
    assert charset.decode(text, encoding, width) == read


# Formats


def write(path: Path, data=None) -> str:
    data = frame() if data is None else data
    if path.suffix == ".parquet":
        data.to_parquet(path)
    elif path.suffix == ".gdb":
        pyogrio.write_dataframe(data, path, driver="OpenFileGDB", layer="units")
    else:
        pyogrio.write_dataframe(data, path)
    return str(path)


@pytest.mark.parametrize(
    "name", ["units.shp", "units.gpkg", "units.geojson", "units.json", "units.gdb", "units.parquet"]
)
def test_every_format_gives_the_same_rows(tmp_path, name):
    if name.endswith(".json"):
        path = write(tmp_path / "units.geojson")
        path = str(Path(path).rename(tmp_path / name))
    else:
        path = write(tmp_path / name)
    source = read_source(path)
    assert source.name == name
    assert source.crs == CRS.from_epsg(4490)
    assert list(source.frame.columns) == ["HJGKDYMC", "n"]
    assert source.frame.to_dict("records") == [{"HJGKDYMC": NAMES[0], "n": 1}, {"HJGKDYMC": NAMES[1], "n": 2}]
    assert set(source.frame.dtypes) == {np.dtype(object)}
    assert max(shapely.hausdorff_distance(source.geometries, np.array([WEST, EAST]))) < 1e-8  # a geodatabase has a grid


def zipped(folder: Path, entries: dict[str, bytes], name="units.zip") -> str:
    with zipfile.ZipFile(folder / name, "w") as archive:
        for entry, octets in entries.items():
            archive.writestr(entry, octets)
    return str(folder / name)


def parts(path: str) -> dict[str, bytes]:
    return {part.name: part.read_bytes() for part in Path(path).parent.iterdir() if part.stem == Path(path).stem}


def test_a_zipped_shapefile(tmp_path):
    entries = parts(shapefile(tmp_path))
    source = read_source(zipped(tmp_path, {f"成果/{name}": octets for name, octets in entries.items()}))
    assert (source.name, list(source.frame["HJGKDYMC"])) == ("units.zip", NAMES)


def test_names_in_a_zip_made_under_a_chinese_windows(tmp_path):
    entries = {f"{name.replace('units', 'XXXX')}": octets for name, octets in parts(shapefile(tmp_path)).items()}
    path = Path(zipped(tmp_path, entries))
    path.write_bytes(path.read_bytes().replace(b"XXXX.", "单元".encode("gbk") + b"."))
    assert list(read_source(str(path)).frame["HJGKDYMC"]) == NAMES
    assert read_source(str(path), layer=None).name == "units.zip"


def test_a_zipped_geodatabase(tmp_path):
    folder = Path(write(tmp_path / "units.gdb"))
    entries = {f"units.gdb/{part.name}": part.read_bytes() for part in folder.iterdir()}
    source = read_source(zipped(tmp_path, entries, "units.gdb.zip"))
    assert list(source.frame["HJGKDYMC"]) == NAMES


def test_a_zip_with_two_shapefiles_wants_a_choice(tmp_path):
    one, two = shapefile(tmp_path, name="one"), shapefile(tmp_path, name="two")
    path = zipped(tmp_path, {**parts(one), **parts(two)})
    with pytest.raises(SourceLayerWanted, match=r"one\.shp, two\.shp.*--layer"):
        read_source(path)
    assert read_source(path, layer="two").name == "units.zip/two.shp"


def test_several_layers_want_a_choice(tmp_path):
    path = tmp_path / "all.gpkg"
    pyogrio.write_dataframe(frame(), path, layer="units")
    pyogrio.write_dataframe(frame(HJGKDYMC=["a", "b"]), path, layer="red_lines")
    with pytest.raises(SourceLayerWanted, match="units, red_lines"):
        read_source(str(path))
    with pytest.raises(SourceLayerWanted, match="“rivers” was asked for"):
        read_source(str(path), layer="rivers")
    source = read_source(str(path), layer="red_lines")
    assert (source.name, list(source.frame["HJGKDYMC"])) == ("all.gpkg/red_lines", ["a", "b"])


def test_missing_values_are_none_and_dates_are_dates(tmp_path):
    data = frame(name=["x", None], n=[None, 2.5], day=np.array(["2024-06-30", "NaT"], dtype="datetime64[s]"))
    source = read_source(write(tmp_path / "units.gpkg", data))
    assert source.frame["name"].tolist() == ["x", None]
    assert source.frame["n"].tolist() == [None, 2.5]
    assert str(source.frame["day"][0]) == "2024-06-30"
    assert source.frame["day"][1] is None


def test_rows_without_a_shape_stay(tmp_path):
    source = read_source(write(tmp_path / "units.gpkg", frame([WEST, None])))
    assert source.geometries[1] is None
    assert len(source.frame) == 2


def test_heights_are_dropped_and_told(tmp_path):
    raised = [shapely.force_3d(WEST, 300.0), shapely.force_3d(EAST, 310.0)]
    for name in ("units.shp", "units.gpkg", "units.parquet"):
        source = read_source(write(tmp_path / name, frame(raised)))
        assert not shapely.has_z(source.geometries).any()
        assert fault(source, "dimensions_dropped").facts == {"dimensions": "Z"}


def test_a_source_without_rows(tmp_path):
    for name in ("units.shp", "units.gpkg", "units.parquet"):
        source = read_source(write(tmp_path / name, frame()[:0]))
        assert (len(source.frame), len(source.geometries), len(to_engine_all(source))) == (0, 0, 0)


def test_lines_and_points_stay_in_their_rows(tmp_path):
    source = read_source(write(tmp_path / "units.gpkg", frame([shapely.Point(129, 42), WEST.exterior])))
    assert [shape.geom_type for shape in source.geometries] == ["Point", "LineString"]


def test_a_geometry_broken_beyond_reading_is_told_and_its_row_stays(tmp_path):
    rings = [shapely.geometry.mapping(WEST)["coordinates"], [[[129.5, 42.9], [129.6, 42.9]]]]
    features = [
        {"type": "Feature", "properties": {"n": n}, "geometry": {"type": "Polygon", "coordinates": ring}}
        for n, ring in enumerate(rings)
    ]
    path = tmp_path / "units.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    source = read_source(str(path))
    assert [(fault.severity, fault.row) for fault in source.faults if fault.code == "geometry_unreadable"] == [
        ("error", 2)
    ]
    assert source.frame["n"].tolist() == [0, 1]
    assert source.geometries[1] is None


def circle(path: Path) -> str:
    """A GeoPackage with a circle of two arcs around 129.5, 42.9, of 0.01 degrees, as GIS programs draw it."""
    pyogrio.write_dataframe(frame([WEST], n=[1]), path)
    points = [(129.49, 42.9), (129.5, 42.91), (129.51, 42.9), (129.5, 42.89), (129.49, 42.9)]
    arcs = struct.pack("<BII", 1, 8, len(points)) + b"".join(struct.pack("<dd", *point) for point in points)
    with closing(sqlite3.connect(path)) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        blob = b"GP\0\1" + struct.pack("<i", 4490) + struct.pack("<BII", 1, 10, 1) + arcs
        database.execute("UPDATE units SET geom = ?", [blob])
        database.commit()
    return str(path)


def test_curves_become_lines_of_short_edges(tmp_path):
    (shape,) = read_source(circle(tmp_path / "units.gpkg")).geometries
    assert shape.geom_type == "Polygon"
    assert shape.area == pytest.approx(np.pi * 0.01**2, rel=0.01)


# CRSs


ESRI_ZONE = (
    'PROJCS["CGCS2000_3_Degree_GK_CM_129E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",'
    'SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],'
    'PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",129.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],'
    'UNIT["Meter",1.0]]'
)
ESRI_DEGREES = (
    'GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,'
    '298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)


@pytest.mark.parametrize(
    ("prj", "epsg"),
    [
        pytest.param(ESRI_DEGREES, 4490, id="degrees by ESRI"),
        pytest.param(ESRI_ZONE, 4552, id="CM 129E by ESRI"),
        pytest.param(
            ESRI_ZONE.replace("CGCS2000_3_Degree_GK_CM_129E", "自定义坐标系"), 4552, id="under a name of its own"
        ),
        pytest.param(ESRI_ZONE.replace("Gauss_Kruger", "Transverse_Mercator"), 4552, id="as Transverse Mercator"),
        pytest.param(ESRI_ZONE.replace("500000.0", "43500000.0"), 4531, id="with the zone's number"),
        pytest.param(ESRI_ZONE.replace('"Central_Meridian",129.0', '"Central_Meridian",132.0'), 4553, id="CM 132E"),
        pytest.param(CRS.from_epsg(4500).to_wkt("WKT1_ESRI"), 4500, id="a zone of 6 degrees"),
        pytest.param(CRS.from_epsg(4326).to_wkt("WKT1_ESRI"), 4326, id="WGS-84"),
    ],
)
def test_a_prj_is_known_by_its_parameters(tmp_path, prj, epsg):
    path = shapefile(tmp_path)
    Path(path).with_suffix(".prj").write_text(prj, encoding="utf-8")
    assert read_source(path).crs == CRS.from_epsg(epsg)


@pytest.mark.parametrize(
    ("prj", "said"),
    [
        pytest.param(CRS.from_epsg(4610).to_wkt("WKT1_ESRI"), "Xi'an 1980 has to be converted", id="Xi'an 80"),
        pytest.param(
            CRS.from_epsg(2384).to_wkt("WKT1_ESRI"), "Xi'an 1980 has to be converted", id="a zone of Xi'an 80"
        ),
        pytest.param(CRS.from_epsg(4214).to_wkt("WKT1_ESRI"), "Beijing 1954 has to be converted", id="Beijing 54"),
        pytest.param(CRS.from_epsg(3857).to_wkt("WKT1_ESRI"), "made for web maps", id="Web Mercator"),
        pytest.param(CRS.from_epsg(4258).to_wkt("WKT1_ESRI"), "none of those taken", id="the ellipsoid, another datum"),
        pytest.param(CRS.from_epsg(32652).to_wkt("WKT1_ESRI"), "none of those taken", id="UTM"),
        pytest.param(
            ESRI_ZONE.replace('"Central_Meridian",129.0', '"Central_Meridian",129.5'), "none of those", id="129.5"
        ),
        pytest.param(ESRI_ZONE.replace('UNIT["Meter",1.0]', 'UNIT["Foot",0.3048]'), "none of those", id="feet"),
        pytest.param(ESRI_ZONE.replace("6378137.0", "6378245.0"), "none of those", id="another ellipsoid"),
    ],
)
def test_other_crss_are_refused_with_the_reason(tmp_path, prj, said):
    path = shapefile(tmp_path)
    Path(path).with_suffix(".prj").write_text(prj)
    with pytest.raises(SourceCrsRefused, match=said):
        read_source(path)


@pytest.mark.parametrize(
    "wkt",
    [
        ESRI_DEGREES.replace("]],PRIMEM", "],TOWGS84[0,0,0,0,0,0,0]],PRIMEM"),
        f'COMPD_CS["x",{ESRI_DEGREES},VERT_CS["Yellow Sea 1985",VERT_DATUM["y",2005],UNIT["m",1.0]]]',
        CRS.from_epsg(4490).to_wkt("WKT2_2019"),
        "urn:ogc:def:crs:EPSG::4490",
    ],
    ids=["with a shift of nothing", "with heights", "WKT2", "a URN"],
)
def test_a_crs_with_more_around_it(wkt):
    assert taken_crs("units.gpkg", CRS.from_user_input(wkt)) == CRS.from_epsg(4490)


def test_a_source_without_a_crs_is_not_guessed(tmp_path):
    path = shapefile(tmp_path, prj=False)
    with pytest.raises(SourceCrsMissing, match=r"units\.shp does not say its CRS.*--crs"):
        read_source(path)
    source = read_source(path, crs="EPSG:4490")
    assert fault(source, "crs_declared").facts == {"crs": "EPSG:4490"}


def test_a_declaration_does_not_overrule_what_a_file_states(tmp_path):
    with pytest.raises(SourceCrsContradicted, match="states the CRS EPSG:4490, and EPSG:4552 was declared"):
        read_source(shapefile(tmp_path), crs="EPSG:4552")


def test_a_declaration_that_is_not_taken(tmp_path):
    with pytest.raises(SourceCrsUndeclared, match="“EPSG:3857” declared"):
        read_source(shapefile(tmp_path), crs="EPSG:3857")


def test_geojson_is_wgs84_unless_it_or_the_operator_says_otherwise(tmp_path):
    path = tmp_path / "units.geojson"
    shape = shapely.geometry.mapping(WEST)
    path.write_text(
        json.dumps(
            {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"a": 1}, "geometry": shape}]}
        )
    )
    assert codes(read_source(str(path))) == ["crs_wgs84"]
    declared = read_source(str(path), crs="EPSG:4490")
    assert (codes(declared), declared.crs) == (["crs_overruled"], CRS.from_epsg(4490))


def test_a_zone_is_brought_to_degrees(tmp_path):
    there = frame().to_crs(4552)
    source = read_source(shapefile(tmp_path, there))
    brought = to_engine_all(source)
    assert source.geometries[0].bounds[0] > 100_000
    assert max(shapely.hausdorff_distance(brought, np.array([WEST, EAST]))) < 1e-9


def test_degrees_are_not_touched_and_none_stays_none(tmp_path):
    source = read_source(write(tmp_path / "units.gpkg", frame([WEST, None])))
    assert to_engine_all(source) is source.geometries
    zone = read_source(write(tmp_path / "zone.gpkg", frame([WEST, None]).to_crs(4552)))
    assert to_engine_all(zone)[1] is None


# What is refused


def test_a_format_that_is_not_read(tmp_path):
    (tmp_path / "units.dwg").write_bytes(b"AC1032")
    with pytest.raises(SourceFormatUnknown, match=r"units\.dwg is not read; use one of \.shp"):
        read_source(str(tmp_path / "units.dwg"))


@pytest.mark.parametrize("name", ["none.shp", "none.gpkg", "none.gdb", "none.geojson", "none.zip", "none.parquet"])
def test_a_file_that_is_not_there(tmp_path, name):
    with pytest.raises(SourceUnreadable) as told:
        read_source(str(tmp_path / name))
    assert str(tmp_path) not in str(told.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.shp", b"x" * 200),
        ("a.gpkg", b"x" * 200),
        ("a.gpkg", b"SQLite format 3\x00" + b"x" * 200),
        ("a.geojson", b'{"type": "FeatureCollection", "features": ['),
        ("a.parquet", b"PAR1" + b"x" * 50),
        ("a.zip", b"PK\x03\x04" + b"x" * 50),
    ],
    ids=["no shapefile", "no SQLite", "broken SQLite", "half a GeoJSON", "broken Parquet", "broken zip"],
)
def test_a_broken_file(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    if name.endswith(".shp"):
        (tmp_path / "a.dbf").write_bytes(b"")
    with pytest.raises(SourceUnreadable, match=name) as told:
        read_source(str(tmp_path / name))
    assert str(tmp_path) not in str(told.value)


def test_a_shapefile_without_its_table(tmp_path):
    path = shapefile(tmp_path)
    Path(path).with_suffix(".dbf").unlink()
    with pytest.raises(SourceUnreadable, match=r"its \.dbf is missing"):
        read_source(path)


@pytest.mark.parametrize(
    "content",
    [
        '<OGRVRTDataSource><OGRVRTLayer name="units"><SrcDataSource>{there}</SrcDataSource></OGRVRTLayer>'
        "</OGRVRTDataSource>",
        '{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read {there}"}}',
    ],
    ids=["a virtual layer", "a pipeline"],
)
def test_a_file_that_names_another_source_is_not_followed(tmp_path, content):
    there = shapefile(tmp_path)
    path = tmp_path / "sent.json"
    path.write_text(content.format(there=there))
    assert "units" in pyogrio.list_layers(path)[:, 0] or content.startswith("{")  # the library alone would follow it
    with pytest.raises(SourceUnreadable, match=r"sent\.json"):
        read_source(str(path))


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp"])
def test_a_file_is_not_opened_under_another_format(tmp_path, name):
    (tmp_path / "a.dbf").write_bytes(b"")
    (tmp_path / name).write_text("<OGRVRTDataSource></OGRVRTDataSource>")
    with pytest.raises(SourceUnreadable, match="the content is not that of"):
        read_source(str(tmp_path / name))


@pytest.mark.parametrize("source", ["/vsicurl/http://127.0.0.1:9/units.shp", "/vsizip//tmp/none.zip/units.shp"])
def test_nothing_is_fetched(source):
    with pytest.raises(SourceError):
        read_source(source)


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, 0o120777 << 16
    return entry


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("../units.shp", "outside the folder"),
        ("a/../../units.shp", "outside the folder"),
        ("/etc/units.shp", "outside the folder"),
        ("C:/units.shp", "outside the folder"),
        (link("units.shp"), "is a link"),
    ],
    ids=["up", "up from within", "absolute", "a drive", "a link"],
)
def test_an_entry_that_would_leave_the_folder(tmp_path, entry, said):
    path = tmp_path / "units.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, b"/etc/passwd")
    with pytest.raises(SourceZipRefused, match=said):
        read_source(str(path))


def test_an_entry_that_is_encrypted(tmp_path):
    path = Path(zipped(tmp_path, {"units.shp": b"x"}))
    octets = bytearray(path.read_bytes())
    octets[octets.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(octets)
    with pytest.raises(SourceZipRefused, match="is encrypted"):
        read_source(str(path))


def test_a_zip_of_nothing_that_is_read(tmp_path):
    with pytest.raises(SourceFormatUnknown, match=r"units\.zip"):
        read_source(zipped(tmp_path, {"readme.txt": b"x"}))


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Limits(file_bytes=100), "bytes on disk, more than the 100"),
        (Limits(rows=1), "2 rows, more than the 1"),
        (Limits(vertices=9), "10 vertices, more than the 9"),
    ],
    ids=["bytes", "rows", "vertices"],
)
@pytest.mark.parametrize("name", ["units.shp", "units.gpkg", "units.parquet"])
def test_more_than_is_taken(tmp_path, name, limits, said):
    with pytest.raises(SourceTooLarge, match=said):
        read_source(write(tmp_path / name), limits=limits)


def test_a_zip_that_would_fill_the_disk(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("units.shp", bytes(1_000_000))
    assert (tmp_path / "bomb.zip").stat().st_size < 2_000
    with pytest.raises(SourceTooLarge, match="1000000 bytes on disk"):
        read_source(str(tmp_path / "bomb.zip"), limits=Limits(file_bytes=100_000))
    many = zipped(tmp_path, {f"{n}.txt": b"" for n in range(6)}, "many.zip")
    with pytest.raises(SourceTooLarge, match="6 entries of a zip"):
        read_source(many, limits=Limits(zip_entries=5))
