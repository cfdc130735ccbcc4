# SPDX-License-Identifier: Apache-2.0
"""The audit on published wheels: known faults are found, good wheels are quiet."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from wheels.audit.auditing import Audit, Auditor
from wheels.command import call
from wheels.tests.audit_samples import line

pytestmark = [pytest.mark.real, pytest.mark.slow]

X86 = ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_24_x86_64")
FAULTS = {
    "mxnet==1.9.1": ("3.8", ("manylinux2014_aarch64",), "needs-nowhere", "libarmpl_lp64_mp.so"),
    "mxnet==1.6.0": ("3.8", ("any",), "any-with-native", "x86_64"),
    "MNN==3.1.0": ("3.11", ("manylinux2014_x86_64",), "executable-stack", "glibc 2.41"),
    "numpy==1.19.0": ("3.8", ("manylinux2014_aarch64",), "page-size", "pages of 4096"),
    "mlx-cpu==0.32.4": ("3.12", ("manylinux_2_35_x86_64",), "reference-blas", "netlib"),
}
QUIET = {
    "linux": ("numpy==2.5.5", X86),
    "linux arm": ("numpy==2.5.5", ("manylinux_2_28_aarch64", "manylinux_2_27_aarch64")),
    "musl": ("numpy==2.5.5", ("musllinux_1_2_aarch64",)),
    "macos": ("scipy==1.18.1", ("macosx_14_0_arm64", "macosx_12_0_arm64")),
    "windows": ("scipy==1.18.1", ("win_amd64",)),
    "windows arm": ("numpy==2.5.5", ("win_arm64",)),
}


def fetch(folder: Path, name: str, python: str, platforms: Sequence[str]) -> Path:
    """Download one wheel of any platform."""
    argv = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "-q"]
    argv += ["--disable-pip-version-check", "--python-version", python, "--implementation", "cp"]
    for one in platforms:
        argv += ["--platform", one]
    call([*argv, "--dest", folder, name])
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def auditor() -> Auditor:
    """Read the recipes once."""
    return Auditor()


@pytest.mark.parametrize("name", FAULTS)
def test_faults_of_published_wheels(tmp_path: Path, auditor: Auditor, name: str) -> None:
    """Each of these wheels cannot be used, on some machines at least, or only slowly."""
    python, platforms, code, word = FAULTS[name]

    audit = auditor.audit(fetch(tmp_path, name, python, platforms))

    found = [*audit.of("error"), *audit.of("warning")]
    assert any(word in one.text for one in found if one.code == code)


@pytest.mark.parametrize("case", QUIET)
def test_good_wheels_are_quiet(tmp_path: Path, auditor: Auditor, case: str) -> None:
    """Neither an error nor a warning."""
    name, platforms = QUIET[case]

    audit = auditor.audit(fetch(tmp_path, name, "3.12", platforms))

    assert () == (*audit.of("error"), *audit.of("warning"))
    assert any("openblas" in one.blas for one in audit.files) or case == "macos"


def planted(path: Path, old: bytes, new: bytes) -> Path:
    """The same wheel with other bytes in its native files, and a RECORD that says so."""
    assert len(old) == len(new)
    target = path.with_name("planted") / path.name
    target.parent.mkdir()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as sink:
        names = [name for name in source.namelist() if not name.endswith("/")]
        members = {name: source.read(name) for name in names}
        for name in names:
            if name.endswith((".so", ".pyd")):
                members[name] = members[name].replace(old, new)
        record = next(name for name in names if name.endswith(".dist-info/RECORD"))
        rows = [line(name, data) for name, data in members.items() if name != record]
        members[record] = "\n".join([*rows, f"{record},,", ""]).encode()
        for name, data in members.items():
            sink.writestr(name, data)
    return target


def test_planted_faults_in_a_real_wheel(tmp_path: Path, auditor: Auditor) -> None:
    """Another architecture, another library, a search path of the build machine."""
    good = fetch(tmp_path, "osqp==1.1.3", "3.12", X86)

    def told(old: bytes, new: bytes) -> set[str]:
        wheel = planted(good, old, new)
        audit: Audit = auditor.audit(wheel)
        wheel.unlink()
        wheel.parent.rmdir()
        return {one.code for one in audit.of("error")}

    assert set() == told(b"x", b"x")
    assert "needs-nowhere" in told(b"libm.so.6\0", b"libx.so.6\0")
    assert "glibc-floor" in told(b"GLIBC_2.14\0", b"GLIBC_2.98\0")
    assert "wrong-machine" in told(b"\x7fELF\2\1\1" + bytes(9) + b"\3\0\x3e", b"\x7fELF\2\1\1" + bytes(9) + b"\3\0\xb7")  # fmt: skip  # noqa: E501
