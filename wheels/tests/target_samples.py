# SPDX-License-Identifier: Apache-2.0
"""Platforms that one machine makes wheels for, as recipes/platforms.toml may have them."""

from __future__ import annotations

from wheels.rows import Platform

ROWS = (
    ("manylinux_2_28_aarch64", "linux", "aarch64", "glibc", "aarch64-linux-gnu.2.28"),
    ("musllinux_1_2_x86_64", "linux", "x86_64", "musl", "x86_64-linux-musl"),
    ("musllinux_1_2_aarch64", "linux", "aarch64", "musl", "aarch64-linux-musl"),
    ("manylinux_2_39_riscv64", "linux", "riscv64", "glibc", "riscv64-linux-gnu.2.39"),
    ("manylinux_2_28_ppc64le", "linux", "ppc64le", "glibc", "powerpc64le-linux-gnu.2.28"),
    ("manylinux_2_28_s390x", "linux", "s390x", "glibc", "s390x-linux-gnu.2.28"),
    ("macosx_14_0_arm64", "macos", "arm64", "none", "aarch64-macos.14.0"),
    ("macosx_11_0_arm64", "macos", "arm64", "none", "aarch64-macos.11.0"),
    ("macosx_11_0_x86_64", "macos", "x86_64", "none", "x86_64-macos.11.0"),
    ("win_amd64", "windows", "AMD64", "none", "x86_64-windows-gnu"),
    ("win_arm64", "windows", "ARM64", "none", "aarch64-windows-gnu"),
)
OLDER = {  # what pip takes there as well
    "manylinux_2_28_aarch64": ("manylinux_2_27_aarch64",),
    "macosx_11_0_x86_64": ("macosx_10_13_x86_64",),
}
PLATFORMS = {
    name: Platform(
        id=name, system=system, machine=machine, libc=libc, target=target,  # type: ignore[arg-type]
        pip_platforms=(name, *OLDER.get(name, ())), toolchains=("ziglang",),
    )
    for name, system, machine, libc, target in ROWS
}  # fmt: skip
