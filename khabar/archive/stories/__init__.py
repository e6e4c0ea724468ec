"""Groups near-duplicate articles into stories: found as each is stored, and compared exactly.

`index_article` and `unindex_article` are called inside the transaction that stores an article. The
result depends on which articles there are, not on the order in which they were stored.
"""

from khabar.archive.stories.clusters import (
    count_indexable,
    ensure_version,
    index_article,
    index_text,
    rebuild_stories,
    unindex_article,
)
from khabar.archive.stories.index import ArticleText
from khabar.archive.stories.story import (
    Story,
    StoryMember,
    find_story,
    list_largest_stories,
    load_story,
)

__all__ = [
    "StoryMember",
    "Story",
    "ArticleText",
    "index_article",
    "index_text",
    "ensure_version",
    "list_largest_stories",
    "load_story",
    "rebuild_stories",
    "find_story",
    "count_indexable",
    "unindex_article",
]
