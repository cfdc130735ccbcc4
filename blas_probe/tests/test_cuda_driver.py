# SPDX-License-Identifier: Apache-2.0
"""The driver: what its two libraries tell becomes one record, and each toolkit is compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from blas_probe.call.worker import Outcome
from blas_probe.cuda import agree
from blas_probe.cuda.arch import for_device, jit_runs_on, refused, runs_on, serves
from blas_probe.cuda.driver import ask_driver, can_be_opened, from_findings
from blas_probe.cuda.memory import whose_answer
from blas_probe.cuda.places import variables
from blas_probe.cuda.survey import machine_warnings
from blas_probe.cuda.toolkit import Device, Driver, Toolkit
from blas_probe.cuda.words import driver_texts, section, toolkit_texts
from blas_probe.recipe.cuda import CudaRecipes
from blas_probe.search.places import Machine
from blas_probe.tests.cuda_tree import touch

GPU = {"name": "GPU X", "capability": "9.0", "memory_mib": 81559}
NVML = {"version": "580.65.06", "cuda": 13000, "library": "/lib/libnvidia-ml.so.1",
        "devices": [GPU], "done": True}  # fmt: skip


def test_no_library_is_no_driver() -> None:
    """Nothing to open is an answer, not a problem."""
    driver = from_findings({"nvml": {"absent": True}, "cuda": {"absent": True}}, None)

    assert Driver(state="no driver") == driver
    assert driver_texts(driver)[0].startswith("no driver")


def test_nvml_tells_all() -> None:
    """Version, newest CUDA and each GPU."""
    driver = from_findings({"nvml": NVML, "cuda": {"problem": "cuInit: no"}}, None)

    assert ("found", "580.65.06", "13.0", None) == (
        driver.state, driver.version, driver.cuda, None)  # fmt: skip
    assert (Device(name="GPU X", capability="9.0", memory_mib=81559),) == driver.devices
    assert "  GPU 0: GPU X, capability 9.0, 81559 MiB" in driver_texts(driver)


def test_nvml_without_the_driver_library_is_told() -> None:
    """A container with the tools alone: the GPU is listed, and no program can use it."""
    driver = from_findings({"nvml": NVML, "cuda": {"absent": True}}, None)

    assert "found" == driver.state
    assert "NVIDIA_DRIVER_CAPABILITIES=compute" in str(driver.problem)
    assert from_findings({"nvml": NVML, "cuda": {"cuda": 13000}}, None).problem is None


def test_the_driver_library_stands_in_for_nvml() -> None:
    """A container may have only one of the two."""
    found = {"nvml": {"absent": True}, "cuda": {"cuda": 12040, "devices": [GPU]}}

    driver = from_findings(found, None)

    assert ("found", None, "12.4") == (driver.state, driver.version, driver.cuda)


BROKEN: list[tuple[str, dict[str, Any], str | None, str]] = [
    ("kernel_module_differs", {"nvml": {"problem": "nvmlInit: Driver/library version mismatch"}},
     None, "Driver/library version mismatch"),
    ("crash", {"nvml": {"library": "/x"}}, "crashed with SIGSEGV while starting NVML",
     "the driver's library crashed with SIGSEGV"),
    ("stub", {"cuda": {"library": "/cuda/lib64/stubs/libcuda.so.1", "stub": True}}, None,
     "the loader takes the stub /cuda/lib64/stubs/libcuda.so.1 for the driver"),
    ("no_gpu_for_us", {"cuda": {"cuda": 12020, "problem": "cuInit: CUDA_ERROR_NO_DEVICE"}}, None,
     "CUDA_ERROR_NO_DEVICE"),
    ("nonsense", {"nvml": 7, "cuda": {"problem": "it has no function cuInit"}}, None, "cuInit"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("findings", "ending", "words"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN]
)
def test_a_broken_driver_is_told(findings: dict[str, Any], ending: str | None, words: str) -> None:
    """It is there, and cannot be used."""
    driver = from_findings(findings, ending)

    assert "broken" == driver.state
    assert words in str(driver.problem)


def test_the_request_holds_the_recipes_names(cuda: CudaRecipes) -> None:
    """The child knows no library's name."""
    asked: dict[str, Any] = {}

    def run(request: Any, module: str) -> Outcome:
        asked.update(request, module=module)
        return Outcome(findings={}, ending=None, seconds=0.0)

    assert "no driver" == ask_driver(cuda.anatomy.driver, run).state
    assert "libcuda.so.1" in asked["cuda"]
    assert "blas_probe.cuda.driver_child" == asked["module"]


FITS = [
    ("enough", "580.65.06", "13.0", "13.0", "enough", 0),
    ("too_old", "525.60.13", "12.0", "13.0", "too old", 1),
    ("minor_compatibility", "525.60.13", "12.0", "12.9", "enough", 1),
    ("newer_major", "580.65.06", "13.0", "12.9", "enough", 0),
    ("only_libcuda_too_old", None, "12.4", "13.0", "too old", 1),
    ("only_libcuda_enough", None, "13.1", "13.0", "enough", 0),
    ("unknown_toolkit", "580.65.06", None, None, "not run", 0),
]


@pytest.mark.parametrize(
    ("version", "newest", "release", "state", "texts"), [r[1:] for r in FITS],
    ids=[r[0] for r in FITS],
)  # fmt: skip
def test_a_toolkit_needs_a_driver(
    cuda: CudaRecipes, version: str | None, newest: str | None, release: str | None, state: str,
    texts: int,
) -> None:  # fmt: skip
    """By the recipe's oldest driver; PTX needs a driver as new as the toolkit."""
    driver = Driver(state="found", version=version, cuda=newest)

    told, wrong = agree.driver_fits(driver, cuda.major(release), release)

    assert (state, texts) == (told, len(wrong))


RUNS = [
    ("80", "8.0", True), ("80", "8.6", True), ("86", "8.0", False), ("80", "9.0", False),
    ("90a", "9.0", True), ("90a", "9.1", False), ("100f", "10.3", True), ("100f", "10.0", True),
    ("103f", "10.0", False), ("100f", "12.0", False), ("100", "10.3", True), ("120", "12.1", True),
    ("75", "8.9", False),
]  # fmt: skip


@pytest.mark.parametrize(("code", "capability", "runs"), RUNS, ids=lambda value: str(value))
def test_sass_runs_on_its_own_major(code: str, capability: str, runs: bool) -> None:
    """Same major and no newer minor; `a` that very one, `f` the family from there on."""
    assert runs == runs_on(code, capability)


def test_ptx_runs_on_everything_newer() -> None:
    """Plain PTX goes up, PTX with a suffix stays."""
    assert jit_runs_on("80", "12.0")
    assert not jit_runs_on("90", "8.6")
    assert not jit_runs_on("90a", "10.0")
    assert ["sass", "ptx", None] == [
        serves(["80"], ["80"], gpu) for gpu in ("8.6", "9.0", "7.5")
    ]  # fmt: skip


def test_a_wanted_architecture_is_compared_with_the_toolkit() -> None:
    """Dropped, renamed and not yet known ones, each with its cure."""
    known = ["75", "80", "90", "110", "110a"]
    wanted = ["sm_70", "compute_80", "101", "10.1a", "130"]

    assert [
        "CUDA 13 cannot make sm_70; it makes sm_75 to sm_110a",
        "CUDA 13 cannot make sm_101; write sm_110",
        "CUDA 13 cannot make sm_101a; write sm_110a",
        "CUDA 13 cannot make sm_130; it makes sm_75 to sm_110a",
    ] == refused(wanted, known, {"101": "110"}, "CUDA 13")
    assert [] == refused(wanted, [], {}, "CUDA 13")


def test_a_gpu_that_no_architecture_fits_is_told() -> None:
    """Newer or older than all that the toolkit makes."""
    assert for_device(["80", "90"], "9.0") is None
    assert for_device([], "9.0") is None
    assert "is newer than" in str(for_device(["80", "90"], "12.0"))
    assert "is older than" in str(for_device(["75", "80"], "6.1"))


def warned(cuda: CudaRecipes, environ: dict[str, str], *toolkits: Toolkit, root: Path) -> list[str]:
    """The texts of a machine's warnings."""
    machine = Machine(root=root, triplet="x86_64-linux-gnu", environ=environ, site_packages=())
    driver = Driver(state="no driver")
    return [one.text for one in machine_warnings(toolkits, driver, machine, cuda)]


def test_variables_that_disagree_are_told(cuda: CudaRecipes, tmp_path: Path) -> None:
    """CUDA_PATH and CUDA_HOME: each tool believes another one."""
    led = [Toolkit(root=root, source="x", names=("$CUDA_PATH", "$CUDA_HOME")) for root in "ab"]

    texts = warned(cuda, {"CUDA_PATH": "/a", "CUDA_HOME": "/b"}, *led, root=tmp_path)

    assert 1 == len(texts)
    assert "CUDA_PATH=/a, CUDA_HOME=/b" in texts[0]
    assert [] == warned(cuda, {"CUDA_PATH": "/a", "CUDA_HOME": "/a/"}, *led, root=tmp_path)


def test_variables_that_lead_nowhere_are_told(cuda: CudaRecipes, tmp_path: Path) -> None:
    """A folder without a toolkit, a compiler that is not there; the cure names one that works."""
    good = Toolkit(root="/good", source="PATH", nvcc="/good/bin/nvcc", compiles="yes")
    environ = {"CUDACXX": "/none/nvcc", "CUDA_HOME": str(tmp_path), "CUDA_PATH_V13_0": "/gone"}
    machine = Machine(root=tmp_path, triplet="", environ=environ, site_packages=())

    told = [*machine_warnings([good], Driver(state="no driver"), machine, cuda)]

    assert {
        "CUDACXX": ("does not exist", "export CUDACXX=/good/bin/nvcc"),
        "CUDA_HOME": ("holds no file of a CUDA toolkit", "export CUDA_HOME=/good"),
        "CUDA_PATH_V13_0": ("does not exist", "export CUDA_PATH_V13_0=/good"),
    } == {one.subject: (one.text.split(", which ")[1].split(":")[0], one.cure) for one in told}
    alone = [*machine_warnings([], Driver(state="no driver"), machine, cuda)]
    assert "unset CUDACXX" in [one.cure for one in alone]


def test_a_compiler_with_a_launcher_and_flags_is_found(cuda: CudaRecipes, tmp_path: Path) -> None:
    """CUDACXX="ccache nvcc -Xfoo": the word that is a compiler counts."""
    nvcc = touch(tmp_path / "bin/nvcc")

    def found(value: str) -> list[Path | None]:
        environ = {"CUDACXX": value, "PATH": str(nvcc.parent)}
        machine = Machine(root=tmp_path, triplet="", environ=environ, site_packages=())
        return [one.nvcc for one in variables(machine, cuda)]

    assert [nvcc] == found("ccache nvcc") == found(f"{nvcc} -O2") == found("nvcc")
    assert [] == found("ccache") == found("/none/nvcc")


def test_stubs_and_two_majors_in_the_loaders_way_are_told(
    cuda: CudaRecipes, tmp_path: Path
) -> None:
    """A stub libcuda at run time, and two cudart in one process."""
    first, second = tmp_path / "a/lib64", tmp_path / "b/lib64"
    (first / "stubs").mkdir(parents=True)
    second.mkdir(parents=True)
    one = Toolkit(root="/a", source="x", version="12.9", library_dirs=(str(first),))
    other = Toolkit(root="/b", source="x", version="13.0", library_dirs=(str(second),))
    environ = {"LD_LIBRARY_PATH": f"{first}:{second}:{first}/stubs"}

    texts = "\n".join(warned(cuda, environ, one, other, root=tmp_path))

    assert f"LD_LIBRARY_PATH holds {first}/stubs" in texts
    assert f"offer CUDA 12 in {first}, 13 in {second}" in texts


def test_compiler_and_root_of_two_toolkits_are_told(cuda: CudaRecipes, tmp_path: Path) -> None:
    """CUDACXX of one toolkit, CUDAToolkit_ROOT of another."""
    one = Toolkit(root="/a", source="env:CUDACXX", version="13.0", names=("$CUDACXX",))
    other = Toolkit(root="/b", source="env:", version="12.9", names=("$CUDAToolkit_ROOT",))

    texts = warned(cuda, {"CUDACXX": "/a/bin/nvcc"}, one, other, root=tmp_path)

    assert ["the compiler is of /a (13.0), CUDAToolkit_ROOT names /b (12.9): a build mixes two "
            "toolkits"] == texts  # fmt: skip


def test_a_toolkit_in_words() -> None:
    """An unknown version, no tools and no driver still make sentences."""
    bare = Toolkit(root="/a", source="loader", notes=("n",))

    assert toolkit_texts(bare)[0] == "CUDA of unknown version  /a  (loader)"
    assert "  note: n" in toolkit_texts(bare)
    assert [] == section((), Driver(state="no driver"))
    assert "CUDA:" == section((bare,), None)[0]


def test_a_driver_is_only_asked_where_its_library_lies(cuda: CudaRecipes, tmp_path: Path) -> None:
    """In a loader's variable, a usual folder, or where a virtual machine puts it."""
    names = [*cuda.anatomy.driver.nvml, *cuda.anatomy.driver.cuda]

    def there(**environ: str) -> bool:
        return can_be_opened(names, Machine(tmp_path, "x86_64-linux-gnu", environ, ()))

    assert not there(LD_LIBRARY_PATH=str(tmp_path / "own"))
    touch(tmp_path / "own/libcuda.so.1")
    assert there(LD_LIBRARY_PATH=str(tmp_path / "own"))
    assert not there()
    touch(tmp_path / "usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1")
    assert there()
    (tmp_path / "usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1").unlink()
    touch(tmp_path / "usr/lib/wsl/lib/libcuda.so.1")
    assert there()


PASSING = [
    ("passes_on", '#!/bin/sh\n# a wrapper\nexec {real} "$@"\n', 2),
    ("chooses", '#!/bin/sh\nif true; then exec {real} "$@"; fi\n', 0),
    ("adds_words", '#!/bin/sh\nexec {real} -m64 "$@"\n', 0),
    ("by_a_variable", '#!/bin/sh\nexec $CUDA/bin/nvcc "$@"\n', 0),
    ("for_ever", '#!/bin/sh\nexec {self} "$@"\n', 0),
    ("nothing", "", 0),
]


@pytest.mark.parametrize(("script", "files"), [r[1:] for r in PASSING], ids=[r[0] for r in PASSING])
def test_only_what_certain_files_answer_is_remembered(
    tmp_path: Path, script: str, files: int
) -> None:
    """A program, or a script that does nothing but pass everything on to one."""
    real, own = tmp_path / "real/nvcc", tmp_path / "nvcc"
    touch(real, "\x7fELF")
    touch(own, script.format(real=real, self=own) if "{" in script else script)

    assert files == len(whose_answer([str(own), "--version"], {}))
    assert [str(real)] == whose_answer([str(real)], {})
