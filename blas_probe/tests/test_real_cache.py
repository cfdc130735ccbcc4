# SPDX-License-Identifier: Apache-2.0
"""Remembered answers of real libraries: an upgrade in place is seen at once. Run with `-m real`."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from blas_probe.cache import Cache
from blas_probe.call import worker
from blas_probe.library import Library
from blas_probe.probing import measure
from blas_probe.recipe import Recipes
from blas_probe.search.find import File
from blas_probe.tests.made import maker

pytestmark = pytest.mark.real

REST = 0.2
"""Seconds after which a file is old enough to be remembered."""


def look(path: Path, recipes: Recipes, answers: Path) -> Library:
    """The record of one file, by way of a new cache object over the same folder."""
    files = [File(path=str(path), names=(str(path),), source="path", problem=None)]
    cache = Cache(answers)
    environ = dict(os.environ)
    return measure(files, recipes, environ=environ, jobs=1, timeout=9.0, cache=cache)[0]


def test_an_upgrade_in_place_is_seen(
    tmp_path: Path, recipes: Recipes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old answer holds until the very moment that the bytes change, times or not."""
    for name in ("made", "lib"):
        (tmp_path / name).mkdir()
    make, path, answers = maker(tmp_path / "made"), tmp_path / "lib/libx.so", tmp_path / "answers"
    narrow, wide = make(file="narrow.so"), make(file="wide.so", INT="int64_t")
    path.write_bytes(narrow.read_bytes())
    old = path.stat()
    time.sleep(REST)

    first = look(path, recipes, answers)
    with monkeypatch.context() as patched:
        patched.setattr(worker, "supervised", lambda request, environment: "not allowed")
        assert first == look(path, recipes, answers)
    path.write_bytes(wide.read_bytes())
    os.utime(path, ns=(old.st_atime_ns, old.st_mtime_ns))

    assert (32, 64) == (first.int_bits, look(path, recipes, answers).int_bits)


def test_a_library_that_it_needs_is_watched_too(tmp_path: Path, recipes: Recipes) -> None:
    """Its own file stays as it is; what it is linked to, or what appears earlier, decides."""
    for name in ("made", "late", "early"):
        (tmp_path / name).mkdir()
    make, answers = maker(tmp_path / "made"), tmp_path / "answers"
    rpath = f"-Wl,--disable-new-dtags,-rpath,{tmp_path}/early:{tmp_path}/late"
    parts = {
        layer: make(f'const char *config(void) {{ return "OpenBLAS {layer}.0"; }}',
                    file=f"part{layer}.so", skeleton=False,
                    flags=("-Wl,-soname,libpart.so",)).read_bytes()
        for layer in ("1", "2", "3")
    }  # fmt: skip
    late = tmp_path / "late/libpart.so"
    late.write_bytes(parts["1"])
    path = make(
        "const char *config(void); int openblas_get_parallel(void) { return 0; }"
        "const char *openblas_get_config(void) { return config(); }",
        file="libx.so", flags=(f"-L{late.parent}", "-lpart", rpath),
    )  # fmt: skip
    time.sleep(REST)

    versions = [look(path, recipes, answers).version for _ in range(2)]
    late.write_bytes(parts["2"])
    time.sleep(REST)
    versions += [look(path, recipes, answers).version for _ in range(2)]
    (tmp_path / "early/libpart.so").write_bytes(parts["3"])
    versions.append(look(path, recipes, answers).version)

    assert ["1.0", "1.0", "2.0", "2.0", "3.0"] == versions
