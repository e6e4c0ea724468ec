"""What an export was asked for, in one piece; its name is in the manifest, so that a later one
can be held to it.
"""

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
    """One export. `splits`: None, `story` or `time:DATE`; `name`: the dataset whose published
    splits it keeps to.
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
        """The columns, in order."""
        return tuple(column.name for column in self.fields)

    def to_dict(self) -> dict[str, Any]:
        """What was asked, as plain data: equal for equal exports."""
        # as it is read back: no tuples
        plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return plain | {"fields": list(self.names)}
