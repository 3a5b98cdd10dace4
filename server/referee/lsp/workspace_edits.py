"""Edits of texts as the protocol's workspace edit, in the form that a client takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from lsprotocol import types as lsp

from referee.lsp.client import Client
from referee.syntax.tree import Span
from referee.text.edits import TextEdit

_Change = lsp.TextDocumentEdit | lsp.CreateFile | lsp.RenameFile | lsp.DeleteFile
_START = lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0))
# A file that is there already is somebody's.
_KEEP = lsp.CreateFileOptions(overwrite=False, ignore_if_exists=False)


def workspace_edit(
    edits: Mapping[str, Sequence[TextEdit]],
    client: Client,
    *,
    uri_of: Callable[[str], str],
    range_of: Callable[[str, Span], lsp.Range],
    version_of: Callable[[str], int | None],
    blank: Span | None = None,
    files: Sequence[tuple[str, str]] = (),
) -> lsp.WorkspaceEdit:
    """Return edits by the name of their document as one edit of the protocol.

    A document that is open has a version. `blank` is the stretch of
    the only new text that is to be selected, which some clients can do.
    `files` are names of new files with their texts, for clients that make files.
    """
    if not client.takes_document_changes:
        return lsp.WorkspaceEdit(
            changes={
                uri_of(name): [_plain(name, edit, range_of) for edit in each]
                for name, each in edits.items()
            }
        )
    with_blank = blank is not None and client.takes_snippet_edits
    changes: list[_Change] = []
    for name, text in files:
        changes.append(lsp.CreateFile(uri=uri_of(name), options=_KEEP))
        made_file = lsp.OptionalVersionedTextDocumentIdentifier(uri=uri_of(name), version=None)
        inserted = lsp.TextEdit(_START, text)
        changes.append(lsp.TextDocumentEdit(text_document=made_file, edits=[inserted]))
    for name, each in edits.items():
        document = lsp.OptionalVersionedTextDocumentIdentifier(
            uri=uri_of(name), version=version_of(name)
        )
        made: list[lsp.TextEdit | lsp.AnnotatedTextEdit | lsp.SnippetTextEdit] = []
        for edit in each:
            if with_blank and blank is not None:
                snippet = lsp.StringValue(value=snippet_text(edit.new_text, blank))
                span = Span(edit.start, edit.end)
                made.append(lsp.SnippetTextEdit(range=range_of(name, span), snippet=snippet))
            else:
                made.append(_plain(name, edit, range_of))
        changes.append(lsp.TextDocumentEdit(text_document=document, edits=made))
    return lsp.WorkspaceEdit(document_changes=changes)


def snippet_text(text: str, blank: Span) -> str:
    """Return a text as a snippet in which a stretch is selected."""
    before, inside, behind = text[: blank.start], text[slice(*blank)], text[blank.end :]
    return f"{_escaped(before)}${{1:{_escaped(inside)}}}{_escaped(behind)}"


def _escaped(text: str) -> str:
    for mark in ("\\", "$", "}"):
        text = text.replace(mark, f"\\{mark}")
    return text


def _plain(name: str, edit: TextEdit, range_of: Callable[[str, Span], lsp.Range]) -> lsp.TextEdit:
    return lsp.TextEdit(range_of(name, Span(edit.start, edit.end)), edit.new_text)
