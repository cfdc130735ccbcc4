# SPDX-License-Identifier: Apache-2.0
"""The front door: `python3 noxfile.py -s tests` works where only Python 3.11 or newer is there.

Run as a program it makes a small environment below build/, installs nox there and starts it; run
by nox it only defines the sessions. It parses on Python 3.6, to say in one line that it is too old.
"""

import os
import shutil
import subprocess
import sys

MINIMUM = (3, 11)
if sys.version_info < MINIMUM:
    sys.exit(
        "noxfile.py: Python {}.{} or newer is needed, this is {}.{} ({}); "
        "run it with a newer one, for example: python3.12 noxfile.py -s tests".format(
            MINIMUM[0], MINIMUM[1], sys.version_info[0], sys.version_info[1], sys.executable
        )
    )

ROOT = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(ROOT, "build")
NO_VENV = """\
noxfile.py: this Python cannot make a virtual environment: no ensurepip, and no pip was found.
  next: apt-get install python3-venv      (Debian, Ubuntu)
  or:   pip install nox, then: nox -s tests"""
NO_NOX = """\
noxfile.py: {} could not be installed into {}.
  cause: the lines above; most often there is no network
  next:  try again, or where nox is installed already: nox -s tests"""

# ---- as a program: make an environment for nox, and start nox in it ---------------------------


def groups():
    # type: () -> dict[str, list[str]]
    """Read the dependency groups of pyproject.toml, includes resolved."""
    import tomllib

    with open(os.path.join(ROOT, "pyproject.toml"), "rb") as stream:
        table = tomllib.load(stream)["dependency-groups"]

    def resolve(name):
        # type: (str) -> list[str]
        rows = []  # type: list[str]
        for row in table[name]:
            rows += resolve(row["include-group"]) if isinstance(row, dict) else [row]
        return rows

    return {name: resolve(name) for name in table}


def front():
    # type: () -> None
    """Start nox in its own environment; never returns."""
    wanted = groups()["front"]
    folder = os.path.join(BUILD, "nox", "front-{}.{}".format(*sys.version_info[:2]))
    python = os.path.join(folder, "Scripts" if os.name == "nt" else "bin", "python")
    mark = os.path.join(folder, "installed.txt")
    if not is_ready(mark, wanted):
        make(folder, python, wanted)
        with open(mark, "w") as stream:
            stream.write("\n".join(wanted))
    words = [python, "-m", "nox", "-f", os.path.join(ROOT, "noxfile.py"), *sys.argv[1:]]
    if os.name == "nt":
        sys.exit(subprocess.call(words))
    sys.stdout.flush()
    os.execv(python, words)


def is_ready(mark, wanted):
    # type: (str, list[str]) -> bool
    """Tell whether the environment was finished with the pins of today."""
    try:
        with open(mark) as stream:
            return stream.read().split() == wanted
    except OSError:
        return False


def make(folder, python, wanted):
    # type: (str, str, list[str]) -> None
    """Make the environment and install into it."""
    print("noxfile.py: installing {} below build/nox (once)".format(" ".join(wanted)), flush=True)
    try:
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(os.path.dirname(folder), exist_ok=True)
    except OSError as error:
        sys.exit("noxfile.py: the folder build/ cannot be written: {}".format(error))
    quiet = ["--quiet", "--disable-pip-version-check"]
    if has_ensurepip():
        run([sys.executable, "-m", "venv", folder], NO_VENV)
        pip = [python, "-m", "pip"]
    else:
        found = find_pip()
        if found is None:
            sys.exit(NO_VENV)
        run([sys.executable, "-m", "venv", "--without-pip", folder], NO_VENV)
        pip = [*found, "--python", python]
    run([*pip, "install", *quiet, *wanted], NO_NOX.format(" ".join(wanted), folder))


def has_ensurepip():
    # type: () -> bool
    """Tell whether `python -m venv` can install pip (Debian ships that apart)."""
    from importlib.util import find_spec

    return find_spec("venv") is not None and find_spec("ensurepip") is not None


def find_pip():
    # type: () -> list[str] | None
    """Find a pip that is no part of this Python's venv: installed, or as Debian's wheel."""
    import glob
    from importlib.util import find_spec

    if find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    for wheel in sorted(glob.glob("/usr/share/python-wheels/pip-*.whl")):
        return [sys.executable, os.path.join(wheel, "pip")]
    program = shutil.which("pip3") or shutil.which("pip")
    return [program] if program else None


def run(words, otherwise):
    # type: (list[str], str) -> None
    """Run a command, or end with the text `otherwise`."""
    try:
        status = subprocess.call(words)
    except OSError as error:
        sys.exit("{}\n  ({})".format(otherwise, error))
    if status != 0:
        sys.exit(otherwise)


if __name__ == "__main__":
    try:
        front()
    except KeyboardInterrupt:
        sys.exit("\nnoxfile.py: interrupted")

# ---- as nox's file: the sessions --------------------------------------------------------------

import nox  # noqa: E402  (only nox itself gets this far)

nox.needs_version = ">=2025.5"
nox.options.envdir = os.path.join("build", "nox")
nox.options.sessions = ["tests"]
nox.options.reuse_venv = "yes"
nox.options.error_on_external_run = True

PYTHON_FOLDERS = [
    "blas_probe", "wheels", "ci", "core/python/trivet", "core/tests/mutants", "noxfile.py",
]  # fmt: skip
WORKFLOWS = [os.path.join("ci", "workflows", name) for name in ("native.yml", "wheels.yml")]
CPP_SUFFIXES = (".h", ".cpp")
NOT_RUN = [
    "GPU backends: no such backend yet",
    "macOS and Windows: this session only proves the system it runs on",
    "tests marked slow: python3 noxfile.py -s e2e",
    "style: python3 noxfile.py -s lint",
]


def install(session: nox.Session, *names: str) -> None:
    """Install dependency groups of pyproject.toml, every requirement pinned."""
    table = groups()
    session.install(*dict.fromkeys(row for name in names for row in table[name]))


def install_providers(session: nox.Session) -> None:
    """Install every provider that PyPI has, so that no test is skipped for want of it."""
    names = session.run("python", "-m", "wheels.source", "--providers", silent=True, log=False)
    session.install(*str(names or "").split())


def install_trivet(session: nox.Session, build: str) -> None:
    """Build the checkout into `build` (kept between runs) and install it."""
    needs = session.run("python", "-m", "wheels.source", "--requires", silent=True, log=False)
    missing = str(needs or "").split()
    if missing:
        session.install(*missing)
    tests = "cmake.define.TRIVET_BUILD_TESTS=ON"
    options = ["-v", "--no-build-isolation", "--no-deps", "--force-reinstall"]
    session.install(*options, "-C", f"build-dir={build}", "-C", tests, ".")


@nox.session
def tests(session: nox.Session) -> None:
    """Build the core and its default backend; run the C++ tests and every quick Python test."""
    build = os.path.join(BUILD, "tests")
    install(session, "release", "test")
    install_providers(session)
    install_trivet(session, build)
    session.run("ctest", "--test-dir", build, "--output-on-failure", "--no-tests=error")
    for line in NOT_RUN:
        session.log(f"not run here: {line}")
    report = os.path.join(BUILD, "reports", "tests.xml")
    session.run("pytest", "-m", "not slow", f"--junitxml={report}", *session.posargs)


@nox.session
def unit(session: nox.Session) -> None:
    """Only the tests that need no compiler, no provider and no network."""
    install(session, "test")
    folders = ["blas_probe/tests", "wheels/tests", "ci/tests"]
    session.run("pytest", *folders, *session.posargs)


@nox.session
def e2e(session: nox.Session) -> None:
    """Every test, the slow ones too: real builds, empty environments, real providers."""
    install(session, "release", "test", "native")
    install_providers(session)
    install_trivet(session, os.path.join(BUILD, "tests"))
    report = os.path.join(BUILD, "reports", "e2e.xml")
    session.run("pytest", "-m", "real or slow", f"--junitxml={report}", *session.posargs)


@nox.session
def wheels(session: nox.Session) -> None:
    """Plan, build, check, pack and index the wheels; arguments after -- go to `wheels release`.

    Those of this machine's own platform, unless others are asked for: -- --platform "*".
    """
    install(session, "release")
    words = list(session.posargs)
    if not any(word.split("=")[0] in ("--platform", "--only") for word in words):
        words += ["--platform", "native"]
    session.run("python", "-m", "wheels", "release", *words)


@nox.session
def plan(session: nox.Session) -> None:
    """Print the cells that `wheels` would build here, and why each other one is left out."""
    install(session, "release")
    session.run("python", "-m", "wheels", "plan", *session.posargs)


@nox.session
def prove(session: nox.Session) -> None:
    """Is a BLAS of yours right and fast here? Its path goes after --."""
    install(session, "release")
    session.run("python", "-m", "wheels", "prove", *session.posargs)


@nox.session
def report(session: nox.Session) -> None:
    """Write one HTML page about a release; arguments after -- go to `wheels report`."""
    install(session, "release")
    session.run("python", "-m", "wheels", "report", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """ruff, mypy --strict, clang-format, and the workflows' schema and rules; changes nothing."""
    install(session, "lint")
    session.run("ruff", "check", ".")
    session.run("mypy", *PYTHON_FOLDERS)
    session.run("clang-format", "--dry-run", "--Werror", *cpp_files())
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)
    rules = os.path.join("ci", "zizmor.yml")
    session.run("zizmor", "--offline", "--no-progress", "--config", rules, *WORKFLOWS)


@nox.session
def native(session: nox.Session) -> None:
    """cibuildwheel for the platforms of this machine; arguments after -- go to `ci native`."""
    install(session, "native")
    session.run("python", "-m", "ci", "native", *session.posargs)


@nox.session
def gen(session: nox.Session) -> None:
    """Write every generated file anew; `git diff` must then be empty."""
    install(session, "build", "test")
    install_trivet(session, os.path.join(BUILD, "tests"))
    session.run("python", "-m", "blas_probe.recipe.docs")
    session.run("python", "-m", "blas_probe.write.schema")
    session.run("python", "-m", "wheels.proof.schema")
    session.run("python", os.path.join("core", "bindings", "write_stubs.py"))


@nox.session
def bench(session: nox.Session) -> None:
    """Measure; needs an otherwise idle machine. Arguments after -- choose what."""
    install(session, "release", "test")
    install_trivet(session, os.path.join(BUILD, "tests"))
    session.run("python", "-m", "wheels.bench", *session.posargs)


def cpp_files() -> "list[str]":
    """List the C++ sources and headers of the core."""
    names = []
    for folder, _, files in sorted(os.walk(os.path.join(ROOT, "core"))):
        names += [os.path.join(folder, name) for name in files if name.endswith(CPP_SUFFIXES)]
    return sorted(names)
