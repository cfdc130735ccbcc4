# SPDX-License-Identifier: Apache-2.0
"""What the user asked for: `-C trivet.NAME=VALUE`, or the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from wheels.archive import OLDEST, given_date
from wheels.source.errors import Refused

ConfigSettings = Mapping[str, "str | list[str]"]

PREFIX = "trivet."
VARIABLES = {
    "blas": "TRIVET_BLAS_BUILD",
    "toolchain": "TRIVET_TOOLCHAIN_BUILD",
    "check": "TRIVET_CHECK_BUILD",
}
HELP = {
    "blas": "provider, variant or path of a library (default: a good one for this machine)",
    "toolchain": "name of a toolchain in recipes/toolchains.toml (default: the first good one)",
    "check": "yes or no: run the quick numeric check after building (default: yes)",
}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The user's wishes; None means not asked."""

    blas: str | None = None
    blas_from: str = ""
    toolchain: str | None = None
    check: bool = True
    epoch: int = OLDEST
    """The time of every file in the wheel, in seconds."""
    rest: Mapping[str, str | list[str]] = field(default_factory=dict)
    """Everything that is scikit-build-core's business."""


def read_settings(config: ConfigSettings | None, environ: Mapping[str, str]) -> Settings:
    """Split our settings from the others; Refused or UsageError when a name or value is wrong."""
    config = config or {}
    own = {
        key.removeprefix(PREFIX): value for key, value in config.items() if key.startswith(PREFIX)
    }
    for name in own:
        if name not in HELP:
            raise Refused(_unknown(name))
    values = {
        name: _one(name, own[name]) if name in own else environ.get(variable) or None
        for name, variable in VARIABLES.items()
    }
    source = f"-C {PREFIX}blas" if "blas" in own else VARIABLES["blas"]
    return Settings(
        blas=values["blas"],
        blas_from=source if values["blas"] else "",
        toolchain=values["toolchain"],
        check=_yes(values["check"]),
        epoch=given_date(environ) or OLDEST,
        rest={key: value for key, value in config.items() if not key.startswith(PREFIX)},
    )


def _unknown(name: str) -> str:
    close = get_close_matches(name, HELP, n=1)
    lines = [
        f"no setting is called `{PREFIX}{name}`"
        + (f"; did you mean `{PREFIX}{close[0]}`?" if close else "")
    ]
    lines += [f"  {PREFIX + known:<18} {text}" for known, text in HELP.items()]
    return "\n".join(lines)


def _one(name: str, value: str | list[str]) -> str | None:
    if isinstance(value, list):
        msg = f"`{PREFIX}{name}` was given {len(value)} times ({', '.join(value)}); give it once"
        raise Refused(msg)
    return value.strip() or None


def _yes(value: str | None) -> bool:
    answers = {
        None: True,
        "yes": True,
        "1": True,
        "true": True,
        "on": True,
        "no": False,
        "0": False,
        "false": False,
        "off": False,
    }
    key = value.lower() if value is not None else None
    if key not in answers:
        msg = f"`{PREFIX}check` is `{value}`; write yes or no"
        raise Refused(msg)
    return answers[key]
