# SPDX-License-Identifier: Apache-2.0
"""`--cuda-overlay DIR`: make every toolkit that cannot be linked by name linkable."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from blas_probe.call.tool import Said, run_tool
from blas_probe.call.worker import new_token, sweep
from blas_probe.cuda.origin import older
from blas_probe.cuda.overlay import STUB_PART, make, names_for, uses
from blas_probe.cuda.toolkit import Toolkit
from blas_probe.cuda.words import lacking
from blas_probe.errors import OverlayError

if TYPE_CHECKING:
    from blas_probe.cli.run import Run
    from blas_probe.found import Found


def cuda_overlay(found: Found, run: Run, folder: Path) -> str:
    """One folder below `folder` for each such toolkit; the text says how to use each."""
    needing = [one for one in found.toolkits if one.links == "no" and one.library_dirs]
    if not needing:
        have = ", ".join(one.root for one in found.toolkits)
        why = f"all can be linked as they are: {have}" if have else "no CUDA toolkit was found"
        msg = f"{folder}: nothing to make, {why}"
        raise OverlayError(msg)
    names = names_for(needing)
    token = new_token()
    lines: list[str] = []
    try:
        for one in needing:

            def compile_(flags: Sequence[str], toolkit: Toolkit = one) -> Said:
                return _compile(flags, toolkit, run, token)

            made = make(one, folder / names[one.root], compile_)
            lacks = [lack for lack in one.lacks if not (made.stub and lack.part == STUB_PART)]
            lines += uses(made, one.version, lacking(lacks))
            lines += [f"  no longer of use: {old}" for old in older(Path(made.root), Path(made.of))]
    finally:
        sweep(token)
    return "".join(f"{line}\n" for line in lines)


def _compile(flags: Sequence[str], toolkit: Toolkit, run: Run, token: str) -> Said:
    """Call the best host compiler at hand."""
    able = [
        one for one in toolkit.host_compilers if one.accepted != "no" and one.version[:1].isdigit()
    ]
    if not able:
        return Said(code=None, output="", problem="no compiler was found")
    command = [able[0].path, *flags]
    return run_tool(command, environ=run.environ, timeout=run.timeout, token=token)
