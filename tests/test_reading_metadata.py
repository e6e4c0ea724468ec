"""Case tables for what a page says about its article: headline, times, names, links, rights."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from khabar.extraction import read_html
from khabar.model.items import Article

NOW = datetime(2025, 11, 8, 6, 0, tzinfo=UTC)
URL = "https://khabar.example.in/up/lucknow/naya-pul-gomti"
TITLE = "गोमती पर नया पुल तैयार, अगले हफ्ते से चलेंगी गाड़ियां"
BODY = "".join(
    f"<p>{text}</p>"
    for text in (
        "गोमती नदी पर बन रहे नए पुल का काम शुक्रवार को पूरा हो गया। अगले हफ्ते से इस पर गाड़ियां चलने लगेंगी और जाम कम होगा।",
        "लोक निर्माण विभाग के अभियंता ने बताया कि पुल की लंबाई चार सौ मीटर है। इसे बनाने में दो साल लगे और काफी रकम खर्च हुई।",
        "व्यापारियों का कहना है कि पुल खुलने से पुराने बाजार तक पहुंचना आसान होगा। त्योहार के दिनों में यहां घंटों जाम लगता था।",
    )
)


def ld(*nodes: dict[str, Any]) -> str:
    return "".join(
        f'<script type="application/ld+json">{json.dumps(node, ensure_ascii=False)}</script>'
        for node in nodes
    )


def meta(**values: str) -> str:
    return "".join(
        f'<meta property="{name.replace("__", ":")}" content="{value}">'
        for name, value in values.items()
    )


def page(
    head: str = "", top: str = f"<h1>{TITLE}</h1>", body: str = BODY, tail: str = "", url: str = URL
) -> Article:
    html = f"<html><head>{head}</head><body><article>{top}<div class='m'>{body}</div>{tail}</article></body></html>"
    return read_html(html, url, NOW)


NEWS = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": TITLE}

HEADLINES = {
    "h1": ("", f"<h1> {TITLE} </h1>", TITLE),
    "kicker glued in the markup": ("", "<h1><span class='x1'>मौसम का हाल:</span>तीन दिन तेज बारिश का अलर्ट जारी</h1>", "मौसम का हाल: तीन दिन तेज बारिश का अलर्ट जारी"),
    "slug in the breadcrumb's h1": (meta(og__title=TITLE), f"<ul class='crumbs'><li><h1>New bridge ready</h1></li></ul><h1>{TITLE}</h1>", TITLE),
    "logo in an h1": (meta(og__title=TITLE, og__site_name="ताजा खबर"), f"<h1><a href='/'>ताजा खबर</a></h1><h2 class='t'>{TITLE}</h2>", TITLE),
    "og with site and slug": (meta(og__title=f"{TITLE} - Gomti new bridge ready for traffic", og__site_name="Khabar"), "", TITLE),
    "title with site": (f"<title>{TITLE} | Khabar Hindi</title>" + meta(og__site_name="Khabar"), "", TITLE),
    "title with romanised slug in front": (f"<title>Gomti bridge is ready now | {TITLE}</title>", "", TITLE),
    "romanised <title>, Hindi og": ("<title>Gomti pul</title>" + meta(og__title=TITLE), "", TITLE),
    "latin names stay": ("", "<h1>Vivo T1 vs Vivo T2 : कैमरे में कौन बेहतर</h1>", "Vivo T1 vs Vivo T2 : कैमरे में कौन बेहतर"),
    "a dash of the headline stays": (meta(og__title="दिल्ली - मुंबई एक्सप्रेसवे का नया हिस्सा खुला"), "", "दिल्ली - मुंबई एक्सप्रेसवे का नया हिस्सा खुला"),
    "cut by an ellipsis": (meta(og__title=TITLE), f"<h1>{TITLE[:35]}...</h1>", TITLE),
    "an h1 of related things": (meta(og__title=TITLE) + ld(NEWS), f"<h1>{TITLE}</h1><h1>और खबरें</h1>", TITLE),
    "json-ld alone": (ld(NEWS), "", TITLE),
    "a number of comments, named": ("", f"<h1>{TITLE}<span class='comment-count'>12</span></h1>", TITLE),
    "a number of comments, linked": ("", f"<h1>{TITLE} <a href='#comments'>3 टिप्पणियां</a></h1>", TITLE),
    "a number that og lacks": (meta(og__title=TITLE), f"<h1>{TITLE}<sup>(7)</sup></h1>", TITLE),
    "a glued number that og lacks": (meta(og__title=TITLE), f"<h1>{TITLE}12</h1>", TITLE),
    "a number of the headline": (meta(og__title=f"{TITLE} 12"), f"<h1>{TITLE} <span>12</span></h1>", f"{TITLE} 12"),
    "a number without a second sign": ("", f"<h1>{TITLE} <b>12</b></h1>", f"{TITLE} 12"),
    "entities in json-ld": (ld(NEWS | {"headline": "राम &amp; श्याम की जोड़ी ने जीता खिताब"}), "", "राम & श्याम की जोड\u093cी ने जीता खिताब"),
}  # fmt: skip


@pytest.mark.parametrize("name", HEADLINES)
def test_headline(name: str) -> None:
    head, top, expected = HEADLINES[name]
    assert page(head, top).title == expected.replace("ड़", "ड\u093c")


STANDFIRST = "दो साल से बन रहे पुल का काम पूरा हो गया है और अगले हफ्ते इसे आम लोगों के लिए खोल दिया जाएगा।"


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        (f"<h1>{TITLE}</h1><h2>{STANDFIRST}</h2>", STANDFIRST),
        (f"<header><h1>{TITLE}</h1><p class='post-sub-title'>{STANDFIRST}</p></header>", STANDFIRST),
        (f"<h1>{TITLE}</h1><div class='synopsis'>{STANDFIRST}</div>", STANDFIRST),
        (f"<h1>{TITLE}</h1><h2 class='summary'><ul><li>पुल का काम पूरा हुआ आज</li><li>अगले हफ्ते खुलेगा सबके लिए</li></ul></h2>", "पुल का काम पूरा हुआ आज अगले हफ्ते खुलेगा सबके लिए"),
        (f"<h1>{TITLE}</h1><h2><a href='/x'>{STANDFIRST}</a></h2>", None),
        (f"<h1>{TITLE}</h1>", None),
    ],
)  # fmt: skip
def test_standfirst(top: str, expected: str | None) -> None:
    article = page("", top)
    assert article.subtitle == expected
    assert STANDFIRST not in article.text


IST = "2025-11-07T22:15:00+05:30"
TIMES = {
    "json-ld": (ld(NEWS | {"datePublished": IST}) + meta(article__published_time="2025-11-06T10:00:00+05:30"), "", IST, "second", "jsonld"),
    "meta": (meta(article__published_time=IST), "<time datetime='2025-11-05T10:00:00+05:30'>5 Nov</time>", IST, "second", "meta"),
    "the offset is kept": (meta(article__published_time="2025-11-07T16:45:00Z"), "", "2025-11-07T16:45:00Z", "second", "meta"),
    "naive is Indian": (ld(NEWS | {"datePublished": "2025-11-07 22:15:00"}), "", IST, "second", "jsonld"),
    "offset without colon": (ld(NEWS | {"datePublished": "2025-11-07T22:15:00+0530"}), "", IST, "second", "jsonld"),
    "minutes": (ld(NEWS | {"datePublished": "2025-11-07T22:15+05:30"}), "", IST, "minute", "jsonld"),
    "a day": (ld(NEWS | {"datePublished": "2025-11-07"}), "", "2025-11-07", "day", "jsonld"),
    "rfc 2822": (meta(article__published_time="Fri, 07 Nov 2025 22:15:00 +0530"), "", IST, "second", "meta"),
    "java": (meta(article__published_time="Fri Nov 07 22:15:00 IST 2025"), "", IST, "second", "meta"),
    "<time>": ("", f"<time class='entry-date' datetime='{IST}'>7 Nov</time>", IST, "second", "time"),
    "a day is sharpened": (ld(NEWS | {"datePublished": "2025-11-07"}), f"<time datetime='{IST}'>x</time>", IST, "second", "time"),
    "visible": ("", "<div class='dt'>07 नवंबर 2025</div>", "2025-11-07", "day", "visible"),
    "visible, labelled": ("", "<p><span>Published : </span><span>07 Nov 2025, 10:15 PM IST</span></p>", IST, "minute", "visible"),
    "impossible is passed over": (ld(NEWS | {"datePublished": "2039-01-01T00:00:00Z"}) + meta(article__published_time=IST), "", IST, "second", "meta"),
    "nonsense is passed over": (ld(NEWS | {"datePublished": "आज सुबह"}) + meta(article__published_time=IST), "", IST, "second", "meta"),
    "a video's date is not the article's": (ld({"@type": "VideoObject", "uploadDate": "2020-02-02", "datePublished": "2020-02-02"}) + meta(article__published_time=IST), "", IST, "second", "meta"),
    "a post's date is not the article's": (ld({"@type": "SocialMediaPosting", "datePublished": "2019-03-03T00:00:00Z", "author": "कोई और"}), f"<time datetime='{IST}'>x</time>", IST, "second", "time"),
    "a claim review is not the article": (ld({"@type": "ClaimReview", "datePublished": "2019-03-03"}, NEWS | {"datePublished": IST}), "", IST, "second", "jsonld"),
    "WordPress's WebPage": (ld({"@graph": [{"@type": "WebPage", "datePublished": IST}, {"@type": "WebSite"}]}), "", IST, "second", "jsonld"),
}  # fmt: skip


@pytest.mark.parametrize("name", TIMES)
def test_published(name: str) -> None:
    head, line, iso, precision, how = TIMES[name]
    article = page(head, f"<h1>{TITLE}</h1>{line}")
    assert (article.published_at, article.published_precision) == (iso, precision)
    assert article.provenance["published_at"] == how
    assert article.authors == ()


def test_the_date_of_the_address() -> None:
    article = page(url="https://khabar.example.in/2025/11/07/naya-pul")
    assert (article.published_at, article.provenance["published_at"]) == ("2025-11-07", "url")


@pytest.mark.parametrize(
    "tail",
    [
        "<footer>© 2024 ताजा खबर</footer>",
        "<div class='comments'><time datetime='2024-03-03T10:00:00+05:30'>3 Mar</time></div>",
        "<ul class='latest-news'><li><time datetime='2025-11-01T10:00:00+05:30'>1 Nov</time></li></ul>",
    ],
)
def test_no_date_is_made_up(tail: str) -> None:
    assert page(tail=tail).published_at is None


def test_only_an_update_is_shown() -> None:
    article = page("", f"<h1>{TITLE}</h1><p><em>Updated on : </em> 07 Nov 2025, 10:15 PM IST</p>")
    assert (article.modified_at, article.published_at, article.published_precision) == (
        IST,
        "2025-11-07",
        "day",
    )
    assert "published_at: only the time of an update is given" in article.problems


def test_an_earlier_first_publication_wins_over_a_repeated_update() -> None:
    later = "2025-11-07T23:01:42+05:30"
    article = page(
        ld(NEWS | {"datePublished": later, "dateModified": later}),
        tail="<div><strong>First Published : </strong><span>Friday, November 7, 2025 10:15 PM</span></div>",
    )
    assert (article.published_at, article.modified_at) == (IST, later)


def test_quarrels_are_named() -> None:
    article = page(
        ld(NEWS | {"datePublished": IST})
        + meta(article__published_time="2025-11-07T22:15:00+00:00")
    )
    assert article.published_at == IST
    assert f"published_at: jsonld {IST} != meta 2025-11-07T22:15:00+00:00" in article.problems


AUTHORS = {
    "json-ld": (ld(NEWS | {"author": {"@type": "Person", "name": "अनिल शर्मा"}}), "", ("अनिल शर्मा",), None),
    "several": (ld(NEWS | {"author": [{"@type": "Person", "name": "अनिल शर्मा"}, {"@type": "Person", "name": "सीमा गुप्ता"}]}), "", ("अनिल शर्मा", "सीमा गुप्ता"), None),
    "by id": (ld({"@graph": [NEWS | {"author": {"@id": "#p"}}, {"@type": "Person", "@id": "#p", "name": "अनिल शर्मा"}]}), "", ("अनिल शर्मा",), None),
    "a bureau typed as a person": (ld(NEWS | {"author": {"@type": "Person", "name": "लखनऊ ब्यूरो"}}), "", (), "लखनऊ ब्यूरो"),
    "the publisher signs nothing": (ld(NEWS | {"author": {"@type": "Organization", "name": "ताजा खबर"}, "publisher": {"name": "ताजा खबर"}}), "", (), None),
    "meta": (meta(author="अनिल शर्मा"), "", ("अनिल शर्मा",), None),
    "an address is no name": (meta(article__author="https://khabar.example.in/a/anil"), "", (), None),
    "visible": ("", "<div class='author-name'><span>By</span> <a href='/author/anil'>अनिल शर्मा</a> - </div>", ("अनिल शर्मा",), None),
    "rel": ("", "<a rel='author' href='/x'>अनिल शर्मा</a>", ("अनिल शर्मा",), None),
}  # fmt: skip


@pytest.mark.parametrize("name", AUTHORS)
def test_authors(name: str) -> None:
    head, line, authors, desk = AUTHORS[name]
    article = page(head, f"<h1>{TITLE}</h1>{line}")
    assert (article.authors, article.desk) == (authors, desk)


@pytest.mark.parametrize("opening", ["<p>जागरण संवाददाता, लखनऊ।</p>", "<p>जागरण संवाददाता, लखनऊ। "])
def test_a_desk_that_opens_the_story(opening: str) -> None:
    body = opening + BODY.removeprefix("<p>") if opening.endswith(" ") else opening + BODY
    article = page("", body=body)
    assert article.desk is not None
    assert "संवाददाता" in article.desk
    assert article.provenance["desk"] == "dateline"


def test_links_section_tags() -> None:
    article = page(
        "<link rel='canonical' href='/up/lucknow/naya-pul-gomti-1'><link rel='amphtml' href='/amp/naya-pul'>"
        "<link rel='next' href='?page=2'>"
        + ld(NEWS | {"articleSection": ["शहर"], "keywords": "क, ख"}),
        tail="<ul class='story-tags'><li><a href='/t/1'>लखनऊ</a></li><li><a href='/t/2'>#पुल</a></li></ul>",
    )
    assert article.canonical_url == "https://khabar.example.in/up/lucknow/naya-pul-gomti-1"
    assert article.amp_url == "https://khabar.example.in/amp/naya-pul"
    assert article.next_url == f"{URL}?page=2"
    assert (article.section, article.tags) == ("शहर", ("लखनऊ", "पुल"))


def test_a_canonical_that_is_the_home_page_is_no_canonical() -> None:
    article = page("<link rel='canonical' href='https://khabar.example.in/'>")
    assert article.canonical_url is None
    assert "canonical_url: points at the home page" in article.problems


@pytest.mark.parametrize(
    ("head", "headers", "expected"),
    [
        ("", {}, {}),
        (
            "<meta name='ROBOTS' content='INDEX, NOARCHIVE'>",
            {},
            {"meta_robots": ["index", "noarchive"], "noarchive": True},
        ),
        (
            "",
            {"x-robots-tag": "noai, noimageai"},
            {"x_robots_tag": ["noai", "noimageai"], "noai": True, "noimageai": True},
        ),
        ("", {"x-robots-tag": "otherbot: noindex"}, {}),
        ("<meta name='robots' content='none'>", {}, {"meta_robots": ["none"], "noindex": True}),
        (
            "<meta name='robots' content='max-snippet:50'>",
            {},
            {"meta_robots": ["max-snippet:50"], "max_snippet": 50},
        ),
        (
            "<meta name='tdm-reservation' content='1'>",
            {"tdm-reservation": "0"},
            {"tdm_reservation": "1"},
        ),
        ("", {"tdm-reservation": "yes"}, {}),
        ("", {"content-usage": "train-ai=n"}, {"content_usage": "train-ai=n"}),
        ("<link rel='license' href='/terms'>", {}, {"license": "https://khabar.example.in/terms"}),
    ],
)
def test_rights(head: str, headers: dict[str, str], expected: dict[str, Any]) -> None:
    html = f"<html><head>{head}</head><body><h1>{TITLE}</h1>{BODY}</body></html>"
    assert read_html(html, URL, NOW, headers).rights == expected


def test_the_lead_picture_is_the_one_shown() -> None:
    figure = "<figure><img src='/i/pul-696x392.jpg'><figcaption>नया पुल</figcaption></figure>"
    article = page(
        meta(og__image="https://khabar.example.in/i/pul.jpg"), f"<h1>{TITLE}</h1>{figure}"
    )
    assert article.lead_image is not None
    assert (article.lead_image.url, article.lead_image.caption) == (
        "https://khabar.example.in/i/pul-696x392.jpg",
        "नया पुल",
    )
    assert not any(block.type == "image" for block in article.blocks)


@pytest.mark.parametrize(
    "address", ["https://khabar.example.in/assets/default_500.png", "https://khabar.example.in"]
)
def test_what_is_no_picture_is_no_lead_picture(address: str) -> None:
    assert page(meta(og__image=address)).lead_image is None


def crumbs(*items: Any) -> str:
    elements = [
        {"@type": "ListItem", "position": position, "name": item}
        if isinstance(item, str)
        else {"@type": "ListItem", "position": position, "item": {"@id": item[1], "name": item[0]}}
        for position, item in enumerate(items, 1)
    ]
    return ld({"@type": "BreadcrumbList", "itemListElement": elements})


def section(name: str) -> str:
    return ld(NEWS | {"articleSection": name})


_SITE = "https://khabar.example.in"
_UP = ("उत्तर प्रदेश", f"{_SITE}/uttar-pradesh/")
SECTIONS = {
    "the crumb before the page": (crumbs("होम", "उत्तर प्रदेश", "लखनऊ", TITLE), "", "लखनऊ"),
    "the page's slug": (crumbs("Home", "राज्य", "gomti_new_bridge_ready 3"), "", "राज्य"),
    "the address' last part": (crumbs("Home", "राज्य", "naya pul gomti"), "", "राज्य"),
    "the beginning of the headline": (meta(og__title=TITLE) + crumbs("होम", "राज्य", TITLE[:20]), "", "राज्य"),
    "the page by its address": (crumbs(("होम", _SITE), _UP, ("ताजा", URL)), "", "उत्तर प्रदेश"),
    "crumbs in disorder": (ld({"@type": "BreadcrumbList", "itemListElement": [{"position": 3, "name": TITLE}, {"position": 1, "name": "होम"}, {"position": 2, "name": "राज्य"}]}), "", "राज्य"),
    "a raw path": (section("/news/education/"), "", "education"),
    "an address": (section(f"{_SITE}/education"), "", "education"),
    "a raw path, named by the crumb": (section("/education") + crumbs("होम", ("शिक्षा", f"{_SITE}/education"), TITLE), "", "शिक्षा"),
    "a slug, named by the crumb": (section("uttar-pradesh") + crumbs(("होम", _SITE), _UP, ("लखनऊ", f"{_SITE}/uttar-pradesh/lucknow"), (TITLE, URL)), "", "उत्तर प्रदेश"),
    "a slug without a crumb": (section("uttar-pradesh"), "", "uttar-pradesh"),
    "a name stays, whatever the crumb": (section("खेल") + crumbs("होम", "क्रिकेट", TITLE), "", "खेल"),
    "English stays": (section("Sports") + crumbs("होम", "क्रिकेट", TITLE), "", "Sports"),
    "a hyphen in a name": (crumbs("Home", "Jammu-Kashmir", TITLE), "", "Jammu-Kashmir"),
    "home and page alone": (crumbs("होम", TITLE), "", None),
    "a list on the page": ("", f"<ul class='breadcrumb'><li><a href='/'>होम</a></li><li><a href='/up'>उत्तर प्रदेश</a></li><li><a href='{URL}'>{TITLE[:30]}</a></li></ul>", "उत्तर प्रदेश"),
    "a nav named by its label": ("", "<nav aria-label='Breadcrumb'><a href='/'>होम</a> › <a href='/up'>उत्तर प्रदेश</a> › <span>पुल</span></nav>", "उत्तर प्रदेश"),
    "no breadcrumb": ("", "", None),
}  # fmt: skip


@pytest.mark.parametrize("name", SECTIONS)
def test_section(name: str) -> None:
    head, top, expected = SECTIONS[name]
    assert page(head, f"{top}<h1>{TITLE}</h1>").section == expected
