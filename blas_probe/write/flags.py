# SPDX-License-Identifier: Apache-2.0
"""Names of functions and widths, in the macros that other projects understand. Pure functions."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import NamedTuple

from blas_probe.library import UNKNOWN, Library

SYSTEM = re.compile(r"/usr/(local/)?include(/[^/]+-linux-[^/]+)?\Z")


class Naming(NamedTuple):
    """How the names of a library are made from `dgemm` and `cblas_dgemm`."""

    prefix: str
    suffix: str
    """What goes behind every name, before or after the Fortran underscore."""
    fortran_underscore: bool
    suffix_last: bool
    """The suffix stands after the Fortran underscore."""
    right: bool
    """False when these words cannot say what the library really exports."""

    def fortran(self, routine: str) -> str:
        """The Fortran name of `routine` that a reader of the macros will call."""
        ends = ["_" if self.fortran_underscore else "", self.suffix]
        return self.prefix + routine + "".join(ends if self.suffix_last else reversed(ends))

    def c(self, routine: str) -> str:
        """The C name of `routine` that a reader of the macros will call."""
        return self.prefix + routine + self.suffix


def naming(library: Library) -> Naming:
    """The naming whose Fortran and C names are those that the library exports."""
    suffix, c_suffix = library.suffix, library.cblas_suffix
    choices = []
    if suffix.startswith("_"):
        choices.append(Naming(library.prefix, suffix[1:], True, True, True))
    if suffix.endswith("_") and suffix != "_":
        choices.append(Naming(library.prefix, suffix[:-1], True, False, True))
    choices.append(Naming(library.prefix, suffix, False, True, True))
    for choice in choices:
        if c_suffix in (None, choice.suffix):
            return choice
    return choices[0]._replace(right=False)


def naming_defines(library: Library) -> tuple[str, ...]:
    """The macros by which NumPy and SciPy spell the library's functions."""
    if UNKNOWN in (library.prefix, library.suffix):
        return ()
    names = naming(library)
    defines = []
    if names.prefix:
        defines.append(f"BLAS_SYMBOL_PREFIX={names.prefix}")
    if names.suffix:
        defines.append(f"BLAS_SYMBOL_SUFFIX={names.suffix}")
        if names.fortran_underscore and names.suffix_last:
            defines.append("OPENBLAS_ILP64_NAMING_SCHEME")
    if not names.fortran_underscore:
        defines.append("NO_APPEND_FORTRAN")
    if library.int_bits == 64:
        defines.append("HAVE_BLAS_ILP64")
    return tuple(defines)


def header_defines(library: Library) -> tuple[str, ...]:
    """The macros that the library's own headers need, each once."""
    usable = [header for header in library.headers if header.pair != "refused"]
    return tuple(dict.fromkeys(text for header in usable for text in header.defines))


def include_folders(library: Library) -> tuple[str, ...]:
    """Folders of the headers that belong to the library; not those that every compiler knows."""
    usable = [header for header in library.headers if header.pair != "refused"]
    folders = dict.fromkeys(str(PurePath(header.path).parent) for header in usable)
    return tuple(folder for folder in folders if not SYSTEM.match(folder))


def defines(libraries: tuple[Library, ...]) -> tuple[str, ...]:
    """All macros for a set of libraries that go together; those of the BLAS count for names."""
    blas = next((one for one in libraries if one.has_blas), libraries[0])
    own = [text for library in libraries for text in header_defines(library)]
    return tuple(dict.fromkeys([*naming_defines(blas), *own]))


def includes(libraries: tuple[Library, ...]) -> tuple[str, ...]:
    """All header folders for a set of libraries, in their order."""
    return tuple(dict.fromkeys(folder for one in libraries for folder in include_folders(one)))
