"""What is kept and how it answers. Speaks SQL; knows nothing of Scrapy."""

from khabar.archive.connect import open_archive
from khabar.archive.database import Archive, ArchiveBusy, ArchiveError

__all__ = ["Archive", "ArchiveBusy", "ArchiveError", "open_archive"]
