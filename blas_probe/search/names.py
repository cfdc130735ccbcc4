# SPDX-License-Identifier: Apache-2.0
"""Which file does a name such as libblas.so.3 lead to here? Looked up as the loader would."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from blas_probe.binary import Binary, Host
from blas_probe.look import first_bytes
from blas_probe.threads.loader import Loader, Opened, loader_of

VARIABLE = "LD_LIBRARY_PATH"
SONAME = re.compile(r"lib[\w.+-]+\.so\.\d+\Z")
ELF_BITS = {1: 32, 2: 64}


def loader_names(
    paths: Iterable[str], environ: Mapping[str, str], host: Host, root: Path = Path("/")
) -> dict[str, tuple[str, str | None]]:
    """Name -> real path with this environment, and without the loader's variable.

    The names are those of `paths` that a program could ask for; names without an answer are left
    out.
    """
    names = sorted({name for path in paths if SONAME.match(name := path.rsplit("/", 1)[-1])})
    with_it = loader_of(root, environ)
    without = loader_of(root, {})
    program = Binary(
        "elf", None, host.machine, (host.machine,), 64, True, None, (), (), None, None,
        frozenset(), frozenset(),
    )  # fmt: skip
    asker = Opened(root / "program", program, None)
    found = {}
    for name in names:
        now = first(with_it, name, asker)
        if now is not None:
            found[name] = (now, first(without, name, asker))
    return found


def first(loader: Loader, name: str, asker: Opened) -> str | None:
    """The first file on the loader's way that this machine could open."""
    for path in loader.candidates(name, asker):
        head = first_bytes(path, 5)
        if head[:4] == b"\x7fELF" and ELF_BITS.get(head[4]) == asker.file.bits:
            return str(path.resolve())
    return None
