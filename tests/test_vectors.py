"""Related articles by vectors: learned from the archive, kept in step with it, forgotten with their articles."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from archive_fixtures import HOME, ArchiveBuilder, article
from click.testing import CliRunner
from export_fixtures import exported, lines
from residue_scan import traces
from vector_fixtures import EACH, STUB, SUBJECTS, make_archive, subject_of, url_of, words_of

import khabar
from commands.search import command as search_command
from commands.vectors import command as vectors_command
from khabar.archive import ArchiveError, vectors
from khabar.archive.store.articles import find_article
from khabar.archive.upkeep import takedown
from khabar.archive.upkeep.verify import run_checks
from khabar.archive.upkeep.verify.findings import CheckContext
from khabar.archive.vectors import RelatedQuery
from khabar.archive.vectors.learned import MIN_ARTICLES, LearnedModel, fit_model, number_words
from khabar.archive.vectors.related import BitMatrix, _pad_rows
from khabar.hindi.minhash import hash_word
from khabar.hindi.normalize import tokens
from khabar.web import make_app
from tests.web_fixtures import get


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    """The archive that all tests begin with a copy of."""
    desk = make_archive(tmp_path_factory.mktemp("ground"))
    desk.archive.close()
    return desk.path


@pytest.fixture(scope="module")
def built(ground, tmp_path_factory):
    """An archive with vectors, for reading."""
    desk = ArchiveBuilder(Path(shutil.copy(ground, tmp_path_factory.mktemp("built"))))
    counts = vectors.build_vectors(desk.db, desk.now)
    assert (counts.made, counts.reason) == (EACH * len(SUBJECTS), "there is none")
    yield desk
    desk.archive.close()


@pytest.fixture
def desk(ground, tmp_path):
    """An archive without vectors."""
    desk = ArchiveBuilder(Path(shutil.copy(ground, tmp_path)))
    yield desk
    desk.archive.close()


def related(desk: ArchiveBuilder, url: str, **told) -> list[dict]:
    article_id = find_article(desk.db, url)
    assert article_id
    return vectors.find_related(desk.db, RelatedQuery(article_id, **told))


def bits(desk: ArchiveBuilder) -> dict[int, bytes]:
    return dict(desk.db.execute("select article_id, bits from vectors").fetchall())


# --- what is found ---


def test_the_nearest_articles_are_on_the_same_subject(built):
    right = wrong = 0
    for subject in SUBJECTS:
        for number in range(0, EACH, 2):
            found = related(built, url_of(subject, number), limit=5)
            right += sum(subject_of(hit["url"]) == subject for hit in found)
            wrong += sum(subject_of(hit["url"]) != subject for hit in found)
    assert right > 100 and wrong <= right / 50
    found = related(built, url_of("canal", 0), limit=50)
    assert [hit["similarity"] for hit in found] == sorted(
        (hit["similarity"] for hit in found), reverse=True
    )
    assert find_article(built.db, url_of("canal", 0)) not in [hit["id"] for hit in found]


def test_filters_narrow_them(built):
    url = url_of("court", 2)
    (a_source,) = {hit["source"] for hit in related(built, url, source="pratilipi")}
    assert a_source == "pratilipi"
    days = {
        hit["published_at"][:10]
        for hit in related(built, url, since="2026-11-04", until="2026-11-07")
    }
    assert days and days <= {"2026-11-04", "2026-11-05", "2026-11-06", "2026-11-07"}
    assert len(related(built, url, limit=2)) == 2


def test_copies_and_withheld_articles_are_no_neighbours(desk):
    text = words_of("canal", 0)
    desk.read(article(f"{HOME}/news/copy-1", text, title="नकल"))
    withheld = find_article(desk.db, url_of("canal", 2))
    desk.db.execute("update articles set withheld = 'noarchive' where id = ?", [withheld])
    vectors.build_vectors(desk.db, desk.now)
    found = {hit["url"] for hit in related(desk, url_of("canal", 0), limit=100)}
    assert found and f"{HOME}/news/copy-1" not in found and url_of("canal", 2) not in found
    assert withheld not in bits(desk) and related(desk, url_of("canal", 2)) == []
    later = find_article(desk.db, url_of("canal", 4))
    assert url_of("canal", 4) in found
    desk.db.execute("update articles set withheld = 'noarchive' where id = ?", [later])
    assert url_of("canal", 4) not in {
        hit["url"] for hit in related(desk, url_of("canal", 0), limit=100)
    }
    vectors.build_vectors(desk.db, desk.now)
    assert later not in bits(desk)


def test_distances_are_counted_over_all_bits_and_slices(monkeypatch):
    monkeypatch.setattr("khabar.archive.vectors.related._SLICE", 3)
    chance = np.random.default_rng(1)
    packed = [chance.bytes(9) for _ in range(10)]
    matrix = BitMatrix(np.arange(10, 0, -1), _pad_rows(packed))
    ids, distances = matrix.sort_by_distance(packed[4], 72)
    counted = [bin(int.from_bytes(one) ^ int.from_bytes(packed[4])).count("1") for one in packed]
    assert dict(zip(ids.tolist(), distances, strict=True)) == dict(
        zip(range(10, 0, -1), counted, strict=True)
    )
    assert distances == sorted(distances) and ids[0] == 6
    assert set(matrix.sort_by_distance(packed[4], 30)[1]) == {n for n in counted if n <= 30}


def test_equally_near_articles_come_newest_first():
    matrix = BitMatrix(np.array([9, 5, 2]), _pad_rows([b"\x01", b"\x03", b"\x02"]))
    assert matrix.sort_by_distance(b"\x00", 8)[0].tolist() == [9, 2, 5]


# --- learning ---


def test_a_fit_depends_on_the_articles_alone():
    texts = [number_words(tokens(words_of(subject, n))) for subject in SUBJECTS for n in range(8)]
    one, other = fit_model(texts), fit_model(texts)
    assert one.to_bytes() == other.to_bytes()
    again = LearnedModel.from_bytes(one.to_bytes())
    told = [tokens(words_of("school", 90))]
    assert np.array_equal(one.encode_words(told), again.encode_words(told))
    assert not one.encode_words([["कहींनहींमिला"]]).any()


def test_only_words_of_five_articles_are_in_the_model():
    known = [tokens(words_of("canal", n)) for n in range(20)]
    for n in range(MIN_ARTICLES):
        known[n].append("पाँचबार")
    for n in range(MIN_ARTICLES - 1):
        known[n] += ["चारबार"] * 9
    model = fit_model([number_words(words) for words in known])
    assert hash_word("पाँचबार") in model.words and hash_word("चारबार") not in model.words


def test_too_few_articles_are_refused(tmp_path):
    desk = ArchiveBuilder(tmp_path / "archive.db")
    desk.read(article())
    with pytest.raises(ArchiveError, match="1 articles are too few"):
        vectors.build_vectors(desk.db, desk.now)
    assert vectors.load_current_model(desk.db) is None
    desk.archive.close()


# --- kept in step ---


def test_a_second_build_makes_what_is_new_or_changed(desk):
    vectors.build_vectors(desk.db, desk.now)
    before = bits(desk)
    assert vectors.build_vectors(desk.db, desk.now) == vectors.BuildCounts(0, "")
    desk.wait(hours=1)
    desk.read(article(url_of("canal", 50), words_of("canal", 50)))
    desk.read(article(url_of("court", 2), words_of("hospital", 51), title="बदला हुआ"))
    assert vectors.compute_status(desk.db).missing == 2
    assert vectors.build_vectors(desk.db, desk.now) == vectors.BuildCounts(2, "")
    changed = {key for key, value in bits(desk).items() if before.get(key) != value}
    assert changed == {
        find_article(desk.db, url_of("canal", 50)),
        find_article(desk.db, url_of("court", 2)),
    }
    assert {subject_of(hit["url"]) for hit in related(desk, url_of("court", 2), limit=3)} == {
        "hospital"
    }


def test_an_interrupted_build_goes_on(desk, monkeypatch):
    monkeypatch.setattr("khabar.archive.vectors.build._BATCH_SIZE", 10)

    def stop(done, total):
        if done >= 30:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        vectors.build_vectors(desk.db, desk.now, on_progress=stop)
    assert len(bits(desk)) == 30 and related(desk, url_of("canal", 0))
    counts = vectors.build_vectors(desk.db, desk.now)
    assert counts == vectors.BuildCounts(EACH * len(SUBJECTS) - 30, "")


def test_a_grown_archive_is_learned_again(desk):
    vectors.build_vectors(desk.db, desk.now)
    desk.db.execute("update vector_models set articles = 37")
    assert vectors.compute_status(desk.db).stale == ""
    desk.db.execute("update vector_models set articles = 36")  # half of those there are now
    assert vectors.compute_status(desk.db).stale == "the archive has grown"
    grown = vectors.BuildCounts(EACH * len(SUBJECTS), "the archive has grown")
    assert vectors.build_vectors(desk.db, desk.now) == grown
    assert desk.rows("select count(*) as n from vector_models") == [{"n": 1}]


# --- forgotten ---

RARE, ONLY = "ज़ुबैदाबानो पीतलघंटीवाली", "सिर्फ़इसीमेंहै"


def test_a_takedown_leaves_no_vector_and_no_word(desk, tmp_path):
    """A word that falls under five articles by it leaves with the next build."""
    urls = [url_of("school", 70 + n) for n in range(MIN_ARTICLES)]
    for n, url in enumerate(urls):
        rare = RARE if n else f"{RARE} {ONLY}"
        desk.read(article(url, f"{words_of('school', 70 + n)} {rare}"))
    vectors.build_vectors(desk.db, desk.now)
    article_id = find_article(desk.db, urls[0])
    found = [one for one in traces(tmp_path, f"{RARE} {ONLY}") if "vector model" in one]
    assert len(found) == 2  # those of five articles, else the search for them would prove nothing
    desk.wait(hours=1)
    takedown.add_takedown(desk.archive, urls[0], "court", "desk", desk.now)
    assert article_id not in bits(desk) and len(bits(desk)) == EACH * len(SUBJECTS) + 4
    assert urls[0] not in {hit["url"] for hit in related(desk, urls[1], limit=100)}
    assert vectors.compute_status(desk.db).stale == "a takedown since"
    desk.wait(hours=1)
    assert vectors.build_vectors(desk.db, desk.now).reason == "a takedown since"
    assert vectors.compute_status(desk.db).stale == ""
    assert not any(
        "vector model" in one or ONLY in one for one in traces(tmp_path, f"{RARE} {ONLY}")
    )
    assert list(run_checks(CheckContext(desk.archive, desk.now))) == []


def test_verify_names_a_vector_without_article(desk):
    vectors.build_vectors(desk.db, desk.now)
    desk.db.execute("pragma foreign_keys = off")
    desk.db.execute(
        "update vectors set article_id = 77 where article_id = (select min(article_id) from vectors)"
    )
    desk.db.execute(
        "update vectors set model_id = 99 where article_id = (select max(article_id) from vectors)"
    )
    desk.db.execute("pragma foreign_keys = on")
    found = [
        one for one in run_checks(CheckContext(desk.archive, desk.now)) if "vectors" in str(one)
    ]
    assert len(found) == 2


# --- other encoders ---


@pytest.fixture
def encoder(tmp_path, monkeypatch) -> Path:
    """A folder of model2vec's kind, and a stand-in for that package."""
    folder, packages = tmp_path / "encoder", tmp_path / "packages"
    for path in (folder, packages):
        path.mkdir()
    (packages / "model2vec.py").write_text(STUB, encoding="utf-8")
    static = {"idx": 0, "path": ".", "type": "sentence_transformers.models.StaticEmbedding"}
    (folder / "modules.json").write_text(json.dumps([static]))  # as model2vec 0.10 writes it
    chosen = [words.split()[n] for words in SUBJECTS.values() for n in range(12)]
    (folder / "words.json").write_text(json.dumps(chosen), encoding="utf-8")
    monkeypatch.syspath_prepend(str(packages))
    monkeypatch.delitem(sys.modules, "model2vec", raising=False)
    yield folder
    sys.modules.pop("model2vec", None)


def test_an_encoder_from_a_folder_takes_over_and_is_remembered(desk, encoder):
    vectors.build_vectors(desk.db, desk.now)
    counts = vectors.build_vectors(desk.db, desk.now, str(encoder))
    assert counts == vectors.BuildCounts(EACH * len(SUBJECTS), "another encoder")
    model = vectors.load_current_model(desk.db)
    assert (model.encoder, model.dimensions, model.words, model.bytes) == (str(encoder), 72, 0, 0)
    assert {subject_of(hit["url"]) for hit in related(desk, url_of("weather", 0), limit=4)} == {
        "weather"
    }
    desk.read(article(url_of("canal", 50), words_of("canal", 50)))
    assert vectors.build_vectors(desk.db, desk.now) == vectors.BuildCounts(1, "")
    assert vectors.build_vectors(desk.db, desk.now, "learned").reason == "another encoder"


def test_an_encoder_that_cannot_be_used_is_named(desk, encoder, tmp_path, monkeypatch):
    with pytest.raises(ArchiveError, match="not the folder of an encoder"):
        vectors.build_vectors(desk.db, desk.now, str(tmp_path))
    (tmp_path / "modules.json").write_text('[{"type": "sentence_transformers.models.Transformer"}]')
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ArchiveError, match="pip install sentence-transformers"):
        vectors.build_vectors(desk.db, desk.now, str(tmp_path))
    (encoder / "modules.json").unlink()
    (encoder / "config.json").write_text('{"model_type": "model2vec"}')  # as published models say
    (encoder / "words.json").unlink()
    with pytest.raises(ArchiveError, match="model2vec cannot read it"):
        vectors.build_vectors(desk.db, desk.now, str(encoder))
    assert vectors.load_current_model(desk.db) is None


# --- where it is asked for ---


def run(command, *args: str):
    return CliRunner().invoke(command, args, catch_exceptions=True)


def test_search_prints_related_articles_as_hits(built):
    number, archive = find_article(built.db, url_of("canal", 0)), ("--archive", str(built.path))
    for what in (str(number), url_of("canal", 0)):
        hits = json.loads(
            run(search_command, "--related", what, "--json", "--limit", "3", *archive).output
        )
        assert [subject_of(hit["url"]) for hit in hits] == ["canal"] * 3
    of_search = json.loads(run(search_command, "नहर", "--json", *archive).output)
    assert hits[0].keys() == of_search[0].keys() | {"similarity"}
    shown = run(search_command, "--related", str(number), "--limit", "3", *archive).output
    assert [str(hit["id"]) in shown and hit["title"] in shown for hit in hits] == [True] * 3
    assert run(search_command, "--related", str(number), "--csv", *archive).output.startswith(
        "id,url,"
    )
    for wrong in (("नहर", "--related", "7"), (), ("--related", "7", "--rank")):
        assert run(search_command, *wrong, *archive).exit_code == 2
    unknown = run(search_command, "--related", "7", *archive)
    assert "no article 7" in str(unknown.exception)


def test_the_library_returns_them(built):
    with khabar.open(built.path) as archive:
        hits = archive.related(url_of("cricket", 0), source="kagaz", limit=2)
        assert [(hit["source"], subject_of(hit["url"])) for hit in hits] == [
            ("kagaz", "cricket")
        ] * 2
        assert archive.related(12345) == []


def test_build_and_status_speak(ground, tmp_path):
    archive = ("--archive", str(shutil.copy(ground, tmp_path)))
    assert "khabar vectors build" in run(vectors_command, "status", *archive).output
    missing = run(search_command, "--related", url_of("canal", 0), *archive)
    assert "has no vectors" in str(missing.exception)
    assert "72 vectors made, in a new model" in run(vectors_command, "build", *archive).output
    told = json.loads(run(vectors_command, "status", "--json", *archive).output)
    assert (told["vectors"], told["missing"], told["model"]["articles"]) == (72, 0, 72)
    assert (
        "72 articles with a vector, 0 to be made" in run(vectors_command, "status", *archive).output
    )


def test_without_numpy_the_error_names_the_extra(desk, monkeypatch):
    vectors.build_vectors(desk.db, desk.now)
    monkeypatch.setitem(sys.modules, "numpy", None)
    for ask in (
        lambda: vectors.build_vectors(desk.db, desk.now),
        lambda: related(desk, url_of("canal", 0)),
    ):
        with pytest.raises(ArchiveError, match=r"khabar\[vectors\]"):
            ask()


def read_back(folder: Path, format_: str) -> list[dict]:
    if format_ == "jsonl":
        return lines(folder / "articles.jsonl")
    if format_ == "parquet":
        return pq.read_table(folder / "data").to_pylist()
    with (folder / "articles.csv").open(encoding="utf-8-sig", newline="") as file:
        return [row | {"id": int(row["id"])} for row in csv.DictReader(file)]


@pytest.mark.parametrize("format_", ["jsonl", "parquet", "csv"])
def test_a_dataset_has_them_where_it_has_the_text(desk, tmp_path, format_):
    vectors.build_vectors(desk.db, desk.now)
    for origin in (
        HOME,
        HOME.replace("kagaz", "pratilipi"),
    ):  # they were asked, and reserve nothing
        desk.db.execute(
            """insert into robots (origin, status, body, sha256, first_seen, last_asked)
            values (?, 200, x'', ?, '2026-11-01T00:00:00Z', '2026-11-25T00:00:00Z')""",
            [origin, hashlib.sha256(b"").hexdigest()],
        )
    exported(desk.archive, tmp_path / "all", format_, fields="id,text,+vector")
    rows = read_back(tmp_path / "all", format_)
    told = {row["id"]: row["vector"] for row in rows}
    assert told == {key: value.hex() for key, value in bits(desk).items()} and len(told) == 72
    exported(desk.archive, tmp_path / "train", format_, fields="id,text,+vector", purpose="train")
    metadata_only = read_back(tmp_path / "train", format_)
    assert len(metadata_only) == 72
    assert not any(row["vector"] or row["text"] for row in metadata_only)


def test_an_export_without_vectors_or_of_stale_ones_says_so(desk, tmp_path):
    with pytest.raises(ArchiveError, match="no vectors"):
        exported(desk.archive, tmp_path / "none", "jsonl", fields="+vector")
    vectors.build_vectors(desk.db, desk.now)
    desk.wait(hours=1)
    desk.read(article(url_of("court", 2), words_of("hospital", 51), title="बदला हुआ"))
    exported(desk.archive, tmp_path / "some", "jsonl", fields="id,+vector")
    rows = read_back(tmp_path / "some", "jsonl")
    changed = find_article(desk.db, url_of("court", 2))
    assert [row["id"] for row in rows if row["vector"] is None] == [changed]


@pytest.mark.parametrize("public", [False, True])
def test_the_article_page_links_them(built, public):
    app = make_app(built.path, public=public)
    page = get(app, f"/a/{find_article(built.db, url_of('canal', 0))}").text
    section = page.partition("इससे जुड़ी ख़बरें")[2].partition("</section>")[0]
    linked = [int(number) for number in re.findall(r'href="/a/(\d+)"', section)]
    urls = dict(built.db.execute("select id, url from articles").fetchall())
    assert [subject_of(urls[number]) for number in linked] == ["canal"] * 6
    assert "काग़ज़" in section and words_of("canal", 0)[:40] not in section


def test_a_page_without_vectors_or_numpy_has_no_such_section(built, desk, monkeypatch):
    number = find_article(built.db, url_of("canal", 0))
    assert "जुड़ी ख़बरें" not in get(make_app(desk.path, public=False), f"/a/{number}").text
    monkeypatch.setitem(sys.modules, "numpy", None)
    page = get(make_app(built.path, public=False), f"/a/{number}")
    assert page.status_code == 200 and "जुड़ी ख़बरें" not in page.text


def test_an_archive_of_an_older_schema_is_read_without_vectors(desk):
    for table in ("vectors", "vector_models"):
        desk.db.execute(f"drop table {table}")
    number = find_article(desk.db, url_of("canal", 0))
    assert vectors.load_current_model(desk.db) is None and related(desk, url_of("canal", 0)) == []
    assert get(make_app(desk.path, public=False), f"/a/{number}").status_code == 200
