"""The archive: storage and queries in one SQLite file. Contains the SQL; does not import Scrapy."""

from khabar.archive.connect import open_archive
from khabar.archive.database import Archive, ArchiveBusy, ArchiveError

__all__ = ["Archive", "ArchiveBusy", "ArchiveError", "open_archive"]
