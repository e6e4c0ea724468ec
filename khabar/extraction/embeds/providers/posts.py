"""Rows of the table of embed providers: posts of social networks."""

from __future__ import annotations

import re

from khabar.extraction.embeds.providers.row import (
    OPTIONAL_PARAMS,
    UUID,
    Provider,
    id_attributes,
    id_form,
    split_names,
    url_pattern,
)

_X = "https://x.com/i/status/{id}"
_X_USER = r"^/(?!(?:i|intent|share|home|search|hashtag|settings|login|widgets|srv|embed)(?:[/?#]|$))(?P<id>\w{1,20})"
_IG_USER = r"^/(?:(?!share/)(?P<handle>[\w.]+)/)?"
_IG_CODE = r"(?P<id>[A-Za-z0-9_-]{5,40})"
_FB = "https://www.facebook.com/"
_FB_USER = r"^/(?P<handle>[^/?#]+)"
_FB_ID = r"(?P<id>\d{5,}|pfbid\w+)"

POST_PROVIDERS: tuple[Provider, ...] = (
    Provider("x", ("twitter.com", "x.com", "fxtwitter.com", "vxtwitter.com", "fixupx.com", "fixvx.com", "nitter.net"), (
        url_pattern("post", r"^/(?:#!/)?(?:i(?:/web)?|(?P<handle>\w{1,20}))/status(?:es)?/(?P<id>\d{1,19})(?!\d)",
            "https://x.com/{handle}/status/{id}", anonymous_url=_X, examples={
                "https://twitter.com/jal_vibhag/status/1990000000000000001?ref_src=twsrc%5Etfw": "1990000000000000001",
                "https://x.com/i/web/status/1990000000000000001": "1990000000000000001",
                "https://mobile.twitter.com/#!/jal_vibhag/statuses/1990000000000000001": "1990000000000000001"}),
        url_pattern("post", rf"^/embed/[^?]*\?{OPTIONAL_PARAMS}(?:id|tweetId)=(?P<id>\d{{1,19}})(?!\d)", _X, examples={
            "https://platform.twitter.com/embed/Tweet.html?dnt=true&id=1990000000000000001": "1990000000000000001"}),
        url_pattern("post", r"^/i/(?:videos(?:/tweet)?|cards/tfw/v1)/(?P<id>\d{5,19})(?!\d)", _X, examples={
            "https://twitter.com/i/videos/tweet/1990000000000000001": "1990000000000000001",
            "https://twitter.com/i/videos/1990000000000000001": "1990000000000000001"}),
        url_pattern("post", r"^/(?:i|(?P<handle>\w{1,20}))/articles?/(?P<id>\d{5,19})(?!\d)",
            "https://x.com/{handle}/article/{id}", anonymous_url="https://x.com/i/article/{id}", examples={
                "https://x.com/jal_vibhag/article/1990000000000000001": "1990000000000000001",
                "https://x.com/i/article/1990000000000000001": "1990000000000000001"}),
        url_pattern("audio", r"^/i/spaces/(?P<id>\w{8,20})", "https://x.com/i/spaces/{id}", examples={
            "https://x.com/i/spaces/1OwGWNYrkLxKQ": "1OwGWNYrkLxKQ",
            "https://twitter.com/i/spaces/1OwGWNYrkLxKQ/peek?s=20": "1OwGWNYrkLxKQ"}),
        url_pattern("live", r"^/i/(?:broadcasts|live)/(?P<id>\w{8,20})", "https://x.com/i/broadcasts/{id}", examples={
            "https://x.com/i/broadcasts/1OwGWNYrkLxKQ": "1OwGWNYrkLxKQ"}),
    ), page_patterns=(
        url_pattern("timeline", r"^/i/(?P<type>lists|events|moments|timeline|communities)/(?P<id>\d+)",
            "https://x.com/i/{type}/{id}", "{type}/{id}", examples={
                "https://x.com/i/lists/1990000000000000001": "lists/1990000000000000001",
                "https://twitter.com/i/moments/990000000000000001": "moments/990000000000000001"}),
        url_pattern("profile", r"^/srv/timeline-profile/screen-name/(?P<id>\w+)", "https://x.com/{id}", "profile/{id}", examples={
            "https://syndication.twitter.com/srv/timeline-profile/screen-name/jal_vibhag?dnt=false": "profile/jal_vibhag"}),
        url_pattern("timeline", r"^/srv/timeline-list/list-id/(?P<id>\d+)", "https://x.com/i/lists/{id}", "lists/{id}", examples={
            "https://syndication.twitter.com/srv/timeline-list/list-id/1990000000000000001": "lists/1990000000000000001"}),
        url_pattern("timeline", r"^/(?P<handle>\w{1,20})/(?P<type>lists|timelines|moments)/(?P<id>[\w-]+)",
            "https://x.com/{handle}/{type}/{id}", "{handle}/{type}/{id}", examples={
                "https://twitter.com/jal_vibhag/lists/nagar": "jal_vibhag/lists/nagar"}),
        url_pattern("timeline", r"^/(?P<id>hashtag/[^/?#]+|search\?[^#]+)", "https://x.com/{id}", examples={
            "https://twitter.com/hashtag/nahar?src=hash": "hashtag/nahar"}),
        url_pattern("profile", _X_USER + r"/?(?:likes|media)?(?:[?#]|$)", "https://x.com/{id}", "profile/{id}", examples={
            "https://x.com/jal_vibhag": "profile/jal_vibhag",
            "https://twitter.com/jal_vibhag?ref_src=twsrc%5Etfw": "profile/jal_vibhag"}),
    ),
    widget_pattern=re.compile(r"^/(?:widgets|intent|share|settings|login|oauth|i/flow|widget_iframe)(?:[/?#.]|$)"),
    id_form=id_form("tweet tweets twitter xpost", r"\d{15,19}", "https://x.com/i/status/{}", in_path=True),
    id_attributes=id_attributes("https://x.com/i/status/{}", "[data-tweet-id]", "[data-tweetid]", "[data-twitter-id]",
        ".tweet[data-tweet]", ".twitter-tweet[data-tweet]")
        + id_attributes("{}", "[data-tweet-url]"),
    element_id_patterns=((re.compile(r"^(?:tweet|twitter)(?:[_-](?:post|embed|tweet|container))?[_-](\d{15,19})$"), "https://x.com/i/status/{}"),),
    quote_classes=split_names("twitter-tweet twitter-video twitter-tweet-rendered")),

    # Mirrors of X (Nitter): the host's name and X's path together.
    Provider("x", (), (
        url_pattern("post", r"^/(?P<handle>\w{1,20})/status/(?P<id>\d{15,19})(?!\d)", "https://x.com/{handle}/status/{id}", examples={
            "https://nitter.samaj.example/jal_vibhag/status/1990000000000000001": "1990000000000000001"}),
    ), host_pattern=re.compile(r"(?:^|\.)(?:nitter|xcancel)\."), has_other_services=True, allows_bare_url=False),

    Provider("instagram", ("instagram.com", "instagr.am", "ddinstagram.com"), (
        url_pattern("post", rf"{_IG_USER}p/{_IG_CODE}", "https://www.instagram.com/p/{id}/", examples={
            "https://www.instagram.com/p/CxJaL0Nigam/?utm_source=ig_embed": "CxJaL0Nigam",
            "https://www.instagram.com/nagar.nigam/p/CxJaL0Nigam/embed/captioned/": "CxJaL0Nigam"}),
        url_pattern("reel", rf"{_IG_USER}reels?/(?!audio\b|videos\b){_IG_CODE}", "https://www.instagram.com/reel/{id}/", examples={
            "https://www.instagram.com/reel/CxJaL0Nigam/embed": "CxJaL0Nigam",
            "https://www.instagram.com/reels/CxJaL0Nigam/": "CxJaL0Nigam"}),
        url_pattern("video", rf"{_IG_USER}tv/{_IG_CODE}", "https://www.instagram.com/p/{id}/", examples={
            "https://www.instagram.com/tv/CxJaL0Nigam/?igsh=x": "CxJaL0Nigam"}),
        url_pattern("post", r"^/share/(?:p/)?(?P<id>[\w-]{5,})", id_template="", examples={
            "https://www.instagram.com/share/p/BALnigam12": None}),
        url_pattern("reel", r"^/share/reel/(?P<id>[\w-]{5,})", id_template="", examples={
            "https://www.instagram.com/share/reel/BALnigam12": None}),
    ), page_patterns=(
        url_pattern("story", r"^/stories/(?!highlights/)(?P<handle>[\w.]+)/(?P<id>\d+)",
            "https://www.instagram.com/stories/{handle}/{id}/", examples={
                "https://www.instagram.com/stories/nagar.nigam/3500000000000000000/": "3500000000000000000"}),
        url_pattern("story", r"^/(?:stories/highlights|s)/(?P<id>[\w=-]{8,})", id_template="highlights/{id}", examples={
            "https://www.instagram.com/stories/highlights/17900000000000000/": "highlights/17900000000000000"}),
        url_pattern("audio", r"^/reels?/audio/(?P<id>\d+)", "https://www.instagram.com/reels/audio/{id}/", "audio/{id}", examples={
            "https://www.instagram.com/reels/audio/1790000000000000/": "audio/1790000000000000"}),
        url_pattern("profile", r"^/(?!accounts|explore|direct|about|legal|developer|stories|embed|static|web)(?P<id>[\w.]{1,30})(?:/embed)?/?(?:[?#]|$)",
            "https://www.instagram.com/{id}/", "profile/{id}", examples={
                "https://www.instagram.com/nagar.nigam/": "profile/nagar.nigam",
                "https://www.instagram.com/nagar.nigam/embed": "profile/nagar.nigam"}),
    ),
    widget_pattern=re.compile(r"^/(?:accounts|embed\.js|static|web|direct)(?:[/?#]|$)"),
    id_form=id_form("instagram insta", r"(?!\d+$)(?=[\w-]*[\dA-Z])[\w-]{10,12}", "https://www.instagram.com/p/{}/"),
    id_attributes=id_attributes("{}", "[data-instgrm-permalink]")
        + id_attributes("https://www.instagram.com/p/{}/", "amp-instagram[data-shortcode]"),
    quote_classes=split_names("instagram-media"), sdk_calls=("instgrm.Embeds.process",)),

    Provider("facebook", ("facebook.com", "fb.com", "fb.watch"), (
        url_pattern("video", r"^/(?:v/)?(?P<id>[\w-]{6,})", id_template="", hosts=("fb.watch",), examples={
            "https://fb.watch/nAhar12-xY/": None}),
        url_pattern("video", rf"^/(?:watch/?(?:live/?)?|video(?:/video)?\.php|video/embed/?)\?{OPTIONAL_PARAMS}v(?:ideo_id)?=(?P<id>\d+)",
            _FB + "watch/?v={id}", examples={
                "https://www.facebook.com/watch/?v=100200300400": "100200300400",
                "https://www.facebook.com/watch/live/?ref=x&v=100200300400": "100200300400",
                "https://www.facebook.com/video/embed?video_id=100200300400": "100200300400"}),
        url_pattern("comment", r"^/.*[?&](?:reply_)?comment_id=(?P<id>\d+)", examples={
            "https://www.facebook.com/nagarnigam/posts/100200300400?comment_id=500600700800": "500600700800"}),
        url_pattern("video", rf"{_FB_USER}/videos/(?:[^/?#]+/)*?(?P<id>\d{{5,}})(?:[/?#]|$)", _FB + "{handle}/videos/{id}/", examples={
            "https://www.facebook.com/nagarnigam/videos/vb.1/100200300400/": "100200300400"}),
        url_pattern("reel", r"^/reels?/(?P<id>\d+)", _FB + "reel/{id}", examples={
            "https://m.facebook.com/reel/100200300400": "100200300400"}),
        url_pattern("post", r"^/groups/(?P<group>[^/?#]+)/(?:posts|permalink)/(?P<id>\w+)", _FB + "groups/{group}/posts/{id}", examples={
            "https://www.facebook.com/groups/nahar/permalink/100200300400/": "100200300400"}),
        url_pattern("post", rf"{_FB_USER}/posts/(?:[^/?#]+/)?{_FB_ID}", _FB + "{handle}/posts/{id}", examples={
            "https://www.facebook.com/nagarnigam/posts/pfbid0nigam": "pfbid0nigam",
            "https://www.facebook.com/plugins/post.php?href=https%3A%2F%2Fwww.facebook.com%2Fnagarnigam%2Fposts%2F100200300400": "100200300400"}),
        url_pattern("post", rf"^/(?:permalink|story)\.php\?(?=.*\bid=(?P<owner>\d+)){OPTIONAL_PARAMS}story_fbid={_FB_ID}",
            _FB + "permalink.php?story_fbid={id}&id={owner}", examples={
                "https://m.facebook.com/story.php?story_fbid=100200300400&id=10001": "100200300400"}),
        url_pattern("photo", rf"^/photo(?:s|\.php)?/?\?{OPTIONAL_PARAMS}fbid=(?P<id>\d+)", _FB + "photo.php?fbid={id}", examples={
            "https://www.facebook.com/photo/?fbid=100200300400&set=a.1": "100200300400"}),
        url_pattern("photo", rf"{_FB_USER}/photos/(?:[^/?#]+/)*?(?P<id>\d{{5,}})(?:[/?#]|$)", _FB + "{handle}/photos/{id}", examples={
            "https://www.facebook.com/nagarnigam/photos/a.1/100200300400": "100200300400"}),
        url_pattern("post", r"^/share/(?:p/)?(?![rv]/)(?P<id>\w{6,})", id_template="", examples={
            "https://www.facebook.com/share/p/1NigamAb/": None}),
        url_pattern("reel", r"^/share/r/(?P<id>\w{6,})", id_template="", examples={"https://www.facebook.com/share/r/1NigamAb/": None}),
        url_pattern("video", r"^/share/v/(?P<id>\w{6,})", id_template="", examples={"https://www.facebook.com/share/v/1NigamAb/": None}),
    ),
    wrapper_pattern=re.compile(r"^/(?:v[\d.]+/)?plugins/(?P<kind>post|video|comment_embed)\.php"),
    widget_pattern=re.compile(
        r"^/(?:v[\d.]+/)?plugins/(?:like|like_box|likebox|page|share_button|follow|send|facepile|group|customer_chat|login_button|quote"
        r"|fan|fanbox|subscribe|activity|recommendations|save|registration)\.php|^/(?:dialog|sharer|tr|login|share\.php|x/oauth|connect|oauth)(?:[/?#.]|$)"),
    id_attributes=id_attributes("{}", "amp-facebook[data-href]")
        + id_attributes("{}", "fb:post[href]", ".fb-post[data-href]", ".fb-comment-embed[data-href]", kind="post")
        + id_attributes("{}", "fb:video[href]", ".fb-video[data-href]", kind="video"),
    quote_classes=split_names("fb-xfbml-parse-ignore"), sdk_calls=("FB.XFBML.parse",)),

    Provider("threads", ("threads.net", "threads.com"), (
        url_pattern("post", r"^/@(?P<handle>[\w.]+)/post/(?P<id>[\w-]{5,40})", "https://www.threads.com/@{handle}/post/{id}", examples={
            "https://www.threads.net/@nagar.nigam/post/CxJaL0Nigam/embed": "CxJaL0Nigam",
            "https://www.threads.com/@nagar.nigam/post/CxJaL0Nigam?xmt=x": "CxJaL0Nigam"}),
        url_pattern("post", r"^/t/(?P<id>[\w-]{5,40})", "https://www.threads.com/t/{id}", examples={
            "https://www.threads.net/t/CxJaL0Nigam/embed/": "CxJaL0Nigam"}),
    ), page_patterns=(
        url_pattern("profile", r"^/@(?P<id>[\w.]+)(?:/embed)?/?(?:[?#]|$)", "https://www.threads.com/@{id}", "profile/{id}", examples={
            "https://www.threads.com/@nagar.nigam": "profile/nagar.nigam"}),
    ),
    id_attributes=id_attributes("{}", "[data-text-post-permalink]"),
    element_id_patterns=((re.compile(r"^ig-tp-([\w-]{5,40})$"), "https://www.threads.com/t/{}"),),
    quote_classes=split_names("text-post-media")),

    Provider("telegram", ("t.me", "telegram.me", "telegram.dog"), (
        url_pattern("post", r"^/(?:s/)?(?!c/|s/|joinchat)(?P<handle>[A-Za-z]\w{3,})/(?:\d+/)?(?P<n>\d+)", "https://t.me/{handle}/{n}",
            "{handle}/{n}", examples={
                "https://t.me/nagarnigam/68?embed=1": "nagarnigam/68",
                "https://t.me/s/nagarnigam/68": "nagarnigam/68"}),
    ),
    widget_pattern=re.compile(r"^/(?:share|joinchat|\+|proxy|login|addstickers)"),
    id_attributes=id_attributes("https://t.me/{}", "[data-telegram-post]")),

    Provider("koo", ("kooapp.com",), (
        url_pattern("post", rf"^/koo/(?P<handle>[^/?#]+)/{UUID}", "https://www.kooapp.com/koo/{handle}/{id}", examples={
            "https://www.kooapp.com/koo/nagarnigam/0f0a1b2c-aaaa-4bbb-8ccc-0123456789ab": "0f0a1b2c-aaaa-4bbb-8ccc-0123456789ab"}),
        url_pattern("post", rf"^/embedKoo/?\?{OPTIONAL_PARAMS}kooId={UUID}", "https://embed.kooapp.com/embedKoo?kooId={id}", examples={
            "https://embed.kooapp.com/embedKoo?kooId=0f0a1b2c-aaaa-4bbb-8ccc-0123456789ab": "0f0a1b2c-aaaa-4bbb-8ccc-0123456789ab"}),
    ),
    id_attributes=id_attributes("{}", "[data-koo-permalink]")
        + id_attributes("https://embed.kooapp.com/embedKoo?kooId={}", ".koo-media[data-koo-id]"),
    quote_classes=split_names("koo-media")),

    Provider("reddit", ("reddit.com", "redditmedia.com", "redd.it"), (
        url_pattern("post", r"^/(?P<id>\w{5,8})(?:[?#]|$)", "https://www.reddit.com/comments/{id}/", hosts=("redd.it",), examples={
            "https://redd.it/1naharab": "1naharab"}),
        url_pattern("comment", r"^/(?P<sub>(?:r|user|u)/[\w-]+)/comments/(?P<id>\w+)/[^/?#]*/(?P<n>\w{5,})",
            "https://www.reddit.com/{sub}/comments/{id}/_/{n}/", "{id}/{n}", examples={
                "https://www.reddit.com/r/nahar/comments/1naharab/pani/kxyz12a/": "1naharab/kxyz12a"}),
        url_pattern("post", r"^/(?P<sub>(?:r|user|u)/[\w-]+)/comments/(?P<id>\w+)", "https://www.reddit.com/{sub}/comments/{id}/", examples={
            "https://embed.reddit.com/r/nahar/comments/1naharab/pani/?embed=true": "1naharab",
            "https://www.redditmedia.com/r/nahar/comments/1naharab/?ref_source=embed": "1naharab"}),
        url_pattern("post", r"^/comments/(?P<id>\w{5,})", "https://www.reddit.com/comments/{id}/", examples={
            "https://www.reddit.com/comments/1naharab/": "1naharab"}),
    ), page_patterns=(
        url_pattern("timeline", r"^/r/(?P<id>\w+)/?(?:[?#]|$)", "https://www.reddit.com/r/{id}/", "r/{id}", examples={"https://www.reddit.com/r/nahar/": "r/nahar"}),
    ),
    widget_pattern=re.compile(r"^/(?:login|submit|static|account)\b"),
    id_attributes=id_attributes("{}", "amp-reddit[data-src]"),
    quote_classes=split_names("reddit-embed-bq reddit-card")),

    Provider("sharechat", ("sharechat.com",), (
        url_pattern("post", r"^/post/(?P<id>[\w-]+)", "https://sharechat.com/post/{id}", examples={"https://sharechat.com/post/nahar12": "nahar12"}),
        url_pattern("video", r"^/video/(?P<id>[\w-]+)", "https://sharechat.com/video/{id}", examples={"https://sharechat.com/video/nahar12": "nahar12"}),
    )),
    Provider("publicapp", ("public.app",), (
        url_pattern("video", r"^/(?:s/)?videos?/(?P<id>[\w-]{4,})", "https://public.app/video/{id}", examples={
            "https://public.app/video/sp_nahar12ab34": "sp_nahar12ab34"}),
    )),
    Provider("bluesky", ("bsky.app",), (
        url_pattern("post", r"^/profile/(?P<handle>[^/?#]+)/post/(?P<id>\w+)", "https://bsky.app/profile/{handle}/post/{id}", examples={
            "https://bsky.app/profile/nahar.bsky.social/post/3lnaharao72j2": "3lnaharao72j2"}),
        url_pattern("post", r"^/embed/(?P<handle>did:[\w:.%-]+)/app\.bsky\.feed\.post/(?P<id>\w+)",
            "https://bsky.app/profile/{handle}/post/{id}", examples={
                "https://embed.bsky.app/embed/did:plc:nahar12ab/app.bsky.feed.post/3lnaharao72j2?id=1": "3lnaharao72j2"}),
    ), page_patterns=(
        url_pattern("profile", r"^/profile/(?P<id>[^/?#]+)/?(?:[?#]|$)", "https://bsky.app/profile/{id}", "profile/{id}", examples={
            "https://bsky.app/profile/nahar.bsky.social": "profile/nahar.bsky.social"}),
    ),
    id_attributes=id_attributes("{}", "[data-bluesky-uri]"),
    quote_classes=split_names("bluesky-embed")),
    Provider("truthsocial", ("truthsocial.com",), (
        url_pattern("post", r"^/(?:@|users/)(?P<handle>\w+)/(?:posts/|statuses/)?(?P<id>\d{6,})", "https://truthsocial.com/@{handle}/posts/{id}", examples={
            "https://truthsocial.com/@nahar/posts/113000000000000001": "113000000000000001",
            "https://truthsocial.com/@nahar/113000000000000001/embed": "113000000000000001"}),
    )),
    Provider("linkedin", ("linkedin.com",), (
        url_pattern("post", r"^/(?:embed/)?feed/update/urn:li:(?P<type>share|activity|ugcPost):(?P<id>\d+)",
            "https://www.linkedin.com/feed/update/urn:li:{type}:{id}/", "{type}:{id}", examples={
                "https://www.linkedin.com/embed/feed/update/urn:li:ugcPost:7100000000000000001?collapsed=1": "ugcPost:7100000000000000001",
                "https://www.linkedin.com/feed/update/urn:li:activity:7100000000000000001/": "activity:7100000000000000001"}),
    ), page_patterns=(
        url_pattern("post", rf"^/embeds/publishingEmbed\.html\?{OPTIONAL_PARAMS}articleId=(?P<id>\d+)", id_template="article:{id}", examples={
            "https://www.linkedin.com/embeds/publishingEmbed.html?articleId=7100000000000000001": "article:7100000000000000001"}),
    ),
    widget_pattern=re.compile(r"^/(?:shareArticle|sharing|cws|login|uas|oauth|autofill|in/)")),
    Provider("pinterest", ("pinterest.com", "pinterest.co.uk", "in.pinterest.com"), (
        url_pattern("photo", r"^/pin/(?:[^/?#]*--)?(?P<id>\d+)", "https://www.pinterest.com/pin/{id}/", examples={
            "https://in.pinterest.com/pin/nahar-ka-pani--100200300400/": "100200300400"}),
        url_pattern("photo", rf"^/ext/embed\.html\?{OPTIONAL_PARAMS}id=(?P<id>\d+)", "https://www.pinterest.com/pin/{id}/", examples={
            "https://assets.pinterest.com/ext/embed.html?id=100200300400": "100200300400"}),
    ),
    widget_pattern=re.compile(r"^/(?:pin/create|login|ct\.html|v3/)"),
    id_attributes=id_attributes("{}", "amp-pinterest[data-url]")),
    Provider("tumblr", ("tumblr.com",), (
        url_pattern("post", r"^/(?:embed/)?post/(?:[^/?#]+/)?(?P<id>\d{6,})", examples={
            "https://embed.tumblr.com/embed/post/nAh4r_x/700800900100": "700800900100",
            "https://nahar.tumblr.com/post/700800900100/pani": "700800900100"}),
    ),
    widget_pattern=re.compile(r"^/(?:widgets|assets|login|dashboard)"),
    id_attributes=id_attributes("{}", ".tumblr-post[data-href]")),
    Provider("quora", ("quora.com",), (
        url_pattern("post", r"^/(?P<id>[^/?#]+/answers?/[^/?#]+)", "https://www.quora.com/{id}", examples={
            "https://www.quora.com/Nahar-mein-pani-kab-aayega/answer/Sunita-Rawat": "Nahar-mein-pani-kab-aayega/answer/Sunita-Rawat"}),
    ), allows_bare_url=False, id_attributes=id_attributes("https://www.quora.com/{}", ".quora-content-embed[data-name]")),
    Provider("mastodon", ("*",), (
        url_pattern("post", r"^/@(?P<handle>[\w.]+)(?:@[\w.-]+)?/(?P<id>\d{6,})/embed/?$", "https://{host}/@{handle}/{id}", "{host}/{id}", examples={
            "https://samaj.example/@nahar/113000000000000001/embed": "samaj.example/113000000000000001"}),
        url_pattern("post", r"^/users/(?P<handle>[\w.]+)/statuses/(?P<id>\d{6,})/embed/?$", "https://{host}/@{handle}/{id}", "{host}/{id}", examples={
            "https://samaj.example/users/nahar/statuses/113000000000000001/embed": "samaj.example/113000000000000001"}),
    ), has_other_services=True, allows_bare_url=False,
    id_attributes=id_attributes("{}", ".mastodon-embed[data-embed-url]"),
    quote_classes=split_names("mastodon-embed")),
)  # fmt: skip
