# SPDX-License-Identifier: Apache-2.0
"""`wheels prove` on libraries of this machine, as somebody would type it.

A folder given by TRIVET_E2E_FOLDER keeps what was compiled for the next run of these tests.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from blas_probe.binary.host import own_host
from blas_probe.search.names import loader_names
from wheels.folders import CHECKOUT
from wheels.proof.certificate import Certificate, parse

pytestmark = [pytest.mark.real, pytest.mark.slow]
PROVE = [sys.executable, "-m", "wheels", "prove"]
TIMEOUT = 3600  # seconds; the first build on a busy machine
LIBRARIES = Path("/usr/lib") / f"{os.uname().machine}-linux-gnu"


@dataclass(frozen=True, kw_only=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    errors: str

    @property
    def certificate(self) -> Certificate:
        """What --json printed."""
        return parse(Certificate, self.out, "stdout")


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build folder that all tests share: the check program is compiled once."""
    kept = os.environ.get("TRIVET_E2E_FOLDER")
    return Path(kept) / "prove" if kept else tmp_path_factory.mktemp("prove")


def argv(build: Path, *words: str | Path) -> list[str]:
    """The command line; test_baseline.py compares speeds, and with those of its own minutes."""
    return [*PROVE, "--no-baseline", "--build", str(build), *map(str, words)]


def prove(build: Path, *words: str | Path, environ: Mapping[str, str] | None = None) -> Done:
    """Run `wheels prove` to its end."""
    return run(*argv(build, *words)[len(PROVE) :], environ=environ)


def run(*words: str | Path, environ: Mapping[str, str] | None = None) -> Done:
    """Run `wheels prove` with these words alone."""
    done = subprocess.run(
        [*PROVE, *map(str, words)],
        cwd=CHECKOUT, env={**os.environ, "NO_COLOR": "1", **(environ or {})},
        capture_output=True, text=True, timeout=TIMEOUT, check=False,
    )  # fmt: skip
    return Done(code=done.returncode, out=done.stdout, errors=done.stderr)


def pypi_openblas() -> Path:
    """PyPI's OpenBLAS, which the test environment has: a prefix, and LAPACK inside."""
    import scipy_openblas32  # type: ignore[import-not-found]

    return Path(scipy_openblas32.get_lib_dir()) / "libscipy_openblas.so"


def debian(*names: str) -> Path:
    """A library of a Debian package; the test is skipped where it is not installed."""
    for name in names:
        if (LIBRARIES / name).exists():
            return LIBRARIES / name
    pytest.skip(f"{names[0]} is not installed here")


def test_a_library_with_a_prefix_and_lapack(build: Path) -> None:
    """Everything is run, and the certificate names the file by its hash."""
    done = prove(build, pypi_openblas(), "--json")
    assert done.code == 0, done.errors
    made = done.certificate

    assert made.proof is not None
    assert made.proof.paths == (str(pypi_openblas().resolve()),)
    assert {"numeric", "behaviour", "speed"} <= set(made.proof.verdict.cases)
    answered = made.proof.verdict.answered["library"]
    assert Path(answered).samefile(pypi_openblas())


def test_the_second_call_builds_nothing(build: Path) -> None:
    """Backend and check program are there."""
    prove(build, pypi_openblas())
    before = {path: path.stat().st_mtime_ns for path in build.rglob("trivet*") if path.is_file()}
    assert prove(build, pypi_openblas()).code == 0
    after = {path: path.stat().st_mtime_ns for path in build.rglob("trivet*") if path.is_file()}

    assert before == after


def test_a_blas_without_lapack(build: Path) -> None:
    """Its cases are not run, and that is told."""
    done = prove(build, debian("blis-serial/libblis.so.4", "blas/libblas.so.3"), "--json")
    assert done.code == 0, done.errors

    assert any("LAPACK" in row.what for row in done.certificate.not_run)


def test_blas_and_lapack_in_either_order(build: Path) -> None:
    """The LAPACK calls the BLAS that is proven, whatever it asks for by name."""
    blas, lapack = debian("blis-serial/libblis.so.4"), debian("lapack/liblapack.so.3")
    done = prove(build, lapack, blas, "--json")
    assert done.code == 0, done.errors
    assert done.certificate.proof is not None
    told = [library.provider for library in done.certificate.proof.libraries]

    assert told == ["netlib", "blis"]


def test_a_renamed_copy_in_a_folder_of_its_own(build: Path, tmp_path: Path) -> None:
    """A space, letters outside ASCII, read-only, and another file owns its soname elsewhere."""
    folder = tmp_path / "mit Leerzeichen ü"
    folder.mkdir()
    shutil.copy(debian("blis-serial/libblis.so.4", "blas/libblas.so.3"), folder / "libmine.so")
    folder.chmod(0o500)
    try:
        done = prove(build, folder / "libmine.so", "--json")
    finally:
        folder.chmod(0o700)

    assert done.code == 0, done.errors
    assert done.certificate.proof is not None
    assert done.certificate.proof.paths == (str(folder / "libmine.so"),)


def test_a_name_that_the_loader_finds(build: Path) -> None:
    """What a program that asks for libblas.so.3 would get."""
    name = "libblas.so.3"
    if name not in loader_names([name], os.environ, own_host()):
        pytest.skip(f"no {name} is installed here")

    assert prove(build, name).code == 0


def test_what_is_kept_is_the_proof(build: Path, tmp_path: Path) -> None:
    """Certificate, backend, program and log."""
    done = prove(build, pypi_openblas(), "--keep", tmp_path / "kept")
    assert done.code == 0, done.errors
    names = sorted(path.name for path in (tmp_path / "kept").iterdir())

    assert "certificate.json" in names
    assert "trivet-check" in names
    assert any(name.startswith("trivet_backend_") for name in names)


def compiled(folder: Path, name: str, source: str, *options: str | Path) -> Path:
    """Compile a small C library."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.c").write_text(source)
    target = folder / f"lib{name}.so"
    command = ["cc", "-shared", "-fPIC", "-o", target, folder / f"{name}.c", *options]
    subprocess.run(list(map(str, command)), check=True)
    return target


RETURN = {"x86_64": b"\xc3", "aarch64": b"\xc0\x03\x5f\xd6"}


def silenced(library: Path, target: Path, routine: str) -> Path:
    """A copy whose `routine` returns at once and computes nothing."""
    data = bytearray(library.read_bytes())
    with library.open("rb") as stream:
        elf = ELFFile(stream)
        section = elf.get_section_by_name(".dynsym")
        assert isinstance(section, SymbolTableSection)
        symbols = section.get_symbol_by_name(routine)
        assert symbols
        (place,) = elf.address_offsets(symbols[0]["st_value"])
    code = RETURN[os.uname().machine]
    data[place : place + len(code)] = code
    target.write_bytes(bytes(data))
    return target


def test_a_library_with_one_wrong_routine_fails(build: Path, tmp_path: Path) -> None:
    """Everything else is right; the cases that failed are named, and so are no others."""
    thin = silenced(debian("blas/libblas.so.3"), tmp_path / "libblas.so.3", "dtrsm_")
    done = prove(build, thin, debian("lapack/liblapack.so.3"), "--json")

    assert done.code == 11, (done.code, done.errors)
    assert any(text.startswith("dtrsm ") for text in done.certificate.failures)
    assert not any(text.startswith("strsm ") for text in done.certificate.failures)
    assert "dtrsm" in done.errors


BAD: dict[str, tuple[str, int]] = {
    "crashes when it is loaded": (
        "#include <stdlib.h>\n__attribute__((constructor)) void f(void) { abort(); }", 23,
    ),
    "has no BLAS": ("int something_else(void) { return 0; }", 23),
}  # fmt: skip


@pytest.mark.parametrize(("source", "code"), BAD.values(), ids=BAD.keys())
def test_what_the_prober_refuses(source: str, code: int, build: Path, tmp_path: Path) -> None:
    """One error with the reason, no traceback."""
    done = prove(build, compiled(tmp_path, "bad", source))

    assert done.code == code, done.errors
    assert "Traceback" not in done.errors


def test_what_is_no_library(build: Path, tmp_path: Path) -> None:
    """A text, a folder, nothing, a device: exit code 22."""
    (tmp_path / "text.so").write_text("text")
    for path in (tmp_path / "text.so", tmp_path, tmp_path / "none.so", Path("/dev/null")):
        done = prove(build, path)
        assert (done.code, "Traceback" in done.errors) == (22, False), (path, done.errors)


def test_ctrl_c_leaves_nothing(build: Path, tmp_path: Path) -> None:
    """130, and no process and no unfinished folder is left."""
    mark = str(tmp_path)
    child = subprocess.Popen(
        argv(build, pypi_openblas(), "--full"), cwd=CHECKOUT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        env={**os.environ, "TMPDIR": mark},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    time.sleep(8)
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=60)

    assert child.returncode == 130, errors
    assert list(build.glob("prove/*/.*")) == []
    assert carriers(mark) == []


def carriers(mark: str) -> list[str]:
    """Processes whose temporary folder is that of the test."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"TMPDIR={mark}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append((folder / "cmdline").read_text())
        except OSError:
            continue
    return found


def test_json_is_all_that_is_printed(build: Path) -> None:
    """A program can read standard output as it stands."""
    data: dict[str, Any] = json.loads(prove(build, pypi_openblas(), "--json").out)

    assert (data["schema"], data["kind"], data["green"]) == (3, "backend", True)
