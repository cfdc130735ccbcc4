# SPDX-License-Identifier: Apache-2.0
"""The differences between two wheels; only native files that differ are read once more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from wheels.compare.facts import File, Wheel
from wheels.compare.importance import Rule, rule_for
from wheels.compare.native import Native, extensions, plain

Equal = Literal["bytes", "contents", ""]
SAID: Mapping[Equal, str] = {
    "bytes": "the same bytes",
    "contents": "the same contents",
    "": "different contents",
}
NATIVE = "(native)"
LIBRARY = "(library)"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that is not the same."""

    topic: str
    where: str
    """The file, field or tag; empty for the wheel itself."""
    gone: tuple[str, ...] = ()
    """What only the first one has."""
    come: tuple[str, ...] = ()
    """What only the second one has."""
    rule: Rule

    @property
    def important(self) -> bool:
        """True when it makes the command fail."""
        return self.rule.important


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two wheels and all that differs."""

    a: Wheel
    b: Wheel
    equal: Equal
    differences: tuple[Difference, ...]

    @property
    def important(self) -> tuple[Difference, ...]:
        """Those that matter."""
        return tuple(one for one in self.differences if one.important)


def compare(a: Wheel, b: Wheel) -> Comparison:
    """Everything that differs, in the order of the topics."""
    pairs, moves = paired(a.files, b.files)
    rows = [*_tags(a, b), *_fields(a, b), *_size(a, b), *_lone(a, b, pairs), *moves]
    for before, after in pairs:
        rows += _file(before, after, a.files[before], b.files[after])
    rows += _certificates(a, b)
    return Comparison(a=a, b=b, equal=_equal(a, b), differences=tuple(rows))


def _equal(a: Wheel, b: Wheel) -> Equal:
    if a.digest == b.digest:
        return "bytes"
    one, other = ({name: (f.digest, f.kind) for name, f in w.files.items()} for w in (a, b))
    return "contents" if one == other else ""


def _make(
    topic: str, where: str, gone: Iterable[str], come: Iterable[str], place: str = ""
) -> Difference:
    """`place` is what the rule looks at, when that is not where the user looks."""
    rule = rule_for(topic, place or where)
    return Difference(topic=topic, where=where, gone=tuple(gone), come=tuple(come), rule=rule)


def _sets(topic: str, where: str, a: Iterable[str], b: Iterable[str]) -> Iterator[Difference]:
    gone, come = sorted(set(a) - set(b)), sorted(set(b) - set(a))
    if gone or come:
        yield _make(topic, where, gone, come)


def _texts(topic: str, where: str, a: str, b: str) -> Iterator[Difference]:
    yield from _sets(topic, where, [a] if a else [], [b] if b else [])


def _tags(a: Wheel, b: Wheel) -> Iterator[Difference]:
    yield from _sets("tag", "", a.tags, b.tags)


def _fields(a: Wheel, b: Wheel) -> Iterator[Difference]:
    for name in sorted({*a.fields, *b.fields}):
        yield from _sets("field", name, a.fields.get(name, ()), b.fields.get(name, ()))


def _size(a: Wheel, b: Wheel) -> Iterator[Difference]:
    for where, one, other in (("packed", a.size, b.size), ("unpacked", a.unpacked, b.unpacked)):
        yield from _texts("size", where, str(one), str(other))


def paired(
    a: Mapping[str, File], b: Mapping[str, File]
) -> tuple[list[tuple[str, str]], list[Difference]]:
    """Files of the same name; and native files of another folder or hash, which are told."""
    pairs = [(name, name) for name in a if name in b]
    left = {stem(name): name for name in b if name not in a and b[name].native}
    moves = []
    for name in a:
        other = left.pop(stem(name), None) if name not in b and a[name].native else None
        if other is not None:
            pairs.append((name, other))
            moves.append(_make("moved", other, [name], [other]))
    return sorted(pairs), moves


def stem(name: str) -> str:
    """What a native file is called whatever its folder, hash, version, Python and system."""
    return plain(name.rpartition("/")[2]).partition(".")[0]


def _lone(a: Wheel, b: Wheel, pairs: Iterable[tuple[str, str]]) -> Iterator[Difference]:
    befores, afters = {one for one, _ in pairs}, {other for _, other in pairs}
    for name in sorted(set(a.files) - befores):
        yield _make("removed", name, [f"{a.files[name].size} bytes"], [])
    for name in sorted(set(b.files) - afters):
        yield _make("added", name, [], [f"{b.files[name].size} bytes"])


def _file(before: str, after: str, one: File, other: File) -> Iterator[Difference]:
    if one.kind != other.kind:
        library = other.native is not None and other.native.library
        place = LIBRARY if library and "link" not in (one.kind, other.kind) else after
        yield _make("kind", after, [one.kind], [other.kind], place)
    if one.digest == other.digest:
        return
    both = one.native is not None and other.native is not None
    sizes = [f"{one.size} bytes"], [f"{other.size} bytes"]
    yield _make("bytes", after, *sizes, NATIVE if both else after)
    if one.native is not None and other.native is not None:
        yield from _native(after, one.native, other.native)
        yield from _sets("extensions", after, extensions(one.read()), extensions(other.read()))


TEXTS: Mapping[str, Callable[[Native], str]] = {
    "unreadable": lambda one: one.problem,
    "format": lambda one: one.format,
    "machine": lambda one: one.machine,
    "floor": lambda one: one.floor,
    "soname": lambda one: one.soname,
}
SETS: Mapping[str, Callable[[Native], Iterable[str]]] = {
    "needed": lambda one: one.needed,
    "rpaths": lambda one: one.rpaths,
    "versions": lambda one: one.versions,
    "loading": lambda one: one.loading,
    "exported": lambda one: one.exported,
    "imported": lambda one: one.imported,
}


def _native(where: str, a: Native, b: Native) -> Iterator[Difference]:
    for topic, text in TEXTS.items():
        yield from _texts(topic, where, text(a), text(b))
    for topic, names in SETS.items():
        yield from _sets(topic, where, names(a), names(b))
    old = [f"{name} {a.sections[name]}" for name in sorted(a.sections)]
    new = [f"{name} {b.sections[name]}" for name in sorted(b.sections)]
    yield from _sets("section", where, old, new)


def _certificates(a: Wheel, b: Wheel) -> Iterator[Difference]:
    for name in sorted(set(a.certificates) & set(b.certificates)):
        one, other = a.certificates[name], b.certificates[name]
        for key in sorted({*one, *other}):
            yield from _texts("certificate", f"{name}:{key}", one.get(key, ""), other.get(key, ""))
