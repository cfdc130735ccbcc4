# SPDX-License-Identifier: Apache-2.0
"""Made toolkits: folders with the right names, and programs that are functions of the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from blas_probe.call.tool import Said
from blas_probe.call.worker import Outcome
from blas_probe.cuda.bench import Bench
from blas_probe.recipe.cuda import CudaRecipes
from blas_probe.search.places import Machine

HOST_CONFIG = """\
#if defined(__CUDACC__)
#if !__NV_NO_HOST_COMPILER_CHECK
#if defined(__GNUC__)
#if __GNUC__ > {gcc}
#error -- unsupported GNU version! gcc versions later than {gcc} are not supported! The nvcc flag '-allow-unsupported-compiler' can be used.
#endif
#if defined(__clang__)
#if (__clang_major__ >= {clang}) || (__clang_major__ < 3)
#error -- unsupported clang version!
#endif
#endif
#endif
#if defined(_WIN32)
#if _MSC_VER < 1920 || _MSC_VER >= 1950
#error -- unsupported Microsoft Visual Studio version!
#endif
#endif
#endif
#endif
"""  # noqa: E501
MATH = """\
extern __device__ double rsqrt(double x){specifier};
extern __device__ double                 sinpi(double x){specifier};
"""
RUNTIME = """\
#if defined(__CUDACC_RTC__)
#include "only_at_run_time.h"
#endif
#include "crt/host_config.h"
#  include "crt/math_functions.h"
// #include "not_this.h"
"""
PARTS = (
    "bin/cudafe++", "bin/ptxas", "bin/fatbinary", "bin/nvlink", "nvvm/bin/cicc",
    "nvvm/libdevice/libdevice.10.bc", "include/nv/target", "lib64/libcudart_static.a",
    "lib64/libcudadevrt.a", "lib64/stubs/libcuda.so", "bin/crt/link.stub",
)  # fmt: skip
LIBRARIES = {
    "cudart": "13", "nvJitLink": "13", "nvrtc": "13", "cublasLt": "13", "cublas": "13",
    "cusparse": "12", "cusolver": "12", "cufft": "12", "curand": "10",
}  # fmt: skip
GCC = "#define __GNUC__ {0}\n#define __GNUC_MINOR__ 2\n#define __GNUC_PATCHLEVEL__ 0\n"
GLIBC = "#define __GLIBC__ 2\n#define __GLIBC_MINOR__ {0}\n"

Program = Callable[[Sequence[str]], Said]
Programs = Mapping[str, Program]


def touch(path: Path, text: str = "") -> Path:
    """A file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def toolkit(
    root: Path, number: int = 13000, *, gcc: int = 15, specifier: str = " noexcept(true)",
    links: bool = True,
) -> Path:  # fmt: skip
    """A whole toolkit of the version that `number` says."""
    for name in (*PARTS, "bin/nvcc"):
        touch(root / name)
    touch(root / "include/cuda.h", f"#define CUDA_VERSION {number}\n")
    touch(root / "include/cuda_runtime_api.h", f"#define CUDART_VERSION  {number}\n")
    touch(root / "include/cuda_runtime.h", RUNTIME)
    touch(root / "include/crt/host_config.h", HOST_CONFIG.format(gcc=gcc, clang=gcc + 6))
    touch(root / "include/crt/math_functions.h", MATH.format(specifier=specifier))
    for stem, major in LIBRARIES.items():
        touch(root / f"lib64/lib{stem}.so.{major}")
        if links:
            (root / f"lib64/lib{stem}.so").symlink_to(f"lib{stem}.so.{major}")
    return root


def nvcc(
    root: Path, version: str = "13.0.88", host: str = "gcc"
) -> Callable[[Sequence[str]], Said]:
    """A compiler that answers as the real one does."""
    release = ".".join(version.split(".")[:2])

    def answer(command: Sequence[str]) -> Said:
        if "--version" in command:
            return said(f"nvcc: NVIDIA (R) Cuda compiler driver\nrelease {release}, V{version}\n")
        if "--list-gpu-code" in command:
            return said("sm_75\nsm_80\nsm_90\nsm_90a\nsm_100\n")
        return said(
            f'#$ _SPACE_= \n#$ TOP={root}/bin/..\n#$ INCLUDES="-I{root}/bin/../include"  \n'
            f'#$ LIBRARIES=  "-L{root}/bin/../lib64/stubs" "-L{root}/bin/../lib64"\n'
            f'#$ {host} -D__CUDA_ARCH_LIST__=750 -E -x c++ "/dev/null"\n#$ cudafe++ --c++17\n'
        )

    return answer


def compiler(macros: str) -> Program:
    """A host compiler with these macros."""
    return lambda _: said(macros)


def said(text: str, problem: str | None = None) -> Said:
    """The answer of a program."""
    return Said(code=0 if problem is None else 1, output=text, problem=problem)


def bench(
    recipes: CudaRecipes,
    root: Path,
    programs: Programs,
    *,
    environ: Mapping[str, str] | None = None,
    site_packages: Sequence[Path] = (),
    children: Callable[[Mapping[str, Any], str], Outcome] | None = None,
) -> Bench:
    """A bench on the file system below `root`, whose programs are functions."""

    def ask(command: Sequence[str]) -> Said:
        program = programs.get(command[0])
        return program(command) if program else said("", "cannot be run: No such file")

    none = Outcome(findings={}, ending=None, seconds=0.0)
    machine = Machine(
        root=root, triplet="x86_64-linux-gnu", environ=dict(environ or {}),
        site_packages=site_packages,
    )  # fmt: skip
    return Bench(
        recipes=recipes, machine=machine, machine_name="x86_64", ask=ask, ask_as_user=ask,
        run=children or (lambda request, module: none),
    )  # fmt: skip
