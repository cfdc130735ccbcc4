# SPDX-License-Identifier: Apache-2.0
"""`--pkg-config DIR`: a folder of .pc files for whatever was found."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from blas_probe.errors import NotChosen, UsageError
from blas_probe.library import UNKNOWN
from blas_probe.recipe import Recipes
from blas_probe.write import files, flags
from blas_probe.write.linking import PORTABLE, Linked, linked, unversioned
from blas_probe.write.offers import NOTHING, Offer, chosen, offers

if TYPE_CHECKING:
    from blas_probe.cli.run import Run
    from blas_probe.found import Found

FIRST = "# Written by blas_probe; the facts in it were measured by calling the libraries.\n"
LINKS = "links"
INTERFACE: Mapping[object, str] = {32: "lp64", 64: "ilp64"}
# pkg-config takes ${pcfiledir} as text: these would be read by whoever comes after it.
MADE = "*-" + "[0-9a-f]" * 8
"""The names that link_folder gives."""
UNFIT = re.compile(r"[$,'\"\\\t\r\n]")
SPECIAL = re.compile(r"([\\\"'\s()&;|<>`*?~#])")


def pkg_config(found: Found, run: Run, folder: Path) -> str:
    """Write the folder, and say what is in it."""
    if run.use is not None:
        chosen(found, run.use)  # a variant that does not exist here is told, not passed over
    made = offers(found, run.recipes, use=run.use)
    write_folder(folder, made, run.recipes)
    if not made:
        raise NotChosen(f"{folder}: {NOTHING}")
    lines = [f"{folder}: {len(made)} .pc files"]
    lines += [f"  {offer.name}: {', '.join(one.path for one in offer.libraries)}" for offer in made]
    return "\n".join(lines) + "\n"


def write_folder(folder: Path, made: list[Offer], recipes: Recipes) -> None:
    """Write one .pc file for each offer, and the links that they need; remove older ones."""
    refuse(folder, [folder / f"{offer.name}.pc" for offer in made])
    files.make_folder(folder)
    kept: set[Path] = set()
    texts = {}
    for offer in made:
        parts = [
            _with_links(part, folder / LINKS / link_folder(part.path), kept)
            for part in linked(offer.libraries)
        ]
        if not PORTABLE.match(str(folder.absolute())):
            parts = [_without_last_resort(part) for part in parts]
        includes = [_include(one, folder, kept) for one in flags.includes(offer.libraries)]
        texts[f"{offer.name}.pc"] = text(offer, parts, includes, recipes)
    for name, content in texts.items():
        files.write_text(folder / name, content)
    files.remove_stale(folder, ".pc", FIRST, set(texts))
    files.remove_links(folder / LINKS, MADE, kept)


def refuse(folder: Path, mine: Sequence[Path]) -> None:
    """UsageError for a folder where something would be lost, or that nobody could use."""
    hit = UNFIT.search(str(folder.absolute()))
    if hit:
        msg = f"{folder}: pkg-config and linkers misread {hit[0]!r} in it; give another folder"
        raise UsageError(msg)
    files.refuse_foreign(mine, FIRST)


def _include(path: str, folder: Path, kept: set[Path]) -> str:
    """The word for a folder of headers; through a link where its path would be misread."""
    link = folder / LINKS / link_folder(path) / "include"
    if PORTABLE.match(path) or not files.link(link, path):
        return f"-I{escape(path)}"
    kept.add(link)
    return "-I${pcfiledir}/" + f"{LINKS}/{link_folder(path)}/include"


def _with_links(part: Linked, home: Path, kept: set[Path]) -> Linked:
    """Make the links of a library; where the system allows none, its own folder must do."""
    if not all(files.link(home / name, target) for name, target in part.links.items()):
        name = unversioned(part.path) or f":{Path(part.path).name}"
        return replace(part, name=name, links={}, rpaths=(part.folder,))
    kept.update(home / name for name in part.links)
    return part


def _without_last_resort(part: Linked) -> Linked:
    """Without the folder of the links among the rpaths, unless it is the only one.

    CMake tears an rpath at its blanks; it adds the folder by itself, so nothing is lost there.
    """
    real = tuple(path for path in part.rpaths if path)
    return replace(part, rpaths=real or part.rpaths)


def link_folder(path: str) -> str:
    """A folder for the links to one path: no other path has it, so nothing else is found there."""
    known = hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return re.sub(r"[^\w.+-]+", "-", path.strip("/"), flags=re.ASCII) + f"-{known}"


def text(offer: Offer, parts: list[Linked], includes: list[str], recipes: Recipes) -> str:
    """One .pc file."""
    blas = offer.blas
    home = next((r.home for r in recipes.providers if r.name == blas.provider), "")
    lapack = next((one.lapack_version for one in offer.libraries if one.has_lapack), None)
    naming = flags.naming(blas)
    folders = flags.includes(offer.libraries)
    variables = {
        "libdir": str(Path(blas.path).parent),
        "includedir": folders[0] if folders else "",
        "provider": blas.provider,
        "library": " ".join(one.path for one in offer.libraries),
        "interface": INTERFACE.get(blas.int_bits, UNKNOWN),
        "int_bits": str(blas.int_bits),
        "symbol_prefix": naming.prefix,
        "symbol_suffix": naming.suffix,
        "thread_layer": blas.thread_layer,
        "complex_return": blas.complex_return or "",
        "lapack_version": lapack or "",
    }
    lines = [FIRST.rstrip("\n")]
    lines += [f"# {line}" for line in remarks(offer)]
    lines += [f"{name}={plain(value)}" for name, value in variables.items()]
    fields = {
        "Name": offer.name,
        "Description": plain(description(offer)),
        "URL": home,
        "Version": "0" if blas.version == UNKNOWN else blas.version,
        "Libs": " ".join(word for part in parts for word in link_words(part)),
        "Cflags": " ".join([*includes, *defines(offer)]),
    }
    return (
        "\n".join([*lines, "", *(f"{name}: {value}" for name, value in fields.items() if value)])
        + "\n"
    )


def remarks(offer: Offer) -> list[str]:
    """What a reader of the file should know."""
    said = [offer.remark] if offer.remark else []
    if not flags.naming(offer.blas).right:
        said.append("the usual macros cannot spell both its Fortran and its C names")
    return said


def description(offer: Offer) -> str:
    """One sentence on the set."""
    has = [
        word
        for word, fact in (
            ("BLAS", "has_blas"), ("CBLAS", "has_cblas"), ("LAPACK", "has_lapack"),
            ("LAPACKE", "has_lapacke"),
        )
        if any(getattr(one, fact) for one in offer.libraries)
    ]  # fmt: skip
    names = dict.fromkeys(f"{one.provider} {one.version}" for one in reversed(offer.libraries))
    width = f"{offer.blas.int_bits} bit integers, threads: {offer.blas.thread_layer}"
    return f"{', '.join(has)} of {' and '.join(names)} ({width})"


def link_words(part: Linked) -> list[str]:
    """The words of Libs for one library."""
    links = "${pcfiledir}/" + LINKS + "/" + link_folder(part.path)
    folder = links if part.links else escape(part.folder)
    words = [f"-L{folder}", *(f"-l{name}" for name in (part.name, *part.more))]
    return words + [f"-Wl,-rpath,{escape(path) if path else links}" for path in part.rpaths]


def defines(offer: Offer) -> list[str]:
    """The macros among the words of Cflags."""
    return [f"-D{escape(text)}" for text in flags.defines(offer.libraries)]


def escape(word: str) -> str:
    """A word as pkg-config reads it: blanks and the shell's own characters behind a backslash."""
    return SPECIAL.sub(r"\\\1", word).replace("$", "$$")


def plain(value: str) -> str:
    """A value on one line that names no variable."""
    return re.sub(r"[\r\n]+", " ", value).replace("$", "$$").replace("#", "\\#")
