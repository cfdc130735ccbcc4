# SPDX-License-Identifier: Apache-2.0
"""Everything before the first compile: recipes, packages from PyPI, the probe, the plan."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from blas_probe.errors import RecipeError
from blas_probe.found import Found
from blas_probe.recipe import Recipes, load_recipes
from wheels import build, cmake, cross, elsewhere, finding, interpreters, providers
from wheels.archive import given_date
from wheels.audit.rows import load_audit_rows
from wheels.command import call
from wheels.company.rows import load_company, wanted
from wheels.errors import RowError, UnknownSelectionError, UsageError, WheelsError
from wheels.fingerprint import HashCache
from wheels.folders import Folders, Project, read_project
from wheels.plan import Machine, Options, Plan, plan, possible_ids
from wheels.progress import Progress
from wheels.providers import Fetched
from wheels.repair.system import system_of
from wheels.rows import Platform, Rows, by_id, load_rows
from wheels.select import matches, nearest, require_each_matches
from wheels.state import write_text
from wheels.target.rows import load_targets, require_import_library, target_of
from wheels.toolchain import find_compiler, why_unusable

NATIVE = "native"
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
    platforms: tuple[str, ...] = ()
    """Ids (globs) of rows; `native` stands for those that this machine runs itself."""
    require_run: bool = False
    """Ship nothing of which a part could not be run here."""
    offline: bool = False
    full: bool = False
    """Run every case of trivet-check, not only the quick ones."""
    baseline: Path | None = None
    """The recorded speeds to compare with; None: none."""
    jobs: int = 1
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a platform's backends are made from."""

    fetched: Fetched
    found: Found


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """What this machine has, for a plan."""

    recipes: Recipes
    rows: Rows
    """Of the platforms, those that were asked for."""
    grounds: Mapping[str, Ground]
    """By platform."""
    found: Found
    """What is on this machine itself."""
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
    rows = with_platforms(rows, recipes, request)
    wanted(load_company(folders.recipes), request.beside)
    if request.toolchain:
        by_id(rows.toolchains, request.toolchain, "toolchain")
    require_rows(folders.recipes, rows)
    cache = HashCache(folders.state / "hashes.json")
    offline = request.offline or not fetch
    fetched = _fetch(request, recipes, rows, progress, cache, offline=offline)
    native = [row.id for row in rows.platforms if elsewhere.is_native(row)]
    found = finding.find(
        folders,
        recipes,
        sites=[site for name in native for site in fetched[name].sites],
        paths=request.libraries,
        environ=request.environ,
        cache=cache,
        progress=progress,
        jobs=request.jobs,
    )
    for library in found.libraries:
        if library.problem and library.source == "path":
            progress.say(f"warning: {library.path} cannot be used: {library.problem}")
    grounds = {
        row.id: Ground(
            fetched=fetched[row.id],
            found=found
            if row.id in native
            else elsewhere.find_elsewhere(
                row, folders, recipes, fetched[row.id], request.environ, cache
            ),
        )
        for row in rows.platforms
    }
    return Gathered(
        recipes=recipes,
        rows=rows,
        grounds=grounds,
        found=found,
        interpreters=interpreters.search(rows.pythons, request.environ, request.pythons),
        cache=cache,
    )


def require_rows(folder: Path, rows: Rows) -> None:
    """RowError when a file that only later stages read is wrong, or knows not every platform."""
    load_audit_rows(folder)
    targets = load_targets(folder)
    for row in rows.platforms:
        system_of(row.id, folder)
        if not elsewhere.is_native(row):
            require_import_library(target_of(targets, row), row, rows.toolchains)


def make_plan(request: Request, got: Gathered, *, fetch: bool) -> Plan:
    """Plan with what was gathered; with `fetch`, what PyPI supplies counts as available."""
    options = Options(
        only=request.only,
        toolchain=request.toolchain,
        fetch=fetch,
        unfetched={}
        if fetch
        else {name: one.fetched.failures for name, one in got.grounds.items()},
        foreign=tuple(row.id for row in got.rows.platforms if not elsewhere.is_native(row)),
        machine=Machine(
            pythons=got.interpreters.refusals,
            toolchains=toolchain_refusals(got.rows, request.environ),
        ),
    )
    rows = got.rows
    founds = {name: one.found for name, one in got.grounds.items()}
    return plan(got.recipes, founds, rows.platforms, rows.pythons, rows.toolchains, options)


def prepare(request: Request, progress: Progress) -> Prepared:
    """Load, fetch, probe and plan; writes found.json and plan.json."""
    epoch = source_date(request.folders.root, request.environ)
    got = gather(request, progress, fetch=True)
    made = make_plan(request, got, fetch=False)
    write_text(request.folders.plan, made.to_json())
    return Prepared(
        recipes=got.recipes,
        rows=got.rows,
        grounds=got.grounds,
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


def with_platforms(rows: Rows, recipes: Recipes, request: Request) -> Rows:
    """Keep the platforms that were asked for: by name, or because an id asked for lies there."""
    known = [row.id for row in rows.platforms]
    require_each_matches(
        [name for name in request.platforms if name != NATIVE], known, "--platform"
    )
    meant = [
        row for row in rows.platforms if not request.platforms or _is_meant(row, request.platforms)
    ]
    if not meant:
        raise UnknownSelectionError(
            f"--platform {' '.join(request.platforms)}: this machine runs no platform itself",
            why=f"recipes/platforms.toml knows {', '.join(known)}",
            then="name one of them",
        )
    kept = [
        row
        for row in meant
        if not request.only
        or any(matches(name, request.only) for name in possible_ids(recipes, row, rows.pythons))
    ]
    return dataclasses.replace(rows, platforms=tuple(kept or meant))


def _is_meant(row: Platform, names: Sequence[str]) -> bool:
    globs = [name for name in names if name != NATIVE]
    return (NATIVE in names and elsewhere.is_native(row)) or bool(globs and matches(row.id, globs))


def _fetch(
    request: Request,
    recipes: Recipes,
    rows: Rows,
    progress: Progress,
    cache: HashCache,
    *,
    offline: bool,
) -> dict[str, Fetched]:
    answers = {}
    for platform in rows.platforms:
        fetched = providers.fetch(
            providers.wanted(recipes, platform),
            platform,
            request.folders.providers,
            logs=request.folders.logs,
            progress=progress,
            native=elsewhere.is_native(platform),
            offline=offline,
            cache=cache,
        )
        answers[platform.id] = providers.fitting(fetched, recipes, platform)
    return answers


def source_date(root: Path, environ: Mapping[str, str]) -> int:
    """The time of the last commit, as every file of a wheel carries it (seconds)."""
    if (given := given_date(environ)) is not None:
        return given
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
        row=platform,
        found=ready.grounds[platform.id].found,
        compiler=compiler,
        wrappers=cross.aim(request.folders.build / platform.id / compiler.id, platform, compiler),
        tools=cmake.find_tools(request.environ),
        pythons=ready.interpreters.builds,
        rows={row.id: row for row in ready.rows.pythons},
        env={**ready.env, **dict(compiler.environment)},
        cache=ready.cache,
        jobs=request.jobs,
    )
