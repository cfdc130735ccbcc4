# SPDX-License-Identifier: Apache-2.0
"""Run real releases in folders of their own; the expensive compile is done once and shared."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from wheels.cli import STAGELESS
from wheels.folders import CHECKOUT

TIMEOUT = 3600  # seconds; a cold compile on a busy machine
CHECK_FAILED = 11


@dataclass(frozen=True, kw_only=True)
class Place:
    """The folders of one release."""

    folder: Path
    platform: str = "native"
    """What of recipes/platforms.toml is made."""

    @property
    def dist(self) -> Path:
        """Where the wheels land."""
        return self.folder / "dist"

    @property
    def build(self) -> Path:
        """Everything in between."""
        return self.folder / "build"

    def argv(self, stage: str, *words: str) -> list[str]:
        """Return the command line of one stage here; the machine is too busy to compare speeds."""
        argv = [sys.executable, "-m", "wheels", stage, "--build", str(self.build)]
        argv += ["--dist", str(self.dist), "--index", str(self.folder / "index")]
        argv += [] if stage in STAGELESS else ["--no-baseline", "--platform", self.platform]
        return [*argv, *words]

    def run(
        self, stage: str, *words: str, environ: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run one stage to its end."""
        return subprocess.run(
            self.argv(stage, *words),
            cwd=CHECKOUT,
            env={**os.environ, "NO_COLOR": "1", **(environ or {})},
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )

    def wheels(self) -> list[str]:
        """List the wheels in dist/."""
        return sorted(path.name for path in self.dist.glob("*.whl"))

    def unsound(self) -> list[str]:
        """Name what dist/ must never hold: no certificate, another hash, something half-written."""
        known = {}
        for path in (self.dist / "certificates").glob("*.json"):
            record = json.loads(path.read_text(encoding="utf-8"))
            known[record["file"]] = record["sha256"]
        from wheels.fingerprint import sha256

        return [
            path.name for path in self.dist.glob("*.whl") if known.get(path.name) != sha256(path)
        ]


def good(done: subprocess.CompletedProcess[str]) -> None:
    """Require success, and show everything when there was none."""
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
