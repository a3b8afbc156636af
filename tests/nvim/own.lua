-- A person's own program: tested in a window with a diff, stressed against a brute force, the counterexample kept.
local P = dofile(vim.env.SSTAR_PRELUDE)

P.open('pairs.py')
vim.cmd('SstarTest')
P.wait('the window', function()
  return P.text():find('^1 of 2 passed')
end)
assert(P.text():find('✗ pairs%-1'), P.text())
assert(P.text():find('AC'), P.text())

-- both outputs side by side
vim.fn.search('✗')
vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes('<CR>', true, false, true), 'x', false)
local function texts()
  return vim.tbl_map(function(window)
    assert(vim.wo[window].diff)
    return P.text(vim.api.nvim_win_get_buf(window))
  end, vim.api.nvim_tabpage_list_wins(0))
end
P.same(texts(), { '4\n', '1\n' })
vim.cmd.tabclose()
vim.cmd.close()

vim.cmd('SstarTest 1')
P.wait('the window', function()
  return P.text():find('^1 of 1 passed')
end)
vim.cmd.close()

-- a test that one of them fails is no news: nothing is offered to be kept
local stress = 'SstarStress ' .. vim.fs.joinpath(vim.env.SSTAR_WORK, 'brute.py') .. ' 30'
vim.cmd(stress)
P.said_like('not both programs print what pairs%-1.in shows')
vim.cmd.tabclose()
for _, name in ipairs({ 'pairs-1.in', 'pairs-1.out' }) do
  assert(os.remove(vim.fs.joinpath(vim.env.SSTAR_WORK, name)))
end

-- the person says who is right
local asked
vim.ui.select = function(choices, opts, on_choice)
  asked = opts.prompt
  for _, choice in ipairs(choices) do
    if choice.text:find('brute.py is right', 1, true) then
      return on_choice(choice)
    end
  end
end
vim.cmd(stress)
P.said_like('kept: .*%.in, .*%.out')
assert(asked:find('They differ on:\n', 1, true), asked)
P.wait('the diff', function()
  return #vim.api.nvim_tabpage_list_wins(0) == 2 and texts()[1] ~= texts()[2]
end)
vim.cmd.tabclose()

vim.cmd('SstarStress /nowhere/x.py')
P.said_like('there is no file')
P.quit()
