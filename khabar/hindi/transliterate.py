"""Builds one key for a Devanagari word and its usual Latin spellings: अखिलेश and akhilesh, खान and
khan.

The key is the word's consonants with the vowels that Latin spelling preserves: a is written or
omitted freely, and vowel length is not distinguished. A final a stays, or खान (khan) would equal
खाना (khana).
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

_CONSONANTS = dict(
    zip(
        "कखगघङचछजझञटठडढणतथदधनपफबभमयरलवळशषसह",
        "k K g G n C C j J n t T d D n t T d D n p P b B m y r l v l S S s h".split(),
        strict=True,
    )
)
# Letters of the key → how they are written.
_DIGRAPHS = {"C": "ch", "S": "sh", "Y": "ai"} | {key: f"{key.lower()}h" for key in "KGJTDPB"}
_VOWEL_SIGNS = dict(zip("ािीुूृेैोौॅॉ", "a i i u u ri e Y o au e o".split(), strict=True))
_VOWELS = dict(zip("अआइईउऊऋएऐओऔऑ", "a a i i u u ri e Y o au o".split(), strict=True))
_DOUBLE_CONSONANT = re.compile(r"(?<=[aiu])([kgcjtdnpbmrlvs])\1")
_CONSONANTS_BY_KEY = {
    key: "".join(letter for letter, key_letter in _CONSONANTS.items() if key_letter.lower() == key)
    for key in "kgcjtdnpbmrlvs"
}
_VIRAMA, _NASAL = "्", "ं"
_LABIALS = "पफबभम"
# Latin spelling → letters of the key, applied in this order. Capitals are aspirates, ch and sh.
_LATIN_SPELLINGS = (
    ("sthya", "sth"),
    ("que", "k"),
    ("muh", "moh"),
    ("chh", "C"),
    ("ch", "C"),
    ("sh", "S"),
    ("kh", "K"),
    ("gh", "G"),
    ("jh", "J"),
    ("th", "T"),
    ("dh", "D"),
    ("rh", "D"),
    ("ph", "P"),
    ("bh", "B"),
    ("wh", "v"),
    ("mh", "hm"),
    ("nh", "hn"),
    ("lh", "hl"),
    ("f", "P"),
    ("ck", "k"),
    ("c", "k"),
    ("q", "k"),
    ("x", "ks"),
    ("z", "j"),
    ("w", "v"),
    ("aa", "a"),
    ("ee", "i"),
    ("oo", "u"),
    ("ei", "e"),
)
_TO_FIRST_A = re.compile("[^aeiou]*a")
_INHERENT_A = "ə"
# An inherent a between a vowel with a consonant and a consonant with a vowel is not spoken (Ohala's
# rule): kanpur, sarkar.
_SILENT_A = re.compile("(?<=[aeiouYə][^aeiouYə])ə(?=[^aeiouYə][aeiouYə])")
_KEY_LETTER = re.compile("^[aeiou]|[^aeiou]")  # letters as `normalize` counts them
_VOWEL_Y = re.compile("(?<=[^aeiouy])y(?![aeiouy])")  # a y that is a vowel: party


def build_roman_keys(word: str) -> list[str]:
    """Returns the keys under which the Hindi for a Latin word may be found. [] if the word is not
    Latin.

    Variants: े for ै, as folding writes it in long words; a doubled consonant as two that met
    (sharabbandi); n before a labial as a nasal (shahjahanpur).
    """
    with_vowel = _DOUBLE_CONSONANT.sub(r"\1a\1", word)
    keys = [
        key
        for spelling in dict.fromkeys((word, with_vowel))
        if spelling.isascii() and (key := build_roman_key(spelling))
    ]
    variants: list[str] = []
    for key in keys:
        with_e = key.replace("ay", "e")
        is_long = len(_KEY_LETTER.findall(with_e)) > 2
        variants += [key, with_e if is_long else key, re.sub("n(?=[pPbB])", "m", key)]
    return list(dict.fromkeys(variants))


def is_vowel_length_compatible(latin: str, word: str) -> bool:
    """Returns whether a Latin word allows a folded Devanagari word with the same key: the vowel
    before a doubled consonant is short, so ganna is not गाना. Two that met may follow a long one:
    sharabbandi is शराबबंदी.
    """
    return not any(
        re.search(f"[ाीू]{consonants}(?!्|{consonants})", word)
        for consonants in (
            f"[{_CONSONANTS_BY_KEY[consonant]}]"
            for consonant in _DOUBLE_CONSONANT.findall(latin.lower())
        )
    )


def build_roman_key(word: str) -> str:
    """Returns the key of a folded word in either script. "" for a word in neither."""
    if "\u0900" <= word[:1] <= "\u0963":
        return _reduce_key(_transcribe_devanagari(word))
    return _reduce_key(_transcribe_latin(word)) if word.isascii() and word.isalpha() else ""


def romanize(word: str) -> str:
    """Returns a Devanagari word as people write it in Latin letters: priyanka, kanpur, mausam."""
    word = unicodedata.normalize("NFD", word).replace("़", "")
    text = _transcribe_devanagari(word, inherent_a=_INHERENT_A)
    for silent in reversed(list(_SILENT_A.finditer(text))):
        # backwards: in a chain of them every second is silent
        if _SILENT_A.match(text, silent.start()):
            text = text[: silent.start()] + text[silent.end() :]
    text = text.replace(_INHERENT_A, "a")
    return "".join(_DIGRAPHS.get(letter, letter) for letter in text)


def _transcribe_devanagari(word: str, inherent_a: str = "a") -> str:
    """Transcribes a Devanagari word letter by letter, each consonant with its vowel."""
    # ज्ञ is gy, सिंह singh, ब्राह्मण brahman
    word = re.sub("([नमल])्ह", r"ह्\1", word.replace("ज्ञ", "ग्य").replace("सिंह", "सिंघ"))
    word = re.sub("ांव$", "ाओन", word)  # gaon
    text = "".join(_transcribe_letter(*pair, inherent_a) for pair in pairwise(f"{word}\0"))
    # A final consonant's a is silent, except after a cluster that needs it: खान is khan, मिश्र is
    # mishra.
    is_final_a_spoken = word[-1] not in _CONSONANTS or re.search("्[रयवलण]$|श्न$", word)
    return text if is_final_a_spoken else text.removesuffix(inherent_a)


def _transcribe_letter(char: str, following: str, inherent_a: str) -> str:
    if char in _CONSONANTS:
        has_own_vowel = following in _VOWEL_SIGNS or following == _VIRAMA
        return _CONSONANTS[char] + ("" if has_own_vowel else inherent_a)
    if char == _NASAL:
        return "m" if following in _LABIALS else "n"
    return _VOWEL_SIGNS.get(char) or _VOWELS.get(char) or (char if char.isdigit() else "")


def _transcribe_latin(word: str) -> str:
    """Converts a Latin word to the letters of the key."""
    text = word.lower()
    for latin, key in _LATIN_SPELLINGS:
        text = text.replace(latin, key)
    # sonia is soniya, indore indaur
    return re.sub("(?<=i)(?=[ao])", "y", _VOWEL_Y.sub("i", text)).replace("ore", "or")


def _reduce_key(text: str) -> str:
    """Reduces a transcription to its key: merges spellings that Latin and Devanagari do not
    distinguish (ai/ae/ay, au/o, doubled letters) and drops every inner a.

    The first syllable's a and a final a stay: they distinguish खाना from खान.
    """
    text = re.sub("a?Y|ai|ae", "ay", text)
    text = re.sub("a?[ou]u|au|ow(?!.)|aw(?!.)", "o", text)
    text = re.sub(r"([a-zA-Z])\1+", r"\1", text).replace("iy", "y")
    # muzaffarpur, siddharth
    text = re.sub("k(?=K)|g(?=G)|c(?=C)|j(?=J)|t(?=T)|d(?=D)|p(?=P)|b(?=B)", "", text)
    first_a = _TO_FIRST_A.match(text)
    start = first_a.end() if first_a else 0
    text = text[:start] + re.sub("a(?!$)", "", text[start:])
    text = re.sub("m(?=[svyrlh])", "n", text)  # samvidhan, sanvidhan
    # rashtriya
    return text[:-1] if text.endswith("ya") and len(_KEY_LETTER.findall(text)) > 3 else text
