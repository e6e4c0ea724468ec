"""What is kept of a page: its snapshot, the article, its revisions and embeds."""
