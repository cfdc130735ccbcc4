# SPDX-License-Identifier: Apache-2.0
"""The index: what pip needs of PEP 503, 658 and 691, replaced as a whole."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from wheels.archive import write_wheel
from wheels.cli import main
from wheels.errors import IndexingError, StateError, UsageError
from wheels.fingerprint import HashCache
from wheels.folders import folders_of
from wheels.index import make_index, require_index


def make_wheel(dist: Path, name: str = "Two_Words", version: str = "1.0") -> Path:
    """Write a pure wheel that pip accepts."""
    stem = f"{re.sub('[-.]', '_', name).lower()}-{version}"
    tree = dist.parent / f"tree-{stem}"
    info = tree / f"{stem}.dist-info"
    info.mkdir(parents=True)
    (tree / "two_words.py").write_text("x = 1\n")
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Python: >=3.11\n"
    (info / "METADATA").write_text(metadata)
    (info / "WHEEL").write_text(
        "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\nGenerator: t\n"
    )
    path = dist / f"{stem}-py3-none-any.whl"
    write_wheel(tree, path, epoch=1_700_000_000)
    return path


def test_names_are_normalised_and_links_carry_hashes(tmp_path: Path) -> None:
    """Two_Words lies under two-words/, and its link ends in the file's hash."""
    wheel = make_wheel(tmp_path / "dist")

    make_index(tmp_path / "dist", tmp_path / "index", HashCache())

    page = (tmp_path / "index/simple/two-words/index.html").read_text()
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert f'href="{wheel.name}#sha256={digest}"' in page
    assert 'data-requires-python="&gt;=3.11"' in page
    assert '<a href="two-words/">' in (tmp_path / "index/simple/index.html").read_text()


def test_metadata_files_lie_beside_the_wheels(tmp_path: Path) -> None:
    """PEP 658: the link's hash is that of the .metadata file."""
    wheel = make_wheel(tmp_path / "dist")

    make_index(tmp_path / "dist", tmp_path / "index", HashCache())

    folder = tmp_path / "index/simple/two-words"
    digest = hashlib.sha256((folder / f"{wheel.name}.metadata").read_bytes()).hexdigest()
    assert f'data-core-metadata="sha256={digest}"' in (folder / "index.html").read_text()
    assert (folder / wheel.name).read_bytes() == wheel.read_bytes()


def test_json_says_the_same(tmp_path: Path) -> None:
    """PEP 691."""
    wheel = make_wheel(tmp_path / "dist")

    make_index(tmp_path / "dist", tmp_path / "index", HashCache())

    data = json.loads((tmp_path / "index/simple/two-words/index.json").read_text())
    assert data["meta"]["api-version"] == "1.1"
    assert data["versions"] == ["1.0"]
    assert data["files"][0]["filename"] == data["files"][0]["url"] == wheel.name
    assert data["files"][0]["size"] == wheel.stat().st_size


def test_an_unchanged_index_is_left_alone(tmp_path: Path) -> None:
    """The second time costs nothing; a new wheel renews it."""
    make_wheel(tmp_path / "dist")
    make_index(tmp_path / "dist", tmp_path / "index", HashCache())
    before = (tmp_path / "index").stat().st_ino
    make_index(tmp_path / "dist", tmp_path / "index", HashCache())
    assert (tmp_path / "index").stat().st_ino == before

    make_wheel(tmp_path / "dist", version="2.0")
    assert make_index(tmp_path / "dist", tmp_path / "index", HashCache()) == 2
    assert "two_words-2.0" in (tmp_path / "index/simple/two-words/index.html").read_text()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("two_words-1.0-py3-none-any.whl", "no wheel"), ("readme.whl", "no wheel")],
)
def test_a_file_that_is_no_wheel_is_named(name: str, expected: str, tmp_path: Path) -> None:
    """The old index stays, the error says which file and what to do."""
    make_wheel(tmp_path / "dist", version="3.0")
    make_index(tmp_path / "dist", tmp_path / "index", HashCache())
    (tmp_path / "dist" / name).write_bytes(b"PK\3\4 cut off")

    with pytest.raises(IndexingError, match=expected):
        make_index(tmp_path / "dist", tmp_path / "index", HashCache())
    assert "two_words-3.0" in (tmp_path / "index/simple/two-words/index.html").read_text()


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        (b"Metadata-Version: 2.1\n\n", "neither name nor version"),
        (b"Name: two-words\n", "METADATA says two-words"),
        (b"Name: two-words\nVersion: 1.0\nSummary: \xff\n", "no wheel: .*utf-8"),
    ],
)
def test_metadata_that_says_nothing_is_named(
    metadata: bytes, expected: str, tmp_path: Path
) -> None:
    """A field is missing, or the text is no UTF-8."""
    path = tmp_path / "dist/two_words-1.0-py3-none-any.whl"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("two_words-1.0.dist-info/METADATA", metadata)

    with pytest.raises(IndexingError, match=expected):
        make_index(tmp_path / "dist", tmp_path / "index", HashCache())


@pytest.mark.parametrize("name", ["folder", "folder/file.py"])
def test_what_is_no_index_of_ours_is_not_replaced(name: str, tmp_path: Path) -> None:
    """A typing error in --index costs nobody's files."""
    make_wheel(tmp_path / "dist")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file.py").write_text("mine")

    with pytest.raises(UsageError, match="is no index of ours"):
        make_index(tmp_path / "dist", tmp_path / name, HashCache())
    assert (tmp_path / "folder/file.py").read_text() == "mine"
    assert sorted(path.name for path in (tmp_path / "folder").iterdir()) == ["file.py"]


def test_an_empty_folder_becomes_an_index(tmp_path: Path) -> None:
    """It holds nothing that could be lost."""
    make_wheel(tmp_path / "dist")
    (tmp_path / "index").mkdir()

    assert make_index(tmp_path / "dist", tmp_path / "index", HashCache()) == 1


@pytest.mark.parametrize("name", ["dist", "build", "recipes", "index"])
def test_an_index_may_not_hold_another_folder(name: str, tmp_path: Path) -> None:
    """Not even one that was an index before."""
    make_wheel(tmp_path / "some")
    make_index(tmp_path / "some", tmp_path / "index", HashCache())
    folders = folders_of(
        tmp_path if name == "index" else tmp_path / "root",
        dist=tmp_path / "index" if name == "dist" else tmp_path / "d",
        build=tmp_path / "index/build" if name == "build" else tmp_path / "b",
        recipes=tmp_path / "index/deep/recipes" if name == "recipes" else tmp_path / "r",
        index=tmp_path if name == "index" else tmp_path / "index",
    )

    with pytest.raises(UsageError, match="cannot be the index"):
        require_index(folders)


def test_a_folder_that_cannot_be_made_is_told_before(tmp_path: Path) -> None:
    """A file lies where the folder of the index should be."""
    (tmp_path / "file").write_text("mine")

    with pytest.raises(StateError, match="--index FOLDER"):
        require_index(folders_of(dist=tmp_path, index=tmp_path / "file/deep/index"))


def test_without_dist_the_old_index_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A typing error in --dist does not empty it."""
    make_wheel(tmp_path / "dist")
    words = ["index", "--index", str(tmp_path / "index"), "--dist"]
    assert main([*words, str(tmp_path / "dist")]) == 0

    assert main([*words, str(tmp_path / "dits")]) == IndexingError.exit_code

    assert "dits is no folder" in capsys.readouterr().err
    assert (tmp_path / "index/simple/two-words/index.html").is_file()


def test_the_command_refuses_before_it_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--index equal to --dist."""
    make_wheel(tmp_path / "dist")
    words = ["index", "--index", str(tmp_path / "dist"), "--dist", str(tmp_path / "dist")]

    assert main(words) == UsageError.exit_code

    assert "cannot be the index" in capsys.readouterr().err
    assert len(list((tmp_path / "dist").glob("*.whl"))) == 1


def test_pip_installs_from_it(tmp_path: Path) -> None:
    """The real consumer, with a path that has a space and a letter outside ASCII."""
    folder = tmp_path / "größe und mehr"
    make_wheel(folder / "dist")
    make_index(folder / "dist", folder / "index", HashCache())

    simple = (folder / "index" / "simple").as_uri()
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "--isolated",
            "install",
            "--quiet",
            "--no-input",
            "--disable-pip-version-check",
            "--index-url",
            simple,
            "--target",
            str(tmp_path / "out"),
            "Two.Words",
        ],
        check=True,
    )
    assert (tmp_path / "out/two_words.py").is_file()
