-- Keeps and reads the tests of the open program as competitest.nvim does, by what its documentation and writer say:
-- one MessagePack table from number to { input, output }, whose empty texts are nil, in <name without its ending>.testcases.
-- Standard input: the cases to write, as JSON from number to case; where it is empty, the cases of the file are printed as such.

vim.cmd.edit(vim.fn.fnameescape(assert(os.getenv("SSTAR_SOURCE"))))
local source = vim.api.nvim_buf_get_name(0)
local path = vim.fn.fnamemodify(source, ":p:h") .. "/" .. vim.fn.fnamemodify(source, ":t:r") .. ".testcases"

local wanted = io.stdin:read("*a")
if wanted ~= "" then
  local cases = {}
  for number, case in pairs(vim.json.decode(wanted)) do
    for _, side in ipairs({ "input", "output" }) do
      if case[side] == "" then
        case[side] = nil
      end
    end
    cases[tonumber(number)] = case
  end
  local file = assert(io.open(path, "wb"))
  assert(file:write(vim.mpack.encode(cases)))
  assert(file:close())
else
  local file = assert(io.open(path, "rb"))
  -- The plugin reads every file as lines, this one too: CRLF is LF before anything is decoded.
  local raw = file:read("*a"):gsub("\r\n", "\n")
  file:close()
  local cases = {}
  for number, case in pairs(vim.mpack.decode(raw)) do
    assert(type(number) == "number", "a key that is no number: " .. vim.inspect(number))
    cases[tostring(number)] = case
  end
  io.stdout:write(vim.json.encode(cases))
end
