"""What a term of a query may mean: its forms, spellings and halves, its Hindi when it is Latin, its other names.

Words are unified while they are bent and parted, and folded when they are handed out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import NamedTuple, Protocol

from khabar.hindi.aliases import Group
from khabar.hindi.inflection import aksharas, forms
from khabar.hindi.loanwords import skeletons, spelt_so
from khabar.hindi.normalize import as_long, fold_word
from khabar.hindi.query_parser import Clause, Term, Words
from khabar.hindi.spelling import initials, named, spellings
from khabar.hindi.transliterate import is_spelt, roman_keys

Table = Mapping[Words, Sequence[Words]]
_LONGEST = 40  # letters and signs of a word that can be bent or parted
_MOST_FOUND = 20  # Devanagari words for one Latin spelling
_MOST_PHRASES = 24
_LATIN_ENDINGS = ("on", "en", "yon", "yan")  # of a plural, when the archive knows a noun by that alone
_VOWELS = "aeiou"
_SHORTEST_HALF = 3  # letters of a Latin word in two
# Of one syllable, and yet written together or apart: ई रिक्शा, नेता जी, एक्सप्रेस वे. Others are particles: की मत is
# not कीमत.
_HEADS, _TAILS = frozenset("श्री भू गो नौ ई बे ना ला कु सु".split()), frozenset(["जी", "वे"])

# The vowel sign in which a word's last a and the next one's first vowel meet.
_MELTS = {"ा": "अआ", "े": "इई", "ो": "उऊ"}
_SHORTEST_MELTED = 2  # syllables that a second word must have more of, or बादाम would be बाद आम


class Vocabulary(Protocol):
    """What an archive knows of words, all folded."""

    def sounding(self, keys: Iterable[str], *, begins: bool = False) -> list[str]:
        """Its Devanagari words with one of these keys of `khabar.hindi.transliterate`, or with keys that begin so."""

    def shaped(self, skeletons: Iterable[str]) -> list[str]:
        """Its Devanagari words with one of these skeletons of `khabar.hindi.loanwords`."""

    def known(self, words: Iterable[str]) -> set[str]:
        """Those of the words that it holds."""

    def groups(self) -> Sequence[Group]:
        """Aliases of its own; a name in them leaves its group in `khabar.hindi.aliases`."""


class Meaning(NamedTuple):
    """Folded words in a row; of a `beginning` the last one may go on."""

    words: Words
    beginning: bool = False


def fold_all(words: Iterable[str]) -> Words:
    """The words folded."""
    return tuple(map(fold_word, words))


@dataclass(frozen=True, slots=True)
class Expander:
    """Finds meanings. `aliases`: folded name → the other names of its group."""

    vocabulary: Vocabulary | None
    aliases: Table

    def meanings(self, term: Term, beside: Iterable[Words] = ()) -> list[Meaning]:
        """All a term may mean, first what was typed. `beside`: what its neighbours make of it."""
        if term.prefix:
            found = self._beginnings(term)
        elif term.plain:
            found = map(Meaning, map(fold_all, self._spellings(term, beside)))
        else:
            found = map(Meaning, map(fold_all, (*self._phrases(term.words), *term.also)))
        return list(dict.fromkeys(found))

    def beside(self, wanted: Sequence[Clause]) -> dict[Term, list[Words]]:
        """What a term may be because of its neighbours: मुख्य मंत्री is मुख्यमंत्री, supreme court सुप्रीम कोर्ट.

        Each of the neighbours takes the whole as its alternative, so that the whole satisfies all of them.
        """
        found: dict[Term, list[Words]] = {}
        for run in _runs(wanted, longest=max(2, *map(len, self.aliases), 2)):
            words = tuple(term.words[0] for term in run)
            wholes = [*self._named(words), *list(_together(words))[1:], *self._latin_whole(words)]
            for term in run if wholes else ():
                found.setdefault(term, []).extend(wholes)
        return found

    def _named(self, words: Words) -> Iterator[Words]:
        """The other names of what the words name."""
        for other in self.aliases.get(fold_all(words), ()):
            yield from _together(other)

    def _other_names(self, names: Iterable[str]) -> Iterator[Words]:
        """What else a word is called, in whatever form it stands."""
        for form in dict.fromkeys(form for name in names for form in forms(name)):
            yield from self._named((form,))

    def _latin_whole(self, words: Words) -> Iterator[Words]:
        """Two Latin words that are one in Hindi: lok sabha."""
        if self.vocabulary and len(words) == 2 and "".join(words).isascii():
            yield from ((found,) for found in self.vocabulary.sounding(roman_keys("".join(words)))[:_MOST_FOUND])

    def _spellings(self, term: Term, beside: Iterable[Words]) -> Iterator[Words]:
        """All word sequences that stand for one word."""
        word = term.words[0]
        yield from _shapes(word)
        yield from term.also
        hindi, letters = self._hindi(word), list(self._initials(word))
        for found in hindi:
            yield from _shapes(found[0]) if len(found) == 1 else (found,)
        yield from letters
        names = (name for found in ((word,), *hindi, *letters) if len(found) == 1 for name in found)
        for other in self._other_names(dict.fromkeys(names)):
            yield from _shapes(other[0]) if len(other) == 1 else (other,)
        for whole in beside:
            yield from _shapes(whole[0]) if len(whole) == 1 else (whole,)

    def _phrases(self, words: Words) -> Iterator[Words]:
        """A phrase, and the phrases its Latin words may spell."""
        each = ([word, *(found[0] for found in self._hindi(word) if len(found) == 1)] for word in words)
        yield from islice(product(*each), _MOST_PHRASES)

    def _beginnings(self, term: Term) -> Iterator[Meaning]:
        """The beginning as it is folded in short words and in long ones; of a Latin one the words that begin so."""
        for (word,) in (term.words, *term.also):
            cut = "्" if word.endswith("्") else ""
            yield from (Meaning((start,), beginning=True) for start in (fold_word(word) + cut, *as_long(word)))
        if self.vocabulary and term.words[0].isascii():
            found = self.vocabulary.sounding(roman_keys(term.words[0]), begins=True)
            yield from (Meaning((word,)) for word in found)

    def _initials(self, word: str) -> Iterator[Words]:
        """बीजेपी is bjp and बी.जे.पी.; bjp is both, when the archive knows them."""
        if letters := initials(word):
            yield from ((letters,), tuple(letters))
        if names := named(letters or (word if self.vocabulary else "")):
            yield from (("".join(names),), names)

    def _hindi(self, word: str) -> list[Words]:
        """The archive's words that a Latin one may spell, whole or in halves."""
        if not (self.vocabulary and word.isascii() and word.isalpha()) or len(word) > _LONGEST:
            return []
        if self.vocabulary.known(fold_all(["".join(named(word))])):  # cbi is सीबीआई, not कबि
            return []
        found = next(filter(None, self._guesses(self.vocabulary, word)), [])
        return [(one,) for one in found[:_MOST_FOUND]] or list(islice(self._halves(word), _MOST_FOUND))

    def _guesses(self, vocabulary: Vocabulary, word: str) -> Iterator[list[str]]:
        """Bolder and bolder: by its sound, by that of a plural, with an h left out (sahjahanpur), as English."""
        yield self._sounding(word)
        yield vocabulary.sounding(key for ending in _LATIN_ENDINGS for key in roman_keys(word + ending))
        if "s" in word and "sh" not in word:
            yield self._sounding(word.replace("s", "sh"))
        yield spelt_so(word, vocabulary.shaped(skeletons(word)))

    def _halves(self, word: str) -> Iterator[Words]:
        """A Latin word that is two in Hindi: uttarpradesh."""
        for at in range(_SHORTEST_HALF, len(word) - _SHORTEST_HALF + 1):
            heads, tails = (self._sounding(half) for half in (word[:at], word[at:]))
            yield from product(heads, tails)

    def _sounding(self, word: str) -> list[str]:
        """The archive's words of a Latin one's sound. Few write the nasal at the end: gehu is गेहूं."""
        if not self.vocabulary:
            return []
        found = self.vocabulary.sounding(roman_keys(word))
        nasal = self.vocabulary.sounding(roman_keys(f"{word}n")) if word[-1] in _VOWELS else []
        found += [one for one in nasal if one.endswith("ं") and one not in found]
        return [one for one in found if is_spelt(word, one)] or found


def _runs(wanted: Sequence[Clause], longest: int) -> Iterator[list[Term]]:
    """Neighbouring plain words of one field, two and more."""
    for start in range(len(wanted)):
        run: list[Term] = []
        for clause in wanted[start : start + longest]:
            if len(clause) > 1 or not clause[0].plain or clause[0].column != wanted[start][0].column:
                break
            run = [*run, clause[0]]
            if len(run) > 1:
                yield run


def _together(words: Words) -> Iterator[Words]:
    """Words in their order, and two of them as one where people write them so: मुख्य मंत्री, मुख्यमंत्री; जी 20, जी20.

    Of 874 such spellings in two found in 2.7 million words of news, read through by eye, about ten were another thing.
    """
    yield words
    if len(words) == 2 and (_may_join(*words) or _at_number(words)):
        yield ("".join(words),)
        yield from _melted(*words)


def _melted(head: str, tail: str) -> Iterator[Words]:
    """Two words whose vowels meet in one: जिला अधिकारी is जिलाधिकारी, दुग्ध उत्पादन दुग्धोत्पादन."""
    met = next((sign for sign, vowels in _MELTS.items() if tail[0] in vowels), "")
    if met and aksharas(tail) > _SHORTEST_MELTED and ("क" <= head[-1] <= "ह" or head[-1] == "ा"):
        yield (f"{head.removesuffix('ा')}{met}{tail[1:]}",)


def _unmelted(head: str, tail: str) -> Iterator[Words]:
    """The two words that may have met in `tail`'s vowel."""
    if aksharas(f"अ{tail[1:]}") > _SHORTEST_MELTED and aksharas(head) > 1:
        yield from product((head, f"{head}ा"), (vowel + tail[1:] for vowel in _MELTS[tail[0]]))


def _may_join(head: str, tail: str) -> bool:
    """Whether two words may be one, or one word two."""
    heavy = aksharas(head) > 1 or head in _HEADS, aksharas(tail) > 1 or tail in _TAILS
    return _is_devanagari(head) and _is_devanagari(tail) and all(heavy)


def _at_number(words: Words) -> bool:
    return any(map(str.isdigit, words)) and not all(map(str.isdigit, words))


def _is_devanagari(word: str) -> bool:
    return "\u0900" <= word[:1] <= "\u0963"


def _shapes(word: str) -> Iterator[Words]:
    """A word in all its spellings and forms, and each form in two where it may be a compound: मुख्य मंत्रियों."""
    yield (word,)
    if not _is_devanagari(word) or len(word) > _LONGEST:  # no word of Hindi: asked for as it stands
        return
    for spelling in spellings(word):
        yield from ((form,) for form in forms(spelling))
    for form in forms(word):
        yield from _halves(form)


def _halves(word: str) -> Iterator[Words]:
    for at in range(1, len(word)):
        head, tail = word[:at], word[at:]
        if "ऄ" <= tail[0] <= "ह" and head[-1] != "्" and _may_join(head, tail):
            yield head, tail
        elif tail[0] in _MELTS:
            yield from _unmelted(head, tail)
