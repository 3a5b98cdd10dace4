"""What an editor or a command line asks of a schema, answered in plain types.

It deliberately does no input or output and knows no protocol.
"""
