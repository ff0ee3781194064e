"""A control unit's own access list, as its official table has it: one text for each dimension, cut into its clauses."""

import re
from collections.abc import Iterator, Mapping

COLUMNS: Mapping[str, str] = {
    "layout": "list_layout",
    "discharge": "list_discharge",
    "risk": "list_risk",
    "efficiency": "list_efficiency",
}  # attribute of a zone, by dimension
_HAN = "[一二三四五六七八九十]{1,3}"
_NUMBER = rf"(?:\d{{1,2}}(?:[.．](?!\d)|[、)）])|[(（](?:\d{{1,2}}|{_HAN})[)）]|{_HAN}、|[①-⑳])"
_BREAK = re.compile(rf"[\r\n]\s*|[；;]\s*|(?<=[。：:])[^\S\r\n]*(?={_NUMBER})")
_OWN_NUMBER = re.compile(rf"\A\s*{_NUMBER}")
_PAIRS = (("(（", ")）"), ("“", "”"), ("《", "》"), ("[〔", "]〕"))


def access_list(attributes: Mapping[str, str | None]) -> dict[str, tuple[str, ...]]:
    """The clauses of a zone's list by dimension, in the order of `COLUMNS`; without the dimensions that have none."""
    texts = {dimension: attributes.get(column) for dimension, column in COLUMNS.items()}
    return {dimension: clauses_of(text) for dimension, text in texts.items() if text and text.strip()}


def clauses_of(text: str) -> tuple[str, ...]:
    """Cut a text into its clauses: put together again, they are the text, letter by letter.

    A clause ends with a line, with a semicolon, and before a number (`1.`, `2、`, `（3）`, `四、`, `⑤`) that follows a
    full stop or a colon. Within brackets or quotation marks only a line ends it.
    """
    return tuple(_cut(text))


def _cut(text: str) -> Iterator[str]:
    start = 0
    for found in _BREAK.finditer(text):
        if found.end() > start and (found.group()[:1] in ("\r", "\n") or not _enclosed(text[start : found.start()])):
            yield text[start : found.end()]
            start = found.end()
    if start < len(text):
        yield text[start:]


def _enclosed(text: str) -> bool:
    """Whether a bracket or quotation mark is open at the end; that of the clause's own number does not count."""
    said = _OWN_NUMBER.sub("", text)
    return any(sum(map(said.count, opened)) > sum(map(said.count, closed)) for opened, closed in _PAIRS)
