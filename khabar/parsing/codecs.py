"""gzip and zstd: first bytes, and zstd of the standard library (Python 3.14), else its backport."""

import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

GZIP_MAGIC = b"\x1f\x8b\x08"
GZIP_WBITS = 31  # zlib's number for the gzip format
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"

__all__ = ["GZIP_MAGIC", "GZIP_WBITS", "ZSTD_MAGIC", "zstd"]
