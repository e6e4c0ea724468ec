"""Agency copy of our own making, for the tests and benchmarks of stories, and what desks do to it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

STEMS = """
    नगर परिषद सड़क बिजली पानी अस्पताल विद्यालय छात्र शिक्षक किसान मंडी फसल बारिश पुल रेल बस टिकट यात्री
    पुलिस अदालत वकील गवाह योजना बजट विभाग सचिव मंत्री सांसद विधायक पार्षद चुनाव मतदान बैठक ज्ञापन धरना
    जुलूस मेला खेल टीम कप्तान मैच पदक किताब लेखक मंच गीत कलाकार चित्र शहर गाँव तालाब नहर बाँध पेड़ पशु
    दूध बाज़ार दुकान व्यापारी कर्ज़ बैंक खाता शिकायत जाँच रिपोर्ट सर्वे मकान किराया नौकरी वेतन मज़दूर
    कारख़ाना मशीन तकनीक परीक्षा परिणाम दवा टीका डॉक्टर नर्स
""".split()
ENDINGS = ("", "ों", "ी", "ा", "े", "वाला", "पुर", "गढ़", "नगर", "दार", "कार", "शाला")
LINKS = "ने को से में पर का की के और भी ही कि जो तक लिए साथ बाद पहले फिर अब वहीं".split()
VERBS = "कहा बताया किया हुआ मिला पहुँचा सौंपा रखा लिया दिया चलाया रोका बनाया हटाया जोड़ा देखा माँगा लौटाया".split()


def sentence(rng: random.Random) -> str:
    """About sixteen words, no two alike."""
    words = []
    for _ in range(rng.randint(5, 8)):
        words += [rng.choice(STEMS) + rng.choice(ENDINGS), rng.choice(LINKS)]
    return " ".join([*words[:-1], rng.choice(VERBS), "है।"])


def paragraph(rng: random.Random, sentences: int = 3) -> str:
    return " ".join(sentence(rng) for _ in range(sentences))


def story(seed: int | str, paragraphs: int = 9) -> list[str]:
    """A story's paragraphs, some 440 words in all; its dateline opens the first."""
    rng = random.Random(f"story {seed}")
    told = [paragraph(rng) for _ in range(paragraphs)]
    return [f"नई दिल्ली, {rng.randint(1, 28)} नवंबर (भाषा) {told[0]}", *told[1:]]


def _rewritten(share: float) -> Callable[[Sequence[str], random.Random], list[str]]:
    """So many of all sentences said in other words."""

    def edit(told: Sequence[str], rng: random.Random) -> list[str]:
        spots = [(at, n) for at, one in enumerate(told) for n in range(one.count("।"))]
        chosen = set(rng.sample(spots, round(share * len(spots))))
        parts = [one.split("।") for one in told]
        return [
            "।".join(sentence(rng)[:-1] if (at, n) in chosen else words for n, words in enumerate(one))
            for at, one in enumerate(parts)
        ]

    return edit


def _spelt(told: Sequence[str], rng: random.Random) -> list[str]:
    """As another house spells: no nukta, anusvara for chandrabindu, joiners."""
    return [one.replace("़", "").replace("ँ", "ं").replace("क्ष", "क्\u200dष").replace("न्", "न्\u200d") for one in told]


def _shuffled(told: Sequence[str], rng: random.Random) -> list[str]:
    return rng.sample(list(told), len(told))


# What becomes of a copy: name → edit. Facts' own list, by rule.
EDITS: dict[str, Callable[[Sequence[str], random.Random], list[str]]] = {
    "same words": lambda told, rng: list(told),
    "headline": lambda told, rng: [sentence(rng), *told],
    "dateline": lambda told, rng: [f"लखनऊ। {told[0].partition(') ')[2]}", *told[1:]],
    "paragraphs reordered": _shuffled,
    "10 % rewritten": _rewritten(0.1),
    "30 % rewritten": _rewritten(0.3),
    "50 % rewritten": _rewritten(0.5),
    "cut in half": lambda told, rng: list(told[: (len(told) + 1) // 2]),
    "130 words added": lambda told, rng: [*told, paragraph(rng, 8)],
    "spelling": _spelt,
}


def copy(seed: int | str, edit: str) -> list[str]:
    """A story after a desk had it, the same each time."""
    return EDITS[edit](story(seed), random.Random(f"{edit} {seed}"))
