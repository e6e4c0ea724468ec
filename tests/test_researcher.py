"""A researcher's half hour in a real browser, by keyboard alone, on a desk and at the width of a phone: from a topic with a typo to who quoted which post. axe finds nothing on any page of it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

playwright = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: make test sets it up"
)
pytest.importorskip("axe_playwright_python", reason="axe is not installed: make test sets it up")

from axe_playwright_python.sync_playwright import Axe  # noqa: E402
from playwright.sync_api import Browser, expect  # noqa: E402

from khabar.archive import vectors  # noqa: E402
from khabar.model.items import Block  # noqa: E402
from tests import browser_fixtures, vector_fixtures  # noqa: E402
from tests.archive_fixtures import article, source  # noqa: E402
from tests.browser_fixtures import CONTRAST, DESK, PHONE, Visitor, chromium, served, visitor  # noqa: E402
from tests.web_fixtures import post  # noqa: E402

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        browser_fixtures.CHROMIUM is None,
        reason="no Chromium here: apt-get install chromium fonts-noto-core",
    ),
]
TOPIC, TYPO, OTHER = "सिंचाई", "सिचाई", "मानसून"
WIDTHS = {"desk": DESK, "phone": PHONE}
MOST_TABS = 160  # of a page: who works by keyboard does not press Tab more often
FOCUSED = """() => { const at = document.activeElement, box = at.getBoundingClientRect(), style = getComputedStyle(at);
  return {words: (at.getAttribute('aria-label') || at.innerText || at.labels?.[0]?.innerText || '').trim(), name: at.name || '',
    href: at.getAttribute('href') || '', tag: at.tagName, seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
    ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1}; }"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def plant(folder: Path) -> Path:
    """Articles on six subjects in two sources, with vectors; those on canals are printed by a third source too, and in both stands a post."""
    desk = vector_fixtures.make_archive(folder)
    desk.add(source("dusra", name="दूसरा अख़बार"))
    for number in range(vector_fixtures.EACH):
        text = vector_fixtures.words_of("canal", number)
        told: dict[str, Any] = {
            "published_at": f"2026-11-{number + 1:02}T12:00:00+05:30",
            "blocks": (Block("paragraph", text), Block("embed", embed=0)),
            "embeds": (post(id=f"19{number % 3}", url=f"https://x.com/nahar_dal/status/19{number % 3}", author_name="नहर दल",
                            author_handle="Nahar_Dal", text=f"पानी कल से छूटेगा {number % 3}।"),),
        }  # fmt: skip
        key = ("kagaz", "pratilipi")[number % 2]
        own = vector_fixtures.url_of("canal", number).replace("kagaz", key)
        desk.read(article(own, title=f"नहर {number}", **told), key=key)
        desk.read(
            article(own.replace(key, "dusra"), title=f"नहर में पानी {number}", **told), key="dusra"
        )
    vectors.build_vectors(desk.db, desk.now)
    desk.archive.close()
    return desk.path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(plant(tmp_path_factory.mktemp("researcher")), "--no-token") as address:
        yield address


class Researcher:
    """Somebody who presses keys, and what is wrong with the pages that were seen."""

    def __init__(self, seen: Visitor, name: str) -> None:
        self.seen, self.page, self.keys, self.name = seen, seen.page, seen.page.keyboard, name
        self.faults: list[str] = []
        self.axe = Axe()

    def tab_to(self, words: str = "", *, name: str = "", href: str = "") -> None:
        """Presses Tab until the element with these words, this name or address has the focus."""
        for _ in range(MOST_TABS):
            self.keys.press("Tab")
            at = self.page.evaluate(FOCUSED)
            if at["tag"] != "BODY" and not (at["seen"] and at["ring"]):
                self.faults.append(f"focus not seen: {at}")
            if (
                (not name or at["name"] == name)
                and words in at["words"]
                and re.search(href, at["href"])
            ):
                return
        raise AssertionError(
            f"no {words or name or href} within {MOST_TABS} tabs of {self.page.url}"
        )

    def follow(self, words: str = "", *, href: str = "") -> None:
        """Opens a link by keyboard."""
        before = self.page.url
        self.tab_to(words, href=href)
        self.keys.press("Enter")
        self.page.wait_for_url(lambda url: url != before)
        self.page.wait_for_load_state()

    def look(self, step: str) -> None:
        """Takes a picture and judges the page: axe, contrast, width, that its address gives it again."""
        self.seen.shot(f"researcher-{step}-{self.name}")
        found = self.axe.run(self.page).response["violations"]
        self.faults += [
            f"{step}: axe {rule['id']}: {node['html'][:120]}"
            for rule in found
            for node in rule["nodes"]
        ]
        self.faults += [
            f"{step}: faint {one}" for one in self.page.evaluate(CONTRAST) if one["ratio"] < 4.5
        ]
        width = self.page.evaluate(
            "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)"
        )
        if width > WIDTHS[self.name]["width"]:
            self.faults.append(f"{step}: {width} wide")
        again = self.page.request.get(self.page.url)
        if f"<h1>{self.page.inner_html('h1')}</h1>" not in again.text():
            self.faults.append(f"{step}: {self.page.url} opens another page")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_researcher_s_half_hour_by_keyboard(browser: Browser, home: str, width: str) -> None:
    with visitor(browser, home, viewport=WIDTHS[width], accept_downloads=True) as seen:
        me, page = Researcher(seen, width), seen.page
        seen.open("/")
        me.look("1-front")
        me.keys.press("/")
        me.keys.type(TYPO)
        me.keys.press("Enter")
        page.wait_for_url("**/search?q=*")
        me.look("2-typo")
        assert page.locator(".headlines > li").count() == 0
        me.follow(TOPIC)  # did you mean
        hits = int(page.locator(".total").inner_text().split()[0])
        assert page.locator("h1").inner_text() == f"“{TOPIC}”" and hits >= 12
        me.look("3-hits")
        if width == "phone":
            for summary in ("छाँटें", "स्रोत"):
                me.tab_to(summary)
                me.keys.press("Enter")
        me.follow(href="source=dusra")
        narrowed = int(page.locator(".total").inner_text().split()[0])
        assert 0 < narrowed < hits
        me.look("4-facet")
        me.follow("स्रोत: हटाएँ")  # the filter off again
        assert int(page.locator(".total").inner_text().split()[0]) == hits
        me.follow("तुलना", href=r"\?q=")
        me.look("5-compare-asked")
        me.tab_to("शब्द 2", name="q")
        me.keys.type(OTHER)
        me.tab_to(name="by")
        me.keys.press("ArrowDown")
        me.keys.press("ArrowDown")
        assert page.locator("select[name=by]").input_value() == "week"
        me.tab_to("मिलाएँ")
        me.keys.press("Enter")
        page.wait_for_url("**by=week**")
        me.look("6-compared")
        shown = [row.split("\t") for row in page.locator("main table tbody tr").all_inner_texts()]
        assert [cells[2] == "–" for cells in shown] == [False, False, False, True, True]
        me.tab_to("CSV")
        with page.expect_download() as download:
            me.keys.press("Enter")
        text = Path(download.value.path()).read_bytes().decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [(row["from"], row["to"]) for row in rows] == [(a, b) for a, b, *_ in shown]
        for at, words in ((2, TOPIC), (3, OTHER)):
            figures = [f"{float(row[words]):.1f}" if row[words] else "–" for row in rows]
            assert figures == [cells[at] for cells in shown]
        me.follow(TOPIC, href="/search")  # back to the articles
        me.follow("नहर")
        me.look("7-article")
        assert page.locator(".card").count() == 1
        first = page.url
        page.locator("body").evaluate("() => document.activeElement.blur()")
        related = page.locator(".related .headlines a").first.inner_text()
        me.follow(related)
        assert page.url != first and re.search(r"/a/\d+$", page.url)
        me.look("8-related")
        me.follow("पूरी कहानी")
        assert page.locator("ol.when > li").count() == 2
        me.look("9-story")
        me.follow("@Nahar_Dal")  # which post
        assert page.locator(".headlines > li").count() == 8  # who quoted it
        me.look("10-who-quoted")
        assert "\n".join(me.faults) == ""
        assert (seen.strays, seen.dialogs) == ([], [])


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_beside_the_way(browser: Browser, home: str, width: str) -> None:
    for scheme in ("light", "dark"):
        with visitor(browser, home, viewport=WIDTHS[width], color_scheme=scheme) as seen:
            me = Researcher(seen, width)
            for step, path in (("with", "/compare/with?q=नहर"), ("weeks", "/compare/weeks?q=नहर")):
                seen.open(path)
                me.look(f"{step}-{scheme}")
            assert "\n".join(me.faults) == ""


def test_axe_finds_nothing_in_an_open_list_of_suggestions(browser: Browser, home: str) -> None:
    for scheme in ("light", "dark"):
        with visitor(browser, home, color_scheme=scheme) as seen:
            seen.open("/search?q=नहर")
            seen.page.locator("main input[name=q]").fill("")
            seen.page.locator("main input[name=q]").press_sequentially("नह")
            expect(seen.page.get_by_role("option").first).to_be_visible()
            seen.page.keyboard.press("ArrowDown")
            found = Axe().run(seen.page).response["violations"]
            assert [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]] == []
            assert [one for one in seen.ask(CONTRAST) if one["ratio"] < 4.5] == []
