"""The everyday tasks of this project: `python tools/tasks.py test`, the same as `make test`.

Make and npm both end here, so a task is the same on Linux, macOS and Windows.
It runs on the bare Python it is started with, using the standard library alone, and makes the
environment in which everything else runs: `.venv` (or the folder named in REFEREE_VENV) for
Python, `node_modules` for Node. A stamp in each remembers what it was made from.

It deliberately does not import Referee, and it parses on Pythons too old for Referee, because it
is the one that has to tell them so.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

OLDEST_PYTHON = (3, 10)
OLDEST_NODE = 20

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / os.environ.get("REFEREE_VENV", ".venv")
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
REFEREE = BIN / ("referee.exe" if os.name == "nt" else "referee")
NODE_MODULES = ROOT / "node_modules"

PYTHON_MADE_FROM = ("pyproject.toml", "setup.py")
NODE_MADE_FROM = ("package.json", "package-lock.json", "vscode-client/package.json")

PYTEST_FOUND_NO_TESTS = 5


def main(words: list[str]) -> int:
    """Run the task that the first word names and hand it the others."""
    if not words or words[0] not in TASKS:
        names = ", ".join(TASKS)
        give_up(f"Name one task of: {names}.")
    return TASKS[words[0]](words[1:])


# --- The tasks ----------------------------------------------------------------------------------


def demo(options: list[str]) -> int:
    """Judge the example schema and say how to go on."""
    prepare_python("run-time")
    say("Judging examples/orchard")
    code = run(REFEREE, "check", "examples/orchard", "--fail-on", "never", *options)
    if code == 0:
        print(f"\nNow your own: {os.path.relpath(REFEREE)} check path/to/schema.prisma", flush=True)
    return code


def test(options: list[str]) -> int:
    """Run all tests, on every core."""
    prepare_python("dev")
    prepare_node()
    say("Running the tests")
    return run(PYTHON, "-m", "pytest", "-n", "auto", *options)


def check(options: list[str]) -> int:
    """Run every check, also after one has failed, so that one run shows all there is to mend."""
    prepare_python("dev")
    checks = {
        "Formatter": ("-m", "ruff", "format", "--check", "."),
        "Linter": ("-m", "ruff", "check", "."),
        "Type checker": ("-m", "mypy"),
        "Generated files": ("tools/generate.py", "--check"),
    }
    failed = []
    for name, words in checks.items():
        say(name)
        if run(PYTHON, *words) != 0:
            failed.append(name.lower())
    if failed:
        give_up(f"These found something to mend: {', '.join(failed)}.")
    return 0


def format_code(options: list[str]) -> int:
    """Format the code, and mend what the linter can mend safely."""
    prepare_python("dev")
    say("Formatting")
    linted = run(PYTHON, "-m", "ruff", "check", "--fix", ".")
    formatted = run(PYTHON, "-m", "ruff", "format", ".")
    return linted or formatted


def bench(options: list[str]) -> int:
    """Measure time and memory."""
    prepare_python("dev")
    say("Measuring")
    return run(PYTHON, "-m", "tests.bench", *options)


def fuzz(options: list[str]) -> int:
    """Run the tests with random input for many more rounds than `test` does."""
    prepare_python("dev")
    prepare_node()
    say("Running the tests with random input")
    os.environ.setdefault("REFEREE_FUZZ_ROUNDS", "2000")
    code = run(PYTHON, "-m", "pytest", "-n", "auto", "-m", "fuzz", *options)
    if code == PYTEST_FOUND_NO_TESTS:
        give_up("No test is marked `fuzz`.")
    return code


def truth(options: list[str]) -> int:
    """Try on real databases what the rules claim about them, thousands of times."""
    prepare_python("dev")
    say("Trying the rules' claims on real databases")
    return run(PYTHON, "-m", "tests.truth", *options)


def docs(options: list[str]) -> int:
    """Write the generated files anew."""
    prepare_python("dev")
    say("Writing the generated files")
    return run(PYTHON, "tools/generate.py", "--write", *options)


def clean(options: list[str]) -> int:
    """Remove caches and builds; what took a download to make stays."""
    say("Removing caches and builds")
    for name in (".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache", "build", "dist"):
        shutil.rmtree(ROOT / name, ignore_errors=True)
    for top in ("grammar", "server", "tests", "tools"):
        for cache in list((ROOT / top).rglob("__pycache__")):
            shutil.rmtree(cache, ignore_errors=True)
    return 0


TASKS = {
    "demo": demo,
    "test": test,
    "check": check,
    "format": format_code,
    "bench": bench,
    "fuzz": fuzz,
    "truth": truth,
    "docs": docs,
    "clean": clean,
}


# --- The environments ---------------------------------------------------------------------------


def prepare_python(purpose: str) -> None:
    """Make the virtual environment hold Referee and, for the purpose "dev", the tools too.

    On CI, where no test may be skipped, those include the editors that tests drive.

    An environment that somebody made by hand is as good as ours: it only gets what it lacks.
    """
    if not is_usable(PYTHON):
        make_venv()
    extras = "dev,databases,editors" if is_on_ci() else "dev,databases"
    made_from = f"{fingerprint(PYTHON_MADE_FROM)}-{extras}"
    stamp = VENV / ".referee-installed"
    installed = read_words(stamp)
    if installed in ([made_from, purpose], [made_from, "dev"]):
        return
    if installed[1:] == ["dev"]:
        purpose = "dev"
    say(f"Installing Referee{' and its tools' if purpose == 'dev' else ''} into {VENV.name}")
    # Older versions of pip cannot install a folder in place from pyproject.toml; where pip is
    # new enough, this asks no registry.
    run_quietly(PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "pip>=22")
    target = f".[{extras}]" if purpose == "dev" else "."
    run_quietly(PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "-e", target)
    stamp.write_text(f"{made_from} {purpose}\n", encoding="utf-8")


def is_on_ci() -> bool:
    """Tell whether the variable CI is set to something other than a spelled-out no."""
    return os.environ.get("CI", "").strip().lower() not in ("", "0", "false", "no")


def make_venv() -> None:
    if sys.version_info < OLDEST_PYTHON:
        give_up(
            f"Referee needs Python {dotted(OLDEST_PYTHON)} or newer, and this is "
            f"{platform.python_version()}; name a newer one: make demo PYTHON=python3.12."
        )
    if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
        give_up(
            f"{sys.executable} cannot make virtual environments, because it lacks the modules "
            "venv and ensurepip; on Debian and Ubuntu the package python3-venv brings them."
        )
    say(f"Making {VENV.name} with Python {platform.python_version()}")
    run_quietly(sys.executable, "-m", "venv", "--clear", VENV)


def is_usable(python: Path) -> bool:
    """Tell whether there is such a Python, it runs, and it is new enough for Referee."""
    question = f"import sys; sys.exit(sys.version_info < {OLDEST_PYTHON})"
    try:
        answer = subprocess.run(
            [str(python), "-c", question],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
    except OSError:
        return False
    return answer.returncode == 0


def prepare_node() -> None:
    """Make node_modules hold what the lock file names.

    A person without Node can run the tests all the same: those that need it are skipped and say
    so. On CI they fail, because there nothing may be skipped for want of a tool.
    """
    lacking = what_node_lacks()
    if lacking:
        say(f"{lacking}, so the tests that need it will be skipped, or fail if CI is set")
        return
    made_from = fingerprint(NODE_MADE_FROM)
    stamp = NODE_MODULES / ".referee-installed"
    if read_words(stamp) == [made_from]:
        return
    say("Installing the Node tools into node_modules")
    run_quietly(shutil.which("npm"), "ci", "--no-audit", "--no-fund")
    stamp.write_text(f"{made_from}\n", encoding="utf-8")


def what_node_lacks() -> str | None:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return f"Node {OLDEST_NODE} or newer with npm is not here"
    answer = subprocess.run(
        [node, "--version"], check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    major = answer.stdout.strip().lstrip("v").partition(".")[0]
    if not major.isdigit() or int(major) < OLDEST_NODE:
        return f"Node {OLDEST_NODE} or newer is needed and this is {answer.stdout.strip() or '?'}"
    return None


def fingerprint(names: tuple[str, ...]) -> str:
    """Sum up what an environment is made from, and where: an install in place is tied to it."""
    digest = hashlib.sha256(str(ROOT).encode())
    for name in names:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def read_words(stamp: Path) -> list[str]:
    try:
        return stamp.read_text(encoding="utf-8").split()
    except OSError:
        return []


# --- Running and speaking -----------------------------------------------------------------------


def run(*words: str | Path) -> int:
    """Run a command in the root folder, with its output shown, and give its exit code."""
    return subprocess.run([str(word) for word in words], check=False, cwd=ROOT).returncode


def run_quietly(*words: str | Path | None) -> None:
    """Run a command whose output matters only if it fails; then show it and stop."""
    command = [str(word) for word in words]
    answer = subprocess.run(
        command,
        check=False,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if answer.returncode != 0:
        sys.stderr.flush()
        sys.stderr.buffer.write(answer.stdout)
        give_up(f"This command failed, and its output is above: {' '.join(command)}")


def say(line: str) -> None:
    print(f"- {line}", flush=True)


def give_up(sentence: str) -> NoReturn:
    raise SystemExit(sentence)


def dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(number) for number in version)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
