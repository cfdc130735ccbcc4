# SPDX-License-Identifier: Apache-2.0
"""The command line and the package."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import blas_probe
from blas_probe import errors
from blas_probe.__main__ import main
from blas_probe.found import SCHEMA
from blas_probe.look import as_paths
from blas_probe.tests.tiny_elf import tiny_elf

REPOSITORY = Path(__file__).resolve().parents[2]
HIDDEN = ["--site-packages", "/nonexistent"]


def test_json_is_complete(
    one_recipe: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """The schema, and the variants of the given recipes."""
    code = main(["--json", "--recipes", str(one_recipe()), *HIDDEN])

    data = json.loads(capsys.readouterr().out)
    assert (code, data["schema"]) == (0, SCHEMA)
    assert [variant["id"] for variant in data["variants"]] == ["one"]


STRANGE = [
    ("empty", b"", "the file is empty"),
    ("noise", bytes(range(256)) * 9, "no library of any known format"),
    ("script", b"INPUT ( libx.so )", "a linker script, not a library: INPUT ( libx.so )"),
    ("cut_off", tiny_elf()[:400], "cut off"),
    ("foreign", tiny_elf(machine=183), "built for aarch64"),
    ("no_blas", tiny_elf(defined=("printf",)), "it defines no BLAS or LAPACK function"),
]


@pytest.mark.parametrize(("data", "reason"), [r[1:] for r in STRANGE], ids=[r[0] for r in STRANGE])
def test_a_strange_file_costs_one_row(
    one_recipe: Callable[[], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str],
    data: bytes, reason: str,
) -> None:  # fmt: skip
    """The reason is told, and the rest of the report is intact."""
    path = tmp_path / "libblas.so.3"
    path.write_bytes(data)

    code = main([str(path), "--json", "--recipes", str(one_recipe()), *HIDDEN])

    (library,) = json.loads(capsys.readouterr().out)["libraries"]
    assert code == 0
    assert reason in library["problem"]


def test_errors_have_their_exit_code(
    tmp_path: Path, one_recipe: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """A message on standard error, no traceback."""
    nobody = main(["--why", "nobody", "--recipes", str(one_recipe()), *HIDDEN])
    nothing = main(["--recipes", str(tmp_path / "none")])

    assert (nobody, nothing) == (errors.UnknownVariant.exit_code, errors.RecipeError.exit_code)
    assert "nothing here is called `nobody`" in capsys.readouterr().err


def test_exit_codes_are_unique() -> None:
    """Each error can be told from the others by a script."""
    kinds: list[type[errors.ProbeError]] = [
        errors.ProbeError,
        *errors.ProbeError.__subclasses__(),
    ]

    assert len({kind.exit_code for kind in kinds}) == len(kinds)


def test_importing_the_package_loads_nothing_else() -> None:
    """A child, and pip's build, start fast."""
    code = "import sys; a = set(sys.modules); import blas_probe; print(set(sys.modules) - a)"

    run = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.append({str(REPOSITORY)!r}); {code}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert "dataclasses" not in run.stdout
    assert "blas_probe.recipe" not in run.stdout


def test_every_public_name_can_be_imported() -> None:
    """The lazy table and __all__ agree."""
    assert all(getattr(blas_probe, name) is not None for name in blas_probe.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = blas_probe.nothing


def backend() -> ModuleType:
    """The build backend of the wheel."""
    path = REPOSITORY / "blas_probe/packaging/probe_backend.py"
    spec = importlib.util.spec_from_file_location("probe_backend", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def modules() -> list[str]:
    """Every module that the package's own code may import, however deep it lies."""
    found = [path.relative_to(REPOSITORY) for path in (REPOSITORY / "blas_probe").rglob("*.py")]
    return [str(path) for path in found if path.parts[1] not in ("tests", "packaging")]


@pytest.mark.parametrize("text", ["abc", "-1", "1.5"])
def test_a_time_that_is_none_is_told_in_a_line(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of SOURCE_DATE_EPOCH."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", text)

    with pytest.raises(SystemExit, match=f"SOURCE_DATE_EPOCH={text} is no number of seconds"):
        backend().build_wheel(str(tmp_path))


def test_the_wheel_holds_the_recipes_every_module_and_no_tests(tmp_path: Path) -> None:
    """Package data come from the one copy in recipes/; the same bytes each time."""
    first = tmp_path / backend().build_wheel(str(tmp_path))
    data = first.read_bytes()
    backend().build_wheel(str(tmp_path))

    names = set(zipfile.ZipFile(first).namelist())
    recipes = {f"blas_probe/recipes/blas/{p.name}" for p in (REPOSITORY / "recipes/blas").iterdir()}
    assert first.name == f"blas_probe-{blas_probe.__version__}-py3-none-any.whl"
    assert recipes <= names
    assert {path for path in names if path.endswith(".py")} == set(modules())
    assert first.read_bytes() == data


def test_the_wheel_of_the_sdist_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The archive carries all that a build needs."""
    direct = tmp_path / backend().build_wheel(str(tmp_path))
    with tarfile.open(tmp_path / backend().build_sdist(str(tmp_path))) as archive:
        archive.extractall(tmp_path, filter="data")
    (tmp_path / "out").mkdir()
    module = backend()
    monkeypatch.setattr(module, "ROOT", tmp_path / f"blas_probe-{blas_probe.__version__}")

    other = tmp_path / "out" / module.build_wheel(str(tmp_path / "out"))

    assert other.read_bytes() == direct.read_bytes()


def test_callers_name_paths_as_they_like(tmp_path: Path, one_recipe: Callable[[], Path]) -> None:
    """A text, a Path or several; one text is no list of letters."""
    (tmp_path / "libblas.so").write_bytes(b"")

    assert [tmp_path] == as_paths(str(tmp_path)) == as_paths(tmp_path) == as_paths([str(tmp_path)])
    assert 1 == len(blas_probe.dependencies(str(tmp_path)).skipped)
    assert 1 == len(blas_probe.load_recipes(str(one_recipe())).providers)


@pytest.mark.parametrize("bad", [{"jobs": 0}, {"timeout": 0}, {"timeout": float("nan")}])
def test_senseless_limits_are_refused(one_recipe: Callable[[], Path], bad: dict[str, Any]) -> None:
    """Before anything is looked at."""
    recipes = blas_probe.load_recipes(one_recipe())

    with pytest.raises(errors.UsageError, match=f"{next(iter(bad))}="):
        blas_probe.probe(recipes=recipes, environ={}, **bad)
