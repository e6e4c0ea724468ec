"""What a reader says when a document is not what it claims to be."""


class BrokenDocument(ValueError):
    """The body is no feed, sitemap or listing; the message says what it seems to be instead."""
