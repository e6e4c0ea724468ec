"""Access control: authentication of requests, and which tables and scripts a response may show.

A request is allowed if the server is public, if it carries the password, or if it comes from this
machine and carries the token.

A request comes from this machine if the peer and the Host header are both loopback and no proxy
header is present. The Host header is checked because of DNS rebinding: a web page can resolve its
own host name to 127.0.0.1 and make the reader's browser send requests to it. A reverse proxy can
hide where a request comes from (nginx's `proxy_pass` does so by default), so local requests need
the token as well.
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
from pathlib import Path
from typing import Any

from datasette.app import Datasette

from khabar.model.urls import is_loopback

_Message = MutableMapping[str, Any]
_Asgi = Callable[
    [_Message, Callable[..., Any], Callable[[_Message], Awaitable[None]]], Awaitable[None]
]
# Header names that proxies and content delivery networks add.
_PROXIES = re.compile(
    rb"forwarded|x-forwarded(-.*)?|x-real-ip|via|(true|x)-(cluster-)?client-ip|cf-.*", re.IGNORECASE
)
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+))(?::\d{1,5})?")
_COOKIE_AGE = 365 * 24 * 3600  # seconds until the token cookie expires
# Limits of a query string: bytes and parameters. Chosen by hand, not measured.
MAX_QUERY_BYTES, MAX_PARAMETERS = 8192, 100
_TOO_LONG_TEXT = (
    "पता बहुत लंबा है · The address asks for too much at once: at most 8 KB and 100 parameters.\n"
)
# Seconds before a wrong password or token is refused. Chosen by hand, not measured.
_GUESS_DELAY = 1.0
_REMOTE_TEXT = "यह संग्रह बाहर के लिए बंद है · This archive answers on its own machine only.\n"
_PASSWORD_TEXT = "पासवर्ड चाहिए · A password is needed.\n"
_TOKEN_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">\
<title>ख़बर · Khabar</title>
<h1>Open the address that <code>khabar serve</code> printed</h1>
<p lang="hi">वह पता खोलिए जो <code>khabar serve</code> ने छापा है: उसमें
एक टोकन है। ब्राउज़र उसे याद रखता है, पुराने बुकमार्क फिर चलते हैं।</p>
<p>It ends with a token. The browser keeps it, and old bookmarks work again.</p>
<p>The token is in the file beside the archive whose name ends in <code>.token</code>.
A script sends it: <code>Authorization: Bearer TOKEN</code>.</p>
"""


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """Who may use the server.

    `public`: everybody, with reduced content. `password`: whoever sends it by HTTP Basic, with
    any user name. Without both, only requests from this machine, which must carry `token` unless
    it is None.
    """

    public: bool = False
    password: str | None = None
    token: str | None = None


def require_auth(app: _Asgi, policy: AccessPolicy) -> _Asgi:
    """Wraps an ASGI application so that it only receives the requests that `policy` allows.

    Other requests are answered here: 400 or 414 for an oversized query string, 401 for a missing
    or wrong password, 403 for a request from elsewhere or without the token. A request with the
    token in its URL is redirected to the same URL without it, and the token is set as a cookie.
    """

    async def check_access(scope: _Message, receive: Callable[..., Any], send: Any) -> None:
        if scope["type"] == "http" and (status := query_limit_status(scope)):
            await _send_refusal(send, status, _TOO_LONG_TEXT)
        elif scope["type"] != "http" or policy.public:
            await app(scope, receive, send)
        elif policy.password is not None:
            if _has_password(scope, policy.password):
                await app(scope, receive, send)
            else:
                await _refuse_guess(
                    send, 401, _PASSWORD_TEXT, is_guess=bool(_find_header(scope, b"authorization"))
                )
        elif not is_local_request(scope):
            await _send_refusal(send, 403, _REMOTE_TEXT)
        elif policy.token is None or _has_token(scope, policy.token):
            await app(scope, receive, send)
        elif (url_token := _query_token(scope)) and _is_equal(url_token, policy.token):
            await _set_token_cookie(scope, send, policy.token)
        else:
            is_guess = bool(url_token or _find_header(scope, b"authorization"))
            await _refuse_guess(send, 403, _TOKEN_PAGE, is_guess=is_guess)

    return check_access


def query_limit_status(scope: _Message) -> int | None:
    """Returns 414 if the query string is too long, 400 if it has too many parameters, else None.

    Datasette parses the whole query string again for each parameter it reads.
    """
    query: bytes = scope.get("query_string", b"")
    if len(query) > MAX_QUERY_BYTES:
        return 414
    return 400 if query.count(b"&") >= MAX_PARAMETERS else None


def is_local_request(scope: _Message) -> bool:
    """Returns True if the peer address and the Host header are loopback, HTTP is 1.1 or later, and
    there is no proxy header.
    """
    peer = (scope.get("client") or ("",))[0]
    host = _HOST.fullmatch(_find_header(scope, b"host").decode("latin-1"))
    # No browser sends HTTP/1.0; nginx does by default when it proxies.
    if not host or scope["http_version"] == "1.0":
        return False
    is_proxied = any(_PROXIES.fullmatch(name) for name, _ in scope["headers"])
    return is_loopback(peer) and is_loopback(host[1] or host[2]) and not is_proxied


def _has_token(scope: _Message, token: str) -> bool:
    """Returns True if the token is in the cookie or in an `Authorization: Bearer` header."""
    kind, _, value = _find_header(scope, b"authorization").partition(b" ")
    if kind.lower() == b"bearer" and _is_equal(value.strip(), token):
        return True
    pairs = (pair.strip().partition(b"=") for pair in _find_header(scope, b"cookie").split(b";"))
    return any(
        name == _cookie_name(token).encode() and _is_equal(value, token) for name, _, value in pairs
    )


def _cookie_name(token: str) -> str:
    """Returns the cookie name, which depends on the token: browsers share cookies between ports,
    so two servers on this machine need different names.
    """
    return f"khabar_{hashlib.sha256(token.encode()).hexdigest()[:8]}"


def _query_token(scope: _Message) -> bytes:
    return next(
        (pair[6:] for pair in scope["query_string"].split(b"&") if pair.startswith(b"token=")), b""
    )


async def _set_token_cookie(
    scope: _Message, send: Callable[[_Message], Awaitable[None]], token: str
) -> None:
    """Sets the token cookie and redirects to the same URL without the token."""
    query = b"&".join(
        pair for pair in scope["query_string"].split(b"&") if not pair.startswith(b"token=")
    )
    # A path that starts with two slashes or backslashes would redirect to another host.
    path = b"/" + scope["raw_path"].lstrip(b"/\\")
    cookie = f"{_cookie_name(token)}={token}; Path=/; Max-Age={_COOKIE_AGE}; HttpOnly; SameSite=Lax"
    headers = [
        (b"location", path + (b"?" + query if query else b"")),
        (b"set-cookie", cookie.encode()),
        (b"cache-control", b"no-store"),
        (b"referrer-policy", b"no-referrer"),
    ]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _is_equal(value: bytes, secret: str) -> bool:
    return hmac.compare_digest(value, secret.encode())


def _has_password(scope: _Message, password: str) -> bool:
    """Returns True if the request carries the password (HTTP Basic); the user name is ignored."""
    kind, _, credentials = _find_header(scope, b"authorization").partition(b" ")
    if kind.lower() != b"basic":
        return False
    try:
        value = base64.b64decode(credentials, validate=True).partition(b":")[2]
    except binascii.Error:
        return False
    return _is_equal(value, password)


def _find_header(scope: _Message, header_name: bytes) -> bytes:
    return next((value for name, value in scope["headers"] if name.lower() == header_name), b"")


async def _refuse_guess(
    send: Callable[[_Message], Awaitable[None]], status: int, body: str, *, is_guess: bool
) -> None:
    """Refuses a request. A wrong password or token is answered with a delay, to slow guessing."""
    if is_guess:
        await asyncio.sleep(_GUESS_DELAY)
    await _send_refusal(send, status, body)


async def _send_refusal(
    send: Callable[[_Message], Awaitable[None]], status: int, body: str
) -> None:
    headers = [
        (
            b"content-type",
            b"text/html; charset=utf-8" if body.startswith("<") else b"text/plain; charset=utf-8",
        ),
        (b"x-robots-tag", b"noindex"),
        (b"content-security-policy", b"default-src 'none'"),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
    ]
    if status == 401:
        headers.append((b"www-authenticate", b'Basic realm="Khabar", charset="UTF-8"'))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})


# --- Table permissions and content security policy. Archived text is untrusted until escaped. ---


ARCHIVE = "archive"  # database name in URLs
PLUGIN = "khabar"  # Datasette plugin name

_BASE_POLICY = (
    "default-src 'none'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# Of answers that are no page: no script at all.
FILE_POLICY = f"{_BASE_POLICY}; style-src 'self'"
# The only script of our pages, by its content: no other file of this server runs as one.
SCRIPT_HASH = "sha256-" + base64.b64encode(
    hashlib.sha256((Path(__file__).parent / "static" / "suggest.js").read_bytes()).digest()
).decode("ascii")
READING_POLICY = f"{FILE_POLICY}; script-src '{SCRIPT_HASH}'; connect-src 'self'"
# Datasette's own pages use inline scripts and styles; other origins stay forbidden.
DATASETTE_POLICY = (
    f"{_BASE_POLICY}; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; "
    "connect-src 'self'"
)
_DATASETTE_PAGES = re.compile(rf"/(-|{ARCHIVE})(/|\.|$)")

# Where clauses that exclude withheld articles (their source forbids archiving), by table.
_ARTICLE_NOT_WITHHELD = (
    "not exists (select 1 from articles held "
    "where held.id = article_id and held.withheld is not null)"
)
NOT_WITHHELD = {"articles": "withheld is null"} | dict.fromkeys(
    ("readings", "images", "insets", "article_authors", "article_tags"), _ARTICLE_NOT_WITHHELD
)


def is_public(datasette: Datasette) -> bool:
    """Returns True for a server started with --public."""
    config: dict[str, Any] = datasette.plugin_config(PLUGIN)
    return bool(config["public"])


def can_see_table(datasette: Datasette, database: str, table: str) -> bool:
    """Returns True if a table may be shown.

    Tables missing from metadata.yaml are hidden; a public server also hides those marked `words`.
    """
    tables: dict[str, Any] = datasette.metadata("databases")[ARCHIVE]["tables"]
    if database != ARCHIVE or table not in tables:
        return False
    return not (is_public(datasette) and tables[table].get("words"))


def response_headers(path: str, *, public: bool, is_page: bool) -> list[tuple[bytes, bytes]]:
    """Returns the security headers to set on the response for `path`. `is_page`: it is HTML."""
    own_policy = READING_POLICY if is_page else FILE_POLICY
    values = {
        "content-security-policy": DATASETTE_POLICY if _DATASETTE_PAGES.match(path) else own_policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }
    if public:
        values["x-robots-tag"] = "noindex"
    return [(name.encode(), value.encode()) for name, value in values.items()]
