" Description: Referee, a language server that judges the relations of Prisma schemas.

call ale#Set('prisma_referee_executable', 'referee')
call ale#Set('prisma_referee_config', {})

function! ale_linters#prisma#referee#GetProjectRoot(buffer) abort
    for l:name in ['referee.toml', 'prisma.config.ts', 'package.json']
        let l:file = ale#path#FindNearestFile(a:buffer, l:name)

        if !empty(l:file)
            return fnamemodify(l:file, ':p:h')
        endif
    endfor

    return fnamemodify(bufname(a:buffer), ':p:h')
endfunction

call ale#linter#Define('prisma', {
\   'name': 'referee',
\   'lsp': 'stdio',
\   'executable': {b -> ale#Var(b, 'prisma_referee_executable')},
\   'command': '%e serve --stdio',
\   'project_root': function('ale_linters#prisma#referee#GetProjectRoot'),
\   'lsp_config': {b -> ale#Var(b, 'prisma_referee_config')},
\})
