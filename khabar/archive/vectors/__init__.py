"""Vectors of articles, for related coverage: learned from the archive, or by an encoder from a
folder. They are made by `build_vectors` alone; storing an article makes none.

numpy, which nothing else needs, is imported only where vectors are made or compared.
"""

from khabar.archive.vectors.build import BuildCounts, build_vectors
from khabar.archive.vectors.models import VectorModel, has_vectors, load_current_model
from khabar.archive.vectors.related import RelatedQuery, find_related
from khabar.archive.vectors.status import VectorStatus, compute_status

__all__ = [
    "BuildCounts",
    "RelatedQuery",
    "VectorModel",
    "VectorStatus",
    "build_vectors",
    "compute_status",
    "find_related",
    "has_vectors",
    "load_current_model",
]
