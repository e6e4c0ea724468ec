"""An archive of articles on six subjects, with vectors: each subject has words of its own."""

from __future__ import annotations

from pathlib import Path
from random import Random

from archive_fixtures import HOME, ArchiveBuilder, article, source

SUBJECTS = {
    "canal": "नहर पानी सिंचाई गाद फाटक किसान धान खेत बाँध जलाशय पंप नाली बुवाई रबी खरीफ मेड़ बहाव कुआँ",
    "cricket": "मैच विकेट गेंदबाज़ बल्लेबाज़ शतक ओवर पारी कप्तान मैदान टॉस चौका छक्का अंपायर पिच रन टीम सीरीज़ कैच",
    "school": "विद्यालय शिक्षक छात्र परीक्षा पाठ्यक्रम कक्षा किताब बोर्ड अंक नकल छात्रवृत्ति प्रवेश शुल्क पुस्तकालय वर्दी घंटी खेलकूद प्राचार्य",
    "hospital": "अस्पताल डॉक्टर मरीज़ दवा टीका बुखार जाँच नर्स ऑपरेशन एंबुलेंस बिस्तर डेंगू रक्त वार्ड इलाज पर्ची महामारी ओपीडी",
    "court": "अदालत न्यायाधीश वकील ज़मानत याचिका फैसला गवाह आरोपी सुनवाई दोषी सज़ा धारा मुकदमा अपील दलील पुलिस हलफ़नामा आदेश",
    "weather": "बारिश मौसम तापमान आँधी बादल ओलावृष्टि कोहरा ठंड लू मानसून चेतावनी बिजली नमी हवा पारा डिग्री बौछार शीतलहर",
}
COMMON = "नगर में रविवार को लोगों ने बताया कि यह काम अब जारी है और इसका असर सब पर होगा".split()
EACH = 12  # articles of a subject


def words_of(subject: str, number: int, count: int = 120) -> str:
    """The text of an article: words of its subject among those of all."""
    chance = Random(f"{subject} {number}")  # the same in every process
    own = SUBJECTS[subject].split()
    return " ".join(chance.choice(own if chance.random() < 0.6 else COMMON) for _ in range(count))


def url_of(subject: str, number: int) -> str:
    return f"{HOME}/news/{subject}-{number}"


def fill(desk: ArchiveBuilder, each: int = EACH) -> ArchiveBuilder:
    """The articles of all subjects, those of odd numbers in a second source."""
    desk.add(source("pratilipi"))
    for number in range(each):
        for subject in SUBJECTS:
            told = article(
                url_of(subject, number).replace("kagaz", ("kagaz", "pratilipi")[number % 2]),
                words_of(subject, number),
                title=f"{SUBJECTS[subject].split()[number % 18]} {number}",
                published_at=f"2026-11-{number + 1:02}T10:00:00+05:30",
            )
            desk.read(told, key=("kagaz", "pratilipi")[number % 2])
    return desk


def subject_of(url: str) -> str:
    return url.rsplit("/", 1)[1].split("-")[0]


def make_archive(folder: Path) -> ArchiveBuilder:
    return fill(ArchiveBuilder(folder / "archive.db"))


STUB = '''"""Stands in for model2vec: reads weights from the folder, calls no other code of it."""
import json
from pathlib import Path
import numpy as np

class StaticModel:
    def __init__(self, words): self.words = words
    @classmethod
    def from_pretrained(cls, path):
        return cls(json.loads((Path(path) / "words.json").read_text(encoding="utf-8")))
    def encode(self, texts):
        return np.array([[text.count(word) - 0.5 for word in self.words] for text in texts], np.float32)
'''
