"""Synthetic agency copy for tests and benchmarks of stories, and the edits that newspapers make to
it.
"""

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
VERBS = (
    "कहा बताया किया हुआ मिला पहुँचा सौंपा रखा लिया दिया चलाया रोका बनाया हटाया जोड़ा देखा माँगा लौटाया"
).split()


def make_sentence(rng: random.Random) -> str:
    """Returns a random sentence of about 16 words."""
    words = []
    for _ in range(rng.randint(5, 8)):
        words += [rng.choice(STEMS) + rng.choice(ENDINGS), rng.choice(LINKS)]
    return " ".join([*words[:-1], rng.choice(VERBS), "है।"])


def make_paragraph(rng: random.Random, sentences: int = 3) -> str:
    return " ".join(make_sentence(rng) for _ in range(sentences))


def make_story(seed: int | str, paragraphs: int = 9) -> list[str]:
    """Returns a story's paragraphs, about 440 words in all; the first starts with a dateline."""
    rng = random.Random(f"story {seed}")
    texts = [make_paragraph(rng) for _ in range(paragraphs)]
    return [f"नई दिल्ली, {rng.randint(1, 28)} नवंबर (भाषा) {texts[0]}", *texts[1:]]


def _rewrite_share(share: float) -> Callable[[Sequence[str], random.Random], list[str]]:
    """Returns an edit that replaces this share of all sentences."""

    def edit(paragraphs: Sequence[str], rng: random.Random) -> list[str]:
        spots = [
            (index, n) for index, text in enumerate(paragraphs) for n in range(text.count("।"))
        ]
        selection = set(rng.sample(spots, round(share * len(spots))))
        parts = [text.split("।") for text in paragraphs]
        return [
            "।".join(
                make_sentence(rng)[:-1] if (index, n) in selection else words
                for n, words in enumerate(text)
            )
            for index, text in enumerate(parts)
        ]

    return edit


def _respell_paragraphs(paragraphs: Sequence[str], rng: random.Random) -> list[str]:
    """Changes the spelling as other papers do: no nukta, anusvara for chandrabindu, joiners."""
    return [
        text.replace("़", "").replace("ँ", "ं").replace("क्ष", "क्\u200dष").replace("न्", "न्\u200d")
        for text in paragraphs
    ]


def _shuffle_paragraphs(paragraphs: Sequence[str], rng: random.Random) -> list[str]:
    return rng.sample(list(paragraphs), len(paragraphs))


# Edits of a copy: name → function.
EDITS: dict[str, Callable[[Sequence[str], random.Random], list[str]]] = {
    "same words": lambda paragraphs, rng: list(paragraphs),
    "headline": lambda paragraphs, rng: [make_sentence(rng), *paragraphs],
    "dateline": lambda paragraphs, rng: [
        f"लखनऊ। {paragraphs[0].partition(') ')[2]}",
        *paragraphs[1:],
    ],
    "paragraphs reordered": _shuffle_paragraphs,
    "10 % rewritten": _rewrite_share(0.1),
    "30 % rewritten": _rewrite_share(0.3),
    "50 % rewritten": _rewrite_share(0.5),
    "cut in half": lambda paragraphs, rng: list(paragraphs[: (len(paragraphs) + 1) // 2]),
    "130 words added": lambda paragraphs, rng: [*paragraphs, make_paragraph(rng, 8)],
    "spelling": _respell_paragraphs,
}


def make_copy(seed: int | str, edit: str) -> list[str]:
    """Returns a story after one edit of EDITS; the same for the same arguments."""
    return EDITS[edit](make_story(seed), random.Random(f"{edit} {seed}"))
