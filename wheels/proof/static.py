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
OWN_HANDLER = "linked with an error handler of our own, theirs is for programs alone"
USUAL = ("-lm", "-lpthread", "-ldl")


def is_archive(path: Path) -> bool:
    """Say whether a file is a static archive."""
    with path.open("rb") as stream:
        return stream.read(8) in MAGICS


def linked(
    paths: Sequence[Path], tools: Tools, recipes: Recipes, environ: Mapping[str, str]
) -> tuple[Path, tuple[str, ...]]:
    """One shared library of the routines in these archives, and remarks on it.

    BuildError when it cannot be: objects that were compiled for programs alone.
    """
    hashes = [tools.cache.of(path.resolve()) for path in paths]
    names, handlers = wanted(paths, tools, recipes, environ)
    value = fingerprint_of(tools, [Path(__file__)], hashes, names)
    folder = tools.place / f"archive-{value}"
    library = folder / f"{paths[0].name.partition('.')[0]}-from-archive.so"
    remarks = folder / "remarks.txt"
    if not library.is_file():
        log = Log(tools.folders.logs / f"prove-archive-{value}.log", "link static archives")
        with new_folder(folder) as temporary:
            own = _link(paths, names, handlers, temporary / library.name, tools, log)
            text = f"{OWN_HANDLER}: {', '.join(handlers)}\n" if own else ""
            (temporary / remarks.name).write_text(text, encoding="utf-8")
    return library, tuple(remarks.read_text(encoding="utf-8").splitlines())


def _link(
    paths: Sequence[Path],
    names: Sequence[str],
    handlers: Sequence[str],
    library: Path,
    tools: Tools,
    log: Log,
) -> bool:
    """Link; True when that went only with an error handler of our own in place of theirs."""
    start = [*tools.cxx, "-shared", "-Wl,-Bsymbolic", f"-Wl,-soname,{library.name}"]
    start += ["-o", str(library), *(f"-Wl,-u,{name}" for name in names)]
    rest = ["-Wl,--start-group", *map(str, paths), "-Wl,--end-group"]
    rest += [*_runtimes(tools, library.parent), *USUAL]
    try:
        call([*start, *rest], env=tools.env, log=log, timeout=LINK_TIMEOUT)
        return False
    except (CommandError, CommandTimeoutError):
        log.write("= again, with an error handler of our own")
    source, object_ = library.with_suffix(".c"), library.with_suffix(".o")
    lines = ["#define TEXT_(x) #x", "#define TEXT(x) TEXT_(x)"]
    for number, name in enumerate(handlers):
        label = f'__asm__(TEXT(__USER_LABEL_PREFIX__) "{name}")'
        lines.append(f"void h{number}(void) {label}; void h{number}(void) {{}}")
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    compile_ = [*tools.cxx, "-x", "c", "-fPIC", "-c", str(source), "-o", str(object_)]
    try:
        call(compile_, env=tools.env, log=log, timeout=LINK_TIMEOUT)
        call([*start, str(object_), *rest], env=tools.env, log=log, timeout=LINK_TIMEOUT)
    except (CommandError, CommandTimeoutError) as error:
        raise BuildError(
            f"{', '.join(map(str, paths))} cannot be linked into a library",
            why=first_error(log),
            then=f"build it as a shared library, or with -fPIC (log: {log.path})",
        ) from error
    return True


def wanted(
    paths: Sequence[Path], tools: Tools, recipes: Recipes, environ: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """What a backend calls, as these archives spell it, and the names of their error handlers."""
    header = (tools.folders.root / HEADER).read_text(encoding="utf-8")
    plain = routines(header)
    defined: set[str] = set()
    for path in paths:
        try:
            defined |= read(path).defined
        except BinaryError as error:
            raise NotALibraryError(f"{path} is no archive of a library", why=str(error)) from error
    names: list[str] = []
    handlers = ["cblas_xerbla"]
    for record in look(paths, recipes, environ).libraries:
        if UNKNOWN not in (record.prefix, record.suffix):
            names += [f"{record.prefix}{name}{record.suffix}" for name in plain]
            handlers.append(f"{record.prefix}xerbla{record.suffix}")
        names += record.functions.values()
    return [name for name in dict.fromkeys(names) if name in defined], list(dict.fromkeys(handlers))


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
