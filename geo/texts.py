"""Texts of the program for people, in Simplified Chinese (binding), Korean and English.

One Babel catalogue per language stands in `geo/translations/`; a message is named by a code
(`verdict.needs_review`) and may hold `{parameters}`. Texts of layers and rules are not here: they stand
inline in the data as `{zh: …, ko: …, en: …}`, and `pick` takes one of them.
"""

import re
from collections.abc import Container, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).parent / "translations"
LANGUAGES = ("zh", "ko", "en")
BINDING = "zh"


class Term(str):
    """A code of the catalogue as a parameter of a text: it is said in the reader's language too."""

    __slots__ = ()
    parameters: Mapping[str, object] = MappingProxyType({})


class Phrase(Term):
    """A code with parameters of its own, which may be terms and phrases again."""

    __slots__ = ("parameters",)

    def __new__(cls, code: str, /, **parameters: object) -> "Phrase":
        made = super().__new__(cls, code)
        made.parameters = parameters
        return made


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Read the messages of one language, by code."""
    from babel.messages.pofile import read_po  # slow to import, and a process that says nothing does without it

    with (FOLDER / f"{language}.po").open("rb") as file:
        messages = read_po(file, locale=language, abort_invalid=True)
    return {str(message.id): str(message.string) for message in messages if message.id}


@cache
def _program_reviewed(language: str) -> bool:
    """What the head of a catalogue says: `X-Reviewed: true`; nothing said is no review."""
    head, _, _ = (FOLDER / f"{language}.po").read_text(encoding="utf-8").partition("\n\n")
    return re.search(r'^"X-Reviewed: true\\n"$', head, re.MULTILINE) is not None


def reviewed(language: str, data: Container[str] = LANGUAGES) -> bool:
    """Whether a person has reviewed what is said in a language; what nobody has reviewed is marked where it is shown.

    Parameters
    ----------
    data : languages in which the texts of the data are reviewed; all of them where only the program speaks
    """
    return language == BINDING or (_program_reviewed(language) and language in data)


def say(code: str, language: str = BINDING, /, **parameters: object) -> str:
    """Say one message in a language; a `Term` among its parameters is said in that language too.

    Raises
    ------
    KeyError
        Where the catalogue has no such code: a mistake in the program, held by a test.
    """
    spoken = {
        name: say(value, language, **value.parameters) if isinstance(value, Term) else value
        for name, value in parameters.items()
    }
    return catalogue(language)[code].format_map(spoken)


def pick(text: Mapping[str, str] | str | None, language: str = BINDING) -> str:
    """Take one language of a text that stands inline in the data; the binding one where it has no other."""
    if text is None:
        return ""
    return text if isinstance(text, str) else text.get(language) or text[BINDING]
