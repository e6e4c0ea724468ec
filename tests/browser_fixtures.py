"""A real browser for the tests: Debian's Chromium, headless. It may ask 127.0.0.1 and nobody else; what it tries is noted."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from command_runner import PATIENCE, ROOT
from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SCREENSHOTS = ROOT / "screenshots"  # git-ignored: looked at by people after a run
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


@dataclass
class Visitor:
    """A page of the browser, and what went on in it: dialogs, requests elsewhere, messages of the console."""

    page: Page
    home: str
    dialogs: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, path: str) -> Response:
        answer = self.page.goto(self.home + path)
        assert answer
        return answer

    def shot(self, name: str) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    def ask(self, script: str) -> Any:
        return self.page.evaluate(script)


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def visitor(browser: Browser, home: str, **told: Any) -> Iterator[Visitor]:
    context: BrowserContext = browser.new_context(**{"viewport": DESK, "locale": "hi-IN", **told})
    seen = Visitor(context.new_page(), home)
    seen.page.set_default_timeout(PATIENCE * 1000)

    def judge(route: Any) -> None:
        seen.requests.append(route.request.url)
        if urlsplit(route.request.url).hostname == "127.0.0.1":
            route.continue_()
        else:
            seen.strays.append(route.request.url)
            route.abort()

    def dismiss(dialog: Any) -> None:
        seen.dialogs.append(dialog.message)
        dialog.dismiss()

    context.route("**/*", judge)
    seen.page.on("dialog", dismiss)
    yield seen
    context.close()


@contextmanager
def served(archive: Path, *options: str) -> Iterator[str]:
    """`khabar serve` on a free port; yields the address that it prints."""
    told = [
        sys.executable,
        "-m",
        "commands.__main__",
        "--archive",
        str(archive),
        "serve",
        "--port",
        "0",
        *options,
    ]
    with subprocess.Popen(
        told, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        found = re.search(r"http://127\.0\.0\.1:\d+(/\?token=\S+)?", process.stdout.readline())
        assert found, process.communicate()
        try:
            yield found[0]
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.communicate(timeout=PATIENCE)
            except (
                subprocess.TimeoutExpired
            ):  # a page hangs: that is a finding, not a reason to hang, too
                process.kill()
                raise


# Every piece of text in sight: what it says and its contrast with the ground it really stands on.
CONTRAST = """() => {
  const canvas = document.createElement('canvas'); canvas.width = canvas.height = 1;
  const pen = canvas.getContext('2d', {willReadFrequently: true});
  const mixed = colours => { pen.globalAlpha = 1; pen.fillStyle = '#fff'; pen.fillRect(0, 0, 1, 1);
    for (const [colour, alpha] of colours) { pen.globalAlpha = alpha; pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1); }
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3); };
  const light = rgb => { const [r, g, b] = rgb.map(c => { c /= 255; return c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b; };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) {
    const words = walker.currentNode.textContent.trim(), own = walker.currentNode.parentElement;
    if (!words || !own.checkVisibility() || own.closest('title, script, style, option, details:not([open]) > :not(summary)')) continue;
    const box = own.getBoundingClientRect(); if (box.width < 2 || box.height < 2) continue;
    const up = []; for (let at = own; at; at = at.parentElement) up.unshift(at);
    const alpha = up.reduce((all, at) => all * getComputedStyle(at).opacity, 1);
    const ground = up.map(at => [getComputedStyle(at).backgroundColor, 1]);
    const style = getComputedStyle(own), colour = own.namespaceURI.endsWith('svg') ? style.fill : style.color;
    const [a, b] = [light(mixed(ground)), light(mixed([...ground, [colour, alpha]]))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    found.push({words: words.slice(0, 40), ratio: Math.round(ratio * 100) / 100});
  }
  return found;
}"""
