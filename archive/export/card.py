"""The dataset's card: a README that Hugging Face reads, with what is in it and what may not be done with it."""

from __future__ import annotations

from typing import Any

_CARD = """---
language: [hi]
task_categories: [text-generation, text-classification]
configs:
- config_name: default
  data_files: articles.jsonl
---

# {articles} Hindi news articles with their embeds

Exported by Khabar at {made_at}: {articles} articles and {embeds} placements of embedded posts, videos and charts,
one JSON object a line in `articles.jsonl`. `manifest.json` holds the query, the counts and the file's sha256.

The articles are their publishers' writing. Khabar keeps what each page said about its use in `rights`; a dataset does
not grant what its sources do not.

| source | articles |
|---|---|
{sources}

| month | articles |
|---|---|
{months}

`text` is plain text, paragraphs parted by a blank line; `blocks` is the same text in order with headings, quotes,
images and embeds at their place (`embed` and `image` index into `embeds` and `images`). Times carry the offset the
page gave.
"""


def write(manifest: dict[str, Any]) -> str:
    """The card of an export, from its manifest."""
    return _CARD.format(
        articles=manifest["articles"],
        embeds=manifest["embeds"],
        made_at=manifest["made_at"],
        sources=_rows(manifest["by_source"]),
        months=_rows(manifest["by_month"]),
    )


def _rows(counts: dict[str, int]) -> str:
    return "\n".join(f"| {name} | {number} |" for name, number in counts.items())
