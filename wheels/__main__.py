# SPDX-License-Identifier: Apache-2.0
"""Run `python -m wheels`; this file alone must parse on Python 3.6, to say that it is too old."""

import sys

MINIMUM = (3, 11)

if sys.version_info < MINIMUM:
    sys.stderr.write(
        "error: python -m wheels needs Python {}.{} or newer; this is {}.{} ({}). "
        "Run it with a newer one, e.g. python3.12 -m wheels\n".format(
            *(MINIMUM + tuple(sys.version_info[:2]) + (sys.executable,))
        )
    )
    sys.exit(18)

from wheels.cli import main  # noqa: E402  (only after the version check)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
