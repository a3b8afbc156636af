-- A misread example: marked, told by hover and page, corrected by one code action, then solved right.
local P = dofile(vim.env.SSTAR_PRELUDE)
local problem = require('sstar.problem')

local client = P.open('misread.md')
local bufnr = vim.api.nvim_get_current_buf()
local function line_of(text)
  for number, line in ipairs(vim.api.nvim_buf_get_lines(bufnr, 0, -1, false)) do
    if line == text then
      return number
    end
  end
end
local answer = assert(line_of('1'), 'the first line of the output')

local function marked(count)
  return P.wait(count .. ' marks', function()
    local marks = problem.marks(bufnr)
    return #marks == count and marks
  end)
end
local marks = marked(2)
assert(marks[1][2]:find('S* example 1, lines ', 1, true), vim.inspect(marks))
assert(marks[1][1] < answer and answer < marks[2][1], 'they stand at their examples')

-- all that was read, on a page
vim.cmd('SStarCheck')
P.wait('the page', function()
  return P.text():find('^# What S%* read.*1 and %-1 cancel each other%.')
end)
P.same(vim.bo.filetype, 'markdown')
vim.cmd.close()
P.same(vim.api.nvim_get_current_buf(), bufnr)

-- as it was read, no program passes
vim.cmd('SStarSolve python samples=3 rounds=0 inputs=3')
P.same(P.answered(1).status, 'unverified')

-- one action
vim.api.nvim_win_set_cursor(0, { answer, 0 })
vim.ui.select = function()
  error('one action matches, nobody is asked')
end
vim.lsp.buf.code_action({
  apply = true,
  filter = function(action)
    return action.title:find('The output ends here', 1, true) ~= nil
  end,
})
P.said_like('2 examples are read now')
local read = client:request_sync('sstar/problem', { uri = vim.uri_from_bufnr(bufnr) }, 20000, bufnr).result
P.same(read.examples[1].output, '1\n')
local function ends_at(line)
  return problem.marks(bufnr)[1][2]:find(('–%d$'):format(line))
end
assert(ends_at(answer), 'the mark names the new end')

vim.cmd('SStarSolve python samples=3 rounds=0 inputs=3')
P.same(P.answered(2).status, 'chosen')

-- typing makes new marks
vim.api.nvim_buf_set_lines(bufnr, 0, 0, false, { 'A note.', '' })
vim.api.nvim_exec_autocmds('TextChanged', { buffer = bufnr })
P.wait('the marks to follow', function()
  return ends_at(answer + 2)
end)
vim.cmd('silent! write')
P.quit()
