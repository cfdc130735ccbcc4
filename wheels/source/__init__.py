# SPDX-License-Identifier: Apache-2.0
"""The in-tree build backend (PEP 517 and 660): decides first, then hands over to scikit-build-core.

Importing it needs the standard library only: at first nothing else is installed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wheels.rows import Rows
    from wheels.source.build import Backend
    from wheels.source.decide import Decision
    from wheels.source.settings import Settings

Config = dict[str, "str | list[str]"]
MINIMUM = (3, 11)


def get_requires_for_build_wheel(config_settings: Config | None = None) -> list[str]:
    """What this machine lacks for the build that was asked for; refuses a bad request at once."""
    with plain_errors():
        return list(_resolve(config_settings)[1].requires)


def get_requires_for_build_editable(config_settings: Config | None = None) -> list[str]:
    """The same as for a wheel."""
    return get_requires_for_build_wheel(config_settings)


def get_requires_for_build_sdist(config_settings: Config | None = None) -> list[str]:
    """A source archive needs no compiler."""
    with plain_errors():
        from wheels.source.metadata import pins

        return [pins()["scikit-build-core"]]


def prepare_metadata_for_build_wheel(
    metadata_directory: str, config_settings: Config | None = None
) -> str:
    """Write the dist-info folder."""
    with plain_errors():
        from wheels.source.build import require, set_dependencies

        settings, decision, _ = _resolve(config_settings)
        require(decision)
        set_dependencies(decision)
        from scikit_build_core import build as skbuild

        rest = dict(settings.rest)
        return str(skbuild.prepare_metadata_for_build_wheel(metadata_directory, rest))


def prepare_metadata_for_build_editable(
    metadata_directory: str, config_settings: Config | None = None
) -> str:
    """The same as for a wheel: nothing in it depends on being editable."""
    return prepare_metadata_for_build_wheel(metadata_directory, config_settings)


def build_wheel(
    wheel_directory: str,
    config_settings: Config | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Build a wheel for this machine."""
    return _build("build_wheel", wheel_directory, config_settings, metadata_directory)


def build_editable(
    wheel_directory: str,
    config_settings: Config | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Build a wheel whose Python files are those of the checkout."""
    return _build("build_editable", wheel_directory, config_settings, metadata_directory)


def build_sdist(sdist_directory: str, config_settings: Config | None = None) -> str:
    """Pack the sources."""
    with plain_errors():
        from wheels.source.settings import read_settings

        settings = read_settings(config_settings, os.environ)
        from scikit_build_core import build as skbuild

        return str(skbuild.build_sdist(sdist_directory, dict(settings.rest)))


def _build(
    hook: str, wheel_directory: str, config: Config | None, metadata_directory: str | None
) -> str:
    with plain_errors():
        settings, decision, rows = _resolve(config)
        from wheels.source.build import build, require

        require(decision)
        from scikit_build_core import build as skbuild

        backend: Backend = getattr(skbuild, hook)
        return build(backend, wheel_directory, settings, decision, rows, metadata_directory)


def _resolve(config: Config | None) -> tuple[Settings, Decision, Rows]:
    from wheels.source.resolve import announce, resolve
    from wheels.source.settings import read_settings

    settings = read_settings(config, os.environ)
    decision, rows = resolve(settings, os.environ)
    announce(decision)
    return settings, decision, rows


@contextmanager
def plain_errors() -> Iterator[None]:
    """Our own errors end the hook with their text alone; anything else is a bug and shows where."""
    if sys.version_info < MINIMUM:
        have = sys.version.split()[0]
        sys.exit(f"\ntrivet: Python {MINIMUM[0]}.{MINIMUM[1]} or newer is needed, this is {have}")
    from blas_probe.errors import ProbeError
    from wheels.errors import WheelsError
    from wheels.source.errors import Refused

    try:
        yield
    except (ProbeError, WheelsError, Refused) as error:
        sys.stdout.flush()
        raise SystemExit(f"\ntrivet: {error}\n") from None
