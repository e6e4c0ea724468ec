"""Pictures of an article: which are one, at which address, with which caption and credit."""

from __future__ import annotations

from datetime import UTC, datetime
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.extraction import read_html
from khabar.extraction.image_credits import split_credit
from khabar.extraction.picture_urls import is_same_file, split_srcset
from khabar.model.items import Article

SITE = "https://www.kosikhabar.test"
NOW = datetime(2026, 11, 29, tzinfo=UTC)
TITLE = "कोसी के तटबंध पर बना पैदल पुल, तीन टोलों को राहत"
STORY = (
    "सुपौल। कोसी के तटबंध पर बना पैदल पुल शनिवार को खोल दिया गया, जिससे तीन टोलों के लोग स्कूल और बाजार जा सकेंगे।",
    "पंचायत के मुखिया ने बताया कि बरसात में लोगों को नाव से नदी पार करनी पड़ती थी और कई बार हादसे हो चुके हैं।",
    "कनीय अभियंता के मुताबिक पुल की मजबूती की जांच हर साल होगी और मरम्मत का खर्च विभाग देगा।",
    "टोले की महिलाओं ने कहा कि अब बच्चे रोज स्कूल जा पाएंगे और बीमार लोगों को अस्पताल ले जाना आसान होगा।",
)
WORDS = "पुल पार करते बच्चे"


def read(inner: str, above: str = "", head: str = "") -> Article:
    html = (
        f"<html><head><title>{TITLE}</title>{head}</head><body><article><h1>{TITLE}</h1>{above}"
        f'<div class="story"><p>{STORY[0]}</p><p>{STORY[1]}</p>{inner}'
        f"<p>{STORY[2]}</p><p>{STORY[3]}</p></div></article></body></html>"
    )
    article = read_html(html, f"{SITE}/bihar/pul-4711.html", NOW)
    assert [block.text for block in article.blocks if block.text] == list(STORY)
    return article


def pictures(article: Article) -> list[str]:
    return [image.url.removeprefix(SITE) for image in article.images]


@pytest.mark.parametrize(
    "name",
    ["avatar-fire-and-ash", "pixel-10-pro", "clock-tower-agra", "logo-unveiled", "icon-of-the-year"]
    + ["ads-ban-order", "emoji-day-2026", "blank-cheque", "bank-loan-default", "placeholder-bill"],
)
@pytest.mark.parametrize(
    "form",
    [
        '<figure><img src="/u/{}.jpg" width="800"></figure>',
        '<p><img src="/u/{}.jpg"></p>',
        '<div><img data-src="/u/{}.jpg" src="data:image/gif;base64,R0lGOD"></div>',
    ],
)
def test_no_word_of_a_file_name_removes_a_picture(name: str, form: str) -> None:
    assert pictures(read(form.format(name))) == [f"/u/{name}.jpg"]
    head = f'<meta property="og:image" content="/u/{name}.jpg">'
    lead = read("", head=head).lead_image
    assert lead is not None and lead.url == f"{SITE}/u/{name}.jpg"


@pytest.mark.parametrize(
    "inner",
    [
        '<p><img src="/u/logo.png"></p>',
        '<p><img src="/u/kosikhabar_logo-1200x800.jpg"></p>',
        '<p><img src="/u/share.svg"></p>',
        '<p><img src="/static/icons/bell.png"></p>',
        '<p><img src="/static/sprite.png"></p>',
        '<p><img src="/u/pul.jpg" width="1" height="1"></p>',
        '<p><img src="/u/pul.jpg" style="position:absolute; width:1px; height:1px"></p>',
        '<p><img class="lazy" src="/static/placeholder.jpg" width="800"></p>',
        '<p><img src="data:image/png;base64,iVBORw0KGgo"></p>',
        '<div class="writer-info"><img src="/u/sohan.jpg" width="120" height="120"></div>',
        '<p><a href="/bihar/pul-ka-kaam"><img src="/u/pul-ka-kaam.jpg"></a></p>',
        '<p><a href="/photo-gallery/mela"><img src="/u/chitra-7.jpg"></a></p>',
        '<p><a class="lightbox" href="/attachment/9/"><img src="/u/chitra-7.jpg"></a></p>',
    ],
)
def test_icons_trackers_stand_ins_and_teasers_are_no_pictures(inner: str) -> None:
    assert pictures(read(inner)) == []


@pytest.mark.parametrize(
    ("inner", "url"),
    [
        ('<img src="/u/logo.png" width="640">', "/u/logo.png"),
        (f'<figure><img src="/u/logo.png"><figcaption>{WORDS}</figcaption></figure>', "/u/logo.png"),
        (f'<div><img src="/u/map.svg"><p class="caption">{WORDS}</p></div>', "/u/map.svg"),
        ('<figure><img src="/u/seats.svg" width="700"></figure>', "/u/seats.svg"),
        ('<img src="/u/pul.jpg" width="50%">', "/u/pul.jpg"),
        ('<img data-src="/u/kosikhabar_logo-1200x800.jpg" src="/u/pul.jpg">', "/u/pul.jpg"),
        ('<img src="/u/placeholder.png" width="800" data-src="/u/pul.jpg">', "/u/pul.jpg"),
        ('<figure><img src="/u/placeholder.png" width="800"><img src="/u/pul.jpg"></figure>', "/u/pul.jpg"),
        ('<img src="/u/a.jpg" srcset="/u/a.jpg 300w,/u/c.jpg 1200w, /u/b.jpg 600w">', "/u/c.jpg"),
        ('<img src="/u/a.jpg" srcset="/u/a.jpg, /u/b.jpg 2x">', "/u/b.jpg"),
        ('<img src="/u/a.jpg" width="900" srcset="/u/b.jpg 300w">', "/u/a.jpg"),
        ('<img src="/u/a.jpg" srcset="data:image/gif;base64,AA 2000w">', "/u/a.jpg"),
        ('<picture><source srcset="/u/b.webp 1600w"><source srcset="/u/c.jpg 400w"><img src="/u/a.jpg"></picture>', "/u/b.webp"),
        ('<a rel="nofollow" href="/view-photo/12"><img src="/u/pul.jpg"></a>', "/u/pul.jpg"),
        ('<a href="/photos/sundar-pul/"><img src="/u/sundar-pul.jpg"></a>', "/u/sundar-pul.jpg"),
        ('<a data-fancybox href="/attachment/sundar-pul/"><img src="/u/sundar-pul.jpg"></a>', "/u/sundar-pul.jpg"),
        ('<img src=" /u/Kosi Pul(2).jpg ">', "/u/Kosi%20Pul(2).jpg"),
        ('<img src="/u/पुल.jpg?w=9">', "/u/%E0%A4%AA%E0%A5%81%E0%A4%B2.jpg?w=9"),
    ],
)  # fmt: skip
def test_address_of_a_picture(inner: str, url: str) -> None:
    assert pictures(read(f"<div>{inner}</div>")) == [url]


def test_an_address_that_several_pictures_wait_with_is_none_of_them() -> None:
    inner = "".join(
        f'<figure><img data-src="/u/wait.jpg" src="/u/{name}.jpg"></figure>'
        for name in ("naav", "ghat")
    )
    assert pictures(read(inner)) == ["/u/naav.jpg", "/u/ghat.jpg"]


@pytest.mark.parametrize(
    ("below", "caption", "credit"),
    [
        (f'<p class="sp_cap">{WORDS}</p>', WORDS, None),
        (f'<p class="img-cap">{WORDS}। Photo Credit: PTI</p>', f"{WORDS}।", "PTI"),
        (f'<div class="cptn">{WORDS} (फोटो: मोहन नेगी)</div>', WORDS, "मोहन नेगी"),
        ("<p>Photo Credit: PTI</p>", None, "PTI"),
        ("<p>फोटो: पीटीआई</p>", None, "पीटीआई"),
        ('<p class="photo-credit">Mohan Negi</p>', None, "Mohan Negi"),
        (
            f'<p class="caption">{WORDS}</p><p class="credit">वन विभाग के सौजन्य से</p>',
            WORDS,
            "वन विभाग के सौजन्य से",
        ),
    ],
)
def test_caption_beside_the_picture(below: str, caption: str | None, credit: str | None) -> None:
    article = read(f'<div class="pic"><img src="/u/pul.jpg" width="650"></div>{below}')
    assert [(image.caption, image.credit) for image in article.images] == [(caption, credit)]


@pytest.mark.parametrize("name", ["sp_cap", "drop-cap", "cap"])
def test_a_paragraph_with_a_caption_class_stays_text(name: str) -> None:
    text = "नाविक संघ ने मांग की है कि घाट पर पुरानी नावें भी रहें। उनका कहना है कि बाढ़ में वही काम आती हैं।"
    html = (
        f"<html><head><title>{TITLE}</title></head><body><article><h1>{TITLE}</h1><p>{STORY[0]}</p>"
        f'<img src="/u/pul.jpg" width="650"><p class="{name}">{text}</p><p>{STORY[1]}</p></article>'
    )
    assert text in read_html(html, f"{SITE}/bihar/pul-4711.html", NOW).text


@pytest.mark.parametrize(
    ("line", "caption", "credit"),
    [
        (f"{WORDS} (फोटो: मोहन नेगी)", WORDS, "मोहन नेगी"),
        (f"{WORDS} |Photo | ANI", WORDS, "ANI"),
        (f"{WORDS} Photograph: (OTV)", WORDS, "OTV"),
        (f"{WORDS}। फोटो: पीटीआई", f"{WORDS}।", "पीटीआई"),
        (f"{WORDS} (PTI)", WORDS, "PTI"),
        (f"{WORDS} | ANI", WORDS, "ANI"),
        (f"{WORDS} (PTI Photo)", WORDS, "PTI"),
        (f"{WORDS} AP Photo/John Doe", WORDS, "AP/John Doe"),
        (f"{WORDS}. Photo by Mohan Negi", f"{WORDS}.", "Mohan Negi"),
        (f"{WORDS} Foto: Urs Muster (Keystone)", WORDS, "Urs Muster (Keystone)"),
        (f"{WORDS} [फोटो साभार: इंस्टाग्राम]", WORDS, "इंस्टाग्राम"),
        (f"{WORDS} © वन विभाग", WORDS, "वन विभाग"),
        ("Photo Credit: PTI", "", "PTI"),
        (f"{WORDS} (फाइल फोटो)", f"{WORDS} (फाइल फोटो)", None),
        (f"{WORDS} (सुपौल)", f"{WORDS} (सुपौल)", None),
        ("तस्वीर - पुल पार करते हुए टोले के बच्चे", "तस्वीर - पुल पार करते हुए टोले के बच्चे", None),
        ("फोटो: नाव से उतरते लोग। साथ में नाविक।", "फोटो: नाव से उतरते लोग। साथ में नाविक।", None),
        ("He sent a photo by post to all", "He sent a photo by post to all", None),
    ],
)
def test_split_credit(line: str, caption: str, credit: str | None) -> None:
    assert split_credit(line) == (caption, credit)


@pytest.mark.parametrize("unit", ["(photo ", "फोटो: ", " ", "(", "photo by ", "| ", "© "])
def test_split_credit_takes_linear_time(unit: str) -> None:
    start = process_time()
    split_credit(unit * 200_000)
    assert process_time() - start < 1


@pytest.mark.parametrize(
    ("above", "inner", "kept"),
    [
        ("/u/kosi-pul-1200x675.jpg", "/u/kosi-pul-300x200.jpg", []),
        ("/u/1200/pul.jpg", "/u/300/pul.jpg", []),
        ("/u/1200/pul.jpg", "/u/naav/pul.jpg", ["/u/naav/pul.jpg"]),
        ("/u/kosi-pul.jpg", "/u/kosi-ghat.jpg", ["/u/kosi-ghat.jpg"]),
    ],
)
def test_the_lead_picture_is_not_repeated(above: str, inner: str, kept: list[str]) -> None:
    article = read(
        f'<figure><img src="{inner}"><figcaption>{WORDS}</figcaption></figure>',
        f'<figure><img src="{above}"></figure>',
    )
    assert article.lead_image is not None and article.lead_image.url == SITE + above
    assert pictures(article) == kept
    assert article.lead_image.caption == (None if kept else WORDS)


def test_a_sites_logo_is_no_lead_picture() -> None:
    head = '<meta property="og:image" content="/u/kosikhabar-default-share-1200x630.jpg">'
    assert read("", head=head).lead_image is None


_ADDRESSES = st.from_regex(r"/[a-z]{1,6}(?:,[a-z]{1,3})?\.jpg", fullmatch=True)


@given(
    st.lists(st.tuples(_ADDRESSES, st.integers(1, 4000)), min_size=1), st.sampled_from([", ", ","])
)
def test_split_srcset_returns_each_option(options: list[tuple[str, int]], gap: str) -> None:
    value = gap.join(f"{url} {width}w" for url, width in options)
    assert split_srcset(value) == [(url, f"{width}w") for url, width in options]


@given(st.text(max_size=40), st.text(max_size=40))
def test_is_same_file_is_symmetric(first: str, second: str) -> None:
    one, other = f"{SITE}/u/{first}.jpg", f"{SITE}/u/{second}.jpg"
    assert is_same_file(one, other) == is_same_file(other, one)
