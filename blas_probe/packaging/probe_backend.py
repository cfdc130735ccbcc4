# SPDX-License-Identifier: Apache-2.0
"""PEP 517 backend of `blas-probe`: standard library only, same bytes each time."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import sys
import tarfile
import time
import tomllib
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "blas_probe"
RECIPE_FILES = ("blas/*.toml", "cuda/*.toml", "known_bad/*.toml", "threads/*.toml", "speed.toml")
OLDEST = 315532800  # 1980-01-01, the first day that a zip file can hold
Files = dict[str, bytes]


def build_wheel(
    wheel_directory: str, config_settings: Any = None, metadata_directory: str | None = None
) -> str:
    """Write the wheel into `wheel_directory`; the name appears only when it is complete."""
    project = _project()
    info = f"{_stem(project)}.dist-info"
    files: Files = {f"{PACKAGE}/{path}": data for path, data in _package_files().items()}
    files |= {f"{PACKAGE}/{path}": data for path, data in _recipe_files().items()}
    files[f"{info}/METADATA"] = _metadata(project)
    files[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: probe_backend\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    scripts = "".join(f"{name} = {at}\n" for name, at in sorted(project["scripts"].items()))
    files[f"{info}/entry_points.txt"] = f"[console_scripts]\n{scripts}".encode()
    for path, data in _licence().items():
        files[f"{info}/licenses/{path}"] = data
    files[f"{info}/RECORD"] = _record(files, f"{info}/RECORD")
    name = f"{_stem(project)}-py3-none-any.whl"
    _write(Path(wheel_directory) / name, _zip(files))
    return name


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    """Write the source archive; in it the recipes lie beside the modules."""
    project = _project()
    stem = _stem(project)
    files = _package_files() | _recipe_files() | _licence()
    files["PKG-INFO"] = _metadata(project)
    for path in ("pyproject.toml", "README.md", "packaging/probe_backend.py"):
        files[path] = (ROOT / path).read_bytes()
    _write(Path(sdist_directory) / f"{stem}.tar.gz", _tar({f"{stem}/{p}": files[p] for p in files}))
    return f"{stem}.tar.gz"


def _project() -> dict[str, Any]:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project: dict[str, Any] = table["project"]
    return project


def _stem(project: dict[str, Any]) -> str:
    return f"{project['name'].replace('-', '_')}-{project['version']}"


def _package_files() -> Files:
    skipped = {"packaging", "tests", "build", "__pycache__"}
    modules = [path.relative_to(ROOT) for path in ROOT.rglob("*.py")]
    kept = [path for path in modules if skipped.isdisjoint(path.parts)]
    return {
        path.as_posix(): (ROOT / path).read_bytes() for path in sorted([*kept, Path("py.typed")])
    }


def _recipe_files() -> Files:
    """The recipes of the sdist (beside the modules) or of the checkout (one folder up)."""
    root = next(path for path in (ROOT / "recipes", ROOT.parent / "recipes") if path.is_dir())
    return {
        f"recipes/{path.relative_to(root).as_posix()}": path.read_bytes()
        for glob in RECIPE_FILES
        for path in sorted(root.glob(glob))
    }


def _licence() -> Files:
    paths = (ROOT / "LICENSE", ROOT.parent / "LICENSE")
    found = next((path for path in paths if path.is_file()), None)
    return {"LICENSE": found.read_bytes()} if found else {}


def _metadata(project: dict[str, Any]) -> bytes:
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {project['name']}",
        f"Version: {project['version']}",
        f"Summary: {project['description']}",
        f"Keywords: {','.join(project['keywords'])}",
        f"License-Expression: {project['license']}",
        *(f"Classifier: {text}" for text in project["classifiers"]),
        f"Requires-Python: {project['requires-python']}",
        *(f"License-File: {path}" for path in _licence()),
        "Description-Content-Type: text/markdown",
    ]
    readme: bytes = (ROOT / project["readme"]).read_bytes()
    return ("\n".join(lines) + "\n\n").encode() + readme


def _record(files: Files, own: str) -> bytes:
    rows = []
    for path, data in sorted(files.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        rows.append(f"{path},sha256={digest},{len(data)}\n")
    return ("".join(rows) + f"{own},,\n").encode()


def _when() -> int:
    text = os.environ.get("SOURCE_DATE_EPOCH", "") or str(OLDEST)
    if not text.isdecimal():
        sys.exit(f"error: SOURCE_DATE_EPOCH={text} is no number of seconds: correct or unset it")
    return max(OLDEST, int(text))


def _zip(files: Files) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files, key=lambda path: (".dist-info/" in path, path)):
            entry = zipfile.ZipInfo(path, date_time=time.gmtime(_when())[:6])
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[path])
    return buffer.getvalue()


def _tar(files: Files) -> bytes:
    import gzip

    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=_when()) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in sorted(files):
            entry = tarfile.TarInfo(path)
            entry.size, entry.mtime, entry.mode = len(files[path]), _when(), 0o644
            archive.addfile(entry, io.BytesIO(files[path]))
    return buffer.getvalue()


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)
