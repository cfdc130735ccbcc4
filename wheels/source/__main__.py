# SPDX-License-Identifier: Apache-2.0
"""`python3 -m wheels.source`: what `pip install .` would do on this machine, and why."""

from __future__ import annotations

import argparse
import os
import sys

from wheels.source import plain_errors


def main(argv: list[str]) -> int:
    """Print the decision, or with --requires only what must be installed for it."""
    parser = argparse.ArgumentParser(prog="python3 -m wheels.source", description=__doc__)
    parser.add_argument(
        "-C",
        dest="config",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting as pip takes it, for example trivet.blas=mkl",
    )
    parser.add_argument(
        "--requires", action="store_true", help="print only the requirements, in one line"
    )
    parser.add_argument(
        "--providers",
        action="store_true",
        help="print the requirements of every provider that PyPI has for this platform",
    )
    given = parser.parse_args(argv)
    with plain_errors():
        from wheels.source.machine import platform_tag
        from wheels.source.resolve import announce, provider_wheels, resolve
        from wheels.source.settings import read_settings

        if given.providers:
            print(" ".join(provider_wheels(platform_tag())))
            return 0
        config = {name: value for name, _, value in (text.partition("=") for text in given.config)}
        decision, _ = resolve(read_settings(config, os.environ), os.environ)
        if given.requires:
            print(" ".join(decision.requires))
        else:
            announce(decision)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
