# SPDX-License-Identifier: Apache-2.0
"""Which GPU runs which code: real architectures (SASS), virtual ones (PTX), and their suffixes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from blas_probe.cuda.glibc import numbers
from blas_probe.cuda.nvcc import arch_key
from blas_probe.defects import compare
from blas_probe.recipe.cuda import Major


def code_of(capability: str) -> str:
    """Compute capability 9.0 as the architecture 90."""
    return capability.replace(".", "")


def runs_on(code: str, capability: str) -> bool:
    """Does SASS for `code` run on a GPU? Same major and no newer minor; `a` only that very GPU.

    `f` runs on its family: the same major, from that minor on.
    """
    number, suffix = arch_key(code)
    gpu = int(code_of(capability))
    if suffix == "a":
        return number == gpu
    return number // 10 == gpu // 10 and number <= gpu


def jit_runs_on(ptx: str, capability: str) -> bool:
    """Can PTX for `ptx` be compiled by the driver for a GPU? Plain PTX goes to every newer one."""
    number, suffix = arch_key(ptx)
    return number <= int(code_of(capability)) if not suffix else runs_on(ptx, capability)


def serves(sass: Iterable[str], ptx: Iterable[str], capability: str) -> str | None:
    """How a binary with this code runs on a GPU: `sass`, `ptx` (compiled at load) or None."""
    if any(runs_on(code, capability) for code in sass):
        return "sass"
    return "ptx" if any(jit_runs_on(code, capability) for code in ptx) else None


def refused(
    wanted: Iterable[str], known: Collection[str], renamed: Mapping[str, str], toolkit: str
) -> list[str]:
    """One sentence for each wanted architecture that the toolkit cannot make."""
    codes = (text.removeprefix("sm_").removeprefix("compute_").replace(".", "") for text in wanted)
    return [
        f"{toolkit} cannot make sm_{code}; {_instead(code, known, renamed)}"
        for code in codes
        if known and code not in known
    ]


def _instead(code: str, known: Collection[str], renamed: Mapping[str, str]) -> str:
    """What the toolkit makes in place of an architecture."""
    number, suffix = arch_key(code)
    other = renamed.get(str(number), "") + suffix
    if other in known:
        return f"write sm_{other}"
    order = sorted(known, key=arch_key)
    near = [f"sm_{one}" for one in order if arch_key(one)[0] == number]
    return f"it makes {', '.join(near) if near else f'sm_{order[0]} to sm_{order[-1]}'}"


def by_table(major: Major, release: str) -> tuple[str, ...]:
    """The architectures of a release by its recipe, for a toolkit that cannot be asked."""
    fitting = (row for row in major.archs if all(compare(release, c) for c in row.versions))
    return next((row.codes for row in fitting), ())


def makers(code: str, majors: Iterable[Major]) -> tuple[str, ...]:
    """The known releases that make an architecture, oldest first."""
    found = {
        release
        for major in majors
        for release in {".".join(pin.toolkit.split(".")[:2]) for pin in major.pins}
        if code in by_table(major, release)
    }
    return tuple(sorted(found, key=numbers))


def for_device(codes: Sequence[str], capability: str) -> str | None:
    """Why the toolkit cannot make code for a GPU; None when it can, or when it was not asked."""
    if not codes or any(runs_on(code, capability) for code in codes):
        return None
    newest = max(codes, key=arch_key)
    older = arch_key(newest)[0] < int(code_of(capability))
    what = "is newer than" if older else "is older than"
    return f"the GPU's sm_{code_of(capability)} {what} all architectures that it can make"
