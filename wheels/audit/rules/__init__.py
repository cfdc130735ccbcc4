# SPDX-License-Identifier: Apache-2.0
"""All rules: each takes the facts and tells findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from wheels.audit.facts import Facts
from wheels.audit.finding import Finding
from wheels.audit.rules import (
    archive,
    blas,
    cuda,
    entry_points,
    floors,
    instructions,
    loading,
    machines,
    metadata,
    needs,
    openmp,
    paths,
    python_abi,
    stray,
    symbols,
    weight,
)

Rule = Callable[[Facts], Iterable[Finding]]

# Whatever the system is that a wheel is for.
ANYWHERE = frozenset({archive, entry_points, metadata, stray, weight})

RULES: tuple[Rule, ...] = (
    archive.broken_members,
    archive.member_names,
    archive.record,
    archive.packing,
    archive.schemes,
    archive.windows_names,
    archive.permissions,
    metadata.file_name,
    metadata.wheel_file,
    metadata.metadata_file,
    metadata.texts,
    metadata.python_versions,
    metadata.references,
    entry_points.commands,
    machines.unreadable,
    machines.no_library,
    machines.tags,
    machines.machine,
    floors.glibc,
    floors.private,
    floors.other_versions,
    floors.libc,
    floors.macos,
    loading.stack,
    loading.pages,
    loading.relocations,
    loading.storage,
    loading.fixed,
    loading.signatures,
    needs.unresolved,
    symbols.undefined,
    symbols.not_exported,
    paths.search_paths,
    paths.needed_paths,
    python_abi.stable,
    python_abi.entry,
    python_abi.suffixes,
    python_abi.ends,
    python_abi.python_library,
    blas.inside,
    blas.several,
    blas.exported,
    openmp.runtimes,
    openmp.copies,
    openmp.public_names,
    cuda.undeclared,
    cuda.kernels,
    instructions.at_load,
    instructions.never_asks,
    instructions.noted,
    weight.debug,
    weight.symbols,
    weight.duplicates,
    weight.bulk,
    stray.files,
    stray.top,
    stray.bytecode,
)


def rules_for(facts: Facts) -> tuple[Rule, ...]:
    """All rules, or those that ask nothing of a system where no tag is of one that is known."""
    if facts.judged:
        return RULES
    names = {module.__name__ for module in ANYWHERE}
    return (machines.not_judged, *(rule for rule in RULES if rule.__module__ in names))
