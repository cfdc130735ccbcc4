# SPDX-License-Identifier: Apache-2.0
"""Compile the reference BLAS, LAPACK and CBLAS once; a mutant's files alone are compiled again."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from core.tests.mutants import fetch
from core.tests.mutants.rows import LETTERS, Mutant

SONAME = "libblas.so.3"
ALIAS = "liblapack.so.3"
MODULES = ("SRC/la_constants.f90", "SRC/la_xisnan.F90")
INSTALLED = ("dlamch", "slamch", "ilaver", "droundup_lwork", "sroundup_lwork")
NEEDS_XBLAS = re.compile(r"\bBLAS_[A-Z]|\w(?:_EXTENDED|RFSX|SVXX)\b")
LINK = ("-shared", "-Wl,-z,now", f"-Wl,-soname,{SONAME}")
PROGRAMS = tuple(f"{letter}blat{level}" for level in (1, 2, 3) for letter in LETTERS)


class BuildError(Exception):
    """A compiler refused; the text is what it said."""


def run(command: Sequence[str | Path], cwd: Path) -> None:
    """Run a compiler or linker."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise BuildError(f"{' '.join(words[:12])} ...\n{done.stderr[-3000:]}")


def c_compiler() -> str:
    """The C compiler of this machine."""
    return os.environ.get("CC") or "cc"


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The unpacked source with its objects."""

    source: Path
    objects: Path
    fortran: Path

    def command(self, path: Path) -> list[str]:
        """How a file is compiled."""
        if path.suffix == ".c":
            folders = (self.source / "CBLAS/include", self.objects)
            return [c_compiler(), "-O2", "-fPIC", "-DADD_", *(f"-I{one}" for one in folders), "-c"]
        return [str(self.fortran), "-O2", "-fPIC", f"-I{self.objects}", "-c"]

    def compile(self, paths: Sequence[Path], folder: Path) -> None:
        """Compile files of one language into `folder`, as <name>.o."""
        run([*self.command(paths[0]), *paths], folder)

    def files(self) -> list[Path]:
        """Every file of the libraries, in the order of linking."""
        lapack = [*self.source.glob("SRC/*.[fF]"), *self.source.glob("SRC/[!l]*.f90")]
        lapack += self.source.glob("SRC/DEPRECATED/*.f")
        blas = {path.name for path in self.source.glob("BLAS/SRC/*")}  # LAPACK has some of them too
        return [
            *(self.source / name for name in MODULES),
            *sorted(path for path in lapack if path.name not in blas and _plain(path)),
            *(self.source / f"INSTALL/{name}.f" for name in INSTALLED),
            *sorted([*self.source.glob("BLAS/SRC/*.f"), *self.source.glob("BLAS/SRC/*.f90")]),
            *sorted(self.source.glob("CBLAS/src/*sub.f")),
            *sorted(self.source.glob("CBLAS/src/cblas_*.c")),
        ]

    def link(self, target: Path, instead: Iterable[Path] = ()) -> None:
        """Link every object, but those that `instead` has under the same name."""
        ours = {path.name: path for path in instead}
        names = [f"{path.stem}.o" for path in self.files()]
        objects = [ours.get(name, self.objects / name) for name in names]
        listing = target.with_suffix(".objects")
        listing.write_text("\n".join(str(path) for path in objects), encoding="utf-8")
        run([c_compiler(), *LINK, "-o", target, f"@{listing}", _runtime(self.fortran), "-lm"],
            target.parent)  # fmt: skip
        alias = target.parent / ALIAS
        alias.unlink(missing_ok=True)
        alias.symlink_to(target.name)


def _plain(path: Path) -> bool:
    return NEEDS_XBLAS.search(path.read_text(encoding="latin-1")) is None


def _runtime(fortran: Path) -> str:
    """The Fortran run-time as a word for the linker."""
    asked = [str(fortran), "-print-file-name=libgfortran.so.5"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


def reference(work: Path, jobs: int = 2) -> Reference:
    """Fetch and compile, as far as it was not done before."""
    objects = work / "objects"
    made = Reference(source=fetch.source(work), objects=objects, fortran=fetch.fortran(work))
    done = objects / "done"
    if done.exists():
        return made
    objects.mkdir(parents=True, exist_ok=True)
    mangling = made.source / "CBLAS/include/cblas_mangling_with_flags.h.in"
    shutil.copy(mangling, objects / "cblas_mangling.h")
    made.compile([made.source / name for name in MODULES], objects)
    left = [path for path in made.files() if not (objects / f"{path.stem}.o").exists()]
    groups = [[path for path in left if (path.suffix == ".c") == is_c] for is_c in (False, True)]
    batches = [group[i : i + 40] for group in groups for i in range(0, len(group), 40)]
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        for batch in pool.map(lambda paths: made.compile(paths, objects), batches):
            assert batch is None
    done.touch()
    return made


def programs(made: Reference, library: Path, work: Path) -> Path:
    """xblat1-3 of four types, linked to libblas.so.3 wherever the loader finds it."""
    folder = work / "xblat"
    folder.mkdir(exist_ok=True)
    for name in PROGRAMS:
        if not (folder / name).exists():
            text = made.source / f"BLAS/TESTING/{name}.f"
            run([made.fortran, "-O1", "-w", "-fallow-argument-mismatch", "-c", text], folder)
            # Exported: their xerbla stands for the library's own.
            run([c_compiler(), f"{name}.o", library, _runtime(made.fortran), "-lm", "-o", name,
                 "-Wl,--export-dynamic"], folder)  # fmt: skip
    return folder


def plant(made: Reference, mutant: Mutant, folder: Path) -> Path:
    """The library with one text of the source replaced, in every type of the row."""
    folder.mkdir(parents=True, exist_ok=True)
    touched = []
    for letter in mutant.types:
        original = made.source / mutant.fill(mutant.file, letter)
        text = _without_comments(original.read_text(encoding="latin-1"))
        find, put = (mutant.fill(part, letter) for part in (mutant.find, mutant.put))
        if text.count(find) != 1:
            msg = f"{mutant.id}: {original} holds the text of `find` {text.count(find)} times"
            raise BuildError(msg)
        changed = folder / original.name
        changed.write_text(text.replace(find, put), encoding="latin-1")
        made.compile([changed], folder)
        touched.append(changed.with_suffix(".o"))
    target = folder / SONAME
    made.link(target, touched)
    return target


def _without_comments(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if line[0] not in "*!")


def key_of(*parts: object) -> str:
    """A short name for what something was made of."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:16]
