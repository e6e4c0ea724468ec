"""Which SQLite a process uses: one only, for two on the same file drop each other's locks.

sqlite-utils and Datasette import `pysqlite3`, which has a current SQLite in its wheel, and Python's
own module where it is not installed. Linux on aarch64 has no such wheel: there `pysqlite3` is the
`sqlite3` module of package sqlite-rs (docs/platforms.md).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

_REPLACED = "pysqlite3"
_PACKAGE = "sqlite_rs"
_CHOOSERS = {"sqlite_utils.utils", "datasette.utils.sqlite"}  # import pysqlite3, else sqlite3


class _SqliteRsFinder(MetaPathFinder, Loader):
    """Finds `pysqlite3` in package sqlite-rs. The last of the finders: asked where nobody else has
    a module of that name.
    """

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != _REPLACED or find_spec(_PACKAGE) is None:
            return None
        return ModuleSpec(name, self)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return import_module(f"{_PACKAGE}.sqlite3")

    def exec_module(self, module: ModuleType) -> None:
        """Does nothing: `create_module` returns an imported module."""


def install_finder() -> None:
    """Makes `import pysqlite3` find sqlite-rs where pysqlite3 is not installed. Does nothing when
    sqlite-utils or Datasette were imported before: the other would get a second SQLite.
    """
    if _CHOOSERS & sys.modules.keys():
        return
    if not any(isinstance(finder, _SqliteRsFinder) for finder in sys.meta_path):
        sys.meta_path.append(_SqliteRsFinder())
