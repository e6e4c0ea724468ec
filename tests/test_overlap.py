"""What the archive shares with another corpus is found: by address, by words, by near-duplicates, in bounded memory."""

from __future__ import annotations

import csv
import errno
import gzip
import json
import random
import resource
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from archive_fixtures import HOME, ArchiveBuilder, article
from click.testing import CliRunner
from conftest import ROOT, Khabar, settle_in
from export_fixtures import exported, lines, prose

from commands.overlap import command
from khabar.archive import ArchiveError, open_archive
from khabar.export.overlap import keys
from khabar.export.overlap.corpora import CorpusDocument, CorpusFields, read_documents
from khabar.export.overlap.matching import OverlapFinder, exclude_overlap
from khabar.hindi.minhash import likeness, shingles
from khabar.hindi.normalize import compute_text_sha256
from khabar.model.errors import RunError

NUMBER = 30


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://www.kagaz.in/news/1", "https://kagaz.in/news/1/"),
        ("https://m.kagaz.in/news/1?utm_source=x&id=7", "https://www.kagaz.in/news/1?id=7"),
        ("https://KAGAZ.in:443/%6Eews/1#top", "http://kagaz.in/news/1"),
        ("https://amp.kagaz.in/news/1", "https://kagaz.in/news/1"),
    ],
)
def test_one_page_has_one_key(one, other):
    assert keys.url_key(one) == keys.url_key(other) != None  # noqa: E711


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://a.in/1", "http://a.in/2"),
        ("http://a.in/?id=1", "http://a.in/?id=2"),
        ("http://a.in/", "http://b.in/"),
    ],
)
def test_other_pages_have_other_keys(one, other):
    assert keys.url_key(one) != keys.url_key(other)


@pytest.mark.parametrize("url", ["", "कुछ", "http://[", "mailto:a@b.in"])
def test_what_is_no_address_has_no_key(url):
    assert keys.url_key(url) is None


def test_the_docs_show_how_each_key_is_made():
    """The example runs as it is printed."""
    docs = (ROOT / "docs" / "publish.md").read_text(encoding="utf-8")
    example = docs.partition("## Joining with other corpora")[2].split("```")[1]
    assert example.startswith("python\n")
    *imports, url_key, text_sha256, minhash = filter(None, example.splitlines()[1:])
    names = {"text": prose(1, 120)}
    exec("\n".join(imports), names)
    assert eval(url_key, names) == "example.in/news/1"
    assert eval(text_sha256, names) == compute_text_sha256(names["text"])
    assert len(eval(minhash, names)) == 24


def test_keys_in_an_export_are_those_of_the_functions(held, tmp_path):
    with open_archive(held) as archive:
        exported(archive, tmp_path, fields="url,url_key,text,text_sha256,minhash")
    for row in lines(tmp_path / "articles.jsonl"):
        assert row["url_key"] == keys.url_key(row["url"])
        assert row["text_sha256"] == compute_text_sha256(row["text"])
        assert row["minhash"] == keys.minhash(row["text"])


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    path = settle_in(tmp_path_factory.mktemp("overlap"))
    desk = ArchiveBuilder(path)
    for number in range(NUMBER):
        desk.read(article(f"{HOME}/news/{number}", prose(number, 120), published_at="2026-10-01"))
    desk.archive.close()
    return path


def strange(number):
    chance = random.Random(number)
    return " ".join(
        f"{chance.choice('कखगघचछजझटठडढतथदधनपफबभमयरलवशसह')}{chance.randrange(4000)}"
        for _ in range(40)
    )


def corpus(number):
    """Rows of another corpus with ten articles each by address, by words, nearly; the rest is strange."""
    planted = {number // 2 + at * 7: at for at in range(NUMBER)}
    for row in range(number):
        at = planted.get(row)
        if at is None:
            yield {"url": f"https://other.example.in/{row}", "text": strange(row)}
        elif at < 10:
            yield {
                "url": f"https://m.kagaz.newsroom.test/news/{at}/?utm_source=x",
                "text": strange(row),
            }
        elif at < 20:
            yield {
                "url": f"https://other.example.in/{row}",
                "text": prose(at, 120).replace(" ", "\n", 3),
            }
        else:
            words = prose(at, 120).split()
            yield {
                "url": f"https://other.example.in/{row}",
                "text": " ".join([*words[:60], "नया", "शब्द", *words[60:]]),
            }


def write(path, rows):
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


USUAL = CorpusFields()


def found(held, path, names=USUAL):
    with open_archive(held) as archive:
        overlap = OverlapFinder(archive.db)
        matches = list(overlap.find_matches(path, names, lambda read: None))
        urls = dict(archive.db.execute("select id, url from articles"))
    return [
        (one.by, int(urls[one.article_id].rpartition("/")[2])) for one in matches
    ], overlap.counts


PLANTED = sorted(
    [
        *(("url", at) for at in range(10)),
        *(("text", at) for at in range(10, 20)),
        *(("near", at) for at in range(20, 30)),
    ]
)


def test_what_is_planted_is_found_and_nothing_else(held, tmp_path):
    matches, counts = found(held, write(tmp_path / "corpus.jsonl.gz", corpus(1000)))
    assert sorted(matches) == PLANTED
    assert counts == {"documents": 1000, "url": 10, "text": 10, "near": 10, "articles": 30}


@pytest.mark.slow
def test_in_200_000_rows_in_bounded_memory(held, tmp_path):
    path = write(tmp_path / "corpus.jsonl", corpus(200_000))
    code = (
        "import sys; from commands.__main__ import main; main(['overlap', sys.argv[1], '--json'])"
    )
    run = subprocess.run([sys.executable, "-c", code, str(path)], env=Khabar(held, "", ArchiveBuilder.now).environment(), cwd=ROOT,
                         capture_output=True, text=True, check=True)  # fmt: skip
    told = [row["number"] for row in json.loads(run.stdout)]
    assert told == [200_000, 10, 10, 10, 30]
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 250 * 1024


def test_articles_of_one_address_come_by_id(tmp_path):
    path = settle_in(tmp_path / "mirrors")
    desk = ArchiveBuilder(path)
    for at, mirror in enumerate(("www.", "amp.", "mobile.", "")):
        url = f"http://{mirror}kagaz.newsroom.test/news/1"
        desk.read(article(url, prose(at, 120), published_at="2026-10-01"))
    desk.archive.close()
    corpus_file = write(tmp_path / "corpus.jsonl", [{"url": "https://kagaz.newsroom.test/news/1/"}])
    with open_archive(path) as archive:
        overlap = OverlapFinder(archive.db)
        matches = list(overlap.find_matches(corpus_file, USUAL, lambda read: None))
    ids = [match.article_id for match in matches]
    assert len(ids) == 4 and ids == sorted(ids)


def test_parquet_csv_and_lists(held, tmp_path):
    rows = list(corpus(500))
    pq.write_table(
        pa.Table.from_pylist([{"link": row["url"], "content": row["text"]} for row in rows]),
        tmp_path / "c.parquet",
    )
    with (tmp_path / "c.csv").open("w", encoding="utf-8-sig", newline="") as out:
        table = csv.DictWriter(out, ["url", "text"])
        table.writeheader()
        table.writerows(rows)
    (tmp_path / "urls.txt").write_text("\n".join(row["url"] for row in rows))
    (tmp_path / "texts.txt").write_text("\n".join(" ".join(row["text"].split()) for row in rows))
    for name in ("c.parquet", "c.csv"):
        assert sorted(found(held, tmp_path / name)[0]) == PLANTED, name
    assert found(held, tmp_path / "urls.txt")[1]["url"] == 10
    assert found(held, tmp_path / "texts.txt")[1] == {
        "documents": 500,
        "text": 10,
        "near": 10,
        "articles": 20,
    }


def test_fields_can_be_named(held, tmp_path):
    path = write(
        tmp_path / "bench.jsonl", [{"question": "?", "passage": prose(3, 120), "where": "x"}]
    )
    with pytest.raises(ArchiveError, match="question, passage, where"):
        found(held, path)
    assert found(held, path, CorpusFields(text="passage"))[0] == [("text", 3)]


def test_broken_files_are_said(tmp_path):
    for name, body in (
        ("a.jsonl", b"{"),
        ("b.jsonl.gz", b"no gzip"),
        ("c.jsonl.zst", b"no zstd"),
        ("d.parquet", b"no"),
        ("e.jsonl.gz", gzip.compress(bytes(range(256)) * 9)[:-30] + bytes(30)),
    ):
        (tmp_path / name).write_bytes(body)
        with pytest.raises((ArchiveError, RunError), match=name):
            list(read_documents(tmp_path / name))


def test_a_list_is_read_line_by_line(tmp_path):
    (tmp_path / "list").write_text("https://a.in/1\n\nएक पाठ\n")
    assert [(one.url, one.text) for one in read_documents(tmp_path / "list")] == [
        ("https://a.in/1", None),
        (None, "एक पाठ"),
    ]
    assert isinstance(next(iter(read_documents(tmp_path / "list"))), CorpusDocument)


def test_an_export_without_what_others_have(held, tmp_path):
    path = write(tmp_path / "corpus.jsonl", corpus(500))
    khabar = Khabar(held, "", ArchiveBuilder.now)
    more = write(tmp_path / "more.jsonl", [{"text": prose(5, 120)}, {"text": prose(6, 120)}])
    only = write(tmp_path / "only.jsonl", [one for one in corpus(500) if "other" not in one["url"]])
    run = khabar(
        "export",
        str(tmp_path / "x"),
        "--not-in",
        str(only),
        "--not-in",
        str(more),
        "--fields",
        "id,url",
    )
    assert (run.code, run.err) == (0, "")
    assert {
        int(row["url"].rpartition("/")[2]) for row in lines(tmp_path / "x" / "articles.jsonl")
    } == set(range(10, 30))
    run = khabar("overlap", str(path), "--matches", str(tmp_path / "m.csv"))
    assert run.code == 0 and "30" in run.out
    assert len(list(csv.DictReader((tmp_path / "m.csv").open(encoding="utf-8")))) == 30
    assert khabar("overlap", str(tmp_path / "nothing")).code == 2


def test_a_reading_error_names_the_file_that_is_read(held, tmp_path, monkeypatch):
    def fail(*args: object) -> object:
        raise OSError(errno.EIO, "Input/output error")
        yield

    monkeypatch.setattr(OverlapFinder, "find_matches", fail)
    path = write(tmp_path / "corpus.jsonl", corpus(10))
    for options in ([], ["--matches", str(tmp_path / "m.csv")]):
        result = CliRunner().invoke(command, ["--archive", str(held), str(path), *options])
        assert isinstance(result.exception, RunError)
        assert str(result.exception) == f"{path}: cannot be read: Input/output error"
    assert not list(tmp_path.glob("*m.csv*"))


def test_a_writing_error_names_the_file_that_is_written(held, tmp_path):
    path, missing = write(tmp_path / "corpus.jsonl", corpus(10)), tmp_path / "no folder" / "m.csv"
    run = Khabar(held, "", ArchiveBuilder.now)("overlap", str(path), "--matches", str(missing))
    assert run.code == 2 and f"{missing}: cannot be written" in run.err


def test_left_out_is_of_several_files(held, tmp_path):
    files = [write(tmp_path / f"{at}.jsonl", [{"text": prose(at, 120)}]) for at in range(3)]
    with open_archive(held) as archive:
        exclude_overlap(archive.db, files, lambda read: None)
        assert exported(archive, tmp_path / "x", not_in=("a",))["articles"] == NUMBER - 3


def test_near_is_near():
    one, other = (
        shingles(text.split()) for text in (prose(25, 120), list(corpus(500))[250 + 25 * 7]["text"])
    )
    assert likeness(one, other).is_near_duplicate
