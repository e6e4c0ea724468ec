"""What the evil server answers, and how each page and each robots.txt must end."""

from __future__ import annotations

import gzip
import json
import zlib
from datetime import UTC, datetime
from pathlib import Path

from conftest import Khabar
from hostile_server import RESET, Evil, drip, endless, http

from khabar.model.items import Outcome

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOST = "pages.newsroom.test"
WORDS = "घाट की सीढ़ियों पर शाम को दीये जले और लोगों ने नदी की सफाई का संकल्प लिया। " * 4


def article(number: int = 0) -> bytes:
    text = f"<h1>घाट पर दीये, दिन {number}</h1><p>यह {number} दिन की बात है। {WORDS}</p>"
    return f"<html><head><title>घाट</title></head><body><article>{text}</article></body></html>".encode()


ARTICLE = article()
ALLOW, DISALLOW = b"User-agent: *\nAllow: /\n", b"User-agent: *\nDisallow: /\n"


def packed(encode) -> bytes:
    """64 MB of nothing, compressed: some 60 KB on the wire."""
    pack = encode()
    return b"".join(pack.compress(b" " * (1 << 20)) for _ in range(64)) + pack.flush()


def redirect(where: str, status: int = 302) -> bytes:
    return http(b"", status, Location=where)


# name → (what the server answers, how the page ends; a string: it waits for another try, for that reason)
THREATS = {
    "honest": (http(ARTICLE), Outcome.ARTICLE),
    "gzip bomb": (http(packed(lambda: zlib.compressobj(wbits=31)), Content_Encoding="gzip"), Outcome.TOO_LARGE),
    "deflate bomb": (http(packed(zlib.compressobj), Content_Encoding="deflate"), Outcome.TOO_LARGE),
    "gzip twice": (http(gzip.compress(gzip.compress(ARTICLE)), Content_Encoding="gzip"), Outcome.NOT_HTML),
    "gzip that is none": (http(ARTICLE, Content_Encoding="gzip"), "unreachable: BadGzipFile"),
    "gzip cut short": (http(gzip.compress(article(5))[:-20], Content_Encoding="gzip"), None),
    "deflate that is none": (http(ARTICLE, Content_Encoding="deflate"), "unreachable"),
    "brotli that is none": (http(ARTICLE, Content_Encoding="br"), "unreachable"),
    "zstd that is none": (http(ARTICLE, Content_Encoding="zstd"), "unreachable"),
    "unknown encoding": (http(article(1), Content_Encoding="rot13"), Outcome.ARTICLE),
    "endless body": (endless(http(Content_Length="", Connection=""), b"<p>" + b"x" * 65536), Outcome.TOO_LARGE),
    "endless chunks": (
        endless(http(Content_Length="", Transfer_Encoding="chunked"), b"10000\r\n" + b"x" * 65536 + b"\r\n"),
        Outcome.TOO_LARGE,
    ),
    "huge by its word": (http(ARTICLE, Content_Length="99999999999"), Outcome.TOO_LARGE),
    "slow body": (drip(http(ARTICLE)), "unreachable"),
    "slow headers": (drip(http(ARTICLE), 0.5), "unreachable"),
    "silence": (lambda: iter([0.5] * 30), "unreachable"),
    "hangs up": (b"", "unreachable"),
    "reset": (RESET, "unreachable"),
    "short body": (http(ARTICLE, Content_Length=str(len(ARTICLE) + 999)), "unreachable"),
    "broken chunks": (http(b"zz\r\nhello\r\n", Content_Length="", Transfer_Encoding="chunked"), "unreachable"),
    "no length": (http(article(2), Content_Length=""), Outcome.ARTICLE),
    "length of letters": (http(ARTICLE, Content_Length="many"), "unreachable"),
    "length below zero": (http(ARTICLE, Content_Length="-5"), "unreachable"),
    "no status line": (b"hello\r\n\r\n", "unreachable"),
    "header without end": (endless(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 65536), "unreachable"),
    "headers without end": (endless(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 1000, 4 << 20), "unreachable"),
    "206": (http(ARTICLE[:99], 206), Outcome.CLIENT_ERROR),
    "204": (http(b"", 204, Content_Length=""), Outcome.EMPTY),
    "empty": (http(b""), Outcome.EMPTY),
    "304 unasked": (http(b"", 304, Content_Length=""), Outcome.EMPTY),
    "status 999": (http(b"", 999), "server-error"),
    "status 600 and words": (http(ARTICLE, 600), "server-error"),
    "pdf as html": (http(b"%PDF-1.7\n" + bytes(range(256)) * 9), Outcome.NOT_HTML),
    "video": (http(b"\x00\x00\x00\x18ftypmp42", Content_Type="video/mp4"), Outcome.NOT_HTML),
    "zeros": (http(b"\x00" * 5000), None),
    "random bytes": (http(bytes(range(1, 256)) * 100), None),
    "nested": (http(b"<div>" * 50_000 + WORDS.encode()), None),
    "nested lists": (http(b"<ul><li>" * 20_000), None),
    "a million attributes": (http(b"<p " + b"a=b " * 500_000 + b">"), None),
    "charset unknown": (http(article(3), Content_Type="text/html; charset=klingon"), Outcome.ARTICLE),
    "charset wrong": (http(article(4), Content_Type="text/html; charset=iso-8859-1"), Outcome.ARTICLE),
    "to a file": (redirect("file:///etc/passwd"), Outcome.ALIAS),
    "to data": (redirect("data:text/html,<p>x"), Outcome.ALIAS),
    "to a script": (redirect("javascript:alert(1)"), Outcome.ALIAS),
    "to this machine": (redirect("http://127.0.0.1/"), Outcome.ALIAS),
    "to the cloud's secrets": (redirect("http://169.254.169.254/latest/meta-data/"), Outcome.ALIAS),
    "to another site": (redirect("http://other.newsroom.test/khabar/x"), Outcome.ALIAS),
    "to no article": (redirect("/about"), Outcome.ALIAS),
    "to no address": (redirect("http://[::/khabar/"), Outcome.ALIAS),
    "to itself": (redirect("/khabar/to-itself"), Outcome.REDIRECT_LOOP),
    "to and fro": (redirect("/khabar/fro-and-to"), None),
    "fro and to": (redirect("/khabar/to-and-fro"), None),
    "to nowhere": (http(b"", 302), Outcome.CLIENT_ERROR),
    "to an empty place": (redirect(" "), None),
    "to a long place": (redirect("/khabar/" + "x" * 9000), Outcome.ALIAS),
    "to the honest one": (redirect("/khabar/honest#top", 301), Outcome.ALIAS),
    "in Hindi": (b"HTTP/1.1 301 M\r\nLocation: /khabar/\xe0\xa4\x96\r\nContent-Length: 0\r\n\r\n", Outcome.ALIAS),
    "stumble": (http(ARTICLE), "RuntimeError"),
}  # fmt: skip
# host → what its robots.txt answers, whether its feed is read (a string: it waits; an outcome: refused for good)
ROBOTS = {
    "ok": (http(ALLOW), Outcome.FEED),
    "disallow": (http(DISALLOW), Outcome.ROBOTS),
    "s503": (http(ALLOW, 503), "unreachable"),
    "s429": (http(b"", 429, Retry_After="7200"), "unreachable"),
    "silent": (lambda: iter([0.5] * 30), "unreachable"),
    "reset": (RESET, "unreachable"),
    "html": (http(b"<html><body>Disallow nothing</body></html>"), Outcome.FEED),
    "s404": (http(DISALLOW, 404), Outcome.FEED),
    "s403": (http(DISALLOW, 403), Outcome.FEED),
    "offsite": (redirect("http://disallow.robots.newsroom.test/robots.txt"), Outcome.ROBOTS),
    "late": (http(b"# padding\n" * 55_000 + DISALLOW), Outcome.FEED),
    "bom": (http(b"\xef\xbb\xbf" + DISALLOW), Outcome.ROBOTS),
    "loop": (redirect("/robots.txt"), Outcome.FEED),
    "private": (redirect("http://127.0.0.1/robots.txt"), "unreachable"),
    "file": (redirect("file:///etc/hosts"), "unreachable"),
    "endless": (endless(http(Content_Length=""), ALLOW * 4000), "unreachable"),
    "garbage": (b"hello\r\n\r\n", "unreachable"),
    "packed": (http(ALLOW, Content_Encoding="gzip"), "unreachable"),
}
# What would be this machine, were there no guards. The port is the server's own: it would answer.
MACHINE = ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "0.0.0.0"]


def rss(links: list[str]) -> bytes:
    items = "".join(f"<item><link>{link}</link></item>" for link in links)
    return http(
        f"<rss version='2.0'><channel>{items}</channel></rss>".encode(),
        Content_Type="application/rss+xml",
    )


def path_of(name: str) -> str:
    return f"/khabar/{name.lower().replace(' ', '-').replace(chr(39), '')}"


def answers() -> dict:
    told = {(HOST, path_of(name)): answer for name, (answer, _) in THREATS.items()}
    told[HOST, "/robots.txt"] = http(ALLOW)
    told[HOST, "/feed.xml"] = rss([f"http://{HOST}{path_of(name)}" for name in THREATS])
    for case, (answer, _) in ROBOTS.items():
        told[f"{case}.robots.newsroom.test", "/robots.txt"] = answer
        told[f"{case}.robots.newsroom.test", "/feed.xml"] = rss([])
    return told


def source(key: str, feeds: list[str], hosts: list[str], delay: float) -> str:
    listed = "".join(f'[[feeds]]\nurl = "{url}"\n' for url in feeds)
    return f"""key = "{key}"
name = "{key}"
name_en = "{key}"
homepage = "{feeds[0]}"
hosts = {json.dumps(hosts)}
status = "on"
delay = {delay}
{listed}[article]
pattern = "/khabar/"
"""


def settle(folder: Path, evil: Evil) -> Khabar:
    sources = folder / "sources"
    sources.mkdir()
    hosts = [HOST, *(f"{case}.robots.newsroom.test" for case in ROBOTS)]
    (sources / "evil.toml").write_text(
        source("evil", [f"http://{host}/feed.xml" for host in hosts], hosts, 0.0)
    )
    machine = [f"http://{host}:{evil.address.rpartition(':')[2]}/feed.xml" for host in MACHINE]
    (sources / "machine.toml").write_text(
        source("machine", machine, [host.strip("[]") for host in MACHINE], 1.5)
    )
    (folder / "khabar.toml").write_text(
        'contact = "https://tests.newsroom.test"\nsource_folders = ["sources"]\n'
    )
    return Khabar(folder / "archive.db", evil.address, NOW)


def waits(end: Outcome | str | None) -> bool:
    """Whether a page is to wait for another try (its end is a reason, not an outcome)."""
    return end is not None and not isinstance(end, Outcome)
