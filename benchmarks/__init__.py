"""What Khabar costs and how well it does, measured beside others. Nothing here passes or fails a
build.
"""
