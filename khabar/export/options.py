"""The options of one export. The manifest repeats them, so a later export can be compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from khabar.archive.rights import Purpose
from khabar.export.schema import EmbedsAs, Field
from khabar.export.selection import ExportSelection

Format = Literal["parquet", "jsonl", "csv", "sqlite", "warc"]
FORMATS: tuple[Format, ...] = ("parquet", "jsonl", "csv", "sqlite", "warc")


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """Options of one export.

    `splits`: None, `story` or `time:YYYY-MM-DD`. `name`: the dataset whose earlier releases fix
    the splits of their articles.
    """

    format: Format
    fields: tuple[Field, ...]
    selection: ExportSelection = field(default_factory=ExportSelection)
    embeds: EmbedsAs = "full"
    purpose: Purpose = "research"
    unlicensed_text: bool = False
    redact: bool = False
    compress: bool = False
    splits: str | None = None
    name: str = "dataset"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.fields)

    def to_dict(self) -> dict[str, Any]:
        """Returns the options as JSON data, equal for equal exports."""
        # encoded and decoded, so that it equals what is read from a manifest: lists, no tuples
        plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return plain | {"fields": list(self.names)}
