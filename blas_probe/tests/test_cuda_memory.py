# SPDX-License-Identifier: Apache-2.0
"""A toolkit that has not changed is not asked again; one that has changed always is."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from blas_probe import cache as module
from blas_probe.cache import Cache
from blas_probe.cuda import describe as describing
from blas_probe.cuda.bench import Bench
from blas_probe.cuda.describe import describe_all
from blas_probe.cuda.memory import Memory
from blas_probe.cuda.toolkit import Toolkit
from blas_probe.recipe.cuda import CudaRecipes
from blas_probe.tests.cuda_tree import GCC, HOST_CONFIG, bench, compiler, nvcc, toolkit, touch

Look = Callable[[], Toolkit]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A whole toolkit."""
    return toolkit(tmp_path / "usr/local/cuda")


@pytest.fixture
def look(cuda: CudaRecipes, tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Describe the toolkit with a cache that trusts new files."""
    monkeypatch.setattr(module, "settled", lambda one, since: True)
    gcc = touch(tmp_path / "usr/bin/gcc")

    def run(**environ: str) -> Toolkit:
        environ = {"PATH": str(gcc.parent), **environ}
        programs = {str(root / "bin/nvcc"): nvcc(root), str(gcc): compiler(GCC.format(12))}
        plain: Bench = bench(cuda, tmp_path, programs, environ=environ)
        memory = Memory(Cache(tmp_path / "cache"), environ)
        return describe_all(dataclasses.replace(plain, memory=memory))[0][0]

    return run


def test_an_unchanged_toolkit_is_not_described_again(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second answer is the first one, word for word."""
    first = look()
    monkeypatch.setattr("blas_probe.cuda.describe.describe", None)

    assert first == look()


def newer_header(root: Path) -> None:
    touch(root / "include/cuda_runtime_api.h", "#define CUDART_VERSION 13010\n")


def stricter_header(root: Path) -> None:
    touch(root / "include/crt/host_config.h", HOST_CONFIG.format(gcc=11, clang=14))


def library_gone(root: Path) -> None:
    (root / "lib64/libcublas.so").unlink()


def library_replaced(root: Path) -> None:
    path = root / "lib64/libcublas.so.13"
    touch(path.with_name("new"), "x")
    os.replace(path.with_name("new"), path)  # noqa: PTH105


def part_added(root: Path) -> None:
    touch(root / "version.json", '{"cuda": {"version": "13.0.2"}}')


CHANGES = [newer_header, stricter_header, library_gone, library_replaced, part_added]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: str(change.__name__))
def test_a_changed_toolkit_is_described_again(
    look: Look, root: Path, change: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A header, a library, a link or a new file: the old record is not used."""
    look()
    change(root)
    asked: list[str] = []
    real = describing.describe

    def watched(*arguments: object) -> Toolkit:
        asked.append("again")
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("blas_probe.cuda.describe.describe", watched)
    look()

    assert ["again"] == asked


def test_another_environment_is_another_question(look: Callable[..., Toolkit]) -> None:
    """Variables that change what nvcc does are part of the question."""
    assert look().notes == ()
    assert look(NVCC_APPEND_FLAGS="-lineinfo").notes != ()
    assert look().notes == ()
