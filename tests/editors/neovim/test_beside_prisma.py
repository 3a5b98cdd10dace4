"""In one Neovim run Referee and Prisma's own language server, and nothing is said twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.editors.documented import snippet
from tests.editors.neovim.driver import (
    HEADING,
    configuration_for_readers,
    drive,
    need_official_server,
    ready_made_configuration,
    sit_at,
)
from tests.project.folders import write

pytestmark = pytest.mark.slow

# Both servers miss the index of `authorId`; that the other index is redundant, Referee alone says.
SCHEMA = """\
datasource db {
  provider     = "postgresql"
  relationMode = "prisma"
}

model User {
  id    Int    @id
  posts Post[]
}

model Post {
  id       Int  @id
  author   User @relation(fields: [authorId], references: [id])
  authorId Int

  @@index([id])
}
"""
RELATION, REDUNDANT = 12, 15
WAIT_FOR_BOTH = """
vim.cmd.edit('schema.prisma')
wait('both servers', function()
  return #vim.lsp.get_clients({ bufnr = 0 }) == 2
    and vim.iter(vim.lsp.get_clients()):all(function(client) return client.initialized end)
end)
local function told()
  local found = {}
  for _, each in ipairs(vim.diagnostic.get(0)) do
    local namespace = vim.diagnostic.get_namespace(each.namespace).name
    found[#found + 1] = { each.lnum, namespace:match('referee') or 'prisma' }
  end
  return found
end
wait('what both say', function()
  local by = {}
  for _, each in ipairs(told()) do by[each[2]] = true end
  return by.prisma and by.referee
end)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    need_official_server()
    write(tmp_path, {"package.json": "{}", "schema.prisma": SCHEMA})
    return tmp_path


def documented() -> str:
    """Return the documented lines for Referee alone and for both, one after the other."""
    return configuration_for_readers() + snippet(HEADING, "lua", 3)


def test_beside_prismas_server_nothing_is_said_twice(folder: Path) -> None:
    told = drive(folder, WAIT_FOR_BOTH + "answer(told())", documented())
    assert by_line(told) == {RELATION: ["prisma"], REDUNDANT: ["referee"]}


def test_without_the_setting_both_say_what_both_know(folder: Path) -> None:
    doubled = documented().replace("besideOfficialServer = true", "besideOfficialServer = false")
    told = drive(folder, WAIT_FOR_BOTH + "answer(told())", doubled)
    assert by_line(told) == {RELATION: ["prisma", "referee"], REDUNDANT: ["referee"]}


def test_the_ready_made_file_takes_the_documented_lines(folder: Path) -> None:
    configuration = ready_made_configuration() + snippet(HEADING, "lua", 3)
    told = drive(folder, WAIT_FOR_BOTH + "answer(told())", configuration)
    assert by_line(told) == {RELATION: ["prisma"], REDUNDANT: ["referee"]}


def test_both_answer_for_one_buffer_and_count_alike(folder: Path) -> None:
    found = drive(
        folder,
        WAIT_FOR_BOTH
        + """
        local encodings = {}
        for _, client in ipairs(vim.lsp.get_clients()) do
          encodings[#encodings + 1] = client.offset_encoding
        end
        -- Edits reach both: what Prisma's server formats, Referee's fix is then made in.
        vim.api.nvim_buf_set_lines(0, 12, 13, false, {
          '  author User @relation(fields: [authorId], references: [id]) // 👩‍👩‍👧',
        })
        vim.lsp.buf.format({ async = false, name = 'prismals' })
        vim.api.nvim_win_set_cursor(0, { 16, 4 })
        apply('Remove `@@index([id])`')
        wait('one finding', function() return #vim.diagnostic.get(0) == 1 end)
        answer({ encodings = encodings, lines = lines() })
        """,
        documented(),
    )
    assert found["encodings"] == ["utf-16", "utf-16"]
    # Neovim asks for tabs, so only the words are compared.
    line = "author User @relation(fields: [authorId], references: [id]) // 👩‍👩‍👧"
    assert line.split() in [each.split() for each in found["lines"]]
    assert not any("@@index" in line for line in found["lines"])


def test_a_person_sees_the_fixes_of_both_in_one_menu(folder: Path) -> None:
    with sit_at(folder, "schema.prisma", documented()) as terminal:
        terminal.wait_for("both signs", lambda screen: len(signs(screen)) == 2)
        terminal.type(f":{RELATION + 1}\n")
        terminal.type("gra")
        menu = terminal.wait_for_text("Code actions:", "1: ")
        assert "[prismals]" in menu
        terminal.press("Enter")
        terminal.wait_for("the menu to close", lambda screen: "Code actions:" not in screen)
        terminal.type(f":{REDUNDANT + 1}\n")
        terminal.press("C-w", "d")
        terminal.wait_for_text("Diagnostics:", "only costs every write")


def by_line(told: list[list[Any]]) -> dict[int, list[str]]:
    """Return who says something, by the line of which it is said."""
    found: dict[int, list[str]] = {}
    for line, name in told:
        found.setdefault(line, []).append(name)
    return {line: sorted(names) for line, names in sorted(found.items())}


def signs(screen: str) -> list[str]:
    """Return the lines with a sign in the margin."""
    return [line for line in screen.splitlines() if line[:2] in ("E ", "W ", "I ", "H ")]
