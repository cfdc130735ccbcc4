# SPDX-License-Identifier: Apache-2.0
"""Memory that the CPU may run: written first, then made executable, never both at once."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
from collections.abc import Sequence

READ, WRITE, EXECUTE = 1, 2, 4
PRIVATE = 2
ANONYMOUS = {"darwin": 0x1000}
"""MAP_ANONYMOUS by system; 0x20 elsewhere."""
JIT = {("darwin", "arm64"): 0x800}
"""MAP_JIT, where the system asks for it."""
FAILED = ctypes.c_void_p(-1).value
PAGE = 16384


class Refused(Exception):
    """The system does not let this process run code that it wrote; the text says why."""


class Code:
    """Machine code that can be called; the GIL is released during a call."""

    def __init__(self, code: bytes) -> None:
        self.address = _place(code)

    def __call__(self, *arguments: int) -> int:
        kinds = [ctypes.c_uint64] * len(arguments)
        return int(ctypes.CFUNCTYPE(ctypes.c_uint64, *kinds)(self.address)(*arguments))


def run_once(code: bytes, arguments: Sequence[int]) -> int:
    """Place the code and call it."""
    return Code(code)(*arguments)


def _place(code: bytes) -> int:
    """The address of the code in memory of its own; Refused when the system says no."""
    if os.name != "posix":
        msg = "no way is known here to run machine code on this system"
        raise Refused(msg)
    libc = ctypes.CDLL(None, use_errno=True)
    system, machine = platform.system().lower(), platform.machine().lower()
    jit = JIT.get((system, machine), 0)
    size = -(-len(code) // PAGE) * PAGE
    first = READ | WRITE | (EXECUTE if jit else 0)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [
        ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long,
    ]  # fmt: skip
    address = libc.mmap(None, size, first, PRIVATE | ANONYMOUS.get(system, 0x20) | jit, -1, 0)
    if address in (None, FAILED):
        raise _refused("reserve memory for", ctypes.get_errno())
    if jit:
        libc.pthread_jit_write_protect_np(0)
    ctypes.memmove(address, code, len(code))
    if jit:
        libc.pthread_jit_write_protect_np(1)
        libc.sys_icache_invalidate(ctypes.c_void_p(address), ctypes.c_size_t(size))
        return int(address)
    libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    # On Linux this makes the instruction cache forget the page as well.
    if libc.mprotect(address, size, READ | EXECUTE) != 0:
        raise _refused("run", ctypes.get_errno())
    return int(address)


def _refused(what: str, number: int) -> Refused:
    name = errno.errorcode.get(number, str(number))
    return Refused(f"the system refuses to {what} generated code ({name}: {os.strerror(number)})")
