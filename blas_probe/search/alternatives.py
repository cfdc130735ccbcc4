# SPDX-License-Identifier: Apache-2.0
"""What distributions let the administrator choose from: every choice, chosen now or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from blas_probe.look import is_folder
from blas_probe.search.places import Candidate, Machine, fits, matching, read_bytes

# Debian and its relatives; Fedora, RHEL and openSUSE.
RECORDS = (
    ("/var/lib/dpkg/alternatives", "debian"),
    ("/var/lib/alternatives", "alternatives"),
    ("/var/lib/rpm/alternatives", "alternatives"),
)


def alternatives(machine: Machine, globs: Sequence[str]) -> Iterator[Candidate]:
    """The files of all alternatives groups, and the links in use."""
    others = [source for folder, source in RECORDS if is_folder(machine.at(folder))]
    kind = others[0] if others else RECORDS[0][1]
    for folder, source in RECORDS:
        for record in matching(machine.at(folder), ["lib*"]):
            for line in read_bytes(record).decode("utf-8", "replace").splitlines():
                if line.startswith("/") and fits(line.rsplit("/", 1)[-1], globs):
                    yield Candidate(machine.at(line), source)
    for link in matching(machine.at("/etc/alternatives"), ["lib*"]):
        try:
            target = link.readlink()
        except OSError:
            continue
        if fits(target.name, globs):
            yield Candidate(link, kind)
