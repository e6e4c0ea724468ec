"""zstd from the standard library (Python 3.14 and later), else from its backport."""

from khabar.parsing.codecs import zstd

__all__ = ["zstd"]
