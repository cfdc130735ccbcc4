# SPDX-License-Identifier: Apache-2.0
"""Real toolkits, compilers and children; hostile programs. Run with `-m real` (PyPI's: `-m slow`).

The driver's libraries here are made with the C compiler: they stand in for a GPU machine's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from blas_probe.binary.host import own_machine
from blas_probe.call.tool import Said
from blas_probe.call.worker import sweep
from blas_probe.cuda.describe import describe_all
from blas_probe.cuda.overlay import Overlay, make
from blas_probe.cuda.survey import Survey, toolkits_of
from blas_probe.cuda.toolkit import Driver, Toolkit
from blas_probe.recipe.cuda import CudaRecipes
from blas_probe.search.places import Machine
from blas_probe.tests import cuda_tree

pytestmark = pytest.mark.real

SITES = "BLAS_PROBE_CUDA_SITES"
"""Folders of installed PyPI toolkits, to test without downloading them."""
Look = Callable[..., Survey]
GPP = shutil.which("g++")
NVCC = shutil.which("nvcc")
needs_compiler = pytest.mark.skipif(GPP is None, reason="no g++ in PATH")
needs_nvcc = pytest.mark.skipif(NVCC is None, reason="no nvcc in PATH")


@pytest.fixture
def look(cuda: CudaRecipes) -> Look:
    """Ask the toolkits of this machine, or of a made one below `root`."""

    def run(
        root: Path = Path("/"), *, sites: Sequence[Path] = (), paths: Sequence[Path] = (),
        timeout: float = 20.0, **environ: str,
    ) -> Survey:  # fmt: skip
        machine = Machine(root=root, triplet="x86_64-linux-gnu", site_packages=sites,
                          environ={"PATH": os.environ["PATH"], **environ})  # fmt: skip
        token = f"test-cuda-{os.getpid()}-{time.monotonic_ns()}"
        try:
            return toolkits_of(cuda, machine, paths, timeout=timeout, jobs=2, token=token)
        finally:
            sweep(token)

    return run


def with_nvcc(survey: Survey) -> Toolkit:
    """The toolkit of PATH's nvcc."""
    return next(one for one in survey.toolkits if one.nvcc and one.nvcc_problem is None)


@needs_nvcc
@needs_compiler
def test_the_systems_toolkit_compiles_as_told(look: Look, tmp_path: Path) -> None:
    """`compiles` is what nvcc does with an empty kernel and the default host compiler."""
    one = with_nvcc(look())
    source = tmp_path / "x.cu"
    source.write_text("__global__ void one(float *x) { x[0] = 1; }\n", encoding="utf-8")
    arch = f"sm_{one.archs[0]}"

    done = subprocess.run([str(one.nvcc), f"-arch={arch}", "-c", str(source), "-o",
                           str(tmp_path / "x.o")], capture_output=True, text=True)  # fmt: skip

    assert one.version is not None
    assert "nvcc" == one.archs_by
    assert ("yes" if done.returncode == 0 else "no") == one.compiles, done.stderr


@needs_nvcc
@needs_compiler
def test_a_compiler_too_new_is_refused_before_and_by_nvcc(look: Look, tmp_path: Path) -> None:
    """What the prober says without compiling is what nvcc says when it compiles."""
    new = tmp_path / "bin/g++-99"
    new.parent.mkdir()
    new.write_text(f'#!/bin/sh\nexec {GPP} -U__GNUC__ -D__GNUC__=99 "$@"\n', encoding="utf-8")
    new.chmod(0o755)
    (tmp_path / "x.cu").write_text("int one;\n", encoding="utf-8")

    one = with_nvcc(look(CUDAHOSTCXX=str(new)))
    done = subprocess.run(
        [str(one.nvcc), "-ccbin", str(new), "-c", str(tmp_path / "x.cu"), "-o",
         str(tmp_path / "x.o")], capture_output=True, text=True,
    )  # fmt: skip

    refused = next(host for host in one.host_compilers if host.role == "CUDAHOSTCXX")
    assert ("no", "no", "99") == (one.compiles, refused.accepted, refused.version.split(".")[0])
    assert done.returncode != 0
    assert refused.reason in done.stderr
    assert any(f"export CUDAHOSTCXX={host.path}" in text for text in one.problems
               for host in one.host_compilers if host.accepted == "yes")  # fmt: skip


HOSTILE = [
    ("nonsense", "echo 'release me, V'", "names no release"),
    ("silent", "exit 0", "names no release"),
    ("hangs", "sleep 60", "did not answer within 1 s"),
    ("crashes", "kill -SEGV $$", "crashed with SIGSEGV"),
    ("leaves_a_child", "sleep 60 & echo bye; exit 3", "exit code 3"),
    ("floods", "yes; exit 0", "did not answer within 1 s"),
    ("answers_once", "test $1 = --version && echo 'release 13.0, V13.0.1' || exit 1",
     "tells no folders"),
    ("binary", None, "cannot be run"),
]  # fmt: skip


@pytest.mark.parametrize(("script", "words"), [r[1:] for r in HOSTILE], ids=[r[0] for r in HOSTILE])
def test_a_hostile_nvcc_costs_one_row(
    look: Look, tmp_path: Path, script: str | None, words: str
) -> None:
    """Whatever it does: one sentence, in time, and nothing left running."""
    nvcc = tmp_path / "bin/nvcc"
    nvcc.parent.mkdir()
    nvcc.write_bytes(b"\x7fELF\0\0" if script is None else f"#!/bin/sh\n{script}\n".encode())
    nvcc.chmod(0o755)
    begin = time.monotonic()

    survey = look(tmp_path, timeout=1.0, PATH=f"{nvcc.parent}:/usr/bin:/bin")

    assert time.monotonic() - begin < 15
    assert [str(tmp_path / "bin/nvcc")] == [one.nvcc for one in survey.toolkits]
    assert words in str(survey.toolkits[0].nvcc_problem)
    assert "no" == survey.toolkits[0].compiles


NVML = r"""
#include <string.h>
#include <unistd.h>
typedef struct { unsigned long long total, free, used; } memory;
int nvmlInit_v2(void) { BODY; return INIT; }
const char *nvmlErrorString(int status) { return status == 18 ? "Driver/library version mismatch" : "?"; }
int nvmlSystemGetDriverVersion(char *text, unsigned n) { strncpy(text, "580.65.06", n); return 0; }
int nvmlSystemGetCudaDriverVersion_v2(int *v) { *v = 13000; return 0; }
int nvmlDeviceGetCount_v2(unsigned *n) { *n = 2; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **h) { *h = (void *)(1ul + i); return 0; }
int nvmlDeviceGetName(void *h, char *text, unsigned n) { strncpy(text, h == (void *)1 ? "Made A" : "Made B", n); return 0; }
int nvmlDeviceGetCudaComputeCapability(void *h, int *a, int *b) { *a = h == (void *)1 ? 9 : 6; *b = h == (void *)1 ? 0 : 1; return 0; }
int nvmlDeviceGetMemoryInfo(void *h, memory *m) { m->total = 8ull << 30; return 0; }
"""  # noqa: E501
LIBCUDA = r"""
#include <stddef.h>
#include <string.h>
int cuDriverGetVersion(int *v) { *v = 12040; return 0; }
int cuInit(unsigned flags) { return INIT; }
int cuGetErrorName(int status, const char **text) { *text = status == 100 ? "CUDA_ERROR_NO_DEVICE" : "?"; return 0; }
int cuDeviceGetCount(int *n) { *n = 1; return 0; }
int cuDeviceGet(int *device, int i) { *device = i; return 0; }
int cuDeviceGetName(char *text, int n, int device) { strncpy(text, "Made C", n); return 0; }
int cuDeviceGetAttribute(int *value, int which, int device) { *value = which == 75 ? 8 : 6; return 0; }
int cuDeviceTotalMem_v2(size_t *size, int device) { *size = (size_t)24 << 30; return 0; }
"""  # noqa: E501


def build(folder: Path, name: str, source: str, **macros: object) -> None:
    """Compile a library called `name` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    text = folder / "made.c"
    text.write_text(source, encoding="utf-8")
    defines = [f"-D{macro}={value}" for macro, value in macros.items()]
    subprocess.run(["cc", "-shared", "-fPIC", "-w", *defines, f"-Wl,-soname,{name}", str(text),
                    "-o", str(folder / name)], check=True)  # fmt: skip


Macros = dict[str, object]
DRIVERS: list[tuple[str, Macros | None, Macros | None, Mapping[str, object]]] = [
    ("nvml", {"INIT": 0, "BODY": ""}, None,
     {"state": "found", "version": "580.65.06", "cuda": "13.0", "names": ["Made A", "Made B"]}),
    ("libcuda", None, {"INIT": 0},
     {"state": "found", "version": None, "cuda": "12.4", "names": ["Made C"]}),
    ("mismatch", {"INIT": 18, "BODY": ""}, None,
     {"state": "broken", "problem": "Driver/library version mismatch (status 18)"}),
    ("crash", {"INIT": 0, "BODY": "*(volatile int *)0 = 1"}, None,
     {"state": "broken", "problem": "crashed with SIGSEGV while starting NVML"}),
    ("hang", {"INIT": 0, "BODY": "sleep(60)"}, None,
     {"state": "broken", "problem": "did not answer within 3 s"}),
    ("exit", {"INIT": 0, "BODY": "_exit(0)"}, None,
     {"state": "broken", "problem": "ended its process with exit code 0"}),
    ("no_device", None, {"INIT": 100},
     {"state": "broken", "problem": "CUDA_ERROR_NO_DEVICE (status 100)"}),
]  # fmt: skip


@needs_compiler
@pytest.mark.parametrize(("nvml", "libcuda", "told"), [r[1:] for r in DRIVERS],
                         ids=[r[0] for r in DRIVERS])  # fmt: skip
def test_a_made_driver_is_asked_in_a_child(
    look: Look, tmp_path: Path, nvml: dict[str, object] | None,
    libcuda: dict[str, object] | None, told: Mapping[str, object],
) -> None:  # fmt: skip
    """The calls have the right signatures, and a driver that dies costs its own record."""
    if nvml is not None:
        build(tmp_path / "lib", "libnvidia-ml.so.1", NVML, **nvml)
    if libcuda is not None:
        build(tmp_path / "lib", "libcuda.so.1", LIBCUDA, **libcuda)

    driver = look(tmp_path, timeout=3.0, LD_LIBRARY_PATH=str(tmp_path / "lib")).driver

    assert isinstance(driver, Driver)
    assert told["state"] == driver.state
    assert str(told.get("problem", "")) in str(driver.problem)
    for name in {"version", "cuda"} & set(told):
        assert told[name] == getattr(driver, name)
    if "names" in told:
        assert told["names"] == [device.name for device in driver.devices]
        assert all(device.capability and device.memory_mib for device in driver.devices)
        assert str(tmp_path / "lib") in str(driver.library)


@needs_compiler
def test_a_stub_is_never_called(look: Look, tmp_path: Path) -> None:
    """LD_LIBRARY_PATH with stubs: told, with the cure."""
    build(
        tmp_path / "stubs", "libcuda.so.1", LIBCUDA.replace("*v = 12040", "*(int *)0 = 1"), INIT=0
    )

    survey = look(tmp_path, LD_LIBRARY_PATH=str(tmp_path / "stubs"))

    assert survey.driver is not None
    assert "broken" == survey.driver.state
    assert "a stub is for linking only" in str(survey.driver.problem)
    assert any("LD_LIBRARY_PATH holds" in one.text for one in survey.warnings)


@needs_nvcc
@needs_compiler
def test_gpu_and_driver_are_compared_with_the_toolkit(look: Look, tmp_path: Path) -> None:
    """A GPU that this toolkit makes no code for, and a driver that is enough or too old."""
    build(tmp_path, "libnvidia-ml.so.1", NVML, INIT=0, BODY="")

    one = with_nvcc(look(LD_LIBRARY_PATH=str(tmp_path)))

    assert one.driver_state in ("enough", "too old")
    fits = any(code == "61" for code in one.archs)
    assert fits != any("Made B: the GPU's sm_61 is older" in text for text in one.problems)


def site_of(tmp: Path, requirement: str) -> Path:
    """Install a toolkit of PyPI below `tmp`."""
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-compile", "--target", str(tmp)]
    subprocess.run([*command, requirement], check=True)
    return tmp


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """site-packages with CUDA 12.9 and with the newest 13: given, or installed."""
    given = [Path(text) for text in os.environ.get(SITES, "").split(os.pathsep) if text]
    old = next((one for one in given if (one / "nvidia/cuda_runtime").is_dir()), None)
    new = next((one for one in given if (one / "nvidia/cu13").is_dir()), None)
    tmp = tmp_path_factory
    extras = "nvcc,cublas,cudart,cusolver,cccl"
    return {
        "12.9": old or site_of(tmp.mktemp("cu12"), f"cuda-toolkit[{extras}]==12.9.*"),
        "13": new or site_of(tmp.mktemp("cu13"), f"cuda-toolkit[{extras}]==13.*"),
    }


def of(survey: Survey, site: Path) -> Toolkit:
    """The toolkit inside a site-packages folder."""
    return next(one for one in survey.toolkits if str(site.resolve()) in one.root)


@pytest.mark.slow
def test_cuda_12_of_pypi_is_described(look: Look, sites: dict[str, Path]) -> None:
    """Pieces in many folders, no nvcc, libraries that tell their versions."""
    one = of(look(sites=list(sites.values())), sites["12.9"])

    assert ("12.9", "pypi", None, "no", "no") == (
        one.version, one.source, one.nvcc, one.compiles, one.links)  # fmt: skip
    assert "ptxas" == one.archs_by
    assert {"90a", "100f", "121"} <= set(one.archs)
    assert {
        "gcc": "up to 14",
        "clang": "up to 19",
        "msvc": "from 1910 up to 1949",
    } == one.host_limits
    assert {"nvcc", "cicc", "cudafe++"} <= {lack.part for lack in one.lacks}
    versions = {part.name: part.version for part in one.parts}
    assert ("12.9", "12.9") == (versions["cudart"], versions["nvrtc"])
    assert versions["cublas"] == versions["cublasLt"]
    assert all(part.problem is None for part in one.parts)


@pytest.mark.slow
def test_cuda_13_of_pypi_is_described(look: Look, sites: dict[str, Path]) -> None:
    """One folder, a whole compiler, only names with a version."""
    one = of(look(sites=list(sites.values())), sites["13"])

    assert ("pypi", "nvcc", "no") == (one.source, one.archs_by, one.links)
    assert str(one.version).startswith("13.")
    assert one.nvcc_problem is None
    assert "libcuda stub" in {lack.part for lack in one.lacks}
    assert all(part.problem is None for part in one.parts)
    assert ["-l cannot find"] == [text[:14] for text in one.problems if "glibc" not in text]


CU = """\
#include <cublas_v2.h>
#include <cuda.h>
#include <cstdio>
__global__ void twice(float *x) { x[0] *= 2; }
int main(int many, char **) {
  int major = 0;
  cublasGetProperty(MAJOR_VERSION, &major);
  if (many > 9) twice<<<1, 1>>>(nullptr);
  std::printf("cublas %d\\n", major);
}
"""
CMAKE = """\
cmake_minimum_required(VERSION 3.25)
project(one LANGUAGES CXX CUDA)
find_package(CUDAToolkit REQUIRED)
add_executable(one one.cu)
target_link_libraries(one PRIVATE CUDA::cublas CUDA::cudart CUDA::cuda_driver)
message(STATUS "toolkit ${CUDAToolkit_VERSION} of ${CMAKE_CUDA_COMPILER_TOOLKIT_ROOT}")
"""


def overlay_of(one: Toolkit, folder: Path) -> Overlay:
    """An overlay with a stub made by the C++ compiler."""

    def compile_(flags: Sequence[str]) -> Said:
        done = subprocess.run([str(GPP), *flags], capture_output=True, text=True)
        problem = done.stderr if done.returncode else None
        return Said(code=done.returncode, output=done.stdout, problem=problem)

    return make(one, folder, compile_)


@pytest.mark.slow
@needs_compiler
def test_the_overlay_links_what_the_toolkit_alone_cannot(
    look: Look, sites: dict[str, Path], tmp_path: Path
) -> None:
    """nvcc -lcublas fails on PyPI's folder, works on the overlay, and the program starts."""
    one = of(look(sites=[sites["13"]]), sites["13"])
    made = overlay_of(one, tmp_path / "overlay")
    (tmp_path / "one.cu").write_text(CU, encoding="utf-8")
    command = ["-arch=sm_90", str(tmp_path / "one.cu"), "-lcublas", "-o", str(tmp_path / "one"),
               "-Xlinker", f"-rpath-link={made.lib}"]  # fmt: skip

    bare = subprocess.run([str(one.nvcc), *command], capture_output=True, text=True)
    linked = subprocess.run([str(made.nvcc), *command], capture_output=True, text=True)
    environ = {**os.environ, "LD_LIBRARY_PATH": made.lib}
    ran = subprocess.run([str(tmp_path / "one")], env=environ, capture_output=True, text=True)

    assert "cannot find -lcublas" in bare.stderr
    assert 0 == linked.returncode, linked.stderr
    assert "cublas 13\n" == ran.stdout
    assert made.stub


@pytest.mark.slow
@needs_compiler
@pytest.mark.skipif(shutil.which("cmake") is None, reason="no cmake in PATH")
def test_cmake_builds_on_the_overlay(look: Look, sites: dict[str, Path], tmp_path: Path) -> None:
    """enable_language(CUDA) and find_package(CUDAToolkit) agree on the one root."""
    one = of(look(sites=[sites["13"]]), sites["13"])
    made = overlay_of(one, tmp_path / "overlay")
    (tmp_path / "one.cu").write_text(CU, encoding="utf-8")
    (tmp_path / "CMakeLists.txt").write_text(CMAKE, encoding="utf-8")
    build_dir = str(tmp_path / "build")

    done = subprocess.run(
        ["cmake", "-S", str(tmp_path), "-B", build_dir, f"-DCUDAToolkit_ROOT={made.root}",
         f"-DCMAKE_CUDA_COMPILER={made.nvcc}", "-DCMAKE_CUDA_ARCHITECTURES=90"],
        capture_output=True, text=True,
    )  # fmt: skip
    built = subprocess.run(["cmake", "--build", build_dir], capture_output=True, text=True)

    assert f"of {made.root}" in done.stdout, done.stderr
    assert 0 == built.returncode, built.stdout


@needs_compiler
@pytest.mark.skipif(shutil.which("cmake") is None, reason="no cmake in PATH")
def test_cmake_takes_an_overlay_without_nvcc(cuda: CudaRecipes, tmp_path: Path) -> None:
    """12.x of PyPI: by version.txt, and not the nvcc that PATH may have."""
    root = cuda_tree.toolkit(tmp_path / "nvidia/cu77", 12090, links=False)
    (root / "bin/nvcc").unlink()
    ptxas = {str(root / "bin/ptxas"): lambda _: cuda_tree.said("release 12.9, V12.9.86")}
    one = describe_all(cuda_tree.bench(cuda, tmp_path, ptxas), [root])[0][0]
    made = make(one, tmp_path / "overlay")
    text = CMAKE.replace("CXX CUDA", "CXX").replace("one.cu", "one.cpp")
    (tmp_path / "CMakeLists.txt").write_text(
        text.replace("CMAKE_CUDA_COMPILER_TOOLKIT_ROOT", "CUDAToolkit_LIBRARY_DIR"), "utf-8"
    )
    (tmp_path / "one.cpp").write_text("int main() {}\n", encoding="utf-8")

    done = subprocess.run(
        ["cmake", "-S", str(tmp_path), "-B", str(tmp_path / "build"),
         f"-DCUDAToolkit_ROOT={made.root}"], capture_output=True, text=True,
    )  # fmt: skip

    assert f"toolkit 12.9.86 of {made.root}/lib" in done.stdout, done.stderr


def test_the_machine_is_named() -> None:
    """The folder of targets follows from it."""
    assert own_machine()
