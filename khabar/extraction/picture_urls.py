"""Chooses the address of a picture: behind lazy loading, in srcset and <source>, no stand-in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Set
from itertools import islice
from operator import itemgetter
from urllib.parse import urlsplit

from khabar.extraction.document import Element, HtmlDocument, split_words
from khabar.model.urls import get_path, normalize_url

LAZY_ATTRIBUTES = split_words(
    "data-src data-original data-lazy-src data-lazy data-url data-image data-img"
)
_ADDRESS_ATTRIBUTES = frozenset(["src", *LAZY_ATTRIBUTES])
SRCSET_ATTRIBUTES = split_words("srcset data-srcset data-lazy-srcset")
# Hosts and addresses that serve only trackers and readers' portraits.
_TRACKERS = ("doubleclick", "scorecardresearch", "facebook.com/tr", "gravatar")
_TRACKER = re.compile("|".join(map(re.escape, _TRACKERS)), re.I)
_URL_PLACEHOLDER = re.compile(r"\$\{\w+\}")  # `${width}` in a URL
_NON_URL_CHARS = re.compile(r"[^\x21-\x7e]|[\"<>\\^`{}]")
_SIZE_SUFFIX = re.compile(r"[-_]\d{2,4}x\d{2,4}(?=\.|$)")
_STYLE_SIZE = re.compile(r"(?:^|;)\s{0,9}(width|height)\s{0,9}:\s{0,9}(\d{1,5})(?:\.\d+)?px", re.I)
_MAX_DIGITS = 5  # of a number of pixels
_PIXELS = re.compile(
    rf"\s{{0,9}}(\d{{1,{_MAX_DIGITS}}})(?:\.\d{{0,5}})?\s{{0,9}}(?:px)?\s{{0,9}}$", re.I
)
_DESCRIPTOR = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)([wx])")  # of a srcset: 640w, 2x
# Words of file names that consist of nothing else: of icons, and of what stands there until the
# picture is loaded.
_STAND_IN_WORDS = frozenset(
    split_words("""
    logo logos icon icons sprite sprites spacer pixel blank placeholder avatar emoji default noimage
    nopreview noimg dummy favicon loading loader transparent clock ad ads 1x1""")
)
_FILLER_WORDS = frozenset(
    split_words("""
    no image images img photo photos pic picture preview thumb thumbnail news site web share social
    og opengraph fb facebook twitter whatsapp app main small big large header footer user gray grey
    white black dark light bg background lazy new final hindi live tv""")
)
_STAND_IN_FOLDERS = frozenset(
    split_words("logo logos icon icons sprite sprites avatar avatars emoji ads placeholder")
)
_NAME_PART = re.compile(r"[^\W\d_]+|\d+(?:x\d+)?")
_NO_IMAGE = re.compile(r"no[-_]?(?:im(?:age|g)|ph?oto|pic|preview|thumb)")
_LAZY_CLASS = re.compile(r"(?:^|[\s_-])(?:lazy|lazyload\w{0,3}|placeholder)(?:$|[\s_-])", re.I)
# Chosen by hand, not measured.
LARGE_PIXELS = 300  # a declared width or height that no icon has
_MAX_SOURCES = 20  # <source> elements of a <picture>
_MAX_FILE_NAME = 200  # characters; a longer one is no stand-in's
_MIN_HOST_WORD = 3  # letters of a word that the site's host contains
_MIN_OWN_NAME = 8  # characters of a file name that hardly two pictures have


def declared_size(img: Element) -> tuple[int | None, int | None]:
    """Returns the width and height in pixels that attributes or style declare."""
    sizes: dict[str, int] = {}
    if style := img.get("style"):
        sizes = {name.lower(): int(digits) for name, digits in _STYLE_SIZE.findall(style)}
    for name in ("width", "height"):
        value = img.get(name)
        if value and value.isdecimal() and len(value) <= _MAX_DIGITS:
            sizes[name] = int(value)  # most
        elif value and (match := _PIXELS.match(value)):
            sizes[name] = int(match[1])
    return sizes.get("width"), sizes.get("height")


def find_repeated_urls(root: Element) -> frozenset[str]:
    """Returns the values of `src` and of lazy loading that several pictures of the page have."""
    counts = Counter(
        value
        for img in root.iter("img")
        for value in {value for name, value in img.items() if name in _ADDRESS_ATTRIBUTES}
        if value
    )
    return frozenset(value for value, count in counts.items() if count > 1)


def find_picture_url(
    img: Element,
    doc: HtmlDocument,
    repeated: Set[str] = frozenset(),
    *,
    has_caption: bool = False,
) -> str | None:
    """Returns the address of the largest version of a picture; None if it has only a stand-in.

    A stand-in (logo, placeholder) has a file name of such words alone, and a second sign: another
    address or picture beside it, several uses on the page, or that nothing declares it large or
    makes it a figure or captioned. `repeated`: see `find_repeated_urls`.
    """
    width, height = declared_size(img)
    versions = sorted(_list_versions(img, width), key=itemgetter(0), reverse=True)
    lazy = [value for name in LAZY_ATTRIBUTES if (value := img.get(name))]
    own = [url for value in lazy if (url := _usable_url(value, doc))]
    src = _usable_url(img.get("src"), doc)
    if src and own and _is_shared_stand_in(img, repeated):
        own = [src]
    elif src:
        own.append(src)
    real = [url for url in own if not is_stand_in(url, doc)]
    best = _find_largest(versions, doc, real_only=True)
    if not real and best is None:
        has_second_sign = img.get("src") in repeated or not _is_alone(img)
        if has_second_sign or not (has_caption or _is_shown_large(img, width, height)):
            return None
        real, best = own, _find_largest(versions, doc, real_only=False)
    if best and (not real or best[0] > max(width or 1, 1)):
        return encode_url(best[1])
    return encode_url(real[0]) if real else None


def _find_largest(
    versions: list[tuple[float, str]], doc: HtmlDocument, *, real_only: bool
) -> tuple[float, str] | None:
    """Returns (width, URL) of the first usable version; with `real_only`, that is no stand-in."""
    for width, address in versions:
        url = _usable_url(address, doc)
        if url and not (real_only and is_stand_in(url, doc)):
            return width, url
    return None


def _usable_url(value: str | None, doc: HtmlDocument) -> str | None:
    """Returns the absolute address of an attribute; None for `data:` and trackers."""
    if not value or not (value := value.strip()) or value.startswith("data:"):
        return None
    if "${" in value:
        value = _URL_PLACEHOLDER.sub("600", value)
    url = doc.absolute_url(value)
    return url if url and not is_tracker(url) else None


def is_tracker(url: str) -> bool:
    """Whether an address is that of a tracker or of a portrait service."""
    if url.isascii():
        lowered = url.lower()
        return any(map(lowered.__contains__, _TRACKERS))
    return bool(_TRACKER.search(url))


def _is_shared_stand_in(img: Element, repeated: Set[str]) -> bool:
    """Whether several pictures of the page have the address for lazy loading, but not the `src`
    beside it, which names another file.
    """
    lazy = next((value for name in LAZY_ATTRIBUTES if (value := img.get(name))), "")
    src = img.get("src") or ""
    return lazy in repeated and src not in repeated and file_name(src) != file_name(lazy)


def _list_versions(img: Element, width: int | None) -> list[tuple[float, str]]:
    """Returns (width, address) of the versions in a picture's srcset and <source> elements."""
    elements = [(img, width)]
    parent = img.getparent()
    while parent is not None and parent.tag == "source":  # the parser nests them
        parent = parent.getparent()
    if parent is not None and parent.tag == "picture":
        sources = islice(parent.iter("source"), _MAX_SOURCES)
        elements += [(source, declared_size(source)[0]) for source in sources]
    options: dict[str, list[tuple[str, str]]] = {}  # the elements often have the same srcset
    versions = []
    for element, own_width in elements:
        for name in SRCSET_ATTRIBUTES:
            if value := element.get(name):
                if value not in options:
                    options[value] = split_srcset(value)
                versions += [
                    (_option_width(descriptor, own_width), address)
                    for address, descriptor in options[value]
                ]
    return versions


def split_srcset(value: str) -> list[tuple[str, str]]:
    """Splits a srcset into (URL, descriptor). A comma inside a URL is part of it."""
    options: list[tuple[str, str]] = []
    url = ""
    for word in value.split():
        if not url:
            url, descriptor, ends = word.strip(","), "", word.endswith(",")
            rest = ""
        else:
            descriptor, comma, rest = word.partition(",")
            ends = bool(comma)
        if url and (ends or descriptor):
            options.append((url, descriptor))
            url = rest.strip(",")
    return [*options, (url, "")] if url else options


def _option_width(descriptor: str, width: int | None) -> float:
    """Returns the width of a version of a picture: `640w`; for `2x`, of the declared width."""
    if len(descriptor) <= _MAX_DIGITS and descriptor[-1:] == "w" and descriptor[:-1].isdecimal():
        return float(descriptor[:-1])  # most
    match = _DESCRIPTOR.fullmatch(descriptor)
    if match is None:
        return width or 1
    return float(match[1]) * (1 if match[2] == "w" else width or 1)


def is_stand_in(url: str, doc: HtmlDocument) -> bool:
    """Whether an address looks like that of an icon or placeholder: its file name consists of such
    words and the site's name, or its folder or format is one for icons. This is one sign.
    """
    folder, _, name = get_path(url).lower().rpartition("/")
    if name.endswith(".svg") or not _STAND_IN_FOLDERS.isdisjoint(folder.split("/")):
        return True
    words = _NAME_PART.findall(name.rpartition(".")[0][:_MAX_FILE_NAME])
    if _STAND_IN_WORDS.isdisjoint(words) and not _NO_IMAGE.match(name):
        return False
    host = f"{urlsplit(doc.url).netloc} {urlsplit(url).netloc}"
    return all(
        word in _STAND_IN_WORDS
        or word in _FILLER_WORDS
        or word[0].isdigit()
        or len(word) == 1
        or (len(word) >= _MIN_HOST_WORD and word in host)
        for word in words
    )


def _is_shown_large(img: Element, width: int | None, height: int | None) -> bool:
    """Whether a picture is declared large or is a figure, and no class says that another one is
    loaded in its place.
    """
    if _LAZY_CLASS.search(img.get("class") or ""):
        return False
    if max(width or 0, height or 0) >= LARGE_PIXELS:
        return True
    return next(img.iterancestors("figure"), None) is not None and width is None


def _is_alone(img: Element) -> bool:
    """Whether no other picture is in the same figure or parent."""
    box = next(img.iterancestors("figure"), img.getparent())
    return box is None or len(list(islice(box.iter("img"), 2))) < 2


def encode_url(url: str) -> str | None:
    """Returns an address with blanks and characters beyond ASCII percent-encoded."""
    if not _NON_URL_CHARS.search(url):
        return url
    try:
        return normalize_url(url)
    except ValueError:
        return None


def file_name(url: str) -> str:
    """Returns a URL's file name without a size: photo-300x200.jpg → photo.jpg."""
    name = url.split("?")[0].rstrip("/").rsplit("/", 1)[-1]
    return _SIZE_SUFFIX.sub("", name)


def is_same_file(first: str, second: str) -> bool:
    """Whether two addresses are of one picture at different sizes: the same file name, which is
    long or in the same folder.
    """
    name = file_name(first)
    if "." not in name or name != file_name(second):
        return False
    return len(name.rpartition(".")[0]) >= _MIN_OWN_NAME or _folder(first) == _folder(second)


def _folder(url: str) -> list[str]:
    """Returns the folders of an address without numbers, which can be a size."""
    path = urlsplit(url).path.rpartition("/")[0]
    return [part for part in path.split("/") if not re.search(r"\d", part)]
