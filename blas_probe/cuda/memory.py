# SPDX-License-Identifier: Apache-2.0
"""Remember what programs and libraries answered, with every file that the answer came from."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from blas_probe.cache import Cache
from blas_probe.call.tool import Said
from blas_probe.call.worker import KEPT, Outcome
from blas_probe.cuda.pieces import PROGRAM
from blas_probe.cuda.toolkit import Toolkit
from blas_probe.errors import FoundFileError
from blas_probe.look import exists, first_bytes
from blas_probe.rebuild import rebuild

NEIGHBOURS = ("nvcc.profile", "nvcc", "ptxas", "cudafe++")
"""Files beside a program that its answers come from too."""


class Memory:
    """A cache for answers; without one, everything is asked."""

    def __init__(self, cache: Cache | None, environ: Mapping[str, str]) -> None:
        self.cache = cache
        self.environ = environ

    def program(self, command: Sequence[str], keep: Sequence[str], ask: Callable[[], Said]) -> Said:
        """What the program says; a failure is not remembered."""
        answering = whose_answer(command, self.environ) if self.cache else []
        if self.cache is None or not answering:
            return ask()
        seen = {name: self.environ.get(name, "") for name in (*KEPT, *keep)}
        question = {"program": list(command), "environment": seen}
        if isinstance(old := self.cache.recall(question), str):
            return Said(code=0, output=old, problem=None)
        since = time.time()
        said = ask()
        if said.problem is None:
            files = program_files(answering, self.environ)
            self.cache.keep(question, said.output, files=files, since=since)
        return said

    def child(self, request: Mapping[str, Any], module: str, run: Callable[[], Outcome]) -> Outcome:
        """What the libraries of a request say; a crash, or a driver's answer, is not remembered."""
        libraries = request.get("libraries")
        if self.cache is None or not libraries:
            return run()
        question = {"child": module, "request": dict(request),
                    "path": self.environ.get("LD_LIBRARY_PATH", "")}  # fmt: skip
        old = self.cache.recall(question)
        if isinstance(old, dict):
            return Outcome(findings=old, ending=None, seconds=0.0)
        since = time.time()
        outcome = run()
        if outcome.ending is None:
            files = [row["path"] for row in libraries]
            folders = {os.path.dirname(os.path.realpath(path)) for path in files}  # noqa: PTH120
            self.cache.keep(question, dict(outcome.findings), files=[*files, *folders, LOADER],
                            since=since)  # fmt: skip
        return outcome

    def toolkit(
        self, question: Mapping[str, Any], make: Callable[[], Toolkit],
        files: Callable[[Toolkit], Iterable[str]],
    ) -> Toolkit:  # fmt: skip
        """The whole record; one with a part that could not be asked is not remembered."""
        if self.cache is None:
            return make()
        question = {"toolkit": question}
        old = self.cache.recall(question)
        if old is not None:
            with contextlib.suppress(FoundFileError):
                return rebuild(Toolkit, old)
        since = time.time()
        made = make()
        if made.nvcc_problem is None and not any(part.problem for part in made.parts):
            seen = [LOADER, C_LIBRARY, *files(made)]
            seen += filter(None, self.environ.get("PATH", "").split(os.pathsep))
            self.cache.keep(question, dataclasses.asdict(made), files=seen, since=since)
        return made


LOADER = "/etc/ld.so.cache"
C_LIBRARY = "/usr/include/features.h"
MOST_SCRIPT = 4096
MOST_STEPS = 4
PASSES_ON = re.compile(rb'#![^\n]*\n(?:\s|#[^\n]*\n)*exec\s+"?(/[^\s"$`*?]+)"?\s+"\$@"\s*')


def whose_answer(command: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """The files that answer: the program, and the one that it passes everything on to.

    None for other scripts: what they answer may depend on anything.
    """
    path = shutil.which(command[0], path=environ.get("PATH", os.defpath)) or command[0]
    found = [path]
    for _ in range(MOST_STEPS):
        head = _head(found[-1])
        if head.startswith(PROGRAM):
            return found
        passed = PASSES_ON.fullmatch(head)
        if passed is None:
            return []
        found.append(os.fsdecode(passed[1]))
    return []


def _head(path: str) -> bytes:
    return first_bytes(Path(path), MOST_SCRIPT)


def program_files(answering: Sequence[str], environ: Mapping[str, str]) -> Iterable[str]:
    """Those programs, what lies beside them, and the host compilers that PATH leads to."""
    for path in answering:
        real = Path(os.path.realpath(path))
        yield path
        yield str(real)
        for folder in {Path(path).parent, real.parent}:
            yield from (str(folder / name) for name in NEIGHBOURS)
    for name in ("gcc", "g++", "cc", "c++"):
        for folder_name in environ.get("PATH", "").split(os.pathsep):
            if folder_name and exists(found := Path(folder_name) / name):
                yield str(found)
    yield C_LIBRARY
