# SPDX-License-Identifier: Apache-2.0
"""Libraries that a wheel needs: each fault is planted beside a neighbour that is sound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from blas_probe.tests.tiny_elf import tiny_elf
from blas_probe.tests.tiny_macho import tiny_macho
from blas_probe.tests.tiny_pe import tiny_pe
from wheels.audit.auditing import Auditor
from wheels.audit.finding import Finding
from wheels.audit.rows import load_audit_rows
from wheels.folders import CHECKOUT
from wheels.tests.audit_samples import LINUX, MACOS, MODULES, WINDOWS, coded, extension, wheel

ONE, MAC, WIN = MODULES[LINUX], MODULES[MACOS], MODULES[WINDOWS]
TWO = "pkg/two.cpython-312-x86_64-linux-gnu.so"
MUSL = "cp312-cp312-musllinux_1_2_x86_64"
ARM = "cp312-cp312-manylinux_2_28_aarch64"
ANY_PYTHON = "py3-none-manylinux_2_28_x86_64"
LIBC = ("libc.musl-x86_64.so.1",)
SYSTEM = "/usr/lib/libSystem.B.dylib"
RUNTIME = "nvidia-cuda-runtime-cu12"
ASKED = ("needs-", "absolute-path", "path-outside", "links-")
Files = Mapping[str, bytes]
Told = list[tuple[str, str]]


@pytest.fixture(scope="module")
def auditor() -> Auditor:
    """Read the recipes once."""
    return Auditor()


class About:
    """Audits wheels, and keeps the answers to the questions of this file."""

    def __init__(self, folder: Path, auditor: Auditor) -> None:
        self.folder = folder
        self.auditor = auditor

    def findings(
        self, files: Files, tag: str = LINUX, requires: Sequence[str] = ()
    ) -> list[Finding]:
        """All of them."""
        audit = self.auditor.audit(wheel(self.folder, files, tag=tag, requires=requires))
        return [one for one in audit.findings if one.code.startswith(ASKED)]

    def __call__(self, files: Files, tag: str = LINUX, requires: Sequence[str] = ()) -> Told:
        """Level and code of each."""
        return [(one.level, one.code) for one in self.findings(files, tag, requires)]

    def cure(self, files: Files, tag: str = LINUX) -> str:
        """The cure of the only one."""
        (one,) = self.findings(files, tag)
        return one.cure


@pytest.fixture
def about(tmp_path: Path, auditor: Auditor) -> About:
    """Ask what is said about the libraries that a wheel needs."""
    return About(tmp_path, auditor)


UNREACHED: Told = [("error", "needs-unreached")]
PRELOADED: Told = [("remark", "needs-preloaded")]
NOWHERE: Told = [("error", "needs-nowhere")]
ABSOLUTE: Told = [("error", "absolute-path")]


def lib(name: str, **other: object) -> bytes:
    """A library of Linux."""
    made: dict[str, object] = {"soname": name, "defined": ("f",), "imported": (), **other}
    return tiny_elf(**made)  # type: ignore[arg-type]


def dylib(name: str, **other: object) -> bytes:
    """A library of macOS."""
    made: dict[str, object] = {"name": name, "defined": ("f",), "imported": (), **other}
    return tiny_macho(signed=True, **made)  # type: ignore[arg-type]


def dll(name: str) -> bytes:
    """A library of Windows."""
    return tiny_pe(name=name, dll="KERNEL32.dll", defined=("f",), imported=())


def test_only_a_whole_name_in_a_library_tells_that_it_opens_a_part(about: About) -> None:
    """Modules are opened by Python, and a name that stands anywhere proves nothing."""

    def told(name: str, part: bytes, inside: bytes) -> Told:
        files = {"pkg/libdep.so": lib("libdep.so") + inside, name: part}
        return about(files, tag=ANY_PYTHON)

    module = extension(needed=("libdep.so",))
    solver = lib("solver.so", needed=("libdep.so",))

    assert UNREACHED == told("pkg/one.so", module, b"\0one.so\0")
    assert UNREACHED == told("pkg/solver.so", solver, b"\0the solver failed\0")
    assert UNREACHED == told("pkg/solver.so", solver, b"\0mysolver.so\0")
    assert [] == told("pkg/solver.so", solver, b"\0solver.so\0")
    assert [] == told("pkg/solver.so", solver, b"\0../lib/solver.so\0")
    assert [] == told("pkg/solver.so.1", solver, b"\0solver.so\0")


# Python code, and what it makes of a library in pkg.libs/ or pkg/ that no path leads to.
SCRIPTS: Mapping[str, tuple[str, str, Told]] = {
    "nothing to do with it": (
        "pkg", "import ctypes\nfrom pkg import x\nctypes.CDLL(None)\nname = 'pkg'", UNREACHED,
    ),
    "another folder": ("pkg.libs", "import os\nos.add_dll_directory(os.environ['A'])", UNREACHED),
    "in the explanation": ("pkg.libs", "'''Opens pkg.libs/dep'''\ncdll.x('m')", UNREACHED),
    "as a word of code": ("pkg.libs", "import dep\nCDLL(dep.path)", UNREACHED),
    "in a message": ("pkg.libs", "CDLL('m')\nraise OSError('no dep found')", UNREACHED),
    "its own folder": (
        "pkg", "os.add_dll_directory(dirname(__file__))", [("warning", "needs-unreached")],
    ),
    "in other letters": ("pkg", "CDLL(join(dirname(__file__), 'DEP-*.DLL'))", PRELOADED),
    "the folder": ("pkg.libs", "os.add_dll_directory(join(here, 'pkg.libs'))", PRELOADED),
    "the library": ("pkg", "CDLL(join(dirname(__file__), 'dep-*.dll'))", PRELOADED),
    "a folder of libraries": ("pkg/lib", "CDLL(glob(join(here, 'lib', '*.dll')))", PRELOADED),
    "an imported folder": ("dlls", "import dlls\nadd_dll_directory(dlls.__path__)", PRELOADED),
    "an imported module": ("pkg", "import dep\nadd_dll_directory(dep.path)", UNREACHED),
    "for an old Python": ("pkg.libs", "print 'x'\nadd_dll_directory('pkg.libs')", PRELOADED),
}  # fmt: skip


@pytest.mark.parametrize("case", SCRIPTS)
def test_only_python_code_that_names_a_library_opens_it(about: About, case: str) -> None:
    """By its file's name or by a folder for libraries alone, in a text that it works with."""
    place, script, wanted = SCRIPTS[case]
    needs = extension(WINDOWS, dll="dep-1234.dll", imported=())
    files = {"pkg/sub/one.cp312-win_amd64.pyd": needs, f"{place}/dep-1234.dll": dll("dep-1234.dll")}

    assert wanted == about({**files, "pkg/load.py": script.encode()}, tag=WINDOWS)


def test_the_folder_of_the_program_is_not_the_files_own(about: About) -> None:
    """In a module it is python's; a program of the wheel finds what lies beside it."""
    name = "@executable_path/libdep.dylib"
    program = dylib("tool", kind=2, needed=(SYSTEM, "@loader_path/liba.dylib"))
    part = dylib("@loader_path/liba.dylib", needed=(SYSTEM, name))
    beside = {"pkg/libdep.dylib": dylib(name)}
    module = {MAC: extension(MACOS, needed=(SYSTEM, name)), **beside}
    tool = {"pkg/tool": program, "pkg/liba.dylib": part, **beside}

    assert UNREACHED == [one for one in about(module, tag=MACOS) if one[0] == "error"]
    assert "install_name_tool -change" in about.cure(module, tag=MACOS)
    assert [] == about(tool, tag=MACOS)
    assert UNREACHED == about({**tool, "pkg/tool": b""}, tag=MACOS)


PATHS: Mapping[str, tuple[str, Told]] = {
    "first": (":$ORIGIN/../pkg.libs", ABSOLUTE),
    "last": ("$ORIGIN/../pkg.libs:", ABSOLUTE),
    "between": ("$ORIGIN/../pkg.libs::$ORIGIN", ABSOLUTE),
    "none": ("$ORIGIN/../pkg.libs:$ORIGIN", []),
    "none at all": ("$ORIGIN/../pkg.libs", []),
}


@pytest.mark.parametrize("case", PATHS)
@pytest.mark.parametrize("kind", ["rpath", "runpath"])
def test_an_empty_search_path_is_the_current_folder(about: About, case: str, kind: str) -> None:
    """For glibc; musl passes over it."""
    path, wanted = PATHS[case]
    files = {
        ONE: extension(needed=("libdep.so",), **{kind: path}),
        "pkg.libs/libdep.so": lib("libdep.so"),
    }
    musl = {
        "pkg/one.so": extension(needed=(*LIBC, "libdep.so"), **{kind: path}),
        "pkg.libs/libdep.so": lib("libdep.so", needed=LIBC),
    }

    assert wanted == about(files)
    assert [] == about(musl, tag=MUSL)


def test_a_path_through_the_folder_of_a_python(about: About) -> None:
    """A program in bin/ finds the wheel's libraries below lib/pythonX.Y."""

    def told(path: str) -> Told:
        needs = lib("tool", needed=("libdep.so",), runpath=path)
        return about({"pkg-1.0.data/scripts/tool": needs, "pkg.libs/libdep.so": lib("libdep.so")})

    assert [] == told("$ORIGIN/../lib/python3.12/site-packages/pkg.libs")
    assert [] == told("$ORIGIN/../lib/python3.13t/site-packages/pkg.libs")
    assert UNREACHED[0] in told("$ORIGIN/../lib/python3.12/pkg.libs")
    assert UNREACHED[0] in told("$ORIGIN/../lib/pythonic/site-packages/pkg.libs")


EXTRA: Told = [("warning", "needs-extra")]
REQUIRED: Mapping[str, tuple[str, str, Told]] = {
    "always": ("libcudart.so.12", RUNTIME, []),
    "with a version": ("libcudart.so.12", f"{RUNTIME} (>=12)", []),
    "in a way that nobody reads": ("libcudart.so.12", f"{RUNTIME} >= 12.*.x", []),
    "of another major version": ("libcudart.so.13", RUNTIME, NOWHERE),
    "of this major version": ("libcudart.so.13", "nvidia-cuda-runtime", []),
    "for all versions": ("libcudart.so.13", "cuda-toolkit", []),
    "by an extra": ("libcudart.so.12", f"{RUNTIME}; extra == 'gpu'", EXTRA),
    "on Windows": ("libcudart.so.12", f"{RUNTIME}; sys_platform == 'win32'", NOWHERE),
    "on Windows by an extra": (
        "libcudart.so.12", f"{RUNTIME}; os_name == 'nt' and extra == 'gpu'", NOWHERE,
    ),
    "on Linux": ("libcudart.so.12", f"{RUNTIME}; platform_system == 'Linux'", []),
    "on this machine": ("libcudart.so.12", f"{RUNTIME}; platform_machine == 'x86_64'", []),
    "on another machine": (
        "libcudart.so.12", f"{RUNTIME}; platform_machine == 'aarch64'", NOWHERE,
    ),
    "for this Python": ("libcudart.so.12", f"{RUNTIME}; python_version >= '3.12'", []),
    "for another Python": ("libcudart.so.12", f"{RUNTIME}; python_version < '3.12'", NOWHERE),
    "under its own name": ("libscipy_openblas64_.so", "scipy-openblas64", []),
    "under a name of one wheel": (
        "libscipy_openblas64_-4b78795a.so", "scipy-openblas64", NOWHERE,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REQUIRED)
def test_what_is_installed_along(about: About, case: str) -> None:
    """A requirement counts for its system, its Pythons, and what it really brings."""
    library, line, wanted = REQUIRED[case]

    assert wanted == about({ONE: extension(needed=(library,))}, requires=[line])


def test_a_requirement_that_holds_on_each_machine_of_the_tags(about: About) -> None:
    """Or on one of two only, whatever the machine is called."""
    tag = f"{LINUX}.manylinux_2_28_aarch64"
    files = {"pkg/one.so": lib("one.so", needed=("libcudart.so.12",))}
    windows = {WIN: extension(WINDOWS, dll="cudart64_12.dll")}

    def only(machine: str) -> list[str]:
        return [f"{RUNTIME}; platform_machine == '{machine}'"]

    assert NOWHERE[0] in about(files, tag=tag, requires=only("aarch64"))
    assert [] == about(files, tag=tag, requires=[RUNTIME])
    assert [] == about(files, tag=tag, requires=only("aarch64") + only("x86_64"))
    assert [] == about(windows, tag=WINDOWS, requires=only("AMD64"))
    assert NOWHERE == about(windows, tag=WINDOWS, requires=only("ARM64"))


def test_device_code_whose_libraries_an_extra_brings(tmp_path: Path, auditor: Auditor) -> None:
    """Is told with the extra; a requirement for another system is none."""
    files = {"pkg/one.so": coded(b"\xc3", extra=[(".nv_fatbin", b"x" * 64)])}

    def told(*requires: str, name: str = "pkg-1.0") -> str:
        path = wheel(tmp_path, files, tag=ANY_PYTHON, requires=requires, name=name)
        audit = auditor.audit(path)
        return "".join(one.text for one in audit.findings if one.code == "cuda-undeclared")

    assert not told(RUNTIME)
    assert "only the extra gpu" in told(f"{RUNTIME}; extra == 'gpu'")
    assert "no requirement" in told(f"{RUNTIME}; sys_platform == 'win32'")
    assert not told(name="pkg_cuda12x-1.0")


CURES: Mapping[str, tuple[str, Files, str]] = {
    "a driver": (LINUX, {ONE: extension(needed=("libcuda.so.1",))}, "dlopen"),
    "an MPI": (LINUX, {ONE: extension(needed=("libmpi.so.40",))}, "say which one"),
    "Visual C++": (WINDOWS, {WIN: extension(WINDOWS, dll="MSVCP140.dll")}, "bundle it"),
    "Python for debugging": (WINDOWS, {WIN: extension(WINDOWS, dll="python312_d.dll")}, "Release"),
    "C++ for debugging": (WINDOWS, {WIN: extension(WINDOWS, dll="msvcp140d.dll")}, "Release"),
    "C for debugging": (WINDOWS, {WIN: extension(WINDOWS, dll="ucrtbased.dll")}, "Release"),
    "a path, inside": (
        LINUX,
        {
            ONE: extension(needed=("../b/libdep.so",), runpath="$ORIGIN"),
            "pkg/libdep.so": lib("libdep.so"),
        },
        "--replace-needed",
    ),
    "a path, nowhere": (LINUX, {ONE: extension(needed=("../b/libx.so",))}, "--replace-needed"),
    "a run-time": (
        LINUX, {ONE: extension(needed=("libcudart.so.12",))}, "require nvidia-cuda-runtime-cu12,",
    ),
    "a copy of another wheel": (
        LINUX, {ONE: extension(needed=("libscipy_openblas64_-4b78795a.so",))}, "bundle it",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CURES)
def test_the_cure_fits(about: About, case: str) -> None:
    """It is one that the author of the wheel can follow."""
    tag, files, wanted = CURES[case]

    assert wanted in about.cure(files, tag=tag)


def test_no_cure_names_a_glob() -> None:
    """Names are recommended as they stand in an index."""
    rows = load_audit_rows(CHECKOUT / "recipes")
    names = [one for row in rows.brings for one in row.libraries]

    assert any("*" in one for row in rows.brings for one in row.distributions)
    assert not any("*" in one for name in names for one in rows.bringers(name))


def test_every_module_reaches_what_it_loads(about: About) -> None:
    """A library that another module must have loaded before is a warning, not more."""
    both = extension(needed=("liba.so", "libb.so"), runpath="$ORIGIN")
    made: dict[str, object] = {"defined": ("PyInit_two",), "soname": "two.so"}
    one = extension(LINUX, needed=("liba.so",), runpath="$ORIGIN", **made)
    files = {
        ONE: both,
        TWO: one,
        "pkg/liba.so": lib("liba.so", needed=("libb.so",)),
        "pkg/libb.so": lib("libb.so"),
    }
    inherited = extension(LINUX, needed=("liba.so",), rpath="$ORIGIN", **made)
    own = lib("liba.so", needed=("libb.so",), runpath="$ORIGIN")
    tool = lib("tool", needed=("liba.so",), runpath="$ORIGIN")

    assert [("warning", "needs-unreached")] == about(files)
    assert [] == about({**files, TWO: inherited})
    assert [] == about({**files, "pkg/liba.so": own})
    assert [] == about({**files, "pkg/__init__.py": b"from pkg import one, two"})
    assert [] == about({**files, TWO: tool})
