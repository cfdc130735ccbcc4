# SPDX-License-Identifier: Apache-2.0
"""Several computing packages in one process; run by an installed cell's own Python, alone.

    python -I visit.py '{"parties": [...], "strange": "/folder"}'

A party is a backend of trivet or another package, with expressions that do its work. In the order
given each is loaded and computes; then all compute again, one after the other and at the same
time. Prints a JSON line before each step, and a last one: what is wrong, and what answered.
"""

import importlib
import json
import math
import sys
import threading
from pathlib import Path

N = 300  # blocked and threaded kernels are reached
NEAR = 1e-10
CALLERS = 2  # threads of each party that compute at the same time

Rows = list[list[float]]


def digits(seed: int) -> list[float]:
    """Whole numbers from -5 to 5."""
    return [float((seed + 7 * i + 3 * i * i) % 11 - 5) for i in range(N)]


class Problem:
    """Matrices whose product, solution, spectrum and factor are known without any BLAS."""

    def __init__(self) -> None:
        u, v, p, q = (digits(seed) for seed in (1, 2, 5, 8))
        self.left = [[x + y for y in v] for x in u]
        self.right = [[x + y for y in q] for x in p]
        rows, inner = sum(p), sum(y * z for y, z in zip(v, p, strict=True))
        columns = [(y, y * sum(v) + inner) for y in q]
        self.product = [[x * rows + N * x * y + rest for y, rest in columns] for x in u]
        self.shifted = [[x * y + N * (i == j) for j, y in enumerate(u)] for i, x in enumerate(u)]
        dot = sum(x * y for x, y in zip(u, p, strict=True))
        self.sides = [x * dot + N * y for x, y in zip(u, p, strict=True)]
        self.solution = p
        self.spectrum = [float(N)] * (N - 1) + [N + sum(x * x for x in u)]
        self.minima = [[float(min(i, j) + 1) for j in range(N)] for i in range(N)]
        self.factor = [[float(j <= i) for j in range(N)] for i in range(N)]


class Party:
    """One package, or one backend, that computes here."""

    def __init__(self, row: dict[str, object]) -> None:
        self.row = row
        self.name = str(row["name"])
        self.space: dict[str, object] = {"name": self.name}
        self.answered: object = None
        self.worked = False

    def load(self) -> None:
        """Import what it is made of."""
        for module in list(self.row["imports"]):  # type: ignore[call-overload]
            importlib.import_module(module)
            self.space[module.partition(".")[0]] = sys.modules[module.partition(".")[0]]
        self.begin()

    def begin(self) -> None:
        """Make it the one that computes, where only one can."""
        if self.row.get("begin"):
            self.ask("begin")

    def ask(self, what: str, **values: object) -> object:
        """Evaluate one of its expressions."""
        return eval(str(self.row[what]), {**self.space, **values})

    def work(self, problem: Problem, wrong: list[str], when: str) -> None:
        """Compute, and note each answer that is not the known one; the slowest only once."""

        def array(rows: object) -> object:
            return self.ask("array", rows=rows)

        found = {
            "product": self.ask("product", a=array(problem.left), b=array(problem.right)),
            "solution": self.ask("solution", a=array(problem.shifted), b=array(problem.sides)),
            "factor": self.ask("factor", a=array(problem.minima)),
        }
        if not self.worked:
            found["spectrum"] = self.ask("spectrum", a=array(problem.shifted))
        self.worked = True
        for name, value in found.items():
            got, known = value.tolist(), getattr(problem, name)  # type: ignore[attr-defined]
            if got != known and (distance := far(got, known)) > NEAR:
                wrong.append(f"{self.name}: {name} of {N} x {N} is wrong by {distance:.1e} {when}")
        answered = self.ask("answered") if self.row.get("answered") else None
        if self.answered not in (None, answered):
            wrong.append(f"{self.name}: was answered by {self.answered}, {when} by {answered}")
        self.answered = answered


def far(got: object, known: object) -> float:
    """The largest relative distance; infinite when it is no number or has another shape."""
    if isinstance(known, list):
        if not isinstance(got, list) or len(got) != len(known):
            return float("inf")
        return max((far(x, y) for x, y in zip(got, known, strict=True)), default=0.0)
    if not isinstance(got, float) or not isinstance(known, float) or math.isnan(got):
        return float("inf")
    return abs(got - known) / max(1.0, abs(known))


def say(**line: object) -> None:
    """Print one line at once: what comes next may end the process."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def alternate(parties: list[Party], problem: Problem, wrong: list[str]) -> None:
    """Load and compute in the order given, then all again, and again."""
    for number, party in enumerate(parties):
        others = ", ".join(one.name for one in parties[:number])
        when = f"after {others}" if others else "alone"
        say(step=f"{party.name}: is loaded {when}")
        party.load()
        say(step=f"{party.name}: computes {when}")
        party.work(problem, wrong, when)
    for party in [*parties, *parties[:1]]:
        say(step=f"{party.name}: computes again")
        party.begin()
        party.work(problem, wrong, "when all are loaded")


def together(parties: list[Party], problem: Problem, wrong: list[str]) -> None:
    """Let all compute at the same time; of those that exclude each other, each in its turn."""
    exclusive = [party for party in parties if party.row.get("begin")]
    free = [party for party in parties if party not in exclusive]
    for party in exclusive or free[:1]:
        party.begin()
        busy = [party, *(one for one in free if one is not party)]
        say(step=f"{', '.join(one.name for one in busy)}: compute at the same time")
        concurrently(busy, problem, wrong)


def concurrently(busy: list[Party], problem: Problem, wrong: list[str]) -> None:
    """Run `CALLERS` threads of each party at once."""

    def run(party: Party) -> None:
        try:
            party.work(problem, wrong, "when others compute at the same time")
        except Exception as error:  # noqa: BLE001  (what it is does not matter: it is a failure)
            wrong.append(f"{party.name}: {error!r} when others compute at the same time")

    threads = [threading.Thread(target=run, args=(party,)) for party in busy * CALLERS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def strangers(folder: str) -> list[str]:
    """Files of `folder` that are mapped into this process."""
    maps = Path("/proc/self/maps")
    if not folder or not maps.is_file():
        return []
    lines = maps.read_text(encoding="utf-8", errors="replace").splitlines()
    return sorted({line[line.index("/") :] for line in lines if f" {folder}/" in line})


def main(text: str) -> int:
    """Do the visit that `text` describes."""
    plan = json.loads(text)
    problem, wrong = Problem(), list[str]()
    parties = [Party(row) for row in plan["parties"]]
    alternate(parties, problem, wrong)
    together(parties, problem, wrong)
    wrong += [f"{path} was loaded" for path in strangers(plan.get("strange", ""))]
    say(wrong=wrong, answered={party.name: party.answered for party in parties})
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
