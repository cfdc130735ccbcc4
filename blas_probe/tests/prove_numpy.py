# SPDX-License-Identifier: Apache-2.0
"""Build NumPy from its sdist against what `--pkg-config` wrote, and run numpy.linalg's tests.

    python blas_probe/tests/prove_numpy.py [--work DIR] [--numpy VERSION] VARIANT ...

NumPy's own build system sees nothing but that folder (PKG_CONFIG_LIBDIR). A variant is proven when
the tests pass and the process has loaded the variant's libraries and no other BLAS or LAPACK.
The network (PyPI) and a C compiler are needed; ccache makes all builds but the first short.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from blas_probe.found import Found  # noqa: E402
from blas_probe.probing import probe  # noqa: E402
from blas_probe.recipe import load_recipes  # noqa: E402
from blas_probe.write.offers import Offer, offers, variants  # noqa: E402
from blas_probe.write.pkg_config import write_folder  # noqa: E402

NUMPY = "2.4.6"
USUAL = ("openblas-pthread", "blis", "mkl", "atlas", "openblas64")
TOOLS = ("pip>=23.1", "pytest", "hypothesis", "threadpoolctl")
# Without NumPy's own hand-written kernels: they have no part in linear algebra, and take long.
OPTIONS = ("-Dallow-noblas=false", "-Dcpu-dispatch=none", "-Ddisable-optimization=true")
LOOK = """
import json
import numpy as np
a = np.random.default_rng(0).random((300, 300))
np.linalg.svd(a @ a)
files = {line.split(None, 5)[5].rstrip() for line in open("/proc/self/maps") if " /" in line}
told = np.show_config(mode="dicts")["Build Dependencies"]
print(json.dumps([sorted(files), [told[name]["name"] for name in ("blas", "lapack")]]))
"""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What one build showed."""

    variant: str
    wanted: tuple[str, ...]
    """The files that must be loaded."""
    loaded: tuple[str, ...]
    """The BLAS and LAPACK files that were."""
    told: tuple[str, ...]
    """Names of its BLAS and LAPACK as numpy.show_config tells them."""
    tests: str
    """The last line of numpy.linalg's tests."""

    @property
    def right(self) -> bool:
        """The tests pass, on these libraries and no others but parts of them."""
        passed = re.search(r"\b\d+ passed\b", self.tests)
        failed = re.search(r"\b(failed|errors?)\b", self.tests)
        folders = {Path(path).parent for path in self.wanted}
        strangers = [path for path in self.loaded if Path(path).parent not in folders]
        return (
            bool(passed) and not failed and set(self.wanted) <= set(self.loaded) and not strangers
        )


def main(arguments: list[str] | None = None) -> int:
    """Prove each variant; the exit code is 0 when all are."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("variants", nargs="*", default=list(USUAL), metavar="VARIANT")
    parser.add_argument("--work", type=Path, help="a folder that is kept")
    parser.add_argument("--numpy", default=NUMPY, metavar="VERSION")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="prove_numpy_") as folder:
        proofs = prove(options.variants, options.work or Path(folder), options.numpy)
    return 0 if proofs and all(proof.right for proof in proofs) else 1


def prove(wanted: list[str], work: Path, version: str, most: int | None = None) -> list[Proof]:
    """Build and test NumPy for each variant that this machine has, the first `most` of them."""
    recipes = load_recipes()
    found = probe(recipes=recipes, environ=os.environ)
    write_folder(work / "pc", offers(found, recipes), recipes)
    python = tools(work)
    made = {offer.name: offer for offer in variants(found)}
    proofs: list[Proof] = []
    for variant in wanted:
        if len(proofs) == most:
            break
        if f"blas-{variant}" not in made:
            print(f"{variant}: no library for it is installed here", flush=True)
            continue
        proof = prove_one(variant, made[f"lapack-{variant}"], found, work, python, version)
        print(f"{variant}: {'proven' if proof.right else 'WRONG'}: {proof.tests}\n  "
              + "\n  ".join(proof.loaded), flush=True)  # fmt: skip
        proofs.append(proof)
    return proofs


def tools(work: Path) -> Path:
    """A Python with pip and what the tests need."""
    python = work / "venv/bin/python"
    if not python.exists():
        call([sys.executable, "-m", "venv", str(work / "venv")])
        call([str(python), "-m", "pip", "install", "-q", "--upgrade", *TOOLS])
    return python


def prove_one(
    variant: str, offer: Offer, found: Found, work: Path, python: Path, version: str
) -> Proof:
    """Build, look at the process, test."""
    target = work / f"numpy-{variant}"
    wide = ["-Duse-ilp64=true"] if offer.blas.int_bits == 64 else []
    names = [f"-Dblas=blas-{variant}", f"-Dlapack=lapack-{variant}"]
    call(
        [
            # The cache would hand out the wheel of the variant built before.
            str(python), "-m", "pip", "install", "-q", "--no-cache-dir", "--no-deps", "--upgrade",
            "--no-binary", "numpy", "--target", str(target), f"numpy=={version}",
            *(f"-Csetup-args={option}" for option in (*names, *OPTIONS, *wide)),
            "-Ccompile-args=-j2",
        ],
        PKG_CONFIG_LIBDIR=str(work / "pc"), PKG_CONFIG_PATH="", CCACHE_NOHASHDIR="1",
        CCACHE_BASEDIR=tempfile.gettempdir(),
    )  # fmt: skip
    seen = str(target)
    files, told = json.loads(call([str(python), "-c", LOOK], PYTHONPATH=seen).splitlines()[-1])
    known = {one.path for one in found.libraries if one.problem is None}
    tests = call(
        [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "--pyargs", "numpy.linalg"],
        check=False, PYTHONPATH=seen,
    )  # fmt: skip
    return Proof(
        variant=variant,
        wanted=tuple(one.path for one in offer.libraries),
        loaded=tuple(sorted(known.intersection(str(Path(file).resolve()) for file in files))),
        told=tuple(told),
        tests=tests.strip().splitlines()[-1],
    )


def call(command: list[str], *, check: bool = True, **environ: str) -> str:
    """Run a command away from the checkout; its output is the message when it fails."""
    clean = {
        k: v for k, v in os.environ.items() if not k.startswith(("PKG_CONFIG", "LD_", "PYTHON"))
    }
    done = subprocess.run(
        command, env={**clean, **environ}, cwd=tempfile.gettempdir(), check=False, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if check and done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stdout[-4000:]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
