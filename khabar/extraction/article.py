"""Extracts the article of a page: calls the modules of this package in order, which
docs/extraction.md lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from khabar.extraction.blocks import ArticleContent, assemble_content
from khabar.extraction.body import ArticleBody, extract_body
from khabar.extraction.boilerplate import MIN_PROSE
from khabar.extraction.bylines import (
    add_dateline_credit,
    add_signature_credit,
    apply_byline_hints,
    parse_hinted_byline,
)
from khabar.extraction.document import (
    HtmlDocument,
    UnreadablePage,
    find_base_url,
    parse_meta_tags,
    parse_page,
)
from khabar.extraction.embedded_json import HydrationState
from khabar.extraction.embeds import ExtractedEmbeds, extract_embeds
from khabar.extraction.images import find_lead_image
from khabar.extraction.insets import extract_insets
from khabar.extraction.jsonld import parse_jsonld, text_values
from khabar.extraction.legacy_fonts import convert_legacy_fonts
from khabar.extraction.liveblog import add_update_times
from khabar.extraction.losses import (
    BlockDecision,
    Decision,
    describe_decisions,
    measure_losses,
)
from khabar.extraction.metadata import PageMetadata, extract_metadata
from khabar.extraction.next_story import remove_next_stories
from khabar.extraction.page_type import PageClassification, classify_page, find_paywall
from khabar.extraction.place import extract_place
from khabar.extraction.pruning import prune_tree
from khabar.extraction.reader_comments import remove_comments
from khabar.extraction.rights import extract_rights
from khabar.extraction.story_text import complete_text, place_script_embeds
from khabar.hindi.garbled import find_garbled_text
from khabar.hindi.language import detect_article_language
from khabar.hindi.names import ParsedByline
from khabar.model.items import Article, Page
from khabar.model.sources import ExtractionHints, Source


def extract_article(page: Page, source: Source | None = None) -> Article:
    """Extracts the article of a page. Raises nothing but MemoryError: a page that cannot be parsed
    gives an Article of type `other` with the reason in `problems`.
    """
    return _try_extraction(page, source)[0]


def explain_article(
    page: Page, source: Source | None = None
) -> tuple[Article, tuple[BlockDecision, ...]]:
    """Extracts the article of a page, and returns with it why each block of the page was taken for
    its text or not. Raises nothing but MemoryError.
    """
    article, decisions = _try_extraction(page, source)
    return article, describe_decisions(decisions, article.blocks)


def _try_extraction(page: Page, source: Source | None) -> tuple[Article, tuple[Decision, ...]]:
    try:
        return _extract_page(page, source)
    except MemoryError:
        raise  # the worker has reached its memory limit; the pool has to see this
    except UnreadablePage as error:
        problem = str(error)
    except Exception as error:  # noqa: BLE001  reported in this page's problems; others go on
        problem = f"extraction failed: {type(error).__name__}: {error}"
    signals = {"other": problem, "words": 0}
    return Article(page.url, "other", problems=(problem,), signals=signals), ()


def read_html(
    html: bytes | str,
    url: str,
    now: datetime | None = None,
    headers: Mapping[str, str] | None = None,
) -> Article:
    """Extracts the article from HTML without fetching anything; see `extract_article`. Relative
    dates on the page are resolved against `now` (default: the current time).
    """
    body = html.encode("utf-8", "replace") if isinstance(html, str) else html
    return extract_article(Page(url, body, now or datetime.now(UTC), headers=headers or {}))


def _extract_page(page: Page, source: Source | None) -> tuple[Article, tuple[Decision, ...]]:
    root, problems, _alive = parse_page(page)
    problems += convert_legacy_fonts(root, page.body)
    nodes, jsonld_problems = parse_jsonld(root)
    state = HydrationState(root)
    base_url = find_base_url(root, page.url)
    page_embeds = extract_embeds(root, base_url, page.fetched_at, nodes)
    problems += page_embeds.problems
    meta_tags = parse_meta_tags(root)
    doc = HtmlDocument(page.url, root, page.fetched_at, page.headers, meta_tags, nodes, base_url)
    page_insets = extract_insets(doc, page_embeds.token_pattern)
    meta = extract_metadata(doc, source)
    rights, paywall = extract_rights(doc), find_paywall(root)
    hints = _select_hints(source, meta)
    problems += remove_next_stories(
        doc, meta.headline, [url for url in (page.url, meta.canonical_url, meta.amp_url) if url]
    )
    remove_comments(root, meta.headline.element, page.fetched_at)
    removals = prune_tree(root, hints.drop)
    body_texts = text_values(meta.article.get("articleBody"))
    body = extract_body(
        doc,
        root,
        page_embeds.token_pattern,
        meta.headline.element,
        hints.containers,
        body_texts,
        removals,
        meta.publishers,
        meta.credits.authors,
    )
    classification = classify_page(
        doc, root, body, meta.article, meta.headline, meta.dates, paywall
    )
    body = (
        add_update_times(doc, body, meta.headline.element, meta.dates)
        if classification.page_type == "liveblog"
        else body
    )
    meta, body = _apply_byline_hints(meta, body, hints.bylines)
    paragraphs = [segment for segment in body.segments if segment.type == "paragraph"]
    credits = add_dateline_credit(meta.credits, paragraphs[0].text if paragraphs else "")
    meta = replace(meta, credits=add_signature_credit(credits, paragraphs))
    gallery = classification.page_type == "gallery"
    content = assemble_content(doc, body, page_embeds, page_insets, meta, state, gallery=gallery)
    content, classification = complete_text(content, doc, body, meta, state, classification)
    content = place_script_embeds(content, page_embeds)
    losses = measure_losses(
        body.decisions,
        content.blocks,
        (meta.headline.text or "", meta.subtitle or "", *_list_descriptions(doc, meta)),
    )
    article = _build_article(doc, meta, content, classification, page_embeds)
    if losses.problem and article.page_type != "listing":
        problems = [*problems, losses.problem]
    article = replace(
        article,
        rights=rights,
        problems=tuple(dict.fromkeys((*problems, *jsonld_problems, *article.problems))),
        signals={
            **article.signals,
            "dropped": dict(losses.words),
            "left_out": bool(losses.problem),
        },
    )
    return article, body.decisions


def _list_descriptions(doc: HtmlDocument, meta: PageMetadata) -> list[str]:
    """Returns the descriptions of the article in meta tags and JSON-LD: often its standfirst."""
    names = ("description", "og:description", "twitter:description")
    values = [value for name in names for value in doc.meta.get(name, ())]
    return [*values, *text_values(meta.article.get("description"))]


def _select_hints(source: Source | None, meta: PageMetadata) -> ExtractionHints:
    """Returns the source's CSS selectors that were valid on the page's publication date."""
    if source is None:
        return ExtractionHints()
    day = meta.dates.published_at.iso[:10] if meta.dates.published_at else None
    return source.extraction_hints(date.fromisoformat(day) if day else None)


def _apply_byline_hints(
    meta: PageMetadata, body: ArticleBody, openings: tuple[str, ...]
) -> tuple[PageMetadata, ArticleBody]:
    """Moves the byline that opens with one of the source's own words from the body, where it stands
    before the first long paragraph, to the credits.
    """
    if not openings:
        return meta, body
    byline = ParsedByline()
    for i, segment in enumerate(body.segments):
        if segment.type not in ("paragraph", "heading"):
            continue
        if hinted := parse_hinted_byline(segment.text, openings):
            byline = hinted
            body = replace(body, segments=(*body.segments[:i], *body.segments[i + 1 :]))
            break
        if segment.type == "paragraph" and len(segment.text) >= MIN_PROSE:
            break
    return replace(meta, credits=apply_byline_hints(meta.credits, byline, openings)), body


def _build_article(
    doc: HtmlDocument,
    meta: PageMetadata,
    content: ArticleContent,
    classification: PageClassification,
    page_embeds: ExtractedEmbeds,
) -> Article:
    keeps_text = classification.page_type not in ("listing", "other")
    text = "\n\n".join(block.text for block in content.blocks)
    paragraphs = [block.text for block in content.blocks if block.type == "paragraph"]
    place, place_origin = (
        extract_place(meta.article, meta.credits, meta.headline.element, paragraphs[:2])
        if keeps_text
        else (None, "")
    )
    captions = "\n".join(image.caption for image in content.images if image.caption)
    title = meta.headline.text or ""
    language = detect_article_language(title, text or captions)
    garbled, is_unreadable = find_garbled_text(title, text, language.code)
    code = None if is_unreadable else language.code
    lead, lead_origin = find_lead_image(doc, meta.article, content.lead_images, content.images)
    credits = meta.credits
    origins = {
        "authors": credits.origin if credits.authors else "",
        "desk": (credits.desk_origin or credits.origin) if credits.desk else "",
        "place": place_origin,
        "lead_image": lead_origin,
        "language": "text" if code else "",
    }
    published_at, modified_at = meta.dates.published_at, meta.dates.modified_at
    garbled_problems = (f"text: {garbled}",) if garbled else ()
    rejection = [str(reason)] if (reason := classification.signals.get("other")) else []
    return Article(
        url=doc.url,
        page_type=classification.page_type,
        title=meta.headline.text,
        subtitle=meta.subtitle,
        canonical_url=meta.canonical_url,
        amp_url=meta.amp_url,
        next_url=meta.next_url,
        previous_url=meta.previous_url,
        authors=meta.credits.authors if keeps_text else (),
        desk=meta.credits.desk if keeps_text else None,
        place=place,
        section=meta.section,
        tags=meta.tags,
        language=code,
        published_at=published_at.iso if published_at and keeps_text else None,
        published_precision=published_at.precision if published_at and keeps_text else None,
        modified_at=modified_at.iso if modified_at and keeps_text else None,
        blocks=content.blocks if keeps_text else (),
        embeds=content.embeds,
        images=content.images if keeps_text else (),
        lead_image=lead if keeps_text else None,
        insets=content.insets if keeps_text else (),
        provenance={
            name: origin for name, origin in {**meta.provenance, **origins}.items() if origin
        },
        problems=(*meta.problems, *content.problems, *garbled_problems, *rejection),
        signals={
            **classification.signals,
            "language_shares": dict(language.shares),
            "unknown_embed_hosts": dict(page_embeds.unknown_hosts),
            "unknown_embed_paths": dict(page_embeds.unknown_paths),
        },
    )
