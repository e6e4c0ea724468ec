"""Who signs and from where: case tables of bylines and datelines, and of openings that are neither."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.hindi.names import (
    ParsedByline,
    is_agency,
    is_credit_label,
    is_desk,
    parse_byline,
    parse_dateline,
    parse_lone_dateline,
)

AGENCIES = """PTI, ANI, IANS, Reuters, AFP, पीटीआई, पीटीआइ, भाषा, वार्ता, एएनआई, आईएएनएस, एजेंसी, एजेंसियां, न्यूज एजेंसी, न्यूज\u093c एजेंसी, समाचार एजेंसी,
    (भाषा), PTI:, यूएनआई, Univarta, Bhasha, जेएनएन, हिन्दुस्थान समाचार, पीटीआई/भाषा, ANI and PTI,
    TNN, टीएनएन, Times News Network, Associated Press, प्रेस ट्रस्ट ऑफ इंडिया, Bloomberg"""
DESKS = """जागरण संवाददाता, संवाद सूत्र, संवाद सहयोगी, डिजिटल डेस्क, न्यूज\u093c डेस्क, स्पोर्ट्स डेस्क, लखनऊ ब्यूरो, अमर उजाला ब्यूरो, हिंदुस्तान संवाददाता, विशेष संवाददाता,
    निज प्रतिनिधि, कार्यालय संवाददाता, लाइव हिन्दुस्तान टीम, Web Desk, News Desk, News Nation Bureau, Special Correspondent, Admin, एक संवाददाता"""
NEITHER = """अनिल शर्मा, भाषा सिंह, Ani Sharma, राम वार्ता प्रसाद, मौसम विभाग की टीम, टीम ने मैच जीता, लखनऊ, Anita Desai, Webster, यह खबर डेस्क से है, """


def listed(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]


@pytest.mark.parametrize("name", listed(AGENCIES))
def test_agencies(name: str) -> None:
    assert is_agency(name)


@pytest.mark.parametrize("name", listed(DESKS))
def test_desks(name: str) -> None:
    assert is_desk(name)
    assert not is_agency(name)


@pytest.mark.parametrize("name", listed(NEITHER))
def test_neither(name: str) -> None:
    assert not is_agency(name)
    assert not is_desk(name)


BYLINES = {
    "अनिल शर्मा": ParsedByline(("अनिल शर्मा",)),
    "By अनिल शर्मा -": ParsedByline(("अनिल शर्मा",)),
    "Written By Anil Sharma": ParsedByline(("Anil Sharma",)),
    "By Anil Sharma Edited By: Seema Gupta": ParsedByline(("Anil Sharma",)),
    "Reported by: Anil Sharma, Edited by: Seema Gupta": ParsedByline(("Anil Sharma",)),
    "लेखक: अनिल शर्मा": ParsedByline(("अनिल शर्मा",)),
    "अनिल शर्मा और सीमा गुप्ता": ParsedByline(("अनिल शर्मा", "सीमा गुप्ता")),
    "Anil Sharma, Seema Gupta & Ravi Das": ParsedByline(("Anil Sharma", "Seema Gupta", "Ravi Das")),
    "अनिल शर्मा, नई दिल्ली": ParsedByline(("अनिल शर्मा",), place="नई दिल्ली"),
    "अनिल शर्मा / नई दिल्ली": ParsedByline(("अनिल शर्मा",), place="नई दिल्ली"),
    "अनिल शर्मा, नई दिल्ली Published by: सीमा गुप्ता Updated Fri, 29 May 2026 06:30 AM IST": ParsedByline(("अनिल शर्मा",), place="नई दिल्ली"),
    "अनिल शर्मा, बिरौल": ParsedByline(("अनिल शर्मा",), place="बिरौल"),
    "जागरण संवाददाता, लखनऊ": ParsedByline(desk="जागरण संवाददाता", place="लखनऊ"),
    "जागरण संवाददाता, किच्छा (ऊधमसिंहनगर)": ParsedByline(desk="जागरण संवाददाता", place="किच्छा"),
    "संवाद सूत्र, सिमुलतला (जमुई)": ParsedByline(desk="संवाद सूत्र", place="सिमुलतला"),
    "डिजिटल डेस्क, जागरण, लखनऊ": ParsedByline(desk="डिजिटल डेस्क, जागरण", place="लखनऊ"),
    "न्यूज डेस्क, अमर उजाला नई दिल्ली": ParsedByline(desk="न्यूज डेस्क, अमर उजाला", place="नई दिल्ली"),
    "स्पोर्ट्स डेस्क, अमर उजाला": ParsedByline(desk="स्पोर्ट्स डेस्क, अमर उजाला"),
    "कजरा, एक संवाददाता": ParsedByline(desk="एक संवाददाता", place="कजरा"),
    "एएनआई, नई दिल्ली": ParsedByline(agency="एएनआई", place="नई दिल्ली"),
    "जेएनएन, पटना": ParsedByline(agency="जेएनएन", place="पटना"),
    "(भाषा)": ParsedByline(agency="भाषा"),
    "नई दिल्ली (एजेंसी)": ParsedByline(agency="एजेंसी", place="नई दिल्ली"),
    "वाराणसी ब्यूरो": ParsedByline(desk="वाराणसी ब्यूरो"),
    "भारतीय टीम ने मैच जीता": ParsedByline(),
    "https://khabar.example.in/a": ParsedByline(),
    "@anil, 7 नवंबर 2025": ParsedByline(),
    # dates, times and reading times behind a name
    "अनिल शर्मा, 7 नवंबर 2025, 10:15 PM": ParsedByline(("अनिल शर्मा",)),
    "अनिल शर्मा 2 घंटे पहले": ParsedByline(("अनिल शर्मा",)),
    "अनिल शर्मा एक दिन पहले": ParsedByline(("अनिल शर्मा",)),
    "Anil Sharma an hour ago": ParsedByline(("Anil Sharma",)),
    "Anil Sharma on November 7, 2025 at 10:15 PM": ParsedByline(("Anil Sharma",)),
    "अनिल शर्मा • 3 मिनट में पढ़ें": ParsedByline(("अनिल शर्मा",)),
    "Anil Sharma | 3 min read": ParsedByline(("Anil Sharma",)),
    "अनिल शर्मा शुक्रवार, 7 नवंबर": ParsedByline(("अनिल शर्मा",)),
    "07/11/2025 | अनिल शर्मा": ParsedByline(("अनिल शर्मा",)),
    "May Brown": ParsedByline(("May Brown",)),
    "Sat Pal Singh": ParsedByline(("Sat Pal Singh",)),
    # editors, whatever the order; reports
    "Edited By सीमा गुप्ता Written by अनिल शर्मा": ParsedByline(("अनिल शर्मा",)),
    "संपादन: सीमा गुप्ता": ParsedByline(),
    "अनिल शर्मा, सीमा गुप्ता (संपादन)": ParsedByline(("अनिल शर्मा",)),
    "अनिल शर्मा (Edited by: सीमा गुप्ता)": ParsedByline(("अनिल शर्मा",)),
    "Reviewed by: Seema Gupta": ParsedByline(),
    "Published by सीमा गुप्ता; रिपोर्टर: अनिल शर्मा": ParsedByline(("अनिल शर्मा",)),
    "अनिल शर्मा, फोटो: रवि दास": ParsedByline(("अनिल शर्मा",)),
    "अनिल शर्मा की खास रिपोर्ट": ParsedByline(("अनिल शर्मा",)),
    "कानपुर से अनिल शर्मा और मेरठ से रवि दास की रिपोर्ट": ParsedByline(("अनिल शर्मा", "रवि दास"), place="कानपुर"),
    "एएनआई की रिपोर्ट": ParsedByline(agency="एएनआई"),
    "अनिल शर्मा की विशेष रिपोर्ट, कानपुर": ParsedByline(("अनिल शर्मा",), place="कानपुर"),
    "संवाददाता अनिल शर्मा": ParsedByline(("अनिल शर्मा",)),
    "ब्यूरो रिपोर्ट": ParsedByline(desk="ब्यूरो रिपोर्ट"),
    "IANS Hindi": ParsedByline(agency="IANS Hindi"),
    "अनिल शर्मा द्वारा": ParsedByline(("अनिल शर्मा",)),
    "द्वारा अनिल शर्मा": ParsedByline(("अनिल शर्मा",)),
    "अनिल शर्मा, वरिष्ठ पत्रकार": ParsedByline(("अनिल शर्मा",)),
    # what programs write where a name is missing
    "null": ParsedByline(),
    "N/A": ParsedByline(),
    "[object Object]": ParsedByline(),
    "अनिल शर्मा, undefined": ParsedByline(("अनिल शर्मा",)),
    "अनिल शर्मा, कानपुर/लखनऊ": ParsedByline(("अनिल शर्मा",), place="कानपुर/लखनऊ"),
    "": ParsedByline(),
}  # fmt: skip


@pytest.mark.parametrize("text", BYLINES)
def test_bylines(text: str) -> None:
    assert parse_byline(text) == BYLINES[text]


STORY = "शहर में शनिवार को नई पानी की टंकी का उद्घाटन किया गया, जिससे पंद्रह मोहल्लों को पानी मिलेगा।"
DATELINES = {
    "लखनऊ। ": "लखनऊ",
    "लखनऊ: ": "लखनऊ",
    "लखनऊ : ": "लखनऊ",
    "लखनऊ | ": "लखनऊ",
    "लखनऊ - ": "लखनऊ",
    "लखनऊ – ": "लखनऊ",
    "नई दिल्ली। ": "नई दिल्ली",
    "नयी दिल्ली, 7 नवंबर (भाषा) ": "नयी दिल्ली",
    "नई दिल्ली, 7 नवंबर (भाषा): ": "नई दिल्ली",
    "नई दिल्ली, ७ नवम्बर २०२५ (वार्ता)। ": "नई दिल्ली",
    "लुंगलेई, 21 अगस्त (आईएएनएस)। ": "लुंगलेई",
    "लालगंज, 7 नवंबर (हि.स.)। ": "लालगंज",
    "कांगपोकपी (मणिपुर), 28 जून (भाषा) ": "कांगपोकपी",
    "नई दिल्ली (एजेंसी)। ": "नई दिल्ली",
    "नई दिल्ली, भाषा। ": "नई दिल्ली",
    "पटना, एएनआई : ": "पटना",
    "शिमला (संतोष): ": "शिमला",
    "रांची (झारखंड): ": "रांची",
    "नई दिल्ली/मुंबई, 7 नवंबर (भाषा) ": "नई दिल्ली/मुंबई",
    "पटना और रांची, 7 नवंबर (वार्ता)। ": "पटना और रांची",
    "भोपाल/बेतूलपुर। ": "भोपाल/बेतूलपुर",
    "अनिल शर्मा/लखनऊ: ": "लखनऊ",
    "रेवाड\u093cी/हिसार: ": "रेवाड\u093cी/हिसार",
    "जागरण संवाददाता, लखनऊ। ": "लखनऊ",
    "संवाद सूत्र, ठाकुरगंज (किशनगंज) : ": "ठाकुरगंज",
    "संवाद सहयोगी, पूसा। ": "पूसा",
    "अनिल शर्मा, देहरादून: ": "देहरादून",
    "अनिल शर्मा, बिरौल। ": "बिरौल",
    "नोनीहाट, प्रतिनिधि। ": "नोनीहाट",
    "पीडीडीयू नगर, वरिष्ठ संवाददाता। ": "पीडीडीयू नगर",
    "चकाई । निज प्रतिनिधि ": "चकाई",
    "गुरुग्राम, अनिल शर्मा। ": "गुरुग्राम",
    "कोरबा,14 अप्रैल 2026। ": "कोरबा",
    "20 मई 2026, भोपाल: ": "भोपाल",
    "बेतूलपुर। ": "बेतूलपुर",  # no such place: its ending, and the danda behind one word
    "कर्णाली। ": "कर्णाली",
    "Raipur. रायपुर। ": "रायपुर",
    "Jharkhand Weather Alert रांची: ": "रांची",
    "New Delhi: ": "New Delhi",
    "NEW DELHI (Reuters) - ": "NEW DELHI",
}

OPENINGS = [
    STORY, "", "लखनऊ", "लखनऊ में बारिश हुई। " + STORY, "बारिश हुई। " + STORY, "हादसा: " + STORY, "काम की बात: " + STORY, "स्रोत: " + STORY,
    "मौसम अपडेट: " + STORY, "बिहार मौसम: " + STORY, "Bihar News: " + STORY, "Delhi, Mumbai Rains: " + STORY, "नमस्ते। " + STORY, "सावधान। " + STORY,
    "डर। भूख। प्यास। " + STORY, "29 जुलाई: " + STORY, "आज, 7 नवंबर: " + STORY, "उन्होंने कहा: " + STORY, "डिजिटल डेस्क। " + STORY,
    "पंजाब, हरियाणा और राजस्थान में बारिश: " + STORY, "इस दौरान मेरठ, हापुड\u093c में बारिश - " + STORY, "सुबह 10:30 बजे " + STORY,
    "प्रशासनिक पहल व स्थिति: " + STORY, "राज्य सरकार ने कहा कि नई दिल्ली में बैठक होगी। " + STORY, "अमरनाथ यात्रा 2026: " + STORY,
    "क्या आप जानते हैं? लखनऊ: " + STORY, "इंकलाब जिंदाबाद: " + STORY, "।।। " + STORY,
]  # fmt: skip


@pytest.mark.parametrize("opening", DATELINES)
def test_datelines(opening: str) -> None:
    assert parse_dateline(opening + STORY) == DATELINES[opening]


LONE_DATELINES = {
    "लखनऊ": "लखनऊ",
    "लखनऊ,": "लखनऊ",
    "लखनऊ:": "लखनऊ",
    "बेतूलपुर।": "बेतूलपुर",
    "नई दिल्ली/मुंबई,": "नई दिल्ली/मुंबई",
    "नई दिल्ली, 7 नवंबर (भाषा)": "नई दिल्ली",
    "चकाई, 7 नवंबर": "चकाई",
    "जयपुर (राजस्थान)": "जयपुर",
    "नमस्ते।": None,
    "दरअसल,": None,
    "हादसा:": None,
    "खास बातें": None,
    "बेतूलपुर": None,  # an unknown town without any mark
    "क्या हुआ?": None,
    "": None,
    "(": None,
}


@pytest.mark.parametrize("line", LONE_DATELINES)
def test_datelines_of_their_own(line: str) -> None:
    assert parse_lone_dateline(line, STORY) == LONE_DATELINES[line]


@pytest.mark.parametrize("label", ["Edited By", "लेखक", "By", "Published by", "संपादन", "रिपोर्ट"])
def test_labels(label: str) -> None:
    assert is_credit_label(label)


@pytest.mark.parametrize("words", ["खास क\u093cलम", "अनिल शर्मा", "", "Edited By Seema"])
def test_what_is_no_label(words: str) -> None:
    assert not is_credit_label(words)


@pytest.mark.parametrize("unit", [" ", "-", " - ", "( ", ", ", "(भाषा", "by ", "1 ", "की ", "क"])
def test_long_runs_take_no_time(unit: str) -> None:
    small, large = (measure_time(unit * count) for count in (2_000, 32_000))
    assert large < 0.05 + 16 * small


def measure_time(text: str) -> float:
    start = time.process_time()
    parse_dateline(text)
    parse_byline(text)
    return time.process_time() - start


@pytest.mark.parametrize("text", OPENINGS)
def test_openings_without_a_place(text: str) -> None:
    assert parse_dateline(text) is None


@given(
    st.text()
    | st.lists(st.sampled_from("लखनऊ डेस्क भाषा ( ) , । : / 7 नवंबर और By PTI ने -".split())).map(
        " ".join
    )
)
def test_nothing_breaks_them(text: str) -> None:
    byline = parse_byline(text)
    assert all(byline.authors)
    place = parse_dateline(text)
    assert place is None or (place and place in text)
