"""A host that asks for a moment is waited for, also when no other is left to be asked; for hours it is not."""

from __future__ import annotations

import time

import pytest
from raw_site import http, rss, serving, story

PAGES = range(8)


@pytest.mark.parametrize(("seconds", "read"), [("1", True), ("3600", False)])
def test_a_source_alone_that_answers_503_once(tmp_path, seconds, read):
    with serving(tmp_path / "x") as site:
        host, asked = site.add("kagaz"), []

        def page(path, headers):
            if path == "/feed.xml":
                return rss(host, *(f"/news/{n}" for n in PAGES))
            if not path.startswith("/news/"):
                return None
            asked.append(path)
            if len(asked) == 3:
                return http(b"busy", 503, Retry_After=seconds)
            return http(story(int(path[6:])))

        site.on(host, "*", page)
        begun = time.monotonic()
        run = site.khabar("crawl")
        assert run.code == 0 and time.monotonic() - begun < 60
        stored, refused = site.stored(host), asked[2]
        assert refused not in stored  # its own retry is due in minutes
        assert stored == set(asked) - {refused}
        assert len(asked) == len(PAGES) if read else len(asked) <= 4  # one was on its way
