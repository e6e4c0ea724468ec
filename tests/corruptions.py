"""Planted damages for `khabar verify`: what each does to an archive's folder, which check names it, how it ends."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from archive_fixtures import HOME
from sqlite_utils.utils import sqlite3

from khabar.archive import open_archive
from khabar.archive.upkeep import seal
from khabar.hindi.normalize import fold_for_index

URL = f"{HOME}/news/3"


def sql(*statements: str, functions: bool = True) -> Callable[[Path], None]:
    """Statements run without foreign keys, as a tool of somebody else's would."""

    def damage(folder: Path) -> None:
        connection = sqlite3.connect(folder / "archive.db", isolation_level=None)
        connection.create_function("hi_fold", 1, fold_for_index, deterministic=True)
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, statement
        connection.close()

    return damage


def in_month(*statements: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        path = folder / "snapshots" / "2026-08.db"
        connection = sqlite3.connect(path, isolation_level=None)
        for statement in statements:
            connection.execute(statement)
        connection.close()

    return damage


def bytes_of(name: str, at: int, new: bytes) -> Callable[[Path], None]:
    """Overwrites bytes on the root page of a table or index: what a bad disk does."""

    def damage(folder: Path) -> None:
        with open_archive(folder / "archive.db") as archive:
            root = archive.db.execute(
                "select rootpage from sqlite_schema where name = ?", [name]
            ).fetchone()[0]
        with (folder / "archive.db").open("r+b") as file:
            file.seek((root - 1) * 4096 + at)
            file.write(new)

    return damage


def file(
    change: Callable[[Path], object], name: str = "snapshots/2026-08.db"
) -> Callable[[Path], None]:
    return lambda folder: change(folder / name)


def in_index(command: str, title: str, text: str, which: str = "3") -> str:
    return (f"insert into articles_fts ({command}rowid, title, subtitle, text, posts, captions) select {which}, "
            f"hi_fold({title}), hi_fold(subtitle), hi_fold({text}), hi_fold(posts), hi_fold(captions) "
            f"from articles where url = '{URL}'")  # fmt: skip


OUT = in_index("articles_fts, ", "title", "text").replace("select 3", "select 'delete', id")
MENDED, AGAIN, LOST = "mended", "reextract", "lost"
A = f"where url = '{URL}'"
ID = f"(select id from articles {A})"


@dataclass
class Damage:
    name: str
    check: str
    end: str
    do: Callable[[Path], None]


DAMAGES = [
    Damage("an index with other bytes", "file", MENDED, bytes_of("sqlite_autoindex_articles_1", 4000, b"zz")),
    Damage("a table with other bytes", "file", LOST, bytes_of("runs", 0, b"\xff" * 8)),
    Damage("a trigger is gone", "schema", MENDED, sql("drop trigger articles_fts_update")),
    Damage("an index is gone", "schema", MENDED, sql("drop index pages_due")),
    Damage("a view is gone", "schema", MENDED, sql("drop view embedded")),
    Damage("a view is another", "schema", MENDED, sql("drop view embed_use", "create view embed_use as select 1 as embed_id")),
    Damage("a table is gone", "schema", LOST, sql("drop table mutes")),
    Damage("a source is gone", "references", MENDED, sql("delete from sources")),
    Damage("a byline of no article", "references", MENDED, sql("insert into article_authors values (5, 0, 1)")),
    Damage("a row whose kept page is gone", "references", MENDED, sql("update pages set snapshot_id = 900 where id = 3")),
    Damage("readings without their article", "references", LOST,
           sql(f"update revisions set article_id = 77 where article_id = {ID}")),
    Damage("a kept page that does not unpack", "snapshots", LOST,
           sql("update snapshots set body = x'28b52ffd0000' where id = (select max(id) from snapshots where body is not null)")),
    Damage("a kept page with another hash", "snapshots", LOST,
           sql("update snapshots set sha256 = 'x' where id = (select max(id) from snapshots where body is not null)")),
    Damage("a kept page of another size", "snapshots", MENDED,
           sql("update snapshots set size = 1 where id = (select max(id) from snapshots where body is not null)")),
    Damage("a dictionary is gone", "snapshots", LOST, sql("delete from dictionaries")),
    Damage("a page that points at one without a body", "snapshots", MENDED,
           sql("insert into snapshots (page_id, url, fetched_at, status, headers, sha256, size, same_as) select page_id, url, "
               "fetched_at, status, '{}', sha256, size, id from snapshots where same_as is not null limit 1")),
    Damage("a sealed month is gone", "sealed", LOST, file(Path.unlink)),
    Damage("a sealed month is cut short", "sealed", LOST, file(lambda path: path.write_bytes(path.read_bytes()[:5000]))),
    Damage("a sealed page is gone", "sealed", LOST, in_month("delete from snapshots where id = 2")),
    Damage("a sealed page is another", "sealed", LOST,
           in_month("update snapshots set body = (select body from snapshots where id = 3) where id = 2")),
    Damage("a sealed page nobody points at", "sealed", MENDED,
           in_month("insert into snapshots values (900, 'x', 'x', 200, '{}', 'x', 1, null, x'00')")),
    Damage("a month nobody sealed", "sealed", MENDED,
           file(lambda path: shutil.copy(path, path.with_name("2020-01.db")))),
    Damage("what a killed seal left", "sealed", MENDED,
           file(lambda path: path.with_name(f"2026-09.db{seal.PART_SUFFIX}").write_bytes(b"x"))),
    Damage("a sealed month of another archive", "sealed", LOST, in_month("update meta set value = 'x' where name = 'archive'")),
    Damage("an article missing from the index", "search", MENDED, sql(OUT)),
    Damage("an article indexed by as many other words", "search", MENDED,
           sql(OUT, in_index("", "'शिविर ३००'", "text", "id"))),
    Damage("words in another order", "search", MENDED,
           sql(OUT, in_index("", "title", "replace(text, 'शिविर लगा', 'लगा शिविर')", "id"))),
    Damage("a headline in another order", "search", MENDED, sql(OUT, in_index("", "'3 शिविर'", "text", "id"))),
    Damage("an entry of no article", "search", MENDED, sql(in_index("", "title", "text"))),
    Damage("an index folded by another version", "search", MENDED, sql("update meta set value = '0' where name = 'fold_version'")),
    Damage("a word without its Latin spelling", "search", MENDED,
           sql("delete from search_terms where term = (select max(term) from search_terms where term < 'ह')")),
    Damage("an outcome nobody knows", "ledger", MENDED, sql(f"update pages set outcome = 'lost' {A}")),
    Damage("an end without its article", "ledger", MENDED, sql(f"update pages set article_id = null {A}")),
    Damage("kept to be read, and nothing kept", "ledger", MENDED,
           sql(f"update pages set state = 'fetched', snapshot_id = null {A}")),
    Damage("another address of nothing", "ledger", MENDED, sql("update pages set alias_of = null where outcome = 'alias'")),
    Damage("another address of itself", "ledger", MENDED, sql("update pages set alias_of = id where outcome = 'alias'")),
    Damage("an article without its row", "ledger", MENDED, sql(f"delete from pages {A}")),
    Damage("a row paced as another host", "ledger", MENDED, sql(f"update pages set host = 'x.test' {A}")),
    Damage("a moment that never comes", "times", MENDED, sql(f"update pages set next_at = 'soon' {A}")),
    Damage("a moment nobody can read", "times", LOST, sql(f"update articles set first_seen = '24 Nov' {A}")),
    Damage("a published time nobody can read", "times", AGAIN, sql(f"update articles set published_at = 'yesterday' {A}")),
    Damage("a wrong count of words", "articles", MENDED, sql(f"update articles set word_count = 1 {A}")),
    Damage("a wrong day", "articles", MENDED, sql(f"update articles set published_on = '2020-01-01' {A}")),
    Damage("a wrong hash of the words", "articles", MENDED, sql(f"update articles set text_sha256 = 'x' {A}")),
    Damage("a text cut short", "blocks", AGAIN, sql(f"update articles set text = substr(text, 1, 90) {A}")),
    Damage("a mark that leaves a paragraph out", "blocks", AGAIN,
           sql(f"update articles set blocks = json_remove(blocks, '$[0]') {A}")),
    Damage("marks that are no JSON", "blocks", AGAIN, sql(f"update articles set blocks = 'x' {A}")),
    Damage("rights that are no JSON", "json", AGAIN, sql(f"update articles set rights = 'x' {A}")),
    Damage("an older reading stands", "revisions", MENDED,
           sql(f"update articles set revision = 1 where url = '{HOME}/news/5'")),
    Damage("an earlier reading lost its words", "revisions", LOST, sql("update revisions set text = null where text is not null")),
    Damage("a reading is gone", "revisions", LOST, sql(f"delete from revisions where article_id = {ID}")),
    Damage("an embed at another block", "embeds", MENDED, sql(f"update article_embeds set block = 0 where article_id = {ID}")),
    Damage("an embed is gone", "embeds", AGAIN, sql(f"delete from article_embeds where article_id = {ID}")),
    Damage("a picture is gone", "embeds", AGAIN, sql(f"delete from images where article_id = {ID}")),
    Damage("a post nobody holds", "embeds", MENDED,
           sql("insert into embeds (key, provider, kind, first_seen, last_seen) values ('x:9', 'x', 'post', '1', '1')")),
    Damage("another story", "stories", MENDED, sql(f"update articles set story_id = 5 {A}")),
    Damage("keys of no article", "stories", MENDED, sql("insert into shingle_bands values (7, 900)")),
    Damage("a site's word with another hash", "robots", LOST, sql("update robots set body = x'41'")),
    Damage("a takedown that was killed", "takedowns", MENDED, sql("update takedowns set finished_at = null")),
    Damage("what was taken down is back", "takedowns", MENDED, sql(f"insert into takedowns (pattern, reason, asked_by, at, "
           f"finished_at) values ('{URL}', 'x', 'y', '2026-11-24T09:00:00Z', '2026-11-24T09:00:00Z')")),
]  # fmt: skip
