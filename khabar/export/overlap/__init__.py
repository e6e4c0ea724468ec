"""What the archive shares with another corpus: by address, by text, by near-duplicate."""
