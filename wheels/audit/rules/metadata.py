# SPDX-License-Identifier: Apache-2.0
"""Do the file name, WHEEL and METADATA agree?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.metadata import InvalidMetadata, Metadata
from packaging.tags import parse_tag
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from wheels.audit.facts import Facts
from wheels.audit.finding import Finding, error, remark, some, warning

INFO = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)\.dist-info")


def file_name(facts: Facts) -> Iterator[Finding]:
    """The file name is one of a wheel, and the folder of metadata belongs to it."""
    wheel = facts.wheel
    if wheel.name_problem:
        yield error(
            "file-name", "", f"{wheel.path.name} is no name of a wheel: {wheel.name_problem}",
            "name it <name>-<version>-<python>-<abi>-<platform>.whl",
        )  # fmt: skip
        return
    match = INFO.fullmatch(wheel.info)
    told = (match["name"], match["version"]) if match else (wheel.info, "")
    if not _same(told, (wheel.distribution, wheel.version)):
        yield error(
            "name-differs", wheel.info,
            f"the file name says {wheel.distribution} {wheel.version}, its folder of metadata "
            f"{' '.join(told)}: pip refuses the wheel",
            "rename nothing by hand; make the wheel again",
        )  # fmt: skip


def _same(one: tuple[str, str], other: tuple[str, str]) -> bool:
    try:
        same = Version(one[1]) == Version(other[1])
    except InvalidVersion:
        same = one[1] == other[1]
    return same and canonicalize_name(one[0]) == canonicalize_name(other[0])


def wheel_file(facts: Facts) -> Iterator[Finding]:
    """WHEEL is there, can be read, and names the tags of the file name."""
    wheel, place = facts.wheel, f"{facts.wheel.info}/WHEEL"
    if "WHEEL" not in wheel.texts:
        yield error("wheel-missing", place, "there is no WHEEL: pip refuses this", "make it again")
        return
    fields = wheel.headers("WHEEL")
    version = str(fields.get("Wheel-Version", ""))
    if not re.fullmatch(r"1\.\d+", version):
        text = f"Wheel-Version is {version or 'missing'}; installers know 1.0"
        yield error("wheel-version", place, text, "make the wheel with a current tool")
    lines = [str(line) for line in fields.get_all("Tag") or []]
    for line in lines:
        if line.count("-") != 2:
            yield error("wheel-tag", place, f"{line} is no tag", "make the wheel again")
    told = frozenset(tag for line in lines if line.count("-") == 2 for tag in parse_tag(line))
    if wheel.tags and told != wheel.tags:
        more = sorted(str(tag) for tag in wheel.tags - told)
        less = sorted(str(tag) for tag in told - wheel.tags)
        parts = [f"only the file name says {some(more)}"] if more else []
        parts += [f"only WHEEL says {some(less)}"] if less else []
        yield error(
            "tag-differs", place, "; ".join(parts),
            "change tags with `wheel tags`, which writes both",
        )  # fmt: skip
    pure = str(fields.get("Root-Is-Purelib", "")).lower()
    if pure == "true" and facts.files:
        yield remark(
            "purelib", place, "Root-Is-Purelib is true, and native files are inside",
            "let the build tool know of the extension modules",
        )  # fmt: skip


def metadata_file(facts: Facts) -> Iterator[Finding]:
    """METADATA is there, valid, and of this distribution."""
    wheel, place = facts.wheel, f"{facts.wheel.info}/METADATA"
    if "METADATA" not in wheel.texts:
        yield error("metadata-missing", place, "there is no METADATA", "make the wheel again")
        return
    fields = wheel.headers("METADATA")
    told = (str(fields.get("Name", "")), str(fields.get("Version", "")))
    if not wheel.name_problem and not _same(told, (wheel.distribution, wheel.version)):
        yield error(
            "name-differs", place,
            f"the file name says {wheel.distribution} {wheel.version}, METADATA {' '.join(told)}",
            "make the wheel again",
        )  # fmt: skip
    try:
        Metadata.from_email(wheel.texts["METADATA"], validate=True)
    except ExceptionGroup as group:
        texts = sorted(
            f"{one.field}: {one}" if isinstance(one, InvalidMetadata) else str(one)
            for one in group.exceptions
        )
        yield remark(
            "metadata-invalid", place, f"not as the standard says: {some(texts)}",
            "indexes may refuse it; see packaging.python.org, core metadata",
        )  # fmt: skip
    if not fields.get("Requires-Python"):
        yield remark(
            "requires-python", place, "Requires-Python is missing", "name the oldest Python"
        )
    if wheel.tags and not fields.get("Name"):
        yield warning("metadata-invalid", place, "Name is missing", "make the wheel again")
