"""Finds near-duplicates among the rows of Parquet files, more than fit in memory.

Rows that share a band key of their `minhash` are candidates, found by a join in DuckDB; worker
processes compare each pair of candidates exactly, as the archive does. Every step is kept in a work
folder, so that a stopped run goes on where it was.
"""

from khabar.export.dedup.job import DedupOptions, DedupProgress, dedup_folder

__all__ = ["DedupOptions", "DedupProgress", "dedup_folder"]
