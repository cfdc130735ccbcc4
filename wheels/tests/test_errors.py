# SPDX-License-Identifier: Apache-2.0
"""Errors: one exit code each, and a text that says what, why and what next."""

from __future__ import annotations

import ast
import errno
import re
import shutil
from pathlib import Path

from wheels import errors
from wheels.errors import DiskFullError, ReadOnlyError, WheelsError, from_os_error
from wheels.folders import CHECKOUT


def kinds() -> list[type[WheelsError]]:
    """Return every error class."""
    here = [value for value in vars(errors).values() if isinstance(value, type)]
    return [kind for kind in here if issubclass(kind, WheelsError)]


def test_every_error_has_its_own_exit_code() -> None:
    """A script can tell errors apart by the exit code alone."""
    codes = [kind.exit_code for kind in kinds()]

    assert len(codes) == len(set(codes)) > 15


def test_no_exit_code_collides_with_what_python_or_the_shell_use() -> None:
    """0 is success; 126, 127 and 128 upwards belong to the shell, but for Ctrl-C."""
    codes = {kind.exit_code for kind in kinds()} - {130}

    assert all(0 < code < 64 for code in codes)


def test_all_errors_are_declared_in_one_file() -> None:
    """Nobody hides an exception class in another module."""
    for path in (CHECKOUT / "wheels").glob("*.py"):
        if path.name != "errors.py":
            classes = re.findall(r"class (\w+Error)\(", path.read_text(encoding="utf-8"))
            assert classes == [], path.name


def test_text_has_what_cause_and_next() -> None:
    """Three lines, in this order."""
    text = str(WheelsError("x failed", why="no disk", then="buy one"))

    assert text == "x failed\n  cause: no disk\n  next:  buy one"


def test_os_errors_become_ours() -> None:
    """A full disk and a read-only folder have errors of their own, with the path."""
    full = from_os_error(OSError(errno.ENOSPC, "full"), "cannot write", Path("/a"))
    locked = from_os_error(OSError(errno.EROFS, "ro", "/b"), "cannot write")

    assert isinstance(full, DiskFullError)
    assert isinstance(locked, ReadOnlyError)
    assert (full.what, locked.what) == ("cannot write: /a", "cannot write: /b")


def test_a_file_where_a_folder_must_be_has_a_way_out() -> None:
    """Of our own calls; a compiler that prints the same words is no reason to end a release."""
    for number in (errno.EEXIST, errno.ENOTDIR):
        error = from_os_error(OSError(number, "x"), "cannot write", Path("/a"))
        assert "a file lies where a folder must be" in error.why
        assert "--dist" in error.then
    assert errors.errno_in("mkdir: File exists") == 0


def test_shutils_joined_errors_become_ours() -> None:
    """copytree loses the number; the text still has it."""
    joined = shutil.Error([("a", "b", "[Errno 28] No space left on device: 'b'")])

    assert isinstance(from_os_error(joined, "cannot copy"), DiskFullError)


def test_main_parses_on_python_3_6() -> None:
    """An old Python gets one line, not a traceback; its code is declared among the errors."""
    text = (CHECKOUT / "wheels" / "__main__.py").read_text(encoding="utf-8")

    tree = ast.parse(text, feature_version=(3, 6))

    exits = [node for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    assert errors.PythonTooOldError.exit_code in [node.value for node in exits]
    assert "from __future__ import annotations" not in text
