"""A zip as a folder: unpacked with care into one of its own, nothing outside it, nothing larger than is taken."""

import lzma
import stat
import struct
import zlib
from collections.abc import Callable
from errno import EEXIST, EINVAL, EISDIR, ENAMETOOLONG, ENOTDIR
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from geo.errors import Term

Hold = Callable[[str, int], None]  # told of `entries` and of `unpacked_bytes`, as they are known; raises where too many
_PIECE = 1 << 20
NAMES = Term("cause.zip_names")
_OF_NAMES = (ENAMETOOLONG, EEXIST, ENOTDIR, EISDIR, EINVAL)  # of errors of the system that a name alone gives
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_BROKEN = (
    BadZipFile,
    NotImplementedError,  # a method of packing that nobody here knows
    EOFError,
    RuntimeError,
    ValueError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
)


class ArchiveBroken(Exception):
    """No zip, or one that is damaged; the text says how, without a folder."""


class EntryRefused(Exception):
    """An entry that is a link, is encrypted, would land outside the folder, or has a name that no folder takes."""

    def __init__(self, entry: str, reason: Term) -> None:
        self.entry, self.reason = entry, reason
        super().__init__(entry)


def unpack(path: Path, into: Path, hold: Hold) -> None:
    """Unpack a zip into an empty folder; a zip inside it stays one.

    Sizes are held as the zip declares them before anything is written, and again as they are written.

    Raises
    ------
    EntryRefused, ArchiveBroken
        Naming the entry, or what is wrong; and whatever `hold` raises.
    """
    try:
        with ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            hold("entries", len(entries))
            hold("unpacked_bytes", sum(entry.file_size for entry in entries))
            written = 0
            for entry in entries:
                written = _unpack_one(archive, entry, into, written, hold)
    except _BROKEN as error:
        raise ArchiveBroken(str(error)) from error
    except OSError as error:
        raise ArchiveBroken(error.strerror or "an entry cannot be written") from error


def _unpack_one(archive: ZipFile, entry: ZipInfo, into: Path, written: int, hold: Hold) -> int:
    """Unpack an entry; the bytes written until then."""
    name = _name(entry)
    pieces = PurePosixPath(name).parts
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise EntryRefused(name[:120], Term("cause.zip_link"))
    if entry.flag_bits & _ENCRYPTED:
        raise EntryRefused(name[:120], Term("cause.zip_encrypted"))
    if not pieces or name.startswith("/") or ".." in pieces or any(sign in name for sign in ("\\", ":", "\0")):
        raise EntryRefused(name[:120], Term("cause.zip_outside"))
    if pieces[0] == "__MACOSX":
        return written
    # zipfile itself stops at the size that the entry declares, and checks its sum.
    with archive.open(entry) as packed, _begun(into.joinpath(*pieces), name) as plain:
        while piece := packed.read(_PIECE):
            written += len(piece)
            hold("unpacked_bytes", written)
            plain.write(piece)
    return written


def _begun(target: Path, name: str) -> BinaryIO:
    """The file of an entry, empty as yet."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return target.open("xb")
    except OSError as error:
        if error.errno in _OF_NAMES:
            raise EntryRefused(name[:120], NAMES) from error
        raise


def _name(entry: ZipInfo) -> str:
    """The name as its writer meant it: without a mark for UTF-8 it is in the code page of the writer's machine."""
    if entry.flag_bits & _UTF8_NAME:
        return entry.filename
    octets = entry.filename.encode("cp437", errors="replace")
    for codec in ("utf-8", "gb18030"):
        try:
            return octets.decode(codec)
        except UnicodeDecodeError:
            continue
    return entry.filename
