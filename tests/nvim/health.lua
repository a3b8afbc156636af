-- :checkhealth and :help
local P = dofile(vim.env.SSTAR_PRELUDE)
P.open('pairs.md')
vim.cmd('checkhealth sstar')
local report = P.text()
assert(not report:find('ERROR'), report)
assert(report:find('attached to 1 buffer', 1, true), report)
assert(report:find('OK sstar ', 1, true), report)
vim.cmd('helptags ' .. vim.fs.joinpath(vim.env.SSTAR_WORK, 'plugin', 'doc'))
vim.opt.runtimepath:append(vim.fs.joinpath(vim.env.SSTAR_WORK, 'plugin'))
for _, tag in ipairs({ 'sstar', ':SStarSolve', ':SStarReview', 'sstar-statusline' }) do
  vim.cmd.help(tag)
end
vim.lsp.config('sstar', { cmd = { 'no-such-sstar', 'lsp' } })
vim.cmd('checkhealth sstar')
assert(P.text():find('is not an executable', 1, true), P.text())
P.quit()
