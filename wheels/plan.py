# SPDX-License-Identifier: Apache-2.0
"""What is built and what proves it: a pure function from data to cells and artefacts."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from blas_probe.errors import NotChosen
from blas_probe.found import Found
from blas_probe.recipe import Recipes, Variant
from wheels.errors import StateError
from wheels.providers import exists_on
from wheels.rows import Platform, Python, Toolchain
from wheels.select import matches, require_each_matches

SCHEMA = 1
NO_DEVICE = "cpu"
ANY = "any"
"""The platform of what runs everywhere."""
PROBE_ID = "blas-probe-any"
AT_HAND = ("pypi:", "path", "env:")  # sources that a package from PyPI does not replace

Kind = Literal["trivet", "backend", "probe"]


@dataclass(frozen=True, kw_only=True)
class Artefact:
    """One wheel. `python`, `variant` and `toolchain` are empty where they have no meaning."""

    id: str
    kind: Kind
    distribution: str
    platform: str
    python: str = ""
    variant: str = ""
    toolchain: str = ""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What a user can have installed together; it proves its artefacts."""

    id: str
    python: str
    platform: str
    blas: str
    """The variant's id."""
    int_bits: int
    cuda: str = NO_DEVICE
    artefacts: tuple[str, ...]
    supply: str = ""
    """The requirement to be fetched from PyPI first; empty when the library is here."""


@dataclass(frozen=True, kw_only=True)
class Exclusion:
    """A combination that is not built, and why."""

    id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What this machine can do: an empty text, or why it cannot. An id not named can."""

    pythons: Mapping[str, str] = field(default_factory=dict)
    toolchains: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Options:
    """What was asked for."""

    only: tuple[str, ...] = ()
    toolchain: str = ""
    """Use this toolchain instead of the platform's preference."""
    fetch: bool = True
    """A variant whose package is not here counts as available: it will be fetched."""
    unfetched: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Platform -> requirement -> why it could not be fetched."""
    foreign: tuple[str, ...] = ()
    """Platforms whose programs this machine does not run itself."""
    machine: Machine = field(default_factory=Machine)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The answer of `plan`."""

    cells: tuple[Cell, ...]
    artefacts: tuple[Artefact, ...]
    exclusions: tuple[Exclusion, ...]

    def artefact(self, name: str) -> Artefact:
        """Return the artefact with this id."""
        return next(artefact for artefact in self.artefacts if artefact.id == name)

    def variants(self, platform: str) -> list[str]:
        """Return every backend that a wheel or a cell of `platform` needs, sorted."""
        packed = {item.variant for item in self.artefacts if item.platform == platform}
        proven = {cell.blas for cell in self.cells if cell.platform == platform}
        return sorted((packed | proven) - {""})

    def cells_of(self, artefact: str) -> tuple[Cell, ...]:
        """Return the cells that prove `artefact`."""
        return tuple(cell for cell in self.cells if artefact in cell.artefacts)

    def only(self, globs: Sequence[str]) -> Plan:
        """Keep the cells that match, or that prove an artefact that matches, and what they need."""
        if not globs:
            return self
        known = [cell.id for cell in self.cells] + [item.id for item in self.artefacts]
        require_each_matches(globs, known)
        cells = tuple(
            cell
            for cell in self.cells
            if matches(cell.id, globs) or any(matches(name, globs) for name in cell.artefacts)
        )
        needed = {name for cell in cells for name in cell.artefacts}
        artefacts = tuple(a for a in self.artefacts if a.id in needed or matches(a.id, globs))
        return dataclasses.replace(self, cells=cells, artefacts=artefacts)

    def to_json(self) -> str:
        """The text of plan.json."""
        return json.dumps({"schema": SCHEMA, **dataclasses.asdict(self)}, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Read what `to_json` wrote."""
        try:
            data: dict[str, Any] = json.loads(text)
            if data["schema"] != SCHEMA:
                msg = f"plan.json has schema {data['schema']}, this version reads {SCHEMA}"
                raise StateError(msg, then="python -m wheels plan")
            return cls(
                cells=tuple(
                    Cell(**{**row, "artefacts": tuple(row["artefacts"])}) for row in data["cells"]
                ),
                artefacts=tuple(Artefact(**row) for row in data["artefacts"]),
                exclusions=tuple(Exclusion(**row) for row in data["exclusions"]),
            )
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            msg = f"this is no plan.json: {error}"
            raise StateError(msg, then="python -m wheels plan") from error


def blas_field(variant: Variant) -> str:
    """The third field of a cell id, e.g. `openblas_pthread_lp64`."""
    name = variant.id.replace("-", "_")
    return f"{name}_{'ilp64' if variant.select.int_bits == 64 else 'lp64'}"


def cell_id(python: str, platform: str, variant: Variant, cuda: str = NO_DEVICE) -> str:
    """`<python>-<platform>-<blas>-<cuda>`; `*` stands for all of a kind."""
    return f"{python}-{platform}-{blas_field(variant)}-{cuda}"


def trivet_id(python: str, platform: str) -> str:
    """Id of the main wheel for one Python row."""
    return f"trivet-{python}-{platform}"


def backend_id(variant: str, platform: str) -> str:
    """Id of a backend's wheel."""
    return f"backend-{variant}-{platform}"


def possible_ids(recipes: Recipes, platform: Platform, pythons: Sequence[Python]) -> Iterator[str]:
    """Every id that `platform` could have; whether it can be had is another question."""
    for variant in recipes.variants:
        yield backend_id(variant.id, platform.id)
        yield from (cell_id(row.id, platform.id, variant) for row in pythons)
    yield from (trivet_id(row.wheel_id, platform.id) for row in pythons)
    yield PROBE_ID


def plan(
    recipes: Recipes,
    founds: Mapping[str, Found],
    platforms: Sequence[Platform],
    pythons: Sequence[Python],
    toolchains: Sequence[Toolchain],
    options: Options,
) -> Plan:
    """Combine everything that can be built, and give a reason for each combination that cannot."""
    cells: list[Cell] = []
    artefacts: list[Artefact] = []
    exclusions: list[Exclusion] = []
    for platform in platforms:
        toolchain, why = choose_toolchain(platform, toolchains, options)
        rows = [(row, why or _python_refusal(row, pythons, options.machine)) for row in pythons]
        inside = default_variant(recipes, platform.id)
        variants = [
            (variant, *_supply(variant, platform, founds[platform.id], options, inside))
            for variant in sorted(recipes.variants, key=lambda v: (not v.default, v.id))
        ]
        missing = _missing_default(variants, platform)
        for variant, supply, refusal in variants:
            reasons = {row.id: refusal or missing or reason for row, reason in rows}
            for row, _ in rows:
                name = cell_id(row.id, platform.id, variant)
                if reasons[row.id]:
                    exclusions.append(Exclusion(id=name, reason=reasons[row.id]))
                else:
                    cells.append(_cell(name, row, platform, variant, supply))
        artefacts += _artefacts(
            [cell for cell in cells if cell.platform == platform.id], platform, toolchain
        )
    artefacts.append(Artefact(id=PROBE_ID, kind="probe", distribution="blas-probe", platform=ANY))
    whole = Plan(cells=tuple(cells), artefacts=tuple(artefacts), exclusions=tuple(exclusions))
    return whole.only(options.only)


def _cell(name: str, row: Python, platform: Platform, variant: Variant, supply: str) -> Cell:
    names = [trivet_id(row.wheel_id, platform.id)]
    if not variant.default:
        names.append(backend_id(variant.id, platform.id))
    return Cell(
        id=name,
        python=row.id,
        platform=platform.id,
        blas=variant.id,
        int_bits=variant.select.int_bits,
        artefacts=tuple(names),
        supply=supply,
    )


def _artefacts(cells: Sequence[Cell], platform: Platform, toolchain: str) -> Iterator[Artefact]:
    """The wheels that `cells` of one platform need, in the order that they are first needed."""
    seen: dict[str, Cell] = {}
    for cell in cells:
        for name in cell.artefacts:
            seen.setdefault(name, cell)
    for name, cell in seen.items():
        main = name.startswith("trivet-")
        yield Artefact(
            id=name,
            kind="trivet" if main else "backend",
            distribution="trivet" if main else f"trivet-{cell.blas}",
            platform=platform.id,
            python=name.split("-")[1] if main else "",
            variant=cell.blas,  # the default one for a main wheel: its cells come first
            toolchain=toolchain,
        )


def default_variant(recipes: Recipes, platform: str) -> str:
    """Id of the backend inside the main wheel of `platform`: the recipes' first default one."""
    names = [v.id for v in recipes.variants if v.default and exists_on(v, platform)]
    return names[0] if names else ""


def why_barren(made: Plan, platform: str, variant: str) -> tuple[str, ...]:
    """Say why a platform has no cell: the reasons of the cells of its default backend `variant`."""
    if any(cell.platform == platform for cell in made.cells):
        return ()
    name = variant.replace("-", "_")
    mine = [
        item
        for item in made.exclusions
        if item.id.split("-")[1] == platform and item.id.split("-")[2].rpartition("_")[0] == name
    ]
    texts = (": ".join(line.strip() for line in item.reason.splitlines()[:2]) for item in mine)
    return tuple(dict.fromkeys(texts))


def choose_toolchain(
    platform: Platform, toolchains: Sequence[Toolchain], options: Options
) -> tuple[str, str]:
    """Return the first usable toolchain of the platform, or an empty text and why there is none."""
    wanted = (options.toolchain,) if options.toolchain else platform.toolchains
    known = {row.id: row for row in toolchains}
    reasons = []
    for name in wanted:
        reason = "no such row in toolchains.toml"
        if name in known:
            reason = options.machine.toolchains.get(name, "")
            if not reason and platform.id in options.foreign and not known[name].crosses:
                reason = "it compiles for this machine alone"
        if not reason:
            return name, ""
        reasons.append(f"{name}: {reason}")
    return "", "no usable compiler: " + "; ".join(reasons)


def _python_refusal(row: Python, pythons: Sequence[Python], machine: Machine) -> str:
    """Why cells of this Python cannot be built or run here; empty when they can."""
    reason = machine.pythons.get(row.id, "")
    if reason or not row.wheel:
        return reason
    builder = next((other for other in pythons if other.id == row.wheel), None)
    return machine.pythons.get(builder.id, "") if builder else f"no row `{row.wheel}`"


def _supply(
    variant: Variant, platform: Platform, found: Found, options: Options, inside: str
) -> tuple[str, str]:
    """Return (requirement to fetch, "") when the library can be had, or ("", why not)."""
    if not exists_on(variant, platform.id):
        return "", f"{variant.provider} does not exist on {platform.id} (its recipe's platforms)"
    if variant.default and variant.id != inside:
        return "", f"the main wheel of {platform.id} has {inside} inside"
    unfetched = options.unfetched.get(platform.id, {})
    try:
        library = found.choose(variant.id).blas
    except NotChosen as error:
        if variant.wheel and options.fetch and variant.wheel not in unfetched:
            return variant.wheel, ""
        told = unfetched.get(variant.wheel)
        failure = f"{variant.wheel}: {told}" if told else ""
        if platform.id in options.foreign and not variant.wheel:
            return "", f"no package on PyPI brings {variant.id}; build it on such a machine"
        if platform.id in options.foreign and failure:
            return "", failure
        return "", f"{error}\n  {failure}" if failure else str(error)
    if options.fetch and variant.wheel and not library.source.startswith(AT_HAND):
        return variant.wheel, ""
    if library.machine not in (None, platform.host.machine):
        return (
            "",
            f"{library.path} is for {library.machine}, {platform.id} needs {platform.machine}",
        )
    return "", ""


def _missing_default(variants: Sequence[tuple[Variant, str, str]], platform: Platform) -> str:
    """Why no main wheel can be made here; empty when the default backend can be had."""
    here = [row for row in variants if row[0].default and not row[2]]
    if here:
        return ""
    refused = [
        f"{variant.id}: {why}"
        for variant, _, why in variants
        if variant.default and exists_on(variant, platform.id)
    ]
    detail = "; ".join(refused) or "no recipe has a variant with default = true"
    return f"the main wheel of {platform.id} has no default backend ({detail})"
