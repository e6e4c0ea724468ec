"""The platforms of docs/platforms.md: the lock has a wheel of every package for each of them, and both pages say the same."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from conftest import ROOT
from packaging.markers import Marker
from packaging.requirements import Requirement

PAGE = (ROOT / "docs" / "platforms.md").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
# The platform as the page names it → as uv does, and what its interpreters say of themselves.
PLATFORMS = {
    "Linux x86-64": ("x86_64-manylinux_2_28", "linux", "x86_64"),
    "Linux aarch64": ("aarch64-manylinux_2_28", "linux", "aarch64"),
    "macOS arm64": ("aarch64-apple-darwin", "darwin", "arm64"),
}
SQLITES = {"pysqlite3", "sqlite-rs"}
MODELS = {"pycld2": "CLD2", "cld3-py": "CLD3"}


def brought(platform: str, python: str) -> set[str]:
    """The packages of which only some platforms get one, as pyproject.toml marks them."""
    _, system, machine = PLATFORMS[platform]
    environment = {
        "sys_platform": system,
        "platform_machine": machine,
        "python_version": python,
        "python_full_version": f"{python}.0",
    }
    requirements = map(Requirement, PYPROJECT["project"]["dependencies"])
    return {one.name for one in requirements if one.marker and one.marker.evaluate(environment)}


def rows() -> dict[tuple[str, str], tuple[str, str]]:
    """(platform, Python) → (package of SQLite, language model), as the page's table has them."""
    found = re.findall(
        r"^\| (Linux [\w-]+|macOS \w+) \| ([\d., ]+) \| (\S+) \| (\S+) \|", PAGE, re.M
    )
    return {
        (platform, python): (sqlite, model)
        for platform, pythons, sqlite, model in found
        for python in pythons.split(", ")
    }


def test_the_table_says_what_is_installed() -> None:
    expected = {}
    for platform in PLATFORMS:
        for python in PYTHONS:
            packages = brought(platform, python)
            (sqlite,) = packages & SQLITES
            (model,) = packages & MODELS.keys()
            expected[platform, python] = (sqlite, MODELS[model])
    assert rows() == expected


def test_the_lock_is_for_all_platforms() -> None:
    """A lock of the platform it was made on lacks what the others need."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = dict(re.findall(r"^([a-z][\w.-]*)==\S+(?: ; (.*?))? \\$", lock, re.M))
    for platform, (_, system, machine) in PLATFORMS.items():
        for python in PYTHONS:
            environment = {
                "sys_platform": system,
                "platform_machine": machine,
                "python_version": python,
                "python_full_version": f"{python}.0",
                "implementation_name": "cpython",
                "platform_python_implementation": "CPython",
            }
            held = {
                name
                for name, marker in pins.items()
                if not marker or Marker(marker).evaluate(environment)
            }
            assert brought(platform, python) - {"backports.zstd"} <= held, (platform, python)
            assert ("backports-zstd" in held) == (python != "3.14")


@pytest.mark.slow
@pytest.mark.network
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_package_has_a_wheel(platform: str, python: str, tmp_path: Path) -> None:
    """Resolves the lock as that platform would, from wheels alone; downloads metadata only."""
    missing: list[str] = []
    while without := resolve(platform, python, tmp_path, missing):
        missing.append(without)
    assert missing == [], f"no wheel for {platform}, Python {python}: {', '.join(missing)}"


def resolve(platform: str, python: str, folder: Path, without: list[str]) -> str | None:
    """The first package of the lock that has no wheel for a platform, those in `without` apart."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for name in without:
        lock = re.sub(rf"^{re.escape(name)}==.*?(?=^[a-z]|\Z)", "", lock, flags=re.M | re.S)
    (folder / "requirements.txt").write_text(lock, encoding="utf-8")
    command = [
        *(uv_command(), "pip", "compile", "--quiet", "--no-deps", "--no-build", "--no-header"),
        *("--python-platform", PLATFORMS[platform][0], "--python-version", python),
        *("-o", folder / "resolved.txt", folder / "requirements.txt"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    if done.returncode == 0:
        assert (folder / "resolved.txt").read_text().count("\n") > 90
        return None
    if re.search(r"error sending request|Failed to fetch|dns error", done.stderr):
        pytest.skip(
            "no package registry answers: the wheels of other platforms cannot be looked up"
        )
    named = re.search(r"Because ([\w.-]+)(?:\{.*?\})?==\S+\s+has\s+no\s+usable", done.stderr, re.S)
    assert named, done.stderr
    return named[1]


def uv_command() -> str:
    """The uv of this environment, else one on the path."""
    own = Path(sys.executable).with_name("uv")
    found = str(own) if own.is_file() else shutil.which("uv")
    if not found:
        pytest.skip("uv is not installed (`make test` installs it)")
    return found
