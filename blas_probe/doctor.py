# SPDX-License-Identifier: Apache-2.0
"""In plain words: what is here, what is used and why, what is wrong and what to type next."""

from __future__ import annotations

from blas_probe.cli.run import Answer, Run
from blas_probe.errors import NotChosen
from blas_probe.found import Found
from blas_probe.report import wrap


def doctor(run: Run, _: str | None) -> Answer:
    """The whole story of this machine."""
    lines = [line for text in story(run.found()) for line in wrap(text, 2)]
    return Answer("".join(f"{line}\n" for line in lines))


def story(found: Found) -> list[str]:
    """One sentence each."""
    usable = [library for library in found.libraries if library.problem is None]
    texts = [f"{len(usable)} libraries can be used, {len(found.libraries) - len(usable)} cannot."]
    for variant in found.variants:
        try:
            texts.append(f"{variant.id}: {found.choose(variant.id).blas.path}")
        except NotChosen:
            continue
    return texts
