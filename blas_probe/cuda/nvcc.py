# SPDX-License-Identifier: Apache-2.0
"""Ask nvcc (or ptxas) what it is. Whatever answers may be a script, nonsense, or hang."""

from __future__ import annotations

import errno
import os
import re
import shlex
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from string import ascii_lowercase

from blas_probe.call.tool import Said
from blas_probe.call.worker import plain
from blas_probe.record import dataclass

RELEASE = re.compile(r"\brelease (\d+\.\d+), V(\d+\.\d+(?:\.\d+)*)")
SETTING = re.compile(r"#\$ ([A-Za-z_]+)=(.*)")
ARCH = re.compile(r"\bsm_(\d{1,6}[a-z]?)\b")
QUOTED = re.compile(r"'sm_(\d{1,6}[a-z]?)'")
PROFILED = {"TOP", "INCLUDES", "LIBRARIES"}
"""What nvcc.profile sets, beside the compiler; each distribution sets some of them."""
MACRO = re.compile(r"\s-D(\w+)")
NO_SOURCE = os.devnull

Ask = Callable[[Sequence[str]], Said]
"""Run a command in the clean environment, under a time limit."""


@dataclass(frozen=True, kw_only=True)
class Nvcc:
    """What an nvcc told about itself."""

    path: str
    release: str | None = None
    """major.minor"""
    build: str | None = None
    """Full version."""
    top: str | None = None
    """Root folder that it uses."""
    include: tuple[str, ...] = ()
    lib: tuple[str, ...] = ()
    cicc_dir: str | None = None
    libdevice_dir: str | None = None
    host: str | None = None
    """The host compiler that it would call now."""
    macros: tuple[str, ...] = ()
    """Names of the macros that it gives to that compiler."""
    archs: tuple[str, ...] = ()
    problem: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


def ask_nvcc(path: Path, ask: Ask) -> Nvcc:
    """Ask for version, folders, host compiler and architectures; each answer is checked."""
    said = ask([str(path), "--version"])
    hit = RELEASE.search(said.output)
    if said.problem is not None or hit is None:
        odd = f"its answer to --version names no release: {plain(said.output, 80) or 'nothing'}"
        return Nvcc(path=str(path), problem=_plainer(said.problem) or odd)
    dry = ask([str(path), "--dryrun", "-x", "cu", "-c", NO_SOURCE, "-o", NO_SOURCE])
    settings = dict(SETTING.findall(dry.output.replace("\0", "")))
    top = settings.get("TOP") or _above(settings.get("_HERE_"))
    return Nvcc(
        path=str(path),
        release=hit[1],
        build=hit[2],
        top=str(Path(top).resolve()) if top else None,
        include=flag_paths(
            settings.get("INCLUDES", "") + " " + settings.get("SYSTEM_INCLUDES", "")
        ),
        lib=flag_paths(settings.get("LIBRARIES", "")),
        cicc_dir=_clean(settings.get("CICC_PATH")),
        libdevice_dir=_clean(settings.get("NVVMIR_LIBRARY_DIR")),
        macros=tuple(sorted(set(MACRO.findall(dry.output)))),
        host=_in_path(host_of(dry.output), settings.get("PATH")),
        archs=_archs(path, ask),
        problem=_dry_problem(dry, settings),
        settings=settings,
    )


def _plainer(problem: str | None) -> str | None:
    """The system's words for a program of another one say little."""
    if problem is None or os.strerror(errno.ENOEXEC) not in problem:
        return problem
    return f"{problem} (it is made for another machine or system, or damaged)"


def _archs(path: Path, ask: Ask) -> tuple[str, ...]:
    """The architectures of its help, which names every suffix; its shorter list otherwise."""
    helped = ask([str(path), "--help"])
    if helped.problem is None and (told := architectures(helped.output, QUOTED)):
        return told
    listed = ask([str(path), "--list-gpu-code"])
    return architectures(listed.output) if listed.problem is None else ()


def _dry_problem(dry: Said, settings: Mapping[str, str]) -> str | None:
    if dry.problem is not None or not {"TOP", "_HERE_"} & set(settings):
        return f"it tells no folders (--dryrun): {dry.problem or 'neither TOP nor _HERE_'}"
    if not PROFILED & set(settings):
        return "it knows no folder of headers or libraries: its nvcc.profile is missing or empty"
    return None


def _above(here: str | None) -> str | None:
    """The root of a compiler that has no TOP of its own, as distributions pack it."""
    return str(Path(here).parent) if here and Path(here).name == "bin" else here


def _in_path(host: str | None, path: str | None) -> str | None:
    """The host compiler in the PATH that nvcc itself sets, which may begin with a folder of its."""
    return (host and (shutil.which(host, path=path) if path else None)) or host


def _clean(text: str | None) -> str | None:
    return os.path.normpath(text) if text else None


def flag_paths(flags: str) -> tuple[str, ...]:
    """The folders of -I, -L and -isystem flags, links kept, in their order."""
    try:
        words = shlex.split(flags)
    except ValueError:
        return ()
    found = []
    for index, word in enumerate(words):
        if word == "-isystem" and index + 1 < len(words):
            found.append(words[index + 1])
        elif word[:2] in ("-I", "-L") and len(word) > 2:
            found.append(word[2:])
    return tuple(dict.fromkeys(os.path.normpath(path) for path in found))


def host_of(dryrun: str) -> str | None:
    """The first program that a dry run calls: the host's preprocessor."""
    for line in dryrun.splitlines():
        if line.startswith("#$ ") and not SETTING.match(line):
            try:
                words = shlex.split(line[3:])
            except ValueError:
                return None
            return words[0] if words and "-E" in words else None
    return None


def tool_release(text: str) -> str | None:
    """major.minor in a tool's answer to --version."""
    hit = RELEASE.search(text)
    return hit and hit[1]


def architectures(text: str, pattern: re.Pattern[str] = ARCH) -> tuple[str, ...]:
    """The real architectures named in an answer, sorted by number."""
    return tuple(sorted(set(pattern.findall(text)), key=arch_key))


def arch_key(code: str) -> tuple[int, str]:
    """Order of architectures: 90 before 90a before 100."""
    digits = code.rstrip(ascii_lowercase)
    return int(digits), code[len(digits) :]


def ask_ptxas(path: Path, ask: Ask) -> tuple[str | None, tuple[str, ...]]:
    """Release and architectures as ptxas tells them, for a toolkit without nvcc."""
    version = RELEASE.search(ask([str(path), "--version"]).output)
    helped = ask([str(path), "--help"])
    archs = () if helped.problem else architectures(helped.output, QUOTED)
    return version and version[2], archs
