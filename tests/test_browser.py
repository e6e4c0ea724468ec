"""A real browser on the reading room: the way of a reader, a phone, a page made of attacks, what eyes and ears need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

playwright = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: make test sets it up"
)

from playwright.sync_api import Browser, Locator  # noqa: E402

from khabar.model.items import Block, Embed, Image  # noqa: E402
from tests import browser_fixtures  # noqa: E402
from tests.archive_fixtures import HOME, ArchiveBuilder, article  # noqa: E402
from tests.browser_fixtures import CONTRAST, PHONE, Visitor, chromium, served, visitor  # noqa: E402
from tests.web_archives import TITLE, outage, story  # noqa: E402
from tests.web_fixtures import AFTER, BEFORE, post  # noqa: E402

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        browser_fixtures.CHROMIUM is None,
        reason="no Chromium here: apt-get install chromium fonts-noto-core",
    ),
]
EVIL = "http://evil.newsroom.test"
ATTACKS = (
    '<script>alert("चोर")</script>',
    f'<img src="{EVIL}/x.png" onerror="alert(1)">',
    f'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(2)"><script>alert(3)</script><image href="{EVIL}/y.png"/></svg>',
    f'<iframe src="{EVIL}/frame"></iframe><a href="javascript:alert(4)">यहाँ</a>',
    f"<style>@import '{EVIL}/s.css';</style><base href='{EVIL}/'><meta http-equiv='refresh' content='0;url={EVIL}/'>",
    '"><body onload=alert(5)> \' onmouseover="alert(6)" {{7*7}}',
)
ATTACK = " ".join(ATTACKS)
PAGES = ("/", "/sources", "/search?q=नहर", "/search?q=AND+नहर&source=kagaz", "/a/{canal}", "/a/{canal}@1", "/a/{canal}/changes", "/beside/{canal}/{copy}", "/story/{canal}", "/source/kagaz",
         "/author/रेखा मौर्य", "/account/x/nahar_dal", "/embed/x:1991", "/headlines", "/charts?q=मेला", "/compare?q=नहर&q=मेला",
         "/compare/with?q=मेला", "/compare/weeks?q=मेला&from=2026-10-01", "/health", "/nothing", "/archive",
         "/archive/article_list", "/archive/embedded", "/archive/wire_share", "/archive?sql=select+1")  # fmt: skip


SHOWN = {
    "/": "front",
    "/a/{canal}": "article",
    "/story/{canal}": "story",
    "/charts?q=मेला": "charts",
    "/health": "health",
}
ATTACKED = ("/a/{evil}", "/", "/search?q=alert", "/source/kagaz", "/archive/articles", "/archive/embedded", "/embed/x:66",
            "/chart/word.svg?q=<script>alert(1)</script>", "/a/{evil}/snapshot")  # fmt: skip
HOVER_OVER_ALL = """document.querySelectorAll('*').forEach(one => ['mouseover', 'focus', 'load', 'error'].forEach(
  kind => one.dispatchEvent(new Event(kind, {bubbles: true}))))"""
# Pictures, fields and links in sight that say nothing to those who hear a page.
UNNAMED = """(() => { const seen = (what, mute) => [...document.querySelectorAll(what)].filter(
    one => one.checkVisibility() && mute(one)).map(one => one.outerHTML.slice(0, 80));
  return [...seen('svg', one => !one.ariaLabel && !one.querySelector('title')), ...seen('img:not([alt])', () => true),
    ...seen('input:not([type=hidden]), select', one => !one.labels.length && !one.ariaLabel),
    ...seen('a', one => !one.innerText.trim() && !one.querySelector('svg'))]; })()"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """The served archive's address, and ids by name."""
    desk = story(tmp_path_factory.mktemp("browser"))
    outage(desk)
    evil = article(
        f"{HOME}/news/evil", ATTACK, title=ATTACK, subtitle=ATTACK, authors=(ATTACK,), tags=(ATTACK,), section=ATTACK, place=ATTACK, desk=ATTACK,
        published_at="2026-12-31T10:00:00+05:30", blocks=(Block("paragraph", ATTACK), Block("embed", embed=0), Block("image", image=0), Block("table", ATTACK)),
        embeds=(post(id="66", text=ATTACK, author_name=ATTACK, author_handle='"><script>alert(7)</script>', url="javascript:alert(8)", caption=ATTACK,
                     html=ATTACK, media=("javascript:alert(9)", f"{EVIL}/z.svg")), Embed("youtube", "video", url=f"{EVIL}/v", title=ATTACK, rule="x")),
        images=(Image(f"{EVIL}/i.svg", ATTACK, ATTACK), Image("javascript:alert(10)", ATTACK)), lead_image=Image(f"{EVIL}/lead.svg", ATTACK),
        language='hi" onload="alert(11)', problems=(ATTACK,), provenance={"title": ATTACK},
    )  # fmt: skip
    desk.read(evil)
    names = {"canal": "%kagaz%/news/canal", "copy": "%dusra%/news/9", "evil": "%/news/evil"}
    ids = {
        name: str(desk.rows("select id from articles where url like ?", like)[0]["id"])
        for name, like in names.items()
    }
    path: Path = desk.path
    desk.archive.close()
    with served(path, "--no-token") as home:
        yield home, ids


@pytest.fixture
def reader(browser: Browser, room: tuple[str, dict[str, str]]) -> Iterator[Visitor]:
    with visitor(browser, room[0]) as seen:
        yield seen
        assert (seen.strays, seen.dialogs) == ([], [])


@pytest.mark.parametrize("scripts", [True, False], ids=["javascript", "no javascript"])
def test_the_way_of_a_reader(
    browser: Browser, room: tuple[str, dict[str, str]], scripts: bool
) -> None:
    with visitor(browser, room[0], java_script_enabled=scripts) as seen:
        page = seen.page

        def follow(link: Locator) -> None:
            with page.expect_navigation():  # until it is loaded
                link.click()

        seen.open("/")
        seen.shot("front")
        page.locator("main input[name=q]").fill("आजम")
        follow(page.locator("main form.seek button"))
        assert page.locator("h1").inner_text() == "“आजम”"
        seen.shot("search")
        feed = page.get_by_role("link", name="Atom").get_attribute("href")
        follow(page.get_by_role("link", name=TITLE).first)
        parts = page.locator("article .text > *").all_inner_texts()
        at = next(number for number, words in enumerate(parts) if "@Nahar_Dal" in words)
        assert (parts[at - 1], parts[at + 1]) == (
            BEFORE,
            AFTER,
        )  # the tweet stands between its two paragraphs
        seen.shot("article")
        follow(page.get_by_role("link", name="पूरी कहानी"))
        assert page.locator("ol.when > li").count() == 2
        seen.shot("story")
        follow(page.get_by_role("link", name="साथ-साथ"))
        assert page.locator("mark").count() > 2
        seen.shot("beside")
        page.go_back()
        follow(page.locator("ol.when > li .head a").first)
        follow(page.get_by_role("link", name="क्या-क्या बदला"))
        assert (
            page.locator(".step del").first.inner_text().strip()
            and page.locator(".step ins").count() >= 2
        )
        seen.shot("changes")
        answer = page.request.get(f"{seen.home}{feed}")
        assert (
            answer.headers["content-type"].startswith("application/atom+xml")
            and TITLE in answer.text()
        )
        assert (seen.strays, seen.dialogs) == ([], [])


def test_a_bookmark_works_once_the_printed_address_was_opened(
    browser: Browser, tmp_path: Path
) -> None:
    ArchiveBuilder(tmp_path / "archive.db").archive.close()
    with served(tmp_path / "archive.db") as address, visitor(browser, address) as reader:
        bookmark = f"{address.partition('?')[0]}search?q=नहर"
        for width in (PHONE["width"], 1200):
            reader.page.set_viewport_size({"width": width, "height": 800})
            reader.page.goto(bookmark)
            assert "khabar serve" in reader.page.inner_text("h1")
            assert reader.page.evaluate("document.documentElement.scrollWidth") <= width
        reader.page.goto(address)
        assert "token" not in reader.page.url and "khabar serve" not in reader.page.inner_text(
            "body"
        )
        reader.page.goto(bookmark)
        assert reader.page.input_value("main input[name=q]") == "नहर"


def test_nothing_is_wider_than_a_phone(browser: Browser, room: tuple[str, dict[str, str]]) -> None:
    wide = {}
    with visitor(browser, room[0], viewport=PHONE, is_mobile=True, has_touch=True) as seen:
        for path in PAGES:
            seen.open(path.format(**room[1]))
            width = seen.ask(
                "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)"
            )
            wide |= {path: width} if width > 360 else {}
            if path in SHOWN:
                seen.shot(f"phone-{SHOWN[path]}")
    assert wide == {}


def test_a_phone_has_the_ways_around_at_its_top(
    browser: Browser, room: tuple[str, dict[str, str]]
) -> None:
    with visitor(browser, room[0], viewport=PHONE, is_mobile=True, has_touch=True) as seen:
        for path in ("/", "/search?q=नहर", "/archive"):
            seen.open(path)
            for box in [link.bounding_box() for link in seen.page.locator(".rooms a").all()]:
                assert box and box["height"] >= 24 and box["y"] + box["height"] < 200, path
        seen.open("/search?q=नहर")
        assert seen.page.locator(".facets a:visible").count() == 0
        seen.page.locator(".facets.narrow > summary").tap()
        seen.page.locator(".facets.narrow summary", has_text="स्रोत").tap()
        seen.page.locator(".facets a:visible", has_text="दूसरा अख़बार").tap()
        seen.page.wait_for_url("**source=dusra")
        assert seen.page.locator(".headlines > li").count() == 1
        seen.page.locator(".active a").tap()
        seen.page.wait_for_url(lambda url: "source" not in url)
        assert seen.page.locator(".headlines > li").count() == 2


def test_a_keyboard_goes_straight_to_the_content(reader: Visitor) -> None:
    for path in ("/search?q=नहर", "/archive"):
        reader.open(path)
        reader.page.keyboard.press("Tab")
        box = reader.page.locator(".skip:focus").bounding_box()
        assert box and box["y"] >= 0
        reader.page.keyboard.press("Enter")
        assert reader.page.url.endswith("#content")


def test_an_article_made_of_attacks_runs_nothing(
    reader: Visitor, room: tuple[str, dict[str, str]]
) -> None:
    for path in ATTACKED:
        answer = reader.open(path.format(**room[1]))
        assert (
            answer.status == 200
            and "default-src 'none'" in answer.headers["content-security-policy"]
        ), path
        reader.ask(HOVER_OVER_ALL)
        hrefs = reader.page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
        assert not [href for href in hrefs if not href.startswith(("http:", "https:"))], path
        if path == "/a/{evil}":
            reader.page.wait_for_timeout(300)  # whoever wants to refresh or load late
            reader.shot("attack")
        assert reader.page.url.startswith(reader.home), path


@pytest.mark.parametrize(
    "path",
    [
        "/a/{evil}/snapshot",
        "/a/{evil}@1.bib",
        "/a/{evil}.json",
        "/search.atom?q=alert",
        "/search.csv?q=alert",
    ],
)
def test_what_is_no_page_is_never_read_as_one(
    reader: Visitor, room: tuple[str, dict[str, str]], path: str
) -> None:
    answer = reader.page.request.get(reader.home + path.format(**room[1]))
    assert answer.status == 200 and "alert(" in answer.text()
    assert (
        answer.headers["x-content-type-options"] == "nosniff"
        and "html" not in answer.headers["content-type"]
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_stands_out_from_its_ground(
    browser: Browser, room: tuple[str, dict[str, str]], scheme: str
) -> None:
    faint = {}
    with visitor(browser, room[0], color_scheme=scheme) as seen:
        for path in PAGES:
            seen.open(path.format(**room[1]))
            seen.ask(
                "document.querySelectorAll('main details').forEach(one => { one.open = true })"
            )
            words = seen.ask(CONTRAST)
            assert len(words) > 5
            faint |= {(path, one["words"]): one["ratio"] for one in words if one["ratio"] < 4.5}
            if path in SHOWN:
                seen.shot(f"{scheme}-{SHOWN[path]}")
    assert faint == {}


def test_what_a_screen_reader_needs(reader: Visitor, room: tuple[str, dict[str, str]]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    missing = {}
    for path in PAGES:
        reader.open(path.format(**room[1]))
        assert reader.ask(
            "[document.documentElement.lang, document.querySelectorAll('h1').length]"
        ) == ["hi", 1], path
        assert reader.page.locator("h1").inner_text().strip() and reader.page.title().strip()
        assert reader.page.locator("main, [role=main]").count() == 1
        found = reader.ask(UNNAMED)
        if not path.startswith("/archive"):  # Datasette's own filters
            found += [rule["id"] for rule in axe.run(reader.page).response["violations"]]
            missing |= {path: found} if found else {}
    assert missing == {}
