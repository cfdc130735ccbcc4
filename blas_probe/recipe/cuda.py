# SPDX-License-Identifier: Apache-2.0
"""What recipes/cuda/*.toml may say: toolkit.toml, and one file for each major version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Annotated, Literal

from blas_probe.recipe.known_bad import check_conditions
from blas_probe.recipe.schema import Where, build, read
from blas_probe.record import dataclass

TOOLKIT = "toolkit.toml"
Kind = Literal["tool", "header", "library"]
Call = Literal["", "number", "pair", "property"]


@dataclass(frozen=True, kw_only=True)
class Find:
    """Where toolkits lie. A name only leads to a folder; what it is, is read and asked."""

    dirs: Annotated[tuple[str, ...], "folders (globs, ~ allowed) that may be a toolkit's root"]
    env: Annotated[tuple[str, ...], "environment variables (globs) that hold a root"]
    compiler_env: Annotated[tuple[str, ...], "variables that hold the compiler's path"]
    host_env: Annotated[tuple[str, ...], "variables that name the host compiler"]
    changed_by: Annotated[tuple[str, ...], "variables that change what the compiler does"]
    compilers: Annotated[tuple[str, ...], "names of the compiler, looked for in PATH"]
    wheels: Annotated[tuple[str, ...], "PyPI distributions (globs) that carry pieces"]
    wheel_root: Annotated[str, "their folder inside site-packages"]
    meta_wheel: Annotated[str, "distribution whose requirements pin the pieces' versions"]
    meta_extras: Annotated[tuple[str, ...], "its extras that make a whole compiler"] = ()
    signs: Annotated[tuple[str, ...], "files (globs) that make a folder a toolkit's root"]
    beside: Annotated[
        tuple[str, ...], "root's name (glob):further root seen from it, {name} is its name"
    ] = ()
    bin: Annotated[tuple[str, ...], "folders of tools below a root"]
    include: Annotated[tuple[str, ...], "folders of headers below a root"]
    lib: Annotated[tuple[str, ...], "folders of libraries below a root"]
    targets: Annotated[tuple[str, ...], "machine:folder, what {target} stands for"]


@dataclass(frozen=True, kw_only=True)
class Family:
    """A family of host compilers, as the preprocessor sees it."""

    name: Annotated[str, "what people call it"]
    when: Annotated[str, "preprocessor expression that is true for it"]
    version: Annotated[tuple[str, ...], "macros of its version, greatest first"]
    macros: Annotated[Mapping[str, str], "macros of version {n}, to learn the limits"] = field(
        default_factory=dict
    )
    first: Annotated[int, "first version tried"]
    last: Annotated[int, "last version tried"]


@dataclass(frozen=True, kw_only=True)
class Host:
    """The compilers that nvcc calls for the host's part."""

    names: Annotated[tuple[str, ...], "names (globs) of programs, looked for in PATH"]
    dirs: Annotated[tuple[str, ...], "further folders (globs) to look in"] = ()
    unchecked: Annotated[str, "macro with which that header refuses nothing"]
    math: Annotated[tuple[str, ...], "header that declares functions which glibc has too"]
    family: Annotated[tuple[Family, ...], "how each family looks; the first that fits counts"]


@dataclass(frozen=True, kw_only=True)
class GlibcRow:
    """Functions that glibc declares as `noexcept` from a version on."""

    since: Annotated[str, "glibc's version"]
    functions: Annotated[tuple[str, ...], "names"]
    link: Annotated[str, "where the clash is reported"] = ""


@dataclass(frozen=True, kw_only=True)
class DriverFiles:
    """Libraries of the driver."""

    nvml: Annotated[tuple[str, ...], "names of the management library, first that loads counts"]
    cuda: Annotated[tuple[str, ...], "names of the driver library"]
    stubs: Annotated[str, "glob of paths that hold stubs, never the driver itself"]
    files: Annotated[tuple[str, ...], "file names (globs) of the driver library"]
    compat: Annotated[tuple[str, ...], "forward-compatibility libraries below a root"] = ()


@dataclass(frozen=True, kw_only=True)
class PartRow:
    """One piece of a toolkit."""

    name: Annotated[str, "what people call it"]
    kind: Annotated[Kind, "which folders it lies in"]
    files: Annotated[tuple[str, ...], "file names (globs) below such a folder"]
    stem: Annotated[str, "name for the linker (-l), for a library with a version in its name"] = ""
    header: Annotated[str, "header that tells the library's version"] = ""
    start: Annotated[str, "header whose own includes must all be there"] = ""
    macros: Annotated[tuple[str, ...], "macros of the version in the header"] = ()
    call: Annotated[
        Call, "number: int(int*); pair: int(int*, int*); property: int(int which, int*)"
    ] = ""
    symbol: Annotated[str, "function that tells the version"] = ""
    no_driver: Annotated[int, "status with which the function refuses without a driver"] = 0
    toolkit_version: Annotated[
        Literal["no", "same", "at least"], "does its major.minor follow the toolkit's?"
    ] = "no"
    same_as: Annotated[str, "part that must be of the same build"] = ""
    text: Annotated[str, "pattern of its version in its own bytes, as group 1"] = ""
    feeds: Annotated[str, "part that reads what this one writes, so is as new or newer"] = ""
    needed_for: Annotated[str, "what is not possible without it"]
    wheel: Annotated[str, "PyPI distribution that has it, without the major's suffix"] = ""
    extra: Annotated[str, "extra of meta_wheel, where its version is not the toolkit's"] = ""


@dataclass(frozen=True, kw_only=True)
class Anatomy:
    """toolkit.toml: where toolkits lie, and what one consists of."""

    name: Annotated[str, "always `toolkit`"]
    summary: Annotated[str, "one sentence for people"]
    home: Annotated[str, "address of the project"]
    find: Annotated[Find, "where to look"]
    host: Annotated[Host, "host compilers"]
    glibc: Annotated[tuple[GlibcRow, ...], "functions that a glibc declares too"] = ()
    driver: Annotated[DriverFiles, "the driver's libraries"]
    part: Annotated[tuple[PartRow, ...], "pieces, libraries in the order of opening"]


@dataclass(frozen=True, kw_only=True)
class ArchRow:
    """Architectures, for a toolkit that cannot be asked."""

    versions: Annotated[tuple[str, ...], "conditions on the toolkit's version, all must hold"]
    codes: Annotated[tuple[str, ...], "architectures without sm_"]

    def check(self, where: Where) -> None:
        """Refuse a condition that could never be compared."""
        check_conditions(self.versions, where)


@dataclass(frozen=True, kw_only=True)
class PinRow:
    """Versions of the pieces of one release."""

    toolkit: Annotated[str, "release of the toolkit"]
    parts: Annotated[Mapping[str, str], "part -> version"]


@dataclass(frozen=True, kw_only=True)
class Major:
    """One major version of the toolkit."""

    name: Annotated[str, "equal to the file's name"]
    summary: Annotated[str, "one sentence for people"]
    home: Annotated[str, "address of its documents"]
    major: Annotated[int, "the major version"]
    driver: Annotated[str, "oldest driver that runs what it makes"]
    driver_link: Annotated[str, "where that is written"] = ""
    wheel_suffix: Annotated[str, "end of its PyPI distributions' names"] = ""
    not_in_wheels: Annotated[tuple[str, ...], "parts that no PyPI distribution has"] = ()
    sonames: Annotated[Mapping[str, str], "part -> number in its soname"]
    archs: Annotated[tuple[ArchRow, ...], "architectures where no tool can be asked"] = ()
    renamed: Annotated[Mapping[str, str], "architecture of other majors -> its name here"] = field(
        default_factory=dict
    )
    pins: Annotated[tuple[PinRow, ...], "versions of the pieces by release"] = ()

    def pin(self, part: str, release: str) -> str | None:
        """The newest version of a part that a release (major.minor) pins."""
        fitting = [row for row in self.pins if row.toolkit.startswith(f"{release}.")]
        return fitting[-1].parts.get(part) if fitting else None

    def check(self, where: Where) -> None:
        """Refuse a file whose name and number say different things."""
        if self.name != where.file.stem or not self.name.endswith(str(self.major)):
            fix = f"name file and field alike, ending in {self.major}"
            raise where.at("name").fail(f"`{self.name}` differs from the file or the major", fix)
        if not re.fullmatch(r"\d+(\.\d+)*", self.driver):
            raise where.at("driver").fail(f"`{self.driver}` is no version", "write digits and dots")


@dataclass(frozen=True, kw_only=True)
class CudaRecipes:
    """All that is known about toolkits."""

    anatomy: Anatomy
    majors: tuple[Major, ...]

    def major(self, version: str | None) -> Major | None:
        """The rules for a toolkit's version; None when nobody has written them yet."""
        first = (version or "").split(".")[0]
        return next((one for one in self.majors if str(one.major) == first), None)


def load_cuda_recipes(folder: Path) -> CudaRecipes | None:
    """Read `folder/cuda/*.toml`; None when there is no such folder (nothing is looked for then)."""
    root = folder / "cuda"
    if not (root / TOOLKIT).is_file():
        return None
    table, where = read(root / TOOLKIT)
    anatomy = build(Anatomy, table, where)
    files = sorted(path for path in root.glob("*.toml") if path.name != TOOLKIT)
    majors = tuple(build(Major, *read(file)) for file in files)
    return CudaRecipes(anatomy=anatomy, majors=majors)
