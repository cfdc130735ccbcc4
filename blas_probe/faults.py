# SPDX-License-Identifier: Apache-2.0
"""What is wrong on this machine, once for each cause; what matters most comes first. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath

from blas_probe import cures
from blas_probe.cuda.words import wanted_name
from blas_probe.environment import DANGEROUS, MEASURED, concerning
from blas_probe.fault import Fault, Scene, together
from blas_probe.found import Found
from blas_probe.identify.refusal import ALONE
from blas_probe.library import UNKNOWN, Library
from blas_probe.plain_names import mixed, slow
from blas_probe.search.packages import PRIVATE

HARMLESS = ("GOOD", "good", "unknown")
ANOTHER = "take another version or provider where these results matter"
NOT_FOUND = re.compile(r"(?P<name>[^ /:]+): cannot open shared object file")
DANGLING = re.compile(r"it (is a link to a file that does not|does not) exist")
# With these a program gets wrong results or none; with the others of DANGEROUS, another library.
BREAKING = ("problem", "int_bits", "complex_return", "f2c")
# What follows from another library's answers, and needs no words of its own.
FOLLOWS = ("blas_file", "blas_provider")


def faults(scene: Scene) -> list[Fault]:
    """Everything that is wrong."""
    all_of = [
        *nothing(scene),
        *environment(scene),
        *mixed(scene),
        *slow(scene),
        *by_use(warnings(scene.found), scene),
        *by_use(defects(scene.found), scene),
        *measured_slow(scene.found),
        *unusable(scene.found),
        *toolkits(scene.found),
        *architectures(scene.found),
    ]
    return list(dict.fromkeys(all_of))


def by_use(some: Iterable[Fault], scene: Scene) -> list[Fault]:
    """Those of libraries that something uses before the others."""
    return sorted(some, key=lambda one: bool(one.files) and scene.used.isdisjoint(one.files))


def nothing(scene: Scene) -> Iterator[Fault]:
    """No library at all."""
    if not any(library.problem is None for library in scene.found.libraries):
        wheels = [one.wheel for one in scene.found.variants if one.default and one.wheel]
        ways = [f"{scene.pip} install {wheel}" for wheel in wheels[:1]]
        ways += [f"{scene.install}"] if scene.install else []
        text = "there is no BLAS or LAPACK library that can be used"
        yield Fault(text=text, cure=", or ".join(ways))


def warnings(found: Found) -> Iterator[Fault]:
    """The warnings of the probe, but for those that `environment` tells in full."""
    known = {library.path for library in found.libraries}
    rows = []
    for warning in found.warnings:
        if warning.source == MEASURED:
            continue
        source = f" ({warning.source})" if warning.source else ""
        if warning.subject in known:
            rows.append((warning.text + source, warning.cure, warning.subject))
            continue
        named = warning.subject and warning.subject not in warning.text
        subject = f"{warning.subject}: " if named else ""
        yield Fault(text=f"{subject}{warning.text}{source}", cure=warning.cure)
    yield from together(rows)


def measured_slow(found: Found) -> Iterator[Fault]:
    """Libraries that `--bench` found slow."""
    yield from together(
        (f"it is slow here ({one.speed.speed_class}): {one.speed.reason}", "", one.path)
        for one in found.libraries
        if one.speed is not None and one.speed.speed_class not in HARMLESS
    )


def defects(found: Found) -> Iterator[Fault]:
    """Known defects, each once."""
    yield from together(
        (f"{one.provider} {one.version} has a known defect: {text}", ANOTHER, one.path)
        for one in found.libraries
        for text in one.defects
    )


def environment(scene: Scene) -> Iterator[Fault]:
    """Variables that change what a library does; what breaks programs comes first."""
    rows: dict[bool, list[tuple[str, str, str]]] = {True: [], False: []}
    for library in scene.found.libraries:
        effects = library.environment_effects
        if not effects:
            continue
        ignored = scene.found.ignored_environment
        names = concerning(library, scene.recipes, ignored) or sorted(ignored)
        dangerous = any(name in effects for name in DANGEROUS)
        breaks = any(name in effects for name in BREAKING)
        danger = ": programs that were built for it fail or compute nonsense" if breaks else ""
        text = f"with {settings(names, ignored)} {changes(effects)}{danger}"
        cure = f"unset {' '.join(names)}{'' if dangerous else ' (or mean it)'}"
        rows[dangerous].append((text, cure, library.path))
    yield from together([*rows[True], *rows[False]])


def settings(names: Sequence[str], values: Mapping[str, str]) -> str:
    """`A=1 and B=2`."""
    return " and ".join(f"{name}={values.get(name, '')}" for name in names)


def changes(effects: Mapping[str, str]) -> str:
    """What becomes of the facts, in words."""
    effects = dict(effects)
    answered = effects.pop("answered_by", None)
    if answered is not None:
        effects = {name: value for name, value in effects.items() if name not in FOLLOWS}
    told = [f"{answered} answers instead of it"] if answered else []
    if "problem" in effects:
        told.append(f"it cannot be used ({effects.pop('problem')})")
    return ", ".join([*told, *(f"its {name} becomes {effects[name]}" for name in effects)])


def serves_its_wheel(library: Library) -> bool:
    """A copy inside a wheel, called as the wheel's own program opens it: no build may take it."""
    private = PurePath(library.path).parent.name.endswith(PRIVATE)
    called = library.has_blas and "int_bits" not in library.inferred
    return library.source.startswith("pypi:") and private and called


def cannot_be_used(library: Library) -> bool:
    """Nothing can use it, neither alone nor as a part."""
    served = serves_its_wheel(library) or part_of_a_whole(library)
    return library.problem is not None and not served


def part_of_a_whole(library: Library) -> bool:
    """It was called with its siblings loaded, as programs do that are linked to all of them."""
    alone = str(library.problem or "").startswith(ALONE)
    return alone and library.has_blas and library.int_bits not in (UNKNOWN, None) and (
        "int_bits" not in library.inferred
    ) and not serves_its_wheel(library)  # fmt: skip


def unusable(found: Found) -> Iterator[Fault]:
    """Files that cannot be used, those with one reason together."""
    broken = [one for one in found.libraries if cannot_be_used(one)]
    gone = [one for one in broken if DANGLING.match(str(one.problem))]
    groups = {match[1] for one in gone for path in (one.path, *one.names)
              if (match := cures.GROUP.match(path))}  # fmt: skip
    if gone:
        auto = "; ".join(f"sudo update-alternatives --auto {group}" for group in sorted(groups))
        yield Fault(
            text="a link leads to a file that does not exist",
            cure=auto or "remove the link, or install again what it led to",
            files=tuple(one.path for one in gone),
        )
    rows = []
    for one in broken:
        if one not in gone:
            match = NOT_FOUND.search(str(one.problem))
            cure = cures.missing(match["name"], found.libraries) if match else ""
            rows.append((f"cannot be used: {one.problem}", cure, one.path))
    yield from together(rows)


def toolkits(found: Found) -> Iterator[Fault]:
    """What is wrong with a CUDA toolkit, and what it lacks."""
    for toolkit in found.toolkits:
        name = f"CUDA {toolkit.version or '?'} in {toolkit.root}"
        for problem in toolkit.problems:
            yield Fault(text=f"{name}: {problem}")


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
