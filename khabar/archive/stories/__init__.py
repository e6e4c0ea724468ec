"""One story once: which articles tell the same one, found as each is stored, exactly verified, never dropped.

`enter` and `withdraw` are called inside the transaction that stores an article. The outcome depends on which articles
there are, not on the order they came in.
"""

from khabar.archive.stories.clusters import enter, keep_version, rebuild, to_do, withdraw
from khabar.archive.stories.stories import Copy, Story, largest, load, story_of

__all__ = ["Copy", "Story", "enter", "keep_version", "largest", "load", "rebuild", "story_of", "to_do", "withdraw"]
