# SPDX-License-Identifier: Apache-2.0
"""`trivet/_build_info.py`: how this wheel was built, for `trivet.show_config()`."""

from __future__ import annotations

from pathlib import PurePath

from wheels.source.certificate import Checked
from wheels.source.decide import Decision

HEADER = """\
# SPDX-License-Identifier: Apache-2.0
# Written by the build (wheels/source/info.py).
\"\"\"How this copy of Trivet was built.\"\"\"

"""


def build_info(decision: Decision, version: str, checked: Checked) -> dict[str, str]:
    """The facts that show_config() prints; no path of a temporary folder, no time, no host."""
    choice = decision.choice
    assert choice is not None  # a build always has its library
    blas = choice.blas
    outside = not decision.bundles and not decision.depends
    return {
        "version": version,
        "variant": decision.variant.id,
        "provider": blas.provider,
        "provider_version": blas.version,
        "library": blas.path if outside else PurePath(blas.path).name,
        "source": blas.source,
        "toolchain": decision.compiler.title,
        "reason": dict(decision.reasons)["BLAS"] if outside else _plain_reason(decision),
        "checked": checked.text,
    }


def _plain_reason(decision: Decision) -> str:
    """The reason without the library's path, which may be gone after the build."""
    text = dict(decision.reasons)["BLAS"]
    choice = decision.choice
    if choice is None:
        return text
    for library in (choice.blas, choice.lapack):
        if library is not None:
            text = text.replace(library.path, PurePath(library.path).name)
    return text


def info_text(info: dict[str, str]) -> str:
    """The module's source."""
    rows = "".join(f"    {name!r}: {value!r},\n" for name, value in info.items())
    return f"{HEADER}BUILD: dict[str, str] = {{\n{rows}}}\n"
