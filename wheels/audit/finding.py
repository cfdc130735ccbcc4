# SPDX-License-Identifier: Apache-2.0
"""One thing to say about a wheel."""

from __future__ import annotations

from dataclasses import dataclass

from wheels.audit.rows import Level

LEVELS: tuple[Level, ...] = ("error", "warning", "remark")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is wrong, where, and what to do."""

    level: Level
    code: str
    """Name of the kind of fault; README.md lists them."""
    file: str
    """Path inside the wheel; empty for the wheel itself."""
    text: str
    cure: str = ""

    @property
    def order(self) -> tuple[int, str, str, str]:
        """Worst first, then by name: the same wheel gives the same list."""
        return LEVELS.index(self.level), self.code, self.file, self.text


def error(code: str, file: str, text: str, cure: str = "") -> Finding:
    """Something that breaks on a user's machine."""
    return Finding(level="error", code=code, file=file, text=text, cure=cure)


def warning(code: str, file: str, text: str, cure: str = "") -> Finding:
    """Something that breaks on some machines, or under some conditions."""
    return Finding(level="warning", code=code, file=file, text=text, cure=cure)


def remark(code: str, file: str, text: str, cure: str = "") -> Finding:
    """Something worth knowing."""
    return Finding(level="remark", code=code, file=file, text=text, cure=cure)


MAKE = {"error": error, "warning": warning, "remark": remark}


def some(names: list[str] | tuple[str, ...], most: int = 4) -> str:
    """The first of many names, and how many more there are."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def size_text(count: int) -> str:
    """Bytes as people read them."""
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count / 1e3:.0f} kB"
