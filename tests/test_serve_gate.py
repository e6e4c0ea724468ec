"""Who gets in: this machine, whoever knows the password, or everybody and then they see less."""

from __future__ import annotations

import asyncio
import base64
import re
import signal
import time
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from running import PATIENCE

from commands.serve import command
from khabar.web import access, make_site
from khabar.web.access import Door
from tests.archiving import Desk
from tests.reading_room import CANAL, furnish
from tests.test_serve import serve

SECRET = "नहर-का-पानी-1984"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return furnish(tmp_path_factory.mktemp("gate"))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_PAUSE", 0.01)


def ask(
    path: Path, door: Door, host: str = "127.0.0.1:8001", peer: str = "127.0.0.1", where: str = "/", **headers: str
) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=make_site(path, door), client=(peer, 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            told = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.get(where, headers={"host": host, **told})

    return asyncio.run(asked())


def basic(password: str, user: str = "कोई") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize("host", ["127.0.0.1:8001", "localhost", "LOCALHOST:8001", "[::1]:8001", "127.1.2.3"])
def test_this_machine_sees_all(path: Path, host: str) -> None:
    assert ask(path, Door(), host).status_code == 200
    assert ask(path, Door(), host, where="/archive.json?sql=select+1&_shape=array").json() == [{"1": 1}]


@pytest.mark.parametrize(
    "told",
    [
        {"host": "news.newsroom.test"}, {"host": "192.0.2.1:8001"}, {"host": "127.0.0.1.newsroom.test"}, {"host": ""}, {"host": "[::1"},
        {"peer": "192.0.2.7"}, {"peer": "::ffff:192.0.2.7"}, {"x_forwarded_for": "192.0.2.7"}, {"forwarded": "for=192.0.2.7"},
        {"x_forwarded_host": "news.newsroom.test"}, {"via": "1.1 proxy"}, {"x_real_ip": "192.0.2.7"},
    ],
)  # fmt: skip
def test_anybody_else_is_refused_without_a_password(path: Path, told: dict[str, str]) -> None:
    for where in ("/", "/a/1", "/archive.json?sql=select+1", "/static/khabar.css", "/search.csv?q=नहर"):
        answer = ask(path, Door(), where=where, **told)
        assert answer.status_code == 403 and str(CANAL.title) not in answer.text
        assert (
            answer.headers["x-robots-tag"] == "noindex"
            and "default-src 'none'" in answer.headers["content-security-policy"]
        )


@pytest.mark.parametrize(
    "given", ["", basic("falsch"), basic(SECRET[:-1]), "Basic %%%", "Bearer abc", basic("", SECRET), "Basic"]
)
@pytest.mark.parametrize("host", ["news.newsroom.test", "127.0.0.1"])
def test_with_a_password_everybody_needs_it(path: Path, given: str, host: str) -> None:
    answer = ask(path, Door(password=SECRET), host, authorization=given)
    assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Basic ")
    assert str(CANAL.title) not in answer.text


@pytest.mark.parametrize("host", ["news.newsroom.test", "127.0.0.1"])
def test_whoever_knows_it_sees_all(path: Path, host: str) -> None:
    answer = ask(path, Door(password=SECRET), host, authorization=basic(SECRET), x_forwarded_for="192.0.2.7")
    assert answer.status_code == 200 and str(CANAL.title) in answer.text
    assert "no-store" in answer.headers["cache-control"]
    table = ask(path, Door(password=SECRET), host, where="/archive/article_list.csv", authorization=basic(SECRET))
    assert table.status_code == 200 and str(CANAL.title) in table.text


def test_the_public_comes_in_and_sees_less(path: Path) -> None:
    answer = ask(path, Door(public=True), "news.newsroom.test", "192.0.2.7")
    assert answer.status_code == 200 and answer.headers["x-robots-tag"] == "noindex"
    assert ask(path, Door(public=True), "news.newsroom.test", where="/archive.json?sql=select+1").status_code == 403


# --- the command ---


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "news.newsroom.test"])
def test_open_to_others_needs_a_word(path: Path, host: str) -> None:
    done = CliRunner().invoke(command, ["--archive", str(path), "--host", host])
    assert done.exit_code == 2 and "--public" in done.output and "--password-file" in done.output


@pytest.mark.parametrize(
    ("words", "mode", "fault"),
    [("short\n", 0o600, "12 characters"), ("", 0o600, "12 characters"), (SECRET, 0o644, "chmod 600")],
)
def test_a_password_must_be_one(path: Path, tmp_path: Path, words: str, mode: int, fault: str) -> None:
    file = tmp_path / "password"
    file.write_text(words)
    file.chmod(mode)
    done = CliRunner().invoke(command, ["--archive", str(path), "--host", "0.0.0.0", "--password-file", str(file)])
    assert done.exit_code == 1 and fault in done.output


def test_public_takes_no_password(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(SECRET)
    file.chmod(0o600)
    done = CliRunner().invoke(command, ["--archive", str(path), "--public", "--password-file", str(file)])
    assert done.exit_code == 2


def test_served_with_a_password(tmp_path: Path) -> None:
    Desk(tmp_path / "archive.db").archive.close()
    file = tmp_path / "password"
    file.write_text(SECRET + "\n", encoding="utf-8")
    file.chmod(0o600)
    with serve(tmp_path / "archive.db", "--port", "0", "--password-file", str(file)) as process:
        try:
            assert process.stdout
            told = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
            assert told, process.communicate()
            assert httpx.get(f"{told[0]}/").status_code == 401
            begun = time.monotonic()
            assert httpx.get(f"{told[0]}/", headers={"authorization": basic("wrong one")}).status_code == 401
            assert time.monotonic() - begun > 0.9  # a guess costs a second
            assert httpx.get(f"{told[0]}/", headers={"authorization": basic(SECRET)}).status_code == 200
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=PATIENCE)
