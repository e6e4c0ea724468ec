"""What is kept and how it answers. The only room that speaks SQL; knows nothing of Scrapy."""

from archive.connect import Archive, ArchiveBusy, ArchiveError, open_archive

__all__ = ["Archive", "ArchiveBusy", "ArchiveError", "open_archive"]
