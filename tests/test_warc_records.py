"""Records of WARC files, byte by byte: every encoding and framing, wrong lengths, and always forward."""

from __future__ import annotations

import gzip
import io
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.parsing import warc
from khabar.parsing.codecs import zstd
from khabar.parsing.http_bodies import MAX_CODINGS
from khabar.parsing.members import WINDOW

PAGE = "<!doctype html><p>घाट पर मेला लगा और सब लोग आए।</p>".encode() * 40


def record(
    number, body=PAGE, headers=(), length=None, behind=b"\r\n\r\n", date="2026-11-20T00:00:00Z"
):
    block = (
        "".join(
            ["HTTP/1.1 200 OK\r\n", *(f"{name}: {value}\r\n" for name, value in headers), "\r\n"]
        ).encode()
        + body
    )
    told = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://www.a.example/{number}\r\n"
    told += f"WARC-Date: {date}\r\n" if date else ""
    told += f"Content-Length: {len(block) if length is None else length}\r\n\r\n"
    return told.encode() + block + behind  # fmt: skip


def read(data):
    """All records; fails when the reading goes back, or brings more than there are bytes."""
    records, last = [], 0
    for one in warc.iter_records(io.BytesIO(data), 0, lambda url: ""):
        assert last <= one.offset <= one.next_offset <= len(data)
        records.append(one)
        last = one.next_offset
        assert len(records) <= len(data)
    return records


def pages(records):
    return [int(one.page.url.rpartition("/")[2]) for one in records if one.page]


def broken(records):
    return [one.skip_reason for one in records if one.is_broken]


# --- encodings and framings ---


def raw_deflate(body):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


def chunks(body):
    return b"".join(b"%x\r\n%s\r\n" % (len(body[at : at + 300]), body[at : at + 300]) for at in range(0, len(body), 300)) + b"0\r\n\r\n"  # fmt: skip


ENCODINGS = {
    "": lambda body: body, "identity": lambda body: body, "gzip": gzip.compress, "x-gzip": gzip.compress,
    "deflate": zlib.compress, "deflate raw": raw_deflate, "br": brotli.compress, "zstd": zstd.compress,
    "gzip, br": lambda body: brotli.compress(gzip.compress(body)),
    "gzip members": lambda body: gzip.compress(body[:500]) + gzip.compress(body[500:]),
}  # fmt: skip
FRAMINGS = ("length", "chunked", "none", "chunked, removed", "both")


@pytest.mark.parametrize("is_removed", [False, True], ids=["", "removed"])
@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_in_every_framing(encoding, framing, is_removed):
    """`is_removed`: the body is decoded already, and its header still stands, as in Common Crawl's files."""
    body = PAGE if is_removed else ENCODINGS[encoding](PAGE)
    headers = [("Content-Encoding", encoding.removesuffix(" raw").removesuffix(" members"))] * bool(encoding)  # fmt: skip
    if "chunked" in framing or framing == "both":
        headers.append(("Transfer-Encoding", "chunked"))
    if framing in ("length", "both"):
        headers.append(("Content-Length", str(len(body))))
    sent = chunks(body) if framing in ("chunked", "both") else body
    for data in (record(1, sent, headers), gzip.compress(record(1, sent, headers))):
        (one,) = read(data)
        assert (one.page and one.page.body, one.skip_reason) == (PAGE, "")


@pytest.mark.parametrize("encoding", [name for name in ENCODINGS if name not in ("", "identity")])
@pytest.mark.parametrize("cut", [10, 60, -3])
def test_a_body_cut_short_is_named(encoding, cut):
    headers = [("Content-Encoding", encoding.removesuffix(" raw").removesuffix(" members"))]
    found = read(record(1, ENCODINGS[encoding](PAGE)[:cut], headers) + record(2))
    assert pages(found) == [2] and len(broken(found)) == 1


@pytest.mark.parametrize(
    ("headers", "body", "why"),
    [
        ([("Content-Encoding", "exi")], b"\x01\x02", "unknown content encoding 'exi'"),
        ([("Content-Encoding", ", ".join(["gzip"] * (MAX_CODINGS + 1)))], PAGE, "more than 5"),
        ([("Transfer-Encoding", "chunked")], b"40\r\nabc", "chunks"),
        ([("Content-Encoding", "gzip")], b"\x1f\x8b\x08" + bytes(40), "error"),
        ([("Content-Encoding", "br")], b"\x00\xff" * 40, "error"),
        ([("Content-Encoding", "zstd")], b"\x28\xb5\x2f\xfd" + b"\xff" * 40, "ZstdError"),
    ],
)
def test_what_cannot_be_decoded_costs_its_record_and_is_named(headers, body, why):
    found = read(record(1, body, headers) + record(2))
    assert pages(found) == [2] and len(broken(found)) == 1
    assert why in broken(found)[0]


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate"])
def test_a_bomb_is_too_large(encoding):
    packed = ENCODINGS[encoding](bytes(warc.MAX_BYTES + 1))
    (one,) = read(record(1, packed, [("Content-Encoding", encoding)]))
    assert (one.page, one.skip_reason, one.is_broken) == (None, "too large", False)


# --- wrong records ---

FILES = {"plain": lambda *all_of: b"".join(all_of), "members": lambda *all_of: b"".join(map(gzip.compress, all_of)),
         "frames": lambda *all_of: b"".join(map(zstd.compress, all_of)),
         "whole": lambda *all_of: gzip.compress(b"".join(all_of))}  # fmt: skip
WRONG = {
    "too long for a number": {"length": 10**23}, "negative": {"length": -1}, "in words": {"length": "many"},
    "no date": {"date": None}, "odd date": {"date": "yesterday"}, "year 0": {"date": "0000-01-01T00:00:00Z"},
    "year 1": {"date": "0001-01-01T00:00:00+05:30"}, "more bytes": {"behind": b"x" * 300 + b"\r\n\r\n"},
    "even more bytes": {"behind": b"x" * 2000},
}  # fmt: skip


@pytest.mark.parametrize("form", FILES)
@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_record_is_named_and_costs_itself(form, wrong):
    found = read(FILES[form](record(1), record(2, **WRONG[wrong]), record(3), record(4)))
    assert pages(found) == [1, 3, 4]
    assert len(broken(found)) == 1


@pytest.mark.parametrize("form", FILES)
def test_bytes_between_records_are_named(form):
    found = read(FILES[form](record(1), record(2, behind=b"\r\n\r\n" + b"x" * 900), record(3)))
    assert pages(found) == [1, 2, 3]
    assert broken(found) == ["no record begins here"]


@pytest.mark.parametrize("form", ["plain", "members", "frames"])
def test_a_length_beyond_the_file_costs_its_record(form):
    found = read(FILES[form](record(1), record(2, length=10**9), record(3)))
    assert pages(found) == [1, 3]
    assert broken(found) == ["it is cut short, or its Content-Length is wrong"]


@pytest.mark.parametrize("packed", [False, True])
def test_zstd_with_a_dictionary(packed):
    samples = [record(number, PAGE + str(number * 7919).encode() * 9) for number in range(200)]
    dictionary = zstd.train_dict(samples, 4096)
    content = dictionary.dict_content
    content = zstd.compress(content) if packed else content
    data = b"\x5d\x2a\x4d\x18" + len(content).to_bytes(4, "little") + content
    data += b"".join(zstd.compress(one, zstd_dict=dictionary) for one in samples[:3])
    found = read(data)
    assert pages(found) == [0, 1, 2]
    rest = warc.iter_records(io.BytesIO(data), found[0].next_offset, lambda url: "")
    assert pages(rest) == [1, 2]
    (one,) = read(data[:40])
    assert one.is_broken


@given(
    st.sampled_from(sorted(FILES)),
    st.lists(
        st.tuples(st.integers(0, 20_000), st.integers(0, 400), st.binary(max_size=60)), max_size=5
    ),
)
def test_whatever_is_damaged_the_reading_ends_and_never_goes_back(form, changes):
    data = bytearray(FILES[form](*map(record, range(4))))
    for at, length, junk in changes:
        at %= len(data) or 1
        data[at : at + length] = junk
    read(bytes(data))


class CountingFile(io.BytesIO):
    """Counts the bytes that are read of it."""

    count = 0

    def read(self, size=-1):
        data = super().read(size)
        self.count += len(data)
        return data


HOSTILE = {
    "versions": b"WARC/1.0\n" * 200_000,
    "heads": b"WARC/1.0\nWARC-Type: response\nContent-Length: 99999999\n\n" * 40_000,
    "first bytes": b"\x1f\x8b\x08" * 600_000,
    "cut members": gzip.compress(b"WARC/1.0\n\n")[:-8] * 60_000,
    "empty members": gzip.compress(b"") * 80_000,
    "members in each other": gzip.compress(b"WARC/1.0\n\n", 0)[:15] * 100_000,
    "blank lines": b"\n" * 200_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_read_a_few_times_at_most(name):
    """Bytes read, not seconds: the time is in proportion to them."""
    file = CountingFile(HOSTILE[name])
    for _ in warc.iter_records(file, 0, lambda url: ""):
        pass
    assert file.count <= 4 * len(HOSTILE[name]) + 10 * WINDOW
