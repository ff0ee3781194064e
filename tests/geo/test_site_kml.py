"""KML and KMZ as sites: shapes, folders, encodings, the datum that they state, and what hostile ones do."""

import io
import tracemalloc
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pyogrio
import pytest
import shapely

from geo.errors import (
    SiteError,
    SiteFileBroken,
    SiteFileEmpty,
    SiteFileRefused,
    SiteInvalid,
    SiteLayerUnknown,
    SiteTooLarge,
)
from geo.site.contents import Claim, LayerSeen, Wanted
from geo.site.files import read
from geo.site.readers.programs import FILE, marks
from geo.yamlfile import read_yaml
from tests.geo.markupsamples import HOLE, LIMITS, REAL, SQUARE, area, kml, line, mark, point, take, told

FORMAT = Claim(by="format", datum="wgs84", degrees=True)
BOX = shapely.box(129.5, 42.9, 129.51, 42.91)
PIERCED = (
    "POLYGON ((129.5 42.9, 129.51 42.9, 129.51 42.91, 129.5 42.91, 129.5 42.9), "
    "(129.502 42.902, 129.504 42.902, 129.504 42.904, 129.502 42.904, 129.502 42.902))"
)


def together(*inner: str) -> str:
    return f"<MultiGeometry>{''.join(inner)}</MultiGeometry>"


def packed(**entries: str | bytes) -> bytes:
    target = io.BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return target.getvalue()


# --- shapes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        pytest.param(point(), ["POINT (129.5 42.9)"], id="a point"),
        pytest.param(point(" 129.5 ,\n 42.9 , 310.5 "), ["POINT (129.5 42.9)"], id="blanks around the commas"),
        pytest.param(point("129.5,42.9,"), ["POINT (129.5 42.9)"], id="an empty height"),
        pytest.param(point("42.9,129.5"), ["POINT (42.9 129.5)"], id="latitude first is left to the guard"),
        pytest.param(line("1,2\t3,4,5\r\n6,7"), ["LINESTRING (1 2, 3 4, 6 7)"], id="a line with one height"),
        pytest.param(
            area(SQUARE, HOLE),
            [PIERCED],
            id="an area with a hole",
        ),
        pytest.param(
            together(point(), together(line("1,2 3,4"), line("5,6 7,8"))),
            ["POINT (129.5 42.9)", "MULTILINESTRING ((1 2, 3 4), (5 6, 7 8))"],
            id="a collection in a collection",
        ),
        pytest.param(
            "<gx:Track><when>2026-01-01</when><gx:coord>129.5 42.9 300</gx:coord>"
            "<gx:coord>129.6 42.8</gx:coord></gx:Track>",
            ["LINESTRING (129.5 42.9, 129.6 42.8)"],
            id="a track",
        ),
        pytest.param(
            "<MultiTrack><Track><coord>1 2 3</coord><coord>4 5 6</coord></Track>"
            "<Track><coord>7 8 9</coord><coord>8 9 0</coord></Track></MultiTrack>",
            ["MULTILINESTRING ((1 2, 4 5), (7 8, 8 9))"],
            id="tracks as in KML 2.3",
        ),
        pytest.param(
            "<LinearRing><coordinates>0,0 1,0 1,1 0,0</coordinates></LinearRing>",
            ["LINESTRING (0 0, 1 0, 1 1, 0 0)"],
            id="a ring alone",
        ),
        pytest.param("<Model><Link><href>a.dae</href></Link></Model>", [], id="a model"),
        pytest.param(point(""), [], id="an empty point"),
        pytest.param("<LookAt><longitude>1</longitude></LookAt>", [], id="a view"),
    ],
)
def test_shapes(tmp_path, inner, expected):
    pieces = take(tmp_path, kml(mark(inner))).pieces
    assert [piece.geometry.wkt for piece in pieces] == [shapely.from_wkt(one).wkt for one in expected]


SHORT = {"shapes_too_short": {"count": "1"}}
EMPTY = {"placemark_without_geometry": {"count": "1"}}


@pytest.mark.parametrize(
    ("inner", "notice"),
    [
        pytest.param(line("0,0 1,0 1,1 0,0"), {"line_closes": {"count": "1"}}, id="a line that closes"),
        pytest.param(line("0,0 1,0 1,1"), {}, id="a line that does not"),
        pytest.param(area("0,0 1,0 1,1"), {"rings_closed": {"count": "1"}}, id="an open ring"),
        pytest.param(area("0,0 1,0 0,0"), SHORT | EMPTY, id="a ring of two points"),
        pytest.param(area(SQUARE, "1,2 3,4"), SHORT, id="a hole of two points"),
        pytest.param(point("1,2,300"), {"heights_dropped": {}}, id="a height"),
        pytest.param(point("1,2,0"), {}, id="a height of nothing"),
        pytest.param("", EMPTY, id="no geometry"),
        pytest.param("<visibility>0</visibility>" + point(), {"hidden_taken": {"count": "1"}}, id="switched off"),
    ],
)
def test_what_was_done_is_told(tmp_path, inner, notice):
    assert told(take(tmp_path, kml(mark(inner)))) == notice


@pytest.mark.parametrize(
    ("inner", "error", "words"),
    [
        pytest.param(point("129.5"), SiteFileBroken, "not numbers", id="one number"),
        pytest.param(point("129.5,42.9 1,2"), SiteFileBroken, "put together", id="a point of two places"),
        pytest.param(line("1,2,3,4,5,6"), SiteFileBroken, "not numbers", id="six numbers in a row"),
        pytest.param(line("129,5 42,9 x"), SiteFileBroken, "not numbers", id="a letter"),
        pytest.param(line("129°30',42°54'"), SiteFileBroken, "not numbers", id="degrees and minutes"),
        pytest.param(line(",1,2"), SiteFileBroken, "not numbers", id="a comma first"),
        pytest.param(line("1_0,2"), SiteFileBroken, "not numbers", id="a number as in Python"),
        pytest.param(line("１２９,４２"), SiteFileBroken, "not numbers", id="full-width digits"),
        pytest.param(line("9" * 400 + ",2 1,2"), SiteFileBroken, "not numbers", id="a number without end"),
        pytest.param(point("NaN,42.9"), SiteInvalid, "finite", id="no number"),
        pytest.param(point("1e999,42.9"), SiteInvalid, "finite", id="beyond all numbers"),
        pytest.param(point("-inf,42.9"), SiteInvalid, "finite", id="infinity"),
        pytest.param(area().replace("outer", "other"), SiteFileBroken, "put together", id="a ring of no side"),
        pytest.param(area()[:9] + area()[9:-10] + area()[9:], SiteFileBroken, "put together", id="two outlines"),
        pytest.param(mark(point()), SiteFileBroken, "put together", id="a placemark in a placemark"),
    ],
)
def test_what_cannot_be_read_is_an_error(tmp_path, inner, error, words):
    with pytest.raises(error, match=words) as raised:
        take(tmp_path, kml(mark(inner)))
    assert str(tmp_path) not in str(raised.value)


# --- folders and attributes ------------------------------------------------------------------------------------------

TREE = kml(
    "<name>项目</name>"
    + mark(point())
    + f"<Folder><name>厂区</name>{mark(area())}<Folder><name>管线</name>{mark(line('1,2 3,4'))}</Folder></Folder>"
    + f"<Folder>{mark(point())}<name>后</name></Folder>"
)


def test_layers_are_seen_and_can_be_chosen(tmp_path):
    contents = take(tmp_path, TREE)
    assert contents.layers == (
        LayerSeen("项目", points=1),
        LayerSeen("厂区", areas=1),
        LayerSeen("厂区/管线", lines=1),
        LayerSeen("后", points=1),
    )
    assert [piece.layer for piece in contents.pieces] == ["项目", "厂区", "厂区/管线", "后"]
    chosen = take(tmp_path, TREE, "a.kml", "厂区")
    assert [piece.geometry.equals(BOX) for piece in chosen.pieces] == [True]
    assert [layer.taken for layer in chosen.layers] == [False, True, False, False]


def test_an_unknown_layer_is_an_error_with_those_there_are(tmp_path):
    with pytest.raises(SiteLayerUnknown, match="“厂房”; it has 项目, 厂区"):
        take(tmp_path, TREE, "a.kml", "厂房")


def test_a_file_without_folders_has_no_layers(tmp_path):
    contents = take(tmp_path, kml(mark(point())))
    assert (contents.layers, contents.pieces[0].layer) == ((), "")


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        pytest.param(
            "<name>一号\n地块</name><address>延吉市</address>", ("一号 地块", "site", "延吉市"), id="its elements"
        ),
        pytest.param(
            '<ExtendedData><Data name="地块名称"><value>甲</value></Data><Data name="x"><value>乙</value></Data>'
            '<Data name="坐落"><displayName>z</displayName><value>图们市</value></Data></ExtendedData>',
            ("甲", "site", "图们市"),
            id="data",
        ),
        pytest.param(
            '<ExtendedData><SchemaData schemaUrl="http://example.org/s#a">'
            '<SimpleData name="ROLE">plant</SimpleData><SimpleData name="DKMC">丙</SimpleData>'
            "</SchemaData></ExtendedData>",
            ("丙", "plant", ""),
            id="schema data",
        ),
        pytest.param(
            "<description><![CDATA[<name>no</name><Point>]]></description>", ("", "site", ""), id="a description"
        ),
        pytest.param(f"<name>{'长' * 3000}</name>", ("长" * 80, "site", ""), id="a long name"),
        pytest.param(
            '<atom:author xmlns:atom="http://www.w3.org/2005/Atom"><atom:name>w</atom:name></atom:author>',
            ("", "site", ""),
            id="an author's name is not the placemark's",
        ),
    ],
)
def test_what_a_placemark_says_of_itself(tmp_path, inner, said):
    (piece,) = take(tmp_path, kml(mark(inner + point()))).pieces
    assert (piece.name, piece.role, piece.address) == said


def test_a_schema_of_the_first_version_names_placemarks(tmp_path):
    text = kml(f'<Schema name="Parcel" parent="Placemark"/><Parcel><name>甲</name>{area()}</Parcel>')
    assert [
        piece.name
        for piece in take(tmp_path, text.replace("www.opengis.net/kml/2.2", "earth.google.com/kml/2.0")).pieces
    ] == ["甲"]


# --- what is not followed --------------------------------------------------------------------------------------------

LINK = "<NetworkLink><name>n</name><Link><href>http://169.254.1.1/secret.kml</href></Link></NetworkLink>"


def test_links_and_pictures_are_told_and_not_followed(tmp_path, monkeypatch):
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a link was followed"))
    overlay = "<GroundOverlay><Icon><href>file:///etc/passwd</href></Icon></GroundOverlay>"
    contents = take(tmp_path, kml(mark(point()) + LINK + LINK + overlay))
    assert told(contents) == {"network_link_not_followed": {"count": "2"}, "pictures_not_read": {"count": "1"}}
    assert "169.254" not in str(contents)


def test_links_alone_are_no_site(tmp_path):
    with pytest.raises(SiteFileEmpty, match=r"only links.*not followed") as raised:
        take(tmp_path, kml(LINK))
    assert "169.254" not in str(raised.value)


def test_changes_to_another_file_are_no_objects(tmp_path):
    update = f"<Update><targetHref>b.kml</targetHref><Create>{mark(point())}</Create></Update>"
    assert take(tmp_path, kml(f"<NetworkLinkControl>{update}</NetworkLinkControl>")).pieces == ()


# --- encodings and prefixes ------------------------------------------------------------------------------------------


def named(encoding: str) -> str:
    return kml(mark("<name>延吉市工业园区一期</name>" + point()), f'<?xml version="1.0" encoding="{encoding}"?>')


@pytest.mark.parametrize(
    ("content", "notice"),
    [
        pytest.param(named("UTF-8").encode(), {}, id="UTF-8"),
        pytest.param(b"\xef\xbb\xbf" + named("utf-8").encode(), {}, id="UTF-8 with a mark"),
        pytest.param(named("GBK").encode("gbk"), {}, id="GBK"),
        pytest.param(named("gb2312").encode("gbk"), {}, id="GB 2312 by name"),
        pytest.param(named("GB18030").encode("gb18030"), {}, id="GB 18030"),
        pytest.param(named("Big5").replace("延吉市工业园区一期", "中文").encode("big5"), {}, id="Big5"),
        pytest.param(named("UTF-16").encode("utf-16"), {}, id="UTF-16"),
        pytest.param(b"\xfe\xff" + named("UTF-16").encode("utf-16-be"), {}, id="UTF-16, the other way round"),
        pytest.param(named("UTF-16").encode("utf-16-le"), {}, id="UTF-16 without a mark"),
        pytest.param(named("UTF-16").encode(), {}, id="UTF-8 called UTF-16"),
        pytest.param(named("UTF-8").encode("gbk"), {"encoding_repaired": {"encoding": "GBK"}}, id="GBK called UTF-8"),
        pytest.param(
            kml(mark("<name>延吉市工业园区一期</name>" + point()), "").encode("gbk"),
            {"encoding_repaired": {"encoding": "GBK"}},
            id="GBK without a word",
        ),
        pytest.param(named("gb2312").encode(), {"encoding_repaired": {"encoding": "UTF-8"}}, id="UTF-8 called GB 2312"),
        pytest.param(named("zip").encode(), {}, id="an encoding that is none of texts"),
        pytest.param(b"\n  " + named("UTF-8").encode(), {}, id="blanks before the declaration"),
    ],
)
def test_encodings(tmp_path, content, notice):
    contents = take(tmp_path, content)
    assert contents.pieces[0].name in ("延吉市工业园区一期", "中文")
    assert told(contents) == notice


def test_a_name_that_was_cut_damages_no_other(tmp_path):
    text = kml(mark(f"<name>延吉市工业园区一期</name>{point()}") + mark(f"<name>图们XX</name>{point()}"))
    contents = take(tmp_path, text.encode().replace("们XX".encode(), "们".encode()[:2]))
    assert [piece.name for piece in contents.pieces] == ["延吉市工业园区一期", "图�"]
    assert told(contents) == {"texts_damaged": {"encoding": "UTF-8"}}


def test_the_sender_knows_the_encoding_better(tmp_path):
    path = tmp_path / "a.kml"
    path.write_bytes(kml(mark("<name>연길</name>" + point())).encode("cp949"))
    assert read(path, "a.kml", Wanted(encoding="cp949"), LIMITS).pieces[0].name == "연길"


def test_undeclared_prefixes_are_read_and_told(tmp_path):
    body = mark("<gx:Track><gx:coord>1 2</gx:coord><gx:coord>3 4</gx:coord></gx:Track><xx:Point/>")
    text = f'<kml xsi:schemaLocation="a">{body}</kml>'
    contents = take(tmp_path, text)
    assert [piece.geometry.wkt for piece in contents.pieces] == ["LINESTRING (1 2, 3 4)"]
    assert told(contents) == {"prefix_undeclared": {"prefixes": "gx, xx"}}


def test_a_prefix_for_every_element(tmp_path):
    text = (
        kml(mark("<name>甲</name>" + point()))
        .replace("xmlns=", "xmlns:k=")
        .replace("</", "\0")
        .replace("<", "<k:")
        .replace("\0", "</k:")
        .replace("<k:?", "<?")
    )
    assert [piece.name for piece in take(tmp_path, text).pieces] == ["甲"]


# --- the datum -------------------------------------------------------------------------------------------------------


def ov(words: str) -> str:
    return mark(f"<OvAttr><OvIcon>4</OvIcon></OvAttr><OvCoordType>{words}</OvCoordType>{point()}")


def by(program: str) -> dict[str, dict[str, str]]:
    return {"kml_program": {"program": program}}


OVITAL = by("奥维互动地图 (Ovital)")
FILE_SAYS = {"by": "file", "degrees": True}


@pytest.mark.parametrize(
    ("body", "claim", "notices"),
    [
        pytest.param(mark(point()), FORMAT, {}, id="nothing but KML"),
        pytest.param(ov("GCJ-02"), Claim(datum="gcj02", mark="GCJ-02", **FILE_SAYS), {}, id="GCJ-02"),
        pytest.param(ov("gcj02"), Claim(datum="gcj02", mark="gcj02", **FILE_SAYS), {}, id="in another spelling"),
        pytest.param(ov("CGCS2000"), Claim(datum="cgcs2000", mark="CGCS2000", **FILE_SAYS), {}, id="CGCS2000"),
        pytest.param(
            "<description>坐标系: GCJ-02 高德</description>" + mark("<description>BD09坐标</description>" + point()),
            FORMAT,
            {"claims_contradict": {"said": "GCJ-02 / BD09 / WGS 84"}},
            id="descriptions that say other datums",
        ),
        pytest.param(
            mark("<description>WGS84，2000国家大地坐标系</description>" + point()),
            FORMAT,
            {},
            id="a description in words",
        ),
        pytest.param(
            ov("CGCS2000") + ov("WGS84"),
            Claim(datum="wgs84", mark="CGCS2000; WGS84", **FILE_SAYS),
            {},
            id="two that are alike",
        ),
        pytest.param(
            ov("Mars 9"), Claim(mark="Mars 9", **FILE_SAYS), {"datum_unknown": {"said": "Mars 9"}}, id="unknown words"
        ),
        pytest.param(
            ov("GCJ-02") + ov("CGCS2000"),
            Claim(mark="GCJ-02; CGCS2000", **FILE_SAYS),
            {"claims_contradict": {"said": "GCJ-02; CGCS2000"}},
            id="two that are not",
        ),
        pytest.param(
            ov("GCJ-02") + mark(point()),
            Claim(mark="GCJ-02", **FILE_SAYS),
            {"claims_contradict": {"said": "GCJ-02; –"}},
            id="one that is stated and one that is not",
        ),
        pytest.param(
            ov("WGS84") + mark(point()),
            Claim(by="format", datum="wgs84", degrees=True, mark="WGS84"),
            OVITAL,
            id="one stated as the format means",
        ),
        pytest.param(
            f"<Folder><OvCoordType>GCJ-02</OvCoordType>{mark(point())}</Folder>",
            Claim(datum="gcj02", mark="GCJ-02", **FILE_SAYS),
            {},
            id="of a folder",
        ),
        pytest.param(mark("<OvAttr/>" + point()), FORMAT, OVITAL, id="a program and no datum"),
        pytest.param("<!-- made by BIGEMAP -->" + mark(point()), FORMAT, by("BIGEMAP"), id="a comment"),
        pytest.param("<name>百度地图导出</name>" + mark(point()), FORMAT, by("百度地图 (Baidu)"), id="a title"),
        pytest.param("<name>datamaps</name>" + mark(point()), FORMAT, {}, id="no word within a word"),
        pytest.param(
            '<Folder xmlns:wpml="http://www.dji.com/wpmz/1.0.2"><wpml:waylineCoordinateSysParam><wpml:coordinateMode>'
            f"WGS84</wpml:coordinateMode></wpml:waylineCoordinateSysParam>{mark(point())}</Folder>",
            Claim(datum="wgs84", mark="WGS84", **FILE_SAYS),
            {},
            id="a flight plan",
        ),
    ],
)
def test_the_datum_that_a_file_states(tmp_path, body, claim, notices):
    contents = take(tmp_path, kml(body))
    assert (contents.claim, told(contents)) == (claim, notices)


def test_the_claim_is_of_what_was_chosen(tmp_path):
    text = kml(f"<Folder><name>a</name>{ov('GCJ-02')}</Folder><Folder><name>b</name>{ov('CGCS2000')}</Folder>")
    assert take(tmp_path, text, "a.ovkml", "b").claim.datum == "cgcs2000"
    assert take(tmp_path, text, "a.ovkml").claim.datum is None


def test_every_mark_says_how_sure_it_is():
    table = read_yaml(FILE)
    assert all(one["mark"] in ("F", "G") and one["said"] for one in table["programs"])
    assert [one.name for one in marks().programs] == [one["name"] for one in table["programs"]]
    assert all(one["mark"] == "F" for one in table["programs"] if one.get("states"))


# --- KMZ -------------------------------------------------------------------------------------------------------------


def test_a_kmz_is_its_document(tmp_path):
    contents = take(tmp_path, packed(**{"doc.kml": kml(mark(area())), "files/a.png": b"x", "b.kmz": b"PK"}), "a.kmz")
    assert (contents.format, [piece.geometry.equals(BOX) for piece in contents.pieces]) == ("format.kmz", [True])
    assert told(contents) == {"archive_inside": {"count": "1"}}


def test_several_documents_are_layers(tmp_path):
    one = kml(mark(point()))
    content = packed(**{"b.kml": one, "a/二.kml": one, "doc.kml": kml("<name>n</name>" + mark(area()))})
    assert [layer.name for layer in take(tmp_path, content, "a.kmz").layers] == ["doc/n", "a/二", "b"]


def test_a_kmz_is_told_by_its_octets(tmp_path):
    assert take(tmp_path, packed(**{"x.kml": kml(mark(point()))}), "a.kml").format == "format.kmz"
    assert take(tmp_path, kml(mark(point())), "a.ovkmz").format == "format.kml"


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        pytest.param(packed(**{"a.txt": "x"}), SiteFileEmpty, "it has: a.txt", id="no KML inside"),
        pytest.param(packed(**{"../a.kml": kml("")}), SiteFileRefused, "outside", id="an entry outside"),
        pytest.param(packed(**{"doc.kml": kml(mark(point()))})[:-30], SiteFileBroken, "damaged", id="cut off"),
        pytest.param(packed(**{"doc.kml": "<!DOCTYPE kml>"}), SiteFileRefused, "document type", id="a document type"),
        pytest.param(packed(**{"doc.kml": kml("x" * 300_000)}), SiteTooLarge, "bytes unpacked", id="a bomb"),
    ],
)
def test_a_kmz_that_is_refused(tmp_path, content, error, words):
    with pytest.raises(error, match=words) as raised:
        take(tmp_path, content, "a.kmz", unpacked_bytes=200_000)
    assert str(tmp_path) not in str(raised.value)


def test_too_many_entries(tmp_path):
    with pytest.raises(SiteTooLarge, match="entries of an archive"):
        take(tmp_path, packed(**{f"{number}.kml": "x" for number in range(4)}), "a.kmz", entries=3)


# --- hostile files ---------------------------------------------------------------------------------------------------

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param('<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>', id="a file as an entity"),
        pytest.param('<!DOCTYPE kml SYSTEM "http://169.254.1.1/a.dtd">', id="a foreign type"),
        pytest.param(f'<!DOCTYPE kml [<!ENTITY l0 "ha">{LAUGHS}]>', id="a billion laughs"),
        pytest.param(f'<!DOCTYPE kml [<!ENTITY x "{"a" * 100_000}">]>', id="a quadratic blow-up"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_are_refused_at_once(tmp_path, monkeypatch, kind, encoding):
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a type was fetched"))
    started = perf_counter()
    with pytest.raises(SiteFileRefused, match="document type"):
        take(tmp_path, (kind + kml(mark("<name>&x;&l9;</name>" + point()), "")).encode(encoding))
    assert perf_counter() - started < 1.0


MILLION = kml(mark(line("129.12,42.12,0 " * 1_000_000))).encode()


def test_a_million_vertices_in_one_text_stop_at_the_limit(tmp_path):
    started = perf_counter()
    with pytest.raises(SiteTooLarge, match="200001 vertices, more than the 200000"):
        take(tmp_path, MILLION)
    assert perf_counter() - started < 15.0


def test_a_million_vertices_take_no_memory_beyond_what_is_kept(tmp_path):
    path = tmp_path / "a.kml"
    path.write_bytes(MILLION)
    tracemalloc.start()
    with pytest.raises(SiteTooLarge, match="20001 vertices"):
        read(path, path.name, Wanted(), replace(LIMITS, vertices=20_000))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 20_000_000  # octets, of a text of 15 million


TURN = "<coord>1 2</coord>"


@pytest.mark.parametrize(
    ("body", "what", "limit"),
    [
        pytest.param("<MultiGeometry>" * 40 + "</MultiGeometry>" * 40, "levels of nesting", {}, id="collections"),
        pytest.param("<MultiGeometry>" * 100_000, "levels of nesting", {}, id="collections without end"),
        pytest.param(mark(point()) * 11, "11 objects", {"pieces": 10}, id="placemarks"),
        pytest.param(mark(f"<MultiGeometry>{point() * 11}</MultiGeometry>"), "11 objects", {"pieces": 10}, id="parts"),
        pytest.param(mark(point()) * 11, "11 vertices", {"vertices": 10}, id="vertices of many"),
        pytest.param(mark(f"<Track>{11 * TURN}</Track>"), "11 vertices", {"vertices": 10}, id="a track"),
    ],
)
def test_limits_hold_while_reading(tmp_path, body, what, limit):
    with pytest.raises(SiteTooLarge, match=what):
        take(tmp_path, kml(mark(body) if body.startswith("<Multi") else body), **limit)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\0" * 100, id="zeroes"),
        pytest.param(b"PK\x03\x04", id="the first octets of an archive"),
        pytest.param(b"\xff\xfe<\0k", id="half of UTF-16"),
        pytest.param(b"\xff\xfe\x00\xd8<\0", id="no UTF-16"),
        pytest.param(kml(mark("<name>&nbsp;</name>")).encode(), id="an unknown entity"),
        pytest.param(kml(mark(point()).replace("</Point>", "")).encode(), id="crossed elements"),
    ],
)
def test_what_is_no_kml(tmp_path, content):
    with pytest.raises(SiteFileBroken, match="cannot be read"):
        take(tmp_path, content)


SOUND = kml(
    "<name>项目</name><Style><IconStyle><Icon><href>a.png</href></Icon></IconStyle></Style>"
    + f"<Folder><name>厂区</name>{mark('<name>一号</name>' + area(SQUARE, HOLE))}{ov('GCJ-02')}</Folder>"
)


CUT = pytest.mark.parametrize(
    "content",
    [
        pytest.param(SOUND.encode(), id="UTF-8"),
        pytest.param(SOUND.encode("utf-16"), id="UTF-16"),
        pytest.param(SOUND.encode("gbk"), id="GBK"),
        pytest.param(packed(**{"doc.kml": SOUND}), id="KMZ"),
    ],
)


@CUT
def test_a_file_that_was_cut_off_is_a_plain_error(tmp_path, content):
    assert len(take(tmp_path, content).pieces) == 2
    for end in range(0, len(content), 10):
        with pytest.raises(SiteError, match="cannot be read"):
            take(tmp_path, content[:end])


@CUT
def test_a_file_with_a_wrong_octet_gives_contents_or_a_plain_error(tmp_path, content):
    said = []
    for at in range(0, len(content), 10):
        try:
            take(tmp_path, content[:at] + bytes([content[at] ^ 0x5A]) + content[at + 1 :])
        except (SiteError, SiteTooLarge) as error:
            said.append(str(error))
    assert said
    assert not [text for text in said if str(tmp_path) in text or "Error" in text]


# --- real files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(REAL.glob("*.kml")), ids=lambda path: path.name)
def test_real_files_have_the_vertices_that_gdal_finds(path):
    contents = read(path, path.name, Wanted(), LIMITS)
    theirs = [pyogrio.read_dataframe(path, layer=name).geometry for name in pyogrio.list_layers(path)[:, 0]]
    ours = shapely.get_coordinates([piece.geometry for piece in contents.pieces])
    others = shapely.get_coordinates(np.concatenate([one.to_numpy() for one in theirs]))
    assert len(ours) > 0
    assert np.array_equal(np.sort(ours, axis=0), np.sort(others, axis=0))


def test_a_real_file_in_full():
    contents = read(Path(REAL / "two_layers.kml"), "two_layers.kml", Wanted(), LIMITS)
    assert [(layer.name, layer.points, layer.areas) for layer in contents.layers] == [
        ("%Bingo", 3, 0),
        ("#Bingo", 0, 4),
    ]
    assert contents.claim == FORMAT
