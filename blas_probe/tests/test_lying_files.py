# SPDX-License-Identifier: Apache-2.0
"""Small files that once took endless time or memory, or ended the whole search; each by itself."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest

from blas_probe.binary import parse
from blas_probe.binary.macho_exports import exported
from blas_probe.binary.pieces import COST, Names
from blas_probe.cuda.glibc import bare
from blas_probe.cuda.memory import whose_answer
from blas_probe.cuda.nvcc import architectures
from blas_probe.cuda.pieces import header_version
from blas_probe.cuda.preprocess import HeaderError, directives, errors, evaluate
from blas_probe.errors import BinaryError, FoundFileError, RecipeError
from blas_probe.found import Found
from blas_probe.recipe.schema import read as read_recipe
from blas_probe.search.packages import expand, linked_files, recorded_files
from blas_probe.search.places import cached_paths, configured_folders
from blas_probe.tests.fuzz_shapes import circle, many_tables, overlapping_names, versions
from blas_probe.threads.cgroup import cpu_quota


def put(path: Path, text: str) -> Path:
    """A file with this text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


class First(random.Random):
    """Always the first of several."""

    def choice(self, seq):  # type: ignore[no-untyped-def]
        """Not by chance."""
        return seq[0]


class Last(random.Random):
    """Always the last of several."""

    def choice(self, seq):  # type: ignore[no-untyped-def]
        """Not by chance."""
        return seq[-1]


@pytest.mark.parametrize("make", [overlapping_names, versions, circle])
def test_names_that_overlap_are_damage(make) -> None:  # type: ignore[no-untyped-def]
    """A file of a megabyte cannot claim gigabytes of names, nor a tree without end."""
    with pytest.raises(BinaryError, match=r"more names than any library has|has no end|outside"):
        parse(make(Last(1)))


def test_a_large_table_may_be_as_long_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorFlow's has hundreds of megabytes; only names that overlap come to more."""
    monkeypatch.setattr("blas_probe.binary.pieces.MOST_TEXT", 3 * COST)
    table = b"\0".join([b"a" * 1000, b"b" * 1000, b"c" * 1000]) + b"\0"

    names = Names(table)
    assert ["a", "b", "c"] == [names.at(1001 * at)[0] for at in range(3)]
    with pytest.raises(BinaryError, match="more names than any library has"):
        names.at(0)


def test_only_the_first_table_of_symbols_counts() -> None:
    """Thousands of load commands that name the same table are read once."""
    assert {"dgemm_"} == parse(many_tables(First(1))).defined


def test_a_tree_of_names_has_no_more_edges_than_bytes() -> None:
    """A node that is its own child, by edges without letters."""
    with pytest.raises(BinaryError, match="no end"):
        list(exported(bytes([0, 255]) + b"\0\0" * 255))


def test_expressions_of_a_header_end() -> None:
    """Macros that double each other, odd numbers, deep brackets: refused, in words."""
    doubling = {f"M{n}": "+".join([f"M{n + 1}"] * 9) for n in range(40)}
    nested = "1||1&&1|1^1&1==1<1<<1+1*(" * 40 + "1" + ")" * 40
    for text in ("M0", "09", "9" * 5000, nested):
        with pytest.raises(HeaderError):
            evaluate(text, doubling)
    assert -1 == evaluate("18446744073709551615 * 1", {})
    assert -2 == evaluate("(0 - 7) / 3", {})


def test_comments_and_quotes_without_end_are_read_once() -> None:
    """Each beginning of one once led to the end of the file: minutes for a megabyte."""
    assert [] == errors(directives("/*" * 200_000), {})
    assert [] == errors(directives('"\\"' * 200_000), {})
    assert [] == bare("/*" * 200_000, ["cospi"])


def test_numbers_that_python_refuses_are_no_versions(tmp_path: Path) -> None:
    """More than 4300 digits, or too large for a float."""
    nines = "9" * 5000
    header = put(tmp_path / "cuda.h", f"#define CUDA_VERSION {nines}\n")
    put(tmp_path / "proc/self/cgroup", "0::/\n")
    put(tmp_path / "proc/self/mountinfo", "1 1 0:1 / /c rw - cgroup2 c rw\n")
    put(tmp_path / "c/cpu.max", f"{'9' * 400} 1\n")

    assert header_version(header, ["CUDA_VERSION"]) is None
    assert () == architectures(f"sm_{nines}")
    assert cpu_quota(tmp_path) is None


def test_a_group_far_above_its_mount_has_no_limit_to_tell(tmp_path: Path) -> None:
    """Thousands of levels, and names that no file can have."""
    put(tmp_path / "proc/self/cgroup", "0::/\0\n")
    put(tmp_path / "proc/self/mountinfo", f"1 1 0:1 {'/..' * 3000} /c rw - cgroup2 c rw\n"
        "1 1 0:1 / /c\\000 rw - cgroup2 c rw\n")  # fmt: skip
    assert cpu_quota(tmp_path) is None


def test_includes_end(tmp_path: Path) -> None:
    """A link to the folder itself, and stars that would walk the whole system."""
    for name in ("a", "b", "c"):
        (tmp_path / "etc").mkdir(exist_ok=True)
        (tmp_path / f"etc/{name}").symlink_to(".")
    put(tmp_path / "deep/er/x.conf", "/never\n")
    config = put(tmp_path / "etc/ld.so.conf", "include */*.conf\ninclude /**/x.conf\n/usr/lib\n")

    assert ["/usr/lib"] == configured_folders(config, tmp_path)


def test_a_loader_cache_cannot_name_more_than_it_holds() -> None:
    """Entries whose paths overlap, or have no end."""
    head = b"glibc-ld.so.cache1.1" + struct.pack("=I", 4000) + bytes(24)
    entries = struct.pack("=iIIIQ", 1, 0, 100_000, 0, 0) * 4000
    data = (head + entries).ljust(100_000, b"\0") + b"/" * 50_000

    assert [] == cached_paths(data)
    assert sum(map(len, cached_paths(data + b"\0"))) <= len(data)


def test_variables_of_a_pc_file_do_not_double_without_end(tmp_path: Path) -> None:
    """Sixty lines, each twice the one before; and files that require each other."""
    text = "x=y\n" + "x=${x}${x}\n" * 60 + "Libs: ${x}\n"
    names = [f"p{n}" for n in range(30)]
    for name in names:
        put(tmp_path / f"{name}.pc", f"Requires: {' '.join(names)}\n")

    assert [] == linked_files(put(tmp_path / "x.pc", text), ["lib*"], [])
    assert [] == linked_files(tmp_path / "p0.pc", ["lib*"], [], [tmp_path])
    assert len(expand("${a}" * 1000, {"a": "b" * 1000})) <= 1 << 17


def test_a_list_of_files_with_an_endless_cell_is_no_list(tmp_path: Path) -> None:
    """The csv module raises an error of its own."""
    put(tmp_path / "x.dist-info/RECORD", 'a,,\n"' + "x" * 200_000)
    assert [] == list(recorded_files(tmp_path, tmp_path / "x.dist-info", ["lib*"]))


def test_lists_in_lists_without_end_are_one_error(tmp_path: Path) -> None:
    """In found.json and in a recipe."""
    with pytest.raises(FoundFileError, match="run the probe again"):
        Found.from_json("[" * 100_000)
    with pytest.raises(RecipeError, match="TOML"):
        read_recipe(put(tmp_path / "x.toml", "x=" + "[" * 100_000))


def test_a_script_of_many_remarks_is_no_riddle(tmp_path: Path) -> None:
    """An indented remark can be read in one way only: two ways each made 2 ** 60 of sixty."""
    remarks = "#!/bin/sh\n" + "  # a remark\n" * 60
    told = put(tmp_path / "nvcc", remarks + "something else\n")
    passed = put(tmp_path / "other", remarks + f'exec {tmp_path}/program "$@"\n')
    (tmp_path / "program").write_bytes(b"\x7fELF")

    assert [] == whose_answer([str(told)], {})
    assert [str(passed), f"{tmp_path}/program"] == whose_answer([str(passed)], {})
