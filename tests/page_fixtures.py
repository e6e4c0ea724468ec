"""What Indian newsrooms put around and into a story: bylines, dates, also-read tails, promos, embeds; and what each is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

from tests.layouts import DATE, ISO, OTHERS, Layout


class Byline(NamedTuple):
    """A line under the headline, and whom it names."""

    html: str
    authors: tuple[str, ...] = ()
    desk: str | None = None


BYLINES: Mapping[str, Byline] = {
    "by": Byline("<span>By</span> <a href='/author/rekha'>रेखा मौर्य</a>", ("रेखा मौर्य",)),
    "written by": Byline("Written By : रेखा मौर्य", ("रेखा मौर्य",)),
    "edited by": Byline("By <b>रेखा मौर्य</b> | Edited By: <b>मोहित राव</b>", ("रेखा मौर्य",)),
    "writer": Byline("लेखक: रेखा मौर्य", ("रेखा मौर्य",)),
    "two": Byline("रेखा मौर्य, मोहित राव", ("रेखा मौर्य", "मोहित राव")),
    "and": Byline("रेखा मौर्य और मोहित राव", ("रेखा मौर्य", "मोहित राव")),
    "place": Byline("रेखा मौर्य, रामपुर", ("रेखा मौर्य",)),
    "published by": Byline("रेखा मौर्य, रामपुर Published by: मोहित राव", ("रेखा मौर्य",)),
    "desk": Byline("न्यूज डेस्क, रामपुर", (), "न्यूज डेस्क"),
    "digital desk": Byline("डिजिटल डेस्क, रामपुर", (), "डिजिटल डेस्क"),
    "bureau": Byline("खबर घर ब्यूरो", (), "खबर घर ब्यूरो"),
}
# The same moment, or its day, as sites write it.
DATES: Mapping[str, str] = {
    "07 नवंबर 2025, 10:15 PM IST": ISO,
    "Updated: 07 Nov 2025 10:15 PM IST": ISO,
    "Fri, 07 Nov 2025 10:15 PM (IST)": ISO,
    "Publish Date: Fri, 07 Nov 2025 10:15 PM (IST)": ISO,
    "प्रकाशित: 7 नवम्बर 2025, रात 10:15 बजे": ISO,
    "Nov 07, 2025, 22:15 IST": ISO,
    "०७ नवंबर २०२५, २२:१५": ISO,
    "07/11/2025 22:15": ISO,
    "Friday, November 07, 2025": "2025-11-07",
    "7 नव॰ 2025": "2025-11-07",
}
_OTHER = OTHERS[0]
# Glued to the end of a paragraph.
TAILS = (
    f" यह भी पढ़ें: <a href='/news/o-1'>{_OTHER}</a>",
    f" <strong>ये भी पढ़ें- <a href='/news/o-2'>{_OTHER}</a></strong>",
    f"<br><b>इसे भी पढ़ें : {_OTHER}</b>",
    f" (यह भी पढ़ें: <a href='/news/o-3'>{_OTHER}</a>)",
    f"<br>Also Read: <a href='/news/o-4'>{_OTHER}</a>",
    " <a href='/news/o-5'>...और पढ़ें</a>",
    f"<br><br>यह खबर भी पढ़ें... <a href='/news/o-6'>{_OTHER}</a>",
)
# Paragraphs of their own between the story's.
PROMOS = (
    "विज्ञापन", "Advertisement", "---- समाप्त ----", "खबरें और भी हैं...", "शेयर करें", "कॉपी लिंक",
    "हमारे व्हाट्सएप चैनल से जुड़ने के लिए यहां क्लिक करें और ताजा खबरें पाएं।",
    "ताजा खबरों के लिए हमें Google News पर फॉलो करें।",
    "खबरें लगातार पढ़ने के लिए खबर घर ऐप डाउनलोड करें।",
    "पूरी खबर पढ़ें ऐप पर", "🔊 पूरी खबर सुनें", "टैग्स: नहर, पंचायत, रामपुर",
    "फोटो साभार: सोशल मीडिया", "इस पृष्ठ को प्रिंट करें", "जानिए मुख्य बातें और खबर का सार एक नजर में",
    "डिस्क्लेमर: यह जानकारी सामान्य मान्यताओं पर आधारित है, खबर घर इसकी पुष्टि नहीं करता है।",
)  # fmt: skip
_SAID = "पानी आ गया है, किसान भाई तैयार रहें।"
_TWEET = (
    f'<blockquote class="twitter-tweet"><p lang="hi" dir="ltr">{_SAID} <a href="https://t.co/Ab1">pic.twitter.com/Ab1</a></p>&mdash; जल विभाग '
    '(@jal_vibhag) <a href="https://twitter.com/jal_vibhag/status/1986612345678901234?ref_src=twsrc%5Etfw">November 7, 2025</a></blockquote>'
)
_YOUTUBE = "https://www.youtube.com/embed/Ab1Cd2Ef3Gh"
_INSTA = "https://www.instagram.com/reel/DQabcdEFGhi/"
_POST = "https://www.facebook.com/jalvibhag/posts/1234567890123"
# Markup → (provider, id).
EMBEDS: Mapping[str, tuple[str, str | None]] = {
    _TWEET: ("x", "1986612345678901234"),
    f'{_TWEET}<script async src="https://platform.twitter.com/widgets.js" charset="utf-8"></script>': ("x", "1986612345678901234"),
    f'<figure class="wp-block-embed is-provider-twitter"><div class="wp-block-embed__wrapper">{_TWEET}</div></figure>': ("x", "1986612345678901234"),
    f'<div class="embed-wrapper social-embed">{_TWEET}</div>': ("x", "1986612345678901234"),
    '<div class="twitter-tweet twitter-tweet-rendered"><iframe id="twitter-widget-0" src="about:blank" data-tweet-id="1986612345678901234"></iframe></div>': ("x", "1986612345678901234"),
    '<amp-twitter width="375" height="472" layout="responsive" data-tweetid="1986612345678901234"></amp-twitter>': ("x", "1986612345678901234"),
    f'<div class="video-container"><iframe src="{_YOUTUBE}?feature=oembed" allowfullscreen></iframe></div>': ("youtube", "Ab1Cd2Ef3Gh"),
    f'<p><iframe data-src="{_YOUTUBE}" src="about:blank"></iframe></p><noscript><iframe src="{_YOUTUBE}"></iframe></noscript>': ("youtube", "Ab1Cd2Ef3Gh"),
    '<div class="rll-youtube-player" data-id="Ab1Cd2Ef3Gh" data-src="https://www.youtube.com/embed/Ab1Cd2Ef3Gh"></div>': ("youtube", "Ab1Cd2Ef3Gh"),
    '<lite-youtube videoid="Ab1Cd2Ef3Gh"></lite-youtube>': ("youtube", "Ab1Cd2Ef3Gh"),
    '<amp-youtube data-videoid="Ab1Cd2Ef3Gh" width="480" height="270"></amp-youtube>': ("youtube", "Ab1Cd2Ef3Gh"),
    f'<blockquote class="instagram-media" data-instgrm-captioned data-instgrm-permalink="{_INSTA}?utm_source=ig_embed" data-instgrm-version="14"><div><a href="{_INSTA}">View this post on Instagram</a><p><a href="{_INSTA}">A post shared by जल विभाग (@jal_vibhag)</a></p></div></blockquote>': ("instagram", "DQabcdEFGhi"),
    '<amp-instagram data-shortcode="DQabcdEFGhi" data-captioned></amp-instagram>': ("instagram", "DQabcdEFGhi"),
    f'<div class="fb-post" data-href="{_POST}" data-width="500"><blockquote cite="{_POST}" class="fb-xfbml-parse-ignore"><p>{_SAID}</p>Posted by <a href="https://www.facebook.com/jalvibhag/">जल विभाग</a> on <a href="{_POST}">Friday, November 7, 2025</a></blockquote></div>': ("facebook", "1234567890123"),
    f'<iframe src="https://www.facebook.com/plugins/post.php?href={_POST.replace(":", "%3A").replace("/", "%2F")}&amp;width=500" width="500" height="400"></iframe>': ("facebook", "1234567890123"),
    '<script async src="https://telegram.org/js/telegram-widget.js?22" data-telegram-post="jalvibhag/68" data-width="100%"></script>': ("telegram", "jalvibhag/68"),
    '<blockquote class="koo-media" data-koo-permalink="https://embed.kooapp.com/embedKoo?kooId=0a1b2c3d-1111-2222-3333-444455556666"></blockquote>': ("koo", "0a1b2c3d-1111-2222-3333-444455556666"),
    '<iframe src="https://www.dailymotion.com/embed/video/x8abcde"></iframe>': ("dailymotion", "x8abcde"),
    '<div id="jw"></div><script src="https://cdn.jwplayer.com/players/AbCd1234-Ef567890.js"></script>': ("jwplayer", "AbCd1234"),
    '<iframe title="नहर" id="datawrapper-chart-aB1cD" src="https://datawrapper.dwcdn.net/aB1cD/1/" height="400"></iframe>': ("datawrapper", "aB1cD"),
    '<iframe src="https://www.google.com/maps/embed?pb=!1m18!1m12!1m3!1d1" width="600" height="450"></iframe>': ("googlemaps", None),
    '<figure class="wp-block-video"><video controls src="https://cdn.example.in/v/nahar.mp4"></video></figure>': ("file", "https://cdn.example.in/v/nahar.mp4"),
}  # fmt: skip


class Dress(NamedTuple):
    """What a story wears: a byline and a date as shown, and what goes behind which of its paragraphs."""

    byline: str = ""
    date: str = DATE
    tails: Mapping[int, str] = {}
    promos: Mapping[int, str] = {}
    embeds: Mapping[int, str] = {}


def dressed(
    layout: Layout, title: str, lines: Sequence[str], dress: Dress, *, told: bool = True
) -> str:
    """The story in a layout, dressed. `told`: the page's head says who and when, too."""
    html = layout(title, [f"@@{number}@@" for number in range(len(lines))])
    for number, line in enumerate(lines):
        words = escape(line) + dress.tails.get(number, "")
        behind = f"<p>{promo}</p>" if (promo := dress.promos.get(number)) else ""
        behind = dress.embeds.get(number, "") + behind
        html = re.sub(
            rf"(<p[^>]*>)?@@{number}@@(</p>)?",
            lambda found, words=words, behind=behind: (
                f"{found[1] or ''}{words}{found[2] or ''}{behind}"
            ),  # type: ignore[misc]
            html,
            count=1,
        )
    if not told:
        html = re.sub(r'<script type="application/ld\+json">.*?</script>', "", html, flags=re.S)
        html = html.replace(f' datetime="{ISO}"', "")
        html = re.sub(
            r" by <a rel=\"author\".*?</a>|रेखा मौर्य, (?=\d)|<span>रेखा मौर्य</span>", "", html
        )
    if dress.byline:
        html = html.replace("</h1>", f'</h1><div class="author-line">{dress.byline}</div>', 1)
    return html.replace(DATE, dress.date)
