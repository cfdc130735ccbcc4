# SPDX-License-Identifier: Apache-2.0
"""The command line as values."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from blas_probe import __version__
from blas_probe.assume import Assumption, parse
from blas_probe.cli.run import function
from blas_probe.cli.table import COMMANDS, EXTRAS, Command, Extra
from blas_probe.errors import UsageError
from blas_probe.probing import DEFAULT_TIMEOUT
from blas_probe.threads.machine import machine_facts

LONGEST = 3600.0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="blas_probe",
        usage="%(prog)s [COMMAND] [options] [PATH ...]",
        description="Find and measure every BLAS and LAPACK library and CUDA toolkit.",
        epilog=commands_help(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = made.add_argument
    add("words", nargs="*", metavar="PATH", help="further libraries or folders to look at")
    add("--json", action="store_true", help="print found.json instead of the table")
    add("--why", metavar="NAME", help="the same as the command `why NAME`")
    add("--use", metavar="VARIANT", help="the variant that written answers describe (the best)")
    add("--recipes", type=Path, metavar="DIR", help="folder that holds blas/*.toml")
    add("--site-packages", type=Path, metavar="DIR", action="append", help="look in these instead")
    add("--assume", metavar="[GLOB:]FACT=VALUE", action="append", type=statement, default=[],
        help="state a fact that cannot be measured, for the libraries that GLOB fits")  # fmt: skip
    add(
        "--jobs",
        type=positive,
        default=machine_facts().usable_threads,
        help="children at a time (%(default)s)",
    )
    add("--timeout", type=seconds, default=DEFAULT_TIMEOUT, help="seconds for each (%(default)g)")
    add("--static", action="store_true", help="look for static archives too, and link them")
    add("--no-cache", action="store_true", help="measure everything anew")
    for row in EXTRAS:
        if row.metavar is None:
            add(row.flag, action="store_true", help=row.help)
        else:
            add(row.flag, type=value_of(row), metavar=row.metavar, help=row.help)
    add("--version", action="version", version=__version__)
    return made


def commands_help() -> str:
    """The commands, one a line, from their table."""
    rows = [(f"{row.name} {row.argument}".strip(), row.help) for row in COMMANDS]
    width = max(len(name) for name, _ in rows)
    lines = [f"  {name:<{width}}  {text}" for name, text in [("", "a table of all"), *rows]]
    return "\n".join(["commands:", *lines, "", "A file that is called like one: ./doctor."])


def split(words: Sequence[str]) -> tuple[Command | None, str | None, list[Path]]:
    """The command, its argument and the paths among the words of the command line."""
    command = next((row for row in COMMANDS if words and row.name == words[0]), None)
    if command is None:
        return None, None, [Path(word) for word in words]
    rest = list(words[1:])
    argument = rest.pop(0) if command.argument and rest else None
    if argument is None and command.argument and not command.argument.startswith("["):
        example = f"python -m blas_probe {command.name} openblas"
        msg = f"`{command.name}` needs {command.argument}: {example}"
        raise UsageError(msg)
    return command, argument, [Path(word) for word in rest]


def positive(text: str) -> int:
    """A whole number from 1."""
    number = int(text)
    if number < 1:
        msg = f"{text} is less than 1"
        raise argparse.ArgumentTypeError(msg)
    return number


def seconds(text: str) -> float:
    """A time limit that can be waited for."""
    number = float(text)
    if not 0 < number <= LONGEST:
        msg = f"{text} is not between 0 and {LONGEST:g}"
        raise argparse.ArgumentTypeError(msg)
    return number


def value_of(row: Extra) -> Callable[[str], Any]:
    """What makes the value of an option; its module is imported when the option is used."""

    def parsed(text: str) -> Any:
        try:
            return function(row.parse)(text)
        except UsageError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return parsed


def statement(text: str) -> Assumption:
    """A fact that the user states."""
    try:
        return parse(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
