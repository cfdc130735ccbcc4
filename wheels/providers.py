# SPDX-License-Identifier: Apache-2.0
"""Fetch the PyPI packages that supply libraries: one folder each, laid out as pip would."""

from __future__ import annotations

import csv
import io
import os
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from blas_probe.binary import cannot_run, read
from blas_probe.errors import BinaryError
from blas_probe.recipe import Recipes, Variant
from wheels.command import Log, call, kill_all
from wheels.errors import CommandError, CommandTimeoutError, FetchError
from wheels.fingerprint import HashCache, sha256
from wheels.progress import Progress, Stopwatch
from wheels.rows import Platform, numbers_in
from wheels.state import new_folder, read_json_or_none, write_json

SITE = PurePosixPath("lib/python3/site-packages")
MARK = "fetched.json"
NOT_HERE = "not fetched before, or changed since, and --offline was given"
FETCH_TIMEOUT = 900.0  # seconds; the largest package has some hundred megabytes


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """Folders of the packages that are here, and why the others are not."""

    folders: Mapping[str, Path]
    """Requirement -> prefix that holds it."""
    failures: Mapping[str, str]
    """Requirement -> reason."""

    @property
    def sites(self) -> tuple[Path, ...]:
        """The site-packages folders, for the probe."""
        return tuple(folder / SITE for _, folder in sorted(self.folders.items()))

    @property
    def wheels(self) -> tuple[Path, ...]:
        """Folders with the wheels as they were fetched, for installing from without a network."""
        return tuple(folder / "wheels" for _, folder in sorted(self.folders.items()))


def exists_on(variant: Variant, platform: str) -> bool:
    """Say whether the recipe names `platform`."""
    return any(fnmatchcase(platform, glob) for glob in variant.platforms)


def wanted(recipes: Recipes, platform: Platform) -> tuple[str, ...]:
    """List the requirements that the variants of `platform` name, each once."""
    found = {
        variant.wheel
        for variant in recipes.variants
        if variant.wheel and exists_on(variant, platform.id)
    }
    return tuple(sorted(found))


def folder_of(requirement: str, providers: Path) -> Path:
    """Return the folder of a pinned requirement, e.g. providers/mkl-devel-2026.2.0."""
    return providers / requirement.replace("==", "-").replace("[", "_").replace("]", "")


def fetch(
    requirements: Sequence[str],
    platform: Platform,
    providers: Path,
    *,
    logs: Path,
    progress: Progress,
    native: bool = True,
    offline: bool = False,
    jobs: int = 4,
    cache: HashCache | None = None,
) -> Fetched:
    """Fetch what is not here as it came, in parallel; what fails is reported, not raised."""
    place = providers / platform.id
    asked, hashes = asked_of(platform, native=native), cache or HashCache()
    missing = [name for name in requirements if not is_fetched(name, place, asked, hashes)]
    failures: dict[str, str] = {}
    if missing and not offline:
        progress.stage("fetch", len(missing))

    def one(requirement: str) -> None:
        watch = Stopwatch()
        try:
            _fetch_one(requirement, platform, place, logs=logs, native=native)
            progress.done(f"{requirement} for {platform.id}", "fetched", watch.seconds)
        except FetchError as error:
            failures[requirement] = f"{error.why}"
            progress.done(requirement, f"failed: {error.why}", watch.seconds)

    if offline:
        failures = dict.fromkeys(missing, NOT_HERE)
    else:
        with ThreadPoolExecutor(max_workers=jobs) as pool:
            running = [pool.submit(one, name) for name in missing]
            try:
                for future in running:
                    future.result()
            except BaseException:  # Ctrl-C: pip would be waited for
                pool.shutdown(wait=False, cancel_futures=True)
                kill_all()
                raise
    here = [name for name in requirements if name not in failures]
    return Fetched(folders={name: folder_of(name, place) for name in here}, failures=failures)


def fitting(fetched: Fetched, recipes: Recipes, platform: Platform) -> Fetched:
    """Leave out the packages whose libraries could not be loaded on `platform`, with the reason."""
    unfit = {}
    for requirement, folder in fetched.folders.items():
        reasons = (why_unfit(path, platform) for path in libraries_of(requirement, folder, recipes))
        if reason := next(filter(None, reasons), ""):
            unfit[requirement] = f"{reason} (remove {folder} to have it fetched again)"
    kept = {name: folder for name, folder in fetched.folders.items() if name not in unfit}
    return Fetched(folders=kept, failures={**fetched.failures, **unfit})


def libraries_of(requirement: str, folder: Path, recipes: Recipes) -> Iterator[Path]:
    """The library files in a fetched package that the recipes naming it look for."""
    globs = {
        glob
        for recipe in recipes.providers
        if any(one.wheel == requirement for one in recipe.variant)
        for glob in recipe.find.files
    }
    for path in sorted(folder.rglob("*")):  # data go to the prefix: Library/bin, lib
        if any(fnmatchcase(path.name, glob) for glob in globs) and path.is_file():
            yield path


def why_unfit(path: Path, platform: Platform) -> str:
    """Why a library cannot be loaded on the oldest system of `platform`; empty when it can."""
    try:
        binary = read(path)
    except BinaryError as error:
        return f"{path.name}: {error}"
    if cannot_run(binary, platform.host):
        kinds = "/".join(binary.machines or (binary.machine,))
        return f"{path.name} is for {binary.platform} on {kinds}, and not for {platform.id}"
    asked = numbers_in((binary.floor or "").rpartition(" ")[2])  # `glibc 2.27`
    given = numbers_in(platform.libc_floor)
    if not asked or not given or asked <= given:
        return ""
    return (
        f"{path.name} asks for {binary.floor}, and {platform.id} promises {platform.libc_floor}: "
        f"raise `libc_floor` in recipes/platforms.toml, or pin an older package"
    )


def asked_of(platform: Platform, *, native: bool) -> list[str]:
    """The names of the platform that pip is told; none where it is this machine's own."""
    return [] if native else list(platform.pip_platforms)


def is_fetched(requirement: str, place: Path, asked: Sequence[str], cache: HashCache) -> bool:
    """Say whether the folder of `requirement` is as it was fetched, for the platforms `asked`.

    It appears only as a whole; the mark of an older version tells neither platforms nor files.
    """
    folder = folder_of(requirement, place).resolve()
    mark = read_json_or_none(folder / MARK)
    if not isinstance(mark, dict) or mark.get("requirement") != requirement:
        return False
    if mark.get("pip_platforms", asked) != asked:
        return False
    files = mark.get("files", {})
    return isinstance(files, dict) and all(
        _is_same(folder / name, digest, cache) for name, digest in files.items()
    )


def _is_same(path: Path, digest: str, cache: HashCache) -> bool:
    try:
        return cache.of(path) == digest
    except OSError:
        return False


def _fetch_one(
    requirement: str, platform: Platform, place: Path, *, logs: Path, native: bool
) -> None:
    folder = folder_of(requirement, place)
    log = Log(logs / f"fetch-{folder.name}.log", f"fetch {requirement} for {platform.id}")
    argv = pip_download(requirement, platform, native=native)
    with new_folder(folder) as temporary:
        try:
            call([*argv, "--dest", temporary / "wheels"], log=log, timeout=FETCH_TIMEOUT)
        except (CommandError, CommandTimeoutError) as error:
            raise FetchError(
                f"{requirement}: could not be fetched from the package index",
                why=fetch_failure(log.path.read_text(encoding="utf-8"), error),
                then=f"check the network, then run the same command again (log: {log.path})",
            ) from error
        for wheel in sorted((temporary / "wheels").glob("*.whl")):
            unpack(wheel, temporary)
        write_json(
            temporary / MARK,
            {
                "requirement": requirement,
                "pip_platforms": asked_of(platform, native=native),
                "files": hashes_of(temporary),
            },
        )


def hashes_of(folder: Path) -> dict[str, str]:
    """Place below `folder` -> SHA-256 of every file there."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): sha256(path) for path in files}


def pip_download(requirement: str, platform: Platform, *, native: bool) -> list[str]:
    """Return pip's command line; a platform that is not this machine's is named to pip."""
    argv = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-input"]
    argv += ["--retries", "1", "--timeout", "20", "--only-binary", ":all:", "--progress-bar", "off"]
    for name in asked_of(platform, native=native):
        argv += ["--platform", name]
    return [*argv, requirement]


NO_NETWORK = (
    "Failed to establish a new connection",
    "Temporary failure in name resolution",
    "Name or service not known",
    "Network is unreachable",
    "Connection refused",
    "Cannot connect to proxy",
    "Read timed out",
    "connection error",
    "ConnectionError",
    "ProxyError",
)


def fetch_failure(output: str, error: Exception) -> str:
    """Say in one line why pip did not deliver."""
    if isinstance(error, CommandTimeoutError):
        return f"no end after {FETCH_TIMEOUT:.0f} s"
    if any(text in output for text in NO_NETWORK):
        return "no network: the package index cannot be reached"
    lines = [line for line in output.splitlines() if line.startswith("ERROR:")]
    return lines[-1].removeprefix("ERROR: ") if lines else "pip failed without a message"


def unpack(wheel: Path, prefix: Path) -> None:
    """Lay a wheel out under `prefix` as pip would; RECORD then names the real places."""
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            place = prefix / installed_place(info.filename)
            place.parent.mkdir(parents=True, exist_ok=True)
            data = archive.read(info)
            if info.filename.endswith(".dist-info/RECORD"):
                data = _moved_record(data)
            place.write_bytes(data)
            mode = info.external_attr >> 16
            if mode & 0o100:
                place.chmod(0o755)


def installed_place(name: str) -> PurePosixPath:
    """Map a name inside a wheel to its place under the prefix."""
    path = PurePosixPath(name)
    if ".." in path.parts or path.is_absolute():
        raise FetchError(f"{name}: leaves its folder", why="a damaged or hostile wheel")
    first, *rest = path.parts
    if not first.endswith(".data") or len(rest) < 2:
        return SITE / path
    scheme, *inner = rest
    roots = {"data": PurePosixPath(), "scripts": PurePosixPath("bin")}
    return roots.get(scheme, SITE).joinpath(*inner)


def _moved_record(data: bytes) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in csv.reader(io.StringIO(data.decode("utf-8"))):
        if row:
            row[0] = os.path.relpath(installed_place(row[0]), SITE)
            writer.writerow(row)
    return out.getvalue().encode("utf-8")
