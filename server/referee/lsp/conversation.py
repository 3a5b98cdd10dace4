"""One conversation with one editor: what it says goes into the workspace, and diagnostics come out.

Everything here runs on one thread, in the order in which the editor spoke.
It deliberately does not know how messages travel, which a `Remote` does, nor how questions are
answered: `questions` asks for a view of a document.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from referee.engine.kept_answers import KeptAnswers
from referee.engine.snapshot import Snapshot
from referee.lsp.background import Afterwards, Background
from referee.lsp.client import Client, client_of
from referee.lsp.encoded_diagnostics import SEVERITY_NUMBERS, EncodedDiagnostics
from referee.lsp.incoming import Json, Place, changes, number, objects, part, text
from referee.lsp.live_placer import LivePlacer
from referee.lsp.migrations import SCRIPT_ENDING, Migrations
from referee.lsp.offer import NAME, SECTION, answer_to_initialize, registrations
from referee.lsp.settings import Said, said_for
from referee.lsp.uris import path_of, uri_of
from referee.project.configuration import ConfigurationMistake, severity_of
from referee.project.workspace import OpenSchema, Workspace
from referee.text.edits import TextEdit
from referee.text.lines import LineIndex, Position, column_from_units

SHOWS_TREES = "showsTrees"

# How long to wait for the settings that the editor promised to give.
_PATIENCE = 1.0
# How often the disk is looked at while somebody types.
_LOOKS_EVERY = 0.25
_FILE_CHANGED = 2
_WARNING, _INFO = 2, 3


class Remote(Protocol):
    """The editor at the other end."""

    def notify(self, method: str, params: object) -> None:
        """Say something."""

    def publish(self, uri: str, version: int | None, *diagnostics: bytes) -> None:
        """Say what there is to tell about a document: a JSON list, which may be in parts."""

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


@dataclass(slots=True, eq=False)
class Desk:
    """What is worked out for the editor about one schema, and kept."""

    encoded: EncodedDiagnostics
    kept: KeptAnswers

    def follow(self, snapshot: Snapshot) -> LivePlacer:
        """Bring what is kept up to date with the newest snapshot, and return a placer for it."""
        self.kept.follow(snapshot)
        return self.encoded.update(snapshot)


@dataclass(frozen=True, slots=True)
class View:
    """A document with the newest snapshot of its schema."""

    document: Document
    schema: OpenSchema
    snapshot: Snapshot
    placer: LivePlacer
    desk: Desk


class Conversation:
    """What one editor and this server know of each other."""

    def __init__(
        self, remote: Remote, *, paranoid: bool = False, background: Background | None = None
    ) -> None:
        self.client = Client()
        self.remote = remote
        self.background: Background = background or Afterwards(self._tell_background_failure)
        self.shows_trees = False
        self._has_begun = False
        self._paranoid = paranoid
        self._workspace = self._new_workspace()
        self.migrations = self._new_migrations()
        self._documents: dict[str, Document] = {}
        self._by_name: dict[str, Document] = {}
        self._desks: dict[OpenSchema, Desk] = {}
        self._roots: list[Path] = []
        self._said: dict[Path, Said] = {}
        self._said_elsewhere = Said()
        self._pushed: object = None
        self._started_with: object = None
        self._questions = 0
        self._waits_until: float | None = None
        self._complained: set[str] = set()
        self._published_mistakes: dict[Path, str] = {}

    # --- The beginning ---------------------------------------------------------------------------

    def initialize(self, params: Json) -> Json:
        """Take in who is at the other end, and say what there is to ask for."""
        self.client = client_of(params)
        self._workspace = self._new_workspace()
        self.migrations = self._new_migrations()
        folders = [text(folder, "uri") for folder in objects(params, "workspaceFolders")]
        root, root_path = part(params, "rootUri"), part(params, "rootPath")
        if not folders and isinstance(root, str):
            folders = [root]
        if not folders and isinstance(root_path, str) and root_path:
            folders = [Path(root_path).absolute().as_uri()]
        self._roots = [path for uri in folders if (path := path_of(uri)) is not None]
        options = part(params, "initializationOptions")
        if isinstance(options, Mapping):
            self.shows_trees = options.get(SHOWS_TREES) is True
            own = {key: value for key, value in options.items() if key != SHOWS_TREES}
            self._started_with = own.get(SECTION, own)
        self._take_settings([self._started_with] * (len(self._roots) + 1))
        return answer_to_initialize(self.client)

    def initialized(self, params: object) -> None:
        """Register what the client lets be registered, and ask for the settings."""
        self._has_begun = True
        wanted = registrations(self.client)
        if wanted:
            self.remote.ask("client/registerCapability", {"registrations": wanted}, _ignore)
        self._ask_settings()

    # --- Settings --------------------------------------------------------------------------------

    def settings_changed(self, params: object) -> None:
        """Take pushed settings, or ask for them where the client answers that."""
        settings = part(params, "settings")
        if isinstance(settings, Mapping) and SECTION in settings:
            self._pushed = settings[SECTION]
            self._take_settings([self._pushed] * (len(self._roots) + 1))
        self._ask_settings()

    def folders_changed(self, params: object) -> None:
        """Take over which folders are open."""
        gone = {path_of(text(each, "uri")) for each in objects(params, "event", "removed")}
        come = [path_of(text(each, "uri")) for each in objects(params, "event", "added")]
        self._roots = [root for root in self._roots if root not in gone]
        self._roots += [root for root in come if root is not None and root not in self._roots]
        said = {root: self._said.get(root, self._said_elsewhere) for root in self._roots}
        self._use_settings(said, self._said_elsewhere)
        self._ask_settings()

    def said_for(self, document: Document) -> Said:
        """Return the settings of the innermost folder around a document."""
        path = document.path
        around = [
            root
            for root in self._said
            if path is not None and (root == path or root in path.parents)
        ]
        root = max(around, key=lambda root: len(root.parts), default=None)
        return self._said_elsewhere if root is None else self._said[root]

    def _ask_settings(self) -> None:
        if not self.client.answers_configuration:
            return
        items: list[Json] = [{"scopeUri": uri_of(r), "section": SECTION} for r in self._roots]
        items.append({"section": SECTION})
        self._questions += 1
        question, asked = self._questions, len(items)
        if self._waits_until is None:
            self._waits_until = time.monotonic() + _PATIENCE

        def answered(answer: Any) -> None:
            if question != self._questions:
                return
            self._waits_until = None
            sections = answer[:asked] if isinstance(answer, list) else []
            sections += [None] * (asked - len(sections))
            known = self._pushed if self._pushed is not None else self._started_with
            self._take_settings([known if each is None else each for each in sections])

        self.remote.ask("workspace/configuration", {"items": items}, answered)

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
        for mistake in (m for each in (*said.values(), elsewhere) for m in each.mistakes):
            if mistake.message not in self._complained:
                self._complained.add(mistake.message)
                message = f"Settings of Referee: {mistake.message}"
                self.remote.notify("window/showMessage", {"type": _WARNING, "message": message})
        if self._has_begun and before != (said, elsewhere):
            self._refresh()

    def _refresh(self) -> None:
        """Ask the client to ask again for what it cannot know to have changed."""
        if self.client.refreshes_lenses and self.client.shows_lenses:
            self.remote.ask("workspace/codeLens/refresh", None, _ignore)
        if self.client.refreshes_hints and self.client.shows_hints:
            self.remote.ask("workspace/inlayHint/refresh", None, _ignore)

    # --- Documents -------------------------------------------------------------------------------

    def opened(self, params: object) -> None:
        """Take over a document."""
        uri, content = text(params, "textDocument", "uri"), text(params, "textDocument", "text")
        if uri in self._documents:
            self._close(self._documents[uri])
        path = path_of(uri)
        if path is not None and uri.endswith(SCRIPT_ENDING):
            version = number(params, "textDocument", "version")
            self.migrations.open(uri, path, version, content)
            return
        name = uri if path is None else path.as_posix()
        if name in self._by_name:
            # A second way to a file that is open: its text may differ, so it is judged alone.
            path, name = None, uri
        document = Document(uri, name, path, number(params, "textDocument", "version"))
        self._documents[uri] = self._by_name[name] = document
        self._workspace.open(name, path, content)

    def changed(self, params: object) -> None:
        """Make the edits of a document."""
        uri = text(params, "textDocument", "uri")
        document = self._documents.get(uri)
        if document is None:
            version = number(params, "textDocument", "version")
            self.migrations.change(uri, version, changes(params))
            return
        for change in changes(params):
            if change.stretch is None:
                self._workspace.replace(document.name, change.text)
            else:
                start, end = (self.offset(document, place) for place in change.stretch)
                edit = TextEdit(min(start, end), max(start, end), change.text)
                self._workspace.edit(document.name, edit)
        document.version = number(params, "textDocument", "version")

    def closed(self, params: object) -> None:
        """Let a document go, and what was told about it too."""
        uri = text(params, "textDocument", "uri")
        document = self._documents.get(uri)
        if document is not None:
            self._close(document)
        if document is not None or self.migrations.close(uri):
            self.remote.publish(uri, None, b"[]")

    def saved(self, params: object) -> None:
        """Notice what else changed on disk; the text of the document is known."""
        self._workspace.look_at_disk()
        self.migrations.look_again()

    def files_changed(self, params: object) -> None:
        """Take over what changed on disk."""
        changed: list[Path] = []
        came_or_went: list[Path] = []
        for event in objects(params, "changes"):
            path = path_of(text(event, "uri"))
            if path is not None:
                is_change = number(event, "type") == _FILE_CHANGED
                (changed if is_change else came_or_went).append(path)
        self._workspace.tell_changes(changed, came_or_went)
        self.migrations.look_again()

    def _close(self, document: Document) -> None:
        del self._documents[document.uri]
        del self._by_name[document.name]
        self._workspace.close(document.name)
        if document.path is None:
            return
        for other in self._documents.values():
            if other.path is None and path_of(other.uri) == document.path:
                # The other way to the file is the only one now.
                content = self._workspace.text(other.name) or ""
                self._workspace.close(other.name)
                del self._by_name[other.name]
                other.name, other.path = document.name, document.path
                self._by_name[other.name] = other
                self._workspace.open(other.name, other.path, content)
                return

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
        self._workspace.look_at_disk(pause=_LOOKS_EVERY)
        self._workspace.bring_up_to_date()
        current = set(self._workspace.schemas)
        for schema in [schema for schema in self._desks if schema not in current]:
            del self._desks[schema]
        self.migrations.drop_unchecked(current)
        for schema in current:
            self.migrations.indexes_changed(schema)
        for document in list(self._documents.values()):
            try:
                self._publish(document)
            except Exception as failure:
                self.remote.tell_failure(failure, f"judging {document.uri}")
        self._publish_mistakes()
        # What there is to tell about migrations comes when it is ready; nothing waits for it.
        for uri, version, diagnostics in self.migrations.publications():
            self.remote.publish(uri, version, diagnostics.encode())
        self.migrations.follow(self._workspace.schemas, self._workspace.snapshot)

    def _publish(self, document: Document) -> None:
        schema = self._workspace.schema_of(document.name)
        state: object = None
        more = ""
        encoded: EncodedDiagnostics | None = None
        if schema is not None and schema.is_judged:
            snapshot = self._workspace.snapshot(schema)
            if document.name not in snapshot.sources:
                return
            desk = self._desk(schema)
            encoded = desk.encoded
            more = self.migrations.json(schema, document.name, desk.follow(snapshot))
            state = (encoded, encoded.revision(document.name), more)
        if document.published != (document.version, state):
            document.published = (document.version, state)
            told = [b"[", b"]"] if encoded is None else encoded.json(document.name)
            if more:
                told[-1:] = [b"," if len(told) > len("[]") else b"", more.encode(), b"]"]
            self.remote.publish(document.uri, document.version, *told)

    def _publish_mistakes(self) -> None:
        """Tell about the files that configure the schemas."""
        found: dict[Path, dict[str, None]] = {}
        for schema in self._workspace.schemas:
            for mistake in schema.mistakes:
                encoded = _encoded_mistake(mistake, schema)
                if mistake.path is not None and encoded is not None:
                    found.setdefault(mistake.path, {})[encoded] = None
        for path in found.keys() | self._published_mistakes.keys():
            diagnostics = "[" + ",".join(found.get(path, ())) + "]"
            if self._published_mistakes.get(path, "[]") != diagnostics:
                self.remote.publish(uri_of(path), None, diagnostics.encode())
            self._published_mistakes[path] = diagnostics
            if path not in found:
                del self._published_mistakes[path]

    # --- For questions ---------------------------------------------------------------------------

    def view(self, uri: str) -> View | None:
        """Return a document as it is after everything the editor has said; None if not judged."""
        document = self._documents.get(uri)
        if document is None:
            return None
        self._workspace.look_at_disk()
        self._workspace.bring_up_to_date()
        schema = self._workspace.schema_of(document.name)
        if schema is None or not schema.is_judged:
            return None
        snapshot = self._workspace.snapshot(schema)
        if document.name not in snapshot.sources:
            return None
        desk = self._desk(schema)
        return View(document, schema, snapshot, desk.follow(snapshot), desk)

    def offset(self, document: Document, place: Place) -> int:
        """Return the offset of a position in a document as it is now."""
        schema = self._workspace.schema_of(document.name)
        if schema is None:
            self._workspace.bring_up_to_date()
            schema = self._workspace.schema_of(document.name)
            assert schema is not None
        source = schema.session.source(document.name)
        line, units, encoding = place.line, place.units, self.client.encoding
        if source is None or document.name in schema.lost:
            index = LineIndex(schema.text(document.name) or "")
            here = index.line(line) if line < len(index.starts) else ""
            return index.offset(Position(line, column_from_units(here, units, encoding)))
        layout = self._desk(schema).encoded.layout(source, document.name)
        return layout.offset(line, units, encoding)

    def uri_of(self, name: str) -> str:
        """Return the address of a file: the editor's own where it is open."""
        document = self._by_name.get(name) or self.migrations.script_named(name)
        return uri_of(Path(name)) if document is None else document.uri

    def version_of(self, name: str) -> int | None:
        """Return the version of a file; None where it is not open."""
        document = self._by_name.get(name) or self.migrations.script_named(name)
        return None if document is None else document.version

    def _desk(self, schema: OpenSchema) -> Desk:
        desk = self._desks.get(schema)
        if desk is None:
            desk = Desk(EncodedDiagnostics(self.client, self.uri_of), KeptAnswers())
            self._desks[schema] = desk
        return desk

    def _new_workspace(self) -> Workspace:
        return Workspace(
            is_told_of_changes=self.client.registers_watchers,
            paranoid=self._paranoid,
            tell=self._log,
            tell_failure=lambda failure: self.remote.tell_failure(failure, "judging a schema"),
        )

    def _new_migrations(self) -> Migrations:
        return Migrations(self.client, self.background, self.uri_of, self._working_folder)

    def _working_folder(self, path: Path) -> Path:
        """Return the innermost folder of the editor around a path; the path if there is none."""
        around = [root for root in self._roots if root == path or root in path.parents]
        return max(around, key=lambda root: len(root.parts), default=path)

    def _tell_background_failure(self, failure: Exception) -> None:
        self.remote.tell_failure(failure, "judging migrations")

    def _log(self, sentence: str) -> None:
        if self._has_begun:
            self.remote.notify("window/logMessage", {"type": _INFO, "message": sentence})


def _ignore(answer: object) -> None:
    """Take an answer that nothing depends on."""


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
            "source": NAME,
            "message": mistake.message,
        }
    )
