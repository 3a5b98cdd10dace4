"""A real Vim with ALE in a terminal: the poorest client there is, and one that people use.

It has no markdown, no configuration to ask for, sends no diagnostics with a question for code
actions, and says nothing of folders.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.editors.conformance.recorder import ROOT, environment, write_referee
from tests.editors.conformance.session import check_recorded
from tests.editors.documented import snippet
from tests.editors.terminal import Terminal, need_tmux
from tests.support.needs import need

READY_MADE = ROOT / "editors" / "vim-ale"
HEADING = "Vim with ALE"
PACKAGES = Path("/usr/share/vim/vimfiles/pack")

# A person's own: no swap files, findings behind their lines, and hovers in a window.
_OWN = """
set nocompatible noswapfile nobackup number hidden signcolumn=yes
let g:ale_linters_explicit = 1
let g:ale_linters = {'prisma': ['referee'], 'sql': ['referee']}
let g:ale_lint_delay = 0
let g:ale_virtualtext_cursor = 2
let g:ale_hover_to_preview = 1
filetype plugin indent on
packadd ale
"""


def need_vim_with_ale() -> None:
    """Skip the test where there is no Vim or no ALE; fail on CI."""
    is_there = shutil.which("vim") is not None and any(PACKAGES.glob("*/*/ale"))
    need("Vim with ALE", "install the packages `vim` and `vim-ale`", is_there)


def documented_configuration() -> str:
    """Return the Vim script that the documentation tells people to write."""
    return snippet(HEADING, "vim")


def ready_made_configuration() -> str:
    """Return the Vim script that makes ALE find the ready-made linter."""
    return f"set runtimepath^={READY_MADE}\nsyntax on\n"


@contextmanager
def sit_at(folder: Path, file: str, configuration: str) -> Iterator[Terminal]:
    """Give a terminal in which Vim shows a file; what was said is checked in the end."""
    need_vim_with_ale()
    need_tmux()
    # The empty syntax file that the documentation speaks of.
    (folder / "home" / ".vim" / "syntax").mkdir(parents=True, exist_ok=True)
    (folder / "home" / ".vim" / "syntax" / "prisma.vim").touch()
    vimrc = folder / "vimrc"
    vimrc.write_text(_OWN + configuration, encoding="utf-8")
    write_referee(folder / "commands", folder / "log")
    command = ["vim", "-u", str(vimrc), file]
    around = environment(folder, folder / "commands")
    with Terminal(command, folder, around) as terminal:
        yield terminal
        terminal.type(":qa!\n")
        terminal.wait_for_the_end()
    check_recorded(folder / "log")
