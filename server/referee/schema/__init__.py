"""What a schema means: facts of blocks, names, providers, relations and their graph.

It deliberately knows no offsets, no files' contents and no rules.
"""
