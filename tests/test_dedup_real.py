"""On real texts `khabar dedup` finds the near-duplicates that the archive finds."""

from __future__ import annotations

from datetime import date

import pytest
from dedup_fixtures import dedup, pair_ids, row, write_rows

from benchmarks.near_duplicates import find_with_khabar, load_texts


@pytest.mark.shared
@pytest.mark.slow
def test_pairs_of_real_texts_are_those_of_the_archive(tmp_path):
    texts = load_texts()
    rows = [
        row(
            number,
            [line.strip() for line in text.words.splitlines() if line.strip()],
            text.source,
            url=text.url,
            published_on=date.fromisoformat(text.day[:10]),
        )
        for number, text in enumerate(texts)
    ]
    write_rows(tmp_path / "in/a.parquet", rows, group=1000)
    dedup(tmp_path / "in", tmp_path / "out")
    found = {(min(pair), max(pair)) for pair in pair_ids(tmp_path / "out")}
    expected, _ = find_with_khabar(texts)
    assert len(expected) > 2000
    assert found == expected
