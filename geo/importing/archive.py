"""A zip as a folder: unpacked with care into one of its own, nothing outside it, nothing larger than is taken."""

import shutil
import stat
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

from geo.errors import SourceUnreadable, SourceZipRefused, Term
from geo.importing.delivery import Limits

_PIECE = 1 << 20
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1


def unpack(path: Path, into: Path, limits: Limits) -> None:
    """Unpack a zip into an empty folder.

    Raises
    ------
    SourceZipRefused
        Where an entry is a link, is encrypted, or would land outside the folder.
    SourceTooLarge
        Where there are too many entries, or they are too large.
    SourceUnreadable
        Where it is no zip, or is broken.
    """
    try:
        with ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            limits.hold(path.name, "zip_entries", len(entries))
            limits.hold(path.name, "file_bytes", sum(entry.file_size for entry in entries))
            for entry in entries:
                _unpack_one(archive, entry, path.name, into)
    except (BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError) as error:
        raise SourceUnreadable(source=path.name, reason=str(error)) from error


def _unpack_one(archive: ZipFile, entry: ZipInfo, source: str, into: Path) -> None:
    name = _name(entry)
    pieces = PurePosixPath(name).parts
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise SourceZipRefused(source=source, entry=name[:120], reason=Term("cause.zip_link"))
    if entry.flag_bits & _ENCRYPTED:
        raise SourceZipRefused(source=source, entry=name[:120], reason=Term("cause.zip_encrypted"))
    if not pieces or name.startswith("/") or ".." in pieces or any(sign in name for sign in ("\\", ":", "\0")):
        raise SourceZipRefused(source=source, entry=name[:120], reason=Term("cause.zip_outside"))
    if pieces[0] == "__MACOSX":
        return
    target = into.joinpath(*pieces)
    target.parent.mkdir(parents=True, exist_ok=True)
    # zipfile itself stops at the size that the entry declares, and checks its sum.
    with archive.open(entry) as packed, target.open("xb") as plain:
        shutil.copyfileobj(packed, plain, _PIECE)


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
