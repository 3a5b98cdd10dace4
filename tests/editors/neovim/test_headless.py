"""A real Neovim, configured by the lines of the documentation, works with the server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.editors.documented import snippet
from tests.editors.neovim.driver import (
    HEADING,
    configuration_for_readers,
    drive,
    ready_made_configuration,
)
from tests.editors.vscode.projects import ADDED, MIGRATED
from tests.lsp.schemas import (
    CODE,
    DATASOURCE,
    INDEXED_POSTS,
    ONE_FINDING,
    POSTS,
    TWO_FINDINGS,
    USERS,
)
from tests.project.folders import write

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, {"package.json": "{}", "schema.prisma": ONE_FINDING})
    return tmp_path


def test_the_documentation_needs_five_lines() -> None:
    assert len(configuration_for_readers().strip().splitlines()) == 5


def test_it_opens_tells_hovers_and_fixes(folder: Path) -> None:
    found = drive(
        folder,
        """
        vim.cmd.edit('schema.prisma')
        wait('a diagnostic', function() return #codes() > 0 end)
        local told = codes()
        local line = vim.diagnostic.get(0)[1].lnum
        vim.api.nvim_win_set_cursor(0, { line + 1, 3 })
        vim.lsp.buf.hover()
        local window = wait('a hover', float)
        local hover = lines(vim.api.nvim_win_get_buf(window))
        vim.api.nvim_win_close(window, true)
        local titles = apply('Add `@@index([authorId])`')
        wait('no diagnostic', function() return #codes() == 0 end)
        answer({ told = told, line = line, hover = hover, titles = titles, lines = lines() })
        """,
    )
    assert (found["told"], found["line"]) == ([CODE], 11)
    assert "Cascade" in "\n".join(found["hover"])
    assert found["titles"] == ["Add `@@index([authorId])`", f"Silence `{CODE}` here"]
    assert found["lines"][-3:] == ["", "  @@index([authorId])", "}"]


def test_all_safe_fixes_are_made_at_once_on_request_only(folder: Path) -> None:
    write(folder, {"schema.prisma": TWO_FINDINGS})
    found = drive(
        folder,
        """
        vim.cmd.edit('schema.prisma')
        wait('diagnostics', function() return #codes() > 0 end)
        local offered = nil
        vim.lsp.buf_request_all(0, 'textDocument/codeAction', {
          textDocument = vim.lsp.util.make_text_document_params(0),
          range = { start = { line = 0, character = 0 }, ['end'] = { line = 99, character = 0 } },
          context = { diagnostics = {}, only = { 'source.fixAll' } },
        }, function(results)
          offered = {}
          for _, each in pairs(results) do vim.list_extend(offered, each.result or {}) end
        end)
        wait('an answer', function() return offered ~= nil end)
        vim.lsp.buf.code_action({
          apply = true, context = { only = { 'source.fixAll.referee' }, diagnostics = {} },
        })
        wait('the fixes', function()
          local text = table.concat(lines(), '\\n')
          return select(2, text:gsub('@@index', '')) == 2
        end)
        answer({ offered = #offered, lines = lines() })
        """,
    )
    assert found["offered"] == 0
    assert found["lines"].count("  @@index([authorId])") == 2


def test_a_burst_of_edits_ends_with_the_right_diagnostics(folder: Path) -> None:
    found = drive(
        folder,
        """
        vim.cmd.edit('schema.prisma')
        wait('a diagnostic', function() return #codes() > 0 end)
        local last = vim.api.nvim_buf_line_count(0)
        vim.api.nvim_buf_set_lines(0, last - 1, last - 1, false, { '', '  ' })
        local text = '@@index([authorId])'
        for i = 1, #text do
          vim.api.nvim_buf_set_text(0, last, 1 + i, last, 1 + i, { text:sub(i, i) })
          if i % 3 == 0 then vim.wait(1) end
        end
        wait('no diagnostic', function() return #codes() == 0 end)
        for _ = 1, #text do
          vim.api.nvim_buf_set_text(0, last, 2, last, 3, { '' })
        end
        wait('the diagnostic', function() return codes()[1] == 'unindexed-foreign-key' end)
        answer({ codes = codes(), lines = lines() })
        """,
    )
    assert found["codes"] == [CODE]
    assert found["lines"][-2:] == ["  ", "}"]


def test_two_files_of_one_schema_know_each_other(tmp_path: Path) -> None:
    schema = tmp_path / "prisma"
    write(tmp_path, {"package.json": "{}"})
    write(schema, {"base.prisma": DATASOURCE, "posts.prisma": POSTS, "users.prisma": USERS})
    found = drive(
        tmp_path,
        f"""
        vim.cmd.edit('prisma/posts.prisma')
        local posts = vim.api.nvim_get_current_buf()
        wait('a diagnostic', function() return #codes(posts) > 0 end)
        local before = codes(posts)
        vim.cmd.edit('prisma/users.prisma')
        local users = vim.api.nvim_get_current_buf()
        wait('the client', function() return #vim.lsp.get_clients({{ bufnr = users }}) > 0 end)
        vim.api.nvim_buf_set_lines(users, 0, 1, false, {{ 'model Person {{' }})
        wait('no diagnostic', function() return #codes(posts) == 0 end)
        vim.cmd('undo')
        wait('the diagnostic', function() return #codes(posts) > 0 end)
        local after = codes(posts)
        vim.fn.writefile(vim.split({lua(INDEXED_POSTS)}, '\\n'), 'prisma/posts.prisma')
        vim.cmd('checktime')
        vim.api.nvim_buf_call(posts, function() vim.cmd('edit!') end)
        wait('no diagnostic', function() return #codes(posts) == 0 end)
        answer({{ before = before, after = after, clients = #vim.lsp.get_clients() }})
        """,
    )
    assert found == {"before": [CODE], "after": [CODE], "clients": 1}


def test_lenses_and_hints_show(folder: Path) -> None:
    write(folder, {"schema.prisma": ONE_FINDING.replace(", onDelete: Cascade", "")})
    found = drive(
        folder,
        """
        vim.cmd.edit('schema.prisma')
        wait('a diagnostic', function() return #codes() > 0 end)
        vim.lsp.inlay_hint.enable(true)
        vim.lsp.codelens.refresh({ bufnr = 0 })
        wait('a lens', function()
          local lenses = vim.lsp.codelens.get(0)
          return lenses[1] and lenses[1].command
        end)
        wait('a hint', function() return #vim.lsp.inlay_hint.get({ bufnr = 0 }) > 0 end)
        answer({
          lens = vim.lsp.codelens.get(0)[1].command.title,
          hint = vim.lsp.inlay_hint.get({ bufnr = 0 })[1].inlay_hint.label,
        })
        """,
    )
    assert found["hint"] == ", onDelete: Restrict"
    assert found["lens"].startswith("deleting one is refused")


MIGRATION_CONFIGURATIONS = {
    "the documented lines": lambda: configuration_for_readers() + snippet(HEADING, "lua", 4),
    "the ready-made file": ready_made_configuration,
}


@pytest.mark.parametrize("configuration", MIGRATION_CONFIGURATIONS)
def test_it_judges_the_scripts_of_migrations_and_no_other_sql(
    tmp_path: Path, configuration: str
) -> None:
    write(tmp_path, {"package.json": "{}", "seed.sql": "SELECT 1;\n", **MIGRATED})
    found = drive(
        tmp_path,
        f"""
        vim.cmd.edit('prisma/schema.prisma')
        local function clients() return vim.lsp.get_clients({{ bufnr = 0 }}) end
        local client = wait('a client', function() return clients()[1] end)
        vim.cmd.edit('{ADDED}')
        local told = wait('a finding', function() return #codes() > 0 and codes() end)
        local same = clients()[1].id == client.id
        vim.api.nvim_win_set_cursor(0, {{ 1, 32 }})
        vim.lsp.buf.hover()
        local window = wait('a hover', float)
        local hover = lines(vim.api.nvim_win_get_buf(window))
        vim.api.nvim_win_close(window, true)
        vim.cmd.edit('seed.sql')
        answer({{
          told = told, same = same, hover = hover, others = #clients(), root = client.root_dir,
        }})
        """,
        MIGRATION_CONFIGURATIONS[configuration](),
    )
    assert found["told"] == ["required-column-without-default"]
    assert (found["same"], found["others"]) == (True, 0)
    assert "adds `phone`" in "\n".join(found["hover"])
    assert Path(found["root"]) == tmp_path


def lua(text: str) -> str:
    """Return a text as a Lua string."""
    assert "]==]" not in text
    return f"[==[\n{text}]==]"


def test_the_documented_autocommands_show_lenses_and_hints_and_keep_them(folder: Path) -> None:
    write(folder, {"schema.prisma": ONE_FINDING.replace(", onDelete: Cascade", "")})
    found = drive(
        folder,
        """
        vim.cmd.edit('schema.prisma')
        local function lens()
          local lenses = vim.lsp.codelens.get(0)
          return lenses[1] and lenses[1].command and lenses[1].command.title
        end
        local before = wait('a lens', lens)
        wait('a hint', function() return #vim.lsp.inlay_hint.get({ bufnr = 0 }) > 0 end)
        local line = lines()[12]:gsub('%)$', ', onDelete: Cascade)')
        vim.api.nvim_buf_set_lines(0, 11, 12, false, { line })
        -- Without a window no command ends, so what follows one is called here.
        vim.api.nvim_exec_autocmds('TextChanged', { buffer = 0 })
        local after = wait('another lens', function()
          local title = lens()
          return title ~= before and title
        end)
        wait('no hint', function() return #vim.lsp.inlay_hint.get({ bufnr = 0 }) == 0 end)
        answer({ before = before, after = after })
        """,
        configuration_for_readers() + snippet(HEADING, "lua", 2),
    )
    assert found["before"].startswith("deleting one is refused")
    assert found["after"].startswith("deleting one removes")


def test_the_documented_settings_count(folder: Path) -> None:
    found = drive(
        folder,
        """
        vim.cmd.edit('schema.prisma')
        wait('a diagnostic', function() return #codes() > 0 end)
        answer(vim.diagnostic.get(0)[1].severity)
        """,
        configuration_for_readers() + snippet("Settings", "lua"),
    )
    assert found == 1
