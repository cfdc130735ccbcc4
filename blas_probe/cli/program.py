# SPDX-License-Identifier: Apache-2.0
"""From the words of the command line to an answer and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

from blas_probe.cache import Cache, usual_folder
from blas_probe.cli.commands import show, why
from blas_probe.cli.options import parser, split
from blas_probe.cli.run import Answer, Run, function
from blas_probe.cli.table import EXTRAS, Extra
from blas_probe.cli.terminal import colourful, complain, progress_line, put_aside
from blas_probe.errors import LimitError, OutputError, ProbeError
from blas_probe.recipe.kept import recipes_kept

NOBODY_READS = 141


def run(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit code is 0, or that of the error (errors.py)."""
    options = parser().parse_intermixed_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        answer = within_limits(options)
        put_out(answer.text)
    except ProbeError as error:
        complain(f"blas_probe: {error}")
        return error.exit_code
    except BrokenPipeError:
        return NOBODY_READS
    return answer.code


def within_limits(options: argparse.Namespace) -> Answer:
    """The answer, or what the system did not grant."""
    try:
        return answer_of(options)
    except MemoryError as error:
        msg = "there is not enough memory; raise `ulimit -v`, or close other programs"
        raise LimitError(msg) from error
    except RuntimeError as error:
        if "new thread" not in str(error):
            raise
        msg = "the system allows no further thread; raise `ulimit -u`, or try --jobs 1"
        raise LimitError(msg) from error


def put_out(text: str) -> None:
    """Print the answer; all of it, or an error."""
    try:
        print(text, end="", flush=True)
    except OSError as error:
        put_aside(sys.stdout)
        if isinstance(error, BrokenPipeError):
            raise
        msg = f"the answer cannot be written to standard output: {error.strerror}"
        raise OutputError(msg) from error


def answer_of(options: argparse.Namespace) -> Answer:
    """Do what the command line says."""
    command, argument, paths = split(options.words)
    cache = Cache(usual_folder(os.environ), refresh=options.no_cache)
    run = Run(
        recipes=recipes_kept(options.recipes, cache),
        environ=os.environ,
        paths=paths,
        site_packages=options.site_packages,
        jobs=options.jobs,
        timeout=options.timeout,
        cache=cache,
        use=options.use,
        refine=[(row.call, value) for row, value in asked(options, "measure")],
        say=complain,
        progress=progress_line(sys.stderr, os.environ),
        colour=colourful(sys.stdout, os.environ),
        as_json=options.json,
        assume=options.assume,
        static=options.static,
    )
    if command is not None:
        answer: Answer = function(command.call)(run, argument)
        return answer
    if options.why is not None:
        return why(run, options.why)
    writers = asked(options, "write")
    return written(run, writers, options.json) if writers else show(run, as_json=options.json)


def asked(options: argparse.Namespace, does: str) -> list[tuple[Extra, Any]]:
    """The further options of one kind that the command line has, in the order of their table."""
    values = vars(options)
    rows = [(row, values[row.flag[2:].replace("-", "_")]) for row in EXTRAS if row.does == does]
    return [(row, value) for row, value in rows if value]


def written(run: Run, writers: Sequence[tuple[Extra, Any]], as_json: bool) -> Answer:
    """Write what others need; with --json their words go to standard error."""
    found = run.found()
    texts = [function(row.call)(found, run, value) for row, value in writers]
    if as_json:
        run.say("".join(texts).rstrip("\n"))
        return Answer(found.to_json())
    return Answer("".join(texts))
