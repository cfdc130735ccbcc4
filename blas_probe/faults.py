# SPDX-License-Identifier: Apache-2.0
"""What is wrong on this machine, each with its cure; what matters most comes first. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from blas_probe.cuda.words import wanted_name
from blas_probe.found import Found
from blas_probe.library import Library
from blas_probe.record import dataclass

REFERENCE = "reference"
HARMLESS = ("GOOD", "good", "unknown")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One sentence, and what to do."""

    text: str
    cure: str = ""


def faults(found: Found, chosen: Sequence[Library]) -> list[Fault]:
    """Everything that is wrong; `chosen` are the libraries that builds would take."""
    used = [library.path for library in chosen] + list(found.loader_names.values())
    all_of = [
        *nothing(found),
        *_warnings(found),
        *slow(found),
        *defects(found, used),
        *environment(found),
        *unusable(found),
        *toolkits(found),
        *architectures(found),
    ]
    return list(dict.fromkeys(all_of))


def nothing(found: Found) -> Iterator[Fault]:
    """No library at all."""
    if not any(library.problem is None for library in found.libraries):
        wheels = [one.wheel for one in found.variants if one.default and one.wheel]
        yield Fault(
            text="there is no BLAS or LAPACK library that can be used",
            cure=f"pip install {wheels[0]}" if wheels else "",
        )


def _warnings(found: Found) -> Iterator[Fault]:
    for warning in found.warnings:
        source = f" ({warning.source})" if warning.source else ""
        named = warning.subject and warning.subject not in warning.text
        subject = f"{warning.subject}: " if named else ""
        yield Fault(text=f"{subject}{warning.text}{source}", cure=warning.cure)


def slow(found: Found) -> Iterator[Fault]:
    """Programs that get a reference library, or one that `--bench` found slow."""
    classes = {variant.provider: variant.speed_class for variant in found.variants}
    known = {library.path: library for library in found.libraries}
    names: dict[str, list[str]] = {}
    for name, path in sorted(found.loader_names.items()):
        library = known.get(path)
        if library is not None and classes.get(library.provider) == REFERENCE:
            names.setdefault(path, []).append(name)
    for path, asked in names.items():
        library = known[path]
        better = any(classes.get(one.provider) != REFERENCE and one.problem is None
                     for one in found.libraries)  # fmt: skip
        group = f"update-alternatives --config {asked[0]}-<triplet>"
        yield Fault(
            text=f"programs that ask for {' or '.join(asked)} get {library.provider}, a reference "
            f"library: right, but several times slower than others ({path})",
            cure=f"sudo {group}" if library.source == "debian" and better else
            "install an optimised BLAS, and put its folder first on the loader's way",
        )  # fmt: skip
    for library in found.libraries:
        if library.speed is not None and library.speed.speed_class not in HARMLESS:
            yield Fault(text=f"{library.path} is slow here ({library.speed.speed_class}): "
                             f"{library.speed.reason}")  # fmt: skip


def defects(found: Found, used: Sequence[str]) -> Iterator[Fault]:
    """Known defects, each once; of libraries that something uses before the others."""
    having: dict[str, list[Library]] = {}
    for library in found.libraries:
        for text in library.defects:
            having.setdefault(text, []).append(library)
    ordered = sorted(having.items(), key=lambda one: not any(x.path in used for x in one[1]))
    for text, libraries in ordered:
        one = libraries[0]
        many = f" and {len(libraries) - 1} more files" if len(libraries) > 1 else ""
        yield Fault(
            text=f"{one.provider} {one.version} has a known defect: {text}; in {one.path}{many}",
            cure="take another version or provider where these results matter",
        )


def environment(found: Found) -> Iterator[Fault]:
    """Variables that change what a library does."""
    for library in found.libraries:
        if library.environment_effects:
            changed = "; ".join(
                f"{name} becomes {value}" for name, value in library.environment_effects.items()
            )
            yield Fault(
                text=f"with your environment {PurePath(library.path).name} behaves otherwise: "
                f"{changed} ({library.path})",
                cure=f"unset {' '.join(sorted(found.ignored_environment))}, or mean it",
            )


def unusable(found: Found) -> Iterator[Fault]:
    """Files that cannot be used, those with one reason together."""
    reasons: dict[str, list[str]] = {}
    for library in found.libraries:
        if library.problem is not None:
            reasons.setdefault(library.problem, []).append(library.path)
    for reason, paths in reasons.items():
        verb = "cannot be used"
        yield Fault(text=f"{', '.join(paths)} {verb}: {reason}")


def toolkits(found: Found) -> Iterator[Fault]:
    """What is wrong with a CUDA toolkit, and what it lacks."""
    for toolkit in found.toolkits:
        name = f"CUDA {toolkit.version or '?'} in {toolkit.root}"
        for problem in toolkit.problems:
            yield Fault(text=f"{name}: {problem}")
        if toolkit.nvcc_problem:
            yield Fault(text=f"{name}: nvcc cannot be asked: {toolkit.nvcc_problem}")


def architectures(found: Found) -> Iterator[Fault]:
    """Architectures of `--cuda-arch` that nobody here makes, and GPUs that would run nothing."""
    if found.cuda_archs is None:
        return
    for one in found.cuda_archs.asked:
        if "yes" in one.makes.values() or (one.makes and "no" not in one.makes.values()):
            continue
        why = f": {'; '.join(one.refusals)}" if one.refusals else ""
        yield Fault(text=f"no toolkit here makes {wanted_name(one)}{why}", cure=one.cure)
    for gpu in found.cuda_archs.gpus:
        if gpu.by == "nothing":
            text, _, cure = gpu.reason.rpartition("; ")
            yield Fault(text=f"GPU {gpu.number} ({gpu.name}): {text}", cure=cure)
