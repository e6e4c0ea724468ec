"""Search as people type it, against a real FTS5 index: a table of queries with what each must and must not find."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterable
from itertools import chain, islice

import pytest
from command_runner import ROOT
from hypothesis import example, given
from hypothesis import strategies as st
from query_table import TABLE
from sqlite_utils.utils import sqlite3

from khabar.hindi.fts_query import build_match_expression
from khabar.hindi.inflection import count_aksharas, generate_forms
from khabar.hindi.loanwords import build_skeleton
from khabar.hindi.normalize import fold_for_index, fold_word, tokens
from khabar.hindi.query_expansion import QueryExpander
from khabar.hindi.query_parser import Term
from khabar.hindi.spelling import spell_initials
from khabar.hindi.transliterate import build_roman_key, build_roman_keys

TOKENIZE = "unicode61 remove_diacritics 0 categories 'L* M* N* Co Cf'"
FIELDS = {"title": "title", "text": "text"}


class Index:
    """Documents in a folded FTS5 table, and their Devanagari words by sound and shape, as an archive knows them."""

    def __init__(self, documents: Iterable[str]) -> None:
        self.documents = list(dict.fromkeys(documents))
        self.db = sqlite3.connect(":memory:")
        self.db.execute(
            f'create virtual table found using fts5(title, text, tokenize="{TOKENIZE}")'
        )
        rows = ((at, "", fold_for_index(text)) for at, text in enumerate(self.documents))
        self.db.executemany("insert into found (rowid, title, text) values (?, ?, ?)", rows)
        words = set(chain.from_iterable(map(tokens, self.documents)))
        self.words = sorted(word for word in words if not word.isascii())

    def find_by_sound(self, keys: Iterable[str], *, begins: bool = False) -> list[str]:
        wanted = tuple(filter(None, keys))
        return [
            word
            for word in self.words
            if wanted and _fits(build_roman_key(word), wanted, begins=begins)
        ]

    def find_by_skeleton(self, skeletons: Iterable[str]) -> list[str]:
        wanted = set(skeletons)
        return [word for word in self.words if build_skeleton(word) in wanted]

    def filter_known(self, words: Iterable[str]) -> set[str]:
        return set(words) & set(self.words)

    def count_uses(self, word: str, limit: int) -> int:
        rows = self.db.execute("select rowid from found where found match ?", [f'"{word}"'])
        return min(limit, len(rows.fetchall()))

    def alias_groups(self) -> list[tuple[str, ...]]:
        return []

    def search(self, query: str) -> set[str]:
        match = build_match_expression(query, self, fields=FIELDS)
        rows = (
            self.db.execute("select rowid from found where found match ?", [match]) if match else ()
        )
        return {self.documents[at] for (at,) in rows}


def _fits(key: str, wanted: tuple[str, ...], *, begins: bool) -> bool:
    return key.startswith(wanted) if begins else key in wanted


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
            index.documents[at]
            for (at,) in index.db.execute("select rowid from found where found match ?", [plain])
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
    found = generate_forms(fold_word(word))
    assert found[0] == fold_word(word)
    assert set(among.split()) <= {*found}
    assert not_among not in found


@pytest.mark.parametrize(
    ("word", "count"), [("मुख्यमंत्री", 4), ("राम", 2), ("ऑफिस", 3), ("स्त्री", 1), ("", 0), ("ram", 0)]
)
def test_aksharas(word: str, count: int) -> None:
    assert count_aksharas(word) == count


ROMAN = """अखिलेश akhilesh | आज\u093cम azam aazam | खान khan khaan | मुख्यमंत्री mukhyamantri | रामपुर rampur raampur | मोदी modi | योगी yogi
    जयपुर jaipur jaypur | मुंबई mumbai | मौर्य maurya | मिश्र mishra | पटना patna | योजना yojana yojna | हरियाणा haryana hariyana | प्रयागराज prayagraj
    छत्तीसगढ\u093c chhattisgarh chattisgarh | सिंह singh | मायावती mayawati mayavati | सोनिया sonia soniya | चेन्नई chennai | बरेली bareli bareilly
    कृष्ण krishna | पार्टी party parti | शिक्षा shiksha | विज्ञान vigyan | संपर्क sampark | अयोध्या ayodhya | चुनाव chunav chunaav | उदयपुर udaipur
    रायबरेली raebareli raibareli | मऊ mau | गौरव gaurav | झारखंड jharkhand | बारिश barish baarish | मौसम mausam | किसान kisan kisaan | भाई bhai
    ऐश्वर्या aishwarya | फडणवीस fadnavis phadnavis | इंदौर indore indor | राष्ट्रपति rashtrapati | द्रौपदी draupadi | क्रिकेट cricket"""


@pytest.mark.parametrize("line", [one.strip() for one in ROMAN.replace("\n", "|").split("|")])
def test_one_key_for_a_word_and_its_latin_spellings(line: str) -> None:
    word, *spellings = line.split()
    assert all(
        build_roman_key(fold_word(word)) in build_roman_keys(spelling) for spelling in spellings
    )


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
    assert build_roman_key(one) != build_roman_key(other)


@pytest.mark.parametrize("word", ["", "2025", "হাসি", "शब्द!"[-1], "ab2"])
def test_no_key(word: str) -> None:
    assert build_roman_key(word) == ""


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
    assert build_match_expression(query) == "" or query == "title:"


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
    assert build_match_expression(query, aliases=(), fields=FIELDS) == match


def test_aliases_of_your_own() -> None:
    match = build_match_expression("नगर निगम", aliases=[("नगर निगम", "nagar nigam", "एनएन")])
    assert '"nagar nigam"' in match
    assert '"एनएन"' in match
    assert '"नगर निगम"' in build_match_expression("एनएन", aliases=[("नगर निगम", "एनएन")])


def test_a_quoted_word_is_only_itself() -> None:
    assert build_match_expression('"मुख्यमंत्री"') == '"मुख्यमंत्री"'


PIECES = st.sampled_from(
    ["राम", "हिन्दी", "akhilesh", "दु:ख", '"', "“", "*", "-", "(", ")", "OR", "AND", "NOT", "NEAR", "title:", "{", "}", ":", "^", "+", "|", "'", "\0", ",",
     "क्\u200d", "\u093e", "🤣", "\ud83d", "1", "ab*", "न्*", "\n", "supreme court", "--", ";"]
)  # fmt: skip


@given(
    st.lists(PIECES).map(" ".join)
    | st.lists(PIECES).map("".join)
    | st.text(st.characters(exclude_categories=()))
)
@example(" ".join(f"शब्द{n}विश्वविद्यालयों" for n in range(200)))
@example('"' * 51)
@example("title:title:title:")
def test_no_query_is_an_error(index: Index, query: str) -> None:
    match = build_match_expression(query, index, fields=FIELDS)
    if match:
        index.db.execute("select count(*) from found where found match ?", [match]).fetchone()


def test_a_word_without_end_costs_no_more_than_itself() -> None:
    word = "न" * 5000
    assert len(build_match_expression(word)) < 2 * len(word)


# --- Latin letters that are both a word and an abbreviation ---


class Counts:
    """A vocabulary that is only counts: folded word → articles that have it."""

    def __init__(self, uses: dict[str, int]) -> None:
        self.uses = uses
        self.keys: dict[str, list[str]] = {}
        for word in uses:
            self.keys.setdefault(build_roman_key(word), []).append(word)

    def find_by_sound(self, keys: Iterable[str], *, begins: bool = False) -> list[str]:
        assert not begins
        return list(dict.fromkeys(word for key in keys for word in self.keys.get(key, ())))

    def find_by_skeleton(self, skeletons: Iterable[str]) -> list[str]:
        return []

    def filter_known(self, words: Iterable[str]) -> set[str]:
        return set(words) & set(self.uses)

    def count_uses(self, word: str, limit: int) -> int:
        return min(limit, self.uses.get(word, 0))

    def alias_groups(self) -> list[tuple[str, ...]]:
        return []


def find_words(latin: str, uses: dict[str, int]) -> set[str]:
    expander = QueryExpander(Counts(uses), {})
    return {word for variant in expander.expand_term(Term((latin,))) for word in variant.words}


@pytest.mark.parametrize(
    ("latin", "uses", "found", "not_found"),
    [
        ("se", {"से": 900, "एसई": 2}, {"से", "एसई"}, set()),
        ("cbi", {"सीबीआइ": 80, "कबि": 1}, {"सीबीआइ"}, {"कबि"}),
        ("ke", {"के": 1000, "केई": 15}, {"के", "केई"}, set()),
        ("pm", {"पीएम": 1000, "पम": 0}, {"पीएम"}, {"पम"}),
    ],
)
def test_the_commoner_meaning_is_never_lost(latin, uses, found, not_found) -> None:
    folded = {fold_word(word): count for word, count in uses.items()}
    words = find_words(latin, folded)
    assert {fold_word(word) for word in found} <= words
    assert not {fold_word(word) for word in not_found} & words


@pytest.mark.shared
def test_no_short_latin_word_loses_a_common_meaning() -> None:
    """Every word of two to four Latin letters, with each of its letters' names in the archive once."""
    texts = ROOT.parent / "shared" / "texts"
    uses: Counter[str] = Counter()
    for file in sorted(texts.glob("*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for line in islice(lines, 1500):
                uses.update(set(tokens(json.loads(line)["full_text"])))
    common = {word: count for word, count in uses.items() if count > 20 and not word.isascii()}
    latin = {build_roman_key(word): word for word in common}
    short = [key for key in latin if 2 <= len(key) <= 4 and key.isalpha()]
    assert len(short) > 300
    lost = []
    for key in short:
        letters = fold_word("".join(spell_initials(key)))
        if (
            letters
            and letters != latin[key]
            and latin[key] not in find_words(key, {**common, letters: 2})
        ):
            alone = find_words(key, common)
            lost += [key] if latin[key] in alone else []
    assert lost == []
