"""Who gets in: this machine, whoever knows the password, or everybody and then they see less."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from command_runner import PATIENCE

from commands.serve import command
from khabar.web import access, make_site
from khabar.web.access import AccessPolicy
from khabar.web.tokens import SecretError, read_token
from tests.archive_fixtures import ArchiveBuilder
from tests.test_serve import serve
from tests.web_fixtures import CANAL, furnish

SECRET = "नहर-का-पानी-1984"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return furnish(tmp_path_factory.mktemp("gate"))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_GUESS_DELAY", 0.01)


def ask(
    path: Path,
    door: AccessPolicy,
    host: str = "127.0.0.1:8001",
    peer: str = "127.0.0.1",
    where: str = "/",
    **headers: str,
) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=make_site(path, door), client=(peer, 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            told = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.get(where, headers={"host": host, **told})

    return asyncio.run(asked())


def basic(password: str, user: str = "कोई") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8001", "localhost", "LOCALHOST:8001", "[::1]:8001", "127.1.2.3"]
)
def test_this_machine_sees_all(path: Path, host: str) -> None:
    assert ask(path, AccessPolicy(), host).status_code == 200
    assert ask(
        path, AccessPolicy(), host, where="/archive.json?sql=select+1&_shape=array"
    ).json() == [{"1": 1}]


@pytest.mark.parametrize(
    "told",
    [
        {"host": "news.newsroom.test"}, {"host": "192.0.2.1:8001"}, {"host": "127.0.0.1.newsroom.test"}, {"host": ""}, {"host": "[::1"},
        {"peer": "192.0.2.7"}, {"peer": "::ffff:192.0.2.7"}, {"x_forwarded_for": "192.0.2.7"}, {"forwarded": "for=192.0.2.7"},
        {"x_forwarded_host": "news.newsroom.test"}, {"via": "1.1 proxy"}, {"x_real_ip": "192.0.2.7"}, {"x_forwarded_proto": "https"},
        {"x_forwarded_server": "front"}, {"true_client_ip": "192.0.2.7"}, {"x_client_ip": "192.0.2.7"}, {"cf_connecting_ip": "192.0.2.7"},
        {"host": "127.0.0.1:8001@news.newsroom.test"}, {"host": "127.0.0.1:8001/"}, {"host": "127.0.0.1, news.newsroom.test"},
    ],
)  # fmt: skip
def test_anybody_else_is_refused_without_a_password(path: Path, told: dict[str, str]) -> None:
    for where in (
        "/",
        "/a/1",
        "/archive.json?sql=select+1",
        "/static/khabar.css",
        "/search.csv?q=नहर",
    ):
        answer = ask(path, AccessPolicy(), where=where, **told)
        assert answer.status_code == 403 and str(CANAL.title) not in answer.text
        assert (
            answer.headers["x-robots-tag"] == "noindex"
            and "default-src 'none'" in answer.headers["content-security-policy"]
        )


@pytest.mark.parametrize(
    "given",
    [
        "",
        basic("falsch"),
        basic(SECRET[:-1]),
        "Basic %%%",
        "Bearer abc",
        basic("", SECRET),
        "Basic",
    ],
)
@pytest.mark.parametrize("host", ["news.newsroom.test", "127.0.0.1"])
def test_with_a_password_everybody_needs_it(path: Path, given: str, host: str) -> None:
    answer = ask(path, AccessPolicy(password=SECRET), host, authorization=given)
    assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Basic ")
    assert str(CANAL.title) not in answer.text


@pytest.mark.parametrize("host", ["news.newsroom.test", "127.0.0.1"])
def test_whoever_knows_it_sees_all(path: Path, host: str) -> None:
    answer = ask(
        path,
        AccessPolicy(password=SECRET),
        host,
        authorization=basic(SECRET),
        x_forwarded_for="192.0.2.7",
    )
    assert answer.status_code == 200 and str(CANAL.title) in answer.text
    assert "no-store" in answer.headers["cache-control"]
    table = ask(
        path,
        AccessPolicy(password=SECRET),
        host,
        where="/archive/article_list.csv",
        authorization=basic(SECRET),
    )
    assert table.status_code == 200 and str(CANAL.title) in table.text


def test_the_public_comes_in_and_sees_less(path: Path) -> None:
    answer = ask(path, AccessPolicy(public=True), "news.newsroom.test", "192.0.2.7")
    assert answer.status_code == 200 and answer.headers["x-robots-tag"] == "noindex"
    assert (
        ask(
            path,
            AccessPolicy(public=True),
            "news.newsroom.test",
            where="/archive.json?sql=select+1",
        ).status_code
        == 403
    )


# --- the token: what a proxy hides is no proof that somebody is on this machine ---

TOKEN = "bHq3-uNk_Zt0aPw5LmX2Yg"
WITH_TOKEN = AccessPolicy(token=TOKEN)
WHERE = (
    "/",
    "/a/1",
    "/archive.json?sql=select+1",
    "/static/khabar.css",
    "/search.csv?q=%E0%A4%A8%E0%A4%B9%E0%A4%B0",
)


@pytest.mark.parametrize(
    "given",
    [{}, {"authorization": "Bearer"}, {"authorization": f"Bearer {TOKEN[:-1]}"}, {"authorization": f"Basic {TOKEN}"},
     {"cookie": f"khabar={TOKEN}"}, {"cookie": f"{access._cookie_name(TOKEN)}={TOKEN[:-1]}; khabar_; =="}],
)  # fmt: skip
def test_without_the_token_a_page_says_where_it_is(path: Path, given: dict[str, str]) -> None:
    for where in (*WHERE, "/?token=", "/?token=%FF", f"/?token={TOKEN[:-1]}", f"/?t={TOKEN}&q=नहर"):
        answer = ask(path, WITH_TOKEN, where=where, **given)
        assert (
            answer.status_code == 403 and "khabar serve" in answer.text and TOKEN not in answer.text
        )
        assert (
            answer.headers["content-type"].startswith("text/html")
            and str(CANAL.title) not in answer.text
        )


def test_with_it_the_browser_remembers(path: Path) -> None:
    answer = ask(
        path, WITH_TOKEN, where=f"/search?q=%E0%A4%A8%E0%A4%B9%E0%A4%B0&token={TOKEN}&page=2"
    )
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/search?q=%E0%A4%A8%E0%A4%B9%E0%A4%B0&page=2",
    )
    cookie, *how = answer.headers["set-cookie"].split("; ")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(how) and "no-store" in answer.headers[
        "cache-control"
    ]
    for where in WHERE:
        assert ask(path, WITH_TOKEN, where=where, cookie=f"other=1; {cookie}").status_code in (
            200,
            404,
        )
        assert ask(path, WITH_TOKEN, where=where, authorization=f"bearer {TOKEN}").status_code in (
            200,
            404,
        )
    assert str(CANAL.title) in ask(path, WITH_TOKEN, cookie=cookie).text


@pytest.mark.parametrize("where", ["//news.newsroom.test", "/\\news.newsroom.test", "//"])
def test_the_way_on_stays_here(path: Path, where: str) -> None:
    assert re.fullmatch(
        r"/(?![/\\]).*", ask(path, WITH_TOKEN, where=f"{where}?token={TOKEN}").headers["location"]
    )


def test_it_opens_nothing_to_others(path: Path) -> None:
    for told in (
        {"host": "news.newsroom.test"},
        {"peer": "192.0.2.7"},
        {"x_forwarded_for": "192.0.2.7"},
    ):
        assert (
            ask(path, WITH_TOKEN, where="/", authorization=f"Bearer {TOKEN}", **told).status_code
            == 403
        )


def test_it_is_kept_beside_the_archive_for_its_owner(path: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive.db"
    token, file = read_token(archive), tmp_path / "archive.db.token"
    assert len(token) == 22 and file.stat().st_mode & 0o777 == 0o600
    assert read_token(archive) == token != read_token(tmp_path / "other.db")
    file.chmod(0o640)
    with pytest.raises(SecretError, match="chmod 600"):
        read_token(archive)
    file.chmod(0o600)
    file.write_text("")
    with pytest.raises(SecretError, match="delete it"):
        read_token(archive)
    with pytest.raises(SecretError, match="--no-token"):
        read_token(tmp_path / "nowhere" / "archive.db")


@pytest.mark.debian
@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("nginx"), reason="no nginx here, or no root for it"
)
@pytest.mark.parametrize("more", ["", "proxy_http_version 1.1;"], ids=["as it comes", "HTTP/1.1"])
def test_nginx_as_it_comes_opens_nothing(path: Path, tmp_path: Path, more: str) -> None:
    """Its `proxy_pass` sends the host 127.0.0.1 and no trace of the visitor."""
    with serve(path, "--port", "0") as process:
        assert process.stdout
        found = re.search(r"(http://127\.0\.0\.1:\d+)/\?token=(\S+)", process.stdout.readline())
        assert found, process.communicate()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        (tmp_path / "nginx.conf").write_text(
            f"daemon off; pid {tmp_path}/pid; error_log stderr; events {{}}\n"
            f"http {{ access_log off; server {{ listen 127.0.0.1:{port};"
            f" location / {{ proxy_pass {found[1]}; {more} }} }} }}\n"
        )
        nginx = subprocess.Popen(
            ["nginx", "-p", tmp_path, "-c", tmp_path / "nginx.conf"], stderr=subprocess.PIPE
        )
        try:
            client = httpx.Client(transport=httpx.HTTPTransport(retries=8))
            for where in WHERE:
                answer = client.get(
                    f"http://127.0.0.1:{port}{where}", headers={"host": "archive.newsroom.test"}
                )
                assert answer.status_code == 403 and str(CANAL.title) not in answer.text
            assert (
                client.get(
                    f"{found[1]}/", headers={"authorization": f"Bearer {found[2]}"}
                ).status_code
                == 200
            )
        finally:
            nginx.terminate()
            nginx.communicate(timeout=PATIENCE)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=PATIENCE)


# --- the command ---


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "news.newsroom.test"])
def test_open_to_others_needs_a_word(path: Path, host: str) -> None:
    done = CliRunner().invoke(command, ["--archive", str(path), "--host", host])
    assert done.exit_code == 2 and "--public" in done.output and "--password-file" in done.output


@pytest.mark.parametrize(
    ("words", "mode", "fault"),
    [
        ("short\n", 0o600, "12 characters"),
        ("", 0o600, "12 characters"),
        (SECRET, 0o644, "chmod 600"),
    ],
)
def test_a_password_must_be_one(
    path: Path, tmp_path: Path, words: str, mode: int, fault: str
) -> None:
    file = tmp_path / "password"
    file.write_text(words)
    file.chmod(mode)
    done = CliRunner().invoke(
        command, ["--archive", str(path), "--host", "0.0.0.0", "--password-file", str(file)]
    )
    assert done.exit_code == 1 and fault in done.output


def test_public_takes_no_password(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(SECRET)
    file.chmod(0o600)
    done = CliRunner().invoke(
        command, ["--archive", str(path), "--public", "--password-file", str(file)]
    )
    assert done.exit_code == 2


def test_served_with_a_password(tmp_path: Path) -> None:
    ArchiveBuilder(tmp_path / "archive.db").archive.close()
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
            assert (
                httpx.get(f"{told[0]}/", headers={"authorization": basic("wrong one")}).status_code
                == 401
            )
            assert time.monotonic() - begun > 0.9  # a guess costs a second
            assert (
                httpx.get(f"{told[0]}/", headers={"authorization": basic(SECRET)}).status_code
                == 200
            )
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=PATIENCE)
