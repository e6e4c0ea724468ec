"""Machine-made boxes are no part of the article: kept as insets, with their place; the desk's own boxes stay text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar import read_html
from khabar.extraction import join_pages
from khabar.extraction.inset_words import InsetClass, is_control_line, is_machine_label, rate_class
from khabar.model.items import Article, Block, Inset

HEADLINE = "कमला ताल की सफाई के लिए जुटे पांच टोले"
STORY = (
    "हरिनगर। कमला ताल की सफाई के लिए पांच टोलों के लोग रविवार सुबह जुटे और शाम तक आधा किनारा साफ कर दिया, जलकुंभी की ढेरी लग गई।",
    "मुखिया रमावती देवी ने बताया कि ताल में दस साल से गाद जमी थी, इसलिए बरसात का पानी टिकता नहीं था और कुएं चैत में सूख जाते थे।",
    "मछुआरा समिति ने नावें दीं, स्कूल के बच्चों ने घाट की सीढ़ियां धोईं, और दोपहर का खाना टोले की महिलाओं ने मिलकर पकाया और बांटा।",
    "अगले रविवार को दूसरा किनारा साफ होगा, उसके बाद किनारे पर अर्जुन और जामुन के दो सौ पौधे लगाने की बात तय हुई है, ऐसा समिति ने कहा।",
)
SUM = ("पांच टोलों के लोगों ने ताल का आधा किनारा साफ किया।", "ताल में दस साल से गाद जमी थी।",
       "अगले रविवार को दूसरा किनारा साफ होगा।")  # fmt: skip
LIST = "<ul>" + "".join(f"<li>{line}</li>" for line in SUM) + "</ul>"
LINES = "".join(f"<p>{line}</p>" for line in SUM)


def page(*body: str, headline: str = HEADLINE) -> str:
    return (
        f"<html><head><title>{headline}</title></head><body class='single category-ai'><nav><a href='/'>होम</a></nav>"
        f"<article><h1>{headline}</h1>{''.join(body)}</article><footer>© ताल समाचार</footer></body></html>"
    )


def told(position: int, box: str) -> str:
    """The story with a box before its paragraph `position`."""
    paragraphs = [f"<p>{text}</p>" for text in STORY]
    return page(*paragraphs[:position], box, *paragraphs[position:])


def read(html: str) -> Article:
    return read_html(html, "https://taal.test/gaon/kamala-taal-51873.html")


# The box, and the label that is kept.
BOXES = {
    "label in a box": (f"<div class='x1'><b>AI से बना सार</b>{LIST}</div>", "AI से बना सार"),
    "hindi letters": (f"<aside><h4>एआई समरी</h4>{LINES}</aside>", "एआई समरी"),
    "dotted": (f"<div class='x'><p>ए.आई. सारांश</p>{LINES}</div>", "ए.आई. सारांश"),
    "toggle": (f"<div class='sm'><button>✨ AI Summary</button><div style='display:none'>{LIST}</div></div>", "✨ AI Summary"),
    "details": (f"<details><summary>AI समरी देखें</summary>{LIST}</details>", "AI समरी देखें"),
    "label behind": (f"<div class='hl'><h3>मुख्य बातें</h3>{LIST}<small>AI-generated, reviewed by our editors</small></div>", "AI-generated, reviewed by our editors"),
    "disclaimer": (f"<div class='w'><h3>सारांश</h3>{LINES}<p>यह सारांश एआई की मदद से तैयार किया गया है और संपादकीय टीम ने इसकी जांच की है।</p></div>", "यह सारांश एआई की मदद से तैयार किया गया है और संपादकीय टीम ने इसकी जांच की है।"),
    "question": (f"<div class='qk'><div class='hd'><h2>Quick Read</h2><p>Summary is AI-generated, newsroom-reviewed</p><button>Show</button></div>{LIST}<p>Did our AI summary help? <a href='#'>Let us know.</a></p></div>", "Summary is AI-generated, newsroom-reviewed"),
    "class and label": (f"<section class='rapid-read'><h3>Rapid Read</h3>{LIST}</section>", "Rapid Read"),
    "class and heading": (f"<div class='genai-widget'><b>Highlights</b>{LIST}</div>", "Highlights"),
    "class and list": (f"<div id='aiSummaryBox'>{LIST}</div>", None),
    "class and button": (f"<div class='ai_highlights'>{LINES}<button>Show more</button></div>", None),
    "element": (f"<ai-summary><h3>खबर का सार</h3>{LINES}</ai-summary>", "खबर का सार"),
    "attribute": (f"<section aria-label='AI summary'>{LINES}</section>", "AI summary"),
    "two parts": (f"<div class='ai-insights'><div><h4>AI Summary</h4><p>{SUM[0]}</p></div><div><h4>Key Points</h4><ul><li>{SUM[1]}</li><li>{SUM[2]}</li></ul></div></div>", "AI Summary"),
    "badge": (f"<div class='card'><div class='card-head'><span>AI</span> <span>संक्षेप</span></div><div>{LINES}</div></div>", "AI संक्षेप"),
    "in the line": (f"<div class='ai-summary'><p><b>AI Summary:</b> {' '.join(SUM)}</p></div>", "AI Summary:"),
    "beside": (f"<h3>Key takeaways (AI)</h3>{LIST}", "Key takeaways (AI)"),
    "two copies": (f"<div class='ai-brief'><b>AI Brief</b>{LIST}</div>" * 2, "AI Brief"),
    "one line each": (f"<div class='ai-brief'><b>AI ब्रीफ</b><br>{'<br>'.join(SUM)}</div>", "AI ब्रीफ"),
    "table": (f"<table class='ai-summary'><tr><td>AI Summary</td></tr>{''.join(f'<tr><td>{line}</td></tr>' for line in SUM)}</table>", "AI Summary"),
    "quote": (f"<blockquote><p>AI Generated Summary</p>{LINES}</blockquote>", "AI Generated Summary"),
}  # fmt: skip


@pytest.mark.parametrize("position", [0, 2, 4])
@pytest.mark.parametrize("box", BOXES)
def test_a_machine_made_box_is_an_inset_and_no_text(box, position):
    html, label = BOXES[box]
    article = read(told(position, html))
    assert article.text == "\n\n".join(STORY)
    (inset,) = article.insets
    assert (inset.label, inset.after_block) == (label, position - 1 if position else None)
    assert inset.text.replace("\n", " ") == " ".join(SUM)
    assert article.subtitle is None and article.problems == ()


DESK_BOXES = {
    "highlights": f"<div class='highlights'><h3>मुख्य बातें</h3>{LIST}</div>",
    "english": f"<div class='story-highlights'><h3>Highlights</h3>{LIST}</div>",
    "quick read": f"<div class='quick-read'><h3>Quick Read</h3>{LIST}</div>",
    "only the label of a product": f"<div><h3>Rapid Read</h3>{LIST}</div>",
    "only the class": f"<div class='ai-insights'>{LINES}</div>",
}


@pytest.mark.parametrize("box", DESK_BOXES)
def test_the_desk_s_own_box_stays_text(box):
    article = read(told(2, DESK_BOXES[box]))
    assert article.insets == () and all(line in article.text for line in (*STORY, *SUM))


PICTURES = {
    "caption": "<figure><img src='/t.jpg' width='800' height='450'><figcaption>AI-generated</figcaption></figure>",
    "credit": "<div><img src='/t.jpg' width='800' height='450'><p>फोटो : AI</p></div>",
    "alt": "<div><img src='/t.jpg' alt='AI generated' width='800' height='450'></div>",
    "kicker": "<div class='kicker'>AI</div>",
    "voice": "<div class='tts'>Listen to this article (AI generated voice)</div>",
}


@pytest.mark.parametrize("position", [0, 2, 4])
@pytest.mark.parametrize("picture", PICTURES)
def test_a_machine_made_picture_or_voice_takes_no_text_along(picture, position):
    article = read(told(position, PICTURES[picture]))
    assert article.insets == () and all(line in article.text for line in STORY)


ABOUT = (
    "एआई समरी क्या है और पाठक इसे क्यों पढ़ते हैं, इस पर जानकारों ने विस्तार से राय दी और सावधान रहने की सलाह भी दी है।",
    "AI summary पढ़कर लोग पूरी खबर नहीं पढ़ते, ऐसा एक अध्ययन में दिखा, जिसमें तीन हजार पाठकों से सवाल पूछे गए थे।",
    "संपादकों का कहना है कि AI से बना सार हमेशा सही नहीं होता, और उसमें कई बार ऐसी गलतियां रहती हैं जो दिखती नहीं।",
)
HEADINGS = ("AI समरी", "AI Summary", "AI से बना सार")
ABOUT_BODIES = {
    "sections": "".join(
        f"<section class='s'><h2>{heading}</h2><p>{text}</p></section>"
        for heading, text in zip(HEADINGS, ABOUT, strict=True)
    ),
    "headings": "".join(
        f"<h2>{heading}</h2><p>{text}</p>" for heading, text in zip(HEADINGS, ABOUT, strict=True)
    ),
    "a class on the story": f"<div class='category-ai tag-ai-summary'>{''.join(f'<p>{text}</p>' for text in ABOUT)}</div>",
    "a heading and its list": f"<p>{ABOUT[0]}</p><p>{ABOUT[1]}</p><h3>AI Summary</h3><ul><li>{ABOUT[2]}</li></ul>",
    "a paragraph each": "".join(
        f"<p><b>{heading}:</b> {text}</p>" for heading, text in zip(HEADINGS, ABOUT, strict=True)
    ),
    "a box of the desk": f"<p>{ABOUT[0]}</p><div class='hl'><h3>एआई सम्मेलन की मुख्य बातें</h3><ul><li>{ABOUT[1]}</li></ul></div><p>{ABOUT[2]}</p>",
}


@pytest.mark.parametrize(
    "comments", ["", f"<div class='c'><p>{STORY[0]}</p><p>{STORY[1]}</p></div>"]
)
@pytest.mark.parametrize("body", ABOUT_BODIES)
def test_a_story_about_ai_summaries_stays_whole(body, comments):
    html = page(ABOUT_BODIES[body], headline="AI समरी पर बहस, पाठक क्या चाहते हैं")
    article = read(html.replace("</article>", f"</article>{comments}"))
    assert article.insets == () and all(line in article.text for line in ABOUT)


def test_a_label_without_a_box_of_its_own_is_a_problem_not_a_loss():
    inner = f"<div class='s'><p>AI Summary</p>{''.join(f'<p>{text}</p>' for text in STORY)}</div>"
    article = read(page(inner))
    assert article.insets == () and all(line in article.text for line in STORY)
    assert article.problems == (
        "inset: no box of its own around 'AI Summary'; it stays in the text",
    )


def test_an_embed_in_a_box_stays_in_the_article():
    video = "<iframe src='https://www.youtube.com/embed/a1B2c3D4e5F'></iframe>"
    article = read(told(2, f"<div class='ai-summary'><b>AI Summary</b>{LIST}{video}</div>"))
    assert [block.type for block in article.blocks] == [
        *["paragraph"] * 2,
        "embed",
        *["paragraph"] * 2,
    ]
    assert [inset.text for inset in article.insets] == ["\n".join(SUM)]


def test_a_place_between_lines_of_one_element():
    inner = f"<div>{STORY[0]}<br><br>{STORY[1]}<br><br><div class='ai-brief'><b>AI Brief</b>{LIST}</div>{STORY[2]}<br><br>{STORY[3]}</div>"
    (inset,) = read(page(inner)).insets
    assert inset.after_block == 1


def test_the_insets_of_later_pages_follow_their_blocks():
    first = Article(
        "https://taal.test/1",
        blocks=(Block("paragraph", STORY[0]),),
        insets=(Inset("AI", "क", None),),
    )
    later = Article(
        "https://taal.test/1/2",
        blocks=(Block("paragraph", STORY[0]), Block("paragraph", STORY[1]), Block("paragraph", STORY[2])),
        insets=(Inset("AI", "क", None), Inset("AI", "ख", None), Inset("AI", "ग", 1)),
    )  # fmt: skip
    joined = join_pages(first, [later], has_more=False)
    assert joined.insets == (Inset("AI", "क", None), Inset("AI", "ख", 0), Inset("AI", "ग", 1))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("AI Summary", True), ("AI से बना सार", True), ("एआई समरी", True), ("Summarised by AI", True), ("TL;DR by AI", True),
        ("Powered by Gemini", True), ("AI‑generated key points", True), ("Did our AI summary help?", True),
        ("This summary was created using AI and reviewed by Taal Samachar editors", True),
        ("AI", False), ("Summary", False), ("मुख्य बातें", False), ("AI समिट की मुख्य बातें", False),
        ("एआई समरी पर बहस", False), ("AI Generated Image", False), ("फोटो : AI", False), ("AI से बनाई गई सांकेतिक तस्वीर", False),
    ],
)  # fmt: skip
def test_which_line_is_a_label(line, expected):
    assert is_machine_label(line) is expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("ai-summary", InsetClass.SUMMARY), ("storyAISummary", InsetClass.SUMMARY), ("aisummary-box", InsetClass.SUMMARY),
        ("gen_ai__highlights", InsetClass.SUMMARY), ("genai", InsetClass.MACHINE), ("rapid-read", InsetClass.MACHINE),
        ("main-summary", InsetClass.NONE), ("maintain insights", InsetClass.NONE), ("rapid-rail", InsetClass.NONE),
        ("detail summary", InsetClass.NONE), ("", InsetClass.NONE),
    ],
)  # fmt: skip
def test_which_names_are_those_of_an_inset(names, expected):
    assert rate_class(names) is expected


@given(
    paragraphs=st.permutations(STORY),
    position=st.integers(0, len(STORY)),
    box=st.sampled_from(sorted(BOXES)),
    tag=st.sampled_from(["article", "main", "div"]),
)
def test_the_text_is_that_of_the_page_without_the_box(paragraphs, position, box, tag):
    """And the place of the inset is that of the box, wherever it stands."""
    parts = [f"<p>{text}</p>" for text in paragraphs]
    bare = page(*parts).replace("article", tag)
    with_box = page(*parts[:position], BOXES[box][0], *parts[position:]).replace(
        "<article", f"<{tag}"
    )
    article = read(re.sub("</article", f"</{tag}", with_box))
    assert article.text == read(bare).text
    assert [inset.after_block for inset in article.insets] == [position - 1 if position else None]


@given(st.text(max_size=2000))
def test_any_text_can_be_a_line_or_a_name(text):
    assert is_machine_label(text) <= is_control_line(text)
    assert rate_class(text) in InsetClass
