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

try:
    from wheels.cli import main
except KeyboardInterrupt:  # while the modules are read, before any work
    sys.stderr.write(
        "error: interrupted\n"
        "  cause: Ctrl-C\n"
        "  next:  the same command goes on where this one stopped\n"
    )
    sys.exit(130)
except ModuleNotFoundError as error:
    sys.stderr.write(
        f"error: the package {error.name} is not installed for {sys.executable}\n"
        "  cause: python -m wheels needs the packages of the dependency group `release`\n"
        "  next:  python3 noxfile.py -s wheels (installs them)\n"
    )
    sys.exit(6)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
