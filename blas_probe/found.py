# SPDX-License-Identifier: Apache-2.0
"""The answer of the prober, and its JSON form (the version is SCHEMA)."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator, Mapping
from dataclasses import field

from blas_probe.bench.limit import Limit
from blas_probe.choose import Choice, choose, refusals, why_before
from blas_probe.cuda.toolkit import ArchAnswer, Driver, Toolkit
from blas_probe.cuda.why import about
from blas_probe.cuda.why import names as cuda_names
from blas_probe.errors import FoundFileError, NotChosen, UnknownVariant
from blas_probe.library import Library
from blas_probe.rebuild import rebuild
from blas_probe.recipe import Recipes, Variant
from blas_probe.record import dataclass
from blas_probe.short import ends
from blas_probe.threads.facts import MachineFacts
from blas_probe.warning import Warning_

SCHEMA = 3


@dataclass(frozen=True, kw_only=True)
class Found:
    """All libraries on this machine, and the variants that they may serve."""

    libraries: tuple[Library, ...]
    """One record for each real file, in the order of their paths."""
    variants: tuple[Variant, ...]
    """What could be built, from the recipes."""
    ignored_environment: Mapping[str, str]
    """Variables that were set and taken away while probing."""
    toolkits: tuple[Toolkit, ...] = ()
    """CUDA toolkits, once per real folder."""
    driver: Driver | None = None
    """NVIDIA's driver and its GPUs; None when it was not asked."""
    machine: MachineFacts | None = None
    """What the machine allows; None when it was not asked."""
    loader_names: Mapping[str, str] = field(default_factory=dict)
    """Name that a program may ask for (libblas.so.3) -> the file that the loader gives it now."""
    warnings: tuple[Warning_, ...] = ()
    """What is wrong, or will go wrong, with what was found."""
    cuda_archs: ArchAnswer | None = None
    """The answers of `--cuda-arch`; None when nobody asked."""
    limits: tuple[Limit, ...] = ()
    """What this machine can do at most; empty unless `--bench` measured it."""

    def choose(self, variant_id: str) -> Choice:
        """The libraries for `variant_id`; NotChosen or UnknownVariant say why not."""
        return choose(self.variant(variant_id), self.libraries)

    def variant(self, variant_id: str) -> Variant:
        """The variant row called `variant_id`."""
        for variant in self.variants:
            if variant.id == variant_id:
                return variant
        known = ", ".join(variant.id for variant in self.variants)
        msg = f"no variant `{variant_id}`; known: {known}"
        raise UnknownVariant(msg)

    def why_not(self, name: str, recipes: Recipes | None = None) -> list[str]:
        """One sentence per reason why `name` is not used, or how it stands.

        `name` is a variant, provider, path or file name; with `recipes` also a provider that is
        not here, a CUDA toolkit, release, piece or host compiler.
        """
        ids = {variant.id for variant in self.variants}
        if name in ids:
            return self._why_variant(name)
        if name.lower() != name and name.lower() in ids | {one.provider for one in self.libraries}:
            return self.why_not(name.lower(), recipes)
        called = (_is_called, _is_nearly_called)
        hits = next(filter(None, ([one for one in self.libraries if such(one, name)]
                                  for such in called)), [])  # fmt: skip
        cuda = recipes.cuda if recipes else None
        lines = [line for library in hits for line in self._why_library(library)]
        if name in self.loader_names:
            lines.insert(0, f"a program that asks for {name} gets {self.loader_names[name]}")
        lines += about(self.toolkits, self.driver, name, cuda) if cuda else []
        providers = {variant.provider for variant in self.variants}
        providers |= {one.name for one in recipes.providers} if recipes else set()
        if not lines and name not in providers:
            known = sorted({variant.id for variant in self.variants} | providers)
            known += cuda_names(self.toolkits, cuda) if cuda else []
            what = "a library's path" + (", a toolkit's path or a piece of it" if cuda else "")
            msg = f"nothing here is called `{name}`; known: {', '.join(known)}, or {what}"
            raise UnknownVariant(msg)
        return lines or [_not_here(name, recipes)]

    def _why_variant(self, variant_id: str) -> list[str]:
        try:
            choice = self.choose(variant_id)
        except NotChosen as error:
            return str(error).split("\n  ")
        return [f"{variant_id} is available: {choice.blas.path}", *choice.reasons[1:]]

    def _why_library(self, library: Library) -> list[str]:
        if library.problem is not None:
            return [f"{library.path}: {library.problem}"]
        mine = [variant for variant in self.variants if variant.provider == library.provider]
        lines = [f"its LAPACK serves {name}" for name in self._as_lapack(library)]
        for variant in mine:
            reasons = refusals(variant, library)
            refused = f"not for {variant.id}: {'; '.join(reasons)}"
            lines.append(refused if reasons else self._standing(variant, library))
        if not mine:
            lines.append(f"no recipe has a variant for provider {library.provider}")
        if len(lines) == 1:
            return [f"{library.path}: {lines[0]}"]
        return [f"{library.path}:", *(f"  {line}" for line in lines)]

    def _as_lapack(self, library: Library) -> Iterator[str]:
        """The variants that take their LAPACK from it."""
        if library.has_blas or not library.has_lapack:
            return
        for variant in self.variants:
            with contextlib.suppress(NotChosen):
                choice = self.choose(variant.id)
                if choice.lapack is not None and choice.lapack.path == library.path:
                    yield f"{variant.id}, before the BLAS {choice.blas.path}"

    def _standing(self, variant: Variant, library: Library) -> str:
        try:
            chosen = self.choose(variant.id).blas
        except NotChosen as error:
            return f"fits {variant.id} as BLAS, but " + str(error).split("\n  ")[1]
        if chosen.path == library.path:
            return f"chosen for {variant.id}"
        reason = why_before(variant, chosen, library)
        return f"fits {variant.id}, but {chosen.path} ranks before it: {reason}"

    def to_json(self) -> str:
        """The text of found.json."""
        data = {"schema": SCHEMA, **dataclasses.asdict(self)}
        return json.dumps(data, indent=1, ensure_ascii=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Found:
        """Read what to_json wrote; FoundFileError when it is something else."""
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            msg = f"this is no found.json ({error}); run the probe again"
            raise FoundFileError(msg) from error
        schema = data.pop("schema", None) if isinstance(data, dict) else None
        if schema != SCHEMA:
            msg = f"schema {schema}, this version reads {SCHEMA}; run the probe again"
            raise FoundFileError(msg)
        return rebuild(cls, data)


def _not_here(name: str, recipes: Recipes | None) -> str:
    """A provider without any library, and what was looked for."""
    recipe = recipes.provider(name) if recipes else None
    sought = f" (files {', '.join(recipe.find.files)})" if recipe else ""
    return f"no library of {name} was found on this machine{sought}"


def _is_called(library: Library, name: str) -> bool:
    """By provider, path, the end of a path, its folder, or whoever brought it."""
    paths = {library.path, *library.names}
    folders = {path.rpartition("/")[0] for path in paths}
    package = library.package or ""
    brought = {library.source.partition(":")[2], package.partition(" ")[0], package}
    brought |= {library.source} if ":" in library.source else set()
    named = name in {library.provider, *brought} or any(ends(path, name) for path in paths)
    return bool(name) and (named or name.rstrip("/") in folders)


def _is_nearly_called(library: Library, name: str) -> bool:
    """By a file's name without its end: libopenblas.so for libopenblas.so.0."""
    files = {path.rpartition("/")[2] for path in (library.path, *library.names)}
    return bool(name) and any(file.startswith(f"{name}.") for file in files)
