# SPDX-License-Identifier: Apache-2.0
"""Paths as short as they can be told apart."""

from __future__ import annotations

import pytest

from blas_probe.short import listed, tail

PATHS = ["/usr/lib/a/libblas.so.3", "/usr/lib/b/libblas.so.3", "/usr/lib/b/libx.so", "/b/libx.so"]


@pytest.mark.parametrize(
    ("path", "short"),
    [
        (PATHS[0], "a/libblas.so.3"),
        (PATHS[1], "b/libblas.so.3"),
        (PATHS[2], "lib/b/libx.so"),
        (PATHS[3], "/b/libx.so"),
        ("/opt/liby.so", "liby.so"),
    ],
)
def test_a_tail_fits_one_path_alone(path: str, short: str) -> None:
    """The fewest whole parts; the path itself where another one ends like it."""
    assert short == tail(path, [*PATHS, path])


def test_files_of_one_folder_stand_together() -> None:
    """As a shell would write them."""
    paths = ["/l/a/libblas.so.3", "/l/a/liblapack.so.3", "/l/b/libblas.so.3", "/l/b/liblapack.so.3"]

    both = "a/{libblas.so.3,liblapack.so.3}, b/{libblas.so.3,liblapack.so.3}"
    assert both == listed(paths, paths)
    assert "libblas.so.3, liblapack.so.3" == listed(paths[:2], paths[:2])
