"""Live checks and drafts of sources, for `khabar sources check` and `khabar sources add`."""
