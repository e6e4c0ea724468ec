"""Is this less than usual, or only chance? Learned from a source's own days: no threshold to tune per source. Pure.

Two things must hold before anything is called broken: the fall is large, and chance alone is no likely reason. How
unlikely it must be follows from how often we look: a source may be called broken by chance in one fortnight of a
hundred, whether it is looked at hourly or was looked at twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma, log

FALSE_WORDS = 0.01  # in a fortnight, for one source
FALL = 0.2  # of a share: a day must lie this far under the usual to be called a fall
ENOUGH = 20  # pages that speak for themselves
RECOVERY = 0.01  # the chance that a few good ones mean nothing yet, below which they mean a recovery


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many have it."""

    held: int = 0
    of: int = 0

    @property
    def rate(self) -> float:
        """The share to expect: nothing known is one half, and a hundred of a hundred is not quite certainty."""
        return (self.held + 1) / (self.of + 2)

    def __add__(self, other: Share) -> Share:
        return Share(self.held + other.held, self.of + other.of)

    def __str__(self) -> str:
        return f"{self.held} of {self.of}"


def chance_allowed(looks: int, checks: int) -> float:
    """What one check of one look may leave to chance, when a source is looked at so often in a fortnight."""
    return FALSE_WORDS / (max(1, looks) * checks)


def chance_of_so_few(now: Share, usual: Share) -> float:
    """The chance of at most `now.held` when each has it as often as `usual` makes likely (beta-binomial tail)."""
    have, lack = usual.held + 1, usual.of - usual.held + 1
    whole = _log_beta(have, lack)
    terms = (
        _log_choose(now.of, held) + _log_beta(held + have, now.of - held + lack) - whole for held in range(now.held + 1)
    )
    return min(1.0, sum(exp(term) for term in terms))


def chance_of_so_quiet(new: int, days: float, usual_new: int, usual_days: float) -> float:
    """The chance of at most `new` articles in `days` after `usual_new` in `usual_days` (negative binomial tail)."""
    shape, stay = usual_new + 1, usual_days / (usual_days + days)
    terms = (
        _log_choose(shape + count - 1, count) + shape * log(stay) + count * log(1 - stay) for count in range(new + 1)
    )
    return min(1.0, sum(exp(term) for term in terms))


def broke(now: Share, day: Share, usual: Share, chance: float) -> bool:
    """Whether a field broke: in this run at a stroke (under half the usual), or little by little over the last day."""
    if now.of == 0:
        return False
    at_a_stroke = now.held / now.of < usual.rate / 2 and chance_of_so_few(now, usual) < chance
    return at_a_stroke or _crumbled(day, usual, chance)


def is_still_broken(now: Share, since: Share, usual: Share) -> bool:
    """Whether a broken field stays so. `since`: what was seen from the run that broke it up to the one before this.

    It is mended when this run looks usual and either leaves what was seen since no likely explanation, or so much was
    seen since that the whole of it looks usual.
    """
    if now.of == 0 or now.held / now.of < usual.rate - FALL:
        return True
    flipped = Share(now.of - now.held, now.of), Share(since.of - since.held, since.of)
    if chance_of_so_few(*flipped) < RECOVERY:
        return False
    whole = now + since
    return whole.of < ENOUGH or whole.held / whole.of < usual.rate - FALL


def _crumbled(day: Share, usual: Share, chance: float) -> bool:
    return day.of > 0 and usual.rate - day.held / day.of > FALL and chance_of_so_few(day, usual) < chance


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _log_choose(n: float, k: float) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
