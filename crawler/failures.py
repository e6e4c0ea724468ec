"""Maps errors of requests to outcomes."""

from __future__ import annotations

import errno

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from twisted.internet.error import ConnectError

from crawler.outage import FailureKind
from crawler.refused import RequestBlocked
from crawler.resolver import PublicOnlyResolver
from khabar.model.items import Outcome

MAX_EVIDENCE = 200  # characters of an error message that are stored; chosen by hand, not measured
NETWORK_FAILURES = (
    CannotResolveHostError,
    ConnectError,  # Twisted's, which Scrapy passes on: no route to the host, the system's time-out
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
# Modules whose errors mean that a body is not compressed as its header says: treated like a body
# that is cut off.
_DECOMPRESSORS = frozenset(
    {"gzip", "zlib", "struct", "brotli", "brotlicffi", "backports.zstd", "compression.zstd"}
)


def classify_failure(error: BaseException, host: str) -> tuple[Outcome, str] | None:
    """Returns outcome and evidence of a failed request; None for an unexpected error (a bug)."""
    cause = _classify_error(error)
    if cause and cause[0] is Outcome.UNREACHABLE and host in PublicOnlyResolver.blocked_hosts:
        return Outcome.BLOCKED_ADDRESS, PublicOnlyResolver.blocked_hosts[host]
    return cause


def classify_connection_failure(error: BaseException, host: str) -> FailureKind | None:
    """Returns how the connection failed: host or our own connection is down.

    None for an error that says nothing of connections.
    """
    if isinstance(error, RequestBlocked):
        return error.connection_failure
    if not isinstance(error, NETWORK_FAILURES) or isinstance(error, DownloadCancelledError):
        return None
    if host in PublicOnlyResolver.blocked_hosts:
        return "other"
    if isinstance(error, CannotResolveHostError) and host in PublicOnlyResolver.unanswered_hosts:
        return "no network"
    if isinstance(error, ConnectError) and error.osError in (errno.ENETUNREACH, errno.ENETDOWN):
        return "no network"
    is_cut = isinstance(error, (DownloadFailedError, ResponseDataLossError))
    return "other" if is_cut else "no connection"


def _classify_error(error: BaseException) -> tuple[Outcome, str] | None:
    if isinstance(error, RequestBlocked):
        return error.outcome, error.evidence
    if isinstance(error, DownloadCancelledError) or _is_zip_bomb(error):
        return Outcome.TOO_LARGE, str(error)[:MAX_EVIDENCE] or "longer than DOWNLOAD_MAXSIZE"
    if isinstance(error, (*NETWORK_FAILURES, EOFError)) or type(error).__module__ in _DECOMPRESSORS:
        return Outcome.UNREACHABLE, f"{type(error).__name__}: {error}"[:MAX_EVIDENCE]
    return None


def _is_zip_bomb(error: BaseException) -> bool:
    """Recognizes Scrapy's IgnoreRequest for a compression bomb, by its message only."""
    return isinstance(error, IgnoreRequest) and "DOWNLOAD_MAXSIZE" in str(error)
