---@brief
---
--- https://pypi.org/project/prisma-referee/
---
--- `prisma-referee`, a language server that judges the relations of Prisma schemas. Install it
--- with `pip install prisma-referee` or `pipx install prisma-referee`.
---
--- It neither completes nor renames nor formats, so run it beside `prismals`, and let it leave to
--- `prismals` what both report:
---
--- ```lua
--- vim.lsp.config('referee', { settings = { referee = { besideOfficialServer = true } } })
--- vim.lsp.enable({ 'prismals', 'referee' })
--- ```
---
--- It also attaches to the scripts of migrations, `migrations/*/migration.sql`, and to no other SQL.
---
--- `:LspRefereeFixAll` makes all safe fixes of the buffer.

local root_markers = { 'referee.toml', 'prisma.config.ts', 'package.json', '.git' }

---@type vim.lsp.Config
return {
  cmd = { 'referee', 'serve', '--stdio' },
  filetypes = { 'prisma', 'sql' },
  root_dir = function(buffer, start_in)
    local is_schema = vim.bo[buffer].filetype == 'prisma'
    local name = vim.fs.normalize(vim.api.nvim_buf_get_name(buffer))
    if is_schema or name:match('/migrations/[^/]+/migration%.sql$') then
      start_in(vim.fs.root(buffer, root_markers))
    end
  end,
  settings = { referee = vim.empty_dict() },
  on_attach = function(_, buffer)
    vim.api.nvim_buf_create_user_command(buffer, 'LspRefereeFixAll', function()
      vim.lsp.buf.code_action({
        apply = true,
        context = { only = { 'source.fixAll.referee' }, diagnostics = {} },
      })
    end, { desc = 'Make all safe fixes of Referee' })
  end,
}
