# SPDX-License-Identifier: Apache-2.0
"""trivet-check and a backend built for other platforms, and run here by an emulator.

Needs the network (providers of other platforms), the cross compiler of PyPI, and an emulator with
the target's C library; a target whose emulator is missing is built all the same, then skipped.
"""

from __future__ import annotations

import dataclasses
import io
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from blas_probe.binary import macho
from blas_probe.library import Library
from core.tests.check import building
from wheels import cmake, cross, providers
from wheels.command import Log
from wheels.folders import CHECKOUT
from wheels.progress import PlainProgress
from wheels.proof.check import Subject
from wheels.proof.kernels import check_elsewhere
from wheels.proof.target import look
from wheels.proof.verdict import Terms, Verdict
from wheels.rows import Platform, load_rows
from wheels.source.toolchain import cache_folder
from wheels.target.framework import framework_stub, stub_values
from wheels.toolchain import package_folder

pytestmark = [pytest.mark.real, pytest.mark.slow]  # minutes: a cross compiler, an emulator

SITE = providers.SITE / "scipy_openblas32/lib"
# Debian's libc6-arm64-cross, or where qemu is told that it is
ARM_LIBC = Path(os.environ.get("QEMU_LD_PREFIX", "/usr/aarch64-linux-gnu"))
QEMU = ("qemu-aarch64-static", "-L", str(ARM_LIBC), "-cpu")


def row(name: str, system: str, machine: str, target: str, *emulator: str) -> Platform:
    """A row as recipes/platforms.toml may have it."""
    return Platform(
        id=name, system=system, machine=machine, target=target,  # type: ignore[arg-type]
        libc="musl" if name.startswith("musl") else "none", pip_platforms=(name,),
        toolchains=("ziglang",), emulator=emulator,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Aim:
    """A target, and what must be here to run it."""

    platform: Platform
    linked: str
    """What the backend is linked with, in the provider's folder."""
    loaded: str
    """What it loads."""
    needs: tuple[Path, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


AIMS = {
    "aarch64": Aim(
        platform=row(
            "manylinux_2_28_aarch64", "linux", "aarch64", "aarch64-linux-gnu.2.28",
            *QEMU, "neoverse-n1",
        ),
        linked="libscipy_openblas.so", loaded="libscipy_openblas.so",
        needs=(ARM_LIBC / "lib/libc.so.6",),
    ),
    "windows": Aim(
        platform=row("win_amd64", "windows", "AMD64", "x86_64-windows-gnu", "/usr/lib/wine/wine64"),
        linked="libscipy_openblas.lib", loaded="libscipy_openblas.dll",
        # its kernels with AVX-512 crash on Windows: recipes/known_bad/openblas.toml, scasum
        variables={"OPENBLAS_CORETYPE": "Haswell"},
    ),
    "musl": Aim(
        platform=row(
            "musllinux_1_2_x86_64", "linux", "x86_64", "x86_64-linux-musl",
            "/lib/ld-musl-x86_64.so.1",
        ),
        linked="libscipy_openblas.so", loaded="libscipy_openblas.so",
    ),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Product:
    """What was built for a target."""

    aim: Aim
    program: Path
    backend: Path
    library: Path
    log: Log


@pytest.fixture(scope="module")
def product_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Product]:
    """Build each target once."""
    made: dict[str, Product] = {}

    def get(name: str) -> Product:
        if name not in made:
            made[name] = build(AIMS[name], tmp_path_factory.mktemp(name))
        return made[name]

    return get


def bench_for(platform: Platform, folder: Path) -> cross.Bench:
    """A place to build for a platform."""
    if package_folder("ziglang") is None:
        pytest.skip("the cross compiler is not installed (pip install ziglang)")
    log = Log(folder / "build.log", platform.id)
    bench = cross.Bench(
        platform=platform, root=CHECKOUT, place=folder / "build", log=log, jobs=2,
        programs=cmake.find_tools(os.environ), env=cmake.child_environment(os.environ, 0),
    )  # fmt: skip
    chain = next(one for one in load_rows(CHECKOUT / "recipes").toolchains if one.package)
    cross.set_up(bench, chain, os.environ, cache=cache_folder(os.environ, folder))
    return bench


def build(aim: Aim, folder: Path) -> Product:
    """The check program and a backend against PyPI's OpenBLAS of the target."""
    bench = bench_for(aim.platform, folder)
    variant = next(one for one in building.recipes().variants if one.id == "openblas")
    assert variant.wheel is not None
    got = providers.fetch(
        [variant.wheel],
        aim.platform,
        folder,
        logs=folder,
        native=False,
        progress=PlainProgress(io.StringIO()),
    )
    place = got.folders[variant.wheel] / SITE
    backend = cross.backend(bench, inputs(place / aim.linked))
    library = place / aim.loaded
    if aim.platform.system == "windows":  # looked for beside what needs it
        library = Path(shutil.copy2(library, backend.parent))
    return Product(
        aim=aim, program=cross.check_program(bench), backend=backend, library=library,
        log=bench.log,
    )  # fmt: skip


def inputs(library: Path) -> dict[str, str]:
    """What core/backends/blas needs to know of that provider."""
    return {
        "TRIVET_BACKEND_ID": "openblas",
        "TRIVET_BLAS_PROVIDER": "openblas",
        "TRIVET_BLAS_LIBRARIES": str(library),
        "TRIVET_BLAS_RPATH": str(library.parent),
        "TRIVET_BLAS_PREFIX": "scipy_",
        "TRIVET_BLAS_SUFFIX": "_",
        "TRIVET_BLAS_INT_BITS": "32",
        "TRIVET_BLAS_COMPLEX_RETURN": "normal",
        "TRIVET_BLAS_F2C": "plain",
        "TRIVET_BLAS_DEFINES": ";".join(
            f"TRIVET_BLAS_{name}=scipy_openblas_{symbol}"
            for name, symbol in {
                "SET_THREADS": "set_num_threads",
                "GET_THREADS": "get_num_threads",
                "VERSION_TEXT": "get_config",
                "CORE_TEXT": "get_corename",
            }.items()
        ),
    }


def proven(product: Product, *, emulator: tuple[str, ...] = ()) -> Verdict:
    """Every case of right and wrong, with the defects known of the kernel that answers there."""
    prefix = emulator or product.aim.platform.emulator
    missing = [path for path in product.aim.needs if not path.exists()]
    if shutil.which(prefix[0]) is None or missing:
        pytest.skip(f"built, and not run: {', '.join(map(str, missing)) or prefix[0]} is not here")
    subject = Subject(
        program=product.program, backend=product.backend, log=product.log, prefix=prefix,
        env={**os.environ, "WINEPREFIX": str(product.log.path.parent / "wine"),
             "WINEDEBUG": "-all", **product.aim.variables},
    )  # fmt: skip
    terms = Terms(kinds=("numeric", "behaviour", "speed"))
    return check_elsewhere(subject, terms, [record(product)], building.recipes())


def record(product: Product) -> Library:
    """What can be read of the library without running it."""
    found = look([product.library], building.recipes(), os.environ)
    return next(one for one in found.libraries if one.provider == "openblas")


@pytest.mark.parametrize("name", AIMS)
def test_a_backend_for_another_platform_holds_under_its_emulator(
    name: str, product_of: Callable[[str], Product]
) -> None:
    """Every case holds; what cannot be run there is told with its reason."""
    verdict = proven(product_of(name))

    assert verdict.failures == ()
    assert verdict.total > 1500
    assert all(row.why for row in verdict.not_run)


def test_the_known_defect_under_an_emulator_is_recognised(
    product_of: Callable[[str], Product],
) -> None:
    """With another CPU the library takes a kernel that is wrong there: only that is found."""
    verdict = proven(product_of("aarch64"), emulator=(*QEMU, "max"))

    assert verdict.failures == ()
    assert verdict.defects != ()


def test_the_program_is_built_for_a_mac(tmp_path: Path) -> None:
    """Nothing here can run it; that it compiles and links is all that can be told."""
    platform = row("macosx_11_0_arm64", "macos", "arm64", "aarch64-macos.11.0")

    program = cross.check_program(bench_for(platform, tmp_path))

    assert program.read_bytes().startswith(b"\xcf\xfa\xed\xfe")  # Mach-O of 64 bits


def test_a_backend_is_linked_with_what_only_a_mac_has(tmp_path: Path) -> None:
    """It asks for the framework by its place in that system, and for no newer system."""
    platform = row("macosx_14_0_arm64", "macos", "arm64", "aarch64-macos.14.0")
    recipe = building.recipes().provider("accelerate")
    variant = recipe.variant[0]
    bench = bench_for(platform, tmp_path)
    stub = framework_stub(recipe, variant, platform, tmp_path, root=CHECKOUT)

    made = macho.parse(cross.backend(bench, stub_values(recipe, variant, stub)).read_bytes())

    assert recipe.stub is not None
    assert {recipe.stub.install_name, "/usr/lib/libSystem.B.dylib"} == set(made.needed)
    assert ("aarch64", "macos 14.0", ()) == (made.machine, made.floor, made.rpaths)
    assert "trivet_backend_entry" in made.defined


def test_a_missing_library_is_named(product_of: Callable[[str], Product], tmp_path: Path) -> None:
    """A backend that cannot be loaded there is no crash and no traceback."""
    product = product_of("windows")
    alone = Path(shutil.copy2(product.backend, tmp_path))
    verdict = proven(dataclasses.replace(product, backend=alone))

    assert len(verdict.failures) == 1
    assert "neither beside it nor on PATH" in verdict.failures[0]
