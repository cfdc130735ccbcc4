# SPDX-License-Identifier: Apache-2.0
"""A backend for Windows whose library another distribution brings: built here, checked by Wine.

Needs the network (MKL's packages) and Wine; without Wine it is built all the same, then skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest

from wheels.tests.e2e.release_runs import Place, good

pytestmark = [pytest.mark.real, pytest.mark.slow]
PLATFORM = "win_amd64"


def test_mkl_is_found_where_its_own_wheel_puts_it(tmp_path: Path) -> None:
    """The wheel names the requirement, holds none of its files, and its numbers are right."""
    kept = os.environ.get("TRIVET_E2E_FOLDER", "")
    place = Place(folder=Path(kept) / "windows" if kept else tmp_path, platform=PLATFORM)

    good(place.run("release", "--variant", "mkl", "--only", f"backend-mkl-{PLATFORM}"))

    wheel = next(place.dist.glob("trivet_mkl-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        text = archive.read(metadata).decode()
    assert "Requires-Dist: mkl==" in text
    assert ["trivet_backend_mkl.dll"] == [
        name.rsplit("/", 1)[-1] for name in names if name.endswith(".dll")
    ]
    if shutil.which("/usr/lib/wine/wine64") is None:
        pytest.skip("built, and not run: Wine is not here")
    path = place.dist / "certificates" / f"backend-mkl-{PLATFORM}.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["green"]
    assert record["proof"]["verdict"]["cases"]["numeric"] > 1500
