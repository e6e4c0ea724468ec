"""Reading: one fetched page in, one Article out. Pure: no network, no database, no state between pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256

import msgspec

from khabar.extraction.blocks import Assembled, assemble
from khabar.extraction.body import read_body
from khabar.extraction.boilerplate import prune
from khabar.extraction.bylines import read_place, signed
from khabar.extraction.document import Document, Unreadable, parse, read_meta
from khabar.extraction.embedded_json import State, story
from khabar.extraction.embeds import Lifted, lift
from khabar.extraction.images import lead_image
from khabar.extraction.jsonld import read_jsonld, texts_of
from khabar.extraction.liveblog import timed
from khabar.extraction.metadata import Metadata, read_metadata
from khabar.extraction.page_type import Verdict, judge_page, wall_of
from khabar.extraction.pagination import joined, stranger
from khabar.extraction.rights import read_rights
from khabar.hindi.language import detect
from khabar.model.items import Article, Block, Page
from khabar.model.sources import Reading, Source

__all__ = ["EXTRACTOR_VERSION", "joined", "read", "read_html", "stranger", "version_of"]

EXTRACTOR_VERSION = "2"  # raised with every change that reads some page differently
_FEW = 200  # characters: less text in the tree sends the reader to the page's state


def version_of(source: Source | None) -> str:
    """Today's extractor as it reads a source: EXTRACTOR_VERSION, and a mark of the source's own hints if it has any."""
    hints = (source.reading, source.layout) if source else ()
    if not any(one not in ((), Reading()) for one in hints):
        return EXTRACTOR_VERSION
    return f"{EXTRACTOR_VERSION}+{sha256(msgspec.json.encode(hints)).hexdigest()[:6]}"


def read(page: Page, source: Source | None = None) -> Article:
    """The article on a page. Never raises (but MemoryError): what cannot be read is an `other` page that says why."""
    try:
        return _read(page, source)
    except MemoryError:
        raise  # the worker is at its limit: the pool must know
    except Unreadable as error:
        why = str(error)
    except Exception as error:  # noqa: BLE001  one page's oddity is named on that page and stops nothing else
        why = f"the reader stumbled: {type(error).__name__}: {error}"
    return Article(page.url, "other", problems=(why,), signals={"other": why, "words": 0})


def read_html(
    html: bytes | str, url: str, now: datetime | None = None, headers: Mapping[str, str] | None = None
) -> Article:
    """`read` for HTML at hand. `now` (default: the present) is what relative dates count from."""
    body = html.encode("utf-8", "replace") if isinstance(html, str) else html
    return read(Page(url, body, now or datetime.now(UTC), headers=headers or {}))


def _read(page: Page, source: Source | None) -> Article:
    root, problems = parse(page)
    _alive = list(root.iter())  # lxml makes an element's wrapper anew at each visit unless somebody holds it
    nodes, broken = read_jsonld(root)
    state = State(root)
    lifted = lift(root, page.url, page.fetched_at)
    doc = Document(page.url, root, page.fetched_at, page.headers, read_meta(root), nodes)
    meta = read_metadata(doc, source)
    rights, walled = read_rights(doc), wall_of(root)
    hints = _hints(source, meta)
    prune(root, hints.drop)
    told = texts_of(meta.article.get("articleBody"))
    body = read_body(doc, root, lifted.pattern, meta.headline.element, hints.containers, told)
    verdict = judge_page(doc, root, body, meta.article, meta.headline, meta.times, walled)
    body = timed(doc, body, meta.headline.element, meta.times) if verdict.page_type == "liveblog" else body
    opening = next((piece.text for piece in body.pieces if piece.type == "paragraph"), "")
    meta = replace(meta, credits=signed(meta.credits, opening))
    gallery = verdict.page_type == "gallery"
    parts = _told(assemble(doc, body, lifted, meta, state, gallery=gallery), meta, state, verdict)
    article = _article(doc, meta, parts, verdict, lifted)
    return replace(article, rights=rights, problems=(*problems, *broken, *article.problems))


def _hints(source: Source | None, meta: Metadata) -> Reading:
    """The source's selectors for the layout of the day the page was published."""
    if source is None:
        return Reading()
    day = meta.times.published.iso[:10] if meta.times.published else None
    return source.reading_on(date.fromisoformat(day) if day else None)


def _told(parts: Assembled, meta: Metadata, state: State, verdict: Verdict) -> Assembled:
    """When the tree holds no story but the page's state or JSON-LD does, the story as told there."""
    if verdict.page_type not in ("article", "other") or "soft_404" in verdict.signals:
        return parts
    if sum(len(block.text) for block in parts.blocks) >= _FEW:
        return parts
    paragraphs = story(state.strings, texts_of(meta.article.get("articleBody")), at_least=_FEW)
    if not paragraphs:
        return parts
    others = tuple(block for block in parts.blocks if not block.text)
    blocks = (*(Block("paragraph", text) for text in paragraphs), *others)
    return replace(parts, blocks=blocks, problems=(*parts.problems, "text: read from the page's state, not its tree"))


def _nothing(verdict: Verdict) -> list[str]:
    """Why a page that is no article is none."""
    return [str(verdict.signals["other"])] if "other" in verdict.signals else []


def _article(doc: Document, meta: Metadata, parts: Assembled, verdict: Verdict, lifted: Lifted) -> Article:
    keeps = verdict.page_type not in ("listing", "other")
    text = "\n\n".join(block.text for block in parts.blocks)
    first = next((block.text for block in parts.blocks if block.type == "paragraph"), "")
    place, place_how = read_place(doc, meta.article, meta.credits, meta.headline, first) if keeps else (None, "")
    captions = "\n".join(image.caption for image in parts.images if image.caption)
    language = detect(f"{meta.headline.text or ''}\n{text or captions}")
    lead, lead_how = lead_image(doc, meta.article, parts.above, parts.images)
    desk_how = meta.credits.how if meta.credits.desk else ""
    hows = {"desk": desk_how, "place": place_how, "lead_image": lead_how, "language": "text" if language.code else ""}
    published, modified = meta.times.published, meta.times.modified
    return Article(
        url=doc.url,
        page_type=verdict.page_type,
        title=meta.headline.text,
        subtitle=meta.subtitle,
        canonical_url=meta.canonical_url,
        amp_url=meta.amp_url,
        next_url=meta.next_url,
        previous_url=meta.previous_url,
        authors=meta.credits.authors if keeps else (),
        desk=meta.credits.desk if keeps else None,
        place=place,
        section=meta.section,
        tags=meta.tags,
        language=language.code,
        published_at=published.iso if published and keeps else None,
        published_precision=published.precision if published and keeps else None,
        modified_at=modified.iso if modified and keeps else None,
        blocks=parts.blocks if keeps else (),
        embeds=parts.embeds,
        images=parts.images if keeps else (),
        lead_image=lead if keeps else None,
        provenance={**meta.provenance, **{name: how for name, how in hows.items() if how}},
        problems=(*meta.problems, *parts.problems, *_nothing(verdict)),
        signals={
            **verdict.signals,
            "language_shares": dict(language.shares),
            "unknown_embed_hosts": dict(lifted.unknown_hosts),
        },
    )
