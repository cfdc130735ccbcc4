# SPDX-License-Identifier: Apache-2.0
"""Grafting: every copy has a name of its own, and everybody is told the new name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wheels.source.graft import graft, hashed_name


@dataclass
class FakeElf:
    """What a file says about itself."""

    soname: str = ""
    needed: list[str] = field(default_factory=list)
    rpath: str = ""


class FakePatchelf:
    """Answers and edits by file content, so that a copy starts as its original."""

    def __init__(self) -> None:
        self.files: dict[str, FakeElf] = {}

    def add(self, path: Path, elf: FakeElf) -> Path:
        """Make a file with these facts."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.as_posix())
        self.files[path.as_posix()] = elf
        return path

    def of(self, path: Path) -> FakeElf:
        """The facts of a file, its own or those of what it was copied from."""
        origin = self.files[path.read_text()]
        return self.files.setdefault(
            path.as_posix(), FakeElf(origin.soname, list(origin.needed), origin.rpath)
        )

    def __call__(self, words: Sequence[str]) -> str:
        """Do what patchelf would."""
        elf = self.of(Path(words[-1]))
        words = list(words[:-1])
        while words:
            word = words.pop(0)
            if word == "--print-soname":
                return elf.soname + "\n"
            if word == "--print-needed":
                return "\n".join(elf.needed) + "\n"
            if word == "--print-rpath":
                return elf.rpath + "\n"
            if word == "--set-soname":
                elf.soname = words.pop(0)
            if word == "--set-rpath":
                elf.rpath = words.pop(0)
            if word == "--replace-needed":
                old, new = words.pop(0), words.pop(0)
                elf.needed = [new if name == old else name for name in elf.needed]
        return ""


def test_generic_soname_becomes_unique(tmp_path: Path) -> None:
    """No process that holds another libblas.so.3 can answer in its place."""
    tool = FakePatchelf()
    library = tool.add(tmp_path / "p" / "libblas.so.3", FakeElf("libblas.so.3", ["libc.so.6"]))
    backend = tool.add(tmp_path / "w" / "b.so", FakeElf("", ["libblas.so.3", "libc.so.6"]))

    (copy,) = graft(backend, [library], (), tool)
    assert copy.name == hashed_name("libblas.so.3", library) != "libblas.so.3"
    assert [copy.name, "libc.so.6"] == tool.of(backend).needed
    assert (copy.name, "$ORIGIN") == (tool.of(tmp_path / "w" / copy.name).soname, "$ORIGIN")
    assert tool.of(library).soname == "libblas.so.3"


def test_lapack_is_turned_to_the_chosen_blas(tmp_path: Path) -> None:
    """A LAPACK that asks for libblas.so.3 gets the copy of the BLAS that was chosen."""
    tool = FakePatchelf()
    lapack = tool.add(
        tmp_path / "l" / "liblapack.so.3", FakeElf("liblapack.so.3", ["libblas.so.3"])
    )
    blas = tool.add(tmp_path / "f" / "libfast.so.4", FakeElf("libfast.so.4"))
    backend = tool.add(tmp_path / "w" / "b.so", FakeElf("", ["liblapack.so.3", "libfast.so.4"]))

    copies = graft(backend, [lapack, blas], [("libblas.so.3", "libfast.so.4")], tool)
    names = {one.soname: one.name for one in copies}
    assert set(names) == {"liblapack.so.3", "libfast.so.4"}
    assert [names["libfast.so.4"]] == tool.of(tmp_path / "w" / names["liblapack.so.3"]).needed


def test_private_dependencies_come_along(tmp_path: Path) -> None:
    """What a library finds beside itself would be gone with the build environment."""
    tool = FakePatchelf()
    library = tool.add(
        tmp_path / "p" / "libfast.so", FakeElf("libfast.so", ["libhelp.so.1"], "$ORIGIN/inner")
    )
    tool.add(tmp_path / "p" / "inner" / "libhelp.so.1", FakeElf("libhelp.so.1", ["libc.so.6"]))
    backend = tool.add(tmp_path / "w" / "b.so", FakeElf("", ["libfast.so"]))

    copies = graft(backend, [library], (), tool)
    assert ["libfast.so", "libhelp.so.1"] == [one.soname for one in copies]
    assert [copies[1].name] == tool.of(tmp_path / "w" / copies[0].name).needed


def test_library_without_a_soname_is_known_by_its_path(tmp_path: Path) -> None:
    """A linker records the path it was given when a library names itself nothing."""
    tool = FakePatchelf()
    library = tool.add(tmp_path / "p" / "libfast.so", FakeElf(""))
    backend = tool.add(tmp_path / "w" / "b.so", FakeElf("", [str(library)]))

    (copy,) = graft(backend, [library], (), tool)
    assert [copy.name] == tool.of(backend).needed


def test_name_follows_the_bytes(tmp_path: Path) -> None:
    """Same library, same name, wherever it lies; another version, another name."""
    first, second = tmp_path / "a.so", tmp_path / "b.so"
    first.write_bytes(b"one")
    second.write_bytes(b"two")

    assert hashed_name("libx.so.3", first) != hashed_name("libx.so.3", second)
    assert hashed_name("libx.so.3", first).startswith("libx-")
    assert hashed_name("libx.so.3", first).endswith(".so.3")
