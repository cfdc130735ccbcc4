# SPDX-License-Identifier: Apache-2.0
"""Limits, classes and disturbances: everything about speed that needs no measurement."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from blas_probe.bench import load, show
from blas_probe.bench.classes import class_of, speed, warnings, with_speed
from blas_probe.bench.clock import Effort, best, together
from blas_probe.bench.limit import Limit, checked, limits, plausible
from blas_probe.bench.run import Stand, chosen, request, thread_counts
from blas_probe.bench.timings import Timings, rates_of
from blas_probe.call.worker import Outcome
from blas_probe.errors import RecipeError
from blas_probe.found import Found
from blas_probe.library import Library, Rate
from blas_probe.recipe import Recipes, load_recipes
from blas_probe.report import table
from blas_probe.threads.facts import MachineFacts

Make = Callable[..., Library]
PEAK = Limit(kind="double", threads=1, rate=50.0, state="accepted", reason="a loop")
MEASURED = {
    "instructions": {"double": "FMA"},
    "double": {"1": 50.0, "2": 90.0},
    "read": {"1": 20.0},
    "copy": {"1": 18.0, "2": 30.0},
}
# Shares measured on one CPU for libraries whose state is known.
SHARES = [
    ("Netlib", 0.10, "reference"),
    ("slow reference", 0.149, "reference"),
    ("ATLAS, generic", 0.22, "wrong kernel"),
    ("SSE2 kernels of OpenBLAS", 0.33, "wrong kernel"),
    ("AVX2 kernels where AVX-512 is twice as fast", 0.50, "wrong kernel"),
    ("MKL on AMD", 0.70, "good"),
    ("AVX2 kernels of OpenBLAS", 0.85, "good"),
    ("BLIS", 0.93, "good"),
]


def rate(value: float, *, routine: str = "dgemm", n: int = 512, threads: int = 1) -> Rate:
    """One rate without its share."""
    return Rate(routine=routine, n=n, threads=threads, rate=value, share=None)


@pytest.mark.parametrize(("share", "name"), [row[1:] for row in SHARES], ids=[r[0] for r in SHARES])
def test_a_share_of_the_peak_has_a_class(recipes: Recipes, share: float, name: str) -> None:
    """The floors of the recipe set the kinds of libraries apart."""
    assert class_of(share, recipes.speed).name == name


def test_the_best_calibration_counts_and_gaps_are_told() -> None:
    """Each limit is the best of all calibrations; what nobody measured says why."""
    other = {**MEASURED, "double": {"1": 55.0}}

    found = {(one.kind, one.threads): one for one in limits([MEASURED, other], (1, 2), None)}

    assert found["double", 1].rate == 55.0
    assert found["double", 2].rate == 90.0
    assert "FMA" in found["double", 1].reason
    assert found["read", 2].state == "not run"
    assert found["single", 1].reason == "the measurement did not get that far"


@pytest.mark.parametrize(
    ("measured", "ending", "reason"),
    [
        ([{"not_run": "the system refuses"}], None, "the system refuses"),
        ([{}], "crashed with SIGILL while running FMA arithmetic", "crashed with SIGILL"),
    ],
)
def test_a_share_that_cannot_be_is_not_run(
    recipes: Recipes, measured: list[dict[str, str]], ending: str | None, reason: str
) -> None:
    """Without a peak there is no class, and the reason is the calibration's."""
    found = limits(measured, (1,), ending)

    told = speed(Timings(rates=(rate(40.0),)), recipes.speed, found)

    assert told.speed_class == "unknown"
    assert "not run" in told.reason
    assert reason in told.reason
    assert told.rates[0].share is None


def test_a_calibration_below_a_library_is_rejected(recipes: Recipes) -> None:
    """Nothing is faster than the limit: then it is none, and no share is told."""
    found = checked((PEAK,), [("double", rate(50.1)), ("double", rate(20.0, threads=2))])

    told = speed(Timings(rates=(rate(50.1), rate(10.0, n=1024))), recipes.speed, found)

    assert found[0].state == "rejected"
    assert "reached 50.1" in found[0].reason
    assert told.speed_class == "unknown"
    assert [one.share for one in told.rates] == [None, None]


def test_a_limit_that_nobody_passed_is_kept() -> None:
    """Equal is not beyond; another number of threads is another limit."""
    rates = [("double", rate(50.0)), ("double", rate(90.0, threads=2)), ("read", rate(99.0))]

    assert checked((PEAK,), rates) == (PEAK,)


def test_the_class_says_size_share_and_scaling(recipes: Recipes) -> None:
    """One sentence for people; a slower precision is named."""
    found = (
        PEAK,
        dataclasses.replace(PEAK, threads=2, rate=95.0),
        dataclasses.replace(PEAK, kind="single", rate=100.0),
    )
    rates = (
        rate(40.0), rate(45.0, n=1024), rate(80.0, n=1024, threads=2), rate(12.0, routine="sgemm"),
    )  # fmt: skip

    told = speed(Timings(rates=rates), recipes.speed, found)

    assert told.speed_class == "good"
    assert "dgemm (n=1024) at 90% of the peak at 1 thread" in told.reason
    assert "sgemm is only reference (12%)" in told.reason
    assert "2 threads are 1.8 times as fast as 1 (the CPUs: 1.9)" in told.reason


def test_a_disturbed_measurement_says_so_instead_of_the_scaling(recipes: Recipes) -> None:
    """Threads that had no CPU tell nothing."""
    rates = (rate(40.0), rate(20.0, threads=2))

    told = speed(Timings(rates=rates, disturbed=True), recipes.speed, (PEAK,))

    assert "other programs used the CPUs" in told.reason
    assert "times as fast" not in told.reason


def test_a_library_that_dies_while_it_is_timed_keeps_its_rates(recipes: Recipes) -> None:
    """What was told before counts, and the end is told."""
    killed = Outcome(findings={"rates": {"dgemm 512": 45.0}}, ending="crashed", seconds=1.0)
    hung = Outcome(findings={}, ending="did not answer", seconds=60.0)

    told = speed(Timings().joined(killed, 1).joined(hung, 2), recipes.speed, (PEAK,))

    assert told.speed_class == "good"
    assert "not all was measured: it crashed" in told.reason
    assert speed(Timings().joined(hung, 1), recipes.speed, (PEAK,)).reason == "did not answer"


def test_wrong_numbers_have_no_speed(recipes: Recipes, library: Make) -> None:
    """The routine is named, the limit stands, and nobody trusts the library."""
    lied = Outcome(findings={"wrong": {"dgemm": 512}}, ending=None, seconds=1.0)
    right = Outcome(findings={"rates": {"dgemm 512": 9e9, "ddot 8": 9.0}}, ending=None, seconds=1)

    timed = Timings().joined(right, 1).joined(lied, 2)
    told = speed(timed, recipes.speed, (PEAK,))
    (warning,) = warnings([library(speed=told)], recipes.speed)

    assert [one.routine for one in timed.rates] == ["ddot"]
    assert (told.speed_class, told.reason) == ("unknown", "dgemm gives wrong numbers")
    assert "computes nonsense" in warning.text


GAINS = [("half", 45.0, True), ("as_the_cpus", 90.0, False), ("enough", 60.0, False)]


@pytest.mark.parametrize(("two", "slow"), [row[1:] for row in GAINS], ids=[r[0] for r in GAINS])
def test_a_library_that_all_threads_make_slow_is_told(
    recipes: Recipes, library: Make, two: float, slow: bool
) -> None:
    """Its class is that of 1 thread; the loss is a warning with a cure."""
    found = (PEAK, dataclasses.replace(PEAK, threads=2, rate=100.0))

    told = speed(Timings(rates=(rate(48.0), rate(two, threads=2))), recipes.speed, found)

    assert told.speed_class == "good"
    assert [
        ("is slow with threads" in one.text, bool(one.cure))
        for one in warnings([library(speed=told)], recipes.speed)
    ] == [(True, True)] * slow


def test_several_cpus_compute_no_less_than_one() -> None:
    """Other programs had them; memory may be as fast for one thread as for all."""
    two = dataclasses.replace(PEAK, threads=2, rate=30.0)
    memory = [dataclasses.replace(one, kind="read") for one in (PEAK, two)]

    found = plausible([PEAK, two, *memory])

    assert [one.state for one in found] == ["accepted", "rejected", "accepted", "accepted"]
    assert "30.0 were measured with 2 threads and 50.0 with 1" in found[1].reason


def test_a_library_that_hangs_costs_its_time_once(
    recipes: Recipes, library: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all threads it would hang as well; one that crashes is tried again."""
    stand = Stand(recipes=recipes, environ={}, threads=(1, 2), say=lambda _: None)
    asked: list[int] = []

    def ends(text: str) -> None:
        def child(request: dict[str, int], _: str) -> Outcome:
            asked.append(request["threads"])
            return Outcome(findings={}, ending=text, seconds=0.0)

        monkeypatch.setattr(stand, "child", child)

    ends("did not answer within 60 s and was killed while timing dgemm")
    stand.time(library(thread_layer="openmp"), {})
    ends("crashed")
    stand.time(library(thread_layer="openmp"), {})

    assert asked == [1, 1, 2]


def test_the_best_of_several_tries_counts() -> None:
    """A repeated measurement never makes a result worse."""
    first = Outcome(findings={"rates": {"dgemm 512": 45.0, "ddot 8": 9.0}}, ending=None, seconds=1)
    second = Outcome(
        findings={"rates": {"dgemm 512": 44.0, "ddot 8": 11.0}}, ending=None, seconds=1
    )

    joined = Timings().joined(first, 1).joined(second, 1)

    assert [one.rate for one in joined.rates] == [45.0, 11.0]
    assert rates_of({}, 1) == []


def test_the_users_own_environment_is_told_when_it_makes_another_class(
    recipes: Recipes, library: Make
) -> None:
    """A variable that forces an old kernel shows up among its effects."""
    same = Timings(rates=(rate(45.0),), own=rate(44.0))
    forced = Timings(rates=(rate(45.0),), own=rate(16.0))

    assert with_speed(library(), same, recipes.speed, (PEAK,)).environment_effects == {}
    effects = with_speed(library(), forced, recipes.speed, (PEAK,)).environment_effects
    assert effects["speed_class"].startswith("wrong kernel: ")


def test_slow_libraries_are_warned_of_with_a_cure(recipes: Recipes, library: Make) -> None:
    """Reference and wrong kernel are warnings; good is none; the table shows all."""
    slow = with_speed(library(path="/a"), Timings(rates=(rate(5.0),)), recipes.speed, (PEAK,))
    fast = with_speed(library(path="/b"), Timings(rates=(rate(45.0),)), recipes.speed, (PEAK,))

    told = warnings((slow, fast), recipes.speed)
    found = Found(
        libraries=(slow, fast), variants=(), ignored_environment={}, limits=(PEAK,), warnings=told
    )

    assert [one.subject for one in told] == ["/a"]
    assert "doctor" in told[0].cure
    assert "5.0 10%" in table(found)
    assert "Limit, double, 1 thread: 50.0 (a loop)" in table(found)
    assert Found.from_json(found.to_json()) == found
    assert show.rows([library()]) == []


def test_reasons_that_several_share_stand_once(recipes: Recipes, library: Make) -> None:
    """Why there is no class, and whose threads were disturbed, with the numbers in the table."""
    none = Timings(ending="crashed")
    disturbed = Timings(rates=(rate(45.0),), disturbed=True)
    libraries = [
        with_speed(library(), timed, recipes.speed, (PEAK,)) for timed in (none, disturbed, none)
    ]

    told = show.remarks([library(), *libraries])

    assert told[0] == "Speed of 2, 4: crashed"
    assert told[1].startswith("Speed of 3: other programs used the CPUs")


def test_only_routines_of_the_file_itself_are_timed(recipes: Recipes, library: Make) -> None:
    """A LAPACK that calls another's BLAS is not judged by that one's product."""
    names = {one["name"] for one in request(library(has_blas=False), recipes)["routines"]}

    assert "dgemm" not in names
    assert "dgetrf" in names


def test_named_files_and_folders_are_timed_alone(library: Make) -> None:
    """Without names all usable libraries are; what cannot be used is never."""
    one, two = library(path="/a/one.so"), library(path="/b/two.so")
    bad = library(path="/b/bad.so", problem="it crashes")

    assert chosen([one, two, bad], []) == [one, two]
    assert chosen([one, two, bad], [Path("/b")]) == [two]
    assert chosen([one, two, bad], [Path("/a/one.so"), Path("/c")]) == [one]


def test_as_many_threads_as_the_machine_allows() -> None:
    """1 and all; on a machine that allows one, once."""
    found = Found(libraries=(), variants=(), ignored_environment={})

    def counts(usable: int) -> tuple[int, ...]:
        machine = MachineFacts(usable_threads=usable)
        return thread_counts(dataclasses.replace(found, machine=machine))

    assert counts(8) == (1, 8)
    assert counts(1) == (1,)


def test_other_programs_are_noticed() -> None:
    """Their share of the CPUs is everybody's less our own; less than the free ones is no harm."""
    begin = load.Moment(wall=10.0, own=1.0, all=100.0)
    end = load.Moment(wall=12.0, own=2.5, all=103.5)

    assert load.foreign(begin, end) == 1.0
    assert load.disturbed(1.0, 2, 2)
    assert not load.disturbed(1.0, 1, 2)
    assert not load.disturbed(0.05, 2, 2)
    assert not load.disturbed(None, 2, 2)
    assert load.foreign(begin, dataclasses.replace(end, all=None)) is None


def test_best_of_the_runs_and_no_longer_than_allowed() -> None:
    """The input is restored before each run; slow work is not repeated for ever."""
    done: list[str] = []
    effort = Effort(fewest=2, most=50, seconds=0.02)

    def run() -> None:
        done.append("run")
        time.sleep(0.005)

    shortest = best(run, effort, threads=2, before=lambda: done.append("restore"))

    assert shortest >= 0.005
    assert done[:4] == ["restore", "run", "restore", "run"]
    assert 4 <= len(done) <= 12
    assert together([lambda: time.sleep(0.01)] * 2) >= 0.01


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("floor = 0.15", "floor = 0.7", "floors are"),
        ("floor = 0.15", "floor = 1.5", "got 1.5"),
        ("judges = true", "judges = false", "not exactly one routine judges"),
        ('bound = "memory"', 'bound = "luck"', "is not one of them"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(
    one_recipe: Callable[..., Path], recipes: Recipes, old: str, new: str, message: str
) -> None:
    """The file, the line and the fix are named."""
    root = one_recipe()
    rules = Path(__file__).resolve().parents[2] / "recipes" / "speed.toml"
    (root / "speed.toml").write_text(rules.read_text().replace(old, new))

    with pytest.raises(RecipeError, match=rf"speed\.toml:\d+: .*{message}"):
        load_recipes(root)
