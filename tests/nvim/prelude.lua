-- What every script needs: the plugin (where there is one) as a plugin manager loads it, and waiting for conditions, never for time.
local P = {}

P.patience_ms = 90000 -- a bound against hanging; nothing is measured by it

if (vim.env.SSTAR_PLUGIN or '') ~= '' then
  vim.opt.runtimepath:prepend(vim.env.SSTAR_PLUGIN)
  vim.lsp.config('sstar', { cmd = { vim.env.SSTAR_BIN, 'lsp' } })
  vim.cmd.runtime('plugin/sstar.lua')
  vim.cmd('filetype on')
end

P.said = {}
vim.notify = function(text, level)
  P.said[#P.said + 1] = { text = text, level = level }
end

--- Wait until a function returns something; that is returned.
function P.wait(what, found)
  local value
  vim.wait(P.patience_ms, function()
    value = found()
    return value
  end, 20)
  if not value then
    error('waited in vain: ' .. what .. '\nsaid: ' .. vim.inspect(P.said), 2)
  end
  return value
end

function P.said_like(pattern)
  return P.wait('a message like ' .. pattern, function()
    for _, said in ipairs(P.said) do
      if said.text:find(pattern) then
        return said.text
      end
    end
  end)
end

function P.open(name)
  vim.cmd.edit(vim.fs.joinpath(vim.env.SSTAR_WORK, name))
  return P.wait('the server to attach', function()
    local client = require('sstar').client(0)
    return client and client.initialized and client
  end)
end

P.answers = {}
vim.api.nvim_create_autocmd('User', {
  pattern = 'SStarAnswer',
  callback = function(event)
    P.answers[#P.answers + 1] = event.data
  end,
})

function P.answered(count)
  return P.wait(count .. ' answers', function()
    return P.answers[count]
  end)
end

function P.same(got, wanted, what)
  if not vim.deep_equal(got, wanted) then
    error((what or 'not the same') .. '\ngot:    ' .. vim.inspect(got) .. '\nwanted: ' .. vim.inspect(wanted), 2)
  end
end

function P.text(bufnr)
  return table.concat(vim.api.nvim_buf_get_lines(bufnr or 0, 0, -1, false), '\n') .. '\n'
end

--- Stop the client as leaving Neovim does, and leave.
function P.quit()
  local left = vim.lsp.get_clients({ name = 'sstar' })
  for _, client in ipairs(left) do
    client:stop()
  end
  P.wait('the server to end', function()
    return #vim.lsp.get_clients({ name = 'sstar' }) == 0
  end)
  print('all good')
  os.exit(0)
end

return P
