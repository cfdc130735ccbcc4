# SPDX-License-Identifier: Apache-2.0
"""Plant each mutant and ask every tool; what was asked already, of the same things, is kept."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from blas_probe.library import Library
from blas_probe.recipe import Variant
from core.tests.check import building
from core.tests.mutants import fetch, provider, reference, tools, wrapper
from core.tests.mutants.rows import CONTROL, Mutant
from core.tests.mutants.tools import CAUGHT, NOT_RUN, PASSED, Outcome

CHECKS = ("probe", "quick", "full")
"""What Trivet's own line asks, in this order, up to the first that catches."""
OTHERS = ("xblat", "numpy")
ALL = (*CHECKS, *OTHERS)
SYSTEM_PYTHON = "/usr/bin/python3"
SOURCE_VARIANT = "netlib"
SOURCE_CONTROL = Mutant(
    id="control-source", kind="source", defect=CONTROL, wrong="nothing: the reference as it is",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What every tool said of one mutant."""

    id: str
    key: str
    """What it was made of: another key makes every tool be asked again."""
    checks: str = ""
    """The sources of trivet-check: others make it alone be asked again."""
    provider: str = ""
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def caught_by(self, names: Sequence[str]) -> str:
        """The first of these tools that caught it."""
        return next((n for n in names if self.get(n).state == CAUGHT), "")

    def get(self, name: str) -> Outcome:
        """What one tool said."""
        return self.outcomes.get(name, Outcome())


class Harness:
    """Everything that is built once for all mutants, as it is asked for."""

    def __init__(self, work: Path, glob: str = "*", skip: Sequence[str] = ()) -> None:
        self.work = work.resolve()
        self.work.mkdir(parents=True, exist_ok=True)
        self._provider = glob
        self.skip = skip

    @functools.cached_property
    def program(self) -> Path:
        """trivet-check."""
        here = reference.key_of(building.ROOT, self.checks)
        return building.build_check(self.work / "programs" / here)

    @functools.cached_property
    def checks(self) -> str:
        """What the answers of trivet-check depend on, beside the mutant."""
        folders = (building.ROOT / "core/check", building.ROOT / "core/backends/blas")
        files = sorted(path for folder in folders for path in folder.glob("*.[chi]*"))
        return reference.key_of(*(path.read_text("utf-8") for path in files))

    @functools.cached_property
    def reference(self) -> reference.Reference:
        """The reference source and its objects."""
        return reference.reference(self.work)

    @functools.cached_property
    def control_library(self) -> Path:
        """The reference as it is."""
        folder = self.work / "reference"
        folder.mkdir(exist_ok=True)
        target = folder / reference.SONAME
        if not target.exists():
            self.reference.link(target)
        return target

    @functools.cached_property
    def programs(self) -> Path:
        """xblat1-3."""
        return reference.programs(self.reference, self.control_library, self.work)

    @functools.cached_property
    def packages(self) -> Path:
        """NumPy and what its tests need."""
        return fetch.numpy(self.work)

    @functools.cache  # noqa: B019  (one harness lives as long as the program)
    def provider(self, int_bits: int) -> tuple[Library, Variant]:
        """The library behind wrappers, and the variant that it serves."""
        fitting = [
            library
            for library in building.found().libraries
            if library.variants and library.has_lapack and library.int_bits == int_bits
            and (library.prefix, library.suffix, library.complex_return) == ("", "_", "normal")
            and fnmatchcase(library.path, self._provider)
            and provider.variant_of(library.variants[0]).speed_class == "good"
        ]  # fmt: skip
        if not fitting:
            raise fetch.Missing(f"no library here, with {int_bits}-bit integers and the usual "
                                f"names, fits {self._provider}")  # fmt: skip
        best = min(fitting, key=lambda one: (one.thread_layer != "pthreads", one.path))
        return best, provider.variant_of(best.variants[0])

    def plant(self, mutant: Mutant, folder: Path) -> tuple[Path, Variant, Library]:
        """Make the library; also the variant it stands for, and the true library."""
        if mutant.kind == "source":
            true = provider.look(self.control_library)
            variant = provider.variant_of(SOURCE_VARIANT)
            made = reference.plant(self.reference, mutant, folder) if mutant.file else self._copy(
                folder)  # fmt: skip
            return made, variant, true
        behind, _ = self.provider(mutant.int_bits)
        true, variant = self.provider(64 if mutant.rename[0] else 32)
        cblas = None if "numpy" in self.skip else self.reference  # numpy alone calls the C names
        made = wrapper.plant(mutant, behind, folder, self.work, cblas)
        return made, variant, true

    def prepare(self, mutants: Sequence[Mutant]) -> None:
        """Build all that the workers share, before they start."""
        _ = self.program
        if {"xblat", "numpy"} - set(self.skip) or any(row.kind == "source" for row in mutants):
            _ = self.control_library
        _ = "xblat" in self.skip or self.programs
        _ = "numpy" in self.skip or self.packages

    def _copy(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        self.reference.link(folder / reference.SONAME)
        return folder / reference.SONAME


def verdict(harness: Harness, mutant: Mutant, known: Verdict | None) -> Verdict:
    """Ask every tool that has not been asked yet."""
    made = still_true(known, Verdict(id=mutant.id, key=key_of(mutant), checks=harness.checks))
    if not waiting(made, mutant, harness.skip):
        return made
    folder = harness.work / "planted" / mutant.id
    shutil.rmtree(folder, ignore_errors=True)
    library, variant, true = harness.plant(mutant, folder)
    asked = questions(harness, mutant, library, variant, true)
    while left := waiting(made, mutant, harness.skip):
        made.outcomes[left[0]] = asked[left[0]]()
    shutil.rmtree(folder, ignore_errors=True)
    return dataclasses.replace(made, provider=f"{true.provider} {true.version}")


def still_true(known: Verdict | None, fresh: Verdict) -> Verdict:
    """What is known already of the same mutant, and of the same checks."""
    if known is None or known.key != fresh.key:
        return fresh
    kept = {
        name: outcome
        for name, outcome in known.outcomes.items()
        if name in OTHERS or known.checks == fresh.checks
    }
    return dataclasses.replace(fresh, provider=known.provider, outcomes=kept)


def key_of(mutant: Mutant) -> str:
    """What a mutant is made of."""
    texts = [path.read_text("utf-8") for path in (wrapper.PRELUDE, wrapper.FORWARD, provider.TABLE)]
    return reference.key_of(mutant, *texts)


def waiting(made: Verdict, mutant: Mutant, skip: Sequence[str]) -> list[str]:
    """The tools to ask: of Trivet's own those up to the first that catches, and all others."""
    others = OTHERS if mutant.kind != "table" and not mutant.rename[0] else ()
    names = [*(CHECKS if not made.caught_by(CHECKS) else ()), *others]
    return [name for name in names if name not in skip and made.get(name).state == NOT_RUN]


def questions(
    harness: Harness, mutant: Mutant, library: Path, variant: Variant, true: Library
) -> dict[str, Callable[[], Outcome]]:
    """How each tool is asked."""
    begun = time.monotonic()
    looked = provider.look(library)
    seconds = round(time.monotonic() - begun, 2)

    def probe() -> Outcome:
        case = provider.refusal(variant, looked, true)
        return Outcome(state=CAUGHT if case else PASSED, case=case, seconds=seconds)

    def check(extent: str) -> Outcome:
        built = provider.beside(provider.backend(variant, looked, harness.work), library, mutant)
        return tools.check(
            harness.program, built, [extent, *PARTS[mutant.part](variant)],
            lambda case: provider.tolerated(variant, true, case),
        )  # fmt: skip

    return {
        "probe": probe,
        "quick": lambda: check("--quick"),
        "full": lambda: check("--full"),
        "xblat": lambda: tools.xblat(harness.programs, harness.reference.source, library),
        "numpy": lambda: tools.numpy(SYSTEM_PYTHON, harness.packages, library),
    }


PARTS: dict[str, Callable[[Variant], list[str]]] = {
    "numeric": lambda variant: ["--numeric", "--behaviour"],
    "speed": lambda variant: ["--speed", "--floor", str(variant.floor or 0.4)],
}


def run_all(
    harness: Harness,
    mutants: Sequence[Mutant],
    jobs: int,
    recorded: Mapping[str, Verdict],
    said: Callable[[Mutant, Verdict | None, str], None],
) -> list[Verdict]:
    """Every verdict, from what is kept or `recorded` on; `said` hears of each, or the reason."""
    harness.prepare(mutants)
    kept = harness.work / "verdicts"
    kept.mkdir(exist_ok=True)

    def one(mutant: Mutant) -> Verdict:
        path = kept / f"{mutant.id}.json"
        verdict_ = verdict(harness, mutant, load(path) or recorded.get(mutant.id))
        path.write_text(json.dumps(dataclasses.asdict(verdict_), indent=1) + "\n", encoding="utf-8")
        return verdict_

    made: dict[str, Verdict] = {}
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        waiting = {pool.submit(one, mutant): mutant for mutant in mutants}
        for future in as_completed(waiting):
            mutant = waiting[future]
            try:
                made[mutant.id] = future.result()
                said(mutant, made[mutant.id], "")
            except (fetch.Missing, reference.BuildError, RuntimeError) as error:
                said(mutant, None, str(error))
    return [made[mutant.id] for mutant in mutants if mutant.id in made]


def load(path: Path) -> Verdict | None:
    """A verdict that was kept."""
    if not path.exists():
        return None
    return from_data(json.loads(path.read_text(encoding="utf-8")))


def from_data(data: dict[str, object]) -> Verdict:
    """Read a verdict back."""
    rows = data["outcomes"]
    assert isinstance(rows, dict)
    outcomes = {name: Outcome(**row) for name, row in rows.items()}
    return Verdict(**{**data, "outcomes": outcomes})  # type: ignore[arg-type]


def controls(mutants: Sequence[Mutant]) -> list[Mutant]:
    """The unmutated libraries that go the same way, first."""
    kinds = {"source" if mutant.kind == "source" else "library" for mutant in mutants}
    behind = Mutant(
        id="control-wrapper", kind="library", defect=CONTROL,
        wrong="nothing: every call goes on to the provider",
    )  # fmt: skip
    both = {"source": SOURCE_CONTROL, "library": behind}
    return [both[kind] for kind in sorted(kinds, reverse=True)]


def usable_cores() -> int:
    """How many tools may run side by side."""
    return min(2, len(os.sched_getaffinity(0)))
