"""XML of a stranger, element by element: no tree, no document type, nothing fetched, limits held while it is read.

Expat calls for each element as it comes: a file takes no more memory than the text of one element. A document type is
refused at its first word, so that no entity is ever declared, expanded or fetched; prefixes that nobody declared are
read as they are written, and told.
"""

import codecs
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from xml.parsers import expat

from geo.errors import SiteFileBroken, SiteFileRefused, Term
from geo.importing.charset import GBK, UTF8, named
from geo.site.contents import Limits, shortened
from geo.site.notice import Notice

LONGEST_TEXT = 2_000  # characters of an element's text that are kept; runs of vertices are taken as they come
_PARTS = 16  # that a file is read in at most, so that no unfinished tag is looked at more often
_PIECE = 1 << 18
_MOSTLY = 9  # signs that decode, for one that does not, where an encoding is still the right one
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_BARE_UTF16 = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_CODECS = {UTF8: "utf-8-sig", GBK: "gb18030"}
_KNOWN = re.compile(r"ascii|utf-8|gb\w+|hz|big5\w*|euc_\w+|cp\d+|iso8859-\d+|shift_jis|johab")  # of texts, in octets
_THREE_OCTETS = re.compile("[\u0800-\U0010ffff]")


class Unusable(Exception):
    """What a reader found in a file that cannot be read; becomes SiteFileBroken with the file's name."""

    def __init__(self, reason: Term) -> None:
        self.reason = reason
        super().__init__(reason)


class Sink(Protocol):
    """What a format does with its elements. Names are without prefix where the element is of the format's own."""

    spaces: tuple[str, ...]  # beginnings of the format's namespaces
    prefixes: frozenset[str]  # its own, also where nobody declared them

    def start(self, names: Sequence[str], attributes: Mapping[str, str]) -> None:
        """An element begins; `names` are the open ones, the outermost first."""

    def text(self, text: str) -> None:
        """A part of the text of the element that began last."""

    def end(self, names: Sequence[str], text: str) -> None:
        """An element ends, with its text, the beginning of it where it is long."""

    def words(self, text: str) -> None:
        """A comment."""

    def space(self, uri: str) -> None:
        """A namespace is declared."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the octets of a file are to be read."""

    codec: str
    errors: str = "strict"
    notices: tuple[Notice, ...] = ()


def encoding_of(path: Path, chosen: str | None) -> Encoding:
    """What a file is encoded in, by its first octets, its declaration and what decodes.

    Chinese in UTF-8 hardly ever decodes as anything else, and GBK hardly ever as UTF-8: where a file is not in what it
    declares, the other of the two is taken, with a notice.

    Parameters
    ----------
    chosen : the encoding that the sender names
    """
    with path.open("rb") as file:
        head = file.read(1024)
    for first, codec in (*_BOMS[1:], *_BARE_UTF16):
        if head.startswith(first):
            return Encoding(codec)
    match = _DECLARED.match(head.removeprefix(codecs.BOM_UTF8))
    declared = _known(match[1].decode("ascii") if match else None) or UTF8
    if told := _known(chosen):
        return _as(told, told, damaged=_weigh(path, told)[0] > 0)
    bad, wide = _weigh(path, UTF8)
    if bad == 0 and (wide or declared == UTF8):
        return _as(UTF8, declared)
    if declared != UTF8 and _weigh(path, declared)[0] == 0:
        return _as(declared, declared)
    if bad == 0 or wide > _MOSTLY * bad:
        return _as(UTF8, declared, damaged=bad > 0)
    if _weigh(path, GBK)[0] == 0:
        return _as(GBK, declared)
    return _as(declared, declared, damaged=True)


def _as(encoding: str, declared: str, *, damaged: bool = False) -> Encoding:
    notices = [Notice("encoding_repaired", {"encoding": encoding})] if encoding != declared else []
    notices += [Notice("texts_damaged", {"encoding": encoding})] if damaged else []
    return Encoding(_codec(encoding), "replace" if damaged else "strict", tuple(notices))


def _known(name: str | None) -> str | None:
    """An encoding of texts by its name here; None for one that nobody knows, or that is none of octets."""
    found = named(name)
    return found if found and (found in _CODECS or _KNOWN.fullmatch(found)) else None


def _codec(encoding: str) -> str:
    return _CODECS.get(encoding, encoding)


def _weigh(path: Path, encoding: str) -> tuple[int, int]:
    """How many signs of a file do not decode, and how many take three octets in UTF-8: all Han and Hangul do."""
    decoder = codecs.getincrementaldecoder(_codec(encoding))("replace")
    bad = wide = 0
    with path.open("rb") as file:
        while octets := file.read(_PIECE):
            text = decoder.decode(octets)
            bad += text.count("\ufffd")
            wide += len(_THREE_OCTETS.findall(text))
    bad += decoder.decode(b"", final=True).count("\ufffd")
    return bad, wide - bad


def walk(path: Path, name: str, sink: Sink, limits: Limits, encoding: str | None) -> tuple[Notice, ...]:
    """Read a file, telling the sink of each element; what should be known of its encoding and its prefixes.

    Parameters
    ----------
    name : of the file, for errors
    encoding : that the sender names

    Raises
    ------
    SiteFileBroken
        Where it is no XML, or the sink finds it unusable.
    SiteFileRefused
        Where it has a document type.
    SiteTooLarge
        Where it is nested too deeply, or holds more than is taken.
    """
    found = encoding_of(path, encoding)
    walker = _Walker(name, sink, limits)
    decoder = codecs.getincrementaldecoder(found.codec)(found.errors)
    try:
        with path.open("rb") as file:
            size, first = max(_PIECE, path.stat().st_size // _PARTS + 1), True
            while octets := file.read(size):
                text = decoder.decode(octets)
                walker.parser.Parse((text.lstrip("\ufeff \t\r\n") if first else text).encode(), False)
                first = False
        walker.parser.Parse(decoder.decode(b"", final=True).encode(), True)
    except expat.ExpatError as error:
        raise SiteFileBroken(name=name, reason=Term("cause.xml_broken")) from error
    except UnicodeError as error:
        raise SiteFileBroken(name=name, reason=Term("cause.texts_undecodable")) from error
    except Unusable as error:
        raise SiteFileBroken(name=name, reason=error.reason) from error
    return found.notices + walker.notices()


class _Walker:
    """What Expat calls."""

    def __init__(self, name: str, sink: Sink, limits: Limits) -> None:
        self._name, self._sink, self._limits = name, sink, limits
        self._names: list[str] = []
        self._texts: list[str] = []
        self._spaces: dict[str, str] = {"xml": ""}  # prefix: namespace
        self._undeclared: dict[str, None] = {}
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.CommentHandler = lambda text: sink.words(text[:LONGEST_TEXT])

    def notices(self) -> tuple[Notice, ...]:
        """The prefixes that nobody declared."""
        if not self._undeclared:
            return ()
        return (Notice("prefix_undeclared", {"prefixes": shortened(", ".join(self._undeclared))}),)

    def _refuse(self, *_: object) -> None:
        raise SiteFileRefused(name=self._name, entry="<!DOCTYPE>", reason=Term("cause.doctype"))

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._limits.hold("nesting", len(self._names) + 1)
        for attribute, value in attributes.items():
            if attribute == "xmlns" or attribute.startswith("xmlns:"):
                self._spaces[attribute[6:]] = value
                self._sink.space(value)
        self._names.append(self._own(tag))
        self._texts.append("")
        self._sink.start(self._names, attributes)

    def _own(self, tag: str) -> str:
        """The name of an element, without its prefix where that is the format's own."""
        prefix, _, local = tag.rpartition(":")
        if not prefix:
            return local
        space = self._spaces.get(prefix)
        if space is None:
            if len(self._undeclared) < 20:
                self._undeclared[prefix] = None
            return local if prefix in self._sink.prefixes else tag
        return local if space.startswith(self._sink.spaces) else tag

    def _text(self, text: str) -> None:
        if self._names:
            self._sink.text(text)
            if len(self._texts[-1]) < LONGEST_TEXT:
                self._texts[-1] += text[:LONGEST_TEXT]

    def _end(self, _: str) -> None:
        self._sink.end(self._names, self._texts.pop().strip())
        self._names.pop()
