# SPDX-License-Identifier: Apache-2.0
"""x86, 32 and 64 bits, by the disassembler iced."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Mapping

from iced_x86 import (
    Code,
    CpuidFeature,
    Decoder,
    FlowControl,
    Instruction,
    Mnemonic,
    OpKind,
    Register,
)

from blas_probe.binary.pieces import unpack
from blas_probe.errors import BinaryError
from wheels.audit.code import Function, Scan, code_sections, named
from wheels.audit.image import Part, Section
from wheels.audit.rows import Rows

ASKS = "(asks)"
ASKING = (Code.CPUID, Code.XGETBV)
# Older processors take it for another instruction with the same result where compilers emit it.
HARMLESS = (Mnemonic.TZCNT, Mnemonic.ENDBR64, Mnemonic.ENDBR32, Mnemonic.PAUSE)
FEATURES = {value: name for name, value in vars(CpuidFeature).items() if name.isupper()}
KEEPS = (Mnemonic.MOV, Mnemonic.OR, Mnemonic.AND, Mnemonic.XCHG)
BEHIND = 4096
"""Bytes behind an asking instruction in which its answer is kept."""
LONGEST = 20_000
MANY = 4
TABLES = ("_initterm", "_initterm_e")
MOST_POINTERS = 5000


class X86:
    """One file."""

    def __init__(self, part: Part, rows: Rows) -> None:
        self.image, self.data = part.image, part.data
        self.levels = list(rows.x86)
        self.asking = named(part, rows.asking.imports)
        self.ends = named(part, rows.asking.ends)
        self.kinds: dict[int, str] = {}
        self.code = code_sections(part)
        self.told: frozenset[int] = frozenset()
        self.decoders: dict[Section, Decoder] = {}
        self.stubs: dict[int, str] = {}
        self.begins = sorted(self.image.functions)
        self.users: set[int] = set()

    def scan(self) -> Scan:
        """Decode every section with code from its begin to its end."""
        counts: Counter[str] = Counter()
        asked: list[int] = []
        for section in self.code:
            self._scan(section, counts, asked)
        self.told = frozenset(place for address in asked for place in self._kept(address))
        return Scan(
            counts=counts,
            asks=bool(asked),
            any=bool(counts),
            users=len(self.users) if self.begins else 0,
        )

    def _scan(self, section: Section, counts: Counter[str], asked: list[int]) -> None:
        kinds, kind_of = self.kinds, self._kind
        decoder = self._decoder(section)
        decoder.position, decoder.ip = 0, section.address
        for one in decoder:
            code = one.code
            kind = kinds.get(code)
            if kind is None:
                kind = kinds[code] = kind_of(one)
            if kind:
                if kind == ASKS:
                    asked.append(one.ip)
                else:
                    counts[kind] += 1
                    if len(self.users) < MANY:
                        self.users.add(bisect(self.begins, one.ip))

    def _decoder(self, section: Section) -> Decoder:
        """One for each section: it is moved, never made anew."""
        if section not in self.decoders:
            data = bytes(self.data[section.offset : section.offset + section.size])
            self.decoders[section] = Decoder(self.image.bits, data, ip=section.address)
        return self.decoders[section]

    def _from(self, section: Section, address: int, size: int) -> Iterator[Instruction]:
        """Instructions from an address on; the decoder may be moved between them."""
        decoder, end = self._decoder(section), min(address + size, section.address + section.size)
        while address < end:
            decoder.position, decoder.ip = address - section.address, address
            one = decoder.decode()
            yield one
            address += one.len or 1

    def _kind(self, one: Instruction) -> str:
        """The highest extension that an instruction is of; empty when of none that counts."""
        if one.code in ASKING:
            return ASKS
        if one.code == Code.INVALID or one.mnemonic in HARMLESS:
            return ""
        names = [FEATURES.get(number, "") for number in one.cpuid_features()]
        known = [self.levels.index(name) for name in names if name in self.levels]
        return self.levels[max(known)] if known else ""

    def _kept(self, address: int) -> set[int]:
        """Places in memory that are written behind an instruction that asks."""
        section = self._section(address)
        found = set()
        for one in self._from(section, address, BEHIND) if section else ():
            if (
                one.op0_kind == OpKind.MEMORY
                and one.mnemonic in KEEPS
                and one.memory_base == Register.RIP
            ):
                found.add(one.memory_displacement)
        return found

    def _section(self, address: int) -> Section | None:
        return next((one for one in self.code if one.holds(address)), None)

    def function(self, address: int) -> Function:
        """Follow every branch of a function; jumps to others count as its own."""
        found, waiting, seen, left = Function(), [address], set[int](), LONGEST
        tables: list[int] = []
        straight = True
        while waiting and left > 0:
            at = waiting.pop()
            section = self._section(at)
            if section is None or at in seen:
                continue
            for one in self._from(section, at, section.size):
                left -= 1
                fell = one.ip != at and one.ip in self.image.functions
                if one.ip in seen or left < 0 or fell:
                    break
                seen.add(one.ip)
                goes_on = self._step(one, found, waiting, tables)
                straight = straight and one.flow_control == FlowControl.NEXT and not found.asks
                if straight:
                    found.first |= found.uses
                if one.flow_control in ENDS or not goes_on:
                    break
            straight = False
        return found

    def _step(
        self, one: Instruction, found: Function, waiting: list[int], tables: list[int]
    ) -> bool:
        """Note what an instruction does; False when a call does not come back."""
        kind = self.kinds.get(one.code)
        if kind is None:
            kind = self.kinds[one.code] = self._kind(one)
        if kind == ASKS:
            found.asks = True
        elif kind:
            found.uses.setdefault(kind, one.ip)
        flow, place = one.flow_control, self._place(one)
        if place in self.told or self.image.slots.get(place, "") in self.asking:
            found.asks = True
        if one.mnemonic == Mnemonic.LEA and place:
            tables.append(place)
        if flow in (FlowControl.CONDITIONAL_BRANCH, FlowControl.UNCONDITIONAL_BRANCH):
            waiting.append(one.near_branch_target)
        elif flow in (FlowControl.CALL, FlowControl.INDIRECT_CALL):
            name = self.image.slots.get(place, "")
            if flow == FlowControl.CALL:
                found.calls.add(one.near_branch_target)
                name = self._imported(one.near_branch_target)
            if name in TABLES:
                found.calls |= self._pointers(tables[-2:])
            return name not in self.ends
        return True

    def _place(self, one: Instruction) -> int:
        """The address that an operand in memory has for sure; 0 when it has none."""
        if one.memory_base == Register.RIP:
            return one.memory_displacement
        return 0

    def _imported(self, address: int) -> str:
        """The name behind a stub that only jumps on; empty for any other function."""
        if address not in self.stubs:
            self.stubs[address] = self.image.slots.get(address) or self._behind(address)
        return self.stubs[address]

    def _behind(self, address: int) -> str:
        section = self._section(address)
        for one in self._from(section, address, 16) if section else ():
            if one.flow_control == FlowControl.INDIRECT_BRANCH:
                return self.image.slots.get(self._place(one), "")
            if one.mnemonic not in HARMLESS:
                break
        return ""

    def _pointers(self, ends: list[int]) -> set[int]:
        """The functions in a table of the C run-time (Windows), from its begin to its end."""
        if len(ends) != 2:
            return set()
        step = self.image.bits // 8
        found = set()
        for address in range(min(ends), min(max(ends), min(ends) + step * MOST_POINTERS), step):
            section = self.image.section_at(address)
            if section is None:
                break
            try:
                (value,) = unpack(
                    "<Q" if step == 8 else "<I",
                    self.data,
                    section.offset + address - section.address,
                )
            except BinaryError:
                break
            if value:
                found.add(value - self.image.base)
        return found


ENDS: Mapping[int, bool] = dict.fromkeys(
    (
        FlowControl.UNCONDITIONAL_BRANCH, FlowControl.INDIRECT_BRANCH, FlowControl.RETURN,
        FlowControl.INTERRUPT, FlowControl.EXCEPTION,
    ),
    True,
)  # fmt: skip
