# SPDX-License-Identifier: Apache-2.0
"""What the machine allows: one record, filled by the modules beside it."""

from __future__ import annotations

from blas_probe.record import dataclass


@dataclass(frozen=True, kw_only=True)
class MachineFacts:
    """Facts of this machine that decide how many threads are useful, and what fits it."""

    system: str = "unknown"
    """linux, macos, windows, or the system's own word."""
    machine: str = "unknown"
    """Architecture, as the system spells it."""
    cpu: str | None = None
    """The processor's name; None when the system does not say."""
    libc: str | None = None
    """For example `glibc 2.36` or `musl`; None where the C library has no version."""
    cores: int | None = None
    """Logical CPUs of the machine; None when the system does not say."""
    affinity: int | None = None
    """CPUs that this process may run on; None when the system does not say."""
    quota: float | None = None
    """CPUs' worth of time that control groups allow; None without a limit."""
    quota_source: str | None = None
    """The file that sets the limit."""
    usable_threads: int = 1
    """Threads worth starting: the smallest of the limits above, at least 1."""
    limited_by: str = "cores"
    """cores, affinity or quota: what sets `usable_threads`; `unknown` when nothing is known."""
