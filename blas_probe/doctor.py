# SPDX-License-Identifier: Apache-2.0
"""In plain words: what is here, what is used and why, what is wrong and what to type next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from blas_probe import cures
from blas_probe.choose import Choice, in_order
from blas_probe.cli.run import Answer, Run
from blas_probe.cuda.words import section
from blas_probe.errors import NotChosen
from blas_probe.fault import Fault, Scene
from blas_probe.faults import cannot_be_used, faults, part_of_a_whole, serves_its_wheel
from blas_probe.found import Found
from blas_probe.library import UNKNOWN, Library
from blas_probe.programs import by_programs, describe
from blas_probe.recipe import Variant
from blas_probe.record import dataclass
from blas_probe.report import flow
from blas_probe.short import listed, tail
from blas_probe.threads.facts import MachineFacts
from blas_probe.threads.words import about_machine

PLATFORMS = {
    "linux": ("manylinux_{}", "musllinux_{}", "linux_{}"), "macos": ("macos_{}", "macosx_{}"),
    "windows": ("win_{}",),
}  # fmt: skip
"""System -> what the ids of its platforms look like."""
BEYOND = (
    (part_of_a_whole, "only together with siblings"),
    (serves_its_wheel, "only by the wheel around it"),
    (cannot_be_used, "cannot be used"),
)
"""Files that no program can be linked to alone, and what may be said of them."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading and its sentences."""

    title: str
    texts: Sequence[str]


def doctor(run: Run, _: str | None) -> Answer:
    """The whole story of this machine; the exit code is 5 when no library can be used."""
    found = run.found()
    chosen, refused = choices(found, run.use)
    scene = scene_of(found, run, chosen)
    wrong = faults(scene)
    if run.cache is not None and run.cache.problem:
        text = f"nothing is remembered between runs: {run.cache.problem}"
        wrong = [*wrong, Fault(text=text, cure="set BLAS_PROBE_CACHE to a folder of your own")]
    used = [*by_programs(found), *by_builds(found, run, chosen)]
    cuda = section(found.toolkits, found.driver, found.cuda_archs)
    sections = [
        Section(title="What is here", texts=here(found)),
        Section(title="What is used", texts=used or ["Nothing."]),
        Section(title="What is wrong", texts=complaints(wrong, scene.paths)),
        Section(title="CUDA", texts=[text[2:] for text in cuda[1:]]),
        Section(title="What to type next", texts=list(next_steps(scene, run, chosen, refused))),
    ]
    lines = [line for one in sections if one.texts for line in [*shown(one, run), ""]]
    return Answer("\n".join(lines).rstrip() + "\n", 0 if chosen else NotChosen.exit_code)


def scene_of(found: Found, run: Run, chosen: Sequence[Choice]) -> Scene:
    """What the faults are worked out from."""
    taken = [one.path for choice in chosen[:1] for one in _used(choice)]
    return Scene(
        found=found,
        used=frozenset([*taken, *found.loader_names.values()]),
        recipes=run.recipes,
        install=cures.install(run.recipes, run.environ),
        pip=f"{cures.own_python(run.environ)} -m pip",
    )


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
    for variant in in_order(found.variants, use):
        try:
            chosen.append(found.choose(variant.id))
        except NotChosen:
            refused.append(variant)
    return chosen, refused


def _used(choice: Choice) -> list[Library]:
    return [one for one in (choice.lapack, choice.blas) if one is not None]


def here(found: Found) -> list[str]:
    """The machine, and its libraries by provider."""
    usable = [library for library in found.libraries if library.problem is None]
    providers: dict[str, list[Library]] = {}
    for library in usable:
        providers.setdefault(library.provider, []).append(library)
    texts = [about_machine(found.machine)] if found.machine else []
    counted = f"{count(len(usable), 'library', 'libraries')} of {count(len(providers), 'provider')}"
    texts.append((f"{counted} can be used" if usable else "No library can be used")
                 + f"{beyond(found.libraries)}.")  # fmt: skip
    texts += [f"  {name}: {kinds(group)}" for name, group in sorted(providers.items())]
    return texts


def beyond(libraries: Sequence[Library]) -> str:
    """What else was found, each kind with its number."""
    useless = [one for one in libraries if one.problem is not None]
    numbers = [(sum(map(is_such, useless)), told) for is_such, told in BEYOND]
    return "".join(f"; {count(number, 'file')} {told}" for number, told in numbers if number)


def kinds(libraries: Sequence[Library]) -> str:
    """Versions, each with its kinds and who brought it."""
    told: dict[str, dict[str, None]] = {}
    for one in libraries:
        bits = f" {one.int_bits} bit" if one.int_bits == 64 else ""
        layer = "" if one.thread_layer == UNKNOWN else f" {one.thread_layer}"
        version = "of unknown version" if one.version == UNKNOWN else one.version
        told.setdefault(version, {})[f"{one.source}{layer}{bits}"] = None
    return "; ".join(f"{version} ({', '.join(names)})" for version, names in told.items())


def by_builds(found: Found, run: Run, chosen: Sequence[Choice]) -> Iterator[str]:
    """What a new build takes, and why that."""
    if not chosen:
        return
    first = chosen[0]
    yield (
        f"A new build takes `{first.variant.id}` ({why_first(first, found, run.use)}): "
        f"{describe(first.blas)}: " + " with ".join(one.path for one in reversed(_used(first)))
    )
    for reason in first.reasons[1:]:
        yield f"  {reason}"
    yield from for_others(found, run, [one.path for one in _used(first)])
    others = {choice.variant.id: describe(choice.blas) for choice in chosen[1:]}
    if others:
        listed = ", ".join(f"{name} ({what})" for name, what in others.items())
        yield f"It could take instead (--use NAME): {listed}"


def why_first(first: Choice, found: Found, use: str | None) -> str:
    """Why this variant comes before the others."""
    variant = first.variant
    if variant.id == use:
        return "it is the one that --use names"
    if variant.default:
        return "it is the default"
    return (
        f"no default can be linked here; of the others it is the first of class "
        f"`{variant.speed_class}`, in the order of the alphabet"
    )


def for_others(found: Found, run: Run, taken: Sequence[str]) -> Iterator[str]:
    """What --pkg-config, --cmake and --env give to other projects, where it is something else."""
    from blas_probe.write.offers import chosen as offered

    try:
        blas, lapack = offered(found, run.use)
    except NotChosen as error:
        yield f"--env and --cmake give other projects nothing: {error}"
        return
    paths = [one.path for one in lapack.libraries]
    if paths != list(taken):
        yield (
            "--pkg-config (as `blas`, `lapack`), --cmake and --env give other projects, which "
            f"expect names such as dgemm_: {describe(blas.blas)}: {' with '.join(reversed(paths))}"
        )


def complaints(wrong: Sequence[Fault], paths: Sequence[str]) -> list[str]:
    """Each fault with its cure below."""
    if not wrong:
        return ["Nothing that is known."]
    texts = []
    for number, fault in enumerate(wrong, start=1):
        texts.append(f"{number}. {fault.text}")
        if fault.files:
            texts.append(f"   files: {listed(fault.files, paths)}")
        if fault.cure:
            texts.append(f"   cure: {fault.cure}")
    return texts


def next_steps(
    scene: Scene, run: Run, chosen: Sequence[Choice], refused: Sequence[Variant]
) -> Iterator[str]:
    """Commands, each with what it is for."""
    program = f"{cures.own_python(run.environ)} -m blas_probe"
    steps: dict[str, str] = {}
    if not chosen:
        if scene.install is not None:
            steps[scene.install] = "bring a library for programs"
        wheel = next((one for one in scene.found.variants if one.default and one.wheel), None)
        if wheel is not None:
            steps[f"{scene.pip} install {wheel.wheel}"] = f"bring a library for `{wheel.id}`"
    else:
        name = tail(chosen[0].blas.path, scene.paths)
        steps[f"{program} --bench"] = "is it fast on this machine?"
        steps[f"{program} --fork"] = "does it work in forked processes (multiprocessing)?"
        steps[f"{program} --pkg-config pc"] = "let other projects use it: PKG_CONFIG_PATH=$PWD/pc"
        steps[f"{program} why {shlex.quote(name)}"] = "what one library is used for, and what not"
    several = of_each_runtime(scene.found.libraries)
    if len(several) > 1:
        paths = " ".join(shlex.quote(one.path) for one in several)
        steps[f"{program} together {paths}"] = "two OpenMP run-times, if one process has both?"
    names = [one.id for one in refused if fits(one, scene.found.machine)]
    if names:
        others = f"; so for: {', '.join(names[1:])}" if names[1:] else ""
        steps[f"{program} why {names[0]}"] = f"why it is not used{others}"
    for step, what in steps.items():
        yield step
        yield f"    {what}"


def of_each_runtime(libraries: Sequence[Library]) -> list[Library]:
    """One usable library for each thread layer with a run-time of its own."""
    first: dict[str, Library] = {}
    for one in libraries:
        if one.problem is None and one.thread_runtimes:
            first.setdefault(one.thread_layer, one)
    return list(first.values())


def fits(variant: Variant, machine: MachineFacts | None) -> bool:
    """May the variant exist on this kind of machine at all?"""
    if machine is None or machine.system not in PLATFORMS:
        return True
    ids = [form.format(machine.machine.lower()) for form in PLATFORMS[machine.system]]
    return any(fnmatchcase(one, glob) for one in ids for glob in variant.platforms or ("*",))


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
