"""What a sender should know of his site: a word on something that was done to it on its way in."""

from dataclasses import dataclass, field

from geo.texts import say

UNNAMED = "site"  # role of a part of which nothing was said


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that was done to the site on its way in, which its sender should know."""

    code: str
    parameters: dict[str, str] = field(default_factory=dict)  # a `Term` among them is said in the reader's language

    def text(self, language: str) -> str:
        """Say it in the reader's language."""
        return say(f"notice.{self.code}", language, **self.parameters)
