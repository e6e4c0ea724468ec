"""Indexes of the markup in the table of providers, and widgets that are no embeds. Data only."""

from __future__ import annotations

import re

from khabar.extraction.embeds.providers import PROVIDERS
from khabar.extraction.embeds.providers.row import IdAttribute, id_attributes, split_names

__all__ = [
    "ELEMENT_ID",
    "ELEMENT_ID_PATTERNS",
    "ID_ATTRIBUTES",
    "QUOTE_PROVIDERS",
    "WIDGET_CLASSES",
    "WIDGET_TAGS",
    "IdAttribute",
    "split_names",
]

# The attributes of all providers, and those of codes that may hold any provider's URL.
ID_ATTRIBUTES: tuple[IdAttribute, ...] = (
    *id_attributes(
        "{}",
        "[data-khabar-bare]",
        "[data-khabar-script]",
        "[data-iframely-url]",
        "[data-embed-url]",
        "[data-oembed-url]",
        "oembed[url]",
        "amp-embedly-card[data-url]",
        "amp-iframely[data-url]",
        "amp-google-document-embed[src]",
    ),
    # Attributes that name a player's provider; its id is in an attribute beside them.
    *id_attributes(
        "",
        "[data-provider]",
        "[data-plyr-provider]",
        "[data-video-provider]",
        "[data-embed-provider]",
        "[data-media-provider]",
        "[data-video-type]",
        "[data-embed-type]",
        "[data-video-source]",
        "[data-platform]",
        "[data-loader]",
        "[provider]",
    ),
    *(id_attribute for row in PROVIDERS for id_attribute in row.id_attributes),
)
ELEMENT_ID_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    pattern for row in PROVIDERS for pattern in row.element_id_patterns
)
# Matches every `id` that one of the patterns matches.
ELEMENT_ID = re.compile("|".join(pattern.pattern for pattern, _ in ELEMENT_ID_PATTERNS))
# Classes of the providers' blockquotes → provider; "" if the class does not determine it.
QUOTE_PROVIDERS: dict[str, str] = {
    "embedly-card": "",
    **{name: row.name for row in PROVIDERS for name in row.quote_classes},
}

# Buttons, boxes and timelines of the same companies, which look like embeds but are not.
WIDGET_CLASSES: frozenset[str] = split_names(
    """
    twitter-timeline twitter-follow-button twitter-share-button twitter-mention-button
    twitter-hashtag-button twitter-dm-button twitter-moment
    fb-page fb-like fb-like-box fb-comments fb-comments-count fb-share-button
    fb-follow fb-save fb-send fb-group fb-quote fb-customerchat fb-login-button fb-send-to-messenger
    g-ytsubscribe g-plusone g-follow addthis_toolbox addthis_inline_share_toolbox a2a_kit
    sharethis-inline-share-buttons
    """
)
WIDGET_TAGS = (
    "amp-facebook-page",
    "amp-facebook-like",
    "amp-facebook-comments",
    "amp-social-share",
    "amp-consent",
    "amp-ad",
    "amp-embed",
    "amp-sticky-ad",
    "amp-auto-ads",
    "amp-analytics",
    "amp-pixel",
    "amp-web-push",
    "amp-web-push-widget",
    "fb:like",
    "fb:page",
    "fb:comments",
    "fb:share-button",
    "fb:like-box",
    "fb:fan",
    "g:plusone",
)
