# SPDX-License-Identifier: Apache-2.0
"""Does the system's loader take the files at all?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wheels.audit.facts import Facts, File
from wheels.audit.finding import LEVELS, MAKE, Finding, error, size_text, warning
from wheels.audit.image import Image
from wheels.audit.rows import Level, Pages
from wheels.audit.tags import dotted

# First C library that reads packed relocations. Images of musllinux have a newer musl than the tag
# says, and make libraries with them: there it is no more than a remark.
PACKED: Mapping[str, tuple[tuple[int, ...], Level]] = {
    "glibc": ((2, 36), "error"),
    "musl": ((1, 2, 4), "remark"),
}
# What glibc keeps free for libraries that are loaded later (rtld.optional_static_tls, TLS surplus).
SPARE, ALL_SPARE = 512, 1664


def _libraries(facts: Facts, kind: str) -> Iterator[tuple[File, Image]]:
    for file, image in facts.images():
        if image.format == kind and image.library:
            yield file, image


def stack(facts: Facts) -> Iterator[Finding]:
    """Libraries that want to execute their stack; musl does not ask (pypa/auditwheel#634)."""
    for file, image in _libraries(facts, "elf"):
        if image.loading.executable_stack and image.platform != "linux-musl":
            yield error(
                "executable-stack", file.name,
                "wants to execute its stack: with glibc 2.41 and newer Python cannot import it",
                "link with -Wl,-z,noexecstack, or `patchelf --clear-execstack` on the file",
            )  # fmt: skip


def pages(facts: Facts) -> Iterator[Finding]:
    """Segments that do not fit the pages of memory that kernels have (numpy/numpy#16677)."""
    for file, image in _libraries(facts, "elf"):
        page = image.loading.page
        rows = [row for row in facts.rows.pages if image.machine in row.machines]
        small = [row for row in rows if page is not None and page % row.size]
        if small:
            yield _too_small(file, page, small)
        if image.loading.misplaced:
            yield error(
                "misplaced", file.name,
                "a segment's address does not fit its place in the file: the loader refuses it "
                "(address/offset not page-aligned)",
                "link it anew; a tool that edits libraries (an old patchelf, strip) broke it",
            )  # fmt: skip


def _too_small(file: File, page: int | None, rows: list[Pages]) -> Finding:
    level = min((row.level for row in rows), key=LEVELS.index)
    who = ", and ".join(row.users for row in rows)
    return MAKE[level](
        "page-size", file.name,
        f"is laid out for pages of {page} bytes; it cannot be loaded by {who}",
        f"link with -Wl,-z,max-page-size={max(row.size for row in rows)}",
    )  # fmt: skip


def relocations(facts: Facts) -> Iterator[Finding]:
    """Relocations that old loaders do not know, or that write into code."""
    for file, image in _libraries(facts, "elf"):
        for promise in facts.promises if image.loading.packed else ():
            first, level = PACKED.get(promise.libc, ((), "remark"))
            if promise.floor < first:
                yield MAKE[level](
                    "packed-relocations", file.name,
                    f"has packed relocations, which {promise.libc} reads from {dotted(first)} on; "
                    f"the tag {promise.tag} promises {dotted(promise.floor)}, where it crashes",
                    "link with -Wl,-z,nopack-relative-relocs (lld: --pack-dyn-relocs=none)",
                )  # fmt: skip
        if image.loading.text_relocations:
            yield warning(
                "text-relocations", file.name,
                "writes into its own code while it is loaded: SELinux refuses that",
                "compile all of it with -fPIC, and link with -Wl,-z,text",
            )  # fmt: skip


def storage(facts: Facts) -> Iterator[Finding]:
    """Thread-local storage that must be free when a library is loaded late."""
    for file, image in _libraries(facts, "elf"):
        size = image.loading.static_tls
        if size > SPARE and image.platform != "linux-musl":
            yield MAKE["error" if size > ALL_SPARE else "warning"](
                "static-tls", file.name,
                f"takes {size_text(size)} of static thread-local storage; glibc keeps "
                f"{SPARE} to {ALL_SPARE} bytes for all that is imported (cannot allocate memory in "
                "static TLS block)",
                "compile without -ftls-model=initial-exec",
            )  # fmt: skip


def fixed(facts: Facts) -> Iterator[Finding]:
    """Windows' libraries that cannot be moved."""
    for file, image in _libraries(facts, "pe"):
        if image.loading.fixed:
            yield MAKE["warning" if image.machine == "i386" else "error"](
                "fixed-address", file.name,
                "its relocations were removed, so that it runs at one address only, where "
                "something else may be",
                "link without /FIXED; do not strip .reloc",
            )  # fmt: skip


def signatures(facts: Facts) -> Iterator[Finding]:
    """macOS ends a process that loads code whose signature does not hold."""
    for file, image in facts.images():
        fault = image.loading.signature
        if image.format != "mach-o" or fault == "":
            continue
        on_arm = image.machine == "aarch64"
        if fault is None and on_arm:
            yield error(
                "unsigned", file.name,
                "has no signature: macOS on Apple's processors ends every process that loads it",
                "codesign --sign - --force FILE",
            )  # fmt: skip
        elif fault is not None:
            yield MAKE["error" if on_arm else "warning"](
                "signature", file.name,
                f"({image.machine}) {fault}: macOS may end the process that loads it",
                "sign it after the last change: codesign --sign - --force FILE",
            )  # fmt: skip
