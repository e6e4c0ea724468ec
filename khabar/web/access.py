"""Who gets in: on this machine whoever has the token; from anywhere else with the password, or to a public server.

From this machine means: the peer, the name that was asked for and every proxy on the way. A page of the web that makes
the reader's browser ask 127.0.0.1 under a name of its own (DNS rebinding) is not from this machine. A proxy may hide
all of this (nginx's `proxy_pass` does by default), so the token is asked for as well.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from datasette.app import Datasette

_Message = MutableMapping[str, Any]
_Asgi = Callable[[_Message, Callable[..., Any], Callable[[_Message], Awaitable[None]]], Awaitable[None]]
# What proxies add, those of content networks too.
_PROXIES = re.compile(rb"forwarded|x-forwarded(-.*)?|x-real-ip|via|(true|x)-(cluster-)?client-ip|cf-.*", re.IGNORECASE)
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+))(?::\d{1,5})?")
_YEAR = 365 * 24 * 3600  # seconds a browser keeps the token
LONGEST_QUERY, MOST_PARAMETERS = 8192, 100  # bytes of an address's query; its parameters
_TOO_MUCH = "पता बहुत लंबा है · The address asks for too much at once: at most 8 KB and 100 parameters.\n"
_PAUSE = 1.0  # seconds a wrong password costs
_CLOSED = "यह संग्रह बाहर के लिए बंद है · This archive answers on its own machine only.\n"
_LOCKED = "पासवर्ड चाहिए · A password is needed.\n"
_NO_TOKEN = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>ख़बर · Khabar</title>
<h1>Open the address that <code>khabar serve</code> printed</h1>
<p lang="hi">वह पता खोलिए जो <code>khabar serve</code> ने छापा है: उसमें
एक टोकन है। ब्राउज़र उसे याद रखता है, पुराने बुकमार्क फिर चलते हैं।</p>
<p>It ends with a token. The browser keeps it, and old bookmarks work again.</p>
<p>The token is in the file beside the archive whose name ends in <code>.token</code>.
A script sends it: <code>Authorization: Bearer TOKEN</code>.</p>
"""


@dataclass(frozen=True, slots=True)
class Door:
    """`public`: everybody may come, and sees less. `password`: with it anybody sees all; any user name will do.

    `token`: without a password, whoever is on this machine needs it. None: nobody does.
    """

    public: bool = False
    password: str | None = None
    token: str | None = None


def guarded(app: _Asgi, door: Door) -> _Asgi:
    """The app behind the door."""

    async def at_the_door(scope: _Message, receive: Callable[..., Any], send: Any) -> None:
        if scope["type"] == "http" and (status := too_much(scope)):
            await _refuse(send, status, _TOO_MUCH)
        elif scope["type"] != "http" or door.public:
            await app(scope, receive, send)
        elif door.password is not None:
            if _has_password(scope, door.password):
                await app(scope, receive, send)
            else:
                await _refuse_guess(send, 401, _LOCKED, guessed=bool(_header(scope, b"authorization")))
        elif not is_from_here(scope):
            await _refuse(send, 403, _CLOSED)
        elif door.token is None or _has_token(scope, door.token):
            await app(scope, receive, send)
        elif (given := _token_in_address(scope)) and _equal(given, door.token):
            await _remember_token(scope, send, door.token)
        else:
            guessed = bool(given or _header(scope, b"authorization"))
            await _refuse_guess(send, 403, _NO_TOKEN, guessed=guessed)

    return at_the_door


def too_much(scope: _Message) -> int | None:
    """The status of a request whose address asks for too much: Datasette parses it anew for every parameter."""
    query: bytes = scope.get("query_string", b"")
    if len(query) > LONGEST_QUERY:
        return 414
    return 400 if query.count(b"&") >= MOST_PARAMETERS else None


def is_from_here(scope: _Message) -> bool:
    """Whether a request comes from this machine and means it."""
    peer, host = (scope.get("client") or ("",))[0], _HOST.fullmatch(_header(scope, b"host").decode("latin-1"))
    if not host or scope["http_version"] == "1.0":  # which no browser speaks, and nginx by default does
        return False
    proxied = any(_PROXIES.fullmatch(name) for name, _ in scope["headers"])
    return is_this_machine(peer) and is_this_machine(host[1] or host[2]) and not proxied


def is_this_machine(host: str) -> bool:
    """Whether a host's name or address is the loopback's."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _has_token(scope: _Message, token: str) -> bool:
    """Whether the request carries the token: as a cookie, or as a script's header (Bearer)."""
    kind, _, given = _header(scope, b"authorization").partition(b" ")
    if kind.lower() == b"bearer" and _equal(given.strip(), token):
        return True
    pairs = (pair.strip().partition(b"=") for pair in _header(scope, b"cookie").split(b";"))
    return any(name == _cookie(token).encode() and _equal(given, token) for name, _, given in pairs)


def _cookie(token: str) -> str:
    """The cookie's name: servers at other ports of this machine, which share its cookies, each have their own."""
    return f"khabar_{hashlib.sha256(token.encode()).hexdigest()[:8]}"


def _token_in_address(scope: _Message) -> bytes:
    return next((pair[6:] for pair in scope["query_string"].split(b"&") if pair.startswith(b"token=")), b"")


async def _remember_token(scope: _Message, send: Callable[[_Message], Awaitable[None]], token: str) -> None:
    """Sends the browser to the same address without the token, which it keeps as a cookie from now on."""
    query = b"&".join(pair for pair in scope["query_string"].split(b"&") if not pair.startswith(b"token="))
    # Two slashes at its beginning, whichever, would name another host.
    path = b"/" + scope["raw_path"].lstrip(b"/\\")
    cookie = f"{_cookie(token)}={token}; Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Lax"
    headers = [
        (b"location", path + (b"?" + query if query else b"")),
        (b"set-cookie", cookie.encode()),
        (b"cache-control", b"no-store"),
        (b"referrer-policy", b"no-referrer"),
    ]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _equal(given: bytes, secret: str) -> bool:
    return hmac.compare_digest(given, secret.encode())


def _has_password(scope: _Message, password: str) -> bool:
    """Whether the request carries the password (HTTP Basic)."""
    kind, _, coded = _header(scope, b"authorization").partition(b" ")
    if kind.lower() != b"basic":
        return False
    try:
        given = base64.b64decode(coded, validate=True).partition(b":")[2]
    except binascii.Error:
        return False
    return _equal(given, password)


def _header(scope: _Message, wanted: bytes) -> bytes:
    return next((value for name, value in scope["headers"] if name.lower() == wanted), b"")


async def _refuse_guess(send: Callable[[_Message], Awaitable[None]], status: int, words: str, *, guessed: bool) -> None:
    """Refuses; a wrong guess costs a second first."""
    if guessed:
        await asyncio.sleep(_PAUSE)
    await _refuse(send, status, words)


async def _refuse(send: Callable[[_Message], Awaitable[None]], status: int, words: str) -> None:
    headers = [
        (b"content-type", b"text/html; charset=utf-8" if words.startswith("<") else b"text/plain; charset=utf-8"),
        (b"x-robots-tag", b"noindex"),
        (b"content-security-policy", b"default-src 'none'"),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
    ]
    if status == 401:
        headers.append((b"www-authenticate", b'Basic realm="Khabar", charset="UTF-8"'))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": words.encode()})


# --- who may see what, and what a browser may run. Whatever the web wrote is hostile until escaped ---


ARCHIVE = "archive"  # the database's name in addresses
PLUGIN = "khabar"

_NOTHING = "default-src 'none'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
READING_POLICY = f"{_NOTHING}; style-src 'self'"
# Datasette's own pages carry inline scripts and styles of its own; still nothing from elsewhere.
DATASETTE_POLICY = (
    f"{_NOTHING}; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; connect-src 'self'"
)
_DATASETTE_PAGES = re.compile(rf"/(-|{ARCHIVE})(/|\.|$)")

# Words of articles whose source forbids an archive: left out of every list.
_KEPT_BACK = "not exists (select 1 from articles held where held.id = article_id and held.withheld is not null)"
NOT_WITHHELD = {"articles": "withheld is null"} | dict.fromkeys(
    ("readings", "images", "article_authors", "article_tags"), _KEPT_BACK
)


def is_public(datasette: Datasette) -> bool:
    """Whether this server is for strangers."""
    config: dict[str, Any] = datasette.plugin_config(PLUGIN)
    return bool(config["public"])


def may_see(datasette: Datasette, database: str, table: str) -> bool:
    """Whether a table may be shown: not what metadata.yaml leaves out, and to strangers not what it calls `words`."""
    shown: dict[str, Any] = datasette.metadata("databases")[ARCHIVE]["tables"]
    if database != ARCHIVE or table not in shown:
        return False
    return not (is_public(datasette) and shown[table].get("words"))


def headers(path: str, *, public: bool) -> list[tuple[bytes, bytes]]:
    """The headers every answer carries, by its path."""
    loose = _DATASETTE_PAGES.match(path)
    told = {
        "content-security-policy": DATASETTE_POLICY if loose else READING_POLICY,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }
    if public:
        told["x-robots-tag"] = "noindex"
    return [(name.encode(), value.encode()) for name, value in told.items()]
