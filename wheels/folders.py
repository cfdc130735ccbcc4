# SPDX-License-Identifier: Apache-2.0
"""Where everything lies: the checkout, build/, dist/ and index/."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True)
class Folders:
    """The folders of one run."""

    root: Path
    """The checkout: core/, cmake/, pyproject.toml."""
    recipes: Path
    build: Path
    dist: Path
    index: Path

    @property
    def found(self) -> Path:
        """What the probe found."""
        return self.build / "found.json"

    @property
    def plan(self) -> Path:
        """What is to be built."""
        return self.build / "plan.json"

    @property
    def built(self) -> Path:
        """What was built."""
        return self.build / "built.json"

    @property
    def certificates(self) -> Path:
        """One certificate for each cell and artefact."""
        return self.build / "certificates"

    @property
    def shipped_certificates(self) -> Path:
        """The certificates of what is in dist/."""
        return self.dist / "certificates"

    @property
    def released(self) -> Path:
        """What the last release says of itself."""
        return self.build / "release.json"

    @property
    def report(self) -> Path:
        """The page about the release."""
        return self.dist / "report.html"

    @property
    def logs(self) -> Path:
        """One readable log for each cell and artefact."""
        return self.build / "logs"

    @property
    def providers(self) -> Path:
        """Packages from PyPI that supply libraries."""
        return self.build / "providers"

    @property
    def state(self) -> Path:
        """What is up to date."""
        return self.build / "state"

    @property
    def packed(self) -> Path:
        """Wheels that wait for their certificate."""
        return self.build / "packed"


def folders_of(
    root: Path = CHECKOUT,
    *,
    recipes: Path | None = None,
    build: Path | None = None,
    dist: Path | None = None,
    index: Path | None = None,
) -> Folders:
    """Return the folders of a run; what is not given lies in the checkout."""
    return Folders(
        root=root,
        recipes=(recipes or root / "recipes").resolve(),
        build=(build or root / "build").resolve(),
        dist=(dist or root / "dist").resolve(),
        index=(index or root / "index").resolve(),
    )


@dataclass(frozen=True, kw_only=True)
class Project:
    """What pyproject.toml says about the distribution."""

    name: str
    version: str
    description: str
    requires_python: str
    license: str
    license_files: tuple[Path, ...]
    readme: Path
    keywords: tuple[str, ...]
    classifiers: tuple[str, ...]
    urls: tuple[tuple[str, str], ...]
    authors: tuple[str, ...] = ()
    """Names."""


def read_project(root: Path) -> Project:
    """Read the [project] table of the checkout."""
    table = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return Project(
        name=table["name"],
        version=table["version"],
        description=table["description"],
        requires_python=table["requires-python"],
        license=table["license"],
        license_files=tuple(root / name for name in table.get("license-files", [])),
        readme=root / table["readme"],
        keywords=tuple(table.get("keywords", [])),
        classifiers=tuple(table.get("classifiers", [])),
        urls=tuple(sorted(table.get("urls", {}).items())),
        authors=tuple(row["name"] for row in table.get("authors", []) if "name" in row),
    )
