# SPDX-License-Identifier: Apache-2.0
"""What a user should know before relying on what was found."""

from __future__ import annotations

from blas_probe.record import dataclass


@dataclass(frozen=True, kw_only=True, order=True)
class Warning_:
    """One thing that is wrong or will go wrong here, with its cure."""

    subject: str
    """Whom it concerns: a path, a provider, a variable or a pair of them."""
    text: str
    """What is wrong, in one sentence."""
    cure: str
    """What to do; empty when nothing is known to help."""
    source: str
    """Who says so: an address, or how it was measured."""
