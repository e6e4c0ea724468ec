"""Detects lines of a page that change without an edit: counters, update times, links to other
stories.
"""

from __future__ import annotations

import re

from khabar.hindi.normalize import tokens

_RELATED_LABELS = frozenset(
    tuple(tokens(words))
    for words in (
        *(
            f"{this} भी {do}"
            for this in "यह ये इसे इन्हें".split()
            for do in "पढ़ें पढ़े पढ़िए देखें देखे जानें".split()
        ),
        "और पढ़ें",
        "आगे पढ़ें",
        "संबंधित खबरें",
        "संबंधित खबर",
        "also read",
        "read also",
        "also watch",
        "read more",
        "related news",
        "related stories",
    )
)
_UPDATE_LABELS = frozenset(
    tokens(
        "अपडेटेड अपडेट संशोधित प्रकाशित पब्लिश"
        " updated update published publish modified last posted edited"
    )
)
_TIME_WORDS = frozenset(
    tokens(
        "सोमवार मंगलवार बुधवार गुरुवार बृहस्पतिवार शुक्रवार शनिवार रविवार"
        " सोम मंगल बुध गुरु शुक्र शनि रवि"
        " जनवरी फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर अक्तूबर नवंबर दिसंबर"
        " जन फर अप्रै जुल अग सितं अक्टू नव दिसं"
        " mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday"
        " jan feb mar apr may jun jul aug sep sept oct nov dec january february march april"
        " june july august september october november december"
        " ist am pm hrs on at date time बजे सुबह दोपहर शाम रात समय तारीख को"
    )
)
_COUNTER_WORDS = frozenset(
    tokens(
        "व्यूज व्यू लाइक लाइक्स शेयर कमेंट कमेंट्स टिप्पणी टिप्पणियां प्रतिक्रियाएं"
        " views view likes like shares share comments comment reads हजार लाख thousand lakh k m"
    )
)
_AGO_WORDS = frozenset(
    tokens("घंटे घंटा मिनट सेकंड दिन पहले hour hours minute minutes min mins second seconds day days ago")
)
_READING_TIME_WORDS = frozenset(tokens("मिनट में पढ़ें min mins minute minutes read"))
_DIGIT = re.compile(r"\d")


def is_volatile_line(line: str) -> bool:
    """Returns whether a line may change without an edit: it links to another story, or contains
    only a label, numbers and a time.
    """
    words = tokens(line)
    if any(tuple(words[:count]) in _RELATED_LABELS for count in (2, 3)):
        return True
    label_words = [word for word in words if not _DIGIT.search(word)]
    if len(label_words) == len(words):
        return False
    if words[0] in _UPDATE_LABELS:
        return all(word in _TIME_WORDS or word in _UPDATE_LABELS for word in label_words)
    return bool(label_words) and any(
        vocabulary.issuperset(label_words)
        for vocabulary in (_COUNTER_WORDS, _AGO_WORDS, _READING_TIME_WORDS)
    )
