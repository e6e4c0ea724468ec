"""Case tables for the reader's parts: bytes to text, JSON-LD as found, lines that are furniture, kinds of page."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.etree import Element
from lxml.html import document_fromstring

from khabar.extraction import read_html
from khabar.extraction.boilerplate_phrases import match_wording, strip_also_read
from khabar.extraction.embedded_json import HydrationState, complete_paragraph, first_paragraph
from khabar.extraction.encoding import decode_body
from khabar.extraction.images import add_caption
from khabar.extraction.jsonld import (
    is_free,
    list_authors,
    node_types,
    parse_jsonld_block,
    text_value,
)
from khabar.model.items import Article, Image

NOW = datetime(2025, 11, 8, 6, 0, tzinfo=UTC)
HINDI = "नमस्ते दुनिया, यह एक परीक्षा है जिसमें हिंदी के काफी अक्षर हैं ताकि टूटा हुआ एक अक्षर पहचाना जा सके।"


@pytest.mark.parametrize(
    ("body", "content_type", "text", "encoding"),
    [
        (HINDI.encode(), "", HINDI, "utf-8"),
        (b"\xef\xbb\xbf" + HINDI.encode(), "text/html; charset=iso-8859-1", HINDI, "utf-8"),
        (b"\xff\xfe" + HINDI.encode("utf-16-le"), "", HINDI, "utf-16-le"),
        (HINDI.encode(), "text/html; charset=iso-8859-1", HINDI, "utf-8"),  # the bytes know better than the header
        ("Größe über".encode("cp1252"), "text/html; charset=windows-1252", "Größe über", "windows-1252"),
        (b"<meta charset='iso-8859-1'>" + "Größe über Äpfel".encode("latin-1"), "", "<meta charset='iso-8859-1'>Größe über Äpfel", "iso-8859-1"),
        (b'<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">\xe4', "", '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">ä', "iso-8859-1"),
        (b"\xe4\xf6", "text/html; charset=no-such-thing", "\ufffd\ufffd", "utf-8"),
    ],
)  # fmt: skip
def test_decode(body: bytes, content_type: str, text: str, encoding: str) -> None:
    assert decode_body(body, content_type)[:2] == (text, encoding)


def test_a_cut_page_stays_utf8() -> None:
    text, encoding, problem = decode_body(HINDI.encode()[:-2], "text/html; charset=iso-8859-1")
    assert (encoding, text[:20]) == ("utf-8", HINDI[:20])
    assert problem == "decoding: 1 broken characters in UTF-8"


NODE = {"@type": "NewsArticle", "headline": "खबर", "datePublished": "2025-11-07"}
CLEAN = json.dumps(NODE, ensure_ascii=False)


@pytest.mark.parametrize(
    "text",
    [
        CLEAN,
        f"[{CLEAN}]",
        f'{{"@context":"https://schema.org","@graph":[{CLEAN}]}}',
        f'{{"@type":"WebPage","mainEntity":{CLEAN}}}',
        f"<!-- {CLEAN} -->",
        f"//<![CDATA[\n{CLEAN}\n//]]>",
        f"{CLEAN};",
        CLEAN.replace("खबर", "खबर\n"),
        CLEAN.replace("खबर", "खबर\t\x03"),
        CLEAN[:-1] + ",}",
        CLEAN.replace('"', "&quot;"),
        CLEAN.replace("खबर", "खबर\\'"),
        CLEAN + '{"@type":"WebSite"}',
        CLEAN.replace("खबर", 'खबर "आज" की'),  # an unescaped quote: single facts are read
    ],
)
def test_json_ld_as_found(text: str) -> None:
    nodes, _ = parse_jsonld_block(text)
    [article] = [node for node in nodes if "NewsArticle" in node_types(node)]
    assert article["datePublished"] == "2025-11-07"
    assert "headline" not in article or str(article["headline"]).startswith("खबर")


@pytest.mark.parametrize(
    ("text", "headline"),
    [
        ("{'@type':'NewsArticle',headline:'मेला \\'आज\\' से'}", "मेला 'आज' से"),
        ('{"@type":"NewsArticle",headline : "नहर, सड़क: काम"}', "नहर, सड़क: काम"),
        ("{'@type':'NewsArticle','headline':'कहा \"हाँ\"',}", 'कहा "हाँ"'),
        ('{@type:"NewsArticle", headline:"क", parts:[{a:1}, {b:2}]}', "क"),
    ],
)
def test_json_ld_written_as_a_javascript_literal(text: str, headline: str) -> None:
    nodes, problem = parse_jsonld_block(text)
    assert (nodes[0]["headline"], problem) == (headline, "json-ld: repaired")


@pytest.mark.parametrize(
    "text", ["", "   ", "null", "{", "[" * 50_000, '{"@type":"Organization","name":"x"', "आज"]
)
def test_json_ld_that_is_none(text: str) -> None:
    nodes, _ = parse_jsonld_block(text)
    assert nodes == []


def test_json_ld_values() -> None:
    assert text_value({"@type": "Person", "name": ["", "अनिल &amp; सीमा"]}) == "अनिल & सीमा"
    assert node_types({"@type": ["https://schema.org/NewsArticle", "schema:Article"]}) == {
        "NewsArticle",
        "Article",
    }
    assert list_authors(
        {"author": [{"name": "क"}, "ख", {"@type": "Organization", "name": "ग"}]}, ()
    ) == [
        ("", "क"),
        ("", "ख"),
        ("Organization", "ग"),
    ]
    said = [
        is_free({"isAccessibleForFree": value})
        for value in (False, "False", "http://schema.org/True", True, "maybe")
    ]
    assert said == [False, False, True, True, None]


@pytest.mark.parametrize(
    ("text", "junk"),
    [
        ("विज्ञापन", True), ("विज्ञापन7", True), ("Advertisement", True), ("---- समाप्त ----", True), ("। |", True),
        ("खबरें और भी हैं...", True), ("टैग्स: लखनऊ, पुल", True), ("कॉपी लिंक", True), ("फोटो: सोशल मीडिया", True),
        ("ये भी पढे़ं...मेरठ में हादसा", True), ("इसे भी पढ़ें - बिहार में बारिश", True), ("Also Read | Rain in Bihar", True),
        ("हमारे टेलीग्राम चैनल से जुड़ें और पाएं हर खबर", True), ("हमें Google News पर फॉलो करें", True),
        ("आजतक के नए ऐप से अपने फोन पर पाएं रियल टाइम अलर्ट और सभी खबरें", True), ("ऐप डाउनलोड करने के लिए QR स्कैन करें", True),
        ("डिस्क्लेमर: यह लेख सामान्य जानकारी पर आधारित है।", True), ("Copyright © 2024 All Rights Reserved", True),
        ("मंत्री ने कहा कि विज्ञापन पर रोक लगेगी।", False), ("पुलिस ने व्हाट्सएप चैनल चलाने वाले तीन लोगों को पकड़ा है।", False),
        ("यह किताब बच्चे भी पढ़ें, ऐसी लेखक की इच्छा थी।", False), ("उन्होंने यूट्यूब चैनल से जुड़े विवाद पर कुछ नहीं कहा।", False),
        ("SEE ALSO: Rain in Bihar stops trains", True), ("Also Watch: Rain in Bihar", True), ("हेही वाचा: पुण्यात पाऊस", True),
        ("আরও পড়ুন: কলকাতায় বৃষ্টি", True), ("આ પણ વાંચો: સુરતમાં વરસાદ", True), ("ఇది కూడా చదవండి: హైదరాబాద్‌లో వర్షం", True),
        ("இதையும் படியுங்கள்: சென்னையில் மழை", True), ("மேலும் படிக்க: சென்னையில் மழை", True),
        ("Stay updated with the latest news from your city.", True), ("Stay informed on all our stories with the morning brief.", True),
        ("For more sports news and updates, follow the city page.", True), ("ताज्या बातम्या सर्वात आधी वाचा", True),
        ("સુરતના તાજા સમાચાર માટે અમને ફોલો કરો", True), ("తాజా వార్తల కోసం మా పేజీని ఫాలో అవ్వండి", True),
        ("செய்திகளை அறிய: உடனுக்குடன் செய்திகளை படிக்க இணையுங்கள்", True),
        ("See the bridge from the east bank, the engineer said.", False), ("Residents were told to stay updated on the water level.", False),
        ("For more than two years the news from the village was good.", False), ("He said that one must see the bridge.", False),
        ("ते पुस्तक मुले वाचतात.", False), ("மேலும் படிக்க விரும்பிய மாணவி பள்ளிக்கு திரும்பினார்.", False),
        ("బాలిక చదువు కొనసాగించింది.", False), ("সব খবর ভালো ছিল।", False),
        ("बारिश हुई।", False), ("और भी कई गांव पानी में घिरे हैं।", False),
        ("ट्रेंडिंग वीडियो", True), ("सम्बंधित ख़बरें", True), ("विस्तार", True), ("सांकेतिक तस्वीर", True), ("3/7", True),
        ("आपको यह खबर कैसी लगी? अपनी राय कमेंट बॉक्स में लिखें।", True), ("Mehr zum Thema: Wasser", True), ("Register to unlock more articles", True),
        ("देश की ताजा खबरें सबसे पहले और सबसे सटीक हिंदी में पढ़ें।", True), ("यह खबर ऑटो-फीड द्वारा ली गई है।", True),
        ("By clicking subscribe you agree to our Privacy Policy.", True), ("हमारी पत्रकारिता को आपका सहयोग चाहिए, दान करें।", True),
        ("Copyright infringement was not proved, the court said.", False), ("Recommended doses were given to all children.", False),
        ("Loading and unloading at the port stopped on Friday.", False), ("व्हाट्सएप की गोपनीयता नीति पर अदालत ने जवाब मांगा है।", False),
        ("पुलिस ने अब तक मौत की पुष्टि नहीं की है।", False), ("विस्तार से जांच के लिए टीम बनी है।", False),
    ],
)  # fmt: skip
def test_lines_of_furniture(text: str, junk: bool) -> None:
    assert bool(match_wording(text)) is junk


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("पुल खुल गया। यह भी पढ़ें: मेरठ में जाम", "पुल खुल गया।"),
        ("पुल खुल गया। (ये भी पढ़ें- मेरठ में जाम)", "पुल खुल गया।"),
        ("पुल खुल गया। Also Read: Traffic in Meerut", "पुल खुल गया।"),
        (
            "पुल खुल गया। लोग यह भी पढ़ें तो अच्छा है। फिर जाम हटा।",
            "पुल खुल गया। लोग यह भी पढ़ें तो अच्छा है। फिर जाम हटा।",
        ),
        ("पुल खुल गया।", "पुल खुल गया।"),
    ],
)
def test_also_read_at_the_end(text: str, left: str) -> None:
    assert strip_also_read(text) == left


@pytest.mark.parametrize(
    ("line", "caption", "credit"),
    [
        ("नया पुल", "नया पुल", None),
        ("नया पुल (फोटो: अनिल शर्मा)", "नया पुल", "अनिल शर्मा"),
        ("नया पुल। फोटो साभार: पीटीआई", "नया पुल", "पीटीआई"),
        ("A bridge (Photo Credit: PTI File)", "A bridge", "PTI File"),
        ("स्रोत - एएनआई", None, "एएनआई"),
    ],
)
def test_captions(line: str, caption: str | None, credit: str | None) -> None:
    image = add_caption(Image("https://x/i.jpg"), line)
    assert ((image.caption or "").rstrip("।") or None, image.credit) == (caption, credit)


CUT = "पुल का काम शुक्रवार को पूरा हो गया और अगले हफ्ते से इस पर गाड़ियां चलने"
WHOLE = CUT + " लगेंगी।"


@pytest.mark.parametrize(
    ("text", "strings", "expected"),
    [
        (CUT, [WHOLE], WHOLE),
        (CUT + "...", [WHOLE], WHOLE),
        (CUT, [f"<p>{WHOLE}</p><p>दूसरा पैराग्राफ।</p>"], WHOLE),
        (CUT, [WHOLE + " | लखनऊ की खबर यहां और भी बहुत कुछ"], WHOLE),
        (WHOLE, [WHOLE + " और भी कुछ।"], None),
        (CUT, ["कुछ और ही कहानी जो यहां किसी काम की नहीं है और लंबी भी है।"], None),
        ("छोटी बात", ["छोटी बात थी, खत्म हुई।"], None),
    ],
)
def test_completed(text: str, strings: list[str], expected: str | None) -> None:
    assert complete_paragraph(text, map(first_paragraph, strings)) == expected


@pytest.mark.parametrize(
    ("string", "is_found"),
    [
        (WHOLE, True),
        (f"<p>{WHOLE}</p>", True),
        (f"&quot;{WHOLE}", True),
        (json.dumps(WHOLE)[1:-1], True),
        (f"  {WHOLE}", True),
        ("प\u093cुल " + WHOLE, True),
        (f"कल {WHOLE}", False),
        (f"pul {WHOLE}", False),
    ],
)
def test_paragraphs_of_scripts_are_listed_by_their_first_letter(
    string: str, is_found: bool
) -> None:
    root = document_fromstring(f"<script>a = {{'b': \"{string}\"}}</script>")
    assert bool(HydrationState(root).list_first_paragraphs(CUT)) is is_found


@given(st.text("नऩ\u093cé\u0301e <b>&quot;", min_size=1).map(str.strip))
def test_no_paragraph_that_begins_like_the_text_is_left_out(text: str) -> None:
    string = f"{text} {WHOLE}"
    script = Element("script")
    script.text = f'a = "{string}"'
    first = first_paragraph(string)
    assert not first or first in HydrationState(script).list_first_paragraphs(first)


def page(body: str, head: str = "", url: str = "https://khabar.example.in/up/a-1") -> Article:
    return read_html(f"<html><head>{head}</head><body>{body}</body></html>", url, NOW)


def ld(**node: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps(node, ensure_ascii=False)}</script>'


LINE = "गोमती नदी पर बन रहे नए पुल का काम शुक्रवार को पूरा हो गया और अगले हफ्ते से इस पर गाड़ियां चलने लगेंगी।"
STORY = "".join(f"<p>{LINE} यह बात नंबर {n} है।</p>" for n in range(6))
CARDS = "".join(
    f"<div class='card'><h3><a href='/up/n-{n}'>खबर नंबर {n} का काफी लंबा शीर्षक</a></h3></div>"
    for n in range(12)
)
UPDATES = "".join(
    f"<div class='post'><time datetime='2025-11-07T1{n}:00:00+05:30'>1{n}:00</time><p>{LINE}</p></div>"
    for n in range(6)
)
PICTURES = "".join(
    f"<figure><img src='/i/{n}.jpg' width='700'><figcaption>तस्वीर नंबर {n} में पुल का नजारा</figcaption></figure>"
    for n in range(9)
)
KINDS = {
    "article": ("<h1>नया पुल आज से खुला है</h1>" + STORY, "", "/up/a-1", "article"),
    "article among cards": ("<h1>नया पुल आज से खुला है</h1>" + STORY + CARDS, "", "/up/a-1", "article"),
    "home page": ("<h1>ताजा खबर</h1>" + CARDS, "", "/", "listing"),
    "tag page": ("<h1>टैग: पुल</h1>" + CARDS, "", "/tag/pul/", "listing"),
    "section page": ("<h1>उत्तर प्रदेश</h1>" + CARDS, ld(**{"@type": "CollectionPage"}), "/up", "listing"),
    "live blog, told": ("<h1>चुनाव लाइव: मतगणना जारी है</h1>" + UPDATES, ld(**{"@type": "LiveBlogPosting", "headline": "x", "liveBlogUpdate": [{"datePublished": "2025-11-07T10:00:00+05:30"}, {"datePublished": "2025-11-07T11:00:00+05:30"}]}), "/x-1", "liveblog"),
    "live blog, shown": ("<h1>चुनाव लाइव: मतगणना जारी है</h1>" + UPDATES, "", "/election/live-updates/x-1", "liveblog"),
    "gallery": ("<h1>तस्वीरों में देखिए नया पुल</h1>" + PICTURES, "", "/photo-gallery/naya-pul-1", "gallery"),
    "video": ("<h1>वीडियो: नया पुल खुला, पहली गाड़ी गुजरी</h1><iframe src='https://www.youtube.com/embed/Ab1Cd2Ef3Gh'></iframe><p>पुल का वीडियो।</p>", ld(**{"@type": "VideoObject", "name": "x"}), "/videos/naya-pul-1", "video"),
    "soft 404": ("<h1>पृष्ठ नहीं मिला</h1><p>यह पेज उपलब्ध नहीं है।</p>" + CARDS, "<title>404 - Page not found</title>", "/up/a-1", "other"),
    "challenge": ("<p>Checking your browser.</p>", "<title>Just a moment...</title>", "/up/a-1", "other"),
    "contact": ("<h1>संपर्क करें</h1><p>फोन: 0522-1234567</p>", "", "/contact", "other"),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_kinds_of_page(name: str) -> None:
    body, head, path, kind = KINDS[name]
    article = page(body, head, f"https://khabar.example.in{path}")
    assert article.page_type == kind
    if kind in ("listing", "other"):
        assert article.blocks == ()
    if kind != "article":
        assert kind in article.signals


def test_a_live_blog_gives_its_times() -> None:
    body, head, path, _ = KINDS["live blog, shown"]
    article = page(body, head, f"https://khabar.example.in{path}")
    assert article.signals["updates"][:2] == [
        "2025-11-07T10:00:00+05:30",
        "2025-11-07T11:00:00+05:30",
    ]


def test_evidence_of_a_soft_404() -> None:
    body, head, _, _ = KINDS["soft 404"]
    assert page(body, head).signals["soft_404"] == "title: 404 - Page not found"


def test_a_wall_is_evidence_only_where_the_text_is_short() -> None:
    head = ld(**{"@type": "NewsArticle", "headline": "x", "isAccessibleForFree": False})
    stub = page(f"<h1>नया पुल आज से खुला है</h1><p>{LINE}</p>", head)
    assert stub.signals["paywalled"].startswith("isAccessibleForFree false + ")
    assert "paywalled" not in page(f"<h1>नया पुल आज से खुला है</h1>{STORY}", head).signals
    marked = page(
        f"<h1>नया पुल आज से खुला है</h1><p>{LINE}</p><div class='premium-wall'>लॉगिन करें</div>"
    )
    assert marked.signals["paywalled"].startswith("element premium-wall")


LATIN_1 = "Größe “über” – 5 €"


@pytest.mark.parametrize(
    "label", ["iso-8859-1", "ISO_8859-1", "latin1", "us-ascii", "windows-1252"]
)
def test_western_labels_mean_windows_1252(label: str) -> None:
    body = LATIN_1.encode("cp1252") + b"\x81"
    assert decode_body(body, f"text/html; charset={label}") == (f"{LATIN_1}\x81", label, None)


_DAMAGED = "मेले में आए लोगों ने बताया कि इस बार झूले कम लगे हैं और मिठाई की दुकानें भी पिछले साल से आधी हैं।"


def read_line(line: str, title: str = "मेले में इस बार भीड़ कम रही") -> Article:
    lines = "".join(f"<p>{_DAMAGED[n:]}</p>" for n in range(3))
    html = f"<html><head><meta property='og:title' content='{title}'></head><body><article><h1>{title}</h1>{lines}{line}</article></body></html>"
    return read_html(html, "https://mela.example.in/a-1", NOW)


def test_mojibake_in_a_page_is_restored_and_named() -> None:
    line = "दुकानदारों ने “अच्छी कमाई” की उम्मीद जताई और कहा कि रविवार को बैठक में तय होगा।"
    article = read_line(f"<p>{line.encode().decode('latin-1')}</p>")
    assert line in article.text
    assert article.problems[0].startswith("decoding: UTF-8 read as windows-1252, restored in ")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("<p>&amp;quot;मेला&amp;quot; सबका है, यह बात&amp;nbsp;सब ने मानी।</p>", '"मेला" सबका है, यह बात सब ने मानी।'),
        ("<p>HTML में <b>खाली</b> जगह के लिए &amp;nbsp; लिखा जाता है, यह सब ने माना।</p>", "HTML में खाली जगह के लिए &nbsp; लिखा जाता है, यह सब ने माना।"),
        ("<p>खाली जगह के लिए <code>&amp;nbsp;</code> लिखा जाता है, यह सब ने माना।</p>", "खाली जगह के लिए &nbsp; लिखा जाता है, यह सब ने माना।"),
    ],
)  # fmt: skip
def test_double_escapes_in_a_page(line: str, text: str) -> None:
    assert text in read_line(line).text


def test_a_headline_escaped_twice() -> None:
    title = "&amp;lsquo;मेला&amp;rsquo; इस बार छोटा, दुकानें आधी"
    assert read_line("", title).title == "‘मेला’ इस बार छोटा, दुकानें आधी"


def test_mojibake_in_escaped_json_is_restored() -> None:
    damaged = "मेले में भीड़".encode().decode("latin-1")
    nodes, _ = parse_jsonld_block(json.dumps(NODE | {"headline": damaged}))
    assert text_value(nodes[0]["headline"]) == "मेले में भीड\u093c"
