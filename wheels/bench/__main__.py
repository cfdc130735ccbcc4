# SPDX-License-Identifier: Apache-2.0
"""Run `python -m wheels.bench`: what a release costs, cold and unchanged."""

import sys

from wheels.bench.cold_build import main
from wheels.errors import WheelsError

try:
    code = main(sys.argv[1:])
except WheelsError as error:
    sys.stderr.write(f"error: {error}\n")
    code = error.exit_code
sys.exit(code)
