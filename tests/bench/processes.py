"""Command lines as whole processes: from start to end, output read, in turn."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

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
