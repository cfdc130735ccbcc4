# SPDX-License-Identifier: Apache-2.0
"""Made toolkits of every source are found once, and what is wrong with each is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from blas_probe.call.tool import Said
from blas_probe.call.worker import Outcome
from blas_probe.cuda.describe import describe_all
from blas_probe.cuda.host import look_at
from blas_probe.cuda.toolkit import Toolkit
from blas_probe.recipe.cuda import CudaRecipes
from blas_probe.tests import cuda_tree
from blas_probe.tests.cuda_tree import GCC, GLIBC, bench, compiler, nvcc, said, toolkit, touch
from blas_probe.tests.tiny_elf import tiny_elf
from blas_probe.tests.tiny_pe import tiny_pe

GCC_12 = compiler(GCC.format(12) + GLIBC.format(36))


def only(found: tuple[Toolkit, ...]) -> Toolkit:
    """The single toolkit of a machine."""
    assert len(found) == 1, [one.root for one in found]
    return found[0]


def test_an_installer_tree_is_described_once(cuda: CudaRecipes, tmp_path: Path) -> None:
    """The folder, a link to it, a variable and a script in PATH lead to one whole toolkit."""
    root = toolkit(tmp_path / "usr/local/cuda-13.0")
    (tmp_path / "usr/local/cuda").symlink_to("cuda-13.0")
    script = touch(tmp_path / "usr/local/bin/nvcc")
    gcc = touch(tmp_path / "usr/bin/gcc")
    link = tmp_path / "usr/local/cuda"
    environ = {"PATH": f"{script.parent}:{gcc.parent}", "CUDA_HOME": str(link)}
    programs = {str(script): nvcc(root), str(root / "bin/nvcc"): nvcc(root), str(gcc): GCC_12,
                str(link / "bin/nvcc"): nvcc(root)}  # fmt: skip

    one = only(describe_all(bench(cuda, tmp_path, programs, environ=environ))[0])

    assert str(root) == one.root
    assert "env:CUDA_HOME" == one.source
    assert {str(script), "$CUDA_HOME", str(root)} <= set(one.names)
    assert ("13.0", "yes", "yes") == (one.version, one.compiles, one.links)
    assert ("75", "80", "90", "90a", "100") == one.archs
    assert {
        "gcc": "up to 15",
        "clang": "up to 20",
        "msvc": "from 1920 up to 1949",
    } == one.host_limits
    assert () == one.lacks
    assert () == one.problems
    assert "no driver" == one.driver_state


def test_a_refused_host_compiler_is_told_with_one_that_fits(
    cuda: CudaRecipes, tmp_path: Path
) -> None:
    """The header's own words, and the variable to set; nothing is compiled."""
    root = toolkit(tmp_path / "usr/local/cuda")
    gcc, other = touch(tmp_path / "usr/bin/gcc"), touch(tmp_path / "usr/bin/g++-14")
    environ = {"PATH": str(gcc.parent)}
    programs = {str(root / "bin/nvcc"): nvcc(root), str(gcc): compiler(GCC.format(16)),
                str(other): compiler(GCC.format(14))}  # fmt: skip

    one = only(describe_all(bench(cuda, tmp_path, programs, environ=environ))[0])

    assert "no" == one.compiles
    assert [
        f"nvcc refuses the host compiler gcc 16.2.0 ({gcc}, default): unsupported GNU version! gcc "
        f"versions later than 15 are not supported; gcc 14.2.0 fits: export CUDAHOSTCXX={other} "
        f"(nvcc alone: -ccbin {other})"
    ] == list(one.problems)
    assert ["no", "yes"] == [host.accepted for host in one.host_compilers]


def test_a_variable_names_the_host_compiler(cuda: CudaRecipes, tmp_path: Path) -> None:
    """CUDAHOSTCXX counts, not the default that nvcc would refuse."""
    root = toolkit(tmp_path / "usr/local/cuda")
    gcc, other = touch(tmp_path / "usr/bin/gcc"), touch(tmp_path / "usr/bin/g++-14")
    environ = {"PATH": str(gcc.parent), "CUDAHOSTCXX": str(other)}
    programs = {str(root / "bin/nvcc"): nvcc(root), str(gcc): compiler(GCC.format(16)),
                str(other): compiler(GCC.format(14))}  # fmt: skip

    one = only(describe_all(bench(cuda, tmp_path, programs, environ=environ))[0])

    assert ("yes", ()) == (one.compiles, one.problems)
    assert {"CUDAHOSTCXX", "default"} == {host.role for host in one.host_compilers}


@pytest.mark.parametrize(
    ("minor", "clash"), [(40, False), (41, True), (42, True)], ids=["2.40", "2.41", "2.42"]
)
def test_a_clash_with_glibc_is_told(
    cuda: CudaRecipes, tmp_path: Path, minor: int, clash: bool
) -> None:
    """Functions that both declare, one of them without noexcept."""
    root = toolkit(tmp_path / "usr/local/cuda", specifier="")
    gcc = touch(tmp_path / "usr/bin/gcc")
    programs = {str(root / "bin/nvcc"): nvcc(root),
                str(gcc): compiler(GCC.format(12) + GLIBC.format(minor))}  # fmt: skip

    one = only(describe_all(bench(cuda, tmp_path, programs, environ={"PATH": str(gcc.parent)}))[0])

    assert clash == any(f"glibc 2.{minor} declares" in text for text in one.problems)
    assert ("no" if clash else "yes") == one.compiles
    assert (minor == 42) == any("declares rsqrt as noexcept" in text for text in one.problems)


ODD = [
    ("nonsense", said("hello"), "names no release: hello"),
    ("nothing", said(""), "names no release: nothing"),
    ("hangs", said("", "did not answer within 1 s and was killed"), "did not answer within 1 s"),
    ("crashes", said("", "crashed with SIGSEGV"), "crashed with SIGSEGV"),
]


@pytest.mark.parametrize(("answer", "words"), [row[1:] for row in ODD], ids=[r[0] for r in ODD])
def test_an_odd_nvcc_costs_its_own_answer(
    cuda: CudaRecipes, tmp_path: Path, answer: Any, words: str
) -> None:
    """The rest of the toolkit is described, and it does not compile."""
    root = toolkit(tmp_path / "usr/local/cuda")

    one = only(describe_all(bench(cuda, tmp_path, {str(root / "bin/nvcc"): lambda _: answer}))[0])

    assert words in str(one.nvcc_problem)
    assert "no" == one.compiles
    assert "13.0" == one.version
    assert any(words in text and "reinstall it" in text for text in one.problems)
    assert ("75", "80") == one.archs[:2]
    assert "table" == one.archs_by


def test_an_nvcc_that_knows_no_folders_is_told(cuda: CudaRecipes, tmp_path: Path) -> None:
    """It says its version and nothing else."""
    path = touch(tmp_path / "odd/nvcc")
    answer = said("release 13.0, V13.0.88")

    found = describe_all(bench(cuda, tmp_path, {str(path): lambda _: answer}), [path])[0]

    assert "neither TOP nor _HERE_" in str(only(found).nvcc_problem)
    assert str(path) == only(found).root


@pytest.mark.parametrize(
    ("gone", "part", "compiles"),
    [
        ("bin/ptxas", "ptxas", "no"),
        ("nvvm/bin/cicc", "cicc", "no"),
        ("include/crt/host_config.h", "crt headers", "no"),
        ("include/nv/target", "cccl headers", "yes"),
        ("bin/nvlink", "nvlink", "yes"),
        ("bin/crt/link.stub", "link stubs", "yes"),
        ("include/cuda.h", "driver header", "yes"),
        ("lib64/stubs/libcuda.so", "libcuda stub", "yes"),
    ],
)
def test_a_missing_part_is_named(
    cuda: CudaRecipes, tmp_path: Path, gone: str, part: str, compiles: str
) -> None:
    """What it is needed for decides whether the toolkit still compiles."""
    root = toolkit(tmp_path / "usr/local/cuda")
    gcc = touch(tmp_path / "usr/bin/gcc")
    (root / gone).unlink()
    programs = {str(root / "bin/nvcc"): nvcc(root), str(gcc): GCC_12}

    one = only(describe_all(bench(cuda, tmp_path, programs, environ={"PATH": str(gcc.parent)}))[0])

    assert [part] == [lack.part for lack in one.lacks]
    assert compiles == one.compiles


def test_two_toolkits_mixed_are_told(cuda: CudaRecipes, tmp_path: Path) -> None:
    """nvcc of one release, headers of another, a library of a third, each named."""
    root = toolkit(tmp_path / "usr/local/cuda", 12090)
    (root / "lib64/libcublas.so.13").rename(root / "lib64/libcublas.so.12")

    one = only(describe_all(bench(cuda, tmp_path, {str(root / "bin/nvcc"): nvcc(root)}))[0])

    texts = "\n".join(one.problems)
    assert "13.0" == one.version
    assert "runtime headers" in texts
    assert "is 12.9, the toolkit is 13.0" in texts
    assert "libcublas.so.12 is of another major version: CUDA 13 has cublas 13" in texts


def wheels(site: Path, *packages: str, **files: str) -> None:
    """Distributions `name-version:folder` with a RECORD."""
    for package in packages:
        stem, _, folder = package.partition(":")
        touch(site / f"{stem}.dist-info/RECORD", f"nvidia/{folder}/include/x.h,,\n")
    for text in files.values():
        name, _, content = text.partition("|")
        touch(site / name, content)


def test_pieces_of_a_major_version_are_one_toolkit(cuda: CudaRecipes, tmp_path: Path) -> None:
    """cu12 packages: one folder each, no nvcc; what lacks says that no package has it."""
    site = tmp_path / "site-packages"
    wheels(
        site, "nvidia_cuda_nvcc_cu12-12.9.86:cuda_nvcc", "nvidia_cublas_cu12-12.9.2.10:cublas",
        "nvidia_cuda_runtime_cu12-12.9.79:cuda_runtime", "nvidia_cudnn_cu12-9.1:cudnn",
        a="nvidia/cuda_nvcc/bin/ptxas|", b="nvidia/cublas/lib/libcublas.so.12|",
        c="nvidia/cuda_runtime/include/cuda_runtime_api.h|#define CUDART_VERSION 12090",
        d="nvidia/cudnn/lib/libcudnn.so.9|",
    )  # fmt: skip
    ptxas = {str(site / "nvidia/cuda_nvcc/bin/ptxas"): lambda _: said(
        "release 12.9, V12.9.86 'sm_50','sm_90a'")}  # fmt: skip

    one = only(describe_all(bench(cuda, tmp_path, ptxas, site_packages=[site]))[0])

    assert ("pypi", "12.9", None, "no", "no") == (
        one.source, one.version, one.nvcc, one.compiles, one.links)  # fmt: skip
    assert 3 == len(one.roots)
    assert (("50", "90a"), "ptxas") == (one.archs, one.archs_by)
    cures = {lack.part: lack.cure for lack in one.lacks}
    assert cures["nvcc"].startswith("no PyPI package of CUDA 12 has it")
    assert "pip install nvidia-cusolver-cu12==11.7.5.82" == cures["cusolver"]
    assert any("-l cannot find cublas" in text for text in one.problems)


def test_a_whole_folder_of_packages_is_one_toolkit(cuda: CudaRecipes, tmp_path: Path) -> None:
    """cu13: one folder; a package that the meta package does not pin is told."""
    site = tmp_path / "site-packages"
    toolkit(site / "nvidia/cu13", 13050, links=False)
    wheels(
        site,
        "nvidia_cublas-13.9.0.1:cu13",
        "nvidia_cuda_nvcc-13.5.37:cu13",
        a="cuda_toolkit-13.5.0.dist-info/METADATA|Requires-Dist: nvidia-cublas==13.10.0.20.*; "
        "extra == 'cublas'\nRequires-Dist: nvidia-nvjitlink<14,>=13.5.37; extra == 'x'\n",
    )
    root = site / "nvidia/cu13"
    programs = {str(root / "bin/nvcc"): nvcc(root, "13.5.37")}

    one = only(describe_all(bench(cuda, tmp_path, programs, site_packages=[site]))[0])

    assert (str(root), "13.5") == (one.root, one.version)
    assert [text for text in one.problems if "nvidia-cublas" in text] == [
        "nvidia-cublas is 13.9.0.1, release 13.5 has 13.10.0.20 (by cuda-toolkit 13.5.0); "
        "pip install nvidia-cublas~=13.10.0.20.0"
    ]


OTHER = [
    ("hpc_sdk", "opt/nvidia/hpc_sdk/Linux_x86_64/25.9/cuda/13.0", {}),
    ("second_installer", "usr/local/cuda-12.9", {}),
    ("conda", "home/env", {"CONDA_PREFIX": "home/env"}),
    ("easybuild", "apps/CUDA/13", {"EBROOTCUDA": "apps/CUDA/13"}),
    ("home", "home/cuda-13", {"HOME": "home"}),
]


@pytest.mark.parametrize(("folder", "environ"), [r[1:] for r in OTHER], ids=[r[0] for r in OTHER])
def test_toolkits_lie_in_many_places(
    cuda: CudaRecipes, tmp_path: Path, folder: str, environ: Mapping[str, str]
) -> None:
    """Each source of toolkits leads to its folder."""
    root = toolkit(tmp_path / folder)
    values = {name: str(tmp_path / text) for name, text in environ.items()}

    one = only(describe_all(bench(cuda, tmp_path, {}, environ=values))[0])

    assert str(root) == one.root


def test_hpc_sdk_keeps_its_maths_apart(cuda: CudaRecipes, tmp_path: Path) -> None:
    """The libraries of math_libs/X.Y belong to cuda/X.Y."""
    sdk = tmp_path / "opt/nvidia/hpc_sdk/Linux_x86_64/25.9"
    root = toolkit(sdk / "cuda/13.0")
    moved = sdk / "math_libs/13.0/lib64"
    moved.mkdir(parents=True)
    for name in ("libcublas.so", "libcublas.so.13", "libcublasLt.so", "libcublasLt.so.13"):
        (root / "lib64" / name).rename(moved / name)

    one = only(describe_all(bench(cuda, tmp_path, {}))[0])

    assert str(moved / "libcublas.so.13") == next(p.path for p in one.parts if p.name == "cublas")


def test_debians_pieces_are_one_toolkit(cuda: CudaRecipes, tmp_path: Path) -> None:
    """nvcc in /usr/lib/nvidia-cuda-toolkit, headers and libraries in /usr."""
    base = tmp_path / "usr/lib/nvidia-cuda-toolkit"
    touch(base / "bin/nvcc")
    touch(tmp_path / "usr/include/cuda_runtime_api.h", "#define CUDART_VERSION 11080\n")
    touch(tmp_path / "usr/lib/x86_64-linux-gnu/libcublas.so.11")
    programs = {str(base / "bin/nvcc"): nvcc(base, "11.8.89")}

    found = describe_all(bench(cuda, tmp_path, programs))[0]

    one = found[0]
    assert (str(base), "11.8") == (one.root, one.version)
    assert {"runtime headers", "cublas"} <= {part.name for part in one.parts}


ANSWERS = {
    "cudart": {"numbers": [13000]}, "nvrtc": {"numbers": [12, 9]},
    "nvJitLink": {"numbers": [13, 5]},
    "cublasLt": {"numbers": [13, 1, 0]}, "cublas": {"numbers": [13, 0, 2]},
    "cusparse": {"problem": "cannot be opened: no"}, "cusolver": {"numbers": "x"},
}  # fmt: skip


def test_libraries_tell_their_versions(cuda: CudaRecipes, tmp_path: Path) -> None:
    """Each answer is compared; a newer nvJitLink of the same major is right."""
    root = toolkit(tmp_path / "usr/local/cuda")

    def run(request: Mapping[str, Any], module: str) -> Outcome:
        findings = {"told": ANSWERS} if module.endswith("library_child") else {}
        return Outcome(findings=findings, ending=None, seconds=0.0)

    one = only(describe_all(bench(cuda, tmp_path, {str(root / "bin/nvcc"): nvcc(root)},
                                  children=run))[0])  # fmt: skip

    texts = "\n".join(one.problems)
    assert f"nvrtc ({root}/lib64/libnvrtc.so.13) is 12.9, the toolkit is 13.0" in texts
    assert "cublas is 13.0.2, cublasLt is 13.1.0: they must be of one build" in texts
    assert "cusparse: " in texts
    assert "cusolverGetProperty gave no version" in texts
    assert "nvJitLink" not in texts


def test_a_library_that_ends_the_child_costs_only_itself(cuda: CudaRecipes, tmp_path: Path) -> None:
    """The others are asked again in a new child."""
    root = toolkit(tmp_path / "usr/local/cuda")
    asked = []

    def run(request: Mapping[str, Any], module: str) -> Outcome:
        names = [row["name"] for row in request.get("libraries", [])]
        asked.append(names)
        told = {name: {"numbers": [13, 0, 0]} for name in names if name == "cublas"}
        if "cublasLt" in names:
            findings = {"at": "cublasLt", "told": {"cudart": {"numbers": [13000]}}}
            return Outcome(findings=findings, ending="crashed with SIGSEGV", seconds=0.0)
        return Outcome(findings={"told": told}, ending=None, seconds=0.0)

    one = only(describe_all(bench(cuda, tmp_path, {str(root / "bin/nvcc"): nvcc(root)},
                                  children=run))[0])  # fmt: skip

    assert any("cublasLt: " in t and "crashed with SIGSEGV" in t for t in one.problems)
    assert "13.0.0" == next(part.version for part in one.parts if part.name == "cublas")
    assert "cublasLt" not in asked[-1]


def test_a_toolkit_of_an_unknown_major_is_described(cuda: CudaRecipes, tmp_path: Path) -> None:
    """Nobody has written its rules yet: a note says what is not compared."""
    root = toolkit(tmp_path / "usr/local/cuda", 99010)

    one = only(
        describe_all(bench(cuda, tmp_path, {str(root / "bin/nvcc"): nvcc(root, "99.1.2")}))[0]
    )

    assert ("99.1", None) == (one.version, one.driver_needed)
    assert any("no recipe knows CUDA 99.1" in note for note in one.notes)


def test_an_empty_machine_has_no_toolkit(cuda: CudaRecipes, tmp_path: Path) -> None:
    """Nothing is invented, and variables that lead nowhere are no toolkit."""
    environ = {"CUDA_HOME": str(tmp_path / "none"), "CUDACXX": "nvcc", "PATH": "/nonexistent::"}

    found, driver = describe_all(bench(cuda, tmp_path, {}, environ=environ))

    assert () == found
    assert "no driver" == driver.state
    assert cuda_tree.PARTS


def test_a_library_of_another_release_is_told(cuda: CudaRecipes, tmp_path: Path) -> None:
    """By the releases' pinned versions; a version that nobody knows says nothing."""
    root = toolkit(tmp_path / "usr/local/cuda")
    told = {"cublas": {"problem": "x"}, "cublasLt": {"numbers": [13, 2, 0]},
            "cusolver": {"numbers": [12, 0, 4]}, "cusparse": {"numbers": [12, 99, 1]}}  # fmt: skip

    def run(request: Mapping[str, Any], module: str) -> Outcome:
        return Outcome(findings={"told": told}, ending=None, seconds=0.0)

    one = only(describe_all(bench(cuda, tmp_path, {str(root / "bin/nvcc"): nvcc(root)},
                                  children=run))[0])  # fmt: skip

    texts = [text for text in one.problems if "is of CUDA" in text]
    assert 1 == len(texts)
    assert texts[0].startswith("cublasLt 13.2.0 (")
    assert "is of CUDA 13.1, the toolkit is 13.0" in texts[0]


def test_recipes_pin_every_release_of_a_major(cuda: CudaRecipes) -> None:
    """Each row names a release of its own major and the same pieces."""
    for major in cuda.majors:
        assert major.pins
        for row in major.pins:
            assert row.toolkit.split(".")[0] == str(major.major)
            assert {"cublas", "cusolver", "cusparse", "cufft", "curand"} == set(row.parts)


RELEASE = "\x7fELF\0release notes\0Cuda compilation tools, release {0}, V{0}.37\0"


@pytest.mark.parametrize(
    ("cicc", "compiles", "words"),
    [("13.0", "yes", None), ("13.5", "no", "ptxas refuses what the newer one writes"),
     ("12.9", "unknown", "is 12.9.37, the toolkit is 13.0")],
    ids=["same", "newer", "older"],
)  # fmt: skip
def test_a_part_of_another_release_tells_it_by_its_bytes(
    cuda: CudaRecipes, tmp_path: Path, cicc: str, compiles: str, words: str | None
) -> None:
    """`pip install cuda-toolkit[nvcc]==13.1.*` brings the newest nvvm, which ptxas refuses."""
    root = toolkit(tmp_path / "usr/local/cuda")
    gcc = touch(tmp_path / "usr/bin/gcc")
    touch(root / "bin/ptxas", RELEASE.format("13.0"))
    touch(root / "nvvm/bin/cicc", RELEASE.format(cicc))
    programs = {str(root / "bin/nvcc"): nvcc(root), str(gcc): GCC_12}

    one = only(describe_all(bench(cuda, tmp_path, programs, environ={"PATH": str(gcc.parent)}))[0])

    assert compiles == one.compiles
    assert (words is None) == (one.problems == ())
    assert any((words or "") in text for text in (*one.problems, ""))


def test_a_package_of_another_release_is_told_with_the_command(
    cuda: CudaRecipes, tmp_path: Path
) -> None:
    """Headers have no version of their own; pip's metadata has. Pins name what to install."""
    site = tmp_path / "target"
    root = toolkit(site / "nvidia/cu13", 13010, links=False)
    (root / "lib64/libcublas.so.13").unlink()
    (root / "lib64/libnvrtc.so.13").unlink()
    (root / "include/nv/target").unlink()
    wheels(site, "nvidia_cuda_crt-13.5.37:cu13", "nvidia_cuda_nvcc-13.1.115:cu13")
    programs = {str(root / "bin/nvcc"): nvcc(root, "13.1.115")}

    one = only(describe_all(bench(cuda, tmp_path, programs, site_packages=[site]))[0])

    assert [text for text in one.problems if "crt headers" in text] == [
        f"crt headers ({root}/include/crt/host_config.h) is 13.5.37, the toolkit is 13.1; "
        "pip install nvidia-cuda-crt~=13.1.0"
    ]
    cures = {lack.part: lack.cure for lack in one.lacks}
    assert "pip install nvidia-cublas==13.2.2.2" == cures["cublas"]
    assert "pip install nvidia-cuda-nvrtc~=13.1.0" == cures["nvrtc"]
    assert 'pip install "cuda-toolkit[cccl]~=13.1.0"' == cures["cccl headers"]


def test_a_script_tells_no_version(cuda: CudaRecipes, tmp_path: Path) -> None:
    """Its text may be anything, its answers alone count."""
    root = tmp_path / "usr/local/cuda"
    touch(root / "bin/nvcc", "#!/bin/sh\necho release 13.0, V13.0.1\n")

    assert only(describe_all(bench(cuda, tmp_path, {}))[0]).version is None


def test_tools_of_another_system_are_read(cuda: CudaRecipes, tmp_path: Path) -> None:
    """Windows' wheels: the version is in the bytes, libraries lie in bin/x86_64."""
    site = tmp_path / "site-packages"
    wheels(site, "nvidia_cuda_nvcc-13.5.37:cu13")
    touch(site / "nvidia/cu13/bin/nvcc.exe", RELEASE.format("13.5"))
    touch(site / "nvidia/cu13/bin/ptxas.exe", RELEASE.format("13.5"))
    touch(site / "nvidia/cu13/bin/x86_64/cudart64_13.dll")
    touch(site / "nvidia/cu13/lib/x64/cudart.lib")

    one = only(describe_all(bench(cuda, tmp_path, {}, site_packages=[site]))[0])

    assert ("13.5", "table", "no") == (one.version, one.archs_by, one.compiles)
    assert {"nvcc": "13.5.37", "ptxas": "13.5.37", "cudart": None} == {
        part.name: part.version for part in one.parts
    }


@pytest.mark.parametrize(
    ("gone", "words"),
    [("cuda_runtime.h", "cuda_runtime.h is not there"),
     ("crt/math_functions.h", "include/cuda_runtime.h needs crt/math_functions.h, not there")],
    ids=["start", "included"],
)  # fmt: skip
def test_a_header_that_others_need_is_missed(
    cuda: CudaRecipes, tmp_path: Path, gone: str, words: str
) -> None:
    """Followed from cuda_runtime.h, as the host compiler's macros lead."""
    root = toolkit(tmp_path / "usr/local/cuda")
    gcc = touch(tmp_path / "usr/bin/gcc")
    programs = {str(root / "bin/nvcc"): nvcc(root), str(gcc): GCC_12}
    (root / "include" / gone).unlink()

    one = only(describe_all(bench(cuda, tmp_path, programs, environ={"PATH": str(gcc.parent)}))[0])

    assert "no" == one.compiles
    assert [text for text in one.problems if words in text]


def test_an_nvcc_without_its_profile_is_told(cuda: CudaRecipes, tmp_path: Path) -> None:
    """It answers all questions, and finds neither headers nor libraries."""
    root = toolkit(tmp_path / "usr/local/cuda")
    whole = nvcc(root)

    def bare(command: Any) -> Any:
        return said(f"#$ _HERE_={root}/bin\n") if "--dryrun" in command else whole(command)

    one = only(describe_all(bench(cuda, tmp_path, {str(root / "bin/nvcc"): bare}))[0])

    assert "no" == one.compiles
    assert "its nvcc.profile is missing or empty" in str(one.nvcc_problem)


def flagged(root: Path, host: Path, flags: str) -> Any:
    """An nvcc whose user has NVCC_PREPEND_FLAGS in the environment."""
    return lambda command: said(
        str(nvcc(root)(command).output).replace("#$ gcc", f"#$ {host} {flags}")
    )


FLAGS = [
    ("names_it", "", "no", "write -ccbin {0} into NVCC_PREPEND_FLAGS instead"),
    ("unchecked", "-D__NV_NO_HOST_COMPILER_CHECK=1", "unknown", "flags switch this check off"),
]


@pytest.mark.parametrize(
    ("flags", "compiles", "words"), [r[1:] for r in FLAGS], ids=[r[0] for r in FLAGS]
)
def test_flags_in_the_environment_count(
    cuda: CudaRecipes, tmp_path: Path, flags: str, compiles: str, words: str
) -> None:
    """They name the host compiler, or switch its check off; the cure names their variable."""
    root = toolkit(tmp_path / "usr/local/cuda")
    new, old = touch(tmp_path / "bin/g++-99"), touch(tmp_path / "usr/bin/g++-12")
    environ = {"PATH": str(old.parent), "NVCC_PREPEND_FLAGS": f"-ccbin {new}"}
    programs = {str(root / "bin/nvcc"): flagged(root, new, flags), str(old): GCC_12,
                str(new): compiler(GCC.format(99))}  # fmt: skip

    one = only(describe_all(bench(cuda, tmp_path, programs, environ=environ))[0])

    assert compiles == one.compiles
    assert [text for text in one.problems if words.format(old) in text]
    assert "NVCC_PREPEND_FLAGS" in {host.role for host in one.host_compilers}


def test_a_compiler_that_hangs_is_asked_once(cuda: CudaRecipes) -> None:
    """One that ends with an error is asked again without the C library's header."""
    asked: list[Sequence[str]] = []

    def ask(command: Sequence[str], code: int | None) -> Said:
        asked.append(command)
        return Said(code=code, output="", problem="did not answer within 1 s and was killed")

    look_at("/g++", "installed", cuda.anatomy.host, {}, lambda command: ask(command, None))
    assert 1 == len(asked)
    look_at("/g++", "installed", cuda.anatomy.host, {}, lambda command: ask(command, 1))
    assert 3 == len(asked)


KINDS = [
    ("windows", tiny_pe(), "it is made for windows x86_64: read, not asked"),
    ("arm", tiny_elf(machine=183), "it is made for linux aarch64: read, not asked"),
    ("own", tiny_elf(), None),
]


@pytest.mark.parametrize(("head", "words"), [r[1:] for r in KINDS], ids=[r[0] for r in KINDS])
def test_a_toolkit_of_another_system_is_read_and_not_asked(
    cuda: CudaRecipes, tmp_path: Path, head: bytes, words: str | None
) -> None:
    """One sentence, in place of one for each library that cannot be opened."""
    root = toolkit(tmp_path / "usr/local/cuda")
    (root / "bin/ptxas").write_bytes(head)
    asked: list[str] = []

    def run(request: Mapping[str, Any], module: str) -> Outcome:
        asked.append(module)
        return Outcome(findings={}, ending=None, seconds=0.0)

    one = only(describe_all(bench(cuda, tmp_path, {}, children=run))[0])

    assert (words is None) == any("library_child" in module for module in asked)
    assert any((words or "") in text for text in one.problems)
    assert "no" == one.compiles


def test_a_version_file_of_another_release_is_told(cuda: CudaRecipes, tmp_path: Path) -> None:
    """CMake may believe it."""
    root = toolkit(tmp_path / "usr/local/cuda")
    touch(root / "version.json", '{"cuda": {"version": "12.9.1"}}')

    one = only(describe_all(bench(cuda, tmp_path, {str(root / "bin/nvcc"): nvcc(root)}))[0])

    assert any(text.startswith("version.json says 12.9.1, the toolkit is 13.0; take all")
               for text in one.problems)  # fmt: skip
