"""The process that reads a file: what a reader does in it, however wrong, is an error in plain words here."""

import logging
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest
import shapely

from geo.errors import LimitError, SiteError, SiteFileBusy, SiteInvalid, SiteTooLarge
from geo.settings import ROOT, Settings
from geo.site import chamber
from geo.site.chamber import read_apart
from geo.site.contents import Claim, Contents, LayerSeen, Limits, Piece, Wanted, decode, encode
from geo.site.files import READERS, read, shown
from geo.site.intake import SiteFile, take_in
from geo.site.notice import Notice

LIMITS = Limits.of(Settings(site_file_seconds=20.0))
SQUARE = shapely.box(129.5, 42.9, 129.51, 42.91)
FULL = Contents(
    format="kml",
    pieces=(Piece(SQUARE, name="地块", layer="a"), Piece(shapely.MultiPoint([(1, 2), (3, 4)]))),
    claim=Claim(by="file", crs="EPSG:4490", datum="cgcs2000", degrees=True, band=3, zone=43, meridian=129.0, mark="x"),
    layers=(LayerSeen("a", areas=1),),
    notices=(Notice("points_left_aside", {"count": "2"}),),
)
GOOD = """
    import shapely
    from geo.site.contents import Contents, Piece
    return Contents("kml", (Piece(shapely.box(129.5, 42.9, 129.51, 42.91), name="a"),))
"""


@pytest.fixture
def sent(tmp_path, monkeypatch):
    """Sends a file to a reader with a body of its own; the folders of processes must be gone afterwards."""
    folder, path = tmp_path / "chambers", tmp_path / "received.kml"
    folder.mkdir()
    path.write_text("<kml/>")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))

    def send(body: str, limits: Limits = LIMITS) -> Contents:
        package = tmp_path / "code" / "geo"
        package.mkdir(parents=True, exist_ok=True)
        source = f"def read(path, wanted, limits):{body}"
        package.joinpath("__init__.py").write_text(
            f"import sys, types\n__path__ = [{str(ROOT / 'geo')!r}]\n"
            f"made = types.ModuleType('geo.site.readers.kml')\nexec({source!r}, made.__dict__)\n"
            "sys.modules[made.__name__] = made\n"
        )
        monkeypatch.setattr(chamber, "ROOT", package.parent)
        return read_apart(path, "客户/地块.kml", Wanted(), limits)

    yield send
    assert list(folder.iterdir()) == []


def code_of(raising) -> str:
    with pytest.raises((SiteError, LimitError)) as refused:
        raising()
    return refused.value.code


def test_what_a_reader_reads_arrives(sent):
    (piece,) = sent(GOOD).pieces
    assert (piece.name, piece.geometry) == ("a", SQUARE)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param("\n raise ValueError(path)", "site_file_broken", id="an error of its own"),
        pytest.param("\n import os; os.abort()", "site_file_broken", id="a crash"),
        pytest.param("\n import os; os._exit(0)", "site_file_broken", id="no answer"),
        pytest.param("\n return None", "site_file_broken", id="nothing"),
        pytest.param("\n while True: pass", "site_file_too_heavy", id="no end"),
        pytest.param("\n import time; time.sleep(60)", "site_file_too_heavy", id="sleep"),
        pytest.param("\n bytearray(3 << 30)", "site_file_too_heavy", id="memory"),
        pytest.param("\n import os; os.fork()", "site_file_refused", id="another process"),
        pytest.param("\n import subprocess; subprocess.run(['true'])", "site_file_refused", id="a program"),
        pytest.param("\n import socket; socket.create_connection(('127.0.0.1', 9))", "site_file_refused", id="a call"),
        pytest.param("\n open('x', 'wb').write(bytes(250_000_000))", "site_file_broken", id="a large file"),
        pytest.param(
            "\n import os\n for n in range(3, 9):\n  try:\n   while 1: os.write(n, bytes(65536))\n"
            "  except OSError: pass",
            "site_file_broken",
            id="a flood",
        ),
        pytest.param(
            "\n import os\n for n in range(3, 9):\n  try: os.write(n, b'[' * 99_000)\n  except OSError: pass\n"
            " os._exit(0)",
            "site_file_broken",
            id="a deep answer",
        ),
        pytest.param(
            "\n from geo.errors import LedgerFull; raise LedgerFull(most=1)",
            "site_file_broken",
            id="an error that is not its own",
        ),
        pytest.param(
            "\n from geo.errors import SiteCrsMissing; raise SiteCrsMissing()",
            "site_crs_missing",
            id="an error that is",
        ),
    ],
)
def test_what_a_reader_does_wrong_is_an_error_in_plain_words(sent, body, code):
    limits = replace(LIMITS, seconds=4.0) if "while True" in body or "sleep" in body else LIMITS
    began = monotonic()
    assert code_of(lambda: sent(body, limits)) == code
    assert monotonic() - began < limits.seconds + 2.0


def test_an_error_names_the_file_as_its_sender_does_and_no_folder(sent):
    body = """
    import os
    from geo.errors import SiteFileBroken
    raise SiteFileBroken(name=path.name, reason=f"{path}: {os.getcwd()}/a.kml")
"""
    with pytest.raises(SiteError, match=r"“地块\.kml” cannot be read: received\.kml: a\.kml"):
        sent(body)


def test_a_processor_time_of_its_own_ends_a_reader(sent):
    began = monotonic()
    assert code_of(lambda: sent("\n while True: pass", replace(LIMITS, seconds=1.5))) == "site_file_too_heavy"
    assert monotonic() - began < 4.0


def test_what_a_reader_prints_is_for_the_operator(sent, caplog):
    with caplog.at_level(logging.INFO, "fenqu.site"):
        assert code_of(lambda: sent("\n print('to whom'); raise ValueError('inner words')")) == "site_file_broken"
    assert "inner words" in caplog.text


def test_the_reader_sees_no_variable_of_ours(sent, monkeypatch):
    monkeypatch.setenv("FENQU_LEDGER", "postgresql://secret")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    body = (
        "\n import os; from geo.errors import SiteFileBroken\n"
        + " raise SiteFileBroken(name='', reason=sorted(os.environ))"
    )
    with pytest.raises(SiteError) as refused:
        sent(body)
    assert "OPENBLAS_NUM_THREADS" in str(refused.value)
    assert "FENQU" not in str(refused.value)
    assert "https_proxy" not in str(refused.value)


def test_only_so_many_are_read_at_a_time(tmp_path, monkeypatch):
    path = tmp_path / "a.kml"
    path.write_text("<kml/>")
    monkeypatch.setattr(chamber, "LONGEST_WAIT_S", 0.2)
    with ThreadPoolExecutor(1) as threads, chamber.turn(1):
        asked = threads.submit(read_apart, path, "a.kml", Wanted(), LIMITS, 1)
        with pytest.raises(SiteFileBusy, match=r"may be read at a time \(1\)"):
            asked.result()


def test_who_has_a_turn_reads_in_it(tmp_path):
    path = tmp_path / "a.kml"
    path.write_text("<kml/>")
    with chamber.turn(1):
        assert read_apart(path, "a.kml", Wanted(), LIMITS, 1).pieces == ()
    with chamber.turn(1):
        assert chamber._running == [1]
    assert chamber._running == [0]


def test_what_an_ended_process_left_is_swept(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    old, new, kept = (tmp_path / name for name in ("fenqu-site-old", "fenqu-site-new.geojson", "another"))
    (old / "work").mkdir(parents=True)
    kept.mkdir()
    (kept / "precious").write_text("1")
    (old / "work" / "copy.geojson").write_text("{}")
    new.write_text("{}")
    link = tmp_path / "fenqu-site-link"
    link.symlink_to(kept)
    for one in (old, link, kept):
        os.utime(one, (0, 0), follow_symlinks=False)
    chamber.sweep(60.0)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["another", "fenqu-site-new.geojson"]
    assert (kept / "precious").exists()


def test_a_copy_is_gone_before_anything_is_judged(tmp_path, monkeypatch):
    path = tmp_path / "copy.wkt"
    path.write_text("POINT(129.5 42.9)")
    monkeypatch.setattr("geo.site.intake.judge", lambda *_: path.exists())
    assert take_in(SiteFile(path, "a.wkt"), {}, Settings()).judgement is True
    assert take_in(SiteFile(path, "a.wkt", copied=True), {}, Settings()).judgement is False


# --- what comes back --------------------------------------------------------------------------------------------------


def test_contents_come_back_as_they_were():
    assert decode(encode(FULL), LIMITS) == FULL


DEEP = b"\x01\x06\0\0\0\x01\0\0\0" * 100_000


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"pieces": None}, id="no pieces"),
        pytest.param({"claim": {"by": "nobody"}}, id="half a claim"),
        pytest.param({"claim": {**encode(FULL)["claim"], "datum": "mars"}}, id="an unknown datum"),
        pytest.param({"claim": {**encode(FULL)["claim"], "zone": True}}, id="a zone that is no number"),
        pytest.param({"claim": {**encode(FULL)["claim"], "meridian": 1e999}}, id="an infinite meridian"),
        pytest.param({"layers": [{"name": "a" * 5000}]}, id="a layer of other fields"),
        pytest.param({"notices": [{"code": "nothing", "parameters": {}}]}, id="a notice without a text"),
        pytest.param({"notices": [{"code": "points_left_aside", "parameters": {}}]}, id="a notice without its number"),
        pytest.param({"pieces": [{**encode(FULL)["pieces"][0], "geometry": "AQ=="}]}, id="half a geometry"),
        pytest.param({"pieces": [{**encode(FULL)["pieces"][0], "geometry": DEEP.hex()}]}, id="no base 64 of one"),
        pytest.param({"pieces": [{**encode(FULL)["pieces"][0], "name": 7}]}, id="a name that is no text"),
    ],
)
def test_an_answer_that_is_none_is_refused(change):
    with pytest.raises((ValueError, TypeError, LookupError)):
        decode({**encode(FULL), **change}, LIMITS)


def test_limits_hold_for_what_comes_back():
    with pytest.raises(SiteTooLarge, match="2 objects, more than the 1"):
        decode(encode(FULL), replace(LIMITS, pieces=1))
    with pytest.raises(SiteTooLarge, match="7 vertices, more than the 6"):
        decode(encode(FULL), replace(LIMITS, vertices=6))


def test_a_number_that_is_not_finite_is_refused():
    with pytest.raises(SiteInvalid, match="no finite number"):
        decode(encode(replace(FULL, pieces=(Piece(shapely.Point(float("inf"), 1.0)),))))


# --- which reader -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        pytest.param("a.dwg", b"AC1032\0\0", "site_file_foreign", id="a drawing of another program"),
        pytest.param("a.dxf", b"AC1032\0\0", "site_file_foreign", id="the same under another name"),
        pytest.param("a.kml", b"%PDF-1.4", "site_file_foreign", id="a document"),
        pytest.param("a.jpg", b"\xff\xd8\xff\xe0", "site_file_foreign", id="a picture"),
        pytest.param("a.zip", b"Rar!\x1a\x07\0", "site_file_foreign", id="an archive"),
        pytest.param("a.kml", b"<!DOCTYPE html><html/>", "site_file_foreign", id="a page"),
        pytest.param("a.shp", b"<OGRVRTDataSource/>", "site_file_refused", id="a list of other files"),
        pytest.param("a.gpkg", b"something else", "site_file_broken", id="a database that is none"),
        pytest.param("a.kml", b"", "site_file_broken", id="nothing"),
        pytest.param("a.xyz", b"1 2 3", "site_file_unknown", id="an unknown ending"),
        pytest.param("a", b"1 2 3", "site_file_unknown", id="no ending"),
    ],
)
def test_what_a_file_is_decides(tmp_path, name, data, code):
    path = tmp_path / "received"
    path.write_bytes(data)
    assert code_of(lambda: read(path, name, Wanted(), LIMITS)) == code


@pytest.mark.parametrize(
    ("name", "data", "ending"),
    [
        pytest.param("a.txt", b"<?xml version='1.0'?><!-- <gpx> --><kml/>", ".kml", id="KML as text"),
        pytest.param("a.xml", b"<gpx:gpx xmlns:gpx='x'/>", ".gpx", id="GPX as XML"),
        pytest.param("a.csv", b"PK\x03\x04", ".zip", id="a zip as a table"),
        pytest.param("a.dat", b"  {\n", ".geojson", id="JSON as data"),
        pytest.param("a.txt", b"  0\r\nSECTION\r\n", ".dxf", id="a drawing as text"),
        pytest.param("a.txt", b"SRID=4490;POLYGON ((1 2))", ".wkt", id="WKT as text"),
        pytest.param("a.csv", "[属性描述]\n".encode("gb18030"), ".txt", id="plots as a table"),
        pytest.param("a.txt", "\ufeff<kml/>".encode("utf-16"), ".kml", id="KML of two bytes a character"),
    ],
)
def test_what_a_file_surely_is_wins_over_its_name(tmp_path, monkeypatch, name, data, ending):
    path, taken = tmp_path / "received", []
    path.write_bytes(data)
    monkeypatch.chdir(tmp_path)

    class Reader:
        @staticmethod
        def read(given, wanted, limits):
            taken.append((given.suffix, given.read_bytes()))
            return FULL

    monkeypatch.setattr("geo.site.files.import_module", lambda module: taken.append(module) or Reader)
    contents = read(path, name, Wanted(), LIMITS)
    assert taken == [f"geo.site.readers.{READERS[ending]}", (ending, data)]
    assert contents.notices[0] == Notice("taken_as", {"name": name, "kind": ending[1:].upper()})


def test_what_is_no_ordinary_file_is_refused_and_never_waited_for(tmp_path):
    link, queue, folder = tmp_path / "a.kml", tmp_path / "b.kml", tmp_path / "c.kml"
    link.symlink_to("/etc/hosts")
    os.mkfifo(queue)
    folder.mkdir()
    for path in (link, queue, folder, Path("/dev/zero")):
        assert code_of(lambda path=path: read_apart(path, "a.kml", Wanted(), LIMITS)) == "site_file_refused"
    assert code_of(lambda: read_apart(tmp_path / "none.kml", "a.kml", Wanted(), LIMITS)) == "site_file_broken"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a/b\\地块.kml", "地块.kml"),
        ("a\x1b[31m\n.kml", "a [31m .kml"),
        ("", "–"),
        ("长" * 500 + ".kml", "长" * 60 + "…" + "长" * 15 + ".kml"),
    ],
)
def test_a_name_is_shown_short_and_printable(name, expected):
    assert shown(name) == expected
