"""The table of providers: one row each. A new provider is a new row here and its cases in tests/test_embeds_urls.py.

A form's pattern is matched against what follows the host: path?query#fragment. Its named groups fill `id` and `url`;
`anon` is the address to give when the optional handle is not in the URL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """One shape of a provider's URLs."""

    kind: str
    pattern: re.Pattern[str]
    url: str = ""  # template of the canonical address; "" keeps the address as it stands
    id: str = "{id}"  # "" where the URL is short and its id needs the network
    anon: str = ""
    digest: bool = False  # the id is only a hash of what was found


@dataclass(frozen=True)
class Provider:
    """A place that other pages embed from. Sub-domains belong to their parent unless a row names them."""

    name: str
    hosts: tuple[str, ...]
    forms: tuple[Form, ...] = ()
    bare: bool = True  # a URL alone on its line is an embed, as WordPress leaves it
    credit: bool = False  # its code stands beside a line of links that is part of it
    wraps: re.Pattern[str] | None = None  # what it shows is named by a parameter of the URL
    wraps_kind: str = ""  # … and is this, when the parameter itself says no more


def _form(kind: str, pattern: str, url: str = "", native: str = "{id}", anon: str = "", digest: bool = False) -> Form:
    return Form(kind, re.compile(pattern), url, native, anon, digest)


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
        _form("post", r"^/(?:#!/)?(?:i(?:/web)?|(?P<handle>\w{1,20}))/status(?:es)?/(?P<id>\d{1,19})(?!\d)",
              "https://x.com/{handle}/status/{id}", anon="https://x.com/i/status/{id}"),
        _form("post", rf"^/embed/[^?]*\?{_PARAM}(?:id|tweetId)=(?P<id>\d{{1,19}})(?!\d)", "https://x.com/i/status/{id}"),
    )),
    Provider("youtube", ("youtube.com", "youtube-nocookie.com", "youtu.be", "youtubeeducation.com"), (
        _form("live", rf"^/embed/live_stream/?\?{_PARAM}channel=(?P<id>UC[\w-]{{10,30}})",
              "https://www.youtube.com/channel/{id}/live"),
        _form("live", r"^/channel/(?P<id>UC[\w-]{10,30})/live\b", "https://www.youtube.com/channel/{id}/live"),
        _form("short", rf"^/shorts/{_YT_ID}", _YT),
        _form("live", rf"^/live/{_YT_ID}", _YT),
        _form("video", rf"^/(?:embed|v|e|vi)/{_YT_ID}", _YT),
        _form("video", rf"^/(?:watch(?:_popup)?(?:\.php)?/?|embed/?)?[?&]{_PARAM}vi?={_YT_ID}", _YT),
        _form("playlist", rf"^/(?:embed/videoseries|embed/?|playlist|p)/?\?{_PARAM}list=(?P<id>[\w-]{{10,}})",
              "https://www.youtube.com/playlist?list={id}"),
    )),
    Provider("youtube", ("youtu.be",), (_form("video", rf"^/{_YT_ID}", _YT),)),
    Provider("instagram", ("instagram.com", "instagr.am", "ddinstagram.com"), (
        _form("post", rf"{_IG_USER}p/{_IG_CODE}", "https://www.instagram.com/p/{id}/"),
        _form("reel", rf"{_IG_USER}reels?/(?!audio\b|videos\b){_IG_CODE}", "https://www.instagram.com/reel/{id}/"),
        _form("video", rf"{_IG_USER}tv/{_IG_CODE}", "https://www.instagram.com/p/{id}/"),
        _form("post", r"^/share/(?:p/)?(?P<id>[\w-]{5,})", native=""),
        _form("reel", r"^/share/reel/(?P<id>[\w-]{5,})", native=""),
    )),
    Provider("facebook", ("facebook.com", "fb.com", "fb.watch"), (
        _form("video", rf"^/(?:watch/?(?:live/?)?|video(?:/video)?\.php|video/embed/?)\?{_PARAM}v(?:ideo_id)?=(?P<id>\d+)",
              _FB + "watch/?v={id}"),
        _form("comment", r"^/.*[?&](?:reply_)?comment_id=(?P<id>\d+)"),
        _form("video", rf"{_FB_USER}/videos/(?:[^/?#]+/)*?(?P<id>\d{{5,}})(?:[/?#]|$)", _FB + "{handle}/videos/{id}/"),
        _form("reel", r"^/reels?/(?P<id>\d+)", _FB + "reel/{id}"),
        _form("post", r"^/groups/(?P<group>[^/?#]+)/(?:posts|permalink)/(?P<id>\w+)", _FB + "groups/{group}/posts/{id}"),
        _form("post", rf"{_FB_USER}/posts/(?:[^/?#]+/)?{_FB_ID}", _FB + "{handle}/posts/{id}"),
        _form("post", rf"^/(?:permalink|story)\.php\?(?=.*\bid=(?P<owner>\d+)){_PARAM}story_fbid={_FB_ID}",
              _FB + "permalink.php?story_fbid={id}&id={owner}"),
        _form("photo", rf"^/photo(?:s|\.php)?/?\?{_PARAM}fbid=(?P<id>\d+)", _FB + "photo.php?fbid={id}"),
        _form("photo", rf"{_FB_USER}/photos/(?:[^/?#]+/)*?(?P<id>\d{{5,}})(?:[/?#]|$)", _FB + "{handle}/photos/{id}"),
        _form("post", r"^/share/(?:p/)?(?![rv]/)(?P<id>\w{6,})", native=""),
        _form("reel", r"^/share/r/(?P<id>\w{6,})", native=""),
        _form("video", r"^/share/v/(?P<id>\w{6,})", native=""),
    ), wraps=re.compile(r"^/(?:v[\d.]+/)?plugins/(?P<kind>post|video|comment_embed)\.php")),
    Provider("facebook", ("fb.watch",), (_form("video", r"^/(?:v/)?(?P<id>[\w-]{6,})", native=""),)),
    Provider("threads", ("threads.net", "threads.com"), (
        _form("post", r"^/@(?P<handle>[\w.]+)/post/(?P<id>[\w-]{5,40})", "https://www.threads.com/@{handle}/post/{id}"),
        _form("post", r"^/t/(?P<id>[\w-]{5,40})", "https://www.threads.com/t/{id}"),
    )),
    Provider("telegram", ("t.me", "telegram.me", "telegram.dog"), (
        _form("post", r"^/(?:s/)?(?!c/|s/|joinchat)(?P<handle>[A-Za-z]\w{3,})/(?:\d+/)?(?P<n>\d+)", "https://t.me/{handle}/{n}",
              "{handle}/{n}"),
    )),
    Provider("koo", ("kooapp.com",), (
        _form("post", rf"^/koo/(?P<handle>[^/?#]+)/{_UUID}", "https://www.kooapp.com/koo/{handle}/{id}"),
        _form("post", rf"^/embedKoo/?\?{_PARAM}kooId={_UUID}", "https://embed.kooapp.com/embedKoo?kooId={id}"),
    )),
    Provider("reddit", ("reddit.com", "redditmedia.com", "redd.it"), (
        _form("comment", r"^/(?P<sub>(?:r|user|u)/[\w-]+)/comments/(?P<id>\w+)/[^/?#]*/(?P<n>\w{5,})",
              "https://www.reddit.com/{sub}/comments/{id}/_/{n}/", "{id}/{n}"),
        _form("post", r"^/(?P<sub>(?:r|user|u)/[\w-]+)/comments/(?P<id>\w+)", "https://www.reddit.com/{sub}/comments/{id}/"),
        _form("post", r"^/comments/(?P<id>\w{5,})", "https://www.reddit.com/comments/{id}/"),
    )),
    Provider("reddit", ("redd.it",), (_form("post", r"^/(?P<id>\w{5,8})(?:[?#]|$)", "https://www.reddit.com/comments/{id}/"),)),
    Provider("tiktok", ("tiktok.com",), (
        _form("video", r"^/@(?P<handle>[\w.-]+)/(?:video|photo)/(?P<id>\d{8,19})(?!\d)",
              "https://www.tiktok.com/@{handle}/video/{id}"),
        _form("video", r"^/(?:embed(?:/v\d)?|player/v1|v)/(?P<id>\d{8,19})(?!\d)", "https://www.tiktok.com/embed/v2/{id}"),
        _form("video", r"^/t/(?P<id>\w{6,})", native=""),
    )),
    Provider("tiktok", ("vm.tiktok.com", "vt.tiktok.com"), (_form("video", r"^/(?P<id>\w{6,})", native=""),)),
    Provider("sharechat", ("sharechat.com",), (
        _form("post", r"^/post/(?P<id>[\w-]+)", "https://sharechat.com/post/{id}"),
        _form("video", r"^/video/(?P<id>[\w-]+)", "https://sharechat.com/video/{id}"),
    )),
    Provider("moj", ("mojapp.in",), (
        _form("video", r"^/@(?P<handle>[\w.-]+)/video/(?P<id>\d+)", "https://mojapp.in/@{handle}/video/{id}"),)),
    Provider("josh", ("myjosh.in",), (_form("video", r"^/video/(?P<id>[\w-]+)", "https://share.myjosh.in/video/{id}"),)),
    Provider("bluesky", ("bsky.app",), (
        _form("post", r"^/profile/(?P<handle>[^/?#]+)/post/(?P<id>\w+)", "https://bsky.app/profile/{handle}/post/{id}"),
        _form("post", r"^/embed/(?P<handle>did:[\w:.%-]+)/app\.bsky\.feed\.post/(?P<id>\w+)",
              "https://bsky.app/profile/{handle}/post/{id}"),
    )),
    Provider("linkedin", ("linkedin.com",), (
        _form("post", r"^/(?:embed/)?feed/update/urn:li:(?P<type>share|activity|ugcPost):(?P<id>\d+)",
              "https://www.linkedin.com/feed/update/urn:li:{type}:{id}/", "{type}:{id}"),
    )),
    Provider("pinterest", ("pinterest.com", "pinterest.co.uk", "in.pinterest.com"), (
        _form("photo", r"^/pin/(?:[^/?#]*--)?(?P<id>\d+)", "https://www.pinterest.com/pin/{id}/"),
        _form("photo", rf"^/ext/embed\.html\?{_PARAM}id=(?P<id>\d+)", "https://www.pinterest.com/pin/{id}/"),
    )),
    Provider("tumblr", ("tumblr.com",), (_form("post", r"^/(?:embed/)?post/(?:[^/?#]+/)?(?P<id>\d{6,})"),)),
    Provider("imgur", ("imgur.com",), (_form("photo", r"^/(?P<id>(?:a/|gallery/)?\w{5,})(?:/embed|[?#]|$)", "https://imgur.com/{id}"),)),
    Provider("giphy", ("giphy.com",), (
        _form("photo", r"^/(?:embed|gifs)/(?:[\w-]*-)?(?P<id>\w{8,})", "https://giphy.com/gifs/{id}"),)),
    Provider("getty", ("embed.gettyimages.com",), (_form("photo", r"^/embed/(?P<id>\d+)", "https://www.gettyimages.com/detail/{id}"),)),
    Provider("dailymotion", ("dailymotion.com",), (
        _form("video", r"^/(?:embed/|swf/)?video/(?P<id>[a-z]\w{4,})", "https://www.dailymotion.com/video/{id}"),
        _form("video", rf"^/player(?:/\w+)?\.html\?{_PARAM}video=(?P<id>[a-z]\w{{4,}})", "https://www.dailymotion.com/video/{id}"),
        _form("playlist", r"^/(?:embed/)?playlist/(?P<id>x\w{4,})", "https://www.dailymotion.com/playlist/{id}"),
        _form("playlist", rf"^/player(?:/\w+)?\.html\?{_PARAM}playlist=(?P<id>x\w{{4,}})", "https://www.dailymotion.com/playlist/{id}"),
    )),
    Provider("dailymotion", ("dai.ly",), (_form("video", r"^/(?P<id>x\w{4,})", "https://www.dailymotion.com/video/{id}"),)),
    Provider("vimeo", ("vimeo.com",), (
        _form("live", r"^/(?:event|live)/(?P<id>\d+)", "https://vimeo.com/event/{id}"),
        _form("video", r"^/(?:video/|channels/[^/?#]+/|groups/[^/?#]+/videos/|moogaloop\.swf\?.*clip_id=)?(?P<id>\d{5,})",
              "https://vimeo.com/{id}"),
    ), credit=True),
    Provider("jwplayer", ("jwplayer.com", "jwplatform.com"), (
        _form("video", r"^/(?:players|previews|videos|manifests|v2/media)/(?P<id>[A-Za-z0-9]{8})(?![A-Za-z0-9])",
              "https://cdn.jwplayer.com/videos/{id}"),
        _form("playlist", r"^/v2/playlists/(?P<id>[A-Za-z0-9]{8})", "https://cdn.jwplayer.com/v2/playlists/{id}"),
    ), bare=False),
    Provider("brightcove", ("players.brightcove.net",), (
        _form("video", rf"^/(?P<account>\d+)/[^?]*\?{_PARAM}videoId=(?P<id>(?:ref:)?[\w.-]+)",
              "https://players.brightcove.net/{account}/default_default/index.html?videoId={id}", "{account}/{id}"),
        _form("playlist", rf"^/(?P<account>\d+)/[^?]*\?{_PARAM}playlistId=(?P<id>(?:ref:)?[\w.-]+)",
              "https://players.brightcove.net/{account}/default_default/index.html?playlistId={id}", "{account}/{id}"),
    ), bare=False),
    Provider("slike", ("slike.in", "slike.indiatimes.com", "tvid.in"), (
        _form("video", rf"^/[^?]*\?{_PARAM}(?:slikeid|videoid|id)=(?P<id>\w{{6,}})"),
    ), bare=False),
    Provider("wistia", ("wistia.com", "wistia.net"), (
        _form("video", r"^/(?:embed/(?:iframe|medias|playlists)|medias)/(?P<id>\w{10})", "https://fast.wistia.net/embed/iframe/{id}"),)),
    Provider("twitch", ("twitch.tv",), (
        _form("video", rf"^/(?:embed/?|videos/|clip/|[^?]*)\?{_PARAM}(?:video=v?|clip=)(?P<id>[\w-]+)"),
        _form("video", r"^/videos/(?P<id>\d+)", "https://www.twitch.tv/videos/{id}"),
        _form("live", rf"^/[^?]*\?{_PARAM}channel=(?P<id>\w+)", "https://www.twitch.tv/{id}"),
    )),
    Provider("streamable", ("streamable.com",), (_form("video", r"^/(?:[eos]/)?(?P<id>[a-z0-9]{4,8})(?:[/?#]|$)", "https://streamable.com/{id}"),)),
    Provider("rumble", ("rumble.com",), (_form("video", r"^/embed/(?:\w+\.)?(?P<id>v\w+)", "https://rumble.com/embed/{id}/"),)),
    Provider("spotify", ("open.spotify.com",), (
        _form("audio", r"^/(?:embed(?:-podcast)?/)?(?:intl-\w+/)?(?P<type>episode|show|track|album|playlist|artist)/(?P<id>\w+)",
              "https://open.spotify.com/{type}/{id}", "{type}/{id}"),
    )),
    Provider("soundcloud", ("soundcloud.com",), (
        _form("audio", r"^/(?P<type>tracks|playlists|users)/(?:soundcloud(?::|%3A)\w+(?::|%3A))?(?P<id>\d+)",
              "https://api.soundcloud.com/{type}/{id}", "{type}/{id}"),
        _form("audio", r"^/(?!player|pages|search|discover|you/)(?P<handle>[\w-]+)/(?P<id>(?:sets/)?[\w-]+)",
              "https://soundcloud.com/{handle}/{id}", "{handle}/{id}"),
    ), credit=True, wraps=re.compile(r"^/player")),
    Provider("applepodcasts", ("podcasts.apple.com",), (
        _form("audio", rf"^/(?:\w\w/)?podcast/(?:[^/?#]+/)?id(?P<show>\d+)\?{_PARAM}i=(?P<id>\d+)",
              "https://podcasts.apple.com/podcast/id{show}?i={id}", "{show}/{id}"),
        _form("audio", r"^/(?:\w\w/)?podcast/(?:[^/?#]+/)?id(?P<id>\d+)", "https://podcasts.apple.com/podcast/id{id}"),
    )),
    Provider("applemusic", ("music.apple.com",), (
        _form("audio", r"^/(?:\w\w/)?(?P<type>album|playlist|song)/(?:[^/?#]+/)?(?P<id>[\w.-]+)",
              "https://music.apple.com/{type}/{id}", "{type}/{id}"),
    )),
    Provider("acast", ("acast.com",), (_form("audio", r"^/(?:s/)?(?P<show>[\w-]+)/(?:episodes/)?(?P<id>[\w-]+)", native="{show}/{id}"),)),
    Provider("megaphone", ("megaphone.fm",), (
        _form("audio", rf"^/?\?{_PARAM}[ep]=(?P<id>[A-Z]+\d+)", "https://playlist.megaphone.fm/?e={id}"),
        _form("audio", r"^/(?:e/)?(?P<id>[A-Z]{2,}\d+)", "https://playlist.megaphone.fm/?e={id}"),
    )),
    Provider("omny", ("omny.fm",), (
        _form("audio", r"^/shows/(?P<show>[\w-]+)/(?P<id>(?:playlists/)?[\w-]+)", "https://omny.fm/shows/{show}/{id}", "{show}/{id}"),)),
    Provider("audioboom", ("audioboom.com",), (_form("audio", r"^/(?:posts|boos)/(?P<id>\d+)", "https://audioboom.com/posts/{id}"),)),
    Provider("googlemaps", ("google.*",), (
        _form("map", rf"^/maps/d/(?:u/\d+/)?(?:embed|viewer)\?{_PARAM}mid=(?P<id>[\w.-]+)", "https://www.google.com/maps/d/viewer?mid={id}"),
        _form("map", rf"^/maps/embed(?:/v1/\w+)?\?{_PARAM}(?:pb|q|place_id|center)=(?P<id>[^&#]+)", digest=True),
        _form("map", rf"^/(?:maps/?)?\?(?=.*output=embed){_PARAM}(?:q|ll|cid|msid)=(?P<id>[^&#]+)", digest=True),
    ), bare=False),
    Provider("openstreetmap", ("openstreetmap.org",), (
        _form("map", rf"^/export/embed\.html\?{_PARAM}bbox=(?P<id>[^&#]+)", digest=True),), bare=False),
    Provider("flourish", ("flo.uri.sh", "flourish.studio"), (
        _form("chart", r"^/(?P<type>visualisation|story)/(?P<id>\d+)", "https://public.flourish.studio/{type}/{id}/", "{type}/{id}"),)),
    Provider("datawrapper", ("dwcdn.net", "datawrapper.de"), (
        _form("chart", r"^/(?:_/|chart/)?(?P<id>[A-Za-z0-9]{5})(?:[/?#]|$)", "https://datawrapper.dwcdn.net/{id}/"),
    ), credit=True),
    Provider("infogram", ("infogram.com", "infogr.am"), (
        _form("chart", r"^/(?!js/|login|app/|about)(?P<id>[\w-]{6,})", "https://infogram.com/{id}"),), credit=True),
    Provider("tableau", ("public.tableau.com",), (
        _form("chart", r"^/(?:shared/|views/|app/profile/[^/]+/viz/)(?P<id>[^/?#]+(?:/[^/?#]+)?)", "https://public.tableau.com/views/{id}"),
    ), bare=False),
    Provider("googledocs", ("docs.google.com", "drive.google.com"), (
        _form("document", r"^/(?P<type>document|spreadsheets|presentation|forms|file)/(?:u/\d+/)?d/(?:e/)?(?P<id>[\w-]{20,})",
              "https://docs.google.com/{type}/d/{id}", "{id}"),
    ), bare=False, wraps=re.compile(r"^/(?:viewer|gview|viewerng/viewer|a/[^/]+/viewer)\b")),
    Provider("officeviewer", ("view.officeapps.live.com",), bare=False, wraps=re.compile(r"^/op/")),
    Provider("scribd", ("scribd.com",), (
        _form("document", r"^/(?:embeds|document|doc|presentation)/(?P<id>\d+)", "https://www.scribd.com/document/{id}"),), credit=True),
    Provider("documentcloud", ("documentcloud.org",), (
        _form("document", r"^/documents/(?P<id>\d+)", "https://www.documentcloud.org/documents/{id}/"),), credit=True),
    Provider("issuu", ("issuu.com",), (
        _form("document", r"^/embed\.html\?(?=.*\bd=(?P<id>[\w.-]+))(?=.*\bu=(?P<handle>[\w.-]+))",
              "https://issuu.com/{handle}/docs/{id}", "{handle}/{id}"),
        _form("document", r"^/embed\.html#/?(?P<id>\d+/\d+)"),
        _form("document", r"^/(?P<handle>[\w.-]+)/docs/(?P<id>[\w.-]+)", "https://issuu.com/{handle}/docs/{id}", "{handle}/{id}"),
    ), credit=True),
    Provider("slideshare", ("slideshare.net",), (
        _form("document", r"^/slideshow/embed_code/(?:key/)?(?P<id>\w+)", "https://www.slideshare.net/slideshow/embed_code/key/{id}"),
    ), credit=True),
    Provider("gist", ("gist.github.com",), (_form("code", r"^/(?:[\w-]+/)?(?P<id>[0-9a-f]{7,})", "https://gist.github.com/{id}"),)),
    Provider("codepen", ("codepen.io",), (
        _form("code", r"^/(?P<handle>[\w-]+)/(?:embed|pen|full)/(?:preview/)?(?P<id>\w+)", "https://codepen.io/{handle}/pen/{id}"),)),
    Provider("iframely", ("iframe.ly",), bare=False, wraps=re.compile(r"^/")),
    Provider("embedly", ("embedly.com", "embed.ly"), bare=False, wraps=re.compile(r"^/")),
)  # fmt: skip

BY_NAME: dict[str, Provider] = {row.name: row for row in reversed(PROVIDERS)}
