# SPDX-License-Identifier: Apache-2.0
"""The facts that calls would measure, read from the code of a file that cannot be called here.

The results have the form of the measured ones; the record names them as inferred.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from blas_probe.binary import Binary, Bytes, first_bytes, strings
from blas_probe.binary.affix import PLAIN, Affix, c_names, c_suffixes
from blas_probe.binary.code import Walk, walk

UNKNOWN = "unknown"
SIZE = 192
Facts = dict[str, Any]
# The length n is argument 0 where the result comes back in registers, 1 behind a hidden pointer.
RETURNS = {
    ("normal", "normal"): "normal",
    ("argument", "argument"): "argument",
    ("argument", "normal"): "fnda",
}
# Windows returns 16 bytes through a pointer and 8 in a register, whatever the language.
RETURNS_WINDOWS = {("argument", "normal"): "normal", ("argument", "argument"): "argument"}
# On IBM Z every complex result comes back through a pointer, whatever the language.
RETURNS_S390X = {("argument", "argument"): "normal"}
RETURN_MACHINES = ("x86_64", "aarch64", "riscv64", "ppc64le", "mips64el", "s390x")
ROUTINES = ("ilaver", "isamax", "dscal", "zdotc", "cdotc")


class Told(NamedTuple):
    """Answers of a provider's own functions, and texts found, by question."""

    answers: Facts
    texts: dict[str, list[str]]

    def __or__(self, other: Told) -> Told:
        """What `other` tells counts more; it takes nothing away."""
        texts = {key: found for key, found in other.texts.items() if found or key not in self.texts}
        return Told(self.answers | other.answers, self.texts | texts)


class Code:
    """The functions of one file, followed when they are asked for."""

    def __init__(self, binary: Binary, pieces: Mapping[str, bytes]) -> None:
        self.binary = binary
        self.bytes = pieces

    @classmethod
    def of(cls, data: Bytes, binary: Binary, names: Collection[str]) -> Code:
        """The functions among `names` that the file defines."""
        wanted = binary.defined.intersection(names)
        return cls(binary, first_bytes(data, wanted, SIZE, prefer=binary.machine) if wanted else {})

    def follow(self, name: str) -> Walk | None:
        """What the function does, as far as that can be told."""
        if name not in self.bytes:
            return None
        return walk(self.bytes[name], self.binary.machine, self.binary.platform)


def infer(data: Bytes, binary: Binary, affixes: Sequence[Affix], hints: Facts) -> list[Facts]:
    """The ABI facts of each affix; `hints` are what a maker documents, for what code hides."""
    telling = c_names(hints["width"], affixes) if "width" in hints else []
    names = [one.spell(name) for one in affixes for name in ROUTINES]
    code = Code.of(data, binary, [*names, *telling])
    told = _first(code, telling)
    if told is not None and told.result in (32, 64):
        hints = {**hints, "int_bits": dict.fromkeys((one.suffix for one in affixes), told.result)}
    return [_facts(code, one, hints) for one in affixes]


def _facts(code: Code, affix: Affix, hints: Facts) -> Facts:
    defined = code.binary.defined
    facts: Facts = {**affix._asdict(), "string_length": UNKNOWN, **width(code, affix)}
    if facts["int_bits"] == UNKNOWN and facts["width_by"] is None:
        facts["int_bits"] = hints.get("int_bits", {}).get(affix.suffix, UNKNOWN)
    there = affix.spell("zdotc") in defined
    style = complex_return(code, affix) if there else None
    facts["complex_return"] = hints.get("complex_return", style) if style == UNKNOWN else style
    facts["f2c"] = hints.get("f2c", UNKNOWN) if affix.spell("sdot") in defined else None
    return facts | _c_interface(affix, defined, facts["int_bits"])


def width(code: Code, affix: Affix) -> Facts:
    """What ilaver stores and isamax and dscal fetch; unknown when they contradict each other."""
    facts: Facts = {"int_bits": UNKNOWN, "width_by": None, "lapack_version": None}
    seen: dict[str, int] = {}
    ilaver = code.follow(affix.spell("ilaver"))
    if ilaver is not None and all(argument in ilaver.stores for argument in range(3)):
        numbers = [ilaver.stores[argument] for argument in range(3)]
        seen["ilaver"] = numbers[0][0]
        if all(isinstance(value, int) for _, value in numbers):
            facts["lapack_version"] = ".".join(str(value) for _, value in numbers)
    for routine in ("isamax", "dscal"):
        walked = code.follow(affix.spell(routine))
        bits = {bits for argument, bits in (walked.loads if walked else ()) if argument == 0}
        if len(bits) == 1:
            seen[routine] = bits.pop()
    if code.binary.bits == 32:
        facts |= {"int_bits": 32, "width_by": "a 32-bit machine"}
    elif len(set(seen.values())) == 1:
        facts |= {"int_bits": next(iter(seen.values())), "width_by": f"the code of {min(seen)}"}
    elif seen:
        told = ", ".join(f"{name} uses {bits} bits" for name, bits in sorted(seen.items()))
        facts |= {"width_by": "contradiction", "width_conflict": told}
    return facts


def complex_return(code: Code, affix: Affix) -> str:
    """Which arguments the complex dot products take their lengths and steps from."""
    if code.binary.machine not in RETURN_MACHINES:
        return UNKNOWN
    styles = []
    for routine in ("zdotc", "cdotc"):
        walked = code.follow(affix.spell(routine))
        numbers = {argument for argument, _ in walked.loads} if walked else set()
        normal, shifted = numbers <= {0, 2, 4}, numbers <= {1, 3, 5}
        styles.append("normal" if normal else "argument" if shifted else UNKNOWN)
        if not numbers:
            return UNKNOWN
    pair = (styles[0], styles[1])
    if code.binary.platform == "windows" and code.binary.machine == "x86_64":
        return RETURNS_WINDOWS.get(pair, UNKNOWN)
    if code.binary.machine == "s390x":
        return RETURNS_S390X.get(pair, UNKNOWN)
    return RETURNS.get(pair, UNKNOWN)


def _c_interface(affix: Affix, defined: Collection[str], int_bits: int | str) -> Facts:
    """Spellings of CBLAS and LAPACKE; their integers are taken to be as wide as Fortran's."""
    tails = c_suffixes(affix)
    names = ("cblas_dgemm", "cblas_zdotc_sub", "cblas_isamax")
    widths = {
        tail: int_bits
        for tail in tails
        if all(affix.prefix + name + tail in defined for name in names)
    }
    return {
        "cblas": dict(list(widths.items())[:1]),
        "lapacke": [tail for tail in tails if affix.prefix + "LAPACKE_dgesv" + tail in defined],
        "cblas_style": None,
    }


def told(
    data: Bytes,
    binary: Binary,
    affixes: Sequence[Affix],
    questions: Mapping[str, Any],
    texts: Mapping[str, str | Sequence[str]],
) -> Told:
    """What the file answers to the questions without being asked."""
    known = affixes or [PLAIN]
    return Told(answers(data, binary, known, questions), strings.answers(data, texts))


def documented(
    hints: Mapping[str, Any],
    providers: Iterable[str],
    binary: Binary,
    affixes: Sequence[Affix],
) -> Facts:
    """What the maker says of a file that defines the function which the hints are tied to."""
    for provider in providers:
        facts = hints.get(provider)
        if facts:
            names = c_names(facts["symbol"], affixes) if facts["symbol"] else []
            if not names or binary.defined.intersection(names):
                return dict(facts)
    return {}


def answers(
    data: Bytes, binary: Binary, affixes: Sequence[Affix], questions: Mapping[str, Any]
) -> Facts:
    """What functions that return constants would answer."""
    symbols = {
        key: [c_names(symbol, affixes) for symbol in _symbols(question)]
        for key, question in questions.items()
        if question["style"] in ("int", "flags", "three_ints")
        and (question["style"] == "flags" or not question["argument"])
    }
    names = [name for lists in symbols.values() for spelled in lists for name in spelled]
    code = Code.of(data, binary, names)
    found = {}
    for key, lists in symbols.items():
        walks = [_first(code, spelled) for spelled in lists]
        answer = STYLES[questions[key]["style"]](walks, questions[key])
        if answer is not None:
            found[key] = answer
    return found


def _symbols(question: Mapping[str, Any]) -> list[str]:
    return list(question["names"]) if question["style"] == "flags" else [question["symbol"]]


def _first(code: Code, spelled: Sequence[str]) -> Walk | None:
    return next((code.follow(name) for name in spelled if name in code.bytes), None)


def _int(walks: list[Walk | None], _: Any) -> int | None:
    return walks[0].result if walks[0] else None


def _flags(walks: list[Walk | None], question: Any) -> list[str] | None:
    results = [None if one is None else one.result for one in walks]
    if not results or None in results:
        return None
    return [name for name, result in zip(question["names"], results, strict=True) if result]


def _three_ints(walks: list[Walk | None], _: Any) -> str | None:
    stores = walks[0].stores if walks[0] else {}
    numbers = [stores.get(argument, (0, None))[1] for argument in range(3)]
    if not all(isinstance(number, int) for number in numbers):
        return None
    return ".".join(str(number) for number in numbers)


STYLES = {"int": _int, "flags": _flags, "three_ints": _three_ints}
