# SPDX-License-Identifier: Apache-2.0
"""Finding, ranking and choosing backends, and what show_config says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import trivet as tv
from trivet import _backends, _core, _dlls


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty backends folder in the place of the package's; no entry points."""
    monkeypatch.setattr(_backends, "PACKAGED", tmp_path)
    monkeypatch.setattr(_backends, "_entry_points", lambda: iter(()))
    return tmp_path


def add(folder: Path, name: str, **certificate: object) -> Path:
    """Put a file that looks like a backend, with its certificate, into the folder."""
    place = folder / name
    place.mkdir()
    path = place / f"trivet_backend_{name.replace('-', '_')}.so"
    path.write_bytes(b"no library")
    if certificate:
        (place / "certificate.json").write_text(json.dumps({"id": name, **certificate}))
    return path


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python with arguments in a fresh process."""
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_backends_rank_by_certified_score(installed: Path) -> None:
    """The best mean score stands first; without a score last, by name."""
    add(installed, "slow", scores={"sgemm": 0.1, "dgemm": 0.3})
    add(installed, "fast", scores={"sgemm": 0.9, "dgemm": 0.9})
    add(installed, "b-unknown")
    add(installed, "a-unknown", scores={})

    assert ["fast", "slow", "a-unknown", "b-unknown"] == [b.name for b in tv.backends()]
    assert [0.9, 0.2, None, None] == [b.score for b in tv.backends()]


def test_a_source_builds_own_choice_stands_first(installed: Path) -> None:
    """Who built with one provider asked for it."""
    add(installed, "fast", scores={"sgemm": 0.9})
    add(installed, "asked", scores={}, origin="source build")

    assert "asked" == tv.backends()[0].name


def test_a_damaged_certificate_costs_the_score_only(installed: Path) -> None:
    """Text that is no JSON, or no object, leaves the backend usable."""
    for name, text in (("one", "{"), ("two", "[1]")):
        path = add(installed, name)
        path.with_name("certificate.json").write_text(text)

    assert [("one", None), ("two", None)] == [(b.name, b.score) for b in tv.backends()]


def test_no_backend_is_an_error_with_the_next_command(installed: Path) -> None:
    """The message says where it looked and what to type."""
    with pytest.raises(RuntimeError, match=r"no backend is installed.*Next: pip install"):
        _backends.load_best()


def test_an_unknown_name_lists_those_found(installed: Path) -> None:
    """use() names what was asked and what there is."""
    add(installed, "fast")

    with pytest.raises(RuntimeError, match=r"got 'nothing', installed: fast. Next: pip install"):
        tv.use("nothing")
    with pytest.raises(RuntimeError, match="no such file"):
        tv.use(installed / "missing.so")


def test_a_file_that_is_no_library_is_named(installed: Path) -> None:
    """Every backend that failed to load stands in the error."""
    path = add(installed, "broken")

    with pytest.raises(RuntimeError, match="broken"):
        _backends.load_best()
    with pytest.raises(RuntimeError, match="trivet_backend_broken"):
        tv.use(path)


def test_the_environment_variable_is_named_in_its_error() -> None:
    """TRIVET_BLAS=nothing fails when BLAS is first needed, not at import."""
    result = run(
        "-c",
        "import trivet as tv; print(tv.ones(2).sum())\n"
        "try: tv.ones(2) @ tv.ones(2)\n"
        "except RuntimeError as error: print(error)",
        TRIVET_BLAS="nothing",
    )

    first, second = result.stdout.splitlines()
    assert "2.0" == first
    assert "TRIVET_BLAS must name an installed backend" in second and "'nothing'" in second


def test_a_path_with_a_space_and_an_accent_is_used(tmp_path: Path) -> None:
    """TRIVET_BLAS and use() take any path."""
    tv.ones(2) @ tv.ones(2)
    source = Path(_core.current_backend()["path"])
    if any(source.parent.glob("../../*.libs")):
        pytest.skip("this backend finds its libraries beside its own folder")
    folder = tmp_path / "a folder é"
    shutil.copytree(source.parent, folder)  # a bundled provider library lies beside it
    copied = folder / source.name
    code = "import trivet as tv; tv.ones(2) @ tv.ones(2); print(tv.show_config('dict')['backend'])"

    result = run("-c", code, TRIVET_BLAS=str(copied), PYTHONIOENCODING="utf-8")

    assert str(copied) in result.stdout, result.stderr
    assert f"TRIVET_BLAS={copied}" in result.stdout


def test_show_config_names_the_library_that_answers(capsys: pytest.CaptureFixture[str]) -> None:
    """As text and as a dictionary: version, backend, why, file, provider's library."""
    found = tv.show_config(mode="dict")
    backend = found["backend"]

    assert Path(backend["BLAS library"]).is_file()
    assert Path(backend["file"]).is_file()
    assert backend["why"] and backend["name"] in {b.name for b in tv.backends()} | {backend["name"]}
    assert backend["integer bits"] in (32, 64)
    assert tv.__version__ == found["trivet"]["version"]
    assert tv.show_config() is None
    text = capsys.readouterr().out
    for part in (backend["BLAS library"], backend["why"], backend["name"], tv.__version__):
        assert part in text
    with pytest.raises(ValueError, match="mode"):
        tv.show_config("yaml")  # type: ignore[call-overload]


def test_the_module_prints_its_configuration() -> None:
    """`python -m trivet` is show_config, and works without a usable backend."""
    good = run("-m", "trivet")
    bad = run("-m", "trivet", TRIVET_BLAS="nothing")

    assert 0 == good.returncode and "BLAS library" in good.stdout
    assert 0 == bad.returncode and "'nothing'" in bad.stdout


@pytest.fixture
def required(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Distributions `backend` -> `provider`, whose library lies in the prefix's Library/bin."""
    site = tmp_path / "Lib" / "site-packages"
    wants = "".join(
        f"Requires-Dist: {one}\n" for one in ("Provider[fast]==1.*", "gone", "more; extra == 'x'")
    )
    for name, wanted, listed in (
        ("backend", wants, ""),
        (
            "provider",
            "",
            "../../Library/bin/a_rt.3.dll,,\n../../Library/bin/a.DLL,,\nprovider.py,,\n",
        ),
        ("more", "", "more/b.dll,,\n"),
    ):
        info = site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{wanted}"
        )
        (info / "RECORD").write_text(listed)
    monkeypatch.syspath_prepend(str(site))
    return tmp_path / "Library" / "bin"


def test_windows_looks_where_a_requirement_put_its_libraries(
    required: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once for each folder; not for extras, nor for what is not installed."""
    asked: list[str] = []
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(os, "add_dll_directory", asked.append, raising=False)

    _dlls.add_folders("backend")

    assert [str(required)] == asked
    assert [] == _dlls.folders("nobody")


def test_elsewhere_a_search_path_says_it(required: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No metadata are read."""
    del required
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(_dlls, "folders", lambda name: pytest.fail(name))

    _dlls.add_folders("backend")


def test_a_backend_knows_the_distribution_that_it_came_with(installed: Path) -> None:
    """Only one that a path names has none."""
    path = add(installed, "one")

    assert ["trivet"] == [backend.distribution for backend in tv.backends()]
    assert "" == _backends._find(path).distribution
