# SPDX-License-Identifier: Apache-2.0
"""glibc's folders for newer CPUs: which of them this CPU's loader takes, and in which order."""

from __future__ import annotations

from pathlib import Path

from blas_probe.search.levels import in_order, level_of, own_levels
from blas_probe.threads.loader import loader_of

V2 = "cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3"
V3 = f"{V2} abm avx avx2 bmi1 bmi2 f16c fma movbe xsave"


def cpu(root: Path, flags: str) -> None:
    """A CPU with these flags, as Linux tells it."""
    (root / "proc").mkdir(exist_ok=True)
    (root / "proc/cpuinfo").write_text(f"processor\t: 0\nflags\t\t: fpu {flags}\n")


def test_a_level_needs_all_below_it(tmp_path: Path) -> None:
    """A hypervisor may hide one flag; without a list there is no level."""
    assert own_levels(tmp_path) == ()
    cpu(tmp_path, V3)
    assert own_levels(tmp_path) == ("x86-64-v3", "x86-64-v2")
    cpu(tmp_path, V3.replace("ssse3", ""))
    assert own_levels(tmp_path) == ()


def test_the_most_special_file_comes_first_and_foreign_ones_not_at_all() -> None:
    """As glibc reads its cache."""
    plain, second, fourth = (
        f"/usr/lib/{below}liba.so.1"
        for below in ("", "glibc-hwcaps/x86-64-v2/", "glibc-hwcaps/x86-64-v4/")
    )

    assert level_of(fourth) == "x86-64-v4"
    assert in_order([fourth, plain, second], ["x86-64-v3", "x86-64-v2"]) == [second, plain]


def test_the_loader_takes_the_file_for_this_cpu(tmp_path: Path) -> None:
    """In the folders of the variable as well as in its own."""
    for below in ("", "glibc-hwcaps/x86-64-v3/", "glibc-hwcaps/x86-64-v4/"):
        folder = tmp_path / "user" / below
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "liba.so.1").touch()
    environ = {"LD_LIBRARY_PATH": str(tmp_path / "user")}

    def taken() -> str:
        places = loader_of(tmp_path, environ).everywhere("liba.so.1")
        return str(next(path for path in places if path.is_file()))

    assert taken() == str(tmp_path / "user/liba.so.1")
    cpu(tmp_path, V3)
    assert taken() == str(tmp_path / "user/glibc-hwcaps/x86-64-v3/liba.so.1")
