"""Dates as the page shows them: <time> elements and short lines near the headline, by what they say they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Literal, cast

from khabar.extraction.boilerplate import names_of
from khabar.extraction.datetimes import LINE, Moment, Precision, possible
from khabar.extraction.document import Document, Element, listed
from khabar.hindi.dates import find_dates

Kind = Literal["published", "modified"]
_LABEL = re.compile(
    r"(?P<published>first\s+published|publish(?:ed)?(?:\s+(?:on|date|at))?|posted\s+on|created\s+on|प्रकाशित|पब्लिश|पब्लिशड)"
    r"|(?P<modified>last\s+updated|updated?(?:\s+(?:on|at))?|modified|अपडेटेड|अपडेट|संशोधित)",
    re.I,
)
_DATED = re.compile(r"[\d०-९]{4}|[\d०-९]{1,2}\s*[:.]\s*[\d०-९]{2}|पहले|\bago\b")
_DATED_IN = listed("div span p li td small strong h4 h5 h6 time em font b")
_APART = frozenset(listed("div p ul ol table script style h1 h2 h3 h4 h5 h6 section article header figure blockquote"))
_SENTENCE = re.compile(r"[।?!](?:\s|$)|\s(?:ने|को|में|से|का|के|की|है|हैं|था|थे|थी|कि|लिए|the|was|were|is|has|have)\s", re.I)
_LABEL_AT = 40  # characters in which a label stands, behind a name maybe
_DIGIT = re.compile(r"\d")
NOT_OURS = re.compile(
    r"comment|related|sidebar|rhs|recommend|popular|trending|footer|also|card|teaser|latest|more-|menu|next", re.I
)


def time_tags(root: Element, headline: Element | None) -> Iterator[tuple[Kind, str]]:
    """<time> and itemprop dates of the smallest element around the headline that has any."""
    for holder in _around(root, headline):
        found = [
            node for node in holder.iter("time", "abbr", "span", "div", "p") if _is_time(node) and _ours(node, holder)
        ]
        if found:
            for node in found[:6]:
                yield (
                    _kind_of(node),
                    node.get("datetime") or node.get("content") or node.get("title") or node.text_content(),
                )
            return


def _is_time(node: Element) -> bool:
    return node.tag == "time" or node.get("itemprop") in ("datePublished", "dateModified", "dateCreated")


def _kind_of(node: Element) -> Kind:
    names = f"{names_of(node)} {node.get('itemprop') or ''}".lower()
    if re.search(r"publish|entry-date|created", names):
        return "published"
    label = _LABEL.search(
        f"{node.getprevious().text_content()[-30:] if node.getprevious() is not None else ''} {node.text_content()}"
    )
    return "modified" if re.search(r"modif|updat", names) or (label and label["modified"]) else "published"


def _around(root: Element, headline: Element | None) -> Iterator[Element]:
    """Ever larger elements around the headline; the whole body last."""
    body = root.find("body")
    if headline is None:
        yield body
        return
    for holder in headline.iterancestors():
        if holder.tag != "html":
            yield holder


def _ours(node: Element, holder: Element) -> bool:
    """Whether no element between the node and the holder is a comment, a card or a sidebar."""
    for parent in (node, *node.iterancestors()):
        if parent is holder:
            return True
        if parent.tag in ("aside", "nav", "footer", "li", "a") or _foreign(names_of(parent)):
            return False
    return True


@lru_cache(maxsize=4096)  # a page's elements have few names
def _foreign(names: str) -> bool:
    return bool(NOT_OURS.search(names))


def visible_dates(doc: Document, headline: Element | None) -> Iterator[tuple[Kind, Moment]]:
    """Dates in short lines near the headline; further away only those that say what they are."""
    found: list[tuple[Kind, Moment]] = []
    seen: set[Element] = set()
    for holder in list(_around(doc.root, headline))[:8]:
        here = [one for line in _lines(holder, headline, seen) for one in _read_line(line, doc.now)]
        if found:
            here = [one for one in here if one[0] == "published" and one[1].labelled]
        found += [one for one in here if one not in found]
        if any(kind == "published" and moment.labelled for kind, moment in found):
            break
    yield from found


def _lines(holder: Element, headline: Element | None, seen: set[Element]) -> Iterator[str]:
    """Short dated lines of the holder that no smaller one had; `seen` grows."""
    for node in holder.iter(*_DATED_IN):
        if node in seen:
            continue
        seen.add(node)
        own = _own_words(node) if node is not headline else ""
        if not (_DIGIT.search(own) or "पहले" in own or "ago" in own.lower()):  # the cheap question first
            continue
        own = " ".join(own.split())
        if 6 <= len(own) <= LINE and _DATED.search(own) and not _tells(own) and _ours(node, holder):
            yield own if _LABEL.search(own) else f"{_label_before(node)} {own}".strip()


def _tells(line: str) -> bool:
    """Whether a line is a sentence that speaks of some day, not one that says when the page was written."""
    label = _LABEL.search(line[:_LABEL_AT])
    return label is None and bool(_SENTENCE.search(line))


def _own_words(node: Element) -> str:
    """An element's words without those of the blocks inside it."""
    if not len(node):
        return node.text or ""
    parts = [node.text or ""]
    for child in node:
        parts += [
            "" if child.tag in _APART else child.text_content(),
            child.tail or "",
        ]
    return " ".join(parts)


def _label_before(node: Element) -> str:
    """`Updated :` that stands right before the element that holds the date."""
    previous = node.getprevious()
    text = node.getparent().text or "" if previous is None else f"{previous.text_content()[-60:]}{previous.tail or ''}"
    found = list(_LABEL.finditer(text[-60:]))
    return found[-1].group() if found and re.fullmatch(r"[\s:：|\-–]*", text[-60:][found[-1].end() :]) else ""


def _read_line(line: str, now: datetime) -> list[tuple[Kind, Moment]]:
    labels = list(_LABEL.finditer(line))
    edges = [0, *(label.start() for label in labels), len(line)]
    kinds: list[Kind | None] = [None]
    kinds += ["published" if label["published"] else "modified" for label in labels]
    found: list[tuple[Kind, Moment]] = []
    for kind, start, end in zip(kinds, edges, edges[1:], strict=False):
        for one in find_dates(line[start:end], now)[:1]:
            # relative times ("2 घंटे पहले") are the page's age at fetching: only a last resort, as a day
            iso, precision = (one.iso[:10], "day") if one.relative else (one.iso, one.precision)
            moment = Moment(iso, cast(Precision, precision), "visible", labelled=kind is not None)
            if possible(moment, now):
                found.append((kind or "published", moment))
    return found
