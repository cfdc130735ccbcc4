# SPDX-License-Identifier: Apache-2.0
"""What this installation is made of: `show_config` and the version."""

from __future__ import annotations

import importlib
import platform
from typing import Any, Literal, overload

from trivet import _backends, _core

LABELS = {
    "provider": "provider",
    "version": "provider version",
    "core": "kernel",
    "int_bits": "integer bits",
    "library": "BLAS library",
    "lapack_library": "LAPACK library",
    "thread_layer": "thread layer",
    "threads": "BLAS threads",
    "abi_version": "backend ABI",
}


def build_info() -> dict[str, str]:
    """Return what the build wrote of itself; empty for a development build."""
    try:
        module = importlib.import_module("trivet._build_info")
    except ModuleNotFoundError:
        return {}
    info: dict[str, str] = module.BUILD
    return info


def version() -> str:
    """Return Trivet's version."""
    built = build_info().get("version")
    if built:
        return built
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("trivet")
    except PackageNotFoundError:
        return "0+unknown"  # imported from a checkout


def config() -> dict[str, Any]:
    """Return what show_config prints, as a dictionary; loads the backend."""
    return {
        "trivet": {
            "version": version(),
            "python": platform.python_version(),
            "build": build_info() or "development build",
            "instruction set": _core.cpu_isa(),
            "threads": _core.get_num_threads(),
        },
        "backend": _backend(),
        "installed": {
            backend.name: {
                "path": str(backend.path),
                "score": backend.score,
                "source": backend.source,
                "checked": backend.checked,
            }
            for backend in _backends.backends()
        },
    }


def _backend() -> dict[str, Any]:
    try:
        if not _core.has_backend():
            _backends.load_best()
    except RuntimeError as error:
        return {"name": None, "why": str(error)}
    info = _core.current_backend()
    decision = _backends.decision
    why = decision.reason if decision else "loaded by trivet._core.load_backend"
    return {
        "name": info["id"],
        "why": why,
        "file": info["path"],
        **{label: info[key] for key, label in LABELS.items()},
    }


@overload
def show_config(mode: Literal["text"] = "text") -> None: ...
@overload
def show_config(mode: Literal["dict"]) -> dict[str, Any]: ...
def show_config(mode: str = "text") -> dict[str, Any] | None:
    """Print which backend answers and why, or return it with mode="dict"."""
    if mode not in ("text", "dict"):
        msg = f'[show_config] mode must be "text" or "dict"; got {mode!r}'
        raise ValueError(msg)
    found = config()
    if mode == "dict":
        return found
    print("\n".join(_lines(found)))
    return None


def _lines(found: dict[str, Any]) -> list[str]:
    trivet = dict(found["trivet"])
    lines = [f"trivet {trivet.pop('version')}"]
    build = trivet.pop("build")
    lines += _table(trivet)
    lines += ["build", *_table(build)] if isinstance(build, dict) else [f"  build: {build}"]
    lines += ["backend", *_table(found["backend"])]
    lines += ["installed backends" + ("" if found["installed"] else ": none")]
    for name, facts in found["installed"].items():
        score = "not certified" if facts["score"] is None else f"{facts['score']:.2f} of peak"
        lines.append(f"  {name}: speed {score}, {facts['source']}, {facts['path']}")
    return lines


def _table(facts: dict[str, Any]) -> list[str]:
    shown = {key: _shown(value) for key, value in facts.items()}
    width = max(map(len, shown)) + 1
    return [f"  {key + ':':<{width}} {value}" for key, value in shown.items()]


def _shown(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, (list, tuple)):
        return " ".join(map(str, value)) or "none"
    return str(value) or "unknown"
