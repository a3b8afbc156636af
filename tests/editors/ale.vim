" Solve and insert in a real Vim with ALE, with one undo. Run by plain.py; what it needs is in the environment.
set nocompatible nomore noswapfile viminfo= hidden
let g:ale_linters_explicit = 1
let g:ale_linters = {'python': ['sstar']}
let g:ale_enabled = 1
execute 'set runtimepath^=' . $SSTAR_ALE
filetype on
runtime plugin/ale.vim

call ale#linter#Define('python', {
      \ 'name': 'sstar', 'lsp': 'stdio', 'executable': $SSTAR_BIN, 'command': '%e lsp', 'language': 'python',
      \ 'project_root': {b -> expand('#' . b . ':p:h')}})

function! Fail(what) abort
  call writefile(['FAILED: ' . a:what], $SSTAR_LOG, 'a')
  cquit!
endfunction

let g:offered = []
let g:data = {}
function! Offered(data, items) abort
  let g:offered = a:items
  let g:data = a:data
endfunction

" Ask until an action begins with this; actions come by callback.
function! Action(prefix) abort
  for l:try in range(300)
    let g:offered = []
    call ale#codefix#Execute(0, function('Offered'))
    for l:wait in range(10)
      sleep 50m
      for [l:source, l:item] in g:offered
        if stridx(l:item.title, a:prefix) == 0
          return l:item
        endif
      endfor
    endfor
  endfor
  call Fail('waited in vain for ' . a:prefix . '; offered: ' . string(g:offered))
endfunction

try
  execute 'edit ' . fnameescape($SSTAR_PROBLEM)
  setfiletype python
  let s:before = getline(1, '$')
  call cursor(1, 1)
  ALELint
  let s:solve = Action('Solve with S*')
  call ale#codefix#ApplyLSPCodeAction(g:data, s:solve)
  let s:insert = Action('Insert S* solution')
  if !has_key(s:insert, 'edit')
    call Fail('an action without edit, which ALE cannot resolve')
  endif
  let &undolevels = &undolevels
  call ale#codefix#ApplyLSPCodeAction(g:data, s:insert)
  call writefile(getline(1, '$'), $SSTAR_RESULT)
  if getline(1, '$') == s:before
    call Fail('nothing was inserted')
  endif
  silent undo
  if getline(1, '$') != s:before
    call Fail('one undo does not take the insertion back')
  endif
  call writefile(['all good'], $SSTAR_LOG, 'a')
catch
  call Fail(v:exception . ' at ' . v:throwpoint)
endtry
ALEStopAllLSPs
qall!
