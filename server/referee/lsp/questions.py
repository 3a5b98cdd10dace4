"""Answers to an editor's questions, on pygls: it structures them, runs handlers, and answers.

What pygls has built in for documents and for the beginning and end of a session never runs, since
`server` takes those messages itself; so pygls keeps no copy of a document.
This module is loaded when there is time, or when the first question comes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams, JsonRpcMethodNotFound
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method

from referee import __version__
from referee.features.code_actions import (
    CodeAction,
    code_actions,
    fix_all,
    nearest_first,
    touching,
)
from referee.features.delete_tree import delete_report, delete_tree, summary
from referee.features.diagnostics import diagnostics_of
from referee.features.hints import hints_of
from referee.features.hover import HoverText, hover_at
from referee.features.lenses import blocks_with_lens, lens_title
from referee.features.report.paint import Look
from referee.lsp.conversation import Conversation, View
from referee.lsp.incoming import Json, Place
from referee.lsp.migrations import Script
from referee.lsp.offer import APPLY_EDIT, FIX_ALL, NAME, QUICK_FIX, SHOW_DELETE_TREE, SILENCE
from referee.lsp.workspace_edits import workspace_edit
from referee.schema.view import SchemaView
from referee.syntax.tree import Span
from referee.text.edits import TextEdit

if TYPE_CHECKING:
    from referee.features.migration_actions import MigrationAction


class UnknownCommand(Exception):
    """A command that nobody here offered, or without its arguments."""


class _Protocol(LanguageServerProtocol):
    """pygls's protocol, which runs our commands."""

    _server: QuestionServer

    @lsp_method(lsp.WORKSPACE_EXECUTE_COMMAND)
    def lsp_workspace__execute_command(self, params: lsp.ExecuteCommandParams) -> Any:
        """Run a command."""
        try:
            return self._server.questions.execute(params)
        except UnknownCommand as unknown:
            raise JsonRpcInvalidParams(str(unknown)) from unknown


class QuestionServer(LanguageServer):
    """Takes the messages that are questions."""

    protocol: _Protocol
    # What `take` raises where parameters make no sense.
    Nonsense = JsonRpcException

    def __init__(
        self, talk: Conversation, write: Callable[[bytes], None], fail: Callable[[str], None]
    ) -> None:
        super().__init__(NAME, __version__, protocol_cls=_Protocol)
        self.questions = Questions(talk)
        self._fail = fail
        self.protocol.set_writer(_Writer(write), include_headers=False)
        handlers: dict[str, Callable[[Any], object]] = {
            lsp.TEXT_DOCUMENT_HOVER: self.questions.hover,
            lsp.TEXT_DOCUMENT_CODE_ACTION: self.questions.code_actions,
            lsp.TEXT_DOCUMENT_CODE_LENS: self.questions.code_lenses,
            lsp.CODE_LENS_RESOLVE: self.questions.resolve_lens,
            lsp.TEXT_DOCUMENT_INLAY_HINT: self.questions.inlay_hints,
        }
        for method, handler in handlers.items():
            # pygls writes its notes on what it is given, which a bound method does not take.
            self.feature(method)(partial(handler))

    def take(self, message: dict[str, Any]) -> None:
        """Answer a question; raises `Nonsense` where its parameters make no sense."""
        self.protocol.handle_message(self.protocol.structure_message(message))

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log what pygls caught in a handler; it has answered already."""
        if isinstance(error, JsonRpcInvalidParams | JsonRpcMethodNotFound):
            return
        data = getattr(error, "data", None)
        lines = data.get("traceback", ()) if isinstance(data, Mapping) else ()
        self._fail("A handler failed:\n" + "".join(lines) + str(error))


class _Writer:
    """What pygls writes its messages to."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self.write = write

    def close(self) -> None:
        """Leave the stream open; the process ends it."""


class Questions:
    """The questions that an editor asks."""

    def __init__(self, talk: Conversation) -> None:
        self._talk = talk

    # --- Hover -----------------------------------------------------------------------------------

    def hover(self, params: lsp.HoverParams) -> lsp.Hover | None:
        """Say what stands at a position."""
        script = self._talk.migrations.script(params.text_document.uri)
        if script is not None:
            return self._hover_in_script(script, params.position)
        view = self._talk.view(params.text_document.uri)
        if view is None:
            return None
        offset, name = self._offset(view, params.position), view.document.name
        near = [each.diagnostic for each in view.desk.encoded.near(name, offset, offset)]
        told = self._talk.migrations.told(view.schema, view.placer)
        near += [each.diagnostic for each in told if each.diagnostic.path == name]
        keeper = partial(view.desk.kept.answer, view.snapshot)
        found = hover_at(view.snapshot, name, offset, view.placer, near, keeper)
        return None if found is None else self._hover(found, self._range(view, found.span))

    def _hover_in_script(self, script: Script, position: lsp.Position) -> lsp.Hover | None:
        found = self._talk.migrations.hover(script, position.line, position.character)
        return None if found is None else self._hover(found, self._range_in(script, found.span))

    def _hover(self, found: HoverText, where: lsp.Range) -> lsp.Hover:
        if self._talk.client.takes_markdown:
            content = lsp.MarkupContent(lsp.MarkupKind.Markdown, found.markdown)
        else:
            content = lsp.MarkupContent(lsp.MarkupKind.PlainText, found.plain)
        return lsp.Hover(content, where)

    # --- Code actions ----------------------------------------------------------------------------

    def code_actions(self, params: lsp.CodeActionParams) -> Sequence[object] | None:
        """Say what can be done about the lines of a range."""
        only = params.context.only
        answer: list[object] = []
        kinds = {kind for kind in (QUICK_FIX, SILENCE) if _is_asked_for(kind, only)}
        script = self._talk.migrations.script(params.text_document.uri)
        if script is not None:
            first, last = params.range.start.line, params.range.end.line
            found = self._talk.migrations.actions_in_script(script, first, last)
            return self._about_migrations(found, kinds, None)
        view = self._talk.view(params.text_document.uri)
        if view is None:
            return None
        if kinds:
            applies_all = self._talk.client.applies_all_quick_fixes
            for action in self._actions(view, params.range):
                if _kind_of(action) in kinds and (action.is_preferred or not applies_all):
                    answer.append(self._as_action(view, action))
            first, last = params.range.start.line, params.range.end.line
            name = view.document.name
            found = self._talk.migrations.actions(view.schema, name, view.placer, first, last)
            answer += self._about_migrations(found, kinds, view)
        if only is not None and FIX_ALL in only:
            name = view.document.name
            diagnostics = diagnostics_of(view.snapshot, name, view.placer)
            edits = fix_all(view.snapshot, name, diagnostics, view.placer)
            if edits:
                edit = self._workspace_edit(view, {name: edits})
                answer.append(
                    lsp.CodeAction("Make all safe fixes of Referee", kind=FIX_ALL, edit=edit)
                )
        return answer

    def _actions(self, view: View, wanted: lsp.Range) -> Sequence[CodeAction]:
        start, end = self._offset(view, wanted.start), self._offset(view, wanted.end)
        layout = view.desk.encoded.layouts[view.document.name]
        encoding = self._talk.client.encoding
        first_line, last_line = layout.position(start).line, layout.position(end).line
        first, last = (
            layout.offset(first_line, 0, encoding),
            layout.offset(last_line + 1, 0, encoding),
        )
        near = list(view.desk.encoded.near(view.document.name, first, last))
        near = nearest_first(touching(near, first_line, last_line), start, end)
        return code_actions(view.snapshot, near, view.placer)

    def _as_action(self, view: View, action: CodeAction) -> Json | lsp.Command:
        client = self._talk.client
        edit = self._workspace_edit(view, action.edits, action.blank)
        if not client.takes_action_literals:
            return lsp.Command(action.title, APPLY_EDIT, arguments=[edit])
        # The diagnostics come as they were told, which the protocol's types would only repeat.
        literal: dict[str, object] = {
            "title": action.title,
            "kind": _kind_of(action),
            "diagnostics": [view.desk.encoded.as_json(each) for each in action.diagnostics],
            "edit": edit,
        }
        if action.is_preferred and client.takes_preferred:
            literal["isPreferred"] = True
        return literal

    def _about_migrations(
        self, actions: Sequence[MigrationAction], kinds: Collection[str], view: View | None
    ) -> list[object]:
        """Return what can be done about migrations; nothing that the client cannot take."""
        client, migrations = self._talk.client, self._talk.migrations
        answer: list[object] = []
        for action in actions:
            if (SILENCE if action.is_silence else QUICK_FIX) not in kinds:
                continue
            if client.applies_all_quick_fixes and not action.is_preferred:
                continue
            if action.files and not client.makes_files:
                continue
            edit = workspace_edit(
                action.edits,
                client,
                uri_of=self._talk.uri_of,
                range_of=lambda name, span: self._range_of_any(view, name, span),
                version_of=self._talk.version_of,
                blank=action.blank,
                files=action.files,
            )
            if not client.takes_action_literals:
                answer.append(lsp.Command(action.title, APPLY_EDIT, arguments=[edit]))
                continue
            placer = None if view is None else view.placer
            literal: dict[str, object] = {
                "title": action.title,
                "kind": SILENCE if action.is_silence else QUICK_FIX,
                "diagnostics": [migrations.encoded(each, placer) for each in action.diagnostics],
                "edit": edit,
            }
            if action.is_preferred and client.takes_preferred:
                literal["isPreferred"] = True
            answer.append(literal)
        return answer

    def _workspace_edit(
        self, view: View, edits: Mapping[str, Sequence[TextEdit]], blank: Span | None = None
    ) -> lsp.WorkspaceEdit:
        return workspace_edit(
            edits,
            self._talk.client,
            uri_of=self._talk.uri_of,
            range_of=lambda name, span: self._range(view, span, name),
            version_of=self._talk.version_of,
            blank=blank,
        )

    # --- Lenses and hints ------------------------------------------------------------------------

    def code_lenses(self, params: lsp.CodeLensParams) -> Sequence[lsp.CodeLens] | None:
        """Say over which models there is something to say; what that is, comes when it is seen."""
        view = self._talk.view(params.text_document.uri)
        if view is None or not self._talk.said_for(view.document).lenses:
            return None
        uri, name = view.document.uri, view.document.name
        layout = view.desk.encoded.layouts[name]
        return [
            lsp.CodeLens(
                self._range(view, block.name.span.shifted(layout.start(block))),
                data={"uri": uri, "model": block.name.text},
            )
            for block in blocks_with_lens(view.snapshot, name)
        ]

    def resolve_lens(self, lens: lsp.CodeLens) -> lsp.CodeLens:
        """Say what a lens says, now that it is looked at."""
        data = lens.data if isinstance(lens.data, Mapping) else {}
        uri, model = str(data.get("uri")), str(data.get("model"))
        view = self._talk.view(uri)
        if view is not None and view.snapshot.view.model(model) is not None:
            title = view.desk.kept.answer(
                view.snapshot, ("lens", model), lambda view: _lens_title(view, model)
            )
            lens.command = lsp.Command(title, SHOW_DELETE_TREE, arguments=[uri, model])
        return lens

    def inlay_hints(self, params: lsp.InlayHintParams) -> Sequence[lsp.InlayHint] | None:
        """Say which referential actions relations have without saying so."""
        view = self._talk.view(params.text_document.uri)
        if view is None or not self._talk.said_for(view.document).hints:
            return None
        span = Span(self._offset(view, params.range.start), self._offset(view, params.range.end))
        return [
            lsp.InlayHint(
                self._position(view, hint.offset, view.document.name),
                hint.label,
                tooltip=hint.tooltip,
                text_edits=[
                    lsp.TextEdit(
                        self._range(view, Span(hint.edit.start, hint.edit.end)),
                        hint.edit.new_text,
                    )
                ],
            )
            for hint in hints_of(view.snapshot, view.document.name, span, placer=view.placer)
        ]

    # --- Commands --------------------------------------------------------------------------------

    def execute(self, params: lsp.ExecuteCommandParams) -> Any:
        """Run a command that a lens or a code action named; raises UnknownCommand."""
        arguments = list(params.arguments or ())
        if params.command == APPLY_EDIT and len(arguments) == 1:
            edit = {"edit": arguments[0]}
            self._talk.remote.ask(lsp.WORKSPACE_APPLY_EDIT, edit, lambda answer: None)
            return None
        if params.command == SHOW_DELETE_TREE and len(arguments) == 2:
            return self._show_delete_tree(str(arguments[0]), str(arguments[1]))
        raise UnknownCommand(f"There is no command {params.command!r} with these arguments.")

    def _show_delete_tree(self, uri: str, model: str) -> str | None:
        view = self._talk.view(uri)
        if view is None or view.snapshot.view.model(model) is None:
            return None
        report = delete_report(delete_tree(view.snapshot.view, model), Look())
        if not self._talk.shows_trees:
            message = {"type": lsp.MessageType.Info.value, "message": report}
            self._talk.remote.notify(lsp.WINDOW_SHOW_MESSAGE, message)
        return report

    # --- Positions -------------------------------------------------------------------------------

    def _offset(self, view: View, position: lsp.Position) -> int:
        return self._talk.offset(view.document, Place(position.line, position.character))

    def _position(self, view: View, offset: int, name: str) -> lsp.Position:
        layout = view.desk.encoded.layouts[name]
        return lsp.Position(*layout.units(offset, self._talk.client.encoding))

    def _range_of_any(self, view: View | None, name: str, span: Span) -> lsp.Range:
        """Return a stretch of a script, or of a file of a schema."""
        script = self._talk.migrations.script_named(name)
        if script is not None:
            return self._range_in(script, span)
        assert view is not None
        return self._range(view, span, name)

    def _range_in(self, script: Script, span: Span) -> lsp.Range:
        positions = (self._talk.migrations.position_in(script, offset) for offset in span)
        start, end = (lsp.Position(each["line"], each["character"]) for each in positions)
        return lsp.Range(start, end)

    def _range(self, view: View, span: Span, name: str | None = None) -> lsp.Range:
        name = view.document.name if name is None else name
        start, end = span
        return lsp.Range(self._position(view, start, name), self._position(view, end, name))


def _lens_title(view: SchemaView, model: str) -> str:
    tree = delete_tree(view, model)
    return lens_title(tree) or summary(tree).replace("`", "").rstrip(".")


def _kind_of(action: CodeAction) -> str:
    return SILENCE if action.is_silence else QUICK_FIX


def _is_asked_for(kind: str, only: Sequence[str] | None) -> bool:
    """Tell whether a kind, or one that it stands below, is among those that are asked for."""
    return only is None or any(each in ("", kind) or kind.startswith(f"{each}.") for each in only)
