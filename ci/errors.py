# SPDX-License-Identifier: Apache-2.0
"""Errors of `python -m ci`: what failed, likely cause, next command."""

from __future__ import annotations


class CiError(Exception):
    """A request that cannot be met; the text is all that is printed. Exit code 2."""

    exit_code = 2


class SkippedEverywhere(CiError):
    """A test ran in no job at all. Exit code 3."""

    exit_code = 3
