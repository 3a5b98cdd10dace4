"""What the client at the other end takes, read from its `initialize` request into one value.

It deliberately decides nothing but the defaults: what is not offered is not there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from lsprotocol import types as lsp

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


def client_of(params: lsp.InitializeParams) -> Client:
    """Return what an `initialize` request says about its sender."""
    capabilities = params.capabilities
    general = capabilities.general
    workspace = capabilities.workspace or lsp.WorkspaceClientCapabilities()
    document = capabilities.text_document or lsp.TextDocumentClientCapabilities()
    published = document.publish_diagnostics or lsp.PublishDiagnosticsClientCapabilities()
    action = document.code_action or lsp.CodeActionClientCapabilities()
    edit = workspace.workspace_edit or lsp.WorkspaceEditClientCapabilities()
    formats = (document.hover.content_format if document.hover else None) or ()
    lens, hint = workspace.code_lens, workspace.inlay_hint
    watched, configuration = (
        workspace.did_change_watched_files,
        workspace.did_change_configuration,
    )
    tags = published.tag_support
    return Client(
        name=params.client_info.name if params.client_info else "",
        encoding=choose_encoding(general.position_encodings if general else None),
        process_id=params.process_id,
        takes_related=bool(published.related_information),
        takes_code_descriptions=bool(published.code_description_support),
        takes_diagnostic_data=bool(published.data_support),
        tags=frozenset(int(tag) for tag in tags.value_set) if tags else frozenset(),
        takes_markdown=next(iter(formats), None) == lsp.MarkupKind.Markdown,
        takes_action_literals=action.code_action_literal_support is not None,
        takes_preferred=bool(action.is_preferred_support),
        takes_document_changes=bool(edit.document_changes),
        takes_snippet_edits=bool(edit.document_changes and edit.snippet_edit_support),
        applies_edits=bool(workspace.apply_edit),
        shows_lenses=document.code_lens is not None,
        shows_hints=document.inlay_hint is not None,
        answers_configuration=bool(workspace.configuration),
        refreshes_lenses=bool(lens and lens.refresh_support),
        refreshes_hints=bool(hint and hint.refresh_support),
        registers_watchers=bool(watched and watched.dynamic_registration),
        registers_configuration=bool(configuration and configuration.dynamic_registration),
        has_folders=bool(workspace.workspace_folders),
        saves=bool(document.synchronization and document.synchronization.did_save),
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
