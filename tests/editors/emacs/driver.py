"""A real Emacs, driven by Lisp in batch or by keys in a terminal, whose eglot uses our server.

It deliberately knows nothing of what the server answers.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from tests.editors.conformance.recorder import environment, write_referee
from tests.editors.conformance.session import check_recorded
from tests.editors.documented import snippet
from tests.editors.terminal import Terminal, need_tmux
from tests.support.needs import need

SECONDS = 600
HEADING = "Emacs with eglot"
_PRELUDE = Path(__file__).with_name("prelude.el")


def need_emacs_with_eglot() -> None:
    """Skip the test where there is no Emacs or no eglot in it; fail on CI."""
    need(
        "Emacs with eglot",
        "install Emacs 29, or the packages `emacs-nox` and `elpa-eglot`",
        _has_eglot(),
    )


def configuration_for_readers() -> str:
    """Return the Lisp that the documentation tells people to write, with the command."""
    return snippet(HEADING, "elisp") + snippet(HEADING, "elisp", 2)


def drive(folder: Path, script: str, configuration: str | None = None) -> Any:
    """Run a script in Emacs, configured as documented, and return what it answers.

    What the server and Emacs said is in the folder `log` of the folder, and checked.
    """
    need_emacs_with_eglot()
    configuration = configuration_for_readers() if configuration is None else configuration
    program = folder / "script.el"
    program.write_text(f"{configuration}\n{script}\n(goodbye)", encoding="utf-8")
    write_referee(folder / "commands", folder / "log")
    run = subprocess.run(
        ["emacs", "--batch", "-l", str(_PRELUDE), "-l", str(program)],
        cwd=folder,
        env=environment(folder, folder / "commands"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    said = run.stdout.decode() + run.stderr.decode()
    assert run.returncode == 0, said
    answers = [line[7:] for line in said.splitlines() if line.startswith("ANSWER ")]
    assert answers, said
    check_recorded(folder / "log")
    return json.loads(answers[-1])


@contextmanager
def sit_at(folder: Path, file: str) -> Iterator[Terminal]:
    """Give a terminal in which Emacs, configured as documented, shows a file."""
    need_emacs_with_eglot()
    need_tmux()
    own = (
        "(package-initialize)",
        "(setq make-backup-files nil create-lockfiles nil inhibit-startup-screen t)",
        "(setq warning-minimum-level :error native-comp-deferred-compilation nil)",
        "(setq eglot-extend-to-xref nil)",
    )
    init = folder / "init.el"
    init.write_text("\n".join((*own, configuration_for_readers())), encoding="utf-8")
    write_referee(folder / "commands", folder / "log")
    command = ["emacs", "-nw", "-q", "-l", str(init), file]
    with Terminal(command, folder, environment(folder, folder / "commands")) as terminal:
        yield terminal
        terminal.press("C-x", "C-c")
        terminal.wait_for_the_end()
    check_recorded(folder / "log")


@cache
def _has_eglot() -> bool:
    if shutil.which("emacs") is None:
        return False
    look = "(progn (require 'package) (package-initialize) (require 'eglot))"
    run = subprocess.run(
        ["emacs", "--batch", "--eval", look], capture_output=True, timeout=SECONDS, check=False
    )
    return run.returncode == 0
