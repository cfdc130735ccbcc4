# SPDX-License-Identifier: Apache-2.0
"""Two OpenMP run-times are predicted from files alone, as the loader would bring them together."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from blas_probe.binary.shape import Binary
from blas_probe.recipe import Recipes
from blas_probe.tests.tiny_elf import tiny_elf
from blas_probe.threads.closure import closure
from blas_probe.threads.loader import Loader, Opened, loader_of
from blas_probe.threads.together import Together, in_a_process, two_openmp

GNU = ("GOMP_parallel", "omp_get_num_threads")
LLVM = b"\0LLVM OMP version\0__KMP_REGISTERED_LIB"
INTEL = b"\0Intel(R) OMP version\0__KMP_REGISTERED_LIB"
KMP = ("__kmpc_fork_call", *GNU)


def put(
    path: Path,
    *,
    needed: Sequence[str] = (),
    defined: Sequence[str] = ("f_",),
    soname: str | None = None,
    rpath: str = "",
    runpath: str = "",
    machine: int = 62,
    text: bytes = b"",
) -> Path:
    """A library of a few hundred bytes, with `text` behind it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = tiny_elf(
        needed=needed, defined=defined, soname=soname or path.name, rpath=rpath, runpath=runpath,
        machine=machine,
    )  # fmt: skip
    path.write_bytes(data + text)
    return path


def libgomp(path: Path, soname: str | None = None) -> Path:
    """A file that GCC's run-time would be recognised by."""
    return put(path, defined=GNU, soname=soname, text=b"GOMP_SPINCOUNT\0Thread creation failed")


def libiomp5(path: Path) -> Path:
    """A file that Intel's run-time would be recognised by."""
    return put(path, defined=KMP, text=INTEL)


def names(found: Together) -> list[str]:
    """The run-times' names, in order."""
    return [used.name for used in found.runtimes]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A system of its own, without libraries."""
    (tmp_path / "etc").mkdir()
    return tmp_path


def test_a_run_time_deep_in_the_closure_is_found(root: Path, recipes: Recipes) -> None:
    """The chain of files that leads to it is told."""
    libgomp(root / "usr/lib/libgomp.so.1")
    put(root / "usr/lib/libmiddle.so.2", needed=["libgomp.so.1"])
    top = put(root / "top.so", needed=["libmiddle.so.2"])

    found = two_openmp([top], recipes=recipes, root=root)

    assert names(found) == ["gnu-openmp"]
    assert [Path(path).name for path in found.runtimes[0].chain] == [
        "top.so", "libmiddle.so.2", "libgomp.so.1",
    ]  # fmt: skip
    assert found.warnings == ()


def test_two_kinds_of_run_time_are_a_warning(root: Path, recipes: Recipes) -> None:
    """It names both with the way to each, a cure and a source."""
    libgomp(root / "usr/lib/libgomp.so.1")
    libiomp5(root / "usr/lib/libiomp5.so")
    one = put(root / "one.so", needed=["libgomp.so.1"])
    two = put(root / "two.so", needed=["libiomp5.so"])

    found = two_openmp([one, two], recipes=recipes, root=root)

    assert len(found.warnings) == 1
    assert "gnu-openmp (one.so -> libgomp.so.1)" in found.warnings[0].text
    assert "intel-openmp (two.so -> libiomp5.so)" in found.warnings[0].text
    assert found.warnings[0].cure
    assert found.warnings[0].source.startswith("https://")


def test_one_soname_is_loaded_once(root: Path, recipes: Recipes) -> None:
    """The loader looks no further when a file of that name is open: no second copy."""
    for package in ("a", "b"):
        libgomp(root / package / "libgomp.so.1")
        put(root / package / "x.so", needed=["libgomp.so.1"], runpath="$ORIGIN")

    found = two_openmp([root / "a/x.so", root / "b/x.so"], recipes=recipes, root=root)

    assert [used.path for used in found.runtimes] == [str(root / "a/libgomp.so.1")]


def test_folders_that_bring_the_same_name_are_no_two_copies(root: Path, recipes: Recipes) -> None:
    """Two wheels were repaired on the same machine: glibc opens the first copy for both."""
    for package in ("a", "b"):
        libgomp(root / f"{package}.libs/libgomp-1234.so.1.0.0")
        put(root / package / "x.so", needed=["libgomp-1234.so.1.0.0"],
            rpath=f"$ORIGIN/../{package}.libs")  # fmt: skip
    folders = [root / name for name in ("a", "a.libs", "b", "b.libs")]

    found = two_openmp(folders, recipes=recipes, root=root)
    copies = [root / f"{package}.libs/libgomp-1234.so.1.0.0" for package in ("a", "b")]

    assert [used.path for used in found.openmp] == [str(copies[0])]
    assert len(two_openmp(copies, recipes=recipes, root=root).openmp) == 2


def test_copies_under_two_names_are_a_warning(root: Path, recipes: Recipes) -> None:
    """Wheels rename what they bundle, so that each brings a pool of threads of its own."""
    for package, tag in (("a", "1234"), ("b", "5678")):
        libgomp(root / f"{package}.libs/libgomp-{tag}.so.1.0.0")
        put(
            root / package / "x.so", needed=[f"libgomp-{tag}.so.1.0.0"],
            rpath=f"$ORIGIN/../{package}.libs",
        )  # fmt: skip

    found = two_openmp([root / "a", root / "b"], recipes=recipes, root=root)

    assert names(found) == ["gnu-openmp", "gnu-openmp"]
    assert "pool of threads of its own" in found.warnings[0].text


def test_one_file_under_two_names_is_one_run_time(root: Path, recipes: Recipes) -> None:
    """conda calls LLVM's run-time libgomp.so.1 as well: both names lead to one file."""
    put(root / "lib/libomp.so", defined=KMP, text=LLVM)
    (root / "lib/libgomp.so.1").symlink_to("libomp.so")
    top = put(root / "lib/x.so", needed=["libgomp.so.1", "libomp.so"])

    found = two_openmp([top], recipes=recipes, root=root)

    assert names(found) == ["llvm-openmp"]
    assert found.warnings == ()


def test_a_name_never_proves_a_run_time_that_can_be_read(root: Path, recipes: Recipes) -> None:
    """A file called libgomp that defines nothing of it is none."""
    put(root / "usr/lib/libgomp.so.1")
    top = put(root / "x.so", needed=["libgomp.so.1"])

    assert names(two_openmp([top], recipes=recipes, root=root)) == []


def test_a_missing_run_time_counts_by_its_name(root: Path, recipes: Recipes) -> None:
    """A wheel of another platform is judged on this one; what is missing is told."""
    libiomp5(root / "pkg/libiomp5.so")
    put(root / "pkg/x.so", needed=["libiomp5.so", "libgomp.so.1"], runpath="$ORIGIN")

    found = two_openmp([root / "pkg"], recipes=recipes, root=root)

    assert [(used.name, used.path is None) for used in found.runtimes] == [
        ("intel-openmp", False), ("gnu-openmp", True),
    ]  # fmt: skip
    assert ("libgomp.so.1", str(root / "pkg/x.so")) in found.missing
    assert len(found.warnings) == 1


def test_a_bundled_copy_beside_the_systems_is_a_warning(root: Path, recipes: Recipes) -> None:
    """One wheel brings its own under another name, the other takes what the system has."""
    libgomp(root / "a.libs/libgomp-1234.so.1.0.0")
    put(root / "a/x.so", needed=["libgomp-1234.so.1.0.0"], rpath="$ORIGIN/../a.libs")
    put(root / "b/y.so", needed=["libgomp.so.1"])
    put(root / "b/z.so", needed=["libgomp.so.1"])

    found = two_openmp([root / "a", root / "b"], recipes=recipes, root=root)

    assert [used.asked for used in found.runtimes] == ["libgomp-1234.so.1.0.0", "libgomp.so.1"]
    assert len(found.warnings) == 1


def test_a_hidden_copy_in_a_given_file_counts(root: Path, recipes: Recipes) -> None:
    """A run-time that was linked in statically shows by its texts."""
    libgomp(root / "usr/lib/libgomp.so.1")
    top = put(root / "fat.so", needed=["libgomp.so.1"], text=LLVM)

    found = two_openmp([top], recipes=recipes, root=root)

    assert [(used.name, used.copy) for used in found.runtimes] == [
        ("llvm-openmp", True), ("gnu-openmp", False),
    ]  # fmt: skip


def test_a_hidden_copy_in_a_dependency_counts(root: Path, recipes: Recipes) -> None:
    """Nobody need name the file that carries it."""
    libgomp(root / "usr/lib/libgomp.so.1")
    put(root / "usr/lib/libfat.so.1", text=LLVM)
    top = put(root / "x.so", needed=["libfat.so.1", "libgomp.so.1"])

    found = two_openmp([top], recipes=recipes, root=root)

    assert [(used.name, used.copy) for used in found.runtimes] == [
        ("llvm-openmp", True), ("gnu-openmp", False),
    ]  # fmt: skip


def test_a_mention_of_a_run_time_is_no_copy(root: Path, recipes: Recipes) -> None:
    """A library may know the names and texts of several run-times without being one."""
    text = b"\0libgomp.so.1\0libomp.so\0libiomp5.so\0libnvomp.so\0LLVM OMP version\0GOMP_SPINCOUNT"

    assert names(two_openmp([put(root / "x.so", text=text)], recipes=recipes, root=root)) == []


LAYERS = [
    ("usual", {}, ["intel-openmp"]),
    ("gnu", {"MKL_THREADING_LAYER": "gnu"}, ["gnu-openmp"]),
    ("tbb", {"MKL_THREADING_LAYER": "TBB"}, ["tbb"]),
    ("serial", {"MKL_THREADING_LAYER": "SEQUENTIAL"}, []),
    ("nonsense", {"MKL_THREADING_LAYER": "x"}, ["intel-openmp"]),
]


def mkl(root: Path) -> Path:
    """The single library of MKL with its layers beside it, and the run-times."""
    libgomp(root / "usr/lib/libgomp.so.1")
    libiomp5(root / "mkl/libiomp5.so")
    put(root / "mkl/libtbb.so.12", defined=["TBB_runtime_interface_version"])
    put(root / "mkl/libmkl_tbb_thread.so.2", needed=["libtbb.so.12"], runpath="$ORIGIN")
    for layer in ("intel_thread", "gnu_thread", "sequential"):
        put(root / f"mkl/libmkl_{layer}.so.2")
    return put(root / "mkl/libmkl_rt.so.2", defined=["MKL_Get_Version_String", "dgemm_"])


@pytest.mark.parametrize(
    ("environ", "expected"), [row[1:] for row in LAYERS], ids=[row[0] for row in LAYERS]
)
def test_a_layer_that_is_opened_later_counts(
    root: Path, recipes: Recipes, environ: dict[str, str], expected: list[str]
) -> None:
    """The recipe says what MKL opens, and which variable chooses it."""
    assert names(two_openmp([mkl(root)], recipes=recipes, root=root, environ=environ)) == expected


def test_the_cure_is_the_layer_that_fits_the_other(root: Path, recipes: Recipes) -> None:
    """MKL can use the run-time of what was compiled with GCC."""
    other = put(root / "x.so", needed=["libgomp.so.1"])
    files = [mkl(root), other]

    clash = two_openmp(files, recipes=recipes, root=root)
    cured = two_openmp(
        files, recipes=recipes, root=root, environ={"MKL_THREADING_LAYER": "GNU"}
    )  # fmt: skip

    assert [warning.cure for warning in clash.warnings] == ["set MKL_THREADING_LAYER=GNU"]
    assert cured.warnings == ()


def test_a_private_copy_cannot_be_shared(root: Path, recipes: Recipes) -> None:
    """MKL's GNU layer would bring the system's file beside it: no OpenMP is the cure."""
    libgomp(root / "a.libs/libgomp-1234.so.1.0.0")
    other = put(root / "a/x.so", needed=["libgomp-1234.so.1.0.0"], rpath="$ORIGIN/../a.libs")

    (warning,) = two_openmp([mkl(root), other], recipes=recipes, root=root).warnings

    assert warning.cure == "set MKL_THREADING_LAYER=TBB or MKL_THREADING_LAYER=SEQUENTIAL"


def test_a_library_of_another_name_opens_no_layer(root: Path, recipes: Recipes) -> None:
    """Only the single library chooses at run time; its layers, linked directly, do not."""
    mkl(root)
    layer = put(root / "mkl/libmkl_intel_lp64.so.2", defined=["MKL_Get_Version_String"])

    assert names(two_openmp([layer], recipes=recipes, root=root)) == []


PLACES = [
    ("rpath_of_the_asker", {"rpath": "$ORIGIN/own"}, {}, "own"),
    ("runpath_of_the_asker", {"runpath": "${ORIGIN}/own"}, {}, "own"),
    ("variable_before_runpath", {"runpath": "$ORIGIN/own"}, {"LD_LIBRARY_PATH": "/var"}, "var"),
    ("rpath_before_variable", {"rpath": "$ORIGIN/own"}, {"LD_LIBRARY_PATH": "/var"}, "own"),
    ("system_last", {}, {}, "usr/lib"),
    ("configured_before_built_in", {}, {"etc": "/conf"}, "conf"),
    ("wrong_machine_is_passed_over", {"rpath": "$ORIGIN/foreign"}, {}, "usr/lib"),
]


@pytest.mark.parametrize(
    ("folders", "environ", "expected"), [row[1:] for row in PLACES], ids=[row[0] for row in PLACES]
)
def test_the_loader_is_followed(
    root: Path, folders: dict[str, str], environ: dict[str, str], expected: str
) -> None:
    """Folders are searched in the loader's order, and files of other machines are passed over."""
    for place in ("own", "var", "usr/lib", "conf"):
        put(root / place / "libx.so.1")
    put(root / "foreign/libx.so.1", machine=183)
    (root / "etc/ld.so.conf").write_text(environ.pop("etc", ""))
    environ = {name: str(root) + folder for name, folder in environ.items()}
    top = put(root / "top.so", needed=["libx.so.1"], **folders)  # type: ignore[arg-type]

    found = closure([top], loader_of(root, environ))

    assert [one.real for one in found.opened[1:]] == [str(root / expected / "libx.so.1")]


def test_old_style_folders_hold_for_what_is_needed_below(root: Path) -> None:
    """New-style ones do not, as the loader has it."""
    put(root / "own/libx.so.1", needed=["libdeep.so.1"])
    put(root / "own/libdeep.so.1")
    old = put(root / "old.so", needed=["libx.so.1"], rpath="$ORIGIN/own")
    new = put(root / "new.so", needed=["libx.so.1"], runpath="$ORIGIN/own")

    assert [m.name for m in closure([old], loader_of(root)).missing] == []
    assert [m.name for m in closure([new], loader_of(root)).missing] == ["libdeep.so.1"]


def test_whatever_is_no_library_is_skipped_and_told(root: Path, recipes: Recipes) -> None:
    """Texts, folders, FIFOs, circles of links and damaged files cost nothing but their line."""
    package = root / "pkg"
    put(package / "x.so")
    (package / "text.py").write_text("x")
    (package / "cut.so").write_bytes(tiny_elf()[:200])
    (package / "loop.so").symlink_to("loop.so")
    os.mkfifo(package / "fifo.so")

    found = two_openmp([package, root / "absent.so"], recipes=recipes, root=root)

    assert sorted(Path(path).name for path in found.skipped) == [
        "absent.so", "cut.so", "fifo.so", "loop.so", "text.py",
    ]  # fmt: skip


def test_a_circle_of_libraries_ends(root: Path) -> None:
    """Two files that need each other are each opened once."""
    put(root / "usr/lib/liba.so", needed=["libb.so"])
    put(root / "usr/lib/libb.so", needed=["liba.so"])

    found = closure([root / "usr/lib/liba.so"], loader_of(root))

    assert [one.path.name for one in found.opened] == ["liba.so", "libb.so"]


def foreign(kind: str, name: str, needed: Sequence[str], rpaths: Sequence[str] = ()) -> Binary:
    """What a reader tells of a library of another system."""
    return Binary(
        format=kind, platform=None, machine="aarch64", machines=("aarch64",), bits=64, little=True,
        soname=name, needed=tuple(needed), rpaths=tuple(rpaths), build_id=None, floor=None,
        defined=frozenset(), imported=frozenset(), rpaths_inherited=True,
    )  # fmt: skip


def test_two_run_times_in_a_process_are_told(root: Path, recipes: Recipes) -> None:
    """Whoever loaded them; files of another kind do not count."""
    files = [libgomp(root / "libgomp.so.1"), put(root / "libx.so"), libiomp5(root / "libiomp5.so")]

    assert len(in_a_process(files, recipes)) == 1
    assert in_a_process(files[:2], recipes) == ()


def test_macos_names_are_expanded_up_the_chain() -> None:
    """@rpath by the folders of the asker and its own askers, @loader_path by the asker's."""
    loader = Loader(Path("/"), {}, {}, (), "")
    top = Opened(Path("/app/top.so"), foreign("mach-o", "top", [], ["@loader_path/libs"]), None)
    lib = Opened(Path("/app/libs/a.dylib"), foreign("mach-o", "a", [], ["/opt"]), top)

    assert [str(path) for path in loader.candidates("@rpath/libomp.dylib", lib)] == [
        "/opt/libomp.dylib", "/app/libs/libomp.dylib",
    ]  # fmt: skip
    assert [str(path) for path in loader.candidates("@loader_path/b.dylib", lib)] == [
        "/app/libs/b.dylib"
    ]


def test_windows_names_have_no_case(tmp_path: Path) -> None:
    """The asker's folder comes first, and the entry is found in any spelling."""
    (tmp_path / "LibGomp-1.DLL").touch()
    loader = Loader(Path("/"), {}, {}, (), "")
    top = Opened(tmp_path / "top.pyd", foreign("pe", "top.pyd", []), None)

    assert list(loader.candidates("libgomp-1.dll", top)) == [tmp_path / "LibGomp-1.DLL"]
