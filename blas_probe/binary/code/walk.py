# SPDX-License-Identifier: Apache-2.0
"""What is known while following instructions: registers that hold arguments or constants."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from blas_probe.record import dataclass


@dataclass(frozen=True)
class Argument:
    """The register holds argument `index`, counted from 0."""

    index: int


Value = Argument | int | None


@dataclass
class Walk:
    """State and harvest of one function."""

    registers: dict[int, Value]
    lost_by_calls: frozenset[int] = frozenset()
    loads: list[tuple[int, int]] = field(default_factory=list)
    """(argument, bits) of each integer fetched through a pointer argument, in this order."""
    stores: dict[int, tuple[int, Value]] = field(default_factory=dict)
    """Argument -> (bits, value) of the first integer stored through it."""
    result: int | None = None
    """The constant that the function returns, when it does only that."""
    returned: bool = False

    def get(self, register: int) -> Value:
        return self.registers.get(register)

    def put(self, register: int, value: Value) -> None:
        self.registers[register] = value

    def load(self, base: int, bits: int, offset: int = 0) -> None:
        """An integer is read at `offset` from what `base` points to."""
        pointer = self.get(base)
        if isinstance(pointer, Argument) and offset == 0:
            self.loads.append((pointer.index, bits))

    def store(self, base: int, bits: int, value: Value, offset: int = 0) -> None:
        """An integer is written there."""
        pointer = self.get(base)
        if isinstance(pointer, Argument) and offset == 0:
            self.stores.setdefault(pointer.index, (bits, value))

    def call(self) -> None:
        """Another function is called: what it may change is unknown."""
        for register in self.lost_by_calls:
            self.registers[register] = None

    def end(self, register: int) -> None:
        """The function returns what `register` holds."""
        value = self.get(register)
        self.returned = True
        self.result = value if isinstance(value, int) else None


def arguments(registers: Iterable[int], lost: Iterable[int]) -> Walk:
    """A walk whose arguments come in `registers`, in this order."""
    held: dict[int, Value] = {register: Argument(i) for i, register in enumerate(registers)}
    return Walk(registers=held, lost_by_calls=frozenset(lost))


def signed(value: int, bits: int) -> int:
    """`value` read as a number with a sign."""
    return value - (1 << bits) if value >> (bits - 1) else value
