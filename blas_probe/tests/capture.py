# SPDX-License-Identifier: Apache-2.0
"""Record a library for the tests: `python blas_probe/tests/capture.py [--all | PATH...]`.

A capture holds what a child tells about the file, and those of its names that could be a mark.
Its own name is the answer: provider, version, thread layer, integer width, machine, platform, file.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from blas_probe.binary import Binary, first_bytes, read  # noqa: E402
from blas_probe.binary.affix import Affix  # noqa: E402
from blas_probe.binary.host import own_host  # noqa: E402
from blas_probe.binary.inferred import ROUTINES, SIZE  # noqa: E402
from blas_probe.call.worker import run_child  # noqa: E402
from blas_probe.identify import identify, request  # noqa: E402
from blas_probe.library import Library  # noqa: E402
from blas_probe.probing import probe  # noqa: E402
from blas_probe.recipe import Recipes, load_recipes  # noqa: E402

FOLDER = Path(__file__).resolve().parent / "captures"
TELLING = re.compile(
    r"version|config|buildinfo|_info|threads?$|parallel|corename|arch_|callfromc|rowmajor|catlas_c"
    r"|memory_alloc|gotoblas|backend|^atl_[cd](gemm|getrf|gelqf|axpby)$",
    re.IGNORECASE,
)
MOST_NAMES = 50
PRIVATE = ("seconds", "step", "done", "last")


def telling(names: frozenset[str], marks: list[str]) -> list[str]:
    """The names that could identify a provider: all that are marks, and the shortest others."""
    marked = {name for name in names if any(mark in name for mark in marks)}
    others = sorted((n for n in names - marked if TELLING.search(n)), key=lambda n: (len(n), n))
    return sorted([*marked, *others[:MOST_NAMES]])


def record(path: Path, recipes: Recipes) -> tuple[str, dict[str, Any]]:
    """Name and content of the capture of one library."""
    asked = request(recipes, host=own_host())
    wanted = {**asked, "path": str(path)}
    outcome = run_child(wanted, environ=os.environ, timeout=20, token="capture")
    binary = read(path)
    marks = [mark for recipe in recipes.providers for mark in (*recipe.marks, *recipe.import_marks)]
    findings = {k: v for k, v in outcome.findings.items() if k not in PRIVATE}
    answers = findings.get("answer", {})
    findings["answer"] = {k: v[:100] if isinstance(v, str) else v for k, v in answers.items()}
    library = identify(
        findings, recipes, path=str(path), names=[str(path)], source="path", ending=outcome.ending
    )
    content = {
        "ending": outcome.ending,
        "defined": telling(binary.defined, marks),
        "imported": telling(binary.imported, marks),
        "findings": neutral(findings),
        "code": code(path, binary, findings),
    }
    return f"{answer(library)}--{path.name}", content


def code(path: Path, binary: Binary, findings: dict[str, Any]) -> dict[str, str]:
    """The first instructions of the routines that tell the ABI, when they were read."""
    if "inferred" not in findings or not findings.get("affixes"):
        return {}
    affix = Affix(*findings["affixes"][0])
    names = {affix.spell(routine) for routine in ROUTINES}
    pieces = first_bytes(path.read_bytes(), names & binary.defined, SIZE, prefer=binary.machine)
    return {name: piece.hex() for name, piece in sorted(pieces.items())}


def neutral(findings: dict[str, Any]) -> dict[str, Any]:
    """Findings without the folders of the machine where they were made."""
    text = json.dumps(findings)
    return dict(json.loads(re.sub(r'(?<=")/[^"\s:]*/(?=[^/"]+")', "/lib/", text)))


def answer(library: Library) -> str:
    """What the test must find, as the file's name says it."""
    parts = (library.provider, library.version, library.thread_layer, library.int_bits)
    return "_".join(str(part) for part in (*parts, library.machine, library.platform))


def main() -> int:
    """Write captures of the files named, or of all that the prober finds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--all", action="store_true", help="every library on this machine")
    options = parser.parse_args()
    recipes = load_recipes()
    paths = list(options.paths)
    if options.all:
        found = probe(recipes=recipes, environ=os.environ)
        paths += [Path(library.path) for library in found.libraries]
    for path in paths:
        name, content = record(path.resolve(), recipes)
        (FOLDER / f"{name}.json").write_text(
            json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8"
        )
        print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
