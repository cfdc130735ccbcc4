# SPDX-License-Identifier: Apache-2.0
"""A folder of links that makes a toolkit linkable: lib64, names without version, one root.

The toolkit itself is never touched; the folder lies where the user says, outside of it.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from blas_probe.call.tool import Said
from blas_probe.cuda.origin import MARK, mark_text
from blas_probe.cuda.preprocess import MOST_HEADER
from blas_probe.cuda.toolkit import Toolkit
from blas_probe.errors import OverlayError
from blas_probe.look import exists, first_text, is_file, is_folder
from blas_probe.record import dataclass

LINK_NAME = re.compile(r"(lib[\w+-]+)\.so\.\d[\d.]*\Z")
STUBBED = re.compile(r"^[^#\n/*]*\bCUDAAPI\s+(cu[A-Z]\w+)\s*\(", re.MULTILINE)
RENAMED = re.compile(
    r"^[ \t]*#[ \t]*define[ \t]+(cu[A-Z]\w+)[ \t]+(?:__CUDA_API_(PTDS|PTSZ)\()?(cu[A-Z]\w+)",
    re.MULTILINE,
)
STUB = "libcuda.so"
STUB_SONAME = "libcuda.so.1"
STUB_PART = "libcuda stub"

Compile = Callable[[Sequence[str]], Said]


@dataclass(frozen=True, kw_only=True)
class Overlay:
    """A folder that can be used as CUDAToolkit_ROOT."""

    root: str
    of: str
    """The toolkit's own folder."""
    nvcc: str | None
    lib: str
    made: tuple[str, ...]
    """Names without a version that the toolkit lacks."""
    stub: bool
    """Was a stub of the driver library made for the linker?"""


def make(toolkit: Toolkit, folder: Path, compile_: Compile | None = None) -> Overlay:
    """Make `folder` an overlay of `toolkit`; OverlayError says why it cannot be.

    `compile_` runs a compiler; without one no stub of the driver library is made.
    """
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 (links must stay as they are)
    _check(toolkit, folder)
    part = folder.with_name(folder.name + ".part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        (part / MARK).write_text(mark_text(toolkit.root), "utf-8")
        made = _fill(toolkit, part)
        stub = compile_ is not None and _stub(toolkit, part / "lib64/stubs", compile_)
        if is_folder(folder) and not folder.is_symlink():
            shutil.rmtree(folder)
        part.replace(folder)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        msg = f"{folder}: the overlay cannot be written: {error.strerror}; name another folder"
        raise OverlayError(msg) from error
    nvcc = folder / "bin" / Path(toolkit.nvcc or "nvcc").name
    return Overlay(
        root=str(folder), of=toolkit.root, nvcc=str(nvcc) if exists(nvcc) else None,
        lib=str(folder / "lib64"), made=tuple(made), stub=stub,
    )  # fmt: skip


def _check(toolkit: Toolkit, folder: Path) -> None:
    """An overlay lies outside of every package and toolkit, and replaces nothing but itself."""
    real = Path(os.path.realpath(folder))
    inside = [root for root in (toolkit.root, *toolkit.roots) if real.is_relative_to(root)]
    packages = [one for one in real.parts if one.endswith("-packages")]
    if inside or packages:
        msg = f"{folder}: it lies inside {(inside or packages)[0]}; name a folder of your build"
        raise OverlayError(msg)
    if folder.is_symlink() or (exists(folder) and not is_folder(folder)):
        msg = f"{folder}: it is no folder; name a new one"
        raise OverlayError(msg)
    if is_folder(folder) and any(folder.iterdir()) and not is_file(folder / MARK):
        msg = f"{folder}: it holds other files; name a new folder"
        raise OverlayError(msg)


def _fill(toolkit: Toolkit, to: Path) -> list[str]:
    """Links to all pieces; the names that the toolkit lacks are returned."""
    tools = [Path(part.path).parent for part in toolkit.parts if part.kind == "tool"]
    for folder in dict.fromkeys(path for path in tools if path.name == "bin"):
        if folder.parent.name != "nvvm":
            _link_all(folder, to / "bin")
    for root in map(Path, toolkit.roots):
        if is_folder(root / "nvvm"):
            _link_all(root / "nvvm", to / "nvvm")
    for folder in map(Path, toolkit.include_dirs):
        if folder.name != "cccl":
            _link_all(folder, to / "include")
    made = []
    for folder in map(Path, toolkit.library_dirs):
        if folder.name != "bin":
            _link_all(folder, to / "lib64")
    for path in sorted((to / "lib64").iterdir()) if is_folder(to / "lib64") else []:
        hit = LINK_NAME.match(path.name)
        if hit and not exists(to / "lib64" / f"{hit[1]}.so"):
            (to / "lib64" / f"{hit[1]}.so").symlink_to(path.name)
            made.append(f"{hit[1]}.so")
    (to / "lib64").mkdir(exist_ok=True)
    (to / "lib").symlink_to("lib64")
    version = toolkit.versions.get("nvcc") or toolkit.versions.get("ptxas") or toolkit.version
    if version:
        text = json.dumps({"cuda": {"name": "CUDA SDK", "version": version}})
        (to / "version.json").write_text(text + "\n", "utf-8")
        # CMake takes a root without nvcc by this file; without it, it takes the nvcc of PATH.
        (to / "version.txt").write_text(f"CUDA Version {version}\n", "utf-8")
    return made


def _link_all(source: Path, to: Path) -> None:
    """Link each entry of `source`; a folder that two sources have is joined."""
    to.mkdir(parents=True, exist_ok=True)
    for entry in sorted(source.iterdir()):
        place = to / entry.name
        if is_folder(place) and is_folder(entry):
            _split(place)
            _link_all(entry, place)
        elif not place.is_symlink() and not exists(place):
            place.symlink_to(os.path.realpath(entry))


def _split(place: Path) -> None:
    """Make a linked folder a real one with links inside, so that another can be joined."""
    if place.is_symlink():
        target = Path(os.path.realpath(place))
        place.unlink()
        _link_all(target, place)


def stub_source(header: str) -> str:
    """C source that defines every function which the driver's header declares."""
    names = dict.fromkeys(STUBBED.findall(header))
    for old, per_thread, new in RENAMED.findall(header):
        names |= dict.fromkeys([old, new])
        if per_thread:
            names[f"{new}_{per_thread.lower()}"] = None
    return "".join(f"int {name}(void) {{ return 34; }}\n" for name in sorted(names))


def _stub(toolkit: Toolkit, to: Path, compile_: Compile) -> bool:
    """A library with the driver's soname, for the linker only; it answers CUDA_ERROR_STUB."""
    header = next((part.path for part in toolkit.parts if part.name == "driver header"), None)
    if header is None or any(exists(Path(one) / "stubs" / STUB) for one in toolkit.library_dirs):
        return False
    text = stub_source(first_text(Path(header), MOST_HEADER))
    if not text:
        return False
    to.mkdir(parents=True, exist_ok=True)
    (to / "stub.c").write_text(text, encoding="utf-8")
    said = compile_([
        "-shared", "-fPIC", "-w", "-nostdlib", f"-Wl,-soname,{STUB_SONAME}",
        "-x", "c", str(to / "stub.c"), "-o", str(to / STUB),
    ])  # fmt: skip
    (to / "stub.c").unlink()
    return said.problem is None


def uses(overlay: Overlay, version: str | None, lacks: Sequence[str] = ()) -> list[str]:
    """How to use it, one command a line, quoted for a shell; then what is not there."""
    lines = [f"overlay of CUDA {version or '?'} ({overlay.of}): {overlay.root}"]
    cmake = [f"-DCUDAToolkit_ROOT={overlay.root}"]
    cmake += [f"-DCMAKE_CUDA_COMPILER={overlay.nvcc}"] if overlay.nvcc else []
    lines.append(f"  {shlex.join(['cmake', *cmake])}")
    beside = f"-rpath-link={overlay.lib}"
    if overlay.nvcc:
        # nvcc hands the word to a shell of its own
        word = f'"{beside}"' if shlex.quote(beside) != beside else beside
        lines.append(f"  {shlex.join([overlay.nvcc, 'x.cu', '-lcublas', '-Xlinker', word])}")
    else:
        flags = [f"-I{overlay.root}/include", "x.cpp", f"-L{overlay.lib}", "-lcublas", "-lcudart"]
        lines.append(f"  {shlex.join(['c++', *flags, f'-Wl,{beside}'])}")
        lines.append("  it has no nvcc: .cpp files are compiled and linked, .cu files are not")
    return [*lines, *(f"  lacks {text}" for text in lacks)]


def names_for(toolkits: Iterable[Toolkit]) -> dict[str, str]:
    """Root of each toolkit -> name of its overlay; two of one version are numbered."""
    given: dict[str, str] = {}
    for one in toolkits:
        name, number = f"cuda-{one.version or 'unknown'}", 1
        while name in given.values():
            number += 1
            name = f"cuda-{one.version or 'unknown'}-{number}"
        given[one.root] = name
    return given
