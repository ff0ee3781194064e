"""The verdict: one word for what is sure (W), and the worst that is still possible (M)."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from geo.rules.model import EFFECTS, RANK, Finding, Threat

# What each kind of cause makes of the word, where it could carry the effect beyond what is sure.
NEEDS_REVIEW = {"failed", "data", "boundary", "sketch", "conflict", "earlier_text", "no_rule"}
NEEDS_INFORMATION = {"fact", "document"}
# Named under the word and counted in the range, but they leave the word: data that nobody has given us.
LEAVES_WORD = {"not_supplied", "unplaced"}
MOST_QUESTIONS = 8


@dataclass(frozen=True, slots=True)
class Verdict:
    """The word, and the range of effects from what is sure to what is still possible."""

    word: str
    sure: str
    possible: str


def decide(findings: Sequence[Finding], threats: Sequence[Threat], indicative: bool) -> Verdict:
    """Decide on findings and threats; `indicative` takes sketch limits as if they were the true ones."""
    sure = worst(f.effect for f in findings if f.state == "applies" and (indicative or f.certainty == "firm"))
    posed = [
        (finding.effect, _role({cause.kind for cause in finding.causes}))
        for finding in findings
        if finding.state == "undecided"
    ]
    kinds = {(threat.effect, threat.cause.kind) for threat in threats}
    posed += [(effect, _role({kind})) for effect, kind in kinds if not (indicative and kind == "sketch")]
    possible = worst([sure, *(effect for effect, _ in posed)])
    if not indicative:
        possible = worst([possible, *(f.effect for f in findings if f.state == "applies")])
    return Verdict(_word(sure, posed), sure, possible)


def _word(sure: str, posed: Iterable[tuple[str, str]]) -> str:
    beyond = {role for effect, role in posed if RANK[effect] > RANK[sure]}
    if sure == "prohibited":
        return sure
    for role in ("needs_review", "needs_information"):
        if role in beyond:
            return role
    return "no_restriction_found" if sure == "none" else sure


def _role(kinds: Set[str]) -> str:
    """What one undecided effect makes of the word: the gravest of what its causes' kinds make of it."""
    if kinds & NEEDS_REVIEW:
        return "needs_review"
    return "needs_information" if kinds & NEEDS_INFORMATION else "leaves_word"


def worst(effects: Iterable[str]) -> str:
    """The gravest of some effects; `none` where there are none."""
    return max(effects, key=RANK.__getitem__, default=EFFECTS[0])
