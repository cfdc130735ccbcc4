# SPDX-License-Identifier: Apache-2.0
"""A wheel for another machine: built here, installed by that machine's pip, its tests run there.

Needs the network, qemu-user and debootstrap; without an emulator the wheel is built all the same.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from wheels.command import Log, call
from wheels.emulated import Elsewhere, installed, python_elsewhere
from wheels.emulation import runner_for
from wheels.folders import CHECKOUT, folders_of
from wheels.progress import progress_on
from wheels.rows import by_id, load_rows
from wheels.tests.e2e.release_runs import Place, good

pytestmark = [pytest.mark.real, pytest.mark.slow]
PLATFORM = "manylinux_2_28_aarch64"
CELL = f"cp313-{PLATFORM}-openblas_lp64-cpu"
SUITE_TIMEOUT = 1800.0  # seconds; ten minutes on an idle machine
SUITE = CHECKOUT / "core/tests/python"
TOOLS = ("array-api-strict", "hypothesis", "ml-dtypes", "numpy", "pytest")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The release of one cell of another machine."""
    kept = os.environ.get("TRIVET_E2E_FOLDER", "")
    folder = Path(kept) / "elsewhere" if kept else tmp_path_factory.mktemp("elsewhere")
    made = Place(folder=folder, platform="*")
    good(made.run("release", "--only", CELL))
    return made


def there(place: Place) -> Elsewhere:
    """The Python of that machine."""
    platform = by_id(load_rows(CHECKOUT / "recipes").platforms, PLATFORM, "platform")
    folders = folders_of(build=place.build)
    with progress_on(bars=False) as progress:
        runner = runner_for(platform, folders, os.environ, progress, offline=True)
    found = python_elsewhere(platform, place.build, runner)
    if isinstance(found, str):
        pytest.skip(f"built, and not run: {found}")
    return found


def wheel(place: Place) -> Path:
    """The main wheel; the folder may hold those of other platforms, too."""
    return next(place.dist.glob("trivet-*-abi3-manylinux_*_aarch64.whl"))


def test_its_certificate_says_what_was_run_and_what_was_not(place: Place) -> None:
    """The numbers under the emulator; speed is left out, because another processor computes."""
    there(place)
    path = place.dist / "certificates" / f"trivet-cp312-{PLATFORM}.json"
    record = json.loads(path.read_text(encoding="utf-8"))

    assert record["green"]
    assert record["proof"]["verdict"]["cases"]["numeric"] > 1500
    assert [cell["id"] for cell in record["installed"]] == [CELL]
    assert "speed" in {row["what"] for row in record["not_run"]}


def test_the_array_tests_hold_there(place: Place, tmp_path: Path) -> None:
    """Installed by pip, and exercised by the portable part of the suite, all under the emulator."""
    python = there(place)
    log = Log(place.build / "logs" / "suite-elsewhere.log", "portable tests elsewhere")
    env = {**os.environ, **python.runner.env, "HOME": str(tmp_path)}
    with installed(python, [wheel(place), *TOOLS], env, log, offline=False) as site:
        tests = tmp_path / "core/tests/python"
        tests.mkdir(parents=True)
        for path in SUITE.glob("*.py"):  # the others need the toolkit, or compilers
            if not path.name.startswith("test_") or "mark.portable" in path.read_text("utf-8"):
                shutil.copy2(path, tests)
        shutil.copy2(CHECKOUT / "pyproject.toml", tmp_path)
        words = python.words("-m", "pytest", "-q", "-m", "portable", "-p", "no:cacheprovider")
        done = call(
            [*words, tests],
            env={**env, "PYTHONPATH": str(site)},
            cwd=tmp_path,
            log=log,
            timeout=SUITE_TIMEOUT,
            check=False,
        )

    said = done.output.strip().splitlines()[-1]
    assert done.returncode == 0, done.output[-3000:]
    assert int(said.split(" passed")[0].split()[-1]) > 2000
