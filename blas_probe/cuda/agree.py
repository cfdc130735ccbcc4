# SPDX-License-Identifier: Apache-2.0
"""What must agree with what: each function returns one sentence for each disagreement."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from blas_probe.cuda.glibc import numbers
from blas_probe.cuda.pieces import VERSION_TAIL, header_version
from blas_probe.cuda.toolkit import Driver, Part
from blas_probe.look import is_file
from blas_probe.recipe.cuda import Major, PartRow

ONE_SOURCE = "take all pieces of one release from one source"


def minor(version: str) -> str:
    """`13.0.88` as `13.0`."""
    return ".".join(version.split(".")[:2])


def same_release(
    release: str, nvcc: str | None, parts: Sequence[Part], rows: Mapping[str, PartRow],
    cures: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[str]:  # fmt: skip
    """nvcc, headers and libraries whose version is the toolkit's must tell the same major.minor."""
    if nvcc is not None and minor(nvcc) != release:
        yield f"nvcc is {nvcc}, the toolkit is {release}; {ONE_SOURCE}"
    for part in strangers(release, parts, rows):
        cure = cures.get(part.name, ONE_SOURCE)
        yield f"{part.name} ({part.path}) is {part.version}, the toolkit is {release}; {cure}"


def strangers(release: str, parts: Sequence[Part], rows: Mapping[str, PartRow]) -> Iterator[Part]:
    """Pieces of another release."""
    for part in parts:
        rule = rows[part.name].toolkit_version
        if rule == "no" or part.version is None:
            continue
        told = minor(part.version)
        newer = rule == "at least" and _later_in_major(told, release)
        if told != release and not newer:
            yield part


def unreadable(parts: Sequence[Part], rows: Mapping[str, PartRow]) -> Iterator[str]:
    """A tool that is newer than the one which reads what it writes."""
    by_name = {part.name: part for part in parts}
    for part in parts:
        reader = by_name.get(rows[part.name].feeds)
        if reader is None or not part.version or not reader.version:
            continue
        if numbers(part.version)[:2] > numbers(reader.version)[:2]:
            yield (
                f"{part.name} is {part.version}, {reader.name} is {reader.version}: {reader.name} "
                "refuses what the newer one writes, so no .cu file can be compiled"
            )


def _later_in_major(version: str, release: str) -> bool:
    ours, theirs = numbers(release), numbers(version)
    return bool(ours and theirs) and ours[0] == theirs[0] and theirs >= ours


def sonames(major: Major | None, parts: Sequence[Part]) -> Iterator[str]:
    """A library's soname number must be that of the toolkit's major version."""
    for part in parts:
        wanted = major.sonames.get(part.name) if major else None
        # The name may be that of the full version: what it links to says nothing more.
        hit = VERSION_TAIL.search(Path(part.path).name)
        if major is None or wanted is None or hit is None:
            continue
        if not f"{hit[1]}.".startswith(f"{wanted}."):
            yield (
                f"{part.path} is of another major version: CUDA {major.major} has "
                f"{part.name} {wanted}; {ONE_SOURCE}"
            )


def builds(parts: Sequence[Part], rows: Mapping[str, PartRow]) -> Iterator[str]:
    """Two libraries of one build: same version, same folder."""
    by_name = {part.name: part for part in parts}
    for part in parts:
        other = by_name.get(rows[part.name].same_as)
        if other is None:
            continue
        if part.version and other.version and part.version != other.version:
            yield (
                f"{part.name} is {part.version}, {other.name} is {other.version}: they must be of "
                f"one build; {ONE_SOURCE}"
            )
        elif os.path.realpath(Path(part.path).parent) != os.path.realpath(Path(other.path).parent):
            yield f"{part.path} and {other.path} come from two folders; {ONE_SOURCE}"


def headers(
    parts: Sequence[Part], rows: Mapping[str, PartRow], include: Sequence[Path]
) -> Iterator[str]:
    """A library and its own header: same major.minor."""
    for part in parts:
        row = rows[part.name]
        if not row.header or part.version is None:
            continue
        paths = (folder / row.header for folder in include)
        header = next((path for path in paths if is_file(path)), None)
        told = header and header_version(header, row.macros)
        if header and told and minor(told) != minor(part.version):
            yield f"{header} is of {told}, {part.path} is {part.version}; {ONE_SOURCE}"


def pinned(
    pins: Mapping[str, str], told: Mapping[str, str], release: str, by: str
) -> Iterator[str]:
    """The pieces' versions are those that the release pins (as far as the pin goes)."""
    for name, wanted in sorted(pins.items()):
        have = told.get(name)
        if have is None:
            continue
        length = min(len(numbers(wanted)), len(numbers(have)))
        if numbers(have)[:length] != numbers(wanted)[:length]:
            yield (
                f"{name} is {have}, release {release} has {wanted} (by {by}); "
                f"pip install {name}~={wanted}.0"
            )


def of_another_release(
    major: Major | None, parts: Sequence[Part], release: str, rows: Mapping[str, PartRow]
) -> Iterator[str]:
    """A library whose version belongs to another release; an unknown version says nothing."""
    twins = {row.same_as: name for name, row in rows.items() if row.same_as}
    for part in parts:
        if major is None or part.version is None:
            continue
        have = numbers(part.version)[:3]
        pinned_as = twins.get(part.name, part.name)
        owners = {
            minor(row.toolkit)
            for row in major.pins
            if pinned_as in row.parts and numbers(row.parts[pinned_as])[:3] == have
        }
        if owners and release not in owners:
            yield (
                f"{part.name} {part.version} ({part.path}) is of CUDA {', '.join(sorted(owners))}, "
                f"the toolkit is {release}; {ONE_SOURCE}"
            )


def driver_fits(driver: Driver, major: Major | None, release: str | None) -> tuple[str, list[str]]:
    """`driver_state` of a toolkit, and what is wrong."""
    if driver.state == "no driver":
        return "no driver", []
    newest = driver.cuda
    if major is None or driver.version is None:
        if newest is None or release is None:
            return "not run", []
        if numbers(newest)[:1] < numbers(release)[:1]:
            return "too old", [_too_old(f"for CUDA {newest}", major, release)]
        return "enough", _jit(newest, release)
    if numbers(driver.version) < numbers(major.driver):
        return "too old", [_too_old(driver.version, major, release)]
    return "enough", _jit(newest, release)


def _too_old(what: str, major: Major | None, release: str | None) -> str:
    needed = f"{major.driver} or newer" if major else "a newer one"
    return (
        f"the driver is {what}; programs of CUDA {release} need {needed}: update the driver, or "
        "use a toolkit of the driver's major version"
    )


def _jit(newest: str | None, release: str | None) -> list[str]:
    if newest is None or release is None or numbers(newest) >= numbers(release):
        return []
    return [
        f"the driver knows CUDA up to {newest}: it cannot compile the PTX of {release} at load, so "
        "ship SASS for this GPU"
    ]


def stub_paths(environ: Mapping[str, str], names: Sequence[str], stubs: str) -> Iterator[str]:
    """Folders of stubs in the loader's variables: a program would get the stub at run time."""
    pattern = re.compile(re.escape(stubs.strip("*")).replace(r"\*", ".*"))
    for name in names:
        for folder in environ.get(name, "").split(os.pathsep):
            if folder and pattern.search(folder.rstrip("/") + "/"):
                yield (
                    f"{name} holds {folder}: programs would load the stub libcuda, which does "
                    f"nothing; take it out of {name} (it is for -L only)"
                )
