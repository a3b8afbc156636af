-- The judge was wrong; a person's verdict overturns the choice.
local P = dofile(vim.env.SSTAR_PRELUDE)
P.open('pairs.md')
vim.cmd('SStarSolve samples=3 rounds=0 inputs=3')
local before = P.answered(1)
local asked = {}

--- The right answer: pairs of positions with sum zero.
local function right(prompt)
  local input = prompt:match('input:\n(.-)\ncluster')
  local numbers, pairs_ = {}, 0
  for word in input:gmatch('%-?%d+') do
    numbers[#numbers + 1] = tonumber(word)
  end
  for i = 2, #numbers do
    for j = 2, i - 1 do
      pairs_ = pairs_ + (numbers[i] + numbers[j] == 0 and 1 or 0)
    end
  end
  return pairs_
end

vim.ui.select = function(choices, opts, on_choice)
  asked[#asked + 1] = opts.prompt
  local below = vim.api.nvim_buf_get_extmarks(0, vim.api.nvim_create_namespace('sstar.review'), 0, -1, {})
  P.same(#below, 1, 'the test is shown below the first line')
  local last = choices[#choices]
  P.same(opts.format_item(last), 'I do not know')
  for _, choice in ipairs(choices) do
    if opts.format_item(choice):find('^"' .. right(opts.prompt) .. '" is right') then
      return on_choice(choice)
    end
  end
  on_choice(last)
end
vim.cmd('SStarReview')
local after = P.answered(2)
assert(asked[1]:find('prints:', 1, true), asked[1])
assert(after.evidence.chosen ~= before.evidence.chosen, 'the choice is another one')
P.same(after.status, 'chosen')
P.said_like('your verdict changed the choice')
vim.cmd('SStarInsert')
P.said_like('inserted into')
vim.cmd.edit(vim.fs.joinpath(vim.env.SSTAR_WORK, 'pairs.py'))
P.same(vim.trim(P.text()), vim.trim(after.code))
P.quit()
