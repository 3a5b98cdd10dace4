"""Takes the picture of Referee in a real Neovim: `python tools/picture_of_neovim.py`.

It needs tmux and Neovim 0.11 (`pip install -e '.[editors]'`), configured with nothing but the
lines of docs/editors.md, and writes docs/images/neovim.svg. Editors draw a little differently
from version to version, so the picture is taken by hand and its freshness is not checked.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.editors.neovim.driver import configuration_for_readers, neovim  # noqa: E402
from tools.generate import THEME  # noqa: E402

SIZE = (130, 32)
PICTURED = "billing.prisma"
LINE_OF_THE_KEY = "  coupon "


def main() -> int:
    """Take the picture and return 0; raises RuntimeError where the editor shows no diagnostic."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "orchard"
        shutil.copytree(ROOT / "examples" / "orchard", project)
        init = Path(folder) / "init.lua"
        init.write_text(
            configuration_for_readers()
            + "\nvim.diagnostic.config({ virtual_lines = { current_line = true }, signs = true })"
            + "\nvim.o.number = true\nvim.o.termguicolors = true\nvim.o.swapfile = false\n"
        )
        session = f"referee-{os.getpid()}"
        tmux("new-session", "-d", "-s", session, "-x", str(SIZE[0]), "-y", str(SIZE[1]), "sh")
        try:
            path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
            schema = project / "prisma" / "schema" / PICTURED
            program = f"cd {project} && PATH={path} {neovim()} --clean -u {init} {schema}"
            tmux("send-keys", "-t", session, program, "Enter")
            wait_for(session, lambda screen: "BillingAccount" in screen)
            tmux("send-keys", "-t", session, f"/^{LINE_OF_THE_KEY}", "Enter", "zz", "0w")
            wait_for(session, lambda screen: "unindexed-foreign-key" in screen)
            tmux("send-keys", "-t", session, "K")
            wait_for(session, lambda screen: "onUpdate" in screen)
            screen = tmux("capture-pane", "-e", "-p", "-t", session)
        finally:
            subprocess.run(["tmux", "kill-session", "-t", session], check=False)
    console = Console(record=True, width=SIZE[0], file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(screen.rstrip()))
    picture = console.export_svg(title="nvim billing.prisma", theme=THEME, unique_id="neovim")
    (ROOT / "docs" / "images" / "neovim.svg").write_text(picture)
    return 0


def wait_for(session: str, shows: Callable[[str], bool]) -> None:
    """Wait until the screen shows something; raises RuntimeError after 30 seconds."""
    deadline = time.monotonic() + 30
    screen = ""
    while time.monotonic() < deadline:
        screen = tmux("capture-pane", "-p", "-t", session)
        if shows(screen):
            return
        time.sleep(0.2)
    raise RuntimeError(f"Neovim does not show what was expected:\n{re.sub(r' +$', '', screen)}")


def tmux(*words: str) -> str:
    """Run tmux and return what it prints."""
    done = subprocess.run(["tmux", *words], check=True, capture_output=True, text=True)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
