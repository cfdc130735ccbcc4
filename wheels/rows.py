# SPDX-License-Identifier: Apache-2.0
"""The rows of recipes/{platforms,pythons,toolchains}.toml as frozen dataclasses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Protocol, TypeVar

from blas_probe.binary import Host
from blas_probe.binary.host import SPELLED
from blas_probe.errors import RecipeError
from blas_probe.recipe.schema import Where, build, read
from wheels.errors import RowError, UnknownSelectionError
from wheels.row_words import (
    CONTROL,
    VARIABLE,
    check_places,
    check_variable,
    check_words,
    texts_of,
)
from wheels.select import nearest

ID = re.compile(r"[a-z0-9][a-z0-9_]*\Z")
NUMBERS = re.compile(r"(?:linux_|macosx_|gnu\.|macos\.|\A)(\d+)[._](\d+)(?!\d)")
VERSION = re.compile(r"\d+\.\d+\Z")
MACHINE = re.compile(r"\w+\Z")
ROOT = re.compile(r"[a-z0-9]+\Z")
STABLE = "abi3"
COMMANDS = ("cc", "cxx", "ar", "ranlib", "import_library", "version")
"""What of a toolchain is started."""


class Kind(NamedTuple):
    """How platforms of one kind are called."""

    tag: str
    target: str
    floor: str
    """An example of one; empty where there is none."""


KINDS = {
    "glibc": Kind("manylinux_{floor}_{machine}", "{machine}-linux-gnu.{floor}", "2.28"),
    "musl": Kind("musllinux_{floor}_{machine}", "{machine}-linux-musl", "1.2"),
    "macos": Kind("macosx_{floor}_{machine}", "{machine}-macos.{floor}", "14.0"),
    "windows": Kind("win_{small}", "{machine}-windows-gnu", ""),
}
"""By C library on Linux, elsewhere by system."""
CALLED = {
    "linux": {"amd64": "x86_64", "arm64": "aarch64"},
    "macos": {"amd64": "x86_64", "aarch64": "arm64"},
    "windows": dict.fromkeys(("amd64", "x86_64"), "AMD64")
    | dict.fromkeys(("arm64", "aarch64"), "ARM64"),
}
"""What Python calls a machine there that has another name elsewhere."""
COMPILED = {"i386": "x86", "ppc64": "powerpc64", "ppc64le": "powerpc64le"}
"""What a target calls a machine for which the prober has another word."""


class Row(Protocol):
    """Anything with an id."""

    @property
    def id(self) -> str:
        """Unique among its kind."""


R = TypeVar("R", bound=Row)


@dataclass(frozen=True, kw_only=True)
class Platform:
    """One platform that wheels are made for."""

    id: Annotated[str, "the platform tag that is aimed at, e.g. manylinux_2_28_x86_64"]
    system: Annotated[Literal["linux", "macos", "windows"], "operating system"]
    machine: Annotated[str, "machine as Python's platform.machine() says it"]
    libc: Annotated[Literal["glibc", "musl", "none"], "C library"] = "none"
    libc_floor: Annotated[str, "oldest version of the C library, or of macOS, e.g. 2.28"] = ""
    target: Annotated[str, "the cross compiler's name of it"] = ""
    pip_platforms: Annotated[tuple[str, ...], "pip's names of it, newest first"] = ()
    toolchains: Annotated[tuple[str, ...], "toolchain ids in order of preference"]
    runner: Annotated[str, "label of the hosted CI machine"] = ""
    emulator: Annotated[
        tuple[str, ...], "command that runs its programs elsewhere; {root}: its system's files"
    ] = ()
    environment: Annotated[
        Mapping[str, str], "what the emulator wants to be set; {build}: the build folder"
    ] = field(default_factory=dict)
    packages: Annotated[str, "Debian packages that bring the emulator"] = ""
    root: Annotated[str, "Debian's name of the machine, for a folder with its system's files"] = ""

    @property
    def host(self) -> Host:
        """What a library must be made for to be loaded there, in the prober's words."""
        machine = self.machine.lower()
        system = f"linux-{self.libc}" if self.system == "linux" else self.system
        return Host(system, SPELLED.get(machine, machine))

    @property
    def kind(self) -> Kind:
        """How platforms of its kind are called."""
        return KINDS[self.libc if self.system == "linux" else self.system]

    @property
    def usual_target(self) -> str:
        """What a compiler that knows every system calls it."""
        machine = self.host.machine
        return self.kind.target.format(
            machine=COMPILED.get(machine, machine), floor=self.libc_floor
        )

    def check(self, where: Where) -> None:
        """Refuse an id that could not stand in a cell id, and fields that contradict each other."""
        _check_id(self.id, where)
        self._check_system(where)
        self._check_floors(where)
        self._check_names(where)
        self._check_emulator(where)
        if not self.toolchains:
            raise where.at("toolchains").fail("is empty", "name ids of toolchains.toml")
        if not self.pip_platforms:
            fix = f'write pip_platforms = ["{self.id}"], and older ones after it'
            raise where.at("pip_platforms").fail("is empty", fix)

    def _check_system(self, where: Where) -> None:
        """Refuse a C library or a floor that the system has not, or none where it has one."""
        if (self.system == "linux") == (self.libc == "none"):
            fix = 'write "glibc" or "musl"' if self.system == "linux" else "leave it out"
            raise where.at("libc").fail(f"is `{self.libc}` on {self.system}", fix)
        example = self.kind.floor
        if self.libc_floor and not example:
            raise where.at("libc_floor").fail(f"is given on {self.system}", "leave it out")
        if example and not self.libc_floor:
            fix = f'write the oldest version that it runs on, e.g. "{example}"'
            raise where.at("libc_floor").fail("is missing", fix)
        if self.libc_floor and not VERSION.match(self.libc_floor):
            raise where.at("libc_floor").fail(
                f"`{self.libc_floor}` is no version", f"write e.g. {example}"
            )

    def _check_names(self, where: Where) -> None:
        """Refuse names of another platform than the row's system, machine and floor make."""
        if not MACHINE.match(self.machine):
            raise where.at("machine").fail(f"`{self.machine}` is no machine", "write e.g. x86_64")
        called = CALLED[self.system].get(self.machine.lower(), self.machine)
        if called != self.machine:
            text = f"`{self.machine}` is called {called} on {self.system}"
            raise where.at("machine").fail(text, f'write machine = "{called}"')
        tag = self.kind.tag.format(
            floor=self.libc_floor.replace(".", "_"),
            machine=self.machine,
            small=self.machine.lower(),
        )
        for name, wanted in {"id": tag, "target": self.usual_target}.items():
            told = getattr(self, name)
            if told and told != wanted:
                text = f"`{told}` and system, machine, libc and libc_floor of this row differ"
                raise where.at(name).fail(text, f'write "{wanted}", or correct the others')

    def _check_emulator(self, where: Where) -> None:
        """Refuse words of the emulator, and variables of it, that could not be filled in."""
        if self.root and not ROOT.match(self.root):
            fix = 'write Debian\'s name of the machine, e.g. "arm64"'
            raise where.at("root").fail(f"`{self.root}` is no machine", fix)
        for name in self.environment:
            check_variable(name, where.at("environment", name))
        for key, text in texts_of(self, ("emulator", "environment")):
            check_places(text, ("root", "build"), where.at(*key))
            if "{root}" in text and not self.root:
                raise where.at(*key).fail("{root} without `root`", 'write root = "arm64"')
        check_words(self, ("emulator",), where)

    def _check_floors(self, where: Where) -> None:
        """Refuse an id, a compiler's target or packages that name another floor than the row's."""
        floor = numbers_in(self.libc_floor)
        told = {"id": numbers_in(self.id), "target": numbers_in(self.target)}
        for name, numbers in told.items():
            if floor and numbers and numbers != floor:
                text = f"`{getattr(self, name)}` and libc_floor = `{self.libc_floor}` differ"
                raise where.at(name).fail(text, "let both name the same version")
        for name in self.pip_platforms:
            if floor and (numbers_in(name) or floor) > floor:
                text = f"`{name}` is newer than libc_floor = `{self.libc_floor}`"
                raise where.at("pip_platforms").fail(text, "leave it out, or raise the floor")


def numbers_in(text: str) -> tuple[int, int] | None:
    """The version in `2.28`, `manylinux_2_28_x86_64` or `x86_64-linux-gnu.2.28`; None: none."""
    match = NUMBERS.search(text)
    return (int(match[1]), int(match[2])) if match else None


@dataclass(frozen=True, kw_only=True)
class Python:
    """One Python that cells are made for."""

    id: Annotated[str, "its interpreter tag, e.g. cp312"]
    version: Annotated[str, "major.minor"]
    abi: Annotated[str, "ABI tag of the wheel that is built for it; empty with `wheel`"] = ""
    wheel: Annotated[str, "id of the row whose wheel it runs (stable ABI)"] = ""
    newer: Annotated[bool, "headers of a newer Python serve as well (stable ABI)"] = False

    @property
    def wheel_id(self) -> str:
        """Id of the row whose wheel this Python runs."""
        return self.wheel or self.id

    @property
    def numbers(self) -> tuple[int, int]:
        """The version as numbers."""
        major, minor = self.version.split(".")
        return int(major), int(minor)

    def check(self, where: Where) -> None:
        """Refuse a row that builds no wheel and runs no other's, or names another Python's."""
        _check_id(self.id, where)
        if not VERSION.match(self.version):
            raise where.at("version").fail(f"`{self.version}` is no version", "write e.g. 3.12")
        wanted = f"cp{self.version.replace('.', '')}"
        if self.id != wanted:
            text = f"`{self.version}` and id = `{self.id}` differ"
            raise where.at("version").fail(text, f'write id = "{wanted}", or another version')
        if bool(self.abi) == bool(self.wheel):
            fix = "give `abi` for a row that builds a wheel, or `wheel` for one that runs another's"
            raise where.at("abi").fail("exactly one of abi and wheel is needed", fix)
        if self.abi not in ("", self.id, STABLE):
            text = f"`{self.abi}` is no ABI of {self.id}"
            raise where.at("abi").fail(text, f'write "{self.id}" or "{STABLE}"')


@dataclass(frozen=True, kw_only=True)
class Toolchain:
    """One compiler family."""

    id: Annotated[str, "name, for --toolchain"]
    summary: Annotated[str, "one line for people"] = ""
    package: Annotated[str, "PyPI distribution (and module) that holds it"] = ""
    cc: Annotated[tuple[str, ...], "C compiler and its fixed arguments"]
    cxx: Annotated[tuple[str, ...], "C++ compiler and its fixed arguments"]
    ar: Annotated[tuple[str, ...], "archiver, when not the system's"] = ()
    ranlib: Annotated[tuple[str, ...], "archive indexer, when not the system's"] = ()
    import_library: Annotated[
        tuple[str, ...], "command that makes an import library of a .def file"
    ] = ()
    version: Annotated[tuple[str, ...], "command that prints the version"]
    musl: Annotated[tuple[str, ...], "more arguments where the C library is musl"] = ()
    modules: Annotated[
        Mapping[str, str], "system -> what makes a loadable module there, if not what CMake says"
    ] = field(default_factory=dict)
    link: Annotated[tuple[str, ...], "arguments of every link"] = ()
    reaches_floor: Annotated[bool, "links against the platform's libc_floor"] = False
    crosses: Annotated[bool, "compiles for other machines and systems than its own"] = False
    cache_variable: Annotated[str, "environment variable of its own cache folder"] = ""

    def check(self, where: Where) -> None:
        """Refuse a row without a compiler, or with words that could not be filled in."""
        _check_id(self.id, where)
        for name in ("cc", "cxx", "version"):
            if not getattr(self, name):
                raise where.at(name).fail("is empty", "write the command as a list of words")
        check_words(self, COMMANDS, where)
        for key, text in texts_of(self, COMMANDS):
            check_places(text, ("target", "wheel"), where.at(*key))
            if "{wheel}" in text and not self.package:
                fix = "write the package whose folder it is"
                raise where.at(*key).fail("{wheel} without `package`", fix)
        if self.package and not VARIABLE.match(self.package):
            fix = "write the module that the package installs"
            raise where.at("package").fail(f"`{self.package}` is no module", fix)
        if self.cache_variable:
            check_variable(self.cache_variable, where.at("cache_variable"))


def _check_id(text: str, where: Where) -> None:
    if not ID.match(text):
        fix = "use a-z, 0-9 and underscores (dashes separate the fields of a cell id)"
        raise where.at("id").fail(f"`{text}` is no id", fix)


@dataclass(frozen=True, kw_only=True)
class Rows:
    """All three files."""

    platforms: tuple[Platform, ...]
    pythons: tuple[Python, ...]
    toolchains: tuple[Toolchain, ...]


@dataclass(frozen=True, kw_only=True)
class _Platforms:
    platform: Annotated[tuple[Platform, ...], "at least one [[platform]]"]

    def check(self, where: Where) -> None:
        """Refuse an empty list, and texts that no command line or file name could hold."""
        _check_list(self.platform, where.at("platform"))


@dataclass(frozen=True, kw_only=True)
class _Pythons:
    python: Annotated[tuple[Python, ...], "at least one [[python]]"]

    def check(self, where: Where) -> None:
        """Refuse an empty list, and texts that no command line or file name could hold."""
        _check_list(self.python, where.at("python"))


@dataclass(frozen=True, kw_only=True)
class _Toolchains:
    toolchain: Annotated[tuple[Toolchain, ...], "at least one [[toolchain]]"]

    def check(self, where: Where) -> None:
        """Refuse an empty list, and texts that no command line or file name could hold."""
        _check_list(self.toolchain, where.at("toolchain"))


def load_rows(recipes: Path) -> Rows:
    """Read the three files of folder `recipes`; RowError names file, line, field and the fix."""
    try:
        platforms, at_platforms = _load(_Platforms, recipes / "platforms.toml")
        pythons, at_pythons = _load(_Pythons, recipes / "pythons.toml")
        toolchains, at_toolchains = _load(_Toolchains, recipes / "toolchains.toml")
        _unique(platforms.platform, at_platforms, "platform")
        _unique(pythons.python, at_pythons, "python")
        _unique(toolchains.toolchain, at_toolchains, "toolchain")
        _known_toolchains(platforms.platform, toolchains.toolchain, at_platforms)
        _known_targets(platforms.platform, toolchains.toolchain, at_platforms)
        _known_wheels(pythons.python, at_pythons)
    except RecipeError as error:
        raise RowError(str(error), then="correct the line, then: python -m wheels plan") from error
    return Rows(
        platforms=platforms.platform, pythons=pythons.python, toolchains=toolchains.toolchain
    )


T = TypeVar("T")


def _load(kind: type[T], path: Path) -> tuple[T, Where]:
    table, where = read(path)
    return build(kind, table, where), where


def _check_list(rows: Sequence[Row], where: Where) -> None:
    if not rows:
        raise where.fail("is empty", f"write at least one [[{where.key[-1]}]]")
    for index, row in enumerate(rows):
        for key, text in texts_of(row):
            if CONTROL.search(text):
                raise where.at(index, *key).fail("holds a control character", "remove it")


def _unique(rows: Sequence[Row], where: Where, kind: str) -> None:
    seen: set[str] = set()
    for index, row in enumerate(rows):
        if row.id in seen:
            raise where.at(kind, index, "id").fail(f"`{row.id}` is there twice", "remove one row")
        seen.add(row.id)


def _known_toolchains(
    platforms: Sequence[Platform], toolchains: Sequence[Toolchain], where: Where
) -> None:
    known = [row.id for row in toolchains]
    for index, row in enumerate(platforms):
        for place, name in enumerate(row.toolchains):
            if name not in known:
                at = where.at("platform", index, "toolchains", place)
                raise at.fail(f"no toolchain `{name}`", f"known: {', '.join(known)}")


def _known_targets(
    platforms: Sequence[Platform], toolchains: Sequence[Toolchain], where: Where
) -> None:
    asking = [row.id for row in toolchains if any("{target}" in word for word in row.cc + row.cxx)]
    for index, row in enumerate(platforms):
        users = [name for name in row.toolchains if name in asking]
        if users and not row.target:
            at, fix = where.at("platform", index, "target"), f'write target = "{row.usual_target}"'
            raise at.fail(f"is missing, and toolchain {users[0]} asks for it", fix)


def _known_wheels(pythons: Sequence[Python], where: Where) -> None:
    builders = {row.id: row for row in pythons if row.abi}
    for index, row in enumerate(pythons):
        if row.wheel and row.wheel not in builders:
            at = where.at("python", index, "wheel")
            raise at.fail(f"no wheel is built for `{row.wheel}`", f"known: {', '.join(builders)}")
        if row.wheel and not _runs(row, builders[row.wheel]):
            at, fix = where.at("python", index, "wheel"), f'name an older row with abi = "{STABLE}"'
            raise at.fail(f"{row.id} cannot run the wheel of `{row.wheel}`", fix)


def _runs(row: Python, builder: Python) -> bool:
    return builder.abi == STABLE and builder.numbers <= row.numbers


def by_id(rows: Sequence[R], name: str, kind: str) -> R:
    """Return the row called `name`, or say which ones there are."""
    for row in rows:
        if row.id == name:
            return row
    known = [row.id for row in rows]
    raise UnknownSelectionError(
        f"no {kind} is called `{name}`{nearest(name, known)}",
        why=f"recipes/{kind}s.toml knows {', '.join(known)}",
        then="python -m wheels plan",
    )
