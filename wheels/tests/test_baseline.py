# SPDX-License-Identifier: Apache-2.0
"""Recorded speeds: which baseline a run is compared with, and when a case has fallen."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import pytest

from blas_probe.recipe import load_recipes
from blas_probe.recipe.speed import SpeedRules
from wheels.errors import CertificateError, UsageError
from wheels.folders import CHECKOUT
from wheels.proof import recorded, show
from wheels.proof.baseline import (
    Baseline,
    added,
    choose,
    combined,
    file_name,
    of_certificate,
    slower,
)
from wheels.proof.certificate import Certificate, Host, ProvenLibrary, text_of
from wheels.proof.evidence import Case, read
from wheels.proof.regress import Against, Level, Tolerance
from wheels.proof.verdict import NotRun, Part, Terms, Verdict, judge
from wheels.tests.proof_samples import PROOF, SOME_LIBRARY, VERDICT, rate
from wheels.tests.test_check import FORK, GOOD, NUMERIC, SEAL, SLOW, Rows, printed, speed

TOLERANCE = Tolerance(margin=0.2, most=0.5)
HOST = PROOF.host
BLAS = SOME_LIBRARY


def against(share: float, noise: float = 0.01, case: str = "dtrsm 256") -> Against:
    """A baseline of one case."""
    levels = {case: Level(share=share, noise=noise)}
    return Against(name="fast 1.1 of May", origin="x.json", levels=levels, tolerance=TOLERANCE)


def trsm(share: float, noise: float | None = 0.01) -> dict[str, object]:
    """A speed row of a routine that is above its floor."""
    return {**speed("d", share, 256), "case": "dtrsm 256", "op": "trsm", "noise": noise}


def verdict(*tries: Rows, terms: Terms) -> Verdict:
    """Judge the good rows, then each try of the speed part."""
    rows: list[Rows] = [[*NUMERIC, FORK], *tries]
    read_rows = [read(printed(one), SEAL) for one in rows]
    return judge([Part(kind="any", evidence=one, problem="", status=0) for one in read_rows], terms)


def one_try(share: float, noise: float | None = 0.01) -> Rows:
    """The speed part with one trsm."""
    return [*GOOD[5:], trsm(share, noise)]


FALLS = [
    pytest.param(0.59, 0.01, 0.01, False, id="within the margin"),
    pytest.param(0.55, 0.01, 0.01, True, id="below the margin"),
    pytest.param(0.55, 0.3, 0.01, False, id="within the noise of now"),
    pytest.param(0.55, 0.01, 0.3, False, id="within the noise of then"),
    pytest.param(0.45, 0.15, 0.15, True, id="below the noise of both"),
    pytest.param(0.30, 9.0, 9.0, True, id="no noise excuses half of it"),
    pytest.param(0.90, 0.0, 0.0, False, id="faster"),
]


@pytest.mark.parametrize(("share", "now", "then", "falls"), FALLS)
def test_a_case_falls_below_the_noise_of_both_runs(
    share: float, now: float, then: float, falls: bool
) -> None:
    """By a fifth at least, by a half at most."""
    terms = Terms(floor=0.4, against=against(0.7, then))

    assert falls is not verdict(one_try(share, now), terms=terms).green


def test_a_regression_is_told_like_a_floor() -> None:
    """With the case, its share, the baseline and the noise."""
    bad = verdict(one_try(0.4), terms=Terms(floor=0.4, against=against(0.7)))

    assert bad.failures == (
        "dtrsm 256: 40.0% of the limit, 70.0% in the baseline (fast 1.1 of May); noise 1.0% now "
        "and 1.0% then, so that less than 56.0% is a regression",
    )


def test_one_good_try_of_several_is_enough() -> None:
    """The best counts, and stands in the certificate; slow in every try is a regression."""
    terms = Terms(floor=0.4, against=against(0.7))
    good = verdict(one_try(0.3), one_try(0.69), one_try(0.3), terms=terms)

    assert good.green
    assert [row.share for row in good.rates if row.op == "trsm"] == [0.69]
    assert not verdict(one_try(0.3), one_try(0.35), one_try(0.3), terms=terms).green


def test_what_was_disturbed_or_is_new_is_not_compared() -> None:
    """No noise is no measurement, and a case that the baseline lacks has no former share."""
    terms = Terms(floor=0.4, against=against(0.7))
    disturbed = verdict(one_try(0.1, None), terms=terms)
    unknown = verdict(one_try(0.1), terms=Terms(floor=0.4, against=against(0.7, case="x")))

    assert disturbed.green
    assert unknown.green
    assert disturbed.compared is not None
    assert disturbed.compared.cases == 0


def test_known_slowness_is_no_regression() -> None:
    """An `expect` row of a recipe pardons both."""
    fall = replace(against(0.9), levels={"dgemm 512": Level(share=0.9, noise=0.0)})
    rows = [GOOD[5], GOOD[7], {**speed("d", 0.5), "noise": 0.0}]

    assert not verdict(rows, terms=Terms(floor=0.4, against=fall)).green
    assert verdict(rows, terms=Terms(floor=0.4, against=fall, expects=(SLOW,))).green


def test_the_verdict_says_what_was_compared() -> None:
    """The baseline, and for each rate the former share and the smallest accepted one."""
    good = verdict(one_try(0.69), terms=Terms(floor=0.4, against=against(0.7)))
    row = next(row for row in good.rates if row.op == "trsm")

    assert good.compared is not None
    assert (good.compared.baseline, good.compared.cases) == ("fast 1.1 of May", 1)
    assert (row.before, row.noise) == (0.7, 0.01)
    assert row.accepted == pytest.approx(0.56)
    assert verdict(one_try(0.69), terms=Terms(floor=0.4)).compared is None
    text = show.text(certificate(replace(good, speeds=VERDICT.speeds)))
    assert "baseline   fast 1.1 of May (x.json): 1 speed cases compared" in text
    assert "dtrsm 256, at 99% of it" in text


def test_a_recording_takes_the_median_of_its_runs() -> None:
    """Its noise is that of a run, or that between the runs if it is larger."""
    runs = [[rate(0.7)], [rate(0.9)], [rate(0.71)], [rate(0.1, None)]]

    assert combined(runs) == {"dtrsm 256": (0.71, 0.0141)}
    assert combined([[rate(0.7, 0.3)], [rate(0.7, 0.3)]]) == {"dtrsm 256": (0.7, 0.3)}


def baseline(*libraries: ProvenLibrary, date: str = "2026-01-01", host: Host = HOST) -> Baseline:
    """A baseline of some libraries."""
    proof = replace(PROOF, libraries=libraries or (BLAS,), host=host)
    made = of_certificate(certificate(replace(VERDICT, rates=(rate(0.7),)), proof))
    assert made is not None
    return replace(made, date=date)


def certificate(verdict: Verdict, proof: object = PROOF) -> Certificate:
    """The certificate of a backend."""
    whole = replace(proof, verdict=verdict)  # type: ignore[type-var]
    return Certificate(
        kind="backend", id="x", green=verdict.green, failures=verdict.failures, file=None,
        sha256=None, size=None, tag=None, proof=whole,  # type: ignore[arg-type]
    )  # fmt: skip


OLDER = replace(BLAS, version="1.1", sha256="old")
OLDEST = replace(BLAS, version="1.0.9", sha256="oldest")
NEWER = replace(BLAS, version="1.10", sha256="new")
REBUILT = replace(BLAS, sha256="rebuilt")
LAPACK = replace(BLAS, provider="netlib", sha256="lapack")

CHOICES = [
    pytest.param([OLDER, BLAS, REBUILT], BLAS, id="the same bytes first"),
    pytest.param([OLDER, REBUILT], REBUILT, id="then the same version"),
    pytest.param([OLDEST, OLDER], OLDER, id="then the newest that is older"),
    pytest.param([OLDER, NEWER], OLDER, id="never a newer one"),
    pytest.param([NEWER], "only newer versions than fast 1.2 have", id="only a newer one"),
    pytest.param([replace(BLAS, provider="x")], "no baseline of fast 1.2", id="another provider"),
    pytest.param([replace(BLAS, thread_layer="y")], "no baseline of fast 1.2", id="other threads"),
    pytest.param([replace(BLAS, int_bits=64, sha256="wide")],
                 replace(BLAS, int_bits=64, sha256="wide"), id="the width matters little"),
    pytest.param([], "no baseline for this CPU: A CPU, unknown, x86_64", id="nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("known", "expected"), CHOICES)
def test_the_most_alike_baseline_is_chosen(
    known: list[ProvenLibrary], expected: ProvenLibrary | str
) -> None:
    """Or the reason is told why there is none."""
    found = choose([baseline(one) for one in known], HOST, [BLAS])

    if isinstance(expected, str):
        assert isinstance(found, str)
        assert expected in found
    else:
        assert isinstance(found, Baseline)
        assert found.libraries[0].sha256 == expected.sha256


@pytest.mark.parametrize("change", [{"cpu": "B"}, {"model": "family 9"}, {"machine": "arm64"}])
def test_another_cpu_is_not_compared(change: dict[str, str]) -> None:
    """Nor one of the same name that is another model."""
    found = choose([baseline(host=replace(HOST, **change))], HOST, [BLAS])

    assert isinstance(found, str)
    assert "no baseline for this CPU" in found


def test_more_cpus_of_the_same_kind_are_compared() -> None:
    """One thread is one thread; cases of several have their number in the name."""
    found = choose([baseline(host=replace(HOST, threads=64))], HOST, [BLAS])

    assert isinstance(found, Baseline)


def test_the_lapack_is_compared_too() -> None:
    """A BLAS with a LAPACK of its own is another thing than one under the reference's."""
    with_lapack = baseline(LAPACK, BLAS)
    alone = choose([with_lapack], HOST, [BLAS])

    assert choose([with_lapack], HOST, [LAPACK, BLAS]) is with_lapack
    assert isinstance(alone, str)
    assert with_lapack.name == "fast 1.2 with LAPACK of netlib 1.2 of 2026-01-01"


def test_a_certificate_that_failed_or_was_not_timed_is_no_baseline() -> None:
    """Slow would become the measure of slow."""
    timed = replace(VERDICT, rates=(rate(0.7),))

    assert of_certificate(certificate(timed)) is not None
    assert of_certificate(certificate(replace(timed, failures=("slow",)))) is None
    assert of_certificate(certificate(VERDICT)) is None


def test_what_was_recorded_is_read_again(tmp_path: Path) -> None:
    """One file for each kind of CPU; the same library again replaces its own, no other."""
    first, second = baseline(BLAS), baseline(OLDER)
    again = replace(first, date="2026-02-02")
    path = recorded.record(first, tmp_path)
    recorded.record(second, tmp_path)
    recorded.record(again, tmp_path)

    assert path.name == "a-cpu-unknown-x86-64.json"
    assert recorded.read(path) == added([second], again)
    assert '\n"dtrsm 256": [0.7, 0.01]\n' in path.read_text()
    assert [one.date for one in recorded.read(path)] == ["2026-01-01", "2026-02-02"]


def test_a_full_run_adds_to_what_a_quick_one_recorded() -> None:
    """The cases of both, the newer share of what both have."""
    quick = replace(baseline(), levels={"a": (0.5, 0.1), "b": (0.5, 0.1)})
    (both,) = added([quick], replace(quick, levels={"b": (0.6, 0.1), "c": (0.6, 0.1)}))

    assert both.levels == {"a": (0.5, 0.1), "b": (0.6, 0.1), "c": (0.6, 0.1)}


def test_a_certificate_serves_as_a_baseline(tmp_path: Path) -> None:
    """A file, a folder of them, or what a release left."""
    folder = tmp_path / "last/certificates"
    folder.mkdir(parents=True)
    one = certificate(replace(VERDICT, rates=(rate(0.7),)))
    (folder / "backend-fast.json").write_text(text_of(one))
    for place in (folder / "backend-fast.json", folder, tmp_path / "last"):
        found = recorded.against(place, HOST, [BLAS], SpeedRules())

        assert isinstance(found, Against)
        assert (found.name, found.origin) == ("fast 1.2, by its certificate", "backend-fast.json")
        assert found.levels == {"dtrsm 256": Level(share=0.7, noise=0.01)}


def test_nothing_to_compare_with_is_told(tmp_path: Path) -> None:
    """As every other thing that was not run."""
    for place, why in ((None, "--no-baseline was given"), (tmp_path, "no baseline for this CPU")):
        found = recorded.against(place, HOST, [BLAS], SpeedRules())

        assert isinstance(found, NotRun)
        assert why in found.why


DAMAGES = {
    "no JSON": ("{", "is no JSON"),
    "another version": ('{"schema": 7, "baselines": []}', "`schema` is 7"),
    "not a list": ('{"schema": 1, "baselines": 3}', "baselines"),
    "a word for a share": ('{"schema": 1, "baselines": [{}]}', "missing or unknown fields"),
    "neither": ("[]", "not a table"),
}


@pytest.mark.parametrize(("text", "expected"), DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_file_is_one_error(text: str, expected: str, tmp_path: Path) -> None:
    """That names it."""
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(CertificateError, match=r"x\.json") as error:
        recorded.against(tmp_path, HOST, [BLAS], SpeedRules())

    assert expected in str(error.value)


def test_a_baseline_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    """A typing error must not switch the comparison off."""
    words = Namespace(baseline=tmp_path / "none", no_baseline=False)
    with pytest.raises(UsageError, match="does not exist"):
        recorded.wanted(words, tmp_path)
    words.baseline = None

    assert recorded.wanted(words, tmp_path) == tmp_path / "baselines"
    words.no_baseline = True
    assert recorded.wanted(words, tmp_path) is None


def test_two_certificates_are_compared_by_the_same_rule() -> None:
    """For `verify` and for the report."""
    then = [rate(0.7), rate(0.7, case="new")]

    assert [row.case for _, row in slower([rate(0.5)], then, TOLERANCE)] == ["dtrsm 256"]
    assert slower([rate(0.5, 0.3)], then, TOLERANCE) == []
    assert slower([rate(0.5, case="other")], then, TOLERANCE) == []


def test_the_recorded_files_are_whole() -> None:
    """Each is read, holds what its name says, and is as `prove --record` would write it."""
    rules = load_recipes(CHECKOUT / "recipes").speed
    assert 0 < rules.baseline_margin <= rules.baseline_most < 1
    for path in recorded.files(CHECKOUT / "recipes/baselines"):
        rows = recorded.read(path)
        assert {file_name(one) for one in rows} == {path.name}
        assert path.read_text() == recorded.text_of(rows)
        assert json.loads(path.read_text())["schema"] == 1
        assert path.stat().st_size < 100_000


def test_a_case_is_read_with_its_noise() -> None:
    """As trivet-check prints it; null is none."""
    (first, second) = read(printed([trsm(0.5, 0.25), trsm(0.5, None)]), SEAL).cases

    assert isinstance(first, Case)
    assert (first.noise, second.noise) == (0.25, None)
