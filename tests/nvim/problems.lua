-- New problems: from the register of the clipboard, once the person agrees, and from Competitive Companion.
local P = dofile(vim.env.SSTAR_PRELUDE)
P.open('pairs.md')
vim.cmd.cd(vim.env.SSTAR_WORK)
local function path(name)
  return vim.fs.joinpath(vim.env.SSTAR_WORK, name)
end
local function there(name)
  return P.wait(name, function()
    return vim.uv.fs_stat(path(name))
  end)
end

-- a clipboard of this Neovim's own
local copied = {}
vim.g.clipboard = {
  name = 'of the test',
  copy = { ['+'] = function(lines) copied = lines end, ['*'] = function(lines) copied = lines end },
  paste = { ['+'] = function() return copied end, ['*'] = function() return copied end },
}
vim.cmd('SstarNew')
P.said_like('the register %+ is empty')

local answer
local asked = {}
vim.lsp.handlers['window/showMessageRequest'] = function(_, params)
  asked[#asked + 1] = params.message
  return vim.iter(params.actions):find(function(action)
    return action.title == answer
  end)
end
vim.fn.setreg('+', (P.text():gsub('Pairs that cancel', 'Copied pairs')))
answer = 'Leave it'
vim.cmd('SstarNew')
P.wait('the question', function()
  return asked[1]
end)
assert(asked[1]:find('Copied pairs: .*1 example'), asked[1])
answer = 'Keep it'
vim.cmd('SstarNew')
there('Copied-pairs.md')
P.same(#asked, 2)
P.same(vim.uv.fs_stat(path('Copied-pairs-2.md')), nil, 'what was left was not kept')
P.wait('the statement in front', function()
  return vim.api.nvim_buf_get_name(0):find('Copied%-pairs%.md$')
end)

-- Competitive Companion posts a problem
local messages = {}
vim.lsp.handlers['window/showMessage'] = function(_, params)
  messages[#messages + 1] = params.message
end
local function told(pattern)
  return P.wait('a message like ' .. pattern, function()
    return vim.iter(messages):find(function(message)
      return message:find(pattern)
    end)
  end)
end
local function post(port)
  local script = [[
import sys, urllib.request as u
try:
    print(u.urlopen(f'http://localhost:{sys.argv[1]}/', sys.argv[2].encode()).status)
except OSError as error:
    print(error)]]
  local posted = { name = 'Sent', group = 'Judge', tests = { { input = '1\n', output = '2\n' } } }
  return vim.trim(
    vim.system({ vim.env.SSTAR_PYTHON, '-c', script, port, vim.json.encode(posted) }):wait().stdout
  )
end
vim.cmd('SstarListen')
local port = told('on port %d+'):match('on port (%d+)')
P.same(post(port), '200')
there('Judge/Sent.md')
told('Sent: 1 tests')
vim.cmd('SstarListen!')
P.wait('the listener to end', function()
  return post(port):find('refused')
end)
P.quit()
