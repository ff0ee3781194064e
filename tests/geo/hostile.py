"""Files that mean harm, and good ones to break: made in code, named by what is wrong with them.

`HOSTILE` names each file by its kind and gives its name as a sender would call it and what writes it.
"""

import json
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import ezdxf
import geopandas as gpd
import numpy as np
import shapely
import xlsxwriter

RING = [(129.5, 42.9), (129.51, 42.9), (129.51, 42.91), (129.5, 42.91), (129.5, 42.9)]
SQUARE = shapely.Polygon(RING)
WKT = SQUARE.wkt
MB = 1_000_000
VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/etc/passwd</SrcDataSource>'
    "<SrcLayer>passwd</SrcLayer></OGRVRTLayer></OGRVRTDataSource>"
)
KML_RING = " ".join(f"{x},{y}" for x, y in RING)
PLACEMARK = (
    "<Placemark><name>a</name><Polygon><outerBoundaryIs><LinearRing><coordinates>"
    f"{KML_RING}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
)


@dataclass(frozen=True)
class Hostile:
    name: str  # of the file
    write: Callable[[Path], object]


HOSTILE: dict[str, Hostile] = {}


def text(kind: str, name: str, content: Callable[[], str | bytes] | str | bytes) -> None:
    """Registers a file by its contents, or by what makes them when the file is asked for."""

    def write(path: Path) -> None:
        data = content() if callable(content) else content
        path.write_bytes(data.encode() if isinstance(data, str) else data)

    HOSTILE[f"{kind}: {name}"] = Hostile(name, write)


def made(kind: str, name: str) -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    """Registers what makes the bytes, which happens when the file is asked for."""

    def register(make: Callable[[], bytes]) -> Callable[[], bytes]:
        HOSTILE[f"{kind}: {name}"] = Hostile(name, lambda path: path.write_bytes(make()))
        return make

    return register


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            if isinstance(name, str):
                name = zipfile.ZipInfo(name)
                name.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(name, data)
    return held.getvalue()


def kml(body: str, head: str = "") -> str:
    return f'<?xml version="1.0"?>{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{body}</Document></kml>'


# --- good files, to be cut off and overlaid ---------------------------------------------------------------------------


def good(folder: Path) -> dict[str, bytes]:
    """One good file of each format, by name."""
    frame = gpd.GeoDataFrame({"name": ["地块"]}, geometry=[SQUARE], crs="EPSG:4490")
    frame.to_file(folder / "a.gpkg")
    frame.to_file(folder / "a.shp", encoding="utf-8")
    shape = [(one.name, one.read_bytes()) for one in sorted(folder.glob("a.*")) if one.suffix != ".gpkg"]
    drawing = ezdxf.new("R2010")
    drawing.modelspace().add_lwpolyline([(540_000 + i, 4_749_000 + i * i) for i in range(20)], close=True)
    drawing.saveas(folder / "a.dxf")
    with xlsxwriter.Workbook(folder / "a.xlsx") as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate([("点号", "X", "Y"), *((f"J{i}", y, x) for i, (x, y) in enumerate(RING))]):
            sheet.write_row(row, 0, cells)
    text_of_plots = (
        "[属性描述]\n坐标系=2000国家大地坐标系\n几度分带=3\n投影类型=高斯克吕格\n计量单位=米\n带号=43\n[地块坐标]\n"
    )
    text_of_plots += "4,1.0,1,a,面,,,,@\n" + "".join(
        f"J{i},1,{4_749_000 + y},{43_540_000 + x}\n" for i, (x, y) in enumerate([(0, 0), (100, 0), (100, 100), (0, 0)])
    )
    feature = {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(SQUARE)}
    track = "".join(f'<trkpt lat="{y}" lon="{x}"/>' for x, y in RING)
    return {
        "a.geojson": json.dumps({"type": "FeatureCollection", "features": [feature]}).encode(),
        "a.wkt": WKT.encode(),
        "a.wkb": shapely.to_wkb(SQUARE),
        "a.kml": kml(PLACEMARK).encode(),
        "a.kmz": zipped(("doc.kml", kml(PLACEMARK).encode())),
        "a.gpx": f'<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{track}</trkseg></trk></gpx>'.encode(),
        "a.csv": "点号,经度,纬度\n".encode() + b"".join(f"J{i},{x},{y}\n".encode() for i, (x, y) in enumerate(RING)),
        "a.txt": text_of_plots.encode("gb18030"),
        "a.zip": zipped(*shape),
        "a.shp": (folder / "a.shp").read_bytes(),
        "a.gpkg": (folder / "a.gpkg").read_bytes(),
        "a.dxf": (folder / "a.dxf").read_bytes(),
        "a.xlsx": (folder / "a.xlsx").read_bytes(),
    }


def cut(data: bytes) -> Iterator[bytes]:
    """A file that ends too soon, at every tenth of it."""
    for tenth in range(10):
        yield data[: len(data) * tenth // 10]


MAGIC = {
    "noise.gpkg": b"SQLite format 3\0",
    "noise.shp": b"\0\0\x27\x0a",
    "noise.zip": b"PK\x03\x04",
    "noise.kmz": b"PK\x03\x04",
    "noise.xlsx": b"PK\x03\x04",
    "noise.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"),
    "noise.dxf": b"AutoCAD Binary DXF\r\n\x1a\0",
    "noise.kml": b"<kml>",
    "noise.gpx": b"<gpx>",
    "noise.geojson": b'{"type":',
    "noise.wkb": b"\x01\x03\0\0\0",
    "noise.txt": "[地块坐标]\n".encode(),
    "noise.csv": b"x,y\n",
    "noise.wkt": b"POLYGON ((",
    "noise.dwg": b"AC1032\0",
    "noise.pdf": b"%PDF-1.7",
    "noise.jpg": b"\xff\xd8\xff\xe0",
    "noise.rar": b"Rar!\x1a\x07\x01\0",
    "noise.7z": b"7z\xbc\xaf\x27\x1c",
    "noise.exe": b"MZ\x90\0",
}
for _name, _magic in MAGIC.items():
    text("noise after a beginning", _name, _magic + np.random.default_rng(len(_name)).bytes(20_000))

# --- zips -------------------------------------------------------------------------------------------------------------


@made("zip", "flat_bomb.zip")
def _() -> bytes:
    return zipped(*((f"{i}.kml", bytes(50 * MB)) for i in range(8)))


@made("zip", "one_bomb.kmz")
def _() -> bytes:
    return zipped(("doc.kml", kml(" " * (300 * MB)).encode()))


@made("zip", "many_entries.zip")
def _() -> bytes:
    return zipped(*((f"{i}.kml", b"") for i in range(60_000)))


@made("zip", "nested.zip")
def _() -> bytes:
    inner = zipped(("a.kml", kml(PLACEMARK).encode()))
    for depth in range(60):
        inner = zipped((f"{depth}.zip", inner))
    return inner


@made("zip", "nested_bomb.zip")
def _() -> bytes:
    inner = zipped(("a.kml", bytes(20 * MB)))
    for _ in range(4):
        inner = zipped(*((f"{i}.zip", inner) for i in range(16)))
    return inner


def overlapping(names: int, size: int) -> bytes:
    """Entries that all share the same packed bytes, as in a bomb that unpacks to far more than it has."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    plain = bytes(size)
    packed = packer.compress(plain) + packer.flush()
    sums = zlib.crc32(plain), len(packed), len(plain)
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, *sums, 5, 0) + b"0.kml" + packed
    central = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, *sums, 5, 0, 0, 0, 0, 0, 0) + b"0.kml"
        for _ in range(names)
    )
    return local + central + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, names, names, len(central), len(local), 0)


@made("zip", "overlapping.zip")
def _() -> bytes:
    return overlapping(400, 10 * MB)


@made("zip", "lying_small.zip")
def _() -> bytes:
    data = zipped(("a.kml", bytes(30 * MB)))
    return data.replace(struct.pack("<L", 30 * MB), struct.pack("<L", 100))


@made("zip", "lying_large.zip")
def _() -> bytes:
    data = zipped(("a.kml", kml(PLACEMARK).encode()))
    return data.replace(struct.pack("<L", len(kml(PLACEMARK))), struct.pack("<L", 2**32 - 2))


for _number, _entry in enumerate(
    (
        "../../../out.kml",
        "/etc/cron.d/out.kml",
        "..\\..\\out.kml",
        "C:\\out.kml",
        "CON.kml",
        "NUL",
        "a/../../out.kml",
        "a\0b.kml",
        "~/out.kml",
        "." * 200 + ".kml",
        "a/" * 1500 + "a.kml",
        "/vsizip/a.zip/a.kml",
        "a" * 60_000 + ".kml",
        "\u202elmk.a.kml",
        "",
    )
):
    text("zip entry", f"entry_{_number}.zip", zipped((_entry, kml(PLACEMARK).encode())))


@made("zip entry", "link.zip")
def _() -> bytes:
    link = zipfile.ZipInfo("a.kml")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    return zipped((link, b"/etc/passwd"))


@made("zip entry", "device.zip")
def _() -> bytes:
    device = zipfile.ZipInfo("a.kml")
    device.create_system, device.external_attr = 3, 0o020666 << 16
    return zipped((device, b""))


@made("zip entry", "same_name_twice.zip")
def _() -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("a.kml", kml(PLACEMARK))
    twice = held.getvalue()
    return twice[: twice.rfind(b"PK\x05\x06")] + twice


@made("zip entry", "encrypted.zip")
def _() -> bytes:
    data = bytearray(zipped(("a.kml", kml(PLACEMARK).encode())))
    data[6] |= 1
    data[data.find(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


text("zip", "vrt_inside.zip", zipped(("a.vrt", VRT.encode()), ("a.shp", VRT.encode())))
text("zip", "shp_without_the_rest.zip", zipped(("a.shp", b"\0\0\x27\x0a" + bytes(96))))
text("zip", "empty.zip", b"PK\x05\x06" + bytes(18))
text("zip", "all_formats_as_zip.shp", zipped(("a.kml", kml(PLACEMARK).encode())))

# --- files that lead elsewhere ----------------------------------------------------------------------------------------

for _ending in (".shp", ".json", ".csv", ".gpkg", ".kml", ".txt", ".gpx", ".wkt"):
    text("vrt", f"vrt{_ending}", VRT)
for _target in (
    "/vsicurl/http://127.0.0.1:1/a.geojson",
    "/vsizip//etc/hosts",
    "/vsistdin/",
    "http://127.0.0.1:1/a.json",
):
    text("path as contents", f"{_target.strip('/').replace('/', '_')[:20]}.json", _target)
    text("path as contents", f"{_target.strip('/').replace('/', '_')[:20]}.csv", _target)
    HOSTILE[f"path as a name: {_target}"] = Hostile(f"{_target}/a.geojson", lambda path: path.write_text(WKT))
text(
    "stream",
    "gdalg.json",
    json.dumps({"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read /etc/passwd ! write /tmp/o"}),
)
text("esri", "esri.json", json.dumps({"displayFieldName": "", "geometryType": "esriGeometryPolygon", "features": []}))
text("topology", "topology.json", json.dumps({"type": "Topology", "objects": {}, "arcs": []}))
text(
    "link",
    "crs_link.geojson",
    json.dumps(
        {
            "type": "Polygon",
            "coordinates": [RING],
            "crs": {"type": "link", "properties": {"href": "http://127.0.0.1:1/crs", "type": "proj4"}},
        }
    ),
)

# --- JSON -------------------------------------------------------------------------------------------------------------

text("json", "deep.geojson", lambda: "[" * 100_000 + "]" * 100_000)
text("json", "deep_object.geojson", lambda: '{"type":' * 100_000 + "1" + "}" * 100_000)
text("json", "deep_collection.geojson", lambda: '{"type":"GeometryCollection","geometries":[' * 20_000 + "]}" * 20_000)
text("json", "huge_number.geojson", lambda: '{"type":"Point","coordinates":[1e999,4' + "2" * 200_000 + "]}")
text("json", "not_a_number.geojson", '{"type":"Point","coordinates":[NaN,Infinity]}')
text(
    "json",
    "same_key_twice.geojson",
    '{"type":"Point","type":"Polygon","coordinates":[129.5,42.9],"coordinates":[[[1,2]]]}',
)
text("json", "many_keys.geojson", lambda: "{" + ",".join(f'"k{i}":1' for i in range(500_000)) + "}")
text("json", "wrong_types.geojson", '{"type":"FeatureCollection","features":[1,null,"a",[],{"type":"Feature"}]}')
text(
    "json", "null_everywhere.geojson", '{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[null,[null]]]}}'
)
text("json", "half_a_surrogate.geojson", '{"type":"Feature","properties":{"name":"\\ud800"},"geometry":null}')
text("json", "utf16.geojson", json.dumps({"type": "Point", "coordinates": [129.5, 42.9]}).encode("utf-16"))
text("json", "zeros.geojson", lambda: b"{" + bytes(5 * MB))


@made("json", "many_vertices.geojson")
def _() -> bytes:
    return b'{"type":"LineString","coordinates":[' + b"[129,42]," * 2_000_000 + b"[129,42]]}"


@made("json", "many_features.geojson")
def _() -> bytes:
    one = '{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[129,42]}},'
    return f'{{"type":"FeatureCollection","features":[{one * 200_000}{one[:-1]}]}}'.encode()


@made("json", "too_many_bytes.geojson")
def _() -> bytes:
    return b'{"type":"LineString","coordinates":[' + b"[129,42]," * 10_000_000 + b"[129,42]]}"


# --- WKT, WKB ---------------------------------------------------------------------------------------------------------

text("wkt", "deep.wkt", lambda: "GEOMETRYCOLLECTION(" * 50_000 + "POINT(1 2)" + ")" * 50_000)
text("wkt", "long.wkt", lambda: "LINESTRING(" + "129 42," * 2_000_000 + "129 42)")
text("wkt", "open.wkt", "POLYGON((" * 1000)
text("wkt", "not_a_number.wkt", "POLYGON((nan nan, inf 1, 1 1, nan nan))")
text("wkt", "curves.wkt", "CURVEPOLYGON(CIRCULARSTRING(129 42, 130 43, 131 42, 130 41, 129 42))")
text("wkb", "count.wkb", struct.pack("<BII", 1, 3, 2**32 - 1))
text("wkb", "count_of_points.wkb", struct.pack("<BIII", 1, 3, 1, 2**32 - 1) + bytes(32))
text("wkb", "deep.wkb", lambda: struct.pack("<BII", 1, 7, 1) * 100_000)
text("wkb", "deep_multi.wkb", lambda: struct.pack("<BII", 1, 6, 1) * 100_000)
text("wkb", "infinite.wkb", struct.pack("<BIdd", 1, 1, float("inf"), float("nan")))
text("wkb", "hex_deep.wkb", lambda: (struct.pack("<BII", 1, 7, 1) * 50_000).hex())
text("wkb", "unknown_type.wkb", struct.pack("<BII", 1, 4711, 1) + bytes(100))

# --- KML, GPX ---------------------------------------------------------------------------------------------------------

LAUGHS = (
    '<!DOCTYPE kml [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(12))
    + "]>"
)
XXE = '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y SYSTEM "http://127.0.0.1:1/">]>'
text("kml", "laughs.kml", kml(f"<Placemark><name>&m;</name></Placemark>{PLACEMARK}", LAUGHS))
text(
    "kml",
    "blowup.kml",
    lambda: kml(
        f"<Placemark><name>{'&a;' * 100_000}</name></Placemark>", f'<!DOCTYPE kml [<!ENTITY a "{"a" * 100_000}">]>'
    ),
)
text("kml", "outside_entity.kml", kml(f"<Placemark><name>&x;&y;</name></Placemark>{PLACEMARK}", XXE))
text("kml", "outside_dtd.kml", kml(PLACEMARK, '<!DOCTYPE kml SYSTEM "http://127.0.0.1:1/a.dtd">'))
text("kml", "parameter_entity.kml", kml(PLACEMARK, '<!DOCTYPE kml [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]>'))
text(
    "kml",
    "xinclude.kml",
    kml('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>'),
)
text("kml", "network_link.kml", kml("<NetworkLink><Link><href>http://127.0.0.1:1/a.kml</href></Link></NetworkLink>"))
text(
    "kml",
    "deep.kml",
    lambda: kml("<Placemark>" + "<MultiGeometry>" * 100_000 + "</MultiGeometry>" * 100_000 + "</Placemark>"),
)
text("kml", "deep_folders.kml", lambda: kml("<Folder>" * 20_000 + PLACEMARK + "</Folder>" * 20_000))
text("kml", "endless_name.kml", lambda: kml(f"<Placemark><name>{'长' * 5_000_000}</name></Placemark>"))
text("kml", "many_attributes.kml", lambda: kml("<Placemark " + " ".join(f"a{i}='1'" for i in range(200_000)) + "/>"))
text(
    "kml",
    "many_points.kml",
    lambda: kml(
        "<Placemark><LineString><coordinates>" + "129,42 " * 2_000_000 + "</coordinates></LineString></Placemark>"
    ),
)
text(
    "kml",
    "many_placemarks.kml",
    lambda: kml("<Placemark><Point><coordinates>129,42</coordinates></Point></Placemark>" * 150_000),
)
text("kml", "not_a_number.kml", kml(PLACEMARK.replace("129.51,42.9 ", "NaN,inf ")))
text("kml", "utf7.kml", '<?xml version="1.0" encoding="utf-7"?><kml>+ADw-Placemark/+AD4-</kml>')
text("kml", "odd_encoding.kml", '<?xml version="1.0" encoding="idna"?><kml/>')
text(
    "gpx",
    "laughs.gpx",
    LAUGHS.replace("DOCTYPE kml", "DOCTYPE gpx") + "<gpx><wpt lat='42' lon='129'><name>&m;</name></wpt></gpx>",
)
text("gpx", "deep.gpx", lambda: "<gpx>" + "<trk>" * 100_000 + "</trk>" * 100_000 + "</gpx>")
text(
    "gpx",
    "many_points.gpx",
    lambda: "<gpx><trk><trkseg>" + "<trkpt lat='42' lon='129'/>" * 600_000 + "</trkseg></trk></gpx>",
)

# --- DXF --------------------------------------------------------------------------------------------------------------


def dxf(blocks: str, entities: str) -> str:
    head = "0\nSECTION\n2\nHEADER\n9\n$ACADVER\n1\nAC1015\n0\nENDSEC\n"
    body = f"0\nSECTION\n2\nBLOCKS\n{blocks}0\nENDSEC\n0\nSECTION\n2\nENTITIES\n{entities}0\nENDSEC\n0\nEOF\n"
    return head + body


def block(name: str, body: str) -> str:
    return f"0\nBLOCK\n2\n{name}\n70\n0\n10\n0.0\n20\n0.0\n{body}0\nENDBLK\n"


def insert(name: str, more: str = "") -> str:
    return f"0\nINSERT\n8\n0\n2\n{name}\n10\n0.0\n20\n0.0\n{more}"


LINE = "0\nLINE\n8\n0\n10\n0.0\n20\n0.0\n11\n1.0\n21\n1.0\n"
text(
    "dxf",
    "block_bomb.dxf",
    dxf("".join(block(f"B{i}", insert(f"B{i + 1}") * 10) for i in range(12)) + block("B12", LINE), insert("B0")),
)
text("dxf", "block_in_itself.dxf", dxf(block("A", insert("B")) + block("B", insert("A")), insert("A")))
text("dxf", "rows_and_columns.dxf", dxf(block("A", LINE), insert("A", "70\n30000\n71\n30000\n44\n1.0\n45\n1.0\n")))
text(
    "dxf",
    "deep_blocks.dxf",
    dxf("".join(block(f"B{i}", insert(f"B{i + 1}")) for i in range(3000)) + block("B3000", LINE), insert("B0")),
)
text(
    "dxf",
    "endless_polyline.dxf",
    lambda: dxf("", "0\nLWPOLYLINE\n8\n0\n90\n600000\n70\n1\n" + "10\n1.0\n20\n1.0\n" * 600_000),
)
text("dxf", "counted_polyline.dxf", dxf("", "0\nLWPOLYLINE\n8\n0\n90\n2147483647\n70\n1\n10\n1.0\n20\n1.0\n"))
text("dxf", "not_a_number.dxf", dxf("", LINE.replace("1.0", "nan")))
text(
    "dxf",
    "outside_reference.dxf",
    dxf("0\nBLOCK\n2\nX\n70\n4\n10\n0.0\n20\n0.0\n1\n/etc/passwd\n0\nENDBLK\n", insert("X")),
)
text(
    "dxf",
    "spline.dxf",
    dxf("", "0\nSPLINE\n8\n0\n70\n8\n71\n30000\n72\n2000000000\n73\n2000000000\n10\n1.0\n20\n1.0\n"),
)
text("dxf", "huge_arc.dxf", dxf("", "0\nARC\n8\n0\n10\n0.0\n20\n0.0\n40\n1e300\n50\n0.0\n51\n1e300\n"))
text("dxf", "many_entities.dxf", lambda: dxf("", LINE * 300_000))

# --- tables -----------------------------------------------------------------------------------------------------------

SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def workbook(sheet: str, shared: str = "", more: tuple[tuple[str, bytes], ...] = ()) -> bytes:
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{main}sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{main}worksheet+xml"/></Types>'
    )
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    root = (
        f'<Relationships xmlns="{package}">'
        f'<Relationship Id="r1" Type="{RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    )
    book = (
        f'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{RELATION}">'
        '<sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>'
    )
    relations = (
        f'<Relationships xmlns="{package}">'
        f'<Relationship Id="r1" Type="{RELATION}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{RELATION}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    )
    return zipped(
        ("[Content_Types].xml", types.encode()),
        ("_rels/.rels", root.encode()),
        ("xl/workbook.xml", book.encode()),
        ("xl/_rels/workbook.xml.rels", relations.encode()),
        ("xl/worksheets/sheet1.xml", sheet.encode()),
        ("xl/sharedStrings.xml", (shared or "<sst/>").encode()),
        *more,
    )


def cell(place: str, value: str) -> str:
    return f'<row r="{place[1:]}"><c r="{place}"><v>{value}</v></c></row>'


text(
    "xlsx",
    "billion_rows.xlsx",
    workbook(
        SHEET.format(
            '<dimension ref="A1:XFD1048576"/><sheetData>' + cell("A1", "1") + cell("A1048576", "2") + "</sheetData>"
        )
    ),
)
text(
    "xlsx",
    "corner_cell.xlsx",
    workbook(
        SHEET.format(
            '<sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
            '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
        )
    ),
)
text(
    "xlsx",
    "beyond_the_sheet.xlsx",
    workbook(SHEET.format('<sheetData><row r="4294967295"><c r="ZZZZZZ4294967295"><v>1</v></c></row></sheetData>')),
)
text(
    "xlsx",
    "outside_link.xlsx",
    workbook(
        SHEET.format("<sheetData/>"),
        more=(
            ("xl/externalLinks/externalLink1.xml", b"<externalLink/>"),
            (
                "xl/externalLinks/_rels/externalLink1.xml.rels",
                b'<Relationships><Relationship Id="r1" TargetMode="External" Target="file:///etc/passwd"/></Relationships>',
            ),
        ),
    ),
)
text("xlsx", "laughs.xlsx", workbook(LAUGHS.replace("kml", "worksheet") + SHEET.format("<sheetData>&m;</sheetData>")))


@made("xlsx", "shared_strings.xlsx")
def _() -> bytes:
    return workbook(SHEET.format("<sheetData/>"), shared=f"<sst>{'<si><t>aaaaaaaa</t></si>' * 6_000_000}</sst>")


@made("xlsx", "long_sheet.xlsx")
def _() -> bytes:
    rows = "".join(
        f'<row r="{i}"><c r="A{i}"><v>129.5</v></c><c r="B{i}"><v>42.9</v></c></row>' for i in range(1, 700_000)
    )
    return workbook(SHEET.format(f"<sheetData>{rows}</sheetData>"))


text("csv", "long_line.csv", lambda: b"x,y\n" + b"1," * (9 * MB))
text("csv", "open_quote.csv", lambda: 'x,y\n"' + "1,2\n" * 2_000_000)
text("csv", "many_columns.csv", lambda: ",".join(f"c{i}" for i in range(300_000)) + "\n1\n")
text("csv", "many_rows.csv", lambda: "点号,经度,纬度\n" + "J,129.5,42.9\n" * 1_000_000)
text("csv", "huge_numbers.csv", "经度,纬度\n" + f"{'9' * 5000},{'1' * 5000}\n" * 100)
text("csv", "formula.csv", "经度,纬度\n=cmd|' /C calc'!A0,@SUM(1)\n")
text("csv", "zeros.csv", bytes(1000))
text("csv", "wide_characters.csv", "经度,纬度\n129.5,42.9\n".encode("utf-32"))


@made("csv", "too_many_bytes.csv")
def _() -> bytes:
    return b"1" * (100 * MB)


PLOT = "4,1.0,1,a,面,,,,@\nJ1,1,4749000,43540000\nJ2,1,4749100,43540000\nJ3,1,4749100,43540100\nJ1,1,4749000,43540000\n"
text("txt", "many_plots.txt", lambda: "[属性描述]\n带号=43\n[地块坐标]\n" + "4,1,1,a,面,,,,@\n" * 1_000_000)
text("txt", "many_whole_plots.txt", lambda: "[属性描述]\n带号=43\n[地块坐标]\n" + PLOT * 100_000)
text("txt", "counted.txt", "[地块坐标]\n" + PLOT.replace("4,1.0", "4294967295,1.0"))
text("txt", "long_line.txt", lambda: "[地块坐标]\n" + "1" * (15 * MB))

# --- databases --------------------------------------------------------------------------------------------------------


def geopackage(statements: str) -> Callable[[Path], object]:
    """A GeoPackage after some statements of its maker."""

    def write(path: Path) -> None:
        good_one = path.with_name("good_for_statements.gpkg")
        gpd.GeoDataFrame({"name": ["a"]}, geometry=[SQUARE], crs="EPSG:4490").to_file(good_one, layer="plots")
        with good_one.open("rb") as data:
            path.write_bytes(data.read())
        good_one.unlink()
        with sqlite3.connect(path) as base:
            base.create_function("ST_IsEmpty", 1, lambda _: 0)
            base.create_function("ST_MinX", 1, lambda _: 0.0)
            base.create_function("ST_MaxX", 1, lambda _: 0.0)
            base.create_function("ST_MinY", 1, lambda _: 0.0)
            base.create_function("ST_MaxY", 1, lambda _: 0.0)
            base.executescript(statements)
        base.close()

    return write


SPATIAL_VIEW = """
CREATE VIEW v AS {};
INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('v', 'features', 'v', 4490);
INSERT INTO gpkg_geometry_columns VALUES ('v', 'geom', 'GEOMETRY', 4490, 0, 0);
"""
ENDLESS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
    "SELECT i AS fid, (SELECT geom FROM plots) AS geom FROM n"
)
LOADING = "SELECT 1 AS fid, geom, load_extension('/tmp/evil.so') AS e FROM plots"
for _name, _statements in {
    "endless_view.gpkg": SPATIAL_VIEW.format(ENDLESS),
    "view_that_loads.gpkg": SPATIAL_VIEW.format(LOADING),
    "view_of_files.gpkg": SPATIAL_VIEW.format("SELECT 1 AS fid, readfile('/etc/passwd') AS geom"),
    "large_view.gpkg": SPATIAL_VIEW.format("SELECT 1 AS fid, randomblob(1500000000) AS geom"),
    "trigger.gpkg": (
        "CREATE TRIGGER t AFTER UPDATE ON plots BEGIN SELECT load_extension('x'); END; "
        "UPDATE gpkg_contents SET identifier = 'x';"
    ),
    "large_blob.gpkg": "UPDATE plots SET geom = zeroblob(18000000);",
    "false_geometry.gpkg": "UPDATE plots SET geom = x'47500003' || zeroblob(40);",
    "no_such_table.gpkg": "UPDATE gpkg_contents SET table_name = 'nothing' WHERE table_name = 'plots';",
    "false_srs.gpkg": (
        "UPDATE gpkg_spatial_ref_sys SET definition = '/vsicurl/http://127.0.0.1:1/' WHERE srs_id = 4490;"
    ),
    "long_name.gpkg": f"ALTER TABLE plots RENAME TO '{'长' * 10_000}';",
    "expression_in_schema.gpkg": "CREATE TABLE e (a TEXT DEFAULT (load_extension('x')));",
}.items():
    HOSTILE[f"gpkg: {_name}"] = Hostile(_name, geopackage(_statements))

# --- shapefiles -------------------------------------------------------------------------------------------------------


def shapefile(kind: int, body: bytes, length: int | None = None) -> bytes:
    words = (100 + len(body)) // 2 if length is None else length
    box = struct.pack("<8d", 129.0, 42.0, 130.0, 43.0, 0.0, 0.0, 0.0, 0.0)
    return struct.pack(">7i", 9994, 0, 0, 0, 0, 0, words) + struct.pack("<2i", 1000, kind) + box + body


def polygon_record(parts: int, points: int) -> bytes:
    return struct.pack(">2i", 1, 100) + struct.pack("<i4d2i", 5, 129.0, 42.0, 130.0, 43.0, parts, points) + bytes(200)


text("shp", "counts.shp", shapefile(5, polygon_record(2**31 - 1, 2**31 - 1)))
text("shp", "negative_counts.shp", shapefile(5, polygon_record(-1, -1)))
text("shp", "length.shp", shapefile(5, polygon_record(1, 4), 2**31 - 1))
text("shp", "unknown_type.shp", shapefile(4711, bytes(100)))
text("shp", "counts.zip", zipped(("a.shp", shapefile(5, polygon_record(2**31 - 1, 2**31 - 1))), ("a.dbf", bytes(33))))
text(
    "shp",
    "dbf_counts.zip",
    lambda: zipped(
        ("a.shp", shapefile(5, polygon_record(1, 4))),
        ("a.shx", shapefile(5, bytes(8))),
        ("a.dbf", struct.pack("<4BIHH20x", 3, 26, 1, 1, 2**32 - 1, 65535, 65535) + bytes(100)),
        ("a.prj", b"PROJCS[" * 10_000),
        ("a.cpg", b"/etc/passwd"),
    ),
)

# --- names and nothing ------------------------------------------------------------------------------------------------

text("name", "empty.kml", b"")
for _label, _long in {
    "long": "长" * 5000 + ".kml",
    "folder": "../../../etc/passwd.kml",
    "control": "a\x1b[31m\n\r\0b.kml",
    "half a character": "\udcff\udc80.kml",
    "turned": "\u202elmk.exe",
    "none": "",
    "no ending": "kml",
    "format string": "{name.__class__}%s.kml",
}.items():
    HOSTILE[f"name: {_label}"] = Hostile(_long, lambda path: path.write_text(kml(PLACEMARK)))
text("name", "word.docx", zipped(("[Content_Types].xml", b""), ("word/document.xml", b"")))
text("name", "page.kml", "<!DOCTYPE html><html><body>login</body></html>")
