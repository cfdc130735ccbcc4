# SPDX-License-Identifier: Apache-2.0
"""Finding the line of a key."""

from __future__ import annotations

from blas_probe.recipe.toml_lines import key_lines

TEXT = '''\
top = 1 # [not.a.table]
"quoted key" = 2
many = [
    "a = 1",
    ["[x]", "y"],
]
text = """
inside = 3
[also.inside]
"""

[table]
key = { inner = 1 }
dotted.key = 4

[[row]]
id = "first"

[row.more]
deep = 5

[[row]]
id = "second"

[row.more]
deep = 6
'''


def test_every_key_has_its_line() -> None:
    """Tables, arrays of tables, dotted and quoted keys; never what stands inside a string."""
    lines = key_lines(TEXT)

    assert lines == {
        ("top",): 1,
        ("quoted key",): 2,
        ("many",): 3,
        ("text",): 7,
        ("table",): 12,
        ("table", "key"): 13,
        ("table", "dotted", "key"): 14,
        ("row", 0): 16,
        ("row", 0, "id"): 17,
        ("row", 0, "more"): 19,
        ("row", 0, "more", "deep"): 20,
        ("row", 1): 22,
        ("row", 1, "id"): 23,
        ("row", 1, "more"): 25,
        ("row", 1, "more", "deep"): 26,
    }
