--- sstar:// buffers: what the server has to read about a run.
local M = {}

local PATIENCE_MS = 10000

---@param bufnr integer
---@param uri string
function M.read(bufnr, uri)
  local sstar = require('sstar')
  local client = sstar.client(bufnr)
  if not client then
    return vim.notify('S*: no language server to read ' .. uri .. ' from', vim.log.levels.ERROR)
  end
  local answer = client:request_sync('sstar/document', { uri = uri }, PATIENCE_MS, bufnr)
  local text, language
  if not answer or answer.err then
    text, language = answer and answer.err.message or 'the server did not answer', 'text'
  else
    text, language = answer.result.text, answer.result.languageId
  end
  vim.bo[bufnr].modifiable = true
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, vim.split(text:gsub('\n$', ''), '\n'))
  vim.bo[bufnr].buftype = 'nofile'
  vim.bo[bufnr].swapfile = false
  vim.bo[bufnr].bufhidden = 'wipe'
  vim.bo[bufnr].modifiable = false
  vim.bo[bufnr].modified = false
  vim.bo[bufnr].filetype = language == 'plaintext' and 'text' or language
end

--- Show a page in a split.
---@param uri string
function M.open(uri)
  vim.cmd.split(vim.fn.fnameescape(uri))
end

return M
