"""The real saved pages, crawled from a loopback server into an archive: each ends as it should."""

from __future__ import annotations

import gzip
import json

import pytest
from conftest import SHARED
from local_site import HOST, serving

from khabar.archive import open_archive

pytestmark = pytest.mark.shared


def _gold() -> dict[str, dict]:
    return {
        path.name.removesuffix(".gold.json"): json.loads(path.read_text())
        for path in (SHARED / "pages").glob("*.gold.json")
    }


def _pages() -> dict[str, bytes]:
    folder = SHARED / "pages"
    return {
        f"/page/{path.name.removesuffix('.html.gz')}": gzip.decompress(path.read_bytes())
        for path in folder.glob("*.html.gz")
    }


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    languages = tuple(sorted({gold["language"] for gold in _gold().values()}))
    with serving(_pages(), tmp_path_factory.mktemp("real"), languages) as khabar:
        run = khabar("crawl", timeout=300)
        assert (run.code, run.err) == (0, "")
        with open_archive(khabar.archive) as archive:
            told = "select p.url, p.outcome, p.evidence, a.page_type from pages p left join articles a on a.id = p.article_id"
            rows = {
                row["url"].removeprefix(f"http://{HOST}/page/"): row
                for row in archive.db.query(told)
            }
    return rows


@pytest.mark.parametrize("name", sorted(_gold()))
def test_each_ends_as_its_reader_saw_it(outcomes, name):
    gold, row = _gold()[name], outcomes[name]
    if gold["page_type"] in ("article", "liveblog"):
        assert (row["outcome"], row["page_type"]) == ("article", gold["page_type"]), row["evidence"]
    else:
        assert row["outcome"] == gold["page_type"], row["evidence"]


@pytest.mark.parametrize(
    "name",
    sorted(page.removeprefix("/page/") for page in _pages() if page.startswith("/page/marathi")),
)
def test_marathi_is_another_language(outcomes, name):
    assert outcomes[name]["outcome"] == "other-language"
