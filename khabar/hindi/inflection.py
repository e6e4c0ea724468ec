"""Generates the inflected forms of a Hindi noun (लड़का, लड़के, लड़कों) from any one of them.

All words are in normalized spelling (`khabar.hindi.normalize.normalize_spelling`). Forms are
generated at query time, not at index time: stemming would merge हाथ with हाथी and सरकार with
सरकारी. A form that does not exist costs nothing, because it matches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from khabar.hindi.normalize import normalize_spelling

# a vowel letter, or a consonant cluster up to the consonant that carries the vowel
_AKSHARA = re.compile("[ऄ-औ]|(?:[क-ह]्)*[क-ह]")
_CONSONANT = re.compile("[क-ह]")
# छात्र, छात्रा, वर्षा: after such a cluster of Sanskrit ा does not become े
_SANSKRIT_CLUSTER = re.compile("्[रयवष]ा?$")
# Ending → endings of the direct singular (लड़कों → लड़का); the first match counts.
_SINGULAR_ENDINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ियों", ("ी", "ि", "िया")),
    ("ियां", ("ी", "ि", "िया")),
    ("इयों", ("ई",)),
    ("इयां", ("ई",)),
    ("इयो", ("ई",)),
    ("ओं", ("", "आं")),
    ("एं", ("", "आं")),
    ("ों", ("", "ा")),
    ("ें", ("",)),
    ("े", ("ा",)),
    ("ए", ("या", "आ")),
    ("ी", ("ि",)),  # शक्ती is a misspelling of शक्ति
    ("्स", ("",)),  # डॉक्टर्स
)
# Ending of the direct singular → its inflected endings; the first match counts.
_PLURAL_ENDINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("िया", ("ियां", "ियों", "ियाओं")),
    ("या", ("ये", "यों", "याएं", "याओं")),
    ("ा", ("े", "ों", "ाएं", "ाओं")),
    ("आं", ("एं", "ओं")),
    ("आ", ("ए", "ओं")),
    ("ि", ("ियां", "ियों", "ी")),
    ("ी", ("ियां", "ियों", "ियो")),
    ("ई", ("इयां", "इयों", "इयो")),
    ("इ", ("इयां", "इयों", "इयो")),
    ("ु", ("ुएं", "ुओं")),
    ("", ("ों", "ें", "्स")),
)
# Verb roots, whose form in ें is the verb's: कर is also a tax, but करें is not its plural.
_VERB_ROOTS = frozenset(
    """कर चल कह रह रख सुन बन लग पढ लिख देख बोल खेल बच उठ हट डर मर मार भर उतर चढ बदल समझ सोच
    पकड निकल""".split()
)

# Adjectives that agree with their noun: पुराना, पुराने, पुरानी. Only a lexicon distinguishes them from
# nouns (लड़की is not a form of लड़का). Names (भोला, हरी) and words that are also nouns (सूखा, a
# drought) are left out.
_ADJECTIVES = frozenset(
    map(
        normalize_spelling,
        """अंधा अकेला अगला अच्छा अधूरा अनूठा अनोखा आधा इकलौता उजला उलटा उल्टा ऊंचा कच्चा कटीला कड़वा
        कड़ा कसैला काला कोरा खट्टा खर्चीला खोखला गंदा गठीला गहरा गाढ़ा गीला गूंगा गोरा घना घिनौना
        चमकीला चौड़ा चौथा छिछला छोटा जहरीला जूठा झूठा टूटा टेढ़ा ठंडा डरावना ढीला ताजा तिगुना तिरछा
        तीखा तीसरा दुगना दुगुना दुबला दूसरा दोगुना दोहरा धीमा धुंधला नंगा नशीला निकम्मा निचला निराला
        नीला नुकीला पक्का पतला पथरीला पराया पहला पिछला पीला पुराना पूरा प्यासा फटा फीका बड़ा बर्फीला
        बहरा बुरा बूढ़ा बेचारा भद्दा भूखा भूरा मंझला महंगा मीठा मैला मोटा रंगीला रूखा रेतीला लंगड़ा
        लंबा लचीला लाडला वाला सच्चा सड़ा सस्ता सादा सीधा सुनहरा सुरीला सुहाना सूना हल्का""".split(),
    )
)


def count_aksharas(word: str) -> int:
    """Counts the aksharas (orthographic syllables) of a word: मुख्यमंत्री has four."""
    return len(_AKSHARA.findall(word))


def generate_forms(word: str) -> list[str]:
    """Returns the word, followed by all forms of the noun or adjective it may be."""
    if not "\u0900" < word[:1] < "\u0970" or _is_too_short(word):
        return [word]
    base_forms = [word, *_generate_singulars(word)]
    inflections = [form for noun in base_forms for form in _generate_plurals(noun)]
    return list(
        dict.fromkeys(
            [
                word,
                *map(
                    normalize_spelling,
                    [*base_forms, *inflections, *_generate_adjective_forms(word)],
                ),
            ]
        )
    )


def _generate_adjective_forms(word: str) -> Iterator[str]:
    """Yields the forms of the word if it is a known adjective."""
    stem = word[:-1]
    if word[-1] in "ाेी" and f"{stem}ा" in _ADJECTIVES:
        yield from (stem + vowel for vowel in "ाेी")


def _is_too_short(word: str) -> bool:
    """Returns whether a word has one akshara, which is seldom a noun, unless it has three
    consonants (स्त्री).
    """
    return count_aksharas(word) < 2 and len(_CONSONANT.findall(word)) < 3


def _generate_singulars(word: str) -> Iterator[str]:
    ending, replacements = next(
        ((end, new) for end, new in _SINGULAR_ENDINGS if word.endswith(end)), ("", ())
    )
    for end in replacements:
        noun = word.removesuffix(ending) + end
        if not _is_too_short(noun) and _can_be_noun_of(noun, word):
            yield noun


def _can_be_noun_of(noun: str, word: str) -> bool:
    """Returns whether a word may be an inflected form of a noun. गए is not from गया, छात्रों not
    from छात्रा, नर्स not from नर.
    """
    if word.endswith(("ए", "्स")):
        return count_aksharas(noun) > 2
    return not (noun.endswith("ा") and word.endswith(("े", "ों")) and _SANSKRIT_CLUSTER.search(noun))


def _generate_plurals(noun: str) -> Iterator[str]:
    ending, replacements = next((end, new) for end, new in _PLURAL_ENDINGS if noun.endswith(end))
    if not ending and not "क" <= noun[-1] <= "ह":
        return  # लखनऊ, मां: do not inflect
    for end in replacements:
        if _can_take_ending(noun, end):
            yield noun.removesuffix(ending) + end


def _can_take_ending(noun: str, end: str) -> bool:
    if end in ("ी", "्स"):  # समिति is often spelt समिती, but जाती and जाति are two words
        return count_aksharas(noun) > 2
    if end == "ें":
        return noun not in _VERB_ROOTS
    return not (
        noun.endswith("ा") and end in ("े", "ों", "ये", "यों") and _SANSKRIT_CLUSTER.search(noun)
    )
