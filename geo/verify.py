"""Verify a kept screening: ask the same question again, and say what differs and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import orjson

from geo.day import read_day
from geo.errors import InputError, PiecesGone
from geo.layers.store import BrokenLayer, LayerStore
from geo.ledger import Kept, Ledger
from geo.project import Project, read_project
from geo.rules.load import Rulebook
from geo.screening import Screening, screen_site
from geo.settings import Settings
from geo.site import Site, read_site
from geo.site.model import collection
from geo.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of asking again."""

    outcome: Literal["same", "differs", "inputs_gone"]
    id: str
    book: tuple[str, ...] = ()  # what the book says otherwise now
    record: tuple[str, ...] = ()  # where the two records differ
    gone: tuple[str, ...] = ()  # releases that can no longer be read


# What was taken once is asked again whatever the doors take today.
_ANY = 10**12
_NO_DOOR: dict[str, Any] = dict.fromkeys(
    ("body_bytes", "site_vertices", "line_vertices", "line_crossings", "site_perimeter_m", "site_parts"), _ANY
)


def ask_again(
    request: Mapping[str, Any], releases: Mapping[str, str | None], store: LayerStore, book: Rulebook
) -> Screening:
    """Screen a kept request on its own releases, without its kept answer."""
    site, project = asked_about(request, book.vocabulary, store.settings)
    snapshot = store.snapshot(pinned=releases)
    return screen_site(site, project, read_day(request["day"]), snapshot, book, store.settings.screening_seconds)


def asked_about(request: Mapping[str, Any], vocabulary: Vocabulary, settings: Settings) -> tuple[Site, Project]:
    """The site and the project of a kept request; a record made of them has the same request id.

    Raises
    ------
    ProjectError
        Where the vocabulary no longer holds what was said of the project.
    """
    sent, said = request["site"], request["project"]
    site = read_site(
        collection(sent["parts"]),
        accuracy_m=sent["accuracy_m"],
        width_m=sent["width_m"],
        settings=replace(settings, **_NO_DOOR),
    )
    site = Site(site.parts, sent["crs"], site.accuracy_m, site.width_m, site.ground, ())
    return site, read_project(vocabulary, said["industry"], said["nature"], said["facts"], said.get("kind"))


def drawn_again(kept: Kept, store: LayerStore, book: Rulebook) -> Screening:
    """A kept answer, word for word, with its zones measured again on its own releases, so that they can be drawn.

    The engine and the form of the book may have changed since; what lies where may not.

    Raises
    ------
    PiecesGone
        Where a layer now shows other zones than the record has, as when its release can no longer be read.
    """
    again = ask_again(kept.request, kept.releases, store, book)
    record = kept.record
    before, after = _shown(record), _shown(again.record)
    other = sorted(kind for kind in {*before, *after} if before.get(kind) != after.get(kind))
    if other:
        raise PiecesGone(layers=", ".join(other))
    return replace(again, id=kept.id, json=kept.json)


def _shown(record: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """By layer, what the pieces of an answer are made of: the release, whether it was read, and the zones found."""
    return {
        check["layer"]: (
            check["release"],
            check["status"] == "failed",
            {zone["id"]: zone["relation"] for zone in check["zones"]},
        )
        for check in record["checks"]
        if check["release"] or check["zones"] or check["status"] == "failed"
    }


def verify(name: str, ledger: Ledger, store: LayerStore, book: Rulebook) -> Verification:
    """Verify a screening by id or token, with the book as it is now and the releases as they were.

    Raises
    ------
    ScreeningUnknown
        Where nothing is kept under that name.
    """
    kept = ledger.find(name)
    pinned = store.snapshot(pinned=kept.releases)
    was_failed = {check["layer"] for check in kept.record["checks"] if check["status"] == "failed"}
    gone = tuple(
        sorted(
            kind for kind, layer in pinned.layers.items() if isinstance(layer, BrokenLayer) and kind not in was_failed
        )
    )
    if gone:
        return Verification("inputs_gone", kept.id, gone=gone)
    changed = () if book.hash == kept.book else tuple(ledger.book(kept.book).differences(book))
    try:
        again = ask_again(kept.request, kept.releases, store, book)
    except InputError as error:  # a fact or an industry that the vocabulary no longer holds
        return Verification("differs", kept.id, book=changed, record=(str(error),))
    return compare(kept, again, changed)


def compare(kept: Kept, again: Screening, changed: tuple[str, ...]) -> Verification:
    """What a kept answer and the one given again differ in; `changed` is what the book says otherwise."""
    if again.json == kept.json:
        return Verification("same", kept.id)
    before, after = (
        {key: value for key, value in record.items() if key not in ("id", "book")}
        for record in (kept.record, orjson.loads(again.json))
    )
    then, now = (record.pop("engine") for record in (before, after))
    other_engine = differences(then, now, "/engine")  # said first: it may be the reason for all that follows
    found = differences(before, after, added=then == now)
    return Verification("differs", kept.id, book=changed, record=(*other_engine, *found))


def differences(before: Any, after: Any, path: str = "", added: bool = True) -> Iterator[str]:
    """Where two JSON values differ, as `path: before → after`.

    Parameters
    ----------
    added : whether members count that only the later one has; items of lists always count
    """
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after} if added else before):
            yield from differences(before.get(key), after.get(key), f"{path}/{key}", added)
    elif isinstance(before, list) and isinstance(after, list):
        named_before, named_after = _named(before), _named(after)
        for key in sorted({*named_before, *named_after}):
            yield from differences(named_before.get(key), named_after.get(key), f"{path}/{key}", added)
    elif before != after:
        yield f"{path}: {_short(before)} → {_short(after)}"


def _named(items: list[Any]) -> dict[str, Any]:
    """The items of a list by what names them, so that an item inserted does not shift all others."""

    def name(index: int, item: Any) -> str:
        if isinstance(item, Mapping):
            for keys in (("rule",), ("layer",), ("kind", "subject"), ("id",), ("document", "article")):
                if all(key in item for key in keys):
                    return ":".join(str(item[key]) for key in keys)
        return f"{index:04d}"

    return {name(index, item): item for index, item in enumerate(items)}


def _short(value: Any) -> str:
    if value is None:
        return "—"
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}…"
