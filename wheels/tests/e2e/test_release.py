# SPDX-License-Identifier: Apache-2.0
"""Real releases: compile, check, pack, install, interrupt, break, repeat.

A folder given by TRIVET_E2E_FOLDER keeps what was compiled for the next run of these tests.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wheels.archive import unpack_wheel, write_wheel
from wheels.fingerprint import sha256
from wheels.proof.certificate import Inside, parse, text_of
from wheels.proof.making import native_files
from wheels.tests.e2e.release_runs import CHECK_FAILED, Place, good
from wheels.tests.lying import UNPROTECTED, compiled, liar
from wheels.tests.plan_samples import recipe_folder

pytestmark = [pytest.mark.real, pytest.mark.slow]
SECOND = "openblas64"  # beside the default one; both come from PyPI, so that every machine has them
WORDS = ("--variant", SECOND)


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A finished release of two providers, in a folder with a space and letters outside ASCII."""
    kept = os.environ.get("TRIVET_E2E_FOLDER")
    root = Path(kept) if kept else tmp_path_factory.mktemp("release")
    made = Place(folder=root / "Größe und mehr")
    good(made.run("release", *WORDS))
    return made


def test_dist_holds_every_wheel_with_its_certificate(place: Place) -> None:
    """Two main wheels, one backend, the prober."""
    names = [name.split("-")[0] for name in place.wheels()]

    assert names.count("trivet") == 2
    assert names.count(f"trivet_{SECOND}") == names.count("blas_probe") == 1
    assert place.unsound() == []


def test_pip_installs_from_the_index(place: Place, tmp_path: Path) -> None:
    """What a user types, with this very Python and no other source."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    simple = (place.folder / "index" / "simple").as_uri()
    options = ["--isolated", "install", "--quiet", "--index-url", simple]
    subprocess.run([python, "-m", "pip", *options, f"trivet[{SECOND}]"], check=True)
    code = "import trivet as tv; print(tv.matmul(tv.ones((3, 3)), tv.ones((3, 3)))[0, 0])"

    done = subprocess.run(
        [python, "-I", "-c", code],
        env={**os.environ, "TRIVET_BLAS": SECOND},
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert float(done.stdout) == 3.0


def test_a_second_release_does_nothing(place: Place) -> None:
    """Every line says `up to date`, and no file of dist/ changes, the report neither."""
    names = [*place.wheels(), "report.html"]
    before = {name: (place.dist / name).stat().st_mtime_ns for name in names}

    done = place.run("release", *WORDS)

    good(done)
    lines = [line for line in done.stderr.splitlines() if "/" in line.split("]")[0]]
    assert [line for line in lines if "up to date" not in line] == []
    assert before == {name: (place.dist / name).stat().st_mtime_ns for name in names}


def test_a_backend_that_fails_in_company_does_not_ship(place: Place, tmp_path: Path) -> None:
    """A library is preloaded that computes in its place, in an environment of a recipe's row."""
    library = compiled(UNPROTECTED + liar(), tmp_path / "libliar.so")
    recipes = recipe_folder(tmp_path)
    row = f'[[setting]]\nname = "a liar"\nvariables = {{ LD_PRELOAD = "{library}" }}\n'
    (recipes / "company.toml").write_text(row, encoding="utf-8")
    made = dataclasses.replace(place, folder=tmp_path / "release")
    shutil.copytree(place.folder, made.folder)

    done = made.run("release", *WORDS, "--recipes", str(recipes))

    assert done.returncode == CHECK_FAILED, done.stdout + done.stderr
    assert "a liar: " in done.stderr
    assert [name.split("-")[0] for name in made.wheels()] == ["blas_probe"]
    assert made.unsound() == []


def test_one_cell_of_a_backend_that_is_not_the_default(place: Place) -> None:
    """A CI job makes exactly its cell: that backend, the main wheel, and the proof of both."""
    done = place.run("release", *WORDS, "--only", "cp312-*-openblas64_ilp64-*")

    good(done)
    assert "backend-openblas64-" in done.stdout
    assert place.unsound() == []


def test_verify_finds_dist_as_certified(place: Place) -> None:
    """Files and certificates agree, and every backend is right on this machine."""
    done = place.run("verify", "--json")

    good(done)
    rows = json.loads(done.stdout)["wheels"]
    assert [row["wheel"] for row in rows] == place.wheels()
    run = [row["checked"] for row in rows if not row["checked"].startswith("not run")]
    assert len(run) == 3  # all but the prober, which holds no backend


def test_verify_finds_a_library_that_was_swapped(place: Place, tmp_path: Path) -> None:
    """RECORD and the certificate inside were made to fit; exit code 25."""
    wheel = next(place.dist.glob(f"trivet_{SECOND}-*.whl"))
    tree, dist = tmp_path / "tree", tmp_path / "dist"
    unpack_wheel(wheel, tree)
    shutil.copytree(place.dist / "certificates", dist / "certificates")
    library = next(tree.glob("*.libs/*openblas*"))
    library.write_bytes(library.read_bytes() + b"\0")
    certificate = next(tree.rglob("certificate.json"))
    inside = parse(Inside, certificate.read_text(), "certificate.json")
    forged = dataclasses.replace(inside, files=native_files(tree))
    certificate.write_text(text_of(forged))
    write_wheel(tree, dist / wheel.name, epoch=0)

    done = Place(folder=tmp_path).run("verify", str(dist / wheel.name), "--static")

    assert done.returncode == 25, done.stderr
    assert "differ in files" in done.stdout
    assert "SHA-256" in done.stdout


def test_a_backend_swapped_after_its_check_does_not_ship(place: Place) -> None:
    """Between two stages, with its old size and times: it is built and checked anew."""
    (backend,) = place.build.glob(f"*/*/out/backend-{SECOND}/trivet_backend_*.so")
    times, right = backend.stat(), backend.read_bytes()
    backend.write_bytes(right[:-1] + bytes([right[-1] ^ 1]))
    os.utime(backend, ns=(times.st_atime_ns, times.st_mtime_ns))

    good(place.run("release", *WORDS))

    assert backend.read_bytes() == right
    assert place.unsound() == []


def test_a_wheel_swapped_in_dist_is_made_right_again(place: Place) -> None:
    """The release finds it by its bytes, whatever its times say."""
    wheel = next(place.dist.glob(f"trivet_{SECOND}-*.whl"))
    digest, times = sha256(wheel), wheel.stat()
    data = bytearray(wheel.read_bytes())
    data[len(data) // 2] ^= 1
    wheel.unlink()  # a further name of the packed file
    wheel.write_bytes(bytes(data))
    os.utime(wheel, ns=(times.st_atime_ns, times.st_mtime_ns))

    good(place.run("release", *WORDS))

    assert sha256(wheel) == digest


def test_packing_again_gives_the_same_bytes(place: Place) -> None:
    """The same units and verdicts, packed twice."""
    before = {name: sha256(place.dist / name) for name in place.wheels()}
    for record in (place.build / "packed").glob("*/packed.json"):
        record.unlink()

    good(place.run("release", *WORDS))

    assert before == {name: sha256(place.dist / name) for name in place.wheels()}


@pytest.mark.parametrize("seconds", [0.5, 1.5, 3.0, 5.0])
def test_kill_9_at_any_moment(place: Place, seconds: float) -> None:
    """dist/ is sound at once, and the next run finishes the work."""
    for record in (place.build / "packed").glob("*/packed.json"):
        record.unlink()
    for record in (place.build / "certificates").glob("cp3*.json"):
        record.unlink()
    child = subprocess.Popen(
        place.argv("release", *WORDS),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[3],
    )
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    child.wait()

    assert place.unsound() == []
    good(place.run("release", *WORDS))
    assert len(place.wheels()) == 4


def listen() -> None:
    """Take Ctrl-C as a program in the foreground does."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_ends_with_its_own_code_and_a_next_step(place: Place) -> None:
    """130, one text, and nothing left running in the build folder."""
    for record in (place.build / "state" / "checks").rglob("*.json"):
        record.unlink()  # so that it has seconds of work when the signal comes
    child = subprocess.Popen(
        place.argv("release", *WORDS),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
        start_new_session=True,
        preexec_fn=listen,  # a job in a shell's background has Ctrl-C ignored, and passes that on
    )
    time.sleep(2.5)
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=60)

    assert child.returncode == 130
    assert "the same command goes on where this one stopped" in errors
    good(place.run("release", *WORDS))


def test_a_backend_below_its_floor_does_not_ship(place: Place, tmp_path: Path) -> None:
    """An older wheel of it leaves dist/, the others stay, and the exit code says so."""
    recipes = recipe_folder(tmp_path)
    path = next(p for p in (recipes / "blas").glob("*.toml") if f'"{SECOND}"' in p.read_text())
    text = path.read_text().replace(f'id = "{SECOND}"', f'id = "{SECOND}"\nfloor = 0.99')
    path.write_text(text)

    done = place.run("release", *WORDS, "--recipes", str(recipes))

    assert done.returncode == CHECK_FAILED
    assert "the floor is 0.99" in done.stdout + done.stderr
    names = [name.split("-")[0] for name in place.wheels()]
    assert f"trivet_{SECOND}" not in names
    assert names.count("trivet") == 2
    good(place.run("release", *WORDS))
    assert len(place.wheels()) == 4


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    """Mount a small file system there, where this user may."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", *options, "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode != 0:
        pytest.skip("this user may not mount a tmpfs")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_during_pack_loses_nothing(place: Place) -> None:
    """The error says what is full; dist/ stays as it was; the next run goes on."""
    before = place.wheels()
    with mounted(place.build / "packed", "-o", "size=6m"):
        done = place.run("release", *WORDS)
        assert done.returncode == 15, done.stderr
        assert "no space is left on the device" in done.stderr
        assert place.wheels() == before
        assert place.unsound() == []

    good(place.run("release", *WORDS))


def test_a_read_only_build_folder_is_told_at_once(tmp_path: Path) -> None:
    """The error names the folder and the option that chooses another."""
    with mounted(tmp_path / "ro", "-o", "ro"):
        started = time.monotonic()
        done = Place(folder=tmp_path / "ro").run("release")

    assert done.returncode == 16
    assert str(tmp_path / "ro") in done.stderr
    assert "--build FOLDER" in done.stderr
    assert time.monotonic() - started < 10


def test_without_a_network_the_rest_is_planned_and_the_reason_told(tmp_path: Path) -> None:
    """Packages that cannot be fetched are exclusions, not a crash."""
    nowhere = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_NO_CACHE_DIR": "1",
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_FIND_LINKS": "",
    }
    made = Place(folder=tmp_path)

    done = made.run("release", "--only", "blas-probe-any", environ=nowhere)

    good(done)
    assert "no network: the package index cannot be reached" in done.stderr
    assert "no network" in (made.build / "plan.json").read_text()


CRASH = "#include <stdlib.h>\n__attribute__((constructor)) static void f(void) { abort(); }\n"
HANG = (
    "#include <unistd.h>\n__attribute__((constructor)) static void f(void) { for(;;) pause(); }\n"
)
NAME = "int openblas_get_config(void) { return 0; } int dgemm_(void) { return 0; }\n"


def make_library(folder: Path, name: str, source: str, *options: str) -> Path:
    """Compile a bad library with the toolkit's own compiler."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.c").write_text(source + NAME)
    target = folder / f"lib{name}.so"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "ziglang",
            "cc",
            *options,
            "-shared",
            "-o",
            str(target),
            str(folder / f"{name}.c"),
        ],
        check=True,
    )
    return target


def test_bad_libraries_cost_a_row_each(tmp_path: Path) -> None:
    """Crash, hang, another architecture, cut off: each is told by name, and the plan is made."""
    folder = tmp_path / "libs"
    make_library(folder, "openblas_crash", CRASH)
    make_library(folder, "openblas_hang", HANG)
    make_library(folder, "openblas_arm", "", "-target", "aarch64-linux-gnu.2.28")
    whole = make_library(folder, "openblas_cut", "")
    whole.write_bytes(whole.read_bytes()[:700])

    done = Place(folder=tmp_path).run("plan", "--offline", "--library", str(folder))

    good(done)
    reasons = done.stdout
    for name in ("crash", "hang", "arm", "cut"):
        assert f"libopenblas_{name}.so" in reasons, reasons
