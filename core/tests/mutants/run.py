# SPDX-License-Identifier: Apache-2.0
"""Plant each mutant and ask every tool; what was asked already, of the same things, is kept."""

from __future__ import annotations

import dataclasses
import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from blas_probe.library import Library
from blas_probe.recipe import Variant
from core.tests.mutants import fetch, provider, reference, slower, tools, wrapper
from core.tests.mutants.harness import Harness, floor_of
from core.tests.mutants.rows import Mutant
from core.tests.mutants.tools import CAUGHT, PASSED, Outcome
from core.tests.mutants.verdict import Verdict, load, still_true, waiting

SYSTEM_PYTHON = "/usr/bin/python3"  # Debian's NumPy is built for it
PARTS: dict[str, Callable[[Variant], list[list[str]]]] = {
    "numeric": lambda variant: [["--numeric"], ["--behaviour"]],
    "speed": lambda variant: [["--speed", "--floor", str(floor_of(variant))]],
}
"""The processes of each part, as `prove` and `release` have them."""


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
        answer = verdict(harness, mutant, load(path) or recorded.get(mutant.id))
        path.write_text(json.dumps(dataclasses.asdict(answer), indent=1) + "\n", encoding="utf-8")
        return answer

    made: dict[str, Verdict] = {}
    timed = [mutant for mutant in mutants if mutant.part == "speed"]
    for rows, workers in (([row for row in mutants if row not in timed], jobs), (timed, 1)):
        made.update(_each(rows, one, workers, said))
    return [made[mutant.id] for mutant in mutants if mutant.id in made]


def _each(
    mutants: Sequence[Mutant],
    one: Callable[[Mutant], Verdict],
    workers: int,
    said: Callable[[Mutant, Verdict | None, str], None],
) -> Mapping[str, Verdict]:
    """The verdicts of these, several at a time."""
    made: dict[str, Verdict] = {}
    pool = ThreadPoolExecutor(max_workers=workers)
    started = {pool.submit(one, mutant): mutant for mutant in mutants}
    try:
        for future in as_completed(started):
            mutant = started[future]
            try:
                made[mutant.id] = future.result()
                said(mutant, made[mutant.id], "")
            except (fetch.Missing, reference.BuildError, RuntimeError) as error:
                said(mutant, None, str(error))
    finally:  # after Ctrl-C nobody waits for a tool that hangs
        pool.shutdown(wait=False, cancel_futures=True)
        tools.end_all()
    return made


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


def key_of(mutant: Mutant) -> str:
    """What a mutant is made of."""
    texts = [path.read_text("utf-8") for path in (wrapper.PRELUDE, wrapper.FORWARD, provider.TABLE)]
    return reference.key_of(mutant, *texts)


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

    def built() -> Path:
        return provider.beside(provider.backend(variant, looked, harness.work), library, mutant)

    def check(extent: str) -> Outcome:
        return tools.check(
            harness.program, built(), [[extent, *words] for words in PARTS[mutant.part](variant)],
            lambda case: provider.tolerated(variant, true, case),
        )  # fmt: skip

    return {
        "probe": probe,
        "quick": lambda: check("--quick"),
        "baseline": lambda: slower.check(
            harness.program, built(), floor_of(variant), harness.speeds
        ),
        "full": lambda: check("--full"),
        "xblat": lambda: tools.xblat(harness.programs, harness.reference.source, library),
        "numpy": lambda: tools.numpy(SYSTEM_PYTHON, harness.packages, library),
    }
