"""Which language a text is in, in our own sentences."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khabar.hindi import language_models
from khabar.hindi.language import (
    Language,
    compute_devanagari_share,
    detect_article_language,
    detect_language,
)

HINDI = "नगर निगम ने शनिवार को नई पानी की टंकी का उद्घाटन किया, जिससे पंद्रह मोहल्लों को रोज पानी मिलेगा।"
ENGLISH = (
    "Subscribe to our newsletter and follow us for the latest updates from your city every morning."
)

TEXTS = {
    "hi": [
        HINDI,
        f"{HINDI} {ENGLISH[:40]}",
        f"{HINDI * 3} {ENGLISH}",
        "फोन में 8GB RAM और 128GB storage है, साथ में AMOLED display और 5000mAh battery भी दी गई है, कीमत 15,999 रुपये है।",
        "बारिश थम गई, नदी उतर रही है और लोग अपने घरों को लौट रहे हैं।",
        "\x00\x01गांव में आज बिजली नहीं थी, इसलिए लोग परेशान रहे\ud800\uffff",
    ],
    "mr": [
        "महानगरपालिकेने शनिवारी नवीन पाण्याच्या टाकीचे उद्घाटन केले आणि त्यामुळे पंधरा वस्त्यांना रोज पाणी मिळेल."
    ],
    "ne": ["नगरपालिकाले शनिबार नयाँ पानी ट्याङ्कीको उद्घाटन गर्‍यो र अब पन्ध्र टोलले दिनहुँ पानी पाउनेछन्।"],
    "bh": ["गाँव में आजु बिजुरी नइखे, एहसे लोग परेसान बा आ सभे कहत बा कि जल्दी ठीक होखे के चाहीं।"],
    "sa": ["सर्वे भवन्तु सुखिनः सर्वे सन्तु निरामयाः। ग्रामे जनाः जलं पिबन्ति वृक्षान् च रोपयन्ति।"],
    "en": [ENGLISH, f"{ENGLISH} {ENGLISH} {HINDI[:20]}"],
    "ur": ["شہر میں آج بارش ہوئی اور لوگ بہت خوش تھے کیونکہ گرمی کم ہو گئی۔"],
    "bn": ["শহরে আজ বৃষ্টি হয়েছে এবং মানুষ খুব খুশি কারণ গরম কমে গেছে।"],
    "de": [
        "Die Stadt hat am Samstag einen neuen Brunnen eröffnet, und viele Leute kamen zum Fest."
    ],
}


@pytest.fixture(params=["cld2", "cld3"], autouse=True)
def _model(request, monkeypatch) -> None:
    """Each law holds for both models: for CLD2, and for CLD3, which stands in where CLD2 has no wheel."""
    pytest.importorskip({"cld2": "pycld2", "cld3": "gcld3"}[request.param])
    if request.param == "cld3":
        monkeypatch.setattr(language_models, "pycld2", None)
    assert language_models.choose_model().__name__ == f"guess_by_{request.param}"


@pytest.mark.parametrize(
    ("code", "text"), [(code, text) for code, texts in TEXTS.items() for text in texts]
)
def test_language(code: str, text: str) -> None:
    found = detect_language(text)
    assert found.code == code
    assert code in dict(found.shares)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "हिंदी",
        "नया पुल",
        "12345 67890 ₹500 !!!",
        "Nagar nigam ne shanivar ko nayi pani ki tanki ka udghatan kiya, ab pandrah mohallon ko roz pani milega.",
        "Dosto aaj hum aapko batayenge ki garmi mein kya khana chahiye aur kya nahin, isliye poora zaroor padhiye.",
    ],
)
def test_unknown(text: str) -> None:
    """Too little text, and Hindi in Latin letters: better unknown than guessed."""
    assert detect_language(text).code is None


def test_shares_of_a_mixed_page() -> None:
    shares = dict(detect_language(f"{HINDI * 3} {ENGLISH}").shares)
    assert shares["hi"] > shares["en"] > 0.05
    assert sum(shares.values()) <= 1.01


@pytest.mark.parametrize(
    ("text", "share"),
    [("", 0.0), ("123 ।", 0.0), ("abcd", 0.0), ("कखगघ", 1.0), ("कख ab", 0.5), ("हिंदी", 1.0)],
)
def test_devanagari_share(text: str, share: float) -> None:
    assert compute_devanagari_share(text) == share


@given(st.text(st.characters(exclude_categories=())))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_breaks_it(text: str) -> None:
    assert isinstance(detect_language(text * 3), Language)


@pytest.mark.shared
def test_it_agrees_on_real_articles(shared: Path) -> None:
    """Every twentieth; all 5,434 are Hindi to both models (docs/platforms.md)."""
    with gzip.open(shared / "texts" / "articles_hi.jsonl.gz", "rt", encoding="utf-8") as lines:
        articles = [json.loads(line) for line in islice(lines, 0, None, 20)]
    assert len(articles) > 200
    found = Counter(
        detect_article_language(one["title"], one["full_text"]).code for one in articles
    )
    assert found == {"hi": len(articles)}
