# SPDX-License-Identifier: Apache-2.0
"""64-bit Arm: instructions of one size, told apart by masks (recipes/audit.toml)."""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Iterator

from blas_probe.binary.code.walk import signed
from wheels.audit.code import Function, Scan, code_sections, named
from wheels.audit.image import Part, Section
from wheels.audit.rows import Masked, Rows

ASKS_MASK, ASKS_VALUE = 0xFFFFF000, 0xD5380000  # mrs of a register that identifies
EXCLUSIVE_MASK, EXCLUSIVE_VALUE = 0x3F400000, 0x08400000  # ldxr, ldaxr, ldxp, ...
LONGEST = 20_000
LSE = "lse"
NEAR = 12


class Aarch64:
    """One file."""

    def __init__(self, part: Part, rows: Rows) -> None:
        self.image, self.data = part.image, part.data
        self.asking = named(part, rows.asking.imports)
        self.ends = named(part, rows.asking.ends)
        self.code = code_sections(part)
        self.rows = rows.aarch64
        self.by_top = _by_top(rows.aarch64)
        tops = b"".join(re.escape(bytes([top])) for top in sorted({*self.by_top, 0xD5}))
        self.tops = re.compile(b"[" + tops + b"]", re.DOTALL)

    def scan(self) -> Scan:
        """Look at the words whose highest byte can belong to an extension."""
        counts: Counter[str] = Counter()
        asks = False
        for section in self.code:
            words = bytes(self.data[section.offset : section.offset + section.size // 4 * 4])
            for match in self.tops.finditer(words[3::4]):
                (word,) = struct.unpack_from("<I", words, 4 * match.start())
                if word & ASKS_MASK == ASKS_VALUE:
                    asks = True
                elif name := self._extension(word):
                    counts[name] += not (name == LSE and _has_other_way(words, match.start()))
        proven = {name: count for name, count in (+counts).items() if self._proven(name)}
        return Scan(counts=proven, asks=asks, any=bool(+counts))

    def _proven(self, name: str) -> bool:
        """Is an instruction there that only code of this extension has?"""
        row = next(row for row in self.rows if row.name == name)
        return not row.proof_mask or any(
            word & row.proof_mask == row.proof_value
            for section in self.code
            for word in self._with_top(section, row.proof_value >> 24)
        )

    def _with_top(self, section: Section, top: int) -> Iterator[int]:
        """Words whose highest byte is this one."""
        words = bytes(self.data[section.offset : section.offset + section.size // 4 * 4])
        tops, at = words[3::4], -1
        while (at := tops.find(top, at + 1)) >= 0:
            yield int.from_bytes(words[4 * at : 4 * at + 4], "little")

    def _extension(self, word: int) -> str:
        rows = self.by_top.get(word >> 24, ())
        return next((row.name for row in rows if word & row.mask == row.value), "")

    def function(self, address: int) -> Function:
        """Follow every branch of a function; jumps to others count as its own."""
        found, waiting, seen = Function(), [address], set[int]()
        exclusive, straight, pages = False, True, dict[int, int]()
        while waiting and len(seen) < LONGEST:
            begin = waiting.pop()
            for at, word in self._words(begin):
                fell = at != begin and at in self.image.functions
                if at in seen or len(seen) > LONGEST or fell:
                    break
                seen.add(at)
                exclusive |= word & EXCLUSIVE_MASK == EXCLUSIVE_VALUE
                if name := self._extension(word):
                    found.uses.setdefault(name, at)
                self._names(at, word, pages, found)
                known = len(waiting), len(found.calls)
                ahead = self._flow(at, word, found, waiting)
                straight &= ahead and not found.asks
                straight &= known == (len(waiting), len(found.calls))
                if straight:
                    found.first |= found.uses
                if not ahead:
                    break
            straight = False
        if exclusive:  # both ways are there: it chooses
            found.uses.pop(LSE, None)
            found.first.pop(LSE, None)
        return found

    def _words(self, address: int) -> Iterator[tuple[int, int]]:
        section = self._section(address)
        if section is None:
            return
        start = section.offset + address - section.address
        for index in range((section.offset + section.size - start) // 4):
            place = start + 4 * index
            yield address + 4 * index, int.from_bytes(self.data[place : place + 4], "little")

    def _section(self, address: int) -> Section | None:
        return next((one for one in self.code if one.holds(address)), None)

    def _imported(self, address: int) -> str:
        """The name behind a stub that only jumps on; empty for any other function."""
        if address in self.image.slots:
            return self.image.slots[address]
        page: dict[int, int] = {}
        for (at, word), _ in zip(self._words(address), range(4), strict=False):
            if word & 0x9F000000 == 0x90000000:
                page[word & 31] = _page(at, word)
            elif word & 0xFFC00000 == 0xF9400000 and word >> 5 & 31 in page:
                place = page[word >> 5 & 31] + 8 * (word >> 10 & 0xFFF)
                return self.image.slots.get(place, "")
        return ""

    def _names(self, at: int, word: int, pages: dict[int, int], found: Function) -> None:
        """Pointers are fetched by adrp and ldr: does one lead to a function that tells?"""
        target = word & 31
        if word & 0x9F000000 == 0x90000000:
            pages[target] = _page(at, word)
        elif word & 0xFFC00000 == 0xF9400000 and word >> 5 & 31 in pages:
            place = pages[word >> 5 & 31] + 8 * (word >> 10 & 0xFFF)
            found.asks |= self.image.slots.get(place, "") in self.asking
        elif word & ASKS_MASK == ASKS_VALUE:
            found.asks = True

    def _flow(self, at: int, word: int, found: Function, waiting: list[int]) -> bool:
        """Note where it may go on; False where it does not go on behind."""
        if word & 0x7C000000 == 0x14000000:
            target = at + 4 * signed(word & 0x3FFFFFF, 26)
            if word >> 31:
                found.calls.add(target)
                name = self._imported(target)
                found.asks |= name in self.asking
                return name not in self.ends
            waiting.append(target)
            return False
        if word & 0xFF000000 == 0x54000000 or word & 0x7E000000 == 0x34000000:
            waiting.append(at + 4 * signed(word >> 5 & 0x7FFFF, 19))
        elif word & 0x7E000000 == 0x36000000:
            waiting.append(at + 4 * signed(word >> 5 & 0x3FFF, 14))
        is_end = word & 0xFFDFFC1F == 0xD61F0000 or word & 0xFFFFFC1F == 0xD65F0000
        return not is_end and word >> 16 != 0  # udf


def _page(at: int, word: int) -> int:
    """The address that adrp computes."""
    offset = signed((word >> 5 & 0x7FFFF) << 2 | word >> 29 & 3, 21) << 12
    return (at & ~0xFFF) + offset


def _has_other_way(words: bytes, index: int) -> bool:
    """Compilers' helpers choose between an atomic instruction and a loop that stands behind it."""
    near = struct.iter_unpack("<I", words[4 * index : 4 * (index + NEAR)])
    return any(word & EXCLUSIVE_MASK == EXCLUSIVE_VALUE for (word,) in near)


def _by_top(rows: tuple[Masked, ...]) -> dict[int, tuple[Masked, ...]]:
    """The rows that an instruction's highest byte can belong to."""
    found = {}
    for top in range(256):
        fitting = tuple(
            row for row in rows if top & row.mask >> 24 == row.value >> 24 & row.mask >> 24
        )
        if fitting:
            found[top] = fitting
    return found
