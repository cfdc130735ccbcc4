# SPDX-License-Identifier: Apache-2.0
"""`--cmake FILE`: the libraries for CMake projects, by full path.

`cmake -C FILE` fills the cache, so that find_package(BLAS) and find_package(LAPACK) of an
unchanged project take these libraries. A project that includes the file has imported targets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from blas_probe.errors import UsageError
from blas_probe.library import Library
from blas_probe.write import files, flags
from blas_probe.write.offers import Offer, chosen, variants

if TYPE_CHECKING:
    from blas_probe.cli.run import Run
    from blas_probe.found import Found

FIRST = "# Written by blas_probe; the facts in it were measured by calling the libraries.\n"
HEAD = """\
# cmake -C THIS_FILE ...                       find_package(BLAS) and (LAPACK) take these libraries
# cmake -DCMAKE_PROJECT_INCLUDE=THIS_FILE ...  or include(THIS_FILE): imported targets
"""


def cmake(found: Found, run: Run, path: Path) -> str:
    """Write the file, and say what is in it."""
    blas, lapack = chosen(found, run.use)
    sets = variants(found)
    refuse([*blas.libraries, *lapack.libraries])
    files.refuse_foreign([path], FIRST)
    files.write_text(path, text(blas, lapack, sets))
    names = ", ".join(f"blas_probe::{one.name}" for one in sets)
    return (
        f"{path}: {', '.join(library.path for library in lapack.libraries)}\n"
        f"  use it: cmake -C {path} ...\n  imported targets: {names}\n"
    )


def refuse(libraries: Sequence[Library]) -> None:
    """UsageError for a path that CMake itself would tear into several."""
    for path in (one.path for one in libraries):
        if re.search("[,;]", path):
            msg = f"CMake misreads the path {path}; use --pkg-config DIR, which hides it by a link"
            raise UsageError(msg)


def text(blas: Offer, lapack: Offer, sets: Sequence[Offer]) -> str:
    """The whole file."""
    values = cache_values(blas, lapack)
    lines = [FIRST + HEAD]
    lines += [f"set({name} {quote(value)} CACHE STRING {quote(why)} FORCE)"
              for name, (value, why) in values.items()]  # fmt: skip
    lines += ["set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON CACHE BOOL "
              + quote("Installed programs find these libraries") + ")", ""]  # fmt: skip
    lines += ["if(DEFINED PROJECT_NAME)", *(line for one in sets for line in target(one)),
              "endif()"]  # fmt: skip
    return "\n".join(lines) + "\n"


def cache_values(blas: Offer, lapack: Offer) -> Mapping[str, tuple[str, str]]:
    """Name of a cache entry -> its value and its meaning."""
    main = blas.blas
    includes = ";".join(flags.includes(lapack.libraries))
    values = {
        "BLAS_LIBRARIES": (paths(blas), "BLAS"),
        "LAPACK_LIBRARIES": (paths(lapack), "LAPACK and the BLAS that it needs"),
        "BLA_SIZEOF_INTEGER": (str(int(main.int_bits) // 8), "Bytes of a BLAS integer, measured"),
    }
    if any(one.has_cblas for one in blas.libraries):
        values["CBLAS_LIBRARIES"] = (paths(blas), "The C interface of BLAS")
        values["CBLAS_INCLUDE_DIRS"] = (includes, "Headers proven with these libraries")
    if any(one.has_lapacke for one in lapack.libraries):
        values["LAPACKE_LIBRARIES"] = (paths(lapack), "The C interface of LAPACK")
        values["LAPACKE_INCLUDE_DIRS"] = (includes, "Headers proven with these libraries")
    facts = {
        "PROVIDER": main.provider, "VERSION": main.version, "THREAD_LAYER": main.thread_layer,
        "SYMBOL_PREFIX": main.prefix, "SYMBOL_SUFFIX": main.suffix,
        "COMPLEX_RETURN": main.complex_return or "", "INCLUDE_DIRS": includes,
        "COMPILE_DEFINITIONS": ";".join(flags.defines(lapack.libraries)),
    }  # fmt: skip
    return values | {f"BLAS_PROBE_{name}": (value, "Measured") for name, value in facts.items()}


def paths(offer: Offer) -> str:
    """Full paths in link order."""
    return ";".join(one.path for one in offer.libraries)


def target(offer: Offer) -> list[str]:
    """An imported target for one set."""
    name = f"blas_probe::{offer.name}"
    properties = {
        "INTERFACE_LINK_LIBRARIES": paths(offer),
        "INTERFACE_INCLUDE_DIRECTORIES": ";".join(flags.includes(offer.libraries)),
        "INTERFACE_COMPILE_DEFINITIONS": ";".join(flags.defines(offer.libraries)),
    }
    set_lines = [f"      {key} {quote(value)}" for key, value in properties.items() if value]
    return [
        f"  if(NOT TARGET {name})",
        f"    add_library({name} INTERFACE IMPORTED)",
        f"    set_target_properties({name} PROPERTIES",
        *set_lines[:-1],
        f"{set_lines[-1]})",
        "  endif()",
    ]


def quote(value: str) -> str:
    """A quoted argument; nothing in it is looked up."""
    return '"' + re.sub(r'([\\"$])', r"\\\1", value) + '"'
