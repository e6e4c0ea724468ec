"""Rows of the table of embed providers: videos."""

from __future__ import annotations

import re

from khabar.extraction.embeds.providers.row import (
    OPTIONAL_PARAMS,
    IdAttribute,
    Provider,
    id_attributes,
    id_form,
    split_names,
    url_pattern,
)

_YT = "https://www.youtube.com/watch?v={id}"
_YT_ID = r"(?!videoseries|live_stream)(?P<id>[A-Za-z0-9_-]{11})(?![A-Za-z0-9_-])"
_YT_ATTRIBUTE = "https://www.youtube.com/watch?v={}"
_JW_ATTRIBUTE = "https://cdn.jwplayer.com/videos/{}"
_DM = "https://www.dailymotion.com/video/{id}"
_DM_ATTRIBUTE = "https://www.dailymotion.com/video/{}"
_DM_SCRIPTS = ("https://geo.dailymotion.com/", "//geo.dailymotion.com/")
_BC_ATTRIBUTE = "https://players.brightcove.net/{}/default_default/index.html?"

VIDEO_PROVIDERS: tuple[Provider, ...] = (
    Provider("youtube", ("youtube.com", "youtube-nocookie.com", "youtu.be", "youtubeeducation.com", "youtube.googleapis.com"), (
        url_pattern("video", rf"^/{_YT_ID}", _YT, hosts=("youtu.be",), examples={"https://youtu.be/Pa9niNal0aA?si=x": "Pa9niNal0aA"}),
        url_pattern("live", rf"^/embed/live_stream/?\?{OPTIONAL_PARAMS}channel=(?P<id>UC[\w-]{{10,30}})", "https://www.youtube.com/channel/{id}/live", examples={
            "https://www.youtube.com/embed/live_stream?channel=UCnahar0pani0samachar00": "UCnahar0pani0samachar00"}),
        url_pattern("live", r"^/channel/(?P<id>UC[\w-]{10,30})/live\b", "https://www.youtube.com/channel/{id}/live", examples={
            "https://www.youtube.com/channel/UCnahar0pani0samachar00/live": "UCnahar0pani0samachar00"}),
        url_pattern("short", rf"^/shorts/{_YT_ID}", _YT, examples={"https://www.youtube.com/shorts/Pa9niNal0aA": "Pa9niNal0aA"}),
        url_pattern("live", rf"^/live/{_YT_ID}", _YT, examples={"https://www.youtube.com/live/Pa9niNal0aA?feature=share": "Pa9niNal0aA"}),
        url_pattern("video", rf"^/(?:embed|v|e|vi)/{_YT_ID}", _YT, examples={
            "https://www.youtube.com/embed/Pa9niNal0aA?start=3": "Pa9niNal0aA",
            "https://www.youtube-nocookie.com/embed/Pa9niNal0aA": "Pa9niNal0aA",
            "https://www.youtube.com/v/Pa9niNal0aA&hl=en": "Pa9niNal0aA"}),
        url_pattern("video", rf"^/(?:watch(?:_popup)?(?:\.php)?/?|embed/?)?[?&]{OPTIONAL_PARAMS}vi?={_YT_ID}", _YT, examples={
            "https://m.youtube.com/watch?feature=x&v=Pa9niNal0aA": "Pa9niNal0aA"}),
        # editors paste a whole URL, or its path, behind /embed/
        url_pattern("video", r"^/(?:embed|watch)/(?:%20|\s)*(?:(?:https?:/)?/?(?:(?:www|m)\.)?(?:youtube\.com|youtu\.be)/)?"
            rf"(?:live/|shorts/|embed/|v/|watch/?\?{OPTIONAL_PARAMS}v=)?{_YT_ID}", _YT, examples={
                "https://www.youtube.com/embed/watch?v=Pa9niNal0aA": "Pa9niNal0aA",
                "https://www.youtube.com/embed/https://youtu.be/Pa9niNal0aA": "Pa9niNal0aA",
                "https://www.youtube.com/embed/https://www.youtube.com/watch?feature=x&v=Pa9niNal0aA": "Pa9niNal0aA",
                "https://www.youtube.com/embed/live/Pa9niNal0aA": "Pa9niNal0aA",
                "https://www.youtube.com/watch/Pa9niNal0aA": "Pa9niNal0aA"}),
        url_pattern("playlist", rf"^/(?:embed/videoseries|embed/?|playlist|p)/?\?{OPTIONAL_PARAMS}list=(?P<id>[\w-]{{10,}})",
            "https://www.youtube.com/playlist?list={id}", examples={
                "https://www.youtube.com/embed/videoseries?list=PLnahar0pani0samachar": "PLnahar0pani0samachar"}),
    ), page_patterns=(
        url_pattern("live", r"^/(?P<id>(?:@|c/|user/)[^/?#]{1,60})/live\b", "https://www.youtube.com/{id}/live", examples={
            "https://www.youtube.com/@naharpani/live": "@naharpani", "https://www.youtube.com/c/naharpani/live": "c/naharpani"}),
        url_pattern("profile", r"^/(?P<id>@[^/?#]{1,60}|(?:channel|c|user)/[^/?#]{1,60})", "https://www.youtube.com/{id}", examples={
            "https://www.youtube.com/@naharpani": "@naharpani", "https://www.youtube.com/user/naharpani/videos": "user/naharpani"}),
        url_pattern("clip", r"^/clip/(?P<id>[\w-]{10,60})", "https://www.youtube.com/clip/{id}", examples={
            "https://www.youtube.com/clip/UgkxNaharPani0Samachar": "UgkxNaharPani0Samachar"}),
    ),
    id_form=id_form("youtube yt youtube2 ytvideo", r"(?!\d+$)(?=[\w-]*[\dA-Z])[\w-]{11}", _YT_ATTRIBUTE),
    widget_pattern=re.compile(r"^/(?:subscribe_embed|subscribe_widget|live_chat|signin|static|s/|t/)"),
    id_attributes=id_attributes(_YT_ATTRIBUTE, "[data-youtube-id]", "[data-youtube-video-id]", "[data-youtubeid]", "[data-ytid]",
        "[data-yt-id]", "[data-yt-video-id]", "[data-youtube]", "lite-youtube[videoid]", "lite-youtube[video-id]", "lite-youtube[data-id]", "youtube-embed[video-id]", "youtube-embed[videoid]",
        "youtube-embed[data-id]", "youtube-player[video-id]", "youtube-player[videoid]", "youtube-video[video-id]", "amp-youtube[data-videoid]",
        ".rll-youtube-player[data-id]", ".youtube-player[data-id]", ".youtube-player[data-video-id]", ".youtube[data-id]",
        ".youtube[data-embed]", ".youtube[data-video-id]", ".youtube[data-videoid]", ".youtube-embed[data-id]",
        ".youtube-embed[data-video-id]", ".youtube-embed[data-videoid]", ".lite-youtube[data-id]")
        + id_attributes("https://www.youtube.com/embed/live_stream?channel={}", "amp-youtube[data-live-channelid]")
        + id_attributes("{}", "youtube-video[src]"),
    element_id_patterns=((re.compile(r"^WYL_([\w-]{11})$"), _YT_ATTRIBUTE),)),
    # Mirrors of YouTube (Invidious, Piped): the host's name and YouTube's path together.
    Provider("youtube", ("yewtu.be",), (
        url_pattern("video", rf"^/(?:embed/|watch/?\?{OPTIONAL_PARAMS}v=){_YT_ID}", _YT, examples={
            "https://yewtu.be/embed/Pa9niNal0aA": "Pa9niNal0aA",
            "https://invidious.nahar.example/watch?v=Pa9niNal0aA": "Pa9niNal0aA",
            "https://piped.video/embed/Pa9niNal0aA?autoplay=0": "Pa9niNal0aA",
            "https://inv.nahar.example/embed/Pa9niNal0aA": "Pa9niNal0aA"}),
    ), host_pattern=re.compile(r"(?:^|\.)(?:invidious|inv|iv|piped|viewtube|poketube)\."), has_other_services=True),
    Provider("tiktok", ("tiktok.com",), (
        url_pattern("video", r"^/(?P<id>\w{6,})", id_template="", hosts=("vm.tiktok.com", "vt.tiktok.com"), examples={"https://vm.tiktok.com/ZNaharab1/": None}),
        url_pattern("video", r"^/@(?P<handle>[\w.-]+)/(?:video|photo)/(?P<id>\d{8,19})(?!\d)", "https://www.tiktok.com/@{handle}/video/{id}", examples={
            "https://www.tiktok.com/@nahar/video/7100000000000000001?lang=hi": "7100000000000000001"}),
        url_pattern("video", r"^/(?:embed(?:/v\d)?|player/v1|v)/(?P<id>\d{8,19})(?!\d)", "https://www.tiktok.com/embed/v2/{id}", examples={
            "https://www.tiktok.com/embed/v2/7100000000000000001": "7100000000000000001",
            "https://www.tiktok.com/player/v1/7100000000000000001": "7100000000000000001"}),
        url_pattern("video", r"^/t/(?P<id>\w{6,})", id_template="", examples={"https://www.tiktok.com/t/ZNaharab1/": None}),
    ), page_patterns=(
        url_pattern("profile", r"^/(?:embed/)?@(?P<id>[\w.-]+)/?(?:[?#]|$)", "https://www.tiktok.com/@{id}", "profile/{id}", examples={
            "https://www.tiktok.com/@nahar.pani?refer=creator_embed": "profile/nahar.pani", "https://www.tiktok.com/embed/@nahar.pani": "profile/nahar.pani"}),
    ),
    id_attributes=id_attributes("{}", ".tiktok-embed[cite]")
        + id_attributes("https://www.tiktok.com/embed/v2/{}", "amp-tiktok[data-src]", ".tiktok-embed[data-video-id]"),
    quote_classes=split_names("tiktok-embed")),
    Provider("moj", ("mojapp.in",), (
        url_pattern("video", r"^/@(?P<handle>[\w.-]+)/video/(?P<id>\d+)", "https://mojapp.in/@{handle}/video/{id}", examples={
            "https://mojapp.in/@nahar/video/100200300": "100200300"}),
    )),
    Provider("josh", ("myjosh.in",), (
        url_pattern("video", r"^/video/(?P<id>[\w-]+)", "https://share.myjosh.in/video/{id}", examples={"https://share.myjosh.in/video/nahar-12": "nahar-12"}),
    )),
    Provider("dailymotion", ("dailymotion.com", "dai.ly"), (
        url_pattern("video", r"^/(?P<id>x\w{4,})", _DM, hosts=("dai.ly",), examples={"https://dai.ly/x9nahar": "x9nahar"}),
        url_pattern("video", r"^/(?:embed/|swf/)?video/(?P<id>[a-z]\w{4,})", _DM, examples={
            "https://www.dailymotion.com/embed/video/x9nahar?autoplay=1": "x9nahar",
            "https://www.dailymotion.com/video/x9nahar": "x9nahar"}),
        url_pattern("video", rf"^/player(?:/\w+)?\.html\?{OPTIONAL_PARAMS}video=(?P<id>[a-z]\w{{4,}})", _DM, examples={
            "https://geo.dailymotion.com/player/xnahr.html?video=x9nahar": "x9nahar",
            "https://geo.dailymotion.com/player.html?mute=1&video=x9nahar": "x9nahar"}),
        url_pattern("playlist", r"^/(?:embed/)?playlist/(?P<id>x\w{4,})", "https://www.dailymotion.com/playlist/{id}", examples={
            "https://www.dailymotion.com/embed/playlist/x7pani": "x7pani"}),
        url_pattern("playlist", rf"^/player(?:/\w+)?\.html\?{OPTIONAL_PARAMS}playlist=(?P<id>x\w{{4,}})", "https://www.dailymotion.com/playlist/{id}", examples={
            "https://geo.dailymotion.com/player.html?playlist=x7pani": "x7pani"}),
    ), id_form=id_form("dailymotion dm", r"x[a-z0-9]{5,8}", _DM_ATTRIBUTE), widget_pattern=re.compile(r"^/(?:badge|signin|oauth)\b"),
    id_attributes=id_attributes(_DM_ATTRIBUTE, "[data-dailymotion-id]", "[data-dm-id]", "amp-dailymotion[data-videoid]",
        ".dailymotion-player[data-video]", ".dailymotion-cpe[data-video-id]")
        + (IdAttribute("script", ("data-video",), _DM_ATTRIBUTE, value_prefix=("src", _DM_SCRIPTS)),
            IdAttribute("script", ("data-playlist",), "https://www.dailymotion.com/playlist/{}", value_prefix=("src", _DM_SCRIPTS)))),
    Provider("vimeo", ("vimeo.com",), (
        url_pattern("live", r"^/(?:event|live)/(?P<id>\d+)", "https://vimeo.com/event/{id}", examples={"https://vimeo.com/event/100200/embed": "100200"}),
        url_pattern("video", r"^/(?:video/|channels/[^/?#]+/|groups/[^/?#]+/videos/|moogaloop\.swf\?.*clip_id=)?(?P<id>\d{5,})", "https://vimeo.com/{id}", examples={
            "https://player.vimeo.com/video/100200300?h=ab": "100200300", "https://vimeo.com/channels/nahar/100200300": "100200300"}),
        url_pattern("playlist", r"^/(?:showcase|album)/(?P<id>\d{4,})", "https://vimeo.com/showcase/{id}", "showcase/{id}", examples={
            "https://vimeo.com/showcase/1002003/embed": "showcase/1002003"}),
    ), has_credit_line=True,
    id_form=id_form("vimeo", r"\d{6,11}", "https://vimeo.com/{}", in_path=True),
    id_attributes=id_attributes("https://vimeo.com/{}", "[data-vimeo-id]", "lite-vimeo[videoid]", "lite-vimeo[video-id]", "vimeo-player[video-id]", "vimeo-embed[video-id]", "amp-vimeo[data-videoid]")),
    Provider("jwplayer", ("jwplayer.com", "jwplatform.com"), (
        url_pattern("video", r"^/(?:players|previews|videos|manifests|v2/media)/(?P<id>[A-Za-z0-9]{8})(?![A-Za-z0-9])", "https://cdn.jwplayer.com/videos/{id}", examples={
            "https://cdn.jwplayer.com/players/nAhar123-Pani4567.html": "nAhar123", "https://content.jwplatform.com/videos/nAhar123-abc.mp4": "nAhar123",
            "https://cdn.jwplayer.com/v2/media/nAhar123": "nAhar123"}),
        url_pattern("playlist", r"^/v2/playlists/(?P<id>[A-Za-z0-9]{8})", "https://cdn.jwplayer.com/v2/playlists/{id}", examples={
            "https://cdn.jwplayer.com/v2/playlists/nAhar123": "nAhar123"}),
    ), allows_bare_url=False, has_script_player=True,
    id_form=id_form("jwplayer jw jwp", r"(?!\d+$)(?=\w*[\dA-Z])[A-Za-z0-9]{8}", _JW_ATTRIBUTE),
    widget_pattern=re.compile(r"^/(?:libraries|strips|thumbs|ping)\b"),
    id_attributes=id_attributes(_JW_ATTRIBUTE, "[data-jw-media-id]", "[data-jwplayer-id]", "amp-jwplayer[data-media-id]",
        ".jwplayer[data-media-id]", ".jw-player[data-media-id]", ".jwplayer[data-video-id]")
        + id_attributes("https://cdn.jwplayer.com/v2/playlists/{}", "amp-jwplayer[data-playlist-id]")
        + (IdAttribute("video", ("video-id",), _JW_ATTRIBUTE, value_prefix=("data-source", ("jw",))),),
    element_id_patterns=((re.compile(r"^(?:botr|jwplayer)_([A-Za-z0-9]{8})_[A-Za-z0-9]{8}_div$"), _JW_ATTRIBUTE),)),
    Provider("brightcove", ("players.brightcove.net",), (
        url_pattern("video", rf"^/(?P<account>\d+)/[^?]*\?{OPTIONAL_PARAMS}videoId=(?P<id>(?:ref:)?[\w.-]+)",
            "https://players.brightcove.net/{account}/default_default/index.html?videoId={id}", "{account}/{id}", examples={
                "https://players.brightcove.net/100200300/default_default/index.html?videoId=600700800": "100200300/600700800"}),
        url_pattern("playlist", rf"^/(?P<account>\d+)/[^?]*\?{OPTIONAL_PARAMS}playlistId=(?P<id>(?:ref:)?[\w.-]+)",
            "https://players.brightcove.net/{account}/default_default/index.html?playlistId={id}", "{account}/{id}", examples={
                "https://players.brightcove.net/100200300/default_default/index.html?playlistId=600700800": "100200300/600700800"}),
    ), allows_bare_url=False,
    id_attributes=id_attributes(_BC_ATTRIBUTE + "videoId={}", "amp-brightcove[data-account data-video-id]", "[data-account data-video-id]")
        + id_attributes(_BC_ATTRIBUTE + "playlistId={}", "amp-brightcove[data-account data-playlist-id]", "[data-account data-playlist-id]")),
    Provider("slike", ("slike.in", "slike.indiatimes.com", "tvid.in"), (
        url_pattern("video", rf"^/[^?]*\?{OPTIONAL_PARAMS}(?:slikeid|videoid|id)=(?P<id>\w{{6,}})", examples={
            "https://videoplayer.slike.in/player.html?apikey=x&videoid=1xnahar9ab": "1xnahar9ab"}),
    ), allows_bare_url=False,
    id_attributes=tuple(IdAttribute(selector, (name,), "", "slike", "video")
        for selector, name in (("", "data-slikeid"), ("", "data-slike-id"), ("amp-slikeplayer", "data-videoid")))),
    Provider("wistia", ("wistia.com", "wistia.net"), (
        url_pattern("video", r"^/(?:embed/(?:iframe|medias|playlists)|medias)/(?P<id>\w{10})", "https://fast.wistia.net/embed/iframe/{id}", examples={
            "https://fast.wistia.net/embed/iframe/naharab123": "naharab123", "https://nahar.wistia.com/medias/naharab123": "naharab123"}),
    ), has_script_player=True, id_form=id_form("wistia", r"(?!\d+$)(?=[a-z]*\d)[a-z0-9]{10}", "https://fast.wistia.net/embed/iframe/{}"),
    id_attributes=id_attributes("https://fast.wistia.net/embed/iframe/{}", "amp-wistia-player[data-media-hashed-id]", "wistia-player[media-id]")),
    Provider("twitch", ("twitch.tv",), (
        url_pattern("video", rf"^/(?:embed/?|videos/|clip/|[^?]*)\?{OPTIONAL_PARAMS}(?:video=v?|clip=)(?P<id>[\w-]+)", examples={
            "https://player.twitch.tv/?video=v100200300&parent=x": "100200300"}),
        url_pattern("video", r"^/videos/(?P<id>\d+)", "https://www.twitch.tv/videos/{id}", examples={"https://www.twitch.tv/videos/100200300": "100200300"}),
        url_pattern("live", rf"^/[^?]*\?{OPTIONAL_PARAMS}channel=(?P<id>\w+)", "https://www.twitch.tv/{id}", examples={
            "https://player.twitch.tv/?channel=naharpani&parent=x": "naharpani"}),
    ), page_patterns=(
        url_pattern("live", r"^/(?P<id>\w{3,25})/?(?:[?#]|$)", "https://www.twitch.tv/{id}", examples={"https://www.twitch.tv/naharpani": "naharpani"}),
    )),
    Provider("streamable", ("streamable.com",), (
        url_pattern("video", r"^/(?:[eos]/)?(?P<id>[a-z0-9]{4,8})(?:[/?#]|$)", "https://streamable.com/{id}", examples={"https://streamable.com/e/nahar1": "nahar1"}),
    ), id_form=id_form("streamable", r"(?!\d+$)(?=[a-z]*\d)[a-z0-9]{5,8}", "https://streamable.com/{}")),
    Provider("rumble", ("rumble.com",), (
        url_pattern("video", r"^/embed/(?:\w+\.)?(?P<id>v\w+)", "https://rumble.com/embed/{id}/", examples={
            "https://rumble.com/embed/v1nahar/?pub=4": "v1nahar", "https://rumble.com/embed/u1x.v1nahar/": "v1nahar"}),
    ), id_form=id_form("rumble", r"v[a-z0-9]{5,8}", "https://rumble.com/embed/{}/")),
    Provider("odysee", ("odysee.com",), (
        url_pattern("video", r"^/(?:\$|%24)/embed/(?P<id>[^?#]+?)/?(?:[?#]|$)", "https://odysee.com/{id}", examples={
            "https://odysee.com/$/embed/@nahar:1/pani:2?r=x": "@nahar:1/pani:2"}),
        url_pattern("video", r"^/(?P<id>@[^/?#]+/[^/?#]+)", "https://odysee.com/{id}", examples={"https://odysee.com/@nahar:1/pani:2": "@nahar:1/pani:2"}),
    )),
    Provider("vk", ("vk.com", "vkvideo.ru", "vk.ru"), (
        url_pattern("video", rf"^/video_ext\.php\?(?=.*\boid=(?P<owner>-?\d+)){OPTIONAL_PARAMS}id=(?P<id>\d+)", "https://vk.com/video{owner}_{id}", "{owner}_{id}", examples={
            "https://vk.com/video_ext.php?oid=-100200&id=456239001&hash=ab": "-100200_456239001",
            "https://vkvideo.ru/video_ext.php?oid=-100200&id=456239001": "-100200_456239001"}),
        url_pattern("video", r"^/(?:video|clip)(?P<owner>-?\d+)_(?P<id>\d+)", "https://vk.com/video{owner}_{id}", "{owner}_{id}", examples={
            "https://vk.com/video-100200_456239001": "-100200_456239001"}),
        url_pattern("post", r"^/wall(?P<owner>-?\d+)_(?P<id>\d+)", "https://vk.com/wall{owner}_{id}", "wall{owner}_{id}", examples={
            "https://vk.com/wall-100200_55": "wall-100200_55"}),
    ), widget_pattern=re.compile(r"^/(?:widget_|share\.php|login)")),
    Provider("okru", ("ok.ru", "odnoklassniki.ru"), (
        url_pattern("video", r"^/(?:videoembed|video|live)/(?P<id>\d+)", "https://ok.ru/video/{id}", examples={
            "https://ok.ru/videoembed/100200300400": "100200300400", "//ok.ru/video/100200300400": "100200300400"}),
    )),
    Provider("rutube", ("rutube.ru",), (
        url_pattern("video", r"^/(?:play/embed|video(?:/embed)?|shorts)/(?P<id>\w{7,32})", "https://rutube.ru/video/{id}/", examples={
            "https://rutube.ru/play/embed/0123456789abcdef0123456789abcdef": "0123456789abcdef0123456789abcdef"}),
    )),
    Provider("bilibili", ("bilibili.com",), (
        url_pattern("video", rf"^/(?:blackboard/)?(?:html5mobile)?player\.html\?{OPTIONAL_PARAMS}bvid=(?P<id>BV\w{{8,12}})", "https://www.bilibili.com/video/{id}", examples={
            "https://player.bilibili.com/player.html?page=1&bvid=BV1nahar0pani": "BV1nahar0pani"}),
        url_pattern("video", r"^/video/(?P<id>BV\w{8,12})", "https://www.bilibili.com/video/{id}", examples={
            "https://www.bilibili.com/video/BV1nahar0pani/": "BV1nahar0pani"}),
    )),
    Provider("gumlet", ("gumlet.io", "gumlet.com", "gumlet.tv"), (
        url_pattern("video", r"^/(?:embed|watch)/(?P<id>[0-9a-f]{16,32})", "https://play.gumlet.io/embed/{id}", examples={
            "https://play.gumlet.io/embed/65abcdef1234567890abcdef?autoplay=false": "65abcdef1234567890abcdef",
            "https://gumlet.tv/watch/65abcdef1234567890abcdef": "65abcdef1234567890abcdef"}),
    )),
    Provider("vidyard", ("vidyard.com",), (
        url_pattern("video", r"^/(?:watch/)?(?P<id>[A-Za-z0-9]{20,24})(?:\.html)?(?:[/?#]|$)", "https://play.vidyard.com/{id}", examples={
            "https://play.vidyard.com/nAharPaniSamachar1234.html?v=4": "nAharPaniSamachar1234"}),
    ), id_attributes=id_attributes("https://play.vidyard.com/{}", ".vidyard-player-embed[data-uuid]")),
    Provider("loom", ("loom.com",), (
        url_pattern("video", r"^/(?:embed|share)/(?P<id>[0-9a-f]{32})", "https://www.loom.com/share/{id}", examples={
            "https://www.loom.com/embed/0123456789abcdef0123456789abcdef": "0123456789abcdef0123456789abcdef"}),
    )),
    Provider("cloudflarestream", ("videodelivery.net", "cloudflarestream.com"), (
        url_pattern("video", r"^/(?P<id>[0-9a-f]{32})(?:/iframe)?/?(?:[?#]|$)", "https://iframe.videodelivery.net/{id}", examples={
            "https://iframe.videodelivery.net/0123456789abcdef0123456789abcdef": "0123456789abcdef0123456789abcdef",
            "https://customer-nahar.cloudflarestream.com/0123456789abcdef0123456789abcdef/iframe": "0123456789abcdef0123456789abcdef"}),
    ), allows_bare_url=False),
    Provider("bunny", ("iframe.mediadelivery.net", "player.mediadelivery.net"), (
        url_pattern("video", r"^/(?:embed|play)/(?P<library>\d+)/(?P<id>[0-9a-f-]{36})", "https://iframe.mediadelivery.net/embed/{library}/{id}", "{library}/{id}", examples={
            "https://iframe.mediadelivery.net/embed/1002/0f0a1b2c-aaaa-4bbb-8ccc-0123456789ab?autoplay=false": "1002/0f0a1b2c-aaaa-4bbb-8ccc-0123456789ab"}),
    ), allows_bare_url=False),
    Provider("kaltura", ("kaltura.com",), (
        url_pattern("video", r"^/.*[?&/](?:entry_id[=/])(?P<id>\d_\w{8})", examples={
            "https://cdnapisec.kaltura.com/p/100/sp/10000/embedIframeJs/uiconf_id/200/partner_id/100?iframeembed=true&entry_id=1_naharab1": "1_naharab1"}),
    ), allows_bare_url=False),
    Provider("ted", ("embed.ted.com", "ted.com"), (
        url_pattern("video", r"^/talks/(?:lang/[\w-]+/)?(?P<id>\w+)", "https://www.ted.com/talks/{id}", examples={
            "https://embed.ted.com/talks/lang/hi/nahar_ka_pani": "nahar_ka_pani"}),
    )),
    Provider("archiveorg", ("archive.org",), (
        url_pattern("video", r"^/(?:embed|details)/(?P<id>[\w.-]+)", "https://archive.org/details/{id}", examples={
            "https://archive.org/embed/nahar-ka-pani": "nahar-ka-pani"}),
    ), has_other_services=True, allows_bare_url=False),
    Provider("peertube", ("*",), (
        url_pattern("video", r"^/videos/embed/(?P<id>[0-9a-f]{8}-[0-9a-f-]{27})", "https://{host}/videos/watch/{id}", "{host}/{id}", examples={
            "https://video.samaj.example/videos/embed/0f0a1b2c-aaaa-4bbb-8ccc-0123456789ab?title=0": "video.samaj.example/0f0a1b2c-aaaa-4bbb-8ccc-0123456789ab"}),
    ), has_other_services=True, allows_bare_url=False),
    # Publishers' own players and polls. Their hosts serve their articles, too.
    Provider("ndtv", ("ndtv.com", "ndtv.in"), (
        url_pattern("video", rf"^/video/embed-player/?\?{OPTIONAL_PARAMS}id=(?P<id>\d+)", "https://www.ndtv.com/video/embed-player/?id={id}", examples={
            "https://www.ndtv.com/video/embed-player/?site=classic&id=100200&autostart=0": "100200",
            "https://ndtv.in/video/embed-player?id=100200": "100200"}),
    ), has_other_services=True, allows_bare_url=False),
    Provider("oneindia", ("polls.oneindia.com",), (
        url_pattern("poll", r"^/(?:[^#]*[/?&=])?(?P<id>\d+)(?:[/?&#.]|$)", examples={
            "https://polls.oneindia.com/hindi/polls/embed/1002": "1002", "https://polls.oneindia.com/poll.html?poll_id=1002&lang=hi": "1002"}),
    ), page_patterns=(
        url_pattern("poll", r"^/(?P<id>[^#]{2,})", hash_id=True, examples={"https://polls.oneindia.com/embed/nahar": "9996746814dac39b"}),
    ), allows_bare_url=False),
    Provider("bbc", ("bbc.com", "bbc.co.uk"), (
        url_pattern("video", r"^/(?:[\w-]+/){0,3}av-embeds/(?P<id>(?:[\w-]+/)*[\w-]*\w)", "https://www.bbc.com/ws/av-embeds/{id}", examples={
            "https://www.bbc.com/ws/av-embeds/cps/hindi/india-100200/p0nahar1/hi": "cps/hindi/india-100200/p0nahar1/hi",
            "https://www.bbc.com/hindi/av-embeds/india-100200/vpid/p0nahar1": "india-100200/vpid/p0nahar1"}),
    ), has_other_services=True, allows_bare_url=False),
)  # fmt: skip
