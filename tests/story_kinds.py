"""Kinds of stories that are no run of long paragraphs: the markup of each, and the blocks it must become."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

Told = tuple[tuple[str, str], ...]


class Kind(NamedTuple):
    html: str
    told: Told


OPENING = "रामपुर की नहर में पानी छोड़े जाने से पहले पंचायत ने किसानों को बुलाया और सिंचाई के दिनों का नया हिसाब सबके सामने रखा।"
ENDING = (
    "पंचायत ने कहा कि अगली बैठक पूर्णिमा के दिन होगी और उसमें खाद के गोदाम की मरम्मत का खर्च भी तय किया जाएगा।"
)
POINTS = ("नहर में पानी सोमवार से आएगा", "हर खेत को तीन दिन की बारी", "गोदाम की मरम्मत अगले महीने")
SIGNS = "मेष वृषभ मिथुन कर्क सिंह कन्या तुला वृश्चिक धनु मकर कुंभ मीन".split()
ASKED = ("नहर कब तक साफ होगी?", "पानी की बारी कौन तय करेगा?", "खर्च कहाँ से आएगा?")
SAID = (
    "मजदूर रात में भी काम कर रहे हैं और दस दिन में पूरी नहर साफ हो जाएगी, यह मेरा वादा है।",
    "हर गाँव से एक किसान चुना गया है।",
    "आधा पैसा विभाग देगा और आधा गाँव के लोग मिल कर जुटाएंगे, इसका लेखा सबको दिखाया जाएगा।",
)
VERSES = (
    "खेत जगा तो नींद हमारी खुल गई\nमेड़ पे बैठी धूप ज़रा सी घुल गई",
    "पानी आया, गीत पुराने लौटे\nसूखी डाली फिर से हरी हो गई",
)
STUFF = ("दो कटोरी बेसन", "एक चम्मच हल्दी", "नमक स्वाद के अनुसार")
STEPS = (
    "बेसन में हल्दी और नमक मिला लें।",
    "थोड़ा पानी डाल कर गाढ़ा घोल बनाएं।",
    "तवे पर तेल डाल कर दोनों ओर से सेकें।",
)
SCORES = (
    ("बल्लेबाज", "रन", "गेंद"),
    ("सोहन पाल", "45", "31"),
    ("मोहित राव", "12", "20"),
    ("कुल", "143", "120"),
)


def _ps(*lines: str) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)


def _items(tag: str, lines: tuple[str, ...]) -> str:
    return f"<{tag}>{''.join(f'<li>{line}</li>' for line in lines)}</{tag}>"


def _blocks(kind: str, *lines: str) -> Told:
    return tuple((kind, line) for line in lines)


def _fate(sign: str) -> str:
    return f"{sign} राशि वालों का दिन मेहनत से भरा रहेगा, शाम तक रुका हुआ काम बनेगा और घर में मेहमान आएंगे।"


def _faq() -> Kind:
    html = _ps(OPENING) + "".join(
        f"<p><strong>सवाल: {asked}</strong></p><p>जवाब: {said}</p>"
        for asked, said in zip(ASKED, SAID, strict=True)
    )
    told = [("paragraph", OPENING)]
    for asked, said in zip(ASKED, SAID, strict=True):
        told += [("heading", f"सवाल: {asked}"), ("paragraph", f"जवाब: {said}")]
    return Kind(html + _ps(ENDING), (*told, ("paragraph", ENDING)))


def _horoscope() -> Kind:
    html = "".join(f"<h3>{sign}</h3><p>{_fate(sign)}</p>" for sign in SIGNS)
    told = tuple(
        block for sign in SIGNS for block in (("heading", sign), ("paragraph", _fate(sign)))
    )
    return Kind(_ps(OPENING) + html, (("paragraph", OPENING), *told))


def _table() -> str:
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in SCORES)
    return f"<table border=1>{rows}</table>"


KINDS: Mapping[str, Kind] = {
    "key points": Kind(
        f"{_items('ul', POINTS)}{_ps(OPENING, ENDING)}",
        (*_blocks("list_item", *POINTS), *_blocks("paragraph", OPENING, ENDING)),
    ),
    "key points under a heading": Kind(
        f"<div><h4>मुख्य बिंदु</h4>{_items('ul', POINTS)}</div>{_ps(OPENING, ENDING)}",
        (("heading", "मुख्य बिंदु"), *_blocks("list_item", *POINTS), *_blocks("paragraph", OPENING, ENDING)),
    ),
    "questions and answers": _faq(),
    "poem": Kind(
        _ps(OPENING, *(verse.replace("\n", "<br>") for verse in VERSES), ENDING),
        _blocks("paragraph", OPENING, *VERSES, ENDING),
    ),
    "recipe": Kind(
        f"{_ps(OPENING)}<h3>सामग्री</h3>{_items('ul', STUFF)}<h3>बनाने की विधि</h3>{_items('ol', STEPS)}{_ps(ENDING)}",
        (
            ("paragraph", OPENING), ("heading", "सामग्री"), *_blocks("list_item", *STUFF),
            ("heading", "बनाने की विधि"), *_blocks("list_item", *STEPS), ("paragraph", ENDING),
        ),
    ),
    "horoscope": _horoscope(),
    "scorecard": Kind(
        f"{_ps(OPENING)}{_table()}{_ps(ENDING)}",
        (("paragraph", OPENING), ("table", "\n".join(" | ".join(row) for row in SCORES)), ("paragraph", ENDING)),
    ),
    "two short paragraphs": Kind(_ps("नहर में पानी सोमवार से आएगा।", "गाँव ने राहत की साँस ली।"), _blocks("paragraph", "नहर में पानी सोमवार से आएगा।", "गाँव ने राहत की साँस ली।")),
    "a brief": Kind(_ps(OPENING), _blocks("paragraph", OPENING)),
}  # fmt: skip
