"""The search box in a real browser: suggestions by keyboard and pointer, what a screen reader is told, the / key, and without scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

playwright = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: make test sets it up"
)

from playwright.sync_api import Browser, expect  # noqa: E402

from tests import browser_fixtures  # noqa: E402
from tests.archive_fixtures import HOME, ArchiveBuilder, article, source  # noqa: E402
from tests.browser_fixtures import PHONE, Visitor, chromium, served, visitor  # noqa: E402

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        browser_fixtures.CHROMIUM is None,
        reason="no Chromium here: apt-get install chromium fonts-noto-core",
    ),
]
BOX = ".masthead input[name=q]"
EVIL = '<img src="http://evil.newsroom.test/x.png" onerror="alert(1)">'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    desk = ArchiveBuilder(tmp_path_factory.mktemp("suggested") / "archive.db")
    desk.add(source("rajya", name=f"राज्य समाचार {EVIL}"))
    for at in range(24):
        title = ("राहुल गांधी की रैली", "राजस्थान में बारिश", f"राग {EVIL}")[at % 3]
        key = "rajya" if at % 2 else "kagaz"
        url = HOME.replace("kagaz", key)
        desk.read(article(f"{url}/news/{at}", f"पाठ {at} छपा।", title=title), key=key)
    desk.archive.close()
    with served(desk.path, "--no-token") as address:
        yield address


@pytest.fixture
def reader(browser: Browser, home: str) -> Iterator[Visitor]:
    with visitor(browser, home) as seen:
        yield seen
        assert (seen.strays, seen.dialogs) == ([], [])


def test_the_keyboard_opens_moves_takes_and_closes(reader: Visitor) -> None:
    reader.open("/health")
    box, keys = reader.page.locator(BOX), reader.page.keyboard
    keys.press("/")
    expect(box).to_be_focused()
    keys.type("राहु")
    expect(box).to_have_attribute("aria-expanded", "true")
    options = reader.page.get_by_role("option")
    assert options.all_inner_texts() == ["राहुल", "राहुल गांधी"]
    expect(reader.page.locator(".suggest [role=status]").first).to_have_text("2 सुझाव · suggestions")
    reader.shot("suggestions")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    active = box.get_attribute("aria-activedescendant")
    chosen = reader.page.locator(f"#{active}")
    assert chosen.inner_text() == "राहुल गांधी" and chosen.get_attribute("aria-selected") == "true"
    assert box.input_value() == "राहु"
    keys.press("ArrowDown")  # past the last one: the box again
    assert box.get_attribute("aria-activedescendant") is None
    keys.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    assert box.input_value() == "राहु" and options.count() == 0
    keys.press("ArrowDown")
    expect(options.first).to_be_visible()
    keys.press("ArrowUp")
    keys.press("Enter")
    reader.page.wait_for_url("**/search?q=*")
    assert reader.page.inner_text("h1") == "“राहुल गांधी”"


def test_a_source_is_searched_in_not_for(reader: Visitor) -> None:
    reader.open("/health")
    reader.page.locator(BOX).press_sequentially("बारिश राज्य")
    option = reader.page.get_by_role("option").filter(has_text="समाचार")
    assert EVIL in option.inner_text() and "स्रोत · Source" in option.inner_text()
    assert reader.page.locator(".suggest img").count() == 0
    option.click()
    reader.page.wait_for_url("**source=rajya")
    assert "q=" in reader.page.url and reader.page.locator(".headlines > li").count() > 0


def test_the_slash_is_a_slash_in_a_field_and_can_be_switched_off(reader: Visitor) -> None:
    reader.open("/search")
    fields = reader.page.locator("main form.refine input:visible")
    fields.first.focus()
    reader.page.keyboard.type("a/b")
    assert fields.first.input_value() == "a/b"
    tick = reader.page.get_by_role("checkbox", name="चालू")
    tick.uncheck()
    tick.evaluate("one => one.blur()")
    reader.page.keyboard.press("/")
    expect(reader.page.locator(BOX)).not_to_be_focused()
    reader.open("/search")
    tick.check()
    tick.evaluate("one => one.blur()")
    reader.page.keyboard.press("/")
    expect(reader.page.locator(BOX)).to_be_focused()


def test_what_a_screen_reader_is_told_of_the_box(reader: Visitor) -> None:
    reader.open("/search")
    for box in reader.page.get_by_role("combobox").all():
        told = {name: box.get_attribute(name) for name in ("aria-autocomplete", "aria-keyshortcuts", "aria-controls")}  # fmt: skip
        if told["aria-autocomplete"] is None:
            continue  # the field of a source, which has a list of the browser's own
        assert (told["aria-autocomplete"], told["aria-keyshortcuts"]) == ("list", "/")
        listing = reader.page.locator(f"#{told['aria-controls']}")
        assert listing.get_attribute("role") == "listbox" and listing.get_attribute("aria-label")
    reader.page.locator("main .refine input[name=q]").press_sequentially("राहु")
    expect(reader.page.get_by_role("option").first).to_be_visible()
    # the suggestions are no part of the name of the box
    assert reader.page.get_by_role("combobox", name="शब्द Words", exact=True).count() == 1


def test_words_only_where_words_are_compared(reader: Visitor) -> None:
    reader.open("/compare")
    boxes = reader.page.locator("main input[name=q]")
    boxes.nth(1).press_sequentially("rajya")
    reader.page.wait_for_timeout(400)
    assert reader.page.get_by_role("option").filter(has_text="समाचार").count() == 0
    boxes.nth(1).fill("")
    boxes.nth(1).press_sequentially("राहु")
    expect(reader.page.get_by_role("option").first).to_be_visible()
    reader.page.keyboard.press("ArrowDown")
    reader.page.keyboard.press("Enter")
    assert boxes.nth(1).input_value() == "राहुल" and reader.page.url.endswith("/compare")


def test_without_scripts_the_box_is_a_box(browser: Browser, home: str) -> None:
    with visitor(browser, home, java_script_enabled=False) as seen:
        seen.open("/health")
        box = seen.page.locator(BOX)
        assert box.get_attribute("role") is None
        box.fill("राहुल")
        box.press("Enter")
        assert seen.page.locator("h1").inner_text() == "“राहुल”"
        seen.open("/search")
        assert not seen.page.locator(".slash").is_visible()


def test_on_a_phone_the_list_stays_in_the_page(browser: Browser, home: str) -> None:
    with visitor(browser, home, viewport=PHONE, is_mobile=True, has_touch=True) as seen:
        for path in ("/", "/search", "/compare"):
            seen.open(path)
            box = seen.page.locator("main input[name=q]").last
            box.press_sequentially("रा")
            option = seen.page.get_by_role("option").first
            expect(option).to_be_visible()
            assert (option.bounding_box() or {})["height"] >= 24
            assert seen.ask("document.documentElement.scrollWidth") <= PHONE["width"], path
        seen.shot("phone-suggestions")
        option.tap()
        assert box.input_value() == "राजस्थान" or box.input_value().startswith("रा")
