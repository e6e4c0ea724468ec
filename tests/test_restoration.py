"""A single sign against a sentence of the article drops nothing: a second one must agree."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.extraction import read_html
from khabar.model.items import Article

NOW = datetime(2026, 11, 30, 6, tzinfo=UTC)
URL = "https://pahadi.example.in/zila/talab-khudai-88123"
TITLE = "तालाब की खुदाई पूरी, चार टोलों को मिलेगा पानी"
STORY = (
    "पहाड़ी टोले के पुराने तालाब की खुदाई बुधवार को पूरी हो गई और अब उसमें बरसात का पानी रुकने लगेगा।",
    "खुदाई का काम जल समिति ने अपने खर्च पर कराया और इसमें आसपास के सत्तर परिवारों ने हाथ बंटाया।",
    "समिति की अध्यक्ष राधा देवी ने बताया कि मिट्टी को खेतों की मेड़ पर डाला गया है ताकि कटाव रुक सके।",
    "अगले चरण में तालाब के चारों ओर जामुन और करंज के पौधे लगाए जाएंगे, जिनकी देखभाल बच्चे करेंगे।",
)
SENTENCE = "टोले के लोगों ने तय किया है कि तालाब में कोई पशु नहीं नहलाएगा और किनारे पर कपड़े नहीं धोए जाएंगे।"


def page(middle: str = "", end: str = "", start: str = "", site: str = "") -> str:
    paragraphs = [f"<p>{text}</p>" for text in STORY]
    return (
        f"<html><head><title>{TITLE}</title>{site}</head><body><nav><a href='/'>मुखपृष्ठ</a></nav><main>"
        f"<article><h1>{TITLE}</h1><div class='kahani'>{start}{''.join(paragraphs[:2])}{middle}"
        f"{''.join(paragraphs[2:])}{end}</div></article></main></body></html>"
    )


def read(*args: str, **kwargs: str) -> Article:
    article = read_html(page(*args, **kwargs), URL, NOW)
    assert all(text in article.text for text in STORY), "the story itself is lost"
    return article


ORDINARY = (
    "आवेदक पहले पोर्टल पर जाकर अपने मोबाइल नंबर से लॉगिन करें।",
    "ठग ने दुकानदार से कहा कि रिफंड पाने के लिए क्यूआर यानी QR कोड स्कैन करना होगा।",
    "वीडियो के कमेंट सेक्शन में लोग इस बच्चे की तारीफ करते नहीं थक रहे हैं।",
    "किसान मौसम की जानकारी के लिए मेघदूत ऐप डाउनलोड करें, यह सलाह कृषि विभाग ने दी।",
    "राष्ट्रपति ने कहा कि बाढ़ के समय मित्र देशों ने हमारा साथ दिया और बड़ा सहयोग किया।",
    "पुलिस ने चेतावनी दी कि किसी अनजान टेलीग्राम ग्रुप से न जुड़ें, वहां फर्जी खबर फैलाई जाती है।",
    "यह लड़ाई अधूरी है और यह सपना अधूरा नहीं रहेगा, बेटी ने मंच से कहा।",
    "बैंक ने बताया कि आप नई प्राइवेसी पॉलिसी से सहमत न हों तो भी सेवा चलती रहेगी।",
    "इन्हें भी देखें तो समझ आता है कि पिछले बरस कितने कुएं सूखे थे, बुजुर्ग कहते हैं।",
    "The minister said users should download the app to get alerts before a storm reaches the coast.",
)


@pytest.mark.parametrize("sentence", ORDINARY)
@pytest.mark.parametrize("tag", ["p", "div", "blockquote"])
def test_a_phrase_alone_drops_no_sentence(sentence: str, tag: str) -> None:
    assert sentence in read(f"<{tag}>{sentence}</{tag}>").text


@pytest.mark.parametrize("step", ["रोल नंबर डालकर लॉगिन करें।", "उमंग ऐप डाउनलोड करें और खोलें।"])
def test_steps_of_instructions_stay(step: str) -> None:
    steps = ["सबसे पहले विभाग की वेबसाइट खोलें।", step, "अंत में रसीद का प्रिंट निकाल लें।"]
    items = "".join(f"<li>{text}</li>" for text in steps)
    for where in ({"middle": f"<ol>{items}</ol>"}, {"end": f"<ol>{items}</ol>"}):
        assert all(text in read(**where).text for text in steps)
    last_first = "".join(f"<li>{text}</li>" for text in (steps[0], steps[2], step))
    assert step in read(end=f"<ol>{last_first}</ol>").text


@pytest.mark.parametrize(
    "html",
    [
        "<p><a href='https://wa.example/ch'>खबरों के लिए व्हाट्सएप चैनल से जुड़ें।</a></p>",  # links
        "<p>ताजा समाचार के लिए हमारे टेलीग्राम चैनल को फॉलो करें।</p>",  # asks for itself
        "<p>पहाड़ी दर्पण का ऐप डाउनलोड करें और रोज समाचार पढ़ें।</p>",  # names the publisher
        "<p>यह भी पढ़ें: पुल की मरम्मत में देर, लोग नाराज</p>",  # a sign behind the phrase
        "<p><b>व्हाट्सएप ग्रुप से जुड़ें और पाएं हर खबर</b></p>",  # set off in bold
        "<p>पूरा पढ़ें</p>",  # nothing but the phrase
    ],
)
def test_a_phrase_with_a_second_sign_is_dropped(html: str) -> None:
    site = "<meta property='og:site_name' content='पहाड़ी दर्पण'>"
    assert read(html, site=site).text == "\n\n".join(STORY)


def test_a_phrase_at_the_edge_is_dropped() -> None:
    note = "यह खबर ऑटो-फीड से ली गई है और संपादित नहीं है।"
    assert note not in read(end=f"<p>{note}</p>").text


ROLES = (
    "share sharing social promo banner tag tags topics author meta print sticky download whatsapp"
    " telegram rating reactions related recommended menu poll quiz popular trending sponsor ads"
    " ticker zoom comments sidebar navigation"
).split()
TOPICS = ["market", "fraud", "table", "movie", "para", "khabar", "vivran"]


@given(role=st.sampled_from(ROLES), topic=st.sampled_from(TOPICS), is_first=st.booleans(),
       joint=st.sampled_from("-_"), tag=st.sampled_from(["p", "div", "section", "div><p"]))  # fmt: skip
def test_a_word_in_a_class_alone_drops_no_prose(
    role: str, topic: str, is_first: bool, joint: str, tag: str
) -> None:
    name = joint.join((role, topic) if is_first else (topic, role))
    outer, _, inner = tag.partition("><")
    html = f"<{outer} class='{name}'>{f'<{inner}>' if inner else ''}{SENTENCE}</{outer}>"
    assert SENTENCE in read(html).text


@pytest.mark.parametrize("name", ["exit-poll-vishleshan", "wp-block-group category-quiz"])
def test_a_class_word_drops_no_end_of_the_story(name: str) -> None:
    rest = f"<div class='{name}'><p>{SENTENCE}</p><p>{SENTENCE.replace('पशु', 'भैंसा')}</p></div>"
    assert SENTENCE in read(end=rest).text


def test_the_table_of_an_election_stays() -> None:
    rows = "".join(f"<tr><td>दल {n}</td><td>{n * 7}</td></tr>" for n in range(1, 4))
    assert "दल 2 | 14" in read(f"<table class='exit-poll-table'>{rows}</table>").text


@pytest.mark.parametrize(
    "html",
    [
        f"<div class='related'><p>{SENTENCE} <a href='/a'>{SENTENCE}</a></p></div>",  # links
        "<div class='newsletter'><p>हर सुबह हमारा न्यूजलेटर अपने मेल में पाएं, इसमें जिले की बातें होती हैं।</p></div>",
        "<div class='advertisement'><p>प्रायोजित: इस ठंड में अपने घर के लिए नया हीटर चुनें और छूट पाएं।</p></div>",
        f"<div class='poll'><form><p>{SENTENCE}</p><input type='radio'></form></div>",  # a form
        f"<div class='social d-none'><p>{SENTENCE}</p></div>",  # hidden, too
        "<div class='video-fallback'><p>माफ करें, वीडियो नहीं चल पाया।</p></div>",
        "<div class='share'><p>अपने दोस्तों को बताएं।</p></div>",  # no prose
        "<aside><p>Sign up for our weekly newsletter about the hills and their people.</p></aside>",
    ],
)
def test_a_class_word_with_a_second_sign_drops(html: str) -> None:
    assert read(html).text == "\n\n".join(STORY)


def test_a_biography_at_the_end_is_dropped() -> None:
    bio = "मोहन बिष्ट पंद्रह साल से पहाड़ की खेती और पानी पर लिखते हैं और एक पत्रिका के संपादक भी रहे हैं।"
    for name in ("writer", "author-bio", "columnist-box"):
        assert bio not in read(end=f"<div class='{name}'><p>{bio}</p></div>").text


@pytest.mark.parametrize("tag", ["span", "u", "font", "small"])
@pytest.mark.parametrize("name", ["tag", "author-name", "social", "header-font", "meta", "ad"])
def test_inline_elements_of_a_sentence_stay(tag: str, name: str) -> None:
    html = f"<p><{tag} class='{name}'>टोले</{tag}> के मुखिया ने <{tag} class='{name}'>अपनी डायरी</{tag}> में सारा हिसाब लिखा है।</p>"
    assert "टोले के मुखिया ने अपनी डायरी में सारा हिसाब लिखा है।" in read(html).text


REST = (
    "तालाब की गहराई अब बीस फुट है और इसमें दो महीने तक पानी टिकेगा, ऐसा अभियंता का अनुमान है।",
    "पंचायत अगले साल ऊपर के दो और तालाबों की खुदाई कराएगी, जिसके लिए चंदा जुटाया जा रहा है।",
)
_REST = "".join(f"<p>{text}</p>" for text in REST)


@pytest.mark.parametrize(
    "html",
    [
        f"<div style='display:none'>{_REST}</div>",
        f"<div hidden='until-found'>{_REST}</div>",
        f"<div class='d-none' id='rest'>{_REST}</div>",
        f"<a href='#'>आगे पढ़ें</a><div class='hidden'>{_REST}</div>",
        "".join(f"<p style='display: none'>{text}</p>" for text in REST),
        f"<div class='tab-pane' hidden>{_REST}</div>",
        f"<button>Read more</button><section style='visibility:hidden'>{_REST}</section>",
    ],
)
def test_the_hidden_rest_of_the_story_is_text(html: str) -> None:
    article = read(end=html)
    assert all(text in article.text for text in REST)
    assert "आगे पढ़ें" not in article.text


def test_hidden_answers_between_paragraphs_are_text() -> None:
    answer = "<div class='accordion'><h3>पैसा कहां से आया?</h3><div class='panel' style='display:none'><p>{}</p></div></div>"
    article = read(answer.format(REST[0]))
    assert REST[0] in article.text and "पैसा कहां से आया?" in article.text


def test_the_label_of_a_button_in_a_heading_is_text() -> None:
    answer = f"<h3><button>पैसा कहां से आया?</button></h3><p>{REST[0]}</p>"
    assert "पैसा कहां से आया?" in read(answer).text


def test_the_hidden_tail_of_a_sentence_is_text() -> None:
    html = "<p>मेले में इस बार दूर के गांवों से <span id='dots'>...</span><span id='more' style='display:none'>भी सैकड़ों लोग अपने बैल लेकर आए।</span></p>"
    assert "भी सैकड़ों लोग अपने बैल लेकर आए।" in read(html).text


@pytest.mark.parametrize(
    "html",
    [
        f"<p style='font-size:0'>{REST[0]}</p>",
        f"<div style='position:absolute;left:-9999px'>{_REST}</div>",
        f"<span class='sr-only'>{REST[0]}</span>",
        f"<div style='display:none'><p>{STORY[0]}</p></div>",  # a second copy
        "<div class='d-none'><p>छपाई के लिए अनुमति लें।</p></div>",
        f'<div hidden>{{"title": "{REST[0]}"}}</div>',
    ],
)
def test_text_that_nobody_can_see_is_not_text(html: str) -> None:
    for where in ({"middle": html}, {"end": html}):
        assert read(**where).text == "\n\n".join(STORY)
