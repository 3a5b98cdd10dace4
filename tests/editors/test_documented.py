"""What docs/editors.md tells people to write is well-formed, and is marked where nobody ran it."""

from __future__ import annotations

import importlib
import json
import re
import sys
from typing import Any

import pytest

from referee.lsp.settings import said_for
from tests.editors.documented import PAGE, ROOT, snippet

# The type checker judges for Python 3.10, where tomli stands in, on machines without tomli.
tomllib: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

TEXT = PAGE.read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
SECTIONS = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
RUN = ("Neovim 0.11 or newer", "Emacs with eglot", "Vim with ALE")
NOT_RUN = ("Helix", "Zed", "Sublime Text with LSP", "Kate", "JetBrains")


@pytest.mark.parametrize("heading", NOT_RUN)
def test_what_nobody_ran_is_marked(heading: str) -> None:
    assert SECTIONS[heading].lstrip().startswith("Not run here")


@pytest.mark.parametrize("heading", RUN)
def test_what_is_run_is_not_marked(heading: str) -> None:
    assert "Not run here" not in SECTIONS[heading]


def test_every_block_of_json_and_toml_is_well_formed() -> None:
    assert {"json", "toml"} <= {language for language, _ in BLOCKS}
    for language, text in BLOCKS:
        if language == "json":
            json.loads(text)
        elif language == "toml":
            tomllib.loads(text)


def test_the_settings_in_the_blocks_are_settings() -> None:
    helix = tomllib.loads(snippet("Helix", "toml"))["language-server"]["referee"]["config"]
    sublime = json.loads(snippet("Sublime Text with LSP", "json"))["clients"]["referee"]["settings"]
    given = [
        helix["referee"],
        {key.removeprefix("referee."): value for key, value in sublime.items()},
    ]
    for section in given:
        assert section
        assert said_for(section, ROOT).mistakes == ()


def test_the_readme_shows_the_same_lines_for_neovim() -> None:
    lines = snippet("Neovim 0.11 or newer", "lua")
    assert len(lines.splitlines()) == 5
    assert lines in (ROOT / "README.md").read_text("utf-8")
