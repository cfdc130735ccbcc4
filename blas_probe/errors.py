# SPDX-License-Identifier: Apache-2.0
"""Every error that blas_probe raises, each with its own exit code."""

from __future__ import annotations


class ProbeError(Exception):
    """Base of all errors here; `exit_code` is what `python -m blas_probe` ends with."""

    exit_code = 1


class UsageError(ProbeError):
    """The command line asked for something that does not exist."""

    exit_code = 2


class RecipeError(ProbeError):
    """A recipe file cannot be used; the text names file, line, field and the fix."""

    exit_code = 3


class UnknownVariant(ProbeError):
    """A variant, provider or library was named that nobody knows."""

    exit_code = 4


class NotChosen(ProbeError):
    """No library on this machine satisfies the variant; the text says why for each."""

    exit_code = 5


class FoundFileError(ProbeError):
    """A found.json is not what this version writes."""

    exit_code = 6


class BinaryError(ProbeError):
    """The bytes are no library that can be read, or a damaged one; the text says which."""

    exit_code = 7


class ProcessError(ProbeError):
    """The libraries of a running process cannot be listed; the text says why."""

    exit_code = 8


class OverlayError(ProbeError):
    """An overlay of a CUDA toolkit cannot be made; the text says why."""

    exit_code = 9


class OutputError(ProbeError):
    """Standard output does not take the answer: a full disk, for example."""

    exit_code = 10


class LimitError(ProbeError):
    """The system grants no more memory or threads; the text names the limit."""

    exit_code = 11
