# SPDX-License-Identifier: Apache-2.0
"""The local image: its recipe, its Pythons, and how failures are told. Nothing is made here."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from ci.image.making import Making, certificates, make_root, mounts_below, refuse_early
from ci.image.pythons import LEFT_OUT, Supplied, choose, copy, versions_in
from ci.image.recipe import Image, fingerprint, load_image, tool_pins
from wheels.errors import FetchError, ReadOnlyError, RowError, ToolchainError, WheelsError
from wheels.interpreters import Interpreter
from wheels.rows import Python

ROOT = Path(__file__).resolve().parents[2]
IMAGE = load_image(ROOT / "recipes")
OLD = Python(id="cp311", version="3.11", abi="cp311")
NEW = Python(id="cp312", version="3.12", abi="abi3")
RUNS = Python(id="cp313", version="3.13", wheel="cp312")


def interpreter(
    prefix: Path, version: tuple[int, int, int], *, headers: bool = True
) -> Interpreter:
    """An interpreter that lies in `prefix` as a built one does."""
    name = f"python{version[0]}.{version[1]}"
    (prefix / "bin").mkdir(parents=True, exist_ok=True)
    (prefix / "bin" / name).write_text("#!/bin/sh\n")
    include = prefix / "include" / name
    include.mkdir(parents=True, exist_ok=True)
    return Interpreter(
        path=prefix / "bin" / name,
        version=version,
        include=include,
        suffix=".so",
        has_headers=headers,
    )


def making(tmp_path: Path, said: list[str], **variables: str) -> Making:
    """A run in `tmp_path` that tells `said`."""
    environ = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", **variables}
    return Making(
        image=IMAGE, root=ROOT, folder=tmp_path / "image", environ=environ, say=said.append
    )


def fake(tmp_path: Path, name: str, text: str) -> None:
    """A program on the PATH of `making` that runs `text`."""
    path = tmp_path / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_debian_s_python_serves_where_it_fits_and_a_copy_elsewhere(tmp_path: Path) -> None:
    """A row that nobody serves and that builds nothing is left out, and told."""
    chosen, missing = choose((OLD, NEW, RUNS), ("3.11",), [interpreter(tmp_path / "x", (3, 12, 1))])

    assert [("cp311-cp311", None), ("cp312-cp312", tmp_path / "x")] == [
        (one.tag, one.origin) for one in chosen
    ]
    assert ("3.13",) == missing


def test_a_row_that_builds_needs_headers(tmp_path: Path) -> None:
    """The message names the version and how to get it."""
    without = interpreter(tmp_path / "x", (3, 12, 1), headers=False)

    with pytest.raises(ToolchainError, match=r"(?s)CPython 3\.12.*pyenv install 3\.12"):
        choose((OLD, NEW), ("3.11",), [without])


def test_a_copy_leaves_tests_and_packages_behind(tmp_path: Path) -> None:
    """What pip had installed on this machine does not belong into the image."""
    library = tmp_path / "x" / "lib" / "python3.12"
    for name in ("os.py", "test/big.py", "site-packages/numpy.py", "json/x.py"):
        (library / name).parent.mkdir(parents=True, exist_ok=True)
        (library / name).write_text("")
    interpreter(tmp_path / "x", (3, 12, 1))
    (tmp_path / "x" / "lib" / "libpython3.12.so.1.0").write_text("")
    copy(Supplied(tag="cp312-cp312", version="3.12", origin=tmp_path / "x"), tmp_path / "root")

    made = tmp_path / "root" / "opt" / "python" / "cp312-cp312"
    files = {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()}
    assert {
        "bin/python",
        "bin/python3.12",
        "lib/libpython3.12.so.1.0",
        "lib/python3.12/os.py",
        "lib/python3.12/json/x.py",
    } == files
    assert "test" in LEFT_OUT("", ["test"])


def test_versions_in_a_tree_are_those_of_programs(tmp_path: Path) -> None:
    """python3.11-config is no Python."""
    folder = tmp_path / "usr" / "bin"
    folder.mkdir(parents=True)
    for name in ("python3", "python3.11", "python3.11-config"):
        (folder / name).write_text("")

    assert ("3.11",) == versions_in(tmp_path)


def test_the_tools_are_pinned_in_one_place() -> None:
    """A tool without a pin is refused by name."""
    assert all("==" in pin for pin in tool_pins(ROOT, IMAGE.tools))
    with pytest.raises(RowError, match="nothing-of-that-name"):
        tool_pins(ROOT, ["nothing-of-that-name"])


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("packages = []", "packages"),
        ("sute = 'x'", "suite"),
        ("[[failure]]\nkind = 'fetch'\ntext = '('\nwhy = ''\nthen = ''", "no regular expression"),
    ],
)
def test_a_wrong_recipe_is_refused_with_file_and_fix(tmp_path: Path, line: str, part: str) -> None:
    """As every other recipe."""
    text = (ROOT / "recipes" / "image.toml").read_text(encoding="utf-8")
    if line.startswith("packages"):
        start, end = text.index("packages = ["), text.index("]", text.index("packages = ["))
        text = text[:start] + line + text[end + 1 :]
    elif line.startswith("sute"):
        text = text.replace("suite =", "sute =")
    else:
        text += f"\n{line}\n"
    (tmp_path / "image.toml").write_text(text)

    with pytest.raises(RowError, match=rf"(?s)image\.toml.*{part}"):
        load_image(tmp_path)


OUTPUTS = (
    ("E: Failed getting release file x/dists/bookworm/Release", FetchError, "no network"),
    ("E: Couldn't download packages: libc6", FetchError, "no network"),
    (
        "E: Cannot install into target '/x' mounted with noexec or nodev",
        ReadOnlyError,
        "device files",
    ),
    ("mkdir: cannot create directory: Read-only file system", ReadOnlyError, "cannot be written"),
    ("E: No such script: /usr/share/debootstrap/scripts/sid2", RowError, "know the release"),
)


@pytest.mark.parametrize(("output", "kind", "part"), OUTPUTS)
def test_a_known_failure_is_explained(
    tmp_path: Path, output: str, kind: type[WheelsError], part: str
) -> None:
    """What debootstrap says is kept, and its meaning and the next command stand below it."""
    fake(tmp_path, "debootstrap", f'echo "{output}"; exit 1')
    with pytest.raises(kind) as caught:
        make_root(making(tmp_path, []))

    assert output in str(caught.value)
    assert part in str(caught.value)
    assert "next:" in str(caught.value)


def test_a_step_is_done_again_until_it_was_finished(tmp_path: Path) -> None:
    """Interrupted or failed: again. Finished with the same inputs: not again."""
    said: list[str] = []
    run = making(tmp_path, said)
    done: list[str] = []

    def fail() -> None:
        done.append("failed")
        raise FetchError("x")

    with pytest.raises(FetchError):
        run.once("root", "a", fail)
    for inputs in ("a", "a", "b"):
        run.once("root", inputs, lambda: done.append("made"))

    assert ["failed", "made", "made"] == done
    assert ["root: working", "root: working", "root: is there already", "root: working"] == said


def test_missing_programs_and_rights_are_told_before_anything_is_made() -> None:
    """All missing programs at once, with the command that brings them."""
    with pytest.raises(ToolchainError, match=r"(?s)first-one, second.*get first && get second"):
        refuse_early({"first-one": "get first", "second": "get second"}, {"PATH": "/none"}, 0)
    with pytest.raises(ReadOnlyError, match="as root"):
        refuse_early({}, {}, 1000)


def test_what_is_mounted_below_a_tree_is_unmounted_innermost_first(tmp_path: Path) -> None:
    """Removing a tree with /proc mounted in it would walk into /proc."""
    lines = [f"proc {tmp_path}/root/proc proc rw 0 0", "x /other y rw 0 0"]
    lines += [f"b {tmp_path}/root/proc/sys/a\\040b y rw 0 0"]

    expected = [f"{tmp_path}/root/proc/sys/a b", f"{tmp_path}/root/proc"]
    assert expected == mounts_below(tmp_path / "root", lines)


def test_the_certificates_are_those_that_this_machine_was_told_to_trust(tmp_path: Path) -> None:
    """A name that leads nowhere is none."""
    given = tmp_path / "bundle.pem"
    given.write_text("")

    assert str(given) == certificates({"SSL_CERT_FILE": "/lost", "PIP_CERT": str(given)})
    assert certificates({}) is None


def test_the_fingerprint_follows_every_input() -> None:
    """A changed package list is another image."""
    other: Image = replace(IMAGE, packages=(*IMAGE.packages, "x"))

    assert fingerprint(IMAGE.suite, IMAGE.packages) != fingerprint(other.suite, other.packages)
