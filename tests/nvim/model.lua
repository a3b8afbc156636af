-- :SstarModel: what is there is offered, one choice counts for this session, and the line that keeps it is told
local P = dofile(vim.env.SSTAR_PRELUDE)
local client = P.open('pairs.md')
local offered
local function choosing(pattern)
  vim.ui.select = function(items, opts, on_choice)
    offered = vim.tbl_map(opts.format_item, items)
    for at, item in ipairs(items) do
      if offered[at]:find(pattern) then
        return on_choice(item, at)
      end
    end
    error('not offered: ' .. pattern .. vim.inspect(offered))
  end
end

local function weights()
  local answer = client:request_sync('sstar/weights', { uri = vim.uri_from_bufnr(0) }, P.patience_ms, 0)
  assert(answer and not answer.err, vim.inspect(answer))
  return vim.tbl_map(function(model)
    return model.id
  end, answer.result.models)
end

choosing('^qwen2.5%-coder:7b %(Ollama, http://127.0.0.1:')
vim.cmd('SstarModel')
local said = P.said_like('writes the programs in this session')
assert(said:find("vim.lsp.config('sstar', { settings = ", 1, true), said)
assert(said:find('model = "qwen2.5-coder:7b"', 1, true), said)
assert(table.concat(offered, '\n'):find('codestral-latest (Mistral, key in MISTRAL_API_KEY', 1, true), vim.inspect(offered))
P.same(weights(), {}, 'the server writes, no embedded model')

choosing('^embedded 0.5b')
vim.cmd('SstarModel')
P.said_like('^S%*: 0.5b writes the programs')
P.same(weights(), { 'qwen2.5-coder-0.5b-instruct' })

choosing('^an address of your own')
local typed = { 'http://127.0.0.1:9/v1', '' }
vim.ui.input = function(_, on_confirm)
  on_confirm(table.remove(typed, 1))
end
vim.cmd('SstarModel')
P.said_like('http://127.0.0.1:9/v1 writes the programs')
P.same(weights(), {})

vim.ui.select = function(_, _, on_choice)
  offered = nil
  on_choice(nil)
end
vim.cmd('SstarModel')
P.wait('the question', function()
  return offered == nil
end)
P.same(weights(), {}, 'a person who goes away changes nothing')
P.quit()
