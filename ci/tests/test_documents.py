# SPDX-License-Identifier: Apache-2.0
"""What the documents promise: numbered how-to lists name files that exist."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STEP = re.compile(r"^\d+\. .*")
NAMED = re.compile(r"`([\w./<>*-]+/[\w./<>*-]*|[\w-]+\.(?:toml|md|py|txt|h|cpp|inc|cmake))`")
MADE = ("build/", "dist/", "index/")  # made by the commands, never in the repository


def documents() -> list[Path]:
    """Every Markdown file of the repository."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    try:
        done = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return sorted(ROOT.glob("*.md"))
    return [ROOT / name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


def missing(document: Path) -> list[str]:
    """Names in numbered steps that lead nowhere; <name> and * stand for anything."""
    lost = []
    for line in filter(STEP.match, document.read_text(encoding="utf-8").splitlines()):
        for name in NAMED.findall(line):
            if name.startswith(MADE) or name.startswith("/"):
                continue
            pattern = re.sub(r"<[^>]*>", "*", name).rstrip("/")
            if not any(True for base in (ROOT, document.parent) for _ in base.glob(pattern)):
                lost.append(f"{name}: {line}")
    return lost


@pytest.mark.parametrize(
    "document", documents(), ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_numbered_steps_name_existing_files(document: Path) -> None:
    """A how-to that names a file which is not there misleads its reader."""
    assert [] == missing(document)


def test_a_wrong_name_is_noticed(tmp_path: Path) -> None:
    """The check can fail."""
    document = tmp_path / "x.md"
    document.write_text("1. Edit `recipes/blas/<provider>.toml`.\n2. Edit `no/such.toml`.\n")

    assert ["no/such.toml: 2. Edit `no/such.toml`."] == missing(document)


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"])
def test_front_documents_exist(name: str) -> None:
    """Every visitor looks for these."""
    assert (ROOT / name).is_file()
