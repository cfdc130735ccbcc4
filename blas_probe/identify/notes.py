# SPDX-License-Identifier: Apache-2.0
"""Remarks gathered while a record is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from blas_probe.record import dataclass

Findings = Mapping[str, Any]


@dataclass
class Notes:
    """Remarks gathered while a record is made."""

    lines: list[str] = field(default_factory=list)
    inferred: list[str] = field(default_factory=list)
    """Facts that were read, not measured by a call."""

    def add(self, text: str) -> None:
        self.lines.append(text)

    def infer(self, fact: str, text: str) -> None:
        """Note how a fact was learnt without a call."""
        self.inferred.append(fact)
        self.lines.append(text)
