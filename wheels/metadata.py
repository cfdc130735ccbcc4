# SPDX-License-Identifier: Apache-2.0
"""The text files of .dist-info: METADATA, WHEEL, entry_points.txt, licences."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from blas_probe.recipe import Recipes, Variant
from wheels.folders import Project

METADATA_VERSION = "2.4"
ENTRY_GROUP = "trivet.backends"


def normalised(name: str) -> str:
    """Return the name of a distribution as an index spells it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def file_stem(distribution: str, version: str) -> str:
    """Return the first two fields of a wheel's file name."""
    return f"{normalised(distribution).replace('-', '_')}-{version}"


def module_name(variant: str) -> str:
    """Return the module of a backend wheel."""
    return f"trivet_{variant.replace('-', '_')}"


def extras(recipes: Recipes, project: Project) -> dict[str, str]:
    """One extra per variant that is a wheel of its own."""
    return {
        variant.id: f"{project.name}-{variant.id}=={project.version}"
        for variant in sorted(recipes.variants, key=lambda row: row.id)
        if not variant.default
    }


def trivet_metadata(project: Project, recipes: Recipes, requires: Sequence[str]) -> str:
    """METADATA of the main wheel."""
    lines = _head(project, project.name, project.description)
    lines += [f"Requires-Dist: {text}" for text in requires]
    for extra, requirement in extras(recipes, project).items():
        lines += [
            f"Provides-Extra: {extra}",
            f"Requires-Dist: {requirement}; extra == '{extra}'",
        ]
    return _with_body(lines, project.readme.read_text(encoding="utf-8"))


def backend_metadata(project: Project, variant: Variant, summary: str) -> str:
    """METADATA of a backend wheel: needs the main wheel of the same version."""
    name = f"{project.name}-{variant.id}"
    lines = _head(project, name, f"Trivet's backend for {summary}")
    lines.append(f"Requires-Dist: {project.name}=={project.version}")
    lines += [f"Requires-Dist: {text}" for text in variant.requires]
    body = (
        f"# {name}\n\nOne backend of Trivet: its BLAS and LAPACK calls built against {summary}.\n"
        f'Install it with `pip install "{project.name}[{variant.id}]"`, '
        f"choose it with `TRIVET_BLAS={variant.id}`.\n"
    )
    return _with_body(lines, body)


def _head(project: Project, name: str, summary: str) -> list[str]:
    lines = [
        f"Metadata-Version: {METADATA_VERSION}",
        f"Name: {name}",
        f"Version: {project.version}",
        f"Summary: {summary.splitlines()[0]}",
        *([f"Author: {', '.join(project.authors)}"] if project.authors else []),
        f"Requires-Python: {project.requires_python}",
        f"License-Expression: {project.license}",
    ]
    if project.keywords:
        lines.append(f"Keywords: {','.join(project.keywords)}")
    lines += [f"Classifier: {text}" for text in project.classifiers]
    lines += [f"Project-URL: {label}, {url}" for label, url in project.urls]
    return lines


def _with_body(lines: Sequence[str], body: str) -> str:
    return "\n".join([*lines, "Description-Content-Type: text/markdown", "", body])


def with_license_files(metadata: str, names: Sequence[str]) -> str:
    """Name the files of .dist-info/licenses in METADATA (PEP 639)."""
    head, _, body = metadata.partition("\n\n")
    fields = "".join(f"\nLicense-File: {name}" for name in sorted(names))
    return f"{head}{fields}\n\n{body}"


def wheel_text(tags: Sequence[str], *, pure: bool, version: str) -> str:
    """The WHEEL file."""
    lines = ["Wheel-Version: 1.0", f"Generator: trivet-wheels ({version})"]
    lines.append(f"Root-Is-Purelib: {str(pure).lower()}")
    return "\n".join(lines + [f"Tag: {tag}" for tag in tags]) + "\n"


def entry_points(variant: str) -> str:
    """The entry point by which trivet finds a backend."""
    return f"[{ENTRY_GROUP}]\n{variant} = {module_name(variant)}\n"


def write_licences(info: Path, project: Project, bundled: Mapping[str, Path]) -> list[str]:
    """Copy our licence and those of what is bundled; return the names for METADATA."""
    names = []
    sources = {path.name: path for path in project.license_files} | dict(bundled)
    for name, source in sorted(sources.items()):
        target = info / "licenses" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        target.chmod(0o644)
        names.append(name)
    return names
