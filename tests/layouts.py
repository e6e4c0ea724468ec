"""Ways a Hindi news site may set one story: each layout puts the same paragraphs amid other furniture of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from html import escape

Layout = Callable[[str, Sequence[str]], str]

OTHERS = (
    "तालाब किनारे लगे पौधों की गिनती पूरी, वन विभाग ने बताई संख्या",
    "शहर की तीन सड़कों पर रात में नहीं चलेंगे भारी वाहन, देखें रास्ते",
    "मंडी में प्याज के दाम गिरे, किसानों ने सड़क पर फेंकी फसल",
    "सरकारी स्कूल की छात्राओं ने बनाई सौर साइकिल, मेले में मिला इनाम",
    "पुरानी हवेली में खुला पुस्तकालय, पहले दिन ही आए सौ पाठक",
    "नहर टूटने से बीस बीघा खेत में भरा पानी, मुआवजे की मांग",
)
EXCERPT = (
    "इस खबर का ब्योरा यहाँ केवल झलक भर है, ताकि पाठक उसे खोल कर पूरा पढ़े; यह किसी और कहानी का हिस्सा है।"
)
DATE = "07 नवंबर 2025, 10:15 PM IST"
ISO = "2025-11-07T22:15:00+05:30"


def head(title: str, more: str = "") -> str:
    """The <head> of a page with Open Graph and JSON-LD as sites give them."""
    told = {"@type": "NewsArticle", "headline": title, "datePublished": ISO, "author": {"@type": "Person", "name": "रेखा मौर्य"}}  # fmt: skip
    return (
        f'<head><meta charset="utf-8"><title>{escape(title)} | खबर घर</title><meta property="og:type" content="article">'
        f'<meta property="og:title" content="{escape(title)}"><script type="application/ld+json">{json.dumps(told, ensure_ascii=False)}'
        f"</script>{more}</head>"
    )


def page(title: str, inner: str, body: str = "", more: str = "") -> str:
    """A whole page: site header and menu above, long footer below."""
    return f'<!doctype html><html lang="hi">{head(title, more)}<body {body}>{MENU}{inner}{FOOTER}</body></html>'


def ps(lines: Sequence[str], name: str = "") -> list[str]:
    """Each line as a <p>."""
    return [f"<p{name and f' class={chr(34)}{name}{chr(34)}'}>{escape(line)}</p>" for line in lines]


def spread(lines: Sequence[str], between: Sequence[str]) -> str:
    """Lines with one thing of `between` behind every second of them, as long as both last."""
    parts = []
    for at, line in enumerate(lines):
        parts.append(line)
        if at % 2 == 1 and at // 2 < len(between) and at + 1 < len(lines):
            parts.append(between[at // 2])
    return "".join(parts)


def cards(heading: str, name: str, many: int = 6, excerpt: bool = False) -> str:
    """A box of other stories: picture, linked headline, and maybe an excerpt."""
    items = "".join(
        f'<li><a href="/news/other-{at}"><img src="/thumb/{at}.jpg" width="120" height="90"></a><h3><a href="/news/other-{at}">{text}</a></h3>'
        f"{f'<p>{EXCERPT}</p>' if excerpt else ''}</li>"
        for at, text in enumerate(OTHERS[:many])
    )
    return f'<div class="{name}"><h2>{heading}</h2><ul>{items}</ul></div>'


MENU = (
    '<header class="site"><a href="/">खबर घर</a><nav><ul>'
    + "".join(f'<li><a href="/{at}">{name}</a></li>' for at, name in enumerate("देश विदेश राज्य खेल मनोरंजन कारोबार".split()))
    + "</ul></nav></header>"
)  # fmt: skip
FOOTER = (
    '<footer><div class="about"><p>खबर घर में आपको मिलती हैं देश और दुनिया की बातें, हर जिले का हाल और खेतों से लेकर बाजार तक का ब्योरा, हर दिन सुबह से रात तक बिना रुके।</p>'
    '<ul><li><a href="/about">हमारे बारे में</a></li><li><a href="/contact">संपर्क करें</a></li><li><a href="/privacy">गोपनीयता नीति</a></li></ul>'
    "<p>Copyright © 2025 खबर घर। सर्वाधिकार सुरक्षित।</p></div></footer>"
)
ALSO = f'<p><strong>यह भी पढ़ें: <a href="/news/other-9">{OTHERS[0]}</a></strong></p>'
AD = '<div class="ad-slot"><span>विज्ञापन</span><div id="div-gpt-ad-1"></div></div>'
SHARE = '<div class="share-bar"><a href="#">शेयर करें</a><a href="#">कॉपी लिंक</a></div>'
BIO = '<div class="author-box"><img src="/a.jpg"><h4>रेखा मौर्य</h4><p>रेखा मौर्य पिछले बारह वर्षों से पत्रकारिता में हैं और गाँव, खेती तथा पंचायत की खबरें लिखती रही हैं।</p></div>'
TAGS = '<div class="tags"><a href="/topic/1">नहर</a><a href="/topic/2">पंचायत</a></div>'
LETTER = '<div class="newsletter"><h3>सुबह की चिट्ठी पाएं</h3><p>रोज सुबह चुनी हुई खबरें अपने ईमेल पर पाने के लिए नीचे अपना पता लिखें और भेजें।</p><form><input type="email"></form></div>'
COMMENTS = '<section id="comments"><h3>टिप्पणियाँ</h3>' + "".join(
    f'<div class="comment"><b>पाठक {at}</b><p>बहुत अच्छी जानकारी दी आपने, हमारे यहाँ भी हालत ऐसी ही है और कोई सुनने वाला नहीं मिलता, धन्यवाद।</p></div>' for at in range(5)
) + "</section>"  # fmt: skip


def wordpress(title: str, lines: Sequence[str]) -> str:
    body = spread(ps(lines), (ALSO, AD, ALSO))
    return page(
        title,
        f'<div id="content" class="site-content"><article class="post type-post"><header class="entry-header"><h1 class="entry-title">{escape(title)}</h1>'
        f'<div class="entry-meta"><span class="posted-on"><time datetime="{ISO}">{DATE}</time></span> by <a rel="author" href="/author/rekha">रेखा मौर्य</a></div></header>'
        f'<div class="entry-content">{body}{SHARE}</div><footer class="entry-footer">{TAGS}</footer></article>{COMMENTS}</div>'
        f'<aside id="secondary" class="widget-area">{cards("ताजा खबरें", "widget", excerpt=True)}</aside>',
        'class="single single-post"',
    )


def next_app(title: str, lines: Sequence[str]) -> str:
    state = json.dumps(
        {"props": {"pageProps": {"story": {"title": title, "body": lines[0]}}}}, ensure_ascii=False
    )
    return page(
        title,
        f'<div id="__next"><main class="css-1x2y"><div class="css-9a"><h1>{escape(title)}</h1><div class="css-3b"><span>रेखा मौर्य</span><span>{DATE}</span></div>'
        f'<div class="css-77">{"".join(f"<div class=css-p1><p>{escape(line)}</p></div>" for line in lines)}</div></div>'
        f'<div class="css-55">{cards("इन्हें भी देखें", "css-91", excerpt=True)}</div></main></div><script id="__NEXT_DATA__" type="application/json">{state}</script>',
    )


def table_page(title: str, lines: Sequence[str]) -> str:
    return page(
        title,
        f'<table width="980"><tr><td width="160" valign="top">{"<br>".join(f"<a href=/l{at}>{text}</a>" for at, text in enumerate(OTHERS))}</td>'
        f'<td valign="top"><h1>{escape(title)}</h1><font size="2">{DATE}</font><br><br>{"<br><br>".join(map(escape, lines))}</td>'
        f'<td width="300" valign="top">{cards("सबसे ज्यादा पढ़ी गई", "box")}</td></tr></table>',
    )


def amp(title: str, lines: Sequence[str]) -> str:
    body = spread(ps(lines), ('<amp-ad width="300" height="250" type="doubleclick"></amp-ad>', AD))
    return page(
        title,
        f'<main><article><h1>{escape(title)}</h1><p class="byline">रेखा मौर्य, {DATE}</p><amp-img src="/lead.jpg" width="1200" height="675" layout="responsive"></amp-img>'
        f'<section class="article-body">{body}</section></article><amp-list src="/more.json"></amp-list>{cards("संबंधित खबरें", "related-news")}</main>',
        more='<script async src="https://cdn.ampproject.org/v0.js"></script>',
    )


def div_soup(title: str, lines: Sequence[str]) -> str:
    return page(
        title,
        f'<div class="w1"><div class="w2"><h1>{escape(title)}</h1><div class="dt">{DATE}</div><div class="txt">{"<br/><br/>".join(map(escape, lines))}'
        f"<br/><br/></div>{SHARE}</div><div class=w3>{cards('ट्रेंडिंग', 'w4', excerpt=True)}</div></div>",
    )


def div_each(title: str, lines: Sequence[str]) -> str:
    body = "".join(
        f'<div class="para"><div>{escape(line)}</div></div>{AD if at == 1 else ""}'
        for at, line in enumerate(lines)
    )
    return page(
        title,
        f'<div class="story"><h1>{escape(title)}</h1><div class="inner">{body}</div>{TAGS}{BIO}{LETTER}</div>',
    )


def related_inside(title: str, lines: Sequence[str]) -> str:
    boxes = (
        cards("और पढ़ें", "inline-related", 1),
        cards("ये खबरें भी", "story-card", 3, excerpt=True),
        LETTER,
    )
    return page(
        title,
        f'<article><h1>{escape(title)}</h1><div class="story-meta">{DATE}</div><div class="story-details">{spread(ps(lines), boxes)}</div>{TAGS}{BIO}</article>{COMMENTS}',
    )


def sections(title: str, lines: Sequence[str]) -> str:
    body = "".join(
        f'<section class="block"><div class="rich">{line}</div></section>' for line in ps(lines)
    )
    return page(
        title,
        f'<main><div class="hero"><h1>{escape(title)}</h1></div><div class="blocks">{body}</div>{cards("आज की बड़ी खबरें", "more")}</main>',
    )


def spans(title: str, lines: Sequence[str]) -> str:
    body = "".join(
        f'<p><span style="font-size:18px"><span lang="HI">{escape(line)}</span></span></p><p>&nbsp;</p>'
        for line in lines
    )
    return page(
        title,
        f'<div class="detail-page"><h1>{escape(title)}</h1><div class="detail-text">{body}</div>{SHARE}{cards("संबंधित", "relatedposts")}</div>',
    )


def scroll(title: str, lines: Sequence[str]) -> str:
    other = "".join(ps([f"{EXCERPT} यह दूसरी कहानी का अनुच्छेद नंबर {at} है।" for at in range(6)]))
    return page(
        title,
        f'<div class="feed"><article data-id="1"><h1>{escape(title)}</h1><div class="body">{"".join(ps(lines))}</div></article>'
        f'<article data-id="2"><h2>{OTHERS[1]}</h2><div class="body">{other}</div></article></div>',
    )


def bare(title: str, lines: Sequence[str]) -> str:
    return page(title, f"<h1>{escape(title)}</h1>{''.join(ps(lines))}")


def mobile_twin(title: str, lines: Sequence[str]) -> str:
    body = "".join(ps(lines))
    return page(
        title,
        f'<div class="desktop"><h1>{escape(title)}</h1><div class="story-body">{body}</div></div><div class="mobile" style="display:none"><div class="story-body">{body}</div></div>{COMMENTS}',
    )


def blogger(title: str, lines: Sequence[str]) -> str:
    body = "".join(
        f'<div class="MsoNormal" style="text-align: justify;"><span style="font-family: Mangal;"><span lang="HI">{escape(line)}</span><o:p></o:p></span></div>'
        for line in lines
    )
    return page(
        title,
        f'<div class="main section" id="main"><div class="date-outer"><h2 class="date-header"><span>{DATE}</span></h2><div class="post hentry"><h1 class="post-title entry-title">{escape(title)}</h1>'
        f'<div class="post-body entry-content">{body}<div style="clear: both;"></div></div><div class="post-footer"><span class="post-author vcard">Posted by <span class="fn">रेखा मौर्य</span></span></div></div></div></div>'
        f'<div class="column-right-outer"><div class="widget PopularPosts">{cards("लोकप्रिय पोस्ट", "popular-posts", excerpt=True)}</div></div>',
    )


def drupal(title: str, lines: Sequence[str]) -> str:
    return page(
        title,
        f'<div class="region region-content"><div class="node node--type-story node--view-mode-full"><h1 class="page-header">{escape(title)}</h1><div class="submitted">{DATE}</div>'
        f'<div class="clearfix text-formatted field field--name-body field--type-text-with-summary field--label-hidden field__item">{spread(ps(lines, "rtejustify"), (AD, ALSO))}</div>'
        f'<div class="field field--name-field-tags">{TAGS}</div></div></div><div class="region region-sidebar-second">{cards("हाल की खबरें", "views-row")}</div>',
        'class="path-node page-node-type-story"',
    )


def css_modules(title: str, lines: Sequence[str]) -> str:
    body = "".join(
        f'<section class="Story_para__x7Kd2">{line}</section>{AD if at % 2 else ""}'
        for at, line in enumerate(ps(lines))
    )
    return page(
        title,
        f'<main class="Layout_main__a1"><div class="Story_wrap__b2"><h1 class="Story_title__c3">{escape(title)}</h1><div class="Meta_row__d4"><span>{DATE}</span></div>'
        f'<div class="Story_story_section__e5">{body}</div></div><div class="Card_list__f6">{cards("इन्हें भी पढ़ें", "Card_grid__g7", excerpt=True)}</div></main>',
    )


def collapsed(title: str, lines: Sequence[str]) -> str:
    """The rest of the story waits behind a button."""
    return page(
        title,
        f'<article class="story"><h1>{escape(title)}</h1><div class="story-meta">{DATE}</div><div class="story-content">{"".join(ps(lines[:2]))}<button class="read-more-btn">पूरा पढ़ें</button>'
        f'<div class="rest-of-story" id="rest">{"".join(ps(lines[2:]))}</div></div></article>{cards("टॉप न्यूज", "top-news")}',
    )


def spaced_text(title: str, lines: Sequence[str]) -> str:
    """Bare text with breaks, an ad's element between, and a class named br where a break should be."""
    parts = []
    for at, line in enumerate(map(escape, lines)):
        parts.append(
            line
            + ('<span class="br"></span>' if at % 2 else "<br />&nbsp;<br />")
            + (AD if at == 2 else "")
        )
    return page(
        title,
        f'<div class="auth-details"><div class="article-head"><h1>{escape(title)}</h1><div class="auth-cont">{DATE}</div></div><div class="article-desc ul_styling"><div>{"".join(parts)}</div></div></div>'
        f'<div class="related_content">{cards("ये भी देखें", "vw-news", excerpt=True)}</div>',
    )


def pictured(title: str, lines: Sequence[str]) -> str:
    """Figures with captions between the paragraphs."""
    figures = [
        f'<figure class="wp-block-image"><img src="/photo/{at}.jpg" width="800" height="450" alt=""><figcaption>गाँव की तस्वीर नंबर {at}, जिसमें खेत दिखते हैं।</figcaption></figure>'
        for at in range(2)
    ]
    return page(
        title,
        f'<article><h1>{escape(title)}</h1><div class="meta">{DATE}</div><div class="entry">{spread(ps(lines), figures)}</div></article>{LETTER}',
    )


LAYOUTS: tuple[Layout, ...] = (
    wordpress, next_app, table_page, amp, div_soup, div_each, related_inside, sections, spans, scroll, bare, mobile_twin,
    blogger, drupal, css_modules, collapsed, spaced_text, pictured,
)  # fmt: skip
