# SPDX-License-Identifier: Apache-2.0
"""The installed backends, and which of them is loaded: decided when one is first needed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from trivet import _core, _dlls

GROUP = "trivet.backends"  # of entry points; see pyproject of a backend wheel
VARIABLE = "TRIVET_BLAS"  # a backend's name or file
PACKAGED = Path(_core.__file__).parent / "backends"  # also of an editable install
ABSENT = (
    'Next: pip install "trivet[NAME]" for a backend wheel, or set TRIVET_BLAS to a backend file'
)


@dataclass(frozen=True, kw_only=True)
class Backend:
    """One backend file and what its certificate says."""

    name: str
    path: Path
    source: str  # "package", "entry point <name>", "path"
    distribution: str = ""  # that it came with; empty for a path
    scores: Mapping[str, float] = field(default_factory=dict)  # share of the FMA peak
    origin: str = "unknown"  # "release", "source build"
    checked: str = "unknown"

    @property
    def score(self) -> float | None:
        """Mean certified share of this CPU's peak; None when speed was not certified."""
        return sum(self.scores.values()) / len(self.scores) if self.scores else None

    @property
    def rank(self) -> tuple[float, bool, str]:
        """Order of preference, smallest first: a source build's own choice stands above scores."""
        chosen = self.origin == "source build" and self.source == "package"
        value = 2.0 if chosen else self.score or 0.0
        return (-value, self.source != "package", self.name)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The backend in use and why it is that one."""

    backend: Backend
    reason: str


decision: Decision | None = None


def backends() -> list[Backend]:
    """Return the installed backends, the preferred one first."""
    found = {backend.path: backend for backend in (*_packaged(), *_entry_points())}
    return sorted(found.values(), key=lambda backend: backend.rank)


def use(backend: str | os.PathLike[str]) -> None:
    """Load a backend by name or by file, and use it from now on."""
    chosen = _find(backend)
    _load(chosen, reason=f"trivet.use({os.fspath(backend)!r})")


def load_best() -> None:
    """Load the backend that TRIVET_BLAS names, or else the best one; the core calls this."""
    wanted = os.environ.get(VARIABLE, "")
    if wanted:
        _load(_find(wanted, told_by=VARIABLE), reason=f"{VARIABLE}={wanted}")
        return
    found = backends()
    if not found:
        msg = f"[backend] no backend is installed; looked in {PACKAGED} and entry points {GROUP}. "
        raise RuntimeError(msg + ABSENT)
    _load_first(found)


def _load_first(found: list[Backend]) -> None:
    """Load the first that can be; a broken one must not hide the next."""
    problems: list[str] = []
    for backend in found:
        try:
            _load(backend, reason=_reason(backend, found, problems))
        except RuntimeError as error:
            problems.append(f"{backend.name}: {error}")
        else:
            return
    msg = "[backend] none of the installed backends loads; got " + "; ".join(problems)
    raise RuntimeError(msg)


def _reason(backend: Backend, found: list[Backend], problems: list[str]) -> str:
    if len(found) == 1:
        return "the only backend installed"
    if backend.rank[0] == -2.0:
        reason = "chosen when Trivet was built here"
    elif backend.score is None:
        reason = "no backend has a certified score; first by name"
    else:
        reason = f"best certified score of {len(found)}: {backend.score:.2f} of the CPU's peak"
    return reason + (f" (not loaded: {'; '.join(problems)})" if problems else "")


def _load(backend: Backend, *, reason: str) -> None:
    global decision
    if backend.distribution:
        _dlls.add_folders(backend.distribution)
    _core.load_backend(str(backend.path))
    _core.use_backend(str(backend.path))
    decision = Decision(backend=backend, reason=reason)


def _find(wanted: str | os.PathLike[str], *, told_by: str = "trivet.use") -> Backend:
    """Return the backend of a name or a path; RuntimeError lists those found."""
    text = os.fspath(wanted)
    if os.sep in text or text.endswith((".so", ".dylib", ".dll")):
        return _from_path(Path(text), told_by=told_by)
    found = backends()
    for backend in found:
        if backend.name == text:
            return backend
    names = ", ".join(backend.name for backend in found) or "none"
    msg = (
        f"[backend] {told_by} must name an installed backend or a file; got {text!r}, "
        f"installed: {names}. Next: pip install trivet-{text}"
    )
    raise RuntimeError(msg)


def _from_path(path: Path, *, told_by: str) -> Backend:
    path = path.expanduser().absolute()
    if path.is_dir():
        for backend in _in_folder(path, source="path"):
            return backend
    if not path.is_file():
        msg = f"[backend] {told_by} must be a backend's file or folder; got {path}: no such file"
        raise RuntimeError(msg)
    return _read(path, source="path")


def _packaged() -> Iterator[Backend]:
    if PACKAGED.is_dir():
        for folder in sorted(PACKAGED.iterdir()):
            yield from _in_folder(folder, source="package", distribution="trivet")


def _entry_points() -> Iterator[Backend]:
    from importlib.metadata import entry_points
    from importlib.util import find_spec

    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            spec = find_spec(entry.module)
        except ModuleNotFoundError:
            continue  # metadata left behind by a removed package
        if spec is not None and spec.origin is not None:
            yield from _in_folder(
                Path(spec.origin).parent,
                source=f"entry point {entry.name}",
                distribution=entry.dist.name if entry.dist else "",
            )


def _in_folder(folder: Path, *, source: str, distribution: str = "") -> Iterator[Backend]:
    for path in sorted(folder.glob("*trivet_backend_*")):
        if path.suffix in (".so", ".dylib", ".dll"):
            yield replace(_read(path.resolve(), source=source), distribution=distribution)


def _read(path: Path, *, source: str) -> Backend:
    """Return the backend of a file with its certificate, if there is a readable one."""
    name = path.stem.removeprefix("lib").removeprefix("trivet_backend_").replace("_", "-")
    try:
        data = json.loads(path.with_name("certificate.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Backend(name=name, path=path, source=source)
    if not isinstance(data, dict):
        return Backend(name=name, path=path, source=source)
    scores = data.get("scores")
    return Backend(
        name=str(data.get("id", name)),
        path=path,
        source=source,
        scores=scores if isinstance(scores, dict) else {},
        origin=str(data.get("origin", "unknown")),
        checked=str(data.get("checked", "unknown")),
    )
