"""Suggests another spelling for a query that finds next to nothing: "did you mean".

A word with hardly any hits is compared with all words of the archive that differ by one letter,
sign or transposition, in Devanagari, or by one Latin letter in what a Latin spelling sounds like.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from math import log

from sqlite_utils import Database

from khabar.archive.search.hits import FIELDS, MARK_END, MARK_START, build_match, open_vocabulary
from khabar.archive.search.vocabulary import ArchiveVocabulary
from khabar.hindi.aliases import ALIAS_GROUPS
from khabar.hindi.loanwords import build_latin_skeletons, can_spell
from khabar.hindi.normalize import fold_word, normalize_spelling
from khabar.hindi.query_parser import parse_query
from khabar.hindi.transliterate import build_roman_keys, romanize

# A query with more hits is taken for right; chosen by hand.
MAX_HITS = 2
# A word that finds anything may be rare and right: another one is suggested only if both are so
# long, differ by a sign, and the other has so many times the uses. Measured in
# benchmarks/suggestions.py.
MIN_KNOWN_LENGTH, MAX_KNOWN_COST, MIN_KNOWN_RATIO = 7, 0.7, 100
MIN_USES = 3  # articles that have a suggested word; a word of fewer may be an error itself
_MAX_USES = 1000  # up to which uses are counted
_MAX_ALIKE = 12  # Latin edits with the same consonants that are tried in English spelling
_MAX_COUNTED = 40  # candidates whose uses are counted
_MIN_LENGTH, _MAX_LENGTH = 3, 30  # letters of a word that is corrected
_LETTERS = "अआइउएऐओऔकखगघचछजझटठडढणतथदधनपफबभमयरलवशषसहळ"
_SIGNS = "ािीुूृेैोौंः्ँॉ"
_HALANT = "्"
_LATIN = "abcdefghijklmnopqrstuvwxyz"
# Letters that are taken for each other, by ear or by eye.
_ALIKE = ("कख", "गघ", "चछ", "जझ", "टठतथ", "डढदध", "नण", "पफ", "बभव", "शषस", "इए", "उओ", "अआ")
_TWINS = {frozenset((first, second)) for group in _ALIKE for first in group for second in group}
_TWIN_SIGNS = {frozenset(pair) for pair in ("िी", "ुू", "ेै", "ोौ", "ंँ", "ृु")}
_MARKS = "ं्ँ"  # the signs that are left out most often
# What an edit of the typed word costs, against the logarithm of the other word's uses. Tuned on
# planted errors in words of 5,416 real articles and measured on others (benchmarks/suggestions.py).
_ADD_MARK, _ADD_SIGN, _DROP_SIGN, _OTHER_SIGN, _TWIN_SIGN = 0.5, 0.6, 1.2, 0.9, 0.7
_ADD_LETTER, _DROP_LETTER, _DROP_DOUBLE, _OTHER_LETTER, _TWIN_LETTER = 0.7, 0.9, 0.6, 1.2, 0.9
_SWAP, _LATIN_SWAP = 0.9, 0.4
_FIRST = 1.0  # more for an edit of the first letter
_COST_WEIGHT = 15.0
_LATIN_COST_WEIGHT = 3.0
_UNLIKE = 4.0  # what a Latin spelling costs that has nothing of the usual one
_SHORTER_WEIGHT = 5.0  # for each letter by which the other word is shorter


@dataclass(frozen=True, slots=True)
class SpellingSuggestion:
    """A query with other words: as it is shown, and the words that were replaced → by what."""

    query: str
    replaced: dict[str, str]


def suggest_query(db: Database, query: str, hits: int) -> SpellingSuggestion | None:
    """Returns the query with its misspelt words replaced; None if `hits`, the number of hits, is
    above MAX_HITS, or if no other word is likelier.
    """
    if hits > MAX_HITS:
        return None
    vocabulary = open_vocabulary(db.conn)
    clauses, _ = parse_query(query, FIELDS)
    replaced: dict[str, str] = {}
    for term in (term for clause in clauses for term in clause):
        typed = term.words[0]
        if not term.is_plain_word or not _MIN_LENGTH <= len(typed) <= _MAX_LENGTH:
            continue
        if other := _find_likelier(db, vocabulary, typed):
            replaced[typed] = other
    words = [_replace_word(word, replaced) for word in query.split()]
    # A word beside punctuation (foo:बारिश) stays as it is.
    return SpellingSuggestion(" ".join(words), replaced) if words != query.split() else None


def _replace_word(word: str, replaced: dict[str, str]) -> str:
    return replaced.get(normalize_spelling(word), replaced.get(word.lower(), word))


def _find_likelier(db: Database, vocabulary: ArchiveVocabulary, typed: str) -> str | None:
    """Returns the word that was probably meant, as the archive writes it (a Latin one as it is
    typed with one letter changed); None if the typed one is as likely.
    """
    hits = _count_hits(db, typed)
    is_latin = typed.isascii()
    if hits > MAX_HITS or (is_latin and not typed.isalpha()):
        return None
    costs: dict[str, float] = {}
    for edit, cost in _edit_latin(typed) if is_latin else _edit_hindi(typed):
        costs[edit] = min(cost, costs.get(edit, cost))
    names = _list_latin_names(vocabulary) if is_latin else {}
    known = _find_latin(vocabulary, costs, names) if is_latin else _find_hindi(vocabulary, costs)
    known.pop(fold_word(typed), None)
    weight = _LATIN_COST_WEIGHT if is_latin else _COST_WEIGHT
    scored = sorted(
        (min(costs[edit] + _weigh_edit(edit, word, names) for edit in edits), word)
        for word, edits in known.items()
    )
    best: tuple[float, str] | None = None
    for cost, word in scored[:_MAX_COUNTED]:
        uses = vocabulary.count_uses(word, _MAX_USES)
        if uses < MIN_USES or (hits and not _is_clear_error(typed, cost, uses, hits)):
            continue
        shorter = 0 if is_latin else max(0, len(typed) - len(word))
        score = log(uses) - weight * cost - _SHORTER_WEIGHT * shorter
        if best is None or score > best[0]:
            best = score, word
    if best is None:
        return None
    written = find_written_word(db, best[1])
    if not is_latin:
        return written
    return min(
        known[best[1]], key=lambda edit: (_weigh_edit(edit, written, names), costs[edit], edit)
    )


def _is_clear_error(typed: str, cost: float, uses: int, hits: int) -> bool:
    """Whether a word that some article has is another one misspelt."""
    return (
        len(typed) >= MIN_KNOWN_LENGTH and cost <= MAX_KNOWN_COST and uses >= MIN_KNOWN_RATIO * hits
    )


def _count_hits(db: Database, word: str) -> int:
    """Returns how many articles a word finds in all its forms, at most MAX_HITS + 1."""
    match = build_match(db, word)
    if not match:
        return MAX_HITS + 1  # nothing to correct
    row = db.execute(
        "select count(*) from (select 1 from articles_fts where articles_fts match ? limit ?)",
        [match, MAX_HITS + 1],
    ).fetchone()
    return int(row[0])


def _find_hindi(vocabulary: ArchiveVocabulary, costs: Mapping[str, float]) -> dict[str, set[str]]:
    """Returns the archive's words among the edited ones → the edits that give each."""
    by_word: dict[str, set[str]] = {}
    for edit in costs:
        # folded after the edit: what folding changes depends on neighbours
        by_word.setdefault(fold_word(edit), set()).add(edit)
    return {word: by_word[word] for word in vocabulary.filter_known(by_word)}


def _find_latin(
    vocabulary: ArchiveVocabulary, costs: Mapping[str, float], names: Mapping[str, Sequence[str]]
) -> dict[str, set[str]]:
    """Returns the archive's words that sound like an edited Latin word, that it spells in English,
    or that it is a name of → the edits that give each. `costs`: of the edits; `names`: see
    `_list_latin_names`.
    """
    by_key: dict[str, set[str]] = {}
    by_skeleton: dict[str, list[str]] = {}
    for edit in sorted(costs, key=lambda edit: (costs[edit], edit)):
        for key in build_roman_keys(edit):
            by_key.setdefault(key, set()).add(edit)
        for skeleton in build_latin_skeletons(edit) if costs[edit] < _OTHER_LETTER else ():
            by_skeleton.setdefault(skeleton, []).append(edit)
    found: dict[str, set[str]] = {}
    for key, word in vocabulary.find_all_by_sound(by_key):
        found.setdefault(word, set()).update(by_key[key])
    for skeleton, word in vocabulary.find_all_by_skeleton(by_skeleton):
        likely = by_skeleton[skeleton][:_MAX_ALIKE]  # they differ in vowels only
        if spelt := {edit for edit in likely if can_spell(edit, word)}:
            found.setdefault(word, set()).update(spelt)
    for name, words in names.items():
        for word in vocabulary.filter_known(words) if name in costs else ():
            found.setdefault(word, set()).add(name)
    return found


def _list_latin_names(vocabulary: ArchiveVocabulary) -> dict[str, list[str]]:
    """Returns each Latin name of one word in the alias tables → the folded Devanagari words that
    name the same.
    """
    by_name: dict[str, list[str]] = {}
    for group in (*ALIAS_GROUPS, *vocabulary.alias_groups()):
        words = [name for name in group if " " not in name]
        hindi = [fold_word(name) for name in words if not name.isascii()]
        by_name.update((name.lower(), hindi) for name in words if name.isascii())
    return by_name


def _weigh_edit(edit: str, word: str, names: Mapping[str, Sequence[str]]) -> float:
    """Returns how unlike a Latin edit is to the usual Latin spelling of a Devanagari word: a number
    from 0 to _UNLIKE. 0 for a Devanagari edit.
    """
    if not edit.isascii() or fold_word(word) in names.get(edit, ()):
        return 0.0
    usual = romanize(word).replace("w", "v")
    likeness = SequenceMatcher(None, edit.replace("w", "v"), usual, autojunk=False).ratio()
    return _UNLIKE * (1 - likeness)


def _edit_hindi(word: str) -> Iterator[tuple[str, float]]:
    """Yields (word, cost) of each word that differs by one letter, sign or transposition."""
    for i in range(len(word) + 1):
        head, tail = word[:i], word[i:]
        first = _FIRST if i == 0 else 0.0
        for mark in _SIGNS:
            yield head + mark + tail, (_ADD_MARK if mark in _MARKS else _ADD_SIGN) + first
        for letter in _LETTERS:
            yield head + letter + tail, _ADD_LETTER + first
        if not tail:
            return
        typed, rest = tail[0], tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + typed + tail[2:], _SWAP + first
        if typed in _SIGNS:
            yield head + rest, _DROP_SIGN + first
            for sign in _SIGNS:
                is_twin = frozenset((sign, typed)) in _TWIN_SIGNS
                yield head + sign + rest, (_TWIN_SIGN if is_twin else _OTHER_SIGN) + first
        else:
            is_double = typed in (head[-1:], tail[1:2])
            yield head + rest, (_DROP_DOUBLE if is_double else _DROP_LETTER) + first
            yield head + _HALANT + rest, _OTHER_LETTER + first
            for letter in _LETTERS:
                is_twin = frozenset((letter, typed)) in _TWINS
                yield head + letter + rest, (_TWIN_LETTER if is_twin else _OTHER_LETTER) + first


def _edit_latin(word: str) -> Iterator[tuple[str, float]]:
    """Yields (word, cost) of each Latin word that differs by one letter or transposition."""
    for i in range(len(word) + 1):
        head, tail = word[:i], word[i:]
        first = _FIRST if i == 0 else 0.0
        for letter in _LATIN:
            is_double = letter in (head[-1:], tail[:1]) or letter == "h"
            yield head + letter + tail, (_DROP_DOUBLE if is_double else _ADD_LETTER) + first
        if not tail:
            return
        is_double = tail[0] in (head[-1:], tail[1:2])
        yield head + tail[1:], (_DROP_DOUBLE if is_double else _DROP_LETTER) + first
        for letter in _LATIN:
            yield head + letter + tail[1:], _OTHER_LETTER + first
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:], _LATIN_SWAP + first


def find_written_word(db: Database, word: str) -> str:
    """Returns a folded word as the newest articles that have it write it most often."""
    quoted = word.replace('"', '""')
    rows = db.execute(
        f"""select {
            ", ".join(f"highlight(articles_fts, {column}, :start, :end)" for column in range(2))
        } from articles_fts where articles_fts match :match
        order by rowid desc limit 5""",  # noqa: S608  (constants)
        {"match": f'"{quoted}"', "start": MARK_START, "end": MARK_END},
    )
    counts: dict[str, int] = {}
    for texts in rows:
        for text in texts:
            for part in (text or "").split(MARK_START)[1:]:
                written = part.partition(MARK_END)[0]
                counts[written] = counts.get(written, 0) + 1
    return max(counts, key=lambda written: counts[written], default=word)
