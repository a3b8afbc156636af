-- Commands and autocommands. Nothing is loaded before one of them is used.
if vim.g.loaded_sstar then
  return
end
vim.g.loaded_sstar = true

if vim.fn.has('nvim-0.11') == 0 then
  vim.notify('sstar needs Neovim 0.11 or newer', vim.log.levels.ERROR)
  return
end

local function command(name, method, opts)
  vim.api.nvim_create_user_command(name, function(args)
    require('sstar')[method](args)
  end, opts)
end

local function solve_words(lead)
  local words = { 'python', 'cpp', 'c', 'java', 'rust', 'go', 'javascript', 'samples=', 'rounds=', 'inputs=', 'seed=' }
  return vim.tbl_filter(function(word)
    return vim.startswith(word, lead)
  end, words)
end

command('SStarSolve', 'solve', {
  nargs = '*',
  range = true,
  bang = true,
  complete = solve_words,
  desc = 'Solve the problem in this buffer (! repairs the program in it)',
})
command('SStarCancel', 'cancel', { desc = "Cancel this buffer's runs" })
command('SStarResume', 'resume', { desc = "Go on with this buffer's stopped run" })
command('SStarInsert', 'insert', { nargs = '?', desc = 'Insert the chosen program (or the named candidate)' })
command('SStarReview', 'review', { desc = 'Say which outputs are right' })
command('SStarCheck', 'check', { desc = 'Show what was read of the problem in this buffer' })
command('SStarEvidence', 'evidence', { desc = 'Show why this program was chosen' })

local function own(name, method, opts)
  vim.api.nvim_create_user_command(name, function(args)
    require('sstar.own')[method](args)
  end, opts)
end

own('SstarTest', 'test', { nargs = '*', desc = "Run the program in this buffer on its problem's tests" })
own('SstarStress', 'stress', {
  nargs = '+',
  complete = 'file',
  desc = 'Find an input on which the program in this buffer differs from another file',
})
own('SstarReport', 'report', { desc = 'Open the report of the newest run in a browser' })
own('SstarListen', 'listen', { bang = true, desc = 'Listen to Competitive Companion (! stops)' })
own('SstarNew', 'new', { desc = 'Make a problem of what is in the clipboard' })

vim.api.nvim_create_user_command('SstarModel', function()
  require('sstar.model').choose()
end, { desc = 'Choose which model writes the programs, for this session' })

local group = vim.api.nvim_create_augroup('sstar', {})
vim.api.nvim_create_autocmd('BufReadCmd', {
  group = group,
  pattern = 'sstar://*',
  callback = function(event)
    require('sstar.pages').read(event.buf, event.match)
  end,
})
vim.api.nvim_create_autocmd({ 'LspAttach', 'BufEnter', 'InsertLeave' }, {
  group = group,
  callback = function(event)
    if vim.g.sstar_codelens ~= false and package.loaded['sstar'] then
      require('sstar').refresh_lenses(event.buf)
    end
  end,
})
vim.api.nvim_create_autocmd({ 'LspAttach', 'InsertLeave', 'TextChanged' }, {
  group = group,
  callback = function(event)
    if vim.g.sstar_marks ~= false and package.loaded['sstar'] then
      require('sstar.problem').refresh(event.buf)
    end
  end,
})

if vim.g.sstar_enable ~= false then
  vim.lsp.enable('sstar')
end
