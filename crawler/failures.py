"""What can go wrong on the way to a page, in the names of our outcomes."""

from __future__ import annotations

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)

from crawler.refused import RequestBlocked
from crawler.resolver import PublicOnlyResolver
from khabar.model.items import Outcome

NETWORK_FAILURES = (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
# Each unpacker has errors of its own; a body that is not packed as its header says came no better
# than one cut short.
_UNPACKERS = frozenset(
    {"gzip", "zlib", "struct", "brotli", "brotlicffi", "backports.zstd", "compression.zstd"}
)


def classify_failure(error: BaseException, host: str) -> tuple[Outcome, str] | None:
    """The outcome and evidence of a failed request; None for an error nobody foresaw (a bug: let
    it be heard).
    """
    cause = _classify_error(error)
    if cause and cause[0] is Outcome.UNREACHABLE and host in PublicOnlyResolver.blocked_hosts:
        return Outcome.BLOCKED_ADDRESS, PublicOnlyResolver.blocked_hosts[host]
    return cause


def is_connection_failure(error: BaseException) -> bool:
    """Whether no whole word came back: the host's fault, or that of our own line."""
    if isinstance(error, RequestBlocked):
        return error.unheard
    return isinstance(error, NETWORK_FAILURES) and not isinstance(error, DownloadCancelledError)


def _classify_error(error: BaseException) -> tuple[Outcome, str] | None:
    if isinstance(error, RequestBlocked):
        return error.outcome, error.evidence
    if isinstance(error, DownloadCancelledError) or _is_zip_bomb(error):
        return Outcome.TOO_LARGE, str(error)[:200] or "longer than DOWNLOAD_MAXSIZE"
    if isinstance(error, (*NETWORK_FAILURES, EOFError)) or type(error).__module__ in _UNPACKERS:
        return Outcome.UNREACHABLE, f"{type(error).__name__}: {error}"[:200]
    return None


def _is_zip_bomb(error: BaseException) -> bool:
    """Scrapy tells a compressed bomb from other ignored requests in words alone."""
    return isinstance(error, IgnoreRequest) and "DOWNLOAD_MAXSIZE" in str(error)
