# SPDX-License-Identifier: Apache-2.0
"""Facts of this machine: processor, C library, and how many threads it lets us use."""

from __future__ import annotations

import os
import platform
import re
import sys
from pathlib import Path

from blas_probe.look import first_text
from blas_probe.threads.cgroup import cpu_quota
from blas_probe.threads.facts import MachineFacts

SYSTEMS = {"linux": "linux", "darwin": "macos", "win32": "windows"}
CPU_LINES = ("model name", "Model Name", "cpu model", "cpu", "uarch", "Processor")
MODEL_LINES = ("cpu family", "model", "CPU variant")
ARM_LINES = ("CPU implementer", "CPU part")


def machine_facts(root: Path = Path("/")) -> MachineFacts:
    """What this machine is and allows; reads a few small files, starts nothing."""
    cores, affinity = os.cpu_count(), own_affinity()
    quota = cpu_quota(root)
    cpus = quota.cpus if quota else None
    threads, limited_by = usable(cores=cores, affinity=affinity, quota=cpus)
    return MachineFacts(
        system=SYSTEMS.get(sys.platform, sys.platform),
        machine=platform.machine() or "unknown",
        cpu=cpu_name(_text(root / "proc/cpuinfo")) or _cpu_elsewhere(),
        libc=c_library(root),
        cores=cores,
        affinity=affinity,
        quota=cpus,
        quota_source=quota.source if quota else None,
        usable_threads=threads,
        limited_by=limited_by,
    )


def usable(*, cores: int | None, affinity: int | None, quota: float | None) -> tuple[int, str]:
    """Threads worth starting, and what limits them.

    A part of a CPU is rounded down: one thread more than the quota pays for is stopped in
    each period, and all the others wait for it at the next barrier.
    """
    limits = [
        (count, name)
        for count, name in ((cores, "cores"), (affinity, "affinity"), (_whole(quota), "quota"))
        if count is not None
    ]
    return min(limits, key=lambda limit: limit[0], default=(1, "unknown"))


def _whole(quota: float | None) -> int | None:
    return None if quota is None else max(1, int(quota))


def own_affinity() -> int | None:
    """CPUs that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return _windows_affinity() if sys.platform == "win32" else None


def _windows_affinity() -> int | None:
    """Bits of the process's mask, within its processor group."""
    if sys.platform != "win32":
        return None
    import ctypes

    kernel = ctypes.WinDLL("kernel32")
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    own, whole = ctypes.c_size_t(), ctypes.c_size_t()
    process = ctypes.c_void_p(kernel.GetCurrentProcess())
    if not kernel.GetProcessAffinityMask(process, ctypes.byref(own), ctypes.byref(whole)):
        return None
    return own.value.bit_count() or None


def cpu_name(cpuinfo: str) -> str | None:
    """The processor in Linux's words; Arm machines have numbers instead of a name."""
    told = _first_values(cpuinfo)
    named = next((told[name] for name in CPU_LINES if told.get(name)), None)
    if named is not None:
        return " ".join(named.split())
    if all(name in told for name in ARM_LINES):
        return f"implementer {told[ARM_LINES[0]]} part {told[ARM_LINES[1]]}"
    return None


def cpu_model(cpuinfo: str) -> str | None:
    """What tells processors of one name apart: hypervisors and makers sell many under one."""
    told = _first_values(cpuinfo)
    words = [f"{name} {told[name]}" for name in MODEL_LINES if told.get(name)]
    return ", ".join(words) or None


def _first_values(cpuinfo: str) -> dict[str, str]:
    told: dict[str, str] = {}
    for line in cpuinfo.splitlines():
        name, found, value = line.partition(":")
        if found:
            told.setdefault(name.strip(), value.strip())
    return told


def _cpu_elsewhere() -> str | None:
    if sys.platform == "win32":
        return platform.processor() or None
    return _sysctl("machdep.cpu.brand_string") if sys.platform == "darwin" else None


def _sysctl(name: str) -> str | None:
    import ctypes

    buffer, size = ctypes.create_string_buffer(256), ctypes.c_size_t(256)
    call = ctypes.CDLL(None).sysctlbyname
    failed = call(name.encode(), buffer, ctypes.byref(size), None, ctypes.c_size_t(0))
    return None if failed else buffer.value.decode("utf-8", "replace")


def c_library(root: Path = Path("/")) -> str | None:
    """`glibc 2.36`, `musl` or None."""
    try:
        told = os.confstr("CS_GNU_LIBC_VERSION")
    except (AttributeError, ValueError, OSError):
        told = None
    if told:
        return re.sub(r"[^\x20-\x7e]", "?", told)
    return "musl" if any((root / "lib").glob("ld-musl-*")) else None


def _text(path: Path) -> str:
    return first_text(path, sized=False)
