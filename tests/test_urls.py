"""Addresses: one spelling each, what speaks against one, and laws that hold for any text."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from khabar.model import urls

NORMAL = [
    # (as found, the one spelling)
    ("HTTPS://WWW.Example.COM/Path", "https://www.example.com/Path"),
    ("https://example.com:443", "https://example.com/"),
    ("http://example.com:0080/a", "http://example.com/a"),
    ("https://example.com:80/a", "https://example.com:80/a"),
    ("https://example.com./a", "https://example.com/a"),
    ("https://example.com/a#top", "https://example.com/a"),
    ("https://example.com/a?", "https://example.com/a"),
    ("https://example.com/a?b=2&a=1&a=0", "https://example.com/a?b=2&a=1&a=0"),
    ("  https://example.com/a\n", "https://example.com/a"),
    ("https://example.com/खबर", "https://example.com/%E0%A4%96%E0%A4%AC%E0%A4%B0"),
    (
        "https://example.com/%e0%a4%96%e0%a4%ac%e0%a4%b0",
        "https://example.com/%E0%A4%96%E0%A4%AC%E0%A4%B0",
    ),
    ("https://example.com/%7Ea-%2e%2Fb", "https://example.com/~a-.%2Fb"),
    ("https://example.com/50%-off", "https://example.com/50%25-off"),
    ("https://example.com/a b|c", "https://example.com/a%20b%7Cc"),
    ("https://example.com/?q=ख", "https://example.com/?q=%E0%A4%96"),
    ("https://example.com/?q=%e0%a4%96%26x", "https://example.com/?q=%E0%A4%96%26x"),
    ("https://example.com/?q=a+b%20c", "https://example.com/?q=a+b%20c"),
    ("https://example.com/a/./b/../c", "https://example.com/a/c"),
    ("https://example.com/a/%2e%2e/private", "https://example.com/private"),
    ("https://example.com/../../a/.", "https://example.com/a/"),
    ("https://example.com//a//b", "https://example.com//a//b"),
    ("http://[2606:4700::1111]:80/a", "http://[2606:4700::1111]/a"),
    ("https://ख़बर.भारत/a", "https://xn--21b8bm0c.xn--h2brj9c/a"),
]


@pytest.mark.parametrize(("found", "spelt"), NORMAL)
def test_one_spelling(found, spelt):
    assert urls.normalize_url(found) == spelt


@pytest.mark.parametrize(
    ("link", "absolute"),
    [
        ("/a/b", "https://example.com/a/b"),
        ("c?x=1", "https://example.com/news/c?x=1"),
        ("../c", "https://example.com/c"),
        ("//other.example/c", "https://other.example/c"),
        ("?page=2", "https://example.com/news/list?page=2"),
        ("http://example.com/a", "http://example.com/a"),
    ],
)
def test_relative_links_stand_on_their_base(link, absolute):
    assert urls.normalize_url(link, "https://example.com/news/list") == absolute


@pytest.mark.parametrize(
    "text",
    [
        "http://example.com:99999/",
        "http://example.com:port/",
        "http://[::1/",
        "//[",
        "http:////a",
        "http://ख..भारत/",
    ],
)
def test_what_is_no_url_raises_value_error(text):
    with pytest.raises(ValueError):
        urls.normalize_url(text)


@pytest.mark.parametrize(
    "link", ["http://[broken", "http://example.com:99999/", "//[", "http:////a"]
)
def test_a_link_that_is_no_address_stays_as_it_is(link):
    assert urls.resolve_link("https://example.com/news/list", link) == link
    assert urls.reject_reason(link)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://e.in/a?utm_source=x&id=7&utm_medium=y", "https://e.in/a?id=7"),
        ("https://e.in/a?fbclid=x", "https://e.in/a"),
        ("https://e.in/a?id=a%20b+c&gclid=x", "https://e.in/a?id=a%20b+c"),
        ("https://e.in/a?id=%26&&x&_gl=1", "https://e.in/a?id=%26&&x"),
        ("https://e.in/a?%75tm_source=x", "https://e.in/a"),
        ("https://e.in/a?utm=x&xutm_source=y", "https://e.in/a?utm=x&xutm_source=y"),
        ("https://e.in/a?b=utm_source=c", "https://e.in/a?b=utm_source=c"),
        ("https://e.in/utm_source=x", "https://e.in/utm_source=x"),
        ("https://e.in/a?UTM_SOURCE=x", "https://e.in/a?UTM_SOURCE=x"),
        ("https://e.in/a?=utm_x", "https://e.in/a?=utm_x"),
    ],
)
def test_without_trackers(url, kept):
    assert urls.strip_params(url, urls.TRACKING_PARAMS) == kept


BAD = [
    ("file:///etc/passwd", "scheme file"),
    ("data:text/html,x", "scheme data"),
    ("ftp://example.com/a", "scheme ftp"),
    ("javascript:alert(1)", "scheme javascript"),
    ("mailto:a@example.com", "scheme mailto"),
    ("example.com/a", "scheme missing"),
    ("//example.com/a", "scheme missing"),
    ("", "scheme missing"),
    ("https://user:secret@example.com/", "credentials"),
    ("https://user@example.com/", "credentials"),
    ("https://:secret@example.com/", "credentials"),
    ("https://example.com\\@evil.example/", "credentials"),
    ("https:///a", "no host"),
    ("https://./a", "no host"),
    ("http://example.com:99999/", "not a URL"),
    ("http://[::1/", "not a URL"),
    ("https://example.com/\ud800", "not a URL"),
    ("https://ख..भारत/", "not a URL"),
    ("https://example.com/" + "a" * 1010, "longer than 1024"),
    ("https://example.com/" + "ख" * 115, "longer than 1024"),
    ("https://example.com" + "/a/b" * 11, "more than 20 path segments"),
    ("https://example.com/a/b/b/b/c", "three times in a row"),
    ("https://example.com/a/b/./b/%62/c", "three times in a row"),
]


@pytest.mark.parametrize(("url", "why"), BAD)
def test_bad_urls_say_why(url, why):
    assert why in (urls.reject_reason(url) or "")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/",
        "http://example.com:8080/a?b=c@d",
        "https://example.com/@user/a",
        "https://example.com/" + "ख" * 100,
        "https://example.com/a/b/a/b/a/b",
        "https://ख़बर.भारत/a",
        "https://example.com/2026/11/24/a",
    ],
)
def test_nothing_speaks_against_ordinary_urls(url):
    assert urls.reject_reason(url) is None


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://WWW.Example.com:8080/a", "www.example.com"),
        ("https://example.com./", "example.com"),
        ("https://user:pw@example.com/", "example.com"),
        ("http://[::1]:80/", "::1"),
        ("https://ख़बर.भारत/", "xn--21b8bm0c.xn--h2brj9c"),
        ("mailto:a@example.com", ""),
        ("http://[::1/", ""),
        ("", ""),
    ],
)
def test_host_of(url, host):
    assert urls.get_host(url) == host


# --- laws ---


labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?", fullmatch=True)
hosts = st.lists(labels, min_size=2, max_size=4).map(".".join)
odd = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
escaped = st.sampled_from(
    [
        "%2F",
        "%2f",
        "%e0%a4%96",
        "%E0%A4%",
        "%",
        "%%41",
        "%2e%2E",
        ".",
        "..",
        "%26",
        "%3D",
        "&",
        "=",
        "+",
        "//",
    ]
)
pieces = st.lists(st.one_of(odd, escaped), max_size=8)
absolute = st.builds(
    lambda scheme, host, port, path, query: f"{scheme}://{host}{port}/{'/'.join(path)}?{'&'.join(query)}",
    st.sampled_from(["http", "https", "HTTP"]), hosts, st.sampled_from(["", ":80", ":443", ":8080"]), pieces, pieces,
)  # fmt: skip


def spelt(url: str) -> str:
    try:
        return urls.normalize_url(url)
    except ValueError:
        assume(False)
        raise


@given(st.one_of(absolute, st.text(max_size=40)))
@example("http:/..//x")
@example("//a")
@example("http://@h/")
@example("https://e.in/%25zz")
def test_normal_is_idempotent(url):
    once = spelt(url)
    assert urls.normalize_url(once) == once


@given(st.one_of(absolute, st.text(max_size=40)))
def test_normal_raises_nothing_but_value_error(url):
    urls.reject_reason(url), urls.get_host(url)  # never raise
    spelt(url)


@given(absolute)
def test_normal_never_changes_who_is_asked(url):
    told, got = urlsplit(url), urlsplit(urls.normalize_url(url))
    assert (got.scheme, got.hostname) == (told.scheme, told.hostname)
    default = {"http": 80, "https": 443}
    assert (got.port or default[got.scheme]) == (told.port or default[told.scheme])


@given(absolute)
def test_normal_is_plain_ascii_without_space(url):
    got = urls.normalize_url(url)
    assert got.isascii()
    assert not any(c.isspace() or ord(c) < 33 for c in got)


@given(absolute)
def test_normal_keeps_what_the_query_says(url):
    told, got = urlsplit(url.strip()).query, urlsplit(urls.normalize_url(url)).query
    assert parse_qsl(got, keep_blank_values=True) == parse_qsl(told, keep_blank_values=True)


@given(st.one_of(absolute, st.text(max_size=40)))
def test_bad_is_the_same_for_every_spelling(url):
    once = spelt(url)
    assert (urls.reject_reason(url) is None) == (urls.reject_reason(once) is None)


names = st.sampled_from(["id", "utm_source", "utm_", "fbclid", "trc_x", "q", "", "%75tm_x"])
pairs = st.lists(
    st.tuples(names, st.sampled_from(["", "=", "=1", "=a%20b", "=%26", "==", "=ख"])).map("".join),
    max_size=6,
)


@given(pairs)
def test_without_keeps_the_other_params_as_they_are_spelt(told):
    url = "https://e.in/a" + ("?" + "&".join(told) if told else "")
    kept = urlsplit(urls.strip_params(url, urls.TRACKING_PARAMS)).query.split("&")
    tracking = ("utm_", "fbclid", "trc", "%75tm_")
    assert [p for p in kept if p] == [p for p in told if p and not p.startswith(tracking)]


@given(pairs)
def test_without_is_idempotent(told):
    once = urls.strip_params("https://e.in/a?" + "&".join(told), urls.TRACKING_PARAMS)
    assert urls.strip_params(once, urls.TRACKING_PARAMS) == once


@given(
    st.tuples(
        st.sampled_from(["http://", "https://", "HTTP://", "//", "", "ftp://"]),
        st.text(st.characters(codec="ascii"), max_size=40),
    ).map("".join)
)
@example("https://a.test")
@example("https://a.test?b/c")
@example("https://a.test#b/c?d")
@example("https://a.test/b;c?d/e#f/g?h")
@example("https://u:p@a.test:80/b")
@example("https://[::1]/b")
@example("https://a.test/b[1]\n/c ")
def test_the_path_is_that_of_urlsplit(url: str) -> None:
    try:
        path = urlsplit(url).path
    except ValueError:
        with pytest.raises(ValueError):
            urls.get_path(url)
    else:
        assert urls.get_path(url) == path
