# SPDX-License-Identifier: Apache-2.0
"""From a wheel's path to findings and facts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

from blas_probe.recipe import Recipes, load_recipes
from wheels.audit.facts import Facts, File, gather
from wheels.audit.finding import Finding, error, size_text, some
from wheels.audit.rows import Rows, load_audit_rows
from wheels.audit.rules import rules_for
from wheels.audit.rules.blas import describe, speed_class
from wheels.audit.tags import dotted, numbers
from wheels.audit.wheel import open_wheel
from wheels.folders import CHECKOUT

# What linkers of macOS put into every library by themselves.
OF_LINKERS = frozenset({"__dso_handle", "_mh_dylib_header"})


@dataclass(frozen=True, kw_only=True)
class Exports:
    """The only names that some files may export."""

    files: str
    """Glob of paths in the wheel."""
    names: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Demands:
    """What a caller asks beyond what holds for every wheel."""

    exports: tuple[Exports, ...] = ()
    largest: int = 0
    """Bytes of the wheel at most; 0: any size."""
    allowed: tuple[str, ...] = ()
    """Codes of what this wheel is meant to be; such findings become remarks."""


@dataclass(frozen=True, kw_only=True)
class NativeFile:
    """What is told about one native file."""

    name: str
    machines: tuple[str, ...]
    format: str
    needed: tuple[str, ...]
    search: tuple[str, ...]
    floor: str
    """Oldest system that it is made for: `glibc 2.28`, `macos 11.0`."""
    blas: str
    """Provider, version, width, threads and class; empty when none is inside."""
    openmp: tuple[str, ...]
    extensions: tuple[str, ...]
    """Instructions beyond the architecture's first version, by extension."""
    asks: bool
    """It asks the processor which extensions there are."""
    cuda: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Audit:
    """One wheel: what is wrong with it, and what is known about it."""

    wheel: str
    size: int
    tags: tuple[str, ...]
    requirements: tuple[str, ...]
    files: tuple[NativeFile, ...]
    findings: tuple[Finding, ...] = field(default=())

    def of(self, level: str) -> tuple[Finding, ...]:
        """The findings of one level."""
        return tuple(one for one in self.findings if one.level == level)

    @property
    def good(self) -> bool:
        """No error was found."""
        return not self.of("error")


class Auditor:
    """The recipes, read once for many wheels."""

    def __init__(self, recipes: Path = CHECKOUT / "recipes") -> None:
        self.rows: Rows = load_audit_rows(recipes)
        self.recipes: Recipes = load_recipes(recipes)

    def audit(self, path: Path, demands: Demands | None = None) -> Audit:
        """Look at one wheel; NotAWheelError when it is none."""
        with tempfile.TemporaryDirectory(prefix="audit-") as folder:
            wheel = open_wheel(path, Path(folder))
            facts = gather(wheel, Path(folder), self.rows, self.recipes)
            findings = [one for rule in rules_for(facts) for one in rule(facts)]
        wanted = demands or Demands()
        findings += _demanded(facts, wanted)
        findings = [_allowed(one, wanted.allowed) for one in findings]
        return Audit(
            wheel=path.name,
            size=wheel.size,
            tags=tuple(sorted(str(tag) for tag in wheel.tags)),
            requirements=wheel.requirements,
            files=tuple(_told(facts, file) for file in facts.files),
            findings=tuple(sorted(set(findings), key=lambda one: one.order)),
        )


def audit(path: Path, demands: Demands | None = None) -> Audit:
    """Look at one wheel with the recipes of this checkout."""
    return Auditor().audit(path, demands)


def _allowed(finding: Finding, codes: tuple[str, ...]) -> Finding:
    return replace(finding, level="remark") if finding.code in codes else finding


def _demanded(facts: Facts, demands: Demands) -> Iterator[Finding]:
    if demands.largest and facts.wheel.size > demands.largest:
        yield error(
            "too-large", "",
            f"has {size_text(facts.wheel.size)}, the limit is {size_text(demands.largest)}",
            "see the remarks about weight",
        )  # fmt: skip
    for row in demands.exports:
        hits = [file for file in facts.files if fnmatchcase(file.name, row.files)]
        if not hits:
            yield error("no-such-file", row.files, "no native file of the wheel has such a name")
        for file in hits:
            names = {name for image in file.images for name in image.defined}
            if more := sorted(names - row.names - OF_LINKERS):
                yield error(
                    "exports", file.name, f"exports {some(more)}: its interface does not name it",
                    "hide everything else: -fvisibility=hidden, a version script",
                )  # fmt: skip
            if less := sorted(row.names - names):
                yield error("exports", file.name, f"does not export {some(less)}")


def _told(facts: Facts, file: File) -> NativeFile:
    images = file.images
    used = {name for one in file.used for name in one.counts}
    return NativeFile(
        name=file.name,
        machines=tuple(image.machine for image in images),
        format=images[0].format if images else "",
        needed=_all(image.needed for image in images),
        search=_all(image.rpaths for image in images),
        floor=_floor(file),
        blas=describe(file.blas, speed_class(facts, file.blas.provider)) if file.blas else "",
        openmp=file.runtimes,
        extensions=tuple(sorted(used)),
        asks=any(one.asks for one in file.used),
        cuda=file.kernels,
    )


def _all(lists: Iterator[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in lists for name in names))


def _floor(file: File) -> str:
    wanted = [
        numbers(name)
        for image in file.images
        for _, name in image.versions
        if name.startswith("GLIBC_") and name[6:7].isdigit()
    ]
    if wanted:
        return f"glibc {dotted(max(wanted))}"
    floors = [image.floor for image in file.images if image.floor]
    return f"macos {dotted(max(floors))}" if floors else ""
