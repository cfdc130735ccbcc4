# SPDX-License-Identifier: Apache-2.0
"""What installers refuse or spoil is found: each fault is planted, its neighbours are quiet."""

from __future__ import annotations

import base64
import errno
import hashlib
import io
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from blas_probe.tests.tiny_elf import tiny_elf
from blas_probe.tests.tiny_macho import tiny_macho
from wheels.audit.auditing import Audit, Auditor
from wheels.cli import main
from wheels.errors import NotAWheelError
from wheels.tests.audit_samples import LINUX, MACOS, WINDOWS, line, wheel

INFO = "pkg-1.0.dist-info"
ANY = "py3-none-any"


@pytest.fixture(scope="module")
def auditor() -> Auditor:
    """Read the recipes once."""
    return Auditor()


def found(audit: Audit) -> list[tuple[str, str]]:
    """Level and code of all that is no remark."""
    return [(one.level, one.code) for one in audit.findings if one.level != "remark"]


def remade(path: Path, change: Mapping[str, bytes], **modes: int) -> Path:
    """Other contents, with a RECORD that knows them; the mode of each file that has its base."""
    with zipfile.ZipFile(path) as archive:
        files = {row: archive.read(row) for row in archive.namelist()}
    del files[f"{INFO}/RECORD"]
    files |= change
    lines = [*(line(name, data) for name, data in files.items()), f"{INFO}/RECORD,,"]
    files[f"{INFO}/RECORD"] = "".join(f"{one}\n" for one in lines).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            row = zipfile.ZipInfo(name)
            row.external_attr = modes.get(name.rpartition("/")[2], 0o100644) << 16
            archive.writestr(row, data)
    return path


CHINESE, ESCAPE = "pkg/\u6570\u636e.pyc", "pkg/evil\x1b[2K\rall good.pyc"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_names_are_shown_in_any_encoding(
    tmp_path: Path, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a stream cannot write becomes an escape; so does what moves a terminal's cursor."""
    path = wheel(tmp_path, {CHINESE: b"", ESCAPE: b"", "../\x1b[2K": b""}, tag=ANY)
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2))
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)

    code = main(["audit", str(path)])

    out.seek(0), err.seek(0)
    shown = out.read() + err.read()
    assert 30 == code
    assert "\x1b" not in shown
    assert r"../\x1b[2K" in shown


@pytest.mark.parametrize("size", ["nan", "inf", "-1", "many"])
def test_a_size_that_is_none_is_refused(size: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In one line that says what to give."""
    with pytest.raises(SystemExit) as raised:
        main(["audit", "--largest", size, "x.whl"])

    assert 2 == raised.value.code
    assert f"{size} is no size: give megabytes" in capsys.readouterr().err


def test_a_disk_that_is_full_stops_one_wheel_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The folder is named, and how to choose another; the other wheels are looked at."""
    large = wheel(tmp_path, {"pkg/large.bin": bytes(9)}, tag=ANY, name="pkg-1.0-1")
    small = wheel(tmp_path, {}, tag=ANY)
    real = Path.open

    def full(path: Path, mode: str = "r", *rest: Any, **more: Any) -> Any:
        if path.name == "large.bin" and "w" in mode:
            raise OSError(errno.EFBIG, "File too large")
        return real(path, mode, *rest, **more)

    monkeypatch.setattr(Path, "open", full)
    code = main(["audit", str(large), str(small)])

    shown = capsys.readouterr()
    assert 0 != code
    assert f"{small.name}: 0 errors" in shown.out
    assert f"{large} cannot be unpacked below " in shown.err
    assert "File too large" in shown.err
    assert "TMPDIR=FOLDER" in shown.err


def test_a_wheel_that_cannot_be_read_is_named(
    tmp_path: Path, auditor: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own path is told, not that of the temporary folder."""
    path = wheel(tmp_path, {}, tag=ANY)

    def refused(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(zipfile, "ZipFile", refused)
    with pytest.raises(NotAWheelError, match="cannot be read"):
        auditor.audit(path)


METADATA = "Metadata-Version: 2.1\nName: pkg\nVersion: 1.0\nRequires-Python: >=3.9\n"
# METADATA and what is said of it.
FIELDS: Mapping[str, tuple[str, list[tuple[str, str]]]] = {
    "sound": (METADATA, []),
    "requirement": (f"{METADATA}Requires-Dist: a >== 1 b\n", [("error", "metadata-invalid")]),
    "requirement, sound": (f"{METADATA}Requires-Dist: a[b] (>=1) ; extra == 'c'\n", []),
    "version": (
        METADATA.replace("1.0", "one"), [("error", "metadata-invalid"), ("error", "name-differs")],
    ),
    "no name": (
        METADATA.replace("Name: pkg\n", ""),
        [("error", "metadata-invalid"), ("error", "name-differs")],
    ),
    "another field": (f"{METADATA}Keyword: x\nDynamic: Name\n", []),
    "URL": (f"{METADATA}Requires-Dist: a[b] @ git+https://x/a.git\n", [("warning", "direct-url")]),
    "licence": (f"{METADATA}License-File: LICENSE.txt\n", [("warning", "licence-absent")]),
    "licence, sound": (f"{METADATA}License-File: LICENSE\nLicense-File: sub/COPYING\n", []),
    "licence, elsewhere": (f"{METADATA}License-File: a/COPYING\n", []),
}  # fmt: skip


@pytest.mark.parametrize("case", FIELDS)
def test_fields_that_installers_or_indexes_refuse(
    tmp_path: Path, auditor: Auditor, case: str
) -> None:
    """Installers need name, version and requirements; indexes want names and licences."""
    text, wanted = FIELDS[case]
    files = {f"{INFO}/METADATA": text.encode(), f"{INFO}/LICENSE": b"",
             f"{INFO}/licenses/sub/COPYING": b""}  # fmt: skip

    audit = auditor.audit(remade(wheel(tmp_path, {}, tag=ANY), files))

    assert wanted == found(audit)


def test_metadata_in_another_encoding(tmp_path: Path, auditor: Auditor) -> None:
    """An error in what installers read, nothing in a licence."""
    author = f"{METADATA}Author: J\u00fcrgen\n"
    one = remade(wheel(tmp_path, {}, tag=ANY), {f"{INFO}/METADATA": author.encode("latin-1")})
    other = {f"{INFO}/METADATA": author.encode(), f"{INFO}/AUTHORS": author.encode("latin-1")}

    assert [("error", "not-utf8")] == found(auditor.audit(one))
    assert [] == found(auditor.audit(remade(one, other)))


def test_two_folders_of_metadata(tmp_path: Path, auditor: Auditor) -> None:
    """Those of vendored distributions lie deeper, and are none."""
    one = remade(wheel(tmp_path, {"pkg/_vendor/x-1.dist-info/METADATA": b""}, tag=ANY), {})
    other = remade(
        wheel(tmp_path, {"pkg-0.9.dist-info/METADATA": b""}, tag=ANY, name="pkg-1.0-1"), {}
    )

    assert [] == found(auditor.audit(one))
    assert [("error", "several-metadata")] == found(auditor.audit(other))


def test_data_of_unknown_schemes(tmp_path: Path, auditor: Auditor) -> None:
    """Each file without a scheme is told."""
    good = [f"pkg-1.0.data/{one}/x" for one in ("data", "purelib", "platlib", "headers", "scripts")]
    files = dict.fromkeys([*good, "pkg/x.data/y", "pkg-1.0.data/lib/x", "pkg-1.0.data/x"], b"")

    audit = auditor.audit(remade(wheel(tmp_path, files, tag=ANY), {}))

    assert [
        ("unknown-scheme", "pkg-1.0.data/lib/x"), ("unknown-scheme", "pkg-1.0.data/x"),
    ] == [(one.code, one.file) for one in audit.of("error")]  # fmt: skip


# Tag, Requires-Python, is it an error?
PYTHONS = [
    (LINUX, ">=3.13", True),
    (LINUX, ">=3.9", False),
    (LINUX, "==3.12.*", False),
    (LINUX, ">3.12.2,<3.13", False),
    (LINUX, "~=3.11.0", True),
    ("cp310-abi3-manylinux_2_28_x86_64", ">=3.13", False),
    ("cp310-abi3-manylinux_2_28_x86_64", "<3.10", True),
    ("cp313-cp313t-manylinux_2_28_x86_64", "<3.13", True),
    ("pp311-pypy311_pp73-manylinux_2_28_x86_64", ">=3.12", True),
    (ANY, ">=3.13", False),
    (ANY, ">=4.0", True),
    ("py2.py3-none-any", ">=3.8", False),
    ("py2-none-any", ">=3.8", True),
    ("py312-none-any", ">=3.13", False),
    ("graalpy311-none-any", ">=3.12", False),
    (ANY, ">=3.8.x", False),
]


@pytest.mark.parametrize(("tag", "told", "wrong"), PYTHONS)
def test_pythons_that_the_tag_is_for(
    tmp_path: Path, auditor: Auditor, tag: str, told: str, *, wrong: bool
) -> None:
    """An error where Requires-Python allows none of them."""
    text = METADATA.replace(">=3.9", told).encode()
    audit = auditor.audit(remade(wheel(tmp_path, {}, tag=tag), {f"{INFO}/METADATA": text}))

    assert wrong == ("requires-python" in [one.code for one in audit.of("error")])


def hashed(kind: str, data: bytes) -> str:
    """A line of RECORD with a hash of another kind."""
    digest = base64.urlsafe_b64encode(hashlib.new(kind, data).digest()).rstrip(b"=").decode()
    return f"pkg/a.txt,{kind}={digest},{len(data)}"


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (hashed("sha384", b"right"), False),
        (hashed("blake2b", b"right"), False),
        (hashed("sha384", b"wrong"), True),
        (hashed("sha1", b"right"), True),
        (hashed("sha224", b"right"), True),
        ("pkg/a.txt,sha999=abc,5", True),
        ("pkg/a.txt,shake_128=abc,5", True),
    ],
)
def test_hashes_of_every_kind(tmp_path: Path, auditor: Auditor, row: str, *, wrong: bool) -> None:
    """Those that every Python knows are computed; weak and unknown ones prove nothing."""
    path = wheel(tmp_path, {"pkg/a.txt": b"right"}, tag=ANY, record={"pkg/a.txt": row})

    assert [("error", "record-hash")] * wrong == found(auditor.audit(path))


ABSENT = [("warning", "entry-points")]
REFUSED = [("error", "entry-points")]
# Lines of entry_points.txt, further files, requirements, what is said.
ENTRIES: Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...], list[tuple[str, str]]]] = {
    "sound": ("[console_scripts]\nx = pkg:main", (), (), []),
    "indented": ("  [console_scripts]\n   x=pkg.a:main [b]\n   y=pkg:main", ("pkg/a.py",), (), []),
    "module": ("[console_scripts]\nx = pkg.a:main", ("pkg/a.py",), (), []),
    "extension": ("[gui_scripts]\nx = pkg.a:main", ("pkg/a.cpython-312-darwin.so",), (), []),
    "package": ("[console_scripts]\nx = pkg.a:main", ("pkg/a/__init__.py",), (), []),
    "platlib": ("[console_scripts]\nx = b:main", ("pkg-1.0.data/platlib/b.py",), (), []),
    "a path file": ("[console_scripts]\nx = b:main", ("pkg.pth",), (), []),
    "Python's own": ("[console_scripts]\nx = json.tool:main", (), (), []),
    "a requirement's": ("[console_scripts]\nx = other.b:main", (), ("thing",), []),
    "a shared name": ("[console_scripts]\nx = name.b:main", ("name/a.py",), ("thing",), []),
    "another group": ("[plugins]\nx = pkg.gone", (), (), []),
    "twice": ("[plugins]\nx = pkg:a\n[plugins]\nx = pkg:b", (), (), []),
    "garbage": ("x = pkg:main\n[console_scripts\ny", (), (), REFUSED),
    "no value": ("[console_scripts]\nx", (), (), REFUSED),
    "no callable": ("[console_scripts]\nx = pkg", (), (), REFUSED),
    "no target": ("[gui_scripts]\nx = pkg main", (), (), REFUSED),
    "absent module": ("[console_scripts]\nx = pkg.a:main", ("pkg/ab.py",), ("thing",), ABSENT),
    "absent package": ("[console_scripts]\nx = other:main", (), (), ABSENT),
}  # fmt: skip


@pytest.mark.parametrize("case", ENTRIES)
def test_commands_that_cannot_be_called(tmp_path: Path, auditor: Auditor, case: str) -> None:
    """Unreadable is an error; a module that nobody brings is a warning."""
    text, names, requires, wanted = ENTRIES[case]
    files = {f"{INFO}/entry_points.txt": text.encode(), **dict.fromkeys(names, b"")}
    path = wheel(tmp_path, files, tag=ANY, requires=requires)

    told = found(auditor.audit(path))

    assert wanted == [one for one in told if one[1] == "entry-points"]


def test_a_package_that_several_distributions_fill(tmp_path: Path, auditor: Auditor) -> None:
    """By its own word; a requirement may bring the module."""
    files = {
        f"{INFO}/entry_points.txt": b"[console_scripts]\nx = name.b:main\n",
        "name/__init__.py": b"__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n",
    }

    assert [] == found(auditor.audit(wheel(tmp_path, files, tag=ANY, requires=["thing"])))
    assert ABSENT == found(auditor.audit(wheel(tmp_path, files, tag=ANY)))


def test_archives_that_uv_refuses(tmp_path: Path, auditor: Auditor) -> None:
    """Other methods of packing, and bytes before and behind the archive; a comment is fine."""

    def told(method: int, before: bytes = b"", behind: bytes = b"", comment: bytes = b"") -> object:
        path = wheel(tmp_path, {}, tag=ANY)
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w", method) as archive:
            archive.comment = comment
            for name, data in files.items():
                archive.writestr(name, data)
        path.write_bytes(before + path.read_bytes() + behind)
        return found(auditor.audit(path))

    wrong = [("warning", "packing")]
    assert [] == told(zipfile.ZIP_DEFLATED) == told(zipfile.ZIP_STORED, comment=b"made by hand")
    assert wrong == told(zipfile.ZIP_LZMA) == told(zipfile.ZIP_BZIP2)
    assert wrong == told(zipfile.ZIP_STORED, before=b"#!/bin/sh\n")
    assert wrong == told(zipfile.ZIP_STORED, behind=b"more")


PIE = ((0x6FFFFFFB, 0x08000000),)
PROGRAM = tiny_elf(more=PIE)
SCRIPTS = "pkg-1.0.data/scripts"
PLAIN, RUN, UNSAID = 0o100644, 0o100755, 0
# Tag, name, contents, mode, is it told?
PERMISSIONS: Mapping[str, tuple[str, str, bytes, int, bool]] = {
    "program": (LINUX, "pkg/bin/tool", PROGRAM, PLAIN, True),
    "program of macOS": (MACOS, "pkg/bin/tool", tiny_macho(kind=2, signed=True), PLAIN, True),
    "program, unsaid": (LINUX, "pkg/bin/tool", PROGRAM, UNSAID, True),
    "program to be run": (LINUX, "pkg/bin/tool", PROGRAM, RUN, False),
    "library": (LINUX, "pkg/tool", tiny_elf(soname="tool"), PLAIN, False),
    "program of another machine": (
        LINUX, "pkg/firmware", tiny_elf(machine=183, more=PIE), PLAIN, False,
    ),
    "program beside Python": (LINUX, f"{SCRIPTS}/tool", PROGRAM, PLAIN, True),
    "script": (ANY, f"{SCRIPTS}/tool", b"#!python\n", PLAIN, True),
    "script to be run": (ANY, f"{SCRIPTS}/tool", b"#!python\n", RUN, False),
    "script for Windows": (WINDOWS, f"{SCRIPTS}/tool", b"#!python\n", PLAIN, False),
    "module": (ANY, "pkg/tool", b"#!/usr/bin/env python\n", PLAIN, False),
    "batch file": (ANY, f"{SCRIPTS}/tool", b"@echo off\n", PLAIN, False),
}  # fmt: skip


@pytest.mark.parametrize("case", PERMISSIONS)
def test_programs_that_nobody_may_run(tmp_path: Path, auditor: Auditor, case: str) -> None:
    """Pip installs what the archive says, in the folder of scripts, too."""
    tag, name, data, mode, wrong = PERMISSIONS[case]
    path = remade(wheel(tmp_path, {name: data}, tag=tag), {}, **{name.rpartition("/")[2]: mode})

    told = [one.file for one in auditor.audit(path).findings if one.code == "not-executable"]

    assert [name] * wrong == told


WRONG_NAMES = ("pkg/aux.py", "con.d/a.txt", "pkg/LPT1", "pkg/a:b.txt", "pkg/what?.txt", "pkg/end. ",
               "pkg/end.", "pkg/tab\t.txt")  # fmt: skip
RIGHT_NAMES = ("pkg/auxiliary.py", "pkg/com10.txt", "pkg/console.txt", "pkg/.hidden", "pkg/a b.txt")


def test_names_that_windows_cannot_write(tmp_path: Path, auditor: Auditor) -> None:
    """Told of wheels that Windows takes, and of no other."""
    files = dict.fromkeys((*WRONG_NAMES, *RIGHT_NAMES), b"")

    pure, linux = (auditor.audit(wheel(tmp_path, files, tag=tag)) for tag in (ANY, LINUX))

    assert set(WRONG_NAMES) == {one.file for one in pure.of("warning")}
    assert [] == found(linux)


def test_a_duplicate_names_the_others(tmp_path: Path, auditor: Auditor) -> None:
    """Not the file that it is told of, whatever the order in the archive."""
    files = dict.fromkeys(("pkg/z", "pkg/a", "pkg/m"), b"z" * 200_000)
    audit = auditor.audit(wheel(tmp_path, files, tag=ANY))

    (one,) = [row for row in audit.findings if row.code == "duplicate"]

    assert "pkg/z" == one.file
    assert one.text.endswith("is there 3 times, also as pkg/a, pkg/m")
