# SPDX-License-Identifier: Apache-2.0
"""The child: read one file, open it, call it, and report each finding as it is made.

Everything is told through one pipe as lines of JSON, before and after each dangerous step, so
that a crash loses nothing but the step itself. Knows no provider: the questions come in.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from blas_probe.binary import Binary, Host, affix, cannot_run, marks, read, strings
from blas_probe.binary.compilers import compilers
from blas_probe.binary.fortran import fortran_runtime
from blas_probe.call import abi, answers
from blas_probe.call.depends import behind, tried
from blas_probe.call.opening import open_library, open_with_companions
from blas_probe.call.pipe import Pipe, serve
from blas_probe.errors import BinaryError
from blas_probe.look import exists, first_bytes, is_file

# What systems and C libraries call it; the names of run-times come in with the request.
STARTS_THREADS = frozenset({"pthread_create", "thrd_create", "CreateThread", "_beginthreadex"})
C_INTERFACE = re.compile(r"cblas_dgemm|LAPACKE_dgesv")
MOST_BYTES = 1 << 29


def main(number: int) -> None:
    """Read the request from standard input, tell the findings to descriptor `number`."""
    serve(number, lambda request, pipe: examine(Path(request["path"]), request, pipe))


def examine(path: Path, request: dict[str, Any], pipe: Pipe) -> None:
    """Tell all that can be learnt about the library at `path`."""
    pipe.tell(depends=[str(path)])
    try:
        binary = read(path, prefer=request["machine"])
    except BinaryError as error:
        cached = _from_loader(path, request, pipe)
        if cached is None:
            pipe.tell(file_problem=str(error))
            return
        binary = cached
    data = _bytes(path) if is_file(path) else b""
    affixes = affix.find_affixes(
        binary.defined, prefixes=request["prefixes"], suffixes=request["suffixes"]
    )
    pipe.tell(binary=_told(binary), affixes=affixes)
    pipe.tell(complete=_complete(binary, affixes), threads=_thread_imports(binary, request))
    pipe.tell(fortran_runtime=fortran_runtime(binary.needed, binary.imported, data))
    hits = marks.all_hits(
        request["marks"], defined=binary.defined, imported=binary.imported, data=data
    )
    pipe.tell(marks=hits, compilers=compilers(data))
    pipe.tell(carries=_carries(binary, data, request["runtimes"]))
    pipe.tell(functions=_functions(binary, affixes, request["functions"]))
    foreign = cannot_run(binary, Host(request["platform"], request["machine"]))
    if foreign is not None:
        pipe.tell(foreign=foreign)
        _infer(path, binary, affixes, data, request, hits, pipe)
        return
    if binary.format == "archive":
        parts = [glob for name in hits for glob in request["siblings"].get(name, ())]
        beside = {one for folder in path.parents[:2] for glob in parts for one in folder.glob(glob)}
        archives = sorted(str(one) for one in beside if one.suffix == ".a" and one != path)
        pipe.tell(link=sorted(_asked(binary, affixes, request)), link_with=archives)
        _infer(path, binary, affixes, data, request, hits, pipe)
        return
    if not affixes and not any(C_INTERFACE.search(name) for name in binary.defined):
        return  # nothing to call: it is not opened
    pipe.tell(bytes=strings.answers(data, _hidden(binary, affixes, request, hits)))
    before = answers.loaded_files()
    first = _put_before(binary, affixes)
    pipe.tell(answered_by=first)
    pipe.step("being opened")
    pipe.tell(depends=None)
    library = _opened(path, binary, hits, request, pipe)
    if library is None:
        _infer(path, binary, affixes, data, request, hits, pipe)
    else:
        _call(library, binary, affixes, {**request, "before": before, "first": first}, pipe)


def _from_loader(path: Path, request: dict[str, Any], pipe: Pipe) -> Binary | None:
    """A library that the loader knows without a file (macOS); None where there is no such thing."""
    if request["platform"] != "macos" or exists(path):
        return None
    from blas_probe.binary.cached import from_loader

    pipe.step("being opened")
    try:
        return from_loader(ctypes.CDLL(str(path)), request, str(path))
    except OSError:
        return None


def _opened(
    path: Path, binary: Binary, hits: Iterable[str], request: dict[str, Any], pipe: Pipe
) -> Any | None:
    """The open library; one that does not load alone is opened as far as it goes."""
    # A user's program has no such isolation: there, what comes first answers.
    alone = 0 if request.get("user") else getattr(os, "RTLD_DEEPBIND", 0)
    mode = os.RTLD_LAZY if request.get("lazy") else os.RTLD_NOW
    mode |= os.RTLD_LOCAL | alone
    try:
        return open_library(path, mode)
    except OSError as error:
        pipe.tell(load_error=str(error))
    library, companions = open_with_companions(path, mode)
    if library is not None:
        pipe.tell(companions=companions)
        return library
    globs = [glob for name in hits for glob in request["siblings"].get(name, ())]
    found = [one for glob in globs for one in sorted(path.parent.glob(glob))]
    siblings = [one for one in found if one.resolve() != path]
    for one in siblings:
        with contextlib.suppress(OSError):
            open_library(one, os.RTLD_LAZY | os.RTLD_GLOBAL)
    try:
        library = open_library(path, os.RTLD_LAZY)
    except OSError:
        return None
    pipe.tell(siblings=[one.name for one in siblings])
    return library


def _asked(
    binary: Binary, affixes: Sequence[affix.Affix], request: dict[str, Any]
) -> frozenset[str]:
    """Those functions of an archive that calls would ask."""
    names = {one.spell(routine) for one in affixes for routine in abi.ROUTINES}
    names |= {one.spell(r) for one in affixes for r in (*affix.BLAS_ANCHORS, *affix.LAPACK_ANCHORS)}
    for one in affixes or [affix.PLAIN]:
        for tail in affix.c_suffixes(one):
            names |= {one.prefix + name + tail for name in abi.C_ROUTINES}
    for question in request["questions"].values():
        for symbol in filter(None, (question["symbol"], question["argument"], *question["names"])):
            names |= set(affix.c_names(symbol, affixes))
    return binary.defined & names


def _infer(
    path: Path,
    binary: Binary,
    affixes: list[affix.Affix],
    data: bytes,
    request: dict[str, Any],
    hits: dict[str, list[str]],
    pipe: Pipe,
) -> None:
    """Read from the file, and from those beside it, what calls would have told."""
    from blas_probe.binary import inferred, siblings

    mine = {key: one for key, one in request["questions"].items() if key.split(".")[0] in hits}
    texts = {key: one for key, one in request["bytes"].items() if key in mine}
    found = inferred.Told(answers={}, texts={})
    beside = list(siblings.siblings(path, binary))
    pipe.tell(depends=sorted({*tried(path), *map(str, beside)}))
    for file in beside:
        with contextlib.suppress(BinaryError, OSError):
            other, content = read(file, prefer=binary.machine), _bytes(file)
            known = marks.all_hits(
                request["marks"], defined=other.defined, imported=other.imported, data=content
            )
            _tell_neighbour(file, _thread_imports(other, request), known, pipe)
            if hits.keys() & known.keys():
                found |= inferred.told(content, other, affixes, mine, texts)
    found |= inferred.told(data, binary, affixes, mine, texts)
    hints = inferred.documented(request["hints"], hits, binary, affixes)
    pipe.tell(inferred=hints, bytes=found.texts, answer=found.answers)
    spelled = affixes or affix.of_c_interface(binary.defined)
    pipe.tell(measured=inferred.infer(data, binary, spelled, hints))


def _tell_neighbour(file: Path, threads: list[str], hits: dict[str, list[str]], pipe: Pipe) -> None:
    pipe.tell(neighbour={str(file): {"marks": list(hits), "threads": threads}})


def _call(
    library: Any, binary: Binary, affixes: list[affix.Affix], request: dict[str, Any], pipe: Pipe
) -> None:
    measured = []
    for one in affixes or affix.of_c_interface(binary.defined):
        facts = abi.measure(library, one, binary.defined, machine=binary.machine, say=pipe.step)
        measured.append(facts)
    pipe.tell(measured=measured)
    for key, question in request["questions"].items():
        pipe.step(f"asking {question['symbol'] or question['style']}")
        answer = answers.ask(library, question, affixes or [affix.PLAIN], request["before"])
        if answer is not None:
            pipe.tell(answer={key: answer})
    new = [str(path) for path in answers.loaded_files() if path not in request["before"]]
    pipe.tell(loaded=new)
    pipe.tell(threads_now=_threads_now(library, binary, affixes, request, pipe))
    pipe.step("looking at what it is linked to")
    _neighbours(library, binary, affixes, request, pipe)
    pipe.tell(depends=behind(Path(request["path"]), binary.rpaths, request["before"]))
    pipe.tell(last=True)
    measured = [abi.last_resort(library, one, binary.defined, say=pipe.step) for one in measured]
    pipe.tell(measured=measured)


def _threads_now(
    library: Any, binary: Binary, affixes: list[affix.Affix], request: dict[str, Any], pipe: Pipe
) -> int | None:
    """How many threads the library would use, by its own word."""
    for key, name in _functions(binary, affixes, request["functions"]).items():
        if key.endswith(".get_threads"):
            pipe.step(f"asking {name}")
            function = abi.lookup(library, name)
            return None if function is None else answers.whole_number(function)
    return None


def _put_before(binary: Binary, affixes: list[affix.Affix]) -> str | None:
    """The file, put before all others in this process, that would answer in the library's place."""
    for one in affixes[:1]:
        for routine in ("dgemm", "dpotrf"):
            name = one.spell(routine)
            function = abi.lookup(ctypes.CDLL(None), name)
            if function is not None and name in binary.defined | binary.imported:
                return answers.file_of(function)
    return None


def _neighbours(
    library: Any, binary: Binary, affixes: list[affix.Affix], request: dict[str, Any], pipe: Pipe
) -> None:
    """The file whose dgemm answers here, and marks and threads of the files needed."""
    name = _asked_of_others(binary, affixes)
    own = None if name is None else abi.lookup(library, name)
    blas_file = request["first"] or (answers.file_of(own) if own is not None else None)
    if name is not None and blas_file is not None:
        _tell_blas(Path(blas_file), binary, request, pipe)
        isamax = abi.lookup(library, name.replace("dgemm", "isamax").replace("DGEMM", "ISAMAX"))
        if isamax is not None and "dgesv" not in name:
            pipe.step("calling isamax of the BLAS that it is linked to")
            pipe.tell(blas_int_bits=abi.by_isamax(isamax)["int_bits"])
    for file in _loaded(binary.needed):
        try:
            other = read(file)
        except BinaryError:
            continue
        hits = marks.all_hits(request["marks"], defined=other.defined, imported=other.imported)
        pipe.tell(neighbour={str(file): {
            "marks": list(hits),
            "threads": _thread_imports(other, request),
        }})  # fmt: skip


def _asked_of_others(binary: Binary, affixes: list[affix.Affix]) -> str | None:
    """The name under which a file without BLAS of its own asks for one, or for a LAPACK."""
    for one in affixes[:1]:
        name = one.spell("dgemm")
        return None if name in binary.defined else name
    tails = (*affix.USUAL_SUFFIXES, "")
    spelled = [routine + tail for routine in ("dgemm", "dgesv") for tail in tails]
    return next((name for name in spelled if name in binary.imported), None)


def _tell_blas(path: Path, binary: Binary, request: dict[str, Any], pipe: Pipe) -> None:
    """The file that answers for a LAPACK without a BLAS of its own, and whose marks it has."""
    pipe.tell(blas_file=str(path), blas_soname=None)
    try:
        blas = read(path)
    except BinaryError:
        return
    pipe.tell(blas_soname=blas.soname if blas.soname in binary.needed else None)
    pipe.tell(
        blas_marks=marks.all_hits(
            request["marks"], defined=blas.defined, imported=blas.imported, data=_bytes(path)
        )
    )


def _loaded(needed: Iterable[str]) -> list[Path]:
    """The files in this process whose name begins like one of `needed`."""
    wanted = {name.split(".so")[0] for name in needed}
    return [path for path in answers.loaded_files() if path.name.split(".so")[0] in wanted]


def _told(binary: Binary) -> dict[str, Any]:
    return {
        "format": binary.format, "platform": binary.platform, "machine": binary.machine,
        "machines": binary.machines, "bits": binary.bits, "soname": binary.soname,
        "needed": binary.needed, "rpaths": binary.rpaths, "build_id": binary.build_id,
        "floor": binary.floor, "version": binary.version,
    }  # fmt: skip


def _complete(binary: Binary, affixes: list[affix.Affix]) -> dict[str, Any]:
    """Which interfaces the file itself defines, whole or in part, under its first affix."""
    first = affixes[0] if affixes else affix.PLAIN
    part = affix.has_all(affix.LAPACK_ANCHORS[:2], first, binary.defined)
    lacking = affix.lacking(affix.COMPLETE_BLAS, first, binary.defined)
    return {
        "blas": affix.has_all(affix.COMPLETE_BLAS, first, binary.defined),
        "lapack": affix.has_all(affix.COMPLETE_LAPACK, first, binary.defined),
        "part_of_lapack": part,
        "missing": affix.lacking(affix.COMPLETENESS, first, binary.defined) if part else [],
        "part_of_blas": len(lacking) < len(affix.COMPLETE_BLAS),
        "missing_blas": lacking if len(lacking) < len(affix.COMPLETE_BLAS) else [],
        "cblas": any("cblas_dgemm" in name for name in binary.defined),
        "lapacke": any("LAPACKE_dgesv" in name for name in binary.defined),
    }


def _carries(binary: Binary, data: bytes, runtimes: dict[str, Any]) -> list[str]:
    """Run-times for threads of which the file shows a copy of its own."""
    return [
        name
        for name, (names, texts) in runtimes.items()
        if binary.defined.issuperset(names) and all(text.encode() in data for text in texts)
    ]


def _thread_imports(binary: Binary, request: dict[str, Any]) -> list[str]:
    return sorted(binary.imported.intersection(STARTS_THREADS.union(request["thread_calls"])))


def _bytes(path: Path) -> bytes:
    """The whole file, unless it is absurdly large (then no byte mark is seen)."""
    return first_bytes(path, MOST_BYTES) if path.stat().st_size <= MOST_BYTES else b""


def _functions(
    binary: Binary, affixes: list[affix.Affix], functions: dict[str, str]
) -> dict[str, str]:
    """Real names of the vendor functions that the file itself defines."""
    found = {}
    for key, symbol in functions.items():
        spelled = affix.c_names(symbol, affixes)
        name = next((name for name in spelled if name in binary.defined), None)
        if name is not None:
            found[key] = name
    return found


def _hidden(
    binary: Binary, affixes: list[affix.Affix], request: dict[str, Any], hits: dict[str, list[str]]
) -> dict[str, Any]:
    """Byte patterns worth a look: of a provider that has marks here, for a function it hides."""
    wanted = {}
    for key, pattern in request["bytes"].items():
        question = request["questions"][key]
        symbols = [question["symbol"]] if question["symbol"] else question["names"]
        names = [name for symbol in symbols for name in affix.c_names(symbol, affixes)]
        if key.split(".")[0] in hits and not binary.defined.intersection(names):
            wanted[key] = pattern
    return wanted
