# SPDX-License-Identifier: Apache-2.0
"""What `python -m wheels compare` finds, and what it holds for important."""

from __future__ import annotations

import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from blas_probe.tests.tiny_elf import tiny_elf
from blas_probe.tests.tiny_macho import tiny_macho
from blas_probe.tests.tiny_pe import tiny_pe
from wheels.cli import main
from wheels.compare.differ import Comparison, compare
from wheels.compare.facts import read_wheel
from wheels.compare.importance import RULES
from wheels.compare.native import plain, read_native
from wheels.compare.show import NATIVE_TOPICS, text
from wheels.errors import UsageError
from wheels.tests.audit_samples import AVX, RET, coded
from wheels.tests.wheel_samples import INFO, make_wheel

LINUX = "cp312-abi3-manylinux_2_28_x86_64"
MACOS = "cp312-abi3-macosx_11_0_arm64"
WINDOWS = "cp312-abi3-win_amd64"
PLACED = "tiny.dist-info"
CERTIFICATE = "tiny/backends/x/certificate.json"


def compared(tmp_path: Path, one: dict[str, Any], other: dict[str, Any]) -> Comparison:
    """Make two wheels and compare them."""
    a, b = make_wheel(tmp_path / "a", **one), make_wheel(tmp_path / "b", **other)
    return compare(read_wheel(a), read_wheel(b))


def found(made: Comparison) -> set[tuple[str, str, bool]]:
    """Topic, place and importance of every difference but sizes."""
    rows = [one for one in made.differences if one.topic not in ("size", "section")]
    return {(one.topic, one.where, one.important) for one in rows}


def test_equal_bytes_and_equal_contents_are_told_apart(tmp_path: Path) -> None:
    """A later time stamp changes the bytes and nothing that is installed."""
    same = compared(tmp_path, {}, {})
    later = compared(tmp_path, {}, {"time": (2021, 1, 1, 0, 0, 0)})

    assert ("bytes", "contents") == (same.equal, later.equal)
    assert () == same.differences
    assert () == later.important


# What is changed in the first wheel's arguments, and what must be told of it.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], set[tuple[str, str, bool]]]] = {
    "requirement": (
        {},
        {"requires": ("other>=2",)},
        {("field", "METADATA: Requires-Dist", True), ("bytes", f"{PLACED}/METADATA", False)},
    ),
    "packed by another": (
        {},
        {"generator": "something else"},
        {("field", "WHEEL: Generator", False), ("bytes", f"{PLACED}/WHEEL", False)},
    ),
    "a file more": (
        {},
        {"files": {"tiny/more.py": "x = 1\n"}},
        {("added", "tiny/more.py", True), ("bytes", f"{PLACED}/RECORD", False)},
    ),
    "Python code": (
        {"files": {"tiny/a.py": "x = 1\n"}},
        {"files": {"tiny/a.py": "x = 2\n"}},
        {("bytes", "tiny/a.py", True)},
    ),
    "a list of parts": (
        {"files": {f"{INFO}/sboms/x.json": "1"}},
        {},
        {("removed", f"{PLACED}/sboms/x.json", False), ("bytes", f"{PLACED}/RECORD", False)},
    ),
    "entry points": (
        {"files": {f"{INFO}/entry_points.txt": "[a]\n"}},
        {"files": {f"{INFO}/entry_points.txt": "[b]\n"}},
        {("bytes", f"{PLACED}/entry_points.txt", True)},
    ),
    "speed of the certificate": (
        {"files": {CERTIFICATE: '{"scores": {"dgemm": 0.8}}'}},
        {"files": {CERTIFICATE: '{"scores": {"dgemm": 0.9}}'}},
        {
            ("bytes", CERTIFICATE, False),
            ("certificate", f"{CERTIFICATE}:scores.dgemm", False),
        },
    ),
    "library of the certificate": (
        {"files": {CERTIFICATE: '{"libraries": [{"version": "1"}]}'}},
        {"files": {CERTIFICATE: '{"libraries": [{"version": "2"}]}'}},
        {
            ("bytes", CERTIFICATE, False),
            ("certificate", f"{CERTIFICATE}:libraries[0].version", True),
        },
    ),
    "needed library": (
        {"files": {"tiny/x.so": tiny_elf(needed=("libc.so.6",))}},
        {"files": {"tiny/x.so": tiny_elf(needed=("libc.so.6", "libfar.so.1"))}},
        {("bytes", "tiny/x.so", False), ("needed", "tiny/x.so", True)},
    ),
    "machine": (
        {"files": {"tiny/x.so": tiny_elf()}},
        {"files": {"tiny/x.so": tiny_elf(machine=183)}},
        {("bytes", "tiny/x.so", False), ("machine", "tiny/x.so", True)},
    ),
    "search path": (
        {"files": {"tiny/x.so": tiny_elf(runpath="$ORIGIN")}},
        {"files": {"tiny/x.so": tiny_elf(runpath="/opt/far")}},
        {("bytes", "tiny/x.so", False), ("rpaths", "tiny/x.so", True)},
    ),
    "executable stack": (
        {"files": {"tiny/x.so": tiny_elf()}},
        {"files": {"tiny/x.so": tiny_elf(stack=7)}},
        {("bytes", "tiny/x.so", False), ("loading", "tiny/x.so", True)},
    ),
    "another page": (
        {"files": {"tiny/x.so": tiny_elf(page=65536)}},
        {"files": {"tiny/x.so": tiny_elf(page=4096)}},
        {("bytes", "tiny/x.so", False), ("loading", "tiny/x.so", True)},
    ),
    "newer instructions": (
        {"files": {"tiny/x.so": coded(RET)}},
        {"files": {"tiny/x.so": coded(AVX * 20 + RET)}},
        {("bytes", "tiny/x.so", False), ("extensions", "tiny/x.so", True)},
    ),
    "two folders of metadata": (
        {},
        {"files": {"tiny-0.9.dist-info/RECORD": ""}},
        {("added", "tiny-0.9.dist-info/RECORD", True), ("bytes", f"{PLACED}/RECORD", False)},
    ),
    "exported symbol": (
        {"files": {"tiny/x.so": tiny_elf(defined=("table",))}},
        {"files": {"tiny/x.so": tiny_elf(defined=("table", "dgemm_"))}},
        {("bytes", "tiny/x.so", False), ("exported", "tiny/x.so", True)},
    ),
    "damaged library": (
        {"files": {"tiny/x.so": tiny_elf()}},
        {"files": {"tiny/x.so": tiny_elf()[:100]}},
        {
            ("bytes", "tiny/x.so", False),
            ("unreadable", "tiny/x.so", True),
            ("format", "tiny/x.so", True),
            ("machine", "tiny/x.so", True),
            ("soname", "tiny/x.so", True),
            ("needed", "tiny/x.so", True),
            ("loading", "tiny/x.so", True),
            ("exported", "tiny/x.so", True),
            ("imported", "tiny/x.so", False),
        },
    ),
    "macOS: older system": (
        {"tag": MACOS, "files": {"tiny/x.so": tiny_macho(oldest=0x0B0000)}},
        {"tag": MACOS, "files": {"tiny/x.so": tiny_macho(oldest=0x0E0000)}},
        {("bytes", "tiny/x.so", False), ("floor", "tiny/x.so", True)},
    ),
    "Windows: another run-time library": (
        {"tag": WINDOWS, "files": {"tiny/x.pyd": tiny_pe(dll="msvcrt.dll")}},
        {"tag": WINDOWS, "files": {"tiny/x.pyd": tiny_pe(dll="ucrtbase.dll")}},
        {("bytes", "tiny/x.pyd", False), ("needed", "tiny/x.pyd", True)},
    ),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_each_difference_is_told_with_its_importance(name: str, tmp_path: Path) -> None:
    """Nothing else is told, and nothing is held for more or less than the table says."""
    one, other, expected = CASES[name]

    assert expected == found(compared(tmp_path, one, other))


LINK, RUN, PLAIN = 0o120777, 0o100755, 0o100644
PROGRAM = tiny_elf(more=((0x6FFFFFFB, 0x08000000),))
# Contents and both modes of one file, and whether the difference matters; None: there is none.
KINDS: dict[str, tuple[bytes, int, int, bool | None]] = {
    "program": (PROGRAM, RUN, PLAIN, True),
    "script": (b"#!/bin/sh", PLAIN, RUN, True),
    "library": (tiny_elf(), RUN, PLAIN, False),
    "link": (b"other.txt", LINK, PLAIN, True),
    "other permissions": (b"x", PLAIN, 0o100600, None),
}


@pytest.mark.parametrize("name", sorted(KINDS))
def test_kinds_of_files(name: str, tmp_path: Path) -> None:
    """Equal bytes are not the same where one can be run, or is a link."""
    data, before, after, important = KINDS[name]
    a, b = (make_wheel(tmp_path / one, files={"tiny/x": data}) for one in "ab")
    for path, mode in ((a, before), (b, after)):
        set_mode(path, "tiny/x", mode)

    made = compare(read_wheel(a), read_wheel(b))

    assert found(made) == (set() if important is None else {("kind", "tiny/x", important)})
    assert made.equal == ("contents" if important is None else "")


def set_mode(path: Path, name: str, mode: int) -> None:
    """Write the archive once more."""
    with zipfile.ZipFile(path) as archive:
        rows = [(row, archive.read(row)) for row in archive.infolist()]
    with zipfile.ZipFile(path, "w") as archive:
        for row, data in rows:
            row.external_attr = mode << 16 if row.filename == name else row.external_attr
            archive.writestr(row, data)


def test_a_file_that_is_there_twice(tmp_path: Path) -> None:
    """Neither hides the other."""
    a, b = make_wheel(tmp_path / "a"), make_wheel(tmp_path / "b")
    with zipfile.ZipFile(b, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("tiny/__init__.py", "evil")

    made = compare(read_wheel(a), read_wheel(b))

    assert {("added", "tiny/__init__.py (again)", True)} == found(made)


def test_names_move_no_cursor(tmp_path: Path) -> None:
    """Control characters are shown as escapes."""
    shown = text(compared(tmp_path, {}, {"files": {"tiny/\x1b[2K\r.py": ""}}))

    assert r"tiny/\x1b[2K\r.py" in shown
    assert "\x1b" not in shown


def test_a_library_in_another_folder_and_under_another_hash_is_the_same_one(
    tmp_path: Path,
) -> None:
    """Repair tools put hashes into names; only what changed inside is told."""
    one = {"files": {"tiny.libs/libx-0a1b2c3d.so": tiny_elf(soname="libx-0a1b2c3d.so")}}
    other = {"files": {"tiny/libx-99887766.so.1": tiny_elf(soname="libx-99887766.so.1")}}
    made = compared(tmp_path, one, other)

    assert ("moved", "tiny/libx-99887766.so.1", False) in found(made)
    assert not {topic for topic, _, _ in found(made)} & {"added", "removed"}


def test_the_files_of_two_releases_are_the_same_ones(tmp_path: Path) -> None:
    """The folder of the metadata has the version in its name."""
    made = compared(tmp_path, {}, {"version": "2.0"})

    assert ("field", "METADATA: Version", True) in found(made)
    assert not {topic for topic, _, _ in found(made)} & {"added", "removed"}


def test_an_extension_of_another_python_is_the_same_one(tmp_path: Path) -> None:
    """The stable ABI changes the suffix, not the module."""
    one = {"files": {"tiny/_core.cpython-311-x86_64-linux-gnu.so": tiny_elf()}}
    other = {"files": {"tiny/_core.abi3.so": tiny_elf()}}

    assert ("moved", "tiny/_core.abi3.so", False) in found(compared(tmp_path, one, other))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("libx-0a1b2c3d.so.1", "libx.so.1"),
        ("libx-99887766aabb.dylib", "libx.dylib"),
        ("x-0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d.dll", "x.dll"),
        ("libgcc_s-new.so", "libgcc_s-new.so"),
    ],
)
def test_hashes_of_repair_tools_are_left_out(name: str, expected: str) -> None:
    """A word with a dash is no hash."""
    assert expected == plain(name)


def section_macho() -> bytes:
    """A dylib of one segment with a section of 5 bytes and one of 7."""
    sections = b"".join(
        struct.pack("<16s16sQQ", name, b"__TEXT", 0, size) + bytes(32)
        for name, size in ((b"__text", 5), (b"__const", 7))
    )
    segment = struct.pack("<16sQQQQiiII", b"__TEXT", 0, 0, 0, 0, 7, 5, 2, 0) + sections
    command = struct.pack("<II", 0x19, 8 + len(segment)) + segment
    return struct.pack("<IIIIIIII", 0xFEEDFACF, 0x100000C, 0, 6, 1, len(command), 0, 0) + command


def test_sections_of_foreign_formats_are_read() -> None:
    """PE and Mach-O are read by hand."""
    pe = read_native(tiny_pe())
    macho = read_native(section_macho())

    assert ("", "") == (pe.problem, macho.problem)
    assert {"__TEXT,__text": 5, "__TEXT,__const": 7} == macho.sections
    assert pe.sections
    assert all(size > 0 for size in pe.sections.values())


def test_every_topic_has_a_rule_that_ends_the_search() -> None:
    """A topic without a row for everything would end in an error of ours."""
    last = {rule.topic: rule.where for rule in RULES}

    assert {"*"} == {where for topic, where in last.items() if topic != "moved"}
    assert NATIVE_TOPICS <= set(last)


def test_the_text_marks_what_is_important(tmp_path: Path) -> None:
    """One line says the verdict, `!` stands before what matters."""
    one, other, _ = CASES["needed library"]
    shown = text(compared(tmp_path, one, other))

    assert "  ! needed      - -> libfar.so.1" in shown.splitlines()
    assert shown.endswith("1 important differences, 3 others\n")


def test_a_requirement_is_the_same_in_every_spelling(tmp_path: Path) -> None:
    """Packers differ in quotes and blanks."""
    made = compared(
        tmp_path, {"requires": ("x>=1; extra == 'y'",)}, {"requires": ('x>=1 ; extra == "y"',)}
    )

    assert not [one for one in made.differences if one.topic == "field"]


def test_long_texts_are_shown_where_they_differ(tmp_path: Path) -> None:
    """The first hundred characters of a page are the same in every release."""
    made = compared(
        tmp_path,
        {"files": {CERTIFICATE: json.dumps({"text": "x" * 300 + "old"})}},
        {"files": {CERTIFICATE: json.dumps({"text": "x" * 300 + "new"})}},
    )

    assert 'old" -> ...' in text(made)
    assert 'new"' in text(made)


def test_exit_codes_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """0 when nothing important differs, 1 when something does; the JSON says the same."""
    a = make_wheel(tmp_path / "a")
    b = make_wheel(tmp_path / "b", generator="x")
    c = make_wheel(tmp_path / "c", requires=("other",))

    assert 0 == main(["compare", str(a), str(b)])
    capsys.readouterr()
    assert 1 == main(["compare", "--json", str(a), str(c)])
    data = json.loads(capsys.readouterr().out)
    assert (1, None) == (data["important"], data["equal"])
    assert ["other"] == next(row["b"] for row in data["differences"] if row["topic"] == "field")


@pytest.mark.parametrize("fault", ["name", "empty name", "checksum", "compression"])
def test_a_damaged_archive_is_refused(tmp_path: Path, fault: str) -> None:
    """Whatever zipfile stumbles over ends in one clear error."""
    name = "" if fault == "empty name" else "tiny/\u00e9.py"
    path = make_wheel(tmp_path, files={name: "some text"})
    data = path.read_bytes()
    start = data.index(b"PK\x01\x02")
    damaged = {
        "name": data.replace("\u00e9".encode(), b"\xff\xff"),
        "empty name": data,
        "checksum": data.replace(b"some text", b"some tent"),
        "compression": data[: start + 10] + b"\x63" + data[start + 11 :],
    }
    path.write_bytes(damaged[fault])

    with pytest.raises(UsageError, match="is no wheel, or was cut off"):
        read_wheel(path)


def test_a_wrong_request_ends_with_its_own_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No file, a name that no wheel has, and a file that was cut off."""
    good = make_wheel(tmp_path)
    cut = tmp_path / "cut" / good.name
    cut.parent.mkdir()
    cut.write_bytes(good.read_bytes()[:50])
    other = tmp_path / "notes.txt"
    other.write_text("x")

    for wrong in (tmp_path / "lost" / good.name, cut, other):
        assert 2 == main(["compare", str(good), str(wrong)])
        assert str(wrong) in capsys.readouterr().err
