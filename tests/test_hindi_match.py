"""Search as people type it, against a real FTS5 index: a table of queries with what each must and must not find."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlite_utils.utils import sqlite3

from hindi.fold import fold_index, fold_word, tokens
from hindi.inflect import aksharas, forms
from hindi.loans import skeleton
from hindi.match import to_match
from hindi.roman import roman_key, roman_keys

TOKENIZE = "unicode61 remove_diacritics 0 categories 'L* M* N* Co Cf'"
FIELDS = {"title": "title", "text": "text"}


class Index:
    """Documents in a folded FTS5 table, and their Devanagari words by sound and shape, as an archive knows them."""

    def __init__(self, documents: Iterable[str]) -> None:
        self.documents = list(dict.fromkeys(documents))
        self.db = sqlite3.connect(":memory:")
        self.db.execute(f'create virtual table found using fts5(title, text, tokenize="{TOKENIZE}")')
        rows = ((at, "", fold_index(text)) for at, text in enumerate(self.documents))
        self.db.executemany("insert into found (rowid, title, text) values (?, ?, ?)", rows)
        words = set(chain.from_iterable(map(tokens, self.documents)))
        self.words = sorted(word for word in words if not word.isascii())

    def sounding(self, keys: Iterable[str], *, begins: bool = False) -> list[str]:
        wanted = tuple(filter(None, keys))
        return [word for word in self.words if wanted and _fits(roman_key(word), wanted, begins=begins)]

    def shaped(self, skeletons: Iterable[str]) -> list[str]:
        wanted = set(skeletons)
        return [word for word in self.words if skeleton(word) in wanted]

    def known(self, words: Iterable[str]) -> set[str]:
        return set(words) & set(self.words)

    def groups(self) -> list[tuple[str, ...]]:
        return []

    def search(self, query: str) -> set[str]:
        match = to_match(query, self, fields=FIELDS)
        rows = self.db.execute("select rowid from found where found match ?", [match]) if match else ()
        return {self.documents[at] for (at,) in rows}


def _fits(key: str, wanted: tuple[str, ...], *, begins: bool) -> bool:
    return key.startswith(wanted) if begins else key in wanted


# query → what it must find | what it must not find, though it looks alike
TABLE: dict[str, tuple[list[str], list[str]]] = {
    "अखबार": (["अख\u093cबार बंटा", "सुबह के अखबारों में", "दो अखबारें"], ["अखबारी कागज", "खबर आई"]),
    "कानून": (["क\u093cानून बना", "नए कानूनों पर बहस"], ["कानूनी सलाह", "कान दुखा"]),
    "गाँव": (["गांव में सभा", "गाँवों तक सड\u093cक", "गावँ बसा"], ["गांवड\u093cी पंचायत"]),
    "इंडिया": (["इण्डिया गेट पर", "इन्डिया की जीत", "इंडिया गठबंधन"], ["इंदिरा गांधी", "हिंडन नदी"]),
    "सम्पत्ति": (["संपत्ति कुर्क", "सम्पत्तियों की सूची", "संपत्तियां बेचीं"], ["संपत लाल आए"]),
    "केंद्र": (["केन्द्र से मदद", "केंद्रों पर भीड\u093c"], ["केंद्रीय मंत्री", "केंचुआ खाद"]),
    "लड\u093cका": (["लड\u093cके आए", "लडका मिला", "लड\u093cकों की टोली"], ["लड\u093cकी आई", "लड\u093cकियां जीतीं", "लड\u093cाकू विमान"]),
    "लड\u093cकियों": (["लड\u093cकी जीती", "लड\u093cकियां आगे", "लडकियों को साइकिल"], ["लड\u093cका गया", "लड\u093cके खेले"]),
    "अभिनेता": (["अभिनेताओं का सम्मान", "अभिनेता पहुंचे"], ["अभिनेत्री आईं", "अभिनय सीखा"]),
    "सूचनाएं": (["सूचना दी", "सूचनाओं का अधिकार", "सूचनायें जारी"], ["सूची जारी", "सूचक पत्र"]),
    "शिकायतों": (["शिकायत दर्ज", "शिकायतें मिलीं", "शिकायतों का अंबार"], ["शिकायती पत्र", "शिकार किया"]),
    "व्यापारी": (["व्यापारियों ने कहा", "व्यापारी संघ"], ["व्यापार घटा", "व्यापारिक समझौता"]),
    "दुकान": (["दुक\u093cान बंद", "दुकानें खुलीं", "दुकानों में आग"], ["दुकानदार परेशान"]),
    "बस": (["बस पलटी", "बसों की कमी", "तीन बसें"], ["बसंत आया", "बस्ती उजड\u093cी", "बसपा जीती"]),
    "छात्र": (["छात्रों का धरना", "छात्र नेता"], ["छात्रा से मारपीट", "छात्रवृत्ति मिली", "छात्राएं पहुंचीं"]),
    "छात्रा": (["छात्राओं को टैबलेट", "छात्रा अव्वल"], ["छात्र आए", "छात्रों की रैली"]),
    "दाम": (["दाम बढ\u093cे", "दामों में उछाल"], ["दामाद आए", "दामिनी फिल्म", "दमा का मरीज"]),
    "जाति": (["जाति जनगणना", "जातियों का गणित"], ["सड\u093cक जाती है", "जातक कथा"]),
    "समिति": (["समिति बनी", "समितियां भंग", "समिती की बैठक"], ["सीमित साधन", "समेत सब"]),
    "सच्ची": (["सच्चा मित्र", "सच्चे लोग"], ["सचिव आए", "सच कहा"]),
    "महंगे": (["महंगी दाल", "महंगा तेल"], ["महंगाई घटी", "महंत आए"]),
    "लड\u093cका आया": (["लड\u093cके आए, लड\u093cका आया"], ["लड\u093cकी आया"]),
    "जिलाध्यक्ष": (["जिला अध्यक्ष बने", "जिलाध्यक्षों ने कहा"], ["अध्यक्ष जिला छोड\u093c गए", "जिला समिति बनी"]),
    "प्रधान आचार्य": (["प्रधानाचार्य निलंबित", "प्रधान आचार्य का पद"], ["आचार्य पहुंचे", "प्रधान चुने गए"]),
    "बादाम": (["बादाम महंगा"], ["इसके बाद आम लोग आए"]),
    "एक्सप्रेस वे": (["एक्सप्रेसवे पर जाम"], ["एक्सप्रेस ट्रेन आई"]),
    "4जी": (["4G सेवा शुरू", "4 जी सेवा ठप"], ["4 जीपें जब्त", "3जी सेवा"]),
    "6.5 फीसदी": (["6.5 फीसदी बढ\u093cत"], ["65 फीसदी मतदान", "5.6 फीसदी घटा"]),
    "dhua": (["धुआं उठा", "धुआँ भरा"], ["धूप निकली", "धुन बजी"]),
    "highway": (["हाईवे जाम", "हाइवे बना"], ["हवा तेज", "वायु सेना"]),
    "dm": (["जिलाधिकारी पहुंचे", "डीएम ने कहा"], ["दम घुटा", "दमा का मरीज"]),
    "शक्ती": (["शक्ति प्रदर्शन", "शक्तियों का दुरुपयोग"], ["शक होने लगा", "सख्ती हुई"]),
    "कर": (["कर बढ\u093cा", "करों में छूट"], ["करना पड\u093cा", "क\u093cर्ज लिया", "कार चली", "लोग करें मतदान"]),
    "रुपया": (["रुपये लौटाए", "रुपया गिरा", "रूपए बांटे", "रुपयों की गड्डी"], ["रूप बदला", "रूपा आई"]),
    "किराया": (["किराए बढ\u093cे", "किराये पर घर", "किराया घटा"], ["किरण आई", "किराना दुकान"]),
    "गई": (["बिजली गयी", "सड\u093cक गई"], ["गाय मिली", "वह गया", "गए दिन"]),
    "हिंदू": (["हिन्दू पंचांग", "हिन्दुओं का पर्व", "हिंदु समाज"], ["हिंदी दिवस", "हिंद महासागर"]),
    "डॉक्टर": (["डाक्टर हड\u093cताल पर", "डॉक्टरों की कमी", "डॉक्‍टर मिले"], ["डाक विभाग", "डकैत पकड\u093cा"]),
    "मॉल": (["मॉल खुला", "मॉलों में भीड\u093c"], ["माल पकड\u093cा", "मल मास"]),
    "दुःख": (["दुख जताया", "दु:ख प्रकट", "दुःख की घड\u093cी"], ["दुखती रग", "मुख मोड\u093cा"]),
    "महत्व": (["महत्त्व बताया", "महत्व समझा"], ["महत्वपूर्ण बैठक", "महल गिरा"]),
    "प्रधानमंत्री": (["प्रधान मंत्री बोले", "प्रधानमंत्रियों की बैठक", "प्रधानमन्त्री आए"], ["प्रधान पति गिरफ्तार", "मंत्री प्रधान से मिले"]),
    "वित्त मंत्री": (["वित्तमंत्री का बजट", "वित्त मंत्री बोलीं"], ["वित्त सचिव बदले", "मंत्री ने कहा"]),
    "विधानसभा": (["विधान सभा भंग", "विधानसभाओं में", "विधानसभा सत्र"], ["विधान परिषद", "लोकसभा सत्र"]),
    "हाई कोर्ट": (["हाईकोर्ट का आदेश", "हाई कोर्ट में", "उच्च न्यायालय ने रोका"], ["हाईवे पर कोहरा", "कोर्ट मार्शल हुआ"]),
    "1857": (["१८५७ का संग्राम", "1857 में"], ["1875 में", "18570 लोग"]),
    "१५ अगस्त": (["15 अगस्त को", "१५ अगस्त पर"], ["15 सितंबर को", "1 अगस्त को"]),
    '"गंगा नदी"': (["गंगा नदी उफनी", "गङ्गा नदी में"], ["नदी गंगा में मिली", "गंगा की नदी"]),
    '“नगर निगम”': (["नगर निगम ने तोड\u093cा"], ["निगम का नगर", "नगर पालिका"]),
    "महंगा*": (["महंगाई बढ\u093cी", "महंगा पड\u093cा"], ["मंगाया गया", "महक फैली"]),
    "सम्*": (["संपर्क टूटा", "संभल में"], ["समय बीता"]),
    "हिन्*": (["हिंदी में", "हिन्दू मेला"], ["हिनहिनाया", "हिमपात हुआ"]),
    "क्रिकेट -आईपीएल": (["क्रिकेट टीम चुनी"], ["आईपीएल क्रिकेट शुरू", "फुटबॉल मैच"]),
    "चोरी OR डकैती": (["चोरी हुई", "डकैती पड\u093cी"], ["चाय पी"]),
    "मेला सोनपुर OR पुष्कर": (["सोनपुर का मेला", "मेला लगा पुष्कर में"], ["पुष्कर झील", "मेला उठा"]),
    "akhbar": (["अखबार छपा", "akhbar in english"], ["अकबर महान", "खबर छपी"]),
    "sanjay kapoor": (["संजय कपूर पहुंचे", "Sanjay Kapoor arrives"], ["संजय गांधी", "कपूरथला से"]),
    "khan": (["खान ने कहा", "ख\u093cान आए"], ["खाना बंटा", "खनन रुका"]),
    "jaipur": (["जयपुर में", "Jaipur news"], ["जापुर गांव", "जबलपुर में"]),
    "vidhayak": (["विधायक बोले", "विधायकों का दल"], ["विधेयक पास", "विधि विभाग"]),
    "pradhanmantri": (["प्रधानमंत्री आए", "प्रधान मंत्री आए"], ["प्रधान आए"]),
    "singh": (["सिंह साहब", "Singh sahab"], ["सींग टूटा", "संघ परिवार"]),
    "supreme court": (["सुप्रीम कोर्ट का फैसला", "Supreme Court order", "सुप्रीमकोर्ट ने कहा"], ["सुप्रीम लीडर", "कोर्ट में पेश"]),
    "lucknow": (["लखनऊ में", "Lucknow today"], ["लखन आया"]),
    "अंतर्राष्ट्रीय": (["अंतरराष्ट्रीय मेला", "अन्तर्राष्ट्रीय दिवस"], ["राष्ट्रीय पर्व"]),
    "दवाइयां": (["दवाई मिली", "दवा बंटी", "दवाइयों का स्टॉक"], ["दावा किया", "दबाव बना"]),
    "दिल्ली-लाहौर बस": (["दिल्ली से लाहौर बस चली"], ["दिल्ली बस सेवा"]),
}  # fmt: skip


@pytest.fixture(scope="module")
def index() -> Index:
    return Index(chain.from_iterable(right + wrong for right, wrong in TABLE.values()))


@pytest.mark.parametrize("query", TABLE)
def test_finds_what_it_must_and_nothing_alike(index: Index, query: str) -> None:
    right, wrong = TABLE[query]
    found = index.search(query)
    assert set(right) - found == set()
    assert set(wrong) & found == set()


def test_the_table_is_hard_for_plain_folding(index: Index) -> None:
    """The bar is worth something: folded words alone, without to_match, find little more than half of it."""
    hits = total = 0
    for query, (right, _) in TABLE.items():
        plain = " AND ".join(f'"{word}"' for word in tokens(query))
        found = {
            index.documents[at] for (at,) in index.db.execute("select rowid from found where found match ?", [plain])
        }
        hits, total = hits + len(found & set(right)), total + len(right)
    assert len(TABLE) >= 50
    assert hits / total < 0.65


@pytest.mark.parametrize(
    ("word", "among", "not_among"),
    [
        ("नेताओं", "नेता", "नेताजी"),
        ("मंत्रियों", "मंत्री मंत्रियां", "मंत्र"),
        ("रातें", "रात रातों", "राता"),
        ("बहू", "बहुएं बहुओं", "बहु-"),
        ("चिड\u093cियां", "चिडिया चिडियों", "चिडा"),
        ("भाइयों", "भाई", "भा"),
        ("छात्रों", "छात्र", "छात्रा"),
        ("गए", "गए", "गया"),
        ("में", "में", "म"),
        ("delhi", "delhi", "delhis"),
    ],
)
def test_forms(word: str, among: str, not_among: str) -> None:
    found = forms(fold_word(word))
    assert found[0] == fold_word(word)
    assert set(among.split()) <= {*found}
    assert not_among not in found


@pytest.mark.parametrize(("word", "count"), [("मुख्यमंत्री", 4), ("राम", 2), ("ऑफिस", 3), ("स्त्री", 1), ("", 0), ("ram", 0)])
def test_aksharas(word: str, count: int) -> None:
    assert aksharas(word) == count


ROMAN = """अखिलेश akhilesh | आज\u093cम azam aazam | खान khan khaan | मुख्यमंत्री mukhyamantri | रामपुर rampur raampur | मोदी modi | योगी yogi
    जयपुर jaipur jaypur | मुंबई mumbai | मौर्य maurya | मिश्र mishra | पटना patna | योजना yojana yojna | हरियाणा haryana hariyana | प्रयागराज prayagraj
    छत्तीसगढ\u093c chhattisgarh chattisgarh | सिंह singh | मायावती mayawati mayavati | सोनिया sonia soniya | चेन्नई chennai | बरेली bareli bareilly
    कृष्ण krishna | पार्टी party parti | शिक्षा shiksha | विज्ञान vigyan | संपर्क sampark | अयोध्या ayodhya | चुनाव chunav chunaav | उदयपुर udaipur
    रायबरेली raebareli raibareli | मऊ mau | गौरव gaurav | झारखंड jharkhand | बारिश barish baarish | मौसम mausam | किसान kisan kisaan | भाई bhai
    ऐश्वर्या aishwarya | फडणवीस fadnavis phadnavis | इंदौर indore indor | राष्ट्रपति rashtrapati | द्रौपदी draupadi | क्रिकेट cricket"""


@pytest.mark.parametrize("line", [one.strip() for one in ROMAN.replace("\n", "|").split("|")])
def test_one_key_for_a_word_and_its_latin_spellings(line: str) -> None:
    word, *spellings = line.split()
    assert all(roman_key(fold_word(word)) in roman_keys(spelling) for spelling in spellings)


@pytest.mark.parametrize(
    "pair",
    [
        "खान खाना",
        "पार्टी प्रति",
        "मोदी मुद्दा",
        "राम रोम",
        "पटना पतन",
        "सेना सोना",
        "बिहार बहार",
        "किसान कसान",
        "योगी युग",
        "रमा राम",
    ],
)
def test_keys_that_differ(pair: str) -> None:
    one, other = pair.split()
    assert roman_key(one) != roman_key(other)


@pytest.mark.parametrize("word", ["", "2025", "হাসি", "शब्द!"[-1], "ab2"])
def test_no_key(word: str) -> None:
    assert roman_key(word) == ""


@pytest.mark.parametrize(
    "query",
    [
        "",
        " ",
        '"',
        '""',
        "*",
        "-",
        "-बिहार",
        "NOT बिहार",
        "AND OR NOT (",
        "OR",
        "()",
        "।",
        "title:",
        "***",
        '-"क ख"',
        "\0",
        "\ud800",
    ],
)
def test_nothing_to_search(query: str) -> None:
    assert to_match(query) == "" or query == "title:"


@pytest.mark.parametrize(
    ("query", "match"),
    [
        ("title:xy", '{"title"} : ("xy")'),
        ('text:"xy pq"', '{"text"} : ("xy pq")'),
        ("title : xy", '{"title"} : ("xy")'),
        ("source:xy", '"source" AND "xy"'),
        ("xy -title:pq", '("xy") NOT ({"title"} : ("pq"))'),
        ('xy OR "pq rs"', '("xy" OR "pq rs")'),
        ("xy | pq", '("xy" OR "pq")'),
        ("xy AND pq", '"xy" AND "pq"'),
        ("xy NOT pq", '("xy") NOT ("pq")'),
        ("ab or cd", '"ab" AND "or" AND "cd"'),
        ('"xy', '"xy"'),
        ("ab* -cd* xy", '("ab" * AND "xy") NOT ("cd" *)'),
        ("ab ab", '"ab"'),
        ("NEAR(ab cd)", '"near" AND "ab" AND "cd"'),
        ("ab^2", '("ab 2" OR "ab2")'),
    ],
)
def test_grammar(query: str, match: str) -> None:
    assert to_match(query, aliases=(), fields=FIELDS) == match


def test_aliases_of_your_own() -> None:
    match = to_match("नगर निगम", aliases=[("नगर निगम", "nagar nigam", "एनएन")])
    assert '"nagar nigam"' in match
    assert '"एनएन"' in match
    assert '"नगर निगम"' in to_match("एनएन", aliases=[("नगर निगम", "एनएन")])


def test_a_quoted_word_is_only_itself() -> None:
    assert to_match('"मुख्यमंत्री"') == '"मुख्यमंत्री"'


PIECES = st.sampled_from(
    ["राम", "हिन्दी", "akhilesh", "दु:ख", '"', "“", "*", "-", "(", ")", "OR", "AND", "NOT", "NEAR", "title:", "{", "}", ":", "^", "+", "|", "'", "\0", ",",
     "क्\u200d", "\u093e", "🤣", "\ud83d", "1", "ab*", "न्*", "\n", "supreme court", "--", ";"]
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.lists(PIECES).map(" ".join) | st.lists(PIECES).map("".join) | st.text(st.characters(exclude_categories=())))
@example(" ".join(f"शब्द{n}विश्वविद्यालयों" for n in range(200)))
@example('"' * 51)
@example("title:title:title:")
def test_no_query_is_an_error(index: Index, query: str) -> None:
    match = to_match(query, index, fields=FIELDS)
    if match:
        index.db.execute("select count(*) from found where found match ?", [match]).fetchone()


def test_a_word_without_end_costs_no_more_than_itself() -> None:
    word = "न" * 5000
    assert len(to_match(word)) < 2 * len(word)
