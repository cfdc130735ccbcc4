# SPDX-License-Identifier: Apache-2.0
"""All that is built once for every mutant, and how a mutant is made of it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from blas_probe.library import Library
from blas_probe.recipe import Variant
from core.tests.check import building
from core.tests.mutants import fetch, provider, reference, slower, wrapper
from core.tests.mutants.rows import CONTROL, Mutant
from wheels.proof.regress import Against

SOURCE_VARIANT = "netlib"
USUAL_FLOOR = 0.4
CONTROLS = (
    Mutant(id="control-source", kind="source", defect=CONTROL,
           wrong="nothing: the reference as it is"),
    Mutant(id="control-wrapper", kind="library", defect=CONTROL,
           wrong="nothing: every call goes on to the provider"),
    Mutant(id="control-speed", kind="library", defect=CONTROL, part="speed",
           wrong="nothing: as before, asked for its speed"),
)  # fmt: skip


class Harness:
    """Everything that is built once for all mutants, as it is asked for."""

    def __init__(self, work: Path, glob: str = "*", skip: Sequence[str] = ()) -> None:
        self.work = work.resolve()
        self.work.mkdir(parents=True, exist_ok=True)
        self._provider = glob
        self.skip = skip

    @functools.cached_property
    def program(self) -> Path:
        """trivet-check."""
        here = reference.key_of(building.ROOT, self.checks)
        return building.build_check(self.work / "programs" / here)

    @functools.cached_property
    def checks(self) -> str:
        """What the answers of trivet-check depend on, beside the mutant."""
        folders = (building.ROOT / "core/check", building.ROOT / "core/backends/blas")
        files = sorted(path for folder in folders for path in folder.glob("*.[chi]*"))
        return reference.key_of(*(path.read_text("utf-8") for path in files))

    @functools.cached_property
    def reference(self) -> reference.Reference:
        """The reference source and its objects."""
        return reference.reference(self.work)

    @functools.cached_property
    def control_library(self) -> Path:
        """The reference as it is."""
        folder = self.work / "reference"
        folder.mkdir(exist_ok=True)
        target = folder / reference.SONAME
        if not target.exists():
            self.reference.link(target)
        return target

    @functools.cached_property
    def programs(self) -> Path:
        """xblat1-3."""
        return reference.programs(self.reference, self.control_library, self.work)

    @functools.cached_property
    def packages(self) -> Path:
        """NumPy and what its tests need."""
        return fetch.numpy(self.work)

    @functools.cache  # noqa: B019  (one harness lives as long as the program)
    def provider(self, int_bits: int) -> tuple[Library, Variant]:
        """The library behind wrappers, and the variant that it serves."""
        fitting = [
            library
            for library in building.found().libraries
            if library.variants and library.has_lapack and library.int_bits == int_bits
            and (library.prefix, library.suffix, library.complex_return) == ("", "_", "normal")
            and fnmatchcase(library.path, self._provider)
            and provider.variant_of(library.variants[0]).speed_class == "good"
        ]  # fmt: skip
        if not fitting:
            raise fetch.Missing(f"no library here, with {int_bits}-bit integers and the usual "
                                f"names, fits {self._provider}")  # fmt: skip
        best = min(fitting, key=lambda one: (one.thread_layer != "pthreads", one.path))
        return best, provider.variant_of(best.variants[0])

    @functools.cached_property
    def speeds(self) -> Against:
        """What the provider behind wrappers reaches here, when nothing is altered."""
        control = next(one for one in CONTROLS if one.part == "speed")
        library, variant, _ = self.plant(control, self.work / "timed")
        built = provider.backend(variant, provider.look(library), self.work)
        rules = building.recipes().speed
        backend = provider.beside(built, library, control)
        return slower.levels(self.program, backend, floor_of(variant), rules)

    def plant(self, mutant: Mutant, folder: Path) -> tuple[Path, Variant, Library]:
        """Make the library; also the variant it stands for, and the true library."""
        if mutant.kind == "source":
            true = provider.look(self.control_library)
            variant = provider.variant_of(SOURCE_VARIANT)
            made = reference.plant(self.reference, mutant, folder) if mutant.file else self._copy(
                folder)  # fmt: skip
            return made, variant, true
        behind, _ = self.provider(mutant.int_bits)
        true, variant = self.provider(64 if mutant.rename[0] else 32)
        cblas = None if "numpy" in self.skip else self.reference  # numpy alone calls the C names
        made = wrapper.plant(mutant, behind, folder, self.work, cblas)
        return made, variant, true

    def prepare(self, mutants: Sequence[Mutant]) -> None:
        """Build all that the workers share, before they start."""
        _ = self.program
        if {"xblat", "numpy"} - set(self.skip) or any(row.kind == "source" for row in mutants):
            _ = self.control_library
        _ = "xblat" in self.skip or self.programs
        _ = "numpy" in self.skip or self.packages

    def _copy(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        self.reference.link(folder / reference.SONAME)
        return folder / reference.SONAME


def floor_of(variant: Variant) -> float:
    """The least share of the limit that gemm must reach."""
    return variant.floor or USUAL_FLOOR


def controls(mutants: Sequence[Mutant]) -> list[Mutant]:
    """The unmutated libraries that go the ways of these."""
    ways = {_way(mutant) for mutant in mutants}
    return [control for control in CONTROLS if _way(control) in ways]


def _way(mutant: Mutant) -> tuple[bool, str]:
    return mutant.kind == "source", mutant.part
