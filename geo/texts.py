"""Texts of the program for people, in Simplified Chinese (binding), Korean and English.

One Babel catalogue per language stands in `geo/translations/`; a message is named by a code
(`verdict.needs_review`) and may hold `{parameters}`. Texts of layers and rules are not here: they stand
inline in the data as `{zh: …, ko: …, en: …}`, and `pick` takes one of them.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent / "translations"
LANGUAGES = ("zh", "ko", "en")
BINDING = "zh"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Read the messages of one language, by code."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        messages = read_po(file, locale=language, abort_invalid=True)
    return {str(message.id): str(message.string) for message in messages if message.id}


def say(code: str, language: str = BINDING, /, **parameters: object) -> str:
    """Say one message in a language.

    Raises
    ------
    KeyError
        Where the catalogue has no such code: a mistake in the program, held by a test.
    """
    return catalogue(language)[code].format_map(parameters)


def pick(text: Mapping[str, str] | str | None, language: str = BINDING) -> str:
    """Take one language of a text that stands inline in the data; the binding one where it has no other."""
    if text is None:
        return ""
    return text if isinstance(text, str) else text.get(language) or text[BINDING]
