"""Bulk extraction without an archive (`khabar extract --to`): one WARC file in, one Parquet file
out, on one machine or on many.
"""
