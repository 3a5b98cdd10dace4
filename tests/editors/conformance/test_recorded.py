"""Whole sessions of real editors, in which they say all they can, keep to the protocol.

The drivers hold every conversation of every other test against it as well.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.editors.conformance.session import Said, answers_to, check_recorded, methods
from tests.editors.emacs import driver as emacs
from tests.editors.neovim import driver as neovim
from tests.lsp.schemas import ONE_FINDING
from tests.project.folders import write

pytestmark = pytest.mark.slow

ADD_INDEX = "Add `@@index([authorId])`"
IN_NEOVIM = """
vim.cmd.edit('schema.prisma')
wait('a finding', function() return #codes() > 0 end)
vim.lsp.inlay_hint.enable(true)
vim.lsp.codelens.refresh({ bufnr = 0 })
wait('a lens', function()
  local lenses = vim.lsp.codelens.get(0)
  return lenses[1] and lenses[1].command
end)
wait('a hint', function() return #vim.lsp.inlay_hint.get({ bufnr = 0 }) > 0 end)
vim.api.nvim_win_set_cursor(0, { vim.lsp.codelens.get(0)[1].range.start.line + 1, 0 })
vim.lsp.codelens.run()
vim.api.nvim_win_set_cursor(0, { 12, 3 })
vim.lsp.buf.hover()
vim.api.nvim_win_close(wait('a hover', float), true)
-- Other settings: what was a finding is none, and becomes one again.
local client = vim.lsp.get_clients()[1]
local function set(severity)
  client.settings = { referee = { severity = { ['unindexed-foreign-key'] = severity } } }
  client:notify('workspace/didChangeConfiguration', { settings = client.settings })
end
set('off')
wait('no finding', function() return #codes() == 0 end)
set('error')
wait('a finding', function() return #codes() > 0 end)
-- Two files of one schema, one of which is written, closed and gone.
vim.cmd('silent write')
vim.cmd.edit('broken.prisma')
vim.api.nvim_buf_set_lines(0, 0, -1, false, { 'model 👩‍👩‍👧 {', '  id', '}' })
vim.cmd('silent write')
vim.cmd('silent bwipeout!')
vim.fn.delete('broken.prisma')
vim.cmd.buffer('schema.prisma')
apply('Add `@@index([authorId])`')
wait('no finding', function() return #codes() == 0 end)
vim.cmd('undo')
wait('a finding', function() return #codes() > 0 end)
vim.lsp.buf.code_action({
  apply = true, context = { only = { 'source.fixAll.referee' }, diagnostics = {} },
})
wait('no finding', function() return #codes() == 0 end)
answer(true)
"""
IN_EMACS = f"""
(begin "schema.prisma")
(wait "a finding" #'findings)
(at 12 4)
(hover)
(choose #'eglot-code-actions "{ADD_INDEX}")
(sync)
(wait "no finding" (lambda () (null (findings))))
(goto-char (point-max))
(insert "model \U0001f469 {{\\n  id\\n}}\\n")
(sync)
(wait "mistakes" #'findings)
(erase-buffer)
(sync)
(insert-file-contents "schema.prisma")
(sync)
(wait "a finding" #'findings)
(let ((last-nonmenu-event t)) (call-interactively #'referee-fix-all))
(sync)
(wait "no finding" (lambda () (null (findings))))
(setq eglot-workspace-configuration '(:referee (:severity (:missing-relation-index "off"))))
(eglot-signal-didChangeConfiguration (eglot-current-server))
(basic-save-buffer)
(find-file "other.prisma")
(run-hooks 'post-command-hook)
(insert "model A {{\\n  id Int @id\\n}}\\n")
(sync)
(set-buffer-modified-p nil)
(kill-buffer)
(switch-to-buffer "schema.prisma")
(answer t)
"""
DOCUMENTS = {
    "initialize",
    "initialized",
    "textDocument/didOpen",
    "textDocument/didChange",
    "textDocument/didClose",
    "textDocument/didSave",
    "textDocument/hover",
    "textDocument/codeAction",
    "workspace/didChangeConfiguration",
    "shutdown",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    schema = ONE_FINDING.replace(", onDelete: Cascade", "")
    return write(tmp_path, {"package.json": "{}", "schema.prisma": schema})


def test_neovim(folder: Path) -> None:
    neovim.drive(folder, IN_NEOVIM)
    session = the_only_session(folder)
    assert methods(session, "client") >= DOCUMENTS | {
        "codeLens/resolve",
        "textDocument/codeLens",
        "textDocument/inlayHint",
        "workspace/executeCommand",
    }
    assert methods(session, "server") >= {
        "textDocument/publishDiagnostics",
        "window/showMessage",
        "workspace/configuration",
        "workspace/inlayHint/refresh",
    }
    check_what_was_answered(session)


def test_eglot(folder: Path) -> None:
    emacs.drive(folder, IN_EMACS)
    session = the_only_session(folder)
    assert methods(session, "client") >= DOCUMENTS
    assert methods(session, "server") >= {
        "textDocument/publishDiagnostics",
        "workspace/configuration",
    }
    check_what_was_answered(session)


def the_only_session(folder: Path) -> tuple[Said, ...]:
    """Return the conversation that was recorded."""
    (session,) = check_recorded(folder / "log")
    return session


def check_what_was_answered(session: tuple[Said, ...]) -> None:
    """Assert that there was something in the answers to be held against the protocol."""
    for method in ("textDocument/hover", "textDocument/codeAction"):
        assert any(answers_to(session, method)), method
    assert not [each.message for each in session if each.asked and "error" in each.message]
