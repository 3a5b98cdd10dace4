"""Command lines as whole processes: from start to end, output read, in turn."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.bench.client import ServerFailed
from tests.bench.figures import Table
from tests.bench.places import quiet_folder
from tests.bench.tools import (
    check_command,
    environment,
    lint_command,
    node,
    validator_command,
    validator_question,
)

CHECK = "referee check"
LINT = "prisma-lint"
VALIDATE = "validator"
COMMANDS = (CHECK, LINT, VALIDATE)


def measure_process(
    table: Table,
    row: str,
    text: str,
    rounds: int,
    expected: float | None,
    tell: Callable[[str], None],
) -> None:
    """Add a row: each command line judges the schema, `rounds` times."""
    node()
    with quiet_folder() as name:
        schema = Path(name) / "schema.prisma"
        schema.write_text(text, encoding="utf-8")
        runs: list[tuple[str, Sequence[str], bytes]] = [
            (CHECK, check_command(schema), b""),
            (LINT, lint_command(schema), b""),
            (VALIDATE, validator_command(), validator_question(schema)),
        ]
        for number in range(rounds):
            tell(f"whole process {number + 1} of {rounds}")
            first = number % len(runs)
            for tool, command, question in [*runs[first:], *runs[:first]]:
                table.row(row, expected=expected).add(tool, _run(command, question, schema.parent))


class Run(NamedTuple):
    """How long a process took, and the most memory it held; 0 where the system does not tell."""

    seconds: float
    peak: int


# A process counts the memory of the one it was forked from as its own until it runs its program,
# so that a small process has to be between it and this one.
_LAUNCHER = """
import os, sys, time
started = time.perf_counter()
process = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(process, 0)
taken = time.perf_counter() - started
with open(sys.argv[1], "w") as told:
    told.write(f"{taken} {usage.ru_maxrss} {os.waitstatus_to_exitcode(status)}")
"""


def run_with_memory(command: Sequence[str], variables: Mapping[str, str]) -> Run:
    """Run a command of Referee to its end, its output read; raises ServerFailed if it fails."""
    is_told = sys.platform != "win32"
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told"
        launcher = (sys.executable, "-I", "-S", "-c", _LAUNCHER, str(told)) if is_told else ()
        started = time.perf_counter()
        done = subprocess.run(
            (*launcher, *command), capture_output=True, env=dict(variables), check=False
        )
        taken, peak, code = time.perf_counter() - started, 0, done.returncode
        if is_told and told.is_file():
            seconds, most, exit_code = told.read_text("ascii").split()
            # Linux counts in kibibytes, macOS in bytes.
            unit = 1 if sys.platform == "darwin" else 1024
            taken, peak, code = float(seconds), int(most) * unit, int(exit_code)
    if code not in (0, 1):
        said = (done.stdout + done.stderr).decode("utf-8", "replace").strip()
        raise ServerFailed(f"{' '.join(command)} ended with {code}: {said[-2000:]}")
    return Run(taken, peak)


def peak_memory(process_id: int) -> int:
    """Return the most memory that a running process has held; 0 where the system does not tell."""
    try:
        for line in Path(f"/proc/{process_id}/status").read_text("ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def _run(command: Sequence[str], question: bytes, folder: Path) -> float:
    started = time.perf_counter()
    done = subprocess.run(
        command,
        input=question,
        capture_output=True,
        cwd=folder,
        env=environment(),
        check=False,
        timeout=600,
    )
    taken = time.perf_counter() - started
    # Linters end with 1 where they find something; whoever fails says so.
    if done.returncode not in (0, 1) or not done.stdout + done.stderr:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise ServerFailed(f"{' '.join(command)} ended with {done.returncode}: {said[-2000:]}")
    return taken
