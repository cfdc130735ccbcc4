# SPDX-License-Identifier: Apache-2.0
"""Real libraries, and hostile ones made with the C compiler. Run with `-m real`."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from blas_probe.library import Library
from blas_probe.probing import measure, probe
from blas_probe.recipe import Recipes
from blas_probe.search.find import File
from blas_probe.tests.made import Make, examine

pytestmark = pytest.mark.real

DEBIAN = Path("/usr/lib/x86_64-linux-gnu")
Row = tuple[str, str, str, str, str, Any, str, str | None]

# folder/file, provider, version, thread layer, affix, width, interfaces, LAPACK version
TABLE: list[Row] = [
    (f"openblas-{folder}/{file}", "openblas", "0.3.21", layer, "*_", 32, has, lapack)
    for folder, layer in (("pthread", "pthreads"), ("openmp", "openmp"), ("serial", "serial"))
    for file, has, lapack in (
        ("libopenblas.so.0", "BCL", "3.11.0"), ("libblas.so.3", "BC", None),
        ("liblapack.so.3", "L", "3.11.0"),
    )
] + [
    ("openblas64-pthread/libopenblas64.so.0", "openblas", "0.3.21", "pthreads", "*_", 64, "BCL",
     "3.11.0"),
    ("openblas64-pthread/libblas64.so.3", "openblas", "0.3.21", "pthreads", "*_", 64, "BC", None),
    ("openblas64-pthread/liblapack64.so.3", "openblas", "0.3.21", "pthreads", "*_", 64, "L",
     "3.11.0"),
    ("blis-pthread/libblis.so.4", "blis", "0.9.0", "pthreads", "*_", 32, "BC", None),
    ("blis-openmp/libblis.so.4", "blis", "0.9.0", "openmp", "*_", 32, "BC", None),
    ("blis-serial/libblis.so.4", "blis", "0.9.0", "serial", "*_", 32, "BC", None),
    ("blis-pthread/libblas.so.3", "blis", "0.9.0", "pthreads", "*_", 32, "BC", None),
    ("blis-openmp/libblas.so.3", "blis", "0.9.0", "openmp", "*_", 32, "BC", None),
    ("blis-serial/libblas.so.3", "blis", "0.9.0", "serial", "*_", 32, "BC", None),
    ("blis64-pthread/libblis64.so.4", "blis", "0.9.0", "pthreads", "*_", 64, "BC", None),
    ("blis64-pthread/libblas64.so.3", "blis", "0.9.0", "pthreads", "*_", 64, "BC", None),
    ("libcblas.so.3", "atlas", "3.10.3", "serial", "*_", 32, "C", None),
    ("libf77blas.so.3", "atlas", "3.10.3", "serial", "*_", 32, "B", None),
    ("liblapack_atlas.so.3", "atlas", "3.10.3", "serial", "*_", 32, "", None),
    ("atlas/libblas.so.3", "atlas", "3.10.3", "serial", "*_", 32, "BC", None),
    ("atlas/liblapack.so.3", "atlas", "3.10.3", "serial", "*_", 32, "L", "3.11.0"),
    ("blas/libblas.so.3", "netlib", "3.11.0", "serial", "*_", 32, "BC", None),
    ("blas64/libblas64.so.3", "netlib", "3.11.0", "serial", "*_", 64, "BC", None),
    ("lapack/liblapack.so.3", "netlib", "3.11.0", "serial", "*_", 32, "L", "3.11.0"),
    ("lapack64/liblapack64.so.3", "netlib", "3.11.0", "serial", "*_", 64, "L", "3.11.0"),
]  # fmt: skip


@pytest.fixture(scope="module")
def measured(recipes: Recipes) -> dict[str, Library]:
    """Every library on this machine by each of its names."""
    found = probe(recipes=recipes, environ=os.environ)
    paths = [library.path for library in found.libraries]
    assert len(paths) == len(set(paths))
    return {name: one for one in found.libraries for name in (*one.names, one.path)}


def interfaces(library: Library) -> str:
    """B, C and L for what the file has."""
    has = (library.has_blas, library.has_cblas, library.has_lapack)
    return "".join(letter for letter, there in zip("BCL", has, strict=True) if there)


@pytest.mark.parametrize("row", TABLE, ids=[row[0] for row in TABLE])
def test_debian_libraries_are_described(measured: dict[str, Library], row: Row) -> None:
    """Provider, version, thread layer, affix, width, interfaces and LAPACK version."""
    path = DEBIAN / row[0]
    if not path.exists():
        pytest.skip(f"{path} is not installed")

    one = measured[str(path.resolve())]

    assert one.problem is None
    assert row[1:] == (
        one.provider, one.version, one.thread_layer, f"{one.prefix}*{one.suffix}", one.int_bits,
        interfaces(one), one.lapack_version,
    )  # fmt: skip
    assert one.complex_return == ("normal" if one.has_blas else None)
    assert str(one.package).startswith("lib")


def test_every_library_of_this_machine_stands_once(measured: dict[str, Library]) -> None:
    """Whatever leads to a file, it is one record: its real path, and one build in one folder."""
    records = {id(one): one for one in measured.values()}.values()
    real = [os.path.realpath(one.path) for one in records]
    builds = [(one.build_id, str(Path(one.path).parent)) for one in records if one.build_id]

    assert len(real) == len(set(real))
    assert len(builds) == len(set(builds))
    assert all(os.path.realpath(name) == one.path for one in records for name in one.names)


# source, file, provider, layer, affix, width, complex return, suffix of CBLAS, LAPACK version
PYPI = [
    ("pypi:scipy-openblas32", "libscipy_openblas.so", "openblas", "pthreads", "scipy_*_", 32,
     "normal", "", "3.12.0"),
    ("pypi:scipy-openblas64", "libscipy_openblas64_.so", "openblas", "pthreads", "scipy_*_64_", 64,
     "normal", "64_", "3.12.0"),
    ("pypi:mkl", "libmkl_rt.so.3", "mkl", "intel-openmp", "*_", 32, "argument", "", "3.12.1"),
]  # fmt: skip


@pytest.mark.parametrize("row", PYPI, ids=[row[0] for row in PYPI])
def test_pypi_libraries_are_described(measured: dict[str, Library], row: tuple[Any, ...]) -> None:
    """Affix, width, complex return and the spelling of CBLAS differ between them."""
    source, file, *facts = row
    one = next((o for o in measured.values() if o.source == source and file in o.path), None)
    if one is None:
        pytest.skip(f"{source} is not installed")

    assert one.problem is None
    assert facts == [
        one.provider, one.thread_layer, f"{one.prefix}*{one.suffix}", one.int_bits,
        one.complex_return, one.cblas_suffix, one.lapack_version,
    ]  # fmt: skip
    # The version that it tells is that of its distribution.
    assert str(one.package).split()[1].startswith(one.version)


def test_mkl_has_both_widths_under_different_names(measured: dict[str, Library]) -> None:
    """The unsuffixed names follow the layer, the suffixed ones are always wide."""
    one = next((o for o in measured.values() if "libmkl_rt.so" in o.path), None)
    if one is None:
        pytest.skip("mkl is not installed")

    others = {(other.suffix, other.int_bits) for other in one.other_interfaces}
    assert others >= {("_64_", 64), ("_64", 64)}


def test_a_layer_of_mkl_says_that_it_does_not_load_alone(measured: dict[str, Library]) -> None:
    """It is refused with the reason, yet measured beside its siblings: they differ in width."""
    one = next((o for o in measured.values() if "libmkl_intel_lp64" in o.path), None)
    wide = next((o for o in measured.values() if "libmkl_intel_ilp64" in o.path), None)
    if one is None or wide is None:
        pytest.skip("mkl is not installed")

    assert (one.provider, one.int_bits, one.complex_return) == ("mkl", 32, "argument")
    assert (wide.provider, wide.int_bits, wide.complex_return) == ("mkl", 64, "argument")
    assert str(one.problem).startswith("does not load alone: it needs `mkl_")


def test_a_lapack_on_another_providers_blas_is_reported(measured: dict[str, Library]) -> None:
    """Netlib's liblapack.so.3 calls the libblas.so.3 that the system's alternatives chose."""
    path = DEBIAN / "lapack/liblapack.so.3"
    if not path.exists():
        pytest.skip(f"{path} is not installed")

    one = measured[str(path.resolve())]

    assert one.blas_soname == "libblas.so.3"
    assert any("on this machine it calls the functions of " in note for note in one.notes)


# ---- libraries made for the test -------------------------------------------------------------

CONSTRUCTORS = [
    ("crash", "*(volatile int *)0 = 1;", "crashed with SIGSEGV while being opened"),
    ("abort", "abort();", "crashed with SIGABRT while being opened"),
    ("exit", 'puts("no licence"); exit(0);', "exit code 0 while being opened; it printed: no lic"),
    ("exit_code", "_exit(7);", "ended its process with exit code 7 while being opened"),
    ("hang", "for (;;) pause();", "did not answer within 1 s and was killed while being opened"),
    ("spin", "for (;;) { volatile int i; i = 1; }", "did not answer within 1 s"),
    ("flood", 'for (;;) write(1, "xxxxxxxx", 8);', "did not answer within 1 s"),
    ("deep", "char a[1 << 26]; memset(a, 1, sizeof a); start();", "crashed with SIGSEGV"),
    ("closed", "for (int i = 0; i < 256; i++) close(i);", "ended its process"),
    ("broken_fork", "if (fork()) _exit(0); for (;;) pause();", "exit code 0 while being opened"),
]


@pytest.mark.parametrize(
    ("body", "problem"), [c[1:] for c in CONSTRUCTORS], ids=[c[0] for c in CONSTRUCTORS]
)
def test_a_hostile_constructor_costs_one_row(
    make: Make, recipes: Recipes, body: str, problem: str
) -> None:
    """The record says what happened; the time limit holds; no process is left."""
    path = make(f"__attribute__((constructor)) void start(void) {{ {body} }}")
    begin = time.monotonic()

    one = examine(path, recipes, timeout=1.0)

    assert problem in str(one.problem)
    assert time.monotonic() - begin < 5
    assert users_of(path) == []


HARMLESS = [
    ("loud", 'for (int i = 0; i < 100000; i++) puts("hello hello hello hello");'),
    ("forks", "if (fork() == 0) { for (;;) pause(); }"),
    ("forks_away", "if (fork() == 0) { setsid(); if (fork()) _exit(0); for (;;) pause(); }"),
    ("floods_behind", 'if (fork() == 0) { for (;;) write(1, "xxxxxxxx", 8); }'),
    ("atexit", "atexit(abort);"),
]


@pytest.mark.parametrize("body", [h[1] for h in HARMLESS], ids=[h[0] for h in HARMLESS])
def test_a_rude_but_working_library_is_measured(make: Make, recipes: Recipes, body: str) -> None:
    """Noise and forks do not spoil the facts, and the forks die."""
    path = make(f"__attribute__((constructor)) void start(void) {{ {body} }}")

    one = examine(path, recipes)

    assert (one.problem, one.int_bits, one.complex_return) == (None, 32, "normal")
    assert users_of(path) == []


def users_of(path: Path) -> list[str]:
    """Living processes that have the file mapped."""
    users: list[str] = []
    for _ in range(50):
        users = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if str(path) in (folder / "maps").read_text(errors="replace"):
                    users.append(folder.name)
            except OSError:
                continue
        if not users:
            break
        time.sleep(0.02)
    return users


def test_a_call_that_crashes_keeps_what_was_learnt(make: Make, recipes: Recipes) -> None:
    """The step is named; the marks and names read before are in the record."""
    extra = "void cblas_dgemm(void){} void cblas_zdotc_sub(void){} int cblas_isamax(void){abort();}"

    one = examine(make(extra), recipes)

    assert one.problem == "crashed with SIGABRT while calling cblas_isamax"
    assert (one.suffix, one.has_blas) == ("_", True)


def test_a_vendor_function_with_odd_affixes_is_asked(make: Make, recipes: Recipes) -> None:
    """An OpenBLAS built with its own names is still recognised, and its version learnt."""
    extra = (
        'const char *my_openblas_get_config_odd(void) { return "OpenBLAS 1.2.3 odd"; }'
        "int my_openblas_get_parallel_odd(void) { return 2; }"
    )

    one = examine(make(extra, **{"N(x)": "my_##x##__odd"}), recipes)

    assert (one.provider, one.version, one.thread_layer) == ("openblas", "1.2.3", "openmp")


def test_a_renamed_file_is_refused_with_the_cure(make: Make, recipes: Recipes) -> None:
    """A program linked to it would load what its soname leads to: another file, or none."""
    extra = "int openblas_get_parallel(void) { return 0; }"
    path = make(extra, file="libfirst.so")
    if shutil.which("patchelf") is None:
        pytest.skip("no patchelf")
    subprocess.run(["patchelf", "--set-soname", "libother.so.0", str(path)], check=True)

    one = examine(path, recipes)

    assert (one.provider, one.soname_beside, one.variants) == ("openblas", False, ())


def test_two_hundred_damaged_copies_leave_nothing_behind(
    make: Make, recipes: Recipes, tmp_path: Path
) -> None:
    """Bytes of a working library are spoilt: each copy costs one row, in time."""
    import random

    rng = random.Random(3)
    whole = make().read_bytes()
    files = []
    for index in range(200):
        data = bytearray(whole[: rng.choice([len(whole), rng.randrange(len(whole))])])
        for _ in range(rng.randint(0, 30)):
            if data:
                data[rng.randrange(len(data))] = rng.randrange(256)
        path = tmp_path / f"libblas-{index}.so"
        path.write_bytes(bytes(data))
        files.append(File(path=str(path), names=(str(path),), source="path", problem=None))

    libraries = measure(files, recipes, environ=os.environ, jobs=2, timeout=3.0)

    assert len(libraries) == 200
    assert sum(one.problem is not None for one in libraries) > 100
    assert users_of(tmp_path) == []
