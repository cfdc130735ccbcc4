# SPDX-License-Identifier: Apache-2.0
"""A stub of a library that only the target's own system has: names for the linker, no code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from blas_probe.recipe.model import Recipe, Stub, Variant
from wheels.cmake import Value
from wheels.errors import BuildError
from wheels.proof.routines import HEADER, routines
from wheels.rows import Platform
from wheels.state import write_if_changed

LABEL = "_"  # what C puts before each name there
SHAPE = """--- !tapi-tbd
tbd-version:     4
targets:         [ {targets} ]
install-name:    '{stub.install_name}'
current-version: {stub.current_version}
compatibility-version: {stub.compatibility_version}
exports:
  - targets:         [ {targets} ]
    symbols:         [ {symbols} ]
...
"""


def framework_stub(
    recipe: Recipe, variant: Variant, platform: Platform, folder: Path, *, root: Path
) -> Path:
    """Write a text stub with the names that a backend asks for; `root` is the checkout."""
    stub = _stub_of(recipe)
    suffix = suffix_of(recipe, variant)
    names = routines((root / HEADER).read_text(encoding="utf-8"))
    path = folder / f"{stub.install_name.rpartition('/')[2].partition('.')[0]}.tbd"
    write_if_changed(path, stub_text(stub, [name + suffix for name in names], platform))
    return path


def stub_text(stub: Stub, names: Sequence[str], platform: Platform) -> str:
    """Return the stub as TAPI writes it; the linker wants nothing more."""
    symbols = ", ".join(f"'{LABEL}{name}'" for name in sorted(names))
    targets = f"{platform.machine}-{platform.system}"
    return SHAPE.format(stub=stub, targets=targets, symbols=symbols)


def stub_values(recipe: Recipe, variant: Variant, library: Path) -> dict[str, Value]:
    """The inputs of core/backends/blas, from what the provider's maker documents."""
    return {
        "TRIVET_BACKEND_ID": variant.id,
        "TRIVET_BLAS_PROVIDER": recipe.name,
        "TRIVET_BLAS_LIBRARIES": str(library),
        "TRIVET_BLAS_RPATH": "",
        "TRIVET_BLAS_PREFIX": recipe.prefixes[0],
        "TRIVET_BLAS_SUFFIX": suffix_of(recipe, variant),
        "TRIVET_BLAS_INT_BITS": str(variant.select.int_bits),
        "TRIVET_BLAS_COMPLEX_RETURN": recipe.inferred.complex_return,
        "TRIVET_BLAS_F2C": recipe.inferred.f2c,
        "TRIVET_BLAS_DEFINES": "",
    }


def suffix_of(recipe: Recipe, variant: Variant) -> str:
    """The suffix of the names with integers as wide as the variant's."""
    width = str(variant.select.int_bits)
    for suffix, bits in recipe.inferred.int_bits.items():
        if bits == width:
            return suffix
    raise BuildError(
        f"which names of {recipe.name} take integers of {width} bits is not known",
        why=f"recipes/blas/{recipe.name}.toml: inferred.int_bits does not say",
        then="add the suffix there",
    )


def _stub_of(recipe: Recipe) -> Stub:
    if recipe.stub is None:
        raise BuildError(
            f"{recipe.name} cannot be linked on another system than its own",
            why=f"recipes/blas/{recipe.name}.toml has no [stub]",
            then="build it on that system",
        )
    return recipe.stub
