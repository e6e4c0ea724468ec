"""Stores what a fetched page yields: snapshot, article, the article's revisions and embeds."""
