"""Runs bulk extraction under Daft, on this machine or on a Ray cluster: `--engine daft`, `--ray`.

Daft deals the files out and reads object stores; each file is extracted as without Daft, by workers
that it does not know of, so that a hostile page costs its row and not the job. Needs khabar[scale].
"""

from __future__ import annotations

import importlib
import pickle
from pathlib import Path
from typing import Any

import msgspec

from khabar.bulk.extract_warcs import BulkExtraction, BulkOptions
from khabar.bulk.remote_files import copy_remote_file, list_remote_files
from khabar.model.errors import RunError
from khabar.model.sources import Registry


class FileReport(msgspec.Struct, frozen=True):
    """What became of one file. `notices`: lines to print; `errors`: lines for stderr; `is_read`:
    whether it could be read at all; the others are BulkExtraction's.
    """

    counts: dict[str, int]
    broken: int
    notices: list[str]
    errors: list[str]
    is_read: bool = True


class FileExtractor:
    """What Daft starts on each core: extracts files, each with one worker process."""

    def __init__(self, pickled_registry: bytes, folder: str, options: BulkOptions) -> None:
        self._registry: Registry = pickle.loads(pickled_registry)  # noqa: S301  (made by this program)
        self._folder, self._options = Path(folder), options

    def extract_files(self, urls: Any) -> list[str]:
        """Extracts the files of a batch, paths or URLs. Returns a FileReport of each, as JSON."""
        return [msgspec.json.encode(self._extract_file(url)).decode() for url in urls.to_pylist()]

    def _extract_file(self, url: str) -> FileReport:
        notices, errors = list[str](), list[str]()
        report = (errors.append, notices.append)
        job = BulkExtraction(self._registry, self._folder, self._options, *report, workers=1)
        try:
            with job:
                if "://" in url:
                    with copy_remote_file(url) as copy:
                        job.extract_file(copy, lambda done: None, url)
                else:
                    job.extract_file(Path(url), lambda done: None)
        except (OSError, RunError) as error:
            errors.append(f"{url}: {error}")
            return FileReport({}, 0, notices, errors, is_read=False)
        return FileReport(job.counts, job.broken, notices, errors)


def _import_extra(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        advice = "which is not installed: pip install 'khabar[scale]'"
        raise RunError(f"--engine daft needs {error.name}, {advice}") from error


def extract_with_daft(
    names: list[str],
    folder: Path,
    options: BulkOptions,
    registry: Registry,
    concurrency: int,
    ray_address: str | None,
) -> list[FileReport]:
    """Extracts files, `concurrency` at a time, or one on each core of a Ray cluster, whose nodes
    share the folder. `names`: paths, or URLs, with wildcards, of what Daft reads. Raises RunError
    where Daft or Ray is not installed, or a name leads to no file.
    """
    daft = _import_extra("daft")
    if ray_address:
        ray = _import_extra("ray")
        daft.set_runner_ray(ray_address, noop_if_initialized=True)
        concurrency = max(1, int(ray.cluster_resources().get("CPU", 1)))
    urls = [str(Path(name).resolve()) for name in names if "://" not in name]
    for name in (name for name in names if "://" in name):
        urls += list_remote_files(name)
    FileExtractor.extract_files = daft.method.batch(  # type: ignore[method-assign]
        FileExtractor.extract_files, return_dtype=daft.DataType.string(), batch_size=1
    )
    extractor = daft.cls(
        FileExtractor, cpus=1, use_process=True, max_concurrency=min(concurrency, len(urls))
    )(pickle.dumps(registry), str(folder.resolve()), options)
    frame = daft.from_pydict({"url": urls})
    if ray_address:
        frame = frame.into_partitions(len(urls))
    reports = frame.select(extractor.extract_files(frame["url"]).alias("report")).to_pydict()
    return [msgspec.json.decode(report, type=FileReport) for report in reports["report"]]
