# SPDX-License-Identifier: Apache-2.0
"""Overlays: one root with lib64 and names without a version, outside of the toolkit."""

from __future__ import annotations

import dataclasses
import json
import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest

from blas_probe.call.tool import Said
from blas_probe.cuda.describe import describe_all
from blas_probe.cuda.origin import MARK, older
from blas_probe.cuda.overlay import make, names_for, stub_source, uses
from blas_probe.cuda.toolkit import Toolkit
from blas_probe.errors import OverlayError
from blas_probe.recipe.cuda import CudaRecipes
from blas_probe.tests.cuda_tree import bench, nvcc, said, toolkit, touch

HEADER = """\
#define CUDA_VERSION 13000
#define cuMemAlloc                          cuMemAlloc_v2
#define cuMemcpyHtoD                        __CUDA_API_PTDS(cuMemcpyHtoD_v2)
// CUresult CUDAAPI cuNot(void);
CUresult CUDAAPI cuInit(unsigned int Flags);
CUresult CUDAAPI cuDeviceGet(CUdevice *device,
                             int ordinal);
"""


@pytest.fixture
def whole(cuda: CudaRecipes, tmp_path: Path) -> Toolkit:
    """A toolkit of PyPI: lib, no names without a version, no stub."""
    root = toolkit(tmp_path / "site/nvidia/cu13", links=False)
    (root / "lib64").rename(root / "lib")
    (root / "lib/stubs/libcuda.so").unlink()
    touch(root / "include/cuda.h", HEADER)
    touch(root / "include/cccl/cuda/std/version")
    found = describe_all(bench(cuda, tmp_path, {str(root / "bin/nvcc"): nvcc(root)}), [root])[0]
    return found[0]


def test_an_overlay_has_every_name_that_a_linker_asks_for(whole: Toolkit, tmp_path: Path) -> None:
    """lib64, lib, lib*.so, bin, include, nvvm and version.json; the toolkit stays as it is."""
    before = sorted(Path(whole.root).rglob("*"))

    made = make(whole, tmp_path / "build/cuda")

    root = tmp_path / "build/cuda"
    real = Path(whole.root) / "lib/libcublas.so.13"
    assert real.samefile(root / "lib64/libcublas.so")
    assert real.samefile(root / "lib/libcublas.so.13")
    assert (root / "include/cuda.h").is_file()
    assert (root / "include/cccl/cuda/std/version").is_file()
    assert (root / "nvvm/bin/cicc").is_file()
    assert "13.0.88" == json.loads((root / "version.json").read_text())["cuda"]["version"]
    assert "CUDA Version 13.0.88\n" == (root / "version.txt").read_text()
    assert str(root / "bin/nvcc") == made.nvcc
    assert {"libcublas.so", "libcudart.so"} <= set(made.made)
    assert before == sorted(Path(whole.root).rglob("*"))


def test_pieces_in_several_folders_become_one(whole: Toolkit, tmp_path: Path) -> None:
    """Headers of two packages with the same sub-folder are joined."""
    touch(tmp_path / "other/include/crt/more.h")
    touch(tmp_path / "other/lib/libmore.so.2")
    split = dataclasses.replace(
        whole,
        include_dirs=(*whole.include_dirs, str(tmp_path / "other/include")),
        library_dirs=(*whole.library_dirs, str(tmp_path / "other/lib")),
    )

    make(split, tmp_path / "cuda")

    names = {path.name for path in (tmp_path / "cuda/include/crt").iterdir()}
    assert {"host_config.h", "math_functions.h", "more.h"} <= names
    assert (tmp_path / "cuda/lib64/libmore.so").is_file()


def test_an_overlay_can_be_made_again(whole: Toolkit, tmp_path: Path) -> None:
    """The old one is replaced as a whole."""
    make(whole, tmp_path / "cuda")
    touch(tmp_path / "cuda/lib64/libgone.so")

    make(whole, tmp_path / "cuda")

    assert not (tmp_path / "cuda/lib64/libgone.so").exists()
    assert (tmp_path / "cuda" / MARK).is_file()
    assert [] == list(tmp_path.glob("*.part"))


def test_an_overlay_never_lies_in_a_package_or_over_other_files(
    whole: Toolkit, tmp_path: Path
) -> None:
    """site-packages, the toolkit, a folder with files, a file, a link: refused with the cure."""
    touch(tmp_path / "full/file")
    (tmp_path / "link").symlink_to("full")
    for place, words in (
        (tmp_path / "lib/python3.12/site-packages/cuda", "it lies inside site-packages"),
        (Path(whole.root) / "overlay", "it lies inside"),
        (tmp_path / "full", "it holds other files"),
        (tmp_path / "full/file", "it is no folder"),
        (tmp_path / "link", "it is no folder"),
    ):
        with pytest.raises(OverlayError, match=words):
            make(whole, place)
    with pytest.raises(OverlayError, match="cannot be written"):
        make(whole, tmp_path / "full/file/below")


def test_a_stub_of_the_driver_has_every_function_of_the_header(
    whole: Toolkit, tmp_path: Path
) -> None:
    """Old and new names, and those for one stream per thread; comments declare nothing."""
    seen = []

    def compile_(flags: Sequence[str]) -> Said:
        source = Path(next(flag for flag in flags if flag.endswith(".c")))
        seen.append(source.read_text(encoding="utf-8"))
        touch(Path(flags[-1]))
        return said("")

    made = make(whole, tmp_path / "cuda", compile_)

    names = {line.split("(")[0].removeprefix("int ") for line in seen[0].splitlines()}
    assert {
        "cuInit", "cuDeviceGet", "cuMemAlloc", "cuMemAlloc_v2", "cuMemcpyHtoD", "cuMemcpyHtoD_v2",
        "cuMemcpyHtoD_v2_ptds",
    } == names  # fmt: skip
    assert made.stub
    assert ["libcuda.so"] == [p.name for p in (tmp_path / "cuda/lib64/stubs").iterdir()]
    assert "" == stub_source("#define CUDA_VERSION 13000\n")


def test_the_commands_to_type_are_told(whole: Toolkit, tmp_path: Path) -> None:
    """With nvcc: CMake's two variables; without: the C++ compiler's flags."""
    made = make(whole, tmp_path / "cuda")

    assert (
        f"-DCUDAToolkit_ROOT={made.root} -DCMAKE_CUDA_COMPILER={made.nvcc}" in uses(made, "13")[1]
    )
    told = uses(dataclasses.replace(made, nvcc=None), "12.9")
    assert "c++ -I" in told[2]
    lacks = uses(made, "13", ["nvrtc (for: x): pip install y"])
    assert "  lacks nvrtc (for: x): pip install y" == lacks[-1]
    assert told[3].endswith("it has no nvcc: .cpp files are compiled and linked, .cu files are not")


def test_the_commands_hold_with_a_space_in_the_path(whole: Toolkit, tmp_path: Path) -> None:
    """Each word is quoted for the shell; nvcc gives its linker's words to a second one."""
    made = make(whole, tmp_path / "build folder/cuda")

    cmake, compile_ = (shlex.split(line) for line in uses(made, "13")[1:3])

    assert ["cmake", f"-DCUDAToolkit_ROOT={made.root}",
            f"-DCMAKE_CUDA_COMPILER={made.nvcc}"] == cmake  # fmt: skip
    assert made.nvcc == compile_[0]
    assert f'"-rpath-link={made.lib}"' == compile_[-1]


def test_an_overlay_is_known_again(cuda: CudaRecipes, whole: Toolkit, tmp_path: Path) -> None:
    """By its mark: what it lacks comes by pip to the toolkit; links that lead nowhere are told."""
    touch(tmp_path / "site/nvidia_cublas-13.1.0.3.dist-info/METADATA")
    root = Path(make(whole, tmp_path / "cuda").root)
    programs = {str(root / "bin/nvcc"): nvcc(root)}

    before = describe_all(bench(cuda, tmp_path, programs), [root])[0][0]
    (Path(whole.root) / "lib/libcufft.so.12").unlink()
    programs = {str(root / "bin/nvcc"): nvcc(root, "13.5.37")}
    after = describe_all(bench(cuda, tmp_path, programs), [root])[0][0]

    assert before.notes[0].startswith(f"it is an overlay of {whole.root}: install there")
    assert not any("lead nowhere" in text for text in before.problems)
    assert any(
        "2 of its links lead nowhere" in text
        and text.endswith(f"python -m blas_probe --cuda-overlay {tmp_path}")
        for text in after.problems
    )
    assert any(
        text.startswith("version.json says 13.0.88, the toolkit is 13.5; make it again: python")
        for text in after.problems
    )
    assert "pip install" in next(lack.cure for lack in after.lacks if lack.part == "cufft")


def test_an_overlay_of_a_former_release_is_found(whole: Toolkit, tmp_path: Path) -> None:
    """Its toolkit was upgraded; overlays of others and other folders are left out."""
    old, new = make(whole, tmp_path / "o/cuda-13.0"), make(whole, tmp_path / "o/cuda-13.5")
    make(dataclasses.replace(whole, root="/other"), tmp_path / "o/cuda-12.9")
    touch(tmp_path / "o/cuda-11/file")

    assert [Path(old.root)] == older(Path(new.root), Path(new.of))


def test_two_toolkits_of_one_version_have_two_overlays() -> None:
    """The second is numbered."""
    pair = [Toolkit(root=root, source="pypi", version="13.0") for root in ("/a", "/b")]

    assert {"/a": "cuda-13.0", "/b": "cuda-13.0-2"} == names_for(pair)
