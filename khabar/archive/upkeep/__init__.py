"""What keeps an archive good for years."""
