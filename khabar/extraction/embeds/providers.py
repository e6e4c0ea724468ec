"""The table of embed providers, one row each.

To add a provider, add a row here and test cases in tests/test_reading_embeds.py.

A URL pattern is matched against what follows the host: path?query#fragment. Its named groups fill
`id_template` and `url_template`; `anonymous_url_template` is the canonical URL if the optional
handle is not in the URL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class ProviderUrlPattern:
    """One form of a provider's URLs."""

    kind: str
    pattern: re.Pattern[str]
    url_template: str = ""  # of the canonical URL; "" keeps the URL as it is
    id_template: str = "{id}"  # "" for a short URL whose id needs a network request
    anonymous_url_template: str = ""  # of the canonical URL if there is no handle
    is_id_hashed: bool = False  # the id is a hash of the matched text


@dataclass(frozen=True)
class Provider:
    """A provider of embeds. Subdomains belong to their parent's row unless a row names them."""

    name: str
    hosts: tuple[str, ...]
    url_patterns: tuple[ProviderUrlPattern, ...] = ()
    allows_bare_url: bool = True  # a URL alone on its line is an embed, as WordPress leaves it
    has_credit_line: bool = False  # its code includes a line of links next to the player
    # matches URLs whose content is given by a URL in a parameter
    wrapper_pattern: re.Pattern[str] | None = None


def _url_pattern(
    kind: str,
    pattern: str,
    url_template: str = "",
    id_template: str = "{id}",
    anonymous_url: str = "",
    hash_id: bool = False,
) -> ProviderUrlPattern:
    return ProviderUrlPattern(
        kind, re.compile(pattern), url_template, id_template, anonymous_url, hash_id
    )


_YT = "https://www.youtube.com/watch?v={id}"
_YT_ID = r"(?!videoseries|live_stream)(?P<id>[A-Za-z0-9_-]{11})(?![A-Za-z0-9_-])"
_IG_USER = r"^/(?:(?!share/)(?P<handle>[\w.]+)/)?"
_IG_CODE = r"(?P<id>[A-Za-z0-9_-]{5,40})"
_FB = "https://www.facebook.com/"
_FB_USER = r"^/(?P<handle>[^/?#]+)"
_FB_ID = r"(?P<id>\d{5,}|pfbid\w+)"
_UUID = r"(?P<id>[0-9a-fA-F]{8}-[0-9a-fA-F-]{27})"
_PARAM = r"(?:.*&)?"

PROVIDERS: tuple[Provider, ...] = (
    Provider("x", ("twitter.com", "x.com", "fxtwitter.com", "vxtwitter.com", "fixupx.com", "fixvx.com", "nitter.net"), (
        _url_pattern("post", r"^/(?:#!/)?(?:i(?:/web)?|(?P<handle>\w{1,20}))/status(?:es)?/(?P<id>\d{1,19})(?!\d)",
              "https://x.com/{handle}/status/{id}", anonymous_url="https://x.com/i/status/{id}"),
        _url_pattern("post", rf"^/embed/[^?]*\?{_PARAM}(?:id|tweetId)=(?P<id>\d{{1,19}})(?!\d)", "https://x.com/i/status/{id}"),
    )),
    Provider("youtube", ("youtube.com", "youtube-nocookie.com", "youtu.be", "youtubeeducation.com"), (
        _url_pattern("live", rf"^/embed/live_stream/?\?{_PARAM}channel=(?P<id>UC[\w-]{{10,30}})",
              "https://www.youtube.com/channel/{id}/live"),
        _url_pattern("live", r"^/channel/(?P<id>UC[\w-]{10,30})/live\b", "https://www.youtube.com/channel/{id}/live"),
        _url_pattern("short", rf"^/shorts/{_YT_ID}", _YT),
        _url_pattern("live", rf"^/live/{_YT_ID}", _YT),
        _url_pattern("video", rf"^/(?:embed|v|e|vi)/{_YT_ID}", _YT),
        _url_pattern("video", rf"^/(?:watch(?:_popup)?(?:\.php)?/?|embed/?)?[?&]{_PARAM}vi?={_YT_ID}", _YT),
        _url_pattern("playlist", rf"^/(?:embed/videoseries|embed/?|playlist|p)/?\?{_PARAM}list=(?P<id>[\w-]{{10,}})",
              "https://www.youtube.com/playlist?list={id}"),
    )),
    Provider("youtube", ("youtu.be",), (_url_pattern("video", rf"^/{_YT_ID}", _YT),)),
    Provider("instagram", ("instagram.com", "instagr.am", "ddinstagram.com"), (
        _url_pattern("post", rf"{_IG_USER}p/{_IG_CODE}", "https://www.instagram.com/p/{id}/"),
        _url_pattern("reel", rf"{_IG_USER}reels?/(?!audio\b|videos\b){_IG_CODE}", "https://www.instagram.com/reel/{id}/"),
        _url_pattern("video", rf"{_IG_USER}tv/{_IG_CODE}", "https://www.instagram.com/p/{id}/"),
        _url_pattern("post", r"^/share/(?:p/)?(?P<id>[\w-]{5,})", id_template=""),
        _url_pattern("reel", r"^/share/reel/(?P<id>[\w-]{5,})", id_template=""),
    )),
    Provider("facebook", ("facebook.com", "fb.com", "fb.watch"), (
        _url_pattern("video", rf"^/(?:watch/?(?:live/?)?|video(?:/video)?\.php|video/embed/?)\?{_PARAM}v(?:ideo_id)?=(?P<id>\d+)",
              _FB + "watch/?v={id}"),
        _url_pattern("comment", r"^/.*[?&](?:reply_)?comment_id=(?P<id>\d+)"),
        _url_pattern("video", rf"{_FB_USER}/videos/(?:[^/?#]+/)*?(?P<id>\d{{5,}})(?:[/?#]|$)", _FB + "{handle}/videos/{id}/"),
        _url_pattern("reel", r"^/reels?/(?P<id>\d+)", _FB + "reel/{id}"),
        _url_pattern("post", r"^/groups/(?P<group>[^/?#]+)/(?:posts|permalink)/(?P<id>\w+)", _FB + "groups/{group}/posts/{id}"),
        _url_pattern("post", rf"{_FB_USER}/posts/(?:[^/?#]+/)?{_FB_ID}", _FB + "{handle}/posts/{id}"),
        _url_pattern("post", rf"^/(?:permalink|story)\.php\?(?=.*\bid=(?P<owner>\d+)){_PARAM}story_fbid={_FB_ID}",
              _FB + "permalink.php?story_fbid={id}&id={owner}"),
        _url_pattern("photo", rf"^/photo(?:s|\.php)?/?\?{_PARAM}fbid=(?P<id>\d+)", _FB + "photo.php?fbid={id}"),
        _url_pattern("photo", rf"{_FB_USER}/photos/(?:[^/?#]+/)*?(?P<id>\d{{5,}})(?:[/?#]|$)", _FB + "{handle}/photos/{id}"),
        _url_pattern("post", r"^/share/(?:p/)?(?![rv]/)(?P<id>\w{6,})", id_template=""),
        _url_pattern("reel", r"^/share/r/(?P<id>\w{6,})", id_template=""),
        _url_pattern("video", r"^/share/v/(?P<id>\w{6,})", id_template=""),
    ), wrapper_pattern=re.compile(r"^/(?:v[\d.]+/)?plugins/(?P<kind>post|video|comment_embed)\.php")),
    Provider("facebook", ("fb.watch",), (_url_pattern("video", r"^/(?:v/)?(?P<id>[\w-]{6,})", id_template=""),)),
    Provider("threads", ("threads.net", "threads.com"), (
        _url_pattern("post", r"^/@(?P<handle>[\w.]+)/post/(?P<id>[\w-]{5,40})", "https://www.threads.com/@{handle}/post/{id}"),
        _url_pattern("post", r"^/t/(?P<id>[\w-]{5,40})", "https://www.threads.com/t/{id}"),
    )),
    Provider("telegram", ("t.me", "telegram.me", "telegram.dog"), (
        _url_pattern("post", r"^/(?:s/)?(?!c/|s/|joinchat)(?P<handle>[A-Za-z]\w{3,})/(?:\d+/)?(?P<n>\d+)", "https://t.me/{handle}/{n}",
              "{handle}/{n}"),
    )),
    Provider("koo", ("kooapp.com",), (
        _url_pattern("post", rf"^/koo/(?P<handle>[^/?#]+)/{_UUID}", "https://www.kooapp.com/koo/{handle}/{id}"),
        _url_pattern("post", rf"^/embedKoo/?\?{_PARAM}kooId={_UUID}", "https://embed.kooapp.com/embedKoo?kooId={id}"),
    )),
    Provider("reddit", ("reddit.com", "redditmedia.com", "redd.it"), (
        _url_pattern("comment", r"^/(?P<sub>(?:r|user|u)/[\w-]+)/comments/(?P<id>\w+)/[^/?#]*/(?P<n>\w{5,})",
              "https://www.reddit.com/{sub}/comments/{id}/_/{n}/", "{id}/{n}"),
        _url_pattern("post", r"^/(?P<sub>(?:r|user|u)/[\w-]+)/comments/(?P<id>\w+)", "https://www.reddit.com/{sub}/comments/{id}/"),
        _url_pattern("post", r"^/comments/(?P<id>\w{5,})", "https://www.reddit.com/comments/{id}/"),
    )),
    Provider("reddit", ("redd.it",), (_url_pattern("post", r"^/(?P<id>\w{5,8})(?:[?#]|$)", "https://www.reddit.com/comments/{id}/"),)),
    Provider("tiktok", ("tiktok.com",), (
        _url_pattern("video", r"^/@(?P<handle>[\w.-]+)/(?:video|photo)/(?P<id>\d{8,19})(?!\d)",
              "https://www.tiktok.com/@{handle}/video/{id}"),
        _url_pattern("video", r"^/(?:embed(?:/v\d)?|player/v1|v)/(?P<id>\d{8,19})(?!\d)", "https://www.tiktok.com/embed/v2/{id}"),
        _url_pattern("video", r"^/t/(?P<id>\w{6,})", id_template=""),
    )),
    Provider("tiktok", ("vm.tiktok.com", "vt.tiktok.com"), (_url_pattern("video", r"^/(?P<id>\w{6,})", id_template=""),)),
    Provider("sharechat", ("sharechat.com",), (
        _url_pattern("post", r"^/post/(?P<id>[\w-]+)", "https://sharechat.com/post/{id}"),
        _url_pattern("video", r"^/video/(?P<id>[\w-]+)", "https://sharechat.com/video/{id}"),
    )),
    Provider("moj", ("mojapp.in",), (
        _url_pattern("video", r"^/@(?P<handle>[\w.-]+)/video/(?P<id>\d+)", "https://mojapp.in/@{handle}/video/{id}"),)),
    Provider("josh", ("myjosh.in",), (_url_pattern("video", r"^/video/(?P<id>[\w-]+)", "https://share.myjosh.in/video/{id}"),)),
    Provider("bluesky", ("bsky.app",), (
        _url_pattern("post", r"^/profile/(?P<handle>[^/?#]+)/post/(?P<id>\w+)", "https://bsky.app/profile/{handle}/post/{id}"),
        _url_pattern("post", r"^/embed/(?P<handle>did:[\w:.%-]+)/app\.bsky\.feed\.post/(?P<id>\w+)",
              "https://bsky.app/profile/{handle}/post/{id}"),
    )),
    Provider("linkedin", ("linkedin.com",), (
        _url_pattern("post", r"^/(?:embed/)?feed/update/urn:li:(?P<type>share|activity|ugcPost):(?P<id>\d+)",
              "https://www.linkedin.com/feed/update/urn:li:{type}:{id}/", "{type}:{id}"),
    )),
    Provider("pinterest", ("pinterest.com", "pinterest.co.uk", "in.pinterest.com"), (
        _url_pattern("photo", r"^/pin/(?:[^/?#]*--)?(?P<id>\d+)", "https://www.pinterest.com/pin/{id}/"),
        _url_pattern("photo", rf"^/ext/embed\.html\?{_PARAM}id=(?P<id>\d+)", "https://www.pinterest.com/pin/{id}/"),
    )),
    Provider("tumblr", ("tumblr.com",), (_url_pattern("post", r"^/(?:embed/)?post/(?:[^/?#]+/)?(?P<id>\d{6,})"),)),
    Provider("imgur", ("imgur.com",), (_url_pattern("photo", r"^/(?P<id>(?:a/|gallery/)?\w{5,})(?:/embed|[?#]|$)", "https://imgur.com/{id}"),)),
    Provider("giphy", ("giphy.com",), (
        _url_pattern("photo", r"^/(?:embed|gifs)/(?:[\w-]*-)?(?P<id>\w{8,})", "https://giphy.com/gifs/{id}"),)),
    Provider("getty", ("embed.gettyimages.com",), (_url_pattern("photo", r"^/embed/(?P<id>\d+)", "https://www.gettyimages.com/detail/{id}"),)),
    Provider("dailymotion", ("dailymotion.com",), (
        _url_pattern("video", r"^/(?:embed/|swf/)?video/(?P<id>[a-z]\w{4,})", "https://www.dailymotion.com/video/{id}"),
        _url_pattern("video", rf"^/player(?:/\w+)?\.html\?{_PARAM}video=(?P<id>[a-z]\w{{4,}})", "https://www.dailymotion.com/video/{id}"),
        _url_pattern("playlist", r"^/(?:embed/)?playlist/(?P<id>x\w{4,})", "https://www.dailymotion.com/playlist/{id}"),
        _url_pattern("playlist", rf"^/player(?:/\w+)?\.html\?{_PARAM}playlist=(?P<id>x\w{{4,}})", "https://www.dailymotion.com/playlist/{id}"),
    )),
    Provider("dailymotion", ("dai.ly",), (_url_pattern("video", r"^/(?P<id>x\w{4,})", "https://www.dailymotion.com/video/{id}"),)),
    Provider("vimeo", ("vimeo.com",), (
        _url_pattern("live", r"^/(?:event|live)/(?P<id>\d+)", "https://vimeo.com/event/{id}"),
        _url_pattern("video", r"^/(?:video/|channels/[^/?#]+/|groups/[^/?#]+/videos/|moogaloop\.swf\?.*clip_id=)?(?P<id>\d{5,})",
              "https://vimeo.com/{id}"),
    ), has_credit_line=True),
    Provider("jwplayer", ("jwplayer.com", "jwplatform.com"), (
        _url_pattern("video", r"^/(?:players|previews|videos|manifests|v2/media)/(?P<id>[A-Za-z0-9]{8})(?![A-Za-z0-9])",
              "https://cdn.jwplayer.com/videos/{id}"),
        _url_pattern("playlist", r"^/v2/playlists/(?P<id>[A-Za-z0-9]{8})", "https://cdn.jwplayer.com/v2/playlists/{id}"),
    ), allows_bare_url=False),
    Provider("brightcove", ("players.brightcove.net",), (
        _url_pattern("video", rf"^/(?P<account>\d+)/[^?]*\?{_PARAM}videoId=(?P<id>(?:ref:)?[\w.-]+)",
              "https://players.brightcove.net/{account}/default_default/index.html?videoId={id}", "{account}/{id}"),
        _url_pattern("playlist", rf"^/(?P<account>\d+)/[^?]*\?{_PARAM}playlistId=(?P<id>(?:ref:)?[\w.-]+)",
              "https://players.brightcove.net/{account}/default_default/index.html?playlistId={id}", "{account}/{id}"),
    ), allows_bare_url=False),
    Provider("slike", ("slike.in", "slike.indiatimes.com", "tvid.in"), (
        _url_pattern("video", rf"^/[^?]*\?{_PARAM}(?:slikeid|videoid|id)=(?P<id>\w{{6,}})"),
    ), allows_bare_url=False),
    Provider("wistia", ("wistia.com", "wistia.net"), (
        _url_pattern("video", r"^/(?:embed/(?:iframe|medias|playlists)|medias)/(?P<id>\w{10})", "https://fast.wistia.net/embed/iframe/{id}"),)),
    Provider("twitch", ("twitch.tv",), (
        _url_pattern("video", rf"^/(?:embed/?|videos/|clip/|[^?]*)\?{_PARAM}(?:video=v?|clip=)(?P<id>[\w-]+)"),
        _url_pattern("video", r"^/videos/(?P<id>\d+)", "https://www.twitch.tv/videos/{id}"),
        _url_pattern("live", rf"^/[^?]*\?{_PARAM}channel=(?P<id>\w+)", "https://www.twitch.tv/{id}"),
    )),
    Provider("streamable", ("streamable.com",), (_url_pattern("video", r"^/(?:[eos]/)?(?P<id>[a-z0-9]{4,8})(?:[/?#]|$)", "https://streamable.com/{id}"),)),
    Provider("rumble", ("rumble.com",), (_url_pattern("video", r"^/embed/(?:\w+\.)?(?P<id>v\w+)", "https://rumble.com/embed/{id}/"),)),
    Provider("spotify", ("open.spotify.com",), (
        _url_pattern("audio", r"^/(?:embed(?:-podcast)?/)?(?:intl-\w+/)?(?P<type>episode|show|track|album|playlist|artist)/(?P<id>\w+)",
              "https://open.spotify.com/{type}/{id}", "{type}/{id}"),
    )),
    Provider("soundcloud", ("soundcloud.com",), (
        _url_pattern("audio", r"^/(?P<type>tracks|playlists|users)/(?:soundcloud(?::|%3A)\w+(?::|%3A))?(?P<id>\d+)",
              "https://api.soundcloud.com/{type}/{id}", "{type}/{id}"),
        _url_pattern("audio", r"^/(?!player|pages|search|discover|you/)(?P<handle>[\w-]+)/(?P<id>(?:sets/)?[\w-]+)",
              "https://soundcloud.com/{handle}/{id}", "{handle}/{id}"),
    ), has_credit_line=True, wrapper_pattern=re.compile(r"^/player")),
    Provider("applepodcasts", ("podcasts.apple.com",), (
        _url_pattern("audio", rf"^/(?:\w\w/)?podcast/(?:[^/?#]+/)?id(?P<show>\d+)\?{_PARAM}i=(?P<id>\d+)",
              "https://podcasts.apple.com/podcast/id{show}?i={id}", "{show}/{id}"),
        _url_pattern("audio", r"^/(?:\w\w/)?podcast/(?:[^/?#]+/)?id(?P<id>\d+)", "https://podcasts.apple.com/podcast/id{id}"),
    )),
    Provider("applemusic", ("music.apple.com",), (
        _url_pattern("audio", r"^/(?:\w\w/)?(?P<type>album|playlist|song)/(?:[^/?#]+/)?(?P<id>[\w.-]+)",
              "https://music.apple.com/{type}/{id}", "{type}/{id}"),
    )),
    Provider("acast", ("acast.com",), (_url_pattern("audio", r"^/(?:s/)?(?P<show>[\w-]+)/(?:episodes/)?(?P<id>[\w-]+)", id_template="{show}/{id}"),)),
    Provider("megaphone", ("megaphone.fm",), (
        _url_pattern("audio", rf"^/?\?{_PARAM}[ep]=(?P<id>[A-Z]+\d+)", "https://playlist.megaphone.fm/?e={id}"),
        _url_pattern("audio", r"^/(?:e/)?(?P<id>[A-Z]{2,}\d+)", "https://playlist.megaphone.fm/?e={id}"),
    )),
    Provider("omny", ("omny.fm",), (
        _url_pattern("audio", r"^/shows/(?P<show>[\w-]+)/(?P<id>(?:playlists/)?[\w-]+)", "https://omny.fm/shows/{show}/{id}", "{show}/{id}"),)),
    Provider("audioboom", ("audioboom.com",), (_url_pattern("audio", r"^/(?:posts|boos)/(?P<id>\d+)", "https://audioboom.com/posts/{id}"),)),
    Provider("googlemaps", ("google.*",), (
        _url_pattern("map", rf"^/maps/d/(?:u/\d+/)?(?:embed|viewer)\?{_PARAM}mid=(?P<id>[\w.-]+)", "https://www.google.com/maps/d/viewer?mid={id}"),
        _url_pattern("map", rf"^/maps/embed(?:/v1/\w+)?\?{_PARAM}(?:pb|q|place_id|center)=(?P<id>[^&#]+)", hash_id=True),
        _url_pattern("map", rf"^/(?:maps/?)?\?(?=.*output=embed){_PARAM}(?:q|ll|cid|msid)=(?P<id>[^&#]+)", hash_id=True),
    ), allows_bare_url=False),
    Provider("openstreetmap", ("openstreetmap.org",), (
        _url_pattern("map", rf"^/export/embed\.html\?{_PARAM}bbox=(?P<id>[^&#]+)", hash_id=True),), allows_bare_url=False),
    Provider("flourish", ("flo.uri.sh", "flourish.studio"), (
        _url_pattern("chart", r"^/(?P<type>visualisation|story)/(?P<id>\d+)", "https://public.flourish.studio/{type}/{id}/", "{type}/{id}"),)),
    Provider("datawrapper", ("dwcdn.net", "datawrapper.de"), (
        _url_pattern("chart", r"^/(?:_/|chart/)?(?P<id>[A-Za-z0-9]{5})(?:[/?#]|$)", "https://datawrapper.dwcdn.net/{id}/"),
    ), has_credit_line=True),
    Provider("infogram", ("infogram.com", "infogr.am"), (
        _url_pattern("chart", r"^/(?!js/|login|app/|about)(?P<id>[\w-]{6,})", "https://infogram.com/{id}"),), has_credit_line=True),
    Provider("tableau", ("public.tableau.com",), (
        _url_pattern("chart", r"^/(?:shared/|views/|app/profile/[^/]+/viz/)(?P<id>[^/?#]+(?:/[^/?#]+)?)", "https://public.tableau.com/views/{id}"),
    ), allows_bare_url=False),
    Provider("googledocs", ("docs.google.com", "drive.google.com"), (
        _url_pattern("document", r"^/(?P<type>document|spreadsheets|presentation|forms|file)/(?:u/\d+/)?d/(?:e/)?(?P<id>[\w-]{20,})",
              "https://docs.google.com/{type}/d/{id}", "{id}"),
    ), allows_bare_url=False, wrapper_pattern=re.compile(r"^/(?:viewer|gview|viewerng/viewer|a/[^/]+/viewer)\b")),
    Provider("officeviewer", ("view.officeapps.live.com",), allows_bare_url=False, wrapper_pattern=re.compile(r"^/op/")),
    Provider("scribd", ("scribd.com",), (
        _url_pattern("document", r"^/(?:embeds|document|doc|presentation)/(?P<id>\d+)", "https://www.scribd.com/document/{id}"),), has_credit_line=True),
    Provider("documentcloud", ("documentcloud.org",), (
        _url_pattern("document", r"^/documents/(?P<id>\d+)", "https://www.documentcloud.org/documents/{id}/"),), has_credit_line=True),
    Provider("issuu", ("issuu.com",), (
        _url_pattern("document", r"^/embed\.html\?(?=.*\bd=(?P<id>[\w.-]+))(?=.*\bu=(?P<handle>[\w.-]+))",
              "https://issuu.com/{handle}/docs/{id}", "{handle}/{id}"),
        _url_pattern("document", r"^/embed\.html#/?(?P<id>\d+/\d+)"),
        _url_pattern("document", r"^/(?P<handle>[\w.-]+)/docs/(?P<id>[\w.-]+)", "https://issuu.com/{handle}/docs/{id}", "{handle}/{id}"),
    ), has_credit_line=True),
    Provider("slideshare", ("slideshare.net",), (
        _url_pattern("document", r"^/slideshow/embed_code/(?:key/)?(?P<id>\w+)", "https://www.slideshare.net/slideshow/embed_code/key/{id}"),
    ), has_credit_line=True),
    Provider("gist", ("gist.github.com",), (_url_pattern("code", r"^/(?:[\w-]+/)?(?P<id>[0-9a-f]{7,})", "https://gist.github.com/{id}"),)),
    Provider("codepen", ("codepen.io",), (
        _url_pattern("code", r"^/(?P<handle>[\w-]+)/(?:embed|pen|full)/(?:preview/)?(?P<id>\w+)", "https://codepen.io/{handle}/pen/{id}"),)),
    Provider("iframely", ("iframe.ly",), allows_bare_url=False, wrapper_pattern=re.compile(r"^/")),
    Provider("embedly", ("embedly.com", "embed.ly"), allows_bare_url=False, wrapper_pattern=re.compile(r"^/")),
)  # fmt: skip

BY_NAME: dict[str, Provider] = {row.name: row for row in reversed(PROVIDERS)}
