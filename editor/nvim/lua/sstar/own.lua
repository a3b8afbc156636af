--- A person's own program: its tests in a window with both outputs side by side, and stress tests.
local M = {}

local function sstar()
  return require('sstar')
end

local function say(text, level)
  vim.notify('S*: ' .. text, level or vim.log.levels.INFO)
end

---@return vim.lsp.Client?
local function client()
  local found = sstar().client(0)
  if not found then
    say('the language server is not attached to this buffer. See :checkhealth sstar', vim.log.levels.ERROR)
  end
  return found
end

local function lines_of(text)
  return vim.split((text:gsub('\n$', '')), '\n')
end

local scratches = 0

--- A scratch buffer that goes away with its window.
local function scratch(name, lines)
  local bufnr = vim.api.nvim_create_buf(false, true)
  scratches = scratches + 1
  vim.api.nvim_buf_set_name(bufnr, ('sstar-own:%d/%s'):format(scratches, name))
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, lines)
  vim.bo[bufnr].bufhidden = 'wipe'
  vim.bo[bufnr].modifiable = false
  return bufnr
end

--- Two texts side by side in a tab of their own, with what differs marked.
---@param left { name: string, text: string }
---@param right { name: string, text: string }
function M.diff(left, right)
  vim.cmd.tabnew()
  vim.bo.bufhidden = 'wipe'
  vim.api.nvim_win_set_buf(0, scratch(left.name, lines_of(left.text)))
  vim.cmd.diffthis()
  vim.cmd('rightbelow vsplit')
  vim.api.nvim_win_set_buf(0, scratch(right.name, lines_of(right.text)))
  vim.cmd.diffthis()
end

--- The rows of the window: a line a test, below it what a failing one was given.
local function rows_of(answer)
  local rows, at = { ('%d of %d passed'):format(answer.passed, #answer.tests) }, {}
  for _, test in ipairs(answer.tests) do
    rows[#rows + 1] = ('%s %s  %s  %.2f of %g s  %d of %d MiB'):format(
      test.passed and '✓' or '✗',
      test.label,
      test.verdict,
      test.seconds,
      test.limits.seconds,
      test.memoryBytes / 1048576,
      test.limits.memoryBytes / 1048576
    )
    at[#rows] = test
    if not test.passed then
      for _, line in ipairs(lines_of(test.input)) do
        rows[#rows + 1] = '    ' .. line
        at[#rows] = test
      end
    end
  end
  return rows, at
end

--- Show how the tests went in a split; <CR> on one opens its outputs side by side.
function M.show(answer)
  local rows, at = rows_of(answer)
  local bufnr = scratch('tests', rows)
  vim.cmd(('botright %dsplit'):format(math.min(#rows + 1, 15)))
  vim.api.nvim_win_set_buf(0, bufnr)
  vim.wo.winfixheight = true
  vim.keymap.set('n', '<CR>', function()
    local test = at[vim.api.nvim_win_get_cursor(0)[1]]
    if test then
      local output = test.output ~= '' and test.output or test.error
      M.diff({ name = 'right output', text = test.expected }, { name = 'its output', text = output })
    end
  end, { buffer = bufnr, desc = 'Right output and its output side by side' })
  vim.keymap.set('n', 'q', vim.cmd.close, { buffer = bufnr })
end

--- :SstarTest [number …]
---@param args table of nvim_create_user_command
function M.test(args)
  local found = client()
  if not found then
    return
  end
  local numbers = vim.tbl_map(tonumber, args.fargs)
  local params = { uri = vim.uri_from_bufnr(0), tests = #numbers > 0 and numbers or nil }
  sstar().request(found, 'sstar/test', params, function(answer)
    if answer.status == 'cancelled' then
      return say('cancelled')
    end
    if answer.compileError and answer.compileError ~= vim.NIL then
      return say('it does not compile: ' .. answer.compileError, vim.log.levels.ERROR)
    end
    M.show(answer)
  end)
end

local function told(side)
  return side.endedWell and side.output or ('(%s)\n%s'):format(side.verdict, side.error)
end

--- Keep a counterexample; its output only where the person says whose is right.
local function offer(found, answer)
  local choices = { { text = 'Do not keep it' }, { text = 'Keep the input alone', keep = true } }
  for _, side in ipairs({ answer.a, answer.b }) do
    if side.endedWell then
      choices[#choices + 1] = { text = side.program .. ' is right: keep it', keep = true, expected = side.output }
    end
  end
  vim.ui.select(choices, {
    prompt = ('They differ on:\n%sKeep it as a test?'):format(answer.input),
    kind = 'sstar',
    format_item = function(choice)
      return choice.text
    end,
  }, function(choice)
    if not choice or not choice.keep then
      return
    end
    local params = { uri = answer.uri, input = answer.input, expected = choice.expected }
    sstar().request(found, 'sstar/saveTest', params, function(kept)
      say('kept: ' .. table.concat(
        vim.tbl_map(function(uri)
          return vim.fn.fnamemodify(vim.uri_to_fname(uri), ':~:.')
        end, kept.files),
        ', '
      ))
    end)
  end)
end

--- :SstarStress {other file} [seconds]
---@param args table of nvim_create_user_command
function M.stress(args)
  local found = client()
  if not found then
    return
  end
  local other = vim.fs.normalize(vim.fn.fnamemodify(args.fargs[1], ':p'))
  if vim.fn.filereadable(other) == 0 then
    return say('there is no file ' .. other, vim.log.levels.ERROR)
  end
  local params = {
    uri = vim.uri_from_bufnr(0),
    other = vim.uri_from_fname(other),
    seconds = tonumber(args.fargs[2]),
  }
  sstar().request(found, 'sstar/stress', params, function(answer)
    if answer.status ~= 'differ' then
      local text = answer.status == 'same'
          and ('no difference on %d inputs, which proves nothing'):format(answer.tried)
        or 'cancelled'
      return say(text)
    end
    M.diff(
      { name = answer.a.program, text = told(answer.a) },
      { name = answer.b.program, text = told(answer.b) }
    )
    if answer.example and answer.example ~= vim.NIL then
      return say('not both programs print what ' .. answer.example .. ' shows')
    end
    offer(found, answer)
  end)
end

local function execute(command, argument, on_answer)
  local found = client()
  if found then
    sstar().request(
      found,
      'workspace/executeCommand',
      { command = command, arguments = { argument } },
      on_answer or function() end
    )
  end
end

--- :SstarReport
function M.report()
  sstar().newest_run(vim.api.nvim_get_current_buf(), function(found, run)
    local params = { command = 'sstar.report', arguments = { { runId = run.id } } }
    sstar().request(found, 'workspace/executeCommand', params, function(answer)
      say('the report is at ' .. answer.uri)
    end)
  end)
end

--- :SstarListen[!]
---@param args table of nvim_create_user_command
function M.listen(args)
  local folder = vim.uri_from_fname(vim.fn.getcwd())
  execute(args.bang and 'sstar.listen.stop' or 'sstar.listen.start', { folder = folder })
end

--- :SstarNew: a problem from the clipboard's register.
function M.new()
  local text = vim.fn.getreg('+')
  if vim.trim(text) == '' then
    return say('the register + is empty: copy the statement first', vim.log.levels.ERROR)
  end
  execute('sstar.newProblem', { text = text, folder = vim.uri_from_fname(vim.fn.getcwd()) })
end

return M
