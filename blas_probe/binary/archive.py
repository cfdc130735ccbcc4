# SPDX-License-Identifier: Apache-2.0
"""Read a static archive."""

from __future__ import annotations

from collections.abc import Collection

from blas_probe.binary.pieces import Bytes
from blas_probe.binary.shape import Binary
from blas_probe.errors import BinaryError


def parse(data: Bytes, prefer: str | None = None) -> Binary:
    """Refuse it for now."""
    del data, prefer
    msg = "it is a static archive, not a shared library"
    raise BinaryError(msg)


def code(data: Bytes, names: Collection[str], size: int, prefer: str | None) -> dict[str, bytes]:
    """Nothing yet."""
    del data, names, size, prefer
    return {}
