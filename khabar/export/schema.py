"""The fields of a dataset: name, type, meaning, and the SQL that computes each.

The Arrow schema, the tables of the formats and the card are all made from this.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from khabar.archive.database import ArchiveError
from khabar.export.selection import DEGRADED

FieldKind = Literal["int", "float", "bool", "string", "date", "time", "nested"]
EmbedsAs = Literal["full", "ids", "none"]


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a dataset.

    `sql`: an expression over `articles a`, '' for the column of that name. `when`: `always`, or
    `asked` for a field that is exported only when it is named.
    """

    name: str
    kind: FieldKind
    meaning: str
    sql: str = ""
    unit: str = ""
    when: Literal["always", "asked"] = "always"


_NAME_LIST = """(select json_group_array(name) from (
  select t.name from {link} x join {table} t on t.id = x.{column}
  where x.article_id = a.id order by x.ord))"""
AUTHORS_SQL = _NAME_LIST.format(link="article_authors", table="authors", column="author_id")
TAGS_SQL = _NAME_LIST.format(link="article_tags", table="tags", column="tag_id")
IMAGES_SQL = """(
  select json_group_array(json_object('url', url, 'caption', caption, 'credit', credit)) from (
    select url, caption, credit from images x
    where x.article_id = a.id and x.revision = a.revision order by ord))"""
INSETS_SQL = """(
  select json_group_array(json_object('label', label, 'text', text, 'after_block', after_block))
  from (select label, text, after_block from insets x
    where x.article_id = a.id and x.revision = a.revision order by ord))"""
# `text_here`: the post as this page shows it; null: as in `embeds`.
_EMBEDS = """(select json_group_array(json_object({pairs})) from (
  select e.*, x.caption, x.place, coalesce(x.text_here, e.text) as text_in_article
  from article_embeds x join embeds e on e.id = x.embed_id
  where x.article_id = a.id and x.revision = a.revision order by x.ord))"""
_EMBED_IDS = """'provider', provider, 'kind', kind, 'id', native_id, 'url', url, 'place', place"""
_EMBED_FULL = """'provider', provider, 'kind', kind, 'id', native_id, 'url', url,
  'author_name', author_name, 'author_handle', author_handle, 'text', text_in_article,
  'text_complete', json(case text_complete when 1 then 'true' when 0 then 'false' else 'null' end),
  'published_at', published_at, 'published_src', published_src,
  'title', title, 'duration', duration,
  'media', json(media), 'alts', json(alts), 'language', language, 'poll', json(poll),
  'quoted', quoted, 'thread', thread, 'caption', caption, 'place', place"""
EMBEDS_SQL = {"full": _EMBEDS.format(pairs=_EMBED_FULL), "ids": _EMBEDS.format(pairs=_EMBED_IDS)}
_UTC_SQL = "iif(length(a.published_at) > 10, strftime('%Y-%m-%dT%H:%M:%SZ', a.published_at), null)"
_COPIES_SQL = (
    "iif(a.story_id is null, 1, (select count(*) from articles o where o.story_id = a.story_id))"
)
_PAYWALLED_SQL = (
    "exists (select 1 from pages p where p.article_id = a.id and p.outcome = 'paywalled')"
)
# That of the article as it is, by the model in use.
_VECTOR_SQL = """(select nullif(lower(hex(v.bits)), '') from vectors v where v.article_id = a.id
  and v.revision = a.revision and v.model_id = (select max(id) from vector_models))"""

FIELDS = (
    Field("id", "int", "permanent id; ascending with time"),
    Field("url", "string", "canonical address"),
    Field(
        "url_key",
        "string",
        "the address without scheme, www. and m., trackers and last slash",
        "url_key(a.url)",
        when="asked",
    ),
    Field("source", "string", "key of the source"),
    Field("page_type", "string", "article, liveblog, gallery or video"),
    Field("title", "string", "headline"),
    Field("subtitle", "string", "standfirst"),
    Field("language", "string", "of the text; null where it cannot be told", unit="ISO 639-1"),
    Field(
        "published_at",
        "string",
        "as the page gives it: with its offset, or a date alone",
        unit="ISO 8601",
    ),
    Field("published_on", "date", "day of publication in India", unit="day, Asia/Kolkata"),
    Field(
        "published_utc",
        "time",
        "moment of publication; null where the page gives only a day",
        _UTC_SQL,
        "second, UTC",
    ),
    Field("published_precision", "string", "how exact the page is: second, minute or day"),
    Field("modified_at", "string", "last change as the page gives it", unit="ISO 8601"),
    Field("section", "string", "section as the source names it"),
    Field("place", "string", "place of the dateline"),
    Field("desk", "string", "desk or agency of the byline"),
    Field("word_count", "int", "length of the text", unit="words"),
    Field("devanagari_share", "float", "letters of the text that are Devanagari", unit="share 0-1"),
    Field(
        "repetition",
        "float",
        "characters of the text in sentences that stood there before",
        unit="share 0-1",
    ),
    Field("degraded", "bool", "the reading is known to be short of the page's text", DEGRADED),
    Field(
        "paywalled",
        "bool",
        "only a stub is free to read by now; the text is from before",
        _PAYWALLED_SQL,
    ),
    Field(
        "story_id",
        "int",
        "articles of one story are copies of each other; null for one without copies",
    ),
    Field(
        "copies",
        "int",
        "articles of the same story in the archive, itself included",
        _COPIES_SQL,
        "articles",
    ),
    Field("text_sha256", "string", "of the folded words; equal for equal texts", unit="hex"),
    Field("first_seen", "time", "first fetched", unit="second, UTC"),
    Field("last_seen", "time", "last fetched, or said to be unchanged", unit="second, UTC"),
    Field("removed_at", "time", "found gone from the web", unit="second, UTC"),
    Field("revision", "int", "number of the reading; 1 is the first", unit="readings"),
    Field(
        "text", "string", "plain text: NFC, paragraphs parted by a blank line, no embed, no caption"
    ),
    Field("authors", "nested", "people of the byline, in order", AUTHORS_SQL),
    Field("tags", "nested", "tags in the page's order", TAGS_SQL),
    Field(
        "blocks",
        "nested",
        "marks over text: type and start, end, or the embed or image that stands there",
        unit="code points, half-open; indexes into embeds, images",
    ),
    Field(
        "embeds",
        "nested",
        "one for each post, video or chart placed in the article, in page order",
        EMBEDS_SQL["full"],
    ),
    Field("images", "nested", "the article's pictures", IMAGES_SQL),
    Field("lead_image", "nested", "the picture that stands for the article"),
    Field(
        "insets",
        "nested",
        "machine-made boxes of the page, as an AI summary: not the publisher's words, not in text",
        INSETS_SQL,
        "after_block: index into blocks; null before the first",
    ),
    Field("problems", "nested", "what was odd in reading the page"),
    Field(
        "minhash",
        "nested",
        "keys that near-duplicates are likely to share one of: "
        "MinHash of the folded words' 3-shingles",
        "minhash(a.text)",
        "12 hex digits each",
        "asked",
    ),
    Field(
        "vector",
        "string",
        "one bit a dimension, most significant first; articles that differ in few bits are on one "
        "subject; null where there is none. Comparable within one export only",
        _VECTOR_SQL,
        "hex",
        "asked",
    ),
    Field(
        "rights",
        "nested",
        "what the page says of its use, as given; null where it says nothing of that kind",
    ),
)
# What `khabar extract --to` adds to FIELDS and `minhash`: how the page was read, and the rest of
# what was extracted, so that an import of its rows gives what an import of the pages gives.
PAGE_FIELDS = (
    Field("page_url", "string", "the address that the page was fetched from"),
    Field("fetched_at", "time", "when the page was fetched", unit="second, UTC"),
    Field("outcome", "string", "what became of the page: `article`, `listing`, `unreadable` …"),
    Field("evidence", "string", "why, in a few words"),
    Field("extractor_version", "string", "version of the extractor, with its source's hints"),
    Field("record_offset", "int", "where the record begins in the input file", unit="bytes"),
    Field("body_sha256", "string", "of the page's decompressed body", unit="hex"),
    Field("headers", "nested", "the response's headers, names in lower case"),
    Field("canonical_url", "string", "the canonical link as the page has it"),
    Field("amp_url", "string", "the page's AMP variant"),
    Field("next_url", "string", "the next page of an article on several pages"),
    Field("previous_url", "string", "the page before this one of such an article"),
    Field("redirect_url", "string", "where a page leads that only redirects (outcome `alias`)"),
    Field("provenance", "nested", "where the value of each field came from"),
    Field("embed_markup", "nested", "for each of `embeds`: the rule that matched, and its code"),
    Field("signals", "string", "what the outcome was decided on", unit="JSON"),
)
FIELDS_BY_NAME = {field.name: field for field in FIELDS}
# Emptied when only an article's metadata may be exported: the publisher's words, the headline too.
TEXT_FIELDS = frozenset(
    {
        "title",
        "subtitle",
        "text",
        "blocks",
        "embeds",
        "images",
        "lead_image",
        "insets",
        "minhash",
        "vector",
    }
)
# What `--ids-only` exports.
ID_FIELDS = ("id", "url", "url_key", "source", "published_on", "language", "text_sha256")
# The parts of the nested fields: name → kind; a kind ending in [] is a list.
IMAGE_FIELDS = {"url": "string", "caption": "string", "credit": "string"}
INSET_FIELDS = {"label": "string", "text": "string", "after_block": "int"}
BLOCK_FIELDS = {
    "type": "string",
    "start": "int",
    "end": "int",
    "level": "int",
    "embed": "int",
    "image": "int",
    "time": "string",
}
RIGHTS_FIELDS = {
    "meta_robots": "string[]",
    "x_robots_tag": "string[]",
    "noindex": "bool",
    "noarchive": "bool",
    "nosnippet": "bool",
    "noai": "bool",
    "noimageai": "bool",
    "max_snippet": "int",
    "tdm_reservation": "string",
    "tdm_policy": "string",
    "content_usage": "string",
    "content_signal": "string",
    "meta_content_usage": "string",
    "meta_content_signal": "string",
    "license": "string",
    "rsl": "string[]",
    "rsl_inline": "bool",
}
EMBED_FIELDS = {
    "full": {
        "provider": "string",
        "kind": "string",
        "id": "string",
        "url": "string",
        "author_name": "string",
        "author_handle": "string",
        "text": "string",
        "text_complete": "bool",
        "published_at": "string",
        "published_src": "string",
        "title": "string",
        "duration": "int",
        "media": "string[]",
        "alts": "string[]",
        "language": "string",
        "poll": "string[]",
        "quoted": "string",
        "thread": "string",
        "caption": "string",
        "place": "string",
    },
    "ids": {
        "provider": "string",
        "kind": "string",
        "id": "string",
        "url": "string",
        "place": "string",
    },
}


def field_sql(field: Field, embeds: EmbedsAs) -> str:
    """Returns the SQL expression over `articles a` that computes the field."""
    if field.name == "embeds":
        return EMBEDS_SQL["ids" if embeds == "ids" else "full"]
    return field.sql or f"a.{field.name}"


def select_fields(arguments: Iterable[str], embeds: EmbedsAs) -> tuple[Field, ...]:
    """Parses the names of `--fields` into fields, in the order of FIELDS; `id` is always there.

    No names, or only `+name`s: the fields that are always exported and those. Raises ArchiveError
    for an unknown name.
    """
    names = [name.strip() for name in arguments]
    selected_names = {name.removeprefix("+") for name in names}
    if unknown := sorted(selected_names - FIELDS_BY_NAME.keys()):
        raise ArchiveError(f"no field {unknown[0]!r}: the fields are {', '.join(FIELDS_BY_NAME)}")
    if all(name.startswith("+") for name in names):
        selected_names |= {field.name for field in FIELDS if field.when == "always"}
    selected_names |= {"id"}
    if embeds == "none":
        selected_names -= {"embeds"}
    return tuple(field for field in FIELDS if field.name in selected_names)


def nested_parts(field: Field, embeds: EmbedsAs) -> tuple[dict[str, str], bool]:
    """Returns a nested field's parts, name → kind ({}: strings), and whether it is a list."""
    if field.name == "embeds":
        return EMBED_FIELDS["ids" if embeds == "ids" else "full"], True
    return _NESTED_PARTS.get(field.name, ({}, True))


_NESTED_PARTS = {
    "headers": ({"name": "string", "value": "string"}, True),
    "provenance": ({"field": "string", "origin": "string"}, True),
    "embed_markup": (
        {"rule": "string", "via": "string", "raw_url": "string", "html": "string"},
        True,
    ),
    "blocks": (BLOCK_FIELDS, True),
    "images": (IMAGE_FIELDS, True),
    "insets": (INSET_FIELDS, True),
    "lead_image": (IMAGE_FIELDS, False),
    "rights": (RIGHTS_FIELDS, False),
}
