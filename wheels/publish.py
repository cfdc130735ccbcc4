# SPDX-License-Identifier: Apache-2.0
"""Move green wheels into dist/, each with its certificate; take out what is not proven."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wheels.errors import PackError
from wheels.fingerprint import HashCache
from wheels.proof.certificate import Certificate, text_of
from wheels.state import (
    read_json_or_none,
    replacing,
    share,
    sweep_folder,
    write_if_changed,
    write_text,
)


@dataclass(frozen=True, kw_only=True)
class Shipped:
    """A wheel that lies in dist/ with its certificate."""

    artefact: str
    path: Path
    size: int


def ship(wheel: Path, certificate: Certificate, dist: Path, cache: HashCache) -> Shipped:
    """Put `wheel` into dist/; at no moment does a wheel lie there that no certificate describes."""
    artefact, target = certificate.id, dist / wheel.name
    if cache.of(wheel) != certificate.sha256:
        raise PackError(
            f"{wheel.name} is not the wheel that was proven",
            why="it was changed or swapped for another one after its check",
            then="run the same command again; it is packed and proven anew",
        )
    record = certificate_path(dist, artefact)
    known = read_json_or_none(record)
    there = target.is_file() and cache.of(target) == certificate.sha256
    if not (there and isinstance(known, dict) and known.get("sha256") == certificate.sha256):
        withdraw(artefact, dist)
        write_text(record, text_of(certificate))
        with replacing(target) as temporary:
            share_or_copy(wheel, temporary)
    else:
        write_if_changed(record, text_of(certificate))
    return Shipped(artefact=artefact, path=target, size=target.stat().st_size)


def share_or_copy(source: Path, target: Path) -> None:
    """Give the file a second name; an old temporary of that name is replaced."""
    target.unlink(missing_ok=True)
    share(source, target)


def withdraw(artefact: str, dist: Path) -> bool:
    """Take an artefact out of dist/: the wheel first; say whether one lay there."""
    record = certificate_path(dist, artefact)
    wheel = dist / _described(record)[0]
    removed = wheel.is_file()
    if removed:
        wheel.unlink()
    record.unlink(missing_ok=True)
    return removed


def certificate_path(dist: Path, artefact: str) -> Path:
    """Return where the certificate of an artefact lies."""
    return dist / "certificates" / f"{artefact}.json"


def sweep(dist: Path, cache: HashCache, *, names: Sequence[str]) -> list[str]:
    """Remove wheels called `names`... that no certificate describes, and unfinished files."""
    known = dict(_described(path) for path in sorted((dist / "certificates").glob("*.json")))
    removed = []
    for path in sorted(dist.glob("*.whl")):
        ours = any(path.name.split("-")[0].startswith(name) for name in names)
        if ours and known.get(path.name) != cache.of(path):
            path.unlink()
            removed.append(path.name)
    for folder in (dist, dist / "certificates"):
        sweep_folder(folder)
    return removed


def _described(record: Path) -> tuple[str, str]:
    """The wheel in dist/ that a certificate describes, and its hash; empty when it is damaged."""
    known = read_json_or_none(record)
    name, digest = (known.get("file"), known.get("sha256")) if isinstance(known, dict) else ("", "")
    good = isinstance(name, str) and isinstance(digest, str) and name == Path(name).name
    return (str(name), str(digest)) if good else ("", "")


def sweep_build(build: Path) -> None:
    """Remove unfinished folders and files that a killed run left in build/."""
    if not build.is_dir():
        return
    places = [build, build / "packed", build / "providers", build / "state"]
    places += [path for path in build.glob("*/*/out") if path.is_dir()]
    places += [path for path in build.glob("*/libraries") if path.is_dir()]
    places += [path for path in build.glob("providers/*") if path.is_dir()]
    for place in places:
        sweep_folder(place)
