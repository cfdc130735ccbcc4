# SPDX-License-Identifier: Apache-2.0
"""Static archives: what a backend calls in them is linked into one shared library first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from blas_probe.binary import read
from blas_probe.errors import BinaryError
from blas_probe.library import UNKNOWN
from blas_probe.recipe import Recipes
from wheels.command import Log, call
from wheels.errors import BuildError, CommandError, CommandTimeoutError, NotALibraryError
from wheels.proof.building import LINK_TIMEOUT, fingerprint_of, first_error
from wheels.proof.routines import HEADER, routines
from wheels.proof.target import look
from wheels.proof.tools import Tools
from wheels.state import new_folder

MAGICS = (b"!<arch>\n", b"!<thin>\n")
# What objects in an archive may ask for; the file itself where the name for the linker is missing.
RUNTIMES = (
    ("-lgfortran", "-l:libgfortran.so.5"), ("-lgomp", "-l:libgomp.so.1"),
    ("-lquadmath", "-l:libquadmath.so.0"),
)  # fmt: skip
USUAL = ("-lm", "-lpthread", "-ldl")


def is_archive(path: Path) -> bool:
    """Say whether a file is a static archive."""
    with path.open("rb") as stream:
        return stream.read(8) in MAGICS


def linked(
    paths: Sequence[Path], tools: Tools, recipes: Recipes, environ: Mapping[str, str]
) -> Path:
    """One shared library of the routines in these archives; BuildError when that cannot be."""
    hashes = [tools.cache.of(path.resolve()) for path in paths]
    folder = tools.place / f"archive-{fingerprint_of(tools, [], hashes)}"
    library = folder / f"{paths[0].name.partition('.')[0]}-from-archive.so"
    if library.is_file():
        return library
    names = wanted(paths, tools, recipes, environ)
    log = Log(tools.folders.logs / "prove-archive.log", "link static archives")
    with new_folder(folder) as temporary:
        start = [*tools.cxx, "-shared", "-Wl,-Bsymbolic", f"-Wl,-soname,{library.name}"]
        start += ["-o", str(temporary / library.name), *(f"-Wl,-u,{name}" for name in names)]
        group = ["-Wl,--start-group", *map(str, paths), "-Wl,--end-group"]
        runtimes = _runtimes(tools, temporary)
        try:
            words = [*start, *group, *runtimes, *USUAL]
            call(words, env=tools.env, log=log, timeout=LINK_TIMEOUT)
        except (CommandError, CommandTimeoutError) as error:
            raise BuildError(
                f"{', '.join(map(str, paths))} cannot be linked into a library",
                why=first_error(log),
                then=f"build it as a shared library, or with -fPIC (log: {log.path})",
            ) from error
    return library


def wanted(
    paths: Sequence[Path], tools: Tools, recipes: Recipes, environ: Mapping[str, str]
) -> list[str]:
    """What a backend calls, as these archives spell it, and how the provider tells of itself."""
    header = (tools.folders.root / HEADER).read_text(encoding="utf-8")
    plain = routines(header)
    defined: set[str] = set()
    for path in paths:
        try:
            defined |= read(path).defined
        except BinaryError as error:
            raise NotALibraryError(f"{path} is no archive of a library", why=str(error)) from error
    names: list[str] = []
    for record in look(paths, recipes, environ).libraries:
        if UNKNOWN not in (record.prefix, record.suffix):
            names += [f"{record.prefix}{name}{record.suffix}" for name in plain]
        names += record.functions.values()
    return [name for name in dict.fromkeys(names) if name in defined]


def _runtimes(tools: Tools, folder: Path) -> list[str]:
    """The run-times that this compiler can link."""
    empty, out = folder / "empty.c", folder / "empty.so"
    empty.write_text("", encoding="utf-8")
    found = []
    for spellings in RUNTIMES:
        for word in spellings:
            argv = [*tools.cxx, "-x", "c", "-shared", str(empty), "-o", str(out), word]
            done = call(argv, env=tools.env, timeout=LINK_TIMEOUT, check=False)
            if done.returncode == 0:
                found.append(word)
                break
    for path in (empty, out):
        path.unlink(missing_ok=True)
    return found
