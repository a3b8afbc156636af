--- Review: each test on which the programs differ, with every output; a person says which one is right.
local M = {}

local function say(text)
  vim.notify('S*: ' .. text)
end

--- Virtual lines below the first line of a problem: the test that is asked about.
local namespace = vim.api.nvim_create_namespace('sstar.review')

local function lines_of(test)
  local lines = { 'S* test ' .. test.id .. ' (' .. test.kind .. '), input:' }
  for line in vim.gsplit(test.input, '\n') do
    lines[#lines + 1] = '  ' .. line
  end
  for _, output in ipairs(test.outputs) do
    lines[#lines + 1] = 'cluster ' .. output.cluster .. ' prints:'
    for line in vim.gsplit((output.output:gsub('\n$', '')), '\n') do
      lines[#lines + 1] = '  ' .. line
    end
  end
  for _, sentence in ipairs({ test.settled, test.difference }) do
    if sentence ~= '' then
      lines[#lines + 1] = sentence
    end
  end
  return lines
end

local function show(bufnr, test)
  vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  if test then
    local virtual = vim.tbl_map(function(line)
      return { { line, 'DiagnosticInfo' } }
    end, lines_of(test))
    vim.api.nvim_buf_set_extmark(bufnr, namespace, 0, 0, { virt_lines = virtual })
  end
end

local function buffer_of(answer)
  if answer.uri and answer.uri ~= vim.NIL then
    local bufnr = vim.fn.bufnr(vim.uri_to_fname(answer.uri))
    if bufnr > 0 then
      return bufnr
    end
  end
  return vim.api.nvim_get_current_buf()
end

--- What can be said about a test.
local function choices_of(test)
  local choices, seen = {}, {}
  for _, output in ipairs(test.outputs) do
    local ended_well = output.verdict == 'RAN' or output.verdict == 'AC'
    if ended_well and not seen[output.output] then
      seen[output.output] = true
      local shown = output.output:gsub('%s+', ' ')
      choices[#choices + 1] = {
        text = ('"%s" is right (cluster %s)'):format(vim.trim(shown), output.cluster),
        verdict = { cluster = output.cluster },
      }
    end
  end
  choices[#choices + 1] = { text = 'Another output is right …', ask = true }
  choices[#choices + 1] = { text = 'This input is not allowed', verdict = 'illegal' }
  choices[#choices + 1] = { text = 'I do not know', verdict = 'unknown' }
  return choices
end

local function find(answer, id)
  for _, test in ipairs(answer.evidence.deciding_inputs) do
    if test.id == id then
      return test
    end
  end
end

local function judge(client, answer, test, verdict)
  local params = { runId = answer.run_id, inputId = test.id, verdict = verdict }
  local before = answer.evidence.chosen
  require('sstar').request(client, 'sstar/judge', params, function(after)
    local chosen = after.evidence.chosen
    if chosen ~= before then
      say(('your verdict changed the choice: %s instead of %s. :SStarInsert'):format(chosen, before))
    end
    require('sstar').finished(after)
    M.ask(client, after)
  end)
end

--- Ask about the open question of a run, then about the next one, until none is left or the person leaves.
---@param answer table as of sstar/run
function M.ask(client, answer)
  local bufnr = buffer_of(answer)
  local id = answer.question
  local test = id and id ~= vim.NIL and find(answer, id) or nil
  show(bufnr, test)
  if not test then
    return say('no test is open: ' .. #answer.evidence.deciding_inputs .. ' seen, nothing more to ask')
  end
  vim.ui.select(choices_of(test), {
    prompt = table.concat(lines_of(test), '\n') .. '\nWhich output is right?',
    kind = 'sstar',
    format_item = function(choice)
      return choice.text
    end,
  }, function(choice)
    if not choice then
      return show(bufnr, nil)
    end
    if not choice.ask then
      return judge(client, answer, test, choice.verdict)
    end
    vim.ui.input({ prompt = 'The right output: ' }, function(typed)
      if typed then
        judge(client, answer, test, { expected = (typed:gsub('\\n', '\n')) .. '\n' })
      else
        show(bufnr, nil)
      end
    end)
  end)
end

function M.begin(client, run_id)
  require('sstar').request(client, 'sstar/run', { runId = run_id }, function(answer)
    if answer.status == 'running' then
      return say('the run still goes on: ' .. run_id)
    end
    if not answer.evidence or answer.evidence == vim.NIL then
      return say('the run stopped before there was anything to review')
    end
    M.ask(client, answer)
  end)
end

return M
