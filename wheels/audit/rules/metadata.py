# SPDX-License-Identifier: Apache-2.0
"""Do the file name, WHEEL and METADATA agree?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.metadata import InvalidMetadata, Metadata
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag, parse_tag
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from wheels.audit.facts import Facts
from wheels.audit.finding import Finding, error, remark, some, warning

INFO = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)\.dist-info")
READ = ("name", "version", "requires-dist")
"""The fields without which no installer goes on."""
DECODED = ("METADATA", "WHEEL", "RECORD", "entry_points.txt")
INTERPRETER = re.compile(r"(?P<kind>py|cp|pp)(?P<major>[23])_?(?P<minor>\d*)")
NEWEST = 60
"""No Python has so many minor or micro versions."""
DIRECT = re.compile(r"[\w.\-\s]+(\[[^\]]*\])?\s*@")


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
        yield from _invalid(place, group)
    if not fields.get("Requires-Python"):
        yield remark(
            "requires-python", place, "Requires-Python is missing", "name the oldest Python"
        )


def _invalid(place: str, group: ExceptionGroup[Exception]) -> Iterator[Finding]:
    """What installers cannot read is an error; the rest concerns indexes."""
    told: dict[bool, list[str]] = {True: [], False: []}
    for one in group.exceptions:
        field = one.field if isinstance(one, InvalidMetadata) else ""
        told[field in READ].append(f"{field}: {one}" if field else str(one))
    if told[True]:
        yield error(
            "metadata-invalid", place, f"{some(sorted(told[True]))}: installers refuse the wheel",
            "correct it in the project's own metadata; see packaging.python.org, core metadata",
        )  # fmt: skip
    if told[False]:
        yield remark(
            "metadata-invalid", place, f"not as the standard says: {some(sorted(told[False]))}",
            "indexes may refuse it; see packaging.python.org, core metadata",
        )  # fmt: skip


def texts(facts: Facts) -> Iterator[Finding]:
    """One folder of metadata, whose texts are UTF-8."""
    wheel = facts.wheel
    if len(wheel.infos) > 1:
        yield error(
            "several-metadata", "", f"has the folders {some(wheel.infos)}: installers want one",
            "make the wheel again in an empty folder",
        )  # fmt: skip
    for name, reason in sorted(wheel.undecodable.items()):
        if name in DECODED:
            yield error(
                "not-utf8", f"{wheel.info}/{name}", f"is not UTF-8: {reason}; pip refuses it",
                "write the project's metadata as UTF-8, and make the wheel again",
            )  # fmt: skip


def python_versions(facts: Facts) -> Iterator[Finding]:
    """Requires-Python allows at least one Python that the tags are for."""
    wheel = facts.wheel
    told = str(wheel.headers("METADATA").get("Requires-Python", ""))
    try:
        allowed = SpecifierSet(told)
    except InvalidSpecifier:
        return
    ranges = {_minors(tag) for tag in wheel.tags}
    if told and ranges and not any(_allows(allowed, one) for one in ranges):
        yield error(
            "requires-python", f"{wheel.info}/METADATA",
            f"Requires-Python is {told}, and the tag is for "
            f"{some(sorted({tag.interpreter for tag in wheel.tags}))}: nobody can install it",
            "correct Requires-Python, or build for a Python that it allows",
        )  # fmt: skip


def _minors(tag: Tag) -> tuple[int, range] | None:
    """The major version and the minor ones that a tag is for; None: any."""
    match = INTERPRETER.fullmatch(tag.interpreter)
    if not match:
        return None
    major, least = int(match["major"]), int(match["minor"] or 0)
    exact = match["minor"] and match["kind"] != "py" and not tag.abi.startswith("abi3")
    return major, range(least, least + 1 if exact else NEWEST)


def _allows(allowed: SpecifierSet, minors: tuple[int, range] | None) -> bool:
    """Does it allow any release of these Pythons?"""
    return minors is None or any(
        allowed.contains(f"{minors[0]}.{minor}.{micro}")
        for minor in minors[1]
        for micro in range(NEWEST)
    )


def references(facts: Facts) -> Iterator[Finding]:
    """What METADATA points at: other distributions by name, files of licences that are inside."""
    wheel, place = facts.wheel, f"{facts.wheel.info}/METADATA"
    fields = wheel.headers("METADATA")
    for line in map(str, fields.get_all("Requires-Dist") or []):
        if DIRECT.match(line):
            yield warning(
                "direct-url", place, f"requires {line}: PyPI refuses requirements with a URL",
                "require a released version by its name",
            )  # fmt: skip
    inside = [one.name for one in wheel.members if one.name.startswith(f"{wheel.info}/")]
    names = {name.rpartition("/")[2] for name in inside}  # older tools take other folders there
    for path in map(str, fields.get_all("License-File") or []):
        if path.rpartition("/")[2] not in names:
            yield warning(
                "licence-absent", place, f"names the licence {path}, which is not in {wheel.info}: "
                "indexes may refuse the wheel", f"put it there as licenses/{path}",
            )  # fmt: skip
