# SPDX-License-Identifier: Apache-2.0
"""What the machine allows: one record, filled by the modules beside it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class MachineFacts:
    """Facts of this machine that decide how many threads are useful."""

    cores: int | None = None
    """Logical CPUs of the machine; None when the system does not say."""
