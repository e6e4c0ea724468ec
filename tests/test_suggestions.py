"""Did you mean: a misspelt word gets the archive's own, a right one nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from archive_fixtures import HOME, ArchiveBuilder, article

from khabar.archive.search import suggest_query
from khabar.hindi.transliterate import romanize

# Words with their number of articles.
USES = {
    "प्रधानमंत्री": 40, "गांधी": 30, "राहुल": 30, "बारिश": 30, "आदित्यनाथ": 25, "योगी": 25,
    "विद्यार्थियों": 12, "कानपुर": 12, "मिठाई": 6, "मिट्टी": 6, "पुलिस": 20, "सेवा": 30,
    "सिवा": 1, "प्रधानमत्री": 0, "क्रिकेट": 9, "दुर्लभ": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArchiveBuilder]:
    desk = ArchiveBuilder(tmp_path_factory.mktemp("meant") / "archive.db")
    for number in range(max(USES.values())):
        words = " ".join(word for word, uses in USES.items() if number < uses)
        desk.read(
            article(f"{HOME}/news/{number}", f"{words} से जुड़ी खबर {number}।", title=f"खबर {number}")
        )
    yield desk
    desk.archive.close()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("प्रधानमत्री", "प्रधानमंत्री"),  # a mark left out
        ("प्रधामंत्री", "प्रधानमंत्री"),  # a letter left out
        ("राहुल गाधी", "राहुल गांधी"),
        ("बारशि", "बारिश"),  # two signs changed places
        ("कानपर", "कानपुर"),
        ("मिठठाई", "मिठाई"),
        ("विद्यार्थयों", "विद्यार्थियों"),
        ("yogi adityanat", "yogi adityanath"),
        ("kanpr", "kanpur"),
        ("क्रिकेट खबर".replace("्", "ब"), "क्रिकेट खबर"),  # a letter in place of a halant
        ("rahjul", "rahul"),
        ("knapur", "kanpur"),  # not kanapur: the silent a is not written
        ("pflice", "police"),  # the name that the alias table has
    ],
)
def test_a_misspelt_word_gets_the_archive_s_own(
    desk: ArchiveBuilder, typed: str, meant: str
) -> None:
    suggestion = suggest_query(desk.db, typed, 0)
    assert suggestion is not None and suggestion.query == meant


@pytest.mark.parametrize(
    ("word", "latin"),
    [
        ("मौसम", "mausam"),
        ("कानपुर", "kanpur"),
        ("सड़क", "sadak"),
        ("समझना", "samajhna"),
        ("प्रधानमंत्री", "pradhanmantri"),
        ("महाराष्ट्र", "maharashtra"),
        ("औरत", "aurat"),
    ],
)
def test_a_word_is_romanised_as_people_write_it(word: str, latin: str) -> None:
    assert romanize(word) == latin


@pytest.mark.parametrize("typed", [word for word, uses in USES.items() if uses])
def test_a_right_word_gets_nothing(desk: ArchiveBuilder, typed: str) -> None:
    assert suggest_query(desk.db, typed, 0) is None


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "xyzzyqwerty",
        "2024",
        '"प्रधानमत्री"',
        "प्रधानमत्री*",
        "-प्रधानमत्री",
        "क",
        "क" * 200,
        "title:",
        "foo:प्रधानमत्री",  # the words beside punctuation are left as they are
    ],
)
def test_what_cannot_be_corrected_gets_nothing(desk: ArchiveBuilder, typed: str) -> None:
    assert suggest_query(desk.db, typed, 0) is None


def test_a_query_with_hits_is_taken_for_right(desk: ArchiveBuilder) -> None:
    assert suggest_query(desk.db, "प्रधानमत्री", 3) is None
