"""Which source is broken: told by what it usually is, in the run that shows it, once; and no quiet Sunday."""

from __future__ import annotations

from datetime import UTC

import pytest
from health_fixtures import DAY, HOUR, UNDATED, WELL, Press, page_row, watched_for

from khabar.archive import health
from khabar.model.clock import format_utc
from khabar.model.items import Article, Embed, Outcome, Visit

NO_AUTHOR = Article(
    "x", title="त", published_at="2026-11-02T09:00:00+05:30", published_precision="minute"
)


@pytest.fixture(scope="module")
def weeks(tmp_path_factory):
    """Twenty days of hourly runs, made once and copied for each test: the archive, when it is, what was told."""
    return watched_for(20, tmp_path_factory)


@pytest.fixture
def press(weeks, tmp_path):
    watched, now, told = weeks
    path = tmp_path / "archive.db"
    path.write_bytes(watched.read_bytes())
    again = Press(path, now=now)
    again.told = list(told)
    yield again
    again.archive.close()


# --- weeks of runs ---


def test_three_weeks_of_ordinary_days_and_sundays_are_silent(weeks):
    *_, told = weeks
    assert told == []


def test_every_run_and_source_leaves_a_row(weeks, press):
    rows = press.db.execute("select count(*), count(distinct run_id) from run_sources").fetchone()
    assert rows == (20 * 24 * 5, 20 * 24)
    fields = {field for (field,) in press.db.execute("select distinct field from run_fields")}
    assert fields == set(health.FIELDS)


@pytest.mark.parametrize(
    ("field", "visits"),
    [
        ("date", lambda p: p.read("kalam", 4, UNDATED)),
        ("title", lambda p: p.read("kalam", 4, Article(**{**_fields(WELL), "title": None}))),
        ("author", lambda p: p.read("kalam", 4, Article(**{**_fields(WELL), "authors": ()}))),
        ("text", lambda p: p.read("kalam", 4, WELL, Outcome.NO_TEXT)),
        ("access", lambda p: p.lost("kalam", 4, Outcome.FORBIDDEN)),
        ("document", lambda p: [p.document("kalam", Outcome.BROKEN_FEED)]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_breaks_is_named_in_its_first_run_with_field_and_url(press, field, visits):
    """At ten in the morning, four pages: enough for a source watched for three weeks."""
    press.now += 10 * HOUR
    if field == "document":  # a feed that is no feed: repeating will not mend it
        _close_document(press, "kalam", Outcome.BROKEN_FEED)
    broken = [press.document("kalam"), *visits(press)] if field != "document" else visits(press)
    run = press.run(lambda key: broken if key == "kalam" else press.well(key))
    assert list(press.broken()) == ["kalam"]
    words = press.broken()["kalam"]
    assert (
        words.startswith(f"{field}: 0 of ")
        and "usually 100%" in words
        and "http://www.kalam.newsroom.test" in words
    )
    assert press.told == [("broken", "kalam")]
    assert [key for key, _ in health.list_newly_broken(press.db, run)] == ["kalam"]


def _fields(one: Article) -> dict[str, object]:
    return {name: getattr(one, name) for name in one.__slots__}


def _close_document(press: Press, key: str, outcome: Outcome) -> None:
    from khabar.archive.database import transaction
    from khabar.archive.frontier import outcomes

    with transaction(press.db):
        outcomes.set_outcome(press.db, press.pages[key][0], outcome, "", press.now)


def test_it_stays_broken_while_nothing_is_read_and_is_told_once(press):
    press.now += 10 * HOUR
    press.run(
        lambda key: [press.document(key), *press.read(key, 4, UNDATED if key == "kalam" else WELL)]
    )
    since = press.now
    for _ in range(3):
        press.now += HOUR
        run = press.run(lambda key: [press.document(key)])
        assert list(press.broken()) == ["kalam"] and health.list_newly_broken(press.db, run) == []
    assert press.told == [("broken", "kalam")]
    kept = press.db.execute(
        "select broken_since from run_sources where run_id = ? and source = 'kalam'", [run]
    )
    assert kept.fetchone()[0] == format_utc(since)


def test_mended_is_told_once_too_and_the_broken_days_do_not_become_usual(press):
    press.now += 10 * HOUR
    for _ in range(5):
        press.run(
            lambda key: [
                press.document(key),
                *press.read(key, 4, UNDATED if key == "kalam" else WELL),
            ]
        )
        press.now += HOUR
    for _ in range(4):
        press.run(lambda key: press.well(key, lambda _: 6))
        press.now += HOUR
    assert press.told == [("broken", "kalam"), ("mended", "kalam")]
    press.run(
        lambda key: [press.document(key), *press.read(key, 4, UNDATED if key == "kalam" else WELL)]
    )
    assert press.told[-1] == ("broken", "kalam") and "usually 100%" in press.broken()["kalam"]


def test_a_fault_that_creeps_in_is_named_within_the_day(press):
    """A third of the pages in a new template: no single run shows it, the day does."""
    for _ in range(24):
        press.run(
            lambda key: [
                press.document(key),
                *press.read(key, 2),
                *press.read(key, 1, UNDATED if key == "kalam" else WELL),
            ]
        )
        press.now += HOUR
    assert press.told == [("broken", "kalam")]


def test_a_field_it_never_had_is_no_fault_and_one_it_lost_for_good_is_learned(press):
    assert not press.db.execute("select 1 from run_sources where faults like '%embeds%'").fetchone()
    press.now += 10 * HOUR
    for _ in range(16 * 4):
        press.run(lambda key: [press.document(key), *press.read(key, 4, _without_author(key))])
        press.now += 6 * HOUR
    assert press.told == [("broken", "kalam"), ("mended", "kalam")]


def _without_author(key: str) -> Article:
    return Article(**{**_fields(WELL), "authors": ()}) if key == "kalam" else WELL


def test_no_text_is_never_learned(press):
    press.now += 10 * HOUR
    for _ in range(20):
        press.run(lambda key: [press.document(key), *press.read(key, 6, WELL, _no_text(key))])
        press.now += DAY
    assert press.told == [("broken", "kalam")] and "text: 0 of 6" in press.broken()["kalam"]


def _no_text(key: str) -> Outcome:
    return Outcome.NO_TEXT if key == "kalam" else Outcome.ARTICLE


def test_pages_cut_short_are_seen_by_their_length(press):
    press.db.execute("update run_sources set usual_words = 1")
    press.now += 10 * HOUR
    run = health.start_run(press.db, press.now, press.keys)
    press.db.execute("update run_sources set usual_words = 400 where run_id = ?", [run])
    for visit in [press.document("kalam"), *press.read("kalam", 6)]:
        health.count_visit(
            press.db,
            run,
            visit,
            visit.outcome,
            None,
            page_row(visit.page_id == press.pages["kalam"][0]),
        )
    health.finish_run(press.db, run, press.now, "finished")
    assert press.broken()["kalam"].startswith("length: 0 of 6 articles are half as long as usual")


# --- one text under several headlines ---


def _shared(press: Press, key: str, count: int, own: int) -> list[Visit]:
    """Articles with one text, of which the first was alone with it when it came, and others."""
    pages = press.read(key, count + own)
    for visit in pages[1:count]:
        visit.is_shared_text = True
    return pages


@pytest.mark.parametrize(
    ("count", "own", "named"), [(5, 3, True), (7, 13, True), (2, 38, False), (2, 2, False)]
)
@pytest.mark.parametrize("known", [True, False])
def test_a_text_under_many_headlines_is_a_failed_reading(press, tmp_path, known, count, own, named):
    """In a source watched for three weeks, and in one never crawled before."""
    press = press if known else Press(tmp_path / "new.db")
    press.now += 10 * HOUR
    press.run(lambda key: _shared(press, key, count, own) if key == "kalam" else press.well(key))
    assert press.told == ([("broken", "kalam")] if named else [])
    if named:
        assert press.broken()["kalam"].startswith(f"own text: {own + 1} of {count + own} articles")


@pytest.mark.parametrize(("count", "named"), [(4, False), (5, True), (60, True)])
def test_a_new_source_of_one_text_is_named_from_five_articles_on(tmp_path, count, named):
    press = Press(tmp_path / "archive.db", keys=("kalam",))
    press.run(lambda key: _shared(press, key, count, 0))
    assert press.told == ([("broken", "kalam")] if named else [])


def test_a_few_shared_texts_an_hour_are_seen_within_the_day_and_their_end_as_well(press):
    for _ in range(24):
        press.run(
            lambda key: [
                press.document(key),
                *(_shared(press, key, 2, 1) if key == "kalam" else press.read(key, 3)),
            ]
        )
        press.now += HOUR
    assert press.told == [("broken", "kalam")]
    for _ in range(24):
        press.run(press.well)
        press.now += HOUR
    assert press.told == [("broken", "kalam"), ("mended", "kalam")]


# --- numbers of articles ---


def test_a_source_that_falls_silent_is_named_and_its_night_is_not(press):
    heard = []
    for hours in range(48):
        press.run(lambda key: [press.document(key)] if key == "kalam" else press.well(key))
        heard.append((hours, list(press.broken())))
        press.now += HOUR
    named = [hours for hours, keys in heard if keys]
    assert 12 < named[0] < 30 and press.told == [("broken", "kalam")]
    assert "silent: nothing new for" in press.broken()["kalam"]


def test_a_source_that_brings_a_trickle_is_named_within_a_day_or_so(press):
    for _ in range(36):
        press.run(
            lambda key: (
                press.well(key, lambda at: int(at.hour == 3)) if key == "kalam" else press.well(key)
            )
        )
        press.now += HOUR
    assert press.told == [("broken", "kalam")] and press.broken()["kalam"].startswith(
        ("few: ", "silent: ")
    )


def test_a_holiday_of_the_whole_press_is_nobodys_fault(press):
    """Five articles each, where the poorest Sunday brought twenty. For one source alone it would be a fault."""
    holiday = {0: 1, 3: 1, 6: 1, 9: 1, 12: 1}  # by the hour of UTC
    for _ in range(30):
        press.run(lambda key: press.well(key, lambda at: holiday.get(at.astimezone(UTC).hour, 0)))
        press.now += HOUR
    assert press.told == []


def test_the_first_sunday_of_a_young_archive_is_silent(tmp_path):
    press = Press(tmp_path / "archive.db")
    press.watch(6)
    press.watch(2, lambda at: int(at.astimezone(press.now.tzinfo).hour == 9))
    assert press.told == []


def test_a_backlog_is_not_silence(press):
    press.db.execute(
        "update pages set state = 'new', outcome = null, next_at = '2026-11-01T00:00:00Z' where id = ?",
        [press.pages["kalam"][1]],
    )
    for _ in range(40):
        press.run(lambda key: [press.document(key)] if key == "kalam" else press.well(key))
        press.now += HOUR
    assert press.told == []


# --- a young archive ---


def test_a_source_nothing_is_known_of_must_show_something(tmp_path):
    press = Press(tmp_path / "archive.db")
    press.run(lambda key: [press.document(key), *press.read(key, 5, WELL, _no_text(key))])
    assert press.told == [("broken", "kalam")] and "text: 0 of 5" in press.broken()["kalam"]


@pytest.mark.parametrize("runs_before", [0, 1, 4])
def test_what_a_source_never_had_it_has_not_lost(tmp_path, runs_before):
    """Thousands of pages without bylines and embeds, after none or a few runs that had none either."""
    press = Press(tmp_path / "archive.db", keys=("kalam",))
    bare = Article(**{**_fields(WELL), "authors": (), "published_precision": "day"})
    for count in [3] * runs_before + [2000]:
        press.run(lambda key, count=count: [press.document(key), *press.read(key, count, bare)])
        press.now += HOUR
    assert press.told == [] and press.broken() == {}


def test_documents_read_day_after_day_without_one_article_are_not_well(tmp_path):
    press = Press(tmp_path / "archive.db")
    for _ in range(30):
        press.run(lambda key: [press.document(key)] if key == "kalam" else press.well(key))
        press.now += HOUR
    assert press.told == [("broken", "kalam")]


def test_a_hosts_bad_hour_is_forgiven_once(press):
    press.now += 10 * HOUR

    def lost(key):
        return [press.document(key, Outcome.SERVER_ERROR)] if key == "kalam" else press.well(key)

    press.run(lost)
    assert press.told == []
    press.now += HOUR
    press.run(press.well)
    press.now += HOUR
    press.run(lost)
    press.now += HOUR
    press.run(lost)
    assert press.told == [("broken", "kalam")]


def test_a_source_that_was_never_read_is_not_forgiven(tmp_path):
    press = Press(tmp_path / "archive.db")
    press.run(
        lambda key: (
            [press.document(key, Outcome.SERVER_ERROR)] if key == "kalam" else press.well(key)
        )
    )
    assert press.told == [("broken", "kalam")]


# --- outages and mutes ---


def test_an_outage_blames_nobody_and_is_told_once_with_its_end(press):
    press.now += 10 * HOUR
    press.run(
        lambda key: [press.document(key), *press.read(key, 4, UNDATED if key == "kalam" else WELL)]
    )
    for _ in range(5):
        press.now += HOUR
        press.run(lambda key: [], "outage")
        assert list(press.broken()) == ["kalam"]  # as before
    press.now += HOUR
    press.run(lambda key: press.well(key, lambda _: 5))
    assert press.told == [
        ("broken", "kalam"),
        ("outage", None),
        ("back", None),
        ("mended", "kalam"),
    ]


def test_a_muted_source_is_not_told_of_until_its_day_is_over(press):
    press.now += 10 * HOUR
    health.mute_source(
        press.db, "kalam", press.now + 5 * HOUR, "redesign, TOML is being written", press.now
    )
    for hours in range(8):
        press.run(
            lambda key: [
                press.document(key),
                *press.read(key, 4, UNDATED if key == "kalam" else WELL),
            ]
        )
        assert list(press.broken()) == ["kalam"]
        assert bool(press.told) == (hours >= 5)
        press.now += HOUR
    assert press.told == [("broken", "kalam")]


# --- what is kept ---


def test_the_last_run_may_have_no_source(tmp_path):
    press = Press(tmp_path / "khabar.db", keys=())
    with pytest.raises(LookupError):
        health.last_run(press.db)
    run = health.start_run(press.db, press.now, [])
    assert health.last_run(press.db) == health.RunSummary(run, 0, 0, 0, 0, 0, 0, None)
    press.archive.close()


def test_embeds_beside_the_article_do_not_count(tmp_path):
    press = Press(tmp_path / "archive.db", keys=("kagaz",))
    with_embed = {
        place: Article(**{**_fields(WELL), "embeds": (Embed("x", "post", "1", place=place),)})
        for place in ("body", "page")
    }
    press.run(
        lambda key: [
            *press.read(key, 2, with_embed["body"]),
            *press.read(key, 3, with_embed["page"]),
        ]
    )
    share = press.db.execute("select held, of from run_fields where field = 'embeds'").fetchone()
    assert share == (2, 5)


def test_detail_is_dropped_after_ninety_days_and_the_counts_stay(press):
    press.now += 100 * DAY
    press.run(press.well)
    assert press.db.execute("select count(distinct run_id) from run_fields").fetchone()[0] == 1
    assert press.db.execute("select count(distinct run_id) from run_sources").fetchone()[0] == 481
