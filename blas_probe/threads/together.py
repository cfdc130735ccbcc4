# SPDX-License-Identifier: Apache-2.0
"""Would these files bring two OpenMP run-times into one process? Predicted from the files alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path, PurePath

from blas_probe.look import Paths, as_paths
from blas_probe.recipe import Opens, Recipes, load_recipes
from blas_probe.recipe.runtime import Runtime
from blas_probe.record import dataclass
from blas_probe.threads.closure import Closure, Missing, closure, library_at
from blas_probe.threads.layers import opened_by, others, rows_of
from blas_probe.threads.loader import Opened, loader_of
from blas_probe.threads.runtimes import hidden_copy, runtime_named, runtime_of
from blas_probe.warning import Warning_

GENERIC = "each starts threads of its own: too many threads, hangs and crashes are possible"
LEFT = "build all of them against one of the two, or take a library without OpenMP threads"


@dataclass(frozen=True, kw_only=True)
class Used:
    """One run-time that the process would hold."""

    name: str
    """The name of its recipe."""
    api: str
    """openmp or tbb."""
    path: str | None
    """Its real path; None when only its name is known."""
    asked: str
    """The name under which it is asked for; the file itself when that carries a copy."""
    chain: tuple[str, ...]
    """The given file that leads to it, the files between, and itself."""
    copy: bool
    """True when it is linked into a file that is something else."""


@dataclass(frozen=True, kw_only=True)
class Together:
    """What a set of files means for one process."""

    runtimes: tuple[Used, ...]
    """In the loader's order."""
    warnings: tuple[Warning_, ...]
    """One for each pair of OpenMP run-times; empty when all is well."""
    missing: tuple[tuple[str, str], ...]
    """(name, who asks for it) of what neither the set nor this system has."""
    skipped: tuple[str, ...]
    """Given files that are no libraries."""

    @property
    def openmp(self) -> tuple[Used, ...]:
        """The OpenMP run-times; more than one is trouble."""
        return tuple(used for used in self.runtimes if used.api == "openmp")


def two_openmp(
    paths: Paths,
    *,
    environ: Mapping[str, str] | None = None,
    recipes: Recipes | None = None,
    root: Path = Path("/"),
) -> Together:
    """Predict the run-times of a process that opens `paths`; folders stand for all files in them.

    Nothing is loaded. `environ` counts where a provider chooses its layer by it, and for the
    loader's own variables; `root` is the folder that holds the system to look at.
    """
    known, told = recipes or load_recipes(), environ or {}
    providers, runtimes = known.providers, known.runtimes
    found = closure_of(as_paths(paths), told, known, root)
    used = runtimes_in(found, runtimes)
    layers = [rows for one in found.opened if (rows := rows_of(one, providers))]
    return Together(
        runtimes=used,
        warnings=clashes(used, runtimes, [one for rows in layers for one in others(rows, told)]),
        missing=tuple((one.name, one.asker) for one in found.missing),
        skipped=found.skipped,
    )


def closure_of(
    paths: Iterable[Path],
    environ: Mapping[str, str],
    recipes: Recipes,
    root: Path = Path("/"),
) -> Closure:
    """All that the paths bring into a process, and what providers open while they run."""
    return closure(
        paths,
        loader_of(root, environ),
        extra=lambda one: opened_by(one, recipes.providers, environ),
    )


def runtimes_in(found: Closure, runtimes: Sequence[Runtime]) -> tuple[Used, ...]:
    """Every run-time of a closure: files, copies inside other files, and mere names."""
    used: list[Used] = []
    absent: list[Used] = []
    for one in found.opened:
        whole = runtime_of(one.path, one.file.defined, runtimes)
        inside = None if whole else hidden_copy(one.path, runtimes)
        runtime = whole or inside
        if runtime is not None:
            named = runtime_named(one.file.soname or one.path.name, runtimes)
            copy = inside is not None or named is None
            used.append(_used(runtime, one, copy=copy))
    for missing in found.missing:
        runtime = runtime_named(missing.name, runtimes)
        # It is another file than those of the set, or the loader would have taken one of them.
        if runtime is not None and _leaf(missing.name) not in {_leaf(one.asked) for one in absent}:
            absent.append(_named(runtime, missing))
    return (*used, *absent)


def _leaf(name: str) -> str:
    return PurePath(name).name.lower()


def _named(runtime: Runtime, missing: Missing) -> Used:
    return Used(
        name=runtime.name, api=runtime.api, path=None, asked=missing.name,
        chain=(missing.asker, missing.name), copy=False,
    )  # fmt: skip


def in_a_process(files: Iterable[Path], recipes: Recipes) -> tuple[Warning_, ...]:
    """The warnings for the files that a process holds, whoever loaded them."""
    used = []
    for path in files:
        file = library_at(path) if runtime_named(path.name, recipes.runtimes) else None
        runtime = runtime_of(path, file.defined, recipes.runtimes) if file else None
        if runtime is not None and file is not None:
            used.append(_used(runtime, Opened(path, file, None), copy=False))
    return clashes(used, recipes.runtimes)


def _used(runtime: Runtime, one: Opened, *, copy: bool) -> Used:
    return Used(
        name=runtime.name, api=runtime.api, path=one.real, asked=one.path.name,
        chain=tuple(str(link.path) for link in reversed(list(one.chain()))), copy=copy,
    )  # fmt: skip


def clashes(
    used: Sequence[Used], runtimes: Sequence[Runtime], layers: Sequence[Opens] = ()
) -> tuple[Warning_, ...]:
    """One warning for each pair of OpenMP run-times.

    `layers`: those that a library of the set could take instead of its own.
    """
    openmp = [one for one in used if one.api == "openmp"]
    return tuple(
        _clash(first, second, runtimes, layers) for first, second in combinations(openmp, 2)
    )


def _clash(
    first: Used, second: Used, runtimes: Sequence[Runtime], layers: Sequence[Opens]
) -> Warning_:
    text, cure, link = GENERIC, "", "predicted from what the files ask for"
    for runtime in runtimes:
        for row in runtime.clash:
            if sorted((runtime.name, row.other)) == sorted((first.name, second.name)):
                text, cure, link = row.text, row.cure, row.link
    fitting = _that_help(layers, (first, second), runtimes) if first.name != second.name else []
    if fitting:
        cure = "set " + " or ".join(dict.fromkeys(row.choose for row in fitting))
        text = "; ".join([text, *dict.fromkeys(row.note for row in fitting if row.note)])
    return Warning_(
        subject=f"{_where(first)} + {_where(second)}",
        text=f"two OpenMP run-times in one process, {_story(first)} and {_story(second)}: {text}",
        cure=cure or LEFT,
        source=link,
    )


def _where(used: Used) -> str:
    return used.path or used.asked


def _story(used: Used) -> str:
    """`gnu-openmp (a.so -> libgomp.so.1)`."""
    names = " -> ".join(PurePath(path).name for path in used.chain)
    return f"{used.name} ({'a copy inside ' if used.copy else ''}{names})"


def _that_help(
    layers: Sequence[Opens], pair: tuple[Used, Used], runtimes: Sequence[Runtime]
) -> list[Opens]:
    """The layers that open the very file of the other side; where none does, those without OpenMP.

    A private copy under a name of its own cannot be shared.
    """
    asked = {one.asked for one in pair} | {PurePath(one.path or "").name for one in pair}
    same = [row for row in layers if asked.intersection(row.files)]
    return same or [row for row in layers if not any(_openmp(row, runtimes))]


def _openmp(row: Opens, runtimes: Sequence[Runtime]) -> Iterator[Runtime]:
    """The OpenMP run-times among the files of a layer."""
    named = (runtime_named(file, runtimes) for file in row.files)
    return (one for one in named if one is not None and one.api == "openmp")
