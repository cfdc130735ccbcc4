# SPDX-License-Identifier: Apache-2.0
"""Headers, names and repaired wheels of every platform, made here with the cross compiler.

Needs the cross compiler of PyPI; providers and Debian's headers of other machines come from the
network. Nothing that is made here is run.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from blas_probe.binary.macho import open_slice
from core.tests.check import building
from wheels import cmake, providers
from wheels.archive import write_wheel
from wheels.audit.image.macho_signature import signature
from wheels.command import Log, call
from wheels.folders import CHECKOUT
from wheels.interpreters import Interpreter, ask
from wheels.progress import PlainProgress
from wheels.repair.graft import natives
from wheels.repair.macho import KIND as MACHO
from wheels.repair.verify import verify
from wheels.repair.ways import repair
from wheels.rows import Platform, Python, load_rows
from wheels.source.toolchain import cache_folder
from wheels.target.bindings import python_there
from wheels.target.headers import config_text, whole_config
from wheels.target.rows import load_targets, target_of
from wheels.tests.target_samples import PLATFORMS
from wheels.tests.test_target import values
from wheels.toolchain import Compiler, find_compiler, package_folder

pytestmark = [pytest.mark.real, pytest.mark.slow]  # a cross compiler, aimed at many platforms

RECIPES = CHECKOUT / "recipes"
BY_COMPILER = "WORDS_BIGENDIAN"  # pyconfig.h asks the compiler; the test above does, too
EPOCH = 1_700_000_000
SOURCE = """
#include <Python.h>
#include <stddef.h>
#include <time.h>
#include <wchar.h>
#define SAME(macro, type) _Static_assert(macro == sizeof(type), #macro)
SAME(SIZEOF_SHORT, short); SAME(SIZEOF_INT, int); SAME(SIZEOF_LONG, long);
SAME(SIZEOF_LONG_LONG, long long); SAME(SIZEOF_FLOAT, float); SAME(SIZEOF_DOUBLE, double);
SAME(SIZEOF_VOID_P, void*); SAME(SIZEOF_SIZE_T, size_t); SAME(SIZEOF_TIME_T, time_t);
SAME(SIZEOF_WCHAR_T, wchar_t); SAME(SIZEOF_VOID_P, Py_ssize_t);
#ifdef WORDS_BIGENDIAN
_Static_assert(__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__, "byte order");
#else
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "byte order");
#endif
#ifdef MS_WINDOWS
#ifndef _WIN64
#error "another system"
#endif
#else
SAME(SIZEOF_LONG_DOUBLE, long double);
_Static_assert(ALIGNOF_MAX_ALIGN_T == _Alignof(max_align_t), "alignment");
#ifdef HAVE_USABLE_WCHAR_T
_Static_assert((wchar_t)-1 > 0, "wchar_t has a sign");
#else
_Static_assert((wchar_t)-1 < 0, "wchar_t has no sign");
#endif
#endif
static struct PyModuleDef there = {PyModuleDef_HEAD_INIT, "there", NULL, -1, NULL};
PyMODINIT_FUNC PyInit_there(void) {
    PyErr_SetNone(PyExc_ValueError);
    return Py_True ? PyModule_Create(&there) : NULL;
}
"""


@dataclass(frozen=True, kw_only=True)
class Aimed:
    """The cross compiler, aimed at a platform."""

    platform: Platform
    compiler: Compiler
    env: dict[str, str]
    folder: Path
    log: Log

    def link(self, output: Path, *words: str | Path) -> Path:
        """Link a shared library of C."""
        usual: list[str | Path] = [*self.compiler.cc, "-shared", "-s", "-O1", "-o", output]
        if self.platform.system == "macos":
            usual += ["-Wl,-undefined,dynamic_lookup", "-Wl,-headerpad_max_install_names"]
        call([*usual, *words], env=self.env, log=self.log, timeout=900, cwd=self.folder)
        return output


@pytest.fixture
def aim(tmp_path: Path) -> Callable[[str], Aimed]:
    """Aim the compiler; skip where it is not installed."""

    def get(name: str) -> Aimed:
        if package_folder("ziglang") is None:
            pytest.skip("the cross compiler is not installed (pip install ziglang)")
        chain = next(one for one in load_rows(RECIPES).toolchains if one.package)
        cache = cache_folder(os.environ, tmp_path)
        compiler = find_compiler(chain, PLATFORMS[name], os.environ, cache=cache)
        env = {**cmake.child_environment(os.environ, EPOCH), **dict(compiler.environment)}
        return Aimed(
            platform=PLATFORMS[name], compiler=compiler, env=env, folder=tmp_path,
            log=Log(tmp_path / "log", name),
        )  # fmt: skip

    return get


def this_python() -> tuple[Interpreter, Python]:
    """This interpreter, and the row of its version."""
    here = ask(Path(sys.executable))
    assert here is not None
    number = f"{here.version[0]}.{here.version[1]}"
    return here, Python(id=f"cp{number.replace('.', '')}", version=number, abi="exact")


@pytest.mark.parametrize("name", PLATFORMS)
def test_headers_say_what_the_compiler_of_the_platform_says(
    name: str, aim: Callable[[str], Aimed]
) -> None:
    """Sizes, byte order, signs; and a module of one version links with its names."""
    aimed = aim(name)
    here, row = this_python()
    there = python_there(
        here, target_of(load_targets(RECIPES), aimed.platform), aimed.platform, row, aimed.folder,
        tool=aimed.compiler.import_library, env=aimed.env, log=aimed.log,
    )  # fmt: skip
    (aimed.folder / "there.c").write_text(SOURCE, encoding="utf-8")
    libraries = [there.library] if there.library else []

    made = aimed.link(
        aimed.folder / f"there{there.suffix}", "there.c", "-I", there.include, *libraries
    )

    assert made.stat().st_size > 1000


@pytest.mark.parametrize(
    ("name", "machine"), [("manylinux_2_28_aarch64", "arm64"), ("manylinux_2_28_s390x", "s390x")]
)
def test_headers_are_those_that_debian_ships(name: str, machine: str, tmp_path: Path) -> None:
    """Every macro of pyconfig.h that Python's own headers look at has the same value."""
    include, triplet = debian_headers(machine, tmp_path)
    mine = Path("/usr/include") / include.name
    if not mine.is_dir():
        pytest.skip(f"Debian's headers of this machine are not installed: {mine}")
    looked_at = names_in_headers(mine)
    made = values(
        config_text(whole_config(mine), target_of(load_targets(RECIPES), PLATFORMS[name]))
    )
    real = values(whole_config(include, triplet=triplet))
    different = {
        macro: (made.get(macro), real.get(macro))
        for macro in looked_at - {BY_COMPILER}
        if made.get(macro) != real.get(macro)
    }

    assert {} == different
    assert len(looked_at & real.keys()) > 20


def names_in_headers(include: Path) -> set[str]:
    """Macros that pyconfig.h knows and another public header reads."""
    words: set[str] = set()
    for path in include.rglob("*.h"):
        if path.name not in ("pyconfig.h", "pymacconfig.h") and "internal" not in path.parts:
            words |= set(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    return words & set(re.findall(r"\b(?:define|undef)\s+([A-Z]\w+)", whole_config(include)))


def debian_headers(machine: str, folder: Path) -> tuple[Path, str]:
    """Python's headers of another machine, from Debian's archive, and the folder's triplet."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        pytest.skip("apt-get and dpkg-deb are not here")
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / "apt" / name).mkdir(parents=True)
    (folder / "apt/status").touch()
    (folder / "apt.conf").write_text(
        f'APT::Architecture "{machine}";\nAPT::Architectures {{ "{machine}"; }};\n'
        f'Dir::State "{folder}/apt";\nDir::State::status "{folder}/apt/status";\n'
        f'Dir::Cache "{folder}/apt/cache";\nAPT::Sandbox::User "";\n'
    )
    env = {**os.environ, "APT_CONFIG": str(folder / "apt.conf")}
    version = debian_python()
    for words in (["update", "-qq"], ["download", "-qq", f"libpython{version}-dev"]):
        call(["apt-get", *words], cwd=folder, env=env)
    package = next(folder.glob("*.deb"))
    call(["dpkg-deb", "-x", package, folder / "root"])
    inner = next((folder / "root/usr/include").glob(f"*/python{version}/pyconfig.h"))
    return folder / "root/usr/include" / f"python{version}", inner.parent.parent.name


def debian_python() -> str:
    """The version of Debian's own Python."""
    found = sorted(
        path.name.removeprefix("python") for path in Path("/usr/include").glob("python3.*")
    )
    if not found:
        pytest.skip("Debian's headers of this machine are not installed (python3-dev)")
    return found[0]


CALLER = """
#include <stdlib.h>
int scipy_openblas_get_num_threads(void);
#ifdef _WIN32
__declspec(dllexport)
#else
__attribute__((visibility("default")))
#endif
int there(void) { return getenv("THERE") ? scipy_openblas_get_num_threads() : 0; }
"""
REPAIRED = ("manylinux_2_28_aarch64", "musllinux_1_2_x86_64", "macosx_11_0_arm64",
            "macosx_11_0_x86_64", "win_amd64", "win_arm64")  # fmt: skip


@pytest.mark.parametrize("name", REPAIRED)
def test_a_wheel_of_another_platform_is_made_complete(
    name: str, aim: Callable[[str], Aimed]
) -> None:
    """The provider's library is inside under a name of its own; twice the same bytes; signed."""
    aimed = aim(name)
    linked, search = openblas(aimed)
    (aimed.folder / "there.c").write_text(CALLER, encoding="utf-8")
    ending = ".dll" if aimed.platform.system == "windows" else ".so"
    library = aimed.link(aimed.folder / f"there{ending}", "there.c", linked)

    first, second = (repaired(aimed, library, search, number) for number in ("1", "2"))

    assert first == second
    assert 2 == len(first)
    tree = aimed.folder / "repaired-1/tree"
    if aimed.platform.system == "macos":
        signed = [signature(open_slice(path.read_bytes())) for path in natives(tree, MACHO)]
        assert ["", ""] == signed


def openblas(aimed: Aimed) -> tuple[Path, Path]:
    """What to link with, and the folder of what is loaded."""
    variant = next(one for one in building.recipes().variants if one.id == "openblas")
    assert variant.wheel is not None
    got = providers.fetch(
        [variant.wheel], aimed.platform, aimed.folder / "providers", logs=aimed.folder,
        native=False, progress=PlainProgress(io.StringIO()),
    )  # fmt: skip
    folder = got.folders[variant.wheel] / providers.SITE / "scipy_openblas32/lib"
    by_kind = [path for end in (".lib", ".so", ".dylib") for path in folder.glob(f"*{end}")]
    return by_kind[0], folder


def repaired(aimed: Aimed, library: Path, search: Path, number: str) -> dict[str, bytes]:
    """The binaries of a wheel with that library, repaired and verified."""
    tree = aimed.folder / f"tree-{number}"
    (tree / "pkg/inner").mkdir(parents=True)
    (tree / "pkg-1.0.dist-info").mkdir()
    shutil.copy2(library, tree / "pkg/inner")
    platform = aimed.platform
    tag = f"py3-none-{platform.system}_{platform.machine}"
    (tree / "pkg-1.0.dist-info/WHEEL").write_text(f"Wheel-Version: 1.0\nTag: {tag}\n")
    (tree / "pkg-1.0.dist-info/METADATA").write_text(
        "Metadata-Version: 2.1\nName: pkg\nVersion: 1.0\n"
    )
    raw = aimed.folder / f"raw-{number}" / f"pkg-1.0-{tag}.whl"
    write_wheel(tree, raw, epoch=EPOCH)
    done = repair(
        raw, aimed.folder / f"repaired-{number}", platform=platform, search=[search], excluded={},
        declared=(0, 0), env=aimed.env, log=aimed.log,
    )  # fmt: skip
    verify(done.tree, platform=platform, tag=done.platform_tag)
    assert 1 == len(done.grafted)
    return {
        path.name: path.read_bytes()
        for path in sorted(done.tree.rglob("*"))
        if path.suffix in (".so", ".dylib", ".dll")
    }
