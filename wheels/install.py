# SPDX-License-Identifier: Apache-2.0
"""Install finished wheels with pip into a clean venv outside the tree, and exercise the cell."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blas_probe.recipe import Expect
from wheels.command import Completed, Log, call, tail
from wheels.errors import WheelsError
from wheels.interpreters import Interpreter
from wheels.proof.check import Subject, check_backend
from wheels.proof.verdict import NotRun, Terms, Verdict

INSTALL_TIMEOUT = 600.0  # seconds
INSTALLED_TYPES = "d"  # the code was checked before; packing changed what it is bound to
INSTALLED_LEFT_OUT = (
    NotRun(what="types s, c, z", why="the same code was checked before it was packed"),
    NotRun(what="behaviour and speed", why="the same code was checked before it was packed"),
)
EXERCISE_TIMEOUT = 120.0  # seconds
EXERCISE = Path(__file__).with_name("exercise.py")


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What an installed cell proved."""

    failures: tuple[str, ...]
    record: Mapping[str, Any]
    verdict: Verdict | None
    """trivet-check on the installed backend file, where it was run."""
    not_run: tuple[NotRun, ...] = ()
    """What was left out, and why; the whole of it where nothing can run such a cell here."""

    @property
    def is_left_out(self) -> bool:
        """Say whether nothing at all was run."""
        return bool(self.not_run) and not self.record and self.verdict is None

    @property
    def green(self) -> bool:
        """Say whether everything held."""
        return not self.failures and (self.verdict is None or self.verdict.green)


@contextmanager
def clean_venv(interpreter: Interpreter, log: Log) -> Iterator[Path]:
    """Make an empty venv outside the checkout; it is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="trivet-cell-"))
    try:
        call([interpreter.path, "-m", "venv", "--without-pip", folder / "venv"], log=log)
        yield folder / "venv"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def pip_install(
    venv: Path,
    wheels: Sequence[str | Path],
    links: Sequence[Path],
    env: Mapping[str, str],
    log: Log,
    *,
    offline: bool,
) -> None:
    """Install `wheels`, files or requirements, and what they require.

    `links` are folders with wheels of others.
    """
    argv: list[str | Path] = [sys.executable, "-m", "pip", "--python", venv / "bin" / "python"]
    argv += ["install", "--disable-pip-version-check", "--no-input", "--no-compile"]
    argv += ["--progress-bar", "off", "--quiet", "--only-binary", ":all:"]
    if offline:
        argv += ["--isolated", "--no-index"]
    for folder in links:
        argv += ["--find-links", folder]
    call([*argv, *wheels], env=env, log=log, timeout=INSTALL_TIMEOUT)


def learn(
    interpreter: Interpreter,
    wheels: Sequence[Path],
    *,
    variant: str,
    backend: str,
    links: Sequence[Path],
    offline: bool,
    env: Mapping[str, str],
    log: Log,
    check_program: Path | None,
    expects: Sequence[Expect] = (),
) -> Lesson:
    """Install and exercise one cell; whatever goes wrong is a failed lesson, never an error.

    `check_program` (may be None) is run on the installed file called `backend`.
    """
    try:
        with clean_venv(interpreter, log) as venv:
            pip_install(venv, wheels, links, env, log, offline=offline)
            mine = {**env, "TRIVET_BLAS": variant, "HOME": str(venv)}
            mine.pop("LD_LIBRARY_PATH", None)
            lesson = _exercise(venv, backend, mine, log)
            if check_program is None or lesson.failures:
                return lesson
            installed = _installed(venv, backend)
            verdict = check_backend(
                Subject(program=check_program, backend=installed, env=mine, log=log),
                Terms(
                    types=INSTALLED_TYPES,
                    kinds=("numeric",),
                    expects=tuple(expects),
                    not_run=INSTALLED_LEFT_OUT,
                ),
            )
            return Lesson(failures=verdict.failures, record=lesson.record, verdict=verdict)
    except WheelsError as error:
        return Lesson(failures=(str(error),), record={}, verdict=None)


def _exercise(venv: Path, backend: str, env: Mapping[str, str], log: Log) -> Lesson:
    done = call(
        [venv / "bin" / "python", "-I", "-B", EXERCISE],
        env=env,
        cwd=venv,
        log=log,
        timeout=EXERCISE_TIMEOUT,
        check=False,
        errors_apart=True,
    )
    return told_by(done, venv, backend)


def told_by(done: Completed, place: Path, backend: str) -> Lesson:
    """Read what the exercise printed; all that answered must lie in `place`."""
    try:
        record = json.loads((done.output.strip().splitlines() or [""])[-1])
        wrong = [str(text) for text in record["wrong"]]
        wrong += misplaced(record["current"], place, backend)
    except (ValueError, KeyError, TypeError):
        said = tail(done.errors or done.output, 8)
        text = f"the exercise ended with exit status {done.returncode}:\n{said}"
        return Lesson(failures=(text,), record={}, verdict=None)
    return Lesson(failures=tuple(wrong), record=relative(record, place), verdict=None)


def misplaced(current: Mapping[str, Any], venv: Path, backend: str) -> list[str]:
    """Say when the backend or the library that answers is not what was installed."""
    wrong = []
    home = venv.resolve()
    for name in ("path", "library", "lapack_library"):
        path = Path(str(current.get(name) or ""))
        if not path.resolve().is_relative_to(home):
            wrong.append(f"the {name} that answers is {path}, outside of the installed wheel")
    if Path(str(current["path"])).name != backend:
        wrong.append(f"the backend that answers is {current['path']}, not {backend}")
    return wrong


def relative(record: Mapping[str, Any], venv: Path) -> dict[str, Any]:
    """Take the temporary folder's name out of a record."""
    text = json.dumps(record).replace(str(venv.resolve()), "<venv>").replace(str(venv), "<venv>")
    return dict(json.loads(text))


def _installed(venv: Path, backend: str) -> Path:
    found = sorted(venv.rglob(backend))
    if not found:
        raise WheelsError(f"{backend} is not in the venv after pip install")
    return found[0]


PROBE_CODE = """
import json, subprocess, sys
import blas_probe
from blas_probe import load_recipes
variants = [variant.id for variant in load_recipes().variants]
assert len(variants) > 3, variants
done = subprocess.run([sys.executable, "-I", "-m", "blas_probe", "--help"], capture_output=True)
print(json.dumps({"wrong": [] if done.returncode == 0 else ["blas_probe --help fails"],
                  "variants": variants, "file": blas_probe.__file__}))
"""


def learn_probe(
    interpreter: Interpreter, wheel: Path, *, env: Mapping[str, str], log: Log
) -> Lesson:
    """Install the prober by itself and ask it for its recipes."""
    try:
        with clean_venv(interpreter, log) as venv:
            pip_install(venv, [wheel], [], env, log, offline=True)
            done = call(
                [venv / "bin" / "python", "-I", "-B", "-c", PROBE_CODE],
                env=env,
                cwd=venv,
                log=log,
                timeout=EXERCISE_TIMEOUT,
            )
            record = json.loads(done.output.strip().splitlines()[-1])
            failures = tuple(record["wrong"])
            return Lesson(failures=failures, record=relative(record, venv), verdict=None)
    except (WheelsError, ValueError, KeyError) as error:
        return Lesson(failures=(str(error),), record={}, verdict=None)
