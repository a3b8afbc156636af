--- :checkhealth sstar
local M = {}

local health = vim.health

function M.check()
  health.start('sstar: Neovim')
  if vim.fn.has('nvim-0.11') == 1 then
    health.ok('Neovim ' .. tostring(vim.version()))
  else
    health.error('Neovim 0.11 or newer is needed, this is ' .. tostring(vim.version()))
  end

  health.start('sstar: the server')
  local config = vim.lsp.config.sstar
  local cmd = config and config.cmd
  if type(cmd) ~= 'table' then
    return health.warn('the client has no command of its own: nothing to check')
  end
  if vim.fn.executable(cmd[1]) == 0 then
    return health.error(cmd[1] .. ' is not an executable', {
      "Install it: pipx install 'sstar-lsp[local]'",
      "Or name it: vim.lsp.config('sstar', { cmd = { '/path/to/sstar', 'lsp' } })",
    })
  end
  local ran, version = pcall(function()
    return vim.system({ cmd[1], '--version' }, { text = true, env = config.cmd_env }):wait(20000)
  end)
  if ran and version.code == 0 then
    health.ok(vim.split(version.stdout, '\n')[1] .. ' (' .. vim.fn.exepath(cmd[1]) .. ')')
  else
    health.error(cmd[1] .. ' --version failed', { 'Try it in a terminal' })
  end
  if vim.lsp.is_enabled('sstar') then
    health.ok("enabled: vim.lsp.enable('sstar')")
  else
    health.warn("not enabled", { "vim.lsp.enable('sstar'), or unset vim.g.sstar_enable" })
  end
  local clients = vim.lsp.get_clients({ name = 'sstar' })
  if #clients == 0 then
    health.info('no buffer uses it yet: open a problem')
  end
  for _, client in ipairs(clients) do
    health.ok(('attached to %d buffer(s), server %s'):format(
      #vim.tbl_keys(client.attached_buffers),
      client.server_info and client.server_info.version or '?'
    ))
  end
  health.info('model, sandbox and settings are tried by: sstar doctor')
end

return M
