# SPDX-License-Identifier: Apache-2.0
"""Libraries that a process has loaded."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from blas_probe import loaded, process
from blas_probe.errors import ProcessError
from blas_probe.library import Library
from blas_probe.process import clash_warnings, replaced_warnings
from blas_probe.recipe import Recipes
from blas_probe.search import mapped
from blas_probe.search.content import holds_blas
from blas_probe.search.mapped import Mapped, mapped_files, process_environment
from blas_probe.tests.made import Make

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
GONE = 2**22 + 1  # above the largest number that Linux gives


@LINUX
def test_this_process_and_its_environment_are_read() -> None:
    """Each file once; nothing is opened for it."""
    there = mapped_files()

    assert len(there) == len({one.path for one in there})
    assert any("libc" in one.path for one in there)
    assert not any(one.replaced for one in there if "libc.so" in one.path)
    assert "PATH" in process_environment(os.getpid())


def row(file: Path, told: str, *, number: int) -> list[bytes]:
    """The columns of /proc/PID/maps for a file with this number."""
    assert file.exists()
    return [b"1000-2000", b"r-xp", b"0", b"00:28", str(number).encode(), os.fsencode(told)]


@LINUX
def test_files_of_a_container_are_read_through_its_root(tmp_path: Path) -> None:
    """Its paths mean its own files; a library removed there is read from the mapping."""
    file = tmp_path / "root/lib/libblas.so.3"
    file.parent.mkdir(parents=True)
    file.touch()
    columns = row(file, "/lib/libblas.so.3", number=file.stat().st_ino)
    gone = row(file, "/lib/libblas.so.3 (deleted)", number=file.stat().st_ino)

    there = mapped._linux_file(tmp_path, str(tmp_path / "root"), columns)
    removed = mapped._linux_file(tmp_path, str(tmp_path / "root"), gone)

    assert there == Mapped("/lib/libblas.so.3", file, False)
    assert removed == Mapped("/lib/libblas.so.3", tmp_path / "map_files/1000-2000", True)


STACKED = [("the_same", True, False, False), ("another", False, False, True),
           ("unknown_on_layers", None, True, False), ("unknown", None, False, True)]  # fmt: skip


@LINUX
@pytest.mark.parametrize(
    ("same", "layers", "replaced"), [s[1:] for s in STACKED], ids=[s[0] for s in STACKED]
)
def test_another_number_is_not_yet_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, same: bool | None, layers: bool, replaced: bool
) -> None:
    """Stacked file systems tell the number of the layer below; ordinary users see no mapping."""
    file, mapping = tmp_path / "libblas.so.3", tmp_path / "map_files/1000-2000"
    file.touch()
    mapping.parent.mkdir()
    if same is not None:
        mapping.symlink_to(file if same else __file__)
    monkeypatch.setattr(mapped, "_stacked", lambda _: layers)
    columns = row(file, str(file), number=file.stat().st_ino + 1)

    assert mapped._linux_file(tmp_path, "", columns).replaced is replaced


def test_a_removed_library_that_nobody_may_read_costs_a_row(
    tmp_path: Path, recipes: Recipes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is there, as its name says; other files that were removed are no libraries."""
    nothing = tmp_path / "nothing"
    held = [Mapped("/x/libopenblas.so.0", nothing, True), Mapped("/x/font.ttf", nothing, True)]
    monkeypatch.setattr(process, "mapped_files", lambda _: held)

    (one,) = loaded(recipes=recipes).libraries

    assert one.path == "/x/libopenblas.so.0"
    assert "only root can read" in str(one.problem)


@LINUX
def test_a_process_that_is_not_there_is_an_error() -> None:
    """The text says how to find the number."""
    with pytest.raises(ProcessError, match=r"no process .* is running"):
        loaded(GONE)


def test_a_file_without_blas_is_passed_over(tmp_path: Path, recipes: Recipes) -> None:
    """Text that names routines is no library, nor is a missing file."""
    text = tmp_path / "libblas.so"
    text.write_text("dgemm dgemm_")

    assert not holds_blas(text, recipes.providers)
    assert not holds_blas(tmp_path / "nothing", recipes.providers)


def test_two_widths_under_one_name_are_a_warning(library: Callable[..., Library]) -> None:
    """Other suffixes keep them apart."""
    narrow = library(path="/a.so")
    wide = library(path="/b.so", int_bits=64)
    apart = library(path="/c.so", int_bits=64, suffix="_64_")

    (warning,) = clash_warnings([narrow, wide, apart])

    assert warning.subject == "/a.so and /b.so"
    assert not list(clash_warnings([narrow, apart]))


def test_a_replaced_file_is_a_warning() -> None:
    """An upgrade does not reach a running process."""
    there = [Mapped("/a.so", Path("/a.so"), False), Mapped("/b.so", Path("/proc/x"), True)]

    assert [one.subject for one in replaced_warnings(there)] == ["/b.so"]


HOLD = (
    "import ctypes, sys; [ctypes.CDLL(path) for path in sys.argv[1:]]; "
    "print('ready', flush=True); input()"
)


@pytest.fixture
def hold() -> Iterator[Callable[..., int]]:
    """Start a process that holds libraries; it ends with the test."""
    started = []

    def start(*paths: Path, code: str = HOLD, **environ: str) -> int:
        child = subprocess.Popen(
            [sys.executable, "-c", code, *map(str, paths)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env={**os.environ, **environ},
        )  # fmt: skip
        started.append(child)
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        return child.pid

    yield start
    for child in started:
        child.communicate(b"\n")


@pytest.mark.real
@LINUX
def test_libraries_of_another_process_are_measured(
    make: Make, recipes: Recipes, hold: Callable[..., int], tmp_path: Path
) -> None:
    """Whatever their names are; the second look is with that process's environment."""
    (tmp_path / "other").mkdir()
    one = make("int openblas_get_parallel(void) { return 0; }", "libone.so")
    two = make("", "plugin.module", INT="int64_t")
    pid = hold(one, two, OPENBLAS_CORETYPE="x")

    found = loaded(pid, recipes=recipes)

    facts = {Path(o.path).name: (o.provider, o.int_bits, o.source) for o in found.libraries}
    assert facts == {
        "libone.so": ("openblas", 32, "loaded"), "plugin.module": ("unknown", 64, "loaded"),
    }  # fmt: skip
    assert "OPENBLAS_CORETYPE" in found.ignored_environment
    assert any("one with 32-bit and one with 64-bit" in row.text for row in found.warnings)


@pytest.mark.real
@LINUX
def test_a_library_replaced_under_a_process_is_told(
    make: Make, recipes: Recipes, hold: Callable[..., int]
) -> None:
    """The warning names the path; where the system allows it, the old bytes are measured."""
    path = make("", "libold.so")
    copy = shutil.copy(path, path.with_name("libcopy.so"))
    pid = hold(Path(copy))
    Path(copy).unlink()

    found = loaded(pid, recipes=recipes)

    assert any(row.subject == str(copy) and "before" in row.text for row in found.warnings)
    if os.geteuid() == 0:
        assert [(one.names, one.int_bits) for one in found.libraries] == [((str(copy),), 32)]


@pytest.mark.real
@LINUX
def test_numpys_own_library_is_found_in_its_process(
    recipes: Recipes, hold: Callable[..., int]
) -> None:
    """The most common question: which BLAS does this NumPy use?"""
    if find_spec("numpy") is None:
        pytest.skip("numpy is not installed")
    pid = hold(code="import numpy; print('ready', flush=True); input()")

    found = loaded(pid, recipes=recipes)

    (one,) = found.libraries
    assert (one.provider, one.problem) == ("openblas", None)
    assert "numpy" in one.path


@pytest.mark.real
@LINUX
def test_the_library_that_answers_here_is_noted(make: Make, tmp_path: Path) -> None:
    """`loaded()` inside a process: the global name leads to the first library opened for all."""
    first, second = make("", "libfirst.so"), make("", "libsecond.so")
    code = (
        "import ctypes, sys\n"
        "for p in sys.argv[1:]: ctypes.CDLL(p, mode=ctypes.RTLD_GLOBAL)\n"
        "from blas_probe import loaded\n"
        "found = loaded()\n"
        "print([(one.path, any('leads to it' in n for n in one.notes)) for one in found.libraries])"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code, first, second], capture_output=True, text=True, check=True,
        cwd=root,
    )  # fmt: skip

    assert eval(done.stdout) == [(str(first), True), (str(second), False)]
