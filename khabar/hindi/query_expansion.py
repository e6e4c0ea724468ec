"""Expands a query term: inflections, spellings, compounds and their halves, Hindi for Latin words,
aliases.

Forms are generated from words in normalized spelling. The words of the results are folded:
spellings that are searched as one have the same folded form (`khabar.hindi.normalize`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import NamedTuple, Protocol

from khabar.hindi.aliases import AliasGroup
from khabar.hindi.inflection import count_aksharas, generate_forms
from khabar.hindi.loanwords import build_latin_skeletons, filter_by_spelling
from khabar.hindi.normalize import fold_long_prefix, fold_word
from khabar.hindi.query_parser import Clause, Term, WordSequence
from khabar.hindi.spelling import generate_spellings, parse_initials, spell_initials
from khabar.hindi.transliterate import build_roman_keys, is_vowel_length_compatible

AliasTable = Mapping[WordSequence, Sequence[WordSequence]]
# Limits; all chosen by hand, not measured.
_MAX_WORD_LENGTH = 40  # characters; longer words are not inflected or split
_MAX_HINDI_MATCHES = 20  # Devanagari words for one Latin spelling
_MAX_USES = 1000  # articles up to which the uses of two words are compared
_MAX_PHRASES = 24  # Hindi variants of one phrase
# Latin endings of Hindi plurals, in case the archive has a noun only in the plural
_LATIN_PLURAL_ENDINGS = ("on", "en", "yon", "yan")
_VOWELS = "aeiou"
_MIN_HALF_LENGTH = 3  # letters of each half of a Latin word that is split
# Words of one akshara (a written syllable) that can be the first or second word of a compound: ई
# रिक्शा, नेता जी, एक्सप्रेस वे. Other words of one akshara are particles: की मत is not कीमत.
_SHORT_FIRST_WORDS, _SHORT_SECOND_WORDS = (
    frozenset("श्री भू गो नौ ई बे ना ला कु सु".split()),
    frozenset(["जी", "वे"]),
)

# Vowel sign ← final a + first vowel of the next word, merged by sandhi.
_SANDHI_VOWELS = {"ा": "अआ", "े": "इई", "ो": "उऊ"}
# the second word of a sandhi (merged vowels) must have more aksharas, or बादाम would be बाद आम
_MAX_SHORT_WORD_AKSHARAS = 2


class Vocabulary(Protocol):
    """The words of an archive, all folded."""

    def find_by_sound(self, keys: Iterable[str], *, begins: bool = False) -> list[str]:
        """Returns Devanagari words with one of these `khabar.hindi.transliterate` keys, or, if
        `begins`, with keys that begin with one.
        """

    def find_by_skeleton(self, skeletons: Iterable[str]) -> list[str]:
        """Returns Devanagari words with one of these `khabar.hindi.loanwords` skeletons."""

    def filter_known(self, words: Iterable[str]) -> set[str]:
        """Returns those of the words that occur in the archive."""

    def count_uses(self, word: str, limit: int) -> int:
        """Returns the number of articles with a word, at most `limit`."""

    def alias_groups(self) -> Sequence[AliasGroup]:
        """Returns the archive's own aliases. A name in them is removed from its group in
        `khabar.hindi.aliases`.
        """


class Variant(NamedTuple):
    """A sequence of folded words. If `is_prefix`, the last one is the beginning of a word."""

    words: WordSequence
    is_prefix: bool = False


def fold_words(words: Iterable[str]) -> WordSequence:
    """Returns the folded forms of the words."""
    return tuple(map(fold_word, words))


@dataclass(frozen=True, slots=True)
class QueryExpander:
    """Expands the terms of a query. `aliases`: folded name → the other names of its group."""

    vocabulary: Vocabulary | None
    aliases: AliasTable

    def expand_term(self, term: Term, compounds: Iterable[WordSequence] = ()) -> list[Variant]:
        """Returns all variants of a term, the typed one first. `compounds`: see
        `expand_neighbours`.
        """
        if term.is_prefix:
            variants = self._expand_prefix(term)
        elif term.is_plain_word:
            variants = map(Variant, map(fold_words, self._expand_word(term, compounds)))
        else:
            alternatives = (
                [
                    word,
                    *(match[0] for match in self._find_hindi_words(word) if len(match) == 1),
                ]
                for word in term.words
            )
            phrases = islice(product(*alternatives), _MAX_PHRASES)
            variants = map(Variant, map(fold_words, (*phrases, *term.alternatives)))
        return list(dict.fromkeys(variants))

    def expand_neighbours(self, clauses: Sequence[Clause]) -> dict[Term, list[WordSequence]]:
        """Finds compounds and aliases of adjacent query terms: मुख्य मंत्री = मुख्यमंत्री, supreme
        court = सुप्रीम कोर्ट.

        Returns them as extra variants of each of the adjacent terms, so one compound in an article
        matches all of them.
        """
        compounds: dict[Term, list[WordSequence]] = {}
        for terms in _find_adjacent_words(clauses, longest=max((2, *map(len, self.aliases)))):
            words = tuple(term.words[0] for term in terms)
            compound_variants = [
                *self._find_aliases(words),
                *_generate_compounds(words),
                *self._find_latin_compound(words),
            ]
            for term in terms if compound_variants else ():
                compounds.setdefault(term, []).extend(compound_variants)
        return compounds

    def _find_aliases(self, words: WordSequence) -> Iterator[WordSequence]:
        """Yields the other names of what the words name."""
        for alias in self.aliases.get(fold_words(words), ()):
            yield from (alias, *_generate_compounds(alias))

    def _find_form_aliases(self, names: Iterable[str]) -> Iterator[WordSequence]:
        """Yields the aliases of every inflected form of the names."""
        for form in dict.fromkeys(form for name in names for form in generate_forms(name)):
            yield from self._find_aliases((form,))

    def _find_latin_compound(self, words: WordSequence) -> Iterator[WordSequence]:
        """Yields Hindi words for two Latin words that are one word in Hindi: lok sabha."""
        if self.vocabulary and len(words) == 2 and "".join(words).isascii():
            yield from (
                (match,)
                for match in self.vocabulary.find_by_sound(build_roman_keys("".join(words)))[
                    :_MAX_HINDI_MATCHES
                ]
            )

    def _expand_word(self, term: Term, compounds: Iterable[WordSequence]) -> Iterator[WordSequence]:
        """Yields all word sequences that stand for one word."""
        word = term.words[0]
        yield from _generate_word_variants(word)
        yield from term.alternatives
        hindi_variants = self._find_hindi_words(word)
        initial_variants = list(self._expand_initials(word))
        for variant in hindi_variants:
            yield from _generate_word_variants(variant[0]) if len(variant) == 1 else (variant,)
        yield from initial_variants
        names = (
            name
            for variant in ((word,), *hindi_variants, *initial_variants)
            if len(variant) == 1
            for name in variant
        )
        for alias in self._find_form_aliases(dict.fromkeys(names)):
            yield from _generate_word_variants(alias[0]) if len(alias) == 1 else (alias,)
        for compound in compounds:
            yield from (_generate_word_variants(compound[0]) if len(compound) == 1 else (compound,))

    def _expand_prefix(self, term: Term) -> Iterator[Variant]:
        """Yields the prefix in both its folded forms (short and long words are folded differently),
        and the Hindi words that a Latin prefix may begin.
        """
        for (word,) in (term.words, *term.alternatives):
            virama = "्" if word.endswith("्") else ""
            yield from (
                Variant((prefix,), is_prefix=True)
                for prefix in (fold_word(word) + virama, *fold_long_prefix(word))
            )
        if self.vocabulary and term.words[0].isascii():
            matches = self.vocabulary.find_by_sound(build_roman_keys(term.words[0]), begins=True)
            yield from (Variant((word,)) for word in matches)

    def _expand_initials(self, word: str) -> Iterator[WordSequence]:
        """Yields the other spellings of initials: बीजेपी is bjp and बी.जे.पी.; bjp is both. Latin
        initials are expanded only with a vocabulary.
        """
        if letters := parse_initials(word):
            yield from ((letters,), tuple(letters))
        if names := spell_initials(letters or (word if self.vocabulary else "")):
            yield from (("".join(names),), names)

    def _find_hindi_words(self, word: str) -> list[WordSequence]:
        """Returns the archive's words that a Latin word may spell, whole or in halves."""
        if (
            not (self.vocabulary and word.isascii() and word.isalpha())
            or len(word) > _MAX_WORD_LENGTH
        ):
            return []
        matches = next(filter(None, self._guess_hindi_words(self.vocabulary, word)), [])
        if self.vocabulary.filter_known(letters := fold_words(["".join(spell_initials(word))])):
            return self._select_commoner(matches[:_MAX_HINDI_MATCHES], letters[0])
        return [(match,) for match in matches[:_MAX_HINDI_MATCHES]] or list(
            islice(self._split_latin_word(word), _MAX_HINDI_MATCHES)
        )

    def _select_commoner(self, words: Iterable[str], letters: str) -> list[WordSequence]:
        """Returns the words that more articles have than the same letters said one by one: se is
        से, though one article may have एसई; cbi is सीबीआई, not कबि.
        """
        assert self.vocabulary
        least = self.vocabulary.count_uses(letters, _MAX_USES)
        return [(word,) for word in words if self.vocabulary.count_uses(word, _MAX_USES) > least]

    def _guess_hindi_words(self, vocabulary: Vocabulary, word: str) -> Iterator[list[str]]:
        """Yields lists of candidates from ever looser rules: by sound, by the sound of a plural,
        with s for sh (sahjahanpur), as an English spelling.
        """
        yield self._find_by_sound(word)
        yield vocabulary.find_by_sound(
            key for ending in _LATIN_PLURAL_ENDINGS for key in build_roman_keys(word + ending)
        )
        if "s" in word and "sh" not in word:
            yield self._find_by_sound(word.replace("s", "sh"))
        yield filter_by_spelling(word, vocabulary.find_by_skeleton(build_latin_skeletons(word)))

    def _split_latin_word(self, word: str) -> Iterator[WordSequence]:
        """Yields pairs of Hindi words for a Latin word that is two in Hindi: uttarpradesh."""
        for index in range(_MIN_HALF_LENGTH, len(word) - _MIN_HALF_LENGTH + 1):
            first_words, second_words = (
                self._find_by_sound(half) for half in (word[:index], word[index:])
            )
            yield from product(first_words, second_words)

    def _find_by_sound(self, word: str) -> list[str]:
        """Returns the archive's words that sound like a Latin word. A final nasal is seldom
        written: gehu is गेहूं.
        """
        if not self.vocabulary:
            return []
        matches = self.vocabulary.find_by_sound(build_roman_keys(word))
        nasal_matches = (
            self.vocabulary.find_by_sound(build_roman_keys(f"{word}n"))
            if word[-1] in _VOWELS
            else []
        )
        matches += [match for match in nasal_matches if match.endswith("ं") and match not in matches]
        return [match for match in matches if is_vowel_length_compatible(word, match)] or matches


def _find_adjacent_words(clauses: Sequence[Clause], longest: int) -> Iterator[list[Term]]:
    """Yields every sequence of two or more adjacent plain words of the same field."""
    for start in range(len(clauses)):
        terms: list[Term] = []
        for clause in clauses[start : start + longest]:
            if (
                len(clause) > 1
                or not clause[0].is_plain_word
                or clause[0].column != clauses[start][0].column
            ):
                break
            terms = [*terms, clause[0]]
            if len(terms) > 1:
                yield terms


def _generate_compounds(words: WordSequence) -> Iterator[WordSequence]:
    """Yields two words as one where that spelling is in use: मुख्यमंत्री for मुख्य मंत्री, जी20 for
    जी 20.

    In 2.7 million words of news, 874 such pairs of words were found. By a manual review, about ten
    of them meant something else than the compound.
    """
    if len(words) == 2 and (_can_join(*words) or _has_number_and_word(words)):
        yield ("".join(words),)
        yield from _join_by_sandhi(*words)


def _join_by_sandhi(head: str, tail: str) -> Iterator[WordSequence]:
    """Yields the compound in which two words' vowels merge: जिला अधिकारी is जिलाधिकारी, दुग्ध
    उत्पादन दुग्धोत्पादन.
    """
    joint_sign = next((sign for sign, vowels in _SANDHI_VOWELS.items() if tail[0] in vowels), "")
    if (
        joint_sign
        and count_aksharas(tail) > _MAX_SHORT_WORD_AKSHARAS
        and ("क" <= head[-1] <= "ह" or head[-1] == "ा")
    ):
        yield (f"{head.removesuffix('ा')}{joint_sign}{tail[1:]}",)


def _split_sandhi(head: str, tail: str) -> Iterator[WordSequence]:
    """Yields the pairs of words that may have merged in the first vowel of `tail`."""
    if count_aksharas(f"अ{tail[1:]}") > _MAX_SHORT_WORD_AKSHARAS and count_aksharas(head) > 1:
        yield from product(
            (head, f"{head}ा"), (vowel + tail[1:] for vowel in _SANDHI_VOWELS[tail[0]])
        )


def _can_join(head: str, tail: str) -> bool:
    """Returns whether the two words can form a compound that is written as one word or as two."""
    can_stand_alone = (
        count_aksharas(head) > 1 or head in _SHORT_FIRST_WORDS,
        count_aksharas(tail) > 1 or tail in _SHORT_SECOND_WORDS,
    )
    return _is_devanagari(head) and _is_devanagari(tail) and all(can_stand_alone)


def _has_number_and_word(words: WordSequence) -> bool:
    return any(map(str.isdigit, words)) and not all(map(str.isdigit, words))


def _is_devanagari(word: str) -> bool:
    return "\u0900" <= word[:1] <= "\u0963"


def _generate_word_variants(word: str) -> Iterator[WordSequence]:
    """Yields a word in all its spellings and forms, and each form split in two where it may be a
    compound: मुख्य मंत्रियों.
    """
    yield (word,)
    # not a Hindi word: searched as it is
    if not _is_devanagari(word) or len(word) > _MAX_WORD_LENGTH:
        return
    for spelling in generate_spellings(word):
        yield from ((form,) for form in generate_forms(spelling))
    for form in generate_forms(word):
        yield from _split_compound(form)


def _split_compound(word: str) -> Iterator[WordSequence]:
    for index in range(1, len(word)):
        head, tail = word[:index], word[index:]
        if "ऄ" <= tail[0] <= "ह" and head[-1] != "्" and _can_join(head, tail):
            yield head, tail
        elif tail[0] in _SANDHI_VOWELS:
            yield from _split_sandhi(head, tail)
