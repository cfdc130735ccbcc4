# SPDX-License-Identifier: Apache-2.0
"""Our own wheels are audited like anybody's, and for what their interface promises."""

from __future__ import annotations

from pathlib import Path

from blas_probe.recipe import Variant
from wheels.audit.auditing import Auditor, Demands, Exports
from wheels.errors import PackError

ENTRY = frozenset({"trivet_backend_entry"})
MODULE = frozenset({"PyInit__core"})
LARGEST_MAIN = 12_000_000  # bytes of a main wheel
MEANT = {"reference": ("reference-blas",)}
"""By speed class of a backend: what its user asked for by its very name."""


def demands(backend: str, variant: Variant, *, main: bool, strict: bool) -> Demands:
    """What a wheel with the file `backend` (a path in it) may export, and how large it may be.

    Not `strict` where the cross compiler's linker cannot hide what the C++ library itself exports.
    """
    exports = [Exports(files=backend, names=ENTRY)]
    if main and strict:
        exports.append(Exports(files="trivet/_core*", names=MODULE))
    return Demands(
        exports=tuple(exports),
        largest=LARGEST_MAIN if main else 0,
        allowed=MEANT.get(variant.speed_class, ()),
    )


def require_sound(
    wheel: Path, backend: str, variant: Variant, recipes: Path, *, main: bool, strict: bool
) -> str:
    """Audit a finished wheel; PackError names each fault. Returns what was found, in words."""
    found = Auditor(recipes).audit(wheel, demands(backend, variant, main=main, strict=strict))
    if wrong := found.of("error"):
        lines = [f"{one.code}: {one.file or wheel.name}: {one.text}" for one in wrong]
        raise PackError(
            f"{wheel.name} is not sound:\n  " + "\n  ".join(lines),
            why=wrong[0].cure or "the build or the repair left something behind",
            then=f"python -m wheels audit {wheel}",
        )
    warnings, remarks = len(found.of("warning")), len(found.of("remark"))
    return f"audit: no error, {warnings} warnings, {remarks} remarks"
