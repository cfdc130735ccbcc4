# SPDX-License-Identifier: Apache-2.0
"""The schema of certificates, made from the records: CERTIFICATE.md, and a JSON Schema.

`python -m wheels.proof.schema` writes CERTIFICATE.md anew (a test says when that is due);
`python -m wheels.proof.schema --json` prints the JSON Schema.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from blas_probe.write.schema import DRAFT, record, table
from wheels.proof.certificate import SCHEMA, Certificate, Inside

PAGE = Path(__file__).with_name("CERTIFICATE.md")
HEAD = f"""\
# Certificates, schema {SCHEMA}

A [Certificate](#certificate) is `dist/certificates/<artefact>.json`,
`build/certificates/<cell>.json`, and what `wheels prove` leaves.
An [Inside](#inside) is `certificate.json` in a wheel.
`python -m wheels.proof.schema --json` prints the same as a JSON Schema, for a validator.
The number changes when a field is added, goes, or changes its meaning.
`null` means that there is none, `unknown` that nobody could tell.
What was left out stands in `not_run` with the reason.
This page is generated from the records: `python -m wheels.proof.schema`.
"""


def document() -> dict[str, Any]:
    """The JSON Schema: a certificate beside a wheel, or one inside."""
    definitions: dict[str, Any] = {}
    for cls in (Certificate, Inside):
        definitions[cls.__name__] = record(cls, definitions)
    roots = [{"$ref": f"#/$defs/{cls.__name__}"} for cls in (Certificate, Inside)]
    return {
        "$schema": DRAFT,
        "title": "certificates of wheels",
        "anyOf": roots,
        "$defs": dict(sorted(definitions.items())),
    }


def page() -> str:
    """CERTIFICATE.md: the two documents first, then the records in them."""
    records = document()["$defs"]
    first = [Certificate.__name__, Inside.__name__]
    order = [*first, *(name for name in records if name not in first)]
    return "\n".join([HEAD, *(line for name in order for line in table(name, records[name]))])


def main(words: Sequence[str]) -> int:
    """Write CERTIFICATE.md; the exit code is 1 when it changed."""
    if "--json" in words:
        print(json.dumps(document(), indent=1))
        return 0
    new = page()
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == new:
        return 0
    PAGE.write_text(new, encoding="utf-8")
    print(f"wrote {PAGE}")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
