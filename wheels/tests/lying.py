# SPDX-License-Identifier: Apache-2.0
"""A library whose BLAS and LAPACK routines return at once, for LD_PRELOAD."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROUTINES = ("dgemm", "dtrsm", "dsyrk", "dgesv", "dgetrf", "dpotrf", "dsyevd", "dsyevr", "dsyev")
SPELLINGS = ("{}_", "scipy_{}_", "scipy_{}_64_", "{}_64_")
UNPROTECTED = """
#define _GNU_SOURCE
#include <dlfcn.h>
void* dlopen(const char* file, int flags) {
    void* (*real)(const char*, int) = (void* (*)(const char*, int))dlsym(RTLD_NEXT, "dlopen");
    return real(file, flags & ~RTLD_DEEPBIND);
}
"""


def compiled(source: str, path: Path) -> Path:
    """Compile C to a shared library."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("needs a C compiler on Linux")
    path.with_suffix(".c").write_text(source)
    words: list[str | Path] = [
        compiler,
        "-shared",
        "-fPIC",
        "-o",
        path,
        path.with_suffix(".c"),
        "-ldl",
    ]
    subprocess.run(words, check=True, timeout=60)
    return path


def liar() -> str:
    """C of a library whose routines return at once."""
    names = [text.format(name) for text in SPELLINGS for name in ROUTINES]
    return "\n".join(f"void {name}(void) {{}}" for name in names)
