"""A person sits at a real Emacs, presses keys, and reads the screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.editors.emacs.driver import sit_at
from tests.lsp.schemas import ONE_FINDING, TWO_FINDINGS
from tests.project.folders import write

pytestmark = pytest.mark.slow

INDEX = "@@index([authorId])"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, {"package.json": "{}", "schema.prisma": ONE_FINDING})
    return tmp_path


def test_reading_a_finding_and_choosing_its_fix(folder: Path) -> None:
    with sit_at(folder, "schema.prisma") as terminal:
        # The mode line counts errors and warnings.
        terminal.wait_for_text("Flymake[0 1]")
        terminal.press("M-g", "g")
        terminal.type("12\n")
        terminal.press("M-x")
        terminal.type("flymake-show-buffer-diagnostics\n")
        terminal.wait_for_text("`Post.authorId` has no index")
        terminal.press("M-x")
        terminal.type("eglot-code-actions\n")
        terminal.wait_for_text(f"Add `{INDEX}`")
        terminal.press("Enter")
        terminal.wait_for("the index", lambda screen: f"  {INDEX}\n}}" in screen)
        terminal.wait_for_text("Flymake[0 0]")
        terminal.press("C-x", "C-s")
        terminal.wait_for_text("Wrote")
    assert (folder / "schema.prisma").read_text("utf-8").endswith(f"\n\n  {INDEX}\n}}\n")


def test_the_documented_command_makes_all_safe_fixes(folder: Path) -> None:
    write(folder, {"schema.prisma": TWO_FINDINGS})
    with sit_at(folder, "schema.prisma") as terminal:
        terminal.wait_for_text("Flymake[0 2]")
        terminal.press("M-x")
        terminal.type("referee-fix-all\n")
        terminal.wait_for("both indexes", lambda screen: screen.count(INDEX) == 2)
        terminal.wait_for_text("Flymake[0 0]")
        terminal.press("C-x", "C-s")
        terminal.wait_for_text("Wrote")
