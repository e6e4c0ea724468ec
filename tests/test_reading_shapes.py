"""The shapes of a text: sub-headings, kept lines, lists that stay whole, linked sentences and names."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from khabar.extraction import read_html

NOW = datetime(2025, 11, 8, 6, 0, tzinfo=UTC)
TITLE = "कस्बे की पुरानी बावड़ी से मलबा निकला, सीढ़ियां दिखीं"
LINES = (
    "कस्बे की दो सौ साल पुरानी बावड़ी से मलबा निकालने का काम मंगलवार को पूरा हुआ और नीचे की सीढ़ियां दिखने लगीं।",
    "पुरातत्व विभाग की टीम ने बताया कि दीवारों पर चूने का पलस्तर अब भी मजबूत है और मरम्मत में दो महीने लगेंगे।",
    "मोहल्ले की महिलाओं ने कहा कि गर्मी में बावड़ी का पानी काम आएगा और बच्चों को पुरानी कारीगरी देखने को मिलेगी।",
)
LINE = "इंजीनियर ने बताया कि बावड़ी के चारों ओर लोहे की जाली लगेगी और रात में रोशनी का इंतजाम रहेगा।"
AUTHOR = {
    "@type": "NewsArticle",
    "headline": TITLE,
    "author": {"@type": "Person", "name": "कमल सैनी"},
}


def read(part: str, top: str = "") -> list[tuple[str, str]]:
    """The blocks of the part, which stands between the story's paragraphs, or above them as `top`."""
    first, *others = (f"<p>{line}</p>" for line in LINES)
    head = f"<script type='application/ld+json'>{json.dumps(AUTHOR)}</script>"
    html = f"<html><head>{head}</head><body><article><div class='story'><h1>{TITLE}</h1>{top}{first}{part}{''.join(others)}</div></article></body></html>"
    article = read_html(html, "https://bavdi.example.in/a-1", NOW)
    assert all(line in article.text for line in LINES)
    return [(block.type, block.text) for block in article.blocks if block.text not in LINES]


@pytest.mark.parametrize(
    "opening",
    [
        "<strong>कब शुरू होगी मरम्मत</strong><br>",
        "<b>कब शुरू होगी मरम्मत<br></b>",
        "<span class='strong'>कब शुरू होगी मरम्मत</span><br/>",
        "<span style='font-weight: 700'>कब शुरू होगी मरम्मत</span><br>",
        "<strong>कब शुरू होगी मरम्मत</strong><br><br>",
    ],
)
def test_a_bold_line_opens_a_paragraph(opening: str) -> None:
    assert read(f"<p>{opening}{LINE}</p>") == [("heading", "कब शुरू होगी मरम्मत"), ("paragraph", LINE)]


@pytest.mark.parametrize(
    "bold",
    [
        "जयपुर:",
        "संवाद सूत्र, रामपुर",
        "मरम्मत जल्द होगी।",
        LINE,
        "<a href='/x'>मंडी में भाव चढ़ा</a>",
        "कमल सैनी, जयपुर",
    ],
)
def test_a_bold_line_that_is_no_sub_heading(bold: str) -> None:
    blocks = read(f"<p><b>{bold}</b><br>{LINE}</p>")
    assert [kind for kind, _ in blocks] == ["paragraph"] * len(blocks)
    assert blocks[-1][1].endswith(LINE)


def test_sub_headings_between_single_line_breaks() -> None:
    part = f"<div>{LINE}<br><b>कौन देगा पैसा</b><br>{LINE[5:]}<br><b>नाम:</b> बावड़ी<br>अंत में सबने श्रमदान किया।</div>"
    blocks = read(part)
    assert [block for block in blocks if block[0] == "heading"] == [("heading", "कौन देगा पैसा")]
    assert ("paragraph", LINE) in blocks


@pytest.mark.parametrize(
    "markup",
    [
        "<pre>{}\n\n{}</pre>",
        "<div style='white-space:pre-line'>{}\n\n{}</div>",
        "<div style='color:red; WHITE-SPACE : pre-wrap'>{}\r\n \r\n{}</div>",
        "<div class='x whitespace-pre-line'>{}\n\n{}</div>",
        "<div style='white-space:break-spaces'><span>{}\n\n{}</span></div>",
    ],
)
def test_a_blank_line_ends_a_paragraph_where_lines_are_kept(markup: str) -> None:
    poem = "बावड़ी की सीढ़ियां\nधूप में चमकीं"
    assert read(markup.format(poem, LINE)) == [("paragraph", poem), ("paragraph", LINE)]


@pytest.mark.parametrize(
    "markup",
    [
        "<p>{}\n\n{}</p>",
        "<div style='white-space:pre'><p style='white-space:normal'>{}\n\n{}</p></div>",
    ],
)
def test_newlines_are_spaces_elsewhere(markup: str) -> None:
    assert LINE[30] == " "
    assert read(markup.format(LINE[:30], LINE[30:])) == [("paragraph", LINE)]


def items(*texts: str) -> str:
    return f"<ul>{''.join(f'<li>{text}</li>' for text in texts)}</ul>"


@pytest.mark.parametrize(
    "last", ["काम दो महीने चलेगा", "बावड़ी से मलबा निकला", "7 नवंबर को शुरू हुआ काम", "कमल सैनी ने देखा काम"]
)
@pytest.mark.parametrize(
    "box",
    ["{}", "<div class='points'>{}</div>", "</div><div class='top'>{}</div><div class='story'>"],
)
def test_a_summary_stays_whole(last: str, box: str) -> None:
    texts = [LINE, LINE[12:], last]
    assert read("", box.format(items(*texts))) == [("list_item", text) for text in texts]


def test_a_list_of_byline_and_date_is_no_summary() -> None:
    assert read("", items("कमल सैनी", "07 नवंबर 2025, 06:15 PM")) == []


PLACES = ("रामपुर", "देवगढ़", "सोनपुर")


def links(*texts: str) -> list[str]:
    return [f"<a href='/x/{number}'>{text}</a>" for number, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("part", "blocks"),
    [
        (f"<p><a href='/x'>{LINE}</a></p>", [("paragraph", LINE)]),
        (f"<p><strong><a href='/x'>{LINE}</a></strong></p>", [("paragraph", LINE)]),
        (f"<p>इन गांवों में भी बावड़ी है:</p>{items(*links(*PLACES))}",
         [("paragraph", "इन गांवों में भी बावड़ी है:"), *(("list_item", place) for place in PLACES)]),
        ("<p>{}, {} और {}</p>".format(*links(*PLACES)), [("paragraph", "रामपुर, देवगढ़ और सोनपुर")]),
        (items(*links(PLACES[0]), *PLACES[1:]), [("list_item", place) for place in PLACES]),
        # links to other articles
        ("<p><a href='/x'>मंडी में प्याज का भाव फिर चढ़ा, आम लोग परेशान दिखे</a></p>", []),
        (f"<p>यह भी पढ़ें: <a href='/x'>{LINE}</a></p>", []),
        (f"<a href='/x'><img src='/t.jpg'><p>{LINE}</p></a>", []),
        (items(*links("मंडी में प्याज का भाव फिर चढ़ा, लोग परेशान", "सड़क पर गड्ढे, राहगीर नाराज हैं")), []),
        (items(*links("राजनीति", "खेल", "देश")), []),
        ("<p>{} | {} | {}</p>".format(*links("राजनीति", "खेल", "देश")), []),
    ],
)  # fmt: skip
def test_linked_text(part: str, blocks: list[tuple[str, str]]) -> None:
    assert read(part) == blocks
