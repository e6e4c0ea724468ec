"""Where the id hides when it is in no URL: tag, class or attribute → the URL it stands for. Data only."""

from __future__ import annotations

import re
from dataclasses import dataclass


def names(text: str) -> frozenset[str]:
    """Tags, classes or hosts written as words."""
    return frozenset(text.split())


@dataclass(frozen=True)
class Mark:
    """`on` is a tag, a .class, or "" for any element that carries the attributes; `url` takes their values in order.

    A value that is a URL itself is read as one. Without `url` the values, joined by "/", are the id.
    """

    on: str
    attrs: tuple[str, ...]
    url: str = "{}"
    provider: str = ""
    kind: str = ""
    only: tuple[str, str] | None = None  # attribute and what its value must start with


_X = "https://x.com/i/status/{}"
_YT = "https://www.youtube.com/watch?v={}"
_JW = "https://cdn.jwplayer.com/videos/{}"
_DM = "https://www.dailymotion.com/video/{}"
_BC = "https://players.brightcove.net/{}/default_default/index.html?videoId={}"
_BC_LIST = "https://players.brightcove.net/{}/default_default/index.html?playlistId={}"

MARKS: tuple[Mark, ...] = (
    Mark("", ("data-khabar-bare",)),
    Mark("", ("data-tweet-id",), _X),
    Mark("", ("data-tweetid",), _X),
    Mark("", ("data-twitter-id",), _X),
    Mark("", ("data-tweet-url",)),
    Mark("", ("data-instgrm-permalink",)),
    Mark("", ("data-text-post-permalink",)),
    Mark("", ("data-koo-permalink",)),
    Mark("", ("data-bluesky-uri",)),
    Mark("", ("data-telegram-post",), "https://t.me/{}"),
    Mark("", ("data-iframely-url",)),
    Mark("", ("data-youtube-id",), _YT),
    Mark("", ("data-youtube-video-id",), _YT),
    Mark("", ("data-youtubeid",), _YT),
    Mark("", ("data-ytid",), _YT),
    Mark("", ("data-yt-id",), _YT),
    Mark("", ("data-yt-video-id",), _YT),
    Mark("", ("data-youtube",), _YT),
    Mark("", ("data-vimeo-id",), "https://vimeo.com/{}"),
    Mark("", ("data-dailymotion-id",), _DM),
    Mark("", ("data-dm-id",), _DM),
    Mark("", ("data-slikeid",), "", "slike", "video"),
    Mark("", ("data-slike-id",), "", "slike", "video"),
    Mark("", ("data-jw-media-id",), _JW),
    Mark("", ("data-jwplayer-id",), _JW),
    Mark("", ("data-gistid",), "https://gist.github.com/{}"),
    Mark("", ("data-embed-url",)),
    Mark("", ("data-oembed-url",)),
    Mark("oembed", ("url",)),
    Mark("lite-youtube", ("videoid",), _YT),
    Mark("youtube-video", ("src",)),
    Mark("lite-vimeo", ("videoid",), "https://vimeo.com/{}"),
    Mark("amp-youtube", ("data-videoid",), _YT),
    Mark("amp-youtube", ("data-live-channelid",), "https://www.youtube.com/embed/live_stream?channel={}"),
    Mark("amp-instagram", ("data-shortcode",), "https://www.instagram.com/p/{}/"),
    Mark("amp-facebook", ("data-href",)),
    Mark("fb:post", ("href",)),
    Mark("fb:video", ("href",)),
    Mark("amp-tiktok", ("data-src",), "https://www.tiktok.com/embed/v2/{}"),
    Mark("amp-reddit", ("data-src",)),
    Mark("amp-pinterest", ("data-url",)),
    Mark("amp-embedly-card", ("data-url",)),
    Mark("amp-iframely", ("data-url",)),
    Mark("amp-imgur", ("data-imgur-id",), "https://imgur.com/{}"),
    Mark("amp-gist", ("data-gistid",), "https://gist.github.com/{}"),
    Mark("amp-vimeo", ("data-videoid",), "https://vimeo.com/{}"),
    Mark("amp-dailymotion", ("data-videoid",), _DM),
    Mark("amp-jwplayer", ("data-media-id",), _JW),
    Mark("amp-jwplayer", ("data-playlist-id",), "https://cdn.jwplayer.com/v2/playlists/{}"),
    Mark("amp-brightcove", ("data-account", "data-video-id"), _BC),
    Mark("amp-brightcove", ("data-account", "data-playlist-id"), _BC_LIST),
    Mark("amp-slikeplayer", ("data-videoid",), "", "slike", "video"),
    Mark("amp-soundcloud", ("data-trackid",), "https://api.soundcloud.com/tracks/{}"),
    Mark("amp-soundcloud", ("data-playlistid",), "https://api.soundcloud.com/playlists/{}"),
    Mark("amp-wistia-player", ("data-media-hashed-id",), "https://fast.wistia.net/embed/iframe/{}"),
    Mark("amp-google-document-embed", ("src",)),
    Mark("video", ("video-id",), _JW, only=("data-source", "jw")),
    Mark("", ("data-account", "data-video-id"), _BC),
    Mark("", ("data-account", "data-playlist-id"), _BC_LIST),
    Mark("script", ("data-video",), _DM, only=("src", "https://geo.dailymotion.com/")),
    Mark("script", ("data-video",), _DM, only=("src", "//geo.dailymotion.com/")),
    Mark("script", ("data-playlist",), "https://www.dailymotion.com/playlist/{}", only=("src", "https://geo.dailymotion.com/")),
    Mark(".fb-post", ("data-href",)),
    Mark(".fb-video", ("data-href",)),
    Mark(".fb-comment-embed", ("data-href",)),
    Mark(".rll-youtube-player", ("data-id",), _YT),
    Mark(".youtube-player", ("data-id",), _YT),
    Mark(".youtube-player", ("data-video-id",), _YT),
    Mark(".youtube", ("data-id",), _YT),
    Mark(".youtube", ("data-embed",), _YT),
    Mark(".youtube", ("data-video-id",), _YT),
    Mark(".youtube", ("data-videoid",), _YT),
    Mark(".youtube-embed", ("data-id",), _YT),
    Mark(".youtube-embed", ("data-video-id",), _YT),
    Mark(".youtube-embed", ("data-videoid",), _YT),
    Mark(".lite-youtube", ("data-id",), _YT),
    Mark(".dailymotion-player", ("data-video",), _DM),
    Mark(".dailymotion-cpe", ("data-video-id",), _DM),
    Mark(".jwplayer", ("data-media-id",), _JW),
    Mark(".jw-player", ("data-media-id",), _JW),
    Mark(".jwplayer", ("data-video-id",), _JW),
    Mark(".flourish-embed", ("data-src",), "https://public.flourish.studio/{}/"),
    Mark(".flourish-embed-iframe", ("data-src",), "https://public.flourish.studio/{}/"),
    Mark(".infogram-embed", ("data-id",), "https://infogram.com/{}"),
    Mark(".tiktok-embed", ("cite",)),
    Mark(".tiktok-embed", ("data-video-id",), "https://www.tiktok.com/embed/v2/{}"),
    Mark(".koo-media", ("data-koo-id",), "https://embed.kooapp.com/embedKoo?kooId={}"),
    Mark(".imgur-embed-pub", ("data-id",), "https://imgur.com/{}"),
    Mark(".mastodon-embed", ("data-embed-url",)),
    Mark(".tumblr-post", ("data-href",)),
    Mark(".issuuembed", ("data-url",)),
)  # fmt: skip

# Ids inside an id attribute, as players' and charts' own codes write them.
IDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^datawrapper-(?:vis|chart)-([A-Za-z0-9]{5})$"), "https://datawrapper.dwcdn.net/{}/"),
    (re.compile(r"^(?:botr|jwplayer)_([A-Za-z0-9]{8})_[A-Za-z0-9]{8}_div$"), _JW),
    (re.compile(r"^ig-tp-([\w-]{5,40})$"), "https://www.threads.com/t/{}"),
    (re.compile(r"^WYL_([\w-]{11})$"), _YT),
    (re.compile(r"^infogram_\d+_([\w-]{6,})$"), "https://infogram.com/{}"),
)

# Classes of the blockquotes that providers hand out.
QUOTES: dict[str, str] = {
    "twitter-tweet": "x", "twitter-video": "x", "twitter-tweet-rendered": "x", "instagram-media": "instagram",
    "text-post-media": "threads", "koo-media": "koo", "reddit-embed-bq": "reddit", "reddit-card": "reddit",
    "tiktok-embed": "tiktok", "bluesky-embed": "bluesky", "mastodon-embed": "mastodon", "embedly-card": "",
    "imgur-embed-pub": "imgur", "fb-xfbml-parse-ignore": "facebook",
}  # fmt: skip

# Buttons, boxes and streams of the same companies: they look like embeds and are none.
WIDGETS: frozenset[str] = names(
    """
    twitter-timeline twitter-follow-button twitter-share-button twitter-mention-button twitter-hashtag-button
    twitter-dm-button twitter-moment fb-page fb-like fb-like-box fb-comments fb-comments-count fb-share-button
    fb-follow fb-save fb-send fb-group fb-quote fb-customerchat fb-login-button fb-send-to-messenger
    g-ytsubscribe g-plusone g-follow addthis_toolbox addthis_inline_share_toolbox a2a_kit sharethis-inline-
    share-buttons
    """
)
WIDGET_TAGS = (
    "amp-facebook-page", "amp-facebook-like", "amp-facebook-comments", "amp-social-share", "amp-consent", "amp-ad",
    "amp-embed", "amp-sticky-ad", "amp-auto-ads", "amp-analytics", "amp-pixel", "amp-web-push", "amp-web-push-widget",
    "fb:like", "fb:page", "fb:comments", "fb:share-button", "fb:like-box", "fb:fan", "g:plusone",
)  # fmt: skip
