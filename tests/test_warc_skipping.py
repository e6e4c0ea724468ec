"""Members skipped without decompressing: the records and offsets are those of decompressing, whatever a page contains."""

from __future__ import annotations

import io
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_warc_records import CountingFile, record

from khabar.parsing import member_ends, warc
from khabar.parsing.codecs import GZIP_MAGIC, zstd
from khabar.parsing.members import WINDOW, MemberReader

OURS, OTHERS = "http://www.a.example/", "http://www.b.example/"
PLACEHOLDER = b"\0SIZ"  # becomes the decompressed size of the member, as its trailer tells it


def pack(data, level=6):
    packer = zlib.compressobj(level, wbits=31)
    return packer.compress(data) + packer.flush()


def build_record(number, body, *, is_ours):
    data = record(number, body)
    data = data if is_ours else data.replace(OURS.encode(), OTHERS.encode(), 1)
    return data.replace(PLACEHOLDER, len(data).to_bytes(4, "little"))


def smuggle(number, count=1, level=0):
    """A body with whole members inside: records under our URL, each where a member seems to end."""
    member = pack(record(f"{number}999", b"smuggled " * 20), level)
    return b"".join(b"x" * 300 + PLACEHOLDER + member for _ in range(count)) + b"x" * 300


def read(data, offset=0):
    refuse = lambda url: "" if url.startswith(OURS) else "of no known source"  # noqa: E731
    return list(warc.iter_records(io.BytesIO(data), offset, refuse))


def read_decompressing(data, offset=0):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemberReader, "skip_member", lambda self, size: False)
        return read(data, offset)


@pytest.fixture
def skipped(monkeypatch):
    """The offsets of the members that are skipped."""
    offsets, skip_member = [], MemberReader.skip_member

    def count(self, size):
        start, is_skipped = self.start, skip_member(self, size)
        offsets.extend([start] * is_skipped)
        return is_skipped

    monkeypatch.setattr(MemberReader, "skip_member", count)
    return offsets


def random_body(seed, size):
    return random.Random(seed).randbytes(size)


BODIES = {
    "random": lambda number, size: random_body(number, size),
    "text": lambda number, size: random_body(number, size // 4).hex().encode() * 2,
    "magic": lambda number, size: random_body(number, size // 2) + GZIP_MAGIC * 9 + b"WARC/1.0",
    "smuggled": lambda number, size: random_body(number, size // 2) + smuggle(number),
    "smuggled twice": lambda number, size: smuggle(number, 2) + random_body(number, size // 2),
    "smuggled, packed": lambda number, size: random_body(number, size) + smuggle(number, level=9),
}
HARMLESS = sorted(name for name in BODIES if not name.startswith("smuggled"))


def records_of(bodies, **sizes):
    return st.lists(
        st.tuples(st.booleans(), st.sampled_from(bodies), st.integers(0, 9000)), **sizes
    )


# What a page in a member of several records could do stands in `MemberReader.skip_member`.
MEMBERS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 6, 9]),
        st.one_of(
            records_of(sorted(BODIES), min_size=1, max_size=1), records_of(HARMLESS, max_size=3)
        ),
        st.sampled_from([b"", b"", b"", b"\r\n"]),
    ),
    max_size=10,
)


def build_file(members, singles):
    """`singles`: members of one record at the start."""
    small = (6, [(False, "text", 40)], b"")
    number, parts = 0, []
    for level, records, padding in [small] * singles + members:
        texts = []
        for is_ours, body, size in records:
            number += 1
            texts.append(build_record(number, BODIES[body](number, size), is_ours=is_ours))
        parts.append(pack(b"".join(texts), level) + padding)
    return b"".join(parts)


@given(MEMBERS, st.integers(0, 4), st.integers(0, 10**6))
def test_the_records_are_those_of_decompressing(members, singles, cut):
    data = build_file(members, singles)
    expected = read_decompressing(data)
    assert read(data) == expected
    for one in expected[::3]:
        assert read(data, one.next_offset) == read_decompressing(data, one.next_offset)
    short = data[: cut % (len(data) + 1)]
    assert read(short) == read_decompressing(short)


def build_single_records(count, *, ours=(), size=5000):
    return [
        pack(build_record(number, random_body(number, size + number), is_ours=number in ours))
        for number in range(count)
    ]


def test_members_of_others_are_skipped_but_the_first_and_the_last(skipped):
    members = build_single_records(60, ours={20, 40})
    data = b"".join(members)
    records = read(data)
    assert [one.page.url for one in records if one.page] == [f"{OURS}20", f"{OURS}40"]
    assert [one.skip_reason for one in records].count("of no known source") == 58
    starts = [sum(map(len, members[:number])) for number in range(60)]
    assert [one.offset for one in records] == starts
    # the first three show the form of the file; the last ones may be of a file cut short
    last = max(number for number in range(60) if starts[number] in skipped)
    assert skipped == [starts[number] for number in range(3, last + 1) if number not in {20, 40}]
    assert len(skipped) >= 50


@pytest.mark.parametrize("count", [1, 2, 50])
def test_a_record_inside_a_page_is_no_record(skipped, count):
    members = build_single_records(40)
    page = build_record(7, smuggle(7, count), is_ours=False)
    members[10] = pack(page, 0)
    sign = len(page).to_bytes(4, "little") + GZIP_MAGIC
    assert members[10].count(sign) == count  # it stands there as at the end of a member
    records = read(b"".join(members))
    assert not [one for one in records if one.page] and len(records) == 40
    assert sum(map(len, members[:10])) not in skipped and len(skipped) > 20


def test_the_last_page_of_a_file_cut_short_is_not_skipped(skipped):
    last = pack(build_record(7, smuggle(7) + random_body(1, 9000), is_ours=False), 0)
    data = b"".join([*build_single_records(8), last[:-4000]])
    assert read(data) == read_decompressing(data)
    assert len(data) - len(last) + 4000 not in skipped


def test_a_file_with_members_of_several_records_is_decompressed(skipped):
    members = build_single_records(20)
    members[5] = pack(b"".join(build_record(number, b"x", is_ours=True) for number in (1, 2)))
    records = read(b"".join(members))
    assert len([one for one in records if one.page]) == 2 and len(records) == 21
    assert len(skipped) == 2


def test_damage_inside_a_skipped_member_is_not_noticed_and_costs_no_other():
    members = [bytearray(one) for one in build_single_records(40, ours={11, 21})]
    for number in (10, 20, 21):
        members[number][3000:3010] = bytes(10)
    members[30][-8:] = bytes(8)  # its end: the member is decompressed
    records = read(b"".join(members))
    assert [one.page.url for one in records if one.page] == [f"{OURS}11"]
    assert [number for number, one in enumerate(records) if one.is_broken] == [21, 30]


def test_plain_files_and_zstd_frames_are_read_as_before(skipped):
    texts = [zlib.decompress(one, 31) for one in build_single_records(20, ours={15})]
    for data in (b"".join(texts), b"".join(map(zstd.compress, texts))):
        assert read(data) == read_decompressing(data)
        assert skipped == []


@pytest.mark.parametrize("told", [3000, 300_000, member_ends.MAX_SIZE - 1000, 10**9])
def test_hostile_members_are_searched_once(told):
    """Bytes read and places compared, not seconds: the time is in proportion to them."""
    head = f"WARC/1.0\r\nWARC-Type: request\r\nContent-Length: {told}\r\n\r\n".encode()
    members = [pack(head + random_body(number, 3000)) for number in range(2000)]
    file = CountingFile(b"".join([*build_single_records(3), *members]))
    for _ in warc.iter_records(file, 0, lambda url: ""):
        pass
    assert file.count <= 4 * len(file.getvalue()) + 10 * WINDOW


def test_places_held_are_limited():
    file = io.BytesIO(GZIP_MAGIC * 2_000_000)
    ends = member_ends.MemberEnds(file, len(file.getvalue()))
    assert ends.find_end(0, 1_000_000) is None
    assert len(ends._places) <= member_ends.MAX_PLACES + member_ends.SCAN_CHUNK
