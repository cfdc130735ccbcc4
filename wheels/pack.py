# SPDX-License-Identifier: Apache-2.0
"""Assemble wheels from finished units; nothing here compiles, and nothing reaches dist/ yet."""

from __future__ import annotations

import dataclasses
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from blas_probe.choose import Choice
from blas_probe.recipe import Recipes
from wheels import libraries, licences, metadata
from wheels.archive import write_wheel
from wheels.build import Unit, Workshop, backend_id, bindings_id, library_folder
from wheels.command import Log, call
from wheels.errors import PackError
from wheels.fingerprint import fingerprint, sha256
from wheels.folders import Project
from wheels.plan import Artefact, default_variant
from wheels.proof.certificate import NAME, Inside, Proof, text_of
from wheels.proof.making import checked_text, inside_of, native_files
from wheels.repair.elf import declared_floor, set_rpath
from wheels.repair.job import Repaired
from wheels.repair.verify import verify
from wheels.repair.ways import repair
from wheels.rows import Platform, Python
from wheels.sound import require_sound
from wheels.state import new_folder, read_json_or_none, write_json

RECORD = "packed.json"
OURS = ("archive", "elf", "libraries", "licences", "metadata", "pack")
SOURCES = (
    *(f"wheels/{name}.py" for name in OURS),
    "wheels/repair",
    "recipes/system_libraries.toml",
    "recipes/audit.toml",
    "wheels/audit",
    "wheels/sound.py",
    "wheels/proof/certificate.py",
    "wheels/proof/making.py",
    "core/python/trivet",
    "README.md",
    "LICENSE",
    "pyproject.toml",
)
PROBE_SOURCES = ("wheels/pack.py", "blas_probe", "recipes", "LICENSE", "pyproject.toml")
LEFT_OUT = ("tests", "__pycache__")
PROBE_TIMEOUT = 300.0  # seconds


@dataclass(frozen=True, kw_only=True)
class Packed:
    """A finished wheel that waits for its certificate."""

    artefact: str
    path: Path
    sha256: str
    tag: str
    grafted: tuple[str, ...]
    notes: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Everything that packing needs."""

    shop: Workshop
    platform: Platform
    pythons: Mapping[str, Python]
    project: Project
    recipes: Recipes
    epoch: int
    links: Sequence[Path]
    """Folders with wheels from PyPI."""
    units: Mapping[str, Unit]
    proofs: Mapping[str, Proof]
    """Variant -> what trivet-check proved about its backend."""

    @property
    def default_variant(self) -> str:
        """The variant inside the main wheel on this platform."""
        return default_variant(self.recipes, self.platform.id)


@dataclass(frozen=True, kw_only=True)
class _Contents:
    """What goes into one wheel before it is repaired."""

    distribution: str
    tag: str
    """Python and ABI tag."""
    metadata: str
    choice: Choice
    modules: Sequence[tuple[Path, str]]
    """(file or folder, place in the wheel)."""
    texts: Mapping[str, str]
    inside: Inside
    """The certificate; the hashes of the native files are still missing."""
    place: str
    """Folder of the backend and the certificate in the wheel."""
    proof: Proof


def pack(artefact: Artefact, bench: Bench) -> Packed:
    """Assemble and repair one wheel, unless the same inputs were packed before."""
    folder = bench.shop.folders.packed / artefact.id
    if artefact.kind == "probe":
        contents, value = None, _probe_print(bench)
    else:
        maker = _trivet if artefact.kind == "trivet" else _backend
        contents = maker(artefact, bench)
        value = _print(contents, bench)
    if known := finished(folder, artefact.id, value, bench):
        return known
    log = Log(bench.shop.folders.logs / f"pack-{artefact.id}.log", f"pack {artefact.id}")
    with new_folder(folder) as temporary:
        if contents is None:
            facts = _pack_probe(temporary, bench, log)
        else:
            facts = _pack(contents, temporary, bench, log)
        wheel = next(temporary.glob("*.whl"))
        digest = bench.shop.cache.of(wheel)
        write_json(
            temporary / RECORD,
            {"fingerprint": value, "file": wheel.name, "sha256": digest, **facts},
        )
    log.write("= done")
    packed = finished(folder, artefact.id, value, bench)
    if packed is None:
        raise PackError(f"{folder}: changed while it was written", then="run it again")
    return packed


def finished(folder: Path, artefact: str, value: str, bench: Bench) -> Packed | None:
    """Return the wheel that was packed from the same inputs, or None."""
    record = read_json_or_none(folder / RECORD)
    if not isinstance(record, dict) or record.get("fingerprint") != value:
        return None
    if not _is_whole(record):
        return None
    path = folder / record["file"]
    if not path.is_file() or bench.shop.cache.of(path) != record["sha256"]:
        return None
    return Packed(
        artefact=artefact,
        path=path,
        sha256=record["sha256"],
        tag=record["tag"],
        grafted=tuple(record["grafted"]),
        notes=tuple(record["notes"]),
        fingerprint=value,
    )


def _is_whole(record: Mapping[str, object]) -> bool:
    """Say whether packed.json holds all that is read of it."""
    kinds = {"file": str, "sha256": str, "tag": str, "grafted": list, "notes": list}
    return all(isinstance(record.get(name), kind) for name, kind in kinds.items())


def _print(contents: _Contents, bench: Bench) -> str:
    shop = bench.shop
    units = {name: unit.files for name, unit in bench.units.items()}
    used = {name: units[name] for name in units if _is_used(name, contents)}
    supplied = libraries.facts(contents.choice, shop.cache)
    inside = text_of(contents.inside)
    facts = (used, contents.texts, inside, contents.metadata, contents.tag, supplied, bench.epoch)
    root = shop.folders.root
    return fingerprint(shop.cache, root, [root / name for name in SOURCES], *facts)


def _is_used(unit: str, contents: _Contents) -> bool:
    return any(unit in source.parts for source, _ in contents.modules)


def _trivet(artefact: Artefact, bench: Bench) -> _Contents:
    row = bench.pythons[artefact.python]
    choice = bench.shop.found.choose(bench.default_variant)
    variant = choice.variant
    place = f"trivet/backends/{variant.id.replace('-', '_')}"
    backend = bench.units[backend_id(variant.id)].path(bench.shop.backend_file(variant.id))
    bindings = bench.units[bindings_id(row.id)].folder / "trivet"
    proof = bench.proofs[variant.id]
    return _Contents(
        distribution=bench.project.name,
        tag=f"{row.id}-{row.abi}",
        metadata=metadata.trivet_metadata(bench.project, bench.recipes, variant.requires),
        choice=choice,
        modules=[
            (bench.shop.folders.root / "core/python/trivet", "trivet"),
            (bindings, "trivet"),
            (backend, f"{place}/{backend.name}"),
        ],
        texts={"trivet/_build_info.py": build_info(choice, bench)},
        inside=inside_of(choice, proof, bench.shop.folders.root),
        place=place,
        proof=proof,
    )


def _backend(artefact: Artefact, bench: Bench) -> _Contents:
    choice = bench.shop.found.choose(artefact.variant)
    variant = choice.variant
    module = metadata.module_name(variant.id)
    backend = bench.units[backend_id(variant.id)].path(bench.shop.backend_file(variant.id))
    recipe = bench.recipes.provider(variant.provider)
    docstring = (
        f'"""Trivet\'s backend `{variant.id}`; it has no code, trivet finds it by itself."""'
    )
    proof = bench.proofs[variant.id]
    return _Contents(
        distribution=artefact.distribution,
        tag="py3-none",
        metadata=metadata.backend_metadata(bench.project, variant, recipe.summary),
        choice=choice,
        modules=[(backend, f"{module}/{backend.name}")],
        texts={
            f"{module}/__init__.py": f"# SPDX-License-Identifier: Apache-2.0\n{docstring}\n",
            "entry_points.txt": metadata.entry_points(variant.id),
        },
        inside=inside_of(choice, proof, bench.shop.folders.root),
        place=module,
        proof=proof,
    )


def build_info(choice: Choice, bench: Bench) -> str:
    """The text of trivet/_build_info.py: plain constants, nothing of this machine."""
    verdict = bench.proofs[choice.variant.id].verdict
    facts = {
        "variant": choice.variant.id,
        "provider": choice.blas.provider,
        "provider_version": choice.blas.version,
        "library": Path(choice.blas.path).name,
        "source": choice.blas.source,
        "toolchain": f"{bench.shop.compiler.id} {bench.shop.compiler.version}",
        "reason": "release build",
        "checked": checked_text(verdict),
        "version": bench.project.version,
    }
    rows = "".join(f"    {key!r}: {value!r},\n" for key, value in facts.items())
    head = '# SPDX-License-Identifier: Apache-2.0\n"""How this wheel was built; generated."""\n\n'
    return f"{head}BUILD: dict[str, str] = {{\n{rows}}}\n"


def _pack(contents: _Contents, folder: Path, bench: Bench, log: Log) -> dict[str, object]:
    """Assemble, repair, add licences, prove, write; returns what packed.json says."""
    shop, choice = bench.shop, contents.choice
    depends = choice.variant.runtime == "depend"
    stem = metadata.file_stem(contents.distribution, bench.project.version)
    tree, work = folder / "assembled", folder / "work"
    _assemble(tree, stem, contents)
    tag = f"{contents.tag}-{raw_tag(bench.platform)}"
    _write_info(tree / f"{stem}.dist-info", contents, tag, bench.project.version)
    raw = folder / "raw" / f"{stem}-{tag}.whl"
    write_wheel(tree, raw, epoch=bench.epoch, level=0)
    supply = supply_of(choice, shop)
    require_proven(
        tree / contents.place / shop.backend_file(choice.variant.id), supply, contents.proof
    )
    excluded = {path.name: path for path in supply.linked} if depends else {}
    repaired = repair(
        raw,
        work,
        platform=bench.platform,
        search=supply.search,
        excluded=excluded,
        declared=declared_floor(bench.links, choice.variant.requires),
        env=shop.env,
        log=log,
        recipes=shop.folders.recipes,
    )
    if depends and bench.platform.system == "linux":
        for path in repaired.tree.rglob(shop.backend_file(choice.variant.id)):
            set_rpath(path, supply.rpath, env=shop.env, log=log)
    verify(
        repaired.tree,
        platform=bench.platform,
        tag=repaired.platform_tag,
        excluded=list(excluded),
        recipes=shop.folders.recipes,
    )
    notes = _add_licences(repaired, contents, supply, bench)
    inside = dataclasses.replace(contents.inside, files=native_files(repaired.tree))
    certificate = repaired.tree / contents.place / NAME
    certificate.write_text(text_of(inside), encoding="utf-8")
    final = f"{contents.tag}-{repaired.platform_tag}"
    _write_info(
        repaired.tree / f"{stem}.dist-info", contents, final, bench.project.version, again=True
    )
    wheel = folder / f"{stem}-{final}.whl"
    write_wheel(repaired.tree, wheel, epoch=bench.epoch)
    place = f"{contents.place}/{shop.backend_file(choice.variant.id)}"
    main = contents.distribution == bench.project.name
    strict = bench.platform.system == "linux"
    notes.append(
        require_sound(wheel, place, choice.variant, shop.folders.recipes, main=main, strict=strict)
    )
    for scratch in (tree, work, folder / "raw"):
        shutil.rmtree(scratch)
    return {"tag": final, "grafted": repaired.grafted, "notes": notes}


def raw_tag(platform: Platform) -> str:
    """The tag of a wheel that nobody has looked at yet."""
    return f"linux_{platform.machine}" if platform.system == "linux" else platform.id


def require_proven(backend: Path, supply: libraries.Supply, proof: Proof) -> None:
    """PackError unless these are, byte for byte, the files that the checks ran."""
    wanted = {backend: proof.sha256}
    if proof.linked:
        wanted |= {path: proof.linked.get(path.name, "") for path in supply.linked}
    for path, digest in wanted.items():
        if sha256(path) != digest:
            raise PackError(
                f"{path.name} is not the file that was checked",
                why="it was changed or swapped for another one after its check",
                then="run the same command again; it is built and checked anew",
            )


def supply_of(choice: Choice, shop: Workshop) -> libraries.Supply:
    """Describe the copies that the build stage made of a variant's libraries."""
    folder = library_folder(shop, choice.variant.id)
    return libraries.already_staged(choice, folder)


def _assemble(tree: Path, stem: str, contents: _Contents) -> None:
    for source, place in contents.modules:
        target = tree / place
        if source.is_dir():
            ignore = shutil.ignore_patterns(*LEFT_OUT)
            shutil.copytree(source, target, ignore=ignore, dirs_exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    for place, text in contents.texts.items():
        target = tree / (place if "/" in place else f"{stem}.dist-info/{place}")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def _write_info(
    info: Path, contents: _Contents, tag: str, version: str, *, again: bool = False
) -> None:
    info.mkdir(parents=True, exist_ok=True)
    text = metadata.wheel_text([tag], pure=False, version=version)
    (info / "WHEEL").write_text(text, encoding="utf-8")
    if not again:
        (info / "METADATA").write_text(contents.metadata, encoding="utf-8")


def _add_licences(
    repaired: Repaired, contents: _Contents, supply: libraries.Supply, bench: Bench
) -> list[str]:
    """Put the licences of everything inside into .dist-info; returns remarks."""
    originals = {
        path.name: Path(record.path)
        for path, record in zip(supply.linked, supply.libraries, strict=True)
    }
    folders = [*supply.search, *system_folders(bench.platform)]
    files, missing = licences.for_wheel(repaired.grafted, originals, folders, bench.shop.env)
    info = next(repaired.tree.glob("*.dist-info"))
    names = metadata.write_licences(info, bench.project, files)
    text = metadata.with_license_files(contents.metadata, names)
    (info / "METADATA").write_text(text, encoding="utf-8")
    return [f"no licence file is known for {name}" for name in missing]


def system_folders(platform: Platform) -> list[Path]:
    """The loader's own folders on this machine."""
    triplet = f"{platform.machine}-linux-gnu"
    names = (f"/usr/lib/{triplet}", f"/lib/{triplet}", "/usr/lib64", "/lib64", "/usr/lib", "/lib")
    return [Path(name) for name in names]


def _probe_print(bench: Bench) -> str:
    root = bench.shop.folders.root
    return fingerprint(bench.shop.cache, root, [root / name for name in PROBE_SOURCES], bench.epoch)


def _pack_probe(folder: Path, bench: Bench, log: Log) -> dict[str, object]:
    """Let blas_probe's own build backend make its wheel."""
    source = bench.shop.folders.root / "blas_probe"
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import probe_backend; "
        "probe_backend.build_wheel(sys.argv[2])"
    )
    argv = [sys.executable, "-c", code, str(source / "packaging"), str(folder)]
    call(argv, env=bench.shop.env, cwd=source, log=log, timeout=PROBE_TIMEOUT)
    wheel = next(folder.glob("*.whl"))
    return {"tag": "-".join(wheel.stem.split("-")[-3:]), "grafted": [], "notes": []}
