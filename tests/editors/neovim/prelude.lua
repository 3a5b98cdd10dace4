-- What every script of a test may use. `wait` runs Neovim's event loop until something is so.
vim.o.swapfile = false

function wait(what, is_so)
  local found
  assert(vim.wait(180000, function() found = is_so() return found end, 5), 'waited for ' .. what)
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

function answer(value) io.stdout:write('\nANSWER ' .. vim.json.encode(value) .. '\n') end

-- Says goodbye and waits for the servers to be gone, which Neovim itself does not always do.
function goodbye()
  wait('all answers', function()
    return vim.iter(vim.lsp.get_clients()):all(function(client) return vim.tbl_isempty(client.requests) end)
  end)
  local running = vim.tbl_map(function(client) return client.rpc end, vim.lsp.get_clients())
  vim.lsp.stop_client(vim.lsp.get_clients())
  wait('the end of the servers', function()
    return vim.iter(running):all(function(rpc) return rpc.is_closing() end)
  end)
end
