# SPDX-License-Identifier: Apache-2.0
"""Does every function that a file asks for stand in a library that it needs?

What musl's files and macOS' ask for is not looked at: musl's own names have no versions either,
and on macOS each name says by itself which library it is of, which is not read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from wheels.audit.facts import Facts, File
from wheels.audit.finding import Finding, error, remark, some, warning
from wheels.audit.image import Image
from wheels.audit.reach import Tree, is_module
from wheels.audit.rows import matches

PYTHON = ("Py", "_Py")
# Libraries all of whose names have versions: a name without one is of another library.
VERSIONED = re.compile(
    r"(?:libc|libm|libmvec|libpthread|libdl|librt|libutil|libresolv|libnsl|libcrypt|libstdc\+\+"
    r"|libgcc_s|ld64|ld-linux[\w-]*)\.so[\d.]*"
)
# Names that Python's program brings, whoever forgot to link to them: of libm, libdl, libpthread...
BROUGHT = re.compile(
    r"(?:pthread|sem|shm|mq|clock|timer|aio)_\w+|dl(?:open|sym|v?close|error|addr1?|vsym|mopen)"
    r"|openpty|forkpty|login_tty"
    r"|c?(?:a?(?:sin|cos|tan)h?|exp|log|log10|pow|sqrt|abs|arg|imag|real|proj)[fl]?|conj[fl]?"
    r"|(?:atan2|exp2|exp10|expm1|log2|log1p|logb|ilogb|cbrt|hypot|erfc?|[lt]gamma|gamma|ceil"
    r"|floor|trunc|l?l?(?:round|rint)|roundeven|nearbyint|fmod|remainder|remquo|drem|fma|fdim"
    r"|fmax|fmin|fabs|frexp|ldexp|modf|scalbl?n?|significand|copysign|nan|nextafter|nexttoward"
    r"|sincos|[jy][01n]|lgamma\w*_r|next(?:up|down)|llogb)[fl]?|__\w+_finite"
    r"|(?:__)?(?:is(?:nan|inf|signaling)|finite|signbit|fpclassify)[fl]?"
    r"|fe(?:clear|get|raise|set|test|hold|update|enable|disable)\w+"
)
LINK = "link it to the library that has them, and let the repair keep that NEEDED"


def undefined(facts: Facts) -> Iterator[Finding]:
    """Linux: names that neither what a file needs nor what loads it defines."""
    links = _Links(facts)
    for file, image in facts.images():
        asked = {name for name in image.asked.get("", ()) if not _is_brought(name)}
        if not asked or not _asks_glibc(image):
            continue
        loaders = links.loaders(file)
        around = links.loaded_by(loaders)
        if not all(VERSIONED.fullmatch(name) for one in around for name in links.outside[one]):
            continue  # it may be there
        missing = asked - links.names(around, asked)
        if missing:
            there = links.names(links.files, missing)
            imported = any(is_module(links.files[one]) for one in loaders)
            yield from _undefined(facts, file, missing, there, imported=imported)


def _undefined(
    facts: Facts, file: File, missing: set[str], there: set[str], *, imported: bool
) -> Iterator[Finding]:
    """What to say of missing names; `there` are those that other files of the wheel define."""
    text = f"asks for {some(sorted(missing))}, which no library defines that is loaded with it"
    stem = file.base.partition(".")[0].removeprefix("lib")
    opened = any(stem in script for script in facts.scripts)
    if not (imported or opened):
        if missing != there:
            yield remark("undefined", file.name, f"{text}: what opens it must bring them", LINK)
    elif missing == there and any("RTLD_GLOBAL" in script for script in facts.scripts):
        yield remark("undefined", file.name, f"{text}: Python code must load them before", LINK)
    else:
        text += " (another file of the wheel does)" if missing == there else ""
        make = error if imported else warning
        yield make("undefined", file.name, f"{text}: it cannot be loaded", LINK)


class _Links:
    """Which file of the wheel loads which one, and what each needs from outside."""

    def __init__(self, facts: Facts) -> None:
        tree = Tree(facts)
        self.files = {file.name: file for file in facts.files}
        self.below: dict[str, set[str]] = {name: set() for name in self.files}
        self.above: dict[str, set[str]] = {name: set() for name in self.files}
        self.outside: dict[str, set[str]] = {name: set() for name in self.files}
        for file, image in facts.images():
            for name in image.needed:
                there = tree.find(file, image, name).file
                if there is None:
                    self.outside[file.name].add(name)
                else:
                    self.below[file.name].add(there.name)
                    self.above[there.name].add(file.name)

    def loaders(self, file: File) -> set[str]:
        """The file, and all that load it."""
        return _reached([file.name], self.above)

    def loaded_by(self, files: Iterable[str]) -> set[str]:
        """The files, and all that is loaded with them."""
        return _reached(files, self.below)

    def names(self, files: Iterable[str], wanted: set[str]) -> set[str]:
        """Which of these names do the files define?"""
        images = (image for one in files for image in self.files[one].images)
        return {name for image in images for name in wanted & image.defined}


def _reached(start: Iterable[str], edges: Mapping[str, set[str]]) -> set[str]:
    found, waiting = set[str](), list(start)
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += edges[one]
    return found


def _asks_glibc(image: Image) -> bool:
    """Was it linked to glibc, which has a version for each of its own names?"""
    return any(
        library.startswith("libc.so.") and version.startswith("GLIBC_")
        for library, version in image.versions
    )


def _is_brought(name: str) -> bool:
    return name.startswith(PYTHON) or BROUGHT.fullmatch(name) is not None


def not_exported(facts: Facts) -> Iterator[Finding]:
    """Windows: names asked of a DLL inside the wheel that it does not export."""
    tree = Tree(facts)
    system = facts.rows.system_libraries("windows")
    for file, image in facts.images():
        for library, asked in image.asked.items() if image.format == "pe" else ():
            if matches(library, system):
                continue  # the one that was loaded first counts
            found = tree.find(file, image, library)
            there = [found.file] if found.reached and found.file else tree.named(library)
            exported = {name for one in there for its in one.images for name in its.defined}
            missing = sorted(asked - exported)
            if there and all(one.images for one in there) and missing:
                make = error if found.reached else warning  # Python code says where to look
                yield make(
                    "undefined", file.name,
                    f"asks {library} for {some(missing)}, which {there[0].name} does not export: "
                    "it cannot be loaded",
                    "bundle the release of the library that it was linked to",
                )  # fmt: skip
