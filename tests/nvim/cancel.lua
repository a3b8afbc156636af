-- Cancel in the middle; after a restart the run is offered again and goes on.
local P = dofile(vim.env.SSTAR_PRELUDE)
P.open('pairs.md')
if vim.env.SSTAR_AGAIN then
  local uri = vim.uri_from_bufnr(0)
  local client = require('sstar').client(0)
  local lenses = client:request_sync('textDocument/codeLens', { textDocument = { uri = uri } }, 20000).result
  assert(lenses[1].command.title:find('^Resume S%* %('), vim.inspect(lenses))
  vim.cmd('SStarResume')
  P.same(P.answered(1).status, 'chosen')
  P.quit()
end
vim.cmd('SStarCancel')
P.said_like('nothing goes on')
vim.cmd('SStarSolve samples=3 rounds=0 inputs=3')
P.wait('the model to be asked', function()
  return vim.uv.fs_stat(vim.env.SSTAR_ASKED) and require('sstar').statusline():find('samples')
end)
vim.cmd('SStarCancel')
P.same(P.answered(1).status, 'cancelled')
P.same(require('sstar').statusline(), 'S* cancelled')
P.quit()
