# SPDX-License-Identifier: Apache-2.0
"""Run the backend of an unpacked wheel once more, with the libraries that it will meet."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from blas_probe.choose import Choice
from blas_probe.defects import met_by_backends
from blas_probe.errors import NotChosen
from blas_probe.library import Library
from blas_probe.probing import own_site_packages, probe
from blas_probe.recipe import Expect, Recipes
from wheels.command import Log
from wheels.proof import building
from wheels.proof.certificate import Inside
from wheels.proof.check import Subject, check_backend
from wheels.proof.making import proven, this_host, used
from wheels.proof.outside import differences
from wheels.proof.recorded import tolerance
from wheels.proof.target import look
from wheels.proof.tools import Tools
from wheels.proof.verdict import Terms, Verdict, failed
from wheels.proof.verify import NotRunnable, Run

BACKEND = "trivet_backend_"  # wheels.build.backend_file
SITES = "*/*/lib/python3/site-packages"  # below build/providers


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What a run takes."""

    tools: Tools
    recipes: Recipes
    environ: Mapping[str, str]
    log: Log
    full: bool = False
    limit: float = 0.0


def run(tree: Path, inside: Inside, bench: Bench) -> Run:
    """Check the backend of an unpacked wheel, and say how its speeds are to be compared."""
    done = _run(tree, inside, bench)
    return dataclasses.replace(done, tolerance=tolerance(bench.recipes.speed))


def _run(tree: Path, inside: Inside, bench: Bench) -> Run:
    """Check the backend of an unpacked wheel; NotRunnable when what it needs is not here."""
    backends = [tree / place for place in inside.files if BACKEND in place.rsplit("/", 1)[-1]]
    if len(backends) != 1:
        verdict = failed(f"{len(backends)} backends are in the wheel, one is needed")
        return Run(verdict=verdict, host=this_host())
    variants = {variant.id: variant for variant in bench.recipes.variants}
    variant = variants.get(inside.id)
    if variant is not None and variant.runtime == "depend":
        return _with_outside(backends[0], inside, bench)
    others = [tree / place for place in inside.files if tree / place not in backends]
    libraries = [
        one
        for one in look(others, bench.recipes, bench.environ).libraries
        if one.has_blas or one.has_lapack
    ]
    verdict = _check(backends[0], inside, bench, expected(libraries, bench.recipes), "")
    wrong = [
        f"the {name} that answered is {verdict.answered[name]}, outside of the wheel"
        for name in ("library", "lapack_library")
        if verdict.answered.get(name) and not _is_in(verdict.answered[name], tree)
    ]
    return Run(verdict=verdict, host=this_host(), wrong=tuple(wrong))


def _with_outside(backend: Path, inside: Inside, bench: Bench) -> Run:
    """The library comes from another distribution: from this environment or the build folder."""
    choice = _outside(inside, bench)
    libraries = used(choice)
    folders = dict.fromkeys(str(Path(one.path).parent) for one in libraries)
    found = differences(inside.libraries, [proven(one, bench.tools.cache) for one in libraries])
    verdict = _check(
        backend, inside, bench, expected(libraries, bench.recipes), os.pathsep.join(folders)
    )
    return Run(
        verdict=verdict,
        host=this_host(),
        outside=tuple(one.text for one in found if not one.suspicious),
        wrong=tuple(
            f"{one.text}: the same version, other bytes" for one in found if one.suspicious
        ),
    )


def _outside(inside: Inside, bench: Bench) -> Choice:
    sites = (
        *own_site_packages(bench.environ),
        *sorted(bench.tools.folders.providers.glob(SITES)),
    )
    found = probe(
        recipes=bench.recipes,
        environ=bench.environ,
        site_packages=sites,
        providers=(inside.provider,),
    )
    try:
        return found.choose(inside.id)
    except NotChosen as error:
        reason = str(error).splitlines()[-1].strip()
        raise NotRunnable(f"its library is not on this machine: {reason}") from error


def _check(
    backend: Path, inside: Inside, bench: Bench, expects: tuple[Expect, ...], folders: str
) -> Verdict:
    """Numeric, behaviour and speed; the floor is judged by the caller, who knows the CPU."""
    env = {name: text for name, text in bench.tools.env.items() if name != "LD_LIBRARY_PATH"}
    subject = Subject(
        program=building.check_program(bench.tools),
        backend=backend,
        env={**env, "LD_LIBRARY_PATH": folders} if folders else env,
        log=bench.log,
        full=bench.full,
        limit=bench.limit,
    )
    verdict = check_backend(subject, Terms(expects=expects))
    return dataclasses.replace(verdict, floor=inside.floor)


def expected(libraries: list[Library], recipes: Recipes) -> tuple[Expect, ...]:
    """Known defects of the libraries that will answer."""
    known = {recipe.name: recipe for recipe in recipes.providers}
    mine = [one for one in libraries if one.provider in known]
    return tuple(row for one in mine for row in met_by_backends(known[one.provider], one))


def _is_in(path: str, tree: Path) -> bool:
    return Path(path).resolve().is_relative_to(tree.resolve())
