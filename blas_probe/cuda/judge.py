# SPDX-License-Identifier: Apache-2.0
"""Judge a toolkit: what it lacks, which host compilers it takes, and whether it can compile."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from blas_probe.cuda.host import Compiler, HostRules, read_rules
from blas_probe.cuda.nvcc import Nvcc
from blas_probe.cuda.preprocess import HeaderError
from blas_probe.cuda.toolkit import HostCompiler, Lack, Part, Verdict
from blas_probe.library import UNKNOWN
from blas_probe.recipe.cuda import Anatomy, CudaRecipes, Major, PartRow
from blas_probe.record import dataclass

DEFAULT = "default"
HOST_HEADER = "crt headers"
COMPILE = "compile"


@dataclass(frozen=True, kw_only=True)
class Hosts:
    """The host compilers, judged."""

    limits: Mapping[str, str]
    compilers: tuple[HostCompiler, ...]
    chosen: HostCompiler | None
    """The one that will be called: what a variable names, else nvcc's default."""
    glibc: str | None
    macros: Mapping[str, str]
    """Those of the compiler that will be called, or of any that is here."""
    problems: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Called:
    """The host compiler that nvcc would call in the user's own environment."""

    path: str | None = None
    by: str = DEFAULT
    """The variable whose flags name it, else `default`."""
    unchecked: bool = False
    """Do those flags switch the header's check off?"""


def hosts(
    parts: Sequence[Part], compilers: Sequence[Compiler], anatomy: Anatomy, called: Called
) -> Hosts:
    """Judge every compiler by the toolkit's own header."""
    default = called.path
    header = next((part for part in parts if part.name == HOST_HEADER), None)
    rules, limits, wrong = _rules(header, anatomy)
    judged = tuple(_judge(one, rules, wrong, role_of(one, called)) for one in compilers)
    if called.unchecked:
        judged = tuple(map(_unchecked, judged))
    chosen = _chosen(judged)
    problems = [wrong] if header is not None and wrong else []
    if chosen is not None and chosen.accepted == "no" and default is not None:
        problems.append(_refused(chosen, judged, anatomy.find.changed_by))
    glibc = chosen.glibc if chosen else next((one.glibc for one in judged if one.glibc), None)
    if chosen is not None and chosen.accepted == "unknown" and chosen.reason != wrong:
        who = f"{chosen.family} {chosen.version} ({chosen.path}, {chosen.role})"
        problems.append(f"the host compiler {who}: {chosen.reason}; choose one that fits")
    every = {one.path: one.macros for one in compilers}
    macros = every[chosen.path] if chosen else next(filter(None, every.values()), {})
    return Hosts(
        limits=limits, compilers=judged, chosen=chosen, glibc=glibc, macros=macros,
        problems=tuple(problems),
    )  # fmt: skip


def _rules(header: Part | None, anatomy: Anatomy) -> tuple[HostRules | None, dict[str, str], str]:
    """The header's rules, the limits that it sets, or why there are none."""
    if header is None:
        return None, {}, "the header that refuses compilers is not there"
    try:
        rules = read_rules(Path(header.path))
        return rules, rules.limits(anatomy.host.family), ""
    except HeaderError as error:
        return None, {}, f"{header.path}: {error}"


def role_of(compiler: Compiler, called: Called) -> str:
    """Its role for one toolkit: another toolkit's default is only installed here."""
    default = called.path
    if default is None or compiler.role not in (DEFAULT, "installed"):
        return "installed" if compiler.role == DEFAULT else compiler.role
    path = shutil.which(default, path=os.path.dirname(compiler.path)) or default  # noqa: PTH120
    same = os.path.realpath(path) == os.path.realpath(compiler.path)
    return called.by if same else "installed"


def _unchecked(judged: HostCompiler) -> HostCompiler:
    """A refusal that nvcc was told to leave out: the compiler may work, or fail later."""
    if judged.accepted != "no" or judged.family == UNKNOWN:
        return judged
    reason = f"{judged.reason}; flags switch this check off, which is not safe"
    return dataclasses.replace(judged, accepted="unknown", reason=reason)


def _judge(compiler: Compiler, rules: HostRules | None, wrong: str, role: str) -> HostCompiler:
    accepted: Verdict = "unknown"
    reason = compiler.problem or wrong
    if compiler.problem:
        accepted = "no"
    elif not reason and rules is not None:
        try:
            reason = rules.refusal(compiler.macros) or ""
            accepted = "no" if reason else "yes"
        except HeaderError as error:
            reason = f"{rules.path}: {error}"
    return HostCompiler(
        path=compiler.path, family=compiler.family, version=compiler.version,
        glibc=compiler.glibc, accepted=accepted, reason=reason, role=role,
    )  # fmt: skip


def _chosen(judged: Sequence[HostCompiler]) -> HostCompiler | None:
    named = [one for one in judged if one.role not in (DEFAULT, "installed")]
    return next(iter([*named, *(one for one in judged if one.role == DEFAULT)]), None)


def _refused(chosen: HostCompiler, judged: Sequence[HostCompiler], flags: Sequence[str]) -> str:
    """What is refused, and the command that takes another compiler that fits."""
    who = f"{chosen.family} {chosen.version} ({chosen.path}, {chosen.role})"
    what = f"nvcc refuses the host compiler {who}: {chosen.reason}"
    if chosen.family == UNKNOWN:
        what = f"the host compiler of nvcc, {chosen.path} ({chosen.role}), {chosen.reason}"
    fitting = [one for one in judged if one.accepted == "yes"]
    cure = "install a compiler within the limits and set CUDAHOSTCXX to it"
    if fitting:
        best = max(
            fitting,
            key=lambda one: (one.family == chosen.family, _key(one.version), _links_cxx(one.path)),
        )
        cure = f"{best.family} {best.version} fits: {_set(chosen.role, best.path, flags)}"
    return f"{what}; {cure}"


def _set(role: str, path: str, flags: Sequence[str]) -> str:
    """What to type so that `path` is called instead."""
    if role in flags:
        return f"write -ccbin {path} into {role} instead"
    variable = "CUDAHOSTCXX" if role == DEFAULT else role
    return f"export {variable}={path} (nvcc alone: -ccbin {path})"


def _links_cxx(path: str) -> bool:
    """By its name, does it link C++'s own library?"""
    return "++" in os.path.basename(path)  # noqa: PTH119


def _key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def lacks(
    anatomy: Anatomy, parts: Sequence[Part], major: Major | None, release: str | None, *, pip: bool
) -> tuple[Lack, ...]:
    """Every piece that is not there, with where to get it."""
    there = {part.name for part in parts}
    return tuple(
        Lack(part=row.name, needed_for=row.needed_for,
             cure=cure_of(row, anatomy, major, release, pip=pip))
        for row in anatomy.part
        if row.name not in there
    )  # fmt: skip


def cure_of(
    row: PartRow, anatomy: Anatomy, major: Major | None, release: str | None, *, pip: bool
) -> str:
    """How to get a piece that a toolkit lacks; `pip`: whose other pieces came by pip."""
    if row.wheel and major is not None and release is not None and pip:
        if row.name in major.not_in_wheels:
            return f"no PyPI package of CUDA {major.major} has it: use NVIDIA's installer or conda"
        return f"pip install {requirement(row, anatomy, major, release)}"
    if pip:
        return "no PyPI package has it; --cuda-overlay makes one where a compiler is"
    return "install it with the toolkit's own installer"


def requirement(row: PartRow, anatomy: Anatomy, major: Major, release: str) -> str:
    """What pip installs to bring a piece of the version that belongs to the release."""
    dist = f"{row.wheel}{major.wheel_suffix}"
    same = (major.pin(one.name, release) for one in anatomy.part if one.wheel == row.wheel)
    if pin := next(filter(None, same), None):
        return f"{dist}=={pin}"
    if row.extra:
        return f'"{anatomy.find.meta_wheel}[{row.extra}]~={release}.0"'
    return f"{dist}~={release}.0"


def how_to_get(release: str, recipes: CudaRecipes) -> str:
    """The command that installs a whole compiler of a release, where pip can."""
    major, find = recipes.major(release), recipes.anatomy.find
    if major is None or set(find.compilers) & set(major.not_in_wheels):
        return "take NVIDIA's installer or conda: no PyPI package has its compiler"
    return f'pip install "{find.meta_wheel}[{",".join(find.meta_extras)}]~={release}.0"'


def verdict_of_compiling(
    nvcc: Nvcc | None, missing: Sequence[Lack], judged: Hosts, *, clashing: bool, mixed: bool
) -> Verdict:
    """Can a .cu file be compiled here with the compiler that will be called?"""
    if nvcc is None or nvcc.problem is not None or clashing:
        return "no"
    if any(one.needed_for == COMPILE for one in missing):
        return "no"
    accepted = judged.chosen.accepted if judged.chosen else "unknown"
    return "unknown" if mixed and accepted == "yes" else accepted
