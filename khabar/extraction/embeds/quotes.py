"""Classifies the post in a blockquote that a provider's embed code shows."""

from __future__ import annotations

from lxml.html import HtmlElement

from khabar.extraction.embeds import element, post_text
from khabar.extraction.embeds.classify import EmbedTarget, classify_direct_url, classify_page
from khabar.extraction.embeds.id_attributes import QUOTE_PROVIDERS

_ATTRIBUTED = ("x", "bluesky", "koo")  # their code has the post's text and `— Name (@handle)`


def classify_quote(el: HtmlElement, base: str) -> tuple[EmbedTarget, str | None] | None:
    """Returns what a blockquote shows, and its URL as written. None for a quotation."""
    names = (el.get("class") or "").split()
    provider = next((QUOTE_PROVIDERS[name] for name in names if name in QUOTE_PROVIDERS), None)
    if provider is None or provider in _ATTRIBUTED:
        return _classify_attributed_quote(el, base, provider)
    urls = [*element.find_urls(el), *(a.get("href") or "" for a in el.iter("a"))]
    for url in urls:
        target = classify_direct_url(url, base) if url else None
        if target and provider in ("", target.provider) and (target.id or not provider):
            return target, url
    return _classify_page_quote(provider, urls)


def _classify_page_quote(provider: str, urls: list[str]) -> tuple[EmbedTarget, str] | None:
    """Classifies the embed code of a provider's page that is no post: a profile, a list."""
    for url in urls:
        target = classify_page(url)
        if target and provider in ("", target.provider):
            return target, url
    return None


def _classify_attributed_quote(
    el: HtmlElement, base: str, provider: str | None
) -> tuple[EmbedTarget, str | None] | None:
    link = post_text.find_permalink(el)
    if link is not None and (target := classify_direct_url(link.get("href") or "", base)):
        post = post_text.read_post(el, target.provider)
        is_embed_code = provider is None and (post.handle or not post.text)
        if provider == target.provider or is_embed_code:
            return target, link.get("href")
    if provider is None:
        return _classify_unclassed_quote(el)
    # the permalink is missing, the post's text is not
    if provider == "x" and post_text.read_post(el, "x").handle:
        return EmbedTarget("x", "post", None, None), None
    links = list(el.iter("a"))
    if len(links) == 1 and "".join(links[0].itertext()).strip() == "".join(el.itertext()).strip():
        return _classify_page_quote(provider, [links[0].get("href") or ""])
    return None  # its links are words of the quotation


def _classify_unclassed_quote(el: HtmlElement) -> tuple[EmbedTarget, str | None] | None:
    """Classifies an Instagram or Threads embed snippet whose class a CMS removed."""
    urls = [a.get("href") or "" for a in el.iter("a")]
    if "instagram.com/" not in "".join(urls) or not post_text.read_post(el, "instagram").handle:
        return None
    target = next((found for url in urls if (found := classify_direct_url(url))), None)
    return (target, target.url) if target else None
