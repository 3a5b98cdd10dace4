"""The command line: `referee check`, `explain`, `rules`.

It is the only layer that speaks to people through standard output, and it never loads the
language server's libraries unless the command asked for needs them.
"""
