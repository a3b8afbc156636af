-- Solve, watch, insert with one undo, read the evidence; what plain LSP shows is there too.
local P = dofile(vim.env.SSTAR_PRELUDE)
local sstar = require('sstar')

local client = P.open('pairs.md')
P.same(sstar.statusline(), '')
local bars = {}
vim.api.nvim_create_autocmd('LspProgress', {
  callback = function(event)
    bars[#bars + 1] = event.data.params.value.kind
  end,
})
local seen = {}
vim.api.nvim_create_autocmd('User', {
  pattern = 'SStarProgress',
  callback = function()
    seen[sstar.statusline()] = true
  end,
})
vim.cmd('SStarSolve python samples=3 rounds=0 inputs=3')
local answer = P.answered(1)
P.same(answer.status, 'chosen')
P.same(sstar.statusline(), 'S* chosen')
P.wait('the bar to begin and end', function()
  return bars[1] == 'begin' and bars[#bars] == 'end'
end)
P.wait('counts in the statusline', function()
  for text in pairs(seen) do
    if text:find('%d/3 samples') then
      return true
    end
  end
end)

-- lenses and diagnostics, as any client gets them
local uri = vim.uri_from_bufnr(0)
local lenses = client:request_sync('textDocument/codeLens', { textDocument = { uri = uri } }, 20000).result
P.same(
  vim.tbl_map(function(lens)
    return lens.command.title
  end, lenses),
  { 'Insert chosen solution', 'Review 1 test', 'Solve again', 'Read: 1 example · tokens' }
)
local told = P.wait('a diagnostic', function()
  return vim.diagnostic.get(0)[1]
end)
P.same(told.severity, vim.diagnostic.severity.INFO)
P.same(told.source, 'S*')

-- insert: a new file beside the statement; into a buffer that is open: one edit, one undo
vim.cmd('SStarInsert')
P.said_like('inserted into')
local target = vim.fs.joinpath(vim.env.SSTAR_WORK, 'pairs.py')
vim.cmd.edit(target)
P.same(vim.trim(P.text()), vim.trim(answer.code))
vim.cmd.write()
vim.api.nvim_buf_set_lines(0, 0, -1, false, { '# my own', 'print(1)' })
vim.cmd.edit('pairs.md')
P.said = {}
vim.cmd('SStarInsert')
P.said_like('inserted into')
vim.cmd.edit(target)
P.same(vim.trim(P.text()), vim.trim(answer.code))
vim.cmd.undo()
P.same(P.text(), '# my own\nprint(1)\n', 'one undo takes the whole insertion back')

-- the evidence
vim.cmd.edit('pairs.md')
vim.cmd('SStarEvidence')
P.wait('the page', function()
  return P.text():find('# S* evidence: Pairs that cancel', 1, true)
end)
P.same(vim.bo.filetype, 'markdown')
P.same(vim.bo.modifiable, false)
P.quit()
