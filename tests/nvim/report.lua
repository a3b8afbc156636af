-- The report of the newest run: served on the loopback interface, and opened in the person's browser.
local P = dofile(vim.env.SSTAR_PRELUDE)
P.open('pairs.md')
vim.cmd('SstarReport')
P.said_like('this buffer has no run yet')
vim.cmd('SStarSolve samples=3 rounds=0 inputs=3')
P.answered(1)
local opened
vim.ui.open = function(uri)
  opened = uri
  return { wait = function() return { code = 0 } end }
end
vim.cmd('SstarReport')
local uri = P.said_like('the report is at '):match('(http://127%.0%.0%.1:%d+/%S+)')
P.same(P.wait('the browser', function()
  return opened
end), uri)
local page = vim.system({ vim.env.SSTAR_PYTHON, '-c', 'import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).read().decode())', uri }):wait()
P.same(page.code, 0, page.stderr)
assert(page.stdout:find('<h1>Pairs that cancel</h1>', 1, true), page.stdout)
P.quit()
