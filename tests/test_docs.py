"""Docs a test can fail: what they list is what there is, their links lead somewhere, nothing names this machine."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import tomllib
from pathlib import Path

import msgspec
import pytest
from conftest import ROOT

from commands.__main__ import COMMANDS
from khabar.model.config import ENVIRONMENT, Settings
from khabar.model.items import Outcome
from khabar.model.sources import (
    ArticleUrls,
    CanonicalRules,
    DiscoveryDocument,
    ExtractionHints,
    FormerLayout,
    Source,
)

ROOMS = ("khabar", "commands", "crawler", "spiders", "pipelines", "newsroom")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def committed() -> list[Path]:
    """The files of the repository as git has them, and those about to be added."""
    told = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(
        told, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return [path for path in map(ROOT.joinpath, listed) if path.is_file()]


def words(*names: str) -> str:
    return "\n".join((ROOT / name).read_text(encoding="utf-8") for name in names)


def package(requirement: str) -> str:
    """A requirement's name as registries spell it: `backports.zstd>=1.8; …` is backports-zstd."""
    return re.sub(r"[-_.]+", "-", re.split(r"[<>=!;\[ ]", requirement, maxsplit=1)[0].lower())


# --- what is listed is what there is ---


def test_every_dependency_has_its_row_and_every_row_its_dependency():
    rows = {
        package(row)
        for row in re.findall(r"^\| ([a-z][\w.-]*)", words("docs/dependencies.md"), flags=re.M)
    } - {"package"}
    assert rows == {package(one) for one in PYPROJECT["project"]["dependencies"]}


def test_what_we_import_is_declared():
    """Not left to be brought by somebody else."""
    found = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    names = {
        name
        for path in found
        for name in re.findall(r"^\s*(?:from|import) (\w+)", path.read_text(), flags=re.M)
    }
    homes = importlib.metadata.packages_distributions()
    used = {package(homes[name][0]) for name in names - set(ROOMS) if name in homes}
    extras = [
        one
        for name, told in PYPROJECT["project"]["optional-dependencies"].items()
        if name != "dev"
        for one in told
    ]
    assert (
        used - {package(one) for one in (*PYPROJECT["project"]["dependencies"], *extras)} == set()
    )


def test_every_development_dependency_is_named():
    dev = {package(one) for one in PYPROJECT["project"]["optional-dependencies"]["dev"]}
    assert {name for name in dev if name not in words("docs/dependencies.md")} == set()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_what_is_installed_is_locked(lock):
    told = PYPROJECT["project"]["dependencies"]
    if "dev" in lock:
        told = PYPROJECT["project"]["optional-dependencies"]["dev"]
    pinned = {package(line) for line in words(lock).splitlines() if re.match(r"[a-z]", line)}
    assert {package(one) for one in told} - pinned == set()


@pytest.mark.parametrize(
    "part",
    [
        Source,
        ArticleUrls,
        CanonicalRules,
        ExtractionHints,
        FormerLayout,
        DiscoveryDocument,
    ],
    ids=lambda p: p.__name__,
)
def test_every_key_of_a_source_is_explained(part):
    told = set(re.findall(r"`\[*([a-z_]+)\]*", words("docs/sources.md")))
    assert {field.encode_name for field in msgspec.structs.fields(part)} - told == set()


def test_every_command_is_in_the_readme():
    readme = words("README.md")
    assert [
        name for name in COMMANDS if not re.search(rf"khabar (--archive \S+ )?{name}\b", readme)
    ] == []


def test_every_setting_of_an_operator_is_explained():
    told = words(
        "README.md", *(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))
    )
    assert [name for name in (*ENVIRONMENT, *Settings.__struct_fields__) if name not in told] == []


@pytest.mark.parametrize(
    "target", re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.M)
)
def test_every_make_target_says_what_it_does(target):
    assert re.search(rf"^{target}:.*## \w", words("Makefile"), flags=re.M) or target == "help"


def test_every_outcome_has_its_reason_beside_it():
    """The closed list is read by people: a name alone must say how a URL's way ended, or a comment must."""
    source = words("khabar/model/items.py")
    plain = {Outcome.NOT_HTML, Outcome.TOO_LARGE, Outcome.REDIRECT_LOOP}
    assert [
        o for o in Outcome if o not in plain and not re.search(rf'{o.name} = "{o}"  # \w', source)
    ] == []


def test_every_module_is_on_the_map():
    """Commands apart, which are the program's own list, and the newsroom's."""
    told = words("docs/architecture.md")
    files = [
        path
        for package in ("khabar", "crawler", "spiders", "pipelines")
        for path in (ROOT / package).rglob("*.py")
    ]
    names = {path.stem if path.stem[0] != "_" else path.parent.name for path in files}
    assert len(names) > 150
    assert sorted(name for name in names if not re.search(rf"\b{name}\b", told)) == []


# --- links and names ---

MARKDOWN = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)]
    links += re.findall(rf"`((?:docs|tests|benchmarks|{'|'.join(ROOMS)})/[\w./-]+\.\w+)`", text)
    here = [link for link in links if link and not re.match(r"[a-z]+:", link)]
    assert [
        link for link in here if not (path.parent / link).exists() and not (ROOT / link).exists()
    ] == []


# One letter of each in brackets, so that the rule does not find itself.
FOREIGN = re.compile(r"/w[o]rk/|(?<!\w)\.l[i]brary|p[y]pi\.org|python[h]osted|/opt/p[y]pi|/r[o]ot/")


@pytest.mark.skipif(
    not (ROOT / ".git").exists(), reason="not a checkout: what is committed is not known here"
)
def test_nothing_committed_names_this_machine_or_a_registry():
    named = {}
    for path in committed():
        text = path.read_bytes().decode("utf-8", errors="replace")
        if found := FOREIGN.search(text):
            named[str(path.relative_to(ROOT))] = found.group()
    assert named == {}


LOCKS = {
    "requirements.lock": 90, "requirements-dev.lock": 90, "requirements-sbom.lock": 30,
    "benchmarks/requirements.lock": 30, "benchmarks/stories.lock": 3, "benchmarks/crawl.lock": 30,
}  # fmt: skip


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_have_hashes_and_no_index(lock):
    text = words(lock)
    assert not re.search(r"^\s*--(?!hash=sha256:[0-9a-f]{64}( \\)?$)|https?://", text, flags=re.M)
    pins = re.findall(r"^[A-Za-z].*", text, flags=re.M)
    assert len(pins) >= LOCKS[lock] and [pin for pin in pins if not pin.endswith(" \\")] == []


def test_the_licence_list_names_what_is_installed():
    """`make sbom` makes it anew after `make lock`."""
    row = r"^\| ([\w.-]+) +\| ([\w.+!-]+) +\| (\S.*?) +\|"
    listed = {re.sub(r"[-_.]+", "-", name.lower()): version for name, version, _ in
              re.findall(row, words("docs/licences.md"), flags=re.M) if version != "Version"}  # fmt: skip
    lock = re.sub(r"^.* ; \w+ == '[Pp]y[Pp]y' \\$", "", words("requirements.lock"), flags=re.M)
    pinned = dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", lock, flags=re.M))
    assert listed == pinned


def test_what_make_installs_is_checked_against_its_hash():
    installs = re.findall(r".*pip .*install .*-r .*", words("Makefile"))
    assert (
        len(installs) >= 6 and [line for line in installs if "--require-hashes" not in line] == []
    )
