# SPDX-License-Identifier: Apache-2.0
"""A child that becomes a foreign program."""

from __future__ import annotations

import os
import sys
from typing import Any

from blas_probe.call.pipe import Pipe, serve


def main(number: int) -> None:
    """Read the request from standard input, and become its command."""
    serve(number, become)


def become(request: dict[str, Any], pipe: Pipe) -> None:
    """Run the program in this very process; what it prints goes to the supervisor."""
    sys.stdout.flush()
    try:
        os.chdir(request["cwd"])
        os.execvpe(request["command"][0], request["command"], {**os.environ, **request["kept"]})
    except (OSError, ValueError) as error:
        pipe.tell(problem=reason(error))


def reason(error: OSError | ValueError) -> str:
    """The system's words, without the number."""
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)
