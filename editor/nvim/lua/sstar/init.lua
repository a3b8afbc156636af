--- S* in Neovim: the commands, the client's extras, and the statusline component.
--- All logic is in the server; here is what a person sees. See :help sstar.
local M = {}

---@class sstar.Progress what the server told last about a run (docs/lsp.md, sstar/progress)
---@field runId string
---@field uri string
---@field status string
---@field text string

---@type table<string, sstar.Progress> by document URI
M.progress = {}
---@type table<string, table> the last answer, by document URI
M.answers = {}
---@type nil|fun(origin: string, refused: boolean): string? tells a key; set it with setup()
M.secret = nil

--- Optional. `secret` is a function that tells the key of a model server; without it the server looks into its
--- environment and the system's keyring.
---@param opts? { secret?: fun(origin: string, refused: boolean): string? }
function M.setup(opts)
  M.secret = opts and opts.secret or M.secret
  vim.lsp.config('sstar', { capabilities = M.capabilities() })
end

---@return table what this client can do beyond LSP
function M.capabilities()
  return {
    experimental = { sstar = { progress = true, documents = true, secret = M.secret ~= nil } },
  }
end

local function say(text, level)
  vim.notify('S*: ' .. text, level or vim.log.levels.INFO)
end

M.handlers = {
  ['sstar/progress'] = function(_, told)
    M.progress[told.uri] = told
    vim.api.nvim_exec_autocmds('User', { pattern = 'SStarProgress', data = told, modeline = false })
    pcall(vim.cmd.redrawstatus)
  end,
  ['sstar/secret'] = function(_, asked)
    return { value = M.secret and M.secret(asked.origin, asked.refused) or vim.NIL }
  end,
}

--- The client of a buffer, else any.
---@param bufnr? integer
---@return vim.lsp.Client?
function M.client(bufnr)
  local attached = vim.lsp.get_clients({ name = 'sstar', bufnr = bufnr or 0 })
  return attached[1] or vim.lsp.get_clients({ name = 'sstar' })[1]
end

---@param bufnr integer
local function client_of(bufnr)
  local client = M.client(bufnr)
  if not client then
    say('the language server is not attached to this buffer. See :checkhealth sstar', vim.log.levels.ERROR)
  end
  return client
end

--- Send a request; an error is shown, and `on_answer` is called with the answer alone.
---@param client vim.lsp.Client
---@param on_error? fun(err: table): boolean true where the error was dealt with
function M.request(client, method, params, on_answer, on_error)
  client:request(method, params, function(err, answer)
    if err then
      if not (on_error and on_error(err)) then
        say(err.message, vim.log.levels.ERROR)
      end
      return
    end
    on_answer(answer)
  end)
end

--- The newest run of a buffer.
function M.newest_run(bufnr, on_run)
  local client = client_of(bufnr)
  if not client then
    return
  end
  M.request(client, 'sstar/runs', { uri = vim.uri_from_bufnr(bufnr), limit = 1 }, function(runs)
    if not runs[1] then
      return say('this buffer has no run yet: :SStarSolve')
    end
    on_run(client, runs[1])
  end)
end

---@param bufnr integer
function M.refresh_lenses(bufnr)
  if not vim.api.nvim_buf_is_valid(bufnr) then
    return
  end
  if #vim.lsp.get_clients({ name = 'sstar', bufnr = bufnr }) > 0 then
    vim.lsp.codelens.refresh({ bufnr = bufnr })
  end
end

--- A run has ended: remember its answer and say how it stands.
function M.finished(answer)
  if answer.uri then
    M.answers[answer.uri] = answer
    local bufnr = vim.fn.bufnr(vim.uri_to_fname(answer.uri))
    if bufnr > 0 then
      M.refresh_lenses(bufnr)
    end
  end
  vim.api.nvim_exec_autocmds('User', { pattern = 'SStarAnswer', data = answer, modeline = false })
  if answer.status == 'cancelled' then
    return say('cancelled; go on with :SStarResume')
  end
  local text = ('%s: %s'):format(answer.status:gsub('_', ' '), answer.title or '')
  if answer.code and answer.code ~= vim.NIL then
    text = text .. '. :SStarInsert puts the program in'
  end
  if answer.question and answer.question ~= vim.NIL then
    text = text .. ', :SStarReview asks you about the tests'
  end
  say(text)
end

--- `python samples=4`: words are the language, pairs are options of the section "solve".
local function parse(words)
  local language, options = nil, {}
  for _, word in ipairs(words) do
    local key, value = word:match('^([%w_]+)=(.*)$')
    if key then
      options[key] = tonumber(value) or value
    else
      language = word
    end
  end
  return language, next(options) and options or nil
end

---@param args table of nvim_create_user_command
function M.solve(args)
  local bufnr = vim.api.nvim_get_current_buf()
  local client = client_of(bufnr)
  if not client then
    return
  end
  local language, options = parse(args.fargs or {})
  local params = { textDocument = { uri = vim.uri_from_bufnr(bufnr) }, language = language, options = options }
  if args.bang then
    params.own = true
  end
  if args.range and args.range > 0 then
    params.range = {
      start = { line = args.line1 - 1, character = 0 },
      ['end'] = { line = args.line2, character = 0 },
    }
  end
  M.send_solve(client, params)
end

--- `sstar/solve`; where the contest guard refuses, a person is asked whether it is practice.
function M.send_solve(client, params)
  M.request(client, 'sstar/solve', params, M.finished, function(err)
    local contest = type(err.data) == 'table' and err.data.contest or nil
    if not contest then
      return false
    end
    vim.ui.select({ 'This is practice: the contest is over', 'Do not solve' }, {
      prompt = contest .. ' may be running:',
    }, function(_, choice)
      if choice == 1 then
        M.request(client, 'sstar/confirmPractice', { contest = contest }, function()
          M.send_solve(client, params)
        end)
      end
    end)
    return true
  end)
end

function M.cancel()
  local bufnr = vim.api.nvim_get_current_buf()
  local client = client_of(bufnr)
  if client then
    M.request(client, 'sstar/cancel', { uri = vim.uri_from_bufnr(bufnr) }, function(answer)
      if #answer.cancelled == 0 then
        say('nothing goes on in this buffer')
      end
    end)
  end
end

function M.resume()
  M.newest_run(vim.api.nvim_get_current_buf(), function(client, run)
    M.request(client, 'sstar/resume', { runId = run.id }, M.finished)
  end)
end

--- A buffer of no lines has an empty one in Neovim, which is left below a text that is inserted into it.
local function drop_empty_end(bufnr)
  vim.api.nvim_buf_call(bufnr, function()
    if vim.fn.line('$') > 1 and vim.fn.getline('$') == '' then
      vim.cmd('silent! undojoin')
      vim.api.nvim_buf_set_lines(bufnr, -2, -1, false, {})
    end
  end)
end

--- Apply the edit of a program: one undo takes it back.
function M.insert_run(client, run_id, candidate)
  M.request(client, 'sstar/edit', { runId = run_id, candidateId = candidate }, function(made)
    vim.lsp.util.apply_workspace_edit(made.edit, client.offset_encoding)
    drop_empty_end(vim.uri_to_bufnr(made.uri))
    say('inserted into ' .. vim.fn.fnamemodify(vim.uri_to_fname(made.uri), ':~:.'))
  end)
end

function M.insert(args)
  local candidate = args.args ~= '' and args.args or nil
  M.newest_run(vim.api.nvim_get_current_buf(), function(client, run)
    M.insert_run(client, run.id, candidate)
  end)
end

function M.review()
  M.newest_run(vim.api.nvim_get_current_buf(), function(client, run)
    require('sstar.review').begin(client, run.id)
  end)
end

function M.evidence()
  M.newest_run(vim.api.nvim_get_current_buf(), function(_, run)
    require('sstar.pages').open(run.evidenceUri)
  end)
end

--- What was read of the problem in this buffer.
function M.check()
  local bufnr = vim.api.nvim_get_current_buf()
  if client_of(bufnr) then
    require('sstar.problem').show(bufnr)
  end
end

--- For a statusline: where this buffer's run stands, or nothing.
---@return string
function M.statusline()
  local told = M.progress[vim.uri_from_bufnr(0)]
  if not told then
    return ''
  end
  if told.status == 'running' then
    local early = told.samples.written == 0 and told.details ~= ''
    return 'S* ' .. told.text .. (early and ' · ' .. told.details or '')
  end
  return 'S* ' .. told.status:gsub('_', ' ')
end

--- What a click on a code lens (vim.lsp.codelens.run) does here instead of in the server.
M.lens_commands = {
  ['sstar.solve'] = function(command, ctx)
    M.send_solve(assert(vim.lsp.get_client_by_id(ctx.client_id)), command.arguments[1])
  end,
  ['sstar.resume'] = function(command, ctx)
    local client = assert(vim.lsp.get_client_by_id(ctx.client_id))
    M.request(client, 'sstar/resume', command.arguments[1], M.finished)
  end,
  ['sstar.insert'] = function(command, ctx)
    local wanted = command.arguments[1]
    M.insert_run(assert(vim.lsp.get_client_by_id(ctx.client_id)), wanted.runId, wanted.candidateId)
  end,
  ['sstar.review'] = function(command, ctx)
    local client = assert(vim.lsp.get_client_by_id(ctx.client_id))
    require('sstar.review').begin(client, command.arguments[1].runId)
  end,
  ['sstar.problem'] = function(command)
    require('sstar.problem').show(vim.uri_to_bufnr(command.arguments[1].uri))
  end,
  ['sstar.correct'] = function(command, ctx)
    local client = assert(vim.lsp.get_client_by_id(ctx.client_id))
    require('sstar.problem').correct(client, command.arguments[1])
  end,
}

return M
