# SPDX-License-Identifier: Apache-2.0
"""recipes/audit.toml as frozen dataclasses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal

from blas_probe.errors import RecipeError
from blas_probe.recipe.schema import Where, load
from wheels.errors import RowError

FILE = "audit.toml"
BUNDLED = re.compile(r"-[0-9a-f]{8,}\.")
"""What auditwheel and delvewheel put into names: of the library inside, of no other."""
Level = Literal["error", "warning", "remark"]


def matches(name: str, globs: Iterable[str]) -> bool:
    """Say whether any of the globs fits, whatever the case of the letters."""
    small = name.lower()
    return any(fnmatchcase(small, glob.lower()) for glob in globs)


def _check_pattern(pattern: str, field: str, where: Where) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        fix = "write it as Python's `re` wants it"
        raise where.at(field).fail(f"no regular expression: {error}", fix) from error


@dataclass(frozen=True, kw_only=True)
class PlatformTag:
    """A family of platform tags."""

    pattern: Annotated[str, "regular expression of a whole tag"]
    system: Annotated[str, "system that it runs on, or any"]
    libc: Annotated[Literal["glibc", "musl", "none"], "C library"] = "none"
    policy: Annotated[str, "auditwheel's policies for it"] = ""
    floor: Annotated[str, "oldest C library, where the tag does not say it"] = ""
    remark: Annotated[str, "what is to be said of every such wheel"] = ""

    def check(self, where: Where) -> None:
        """Refuse what is no regular expression."""
        _check_pattern(self.pattern, "pattern", where)


@dataclass(frozen=True, kw_only=True)
class Oldest:
    """No machine of this kind runs an older system."""

    system: Annotated[str, "the system"]
    machine: Annotated[str, "the architecture"]
    version: Annotated[str, "its oldest version there"]


@dataclass(frozen=True, kw_only=True)
class Pages:
    """Pages of memory that kernels of an architecture have."""

    machines: Annotated[tuple[str, ...], "the architectures"]
    size: Annotated[int, "bytes of a page"]
    users: Annotated[str, "who has such kernels"]
    level: Annotated[Level, "how bad it is to fail there"]


@dataclass(frozen=True, kw_only=True)
class System:
    """Libraries that a system has by itself."""

    system: Annotated[str, "the system"]
    libraries: Annotated[tuple[str, ...], "globs of names or paths"]


@dataclass(frozen=True, kw_only=True)
class Usual:
    """Libraries that most machines have."""

    system: Annotated[str, "the system"]
    libraries: Annotated[tuple[str, ...], "globs of names or paths"]
    needs: Annotated[str, "what brings them"]
    cure: Annotated[str, "what to do"]
    level: Annotated[Level, "how bad it is to need them"] = "remark"


@dataclass(frozen=True, kw_only=True)
class Libraries:
    """Some libraries."""

    libraries: Annotated[tuple[str, ...], "globs of names or paths"]


@dataclass(frozen=True, kw_only=True)
class PythonDll:
    """How a library names the Python that it was made for."""

    pattern: Annotated[str, "regular expression with the group `minor`"]
    stable: Annotated[str, "the name that every Python has"]

    def check(self, where: Where) -> None:
        """Refuse what is no regular expression."""
        _check_pattern(self.pattern, "pattern", where)


@dataclass(frozen=True, kw_only=True)
class Brings:
    """Distributions, any of which brings the libraries."""

    distributions: Annotated[tuple[str, ...], "globs of names of distributions"]
    libraries: Annotated[tuple[str, ...], "globs of names of libraries"]


@dataclass(frozen=True, kw_only=True)
class Cuda:
    """How device code shows."""

    sections: Annotated[tuple[str, ...], "names of sections"]
    libraries: Annotated[tuple[str, ...], "globs of names of libraries"]
    version: Annotated[str, "regular expression with the group `version`, of a library's name"]
    requirements: Annotated[tuple[str, ...], "globs of requirements that bring libraries"]
    names: Annotated[tuple[str, ...], "globs of names of distributions that say what they are for"]

    def check(self, where: Where) -> None:
        """Refuse what is no regular expression."""
        _check_pattern(self.version, "version", where)


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What every machine of a platform can do."""

    tags: Annotated[tuple[str, ...], "globs of platform tags"]
    machine: Annotated[str, "architecture"]
    extensions: Annotated[tuple[str, ...], "extensions that every machine has"]
    absent: Annotated[tuple[str, ...], "extensions that no machine has: nobody runs such code"] = ()


@dataclass(frozen=True, kw_only=True)
class Masked:
    """Instructions of fixed size that belong to an extension."""

    name: Annotated[str, "the extension"]
    mask: Annotated[int, "bits that are looked at"]
    value: Annotated[int, "what they must be"]
    proof_mask: Annotated[int, "counted only where another instruction is, too: bits of it"] = 0
    proof_value: Annotated[int, "what those bits must be"] = 0


@dataclass(frozen=True, kw_only=True)
class Asking:
    """How files choose code while they run."""

    imports: Annotated[tuple[str, ...], "globs of names taken from others that tell extensions"]
    ends: Annotated[tuple[str, ...], "globs of names of functions that never return"]
    variants: Annotated[tuple[str, ...], "parts of names of files made for some processors"]


@dataclass(frozen=True, kw_only=True)
class Weight:
    """From which size on something is told, in bytes."""

    least: Annotated[int, "of anything"]
    headers: Annotated[int, "of all headers together"]
    tests: Annotated[int, "of all tests together"]
    debug: Annotated[tuple[str, ...], "globs of sections with debug information"]
    symbols: Annotated[tuple[str, ...], "names of sections that stripping removes"]


@dataclass(frozen=True, kw_only=True)
class Stray:
    """Files that do not belong into a wheel."""

    globs: Annotated[tuple[str, ...], "globs of paths in the wheel"]
    what: Annotated[str, "why not"]
    level: Annotated[Level, "how bad it is"] = "remark"
    grouped: Annotated[bool, "told once, with the sum of the sizes"] = False


@dataclass(frozen=True, kw_only=True)
class Top:
    """Names that no distribution should take at the top."""

    names: Annotated[tuple[str, ...], "names"]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The whole file."""

    platform: Annotated[tuple[PlatformTag, ...], "families of platform tags"]
    machines: Annotated[Mapping[str, tuple[str, ...]], "machine of a tag -> architectures"]
    suffix_machines: Annotated[
        Mapping[str, tuple[str, ...]], "part of an extension module's suffix -> architectures"
    ]
    suffix_libcs: Annotated[Mapping[str, str], "end of such a suffix -> C library"]
    formats: Annotated[Mapping[str, str], "format of a file -> system"]
    oldest: Annotated[tuple[Oldest, ...], "oldest systems"] = ()
    pages: Annotated[tuple[Pages, ...], "pages of memory"] = ()
    system: Annotated[tuple[System, ...], "libraries of systems"]
    usual: Annotated[tuple[Usual, ...], "libraries of most machines"] = ()
    python: Annotated[tuple[Libraries, ...], "Python itself as a library"] = ()
    python_dll: Annotated[PythonDll, "Python's own library"]
    brings: Annotated[tuple[Brings, ...], "what distributions bring"] = ()
    public: Annotated[Libraries, "what many wheels copy"]
    cuda: Annotated[Cuda, "device code"]
    baseline: Annotated[tuple[Baseline, ...], "what every machine can do"]
    x86: Annotated[Mapping[str, str], "extension -> level that it belongs to"]
    severity: Annotated[Mapping[str, Level], "level of instructions -> how bad it is"]
    aarch64: Annotated[tuple[Masked, ...], "extensions by instruction"]
    asking: Annotated[Asking, "how files choose"]
    weight: Annotated[Weight, "sizes"]
    stray: Annotated[tuple[Stray, ...], "files that do not belong here"] = ()
    top: Annotated[Top, "names at the top"]

    def system_libraries(self, system: str) -> tuple[str, ...]:
        """All libraries that a system, or Python on it, has by itself."""
        return tuple(glob for row in self.system if row.system == system for glob in row.libraries)

    @property
    def systems(self) -> frozenset[str]:
        """What a tag may be for, as far as files are judged."""
        return frozenset({"any", *self.formats.values()})

    @property
    def policies(self) -> tuple[str, ...]:
        """Families of auditwheel's policies."""
        return tuple(dict.fromkeys(row.policy for row in self.platform if row.policy))

    def bringing(self, library: str, requirements: Iterable[str]) -> str:
        """The first requirement that brings a library; empty when none does."""
        for row in self.brings:
            if matches(library, row.libraries) and not BUNDLED.search(library):
                for name in requirements:
                    if matches(name, row.distributions):
                        return name
        return ""

    def bringers(self, library: str) -> tuple[str, ...]:
        """Distributions that would bring a library, as far as their whole names are known."""
        rows = [row for row in self.brings if matches(library, row.libraries)]
        names = [name for row in rows for name in row.distributions if "*" not in name]
        return () if BUNDLED.search(library) else tuple(dict.fromkeys(names))


def load_audit_rows(recipes: Path) -> Rows:
    """Read the file in folder `recipes`; RowError names the line, the field and the fix."""
    try:
        return load(Rows, recipes / FILE)
    except RecipeError as error:
        raise RowError(
            str(error), then="correct the line, then: python -m wheels audit WHEEL"
        ) from error
