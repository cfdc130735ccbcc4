# SPDX-License-Identifier: Apache-2.0
"""Defects that others reported: the data, and to which libraries they apply."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from blas_probe.binary.compilers import compilers
from blas_probe.defects import doubts, known_bad, with_reports
from blas_probe.errors import RecipeError, UnknownVariant
from blas_probe.library import Library
from blas_probe.recipe import KnownBad, Recipes, load_recipes

Make = Callable[..., Library]

# provider, version, kernel, platform, machine, thread layer -> a thread that must be named
REPORTED = [
    ("openblas", "0.3.5", "SkylakeX", "linux-glibc", "x86_64", "pthreads", "numpy/issues/14305"),
    ("openblas", "0.3.7.dev", "SkylakeX", "linux-glibc", "x86_64", "openmp", "numpy/issues/14305"),
    ("openblas", "0.3.6", "SkylakeX", "linux-glibc", "x86_64", "serial", "OpenBLAS/issues/2986"),
    ("openblas", "0.3.12", "SkylakeX", "windows", "x86_64", "pthreads", "OpenBLAS/issues/2986"),
    ("openblas", "0.3.11", "Cooperlake", "linux-glibc", "x86_64", "serial", "issues/2914"),
    ("openblas", "0.3.19", "SkylakeX", "linux-musl", "x86_64", "openmp", "issues/34673"),
    ("openblas", "0.3.20", "Sapphirerapids", "linux-glibc", "x86_64", "openmp", "issues/24903"),
    ("openblas", "0.3.21", "neoversev1", "linux-glibc", "aarch64", "openmp", "issues/4187"),
    ("openblas", "0.3.27", "neoversev1", "linux-glibc", "aarch64", "pthreads", "issues/4750"),
    ("openblas", "0.3.26", "Haswell", "windows", "x86_64", "pthreads", "issues/4582"),
    ("openblas", "0.3.28", "Zen", "linux-glibc", "x86_64", "pthreads", "pull/4879"),
    ("openblas", "0.3.31.188.0", "neoversev1", "linux-glibc", "aarch64", "openmp", "issues/5735"),
    ("openblas", "0.3.32", "armv8", "linux-glibc", "aarch64", "openmp", "issues/5708"),
    ("openblas", "0.3.30", "Zen", "linux-glibc", "x86_64", "pthreads", "pull/5556"),
    ("openblas", "0.3.29.265.1", "Zen", "linux-glibc", "x86_64", "pthreads", "pull/5556"),
    ("openblas", "0.3.18", "SkylakeX", "linux-glibc", "x86_64", "pthreads", "issues/3454"),
    ("openblas", "0.3.1", "Haswell", "linux-glibc", "x86_64", "pthreads", "issues/1700"),
    ("openblas", "0.3.32", "neoversev1", "linux-glibc", "aarch64", "pthreads", "pull/5712"),
    ("openblas", "0.3.28.0.2", "neoversen1", "linux-musl", "aarch64", "pthreads", "issues/28843"),
    ("openblas", "0.3.33.0.0", "RISCV64_ZVL256B", "linux-glibc", "riscv64", "pthreads",
     "issues/5811"),
    ("openblas", "0.3.30", "RISCV64_ZVL256B", "linux-glibc", "riscv64", "openmp", "pull/26444"),
    ("mkl", "2022.1", "avx2", "linux-glibc", "x86_64", "intel-openmp", "issues/24824"),
    ("accelerate", "unknown", None, "macos", "aarch64", "unknown", "issues/15947"),
]  # fmt: skip

# The same, of which nothing is known.
SOUND = [
    ("openblas", "0.3.8", "Haswell", "linux-glibc", "x86_64", "serial"),
    ("openblas", "0.3.5", "Haswell", "linux-glibc", "aarch64", "serial"),
    ("openblas", "0.3.34.481.3", "Cooperlake", "linux-glibc", "x86_64", "pthreads"),
    ("openblas", "0.3.26", "Haswell", "linux-glibc", "x86_64", "openmp"),
    ("openblas", "unknown", "SkylakeX", "linux-glibc", "x86_64", "pthreads"),
    ("mkl", "2026.2", "avx512", "linux-glibc", "x86_64", "intel-openmp"),
    ("blis", "0.9.0", "zen3", "linux-glibc", "x86_64", "openmp"),
    ("atlas", "3.10.3", None, "linux-glibc", "x86_64", "serial"),
]

ROW = """\
[[known_bad]]
versions = ["<2"]
effect = "hang"
symptom = "it hangs"
cure = "update"
link = "https://example.org/1"
"""


def known(made: Make, row: tuple[str | None, ...]) -> Library:
    """A library with the facts of a row of the tables above."""
    names = ("provider", "version", "core", "platform", "machine", "thread_layer")
    suffix = "_" if row[0] != "accelerate" else ""
    facts = dict(zip(names, row, strict=False))
    return made(suffix=suffix, compilers=("gcc 8.1.0",), **facts)


@pytest.mark.parametrize("row", REPORTED, ids=["-".join(map(str, row[:3])) for row in REPORTED])
def test_reported_builds_are_recognised(
    library: Make, recipes: Recipes, row: tuple[str | None, ...]
) -> None:
    """Each row of the field's list leads to a warning with a cure and the thread."""
    one = known(library, row)

    told = known_bad([one], recipes)

    assert any(str(row[6]) in warning.source for warning in told)
    assert all(warning.cure and warning.subject == one.path for warning in told)


def test_only_what_is_sure_is_noted(library: Make, recipes: Recipes) -> None:
    """What hangs on an unknown fact is a warning, and no reason to take another library."""
    sure = known(library, REPORTED[0])
    unsure = known(library, (*REPORTED[0][:2], "unknown", *REPORTED[0][3:]))

    noted, left = with_reports([sure], recipes)[0], with_reports([unsure], recipes)[0]

    assert any(REPORTED[0][-1] in text for text in noted.reported)
    assert not any(REPORTED[0][-1] in text for text in left.reported)
    assert any(REPORTED[0][-1] in warning.source for warning in known_bad([unsure], recipes))


@pytest.mark.parametrize("row", SOUND, ids=["-".join(map(str, row[:3])) for row in SOUND])
def test_other_builds_are_left_alone(
    library: Make, recipes: Recipes, row: tuple[str | None, ...]
) -> None:
    """Another version, kernel or platform is not blamed; an unknown version fits nothing."""
    assert known_bad([known(library, row)], recipes) == ()


def test_what_is_unknown_is_said_in_the_warning(library: Make) -> None:
    """A row that hangs on an unknown kernel or compiler is told as possible."""
    row = KnownBad(
        versions=("<2",), cores=("Fast",), compilers=("gcc 9*",),
        effect="crash", symptom="it crashes", cure="none", link="https://example.org",
    )  # fmt: skip

    assert doubts(row, library(core="fast", compilers=("gcc 9.3.0",)), "fast") == ()
    assert doubts(row, library(), "unknown") == ("kernel", "compiler")
    assert doubts(row, library(compilers=("gcc 10.1",)), "fast") is None
    assert doubts(row, library(), None) is None


SNAPSHOTS = [
    ("release", "0.3.30", ()), ("snapshot_after", "0.3.30.dev", ("commit",)),
    ("counted", "0.3.30.443.1", ("commit",)), ("snapshot_before", "0.3.29.265.1", ("commit",)),
    ("built_again", "0.3.30.0.8", ()), ("next", "0.3.31", None), ("before", "0.3.29", None),
    ("unknown", "unknown", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("version", "expected"), [s[1:] for s in SNAPSHOTS], ids=[s[0] for s in SNAPSHOTS]
)
def test_a_snapshot_may_have_a_defect_or_its_cure(
    library: Make, version: str, expected: tuple[str, ...] | None
) -> None:
    """It lies between two releases; what both have, it has."""
    row = KnownBad(
        versions=("==0.3.30",), effect="hang", symptom="x", cure="x", link="https://example.org",
    )  # fmt: skip
    wide = dataclasses.replace(row, versions=(">=0.3.28", "<0.3.32"))

    assert doubts(row, library(version=version), None, release=3) == expected
    if version != "unknown":
        assert doubts(wide, library(version=version), None, release=3) == ()


def test_a_universal_file_has_the_defects_of_each_architecture(
    library: Make, recipes: Recipes
) -> None:
    """The second architecture counts as the first does."""
    facts = {"provider": "openblas", "version": "0.3.20", "platform": "macos", "format": "mach-o"}
    both = library(machines=("x86_64", "aarch64"), **facts)
    one = library(machines=("x86_64",), **facts)

    assert any("3735" in warning.source for warning in known_bad([both], recipes))
    assert not any("3735" in warning.source for warning in known_bad([one], recipes))


def test_a_hidden_kernel_is_that_of_the_same_build(library: Make, recipes: Recipes) -> None:
    """A thin library whose functions are hidden has the kernel of its full sibling."""
    facts = {"provider": "openblas", "version": "0.3.11"}
    thin = library(path="/thin", core="unknown", **facts)
    full = library(path="/full", core="Haswell", **facts)
    bad = library(path="/bad", core="SkylakeX", **facts)

    def blamed(*libraries: Library) -> set[str]:
        return {one.subject for one in known_bad(libraries, recipes) if "2914" in one.source}

    assert blamed(thin, full) == set()
    assert blamed(thin, bad) == {"/thin", "/bad"}
    assert blamed(thin) == {"/thin"}


def test_the_file_of_reports_belongs_to_a_provider(one_recipe: Callable[..., Path]) -> None:
    """Its rows join the recipe of the same name; a file of nobody is refused."""
    root = one_recipe()
    (root / "known_bad").mkdir()
    (root / "known_bad" / "one.toml").write_text(ROW)

    assert load_recipes(root).provider("one").known_bad[0].cure == "update"

    (root / "known_bad" / "nobody.toml").write_text(ROW)
    with pytest.raises(UnknownVariant, match="nobody"):
        load_recipes(root)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('link = "https://example.org/1"\n', "", "link"),
        ("https://example.org/1", "see the forum", "link"),
        ('"update"', '""', "cure"),
        ('"<2"', '"before 2"', "versions"),
        ('["<2"]', "[]", "versions"),
        ('"hang"', '"odd"', "effect"),
    ],
)
def test_a_row_without_source_or_condition_is_refused(
    one_recipe: Callable[..., Path], old: str, new: str, field: str
) -> None:
    """The message names the file and the field."""
    root = one_recipe()
    (root / "known_bad").mkdir()
    (root / "known_bad" / "one.toml").write_text(ROW.replace(old, new))

    with pytest.raises(RecipeError, match=rf"one\.toml:\d+: known_bad\[0\]\.{field}"):
        load_recipes(root)


def test_compilers_are_read_from_the_comment_section() -> None:
    """Whatever the distribution wrote between the brackets."""
    data = (
        b"\x7fELF..\0GCC: (Debian 12.2.0-14) 12.2.0\0GCC: (GNU) 10.2.1 20210130\0junk GCC: (\0"
        b"Debian clang version 14.0.6\0Intel(R) C Intel(R) 64 Compiler Classic, Version 2021.7.0\0"
    )

    assert compilers(data) == ["clang 14.0.6", "gcc 10.2.1", "gcc 12.2.0", "icc 2021.7.0"]
    assert compilers(b"nothing") == []
