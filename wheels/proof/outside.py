# SPDX-License-Identifier: Apache-2.0
"""Libraries that stay outside of a wheel: are those here the ones that were certified? Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wheels.proof.certificate import ProvenLibrary


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How a library of this machine differs from the certified one."""

    text: str
    suspicious: bool
    """The same version with other bytes; another version may be what the requirement allows."""


def differences(
    certified: Sequence[ProvenLibrary], here: Sequence[ProvenLibrary]
) -> list[Difference]:
    """Compare in order (LAPACK first); what is alike is not told."""
    found = []
    for old, new in zip(certified, here, strict=False):
        if old.sha256 == new.sha256:
            continue
        alike = (old.provider, old.version) == (new.provider, new.version)
        found.append(
            Difference(
                text=f"{new.file} here is {new.provider} {new.version} (sha256 {new.sha256}), "
                f"certified was {old.provider} {old.version} (sha256 {old.sha256})",
                suspicious=alike,
            )
        )
    if len(certified) != len(here):
        text = f"{len(here)} libraries are here, {len(certified)} were certified"
        found.append(Difference(text=text, suspicious=True))
    return found
