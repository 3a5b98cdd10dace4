"""One conversation with one editor: what it says goes into the workspace, and answers come out.

Everything here runs on one thread, in the order in which the editor spoke.
It deliberately does not know how messages travel: a `Remote` sends them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from lsprotocol import types as lsp

from referee import __version__
from referee.engine.snapshot import Snapshot
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
from referee.features.hover import hover_at
from referee.features.lenses import SHOW_DELETE_TREE
from referee.features.report.paint import Look
from referee.lsp.client import Client, client_of
from referee.lsp.encoded_diagnostics import (
    SEVERITY_NUMBERS,
    SOURCE,
    EncodedDiagnostics,
)
from referee.lsp.lens_titles import LensTitles
from referee.lsp.live_placer import LivePlacer
from referee.lsp.settings import SECTION, Said, said_for
from referee.lsp.uris import path_of, uri_of
from referee.lsp.workspace_edits import workspace_edit
from referee.project.configuration import ConfigurationMistake, severity_of
from referee.project.workspace import OpenSchema, Workspace
from referee.syntax.tree import Block, Span
from referee.text.edits import TextEdit
from referee.text.lines import LineIndex, Position, column_from_units

FIX_ALL = "source.fixAll.referee"
APPLY_EDIT = "referee.applyEdit"
SHOWS_TREES = "showsTrees"

# How long to wait for the settings that the editor promised to give.
_PATIENCE = 1.0
_WATCHED = (
    "**/*.prisma",
    "**/referee.toml",
    "**/package.json",
    "**/prisma.config.{ts,js,mjs,cjs,mts,cts}",
    "**/.config/prisma.{ts,js,mjs,cjs,mts,cts}",
    "**/.gitignore",
)


class Remote(Protocol):
    """The editor at the other end."""

    def notify(self, method: str, params: object) -> None:
        """Say something."""

    def publish(self, uri: str, version: int | None, diagnostics: str) -> None:
        """Say what there is to tell about a document; `diagnostics` is a JSON list."""

    def ask(self, method: str, params: object, then: Callable[[Any], None]) -> None:
        """Ask something; `then` is given the answer, and None where that is an error."""

    def tell_failure(self, failure: Exception, doing: str) -> None:
        """Say that something went wrong here, with its trace."""


@dataclass(slots=True)
class Document:
    """An open document: its address and version, and its name in the workspace."""

    uri: str
    name: str
    path: Path | None
    version: int | None
    published: tuple[int | None, object] | None = None


@dataclass(frozen=True, slots=True)
class View:
    """A document with the newest snapshot of its schema."""

    document: Document
    schema: OpenSchema
    snapshot: Snapshot
    encoded: EncodedDiagnostics
    placer: LivePlacer


class Conversation:
    """What one editor and this server know of each other."""

    def __init__(self, remote: Remote, *, paranoid: bool = False) -> None:
        self.client = Client()
        self.has_begun = False
        self._remote = remote
        self._paranoid = paranoid
        self._workspace = self._new_workspace()
        self._documents: dict[str, Document] = {}
        self._by_name: dict[str, Document] = {}
        self._encoded: dict[OpenSchema, EncodedDiagnostics] = {}
        self._titles: dict[OpenSchema, LensTitles] = {}
        self._roots: list[Path] = []
        self._said: dict[Path, Said] = {}
        self._said_elsewhere = Said()
        self._pushed: object = None
        self._started_with: object = None
        self._questions = 0
        self._waits_until: float | None = None
        self._complained: set[str] = set()
        self._published_mistakes: dict[Path, str] = {}
        self._shows_trees = False

    # --- The beginning ---------------------------------------------------------------------------

    def initialize(self, params: lsp.InitializeParams) -> lsp.InitializeResult:
        """Take in who is at the other end, and say what there is to ask for."""
        self.client = client_of(params)
        self._workspace = self._new_workspace()
        folders = [folder.uri for folder in params.workspace_folders or ()]
        if not folders and params.root_uri:
            folders = [params.root_uri]
        if not folders and params.root_path:
            folders = [Path(params.root_path).absolute().as_uri()]
        self._roots = [path for uri in folders if (path := path_of(uri)) is not None]
        options = params.initialization_options
        if isinstance(options, Mapping):
            self._shows_trees = options.get(SHOWS_TREES) is True
            own = {key: value for key, value in options.items() if key != SHOWS_TREES}
            self._started_with = own.get(SECTION, own)
        self._take_settings([self._started_with] * (len(self._roots) + 1))
        return lsp.InitializeResult(
            capabilities=offer(self.client),
            server_info=lsp.ServerInfo(name=SOURCE, version=__version__),
        )

    def initialized(self) -> None:
        """Register what the client lets be registered, and ask for the settings."""
        self.has_begun = True
        registrations: list[lsp.Registration] = []
        if self.client.registers_watchers:
            watchers = [lsp.FileSystemWatcher(glob_pattern=pattern) for pattern in _WATCHED]
            registrations.append(
                lsp.Registration(
                    id="referee-files",
                    method=lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES,
                    register_options=lsp.DidChangeWatchedFilesRegistrationOptions(
                        watchers=watchers
                    ),
                )
            )
        if self.client.registers_configuration:
            registrations.append(
                lsp.Registration(
                    id="referee-settings",
                    method=lsp.WORKSPACE_DID_CHANGE_CONFIGURATION,
                    register_options=lsp.DidChangeConfigurationRegistrationOptions(section=SECTION),
                )
            )
        if registrations:
            self._remote.ask(
                lsp.CLIENT_REGISTER_CAPABILITY,
                lsp.RegistrationParams(registrations=registrations),
                lambda answer: None,
            )
        self._ask_settings()

    # --- Settings --------------------------------------------------------------------------------

    def settings_changed(self, params: lsp.DidChangeConfigurationParams) -> None:
        """Take pushed settings, or ask for them where the client answers that."""
        settings = params.settings
        if isinstance(settings, Mapping) and SECTION in settings:
            self._pushed = settings[SECTION]
            self._take_settings([self._pushed] * (len(self._roots) + 1))
        if self.client.answers_configuration:
            self._ask_settings()

    def folders_changed(self, params: lsp.DidChangeWorkspaceFoldersParams) -> None:
        """Take over which folders are open."""
        gone = {path_of(folder.uri) for folder in params.event.removed}
        come = [path_of(folder.uri) for folder in params.event.added]
        self._roots = [root for root in self._roots if root not in gone]
        self._roots += [root for root in come if root is not None and root not in self._roots]
        said = {root: self._said.get(root, self._said_elsewhere) for root in self._roots}
        self._use_settings(said, self._said_elsewhere)
        self._ask_settings()

    def _ask_settings(self) -> None:
        if not self.client.answers_configuration:
            return
        items = [lsp.ConfigurationItem(scope_uri=uri_of(r), section=SECTION) for r in self._roots]
        items.append(lsp.ConfigurationItem(section=SECTION))
        self._questions += 1
        number, asked = self._questions, len(items)
        if self._waits_until is None:
            self._waits_until = time.monotonic() + _PATIENCE

        def answered(answer: Any) -> None:
            if number != self._questions:
                return
            self._waits_until = None
            sections = answer[:asked] if isinstance(answer, list) else []
            sections += [None] * (asked - len(sections))
            known = self._pushed if self._pushed is not None else self._started_with
            self._take_settings([known if each is None else each for each in sections])

        self._remote.ask(
            lsp.WORKSPACE_CONFIGURATION, lsp.ConfigurationParams(items=items), answered
        )

    def _take_settings(self, sections: Sequence[object]) -> None:
        """Let sections count: one for each folder that is open, and one for everything else."""
        said = {
            root: said_for(section, root)
            for root, section in zip(self._roots, sections[:-1], strict=True)
        }
        base = self._roots[0] if self._roots else Path.cwd()
        self._use_settings(said, said_for(sections[-1], base))

    def _use_settings(self, said: dict[Path, Said], elsewhere: Said) -> None:
        before = self._said, self._said_elsewhere
        self._said, self._said_elsewhere = said, elsewhere
        self._workspace.set_roots(
            {root: each.workspace for root, each in said.items()}, elsewhere.workspace
        )
        for mistake in dict.fromkeys(
            m for each in (*said.values(), elsewhere) for m in each.mistakes
        ):
            if mistake.message not in self._complained:
                self._complained.add(mistake.message)
                self._remote.notify(
                    lsp.WINDOW_SHOW_MESSAGE,
                    lsp.ShowMessageParams(
                        type=lsp.MessageType.Warning,
                        message=f"Settings of Referee: {mistake.message}",
                    ),
                )
        if self.has_begun and before != (said, elsewhere):
            self._refresh()

    def _refresh(self) -> None:
        """Ask the client to ask again for what it cannot know to have changed."""
        if self.client.refreshes_lenses and self.client.shows_lenses:
            self._remote.ask(lsp.WORKSPACE_CODE_LENS_REFRESH, None, lambda answer: None)
        if self.client.refreshes_hints and self.client.shows_hints:
            self._remote.ask(lsp.WORKSPACE_INLAY_HINT_REFRESH, None, lambda answer: None)

    def _said_for(self, document: Document) -> Said:
        path = document.path
        around = [
            root
            for root in self._said
            if path is not None and (root == path or root in path.parents)
        ]
        root = max(around, key=lambda root: len(root.parts), default=None)
        return self._said_elsewhere if root is None else self._said[root]

    # --- Documents -------------------------------------------------------------------------------

    def opened(self, params: lsp.DidOpenTextDocumentParams) -> None:
        """Take over a document."""
        item = params.text_document
        if item.uri in self._documents:
            self._close(self._documents[item.uri])
        path = path_of(item.uri)
        name = item.uri if path is None else path.as_posix()
        if name in self._by_name:
            # A second way to a file that is open: its text may differ, so it is judged alone.
            path, name = None, item.uri
        document = Document(item.uri, name, path, item.version)
        self._documents[item.uri] = self._by_name[name] = document
        self._workspace.open(name, path, item.text)

    def changed(self, params: lsp.DidChangeTextDocumentParams) -> None:
        """Make the edits of a document."""
        document = self._documents.get(params.text_document.uri)
        if document is None:
            return
        for change in params.content_changes:
            if isinstance(change, lsp.TextDocumentContentChangePartial):
                start = self._offset(document, change.range.start)
                end = self._offset(document, change.range.end)
                edit = TextEdit(min(start, end), max(start, end), change.text)
                self._workspace.edit(document.name, edit)
            else:
                self._workspace.replace(document.name, change.text)
        document.version = params.text_document.version

    def closed(self, params: lsp.DidCloseTextDocumentParams) -> None:
        """Let a document go, and what was told about it too."""
        document = self._documents.get(params.text_document.uri)
        if document is not None:
            self._close(document)
            self._remote.publish(document.uri, None, "[]")

    def saved(self, params: lsp.DidSaveTextDocumentParams) -> None:
        """Notice what else changed on disk; the text of the document is known."""
        self._workspace.look_at_disk()

    def files_changed(self, params: lsp.DidChangeWatchedFilesParams) -> None:
        """Take over what changed on disk."""
        changed: list[Path] = []
        came_or_went: list[Path] = []
        for event in params.changes:
            path = path_of(event.uri)
            if path is not None:
                is_change = event.type == lsp.FileChangeType.Changed
                (changed if is_change else came_or_went).append(path)
        self._workspace.tell_changes(changed, came_or_went)

    def _close(self, document: Document) -> None:
        del self._documents[document.uri]
        del self._by_name[document.name]
        self._workspace.close(document.name)
        if document.path is None:
            return
        for other in self._documents.values():
            if other.path is None and path_of(other.uri) == document.path:
                # The other way to the file is the only one now.
                text = self._workspace.text(other.name) or ""
                self._workspace.close(other.name)
                del self._by_name[other.name]
                other.name, other.path = document.name, document.path
                self._by_name[other.name] = other
                self._workspace.open(other.name, other.path, text)
                return

    def _offset(self, document: Document, position: lsp.Position) -> int:
        schema = self._workspace.schema_of(document.name)
        if schema is None:
            self._workspace.bring_up_to_date()
            schema = self._workspace.schema_of(document.name)
            assert schema is not None
        source = schema.session.source(document.name)
        line, units, encoding = position.line, position.character, self.client.encoding
        if source is None or document.name in schema.lost:
            index = LineIndex(schema.text(document.name) or "")
            here = index.line(line) if line < len(index.starts) else ""
            return index.offset(Position(line, column_from_units(here, units, encoding)))
        layout = self._encoding_of(schema).layout(source, document.name)
        return layout.offset(line, units, encoding)

    # --- After each batch of messages ------------------------------------------------------------

    @property
    def waits(self) -> float | None:
        """How long to wait for settings before going on without them; None if not at all."""
        if self._waits_until is None:
            return None
        return max(0.0, self._waits_until - time.monotonic())

    def settle(self) -> None:
        """Tell what there is to tell, now that no message is left to be read."""
        if self._waits_until is not None and time.monotonic() < self._waits_until:
            return
        self._waits_until = None
        self._workspace.look_at_disk(at_once=False)
        self._workspace.bring_up_to_date()
        current = set(self._workspace.schemas)
        for schema in [schema for schema in self._encoded if schema not in current]:
            del self._encoded[schema]
            self._titles.pop(schema, None)
        for document in list(self._documents.values()):
            try:
                self._publish(document)
            except Exception as failure:
                self._remote.tell_failure(failure, f"judging {document.uri}")
        self._publish_mistakes()

    def _publish(self, document: Document) -> None:
        schema = self._workspace.schema_of(document.name)
        if schema is None or not schema.is_judged:
            self._publish_if_new(document, None, "[]")
            return
        encoded = self._encoding_of(schema)
        snapshot = self._workspace.snapshot(schema)
        if document.name not in snapshot.sources:
            return
        encoded.update(snapshot)
        state = (encoded, encoded.revision(document.name))
        if document.published != (document.version, state):
            document.published = (document.version, state)
            self._remote.publish(document.uri, document.version, encoded.json(document.name))

    def _publish_if_new(self, document: Document, state: object, diagnostics: str) -> None:
        if document.published != (document.version, state):
            document.published = (document.version, state)
            self._remote.publish(document.uri, document.version, diagnostics)

    def _publish_mistakes(self) -> None:
        """Tell about the files that configure the schemas."""
        found: dict[Path, list[str]] = {}
        for schema in self._workspace.schemas:
            for mistake in schema.mistakes:
                encoded = _encoded_mistake(mistake, schema)
                if mistake.path is not None and encoded is not None:
                    told_here = found.setdefault(mistake.path, [])
                    if encoded not in told_here:
                        told_here.append(encoded)
        for path in found.keys() | self._published_mistakes.keys():
            diagnostics = "[" + ",".join(found.get(path, ())) + "]"
            if self._published_mistakes.get(path, "[]") != diagnostics:
                self._remote.publish(uri_of(path), None, diagnostics)
            if path in found:
                self._published_mistakes[path] = diagnostics
            else:
                self._published_mistakes.pop(path, None)

    # --- Questions -------------------------------------------------------------------------------

    def hover(self, params: lsp.HoverParams) -> lsp.Hover | None:
        """Say what stands at a position."""
        view = self._view(params.text_document.uri)
        if view is None:
            return None
        offset = self._offset(view.document, params.position)
        name = view.document.name
        near = [each.diagnostic for each in view.encoded.near(name, offset, offset)]
        found = hover_at(view.snapshot, name, offset, view.placer, near)
        if found is None:
            return None
        if self.client.takes_markdown:
            content = lsp.MarkupContent(lsp.MarkupKind.Markdown, found.markdown)
        else:
            content = lsp.MarkupContent(lsp.MarkupKind.PlainText, found.plain)
        return lsp.Hover(content, self._range(view, found.span))

    def code_actions(
        self, params: lsp.CodeActionParams
    ) -> Sequence[lsp.CodeAction | lsp.Command] | None:
        """Say what can be done about the lines of a range."""
        view = self._view(params.text_document.uri)
        if view is None:
            return None
        only = params.context.only
        answer: list[lsp.CodeAction | lsp.Command] = []
        if only is None or any(each in ("", lsp.CodeActionKind.QuickFix) for each in only):
            for action in self._actions(view, params.range):
                if action.is_preferred or not self.client.applies_all_quick_fixes:
                    answer.append(self._as_action(view, action))
        if only is not None and FIX_ALL in only:
            diagnostics = diagnostics_of(view.snapshot, view.document.name, view.placer)
            edits = fix_all(view.snapshot, view.document.name, diagnostics, view.placer)
            if edits:
                edit = self._workspace_edit(view, {view.document.name: edits})
                title = "Make all safe fixes of Referee"
                answer.append(lsp.CodeAction(title, kind=FIX_ALL, edit=edit))
        return answer

    def code_lenses(self, params: lsp.CodeLensParams) -> Sequence[lsp.CodeLens] | None:
        """Say over each model what deleting a row of it does."""
        view = self._view(params.text_document.uri)
        if view is None or not self._said_for(view.document).lenses:
            return None
        lenses: list[lsp.CodeLens] = []
        for item in view.snapshot.sources[view.document.name].items:
            if not isinstance(item, Block) or item.kind != "model":
                continue
            model = item.name.text
            declared = view.snapshot.declared.get(model)
            is_here = declared is not None and declared.block is item
            if is_here and view.snapshot.view.keys_to(model):
                span = item.name.span.shifted(view.encoded.layouts[view.document.name].start(item))
                data = {"uri": view.document.uri, "model": model}
                lenses.append(lsp.CodeLens(self._range(view, span), data=data))
        return lenses

    def resolve_lens(self, lens: lsp.CodeLens) -> lsp.CodeLens:
        """Say what a lens says, now that it is looked at."""
        data = lens.data if isinstance(lens.data, Mapping) else {}
        uri, model = str(data.get("uri")), str(data.get("model"))
        view = self._view(uri)
        if view is not None and view.snapshot.view.model(model) is not None:
            title = self._titles.setdefault(view.schema, LensTitles()).title(
                view.snapshot.view, model
            )
            lens.command = lsp.Command(title, SHOW_DELETE_TREE, arguments=[uri, model])
        return lens

    def inlay_hints(self, params: lsp.InlayHintParams) -> Sequence[lsp.InlayHint] | None:
        """Say which referential actions relations have without saying so."""
        view = self._view(params.text_document.uri)
        if view is None or not self._said_for(view.document).hints:
            return None
        start = self._offset(view.document, params.range.start)
        end = self._offset(view.document, params.range.end)
        hints = hints_of(view.snapshot, view.document.name, Span(start, end), placer=view.placer)
        return [
            lsp.InlayHint(
                self._position(view, hint.offset),
                hint.label,
                tooltip=hint.tooltip,
                text_edits=[
                    lsp.TextEdit(
                        self._range(view, Span(hint.edit.start, hint.edit.end)),
                        hint.edit.new_text,
                    )
                ],
            )
            for hint in hints
        ]

    def execute(self, params: lsp.ExecuteCommandParams) -> Any:
        """Run a command that a lens or a code action named."""
        arguments = list(params.arguments or ())
        if params.command == APPLY_EDIT and arguments:
            self._remote.ask(lsp.WORKSPACE_APPLY_EDIT, {"edit": arguments[0]}, lambda answer: None)
            return None
        if params.command == SHOW_DELETE_TREE and len(arguments) == 2:
            return self._show_delete_tree(str(arguments[0]), str(arguments[1]))
        raise LookupError(f"There is no command {params.command!r} with these arguments.")

    def _show_delete_tree(self, uri: str, model: str) -> str | None:
        view = self._view(uri)
        if view is None or view.snapshot.view.model(model) is None:
            return None
        tree = delete_tree(view.snapshot.view, model)
        report = delete_report(tree, Look())
        if not self._shows_trees:
            self._remote.notify(
                lsp.WINDOW_SHOW_MESSAGE,
                lsp.ShowMessageParams(
                    type=lsp.MessageType.Info, message=report or summary(tree).replace("`", "")
                ),
            )
        return report

    # --- Below the questions ---------------------------------------------------------------------

    def _view(self, uri: str) -> View | None:
        """Return a document as it is after everything the editor has said; None if not judged."""
        document = self._documents.get(uri)
        if document is None:
            return None
        self._workspace.look_at_disk(at_once=False)
        self._workspace.bring_up_to_date()
        schema = self._workspace.schema_of(document.name)
        if schema is None or not schema.is_judged:
            return None
        snapshot = self._workspace.snapshot(schema)
        if document.name not in snapshot.sources:
            return None
        encoded = self._encoding_of(schema)
        return View(document, schema, snapshot, encoded, encoded.update(snapshot))

    def _encoding_of(self, schema: OpenSchema) -> EncodedDiagnostics:
        encoded = self._encoded.get(schema)
        if encoded is None:
            encoded = EncodedDiagnostics(self.client, self._uri_of)
            self._encoded[schema] = encoded
        return encoded

    def _uri_of(self, name: str) -> str:
        document = self._by_name.get(name)
        return uri_of(Path(name)) if document is None else document.uri

    def _position(self, view: View, offset: int, name: str | None = None) -> lsp.Position:
        layout = view.encoded.layouts[view.document.name if name is None else name]
        return lsp.Position(*layout.units(offset, self.client.encoding))

    def _range(self, view: View, span: Span, name: str | None = None) -> lsp.Range:
        start, end = span
        return lsp.Range(self._position(view, start, name), self._position(view, end, name))

    def _actions(self, view: View, wanted: lsp.Range) -> Iterable[CodeAction]:
        start = self._offset(view.document, wanted.start)
        end = self._offset(view.document, wanted.end)
        layout = view.encoded.layouts[view.document.name]
        first_line, last_line = layout.position(start).line, layout.position(end).line
        start_of_line = layout.offset(first_line, 0, self.client.encoding)
        end_of_line = layout.offset(last_line + 1, 0, self.client.encoding)
        found = list(view.encoded.near(view.document.name, start_of_line, end_of_line))
        near = nearest_first(touching(found, first_line, last_line), start, end)
        return code_actions(view.snapshot, near, view.placer)

    def _as_action(self, view: View, action: CodeAction) -> lsp.CodeAction | lsp.Command:
        edit = self._workspace_edit(view, action.edits, action.blank)
        if not self.client.takes_action_literals:
            return lsp.Command(action.title, APPLY_EDIT, arguments=[edit])
        return lsp.CodeAction(
            action.title,
            kind=lsp.CodeActionKind.QuickFix,
            diagnostics=[view.encoded.as_protocol(each) for each in action.diagnostics],
            is_preferred=True if action.is_preferred and self.client.takes_preferred else None,
            edit=edit,
        )

    def _workspace_edit(
        self, view: View, edits: Mapping[str, Sequence[TextEdit]], blank: Span | None = None
    ) -> lsp.WorkspaceEdit:
        versions = {
            name: document.version
            for name in edits
            if (document := self._by_name.get(name)) is not None
        }
        return workspace_edit(
            edits,
            self.client,
            uri_of=self._uri_of,
            range_of=lambda name, span: self._range(view, span, name),
            versions=versions,
            blank=blank,
        )

    def _new_workspace(self) -> Workspace:
        return Workspace(
            is_told_of_changes=self.client.registers_watchers,
            paranoid=self._paranoid,
            tell=self._log,
            tell_failure=lambda failure: self._remote.tell_failure(failure, "judging a schema"),
        )

    def _log(self, sentence: str) -> None:
        if self.has_begun:
            self._remote.notify(
                lsp.WINDOW_LOG_MESSAGE,
                lsp.LogMessageParams(type=lsp.MessageType.Info, message=sentence),
            )


def offer(client: Client) -> lsp.ServerCapabilities:
    """Return what a client may ask for: nothing that it cannot take."""
    action: bool | lsp.CodeActionOptions | None = None
    if client.takes_action_literals:
        kinds = [lsp.CodeActionKind.QuickFix, FIX_ALL]
        action = lsp.CodeActionOptions(code_action_kinds=kinds)
    elif client.applies_edits:
        action = True
    commands = [SHOW_DELETE_TREE] if client.shows_lenses else []
    if action is True:
        commands.append(APPLY_EDIT)
    workspace = None
    if client.has_folders:
        workspace = lsp.WorkspaceOptions(
            workspace_folders=lsp.WorkspaceFoldersServerCapabilities(
                supported=True, change_notifications=True
            )
        )
    return lsp.ServerCapabilities(
        position_encoding=lsp.PositionEncodingKind(client.encoding),
        text_document_sync=lsp.TextDocumentSyncOptions(
            open_close=True,
            change=lsp.TextDocumentSyncKind.Incremental,
            save=lsp.SaveOptions(include_text=False) if client.saves else None,
        ),
        hover_provider=True,
        code_action_provider=action,
        code_lens_provider=lsp.CodeLensOptions(resolve_provider=True)
        if client.shows_lenses
        else None,
        inlay_hint_provider=lsp.InlayHintOptions() if client.shows_hints else None,
        execute_command_provider=lsp.ExecuteCommandOptions(commands) if commands else None,
        workspace=workspace,
    )


def _encoded_mistake(mistake: ConfigurationMistake, schema: OpenSchema) -> str | None:
    """Return the diagnostic of a mistake in a file that configures, as JSON; None if it is off."""
    severity = severity_of(schema.configuration, "bad-configuration", "tool") or "error"
    if severity == "off":
        return None
    position = {"line": (mistake.line or 1) - 1, "character": (mistake.column or 1) - 1}
    return json.dumps(
        {
            "range": {"start": position, "end": position},
            "severity": SEVERITY_NUMBERS[severity],
            "code": "bad-configuration",
            "source": SOURCE,
            "message": mistake.message,
        }
    )
