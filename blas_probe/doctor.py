# SPDX-License-Identifier: Apache-2.0
"""In plain words: what is here, what is used and why, what is wrong and what to type next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from blas_probe.choose import Choice
from blas_probe.cli.run import Answer, Run
from blas_probe.cuda.words import section
from blas_probe.errors import NotChosen
from blas_probe.faults import Fault, faults
from blas_probe.found import Found
from blas_probe.library import UNKNOWN, Library
from blas_probe.recipe import Variant
from blas_probe.record import dataclass
from blas_probe.report import flow
from blas_probe.threads.words import about_machine

COMMAND = "python -m blas_probe"
GENERIC = ("libblas", "libcblas", "liblapack", "liblapacke", "blas", "lapack")


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading and its sentences."""

    title: str
    texts: Sequence[str]


def doctor(run: Run, _: str | None) -> Answer:
    """The whole story of this machine; the exit code is 5 when no library can be used."""
    found = run.found()
    chosen, refused = choices(found, run.use)
    wrong = faults(found, [one for choice in chosen for one in _used(choice)])
    if run.cache is not None and run.cache.problem:
        text = f"nothing is remembered between runs: {run.cache.problem}"
        wrong = [*wrong, Fault(text=text, cure="set BLAS_PROBE_CACHE to a folder of your own")]
    sections = [
        Section(title="What is here", texts=here(found)),
        Section(title="What is used", texts=[*by_programs(found), *by_builds(found, chosen)]),
        Section(title="What is wrong", texts=complaints(wrong)),
        Section(title="What to type next", texts=list(next_steps(found, chosen, refused))),
    ]
    lines = [line for section in sections for line in [*shown(section, run), ""]]
    return Answer("\n".join(lines).rstrip() + "\n", 0 if chosen else NotChosen.exit_code)


def shown(section: Section, run: Run) -> Iterator[str]:
    """The lines of a section."""
    yield run.bold(section.title)
    for text in section.texts:
        indent = 2 + len(text) - len(text.lstrip())
        yield from flow("  " + text, indent + 2)


def choices(found: Found, use: str | None) -> tuple[list[Choice], list[Variant]]:
    """What each variant would take, the one that a build takes first, and those without any."""
    if use is not None:
        found.variant(use)  # UnknownVariant, before anything is said
    chosen, refused = [], []
    order = sorted(found.variants, key=lambda one: (one.id != use, not one.default))
    for variant in order:
        try:
            chosen.append(found.choose(variant.id))
        except NotChosen:
            refused.append(variant)
    return chosen, refused


def _used(choice: Choice) -> list[Library]:
    return [one for one in (choice.lapack, choice.blas) if one is not None]


def here(found: Found) -> list[str]:
    """The machine, its libraries by provider, and its CUDA toolkits."""
    usable = [library for library in found.libraries if library.problem is None]
    useless = len(found.libraries) - len(usable)
    providers: dict[str, list[Library]] = {}
    for library in usable:
        providers.setdefault(library.provider, []).append(library)
    texts = [about_machine(found.machine)] if found.machine else []
    counted = f"{count(len(usable), 'library', 'libraries')} of {count(len(providers), 'provider')}"
    cannot = f"; {count(useless, 'file')} cannot be used" if useless else ""
    texts.append(
        f"{counted} can be used{cannot}." if usable else f"No library can be used{cannot}."
    )
    texts += [f"  {name}: {kinds(group)}" for name, group in sorted(providers.items())]
    return [*texts, *section(found.toolkits, found.driver, found.cuda_archs)]


def kinds(libraries: Sequence[Library]) -> str:
    """Versions, each with its kinds and who brought it."""
    told: dict[str, dict[str, None]] = {}
    for one in libraries:
        bits = f" {one.int_bits} bit" if one.int_bits == 64 else ""
        layer = "" if one.thread_layer == UNKNOWN else f" {one.thread_layer}"
        version = "of unknown version" if one.version == UNKNOWN else one.version
        told.setdefault(version, {})[f"{one.source}{layer}{bits}"] = None
    return "; ".join(f"{version} ({', '.join(names)})" for version, names in told.items())


def by_programs(found: Found) -> Iterator[str]:
    """What programs that are here already get."""
    known = {library.path: library for library in found.libraries}
    for name, path in sorted(found.loader_names.items()):
        if name.split(".")[0].rstrip("0123456789_") in GENERIC:
            yield f"A program that asks for {name} gets {describe(known.get(path))}: {path}"
    for library in found.libraries:
        if library.source.startswith("pypi:") and not library.variants and not library.problem:
            carrier = library.source.removeprefix("pypi:")
            yield f"{carrier} carries its own {describe(library)}: {library.path}"


def by_builds(found: Found, chosen: Sequence[Choice]) -> Iterator[str]:
    """What a new build takes, and why that."""
    if not chosen:
        return
    first = chosen[0]
    why = "it is the one that --use names" if not first.variant.default else "it is the default"
    yield (
        f"A new build takes `{first.variant.id}` ({why}): {describe(first.blas)}: "
        + " with ".join(one.path for one in reversed(_used(first)))
    )
    for reason in first.reasons[1:]:
        yield f"  {reason}"
    others = {choice.variant.id: describe(choice.blas) for choice in chosen[1:]}
    if others:
        listed = ", ".join(f"{name} ({what})" for name, what in others.items())
        yield f"It could take instead (--use NAME): {listed}"


def describe(library: Library | None) -> str:
    """Provider, version and kernel in a few words."""
    if library is None:
        return "a library that was not looked at"
    version = "" if library.version == UNKNOWN else f" {library.version}"
    core = f" with its {library.core} kernel" if library.core not in (None, UNKNOWN) else ""
    wide = ", 64 bit integers" if library.int_bits == 64 else ""
    provider = "an unknown provider" if library.provider == UNKNOWN else library.provider
    return f"{provider}{version}{core}{wide}"


def complaints(wrong: Sequence[Fault]) -> list[str]:
    """Each fault with its cure below."""
    if not wrong:
        return ["Nothing that is known."]
    texts = []
    for number, fault in enumerate(wrong, start=1):
        texts.append(f"{number}. {fault.text}")
        if fault.cure:
            texts.append(f"   cure: {fault.cure}")
    return texts


def next_steps(found: Found, chosen: Sequence[Choice], refused: Sequence[Variant]) -> Iterator[str]:
    """Commands, each with what it is for."""
    steps: dict[str, str] = {}
    if not chosen:
        default = next((one for one in found.variants if one.default and one.wheel), None)
        if default is not None:
            steps[f"pip install {default.wheel}"] = f"bring a library for `{default.id}`"
    else:
        name = PurePath(chosen[0].blas.path).name
        steps[f"{COMMAND} --bench"] = "is it fast on this machine?"
        steps[f"{COMMAND} --fork"] = "does it work in forked processes (multiprocessing)?"
        steps[f"{COMMAND} --pkg-config DIR"] = "let other projects use what was found"
        steps[f"{COMMAND} why {name}"] = "what one library is used for, and what not"
    if refused:
        names = ", ".join(variant.id for variant in refused)
        steps[f"{COMMAND} why {refused[0].id}"] = f"why it is not used; so for: {names}"
    width = max((len(step) for step in steps), default=0)
    yield from (f"{step:<{width}}   {what}" for step, what in steps.items())


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
