" Only what ALE needs to show a hover; a plug-in for Prisma schemas has the real one.
if exists('b:current_syntax')
    finish
endif

syntax match prismaComment '//.*$'
syntax region prismaString start='"' skip='\\"' end='"'
syntax keyword prismaBlock datasource generator model view enum type
syntax match prismaAttribute '@@\?[A-Za-z.]\+'
highlight default link prismaComment Comment
highlight default link prismaString String
highlight default link prismaBlock Keyword
highlight default link prismaAttribute PreProc
let b:current_syntax = 'prisma'
