"""Matches English words and names in English spelling to their Hindi spelling: hospital and
हॉस्पिटल, lucknow and लखनऊ.

Used for a Latin word for which `transliterate` finds nothing. English spelling is loose, so it
takes two steps: a skeleton of consonants selects words of the archive, and each of these must then
be a possible pronunciation of the Latin spelling.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice, product

# Classes of consonants that Latin spelling hardly distinguishes. य and ह are ignored, as they are
# often omitted.
_CONSONANT_CLASSES = {
    letter: kind
    for kind, letters in zip(
        "kgcjtdnpbmrlvs", "कख गघ चछ जझ टठतथ डढदध नणञङ पफ बभ म र लळ व सशष".split(), strict=True
    )
    for letter in letters
}
_LABIALS = "पफबभम"
# Latin letters → possible classes in a skeleton; the first matching pattern counts.
_LATIN_CONSONANTS = (
    ("[tsc]i(?:on|an)", ("sn",)),
    ("sch", ("sk",)),
    ("tch", ("c",)),
    ("dge?", ("j", "d")),
    ("chh", ("c",)),
    ("ch", ("c", "k", "s")),
    ("sh", ("s",)),
    ("gh", ("g", "")),
    ("wr", ("r",)),
    ("^kn", ("n",)),
    ("qu", ("k", "kv")),
    ("x", ("ks", "gj")),
    ("c(?=[eiy])", ("s",)),
    ("g(?=[eiy])", ("j", "g")),
    ("rh?", ("r", "d")),
    ("s", ("s", "j")),
    ("w(?![aeiou])", ("", "v")),
    ("[wv]h?", ("v",)),
    ("[ckq]h?", ("k",)),
    ("[zj]h?", ("j",)),
    ("ph?|f", ("p",)),
    ("th?", ("t",)),
    ("dh?", ("d",)),
    ("bh?", ("b",)),
    ("g", ("g",)),
    ("n", ("n",)),
    ("m", ("m",)),
    ("l", ("l",)),
    (".", ("",)),
)
_LATIN_UNIT = re.compile("|".join(f"({pattern})" for pattern, _ in _LATIN_CONSONANTS))
# All three chosen by hand, not measured.
_MAX_SKELETONS = 24  # skeletons tried for one word
_MIN_SKELETON_LENGTH = 2  # shorter skeletons match too much; 1 is enough for a long word (highway)
_LONG_WORD_LENGTH = 6  # letters
# A silent final e lengthens the vowel of a short word: time is टाइम, not टीम.
_MUTE_E = re.compile("[^aeiou]*([aiou])[^aeiouy]e")
_LONG_VOWEL_SIGNS = {
    vowel: re.compile(signs)
    for vowel, signs in {"a": "[ेैएऐ]", "i": "[ाआ][इय]", "o": "[ोौओ]", "u": "[ुूउ]"}.items()
}
# Devanagari sign → its possible Latin spellings.
_SIGN_SPELLINGS = {
    "क": "ck|ch|k|c|q",
    "ख": "kh|ck|k",
    "ग": "gh|g|gu",
    "घ": "gh|g",
    "च": "ch|t(?=u)|tch|c",
    "छ": "chh|ch",
    "ज": "dge|j|g|z|x|(?<=[aeiou])s(?=[aeiou])",
    "झ": "jh|z",
    "ट": "t",
    "ठ": "th|t",
    "ड": "d|r",
    "ढ": "dh|rh",
    "त": "th|t",
    "थ": "th",
    "द": "dh|d|th",
    "ध": "dh",
    "न": "kn|gn|n",
    "प": "p",
    "फ": "ph|f|gh",
    "ब": "b",
    "भ": "bh|v",
    "म": "m",
    "य": "y|i",
    "र": "wr|rh|r",
    "ल": "l",
    "व": "wh|w|v|u",
    "श": "sh|ss|s|ch|[tc](?=i)",
    "स": "sc|ps|sh|s|c|z",
    "ह": "h",
    "ं": "ng|n|m",
    "्": "",
    "ा": "aa|ah|au|aw|a|o",
    "ि": "ee|ea|ai|i|e|y|a|u",
    "ी": "ee|ea|ie|ei|ey|i|e|y",
    "ु": "oo|ou|ew|u",
    "ू": "oo|ou|ew|ue|ui|u",
    "ृ": "ri|ru|r",
    "े": "ai|ay|ea|ei|ey|ie|e|a|i",
    "ै": "ai|ay|ei|e|a",
    "ो": "oa|ow|ou|au|aw|oe|o|a",
    "ौ": "au|ou|ow|aw|o",
    "ॉ": "au|aw|o|a",
    "अ": "a|u|o|e",
    "आ": "aa|au|a|o",
    "इ": "ee|ea|i|e|y",
    "उ": "oo|u|o|w",
    "ऊ": "oo|u|o|w",
    "ए": "ai|ay|e|a|i",
    "ऐ": "ai|e|a",
    "ओ": "oa|au|aw|o",
    "औ": "au|o",
    "ऑ": "au|o|a",
}
_CLUSTER_SPELLINGS = {
    "ाइ": "i|y|ai|ie|igh|ei",
    "आइ": "i|y|ai|ie|ei|eye",
    "यु": "yu|you|eu|ew|u",
    "यू": "yu|you|eu|ew|u",
    "यो": "yo|io|o",
    "िय": "iya|iy|ia|ie|i|ee|ea|e",
    "क्स": "x|ks|cs|xc",
    "ग्ज": "x|gz",
    "ांव": "aon|awn|aun|on",
}
_INHERENT_A_SPELLINGS = "io|ia|ou|a|e|i|o|u|"  # the inherent a: English uses any vowel, or none
# English spellings that are accepted only if nothing else matches: a for o (ball), a and u for i
# (village).
_ENGLISH_ONLY_SPELLINGS = {
    sign: re.compile(end)
    for signs, end in (("ोओॉऑ", "[|]a$"), ("ि", "[|]a[|]u$"))
    for sign in signs
}
_VOWEL_SIGNS = frozenset("ािीुूृेैोौॉॅ्")
_DEVANAGARI_UNIT = re.compile("|".join([*_CLUSTER_SPELLINGS, "."]))


def build_skeleton(word: str) -> str:
    """Returns the consonant classes of a folded Devanagari word: lkn for लखनउ."""
    word = word.removesuffix("व") if word.endswith("ांव") else word  # gaon
    kinds = [_CONSONANT_CLASSES.get(char, "") for char in word]
    for index, char in enumerate(word):
        if char == "ं":
            kinds[index] = "m" if word[index + 1 : index + 2] in tuple(_LABIALS) else "n"
    return _collapse_doubles("".join(kinds))


def build_latin_skeletons(latin: str) -> list[str]:
    """Returns the skeletons a Latin word may have, likeliest first. [] if it is not a single Latin
    word.
    """
    if not (latin.isascii() and latin.isalpha()):
        return []
    alternatives = [
        _LATIN_CONSONANTS[(unit.lastindex or 1) - 1][1]
        for unit in _LATIN_UNIT.finditer(_collapse_doubles(latin.lower()))
    ]
    candidates = (
        _collapse_doubles("".join(candidate))
        for candidate in islice(product(*alternatives), _MAX_SKELETONS)
    )
    shortest = 1 if len(latin) >= _LONG_WORD_LENGTH else _MIN_SKELETON_LENGTH
    return [candidate for candidate in dict.fromkeys(candidates) if len(candidate) >= shortest]


def filter_by_spelling(latin: str, words: Iterable[str]) -> list[str]:
    """Returns those of the folded Devanagari words that the Latin spelling can represent.

    Rare English spellings count only if nothing else matches: ration gives राशन, and रोशन only
    without it.
    """
    matches = [word for word in words if can_spell(latin, word)]
    return [word for word in matches if can_spell(latin, word, english=False)] or matches


def can_spell(latin: str, word: str, *, english: bool = True) -> bool:
    """Returns whether a Latin spelling can represent a folded Devanagari word. `english`: accept
    rare English spellings too.
    """
    spelling = _collapse_doubles(latin.lower())
    mute_e = _MUTE_E.fullmatch(spelling)
    if mute_e and not word.endswith("े") and not _LONG_VOWEL_SIGNS[mute_e[1]].search(word):
        return False
    return bool(_compile_spellings(word, english).fullmatch(spelling))


def _collapse_doubles(text: str) -> str:
    """Writes doubled consonants once."""
    return re.sub(r"([^aeiou])\1+", r"\1", text)


@lru_cache(maxsize=1 << 12)
def _compile_spellings(word: str, english: bool) -> re.Pattern[str]:
    """Compiles a pattern of all Latin spellings of a word. A final e may be silent."""
    word = re.sub(r"([क-ह])्\1", r"\1", word)
    parts = []
    for unit in _DEVANAGARI_UNIT.finditer(word):
        following = word[unit.end() : unit.end() + 1]
        sound = _CLUSTER_SPELLINGS.get(unit[0]) or _SIGN_SPELLINGS.get(unit[0], re.escape(unit[0]))
        if unit[0] in _ENGLISH_ONLY_SPELLINGS and not english:
            sound = _ENGLISH_ONLY_SPELLINGS[unit[0]].sub("", sound)
        parts.append(
            _build_spelling_group(
                sound.replace("|e|", "|") if unit[0] == "ी" and not following else sound
            )
        )
        if (
            "क" <= unit[0][-1] <= "ह"
            and unit[0] != "ांव"
            and following
            and following not in _VOWEL_SIGNS
        ):
            parts.append(_build_spelling_group(_INHERENT_A_SPELLINGS))
    return re.compile("".join(parts) + "(?:e|h)?")


def _build_spelling_group(spellings: str) -> str:
    """Returns the spellings as a regex group, doubled consonants written once."""
    return (
        f"(?:{'|'.join(dict.fromkeys(map(_collapse_doubles, spellings.split('|'))))})"
        if spellings
        else ""
    )
