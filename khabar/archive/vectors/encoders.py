"""Encoders that an operator brings in a folder: model2vec, or sentence-transformers. Nothing is
downloaded, and neither package is a dependency.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from khabar.archive.database import ArchiveError

if TYPE_CHECKING:
    from khabar.archive.vectors.learned import Floats


class TextEncoder(Protocol):
    """What makes vectors of texts: all that Khabar asks of an encoder."""

    def encode(self, texts: list[str], /) -> Floats:
        """Returns one row for each text."""
        ...


def load_encoder(folder: Path) -> TextEncoder:
    """Loads the encoder of a folder, from its files alone.

    Raises ArchiveError for a folder of another kind, and when the package that reads it is not
    installed or cannot read it.
    """
    if _is_model2vec(folder):
        package = "model2vec"
    elif (folder / "modules.json").is_file():
        package = "sentence_transformers"
    else:
        raise ArchiveError(
            f"{folder}: not the folder of an encoder: model2vec and sentence-transformers "
            "write a modules.json there"
        )
    try:
        module: Any = importlib.import_module(package)
        encoder: TextEncoder = (
            module.StaticModel.from_pretrained(str(folder))
            if package == "model2vec"
            else module.SentenceTransformer(str(folder), local_files_only=True)
        )
    except ImportError as error:
        name = package.replace("_", "-")
        raise ArchiveError(f"{folder}: needs {name}: pip install {name}") from error
    except (OSError, ValueError, KeyError) as error:
        raise ArchiveError(f"{folder}: {package} cannot read it: {error}") from error
    return encoder


def encode_texts(encoder: TextEncoder, texts: Sequence[str], folder: str) -> Floats:
    """Returns the vectors of texts. Raises ArchiveError when the encoder returns anything but one
    row of finite numbers for each.
    """
    import numpy as np

    vectors = np.asarray(encoder.encode(list(texts)), np.float32)
    if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
        raise ArchiveError(f"{folder}: did not return one row of numbers for each text")
    return vectors


def _is_model2vec(folder: Path) -> bool:
    """Whether model2vec wrote the folder: its only module is a StaticEmbedding (version 0.10), or
    its config says so (published models).
    """
    config, modules = _read_json(folder / "config.json"), _read_json(folder / "modules.json")
    if isinstance(config, dict) and config.get("model_type") == "model2vec":
        return True
    if not isinstance(modules, list) or not modules or not isinstance(modules[0], dict):
        return False
    return str(modules[0].get("type")).endswith(".StaticEmbedding")


def _read_json(path: Path) -> Any:
    """Returns the content of a JSON file; None where there is none."""
    try:
        return msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError):
        return None
