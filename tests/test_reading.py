"""Whole pages of our own: what a reader sees is what `extract_article` gives, block by block."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from khabar.extraction import EXTRACTOR_VERSION, extract_article, read_html
from khabar.model.items import Article, Page
from khabar.model.sources import ArticleUrls, ExtractionHints, Source

NOW = datetime(2025, 11, 8, 6, 0, tzinfo=UTC)
URL = "https://khabar.example.in/up/lucknow/naya-pul-2025110701"

OPENING = "लखनऊ। गोमती नदी पर बन रहे नए पुल का काम शुक्रवार को पूरा हो गया। अगले हफ्ते से इस पर गाड़ियां चलने लगेंगी और शहर का जाम कम होगा।"
SECOND = "लोक निर्माण विभाग के अभियंता ने बताया कि पुल की लंबाई चार सौ मीटर है। इसे बनाने में दो साल लगे और करीब नब्बे करोड़ रुपये खर्च हुए।"
THIRD = "व्यापारियों का कहना है कि पुल खुलने से पुराने बाजार तक पहुंचना आसान होगा। त्योहार के दिनों में यहां घंटों जाम लगा रहता था।"
FOURTH = "यातायात पुलिस ने नया नक्शा जारी किया है। भारी वाहनों को सुबह आठ बजे से रात दस बजे तक पुल पर जाने की इजाजत नहीं होगी।"
TITLE = "गोमती पर नया पुल तैयार, अगले हफ्ते से चलेंगी गाड़ियां"


def page(body: str, head: str = "", url: str = URL) -> Article:
    html = f"<html lang='hi'><head><title>{TITLE} | ताजा खबर</title>{head}</head><body>{body}</body></html>"
    return read_html(html, url, NOW)


def story(inner: str, around: str = "", head: str = "") -> Article:
    return page(
        f"<div class='wrap'><h1>{TITLE}</h1><div class='matter'>{inner}</div>{around}</div>", head
    )


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def texts(article: Article, kind: str = "paragraph") -> list[str]:
    return [block.text for block in article.blocks if block.type == kind]


FULL = paragraphs(OPENING, SECOND, THIRD, FOURTH)


def test_a_plain_story() -> None:
    article = story(FULL)
    assert (article.page_type, article.title, article.language, article.place) == (
        "article",
        TITLE,
        "hi",
        "लखनऊ",
    )
    assert article.text == "\n\n".join((OPENING, SECOND, THIRD, FOURTH))
    assert article.provenance["title"] == "h1"
    assert article.provenance["place"] == "dateline"
    assert article.signals["words"] > 60
    assert EXTRACTOR_VERSION


FURNITURE = {
    "nav": "<nav><a href='/up'>उत्तर प्रदेश</a><a href='/mp'>मध्य प्रदेश</a></nav>",
    "share": "<div class='share-box'><span>शेयर करें</span><a href='#'>फेसबुक</a></div>",
    "ad": "<div class='ad-slot'>विज्ञापन</div>",
    "ad label alone": "<p>विज्ञापन</p>",
    "promo": "<p>ताजा खबरें पाने के लिए हमारे व्हाट्सएप चैनल से जुड़ें और हमें फॉलो करें।</p>",
    "app": "<p>हर अपडेट के लिए हमारा ऐप डाउनलोड करें।</p>",
    "wall": "<div>पूरी खबर पढ़ें ऐप पर</div>",
    "also read": "<p>यह भी पढ़ें: <a href='/up/a-1'>मेरठ में सड़क धंसी, रास्ता बंद</a></p>",
    "also read, other words": "<p><strong>ये भी पढे़ं-</strong> <a href='/up/a-2'>बरेली में बारिश से राहत</a></p>",
    "disclaimer": "<p>डिस्क्लेमर: यह जानकारी सामान्य सूचना के लिए दी गई है।</p>",
    "hidden popup": "<div style='display:none'>कुकी की अनुमति दें</div>",
    "hidden form": "<div class='register hidden'><p>सदस्य बनिए और हर महीने पांच और लेख पढ़िए, यह सुविधा अभी कुछ पाठकों के लिए है।</p>"
    "<ul><li>सुबह की चिट्ठी आपके पते पर</li><li>टिप्पणी करने की सुविधा</li></ul></div>",
    "hidden box": "<div class='d-none'><p>इस पन्ने की छपाई के लिए अनुमति चाहिए होती है।</p></div>",
    "for print": "<div class='d-none d-print-block'><p>यह प्रति निजी उपयोग के लिए छापी गई है, इसे बांटना मना है।</p></div>",
    "likes": "<div class='sharedaddy sd-like'><h3>पसंद आया</h3><p>गिना जा रहा है…</p></div>",
    "player that failed": "<div class='video-fallback'><p>क्षमा करें, वीडियो नहीं चल सका।</p></div>",
    "json as text": '<span style=\'display:none\'>{"_id":"5","slug":"naya-pul","type":"story"}</span>',
    "tags": "<div class='tags'><a href='/t/1'>लखनऊ</a><a href='/t/2'>पुल</a></div>",
    "related cards": "".join(
        f"<div class='rel-card'><a href='/up/r{n}'><h3>दूसरी खबर का लंबा शीर्षक नंबर {n} यहां है</h3></a></div>"
        for n in range(4)
    ),
}


@pytest.mark.parametrize("name", FURNITURE)
@pytest.mark.parametrize("place", ["between", "behind"])
def test_furniture_is_no_text(name: str, place: str) -> None:
    if place == "between":
        article = story(paragraphs(OPENING, SECOND) + FURNITURE[name] + paragraphs(THIRD, FOURTH))
    else:
        article = story(FULL + FURNITURE[name])
    assert texts(article) == [OPENING, SECOND, THIRD, FOURTH]
    assert article.text == "\n\n".join((OPENING, SECOND, THIRD, FOURTH))


def test_comments_and_sidebar_are_no_text() -> None:
    comment = "मुझे लगता है कि यह पुल पांच साल पहले बन जाना चाहिए था, तब शहर का जाम इतना नहीं बढ़ता और लोग परेशान नहीं होते।"
    around = f"<div id='comments'>{paragraphs(comment)}</div><div class='sidebar'>{paragraphs(comment)}</div>"
    assert texts(story(FULL, around)) == [OPENING, SECOND, THIRD, FOURTH]


@pytest.mark.parametrize(
    "tail",
    [
        " यह भी पढ़ें: कानपुर में मेट्रो का नया रूट",
        " ये भी पढ़ें- <a href='/up/x'>कानपुर में मेट्रो का नया रूट</a>",
        " Also Read: कानपुर में मेट्रो का नया रूट",
        " [यह खबर भी पढ़ें... कानपुर में मेट्रो का नया रूट]",
        " यह भी पढ़ें :",
    ],
)
def test_also_read_glued_to_a_paragraph(tail: str) -> None:
    assert texts(story(paragraphs(OPENING, SECOND + tail, THIRD))) == [OPENING, SECOND, THIRD]


def test_advice_on_apps_is_text() -> None:
    advice = "इसके लिए आपको सबसे पहले प्ले स्टोर से <a href='https://play.example'>नगर सेवा</a> ऐप को डाउनलोड करना होगा और नाम लिखना होगा।"
    article = story(paragraphs(OPENING, SECOND, advice))
    assert texts(article)[2].startswith("इसके लिए आपको सबसे पहले")


def test_text_twice_in_the_page_is_read_once() -> None:
    spoken = (
        f"<div class='listen-copy' style='display:none'>{OPENING} <br>{SECOND} <br>{THIRD}</div>"
    )
    article = page(
        f"<section><h1>{TITLE}</h1>{spoken}<div class='desc'>{OPENING}<br>{SECOND}<br>{THIRD}</div></section>"
    )
    assert texts(article) == [OPENING, SECOND, THIRD]


def test_mobile_and_desktop_copies_are_read_once() -> None:
    article = page(f"<h1>{TITLE}</h1><div class='desk'>{FULL}</div><div class='mob'>{FULL}</div>")
    assert article.text.count(THIRD) == 1


@pytest.mark.parametrize("gap", ["<br><br>", "<br/>\n <br/>", "<span class='br'></span>"])
def test_breaks_part_paragraphs(gap: str) -> None:
    article = page(f"<h1>{TITLE}</h1><div class='m'>{gap.join((OPENING, SECOND, THIRD))}</div>")
    assert texts(article) == [OPENING, SECOND, THIRD]


def test_lines_that_count_are_a_list() -> None:
    steps = "1. पहले फॉर्म भरें<br>2. फिर फोटो लगाएं<br>3. अंत में रसीद लें"
    article = story(paragraphs(OPENING, SECOND, steps, THIRD))
    assert texts(article, "list_item") == ["1. पहले फॉर्म भरें", "2. फिर फोटो लगाएं", "3. अंत में रसीद लें"]


def test_joiners_nukta_and_entities_survive() -> None:
    tricky = "आज़ादी के बाद यह पहला मौक़ा है जब क्‍या, शक्‍ति और न्‍याय जैसे शब्‍द &lt;space&gt; के साथ &#2325;&#2366;&#2350; आए हैं।"
    article = story(paragraphs(OPENING, tricky, SECOND))
    assert texts(article)[1] == (
        "आज\u093cादी के बाद यह पहला मौक\u093cा है जब क्‍या, शक्‍ति और न्‍याय जैसे शब्‍द <space> के साथ काम आए हैं।"
    )


def test_every_kind_of_block_at_its_place() -> None:
    article = story(
        f"""<p>{OPENING}</p><h2>काम कैसे हुआ</h2><p>{SECOND}</p>
        <blockquote><p>यह पुल शहर के लिए बड़ी राहत है, हम सब खुश हैं।</p></blockquote>
        <ul><li>लंबाई चार सौ मीटर</li><li>चौड़ाई बारह मीटर</li></ul>
        <table><tr><th>साल</th><th>खर्च</th></tr><tr><td>2024</td><td>40 करोड़</td></tr><tr><td>2025</td><td>50 करोड़</td></tr></table>
        <figure><img src='/i/pul.jpg' width='700'><figcaption>नया पुल (फोटो: राम कुमार)</figcaption></figure>
        <p>{THIRD}</p><p><strong>भारी वाहनों पर रोक</strong></p><p>{FOURTH}</p>"""
    )
    assert [block.type for block in article.blocks] == [
        "paragraph", "heading", "paragraph", "quote", "list_item", "list_item", "table", "image", "paragraph", "heading",
        "paragraph",
    ]  # fmt: skip
    assert article.blocks[6].text == "साल | खर्च\n2024 | 40 करोड\u093c\n2025 | 50 करोड\u093c"
    assert article.blocks[1].level == 2
    picture = article.images[article.blocks[7].image or 0]
    assert (picture.url, picture.caption, picture.credit) == (
        "https://khabar.example.in/i/pul.jpg",
        "नया पुल",
        "राम कुमार",
    )


def test_a_lazy_picture_and_its_line() -> None:
    lazy = "<div><img src='data:image/gif;base64,R0' data-src='/i/bazar.jpg'><noscript><img src='/i/bazar.jpg'></noscript><div>पुराना बाजार</div></div>"
    article = story(paragraphs(OPENING, SECOND) + lazy + paragraphs(THIRD))
    assert [(image.url, image.caption) for image in article.images] == [
        ("https://khabar.example.in/i/bazar.jpg", "पुराना बाजार")
    ]
    assert texts(article) == [OPENING, SECOND, THIRD]


def test_a_cut_paragraph_is_completed_from_the_state() -> None:
    cut = SECOND[: SECOND.index(" और करीब")]
    state = json.dumps(
        {"story": {"parts": [{"type": "paragraph", "text": SECOND}]}}
    )  # escaped to \uXXXX
    script = f"<script>window.__STATE__ = JSON.parse({json.dumps(state)});</script>"
    article = page(f"<h1>{TITLE}</h1><article>{paragraphs(OPENING, cut, THIRD)}</article>{script}")
    assert texts(article) == [OPENING, SECOND, THIRD]
    assert any(problem.startswith("text: a paragraph cut") for problem in article.problems)


def test_a_story_told_only_by_the_state() -> None:
    data = {"props": {"pageProps": {"story": {"content": FULL, "id": 7}}}}
    article = page(
        f"<div id='__next'><h1>{TITLE}</h1></div><script id='__NEXT_DATA__' type='application/json'>{json.dumps(data)}</script>",
        '<script type="application/ld+json">{"@type":"NewsArticle","headline":"x"}</script>',
    )
    assert texts(article) == [OPENING, SECOND, THIRD, FOURTH]
    assert "text: taken from JSON in the page's scripts, not its HTML" in article.problems


def test_tweet_between_two_paragraphs() -> None:
    tweet = """<blockquote class="twitter-tweet"><p lang="hi" dir="ltr">पुल बनकर तैयार है।<br>जनता को बधाई।<br>वादा पूरा हुआ
    <a href="https://t.co/Ab12Cd34Ef">pic.twitter.com/Ab12Cd34Ef</a></p>&mdash; नगर निगम (@nagarnigam_x)
    <a href="https://twitter.com/nagarnigam_x/status/1986700000000000000?ref_src=twsrc%5Etfw">November 7, 2025</a></blockquote>
    <script async src="https://platform.twitter.com/widgets.js"></script>"""
    standfirst = "दो साल से बन रहे पुल का काम पूरा हो गया है और अगले हफ्ते इसे आम लोगों के लिए खोल दिया जाएगा।"
    article = story(
        f"<h2 class='standfirst'>{standfirst}</h2><p>{OPENING}</p><h2>कितना खर्च हुआ</h2><p>{SECOND}</p>{tweet}<p>{THIRD}</p>"
        f"<h2>बाजार को राहत</h2><p>{FOURTH}</p><h2>कब से खुलेगा</h2><p>पुल का उद्घाटन सोमवार सुबह दस बजे होगा और इसके बाद इसे खोल दिया जाएगा।</p>"
        "<h2>आगे क्या</h2><p>दूसरे चरण में किनारे की सड़क चौड़ी की जाएगी और वहां पैदल चलने वालों के लिए रास्ता बनेगा।</p>"
    )
    assert (article.title, article.subtitle, article.place) == (TITLE, standfirst, "लखनऊ")
    assert texts(article, "heading") == ["कितना खर्च हुआ", "बाजार को राहत", "कब से खुलेगा", "आगे क्या"]
    [embed] = article.embeds
    assert (embed.provider, embed.author_handle, embed.place) == ("x", "nagarnigam_x", "body")
    assert embed.published_at is not None
    assert embed.published_at.startswith("2025-11-07T07:39:25")
    assert [line.strip() for line in (embed.text or "").split("\n")] == [
        "पुल बनकर तैयार है।",
        "जनता को बधाई।",
        "वादा पूरा हुआ",
    ]
    assert embed.media == ("https://t.co/Ab12Cd34Ef",)
    kinds = [block.type for block in article.blocks]
    at = kinds.index("embed")
    assert (article.blocks[at - 1].text, article.blocks[at].embed, article.blocks[at + 1].text) == (
        SECOND,
        0,
        THIRD,
    )
    assert "बधाई" not in article.text
    assert "nagarnigam" not in article.text


def test_only_the_story_under_the_headline_of_an_endless_page() -> None:
    other = paragraphs(*(f"दूसरी खबर का पैराग्राफ {n}: " + FOURTH for n in range(6)))
    article = page(
        f"<article><h1>{TITLE}</h1>{FULL}</article><article><h1>बिल्कुल दूसरी खबर का शीर्षक</h1>{other}</article>"
    )
    assert texts(article) == [OPENING, SECOND, THIRD, FOURTH]


def test_a_source_names_its_container_and_what_to_drop() -> None:
    source = Source(
        key="x", name="ख", name_en="X", homepage="https://khabar.example.in/", hosts=("khabar.example.in",), status="draft",
        reason="test", article=ArticleUrls(pattern="."), reading=ExtractionHints(containers=(".story",), drop=(".box",)),
    )  # fmt: skip
    box = f"<div class='box'>{paragraphs(THIRD)}</div>"
    html = f"<h1>{TITLE}</h1><div class='story'>{paragraphs(OPENING, SECOND)}{box}</div><div>{paragraphs(FOURTH)}</div>"
    article = extract_article(Page(URL, f"<html><body>{html}</body></html>".encode(), NOW), source)
    assert texts(article) == [OPENING, SECOND]


def test_a_named_container_that_holds_too_little_is_not_trusted() -> None:
    source = Source(
        key="x", name="ख", name_en="X", homepage="https://khabar.example.in/", hosts=("khabar.example.in",), status="draft",
        reason="test", article=ArticleUrls(pattern="."), reading=ExtractionHints(containers=(".story",)),
    )  # fmt: skip
    html = (
        f"<html><body><h1>{TITLE}</h1><div class='story'>नमस्ते</div><div>{FULL}</div></body></html>"
    )
    assert texts(extract_article(Page(URL, html.encode(), NOW), source)) == [
        OPENING,
        SECOND,
        THIRD,
        FOURTH,
    ]


def test_what_shows_on_wide_screens_is_shown() -> None:
    article = story(
        f"{paragraphs(OPENING)}<div class='hidden md:block'>{paragraphs(SECOND, THIRD, FOURTH)}</div>"
    )
    assert texts(article) == [OPENING, SECOND, THIRD, FOURTH]


def test_a_brief_stands_beside_a_footer_longer_than_itself() -> None:
    small_print = paragraphs(
        *(f"हमारे पाठक सेवा केंद्र का पता और समय क्रमांक {n} यहां लिखा है। " * 3 for n in range(6))
    )
    article = page(
        f"<div class='wrap'><h1>{TITLE}</h1>{paragraphs(OPENING, SECOND)}</div><div class='site-footer-text'>{small_print}</div>"
    )
    assert texts(article) == [OPENING, SECOND]


def test_a_first_paragraph_to_be_read_aloud_is_text() -> None:
    article = story(f"<p id='speakable-summary'>{OPENING}</p>" + paragraphs(SECOND, THIRD, FOURTH))
    assert texts(article) == [OPENING, SECOND, THIRD, FOURTH]


def test_a_caption_may_hold_paragraphs() -> None:
    figure = "<figure><img src='/pul.jpg' width='640' height='400'><figcaption><p>पुल का नया छोर, शाम को।</p></figcaption></figure>"
    article = story(paragraphs(OPENING, SECOND) + figure + paragraphs(THIRD, FOURTH))
    assert texts(article) == [OPENING, SECOND, THIRD, FOURTH]
    assert article.images[0].caption == "पुल का नया छोर, शाम को।"
