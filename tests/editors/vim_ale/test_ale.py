"""A person sits at a real Vim with ALE, presses keys, and reads the screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.editors.conformance.session import answers_to, methods, sessions_in
from tests.editors.vim_ale.driver import (
    documented_configuration,
    ready_made_configuration,
    sit_at,
)
from tests.editors.vscode.projects import ADDED, MIGRATED
from tests.lsp.schemas import ONE_FINDING
from tests.project.folders import write

pytestmark = pytest.mark.slow

CONFIGURATIONS = {
    "the documented lines": documented_configuration,
    "the ready-made folder": ready_made_configuration,
}
MESSAGE = "`Post.authorId` has no index"
INDEX = "@@index([authorId])"
CODE_ACTION = "textDocument/codeAction"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, {"package.json": "{}", "schema.prisma": ONE_FINDING})
    return tmp_path


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_reading_a_finding_and_choosing_its_fix(folder: Path, configuration: str) -> None:
    with sit_at(folder, "schema.prisma", CONFIGURATIONS[configuration]()) as terminal:
        terminal.wait_for("a sign at the relation", has_sign)
        terminal.type("/author  \n")
        # ALE shows what it says about the line that the cursor comes to.
        terminal.wait_for_text(MESSAGE)
        terminal.type(":ALEHover\n")
        terminal.wait_for_text("PostgreSQL deletes the rows")
        terminal.type(":pclose\n")
        # On the first character of a word ALE sends the finding along, inside it sends none.
        terminal.type("l:ALECodeAction\n")
        terminal.wait_for_text("1) Add `@@index([authorId])`", "2) Silence")
        terminal.type("1\n")
        terminal.wait_for("the index and no sign", lambda s: INDEX in s and not has_sign(s))
        terminal.type(":w\n")
        terminal.wait_for_text("written")
    assert (folder / "schema.prisma").read_text("utf-8").endswith(f"\n\n  {INDEX}\n}}\n")
    (session,) = sessions_in(folder / "log")
    (question,) = [s.message for s in session if s.message.get("method") == CODE_ACTION]
    assert question["params"]["context"]["diagnostics"] == []
    (actions,) = answers_to(session, CODE_ACTION)
    assert [list(action["edit"]) for action in actions] == [["changes"], ["changes"]]
    (hover,) = answers_to(session, "textDocument/hover")
    assert hover["contents"]["kind"] == "plaintext"
    assert not {"client/registerCapability", "workspace/configuration"} & methods(session, "server")


def test_the_ready_made_folder_judges_the_scripts_of_migrations(tmp_path: Path) -> None:
    write(tmp_path, {"package.json": "{}", **MIGRATED})
    with sit_at(tmp_path, ADDED, ready_made_configuration()) as terminal:
        terminal.wait_for("a sign", has_sign)
        # ALE shows what it says about the line that the cursor comes to.
        terminal.type("/ADD\n")
        terminal.wait_for_text("`phone`")


def test_the_ready_made_folder_starts_nothing_for_other_sql(tmp_path: Path) -> None:
    write(tmp_path, {"package.json": "{}", "seed.sql": "SELECT 1;\n", **MIGRATED})
    with sit_at(tmp_path, "seed.sql", ready_made_configuration()) as terminal:
        terminal.wait_for_text("SELECT 1;")
        # The script after it is judged, so the server is there; nobody told it of the other.
        terminal.type(f":edit {ADDED}\n")
        terminal.wait_for("a sign", has_sign)
    (session,) = sessions_in(tmp_path / "log")
    opened = [
        said.message["params"]["textDocument"]["uri"]
        for said in session
        if said.message.get("method") == "textDocument/didOpen"
    ]
    assert [Path(uri).parent.name for uri in opened] == [Path(ADDED).parent.name]


def has_sign(screen: str) -> bool:
    """Tell whether ALE shows a finding in the margin."""
    return any(line[:2] in (">>", "--") for line in screen.splitlines())
