"""The reader's language: asked for in the address, else what the browser prefers, else the binding one."""

from functools import partial

from flask import Request

from geo.texts import BINDING, LANGUAGES, say

NAMES = (("zh", "中文"), ("ko", "한국어"), ("en", "English"))


def of(request: Request) -> str:
    """The language of a request."""
    asked = request.args.get("lang", "")
    if asked in LANGUAGES:
        return asked
    return request.accept_languages.best_match(LANGUAGES, BINDING) or BINDING


def speaker(language: str) -> partial[str]:
    """`t(code, **parameters)` for templates."""
    return partial(_say, language)


def _say(language: str, code: str, **parameters: object) -> str:
    return say(code, language, **parameters)
