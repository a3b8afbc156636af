-- The client's configuration: found by vim.lsp.config('sstar') because this folder is on the runtimepath.
-- Change any of it with vim.lsp.config('sstar', { cmd = {...}, init_options = {...} }) in your init.lua.
local sstar = require('sstar')

---@type vim.lsp.Config
return {
  cmd = { 'sstar', 'lsp' },
  filetypes = { 'markdown', 'text', 'python', 'c', 'cpp', 'java', 'rust', 'go', 'javascript' },
  root_markers = { 'sstar.toml', '.git' },
  capabilities = sstar.capabilities(),
  handlers = sstar.handlers,
  commands = sstar.lens_commands,
}
