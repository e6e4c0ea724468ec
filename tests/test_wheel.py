"""The built wheel in an environment of its own, used from a folder that holds somebody else's packages of our names."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from urllib.request import urlopen

import pytest
from command_runner import PATIENCE
from conftest import ROOT

from newsroom.server import EDITION_ONE, Newsroom

pytestmark = pytest.mark.slow  # a minute, for it installs all that Khabar needs: .ci/run runs it
QUIET = ["-qq", "--disable-pip-version-check"]


def run(
    command: list[str | Path], cwd: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """A command with hardly any environment."""
    bare = {"PATH": "/usr/bin:/bin", "HOME": str(cwd), "LANG": "C.UTF-8", **environment}
    return subprocess.run(
        command,
        cwd=cwd,
        env=bare,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE * 2,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built from what is committed and what is about to be, without what lies about in a checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(
        listed, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / "source" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / "source" / name)
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        *QUIET,
        "--no-deps",
        "--no-build-isolation",
        "-w",
        folder,
        "./source",
    ]
    subprocess.run(build, cwd=folder, check=True)
    (made,) = folder.glob("khabar-*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The folder of the scripts of an environment that holds the wheel, what it needs, and nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", *QUIET, "--no-deps"]
    for what in (["--require-hashes", "-r", ROOT / "requirements.lock"], [wheel]):
        subprocess.run([*pip, *what], check=True, env={**os.environ, "PYTHONPATH": ""})
    return folder / "bin"


@pytest.fixture
def elsewhere(tmp_path) -> Path:
    """A folder with somebody else's packages and Scrapy project, none of which may be taken for ours."""
    for name in ("spiders", "crawler", "commands", "pipelines", "khabar", "newsroom"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(
            f"raise ImportError('somebody else\\'s {name}')\n"
        )
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = crawler.settings\n")
    return tmp_path


def test_it_carries_all_that_is_no_test(wheel):
    with zipfile.ZipFile(wheel) as file:
        held = set(file.namelist())
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    packages = ("khabar/", "commands/", "crawler/", "spiders/", "pipelines/", "newsroom/")
    ours = {name for name in listed if name.startswith(packages) and (ROOT / name).is_file()}
    assert len(ours) > 300
    assert ours - held == set()
    assert {name for name in held if name.startswith(("tests", "benchmarks", "docs"))} == set()


def test_it_starts_and_knows_its_sources(installed, elsewhere):
    version = run([installed / "khabar", "--version"], elsewhere)
    assert (version.returncode, version.stderr) == (0, "") and version.stdout.startswith("khabar ")
    sources = run([installed / "khabar", "sources", "list", "--csv"], elsewhere)
    assert (sources.returncode, sources.stderr) == (0, "") and len(sources.stdout.splitlines()) > 50


def test_the_demo_runs_there(installed, elsewhere):
    done = run([installed / "khabar", "demo"], elsewhere)
    assert (done.returncode, done.stderr) == (0, "")
    assert (elsewhere / "demo" / "archive.db").is_file() and (
        elsewhere / "demo" / "dataset" / "articles.jsonl"
    ).is_file()
    again = run([installed / "khabar", "demo", "spiders"], elsewhere)
    assert again.returncode == 2 and "is no demo" in again.stderr


def test_a_crawl_keeps_its_archive_in_the_current_folder_and_serve_shows_it(installed, elsewhere):
    sources = (
        installed.parent
        / "lib"
        / f"python3.{sys.version_info[1]}"
        / "site-packages"
        / "newsroom"
        / "sources"
    )
    settings = f'contact = "https://tests.newsroom.test"\nsource_folders = ["{sources}"]\n'
    (elsewhere / "khabar.toml").write_text(settings)
    with Newsroom(EDITION_ONE) as newsroom:
        told = {"KHABAR_NEWSROOM": newsroom.address, "KHABAR_NOW": EDITION_ONE.isoformat()}
        done = run([installed / "khabar", "crawl", "vyapar"], elsewhere, **told)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        line = run(
            [installed / "khabar", "schedule", "cron", "--jitter", "1s"], elsewhere, **told
        ).stdout
        assert (
            f"{installed}/khabar --archive {elsewhere}/archive.db crawl" in line
            and "-m" not in line.split()
        )
        command = line.split(" ", 5)[5].replace("\\%", "%")
        by_cron = run(["/bin/sh", "-c", command], Path("/"), KHABAR_NOW=EDITION_ONE.isoformat())
        assert (by_cron.returncode, by_cron.stdout, by_cron.stderr) == (0, "", "")
    assert (elsewhere / "archive.db").is_file()
    serving = subprocess.Popen(
        [installed / "khabar", "serve", "--port", "0", "--no-token"],
        cwd=elsewhere,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert serving.stdout
        found = re.search(r"http://127\.0\.0\.1:\d+", serving.stdout.readline())
        assert found
        with (
            urlopen(f"{found[0]}/static/khabar.css", timeout=PATIENCE) as style,
            urlopen(found[0], timeout=PATIENCE) as front,
        ):
            assert style.status == 200 and "व्यापार".encode() in front.read()
    finally:
        serving.send_signal(signal.SIGINT)
        serving.wait(PATIENCE)


def test_it_is_a_library(installed, elsewhere):
    code = "import khabar; print(khabar.read_html('<p>नहर</p>', 'https://www.example.in/a').page_type, khabar.__file__)"
    done = run([installed / "python", "-P", "-c", code], elsewhere)
    assert done.stdout.startswith("other ") and "site-packages" in done.stdout, done.stderr
