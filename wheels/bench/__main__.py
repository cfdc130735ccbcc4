# SPDX-License-Identifier: Apache-2.0
"""Run `python -m wheels.bench`: what a release costs, cold and unchanged."""

import sys

from wheels.bench.cold_build import main

sys.exit(main(sys.argv[1:]))
