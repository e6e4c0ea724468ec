"""Finding and looking after sources, live: what `khabar sources check` and `khabar sources add`
do.
"""
