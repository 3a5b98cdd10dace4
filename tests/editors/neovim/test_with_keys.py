"""A person sits at a real Neovim, presses keys, and reads the screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.editors.conformance.session import answers_to, methods, sessions_in
from tests.editors.neovim.driver import (
    configuration_for_readers,
    ready_made_configuration,
    sit_at,
)
from tests.lsp.schemas import CODE, ONE_FINDING, TWO_FINDINGS
from tests.project.folders import write

pytestmark = pytest.mark.slow

CONFIGURATIONS = {
    "the documented lines": configuration_for_readers,
    "the ready-made file": ready_made_configuration,
}
ADD_INDEX = "Add `@@index([authorId])`"
INDEX = "@@index([authorId])"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, {"package.json": "{}", "schema.prisma": ONE_FINDING})
    return tmp_path


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_reading_a_finding_and_choosing_its_fix(folder: Path, configuration: str) -> None:
    with sit_at(folder, "schema.prisma", CONFIGURATIONS[configuration]()) as terminal:
        terminal.wait_for("a sign at the relation", has_sign)
        # Ctrl-W d opens what is to be said about the line.
        terminal.type("/author  \n")
        terminal.press("C-w", "d")
        terminal.wait_for_text("Diagnostics:", "`Post.authorId` has no index")
        # To move the cursor closes what floats over it.
        terminal.type("l")
        terminal.type("K")
        terminal.wait_for_text("PostgreSQL deletes the rows")
        terminal.type("h")
        terminal.type("gra")
        terminal.wait_for_text(f"1: {ADD_INDEX}", f"2: Silence `{CODE}` here")
        terminal.type("1\n")
        terminal.wait_for("the index and no sign", lambda s: INDEX in s and not has_sign(s))
        terminal.type(":w\n")
        terminal.wait_for_text("written")
    assert (folder / "schema.prisma").read_text("utf-8").endswith(f"\n\n  {INDEX}\n}}\n")


def test_silencing_with_a_reason(folder: Path) -> None:
    with sit_at(folder, "schema.prisma") as terminal:
        terminal.wait_for("a sign at the relation", has_sign)
        terminal.type("/author  \n")
        terminal.type("gra")
        terminal.wait_for_text("2: Silence")
        terminal.type("2\n")
        terminal.wait_for("the comment", lambda s: f"{CODE}" in s and not has_sign(s))


def test_the_ready_made_command_makes_all_safe_fixes(folder: Path) -> None:
    write(folder, {"schema.prisma": TWO_FINDINGS})
    with sit_at(folder, "schema.prisma", ready_made_configuration()) as terminal:
        terminal.wait_for("a sign at both relations", lambda screen: signs(screen) == 2)
        terminal.type(":LspRefereeFixAll\n")
        terminal.wait_for("both indexes", lambda screen: screen.count(INDEX) == 2)
        terminal.wait_for("no sign", lambda screen: not has_sign(screen))


def test_hints_and_lenses_are_seen_and_a_lens_is_run(folder: Path) -> None:
    write(folder, {"schema.prisma": ONE_FINDING.replace(", onDelete: Cascade", "")})
    with sit_at(folder, "schema.prisma") as terminal:
        terminal.wait_for("a sign at the relation", has_sign)
        terminal.type(":lua vim.lsp.inlay_hint.enable()\n")
        terminal.wait_for_text("references: [id], onDelete: Restrict)")
        terminal.type(":lua vim.lsp.codelens.refresh()\n")
        terminal.wait_for_text("deleting one is refused")
        terminal.type("/model User\n")
        terminal.type(":lua vim.lsp.codelens.run()\n")
        terminal.wait_for_text("Deleting", "`Post`")
        terminal.press("Enter")
    (session,) = sessions_in(folder / "log")
    assert {"codeLens/resolve", "workspace/executeCommand", "textDocument/inlayHint"} <= methods(
        session, "client"
    )
    (tree,) = answers_to(session, "workspace/executeCommand")
    assert "Post" in tree


def test_typing_keeps_up_with_what_is_written(folder: Path) -> None:
    with sit_at(folder, "schema.prisma") as terminal:
        terminal.wait_for("a sign at the relation", has_sign)
        terminal.type(f"Go\n{INDEX}")
        terminal.press("Escape")
        terminal.wait_for_text(INDEX)
        # Behind the last brace it means nothing; inside, it is the index that was missing.
        terminal.type("ddddO")
        terminal.type(f"  {INDEX}")
        terminal.press("Escape")
        terminal.wait_for("no sign", lambda screen: not has_sign(screen))
        terminal.type("u")
        terminal.wait_for("the sign again", has_sign)


def has_sign(screen: str) -> bool:
    """Tell whether Neovim shows a finding in the margin."""
    return signs(screen) > 0


def signs(screen: str) -> int:
    """Return how many lines have a sign in the margin."""
    return sum(line[:2] in ("E ", "W ", "I ", "H ") for line in screen.splitlines())
