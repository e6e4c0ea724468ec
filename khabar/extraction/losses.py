"""What was left out of an article's text: the decision about each segment of the page, the words
left out by reason, and whether they look like a part of the article.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from khabar.extraction.boilerplate import comparison_key
from khabar.extraction.restoration import reads_as_text
from khabar.extraction.segments import Segment
from khabar.model.items import Block

# Words left out between the headline and the end of the text that are named as a problem: a short
# paragraph. Measured with planted losses: `python -m benchmarks losses`.
MIN_LOSS = 8
# The same between headline and text, where standfirsts, notes and lists of the site stand as well.
MIN_LOSS_ABOVE = 25
_MAX_CAPTION = 60  # words of a line beside a picture that can be its caption; chosen by hand
_PREFIX = 40  # letters by which a segment is found again in the text


@dataclass(slots=True)  # not frozen, as Segment: a page has hundreds
class Decision:
    """Why a segment is text of the article or not. `rule`: the rule that decided; `sign`: the
    second sign that agrees with it, "" if there is none.
    """

    segment: Segment
    is_kept: bool
    rule: str
    sign: str = ""


@dataclass(frozen=True, slots=True)
class BlockDecision:
    """A decision as `extract --explain` prints it. `element`: the two innermost elements around the
    text, with their classes.
    """

    type: str
    text: str
    is_kept: bool
    rule: str
    sign: str
    element: str


@dataclass(frozen=True, slots=True)
class Losses:
    """`words`: words left out, by rule; `suspicious`: of these, those inside the article against
    which there is only a single sign.
    """

    words: Mapping[str, int] = field(default_factory=dict)
    suspicious: Mapping[str, int] = field(default_factory=dict)

    @property
    def problem(self) -> str | None:
        """The problem to be named in the article, if more than a little was left out."""
        count = sum(self.suspicious.values())
        if count < MIN_LOSS:
            return None
        rules = ", ".join(f"{rule} {words}" for rule, words in sorted(self.suspicious.items()))
        return f"text: {count} words inside the article were left out ({rules})"


def measure_losses(
    decisions: Sequence[Decision], blocks: Sequence[Block], known_texts: Sequence[str]
) -> Losses:
    """Counts the words of the page's sentences that are not in the blocks. `known_texts`: texts
    that the article has in other fields (headline, standfirst, description).
    """
    text = "\n".join(comparison_key(block.text) for block in blocks if block.text)
    known = "\n".join(map(comparison_key, known_texts))
    in_text = [bool(key) and _is_in(key, text) for key in (d.segment.key for d in decisions)]
    positions = [i for i, found in enumerate(in_text) if found]
    first, last = (positions[0], positions[-1]) if positions else (0, -1)
    start = _find_headline(decisions, known_texts, first)
    words: Counter[str] = Counter()
    suspicious: Counter[str] = Counter()
    above = 0
    for i, decision in enumerate(decisions):
        segment = decision.segment
        if in_text[i] or decision.rule == "copy" or not _can_be_prose(decision):
            continue
        if not decision.is_kept and _is_in(segment.key, known):
            continue
        count = len(segment.text.split())
        rule = decision.rule if not decision.is_kept else "header" if i < first else "lost"
        words[rule] += count
        if decision.sign or (not decision.is_kept and _is_caption(decisions, i)):
            continue
        if first < i < last and rule != "outside":
            suspicious[rule] += count
        elif start < i < first and not decision.is_kept:
            above += count
    if above >= MIN_LOSS_ABOVE:
        suspicious["above the text"] = above
    return Losses(dict(words), dict(suspicious))


def _can_be_prose(decision: Decision) -> bool:
    """Whether a segment can be a sentence; if it was taken for text, four words are enough."""
    segment = decision.segment
    return reads_as_text(segment) or (
        decision.is_kept and segment.type != "heading" and len(segment.text.split()) >= 4
    )


def _is_caption(decisions: Sequence[Decision], i: int) -> bool:
    """Whether a line beside a picture can be its caption."""
    if len(decisions[i].segment.text.split()) > _MAX_CAPTION:
        return False
    return any(other.segment.image for other in decisions[max(0, i - 1) : i + 2])


def _is_in(key: str, text: str) -> bool:
    """Whether a segment's text occurs in another, perhaps completed or cut."""
    return key[:_PREFIX] in text or (len(key) > _PREFIX and key[-_PREFIX:] in text)


def _find_headline(decisions: Sequence[Decision], titles: Sequence[str], first: int) -> int:
    """Returns the index of the headline before the first text, else of the segment before it."""
    keys = {comparison_key(title) for title in titles if title}
    return next(
        (i for i in range(first - 1, -1, -1) if decisions[i].segment.key in keys), max(first - 1, 0)
    )


def describe_decisions(
    decisions: Sequence[Decision], blocks: Sequence[Block]
) -> tuple[BlockDecision, ...]:
    """Returns the decisions in the order of the page, without references to its tree."""
    text = "\n".join(comparison_key(block.text) for block in blocks if block.text)
    result = []
    for decision in decisions:
        segment, is_kept, rule = decision.segment, decision.is_kept, decision.rule
        if is_kept and segment.text and not _is_in(segment.key, text):
            is_kept, rule = False, "header or end"
        shown = segment.text or (segment.image.url if segment.image else segment.token or "")
        result.append(
            BlockDecision(
                segment.type, shown, is_kept, rule, decision.sign, _describe_element(segment)
            )
        )
    return tuple(result)


def _describe_element(segment: Segment) -> str:
    """Returns the path of a segment, `div.story > p`; of a removed one, of what was removed."""
    node = segment.removal.element if segment.removal else segment.node
    if node is None:
        return ""
    parent = segment.removal.parent if segment.removal else node.getparent()
    return " > ".join(
        ".".join([str(element.tag), *(element.get("class") or element.get("id") or "").split()])
        for element in (parent, node)
        if element is not None
    )
