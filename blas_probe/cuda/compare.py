# SPDX-License-Identifier: Apache-2.0
"""All that disagrees within one toolkit, or between it and this machine's compilers."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from blas_probe.cuda import agree
from blas_probe.cuda.bench import Bench
from blas_probe.cuda.glibc import clashes
from blas_probe.cuda.group import Group
from blas_probe.cuda.includes import missing_headers
from blas_probe.cuda.judge import HOST_HEADER, requirement
from blas_probe.cuda.nvcc import Nvcc, tool_release
from blas_probe.cuda.origin import lost_links, origin_of
from blas_probe.cuda.pieces import Folders, pins_of, version_file
from blas_probe.cuda.places import meta_version
from blas_probe.cuda.toolkit import Part
from blas_probe.look import is_file
from blas_probe.recipe.cuda import Anatomy, Major, PartRow

MEND = "install the toolkit's headers again"


def disagreements(
    group: Group, bench: Bench, release: str | None, nvcc: Nvcc | None, parts: Sequence[Part],
    rows: Mapping[str, PartRow], folders: Folders, major: Major | None,
) -> Iterator[str]:  # fmt: skip
    if nvcc is not None and nvcc.problem is not None:
        yield f"{nvcc.path}: {nvcc.problem}; reinstall it, or point CUDACXX at another nvcc"
    yield from (f"{part.name}: {part.path}: {part.problem}" for part in parts if part.problem)
    if release is None:
        return
    anatomy = bench.recipes.anatomy
    pip = in_packages(group, anatomy.find.wheel_root)
    cures = pip_cures(anatomy, major, release) if pip else {}
    yield from agree.same_release(release, nvcc.build if nvcc else None, parts, rows, cures)
    yield from _version_file(group, folders, release)
    yield from agree.sonames(major, parts)
    yield from agree.of_another_release(major, parts, release, rows)
    yield from agree.builds(parts, rows)
    yield from agree.headers(parts, rows, folders.include)
    if group.packages:
        strange = {part.told_by for part in agree.strangers(release, parts, rows)}
        newer = {f"{row.wheel}{major.wheel_suffix}" for row in rows.values()
                 if major and row.toolkit_version == "at least"}  # fmt: skip
        left = {
            dist: version
            for dist, version in group.packages.items()
            if f"package {dist}" not in strange and dist not in newer
        }
        yield from _package_pins(group, left, bench, release)


def in_packages(group: Group, wheel_root: str) -> bool:
    """Did pip bring it, whatever led to it? Its records lie beside the folder of its packages."""
    above = (origin_of(group.roots[0]) or group.roots[0]).parent
    beside = above.name == wheel_root and any(above.parent.glob("*.dist-info"))
    return beside or bool(group.packages)


def pip_cures(anatomy: Anatomy, major: Major | None, release: str) -> dict[str, str]:
    """What to type for a piece of another release."""
    return {
        row.name: f"pip install {requirement(row, anatomy, major, release)}"
        for row in anatomy.part
        if major is not None and row.wheel and row.name not in major.not_in_wheels
    }


def strange_tools(nvcc: Nvcc | None, parts: Sequence[Part], bench: Bench) -> Iterator[str]:
    """Tools of another release that come first in the PATH which nvcc gives to its own."""
    path = nvcc.settings.get("PATH") if nvcc else None
    if nvcc is None or nvcc.release is None or not path:
        return
    for part in parts:
        taken = shutil.which(part.name, path=path) if part.kind == "tool" else None
        if taken is None or os.path.realpath(taken) == os.path.realpath(part.path):
            continue
        release = tool_release(bench.ask([taken, "--version"]).output)
        if release is not None and release != nvcc.release:
            own = Path(part.path).parent
            yield (
                f"nvcc {nvcc.release} would call {taken} of {release} instead of its own "
                f"{part.path} (perhaps others too); put {own} before {Path(taken).parent} in PATH"
            )
            return


def _package_pins(
    group: Group, packages: Mapping[str, str], bench: Bench, release: str
) -> Iterator[str]:
    """The installed packages against what the meta package pins."""
    anatomy = bench.recipes.anatomy
    for site in bench.machine.site_packages:
        if not any(root.is_relative_to(os.path.realpath(site)) for root in group.roots):
            continue
        meta = meta_version(site, bench.recipes)
        if meta is not None and agree.minor(meta[1]) == release:
            by = f"{anatomy.find.meta_wheel} {meta[1]}"
            yield from agree.pinned(pins_of(meta[0]), packages, release, by)


def broken_headers(
    parts: Sequence[Part], rows: Mapping[str, PartRow], folders: Folders, macros: Mapping[str, str]
) -> Iterator[str]:
    """Headers that a toolkit's own headers ask for, and that are not there.

    Where a whole piece of them is lacking, that is told instead.
    """
    for part in parts if any(part.name == HOST_HEADER for part in parts) else ():
        start = rows[part.name].start
        if not start:
            continue
        if not any(is_file(folder / start) for folder in folders.include):
            yield f"{part.name}: {start} is not there, which every .cu file needs; {MEND}"
            continue
        gone = missing_headers(start, folders.include, macros)
        if gone:
            more = f" and {len(gone) - 1} more" if len(gone) > 1 else ""
            yield (
                f"{part.name}: {gone[0][0]} needs {gone[0][1]}{more}, not there: no .cu file can "
                f"be compiled; {MEND}"
            )


def glibc_clashes(parts: Sequence[Part], glibc: str | None, bench: Bench) -> Iterator[str]:
    """Maths functions that this glibc and the toolkit declare differently."""
    anatomy = bench.recipes.anatomy
    crt = next((Path(part.path) for part in parts if part.name == HOST_HEADER), None)
    if crt is None:
        return
    root = crt.parent.parent if crt.parent.name == "crt" else crt.parent
    header = next((root / name for name in anatomy.host.math if is_file(root / name)), None)
    for text, link in clashes(header, glibc, anatomy.glibc) if header else []:
        cure = "take a newer toolkit, or compile in a container with an older glibc"
        yield f"{text}; {cure} ({link})"


def _version_file(group: Group, folders: Folders, release: str) -> Iterator[str]:
    """The version that a file beside the pieces tells, which CMake may believe."""
    told = version_file(folders.roots)
    if told is not None and agree.minor(told[1]) != release:
        root = group.roots[0]
        cure = _make_again(root) if origin_of(root) else agree.ONE_SOURCE
        yield f"{told[0]} says {told[1]}, the toolkit is {release}; {cure}"


def _make_again(overlay: Path) -> str:
    """The command that makes an overlay anew."""
    words = ["python", "-m", "blas_probe", "--cuda-overlay", str(overlay.parent)]
    return f"make it again: {shlex.join(words)}"


def stale_overlay(group: Group) -> Iterator[str]:
    """Links of an overlay that an upgrade of its toolkit has left behind."""
    root = group.roots[0]
    origin = origin_of(root)
    lost = lost_links(root) if origin else []
    if lost:
        yield (
            f"it is an overlay of {origin}, and {len(lost)} of its links lead nowhere "
            f"({lost[0]}): {_make_again(root)}"
        )


def unlinkable(parts: Sequence[Part]) -> Iterator[str]:
    """Libraries that the linker cannot find by name."""
    names = [part.name for part in parts if part.linkable is False]
    if names:
        yield (
            f"-l cannot find {', '.join(names)}: only names with a version exist; "
            "`python -m blas_probe --cuda-overlay DIR` makes a folder that can be linked"
        )
