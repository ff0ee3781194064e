"""The verdict: one word for what is sure (W), and the worst that is still possible (M)."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache

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


# What findings and threats weigh is one number: a bit for each effect in each of these places. What some rules weigh
# and what others weigh is joined by `|`, whichever way they are grouped.
_FIRM, _SKETCHED = 0, 5  # effects that apply, on firm ground and on sketched
_ROLES = ("needs_review", "needs_information", "leaves_word")  # what an open effect makes of the word
_POSED = {role: 10 + 5 * number for number, role in enumerate(_ROLES)}  # effects that are open
_SKETCH = 25  # effects that are open only because limits are sketched
_EVERY = (1 << len(EFFECTS)) - 1
KEPT_VERDICTS = 4096


def weight_of(finding: Finding) -> int:
    """What a finding weighs; nothing where its exception holds."""
    if finding.state == "applies":
        return 1 << RANK[finding.effect] + (_FIRM if finding.certainty == "firm" else _SKETCHED)
    if finding.state == "undecided":
        return 1 << RANK[finding.effect] + _POSED[_role({cause.kind for cause in finding.causes})]
    return 0


def threat_weight(effect: str, kind: str) -> int:
    """What a threat of an effect by a kind of cause weighs."""
    return 1 << RANK[effect] + (_SKETCH if kind == "sketch" else _POSED[_role({kind})])


def weigh_threats(threats: Iterable[Threat]) -> int:
    """What some threats weigh together."""
    weight = 0
    for effect, kind in {(threat.effect, threat.cause.kind) for threat in threats}:
        weight |= threat_weight(effect, kind)
    return weight


def decide(findings: Iterable[Finding], threats: Iterable[Threat], indicative: bool) -> Verdict:
    """Decide on findings and threats; `indicative` takes sketch limits as if they were the true ones."""
    weight = weigh_threats(threats)
    for finding in findings:
        weight |= weight_of(finding)
    return decide_on(weight, indicative)


@lru_cache(maxsize=KEPT_VERDICTS)
def decide_on(weight: int, indicative: bool) -> Verdict:
    """Decide on what findings and threats weigh together, see `decide`."""
    firm, sketched, sketch = (weight >> place & _EVERY for place in (_FIRM, _SKETCHED, _SKETCH))
    sure = _gravest(firm | sketched if indicative else firm)
    posed = {role: weight >> place & _EVERY for role, place in _POSED.items()}
    if not indicative:
        posed["needs_review"] |= sketch
    possible = _gravest((1 << sure) | firm | (0 if indicative else sketched) | _any_of(posed.values()))
    return Verdict(_word(sure, posed), EFFECTS[sure], EFFECTS[possible])


def _word(sure: int, posed: Mapping[str, int]) -> str:
    if EFFECTS[sure] == "prohibited":
        return EFFECTS[sure]
    for role in ("needs_review", "needs_information"):
        if posed[role] >> sure + 1:
            return role
    return "no_restriction_found" if EFFECTS[sure] == "none" else EFFECTS[sure]


def _gravest(effects: int) -> int:
    """The rank of the gravest of some effects; that of `none` where there are none."""
    return max(effects.bit_length() - 1, 0)


def _any_of(effects: Iterable[int]) -> int:
    found = 0
    for one in effects:
        found |= one
    return found


def _role(kinds: Set[str]) -> str:
    """What one undecided effect makes of the word: the gravest of what its causes' kinds make of it."""
    if kinds & NEEDS_REVIEW:
        return "needs_review"
    return "needs_information" if kinds & NEEDS_INFORMATION else "leaves_word"


def worst(effects: Iterable[str]) -> str:
    """The gravest of some effects; `none` where there are none."""
    return max(effects, key=RANK.__getitem__, default=EFFECTS[0])
