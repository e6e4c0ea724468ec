"""Table of attributes that hold embed ids: tag, class or attribute → URL template. Data only."""

from __future__ import annotations

import re
from dataclasses import dataclass


def split_names(text: str) -> frozenset[str]:
    """Splits a string of tags, classes or hosts at white space."""
    return frozenset(text.split())


@dataclass(frozen=True)
class IdAttribute:
    """An attribute that identifies an embed.

    `selector` is a tag, a .class, or "" for any element with the attributes `attrs`. Their values
    fill `url_template` in order. A value that is itself a URL is classified directly. Without
    `url_template` the values joined by "/" are the id, and `provider` and `kind` must be set.
    """

    selector: str
    attrs: tuple[str, ...]
    url_template: str = "{}"
    provider: str = ""
    kind: str = ""
    value_prefix: tuple[str, str] | None = None  # (attribute, required start of its value)


_X = "https://x.com/i/status/{}"
_YT = "https://www.youtube.com/watch?v={}"
_JW = "https://cdn.jwplayer.com/videos/{}"
_DM = "https://www.dailymotion.com/video/{}"
_BC = "https://players.brightcove.net/{}/default_default/index.html?videoId={}"
_BC_LIST = "https://players.brightcove.net/{}/default_default/index.html?playlistId={}"

ID_ATTRIBUTES: tuple[IdAttribute, ...] = (
    IdAttribute("", ("data-khabar-bare",)),
    IdAttribute("", ("data-tweet-id",), _X),
    IdAttribute("", ("data-tweetid",), _X),
    IdAttribute("", ("data-twitter-id",), _X),
    IdAttribute("", ("data-tweet-url",)),
    IdAttribute("", ("data-instgrm-permalink",)),
    IdAttribute("", ("data-text-post-permalink",)),
    IdAttribute("", ("data-koo-permalink",)),
    IdAttribute("", ("data-bluesky-uri",)),
    IdAttribute("", ("data-telegram-post",), "https://t.me/{}"),
    IdAttribute("", ("data-iframely-url",)),
    IdAttribute("", ("data-youtube-id",), _YT),
    IdAttribute("", ("data-youtube-video-id",), _YT),
    IdAttribute("", ("data-youtubeid",), _YT),
    IdAttribute("", ("data-ytid",), _YT),
    IdAttribute("", ("data-yt-id",), _YT),
    IdAttribute("", ("data-yt-video-id",), _YT),
    IdAttribute("", ("data-youtube",), _YT),
    IdAttribute("", ("data-vimeo-id",), "https://vimeo.com/{}"),
    IdAttribute("", ("data-dailymotion-id",), _DM),
    IdAttribute("", ("data-dm-id",), _DM),
    IdAttribute("", ("data-slikeid",), "", "slike", "video"),
    IdAttribute("", ("data-slike-id",), "", "slike", "video"),
    IdAttribute("", ("data-jw-media-id",), _JW),
    IdAttribute("", ("data-jwplayer-id",), _JW),
    IdAttribute("", ("data-gistid",), "https://gist.github.com/{}"),
    IdAttribute("", ("data-embed-url",)),
    IdAttribute("", ("data-oembed-url",)),
    IdAttribute("oembed", ("url",)),
    IdAttribute("lite-youtube", ("videoid",), _YT),
    IdAttribute("youtube-video", ("src",)),
    IdAttribute("lite-vimeo", ("videoid",), "https://vimeo.com/{}"),
    IdAttribute("amp-youtube", ("data-videoid",), _YT),
    IdAttribute(
        "amp-youtube",
        ("data-live-channelid",),
        "https://www.youtube.com/embed/live_stream?channel={}",
    ),
    IdAttribute("amp-instagram", ("data-shortcode",), "https://www.instagram.com/p/{}/"),
    IdAttribute("amp-facebook", ("data-href",)),
    IdAttribute("fb:post", ("href",)),
    IdAttribute("fb:video", ("href",)),
    IdAttribute("amp-tiktok", ("data-src",), "https://www.tiktok.com/embed/v2/{}"),
    IdAttribute("amp-reddit", ("data-src",)),
    IdAttribute("amp-pinterest", ("data-url",)),
    IdAttribute("amp-embedly-card", ("data-url",)),
    IdAttribute("amp-iframely", ("data-url",)),
    IdAttribute("amp-imgur", ("data-imgur-id",), "https://imgur.com/{}"),
    IdAttribute("amp-gist", ("data-gistid",), "https://gist.github.com/{}"),
    IdAttribute("amp-vimeo", ("data-videoid",), "https://vimeo.com/{}"),
    IdAttribute("amp-dailymotion", ("data-videoid",), _DM),
    IdAttribute("amp-jwplayer", ("data-media-id",), _JW),
    IdAttribute("amp-jwplayer", ("data-playlist-id",), "https://cdn.jwplayer.com/v2/playlists/{}"),
    IdAttribute("amp-brightcove", ("data-account", "data-video-id"), _BC),
    IdAttribute("amp-brightcove", ("data-account", "data-playlist-id"), _BC_LIST),
    IdAttribute("amp-slikeplayer", ("data-videoid",), "", "slike", "video"),
    IdAttribute("amp-soundcloud", ("data-trackid",), "https://api.soundcloud.com/tracks/{}"),
    IdAttribute("amp-soundcloud", ("data-playlistid",), "https://api.soundcloud.com/playlists/{}"),
    IdAttribute(
        "amp-wistia-player", ("data-media-hashed-id",), "https://fast.wistia.net/embed/iframe/{}"
    ),
    IdAttribute("amp-google-document-embed", ("src",)),
    IdAttribute("video", ("video-id",), _JW, value_prefix=("data-source", "jw")),
    IdAttribute("", ("data-account", "data-video-id"), _BC),
    IdAttribute("", ("data-account", "data-playlist-id"), _BC_LIST),
    IdAttribute(
        "script", ("data-video",), _DM, value_prefix=("src", "https://geo.dailymotion.com/")
    ),
    IdAttribute("script", ("data-video",), _DM, value_prefix=("src", "//geo.dailymotion.com/")),
    IdAttribute(
        "script",
        ("data-playlist",),
        "https://www.dailymotion.com/playlist/{}",
        value_prefix=("src", "https://geo.dailymotion.com/"),
    ),
    IdAttribute(".fb-post", ("data-href",)),
    IdAttribute(".fb-video", ("data-href",)),
    IdAttribute(".fb-comment-embed", ("data-href",)),
    IdAttribute(".rll-youtube-player", ("data-id",), _YT),
    IdAttribute(".youtube-player", ("data-id",), _YT),
    IdAttribute(".youtube-player", ("data-video-id",), _YT),
    IdAttribute(".youtube", ("data-id",), _YT),
    IdAttribute(".youtube", ("data-embed",), _YT),
    IdAttribute(".youtube", ("data-video-id",), _YT),
    IdAttribute(".youtube", ("data-videoid",), _YT),
    IdAttribute(".youtube-embed", ("data-id",), _YT),
    IdAttribute(".youtube-embed", ("data-video-id",), _YT),
    IdAttribute(".youtube-embed", ("data-videoid",), _YT),
    IdAttribute(".lite-youtube", ("data-id",), _YT),
    IdAttribute(".dailymotion-player", ("data-video",), _DM),
    IdAttribute(".dailymotion-cpe", ("data-video-id",), _DM),
    IdAttribute(".jwplayer", ("data-media-id",), _JW),
    IdAttribute(".jw-player", ("data-media-id",), _JW),
    IdAttribute(".jwplayer", ("data-video-id",), _JW),
    IdAttribute(".flourish-embed", ("data-src",), "https://public.flourish.studio/{}/"),
    IdAttribute(".flourish-embed-iframe", ("data-src",), "https://public.flourish.studio/{}/"),
    IdAttribute(".infogram-embed", ("data-id",), "https://infogram.com/{}"),
    IdAttribute(".tiktok-embed", ("cite",)),
    IdAttribute(".tiktok-embed", ("data-video-id",), "https://www.tiktok.com/embed/v2/{}"),
    IdAttribute(".koo-media", ("data-koo-id",), "https://embed.kooapp.com/embedKoo?kooId={}"),
    IdAttribute(".imgur-embed-pub", ("data-id",), "https://imgur.com/{}"),
    IdAttribute(".mastodon-embed", ("data-embed-url",)),
    IdAttribute(".tumblr-post", ("data-href",)),
    IdAttribute(".issuuembed", ("data-url",)),
)

# Embed ids inside an element's `id`, as written by the codes of players and charts.
ELEMENT_ID_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"^datawrapper-(?:vis|chart)-([A-Za-z0-9]{5})$"),
        "https://datawrapper.dwcdn.net/{}/",
    ),
    (re.compile(r"^(?:botr|jwplayer)_([A-Za-z0-9]{8})_[A-Za-z0-9]{8}_div$"), _JW),
    (re.compile(r"^ig-tp-([\w-]{5,40})$"), "https://www.threads.com/t/{}"),
    (re.compile(r"^WYL_([\w-]{11})$"), _YT),
    (re.compile(r"^infogram_\d+_([\w-]{6,})$"), "https://infogram.com/{}"),
)

# Classes of the providers' blockquotes → provider; "" if the class does not determine it.
QUOTE_PROVIDERS: dict[str, str] = {
    "twitter-tweet": "x",
    "twitter-video": "x",
    "twitter-tweet-rendered": "x",
    "instagram-media": "instagram",
    "text-post-media": "threads",
    "koo-media": "koo",
    "reddit-embed-bq": "reddit",
    "reddit-card": "reddit",
    "tiktok-embed": "tiktok",
    "bluesky-embed": "bluesky",
    "mastodon-embed": "mastodon",
    "embedly-card": "",
    "imgur-embed-pub": "imgur",
    "fb-xfbml-parse-ignore": "facebook",
}

# Buttons, boxes and timelines of the same companies, which look like embeds but are not.
WIDGET_CLASSES: frozenset[str] = split_names(
    """
    twitter-timeline twitter-follow-button twitter-share-button twitter-mention-button
    twitter-hashtag-button twitter-dm-button twitter-moment
    fb-page fb-like fb-like-box fb-comments fb-comments-count fb-share-button
    fb-follow fb-save fb-send fb-group fb-quote fb-customerchat fb-login-button fb-send-to-messenger
    g-ytsubscribe g-plusone g-follow addthis_toolbox addthis_inline_share_toolbox a2a_kit
    sharethis-inline-
    share-buttons
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
