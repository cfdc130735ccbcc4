# SPDX-License-Identifier: Apache-2.0
"""Wheels of a few hundred bytes, made by hand, of any platform."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

INFO = "tiny-1.0.dist-info"


def make_wheel(
    folder: Path,
    tag: str = "cp312-abi3-manylinux_2_28_x86_64",
    files: Mapping[str, bytes | str] | None = None,
    *,
    requires: tuple[str, ...] = (),
    version: str = "1.0",
    generator: str = "made by hand",
    time: tuple[int, int, int, int, int, int] = (2020, 1, 1, 0, 0, 0),
) -> Path:
    """A wheel of the distribution `tiny` in `folder`, with METADATA, WHEEL and `files`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"tiny-{version}-{tag}.whl"
    metadata = ["Metadata-Version: 2.4", "Name: tiny", f"Version: {version}"]
    metadata += [f"Requires-Dist: {text}" for text in requires]
    info = INFO.replace("1.0", version)
    contents: dict[str, bytes | str] = {
        f"{info}/METADATA": "\n".join([*metadata, "", "A tiny thing.\n"]),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: {generator}\nTag: {tag}\n",
        f"{info}/RECORD": "".join(f"{name},,\n" for name in files or {}),
        "tiny/__init__.py": "",
        **(files or {}),
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in contents.items():
            archive.writestr(zipfile.ZipInfo(name, time), data)
    return path
