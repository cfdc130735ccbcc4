# SPDX-License-Identifier: Apache-2.0
"""`python -m wheels compare A.whl B.whl`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def add_options(sub: argparse.ArgumentParser) -> None:
    """Describe the command line of `compare`."""
    sub.add_argument("a", type=Path, metavar="A.whl", help="the first wheel")
    sub.add_argument("b", type=Path, metavar="B.whl", help="the second wheel")


def command(arguments: argparse.Namespace) -> int:
    """Print what differs; 1 when something important does."""
    from wheels.compare.differ import compare  # every other command starts without it
    from wheels.compare.facts import read_wheel
    from wheels.compare.show import text, to_data

    made = compare(read_wheel(arguments.a), read_wheel(arguments.b))
    shown = json.dumps(to_data(made), indent=1) + "\n" if arguments.json else text(made)
    print(shown, end="")
    return 1 if made.important else 0
