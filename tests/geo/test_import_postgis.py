"""A table of a real PostGIS database as a delivery: what is read, what is refused, and that no credential is said."""

from collections.abc import Iterator

import geopandas
import numpy as np
import pytest
import shapely
from postgis import PASSWORD, Server, server
from practice import bring_in, copy_deployment, write_practice
from psycopg import sql
from pyproj import CRS

from geo.errors import (
    DatabaseAddressInvalid,
    DatabaseFailed,
    SourceCrsMissing,
    SourceCrsRefused,
    SourceError,
    SourceTooLarge,
    TableUnknown,
)
from geo.importing import database
from geo.importing.delivery import Limits
from geo.importing.source import read_source, to_engine_all
from geo.layers.releases import canonical_rows
from geo.layers.store import LayerStore
from geo.texts import LANGUAGES

WEST, EAST = shapely.box(129.50, 42.88, 129.51, 42.90), shapely.box(129.51, 42.88, 129.52, 42.90)
UNITS = "public.units"
pytestmark = pytest.mark.slow  # a server process


@pytest.fixture(scope="module")
def gis() -> Iterator[Server]:
    """A server with two units in degrees, the same in a zone, and what else a bureau may keep."""
    metres = geopandas.GeoSeries([WEST, EAST], crs=4490).to_crs(4552)
    with server() as running:
        running.run(
            'CREATE TABLE units ("HJGKDYBM" text, "单元 名称" text, area numeric, day date, n integer, geom geometry)',
            ("INSERT INTO units VALUES ('b', '东单元', 12.5, '2024-06-30', 2, ST_GeomFromText(%s, 4490))", EAST.wkt),
            ("INSERT INTO units VALUES ('a', '西单元', NULL, NULL, NULL, ST_GeomFromText(%s, 4490))", WEST.wkt),
            "ALTER TABLE units ALTER geom TYPE geometry(Polygon, 4490)",
            "CREATE SCHEMA zone",
            'CREATE TABLE zone."3 度带" (gid integer PRIMARY KEY, geom geometry(Polygon, 4552))',
            ('INSERT INTO zone."3 度带" VALUES (2, ST_GeomFromText(%s, 4552))', metres[1].wkt),
            ('INSERT INTO zone."3 度带" VALUES (1, ST_GeomFromText(%s, 4552)), (3, NULL)', metres[0].wkt),
            "CREATE TABLE solid (geom geometry(PolygonZ, 4490))",
            ("INSERT INTO solid VALUES (ST_Force3D(ST_GeomFromText(%s, 4490)))", WEST.wkt),
            "CREATE TABLE curved (geom geometry(CurvePolygon, 4490))",
            "INSERT INTO curved VALUES (ST_GeomFromText('CURVEPOLYGON(CIRCULARSTRING("
            "129.49 42.9, 129.5 42.91, 129.51 42.9, 129.5 42.89, 129.49 42.9))', 4490))",
            "CREATE TABLE nowhere (geom geometry(Polygon))",
            "CREATE TABLE mercator (geom geometry(Polygon, 3857))",
            "CREATE TABLE two (a geometry(Polygon, 4490), b geometry(Point, 4490))",
            "CREATE TABLE plain (name text)",
            "CREATE VIEW seen AS SELECT * FROM units WHERE n = 2",
            "CREATE VIEW slow AS SELECT pg_sleep(20)::text AS waited, geom FROM units",
            f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'",
            "GRANT SELECT ON spatial_ref_sys, geometry_columns TO reader",
            "REVOKE ALL ON units FROM reader",
            "CREATE DATABASE empty",
        )
        yield running


def test_a_table_in_degrees(gis):
    source = read_source(gis.address(UNITS))
    assert source.name == "127.0.0.1/gis/public.units"
    assert source.crs == CRS.from_epsg(4490)
    assert list(source.frame.columns) == ["HJGKDYBM", "单元 名称", "area", "day", "n"]
    assert source.frame["单元 名称"].tolist() == ["东单元", "西单元"]
    assert source.frame["area"].tolist() == [12.5, None]
    assert [str(day) for day in source.frame["day"]] == ["2024-06-30", "None"]
    assert source.frame["n"].tolist() == [2, None]
    assert shapely.equals(source.geometries, np.array([EAST, WEST])).all()
    assert source.faults == ()


def test_a_table_in_a_zone_with_names_to_be_quoted_in_the_order_of_its_key(gis):
    source = read_source(gis.address("zone.3 度带"))
    assert source.crs == CRS.from_epsg(4552)
    assert source.frame["gid"].tolist() == [1, 2, 3]
    brought = to_engine_all(source)
    assert max(shapely.hausdorff_distance(brought[:2], np.array([WEST, EAST]))) < 1e-9
    assert brought[2] is None


def test_a_schema_that_is_not_named_is_public(gis):
    assert read_source(gis.address("units")).name.endswith("/public.units")


def test_a_view(gis):
    assert read_source(gis.address("seen")).frame["HJGKDYBM"].tolist() == ["b"]


def test_heights_and_curves(gis):
    solid = read_source(gis.address("solid"))
    assert not shapely.has_z(solid.geometries).any()
    assert [(fault.code, fault.facts) for fault in solid.faults] == [("dimensions_dropped", {"dimensions": "Z"})]
    curved = read_source(gis.address("curved"))
    assert curved.geometries[0].geom_type == "Polygon"
    assert curved.geometries[0].area == pytest.approx(np.pi * 0.01**2, rel=0.01)
    assert [fault.code for fault in curved.faults] == ["reader_notice"]


def test_a_geometry_without_a_crs(gis):
    with pytest.raises(SourceCrsMissing, match=r"public\.nowhere"):
        read_source(gis.address("nowhere"))
    assert read_source(gis.address("nowhere"), crs="EPSG:4490").crs == CRS.from_epsg(4490)


def test_a_crs_that_is_not_taken(gis):
    with pytest.raises(SourceCrsRefused, match="made for web maps"):
        read_source(gis.address("mercator"))


@pytest.mark.parametrize("table", ["units2", "plain", "two", "other.units", 'units"; DROP TABLE units; --', "a.b.c"])
def test_what_is_no_table_with_one_geometry(gis, table):
    with pytest.raises(TableUnknown, match=r"tables with a geometry here: .*public\.units"):
        read_source(gis.address(table))
    assert len(read_source(gis.address(UNITS)).frame) == 2


def test_the_transaction_cannot_write(gis):
    address = database._address(gis.address(UNITS))
    with pytest.raises(DatabaseFailed), database._connection(address, Limits()) as connection:
        connection.exec_driver_sql("DELETE FROM units")
    assert len(read_source(gis.address(UNITS)).frame) == 2


REFUSALS = [
    pytest.param({"password": "wrong-one-9"}, UNITS, "does not accept the user or the password", id="wrong password"),
    pytest.param({"user": "nobody-here"}, UNITS, "does not accept the user or the password", id="wrong user"),
    pytest.param({"database": "none"}, UNITS, "has no such database", id="no such database"),
    pytest.param({"database": "empty"}, UNITS, "has no PostGIS", id="no PostGIS"),
    pytest.param({"user": "reader"}, UNITS, "may not read it", id="no permission"),
    pytest.param({"port": 9}, UNITS, "cannot be reached", id="no server"),
]


@pytest.mark.parametrize(("changes", "table", "said"), REFUSALS)
def test_a_refusal_says_its_reason_and_no_credential(gis, changes, table, said):
    address = gis.address(table, **changes)
    with pytest.raises(DatabaseFailed, match=said) as error:
        read_source(address)
    texts = [error.value.text(language) for language in LANGUAGES] + [repr(error.value), str(error.value.parameters)]
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__ or error.value.__context__ is None
    for secret in (PASSWORD, "wrong-one-9", "owner", "nobody-here", address):
        assert not [text for text in texts if secret in text]


def test_a_statement_that_takes_too_long_is_stopped(gis):
    with pytest.raises(DatabaseFailed, match="took longer than allowed"):
        read_source(gis.address("slow"), limits=Limits(seconds=0.3))


@pytest.mark.parametrize(
    ("limits", "said"), [(Limits(rows=1), "2 rows, more than the 1"), (Limits(vertices=9), "10 vertices, more than")]
)
def test_more_than_is_taken(gis, limits, said):
    with pytest.raises(SourceTooLarge, match=said):
        read_source(gis.address(UNITS), limits=limits)


def test_a_password_from_the_environment(gis, monkeypatch):
    address = gis.address(UNITS, password=None)
    with pytest.raises(DatabaseFailed, match="does not accept"):
        read_source(address)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert len(read_source(address).frame) == 2


def test_a_password_with_signs_that_are_escaped(gis):
    gis.run("CREATE ROLE odd LOGIN SUPERUSER PASSWORD 'p@ss:/?#%'")
    assert len(read_source(gis.address(UNITS, user="odd", password="p%40ss%3A%2F%3F%23%25")).frame) == 2


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://owner:{PASSWORD}@127.0.0.1/gis",
        f"postgresql://owner:{PASSWORD}@127.0.0.1/gis?table=",
        f"postgresql://owner:{PASSWORD}@127.0.0.1/gis?table=units&where=true",
        f"postgresql://owner:{PASSWORD}@127.0.0.1/gis?table=units&table=plain",
        f"postgresql://owner:{PASSWORD}@127.0.0.1/gis?table=units&options=-cstatement_timeout%3D0",
        f"postgresql://owner:{PASSWORD}@127.0.0.1?table=units",
        f"postgresql://owner:{PASSWORD}@127.0.0.1:port/gis?table=units",
        f"postgresql://owner:{PASSWORD}@[::1/gis?table=units",
        "postgresql:",
    ],
    ids=[
        "no table",
        "an empty table",
        "a condition",
        "two tables",
        "options",
        "no database",
        "no port",
        "no host",
        "no",
    ],
)
def test_an_address_that_has_not_the_form(address):
    with pytest.raises(
        DatabaseAddressInvalid, match=r"write it as postgresql://user@host:port/database\?table="
    ) as error:
        read_source(address)
    assert isinstance(error.value, SourceError)
    for language in LANGUAGES:
        assert PASSWORD not in error.value.text(language)


def test_nothing_kept_of_an_address_says_its_credentials():
    address = database._address(f"postgresql://owner:{PASSWORD}@db.example:5433/gis?table=a.b&sslmode=require")
    assert (address.name, address.url.port, dict(address.url.query)) == (
        "db.example/gis/a.b",
        5433,
        {"sslmode": "require"},
    )
    assert PASSWORD not in f"{address} {address!r} {address.url}"


def test_units_of_a_database_come_in_as_those_of_a_file_and_no_credential_is_kept(gis, built, tmp_path):
    shapefile = write_practice(built, tmp_path / "delivery", "--clean")
    frame = geopandas.read_file(shapefile, encoding="GBK")
    texts = [name for name in frame if name != "geometry"]
    columns = ", ".join(f'"{name}" {"numeric" if name == "MJ_KM2" else "text"}' for name in texts)
    names, marks = (sql.SQL(", ").join(map(kind, texts)) for kind in (sql.Identifier, lambda _: sql.Placeholder()))
    row = sql.SQL("INSERT INTO delivered ({}, geom) VALUES ({}, ST_GeomFromWKB(%s, 4490))").format(names, marks)
    gis.run(f"CREATE TABLE delivered (gid serial PRIMARY KEY, {columns}, geom geometry(Geometry, 4490))")
    gis.run(*((row, *(line[name] for name in texts), line["geometry"].wkb) for line in frame.to_dict("records")))
    by_file, by_table = (copy_deployment(built, tmp_path / name) for name in ("file", "table"))
    bring_in(by_file, shapefile)
    told = bring_in(by_table, gis.address("public.delivered"), "--coverage", shapefile.parent / "coverage.geojson")
    one, other = (LayerStore(settings).open("control_unit") for settings in (by_file, by_table))
    assert canonical_rows(one.zones) == canonical_rows(other.zones)
    kept = [path.read_bytes() for path in by_table.layers.joinpath("data").rglob("*") if path.is_file()]
    for secret in (PASSWORD, "owner"):
        assert secret not in told
        assert not any(secret.encode() in data for data in kept)
    assert "127.0.0.1/gis/public.delivered" in other.info.recipe.en
