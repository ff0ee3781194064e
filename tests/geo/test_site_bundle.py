"""Zips as sites: what is found in them, what the sender chooses, and what is refused."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import geopandas
import pyogrio
import pytest
import shapely

from geo.errors import (
    SiteFileBroken,
    SiteFileEmpty,
    SiteFileRefused,
    SiteLayerUnknown,
    SiteLayerWanted,
    SiteTooLarge,
)
from geo.settings import Settings
from geo.site.contents import Claim, Contents, LayerSeen, Limits, Wanted, decode, encode
from geo.site.files import read

LIMITS = Limits.of(Settings())
PLOT = shapely.box(129.50, 42.88, 129.51, 42.90)
WKT = b"SRID=4490;POINT (129.5 42.9)"
GEOJSON = json.dumps({"type": "Point", "coordinates": [129.5, 42.9]}).encode()

Entries = dict[str, bytes]


def shapefile(folder: Path, crs: str | None = "EPSG:4490", name="site", text="甲地块") -> Entries:
    """The parts of a Shapefile in GBK, without a .cpg."""
    path = folder / f"{name}.shp"
    data = geopandas.GeoDataFrame({"名称": [text]}, geometry=[PLOT], crs="EPSG:4490")
    pyogrio.write_dataframe(data.to_crs(crs) if crs else data, path, encoding="GBK")
    path.with_suffix(".cpg").unlink()
    if crs is None:
        path.with_suffix(".prj").unlink()
    parts = {part.name: part.read_bytes() for part in folder.glob(f"{name}.*")}
    for part in parts:
        (folder / part).unlink()
    return parts


def database(folder: Path, name: str) -> Entries:
    data = geopandas.GeoDataFrame({"名称": ["甲地块"]}, geometry=[PLOT], crs="EPSG:4490")
    path = folder / name
    pyogrio.write_dataframe(data, path, **({"driver": "OpenFileGDB", "layer": "地块"} if path.suffix == ".gdb" else {}))
    if path.is_dir():
        return {f"{name}/{part.name}": part.read_bytes() for part in path.iterdir()}
    return {name: path.read_bytes()}


def zipped(folder: Path, entries: Entries, name="sent.zip") -> Path:
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, octets in entries.items():
            archive.writestr(entry, octets)
    return folder / name


def take(path: Path, *layers: str, limits: Limits = LIMITS) -> Contents:
    return read(path, path.name, Wanted(layers), limits)


def codes(contents: Contents) -> list[str]:
    return [notice.code for notice in contents.notices]


def renamed(entries: Entries, form: str) -> Entries:
    return {form.format(*name.rsplit(".", 1)): octets for name, octets in entries.items()}


# One file


@pytest.mark.parametrize("form", ["{}.{}", "成果/2024/{}.{}"], ids=["at the top", "in folders"])
def test_a_shapefile(tmp_path, form):
    contents = take(zipped(tmp_path, renamed(shapefile(tmp_path), form)))
    assert (contents.format, contents.claim.crs) == ("format.shapefile", "EPSG:4490")
    assert [(piece.name, piece.layer) for piece in contents.pieces] == [("甲地块", "site")]
    assert codes(contents) == ["encoding_assumed"]


def test_parts_in_any_case(tmp_path):
    entries = {name.upper() if name.endswith(("shp", "dbf")) else name: o for name, o in shapefile(tmp_path).items()}
    entries["Site.Prj"] = entries.pop("site.prj")
    contents = take(zipped(tmp_path, entries))
    assert (contents.pieces[0].name, contents.claim.crs) == ("甲地块", "EPSG:4490")
    assert codes(contents) == ["encoding_assumed"]


def test_names_made_under_a_chinese_windows(tmp_path):
    path = zipped(tmp_path, {name.replace("site", "XXXX"): octets for name, octets in shapefile(tmp_path).items()})
    path.write_bytes(path.read_bytes().replace(b"XXXX.", "地块".encode("gbk") + b"."))
    assert take(path).layers == (LayerSeen("地块", areas=1),)


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        pytest.param(lambda folder: database(folder, "site.gdb"), "format.geodatabase", id="a geodatabase"),
        pytest.param(
            lambda folder: {name.partition("/")[2]: octets for name, octets in database(folder, "site.gdb").items()},
            "format.geodatabase",
            id="a geodatabase without its folder",
        ),
        pytest.param(
            lambda folder: {
                name.replace(".gdb/", "/"): octets for name, octets in database(folder, "site.gdb").items()
            },
            "format.geodatabase",
            id="a geodatabase in a folder of another name",
        ),
        pytest.param(lambda folder: database(folder, "site.gpkg"), "format.geopackage", id="a GeoPackage"),
    ],
)
def test_a_database(tmp_path, entries, code):
    contents = take(zipped(tmp_path, entries(tmp_path)))
    assert (contents.format, contents.pieces[0].name, contents.claim.crs) == (code, "甲地块", "EPSG:4490")


@pytest.mark.parametrize(("name", "code"), [("a/SITE.WKT", "format.wkt"), ("位置.GeoJSON", "format.geojson")])
def test_any_other_file(tmp_path, name, code):
    contents = take(zipped(tmp_path, {name: WKT if code.endswith("wkt") else GEOJSON}))
    assert contents.format == code
    assert (contents.pieces[0].geometry.x, contents.pieces[0].geometry.y) == (129.5, 42.9)


def test_what_was_not_read_is_told(tmp_path):
    entries = shapefile(tmp_path) | {"site.shp.xml": b"", "site.sbn": b"", "说明.docx": b"", "inner.zip": b"PK"}
    entries |= {"__MACOSX/._site.shp": b"x", ".DS_Store": b"x"}
    (told,) = [notice for notice in take(zipped(tmp_path, entries)).notices if notice.code == "archive_left_out"]
    assert told.parameters == {"count": "2", "names": "inner.zip, 说明.docx"}


# Several files


def test_shapefiles_that_state_one_crs_are_read_together(tmp_path):
    path = zipped(tmp_path, shapefile(tmp_path, name="one", text="甲") | shapefile(tmp_path, name="two", text="乙"))
    contents = take(path)
    assert [(piece.name, piece.layer) for piece in contents.pieces] == [("甲", "one.shp"), ("乙", "two.shp")]
    assert contents.layers == (LayerSeen("one.shp", areas=1), LayerSeen("two.shp", areas=1))
    assert contents.claim.crs == "EPSG:4490"
    for chosen in ("two", "two.shp"):
        contents = take(path, chosen)
        assert [piece.name for piece in contents.pieces] == ["乙"]
        assert contents.layers == (LayerSeen("one.shp", taken=False), LayerSeen("two.shp", areas=1))


@pytest.mark.parametrize("other", ["EPSG:4552", None], ids=["another CRS", "no CRS"])
def test_shapefiles_that_do_not_agree_want_a_choice(tmp_path, other):
    path = zipped(tmp_path, shapefile(tmp_path, name="one") | shapefile(tmp_path, other, name="two"))
    with pytest.raises(SiteLayerWanted, match=r"sent\.zip.*one\.shp, two\.shp"):
        take(path)
    with pytest.raises(SiteLayerWanted):
        take(path, "one", "two")
    assert take(path, "two.shp").claim.crs == other
    with pytest.raises(SiteLayerUnknown, match=r"no “three”.*one\.shp, two\.shp"):
        take(path, "three")


def test_two_that_say_nothing_are_not_taken_to_agree(tmp_path):
    path = zipped(tmp_path, shapefile(tmp_path, None, name="one") | shapefile(tmp_path, None, name="two"))
    with pytest.raises(SiteLayerWanted):
        take(path)
    both = take(path, "one", "two")
    assert (len(both.pieces), both.claim) == (2, Claim())


def test_files_of_two_formats_want_a_choice(tmp_path):
    path = zipped(tmp_path, shapefile(tmp_path) | {"site.wkt": WKT})
    with pytest.raises(SiteLayerWanted, match=r"site\.shp, site\.wkt"):
        take(path)
    assert take(path, "site.wkt").format == "format.wkt"
    with pytest.raises(SiteLayerUnknown):  # which of the two
        take(path, "site")


def test_a_table_beside_geodata_is_read_where_it_is_chosen(tmp_path):
    path = zipped(tmp_path, shapefile(tmp_path) | {"点位.json": GEOJSON})
    contents = take(path)
    assert contents.layers == (LayerSeen("site.shp", areas=1), LayerSeen("点位.json", taken=False))
    assert codes(contents) == ["encoding_assumed", "archive_left_out"]
    assert take(path, "点位.json").format == "format.geojson"


def test_two_files_of_one_name(tmp_path):
    entries = shapefile(tmp_path)
    path = zipped(tmp_path, renamed(entries, "东/{}.{}") | renamed(entries, "西/{}.{}"))
    assert [piece.layer for piece in take(path).pieces] == ["东/site.shp", "西/site.shp"]
    assert [piece.layer for piece in take(path, "西/site.shp").pieces] == ["西/site.shp"]


def test_layers_of_a_database_beside_another(tmp_path):
    path = zipped(tmp_path, database(tmp_path, "a.gdb") | database(tmp_path, "b.gdb"))
    assert [piece.layer for piece in take(path).pieces] == ["a.gdb/地块", "b.gdb/地块"]
    assert [piece.layer for piece in take(path, "b.gdb/地块").pieces] == ["b.gdb/地块"]
    with pytest.raises(SiteLayerUnknown):
        take(path, "b.gdb/道路")


def test_files_are_held_to_the_limits_together(tmp_path):
    path = zipped(tmp_path, shapefile(tmp_path, name="one") | shapefile(tmp_path, name="two"))
    for limits in (replace(LIMITS, pieces=1), replace(LIMITS, vertices=9)):
        with pytest.raises(SiteTooLarge):
            take(path, limits=limits)


# What is refused


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, 0o120777 << 16
    return entry


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("../site.wkt", "outside the folder"),
        ("a/../../site.wkt", "outside the folder"),
        ("/etc/site.wkt", "outside the folder"),
        ("C:/site.wkt", "outside the folder"),
        (link("site.wkt"), "is a link"),
    ],
    ids=["up", "up from within", "absolute", "a drive", "a link"],
)
def test_an_entry_that_leads_out(tmp_path, entry, said):
    path = tmp_path / "sent.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, b"/etc/passwd")
    with pytest.raises(SiteFileRefused, match=said):
        take(path)


def test_an_encrypted_entry(tmp_path):
    path = zipped(tmp_path, {"site.wkt": WKT})
    octets = bytearray(path.read_bytes())
    octets[octets.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(octets)
    with pytest.raises(SiteFileRefused, match="is encrypted"):
        take(path)


def test_a_zip_in_a_zip_is_not_opened(tmp_path):
    inner = zipped(tmp_path, {"site.wkt": WKT}, "inner.zip")
    with pytest.raises(SiteFileEmpty, match=r"inner\.zip"):
        take(zipped(tmp_path, {"inner.zip": inner.read_bytes()}))


def test_a_zip_of_nothing_that_is_read(tmp_path):
    with pytest.raises(SiteFileEmpty, match=r"说明\.docx"):
        take(zipped(tmp_path, {"说明.docx": b"x"}))


def damaged(path: Path) -> bytes:
    octets = bytearray(path.read_bytes())
    octets[40] ^= 0xFF
    return bytes(octets)


@pytest.mark.parametrize("change", [lambda path: b"PK\x03\x04xx", lambda path: path.read_bytes()[:-30], damaged])
def test_a_broken_zip(tmp_path, change):
    path = zipped(tmp_path, {"site.wkt": WKT * 9})
    path.write_bytes(change(path))
    with pytest.raises(SiteFileBroken, match=r"sent\.zip.*no ZIP archive"):
        take(path)


def test_two_entries_of_one_name_say_no_folder(tmp_path):
    path = tmp_path / "sent.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("site.wkt", WKT)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("site.wkt", WKT)
    with pytest.raises(SiteFileBroken, match=r"site\.wkt.*stands twice") as told:
        take(path)
    assert "/" not in str(told.value)


@pytest.mark.parametrize("entries", [["n" * 300 + ".wkt"], ["a", "a/b.wkt"]], ids=["too long", "a file and a folder"])
def test_a_name_that_no_folder_takes_is_no_damage(tmp_path, entries):
    with pytest.raises(SiteFileBroken, match="its name is too long") as told:
        take(zipped(tmp_path, dict.fromkeys(entries, WKT)))
    assert entries[-1][:40] in str(told.value)


def test_layers_of_files_in_a_zip_are_chosen_by_what_is_shown(tmp_path):
    layers = {f"{'长' * 60}{at}{'名' * 20}.gpkg": b"" for at in (1, 2)}
    for name in layers:
        path = tmp_path / "one.gpkg"
        for at, layer in enumerate(("  地  块 ", "L" * 90)):
            data = geopandas.GeoDataFrame({"name": [layer[:5]]}, geometry=[PLOT], crs=4490)
            data.to_file(path, layer=layer, driver="GPKG", mode="a" if at else "w")
        layers[name] = path.read_bytes()
        path.unlink()
    path = zipped(tmp_path, layers)
    shown = [layer.name for layer in decode(encode(take(path))).layers]
    assert len(set(shown)) == 4
    for name in shown:
        assert [layer.name for layer in take(path, name).layers if layer.taken and layer.areas][:1]
        assert len(take(path, name).pieces) == 1


def test_a_zip_that_would_fill_the_disk(tmp_path):
    bomb = zipped(tmp_path, {"site.wkt": bytes(1_000_000)})
    with pytest.raises(SiteTooLarge, match="1000000 bytes"):
        take(bomb, limits=replace(LIMITS, unpacked_bytes=100_000))
    many = zipped(tmp_path, {f"{n}.wkt": WKT for n in range(6)})
    with pytest.raises(SiteTooLarge, match="6 entries"):
        take(many, limits=replace(LIMITS, entries=5))
    assert len(take(many, limits=replace(LIMITS, entries=6)).pieces) == 6


def test_an_unpacked_file_may_be_larger_than_a_sent_one(tmp_path):
    path = zipped(tmp_path, {"site.wkt": WKT + b" " * 100_000})
    limits = replace(LIMITS, bytes=10_000)
    assert len(take(path, limits=limits).pieces) == 1
