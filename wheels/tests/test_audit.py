# SPDX-License-Identifier: Apache-2.0
"""The audit of wheels: each planted fault is found, and sound wheels are quiet."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from blas_probe.tests.tiny_elf import tiny_elf
from blas_probe.tests.tiny_macho import tiny_macho, universal
from blas_probe.tests.tiny_pe import tiny_pe
from wheels.audit import show
from wheels.audit.auditing import Audit, Auditor, Demands, Exports
from wheels.audit.rows import FILE, load_audit_rows
from wheels.cli import main
from wheels.errors import NotAWheelError, RowError
from wheels.folders import CHECKOUT
from wheels.tests.audit_samples import (
    AVX,
    CPUID,
    LINUX,
    MACOS,
    MODULES,
    RET,
    WINDOWS,
    coded,
    extension,
    line,
    noted,
    versioned,
    wheel,
)  # fmt: skip

INFO = "pkg-1.0.dist-info"


@pytest.fixture(scope="module")
def auditor() -> Auditor:
    """Read the recipes once."""
    return Auditor()


def codes(audit: Audit, level: str = "error") -> list[str]:
    """The kinds of findings of one level."""
    return [one.code for one in audit.of(level)]


def sound(tag: str = LINUX, **other: object) -> dict[str, bytes]:
    """One good extension module."""
    return {MODULES[tag]: extension(tag, **other)}


@pytest.mark.parametrize("tag", [LINUX, MACOS, WINDOWS])
def test_a_sound_wheel_is_quiet(tmp_path: Path, auditor: Auditor, tag: str) -> None:
    """No error, no warning on any system."""
    audit = auditor.audit(wheel(tmp_path, sound(tag), tag=tag))

    assert [] == [*audit.of("error"), *audit.of("warning")]


def test_what_is_no_wheel_is_refused_in_words(tmp_path: Path, auditor: Auditor) -> None:
    """A missing file, a text, a cut-off archive and another archive, each without a traceback."""
    good = wheel(tmp_path, sound())
    (tmp_path / "text.whl").write_text("hello")
    (tmp_path / "cut.whl").write_bytes(good.read_bytes()[:300])

    for name in ("none.whl", "text.whl", "cut.whl"):
        with pytest.raises(NotAWheelError):
            auditor.audit(tmp_path / name)


RECORDS: Mapping[str, tuple[dict[str, str], str]] = {
    "bad hash": ({"pkg/__init__.py": line("pkg/__init__.py", b"other")}, "record-hash"),
    "no hash": ({"pkg/__init__.py": "pkg/__init__.py,,"}, "record-hash"),
    "wrong size": ({"pkg/__init__.py": line("pkg/__init__.py", b"")[:-1] + "7"}, "record-size"),
    "no line": ({"pkg/__init__.py": ""}, "record-unlisted"),
    "absent file": ({"x": line("pkg/gone.py", b"")}, "record-absent"),
    "broken line": ({"x": "pkg/gone.py,"}, "record-line"),
}


@pytest.mark.parametrize("case", RECORDS)
def test_record_errors(tmp_path: Path, auditor: Auditor, case: str) -> None:
    """RECORD and the archive say the same."""
    record, code = RECORDS[case]

    audit = auditor.audit(wheel(tmp_path, sound(), record=record))

    assert code in codes(audit)


def test_names_and_tags_agree(tmp_path: Path, auditor: Auditor) -> None:
    """WHEEL and the file name have the same tags, the metadata the same name and version."""
    other = wheel(tmp_path, sound(), told="cp312-cp312-manylinux_2_17_x86_64")
    renamed = wheel(tmp_path, sound(), name="pkg-2.0")

    assert ["tag-differs"] == codes(auditor.audit(other))
    assert ["name-differs", "name-differs"] == codes(auditor.audit(renamed))


def test_names_that_lead_out_are_errors(tmp_path: Path, auditor: Auditor) -> None:
    """Nothing is written outside of the folder, and the name is told."""
    audit = auditor.audit(wheel(tmp_path, {**sound(), "../evil.py": b"", "/abs.py": b""}))

    assert ["name-traversal", "name-traversal"] == codes(audit)
    assert not (tmp_path / "evil.py").exists()


TAGS: Mapping[str, tuple[str, Mapping[str, bytes], str]] = {
    "any": ("py3-none-any", {"pkg/a.so": tiny_elf()}, "any-with-native"),
    "machine": (LINUX, {MODULES[LINUX]: extension(machine=183)}, "wrong-machine"),
    "format": (MACOS, {MODULES[LINUX]: extension(LINUX)}, "wrong-format"),
    "windows": (WINDOWS, sound(WINDOWS, machine=0xAA64), "wrong-machine"),
    "universal": ("cp312-cp312-macosx_11_0_universal2", sound(MACOS), "wrong-machine"),
    "musl": (LINUX, {"pkg/a.so": tiny_elf(needed=["libc.musl-x86_64.so.1"])}, "wrong-libc"),
    "glibc": ("cp312-cp312-musllinux_1_2_x86_64", {"pkg/a.so": tiny_elf()}, "wrong-libc"),
    "minos": ("cp312-cp312-macosx_12_0_arm64", sound(MACOS), "macos-floor"),
    "other Python": ("cp313-cp313-manylinux_2_28_x86_64", sound(), "other-python"),
    "abi3 suffix": ("cp39-abi3-manylinux_2_28_x86_64", sound(), "other-python"),
    "stable ABI": (
        "cp39-abi3-manylinux_2_28_x86_64",
        {"pkg/one.abi3.so": extension(imported=("PyUnicode_AsUTF8String", "_PyObject_Dump"))},
        "not-abi3",
    ),
    "newer ABI": (
        "cp39-abi3-manylinux_2_28_x86_64",
        {"pkg/one.abi3.so": extension(imported=("PyType_GetModuleByDef",))},
        "newer-abi3",
    ),
    "glibc floor": (LINUX, {MODULES[LINUX]: versioned("libc.so.6", "GLIBC_2.29")}, "glibc-floor"),
    "C++ library": (
        LINUX,
        {MODULES[LINUX]: versioned("libstdc++.so.6", "GLIBCXX_3.4.30")},
        "symbol-version",
    ),
    "python DLL": (WINDOWS, sound(WINDOWS, dll="python311.dll"), "other-python"),
}


@pytest.mark.parametrize("case", TAGS)
def test_tags_that_the_contents_contradict(tmp_path: Path, auditor: Auditor, case: str) -> None:
    """System, architecture, C library, floor and Python of the tag are those of the files."""
    tag, files, code = TAGS[case]

    assert code in codes(auditor.audit(wheel(tmp_path, files, tag=tag)))


def test_versions_that_the_tag_allows(tmp_path: Path, auditor: Auditor) -> None:
    """The tag's own version, and any version of a library that is inside."""
    old = {MODULES[LINUX]: versioned("libc.so.6", "GLIBC_2.28")}
    own = {
        MODULES[LINUX]: versioned("libstdc++-12345678.so.6", "GLIBCXX_3.4.99"),
        "pkg/libstdc++-12345678.so.6": tiny_elf(soname="libstdc++-12345678.so.6"),
    }

    assert [] == codes(auditor.audit(wheel(tmp_path, old)))
    assert "symbol-version" not in codes(auditor.audit(wheel(tmp_path, own)))


def test_damaged_files_are_told(tmp_path: Path, auditor: Auditor) -> None:
    """A native file that is cut off, and one whose bytes in the archive were changed."""
    cut = auditor.audit(wheel(tmp_path, {"pkg/a.so": tiny_elf()[:200]}))
    empty = auditor.audit(wheel(tmp_path, {"pkg/b.so": b"", "pkg/c.so.1": b"INPUT(libc.so)"}))
    path = wheel(tmp_path, {"pkg/a.txt": b"some text that is changed"})
    path.write_bytes(path.read_bytes().replace(b"some text", b"same text", 1))

    assert ["unreadable"] == codes(cut)
    assert ["no-library", "no-library"] == codes(empty, "warning")
    assert ["damaged"] == codes(auditor.audit(path))


def test_a_universal_file_serves_both_machines(tmp_path: Path, auditor: Auditor) -> None:
    """Each architecture is looked at by itself."""
    machines = ("x86_64", "aarch64")
    parts = [(one, tiny_macho(machine=one, defined=("f",), signed=True)) for one in machines]
    tag = "cp312-cp312-macosx_13_0_universal2"

    audit = auditor.audit(wheel(tmp_path, {"pkg/lib.dylib": universal(parts)}, tag=tag))

    assert [] == codes(audit)
    assert ("x86_64", "aarch64") == audit.files[0].machines


NEEDS: Mapping[str, tuple[str, Mapping[str, bytes], str]] = {
    "nowhere": (LINUX, sound(needed=("libc.so.6", "libnowhere_mp.so")), "needs-nowhere"),
    "nowhere on macOS": (MACOS, sound(MACOS, needed=("@rpath/libx.dylib",)), "needs-nowhere"),
    "nowhere on Windows": (WINDOWS, sound(WINDOWS, dll="nowhere.dll"), "needs-nowhere"),
    "no search path": (
        LINUX,
        {**sound(needed=("liba.so",)), "pkg.libs/liba.so": tiny_elf(soname="liba.so")},
        "needs-unreached",
    ),
    "no folder added": (
        WINDOWS,
        {**sound(WINDOWS, dll="a.dll"), "pkg.libs/a.dll": tiny_pe(name="a.dll")},
        "needs-unreached",
    ),
    "absolute path": (MACOS, sound(MACOS, needed=("/opt/x/libx.dylib",)), "absolute-path"),
    "absolute search": (LINUX, sound(runpath="/opt/lib"), "absolute-path"),
    "outside": (LINUX, sound(runpath="$ORIGIN/../../../../../lib"), "path-outside"),
    "libpython": (LINUX, sound(needed=("libpython3.12.so.1.0",)), "links-python"),
}


@pytest.mark.parametrize("case", NEEDS)
def test_libraries_that_are_not_found(tmp_path: Path, auditor: Auditor, case: str) -> None:
    """What is needed is inside and reached, part of the system, or required."""
    tag, files, code = NEEDS[case]

    assert code in codes(auditor.audit(wheel(tmp_path, files, tag=tag)))


def test_libraries_that_are_found(tmp_path: Path, auditor: Auditor) -> None:
    """By $ORIGIN, through the file that loads both, and by a requirement."""
    beside = {
        MODULES[LINUX]: extension(needed=("liba.so", "libb.so"), runpath="$ORIGIN/../pkg.libs"),
        "pkg.libs/liba.so": tiny_elf(soname="liba.so", needed=("libb.so",)),
        "pkg.libs/libb.so": tiny_elf(soname="libb.so"),
    }
    asked = {**beside, "pkg/two.so": tiny_elf(needed=("libcudart.so.12",))}

    assert [] == codes(auditor.audit(wheel(tmp_path, beside)))
    assert ["needs-nowhere"] == codes(auditor.audit(wheel(tmp_path, asked)))
    requires = ["nvidia-cuda-runtime-cu12>=12"]
    assert [] == codes(auditor.audit(wheel(tmp_path, asked, requires=requires)))


def test_parts_that_a_library_opens_by_name(tmp_path: Path, auditor: Auditor) -> None:
    """The library is there already when it opens them; Python's modules are not opened by it."""
    core = tiny_elf(soname="libcore.so") + b"libcore_fast.so\0"
    part = tiny_elf(soname="libcore_fast.so", needed=("libcore.so",))
    files = {"pkg/libcore.so": core, "pkg/libcore_fast.so": part}
    module = {**files, MODULES[LINUX]: extension(needed=("libcore.so",))}

    assert [] == codes(auditor.audit(wheel(tmp_path, files)))
    assert ["needs-unreached"] == codes(auditor.audit(wheel(tmp_path, module)))


def test_a_folder_that_python_adds_is_searched(tmp_path: Path, auditor: Auditor) -> None:
    """Windows wheels add the folder of their libraries in Python."""
    files = {
        **sound(WINDOWS, dll="a.dll"),
        "pkg.libs/a.dll": tiny_pe(name="a.dll", dll="KERNEL32.dll"),
        "pkg/_load.py": b"os.add_dll_directory(os.path.join(here, 'pkg.libs'))",
    }

    audit = auditor.audit(wheel(tmp_path, files, tag=WINDOWS))

    assert ([], ["needs-preloaded"]) == (codes(audit), codes(audit, "remark")[:1])


def test_instructions_beyond_the_baseline(tmp_path: Path, auditor: Auditor) -> None:
    """A file that asks may hold anything but in what runs at load."""
    many, asks = AVX * 20 + RET, CPUID + RET + AVX * 20 + RET
    files = {
        "pkg/never.so": coded(many),
        "pkg/asks.so": coded(asks),
        "pkg/at_load.so": coded(CPUID + RET + AVX + RET, start=3),
        "pkg/asks_at_load.so": coded(CPUID + AVX * 20 + RET, start=0),
        "pkg/lib_avx2.so": coded(many),
    }

    audit = auditor.audit(wheel(tmp_path, files))

    told = [(one.code, one.file) for one in audit.of("error")]
    assert [("isa-above-baseline", "pkg/never.so"), ("isa-at-load", "pkg/at_load.so")] == told
    assert ["pkg/lib_avx2.so"] == [
        one.file for one in audit.of("remark") if one.code == "isa-variant"
    ]


def test_one_instruction_of_arm_at_load(tmp_path: Path, auditor: Auditor) -> None:
    """What is reached for sure needs no further proof; elsewhere it may be data."""
    ret, sve = b"\xc0\x03\x5f\xd6", b"\x00\x00\xe0\x04"
    files = {
        "pkg/at_load.so": coded(sve + ret, start=0, machine=183),
        "pkg/elsewhere.so": coded(sve * 20 + ret, machine=183),
    }

    audit = auditor.audit(wheel(tmp_path, files, tag="cp312-cp312-manylinux_2_28_aarch64"))

    assert [("isa-at-load", "pkg/at_load.so")] == [
        (one.code, one.file) for one in audit.of("error")
    ]


def test_the_level_that_a_linker_noted(tmp_path: Path, auditor: Auditor) -> None:
    """x86-64-v3 is an error, v2 a remark, v1 nothing."""
    levels = {
        level: auditor.audit(wheel(tmp_path, {"pkg/a.so": noted(level)})) for level in (1, 2, 3)
    }

    assert ["isa-noted"] == codes(levels[3])
    assert "isa-noted" in codes(levels[2], "remark")
    assert "isa-noted" not in codes(levels[1], "remark")


def test_two_openmp_runtimes(tmp_path: Path, auditor: Auditor) -> None:
    """One inside under any name, one needed from outside."""
    marks = (("GOMP_SPINCOUNT", b"GOMP_SPINCOUNT Thread creation failed\0"),)
    gnu = tiny_elf(defined=("GOMP_parallel",), soname="libany.so") + marks[0][1]
    files = {"pkg.libs/libany.so": gnu, **sound(needed=("libomp.so",))}

    audit = auditor.audit(wheel(tmp_path, files))

    assert "two-openmp" in codes(audit)


def test_two_copies_of_one_library(tmp_path: Path, auditor: Auditor) -> None:
    """The hash that a repair adds and the version do not hide it."""

    def copies(*sonames: str) -> Audit:
        names = ("a.libs/libgfortran-91cc3cb1.so.3.0.0", "a.libs/libgfortran-040039e1.so.5.0.0")
        made = {
            name: tiny_elf(defined=(soname,), soname=one)
            for name, one, soname in zip(names, sonames, ("a", "b"), strict=True)
        }
        return auditor.audit(wheel(tmp_path, {**sound(), **made}))

    assert "two-copies" in codes(copies("libgfortran.so.5", "libgfortran.so.5"), "warning")
    assert "two-copies" in codes(copies("libgfortran-1.so.3", "libgfortran-2.so.5"), "remark")


BLAS = ("dgemm_", "sgemm_", "cgemm_", "zgemm_", "isamax_", "dscal_", "dtrsm_", "zherk_")


def test_a_reference_blas_under_another_name(tmp_path: Path, auditor: Auditor) -> None:
    """What a library is stands in it, not in its name."""
    slow = tiny_elf(defined=BLAS, soname="libopenblas.so.0") + b"' ** On entry to '\0"
    fast = tiny_elf(defined=(*BLAS, "openblas_get_config"), soname="libblas.so.3")

    hidden = tiny_elf(defined=("matmul",)) + b"( ' ** On entry to ', A )\0"

    bad = auditor.audit(wheel(tmp_path, {"pkg.libs/libopenblas.so.0": slow}))
    inner = auditor.audit(wheel(tmp_path, {"pkg/libmine.so": hidden}))
    good = auditor.audit(wheel(tmp_path, {"pkg.libs/libblas.so.3": fast}))

    assert ["reference-blas"] == codes(bad) == codes(inner)
    assert ([], ["blas"]) == (codes(good), codes(good, "remark")[:1])
    assert good.files[0].blas.startswith("openblas")


def test_a_bundled_blas_with_plain_names(tmp_path: Path, auditor: Auditor) -> None:
    """Told where other files of the wheel use it; a wheel that is a BLAS has a right to them."""
    fast = tiny_elf(defined=(*BLAS, "openblas_get_config"), soname="libo.so")
    user = extension(needed=("libo.so",), runpath="$ORIGIN")

    bundled = auditor.audit(wheel(tmp_path, {MODULES[LINUX]: user, "pkg/libo.so": fast}))
    alone = auditor.audit(wheel(tmp_path, {"pkg/libo.so": fast}))

    assert (["plain-names"], []) == (codes(bundled, "warning"), codes(alone, "warning"))


def test_two_providers(tmp_path: Path, auditor: Auditor) -> None:
    """Each starts threads, and chance says which one answers."""
    files = {
        "pkg/libo.so": tiny_elf(defined=(*BLAS, "openblas_get_config"), soname="libo.so"),
        "pkg/libb.so": tiny_elf(defined=(*BLAS, "bli_arch_query_id"), soname="libb.so"),
    }

    assert ["two-blas"] == codes(auditor.audit(wheel(tmp_path, files)), "warning")


def test_weight_and_strays_are_remarks(tmp_path: Path, auditor: Auditor) -> None:
    """They cost bytes, and break nothing."""
    more = ((".debug_info", b"x" * 999), (".nv_fatbin", b"y" * 64), (".symtab", b"s" * 200_000))
    data = coded(RET, extra=more)
    files = {
        "pkg/a.so": data, "pkg/a.a": b"!<arch>\n", "tests/test_a.py": b"",
        "pkg/__pycache__/a.cpython-39.pyc": b"", "pkg/big": b"z" * 200_000,
        "pkg/big2": b"z" * 200_000,
        "pkg/tests/test_big.py": b"#" * 600_000,
        "pkg/include/a.h": b"/" * 1_100_000,
        ".env": b"TOKEN=1",
    }  # fmt: skip

    audit = auditor.audit(wheel(tmp_path, files))

    found = set(codes(audit, "remark"))
    assert {"debug", "unstripped", "stray", "top-level", "bytecode", "duplicate", "cuda"} <= found
    assert {"tests", "headers"} <= found
    assert ["cuda-undeclared", "stray"] == codes(audit, "warning")


def test_demands_of_a_release(tmp_path: Path, auditor: Auditor) -> None:
    """Nothing but the named functions is exported, and the wheel is small enough."""
    path = wheel(tmp_path, {"pkg/back.so": tiny_elf(defined=("entry", "dgemm_"))})

    def ask(*names: str, largest: int = 0) -> list[str]:
        rows = (Exports(files="pkg/*.so", names=frozenset(names)),)
        return codes(auditor.audit(path, Demands(exports=rows, largest=largest)))

    assert [] == ask("entry", "dgemm_")
    assert ["exports"] == ask("entry")
    assert ["exports"] == ask("entry", "dgemm_", "more")
    assert ["too-large"] == ask("entry", "dgemm_", largest=100)
    meant = Demands(largest=100, allowed=("too-large",))
    assert ["too-large"] == codes(auditor.audit(path, meant), "remark")[:1]


def test_the_same_wheel_gives_the_same_bytes(tmp_path: Path, auditor: Auditor) -> None:
    """JSON is stable."""
    path = wheel(tmp_path, {**sound(needed=("x.so", "y.so")), "pkg/b.so": tiny_elf()})

    texts = {json.dumps(show.data([auditor.audit(path)])) for _ in range(2)}

    assert 1 == len(texts)


def test_a_wrong_row_is_refused_with_its_line(tmp_path: Path) -> None:
    """File, line, field and the fix."""
    text = (CHECKOUT / "recipes" / FILE).read_text(encoding="utf-8")
    (tmp_path / FILE).write_text(text.replace("suffix_libcs]", "sufix_libcs]"), encoding="utf-8")

    with pytest.raises(RowError, match=r"audit.toml:\d+: sufix_libcs: .* did you mean"):
        load_audit_rows(tmp_path)


def test_a_missing_package_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What to install, and no traceback."""
    monkeypatch.delitem(sys.modules, "wheels.audit.auditing")
    monkeypatch.delitem(sys.modules, "wheels.audit.rules", raising=False)
    monkeypatch.delitem(sys.modules, "wheels.audit.rules.python_abi", raising=False)
    monkeypatch.setitem(sys.modules, "abi3info", None)

    assert 5 == main(["audit", str(wheel(tmp_path, sound()))])
    assert "pip install --group audit" in capsys.readouterr().err


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit codes: 0, 30 for an error in a wheel, 31 for what is none."""
    good = wheel(tmp_path, sound())
    bad = wheel(tmp_path, sound(machine=183), name="pkg-1.0-1")

    assert 0 == main(["audit", str(good)])
    assert 30 == main(["audit", "--json", str(bad)])
    shown = capsys.readouterr()
    assert "0 errors" in shown.out
    assert "wrong-machine" in shown.out
    assert 0 == main(["audit", "--allow", "wrong-machine", "--allow", "other-platform", str(bad)])
    capsys.readouterr()
    assert 31 == main(["audit", str(tmp_path / "no.whl"), str(good)])
    assert "0 errors" in capsys.readouterr().out
