# SPDX-License-Identifier: Apache-2.0
"""From the child's findings and the recipes to one Library record. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any

from blas_probe.binary import Host
from blas_probe.binary.affix import Affix
from blas_probe.call.worker import plain
from blas_probe.library import UNKNOWN, Interface, Library
from blas_probe.recipe import Query, Recipe, Recipes
from blas_probe.threads.layers import opened_layer
from blas_probe.threads.measured import most_threads, thread_runtimes

Findings = Mapping[str, Any]
MOST_WORDS = 1000
KINDS = ("marks", "import_marks", "byte_marks", "refines")
ROLE_OF_STYLE = {"text": "_text", "buffer": "_buffer", "int": "_int"}
ALONE = re.compile(r"undefined symbol: (\S+)")
AS_FAR_AS_IT_GOES = "measured although functions that it needs are missing"
UPSTREAM = re.compile(r" (?:\d+:)?(\d+(?:\.\d+)+)")
CALLED_FACTS = (
    "version", "core", "thread_layer", "int_bits", "complex_return", "f2c", "cblas_suffix",
    "lapack_version",
)  # fmt: skip


@dataclass
class Notes:
    """Remarks gathered while a record is made."""

    lines: list[str] = field(default_factory=list)
    inferred: list[str] = field(default_factory=list)
    """Facts that were read, not measured by a call."""

    def add(self, text: str) -> None:
        self.lines.append(text)

    def infer(self, fact: str, text: str) -> None:
        """Note how a fact was learnt without a call."""
        self.inferred.append(fact)
        self.lines.append(text)


def request(recipes: Recipes, *, host: Host) -> dict[str, Any]:
    """All that a child must know: marks, spellings and questions of every recipe."""
    providers = recipes.providers
    return {
        "machine": host.machine,
        "platform": host.platform,
        "prefixes": list(dict.fromkeys(p for recipe in providers for p in recipe.prefixes)),
        "suffixes": list(dict.fromkeys(s for recipe in providers for s in recipe.suffixes)),
        "marks": {
            recipe.name: {kind: list(getattr(recipe, kind)) for kind in KINDS}
            for recipe in providers
        },
        "questions": {
            f"{recipe.name}.{fact}": {
                "style": query.style, "symbol": query.symbol,
                "argument": query.argument, "names": list(query.names),
            }
            for recipe in providers for fact, query in queries(recipe).items()
        },
        "bytes": {
            f"{recipe.name}.{fact}": query.byte_pattern or list(query.bytes)
            for recipe in providers for fact, query in queries(recipe).items()
            if query.byte_pattern or query.bytes
        },
        "hints": {recipe.name: hints(recipe) for recipe in providers},
        "functions": {
            f"{recipe.name}.{role}": symbol
            for recipe in providers for role, symbol in roles(recipe).items()
        },
        "siblings": {one.name: list(one.find.siblings) for one in providers if one.find.siblings},
        "thread_calls": sorted(recipes.openmp_calls),
        "runtimes": {one.name: [one.marks, one.byte_marks] for one in recipes.runtimes},
    }  # fmt: skip


def hints(recipe: Recipe) -> dict[str, Any]:
    """What its maker documents, for files that cannot be called; {} when nothing."""
    told = recipe.inferred
    said: dict[str, Any] = {
        "complex_return": told.complex_return,
        "f2c": told.f2c,
        "thread_layer": told.thread_layer,
        "width": told.width,
        "int_bits": {suffix: int(width) for suffix, width in told.int_bits.items()},
    }
    said = {name: word for name, word in said.items() if word}
    return {**said, "symbol": recipe.first.symbol if recipe.first else ""} if said else {}


def queries(recipe: Recipe) -> dict[str, Query]:
    """The recipe's questions by the fact that they answer."""
    asked = {
        "version": recipe.version, "core": recipe.core, "layer": recipe.threads.layer,
        "most": recipe.threads.most,
    }  # fmt: skip
    return {fact: query for fact, query in asked.items() if query is not None}


def roles(recipe: Recipe) -> dict[str, str]:
    """Role of a function for the backend -> its symbol, without affixes."""
    found = {"set_threads": recipe.threads.set, "get_threads": recipe.threads.get}
    for fact in ("version", "core"):
        query = queries(recipe).get(fact)
        if query is None or query.style not in ROLE_OF_STYLE:
            continue
        named = bool(query.argument) and not query.argument.lstrip("-").isdigit()
        found[fact + ROLE_OF_STYLE[query.style] + ("_of" if named else "")] = query.symbol
        if named:
            found[f"{fact}_argument"] = query.argument
    layer = recipe.threads.layer
    if layer is not None and layer.style == "int":
        found["thread_layer_int"] = layer.symbol
    if recipe.first is not None:
        found["init"] = recipe.first.symbol
    return {role: symbol for role, symbol in found.items() if symbol}


def words(recipe: Recipe) -> dict[str, dict[str, str]]:
    """Role of a function -> what the recipe says about it, for the backend as well."""
    said: dict[str, dict[str, str]] = {}
    layer = recipe.threads.layer
    if layer is not None and layer.style == "int":
        names = [layer.names.get(str(index), UNKNOWN) for index in range(len(layer.names))]
        said["thread_layer_int"] = {"thread_layer_names": ":".join(names)}
        if layer.argument:
            said["thread_layer_int"]["thread_layer_argument"] = layer.argument
    if recipe.first is not None:
        said["init"] = {"init_argument": str(recipe.first.argument)}
    return said


def provider_of(marks: Mapping[str, Sequence[str]], recipes: Recipes) -> tuple[str, str]:
    """The provider that the marks point to, or "unknown", and why."""
    hit = [recipe for recipe in recipes.providers if marks.get(recipe.name)]
    sure = [recipe for recipe in hit if not recipe.fallback] or hit
    refined = {name for recipe in sure for name in recipe.refines}
    left = [recipe.name for recipe in sure if recipe.name not in refined]
    if len(left) == 1:
        return left[0], f"provider by {', '.join(marks[left[0]])}"
    if not left:
        return UNKNOWN, "provider unknown: no recipe's marks are in the file"
    return UNKNOWN, f"provider unknown: marks of {' and '.join(left)} are in the file"


def identify(
    findings: Findings,
    recipes: Recipes,
    *,
    path: str,
    names: Sequence[str],
    source: str,
    ending: str | None = None,
    seconds: float = 0.0,
    package: str | None = None,
) -> Library:
    """The record of one file; `ending` tells why its child did not finish."""
    notes = Notes()
    binary = findings.get("binary", {})
    provider, why = provider_of(findings.get("marks", {}), recipes)
    recipe = recipes.provider(provider) if provider != UNKNOWN else None
    if binary:
        notes.add(why)
    abi = primary(findings)
    lapack_version = abi.get("lapack_version")
    complete = findings.get("complete", {})
    if not complete.get("blas") and abi.get("int_bits", UNKNOWN) == UNKNOWN:
        abi |= _width_by_cblas(abi)
    cblas_suffix = _cblas_suffix(abi, notes)
    version = _version(findings, recipe, lapack_version, notes)
    if version == UNKNOWN and recipe is not None and package is not None:
        version = _packaged_version(package, notes)
    if ending is not None and findings.get("last"):
        notes.add(f"width unknown, the last way to learn it failed: it {ending}")
        ending = None
    if "siblings" in findings:
        after = ", ".join(findings["siblings"])
        notes.add(f"measured after {after} had been loaded" if after else AS_FAR_AS_IT_GOES)
    if complete.get("part_of_lapack") and not complete.get("lapack"):
        notes.add("LAPACK is there in part only; it counts as absent")
    if "width_conflict" in abi:
        notes.add(f"its integers contradict each other: {abi['width_conflict']}")
    if "linked" in findings:
        notes.add(str(findings["linked"]))
    layer = _thread_layer(findings, recipe, recipes, path, notes)
    library = Library(
        path=path,
        names=tuple(sorted(names)),
        source=source,
        format=binary.get("format"),
        platform=binary.get("platform"),
        machine=binary.get("machine"),
        machines=tuple(binary.get("machines", ())),
        soname=binary.get("soname"),
        soname_beside=True,
        build_id=binary.get("build_id"),
        needed=tuple(binary.get("needed", ())),
        provider=provider,
        version=version,
        core=_core(findings, recipe),
        thread_layer=layer,
        prefix=abi.get("prefix", UNKNOWN),
        suffix=abi.get("suffix", UNKNOWN),
        int_bits=abi.get("int_bits", UNKNOWN),
        complex_return=abi.get("complex_return", UNKNOWN),
        f2c=abi.get("f2c", UNKNOWN),
        has_blas=bool(complete.get("blas")),
        has_cblas=cblas_suffix is not None,
        has_lapack=bool(complete.get("lapack")),
        has_lapacke=bool(abi.get("lapacke")),
        cblas_suffix=cblas_suffix,
        lapack_version=lapack_version,
        missing_lapack=tuple(complete.get("missing", ())),
        upper=abi.get("upper", False),
        cblas_style=abi.get("cblas_style"),
        string_length=abi.get("string_length"),
        fortran_runtime=findings.get("fortran_runtime"),
        other_interfaces=_others(findings),
        blas_soname=findings.get("blas_soname"),
        blas_file=findings.get("blas_file"),
        blas_provider=_blas_provider(findings, recipes),
        blas_int_bits=findings.get("blas_int_bits"),
        functions=_functions(findings, recipe),
        variants=(),
        defects=(),
        notes=tuple(notes.lines),
        problem=printable(problem(findings, ending)),
        seconds=round(seconds, 3),
        compilers=tuple(findings.get("compilers", ())),
        thread_runtimes=thread_runtimes(findings, recipes, path),
        max_threads=_most_threads(findings, recipe, layer),
        package=package,
        inferred=tuple(notes.inferred),
    )
    if "inferred" not in findings:
        return library
    return replace(library, inferred=tuple(dict.fromkeys([*notes.inferred, *_inferred(library)])))


def _inferred(library: Library) -> tuple[str, ...]:
    """The facts that calls would have told, and that were read instead."""
    return tuple(name for name in CALLED_FACTS if getattr(library, name) not in (None, UNKNOWN, {}))


def primary(findings: Findings) -> dict[str, Any]:
    """The ABI facts of the file's first affix."""
    measured = findings.get("measured")
    if measured:
        return dict(measured[0])
    affixes = findings.get("affixes")
    return Affix(*affixes[0])._asdict() if affixes else {}


def _blas_provider(findings: Findings, recipes: Recipes) -> str | None:
    """Whose BLAS answers for a LAPACK that has none."""
    if findings.get("blas_file") is None:
        return None
    return provider_of(findings.get("blas_marks", {}), recipes)[0]


def _others(findings: Findings) -> tuple[Interface, ...]:
    """The further spellings of the Fortran names in the file, each with its own ABI."""
    return tuple(
        Interface(
            prefix=abi["prefix"], suffix=abi["suffix"], upper=abi.get("upper", False),
            int_bits=abi["int_bits"], complex_return=abi.get("complex_return"),
            f2c=abi.get("f2c"), cblas_suffix=_cblas_suffix(abi, Notes()),
            cblas_style=abi.get("cblas_style"),
        )
        for abi in findings.get("measured", ())[1:]
    )  # fmt: skip


def printable(text: str | None) -> str | None:
    """No control characters: names inside a damaged file may hold any."""
    return None if text is None else plain(text, MOST_WORDS)


def problem(findings: Findings, ending: str | None) -> str | None:
    """Why the library cannot be used; None when it can."""
    if "file_problem" in findings:
        return str(findings["file_problem"])
    if "foreign" in findings:
        return str(findings["foreign"])
    if "load_error" in findings:
        return _load_problem(str(findings["load_error"]), findings.get("complete", {}))
    if ending is not None:
        return ending
    complete = findings.get("complete", {})
    parts = ("blas", "lapack", "part_of_lapack", "cblas", "lapacke")
    if not any(complete.get(part) for part in parts):
        if findings.get("affixes") or complete.get("part_of_blas"):
            return "it has only a part of BLAS and LAPACK"
        return "it defines no BLAS or LAPACK function"
    return None


def _load_problem(error: str, complete: Mapping[str, Any]) -> str:
    missing = ALONE.search(error)
    if missing is None:
        return error if error.startswith("built for") else f"does not load: {error}"
    lapack_alone = complete.get("lapack") and not complete.get("blas")
    return (
        f"does not load alone: it needs `{missing[1]}`, which no library that it names defines; "
        + ("it takes its BLAS from the program: link one as well" if lapack_alone else
           "it is a part that only works together with its siblings")
    )  # fmt: skip


def _version(
    findings: Findings, recipe: Recipe | None, lapack_version: str | None, notes: Notes
) -> str:
    if recipe is None or recipe.version is None:
        return UNKNOWN
    query = recipe.version
    if query.style == "lapack":
        return lapack_version or UNKNOWN
    answer = _answer(findings, recipe, "version")
    if answer is not None:
        return _interpret(query, answer)
    matches = findings.get("bytes", {}).get(f"{recipe.name}.version", [])
    if len(matches) == 1:
        if "inferred" not in findings:
            text = "version read from the file's bytes, because it hides its functions"
            notes.infer("version", text)
        return str(matches[0])
    told = findings.get("binary", {}).get("version") if query.file_version else None
    return str(told) if told else UNKNOWN


def _packaged_version(package: str, notes: Notes) -> str:
    """The upstream part of a package's version, for a library that cannot tell its own."""
    found = UPSTREAM.search(package)
    if found is None:
        return UNKNOWN
    notes.infer("version", f"version inferred from its package, {package}")
    return found[1]


def _core(findings: Findings, recipe: Recipe | None) -> str | None:
    if recipe is None or recipe.core is None:
        return None
    answer = _answer(findings, recipe, "core")
    return UNKNOWN if answer is None else _interpret(recipe.core, answer)


def _thread_layer(
    findings: Findings, recipe: Recipe | None, recipes: Recipes, path: str, notes: Notes
) -> str:
    query = recipe.threads.layer if recipe else None
    if recipe is not None and query is not None:
        answer = _answer(findings, recipe, "layer")
        if answer is not None:
            return _interpret(query, answer)
        seen = findings.get("bytes", {}).get(f"{recipe.name}.layer")
        if seen is not None and query.bytes:
            if "inferred" not in findings:
                text = "thread layer read from the file's bytes, because it hides its functions"
                notes.infer("thread_layer", text)
            return query.bytes[seen[0]] if seen else query.otherwise or UNKNOWN
    if "measured" not in findings or "siblings" in findings:  # a sibling has the threads
        return UNKNOWN
    if "thread_layer" in findings.get("inferred", {}):
        return str(findings["inferred"]["thread_layer"])
    if "inferred" in findings and (recipe is None or _is_part(findings, recipe)):
        return UNKNOWN
    opened = opened_layer(recipe, PurePath(path).name) if recipe else None
    if opened is not None:
        text = "thread layer inferred from what the library opens when nothing is set"
        notes.infer("thread_layer", text)
        return opened
    imports = _imports(findings, recipe)
    notes.infer("thread_layer", "thread layer inferred from what the file imports")
    if imports.intersection(recipes.openmp_calls):
        return "openmp"
    return "pthreads" if imports else "serial"


def _most_threads(findings: Findings, recipe: Recipe | None, layer: str) -> int | None:
    query = recipe.threads.most if recipe else None
    answer = None if recipe is None or query is None else _answer(findings, recipe, "most")
    text = None if answer is None or query is None else _interpret(query, answer)
    return most_threads(text, layer)


def _is_part(findings: Findings, recipe: Recipe) -> bool:
    """The threads are made in another library of this provider, which does not lie beside it."""
    if recipe.inferred.thread_layer:
        return True
    own = findings.get("marks", {}).get(recipe.name, ())
    beside = findings.get("neighbour", {}).values()
    return all(mark.startswith("imports:") for mark in own) and not any(
        recipe.name in neighbour["marks"] for neighbour in beside
    )


def _imports(findings: Findings, recipe: Recipe | None) -> set[str]:
    """Thread functions that the file, or a file of the same provider linked to it, imports."""
    imports = set(findings.get("threads", ()))
    for neighbour in findings.get("neighbour", {}).values():
        if recipe is not None and recipe.name in neighbour["marks"]:
            imports |= set(neighbour["threads"])
    return imports


def _answer(findings: Findings, recipe: Recipe, fact: str) -> Any:
    return findings.get("answer", {}).get(f"{recipe.name}.{fact}")


def _interpret(query: Query, answer: Any) -> str:
    """An answer in the recipe's words; "unknown" when it makes no sense."""
    if query.style == "flags":
        named = [name for flag, name in query.names.items() if flag in answer]
        return named[0] if named else query.otherwise or UNKNOWN
    text = _unpacked(int(answer), query.packed) if query.packed else str(answer)
    if query.pattern:
        match = re.search(query.pattern, text)
        text = match[1] if match else ""
    if query.names:
        return query.names.get(text, query.otherwise or UNKNOWN)
    return text.strip() or UNKNOWN


def _unpacked(number: int, divisors: Sequence[int]) -> str:
    """600 by (10000, 100) is 0.6.0."""
    parts = []
    for divisor in divisors:
        part, number = divmod(number, divisor)
        parts.append(part)
    return ".".join(str(part) for part in (*parts, number))


def _width_by_cblas(abi: Mapping[str, Any]) -> dict[str, Any]:
    """The width of a library that has the C interface alone."""
    told = [*abi.get("cblas", {}).values(), abi.get("lapacke_bits")]
    widths = {width for width in told if width is not None}
    return {"int_bits": widths.pop()} if len(widths) == 1 else {}


def _cblas_suffix(abi: Mapping[str, Any], notes: Notes) -> str | None:
    """The spelling of CBLAS whose integers are as wide as those of BLAS."""
    widths = abi.get("cblas", {})
    wanted = abi.get("int_bits", UNKNOWN)
    for suffix, width in widths.items():
        if wanted in (UNKNOWN, width):
            return str(suffix)
    if widths:
        notes.add(f"CBLAS has {sorted(set(widths.values()))} bit integers, BLAS {wanted}: unused")
    return None


def _functions(findings: Findings, recipe: Recipe | None) -> dict[str, str]:
    if recipe is None:
        return {}
    start = recipe.name + "."
    told = findings.get("functions", {})
    mine = {key.removeprefix(start): name for key, name in told.items() if key.startswith(start)}
    for role, said in words(recipe).items():
        if role in mine:
            mine |= said
    return mine
