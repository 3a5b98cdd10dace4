"""The command `serve`: the language server on standard input and output.

The server's libraries are imported when it runs, since no other command needs them.
"""

from __future__ import annotations

from referee.cli.arguments import Arguments


def run_serve(arguments: Arguments) -> int:
    """Serve one editor until it ends; return the exit code that the protocol asks for."""
    from referee.lsp.server import serve_stdio

    return serve_stdio(is_verbose=arguments.verbose)
