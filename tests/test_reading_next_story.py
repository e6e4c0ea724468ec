"""Where the page's own story ends: before the next one and before its readers' comments; not before its own parts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from khabar.extraction import read_html
from khabar.model.items import Article
from tests.test_reading_story import OTHER, OTHER_TITLE, STORY, TITLE, URL, paragraphs

NOW = datetime(2026, 3, 9, 6, 0, tzinfo=UTC)
OTHER_URL = "/zila/rel-patri-par-ped-880266.html"
OWN = f"<h1>{TITLE}</h1>{paragraphs(STORY)}"
LINK = f'<a href="{OTHER_URL}">{OTHER_TITLE}</a>'
BYLINE = '<div class="byline">सरिता मौर्य, सोनपुर</div>'
DATE = "<span>8 मार्च 2026, 10:20 AM</span>"
PLACELESS = paragraphs([OTHER[0].removeprefix("सोनपुर। "), *OTHER[1:]])


def page(body: str, url: str = URL, head: str = "") -> Article:
    return read_html(
        f"<html><head><title>{TITLE}</title>{head}</head><body><main>{body}</main></body></html>",
        url,
        NOW,
    )


def texts(article: Article) -> tuple[str, ...]:
    return tuple(block.text for block in article.blocks if block.text)


NEXT = {
    "second h1 and a place": f"<h1>{OTHER_TITLE}</h1>{paragraphs(OTHER)}",
    "second h1 and a byline": f"<h1>{OTHER_TITLE}</h1>{BYLINE}{PLACELESS}",
    "second h1 and a date": f"<h1>{OTHER_TITLE}</h1>{DATE}{PLACELESS}",
    "linked heading and a place": f"<h2>{LINK}</h2>{paragraphs(OTHER)}",
    "linked heading and a byline": f"<h2>{LINK}</h2>{BYLINE}{PLACELESS}",
    "linked heading and a date": f"<h3>{LINK}</h3>{DATE}{PLACELESS}",
    "rule and a place": f"<hr><h2>{OTHER_TITLE}</h2>{paragraphs(OTHER)}",
    "rule and a date": f"<hr><h2>{OTHER_TITLE}</h2>{DATE}{PLACELESS}",
    "nested article and a place": f"<article><h2>{OTHER_TITLE}</h2>{paragraphs(OTHER)}</article>",
    "nested article and a byline": f"<article><h3>{OTHER_TITLE}</h3>{BYLINE}{PLACELESS}</article>",
    "box with h1": f"<div class='n'><h1>{OTHER_TITLE}</h1>{paragraphs(OTHER)}</div>",
    "box with a link": f"<div class='n'><h2>{LINK}</h2>{paragraphs(OTHER)}</div>",
    "box with an address": f"<div data-url='{OTHER_URL}'><h2>{OTHER_TITLE}</h2>{BYLINE}{PLACELESS}</div>",
    "box without a heading": f"<section data-permalink='{OTHER_URL}'><div>{OTHER_TITLE}</div>{BYLINE}{PLACELESS}</section>",
    "two boxes": f"<article><h2>{LINK}</h2>{paragraphs(OTHER)}</article>" * 2,
    "schema.org": f"<div itemscope itemtype='https://schema.org/NewsArticle'><h2>{OTHER_TITLE}</h2>{paragraphs(OTHER)}</div>",
    "heading in a box, text beside it": f"<div><h2>{LINK}</h2>{BYLINE}</div><div>{paragraphs(OTHER)}</div>",
}  # fmt: skip


@pytest.mark.parametrize("name", NEXT)
@pytest.mark.parametrize(
    "around",
    [
        "<article>{own}{next}</article>",
        f"<article><h1>{TITLE}</h1><div class='story'>{paragraphs(STORY)}{{next}}</div></article>",
    ],
)
def test_next_story_ends_the_story(name: str, around: str) -> None:
    article = page(around.replace("{own}", OWN).replace("{next}", NEXT[name]))
    assert texts(article) == STORY
    assert any(
        problem.startswith("body: ends before another article") for problem in article.problems
    )


@pytest.mark.parametrize("following", [f"<h1>{OTHER_TITLE}</h1>{PLACELESS}", f"<h2>{OTHER_TITLE}</h2>{paragraphs(OTHER)}", f"<h2>{OTHER_TITLE}</h2>{BYLINE}{PLACELESS}"])  # fmt: skip
def test_next_story_in_a_second_section(following: str) -> None:
    sections = f'<section class="story">{OWN}</section><section class="story">{following}</section>'
    assert texts(page(sections)) == STORY
    assert texts(page(f"<article>{sections}</article>")) == STORY


def test_story_goes_on_after_a_box_with_another() -> None:
    box = f"<article><h3>{LINK}</h3>{DATE}{paragraphs(OTHER)}</article>"
    assert (
        texts(
            page(
                f"<article><h1>{TITLE}</h1>{paragraphs(STORY[:2])}{box}{paragraphs(STORY[2:])}</article>"
            )
        )
        == STORY
    )


def test_standfirst_below_a_long_headline_is_no_next_story() -> None:
    long_title = f"{TITLE}, घाटों पर काम अगले महीने के पहले सप्ताह तक पूरा कर लिया जाएगा"
    standfirst = f"<div class='art'><h2>{STORY[0]}</h2></div>"
    body = f"<h1>{long_title}</h1>{standfirst}{BYLINE}{DATE}{paragraphs(STORY)}"
    article = page(f"<article>{body}</article>")
    assert texts(article)[-len(STORY) :] == STORY
    assert not [problem for problem in article.problems if "another article" in problem]


def test_brief_before_the_next_story() -> None:
    article = page(
        f"<article><h1>{TITLE}</h1><p>{STORY[0]}</p><article><h2>{LINK}</h2>{paragraphs(OTHER)}</article></article>"
    )
    assert texts(article) == STORY[:1]


HEADS = ("पालिका ने कितना खर्च बताया है", "मछुआरों को कितना काम मिलने वाला है")


def split(first: str, second: str) -> str:
    return f"<article><h1>{TITLE}</h1>{paragraphs(STORY[:2])}{first}{paragraphs(STORY[2:4])}{second}{paragraphs(STORY[4:])}</article>"


@pytest.mark.parametrize(
    "body",
    [
        split(*(f"<h2>{head}</h2>" for head in HEADS)),
        split(*(f"<h1>{head}</h1>" for head in HEADS)),
        split(*(f"<hr><h2>{head}</h2>" for head in HEADS)),
        split(*(f"<h2>{n}. {head}</h2>" for n, head in enumerate(HEADS, 1))),
        split(f'<h2><a href="/zila/talab-yojana-660011.html">{HEADS[0]}</a></h2>', f'<h2><a href="/tag/talab">{HEADS[1]}</a></h2>'),
        split(f'<h1 class="print">{TITLE}</h1>', ""),
        split("<div class='amp'><h1>तालाब की खुदाई पूरी</h1></div><time>8 मार्च 2026</time>", ""),
        split(f"<div class='card'><h3>{LINK}</h3><span>8 मार्च 2026</span></div>", ""),
        split(f"<h4>{LINK}</h4><small>8 मार्च 2026</small>", ""),
        split(f"<h3>{LINK}</h3>", ""),
        split(f"<hr><h3>{LINK}</h3>", ""),
        split(f"<p>यह भी पढ़ें:</p><h3>{LINK}</h3><small>8 मार्च 2026</small>", ""),
        f'<div data-url="{URL}"><h1>{TITLE}</h1>{paragraphs(STORY)}</div>',
        f'<section class="part"><h1>{TITLE}</h1>{paragraphs(STORY[:2])}</section><section class="part"><h2>{HEADS[0]}</h2>{paragraphs(STORY[2:])}</section>',
    ],
)  # fmt: skip
def test_parts_of_the_story_do_not_end_it(body: str) -> None:
    article = page(body)
    assert [text for text in STORY if text not in article.text] == []
    assert not any("another article" in problem for problem in article.problems)


def test_places_of_a_round_up_do_not_end_it() -> None:
    items = "".join(
        f"<hr><h2>{head}</h2><p>{place}। {text}</p>"
        for head, place, text in zip(HEADS, ("लखनऊ", "कानपुर"), STORY[2:4], strict=True)
    )
    article = page(f"<article><h1>{TITLE}</h1>{paragraphs(STORY[:2])}{items}</article>")
    assert [text for text in STORY[:4] if text not in article.text] == []


@pytest.mark.parametrize("url", [URL, "https://khabar.example.in/live/talab-live-updates-770155"])
def test_updates_do_not_end_a_live_blog(url: str) -> None:
    updates = "".join(
        f"<article><time datetime='2026-03-09T1{n}:00:00+05:30'>1{n}:00</time><h3>बात नंबर {n} और उसका हाल</h3><p>{text}</p></article>"
        for n, text in enumerate(STORY)
    )
    article = page(
        f"<article><h1>{TITLE}</h1><p>दिन भर के हाल यहां पढ़ते रहें, तालाब पर सुबह से लोग जुटे हैं और मशीनें भी लगी हैं।</p>{updates}</article>",
        url,
    )
    assert [text for text in STORY if text not in article.text] == []


def test_a_list_of_articles_stays_a_list() -> None:
    cards = "".join(
        f'<article class="post"><h2><a href="/zila/khabar-dusri-{n}00000.html">{head} {n}</a></h2><time datetime="2026-03-08">8 मार्च 2026</time><p>{STORY[n % 5]}</p></article>'
        for n, head in enumerate(HEADS * 5)
    )
    assert (
        read_html(
            f"<html><body><h1>जिले की खबरें</h1>{cards}</body></html>",
            "https://khabar.example.in/category/zila/",
            NOW,
        ).page_type
        == "listing"
    )


COMMENTS = (
    ("रमेश यादव", "2 घंटे पहले", "बहुत अच्छा काम हुआ है, हमारे कस्बे में भी पुराने तालाब की खुदाई होनी चाहिए ताकि पानी मिल सके।"),
    ("Seema Rani", "8 मार्च 2026, 10:20", "पालिका को किनारे की सफाई का भी ध्यान रखना चाहिए, नहीं तो पार्क बनने से पहले ही सब गंदा हो जाएगा।"),
)  # fmt: skip


def comments(tag: str = "div", row: str = "ci", reply: str = "", name: str = "<b>{}</b>") -> str:
    return "".join(
        f'<{tag} class="{row}">{name.format(who)} <span>{when}</span><p>{text}</p>{reply}</{tag}>'
        for who, when, text in COMMENTS
    )


@pytest.mark.parametrize(
    "html",
    [
        f'<div class="cmnt-lst">{comments()}</div>',
        f'<div class="x">{comments(reply="<a href=#>जवाब दें</a>")}</div>',
        f'<ul class="x">{comments("li", reply="<button>Reply</button>")}</ul>',
        f'<div class="x">{comments()}<form><textarea></textarea></form></div>',
        f'<div class="x">{comments()}</div><form><textarea></textarea></form>',
        f"<h3>टिप्पणियां (2)</h3><div class='x'>{comments()}</div>",
        f"<div class='x'><h4>2 Comments</h4>{comments(row='')}</div>",
    ],
)
def test_comments_are_not_the_story(html: str) -> None:
    assert texts(page(f"<article>{OWN}{html}</article>")) == STORY


@pytest.mark.parametrize(
    "html",
    [
        f'<div class="x">{comments()}</div>',  # a row of statements with names and times alone
        "<div class='cmnt'>"
        + "".join(f"<div class='q'><b>{who}</b><p>{text}</p></div>" for who, _, text in COMMENTS)
        + "</div>",
    ],
)
def test_one_sign_of_comments_is_not_enough(html: str) -> None:
    article = page(f"<article>{OWN}{html}</article>")
    assert all(text in article.text for _, _, text in COMMENTS)
