# SPDX-License-Identifier: Apache-2.0
"""The one call that does everything: find, measure in children, identify, compare with variants."""

from __future__ import annotations

import dataclasses
import itertools
import platform
import sys
import sysconfig
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any

from blas_probe.assume import Assumption, with_assumptions
from blas_probe.binary.host import own_host
from blas_probe.cache import Cache, digest
from blas_probe.call.worker import Outcome, new_token, question_of, run_child, sweep
from blas_probe.choose import refusals
from blas_probe.cuda.survey import asking, other_paths
from blas_probe.defects import defects, known_bad, with_reports
from blas_probe.environment import (
    concerning,
    effects,
    environment_warnings,
    ignored_environment,
    shadow_warnings,
)
from blas_probe.errors import UsageError
from blas_probe.found import Found
from blas_probe.headers.pair import with_headers
from blas_probe.identify import identify, request
from blas_probe.library import UNKNOWN, Library
from blas_probe.linked import Linker, with_calls
from blas_probe.look import Paths, as_paths
from blas_probe.partners import width_warnings, with_partner
from blas_probe.recipe import Expect, Recipes
from blas_probe.scratch import scratch_folder
from blas_probe.search.find import File, find, not_searched, with_archives
from blas_probe.search.inside import nothing_inside, opened
from blas_probe.search.inside import sites as inside_of
from blas_probe.search.mounts import (
    Mount,
    folders_named,
    mount_of,
    remote_mounts,
    silent,
    without,
)  # fmt: skip
from blas_probe.search.names import VARIABLE, loader_names
from blas_probe.search.places import Machine, matching, triplet_of
from blas_probe.threads.advice import thread_warnings
from blas_probe.threads.facts import MachineFacts
from blas_probe.threads.machine import machine_facts
from blas_probe.threads.measured import with_prediction

DEFAULT_TIMEOUT = 10.0


def probe(
    *,
    recipes: Recipes,
    paths: Paths = (),
    environ: Mapping[str, str],
    site_packages: Sequence[Path] | None = None,
    jobs: int = 2,
    timeout: float = DEFAULT_TIMEOUT,
    providers: Sequence[str] | None = None,
    cache: Cache | None = None,
    assume: Sequence[Assumption] = (),
    progress: Callable[[str], None] | None = None,
    static: bool = False,
) -> Found:
    """Find and measure every BLAS and LAPACK library, and every CUDA toolkit.

    Each library and each foreign program runs in a child with `timeout` seconds.

    `providers` narrows the search, for speed, to the files that their recipes look for; what is
    found is still compared with every recipe, and may turn out to be another provider's; no
    toolkit is looked for then. What is in `cache`, and unchanged since, is not measured again.
    `assume` states facts for libraries that cannot be measured here. With `static`, archives are
    looked for as well; those named in `paths` are looked at in any case.
    """
    if jobs < 1 or not timeout > 0:
        msg = f"jobs={jobs} and timeout={timeout} cannot be; give at least 1 job and some seconds"
        raise UsageError(msg)
    given = as_paths(paths)
    hung = silent_mounts(environ, [*given, *(site_packages or ())])
    if hung:
        environ = without(environ, hung)
    unreached = {path: mount for path in given if (mount := mount_of(str(path.absolute()), hung))}
    given = [path for path in given if path not in unreached]
    sites = own_site_packages(environ) if site_packages is None else site_packages
    sites = [site for site in sites if not mount_of(str(site), hung)]
    inside = [site for path in given for site in inside_of(path)]
    machine = usual_machine(environ, [*sites, *inside])._replace(silent=tuple(hung))
    wanted = searched(recipes, providers)
    show = progress or (lambda text: None)
    with asking(wanted.cuda, machine, given, timeout=timeout, jobs=jobs, cache=cache) as toolkits:
        sought = with_archives(wanted) if static else wanted
        files = find(sought, machine, other_paths(wanted.cuda, machine, given), cache)
        files += [not_searched(str(path), mount) for path, mount in unreached.items()]
        libraries = measure(
            files, recipes, environ=environ, jobs=jobs, timeout=timeout, cache=cache, show=show
        )
        libraries = [with_assumptions(library, assume) for library in libraries]
        show("proving headers and libraries as pairs")
        paired = with_headers(libraries, recipes, machine, jobs=jobs, timeout=timeout, cache=cache)
        found = found_from(paired, recipes, environ, machine=machine_facts())
        show("asking CUDA toolkits and the driver")
        whole = toolkits().added_to(found)
        whole = with_empty_folders(whole, opened(given, machine.triplet))
    show("")
    return whole


def with_empty_folders(found: Found, folders: Sequence[Path]) -> Found:
    """Told of each environment or prefix, named by the user, in which nothing was found."""
    places = [
        *(name for one in found.libraries for name in (one.path, *one.names)),
        *(place for one in found.toolkits for place in (*one.roots, *one.names)),
    ]
    told = filter(None, (nothing_inside(folder, places) for folder in folders))
    return dataclasses.replace(found, warnings=(*found.warnings, *told))


def silent_mounts(environ: Mapping[str, str], paths: Sequence[Path]) -> list[Mount]:
    """Mounts of other machines that do not answer; costs nothing where there are no such mounts."""
    mounts = remote_mounts(Path("/"))
    if not mounts:
        return []
    named = [*folders_named(environ), *(str(path.absolute()) for path in paths)]
    return silent(mounts, named)


def usual_machine(environ: Mapping[str, str], site_packages: Sequence[Path]) -> Machine:
    """This machine, as it is searched."""
    return Machine(
        root=Path(environ.get("SYSTEMDRIVE", "") + "/"),
        triplet=triplet_of(platform.machine(), sysconfig.get_config_var("MULTIARCH")),
        environ=environ,
        site_packages=site_packages,
        platform=own_host().platform,
        known={},
    )


def searched(recipes: Recipes, providers: Sequence[str] | None) -> Recipes:
    """The recipes of `providers` and of those whose LAPACK their variants take."""
    if providers is None:
        return recipes
    asked = [recipes.provider(name) for name in providers]
    partners = {variant.lapack for recipe in asked for variant in recipe.variant}
    names = {recipe.name for recipe in asked} | partners
    return dataclasses.replace(
        recipes, providers=tuple(one for one in recipes.providers if one.name in names)
    )


def found_from(
    libraries: Sequence[Library],
    recipes: Recipes,
    environ: Mapping[str, str],
    *,
    machine: MachineFacts | None = None,
) -> Found:
    """Join records that know of each other: whose BLAS a LAPACK calls, which variants fit."""
    told = [with_defects(with_variants(with_partner(one, libraries), recipes), recipes)
            for one in libraries]  # fmt: skip
    joined = with_reports(told, recipes)
    found = Found(
        libraries=joined,
        variants=recipes.variants,
        ignored_environment=ignored_environment(recipes, environ),
        machine=machine,
        warnings=known_bad(joined, recipes),
    )
    names = loader_names([name for one in joined for name in one.names], environ, own_host())
    warnings = (
        *found.warnings,
        *width_warnings(joined),
        *environment_warnings(joined, recipes, environ),
        *shadow_warnings(names, joined, VARIABLE),
        *thread_warnings(found, recipes, environ),
    )
    leads_to = {name: now for name, (now, _) in names.items()}
    return dataclasses.replace(found, warnings=warnings, loader_names=leads_to)


def measure(
    files: Sequence[File],
    recipes: Recipes,
    *,
    environ: Mapping[str, str],
    jobs: int,
    timeout: float,
    cache: Cache | None = None,
    show: Callable[[str], None] = lambda text: None,
) -> list[Library]:
    """One record per file, measured `jobs` at a time; nothing started here outlives the call."""
    host = own_host()
    asked = request(recipes, host=host)
    asked["digest"] = digest(asked)
    token = new_token()
    ignored = ignored_environment(recipes, environ)

    def run(file: File, *, keep: bool) -> tuple[Library, Outcome]:
        outcome = Outcome(findings={}, ending=file.problem, seconds=0.0)
        if file.problem is None:
            wanted: dict[str, Any] = {**asked, "path": file.path, "user": keep}
            outcome = run_child(
                wanted, environ=environ, timeout=timeout, token=token, keep=keep, cache=cache
            )
        if "link" in outcome.findings:
            outcome = with_calls(outcome, file.path, linker)
        return _identified(file, outcome, recipes), outcome

    def look(path: str) -> Outcome:
        wanted = {**asked, "path": path, "user": False, "lazy": True}
        return run_child(wanted, environ=environ, timeout=timeout, token=token)

    begun = itertools.count(1)

    def one(file: File) -> Library:
        show(f"measuring {next(begun)} of {len(files)}: {file.path}")
        library, outcome = run(file, keep=False)
        if library.problem is None and concerning(library, recipes, ignored):
            again, second = run(file, keep=True)
            changed = effects(library, again, outcome.findings, second.findings)
            library = dataclasses.replace(library, environment_effects=changed)
        return with_prediction(library, recipes, environ, cache)

    questions = [question_of({**asked, "path": file.path, "user": False}, environ)
                 for file in files if file.problem is None]  # fmt: skip
    if cache is not None:
        cache.complete = all(cache.recall(one) is not None for one in questions)
    pool = ThreadPoolExecutor(max_workers=max(1, jobs))
    with scratch_folder() as folder:
        linker = Linker(
            folder=folder, platform=host.platform, environ=environ, timeout=timeout,
            token=token, look=look, cache=cache,
        )  # fmt: skip
        try:
            if cache is not None and cache.complete:
                return list(map(one, files))
            return list(pool.map(one, files))
        finally:  # also after Ctrl-C: nobody waits for a child that hangs
            pool.shutdown(wait=False, cancel_futures=True)
            sweep(token)


def _identified(file: File, outcome: Outcome, recipes: Recipes) -> Library:
    """The record; a library answers as it likes, and an entry of the cache may be damaged."""

    def record(findings: Mapping[str, Any], ending: str | None) -> Library:
        return identify(
            findings,
            recipes,
            path=file.path,
            names=file.names,
            source=file.source,
            ending=ending,
            seconds=outcome.seconds,
            package=file.package,
        )

    try:
        return record(outcome.findings, outcome.ending)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        return record({}, f"what its child told makes no sense: {error}")


def with_variants(library: Library, recipes: Recipes) -> Library:
    """Note the ids of the variants whose BLAS this library may be."""
    checked = dataclasses.replace(library, soname_beside=_soname_beside(library))
    fitting = tuple(v.id for v in recipes.variants if not refusals(v, checked))
    return dataclasses.replace(checked, variants=fitting)


def with_defects(library: Library, recipes: Recipes) -> Library:
    """Note what is known to be wrong with this version on this CPU.

    What no release is without is a note: it decides on nothing.
    """
    if library.provider == UNKNOWN:
        return library
    rows = defects(recipes.provider(library.provider), library)
    known = [row for row in rows if not row.emulators]
    texts = tuple(_defect(row) for row in known if not row.unavoidable)
    notes = tuple(f"in every release: {_defect(row)}" for row in known if row.unavoidable)
    return dataclasses.replace(
        library,
        defects=texts,
        notes=(*library.notes, *notes),
        one_caller=any(row.one_caller for row in known),
    )


def _defect(row: Expect) -> str:
    return f"{row.case}: {row.reason}" + (f" ({row.link})" if row.link else "")


def _soname_beside(library: Library) -> bool:
    """Does the name that a linked program will ask for lead to this very file?"""
    if library.soname is None or library.soname.startswith("/"):  # macOS: asked for by full path
        return True
    beside = Path(library.path).parent / PurePosixPath(library.soname).name  # @rpath/NAME
    try:
        return beside.samefile(library.path)
    except OSError:
        return False


def own_site_packages(environ: Mapping[str, str] | None = None) -> tuple[Path, ...]:
    """Where this interpreter's packages lie, and those of an active virtual environment.

    A folder of PYTHONPATH, or that `pip install --target` filled, counts as well.
    """
    named = [path for path in sys.path if path and holds_packages(Path(path))]
    schemes = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    active = (environ or {}).get("VIRTUAL_ENV")
    folders = [Path(path) for path in (*schemes, *named)]
    shapes = ("lib*/python*/site-packages", "Lib/site-packages") if active else ()
    folders += [one for shape in shapes for one in sorted(Path(str(active)).glob(shape))]
    return tuple(dict.fromkeys(folders))


def holds_packages(folder: Path) -> bool:
    """Is it a folder for packages, by its name or by what pip puts there?"""
    return folder.name.endswith("-packages") or bool(matching(folder, ["*.dist-info", "*.libs"]))
