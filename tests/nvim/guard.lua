-- The contest guard asks once; a key comes from the person's function and from nowhere else.
local P = dofile(vim.env.SSTAR_PRELUDE)
require('sstar').setup({
  secret = function(origin)
    P.origin = origin
    return vim.env.SSTAR_TYPED
  end,
})
P.open('contest.md')
local asked = 0
vim.ui.select = function(choices, opts, on_choice)
  asked = asked + 1
  assert(opts.prompt:find('codeforces.com/contest/1234', 1, true), opts.prompt)
  on_choice(choices[1], 1)
end
vim.cmd('SStarSolve samples=1 rounds=0 inputs=0')
P.answered(1)
vim.cmd('SStarSolve samples=1 rounds=0 inputs=0')
P.answered(2)
P.same(asked, 1)
assert(P.origin:find('^http://127.0.0.1:%d+$'), P.origin)
P.quit()
