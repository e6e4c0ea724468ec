"""Tables: the words of their cells keep their borders, and a table for page layout is none."""

from __future__ import annotations

from datetime import UTC, datetime

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.extraction import read_html
from khabar.extraction.tables import table_text

NOW = datetime(2025, 11, 8, 6, 0, tzinfo=UTC)
LINE = "बाग के मालिक ने बताया कि इस साल आम की पैदावार कम रही और मंडी में दाम पिछले साल से डेढ़ गुना तक बढ़ गए।"
ROWS = "<tr><th>फल</th><th>दाम</th></tr><tr><td>आम</td><td>80</td></tr>"
WORD = st.text("कखगमलसरत", min_size=1, max_size=6)


def text_of(markup: str) -> str | None:
    return table_text(lxml.html.fragment_fromstring(f"<table>{markup}</table>"))


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (ROWS, "फल | दाम\nआम | 80"),
        ("<tr><td>कच्चा<br>आम</td><td>80<br/>रुपये</td></tr><tr><td>अमरूद</td><td>40</td></tr>", "कच्चा आम | 80 रुपये\nअमरूद | 40"),
        ("<tr><td><p>कच्चा</p><p>आम</p></td><td><div>80</div><div>रुपये</div></td></tr><tr><td>बेर</td><td>9</td></tr>", "कच्चा आम | 80 रुपये\nबेर | 9"),
        ("<tr><td>सोमवार</td><td><ul><li>आम</li><li>बेर</li></ul></td></tr><tr><td>रविवार</td><td>बंद</td></tr>", "सोमवार | आम बेर\nरविवार | बंद"),
        (f"<caption>आज के दाम</caption>{ROWS}", "आज के दाम\nफल | दाम\nआम | 80"),
        ("<tr><td>अधिकतम</td><td>31 डिग्री</td></tr>", "अधिकतम | 31 डिग्री"),
        ("<tr><th>गांव</th></tr><tr><td>रामगढ़</td></tr><tr><td>देवपुर</td></tr>", "गांव\nरामगढ़\nदेवपुर"),
        ("<tr><td>फल</td><td>2024</td><td>2025</td></tr><tr><td>आम</td><td></td><td>80</td></tr>", "फल | 2024 | 2025\nआम |  | 80"),
        (f"<tr><td>योजना</td><td>ब्योरा</td></tr><tr><td>बाग</td><td>{LINE * 5}</td></tr>", f"योजना | ब्योरा\nबाग | {LINE * 5}"),
        ("<tr><td>आम</td><td><table><tr><td>80</td></tr></table></td></tr><tr><td>बेर</td><td>9</td></tr>", "आम | 80\nबेर | 9"),
        ("<tr><td><img src='/a.png'>आम</td><td>80</td></tr><tr><td>बेर</td><td>9</td></tr>", "आम | 80\nबेर | 9"),
        # layout
        (f"<tr><td>{LINE * 5}</td><td>{LINE}</td></tr>", None),
        (f"<tr><td><p>{LINE}</p><p>{LINE}</p><p>{LINE}</p></td><td>और</td></tr>", None),
        (f"<tr><td>आज</td><td>कल</td></tr><tr><td>{LINE * 25}</td><td>और</td></tr>", None),
        ("<tr><td><img src='/a.jpg'></td><td>बाग में आम</td></tr>", None),
        ("<tr><td><h1>आम महंगा</h1></td><td>कल</td></tr><tr><td>क</td><td>ख</td></tr>", None),
        (f"<tr><td>{LINE}</td></tr>", None),
        (f"<tr><td><table>{ROWS}</table></td><td>और</td></tr>", None),
        ("<tr><td> </td></tr>", None),
        ("", None),
    ],
)  # fmt: skip
def test_text_of_a_table(markup: str, text: str | None) -> None:
    assert text_of(markup) == text


@given(st.lists(st.lists(WORD, min_size=2, max_size=4), min_size=2, max_size=5))
def test_every_cell_is_in_its_row(rows: list[list[str]]) -> None:
    markup = "".join(f"<tr>{''.join(f'<td>{word}</td>' for word in row)}</tr>" for row in rows)
    assert (text_of(markup) or "").split("\n") == [" | ".join(row) for row in rows]


@pytest.mark.parametrize("at_end", [False, True])
def test_words_beside_an_embed_stay(at_end: bool) -> None:
    table = "<table><tr><td><iframe src='https://www.youtube.com/embed/Qw3rTy6uI0p'></iframe></td><td>बाग का दृश्य</td></tr></table>"
    lines = [f"<p>{LINE}</p>", f"<p>{LINE[8:]}</p>", f"<p>{LINE[20:]}</p>"]
    lines.insert(3 if at_end else 2, table)
    article = read_html(
        f"<article><h1>आम के दाम बढ़े, बागवान परेशान</h1>{''.join(lines)}</article>",
        "https://bagh.example.in/a-1",
        NOW,
    )
    assert "बाग का दृश्य" in article.text
    assert [(embed.id, embed.place) for embed in article.embeds] == [("Qw3rTy6uI0p", "body")]


def test_the_caption_of_a_table_in_a_figure_stays() -> None:
    figure = f"<figure><table>{ROWS}</table><figcaption>आज के दाम</figcaption></figure>"
    article = read_html(
        f"<article><h1>आम के दाम बढ़े, बागवान परेशान</h1><p>{LINE}</p>{figure}<p>{LINE[8:]}</p></article>",
        "https://bagh.example.in/a-1",
        NOW,
    )
    assert [block.text for block in article.blocks if block.type == "table"] == [
        "आज के दाम\nफल | दाम\nआम | 80"
    ]
