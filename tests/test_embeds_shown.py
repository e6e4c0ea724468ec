"""All that is known of an embedded post leaves the archive: in `khabar show`, on the web page and in exports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
from datasette.app import Datasette

from commands.render import print_article
from khabar.archive.store import articles
from khabar.export.schema import EMBED_FIELDS, EMBEDS_SQL
from khabar.model.items import Block, Embed
from khabar.web import make_app
from tests.archive_fixtures import HOME, ArchiveBuilder, article
from tests.web_fixtures import read

POST = Embed(
    "x", "post", "1990000000000000999", "https://x.com/mandi_khabar/status/1990000000000000999",
    "मंडी खबर", "mandi_khabar", "प्याज का भाव किसे सही लगा?", text_complete=True,
    media=("https://img.example.in/bhav.jpg", "https://img.example.in/bori.jpg"),
    alts=("भाव की सूची", "प्याज की बोरियां"), language="mr", poll=("बीस रुपये", "तीस रुपये"),
    quoted="https://x.com/kisan_sabha/status/1980000000000000999", thread="2/5", rule="x.blockquote",
)  # fmt: skip
PARTLY = Embed(
    "x", "post", "1990000000000000998", "https://x.com/i/status/1990000000000000998",
    text="मंडी बंद है।", media=("https://img.example.in/a.jpg", "https://img.example.in/b.mp4"),
    alts=("बंद मंडी",), rule="x.blockquote",
)  # fmt: skip
SHOWN = (*POST.alts, *POST.poll, *PARTLY.alts, "2/5", "kisan_sabha/status/1980000000000000999")
# How an embed was found; `raw_url` and `html` are as the page wrote them.
INTERNAL = {"rule", "via", "raw_url", "html"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArchiveBuilder]:
    desk = ArchiveBuilder(tmp_path_factory.mktemp("mandi") / "archive.db")
    blocks = (Block("paragraph", "मंडी में प्याज का भाव फिर बदला।"), Block("embed", embed=0), Block("embed", embed=1))  # fmt: skip
    desk.read(article(f"{HOME}/news/mandi", blocks=blocks, embeds=(POST, PARTLY)))
    yield desk
    desk.archive.close()


def test_the_terminal_shows_all_of_a_post(desk: ArchiveBuilder, capsys) -> None:
    stored = articles.load_article(desk.db, f"{HOME}/news/mandi")
    assert stored is not None
    print_article(stored)
    text = capsys.readouterr().out
    assert [one for one in (*SHOWN, "language mr") if one not in text] == []
    assert "bhav.jpg — भाव की सूची" in text


def test_the_web_page_shows_all_of_a_post(desk: ArchiveBuilder) -> None:
    app: Datasette = make_app(desk.path, public=False)
    page = read(app, "mandi")
    assert [one for one in SHOWN if one not in page] == []
    assert '<blockquote lang="mr">' in page and " · mr</span>" in page


def test_an_export_has_all_of_a_post(desk: ArchiveBuilder) -> None:
    assert {field.name for field in fields(Embed)} - INTERNAL == EMBED_FIELDS["full"].keys()
    (row,) = desk.rows(f"select {EMBEDS_SQL['full']} as embeds from articles a")
    exported: list[dict[str, Any]] = json.loads(row["embeds"])
    for embed, told in zip((POST, PARTLY), exported, strict=True):
        values = {name: getattr(embed, name) for name in EMBED_FIELDS["full"]}
        expected = {n: list(v) if isinstance(v, tuple) else v for n, v in values.items()}
        assert {**told, "text_complete": None} == {**expected, "text_complete": None}
