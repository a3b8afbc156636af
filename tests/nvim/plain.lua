-- No plugin: vim.lsp.config and the code actions that Neovim itself has, as docs/get-started/neovim.md says.
local P = dofile(vim.env.SSTAR_PRELUDE)
assert(vim.fn.exists(':SStarSolve') == 0, 'the plugin is not loaded')
vim.lsp.config('sstar', {
  cmd = { vim.env.SSTAR_BIN, 'lsp' },
  filetypes = { 'markdown' },
  root_markers = { 'sstar.toml', '.git' },
  init_options = { solve = { samples = 3, rounds = 0, inputs = 3 } },
})
vim.lsp.enable('sstar')
vim.cmd('filetype on')
vim.cmd.edit(vim.fs.joinpath(vim.env.SSTAR_WORK, 'pairs.md'))
P.wait('the server to attach', function()
  local client = vim.lsp.get_clients({ name = 'sstar', bufnr = 0 })[1]
  return client and client.initialized
end)

local function act(title)
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      return action.title:find(title) ~= nil
    end,
  })
end

act('^Solve with S%*$')
local told = P.wait('a diagnostic of the run', function()
  return vim.diagnostic.get(0)[1]
end)
P.same(told.source, 'S*')
act('^Insert S%* solution')
local target = vim.uri_from_fname(vim.fs.joinpath(vim.env.SSTAR_WORK, 'pairs.py'))
local bufnr = P.wait('the program in a buffer', function()
  local found = vim.uri_to_bufnr(target)
  return vim.api.nvim_buf_line_count(found) > 1 and found
end)
vim.api.nvim_buf_call(bufnr, function()
  vim.cmd('silent write!')
end)
P.quit()
