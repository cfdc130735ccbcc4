# SPDX-License-Identifier: Apache-2.0
"""An overlay (see `overlay`) among the toolkits: whose is it, and do its links still lead there?"""

from __future__ import annotations

import os
from pathlib import Path

from blas_probe.look import first_text

MARK = ".made-by-blas-probe"
OF = "of "
PLACES = ("bin", "include", "lib64", "nvvm", "nvvm/bin")


def mark_text(root: str) -> str:
    """What the file MARK of an overlay of `root` holds."""
    return f"an overlay; remove the folder, or make it again\n{OF}{root}\n"


def origin_of(root: Path) -> Path | None:
    """The toolkit that a folder is an overlay of; None for any other folder."""
    lines = first_text(root / MARK).splitlines()
    return next((Path(line[len(OF) :]) for line in lines if line.startswith(OF)), None)


def lost_links(root: Path) -> list[str]:
    """Links of an overlay that lead nowhere any more."""
    lost = []
    for folder in (root / place for place in PLACES):
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        lost += [one.path for one in entries if one.is_symlink() and not os.path.exists(one.path)]  # noqa: PTH110
    return lost


def older(root: Path, origin: Path) -> list[Path]:
    """Overlays beside `root` of the same toolkit, made when it was of another release."""
    try:
        beside = sorted(root.parent.iterdir())
    except OSError:
        return []
    return [path for path in beside if path != root and origin_of(path) == origin]
