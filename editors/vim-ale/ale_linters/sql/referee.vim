" Description: Referee, for the scripts of Prisma's migrations and no other SQL.

call ale#Set('prisma_referee_executable', 'referee')
call ale#Set('prisma_referee_config', {})

" ALE starts no server for a file without a project.
function! ale_linters#sql#referee#GetProjectRoot(buffer) abort
    let l:script = fnamemodify(bufname(a:buffer), ':p')

    if l:script !~# '/migrations/[^/]\+/migration\.sql$'
        return ''
    endif

    for l:name in ['referee.toml', 'prisma.config.ts', 'package.json']
        let l:file = ale#path#FindNearestFile(a:buffer, l:name)

        if !empty(l:file)
            return fnamemodify(l:file, ':p:h')
        endif
    endfor

    return fnamemodify(l:script, ':h:h:h')
endfunction

call ale#linter#Define('sql', {
\   'name': 'referee',
\   'lsp': 'stdio',
\   'executable': {b -> ale#Var(b, 'prisma_referee_executable')},
\   'command': '%e serve --stdio',
\   'project_root': function('ale_linters#sql#referee#GetProjectRoot'),
\   'lsp_config': {b -> ale#Var(b, 'prisma_referee_config')},
\})
