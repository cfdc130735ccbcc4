# SPDX-License-Identifier: Apache-2.0
"""Header proofs of earlier runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from blas_probe import cache as cache_module
from blas_probe.cache import Cache
from blas_probe.headers.remember import included, remembered
from blas_probe.headers.search import Candidate
from blas_probe.library import Header, Library

Make = Callable[..., Library]
HEADER = Header(
    path="/x/cblas.h", kind="cblas", int_bits=32, defines=("A",), pair="proven", reason="ran"
)


@pytest.fixture(autouse=True)
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files made for a test count as old ones."""
    monkeypatch.setattr(cache_module, "settled", lambda one, since: True)


def ask(cache: Cache, library: Library, header: Path, proof: Any, **more: Any) -> Any:
    """What `remembered` answers, or None when it had to prove again."""
    cache.behind[library.path] = [library.path]
    candidate = Candidate(path=str(header), kind="cblas", owner=None, version=None, near=True)
    asked = []

    def prove() -> Any:
        asked.append(1)
        return proof

    found = remembered(library, [candidate], more, cache, prove)
    return None if asked else found


def test_a_proof_holds_until_something_changes(library: Make, tmp_path: Path) -> None:
    """Header, what it includes, compiler, a fact of the library: each asks for a new proof."""
    folder = tmp_path / "include"
    folder.mkdir()
    header, other = folder / "cblas.h", folder / "config.h"
    for path in (header, other):
        path.write_text("1")
    proof = ((HEADER,), [str(other)])

    def look(library: Library, **more: Any) -> Any:
        return ask(Cache(tmp_path / "cache"), library, header, proof, **more)

    assert look(library(), compiler=["cc"]) is None
    assert (HEADER,) == look(library(seconds=9.0), compiler=["cc"])
    assert look(library(int_bits=64), compiler=["cc"]) is None
    assert look(library(), compiler=["clang"]) is None
    other.write_text("2")
    assert look(library(), compiler=["cc"]) is None
    assert (HEADER,) == look(library(), compiler=["cc"])
    header.write_text("2")
    assert look(library(), compiler=["cc"]) is None


def test_a_proof_that_ran_out_of_time_is_not_kept(library: Make, tmp_path: Path) -> None:
    """The machine may have been busy."""
    for _ in range(2):
        cache = Cache(tmp_path / "cache")
        assert ask(cache, library(), tmp_path / "cblas.h", ((HEADER,), None)) is None


def test_the_files_of_a_make_rule_are_read(tmp_path: Path) -> None:
    """Line ends and blanks are as a compiler writes them."""
    rule = tmp_path / "x.d"
    rule.write_text("/t/x: /t/x.c /usr/include/a\\ b.h \\\n /usr/include/c.h \\\n local.h\n")

    assert ["/t/x.c", "/usr/include/a b.h", "/usr/include/c.h"] == [
        word for word in included(rule) if not word.endswith(":")
    ]
    assert [] == included(tmp_path / "none")
