# SPDX-License-Identifier: Apache-2.0
"""What Python code that opens libraries says: its texts, and what it imports."""

from __future__ import annotations

import ast
import re
from functools import lru_cache

QUOTED = re.compile(r"""["']([^"'\n]+)["']""")


@lru_cache
def literals(script: str) -> tuple[str, ...]:
    """The texts that Python code works with; those that only explain it are left out."""
    try:
        nodes = list(ast.walk(ast.parse(script)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return tuple(QUOTED.findall(script))
    said = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    texts = [node for node in nodes if isinstance(node, ast.Constant) and id(node) not in said]
    return tuple(node.value for node in texts if isinstance(node.value, str))


@lru_cache
def imports(script: str) -> frozenset[str]:
    """The modules and packages that Python code imports by a plain `import`."""
    try:
        nodes = list(ast.walk(ast.parse(script)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    return frozenset(
        one.name for node in nodes if isinstance(node, ast.Import) for one in node.names
    )
