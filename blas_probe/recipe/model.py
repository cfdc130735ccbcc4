# SPDX-License-Identifier: Apache-2.0
"""What a recipe file may say: the schema as frozen dataclasses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Literal

from blas_probe.errors import UnknownVariant
from blas_probe.recipe.cuda import CudaRecipes
from blas_probe.recipe.known_bad import KnownBad, check_conditions
from blas_probe.recipe.runtime import Runtime
from blas_probe.recipe.schema import Where
from blas_probe.recipe.speed import SpeedRules
from blas_probe.record import dataclass

Style = Literal["text", "buffer", "prints", "int", "three_ints", "flags", "loaded", "lapack"]
NAME = re.compile(r"[a-z][a-z0-9-]*\Z")
PC_NAME = re.compile(r"[\w.+-]+\Z")
SHORTEST_MARK = 6


@dataclass(frozen=True, kw_only=True)
class Query:
    """A function of the library that tells its version, core or thread layer."""

    style: Annotated[Style, "how it answers: see below"]
    symbol: Annotated[str, "function to call, without prefix and suffix"] = ""
    argument: Annotated[str, "function whose int result, or whole number, is the argument"] = ""
    pattern: Annotated[str, "regular expression; group 1 of its match is the answer"] = ""
    packed: Annotated[
        tuple[int, ...], "a whole number holds the version: [10000, 100] means a*10000 + b*100 + c"
    ] = ()
    names: Annotated[Mapping[str, str], "answer -> name; for flags: function -> name"] = field(
        default_factory=dict
    )
    otherwise: Annotated[str, "the name when no entry of names fits"] = ""
    byte_pattern: Annotated[
        str, "regular expression on the file's bytes, for files that hide the symbol"
    ] = ""
    bytes: Annotated[
        Mapping[str, str], "text in the file -> answer, for such files; the first hit counts"
    ] = field(default_factory=dict)
    release: Annotated[
        int, "numbers in the version of a release; what has more, or `dev`, is a snapshot after it"
    ] = 0
    file_version: Annotated[
        bool, "true: the version in the header of a Windows or macOS file is the provider's"
    ] = False

    def check(self, where: Where) -> None:
        """Refuse a query that could never answer."""
        if self.style not in ("flags", "loaded", "lapack") and not self.symbol:
            fix = f"add `symbol`, which style `{self.style}` calls"
            raise where.at("symbol").fail("is missing", fix)
        for name in ("pattern", "byte_pattern"):
            text = getattr(self, name)
            try:
                groups = re.compile(text).groups
            except re.error as error:
                raise where.at(name).fail(
                    f"is no regular expression: {error}", "correct it"
                ) from error
            if text and groups != 1:
                raise where.at(name).fail(
                    f"has {groups} groups", "put (...) around the answer once"
                )


@dataclass(frozen=True, kw_only=True)
class First:
    """A call that a backend makes before all others, so that the environment changes nothing."""

    symbol: Annotated[str, "function int(int), without affixes"]
    argument: Annotated[int, "its argument"] = 0


@dataclass(frozen=True, kw_only=True)
class Opens:
    """What a library opens when it runs, so that nothing in the file asks for it."""

    layer: Annotated[str, "thread layer, as threads.layer.names calls it"]
    by: Annotated[tuple[str, ...], "file name globs of the libraries that open it"]
    files: Annotated[
        tuple[str, ...], "files: a glob is looked for beside the library, a name by the loader too"
    ]
    choose: Annotated[str, "NAME=VALUE of the environment that chooses it; empty: none does"] = ""
    usual: Annotated[bool, "true for the layer that is taken when nothing is set"] = False
    note: Annotated[str, "what else decides on this layer, in one clause, for the warning"] = ""

    def check(self, where: Where) -> None:
        """Refuse a choice that no environment can make."""
        if self.choose and not all(self.choose.partition("=")):
            raise where.at("choose").fail(f"got `{self.choose}`", "write `NAME=VALUE`")


@dataclass(frozen=True, kw_only=True)
class Threads:
    """The thread layer, and the functions that set and get the number of threads."""

    set: Annotated[str, "function void(int), without affixes"] = ""
    get: Annotated[str, "function int(void), without affixes"] = ""
    layer: Annotated[Query | None, "how the library tells its thread layer"] = None
    most: Annotated[Query | None, "how it tells the most threads that this build can use"] = None
    env: Annotated[
        tuple[str, ...], "variables that set the number of threads, the strongest first"
    ] = ()
    opens: Annotated[tuple[Opens, ...], "layers that are opened while it runs"] = ()


@dataclass(frozen=True, kw_only=True)
class Kernels:
    """How a user forces the library to another kernel than the one for this CPU."""

    env: Annotated[str, "variable that names the kernel"]
    names: Annotated[
        tuple[str, ...], "its values, for every CPU; those that a machine refuses are passed over"
    ]


@dataclass(frozen=True, kw_only=True)
class Stub:
    """A library that is part of the system: elsewhere the linker gets a list of its names."""

    install_name: Annotated[str, "path that whatever is linked with it asks for"]
    current_version: Annotated[str, "version that the system's own stub names"] = "1"
    compatibility_version: Annotated[str, "oldest version that serves as well"] = "1"

    def check(self, where: Where) -> None:
        """Refuse what no loader would find."""
        if not self.install_name.startswith("/"):
            fix = "write the full path, e.g. /usr/lib/libx.dylib"
            raise where.at("install_name").fail(f"`{self.install_name}` is no full path", fix)


@dataclass(frozen=True, kw_only=True)
class Inferred:
    """What the maker documents, for files that cannot be called here and hide it in their code."""

    int_bits: Annotated[Mapping[str, str], "suffix -> width of BLAS integers"] = field(
        default_factory=dict
    )
    complex_return: Annotated[str, "normal, argument or fnda"] = ""
    f2c: Annotated[str, "plain or f2c"] = ""
    thread_layer: Annotated[
        str, "thread layer when nothing is set; `unknown`: that of what it opens"
    ] = ""
    width: Annotated[str, "function that does nothing but return the width of BLAS integers"] = ""

    def check(self, where: Where) -> None:
        """Refuse words that no measurement would give."""
        for suffix, width in self.int_bits.items():
            if width not in ("32", "64"):
                raise where.at("int_bits", suffix).fail(f"got `{width}`", 'write "32" or "64"')
        if self.complex_return not in ("", "normal", "argument", "fnda"):
            fix = "write normal, argument or fnda"
            raise where.at("complex_return").fail(f"got `{self.complex_return}`", fix)
        if self.f2c not in ("", "plain", "f2c"):
            raise where.at("f2c").fail(f"got `{self.f2c}`", "write plain or f2c")


@dataclass(frozen=True, kw_only=True)
class Find:
    """Where to look. A name only leads to a candidate; it never proves anything."""

    files: Annotated[tuple[str, ...], "file name globs of libraries"]
    dirs: Annotated[
        tuple[str, ...], "folders (globs, ~ allowed; {triplet} stands for the machine's)"
    ] = ()
    env: Annotated[
        tuple[str, ...],
        "environment variables that hold the provider's root folder; NAME/folder: it lies below",
    ] = ()
    subdirs: Annotated[tuple[str, ...], "folders below such a root"] = ("", "lib", "lib64")
    pkg_config: Annotated[tuple[str, ...], "names (globs) of .pc files"] = ()
    cmake: Annotated[tuple[str, ...], "names (globs, any case) of CMake package configs"] = ()
    packages: Annotated[
        tuple[str, ...],
        "names (globs, any case) in package stores and environment modules; name/folder (a glob): "
        "the root lies below the package",
    ] = ()
    wheels: Annotated[tuple[str, ...], "PyPI distributions that carry the library"] = ()
    siblings: Annotated[
        tuple[str, ...],
        "files (globs, same folder) loaded before a part that does not load alone, in this order",
    ] = ()
    changed_by: Annotated[
        tuple[str, ...],
        "environment variables that change what the library does (removed while probing)",
    ] = ()

    @property
    def variables(self) -> tuple[str, ...]:
        """The names alone of the environment variables that lead to a root."""
        return tuple(text.partition("/")[0] for text in self.env)

    @property
    def package_names(self) -> tuple[str, ...]:
        """The names alone of the packages."""
        return tuple(text.partition("/")[0] for text in self.packages)


@dataclass(frozen=True, kw_only=True)
class Select:
    """Facts that a found library must have."""

    int_bits: Annotated[Literal[32, 64], "width of BLAS integers"] = 32
    thread_layer: Annotated[tuple[str, ...], "allowed thread layers, best first; empty: any"] = ()
    source: Annotated[tuple[str, ...], "allowed sources (globs), best first; empty: any"] = ()


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One thing that can be shipped as a backend."""

    id: Annotated[str, "name of the backend, unique over all recipes"]
    provider: Annotated[str, "filled in: the recipe's name"] = ""
    default: Annotated[bool, "true for the backend inside the main wheel"] = False
    platforms: Annotated[tuple[str, ...], "platform ids (globs); empty: the recipe's"] = ()
    select: Annotated[Select, "facts that the library must have"] = field(default_factory=Select)
    lapack: Annotated[str, "provider whose LAPACK library is linked when the BLAS has none"] = ""
    wheel: Annotated[str, "PyPI requirement that supplies the library, pinned"] = ""
    runtime: Annotated[
        Literal["bundle", "depend", "system"],
        "bundle: copied into the wheel; depend: another distribution brings it; "
        "system: a part of the operating system",
    ] = "bundle"
    requires: Annotated[tuple[str, ...], "run-time requirements of the wheel (depend)"] = ()
    rpath: Annotated[
        tuple[str, ...],
        "folder of that requirement's library, seen from site-packages (on Windows the "
        "requirement's own list of files tells it)",
    ] = ()
    speed_class: Annotated[Literal["good", "generic", "reference"], "what speed to expect"] = "good"
    floor: Annotated[float, "smallest accepted share of the FMA peak (0 to 1)"] = 0.4

    def check(self, where: Where) -> None:
        """Refuse values that contradict each other."""
        if not NAME.match(self.id):
            raise where.at("id").fail(f"`{self.id}` is no id", "use a-z, 0-9 and dashes")
        if self.provider:
            raise where.at("provider").fail("is filled in by the loader", "remove the line")
        if not 0 < self.floor < 1:
            raise where.at("floor").fail(f"got {self.floor}", "write a share between 0 and 1")
        if self.runtime == "depend" and not self.requires:
            raise where.at("requires").fail("is missing", "name the distribution depended on")
        if self.wheel and not re.search(r"==\d", self.wheel):
            raise where.at("wheel").fail(f"`{self.wheel}` is not pinned", "write `name==version`")


@dataclass(frozen=True, kw_only=True)
class Headers:
    """The C headers of the provider."""

    cblas: Annotated[
        tuple[str, ...], "names of the header of its C BLAS, below an include folder"
    ] = ("cblas.h",)
    lapacke: Annotated[tuple[str, ...], "names of the header of its C LAPACK"] = ("lapacke.h",)
    dirs: Annotated[
        tuple[str, ...], "include folders (globs; {triplet} stands for the machine's)"
    ] = ()
    marks: Annotated[tuple[str, ...], "texts that only its own headers have"] = ()
    wide: Annotated[tuple[str, ...], "macros that make its integers 64 bits wide"] = ()
    wide_when: Annotated[str, "macro in version_file that says they are, in that build"] = ""
    version_file: Annotated[str, "file beside the header that tells the version"] = ""
    version: Annotated[str, "regular expression; group 1 of its match is the version"] = ""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A name under which build tools ask pkg-config for this provider."""

    name: Annotated[str, "name of the .pc file that build tools ask for"]
    prefix: Annotated[str, "prefix of the libraries that they expect behind it"] = ""
    int_bits: Annotated[tuple[Literal[32, 64], ...], "their widths, best first"] = (32,)
    thread_layer: Annotated[tuple[str, ...], "their thread layers; empty: any"] = ()

    def check(self, where: Where) -> None:
        """Refuse what could be no file's name."""
        if not PC_NAME.match(self.name):
            raise where.at("name").fail(f"`{self.name}` is no name", "use letters, digits and -")


@dataclass(frozen=True, kw_only=True)
class Expect:
    """A known defect: the check reports it, and fails on the day it is cured."""

    case: Annotated[str, "glob over check cases"]
    versions: Annotated[
        tuple[str, ...], "conditions on the library's version (<0.3.26), all of which must hold"
    ] = ()
    cores: Annotated[tuple[str, ...], "kernels (globs) that have it; empty: all"] = ()
    thread_layers: Annotated[tuple[str, ...], "thread layers (globs) that have it; empty: all"] = ()
    emulators: Annotated[
        tuple[str, ...],
        "emulators (globs, as trivet-check names them) under which it shows, be it theirs or the"
        " library's; empty: everywhere",
    ] = ()
    outcome: Annotated[
        Literal["fail", "may fail", "slow", "crash"],
        "what happens today; `may fail` where it depends on more than can be said here",
    ]
    reason: Annotated[str, "why, in one sentence"]
    link: Annotated[str, "where it is reported"] = ""
    one_caller: Annotated[
        bool,
        "true where it comes of several threads calling at once: backends let in one at a time",
    ] = False
    unavoidable: Annotated[
        bool, "true while no release is without it: told, but no reason to choose another library"
    ] = False

    def check(self, where: Where) -> None:
        """Refuse a condition that could never be compared."""
        check_conditions(self.versions, where)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One provider of BLAS and LAPACK."""

    name: Annotated[str, "provider, equal to the file's name"]
    summary: Annotated[str, "one sentence for people"]
    home: Annotated[str, "address of the project"]
    provides: Annotated[
        tuple[Literal["blas", "cblas", "lapack", "lapacke"], ...], "interfaces that it has"
    ]
    platforms: Annotated[tuple[str, ...], "platform ids (globs) where it exists"]
    refines: Annotated[
        tuple[str, ...], "providers whose marks it carries too, being made from them"
    ] = ()
    fallback: Annotated[bool, "true: its marks count only when no other provider's do"] = False
    marks: Annotated[tuple[str, ...], "parts of names of symbols that the file itself defines"] = ()
    import_marks: Annotated[
        tuple[str, ...], "parts of names of symbols that the file takes from others"
    ] = ()
    byte_marks: Annotated[tuple[str, ...], "texts inside the file"] = ()
    prefixes: Annotated[tuple[str, ...], "texts before `dgemm`, in the order tried"] = ("",)
    suffixes: Annotated[tuple[str, ...], "texts after `dgemm`, the Fortran underscore included"] = (
        "_",
    )
    int_bits: Annotated[tuple[Literal[32, 64], ...], "widths that it is built with"] = (32,)
    install: Annotated[
        Mapping[str, str], "package manager -> its package, for programs of the system"
    ] = field(default_factory=dict)
    find: Annotated[Find, "where to look"]
    version: Annotated[Query | None, "how it tells its version"] = None
    core: Annotated[Query | None, "how it tells the kernel chosen for this CPU"] = None
    first: Annotated[First | None, "a call to make before all others"] = None
    kernels: Annotated[Kernels | None, "how another kernel is forced"] = None
    threads: Annotated[Threads, "thread layer and thread count"] = field(default_factory=Threads)
    headers: Annotated[Headers, "its C headers"] = field(default_factory=Headers)
    asked: Annotated[tuple[Asked, ...], "names that build tools ask pkg-config for"] = ()
    inferred: Annotated[Inferred, "for files that cannot be called here"] = field(
        default_factory=Inferred
    )
    stub: Annotated[Stub | None, "how it is linked on a system that lacks it"] = None
    variant: Annotated[tuple[Variant, ...], "what can be shipped"] = ()
    expect: Annotated[tuple[Expect, ...], "known defects"] = ()
    known_bad: Annotated[tuple[KnownBad, ...], "read from known_bad/<name>.toml"] = ()

    def check(self, where: Where) -> None:
        """Refuse a recipe that could never recognise its provider."""
        if self.name != where.file.stem:
            raise where.at("name").fail(
                f"`{self.name}` differs from the file's name", f"write `{where.file.stem}`"
            )
        if not self.marks + self.import_marks + self.byte_marks:
            raise where.at("marks").fail("no mark at all", "add marks, import_marks or byte_marks")
        for kind in ("marks", "import_marks", "byte_marks"):
            for index, mark in enumerate(getattr(self, kind)):
                if len(mark) < SHORTEST_MARK:
                    raise where.at(kind, index).fail(
                        f"`{mark}` is too short to mean anything",
                        f"use at least {SHORTEST_MARK} characters",
                    )


@dataclass(frozen=True, kw_only=True)
class Recipes:
    """All providers, sorted by name."""

    providers: tuple[Recipe, ...]
    runtimes: tuple[Runtime, ...] = ()
    """OpenMP and TBB run-times, in the order of trying."""
    speed: SpeedRules = field(default_factory=SpeedRules)
    """How speed is measured and called."""
    cuda: CudaRecipes | None = None
    """What is known about CUDA toolkits; None: none are looked for."""

    @property
    def variants(self) -> tuple[Variant, ...]:
        """Every variant of every provider."""
        return tuple(variant for recipe in self.providers for variant in recipe.variant)

    @property
    def openmp_calls(self) -> frozenset[str]:
        """Names that whatever was compiled for OpenMP asks for."""
        openmp = [runtime for runtime in self.runtimes if runtime.api == "openmp"]
        return frozenset(call for runtime in openmp for call in runtime.calls)

    def provider(self, name: str) -> Recipe:
        """The recipe called `name`; UnknownVariant lists the known ones."""
        for recipe in self.providers:
            if recipe.name == name:
                return recipe
        msg = f"no provider `{name}`; known: {', '.join(r.name for r in self.providers)}"
        raise UnknownVariant(msg)
