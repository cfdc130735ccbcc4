# SPDX-License-Identifier: Apache-2.0
"""A library that became slower fails against its recorded speeds, though above every floor."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.tests.check.building import found
from core.tests.mutants import wrapper
from core.tests.mutants.rows import Mutant
from wheels.folders import CHECKOUT
from wheels.proof.recorded import FOLDER, files, read
from wheels.tests.e2e.test_prove import Done, pypi_openblas, run

pytestmark = [pytest.mark.real, pytest.mark.slow]
TIMES = 3  # as long as the true routine; its floor allows far more
SLOW = Mutant(
    id="potrf-slow", kind="routine", defect="slowness", routine="potrf", types="d",
    wrong=f"dpotrf takes {TIMES} times as long",
    setup="""
static double used(void) { /* not the wall clock: other programs have the CPU at times */
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
""",
    body=f"""
const double begin = used();
CALL;
const double end = begin + {TIMES} * (used() - begin);
while (used() < end)
    ;
""",
)  # fmt: skip
SAME = Mutant(id="same", kind="library", defect="control", wrong="nothing")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A build folder, and a copy of the recipes in which PyPI's OpenBLAS has its speeds."""
    kept = os.environ.get("TRIVET_E2E_FOLDER")
    folder = tmp_path_factory.mktemp("baseline")
    shutil.copytree(CHECKOUT / "recipes", folder / "recipes")
    shutil.rmtree(folder / "recipes" / FOLDER, ignore_errors=True)
    if kept:
        (folder / "build").symlink_to(Path(kept) / "prove")
    done = prove(folder, pypi_openblas(), "--record", "--json")
    assert done.code == 0, done.errors
    yield folder


def prove(place: Path, *words: str | Path) -> Done:
    """Compare with the recorded speeds of that copy."""
    return run("--build", place / "build", "--recipes", place / "recipes", *words)


def planted(mutant: Mutant, folder: Path) -> Path:
    """PyPI's OpenBLAS behind a wrapper."""
    path = str(pypi_openblas().resolve())
    known = {str(Path(one.path).resolve()): one for one in found().libraries}
    if path not in known:
        pytest.skip(f"the prober does not find {path}")
    return wrapper.plant(mutant, known[path], folder / "lib", folder / "work", None)


def test_the_recording_is_of_this_machine(place: Path) -> None:
    """Cases, day, and the file by its hash."""
    (path,) = files(place / "recipes" / FOLDER)
    (one,) = read(path)

    assert one.runs > 2
    assert len(one.levels) > 40
    assert one.libraries[-1].provider == "openblas"


def test_the_same_library_holds(place: Path, tmp_path: Path) -> None:
    """Itself, and behind a wrapper that alters nothing (other bytes of the same version)."""
    for library in (pypi_openblas(), planted(SAME, tmp_path)):
        done = prove(place, library, "--json")
        assert done.code == 0, done.errors
        made = done.certificate.proof

        assert made is not None
        assert made.verdict.compared is not None
        assert made.verdict.compared.cases > 40


def test_a_slower_library_fails_above_every_floor(place: Path, tmp_path: Path) -> None:
    """The message has the case, its share, the baseline and the noise; without one it passes."""
    slow = planted(SLOW, tmp_path)
    done = prove(place, slow, "--json")
    failures = done.certificate.failures

    assert done.code == 11, done.errors
    assert all("in the baseline (openblas" in text for text in failures), failures
    assert any(text.startswith("dpotrf 256: ") for text in failures), failures
    assert prove(place, slow, "--no-baseline").code == 0


def test_the_certificate_of_the_former_release_is_a_baseline(place: Path, tmp_path: Path) -> None:
    """Nothing needs to be recorded for that."""
    kept = tmp_path / "last"
    done = prove(place, pypi_openblas(), "--no-baseline", "--keep", kept)
    assert done.code == 0, done.errors
    slow = prove(place, planted(SLOW, tmp_path), "--baseline", kept / "certificate.json")

    assert slow.code == 11, slow.errors
    assert "by its certificate" in slow.out
