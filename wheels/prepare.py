# SPDX-License-Identifier: Apache-2.0
"""Everything before the first compile: recipes, packages from PyPI, the probe, the plan."""

from __future__ import annotations

import dataclasses
import os
import platform as host
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from blas_probe.errors import RecipeError
from blas_probe.found import Found
from blas_probe.recipe import Recipes, load_recipes
from wheels import build, cmake, finding, interpreters, providers
from wheels.command import call
from wheels.company.rows import load_company, wanted
from wheels.errors import RowError, UnknownSelectionError, UsageError, WheelsError
from wheels.fingerprint import HashCache
from wheels.folders import Folders, Project, read_project
from wheels.plan import Machine, Options, Plan, plan
from wheels.progress import Progress
from wheels.providers import Fetched
from wheels.rows import Platform, Rows, by_id, load_rows
from wheels.select import nearest
from wheels.state import write_text
from wheels.toolchain import find_compiler, why_unusable

REPRODUCIBLE_EPOCH = 1577836800  # seconds; used where there is no commit to take the time from


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked for on the command line."""

    folders: Folders
    only: tuple[str, ...] = ()
    toolchain: str = ""
    pythons: tuple[Path, ...] = ()
    libraries: tuple[Path, ...] = ()
    """Further library files or folders for the probe."""
    variants: tuple[str, ...] = ()
    """Make backends of these alone, beside the default one."""
    beside: tuple[str, ...] = ()
    """Large guests of recipes/company.toml that the backends are tried beside."""
    offline: bool = False
    full: bool = False
    """Run every case of trivet-check, not only the quick ones."""
    baseline: Path | None = None
    """The recorded speeds to compare with; None: none."""
    jobs: int = 1
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """What this machine has, for a plan."""

    recipes: Recipes
    rows: Rows
    fetched: Fetched
    found: Found
    interpreters: interpreters.Interpreters
    cache: HashCache


@dataclass(frozen=True, kw_only=True)
class Prepared(Gathered):
    """All facts that the later stages work from."""

    request: Request
    project: Project
    plan: Plan
    epoch: int
    env: Mapping[str, str]


def gather(request: Request, progress: Progress, *, fetch: bool) -> Gathered:
    """Load the recipes, look at this machine, and (if asked) fetch what PyPI supplies."""
    folders = request.folders
    for path in (*request.libraries, *request.pythons):
        if not path.exists():
            raise UsageError(
                f"{path} does not exist", why="a typing error in --library or --python"
            )
    recipes, rows = load(folders.recipes)
    recipes = chosen(recipes, request.variants)
    wanted(load_company(folders.recipes), request.beside)
    if request.toolchain:
        by_id(rows.toolchains, request.toolchain, "toolchain")
    cache = HashCache(folders.state / "hashes.json")
    fetched = _fetch(request, recipes, rows, progress, offline=request.offline or not fetch)
    found = finding.find(
        folders,
        recipes,
        sites=fetched.sites,
        paths=request.libraries,
        environ=request.environ,
        cache=cache,
        progress=progress,
        jobs=request.jobs,
    )
    for library in found.libraries:
        if library.problem and library.source == "path":
            progress.say(f"warning: {library.path} cannot be used: {library.problem}")
    return Gathered(
        recipes=recipes,
        rows=rows,
        fetched=fetched,
        found=found,
        interpreters=interpreters.search(rows.pythons, request.environ, request.pythons),
        cache=cache,
    )


def make_plan(request: Request, got: Gathered, *, fetch: bool) -> Plan:
    """Plan with what was gathered; with `fetch`, what PyPI supplies counts as available."""
    options = Options(
        only=request.only,
        toolchain=request.toolchain,
        fetch=fetch,
        unfetched={} if fetch else got.fetched.failures,
        machine=Machine(
            pythons=got.interpreters.refusals,
            toolchains=toolchain_refusals(got.rows, request.environ),
        ),
    )
    rows = got.rows
    return plan(got.recipes, got.found, rows.platforms, rows.pythons, rows.toolchains, options)


def prepare(request: Request, progress: Progress) -> Prepared:
    """Load, fetch, probe and plan; writes found.json and plan.json."""
    got = gather(request, progress, fetch=True)
    made = make_plan(request, got, fetch=False)
    write_text(request.folders.plan, made.to_json())
    epoch = source_date(request.folders.root, request.environ)
    return Prepared(
        recipes=got.recipes,
        rows=got.rows,
        fetched=got.fetched,
        found=got.found,
        interpreters=got.interpreters,
        cache=got.cache,
        request=request,
        project=read_project(request.folders.root),
        plan=made,
        epoch=epoch,
        env=cmake.child_environment(request.environ, epoch),
    )


def load(folder: Path) -> tuple[Recipes, Rows]:
    """Read all recipes and rows; an error names file, line, field and the fix."""
    try:
        return load_recipes(folder), load_rows(folder)
    except RecipeError as error:
        raise RowError(str(error), then="correct the line, then: python -m wheels plan") from error


def chosen(recipes: Recipes, names: Sequence[str]) -> Recipes:
    """Keep the default variant and those called `names`; none means all."""
    known = {variant.id: variant for variant in recipes.variants}
    for name in names:
        if name not in known:
            raise UnknownSelectionError(
                f"no variant is called `{name}`{nearest(name, known)}",
                why=f"the recipes know {', '.join(sorted(known))}",
                then="python -m wheels plan",
            )
    if not names:
        return recipes
    kept = tuple(
        dataclasses.replace(
            row, variant=tuple(v for v in row.variant if v.default or v.id in names)
        )
        for row in recipes.providers
    )
    return dataclasses.replace(recipes, providers=kept)


def toolchain_refusals(rows: Rows, environ: Mapping[str, str]) -> dict[str, str]:
    """Say for each toolchain why it cannot be used here, or nothing."""
    path = environ.get("PATH", os.defpath)
    return {row.id: why_unusable(row, path) for row in rows.toolchains}


def is_native(platform: Platform) -> bool:
    """Say whether this machine runs programs of `platform` itself."""
    return platform.machine == host.machine() and platform.system == host.system().lower()


def _fetch(
    request: Request, recipes: Recipes, rows: Rows, progress: Progress, *, offline: bool
) -> Fetched:
    folders: dict[str, Path] = {}
    failures: dict[str, str] = {}
    for platform in rows.platforms:
        got = providers.fetch(
            providers.wanted(recipes, platform),
            platform,
            request.folders.providers,
            logs=request.folders.logs,
            progress=progress,
            native=is_native(platform),
            offline=offline,
        )
        folders.update(got.folders)
        failures.update(got.failures)
    return Fetched(folders=folders, failures=failures)


def source_date(root: Path, environ: Mapping[str, str]) -> int:
    """The time of the last commit, as every file of a wheel carries it (seconds)."""
    if given := environ.get("SOURCE_DATE_EPOCH", ""):
        return int(given)
    try:
        done = call(["git", "-C", root, "log", "-1", "--format=%ct"], timeout=30, check=False)
    except WheelsError:
        return REPRODUCIBLE_EPOCH
    text = done.output.strip()
    return int(text) if done.returncode == 0 and text.isdigit() else REPRODUCIBLE_EPOCH


def commit(root: Path) -> str:
    """The commit of the sources, with `-dirty` when they were changed; empty without one."""
    words = ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = call(["git", "-C", root, *words], timeout=30, check=False)
    except WheelsError:
        return ""
    return done.output.strip() if done.returncode == 0 else ""


def workshop(ready: Prepared, platform: Platform) -> build.Workshop:
    """Set up what the build of one platform needs."""
    request = ready.request
    name = next(
        (item.toolchain for item in ready.plan.artefacts if item.platform == platform.id),
        platform.toolchains[0],
    )
    compiler = find_compiler(
        by_id(ready.rows.toolchains, name, "toolchain"),
        platform,
        request.environ,
        cache=request.folders.build / "cache" / name,
    )
    return build.Workshop(
        folders=request.folders,
        platform=platform.id,
        found=ready.found,
        compiler=compiler,
        wrappers=build.workshop_wrappers(request.folders, platform.id, compiler),
        tools=cmake.find_tools(request.environ),
        pythons=ready.interpreters.builds,
        abis={row.id: row.abi for row in ready.rows.pythons},
        env={**ready.env, **dict(compiler.environment)},
        cache=ready.cache,
        jobs=request.jobs,
    )
