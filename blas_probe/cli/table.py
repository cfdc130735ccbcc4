# SPDX-License-Identifier: Apache-2.0
"""Every command and every further option: one row each. To add one, add its row and its function.

A command is `function(run: Run, argument: str | None) -> Answer`; `run.found()` probes.
An option that measures more is `function(found: Found, run: Run, value) -> Found`.
An option that writes for others is `function(found: Found, run: Run, value) -> str`, the text for
standard output. `value` is what `parse` makes of the text where the row has a metavar (a Path),
otherwise True.
"""

from __future__ import annotations

from typing import Literal, NamedTuple


class Command(NamedTuple):
    """A word after `blas_probe`."""

    name: str
    argument: str
    """Its own argument as help shows it: "" for none, "[X]" for one that may be left out."""
    help: str
    call: str
    """package.module:function"""


class Extra(NamedTuple):
    """An option that measures more, or writes something for other projects."""

    flag: str
    metavar: str | None
    help: str
    does: Literal["measure", "write"]
    call: str
    """package.module:function"""
    parse: str = "pathlib:Path"
    """package.module:function that makes the value of the text; a UsageError says why not."""


COMMANDS: tuple[Command, ...] = (
    Command("doctor", "", "what is here, what is used and why, what is wrong, what to type next",
            "blas_probe.doctor:doctor"),
    Command("why", "NAME", "why a variant, provider, library, toolkit or its piece is (not) used",
            "blas_probe.cli.commands:why"),
    Command("together", "", "would these files bring two OpenMP run-times into one process?",
            "blas_probe.threads.command:together"),
    Command("loaded", "PID", "the libraries that a running process has loaded",
            "blas_probe.process:command"),
    Command("schema", "", "the JSON Schema of what --json prints",
            "blas_probe.write.schema:command"),
)  # fmt: skip

# Options that measure more run in this order, before those that write.
EXTRAS: tuple[Extra, ...] = (
    Extra("--fork", None, "try each library in a process forked after it had started threads",
          "measure", "blas_probe.threads.fork:with_fork"),
    Extra("--bench", None, "measure the speed of each library against the limits of this machine",
          "measure", "blas_probe.bench.run:bench"),
    Extra("--cuda-arch", "LIST", "which toolkits make, and GPUs run, 70,90a,120f (as CMake writes)",
          "measure", "blas_probe.cuda.wanted:with_archs", "blas_probe.cuda.wanted:wanted"),
    Extra("--pkg-config", "DIR", "write .pc files for all that was found into this folder", "write",
          "blas_probe.write.pkg_config:pkg_config"),
    Extra("--cuda-overlay", "DIR", "make CUDA toolkits of PyPI linkable: folders of links in DIR",
          "write", "blas_probe.cuda.command:cuda_overlay"),
    Extra("--cmake", "FILE", "write a file for `cmake -C FILE`, or for include() in a project",
          "write", "blas_probe.write.cmake:cmake"),
    Extra("--env", None, 'print shell lines for a build: eval "$(python -m blas_probe --env)"',
          "write", "blas_probe.write.env:env"),
)  # fmt: skip
