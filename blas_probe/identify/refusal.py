# SPDX-License-Identifier: Apache-2.0
"""Why a library cannot be used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from blas_probe.identify.notes import Findings

UNDEFINED = re.compile(r"undefined symbol: (\S+)")
ALONE = "does not load alone"
"""How the reason begins where others must be loaded first."""


def problem(findings: Findings, ending: str | None) -> str | None:
    """Why the library cannot be used; None when it can."""
    if "file_problem" in findings:
        return str(findings["file_problem"])
    if "foreign" in findings:
        return str(findings["foreign"])
    if "load_error" in findings:
        return _load_problem(str(findings["load_error"]), findings)
    if ending is not None:
        return ending
    complete = findings.get("complete", {})
    parts = ("blas", "lapack", "part_of_lapack", "cblas", "lapacke")
    if not any(complete.get(part) for part in parts):
        if findings.get("affixes") or complete.get("part_of_blas"):
            return "it has only a part of BLAS and LAPACK"
        return "it defines no BLAS or LAPACK function"
    return None


def _load_problem(error: str, findings: Findings) -> str:
    missing = UNDEFINED.search(error)
    complete: Mapping[str, Any] = findings.get("complete", {})
    if findings.get("companions"):
        return (
            f"{ALONE}: it needs {', '.join(findings['companions'])}, which no loader "
            "looks for beside it; only a program that opens these files first can use it"
        )
    if missing is None:
        return error if error.startswith("built for") else f"does not load: {error}"
    lapack_alone = complete.get("lapack") and not complete.get("blas")
    return (
        f"{ALONE}: it needs `{missing[1]}`, which no library that it names defines; "
        + ("it takes its BLAS from the program: link one as well" if lapack_alone else
           "a part works only together with its siblings, any other file was linked without "
           "naming all that it needs")
    )  # fmt: skip
