# SPDX-License-Identifier: Apache-2.0
"""What the prober says of a library, and the backend built for what it says."""

from __future__ import annotations

import os
import shutil
import threading
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from blas_probe.choose import Choice, refusals
from blas_probe.defects import met_by_backends
from blas_probe.library import Library
from blas_probe.probing import found_from, measure
from blas_probe.recipe import Variant
from blas_probe.search.find import File
from core.tests.check import building
from core.tests.mutants.reference import c_compiler, key_of, run
from core.tests.mutants.rows import HERE, Mutant

ABI = ("prefix", "suffix", "int_bits", "complex_return", "f2c")
TABLE = HERE / "table.c"
BUILDING = threading.Lock()


def look(path: Path) -> Library:
    """Measure one file as the prober does."""
    file = File(path=str(path), names=(str(path),), source="path", problem=None)
    recipes = building.recipes()
    records = measure([file], recipes, environ=os.environ, jobs=1, timeout=30.0)
    return found_from(records, recipes, os.environ).libraries[0]


def variant_of(name: str) -> Variant:
    """A variant of the recipes."""
    return next(row for row in building.recipes().variants if row.id == name)


def refusal(variant: Variant, library: Library, control: Library) -> str:
    """Why the prober lets nobody build with it as they would with the control; or nothing."""
    reasons = refusals(variant, library)
    reasons += [
        f"{name} is {getattr(library, name)}, the control's is {getattr(control, name)}"
        for name in ABI
        if getattr(library, name) != getattr(control, name)
    ]
    return reasons[0] if reasons else ""


def tolerated(variant: Variant, library: Library, case: str) -> bool:
    """Is this a defect that the recipe foretells of the true library?"""
    recipe = next(row for row in building.recipes().providers if row.name == variant.provider)
    return any(fnmatchcase(case, row.case) for row in met_by_backends(recipe, library))


def backend(variant: Variant, library: Library, work: Path) -> Path:
    """A backend for such a library, which looks for it in the folder where it lies itself."""
    facts = Choice(variant=variant, blas=library, lapack=None, reasons=()).link_facts()
    name = f"trivet_backend_{variant.id.replace('-', '_')}.so"
    source = building.ROOT / "core/backends/blas"
    texts = [path.read_text("utf-8") for path in sorted(source.glob("*"))]
    inputs = building.inputs(variant.id, replace(facts, rpath_dirs=("$ORIGIN",)))
    named = {key: value for key, value in inputs.items() if key != "TRIVET_BLAS_LIBRARIES"}
    build = work / "backends" / key_of(source, sorted(named.items()), texts)
    with BUILDING:
        if not (build / name).exists():
            building.configure(source, build, inputs)
    return build / name


def beside(built: Path, library: Path, mutant: Mutant) -> Path:
    """Put the backend beside the library; a row of kind `table` changes what it tells."""
    target = library.parent / built.name
    if mutant.kind != "table":
        shutil.copy(built, target)
        return target
    inner = library.parent / "inner.so"
    shutil.copy(built, inner)
    text = library.parent / "table.c"
    text.write_text(TABLE.read_text("utf-8").replace("/* BODY */", mutant.body), encoding="utf-8")
    include = building.ROOT / "core/include"
    run([c_compiler(), "-std=gnu11", "-O1", "-fPIC", "-shared", f"-I{include}",
         f'-DINNER="{inner}"', text, "-o", target, "-ldl"], library.parent)  # fmt: skip
    return target
