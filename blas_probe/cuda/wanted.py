# SPDX-License-Identifier: Apache-2.0
"""`--cuda-arch LIST`: which toolkits make these architectures, and which GPUs here run them?"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from blas_probe.cuda.arch import code_of, jit_runs_on, makers, refused, runs_on
from blas_probe.cuda.glibc import numbers
from blas_probe.cuda.judge import how_to_get
from blas_probe.cuda.nvcc import arch_key
from blas_probe.cuda.toolkit import (
    ArchAnswer,
    AskedArch,
    Device,
    Driver,
    GpuServed,
    Toolkit,
    Verdict,
)
from blas_probe.errors import UsageError
from blas_probe.recipe.cuda import CudaRecipes
from blas_probe.record import dataclass

if TYPE_CHECKING:
    from blas_probe.cli.run import Run
    from blas_probe.found import Found

WORD = re.compile(
    r"(?:(?P<kind>sm|compute)_)?(?P<number>\d{2,4}|\d{1,3}\.\d)(?P<suffix>[a-z]?)"
    r"(?P<only>-real|-virtual|\+PTX)?"
)
SASS_ONLY, PTX_ONLY = {"sm", "-real"}, {"compute", "-virtual"}
FORMS = (
    "write numbers as in 75,90a,120f (SASS and PTX), sm_90 or 90-real or 9.0 (SASS), compute_90 or "
    "90-virtual (PTX), or 9.0+PTX (both)"
)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One architecture that somebody asks for."""

    code: str
    sass: bool
    ptx: bool


def wanted(text: str) -> tuple[Wanted, ...]:
    """The architectures of a list as nvcc, CMake or PyTorch write them; UsageError otherwise."""
    words = [word for word in re.split(r"[,;\s]+", text) if word]
    if not words:
        msg = f"no architecture; {FORMS}"
        raise UsageError(msg)
    joined: dict[str, Wanted] = {}
    for one in map(_wanted, words):
        old = joined.get(one.code, one)
        joined[one.code] = Wanted(
            code=one.code, sass=one.sass or old.sass, ptx=one.ptx or old.ptx
        )  # fmt: skip
    return tuple(sorted(joined.values(), key=lambda one: arch_key(one.code)))


def _wanted(word: str) -> Wanted:
    hit = WORD.fullmatch(word)
    said = {hit["kind"], hit["only"]} if hit else set()
    if hit is None or (said & SASS_ONLY and said & PTX_ONLY):
        msg = f"`{word}` is no architecture; {FORMS}"
        raise UsageError(msg)
    dotted = "." in hit["number"] and hit["only"] is None and hit["kind"] is None
    return Wanted(
        code=hit["number"].replace(".", "") + hit["suffix"],
        sass=not said & PTX_ONLY,
        ptx=not (said & SASS_ONLY or dotted),
    )


def with_archs(found: Found, run: Run, asked: Sequence[Wanted]) -> Found:
    """`found` with the answers of `--cuda-arch`."""
    recipes = run.recipes.cuda
    answer = answers(asked, found.toolkits, found.driver, recipes) if recipes else None
    return dataclasses.replace(found, cuda_archs=answer)


def answers(
    asked: Sequence[Wanted], toolkits: Sequence[Toolkit], driver: Driver | None,
    recipes: CudaRecipes,
) -> ArchAnswer:  # fmt: skip
    """Each architecture against each toolkit, all of them together against each GPU."""
    rows = tuple(_asked(one, toolkits, recipes) for one in asked)
    devices = driver.devices if driver else ()
    newest = driver.cuda if driver else None
    return ArchAnswer(
        asked=rows,
        gpus=tuple(
            _served(number, one, rows, toolkits, newest) for number, one in enumerate(devices)
        ),
    )


def _asked(one: Wanted, toolkits: Sequence[Toolkit], recipes: CudaRecipes) -> AskedArch:
    refusals = []
    for toolkit in toolkits:
        major = recipes.major(toolkit.version)
        name = f"CUDA {toolkit.version or '?'} ({toolkit.root})"
        refusals += refused([one.code], toolkit.archs, major.renamed if major else {}, name)
    makes = {toolkit.root: _makes(one.code, toolkit) for toolkit in toolkits}
    releases = makers(one.code, recipes.majors)
    cure = "" if "yes" in makes.values() else _cure(one.code, releases, recipes)
    return AskedArch(
        code=one.code, sass=one.sass, ptx=one.ptx, makes=makes, refusals=tuple(refusals),
        releases=releases, cure=cure,
    )  # fmt: skip


def _makes(code: str, toolkit: Toolkit) -> Verdict:
    if not toolkit.archs:
        return "unknown"
    return "yes" if code in toolkit.archs else "no"


def _cure(code: str, releases: Sequence[str], recipes: CudaRecipes) -> str:
    """How to get the newest release that makes it."""
    if not releases:
        return f"no release that is known here makes it; leave out {code}"
    span = f"{releases[0]} to {releases[-1]}" if len(releases) > 1 else releases[0]
    return f"CUDA {span} can: {how_to_get(releases[-1], recipes)}"


def _served(
    number: int, device: Device, rows: Sequence[AskedArch], toolkits: Sequence[Toolkit],
    newest: str | None,
) -> GpuServed:  # fmt: skip
    """The best way in which a GPU runs what was asked: its own code, else PTX."""

    def made(by: str, code: str | None, reason: str) -> GpuServed:
        return GpuServed(number=number, name=device.name, by=by, code=code, reason=reason)  # type: ignore[arg-type]

    if device.capability is None:
        return made("unknown", None, "the driver does not tell its capability")
    own = f"sm_{code_of(device.capability)}"
    best = [one for one in rows if one.sass and runs_on(one.code, device.capability)]
    if best:
        code = best[-1].code
        return made("sass", code, f"sm_{code} runs on {own} as it is")
    late = [one for one in rows if one.ptx and jit_runs_on(one.code, device.capability)]
    if not late:
        return made("nothing", None, f"none of these runs on {own}; add {own.removeprefix('sm_')}")
    code = late[-1].code
    too_new = _too_new(late[-1], toolkits, newest)
    if too_new:
        return made("nothing", None, f"{too_new}; add {own.removeprefix('sm_')}")
    return made("ptx", code, f"the driver compiles compute_{code} for {own} at load")


def _too_new(row: AskedArch, toolkits: Sequence[Toolkit], newest: str | None) -> str:
    """Why the driver cannot compile the PTX; empty when it can, or when nobody knows."""
    able = [one.version for one in toolkits if row.makes[one.root] == "yes" and one.version]
    if newest is None or not able or any(numbers(one) <= numbers(newest) for one in able):
        return ""
    oldest = min(able, key=numbers)
    return f"the driver knows CUDA up to {newest} and cannot compile the PTX of CUDA {oldest}"
