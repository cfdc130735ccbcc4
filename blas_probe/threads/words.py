# SPDX-License-Identifier: Apache-2.0
"""Threads in plain words, for the table and the doctor. Pure functions."""

from __future__ import annotations

from pathlib import PurePath

from blas_probe.library import NOT_RUN, Library
from blas_probe.threads.facts import MachineFacts

LIMITS = {
    "cores": "its CPUs",
    "affinity": "the CPUs that this process may run on",
    "quota": "the quota of its control group",
}


def about_machine(machine: MachineFacts) -> str:
    """One line: what it is, what it allows, and what sets the limit."""
    what = ", ".join(filter(None, (machine.cpu or machine.machine, machine.libc)))
    parts = [f"{machine.cores or 'an unknown number of'} CPUs"]
    if machine.affinity is not None and machine.affinity != machine.cores:
        parts.append(f"{machine.affinity} of them for this process")
    if machine.quota is not None:
        parts.append(f"time of {machine.quota:g} by {machine.quota_source}")
    count = machine.usable_threads
    useful = f"{count} thread{'s are' if count > 1 else ' is'} useful"
    limit = LIMITS.get(machine.limited_by)
    return f"Machine: {what}; {', '.join(parts)}; {useful}" + (f" (by {limit})" if limit else "")


def about_threads(library: Library) -> str:
    """What stands behind the thread layer; empty when there is nothing to say."""
    files = ["itself" if path == library.path else PurePath(path).name
             for path in library.thread_runtimes]  # fmt: skip
    told = [f"threads by {', '.join(files)}"] if files else []
    if library.max_threads is not None and library.thread_layer != "serial":
        told.append(f"at most {library.max_threads} threads")
    if library.after_fork != NOT_RUN:
        told.append(f"after a fork: {library.after_fork}")
    return "; ".join(told)
