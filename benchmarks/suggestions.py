"""How well "did you mean" corrects planted errors, and how often it mistakes a right word:
`python -m benchmarks suggestions [SEED]`. An archive of the shared texts, two minutes.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlite_utils import Database

from benchmarks.near_duplicates import TEXTS
from commands.terminal import format_table
from khabar.archive import open_archive
from khabar.archive.search import build_match, suggest_query
from khabar.hindi.normalize import fold_word, tokens

ERRORS = 400
RIGHT_WORDS = 400
MIN_USES, MIN_LENGTH = 8, 4  # articles and letters of a word in which an error is planted
_SIGNS = "ािीुूेैोौंँ"
_LETTERS = "कखगघचछजटठडतथदधनपफबभमयरलवशषसह"
# Latin spellings of what the texts are about.
LATIN = """modi adityanath kejriwal rahul gandhi lucknow kanpur varanasi prayagraj gorakhpur bihar
    patna nitish mumbai maharashtra delhi haryana rajasthan jaipur raipur madhya bhopal ranchi soren
    uttarakhand dehradun himachal shimla kashmir srinagar chunav sarkar pradhanmantri sansad police
    barish garmi mausam kisan andolan rojgar bharti pariksha vidyarthi shiksha yojana bijli hadsa
    akhilesh mayawati priyanka sonia rajnath pakistan""".split()


def main(seed: str = "1") -> None:
    """Plants the errors, asks for suggestions and prints the shares that are right."""
    if not TEXTS.exists():
        sys.exit("bench suggestions: ../shared/texts is absent: the texts are not on this machine")
    chance = random.Random(int(seed))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.db"
        command = [sys.executable, "-m", "commands", "--archive", str(path), "import", str(TEXTS)]
        maps = ["--map", "text=full_text", "--map", "published_at=date"]
        subprocess.run([*command, *maps], check=False, stdout=subprocess.DEVNULL)
        with open_archive(path) as archive:
            rows = list(_measure(archive.db, chance))
    names = ("what", "tried", "right first", "nothing", "another", "CPU ms")
    sys.stdout.write(
        "\n".join(format_table([dict(zip(names, row, strict=True)) for row in rows], None)) + "\n"
    )


def _measure(db: Database, chance: random.Random) -> list[list[object]]:
    uses = Counter(
        word
        for (text,) in db.execute("select text from articles")
        for word in set(tokens(text))
        if len(word) >= MIN_LENGTH and all("\u0904" <= char <= "\u094d" for char in word)
    )
    known = sorted(word for word, count in uses.items() if count >= MIN_USES)
    long_words = [word for word in known if len(word) > MIN_LENGTH + 1]
    latin = [word for word in LATIN if _count_hits(db, word) >= MIN_USES]
    rare = sorted(word for word, count in uses.items() if count <= 2)
    plants = [
        ("an error in a word", known, _plant_hindi),
        ("… of six letters or more", long_words, _plant_hindi),
        ("an error in a Latin word", latin, _plant_latin),
    ]
    rows = [_measure_errors(db, chance, *plant) for plant in plants]
    false = [word for word in chance.sample(rare, RIGHT_WORDS) if suggest_query(db, word, 0)]
    share = f"{len(false) / RIGHT_WORDS:.1%}"
    return [*rows, ["a right word of one or two articles", RIGHT_WORDS, "", "", share, ""]]


def _measure_errors(
    db: Database,
    chance: random.Random,
    what: str,
    words: Sequence[str],
    plant: Callable[[random.Random, str], str],
) -> list[object]:
    right = nothing = tried = 0
    seconds = 0.0
    while tried < ERRORS:
        word = chance.choice(words)
        typed = plant(chance, word)
        if typed == word or _count_hits(db, typed):
            continue  # another word, or the same to search
        tried += 1
        begin = time.process_time()
        suggestion = suggest_query(db, typed, 0)
        seconds += time.process_time() - begin
        if suggestion is None:
            nothing += 1
        else:
            found = build_match(db, suggestion.query)
            wanted = fold_word(word) if not word.isascii() else build_match(db, word)
            right += wanted in found if not word.isascii() else found == wanted
    other = tried - right - nothing
    shares = [f"{count / tried:.1%}" for count in (right, nothing, other)]
    return [what, tried, *shares, f"{1000 * seconds / tried:.1f}"]


def _count_hits(db: Database, word: str) -> int:
    match = build_match(db, word)
    sql = "select count(*) from articles_fts where articles_fts match ?"
    return int(db.execute(sql, [match]).fetchone()[0]) if match else 0


def _plant_hindi(chance: random.Random, word: str) -> str:
    """Returns the word with a letter, sign or halant less, more, other, or in another place."""
    i = chance.randrange(1, len(word))
    letters = _SIGNS if word[i] in _SIGNS else _LETTERS
    return chance.choice(
        [
            word[:i] + word[i + 1 :],
            word[:i] + chance.choice(letters) + word[i + 1 :],
            word[:i] + chance.choice(_SIGNS + _LETTERS) + word[i:],
            word[:i] + word[i + 1 : i + 2] + word[i] + word[i + 2 :],
            word.replace("्", "", 1),
        ]
    )


def _plant_latin(chance: random.Random, word: str) -> str:
    i = chance.randrange(1, len(word))
    letter = chance.choice("abcdefghijklmnoprstuvy")
    return chance.choice(
        [
            word[:i] + word[i + 1 :],
            word[:i] + letter + word[i + 1 :],
            word[:i] + letter + word[i:],
            word[:i] + word[i + 1 : i + 2] + word[i] + word[i + 2 :],
        ]
    )
