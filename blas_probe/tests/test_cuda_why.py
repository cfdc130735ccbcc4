# SPDX-License-Identifier: Apache-2.0
"""`why NAME` answers for every toolkit, release, piece, host compiler and provider."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from blas_probe.cli.commands import why
from blas_probe.cli.run import Run
from blas_probe.cuda.toolkit import Driver, HostCompiler, Lack, Part, Toolkit
from blas_probe.cuda.why import about
from blas_probe.errors import UnknownVariant
from blas_probe.found import Found
from blas_probe.recipe import Recipes

NEW = Toolkit(
    root="/usr/local/cuda-13.0", source="PATH", names=("/usr/local/bin/nvcc", "$CUDA_HOME"),
    roots=("/usr/local/cuda-13.0",), version="13.0", versions={"nvcc": "13.0.88"},
    nvcc="/usr/local/cuda-13.0/bin/nvcc", compiles="yes", links="yes",
    parts=(Part(name="cublas", kind="library", path="/usr/local/cuda-13.0/lib64/libcublas.so.13",
                version="13.0.2", told_by="cublasGetProperty()", linkable=False),),
    host_compilers=(
        HostCompiler(path="/usr/bin/g++-16", family="gcc", version="16.1.0", glibc="2.36",
                     accepted="no", reason="unsupported GNU version", role="default"),
        HostCompiler(path="/usr/bin/g++-12", family="gcc", version="12.2.0", glibc="2.36",
                     accepted="yes", reason="", role="installed"),
    ),
)  # fmt: skip
OLD = Toolkit(
    root="/opt/cu12", source="pypi", version="12.9", roots=("/opt/cu12",), compiles="no",
    lacks=(Lack(part="nvcc", needed_for="compile", cure="use NVIDIA's installer"),
           Lack(part="cublas", needed_for="linear algebra", cure="pip install it")),
)  # fmt: skip
FOUND = Found(libraries=(), variants=(), ignored_environment={}, toolkits=(NEW, OLD),
              driver=Driver(state="no driver"))  # fmt: skip

ASKED = [
    ("cuda", ["cuda-13.0: it comes before all others", "/opt/cu12: /usr/local/cuda-13.0 comes "
              "before it (PATH before pypi)", "cannot compile without nvcc: use NVIDIA's"]),
    ("cuda13", ["/usr/local/cuda-13.0: it comes before"]),
    ("12.9", ["/opt/cu12: "]),
    ("CUDA 12.9", ["/opt/cu12: "]),
    ("13.0.88", ["/usr/local/cuda-13.0: "]),
    ("$CUDA_HOME", ["/usr/local/cuda-13.0: "]),
    ("CUDA_HOME", ["/usr/local/cuda-13.0: "]),
    ("/opt/cu12", ["/opt/cu12: "]),
    ("/opt/../opt/cu12/", ["/opt/cu12: "]),
    ("/usr/local/bin/nvcc", ["/usr/local/cuda-13.0: "]),
    ("12.8", ["no toolkit of CUDA 12.8 was found", "here is CUDA 13.0 in /usr/local",
              "to get CUDA 12.8: take NVIDIA's installer or conda"]),
    ("cuda-11", ["no toolkit of CUDA 11 was found", "to get CUDA 11.8"]),
    ("13.5", ["no toolkit of CUDA 13.5", 'to get CUDA 13.5: pip install "cuda-toolkit[']),
    ("14.1", ["no toolkit of CUDA 14.1", "no recipe knows CUDA 14.1"]),
    ("cublas", ["CUDA 13.0 in /usr/local/cuda-13.0 has cublas 13.0.2 (by cublasGetProperty())",
                "-l does not find it", "CUDA 12.9 in /opt/cu12 lacks cublas", "pip install it"]),
    ("libcublas.so.13", ["has cublas 13.0.2"]),
    ("g++-16", ["CUDA 13.0 in /usr/local/cuda-13.0 refuses gcc 16.1.0 (/usr/bin/g++-16, its "
                "default): unsupported GNU version"]),
    ("/usr/bin/g++-12", ["takes gcc 12.2.0 (/usr/bin/g++-12)"]),
    ("driver", ["no driver: neither NVML nor"]),
    ("nvblas", ["no library of nvblas was found on this machine (files "]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "words"), ASKED, ids=[row[0] for row in ASKED])
def test_every_name_has_an_answer(recipes: Recipes, name: str, words: list[str]) -> None:
    """Toolkits by path, variable and version; what is not here with how to get it."""
    text = "\n".join(FOUND.why_not(name, recipes))

    assert [] == [one for one in words if one not in text], text


def test_a_release_leads_to_its_toolkit_alone(recipes: Recipes) -> None:
    """1 and 13.01 are no beginning of 13.0."""
    assert not any(line.startswith("/opt/cu12: ") for line in FOUND.why_not("13.0", recipes))
    assert "no toolkit of CUDA 1 was found on this machine" in FOUND.why_not("1", recipes)
    assert "no toolkit of CUDA 13.01 was found on this machine" in FOUND.why_not("13.01", recipes)


def test_what_nobody_knows_is_refused_with_the_known_names(recipes: Recipes) -> None:
    """Providers without a variant and toolkits are among them."""
    with pytest.raises(UnknownVariant, match=r"`x99y`.*nvblas.*12\.9.*cuda13.*toolkit's path"):
        FOUND.why_not("x99y", recipes)


def test_a_machine_without_toolkits_says_how_to_get_one(recipes: Recipes) -> None:
    """The newest release that is known."""
    assert recipes.cuda is not None

    told = about((), None, "cuda", recipes.cuda)

    assert "no CUDA toolkit was found on this machine" == told[0]
    assert "pip install" in told[1]


def test_a_path_where_nobody_looks_is_looked_at(
    recipes: Recipes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command takes an existing path as one more place; one that holds nothing is told."""
    (tmp_path / "odd").mkdir()
    (tmp_path / "empty").mkdir()
    odd = Toolkit(root=str(tmp_path / "odd"), source="path", names=(str(tmp_path / "odd"),))

    def found(self: Run) -> Found:
        return dataclasses.replace(FOUND, toolkits=(odd,) if tmp_path / "odd" in self.paths else ())

    monkeypatch.setattr(Run, "found", found)
    run = Run(recipes=recipes, environ={}, paths=(), site_packages=None, jobs=1, timeout=1.0,
              cache=None, use=None, refine=(), say=print)  # fmt: skip

    assert "it is the only toolkit" in " ".join(why(run, odd.root).text.split())
    with pytest.raises(UnknownVariant, match="holds no library of BLAS or LAPACK, and no file of"):
        why(run, str(tmp_path / "empty"))
    with pytest.raises(UnknownVariant, match="nothing here is called"):
        why(run, str(tmp_path / "none"))
