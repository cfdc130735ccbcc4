# SPDX-License-Identifier: Apache-2.0
"""Architectures: what tools tell, what `--cuda-arch` asks, and which GPU runs what."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from blas_probe.__main__ import main
from blas_probe.call.tool import Said
from blas_probe.cuda.arch import by_table, makers
from blas_probe.cuda.nvcc import ask_nvcc, ask_ptxas
from blas_probe.cuda.toolkit import Device, Driver, Toolkit
from blas_probe.cuda.wanted import answers, wanted
from blas_probe.cuda.words import section
from blas_probe.errors import UsageError
from blas_probe.faults import architectures
from blas_probe.found import Found
from blas_probe.recipe.cuda import CudaRecipes
from blas_probe.tests.cuda_tree import nvcc, said

HELP = """\
        -arch=sm_52 is a shorthand; PTX for sm_70 was once made.
        Allowed values for this option:  'all','compute_90','compute_90a','lto_90',
        'native','sm_90','sm_90a','sm_120','sm_120f'.
"""


def test_the_help_of_nvcc_names_every_suffix() -> None:
    """--list-gpu-code leaves out 90a and 120f, which the compiler takes."""
    plain = nvcc(Path("/cuda"))

    def ask(command: Sequence[str]) -> Said:
        return said(HELP) if "--help" in command else plain(command)

    assert ("90", "90a", "120", "120f") == ask_nvcc(Path("/cuda/bin/nvcc"), ask).archs
    assert ("75", "80", "90", "90a", "100") == ask_nvcc(Path("/cuda/bin/nvcc"), plain).archs


def test_the_prose_of_ptxas_names_no_architecture() -> None:
    """Only what stands among the allowed values can be made."""
    version, archs = ask_ptxas(Path("ptxas"), lambda _: said(f"release 13.0, V13.0.88\n{HELP}"))

    assert "13.0.88" == version
    assert ("90", "90a", "120", "120f") == archs


SPELLINGS = [
    ("70,90a,120f", [("70", True, True), ("90a", True, True), ("120f", True, True)]),
    ("90-real;100-virtual", [("90", True, False), ("100", False, True)]),
    ("sm_90 compute_90", [("90", True, True)]),
    ("8.0 9.0a 10.0+PTX", [("80", True, False), ("90a", True, False), ("100", True, True)]),
    ("compute_120f, sm_75", [("75", True, False), ("120f", False, True)]),
]


@pytest.mark.parametrize(("text", "told"), SPELLINGS, ids=[row[0] for row in SPELLINGS])
def test_architectures_are_read_as_others_write_them(
    text: str, told: list[tuple[str, bool, bool]]
) -> None:
    """nvcc's, CMake's and PyTorch's spellings, sorted; two of one are joined."""
    assert told == [(one.code, one.sass, one.ptx) for one in wanted(text)]


@pytest.mark.parametrize("text", ["", " , ", "native", "sm_90-virtual", "9", "90ab", "sm_", "-1"])
def test_what_is_no_architecture_is_refused(text: str) -> None:
    """With the forms that are known."""
    with pytest.raises(UsageError, match="no architecture; write numbers as in"):
        wanted(text)


NEW = Toolkit(root="/new", source="pypi", version="13.0", archs=("75", "90", "90a", "110", "120f"))
DUMB = Toolkit(root="/dumb", source="system", version="14.1")


def test_each_toolkit_makes_an_architecture_or_not(cuda: CudaRecipes) -> None:
    """Yes, no with what it makes instead and who can, or unknown."""
    found = answers(wanted("70,90a,101,990"), [NEW, DUMB], None, cuda)

    old, made, renamed, never = found.asked
    assert {"/new": "no", "/dumb": "unknown"} == old.makes
    assert ("CUDA 13.0 (/new) cannot make sm_70; it makes sm_75 to sm_120f",) == old.refusals
    assert ("11.8", "12.9") == (old.releases[0], old.releases[-1])
    assert "no PyPI package has its compiler" in old.cure
    assert ({"/new": "yes", "/dumb": "unknown"}, (), "") == (
        made.makes, made.refusals, made.cure)  # fmt: skip
    assert "cannot make sm_101; write sm_110" in renamed.refusals[0]
    assert "leave out 990" in never.cure
    assert () == found.gpus


def test_who_makes_what_is_known_for_every_release(cuda: CudaRecipes) -> None:
    """For a toolkit that cannot be asked, and to name another one."""
    every = {"11.8", *(f"12.{n}" for n in (0, 1, 2, 3, 4, 5, 6, 8, 9)),
             *(f"13.{n}" for n in range(6))}  # fmt: skip
    assert every == set(makers("90", cuda.majors))
    assert ("12.9", "13.0") == makers("120f", cuda.majors)[:2]
    assert ("13.4", "13.5") == makers("107a", cuda.majors)
    assert ("12.8", "12.9") == makers("101", cuda.majors)
    assert "90a" in by_table(cuda.majors[-1], "13.0")


GPUS = [
    ("own_code", "75,90", "9.0", "13.0", ("sass", "90")),
    ("older_minor", "80", "8.9", "13.0", ("sass", "80")),
    ("newer_minor", "89", "8.0", "13.0", ("nothing", None)),
    ("exact", "90a", "9.0", "13.0", ("sass", "90a")),
    ("exact_is_not_next", "100a", "10.3", "13.0", ("nothing", None)),
    ("family", "100f", "10.3", "13.0", ("sass", "100f")),
    ("other_family", "100f", "12.0", "13.0", ("nothing", None)),
    ("ptx", "75,90", "12.0", "13.0", ("ptx", "90")),
    ("no_ptx", "90-real", "12.0", "13.0", ("nothing", None)),
    ("driver_cannot_compile", "90", "12.0", "12.8", ("nothing", None)),
    ("driver_does_not_tell", "90", "12.0", None, ("ptx", "90")),
    ("too_old", "75", "6.1", "13.0", ("nothing", None)),
]


@pytest.mark.parametrize(
    ("text", "capability", "newest", "told"), [r[1:] for r in GPUS], ids=[r[0] for r in GPUS]
)
def test_a_gpu_runs_what_fits_it(
    cuda: CudaRecipes, text: str, capability: str, newest: str | None,
    told: tuple[str, str | None],
) -> None:  # fmt: skip
    """Its own code first, then PTX that the driver can compile."""
    device = Device(name="X", capability=capability, memory_mib=None)
    driver = Driver(state="found", cuda=newest, devices=(device,))

    gpu = answers(wanted(text), [NEW], driver, cuda).gpus[0]

    assert told == (gpu.by, gpu.code)
    assert ("add " in gpu.reason) == (gpu.by == "nothing")


def test_a_gpu_without_capability_is_unknown(cuda: CudaRecipes) -> None:
    """A part of a GPU may not tell it."""
    device = Device(name="MIG 1g.10gb", capability=None, memory_mib=9728)
    driver = Driver(state="found", devices=(device,))

    assert "unknown" == answers(wanted("90"), [NEW], driver, cuda).gpus[0].by


def test_the_answers_are_in_the_report_and_among_the_faults(cuda: CudaRecipes) -> None:
    """Table, doctor and JSON tell the same."""
    device = Device(name="X", capability="6.1", memory_mib=None)
    driver = Driver(state="found", cuda="13.0", devices=(device, device))
    told = answers(wanted("90a,compute_107"), [NEW], driver, cuda)
    found = Found(libraries=(), variants=(), ignored_environment={}, toolkits=(NEW,),
                  driver=driver, cuda_archs=told)  # fmt: skip

    lines = section(found.toolkits, found.driver, found.cuda_archs)
    wrong = list(architectures(found))

    assert "    sm_90a (SASS and PTX): made by CUDA 13.0 in /new" in lines
    assert "    compute_107 (PTX): no toolkit here makes it" in lines
    assert any(line.startswith("    GPU 1 (X): nothing, none of these runs on") for line in lines)
    assert wrong[0].text.startswith("no toolkit here makes compute_107 (PTX): CUDA 13.0 (/new)")
    assert 'can: pip install "cuda-toolkit[' in wrong[0].cure
    assert ["add 61", "add 61"] == [one.cure for one in wrong[1:]]
    assert found == Found.from_json(found.to_json())
    assert {"/new": "yes"} == json.loads(found.to_json())["cuda_archs"]["asked"][0]["makes"]
    bare = dataclasses.replace(found, cuda_archs=None)
    assert [] == list(architectures(bare))


def test_nothing_to_compare_with_is_told(cuda: CudaRecipes) -> None:
    """No toolkit, no GPU: the question still has an answer."""
    lines = section((), Driver(state="no driver"), answers(wanted("90"), [], None, cuda))

    assert "  no toolkit was found" in lines
    assert "    no GPU is here to compare with" in lines
    assert any("pip install" in line for line in lines)


def test_a_wrong_list_ends_the_command_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is probed."""
    with pytest.raises(SystemExit) as ended:
        main(["--cuda-arch", "fast"])

    assert 2 == ended.value.code
    assert "argument --cuda-arch: `fast` is no architecture" in capsys.readouterr().err
