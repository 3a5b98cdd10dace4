"""What the client at the other end takes, read from its `initialize` request into one value.

It deliberately decides nothing but the defaults: what is not offered is not there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from referee.lsp.incoming import Json, number, part
from referee.text.lines import PositionEncoding

_ENCODINGS: tuple[PositionEncoding, ...] = get_args(PositionEncoding)
# The one that a client takes that says nothing; the text layer names them by growing units.
DEFAULT_ENCODING: PositionEncoding = _ENCODINGS[1]

# Kate applies all quick fixes of a diagnostic at once when asked for the quick fix.
_APPLIES_EVERYTHING = ("kate", "kwrite", "kdevelop")


@dataclass(frozen=True, slots=True)
class Client:
    """What a client takes, and what may be asked of it."""

    name: str = ""
    encoding: PositionEncoding = DEFAULT_ENCODING
    process_id: int | None = None
    # Diagnostics
    takes_related: bool = False
    takes_code_descriptions: bool = False
    takes_diagnostic_data: bool = False
    tags: frozenset[int] = frozenset()
    # Requests
    takes_markdown: bool = False
    takes_action_literals: bool = False
    takes_preferred: bool = False
    takes_document_changes: bool = False
    takes_snippet_edits: bool = False
    makes_files: bool = False
    applies_edits: bool = False
    shows_lenses: bool = False
    shows_hints: bool = False
    # Questions to the client
    answers_configuration: bool = False
    refreshes_lenses: bool = False
    refreshes_hints: bool = False
    registers_watchers: bool = False
    registers_configuration: bool = False
    has_folders: bool = False
    saves: bool = False

    @property
    def applies_all_quick_fixes(self) -> bool:
        """Whether several quick fixes of a finding would all be made at once."""
        return self.name.casefold().startswith(_APPLIES_EVERYTHING)


def client_of(params: Json) -> Client:
    """Return what the parameters of an `initialize` request say about its sender."""
    workspace = part(params, "capabilities", "workspace")
    document = part(params, "capabilities", "textDocument")
    name = part(params, "clientInfo", "name")
    published = part(document, "publishDiagnostics")
    tags = part(published, "tagSupport", "valueSet")
    formats = part(document, "hover", "contentFormat")
    edit = part(workspace, "workspaceEdit")
    operations = part(edit, "resourceOperations")
    takes_document_changes = part(edit, "documentChanges") is True
    return Client(
        name=name if isinstance(name, str) else "",
        encoding=choose_encoding(part(params, "capabilities", "general", "positionEncodings")),
        process_id=number(params, "processId"),
        takes_related=part(published, "relatedInformation") is True,
        takes_code_descriptions=part(published, "codeDescriptionSupport") is True,
        takes_diagnostic_data=part(published, "dataSupport") is True,
        tags=frozenset(tags if isinstance(tags, list) else ()),
        takes_markdown=isinstance(formats, list) and formats[:1] == ["markdown"],
        takes_action_literals=part(document, "codeAction", "codeActionLiteralSupport") is not None,
        takes_preferred=part(document, "codeAction", "isPreferredSupport") is True,
        takes_document_changes=takes_document_changes,
        takes_snippet_edits=takes_document_changes and part(edit, "snippetEditSupport") is True,
        makes_files=takes_document_changes
        and isinstance(operations, list)
        and "create" in operations,
        applies_edits=part(workspace, "applyEdit") is True,
        shows_lenses=part(document, "codeLens") is not None,
        shows_hints=part(document, "inlayHint") is not None,
        answers_configuration=part(workspace, "configuration") is True,
        refreshes_lenses=part(workspace, "codeLens", "refreshSupport") is True,
        refreshes_hints=part(workspace, "inlayHint", "refreshSupport") is True,
        registers_watchers=part(workspace, "didChangeWatchedFiles", "dynamicRegistration") is True,
        registers_configuration=(
            part(workspace, "didChangeConfiguration", "dynamicRegistration") is True
        ),
        has_folders=part(workspace, "workspaceFolders") is True,
        saves=part(document, "synchronization", "didSave") is True,
    )


def choose_encoding(offered: Iterable[str] | None) -> PositionEncoding:
    """Return the encoding of positions to use with a client that offers some.

    It is the default one wherever that is offered: editors that show several servers on one
    document, as this one beside Prisma's own, want all of them to count alike. To us they cost
    the same, since almost every line is ASCII.
    """
    known: list[PositionEncoding] = [
        encoding for each in offered or () for encoding in _ENCODINGS if encoding == each
    ]
    return DEFAULT_ENCODING if DEFAULT_ENCODING in known or not known else known[0]
