--- What was read of a problem: marks on its examples, the page that tells all, and a person's corrections.
local M = {}

local namespace = vim.api.nvim_create_namespace('sstar.problem')

--- Mark the examples of a buffer with virtual text at the first line of each.
---@param bufnr integer
---@param problem table as sstar/problem answers it
local function mark(bufnr, problem)
  vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  for number, example in ipairs(problem.examples) do
    local lines = example.lines
    if type(lines) == 'table' and lines[1] <= vim.api.nvim_buf_line_count(bufnr) then
      local sure = example.sure
      vim.api.nvim_buf_set_extmark(bufnr, namespace, lines[1] - 1, 0, {
        virt_text = {
          {
            ('S* example %d, lines %d–%d%s'):format(number, lines[1], lines[2], sure and '' or ', borders doubtful'),
            sure and 'DiagnosticVirtualTextInfo' or 'DiagnosticVirtualTextWarn',
          },
        },
      })
    end
  end
end

--- Ask the server what it reads in a buffer, and mark it.
---@param bufnr integer
---@param on_problem? fun(problem: table)
function M.refresh(bufnr, on_problem)
  if not vim.api.nvim_buf_is_valid(bufnr) then
    return
  end
  local client = vim.lsp.get_clients({ name = 'sstar', bufnr = bufnr })[1]
  if not client then
    return
  end
  local params = { uri = vim.uri_from_bufnr(bufnr) }
  client:request('sstar/problem', params, function(err, problem)
    if err or not vim.api.nvim_buf_is_valid(bufnr) then
      return
    end
    mark(bufnr, problem)
    if on_problem then
      on_problem(problem)
    end
  end, bufnr)
end

--- The marks of a buffer: 0-based line and text of each.
---@param bufnr integer
function M.marks(bufnr)
  return vim.tbl_map(function(extmark)
    return { extmark[2], extmark[4].virt_text[1][1] }
  end, vim.api.nvim_buf_get_extmarks(bufnr, namespace, 0, -1, { details = true }))
end

--- Keep what a person says about a line, and mark the examples anew.
---@param client vim.lsp.Client
---@param said { uri: string, line: integer, kind: string } as sstar.correct takes it
function M.correct(client, said)
  local params = { command = 'sstar.correct', arguments = { said } }
  require('sstar').request(client, 'workspace/executeCommand', params, function(problem)
    local bufnr = vim.uri_to_bufnr(said.uri)
    mark(bufnr, problem)
    require('sstar').refresh_lenses(bufnr)
    vim.notify(('S*: %d examples are read now'):format(#problem.examples))
  end)
end

--- Open the page that tells all that was read.
---@param bufnr integer
function M.show(bufnr)
  M.refresh(bufnr, function(problem)
    require('sstar.pages').open(problem.pageUri)
  end)
end

return M
