# SPDX-License-Identifier: Apache-2.0
"""cmake/TrivetPythonHeaders.cmake: headers that lie above Python's own folder."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from wheels.folders import CHECKOUT

MODULE = CHECKOUT / "cmake" / "TrivetPythonHeaders.cmake"
SCRIPT = """
include("{module}")
set(Python_INCLUDE_DIRS "{include}")
trivet_python_headers()
message("${{Python_INCLUDE_DIRS}}")
"""

pytestmark = pytest.mark.real


def folders_seen(include: Path, scratch: Path) -> list[Path]:
    """Run the function as CMake does; return Python_INCLUDE_DIRS."""
    cmake = shutil.which("cmake")
    assert cmake is not None
    script = scratch / "script.cmake"
    script.write_text(SCRIPT.format(module=MODULE, include=include), encoding="utf-8")
    done = subprocess.run(
        [cmake, "-P", script], cwd=scratch, capture_output=True, text=True, check=True
    )
    return [Path(folder) for folder in done.stderr.strip().split(";")]


def python_folder(root: Path, pyconfig: str) -> Path:
    """Make the folder of headers of a Python below `root`."""
    include = root / "include" / "python3.11"
    include.mkdir(parents=True)
    (include / "pyconfig.h").write_text(pyconfig, encoding="utf-8")
    return include


def test_only_the_header_of_this_machine_is_reached(tmp_path: Path) -> None:
    """A pyconfig.h that includes another gets a folder with that one, and nothing beside it."""
    text = (
        "# include <a-linux-gnu/python3.11/pyconfig.h>\n#  include <b-gnu/python3.11/pyconfig.h>\n"
    )
    include = python_folder(tmp_path / "with space", text)
    inner = include.parent / "a-linux-gnu" / "python3.11"
    inner.mkdir(parents=True)
    (inner / "pyconfig.h").write_text("#define ONE 1\n", encoding="utf-8")
    (include.parent / "stdio.h").write_text("#error\n", encoding="utf-8")

    for _ in range(2):  # the second configure of one build folder
        seen = folders_seen(include, tmp_path)

    assert include == seen[0]
    found = sorted(path.relative_to(seen[1]).as_posix() for path in seen[1].rglob("pyconfig.h"))
    assert (seen[1] / "a-linux-gnu/python3.11/pyconfig.h").read_text() == "#define ONE 1\n"
    assert set(found) <= {"a-linux-gnu/python3.11/pyconfig.h"}
    assert not (seen[1] / "stdio.h").exists()


def test_a_complete_pyconfig_adds_no_folder(tmp_path: Path) -> None:
    """A Python whose pyconfig.h stands for itself is left as it is."""
    include = python_folder(tmp_path, "#define ONE 1\n")

    assert [include] == folders_seen(include, tmp_path)
