# SPDX-License-Identifier: Apache-2.0
"""Write core/python/trivet/_core.pyi from the extension on the path, or compare with --check."""

from __future__ import annotations

import argparse
import difflib
import importlib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
STUBS = HERE.parent / "python" / "trivet" / "_core.pyi"
HEADER = """\
# SPDX-License-Identifier: Apache-2.0
# Written by core/bindings/write_stubs.py; do not edit.
# ruff: noqa
# mypy: disable-error-code="override, misc, overload-overlap"
"""


def stubs() -> str:
    """Return the stubs of the importable trivet._core as text."""
    from nanobind.stubgen import (  # type: ignore[import-untyped]
        StubGen,
        load_pattern_file,
    )

    patterns = load_pattern_file(str(HERE / "stubs.pat"))
    generator = StubGen(importlib.import_module("trivet._core"), patterns=patterns, quiet=True)
    generator.put(generator.module)
    text = generator.get().replace("trivet._core.", "").replace("trivet._typing.", "")
    lines = [line.rstrip() for line in text.splitlines() if line != "import trivet._typing"]
    return HEADER + "\n".join(lines).strip() + "\n"


def difference(committed: str, generated: str) -> str:
    """Return a unified diff, empty when both are the same."""
    lines = difflib.unified_diff(
        committed.splitlines(), generated.splitlines(), "committed", "generated", lineterm=""
    )
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Write the stubs; with --check only compare, exit code 1 and a diff when they differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args(argv)
    text = stubs()
    if not arguments.check:
        STUBS.write_text(text, encoding="utf-8")
        return 0
    found = difference(STUBS.read_text(encoding="utf-8"), text)
    if found:
        print(found, "\n\nRun: python core/bindings/write_stubs.py", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
