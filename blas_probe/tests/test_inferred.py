# SPDX-License-Identifier: Apache-2.0
"""What is read of a file that cannot be called: code, texts, what lies beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from blas_probe.binary import Binary, Host, parse, strings
from blas_probe.binary.affix import Affix, find_affixes
from blas_probe.binary.cached import from_loader
from blas_probe.binary.code import walk
from blas_probe.binary.inferred import Code, complex_return, documented, width
from blas_probe.binary.siblings import siblings
from blas_probe.call import abi
from blas_probe.identify import identify, request
from blas_probe.library import UNKNOWN
from blas_probe.recipe import Recipes
from blas_probe.tests.tiny_elf import tiny_elf

PLAIN = Affix("", "_")


def binary(machine: str, defined: tuple[str, ...], **facts: Any) -> Binary:
    """A library of `machine` that defines these names."""
    whole = parse(tiny_elf(defined=defined))
    return whole._replace(machine=machine, **facts)


# machine, instructions of `ilaver` in LAPACK 3.12.0, width of its integers
ILAVER = [
    ("x86_64", "c70703000000 c7060c000000 c70200000000 c3", 32),
    ("x86_64", "f30f1efa 48c70703000000 48c7060c000000 48c70200000000 c3", 64),
    ("i386", "8b442404 c70003000000 8b442408 c7000c000000 8b44240c c70000000000 c3", 32),
    ("aarch64", "64008052 83018052 040000b9 230000b9 5f0000b9 c0035fd6", 32),
    ("aarch64", "640080d2 830180d2 040000f9 230000f9 5f0000f9 c0035fd6", 64),
    ("riscv64", "0d47b147 23200600 18c19cc1 8280", 32),
    ("riscv64", "0d47b147 23300600 18e19ce1 8280", 64),
    ("ppc64le", "00000039 03004039 0c002039 00000591 00004391 00002491 2000804e", 32),
    ("ppc64le", "00000039 03004039 0c002039 000005f9 000043f9 000024f9 2000804e", 64),
    ("s390x", "e54c20000003 e54c3000000c e54c40000000 07fe", 32),
    ("s390x", "e54820000003 e5483000000c e54840000000 07fe", 64),
]


@pytest.mark.parametrize(("machine", "text", "bits"), ILAVER)
def test_the_lapack_version_is_read_from_instructions(machine: str, text: str, bits: int) -> None:
    """Three constants are stored, as wide as the library's integers."""
    code = Code(binary(machine, ("ilaver_",)), {"ilaver_": bytes.fromhex(text)})

    facts = width(code, PLAIN)

    assert (facts["int_bits"], facts["lapack_version"]) == (bits, "3.12.0")


RETURNS = [
    ("linux-glibc", "8b07 448b0a 418b08 c3", "8b07 448b0a 418b08 c3", "normal"),
    ("linux-glibc", "8b06 448b09 c3", "8b06 448b09 c3", "argument"),
    ("linux-glibc", "8b06 448b09 c3", "8b07 448b0a 418b08 c3", "fnda"),
    # 16 bytes come back through a pointer there, 8 in a register: what a C compiler does, too
    ("windows", "8b02 458b09 c3", "8b01 418b00 c3", "normal"),
    ("windows", "8b02 458b09 c3", "8b02 458b09 c3", "argument"),
    ("windows", "8b01 418b00 c3", "8b01 418b00 c3", "unknown"),
]


@pytest.mark.parametrize(("platform", "z", "c", "style"), RETURNS)
def test_the_complex_return_is_read_from_instructions(
    platform: str, z: str, c: str, style: str
) -> None:
    """Behind a hidden pointer all arguments stand one place later."""
    one = binary("x86_64", ("zdotc_", "cdotc_"), platform=platform)
    code = Code(one, {"zdotc_": bytes.fromhex(z), "cdotc_": bytes.fromhex(c)})

    assert complex_return(code, PLAIN) == style


def test_where_every_result_comes_through_a_pointer_that_is_no_style_of_its_own() -> None:
    """IBM Z: the first instructions of OpenBLAS' zdotc_, which fetch n and incx."""
    one = binary("s390x", ("zdotc_", "cdotc_"), platform="linux-glibc")
    text = (
        "eb6ff0300024 a7fbff48 e33030000016 b90400d2 ec3c001e007e e310f1580004 e30010000014"
        " e35050000014 07fe"
    )
    code = Code(one, dict.fromkeys(("zdotc_", "cdotc_"), bytes.fromhex(text)))

    assert complex_return(code, PLAIN) == "normal"


def test_integers_that_contradict_each_other_are_unknown() -> None:
    """A LAPACK with 64-bit integers on a BLAS with 32-bit ones is no library for anybody."""
    code = Code(binary("aarch64", ("ilaver_", "isamax_")), {
        "ilaver_": bytes.fromhex(ILAVER[4][1].replace(" ", "")),
        "isamax_": bytes.fromhex("080040b9c0035fd6"),
    })  # fmt: skip

    facts = width(code, PLAIN)

    assert facts["int_bits"] == UNKNOWN
    assert facts["width_conflict"] == "ilaver uses 64 bits, isamax uses 32 bits"


def test_a_measured_contradiction_is_unknown_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both functions are called, though the first one answers."""
    monkeypatch.setattr(abi, "by_ilaver", lambda called: {"int_bits": 64})
    monkeypatch.setattr(abi, "by_isamax", lambda called: {"int_bits": 32})

    facts = abi.integer_width(lambda routine: object())

    assert (facts["int_bits"], facts["width_by"]) == (UNKNOWN, "contradiction")


@pytest.mark.parametrize("machine", ["x86_64", "i386", "aarch64", "riscv64", "ppc64le", "s390x",
                                     "mips64el"])  # fmt: skip
def test_any_bytes_can_be_followed(machine: str) -> None:
    """What is no code ends the walk, and nothing else."""
    noise = bytes(range(256)) * 2

    for start in range(256):
        assert walk(noise[start : start + 64], machine, "linux-glibc") is not None


def test_an_unknown_machine_is_not_followed() -> None:
    """Rather nothing than something wrong."""
    assert walk(b"\0" * 64, "vax", None) is None


TEXTS = [
    ("whole", b"\0OpenBLAS 0.3.30 DYNAMIC_ARCH \0"),
    ("in 64-bit numbers", b"\x90H\xb8OpenBLASATH\xba 0.3.30 H\x89\x05....H\xb8DYNAMIC_\xba ARC"),
    ("in 32-bit numbers", b"\xc7\x83....Open\xc7\x83....BLAS\xc7\x83.... 0.3\xc7\x83.....30 "),
]


@pytest.mark.parametrize("data", [row[1] for row in TEXTS], ids=[row[0] for row in TEXTS])
def test_a_text_in_pieces_is_found(data: bytes) -> None:
    """Compilers put short texts into instructions, eight or four letters at a time."""
    assert strings.answers(data, {"v": r"OpenBLAS (\d[\w.]*) "}) == {"v": ["0.3.30"]}


def test_documented_facts_are_tied_to_a_function() -> None:
    """What the maker says of its single library does not hold for its layers."""
    hints = {"maker": {"int_bits": {"_": 32}, "symbol": "Maker_Set_Layer"}}

    rt, layer = binary("vax", ("Maker_Set_Layer",)), binary("vax", ("dgemm_",))

    assert documented(hints, ["maker"], rt, [PLAIN])["int_bits"] == {"_": 32}
    assert documented(hints, ["maker"], layer, [PLAIN]) == {}


def test_needed_files_are_found_beside_a_library(tmp_path: Path) -> None:
    """In its folder, the one above, and where its own words lead; never the file itself."""
    (tmp_path / "up/lib").mkdir(parents=True)
    (tmp_path / "up/other").mkdir()
    places = {"libone.so": "up/lib", "libtwo.so": "up", "libthree.so": "up/other"}
    for name, folder in places.items():
        (tmp_path / folder / name).touch()
    one = binary("vax", (), needed=(*places, "libgone.so"), rpaths=("$ORIGIN/../other",))

    found = siblings(tmp_path / "up/lib/libone.so", one)

    assert [path.name for path in found] == ["libtwo.so", "libthree.so"]


def test_a_library_without_a_file_is_asked_name_by_name(recipes: Recipes) -> None:
    """Accelerate lies in no file: the loader tells which names it defines."""
    spelled = {routine + "$NEWLAPACK$ILP64" for routine in ("dgemm", "isamax", "dscal", "ilaver")}
    asked = request(recipes, host=Host("macos", "aarch64"))

    found = from_loader(dict.fromkeys({*spelled, "BLASGetThreading"}, 1) | Loader(), asked, "/x")

    assert {*spelled, "BLASGetThreading"} == found.defined
    (affix,) = find_affixes(found.defined, prefixes=asked["prefixes"], suffixes=asked["suffixes"])
    assert affix.suffix == "$NEWLAPACK$ILP64"


class Loader(dict[str, int]):
    """An open library: what it does not define is an AttributeError."""

    def __ror__(self, other: dict[str, int]) -> Loader:  # type: ignore[override]
        return Loader(other)

    def __missing__(self, name: str) -> int:
        raise AttributeError(name)


def test_a_foreign_library_is_a_full_row(recipes: Recipes) -> None:
    """Facts that were read are named, and the problem says that it cannot run here."""
    findings = {
        "binary": {"format": "pe", "platform": "windows", "machine": "aarch64", "needed": []},
        "marks": {"openblas": ["defines:openblas_get_config"]}, "inferred": {},
        "foreign": "built for aarch64 (windows), this machine is another: it cannot run here",
        "measured": [{"prefix": "", "suffix": "_", "int_bits": 64, "cblas": {"": 64}}],
        "answer": {"openblas.layer": 1}, "bytes": {"openblas.version": ["0.3.30"]},
        "complete": {"blas": True, "lapack": True},
    }  # fmt: skip

    one = identify(findings, recipes, path="/x.dll", names=[], source="path")

    assert (one.provider, one.version, one.int_bits) == ("openblas", "0.3.30", 64)
    assert (one.thread_layer, one.format, one.platform) == ("pthreads", "pe", "windows")
    assert {"version", "int_bits", "thread_layer", "cblas_suffix"} <= set(one.inferred)
    assert "it cannot run here" in str(one.problem)


def test_a_version_packed_into_a_number_is_unpacked(recipes: Recipes) -> None:
    """600 is 0.6.0 where the maker counts in ten thousands and hundreds."""
    findings = {
        "binary": {"needed": []}, "marks": {"nvpl": ["defines:nvpl_blas_get_version"]},
        "answer": {"nvpl.version": 600}, "complete": {"blas": True},
    }  # fmt: skip

    one = identify(findings, recipes, path="/x.so", names=[], source="path")

    assert one.version == "0.6.0"
