# SPDX-License-Identifier: Apache-2.0
"""Which files and folders decided what a loaded library is and does? Child only."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Collection, Iterable
from pathlib import Path

from blas_probe.call.answers import loaded_files

LOADER_CACHE = "/etc/ld.so.cache"


class Object(ctypes.Structure):
    """The beginning of dl_phdr_info."""

    _fields_ = (("address", ctypes.c_void_p), ("name", ctypes.c_char_p))


def behind(path: Path, rpaths: Iterable[str], before: Collection[Path]) -> list[str]:
    """All files in this process, by the names that the loader used and by their real ones.

    Also the folders in which another file of the same name could appear and win.
    """
    names = {str(path), *loader_names(), *map(str, loaded_files())}
    new = {name for name in names if Path(name) not in before}
    searched = [os.path.dirname(name) for name in new]  # noqa: PTH120
    searched += filter(None, os.environ.get("LD_LIBRARY_PATH", "").split(":"))
    searched += [folder.replace("${ORIGIN}", "$ORIGIN").replace("$ORIGIN", str(path.parent))
                 for folder in rpaths]  # fmt: skip
    return sorted({*names, *searched, LOADER_CACHE})


def tried(path: Path) -> list[str]:
    """Where the loader looked for all that a library needs, when it could not be loaded."""
    from blas_probe.threads.closure import closure  # seldom needed, and slow to import
    from blas_probe.threads.loader import loader_of

    loader = loader_of(environ=os.environ)
    names = {str(path), str(path.parent), LOADER_CACHE}
    for one in closure([path], loader).opened:
        names.add(str(one.path))
        for needed in one.file.needed:
            names |= {str(place) for place in loader.candidates(needed, one)}
    return sorted(names)


def loader_names() -> list[str]:
    """The loaded files as the loader found them, links and all (empty where it cannot tell)."""
    iterate = getattr(ctypes.CDLL(None), "dl_iterate_phdr", None)
    if iterate is None:
        return []
    names: list[str] = []

    def note(info: ctypes._Pointer[Object], _size: int, _data: object) -> int:
        name = os.fsdecode(info.contents.name or b"")
        if name.startswith("/"):
            names.append(name)
        return 0

    kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Object), ctypes.c_size_t, ctypes.c_void_p)
    iterate(kind(note), None)
    return names
