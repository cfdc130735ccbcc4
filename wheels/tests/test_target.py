# SPDX-License-Identifier: Apache-2.0
"""Python as it is on other platforms: rows, headers, names for the linker; nothing is compiled."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from wheels.command import Log
from wheels.errors import BuildError, RowError
from wheels.folders import CHECKOUT
from wheels.rows import Python, load_rows
from wheels.target.bindings import PythonThere, suffix_of
from wheels.target.headers import config_text, python_headers, whole_config
from wheels.target.library import (
    Names,
    definition,
    interpreter_files,
    names_of,
    python_import_library,
    stable_names,
)
from wheels.target.linker import for_linker
from wheels.target.rows import FILE, Target, load_targets, target_of
from wheels.tests.target_samples import PLATFORMS

RECIPES = CHECKOUT / "recipes"
TARGETS = load_targets(RECIPES)
SUFFIXES = {
    "manylinux_2_28_aarch64": (".cpython-311-aarch64-linux-gnu.so", ".abi3.so"),
    "musllinux_1_2_x86_64": (".cpython-311-x86_64-linux-musl.so", ".abi3.so"),
    "musllinux_1_2_aarch64": (".cpython-311-aarch64-linux-musl.so", ".abi3.so"),
    "manylinux_2_39_riscv64": (".cpython-311-riscv64-linux-gnu.so", ".abi3.so"),
    "manylinux_2_28_ppc64le": (".cpython-311-powerpc64le-linux-gnu.so", ".abi3.so"),
    "manylinux_2_28_s390x": (".cpython-311-s390x-linux-gnu.so", ".abi3.so"),
    "macosx_14_0_arm64": (".cpython-311-darwin.so", ".abi3.so"),
    "macosx_11_0_arm64": (".cpython-311-darwin.so", ".abi3.so"),
    "macosx_11_0_x86_64": (".cpython-311-darwin.so", ".abi3.so"),
    "win_amd64": (".cp311-win_amd64.pyd", ".pyd"),
    "win_arm64": (".cp311-win_arm64.pyd", ".pyd"),
}
SIZES = {"SIZEOF_LONG": "4", "SIZEOF_VOID_P": "8", "SIZEOF_WCHAR_T": "2", "MS_WIN64": "1"}


def python(name: str) -> Python:
    """A row of recipes/pythons.toml."""
    return next(row for row in load_rows(RECIPES).pythons if row.id == name)


def values(text: str) -> dict[str, str]:
    """What the macros are after a pyconfig.h, read from top to bottom."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        if match := re.match(r"#\s*define\s+(\w+)\s*(.*)", line):
            found[match[1]] = match[2].strip()
        elif match := re.match(r"#\s*undef\s+(\w+)", line):
            found.pop(match[1], None)
    return found


@pytest.mark.parametrize("name", SUFFIXES)
def test_an_extension_is_called_as_python_looks_for_it_there(name: str) -> None:
    """One name for one version, one for the stable ABI."""
    platform = PLATFORMS[name]
    row = target_of(TARGETS, platform)
    found = tuple(suffix_of(row, platform, python(one)) for one in ("cp311", "cp312"))

    assert SUFFIXES[name] == found


def test_rows_that_differ_from_this_machine_say_all_that_differs_anywhere() -> None:
    """So it does not matter on which machine they are used."""
    named = {frozenset(row.macros) for row in TARGETS if not row.complete}

    assert 1 == len(named)


def test_windows_is_described_in_full() -> None:
    """Nothing of this machine's pyconfig.h is left, and the sizes are those of 64-bit Windows."""
    text = config_text("#define HAVE_FORK 1\n", target_of(TARGETS, PLATFORMS["win_amd64"]))

    assert "HAVE_FORK" not in text
    assert SIZES.items() <= values(text).items()


def test_what_differs_comes_last() -> None:
    """An own value replaces this machine's, an empty one takes it away, the rest stays."""
    row = Target(platforms=("x",), suffix=".a", stable_suffix=".b", macros={"A": "2", "B": ""})
    text = config_text("#define A 1\n#define B 1\n#define C 1\n", row)

    assert {"A": "2", "C": "1"} == values(text)


def test_headers_are_a_copy_with_another_pyconfig(tmp_path: Path) -> None:
    """Python.h takes the pyconfig.h beside it before any other folder's."""
    include = headers(tmp_path / "here", "#define SIZEOF_LONG 8\n")
    row = target_of(TARGETS, PLATFORMS["win_amd64"])

    made = python_headers(include, row, tmp_path / "there")

    assert "hello" == (made / "Python.h").read_text()
    assert "inner" == (made / "cpython/object.h").read_text()
    assert "4" == values((made / "pyconfig.h").read_text())["SIZEOF_LONG"]
    assert "#define SIZEOF_LONG 8\n" == (include / "pyconfig.h").read_text()


def test_the_pyconfig_that_debian_keeps_elsewhere_is_read(tmp_path: Path) -> None:
    """The one beside Python.h only includes it."""
    include = headers(tmp_path, "# include <a-linux-gnu/python3.11/pyconfig.h>\n")
    real = include.parent / "a-linux-gnu" / include.name / "pyconfig.h"
    real.parent.mkdir(parents=True)
    real.write_text("#define REAL 1\n")

    assert "#define REAL 1\n" == whole_config(include, triplet="a-linux-gnu")
    assert "# include" in whole_config(include, triplet="")


def headers(root: Path, config: str) -> Path:
    """A folder of Python's headers."""
    include = root / "include/python3.11"
    (include / "cpython").mkdir(parents=True)
    (include / "Python.h").write_text("hello")
    (include / "cpython/object.h").write_text("inner")
    (include / "pyconfig.h").write_text(config)
    return include


def test_missing_headers_are_named(tmp_path: Path) -> None:
    """With the package that brings them."""
    with pytest.raises(BuildError, match=r"Python\.h is missing[\s\S]*python3-dev"):
        python_headers(tmp_path, TARGETS[0], tmp_path / "there")


def test_the_stable_abi_is_that_of_the_version() -> None:
    """What came later is not there, nor what Windows never had; data is told from functions."""
    names = stable_names((3, 12))

    assert {"PyObject_Vectorcall", "PyErr_GetRaisedException"} <= names.functions
    assert {"PyExc_ValueError", "_Py_NoneStruct"} <= names.data
    assert not {"PyLong_AsInt", "PyDict_GetItemRef", "PyOS_AfterFork"} & names.functions


def test_an_exact_version_takes_the_names_of_its_interpreter_here() -> None:
    """The program, or the library beside it."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    names = names_of(interpreter_files(Path(sys.executable), version))

    assert {"PyUnicode_AsUTF8", "PyFrame_GetBack"} <= names.functions
    assert {"PyType_Type", "_Py_TrueStruct"} <= names.data


def test_a_file_without_names_of_python_is_refused(tmp_path: Path) -> None:
    """It is named."""
    with pytest.raises(BuildError, match=r"no names of Python are in .*no-python"):
        names_of([Path(__file__), tmp_path / "no-python"])


def test_data_is_marked_for_the_linker() -> None:
    """Without the mark the linker makes a function of it, which nobody could use."""
    text = definition("x.dll", Names(functions=frozenset({"B", "A"}), data=frozenset({"C"})))

    assert "LIBRARY x.dll\nEXPORTS\nA\nB\nC DATA\n" == text


def test_a_dll_is_linked_by_the_file_beside_it(tmp_path: Path) -> None:
    """Every other library by itself; a DLL alone is refused."""
    (tmp_path / "x.lib").touch()

    assert tmp_path / "x.lib" == for_linker(tmp_path / "x.dll")
    assert tmp_path / "libx.dylib" == for_linker(tmp_path / "libx.dylib")
    with pytest.raises(BuildError, match=r"y\.lib is neither beside it"):
        for_linker(tmp_path / "y.dll")


@pytest.mark.parametrize(("text", "good"), [("a_rt.3.dll", True), ("a_rt.2.dll", False)])
def test_an_import_library_without_a_version_must_name_the_dll(
    text: str, good: bool, tmp_path: Path
) -> None:
    """bin/a_rt.3.dll is linked by lib/a_rt.lib, unless that is another release's."""
    for folder in ("bin", "lib"):
        (tmp_path / folder).mkdir()
    (tmp_path / "lib" / "a_rt.lib").write_text(text)
    library = tmp_path / "bin" / "a_rt.3.dll"

    if good:
        assert tmp_path / "lib" / "a_rt.lib" == for_linker(library)
    else:
        with pytest.raises(BuildError, match=r"a_rt\.3\.dll cannot be linked with"):
            for_linker(library)


@pytest.mark.parametrize(
    ("platform", "tool", "expected"),
    [
        ("macosx_14_0_arm64", (), None),
        ("win_amd64", (), "the toolchain has none"),
        ("win_arm64", ("true",), "python3.lib"),
    ],
)
def test_an_import_library_is_made_where_the_linker_asks_for_one(
    platform: str, tool: tuple[str, ...], expected: str | None, tmp_path: Path
) -> None:
    """None elsewhere; a toolchain that cannot make one is told so."""
    row, names = target_of(TARGETS, PLATFORMS[platform]), stable_names((3, 12))
    maker = (sys.executable, "-c", MAKER) if tool else ()

    def made() -> Path | None:
        return python_import_library(
            names, row, PLATFORMS[platform], tmp_path, version="3.12", stable=True,
            tool=maker, env=os.environ, log=Log(tmp_path / "log", "x"),
        )  # fmt: skip

    if expected and not tool:
        with pytest.raises(BuildError, match=expected):
            made()
        return
    path = made()
    assert expected == (path.name if path else None)
    if path:
        assert "-m arm64" in path.read_text()
        assert "LIBRARY python3.dll" in (tmp_path / "python3.def").read_text()


MAKER = """
import sys
from pathlib import Path
words = sys.argv[1:]
Path(words[words.index("-l") + 1]).write_text(" ".join(words))
"""


def test_cmake_is_told_everything_that_it_would_ask_an_interpreter() -> None:
    """No import library is an empty value."""
    there = PythonThere(include=Path("/i"), library=None, suffix=".abi3.so", stable=True)

    assert "_core.abi3.so" == there.file
    assert {
        "TRIVET_STABLE_ABI": "ON", "TRIVET_PYTHON_INCLUDE": "/i", "TRIVET_PYTHON_LIBRARY": "",
        "TRIVET_PYTHON_SUFFIX": ".abi3.so",
    } == there.values()  # fmt: skip


WRONG = {
    "placeholder": ('".abi3.so"', '".{abi}.so"', "`{abi}` stands for nothing"),
    "part of a placeholder": ("-{nodot}-", "-{nodot.x}-", "`{nodot.x}` stands for nothing"),
    "no suffix": ('".abi3.so"', '""', "`` ends no file name"),
    "folder": ('".abi3.so"', '"a/b"', "`a/b` ends no file name"),
    "two lines": (
        'ALIGNOF_MAX_ALIGN_T = "16"',
        'A = "1\\n2"',
        "macros.A: holds a control character",
    ),
    "brace": ('".abi3.so"', '".{abi3.so"', "stands for nothing"),
    "macro": ("HAVE_KQUEUE", '"HAVE KQUEUE"', "no macro's name"),
    "library alone": ('library = "python{nodot}.dll"\n', "", "does not stand alone"),
    "field": ("stable_suffix", "stable_sufix", "did you mean `stable_suffix`"),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_row_names_file_line_and_fix(case: tuple[str, str, str], tmp_path: Path) -> None:
    """As every recipe does."""
    old, new, expected = case
    text = (RECIPES / FILE).read_text(encoding="utf-8")
    (tmp_path / FILE).write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(RowError, match=re.escape(expected)) as caught:
        load_targets(tmp_path)
    assert re.search(rf"{FILE}:\d+: ", str(caught.value))


def test_a_row_without_macros_is_refused(tmp_path: Path) -> None:
    """This machine's own would stand for another one's."""
    lines = ("[[target]]", 'platforms = ["x"]', 'suffix = ".a"', 'stable_suffix = ".b"', "")
    (tmp_path / FILE).write_text("\n".join((*lines, "[target.macros]")), encoding="utf-8")

    with pytest.raises(RowError, match="macros: is empty"):
        load_targets(tmp_path)


def test_a_platform_without_a_row_is_named() -> None:
    """With the file to write it in."""
    with pytest.raises(RowError, match=r"python_targets\.toml is for win_arm64"):
        target_of((TARGETS[0],), PLATFORMS["win_arm64"])
