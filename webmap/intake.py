"""Files of sites at the web's doors: how large they may be, where they lie while they are read, and what was asked."""

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import mkstemp
from typing import Any

from flask import current_app, request
from werkzeug.datastructures import FileStorage, MultiDict

from geo.deployment import Deployment, Question
from geo.errors import BodyInvalid, SiteEmpty
from geo.export.intake import sites_record
from geo.site import chamber
from geo.site.contents import shortened
from geo.site.files import READERS
from geo.site.intake import Intake, SiteFile
from geo.texts import say
from webmap import language
from webmap.form import FILE, NUMBERS, number, read_form

MOST_PARTS = 600  # of a form with a file: a tick for each layer and each piece
BLOCK = 1 << 20  # bytes read at a time
LONGEST_TEXT = 200  # characters of what is said of a file
ACCEPTED = ",".join(sorted(READERS))
CHOICES = ("layer", "piece", "reading")  # of what a page showed of a file


def here() -> Deployment:
    """The deployment that this application serves."""
    served: Deployment = current_app.extensions["fenqu"]
    return served


def allow_file() -> None:
    """Let this request be as large as a file of sites with its form; to be called before the form is looked at."""
    if request.mimetype == "multipart/form-data":
        request.max_content_length = here().settings.site_file_bytes + here().settings.body_bytes
        request.max_form_parts = MOST_PARTS


def sent_file(field: str) -> FileStorage | None:
    """The file of a field; None where none was chosen.

    Raises
    ------
    BodyInvalid
        Where several were sent.
    """
    files = [file for file in request.files.getlist(field) if file.filename]
    if len(files) > 1:
        raise BodyInvalid(reason=f"{field}: given more than once")
    return files[0] if files else None


def name_of(file: FileStorage) -> str:
    """What a file is called, without folders; only ever shown."""
    return shortened(Path((file.filename or "").replace("\\", "/")).name) or "-"


@contextmanager
def stored(file: FileStorage) -> Iterator[Path]:
    """A file's bytes in a temporary file of our own name, gone afterwards whatever happens."""
    ending = Path(name_of(file)).suffix.lower()
    file.stream.seek(0)
    number, name = mkstemp(prefix=chamber.OURS, suffix=ending if ending in READERS else "")
    try:
        with os.fdopen(number, "wb") as held:
            file.save(held)
        yield Path(name)
    finally:
        with suppress(OSError):
            Path(name).unlink(missing_ok=True)


def fingerprint(file: FileStorage) -> str:
    """By which the same file is known again."""
    found = sha256()
    file.stream.seek(0)
    while some := file.stream.read(BLOCK):
        found.update(some)
    file.stream.seek(0)
    return found.hexdigest()[:32]


def take_in(
    file: FileStorage, sent: MultiDict[str, str], numbers: Mapping[str, float | None], crs: str | None
) -> Intake:
    """Read a file with what its form says of it.

    Parameters
    ----------
    numbers : `accuracy_m` and `width_m`, read from the form
    crs : as declared or chosen; None where nothing was said

    Raises
    ------
    SiteError, SiteTooLarge
        Naming what is wrong with the file and what to do.
    BodyInvalid
        Where a piece is no number, or a text is too long.
    """
    with stored(file) as path:
        return here().take_in(
            SiteFile(
                path=path,
                copied=True,
                name=name_of(file),
                crs=crs,
                layers=tuple(dict.fromkeys(sent.getlist("layer"))),
                pieces=tuple(dict.fromkeys(_piece(one) for one in sent.getlist("piece"))),
                encoding=_text(sent, "encoding"),
                address=_text(sent, "address") or "",
                accuracy_m=numbers["accuracy_m"] or 0.0,
                width_m=numbers["width_m"],
            )
        )


def turn() -> AbstractContextManager[None]:
    """The turn to read a file, held until all is said of it: what a large file takes is taken by few at a time.

    Raises
    ------
    SiteFileBusy
        Where it does not come.
    """
    return chamber.turn(here().settings.site_file_readers)


def record_of(intake: Intake, question: Question) -> dict[str, Any]:
    """What was understood of a file, and what each reading would mean for a question."""
    return sites_record(intake, here().screen_readings(intake, question))


@dataclass(frozen=True, slots=True)
class Understood:
    """What was understood of a file, and by what the same file is known again."""

    record: Mapping[str, Any]
    fingerprint: str


def asked(sent: MultiDict[str, str]) -> Question | Understood:
    """The question of a form; what was understood of its file instead, where the sender has to choose first.

    What was chosen on a page belongs to the file that the page spoke of, and counts for no other.

    Raises
    ------
    BodyInvalid
        Where a site was typed as well as a file sent.
    SiteError, SiteTooLarge
        Where the file cannot be used.
    """
    file = sent_file(FILE)
    if file is None:
        return read_form(sent)
    if sent.get("at", "").strip():
        raise BodyInvalid(reason=f"at, {FILE}: {say('ui.file_or_place', language.of(request))}")
    mark = fingerprint(file)
    told = _told_of(mark, sent)
    with turn():
        found = take_in(file, told, _numbers(told), _text(told, "reading") or _text(told, "file_crs"))
        if found.judgement.settled and told is sent:
            return read_form(sent, found.site())
        return Understood(record_of(found, read_form(sent, "")), mark)


def _told_of(mark: str, sent: MultiDict[str, str]) -> MultiDict[str, str]:
    """What a form says of the file of a fingerprint: without what was chosen on a page that spoke of another."""
    if sent.get("read_of", mark) == mark:
        return sent
    return MultiDict([(name, value) for name, value in sent.items(multi=True) if name not in CHOICES])


def understood(sent: MultiDict[str, str]) -> Understood:
    """What was understood of the file of a form, whatever reading was chosen before.

    What was ticked on a page belongs to the file that the page spoke of.

    Raises
    ------
    SiteEmpty
        Where no file was sent.
    SiteError, SiteTooLarge
        Where the file cannot be used.
    """
    file = sent_file(FILE)
    if file is None:
        raise SiteEmpty()
    mark = fingerprint(file)
    told = _told_of(mark, sent)
    with turn():
        found = take_in(file, told, _numbers(told), _text(told, "file_crs"))
        return Understood(record_of(found, read_form(told, "")), mark)


def _numbers(sent: MultiDict[str, str]) -> dict[str, float | None]:
    return {name: number(name, sent.get(name, "")) for name in NUMBERS}


def _text(sent: MultiDict[str, str], name: str) -> str | None:
    text = sent.get(name, "").strip()
    if len(text) > LONGEST_TEXT:
        raise BodyInvalid(reason=f"{name}: {len(text)} > {LONGEST_TEXT}")
    return text or None


def _piece(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 7:
        raise BodyInvalid(reason=f"piece: {text[:20]}")
    return int(text)
