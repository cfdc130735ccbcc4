# SPDX-License-Identifier: Apache-2.0
"""Which BLAS and LAPACK are inside, and do others in the process see them?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from blas_probe.library import UNKNOWN, Library
from wheels.audit.facts import Facts, File
from wheels.audit.finding import Finding, error, remark, some, warning
from wheels.audit.inside import provider
from wheels.audit.reach import Tree

REFERENCE = "reference"
# Routines under the names that every program uses: with or without Fortran's underscore, and C's.
PLAIN = re.compile(
    r"(?:cblas_)?[sdcz](?:gemm|gemv|axpy|scal|copy|trsm|syrk)_?|cblas_[sd]dot|[sd]dot_"
    r"|[sdcz](?:getrf|potrf|geqrf|gesdd|gesv)_|LAPACKE_[sdcz](?:gesv|getrf|potrf)"
)
FEWEST = 4
WIDTHS = {"32": "LP64", "64": "ILP64"}


def speed_class(facts: Facts, name: str) -> str:
    """What the recipes say of a provider; unknown for a stranger."""
    classes = [row.speed_class for row in facts.recipes.variants if row.provider == name]
    return classes[0] if classes else UNKNOWN


def inside(facts: Facts) -> Iterator[Finding]:
    """Name every provider; a reference implementation is an error."""
    fast = [
        file for file in facts.files
        if file.blas and file.blas.provider != UNKNOWN
        and speed_class(facts, file.blas.provider) != REFERENCE
    ]  # fmt: skip
    for file in facts.files:
        if file.blas is None or not _tells(file.blas):
            continue
        speed = speed_class(facts, file.blas.provider)
        told = describe(file.blas, speed)
        slow = speed == REFERENCE or (
            file.blas.provider in {row.name for row in facts.recipes.providers if row.fallback}
        )
        if slow and (file.blas.has_blas or not (fast or _taken_from_others(facts, file))):
            yield error(
                "reference-blas", file.name,
                f"holds {told}: right, but many times slower than an optimised one",
                "link to OpenBLAS or another optimised provider",
            )  # fmt: skip
        else:
            yield remark("blas", file.name, f"holds {told}")


def several(facts: Facts) -> Iterator[Finding]:
    """BLAS of two providers in one wheel: which one answers is chance, and both start threads."""
    found: dict[str, str] = {}
    for file in facts.files:
        if file.blas is not None and file.blas.has_blas and file.blas.provider != UNKNOWN:
            found.setdefault(file.blas.provider, file.name)
    if len(found) > 1:
        yield warning(
            "two-blas",
            min(found.values()),
            f"BLAS of {len(found)} providers is inside: "
            + ", ".join(f"{name} ({file})" for name, file in sorted(found.items())),
            "link everything to one",
        )


def _tells(blas: Library) -> bool:
    return blas.provider != UNKNOWN or blas.has_blas or blas.has_lapack or blas.has_cblas


def describe(blas: Library, speed: str) -> str:
    """Provider, version, width, threads and class in one line."""
    parts = [part for part, there in (("BLAS", blas.has_blas), ("LAPACK", blas.has_lapack),
                                      ("CBLAS", blas.has_cblas)) if there]  # fmt: skip
    name = "an unknown provider" if blas.provider == UNKNOWN else provider(blas)
    width = WIDTHS.get(str(blas.int_bits), "")
    threads = "" if blas.thread_layer == UNKNOWN else f"threads {blas.thread_layer}"
    told = [" and ".join(parts), width, threads, f"class {speed}" if speed != UNKNOWN else ""]
    inner = ", ".join(part for part in told if part)
    return f"{name} ({inner or 'linked in, its names hidden'})"


def _taken_from_others(facts: Facts, file: File) -> bool:
    """Does the file, which shows no BLAS of its own, call one of another library?"""
    assert file.blas is not None
    if file.blas.has_lapack or file.blas.has_lapacke:
        return any("gemm" in name for image in file.images for name in image.imported)
    return False


def exported(facts: Facts) -> Iterator[Finding]:
    """Plain names in a library that is not a BLAS by profession."""
    tree = Tree(facts)
    for file in facts.files:
        for image in file.images:
            names = sorted(name for name in image.defined if PLAIN.fullmatch(name))
            if len(names) < FEWEST:
                continue
            told = f"exports BLAS and LAPACK by their plain names ({some(names)})"
            private = image.format != "elf" or not _is_bundled(tree, file)
            make = remark if private else warning
            yield make(
                "plain-names", file.name, f"{told}: another library in the process may call "
                "them, or this one another's", "build with a prefix or suffix, or hide the names",
            )  # fmt: skip
            break


def _is_bundled(tree: Tree, file: File) -> bool:
    """Is it there for other files of the wheel, that have another purpose, or something more?"""
    loaders = [
        loader
        for names in ({file.base, *(image.soname or "" for image in file.images)},)
        for name in names
        for loader, _ in tree.loaders.get(name, ())
    ]
    mine = file.blas.provider if file.blas else UNKNOWN
    others = [one for one in loaders if one.blas is None or one.blas.provider != mine]
    return bool(others) or mine == UNKNOWN
