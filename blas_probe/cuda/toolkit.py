# SPDX-License-Identifier: Apache-2.0
"""One record per CUDA toolkit, filled by the modules beside it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Toolkit:
    """One CUDA toolkit on this machine."""

    root: str
    """Real path of its folder; the record's identity."""
    source: str
    """Who brought it, and how it was found."""
