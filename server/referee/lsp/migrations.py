"""What an editor is told about migrations: beside the findings of a schema, and in scripts.

Reading, replaying and comparing is done in the background, from values to values; a change of the
schema costs the comparison alone, one of a script the replay from there on. Until an answer comes,
what was told before stays. It deliberately judges nothing itself: `features` does.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from referee.lsp.background import Background
from referee.lsp.client import Client
from referee.lsp.encoded_diagnostics import SEVERITY_NUMBERS, TAG_NUMBERS
from referee.lsp.incoming import Change
from referee.lsp.offer import NAME
from referee.project.configuration import MigrationSettings
from referee.text.lines import LineIndex, Position, column_from_units, units_from_column

if TYPE_CHECKING:
    from referee.engine.snapshot import Snapshot
    from referee.features.diagnostics import Diagnostic
    from referee.features.hover import HoverText
    from referee.features.migration_actions import MigrationAction
    from referee.features.migration_diagnostics import ToldMigration
    from referee.features.migration_judging import MigrationVerdict, ReplayedHistory
    from referee.features.placing import Placer
    from referee.lsp.live_placer import LivePlacer
    from referee.project.migrations_loading import LoadedMigrations
    from referee.project.workspace import OpenSchema
    from referee.rules.settings import RuleSettings

SCRIPT_ENDING = "/migration.sql"
# How often the folders are looked at, and git is asked, while somebody works.
_LOOKS_EVERY = 2.0
_ASKS_GIT_EVERY = 30.0


@dataclass(slots=True, eq=False)
class Script:
    """An open script: its address, path and version, its text, and what was published for it."""

    uri: str
    path: Path
    version: int | None
    index: LineIndex
    published: tuple[int | None, str] | None = None
    published_from: tuple[int | None, _Answer] | None = None

    @property
    def name(self) -> str:
        """What it is called in findings."""
        return self.path.as_posix()

    @property
    def text(self) -> str:
        """The text as it is in the editor."""
        return self.index.text


@dataclass(frozen=True, slots=True)
class _Question:
    """All that judging the migrations of one schema takes, but what is on disk."""

    root: Path
    files: tuple[Path, ...]
    working_folder: Path
    settings: MigrationSettings
    requires_reasons: bool
    snapshot: Snapshot
    texts: Mapping[str, str]

    def is_about_the_same(self, other: _Question) -> bool:
        """Tell whether the answer to another question answers this one."""
        return (
            self.snapshot.view is other.snapshot.view
            and self.texts == other.texts
            and self.settings == other.settings
            and self.requires_reasons == other.requires_reasons
            and self.files == other.files
        )


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of a question: what is on disk, with open texts in it, replayed and judged."""

    question: _Question
    stamps: tuple[tuple[str, int, int], ...] = ()
    asked_git: float = 0.0
    on_disk: LoadedMigrations | None = None
    loaded: LoadedMigrations | None = None
    replayed: ReplayedHistory | None = None
    verdict: MigrationVerdict | None = None


@dataclass(slots=True, eq=False)
class _Beside:
    """The migrations of one schema: the newest answer, and whether another is on its way.

    `asked` is what scripts without an open schema were last asked about with: the open texts, and
    the folders of the open schemas.
    """

    answer: _Answer | None = None
    is_asked: bool = False
    looked_at: float = float("-inf")
    must_look: bool = True
    revision: int = 0
    known_in: object = None
    told: tuple[object, int, tuple[ToldMigration, ...]] | None = None
    told_in_scripts: tuple[_Answer, dict[str, list[ToldMigration]]] | None = None
    asked: tuple[Mapping[str, str], frozenset[Path]] | None = None


class Migrations:
    """What is known of migrations in one conversation.

    `placed` counts the findings that were put on text so far, which is what telling costs.
    """

    def __init__(
        self,
        client: Client,
        background: Background,
        uri_of: Callable[[str], str],
        working_folder: Callable[[Path], Path],
    ) -> None:
        self._client = client
        self._background = background
        self._uri_of = uri_of
        self._working_folder = working_folder
        self._beside: dict[OpenSchema, _Beside] = {}
        self._alone: dict[Path, _Beside] = {}
        self._scripts: dict[str, Script] = {}
        self.placed = 0

    # --- Scripts ---------------------------------------------------------------------------------

    def open(self, uri: str, path: Path, version: int | None, text: str) -> None:
        """Take over a script."""
        self._scripts[uri] = Script(uri, path, version, LineIndex(text))

    def change(self, uri: str, version: int | None, changes: Iterable[Change]) -> bool:
        """Make the changes of a script; tell whether it is one."""
        script = self._scripts.get(uri)
        if script is None:
            return False
        for change in changes:
            if change.stretch is None:
                text = change.text
            else:
                start, end = sorted(self.offset(script, *place) for place in change.stretch)
                text = script.text[:start] + change.text + script.text[end:]
            script.index = LineIndex(text)
        script.version = version
        return True

    def close(self, uri: str) -> bool:
        """Let a script go; tell whether it was one."""
        script = self._scripts.pop(uri, None)
        if script is not None:
            self._alone.pop(script.path.parent.parent, None)
            self.look_again()
        return script is not None

    def script(self, uri: str) -> Script | None:
        """Return an open script."""
        return self._scripts.get(uri)

    def script_named(self, name: str) -> Script | None:
        """Return the open script that findings call so."""
        return next((each for each in self._scripts.values() if each.name == name), None)

    def look_again(self) -> None:
        """Look at the disk again as soon as there is time: something was saved or changed."""
        for beside in (*self._beside.values(), *self._alone.values()):
            beside.must_look = True

    # --- Asking ----------------------------------------------------------------------------------

    def drop_unchecked(self, schemas: Iterable[OpenSchema]) -> None:
        """Forget what was found about schemas whose migrations are not to be judged any more.

        An answer that is on its way then arrives where nobody looks.
        """
        for schema in schemas:
            beside = self._beside.get(schema)
            if beside is not None and not _is_checked(schema):
                self._beside[schema] = _Beside(known_in=beside.known_in)

    def follow(
        self, schemas: Iterable[OpenSchema], snapshot_of: Callable[[OpenSchema], Snapshot]
    ) -> None:
        """Ask anew about every schema that changed, and about scripts that belong to none."""
        current = [each for each in schemas if each.root is not None and each.is_judged]
        for gone in [each for each in self._beside if each not in current]:
            del self._beside[gone]
        for schema in current:
            beside = self._beside.setdefault(schema, _Beside())
            if not _is_checked(schema):
                continue
            assert schema.root is not None
            question = _Question(
                schema.root,
                tuple(schema.files.values()),
                self._working_folder(schema.root),
                schema.configuration.migrations,
                schema.configuration.must_give_reasons,
                snapshot_of(schema),
                self._texts(),
            )
            self._ask(beside, question)
        self._follow_scripts(frozenset(each.root for each in current if each.root is not None))

    def _texts(self) -> dict[str, str]:
        return {script.name: script.text for script in self._scripts.values()}

    def _ask(self, beside: _Beside, question: _Question) -> None:
        now = time.monotonic()
        before = beside.answer
        must_look = beside.must_look or now - beside.looked_at > _LOOKS_EVERY
        if beside.is_asked or (
            before is not None and not must_look and question.is_about_the_same(before.question)
        ):
            return
        beside.is_asked = True
        beside.must_look = False
        beside.looked_at = now

        def answered(answer: _Answer | None) -> None:
            beside.is_asked = False
            if answer is None:
                # It failed; what was told stays, and the same is not tried again.
                beside.answer = replace(before or _Answer(question), question=question)
            elif answer is not before:
                beside.answer = answer
                beside.revision += 1

        self._background.start(lambda: _answer(question, before, must_look), answered)

    def _follow_scripts(self, roots: frozenset[Path]) -> None:
        """Ask about scripts that no open schema has beside it; `roots` are the folders of those."""
        if self._is_first_answer_awaited():
            return
        texts = self._texts()
        for folder in {script.path.parent.parent for script in self._scripts.values()}:
            if self._beside_schema(folder) is not None:
                self._alone.pop(folder, None)
                continue
            alone = self._alone.setdefault(folder, _Beside())
            asked = alone.asked
            must_look = alone.must_look or asked is None or asked[1] != roots
            # What is typed in a script without a schema calls for no search of the disk.
            is_typed = alone.answer is not None and asked is not None and asked[0] != texts
            if alone.is_asked or not (must_look or is_typed):
                continue
            now = time.monotonic()
            must_look = must_look or now - alone.looked_at > _LOOKS_EVERY
            alone.is_asked, alone.must_look, alone.asked = True, False, (texts, roots)
            if must_look:
                alone.looked_at = now
            self._ask_alone(alone, folder, texts, roots, must_look)

    def _ask_alone(
        self,
        alone: _Beside,
        folder: Path,
        texts: Mapping[str, str],
        roots: frozenset[Path],
        must_look: bool,
    ) -> None:
        before = alone.answer
        working_folder = self._working_folder(folder)

        def work() -> tuple[_Answer | None]:
            # In a tuple, so that having no answer differs from having failed.
            if before is not None and not must_look:
                question = replace(before.question, texts=texts)
            else:
                found = _question_alone(folder, working_folder, texts, roots, before)
                if found is None:
                    return (None,)
                question = found
            return (_answer(question, before, must_look=True),)

        def answered(found: tuple[_Answer | None] | None) -> None:
            alone.is_asked = False
            if found is not None and found[0] is not before:
                alone.answer = found[0]
                alone.revision += 1

        self._background.start(work, answered)

    def _is_first_answer_awaited(self) -> bool:
        return any(each.is_asked and each.answer is None for each in self._beside.values())

    # --- Telling ---------------------------------------------------------------------------------

    def indexes_changed(self, schema: OpenSchema) -> bool:
        """Let a schema know the indexes that only its migrations make; tell whether that is new."""
        beside = self._beside.get(schema)
        verdict = None if beside is None or beside.answer is None else beside.answer.verdict
        if beside is None or (beside.is_asked and verdict is None):
            return False
        known = {} if verdict is None else dict(verdict.known_indexes)
        mark = (schema.session, known)
        if beside.known_in == mark or (beside.known_in is None and not known):
            return False
        beside.known_in = mark
        from referee.project.vocabulary import rule_settings  # noqa: PLC0415

        schema.session.configure(rule_settings(schema.configuration), known)
        return True

    def json(self, schema: OpenSchema, name: str, placer: LivePlacer) -> str:
        """Return what there is to tell in a file of a schema, as JSON objects with commas."""
        told = [each.diagnostic for each in self.told(schema, placer) if each[0].path == name]
        return ",".join(json.dumps(self.encoded(each, placer)) for each in told)

    def told(self, schema: OpenSchema, placer: LivePlacer) -> tuple[ToldMigration, ...]:
        """Return what there is to tell about the migrations of a schema, placed on its text."""
        beside = self._beside.get(schema)
        answer = None if beside is None else beside.answer
        if beside is None or answer is None or answer.loaded is None or answer.verdict is None:
            return ()
        snapshot = placer.snapshot
        if beside.told is None or beside.told[:2] != (snapshot, beside.revision):
            told = tuple(_told(answer, placer, snapshot.settings))
            self.placed += len(told)
            beside.told = (snapshot, beside.revision, told)
        return beside.told[2]

    def publications(self) -> Iterator[tuple[str, int | None, str]]:
        """Yield address, version and diagnostics of the scripts of which there is something new."""
        for script in self._scripts.values():
            answer = self._answer_for(script)
            if answer is None:
                if script.published is None or self._is_awaited(script):
                    continue
                script.published_from = None
                diagnostics = "[]"
            else:
                source = script.published_from
                if source is not None and source[0] == script.version and source[1] is answer:
                    continue
                if answer.question.texts.get(script.name) != script.text:
                    continue
                script.published_from = (script.version, answer)
                told = [each.diagnostic for each in self.told_in(script)]
                diagnostics = json.dumps([self.encoded(each, None) for each in told])
            if script.published != (script.version, diagnostics):
                script.published = (script.version, diagnostics)
                yield script.uri, script.version, diagnostics

    def _is_awaited(self, script: Script) -> bool:
        """Tell whether an answer about a script is on its way, so that the old one stays."""
        beside = self._beside_of(script)
        return self._is_first_answer_awaited() or (beside is not None and beside.is_asked)

    def told_in(self, script: Script) -> Sequence[ToldMigration]:
        """Return what there is to tell in a script; nothing while its text is being looked at."""
        beside = self._beside_of(script)
        answer = None if beside is None else beside.answer
        if beside is None or answer is None or answer.loaded is None or answer.verdict is None:
            return ()
        if beside.told_in_scripts is None or beside.told_in_scripts[0] is not answer:
            from referee.features.placing import Placer  # noqa: PLC0415

            snapshot = answer.question.snapshot
            by_path: dict[str, list[ToldMigration]] = {}
            for each in _told(answer, Placer(snapshot), snapshot.settings):
                by_path.setdefault(each.diagnostic.path, []).append(each)
                self.placed += 1
            beside.told_in_scripts = (answer, by_path)
        return beside.told_in_scripts[1].get(script.name, ())

    def hover(self, script: Script, line: int, units: int) -> HoverText | None:
        """Return what to show at a position of a script."""
        answer = self._answer_for(script)
        evidence = None if answer is None or answer.verdict is None else answer.verdict.evidence
        found = () if evidence is None else evidence.migrations
        migration = next((each for each in found if each.migration.path == script.name), None)
        if migration is None or migration.text != script.text:
            return None
        from referee.features.migration_hover import migration_hover  # noqa: PLC0415

        told = [each.diagnostic for each in self.told_in(script)]
        return migration_hover(migration, self.offset(script, line, units), told)

    def actions_in_script(
        self, script: Script, first: int, last: int
    ) -> tuple[MigrationAction, ...]:
        """Return what can be done about the lines of a script."""
        answer = self._answer_for(script)
        if answer is None or answer.question.texts.get(script.name) != script.text:
            return ()
        return _actions(answer, _on_lines(self.told_in(script), script.name, first, last), None)

    def actions(
        self, schema: OpenSchema, name: str, placer: LivePlacer, first: int, last: int
    ) -> tuple[MigrationAction, ...]:
        """Return what can be done about migrations on the lines of a file of a schema."""
        told = _on_lines(self.told(schema, placer), name, first, last)
        answer = self._beside[schema].answer if told else None
        return () if answer is None else _actions(answer, told, placer)

    # --- Positions and encoding ------------------------------------------------------------------

    def offset(self, script: Script, line: int, units: int) -> int:
        """Return the offset of a position in a script."""
        index = script.index
        here = index.line(line) if 0 <= line < len(index.starts) else ""
        return index.offset(Position(line, column_from_units(here, units, self._client.encoding)))

    def encoded(self, diagnostic: Diagnostic, placer: LivePlacer | None) -> dict[str, Any]:
        """Return a diagnostic as the client is told it."""
        encoded: dict[str, Any] = {
            "range": self._range(diagnostic.path, diagnostic.span, diagnostic.range, placer),
            "severity": SEVERITY_NUMBERS[diagnostic.severity],
            "code": diagnostic.code,
            "source": NAME,
            "message": diagnostic.message,
        }
        tags = [
            TAG_NUMBERS[tag] for tag in diagnostic.tags if TAG_NUMBERS[tag] in self._client.tags
        ]
        if tags:
            encoded["tags"] = tags
        if diagnostic.related and self._client.takes_related:
            encoded["relatedInformation"] = [
                {
                    "location": {
                        "uri": self._uri_of(each.path),
                        "range": self._range(each.path, each.span, each.range, placer),
                    },
                    "message": each.message,
                }
                for each in diagnostic.related
            ]
        if self._client.takes_diagnostic_data:
            encoded["data"] = {"family": diagnostic.family}
        return encoded

    def _range(
        self,
        path: str,
        span: tuple[int, int],
        positions: tuple[Position, Position],
        placer: LivePlacer | None,
    ) -> dict[str, Any]:
        ends: list[dict[str, int]] = []
        for offset, position in zip(span, positions, strict=True):
            found = None if placer is None else placer.units(path, offset, self._client.encoding)
            if found is None:
                ends.append(self._position(path, position))
            else:
                ends.append({"line": found[0], "character": found[1]})
        return {"start": ends[0], "end": ends[1]}

    def position_in(self, script: Script, offset: int) -> dict[str, int]:
        """Return the position of an offset of a script."""
        return self._position(script.name, script.index.position(offset))

    def _position(self, path: str, position: Position) -> dict[str, int]:
        script = self.script_named(path)
        line = ""
        if script is not None and position.line < len(script.index.starts):
            line = script.index.line(position.line)
        units = units_from_column(line, position.column, self._client.encoding)
        return {"line": position.line, "character": units}

    # --- Which answer ----------------------------------------------------------------------------

    def _beside_of(self, script: Script) -> _Beside | None:
        folder = script.path.parent.parent
        return self._beside_schema(folder) or self._alone.get(folder)

    def _beside_schema(self, folder: Path) -> _Beside | None:
        """Return the migrations in a folder, where a schema that they belong to is open."""
        for beside in self._beside.values():
            loaded = None if beside.answer is None else beside.answer.loaded
            if loaded is not None and loaded.place.path == folder:
                return beside
        return None

    def _answer_for(self, script: Script) -> _Answer | None:
        beside = self._beside_of(script)
        return None if beside is None else beside.answer


# --- In the background ---------------------------------------------------------------------------


def _answer(question: _Question, before: _Answer | None, must_look: bool) -> _Answer | None:
    """Return the answer to a question, made from the one before as far as that goes.

    The same answer, where nothing changed; it runs in a thread and touches nothing but files.
    """
    read = _read(question, before, must_look)
    if read.on_disk is None:
        # It answers this question too, or it would be asked again as soon as it is answered.
        return replace(read, question=question)
    # Who has no migrations pays for nothing that reads them.
    from referee.features.diagnostics import mistakes_of  # noqa: PLC0415
    from referee.features.migration_judging import judge_migrations  # noqa: PLC0415

    loaded = _with_open_texts(read.on_disk, question.texts)
    view = question.snapshot.view
    replayed = None if before is None else before.replayed
    is_replayed = (
        before is not None
        and before.loaded == loaded
        and before.question.snapshot.view.database == view.database
    )
    if before is not None and is_replayed:
        if read is before and question.is_about_the_same(before.question):
            return before
    else:
        replayed = _replayed(loaded, replayed, question)
    has_mistakes = any(
        True for source in question.snapshot.sources.values() for _ in mistakes_of(source)
    )
    verdict = judge_migrations(
        loaded.history, replayed, view, loaded.options, is_whole=not has_mistakes
    )
    return replace(read, question=question, loaded=loaded, replayed=replayed, verdict=verdict)


def _read(question: _Question, before: _Answer | None, must_look: bool) -> _Answer:
    """Return an answer with what is on disk; the one before, where that did not change."""
    from referee.project.migrations import find_migrations, stamps  # noqa: PLC0415
    from referee.project.roots import SchemaFiles  # noqa: PLC0415

    settings = question.settings
    is_same = before is not None and (
        (before.question.settings, before.question.files, before.question.requires_reasons)
        == (settings, question.files, question.requires_reasons)
    )
    if before is not None and is_same and not must_look:
        return before
    schema = SchemaFiles(question.root, question.files, "folder")
    place = find_migrations(
        schema, working_folder=question.working_folder, configured=settings.path
    )
    now = time.monotonic()
    if not place.is_there:
        return _Answer(question, asked_git=now)
    from referee.project.migrations_loading import MigrationsAsked, load_migrations  # noqa: PLC0415
    from referee.project.migrations_released import NoSuchBase  # noqa: PLC0415

    looks = stamps(place.path)
    if (
        before is not None
        and is_same
        and before.stamps == looks
        and before.on_disk is not None
        and before.on_disk.place == place
        and now - before.asked_git < _ASKS_GIT_EVERY
    ):
        return before
    asked = MigrationsAsked(
        settings, question.working_folder, requires_reasons=question.requires_reasons
    )
    try:
        loaded = load_migrations(place, question.root, asked)
    except NoSuchBase:
        # A base that git does not know is as good as none while somebody types.
        loaded = load_migrations(
            place, question.root, replace(asked, settings=replace(settings, base=None))
        )
    if before is not None and before.on_disk == loaded:
        loaded = before.on_disk
    return _Answer(question, looks, now, loaded)


def _with_open_texts(loaded: LoadedMigrations, texts: Mapping[str, str]) -> LoadedMigrations:
    from referee.project.migrations_loading import with_texts  # noqa: PLC0415

    return with_texts(loaded, texts)


def _replayed(
    loaded: LoadedMigrations, before: ReplayedHistory | None, question: _Question
) -> ReplayedHistory | None:
    from referee.project.migrations_loading import replay_loaded  # noqa: PLC0415

    known = None if before is None else before.snapshot
    return replay_loaded(loaded, question.snapshot.view.database.provider, known)


def _question_alone(
    folder: Path,
    working_folder: Path,
    texts: Mapping[str, str],
    roots: frozenset[Path],
    before: _Answer | None,
) -> _Question | None:
    """Return the question about a folder of migrations whose schema is not open.

    None without such a schema, or where its migrations are not to be judged. `roots` are the
    folders of schemas that are open, which judge their own.
    """
    from referee.engine.session import Session  # noqa: PLC0415
    from referee.project.borders import repository_root  # noqa: PLC0415
    from referee.project.configuration import read_configuration  # noqa: PLC0415
    from referee.project.migrations import find_migrations  # noqa: PLC0415
    from referee.project.reading import SourceText, read_source  # noqa: PLC0415
    from referee.project.roots import find_schemas  # noqa: PLC0415
    from referee.project.vocabulary import rule_settings, vocabulary  # noqa: PLC0415

    last = repository_root(folder, working_folder=working_folder)
    around = [each for each in (folder.parent, last) if each.is_dir()]
    for start in dict.fromkeys(around):
        for schema in find_schemas([start], working_folder=working_folder).schemas:
            configuration = read_configuration(
                schema.root, last=last, vocabulary=vocabulary()
            ).configuration
            place = find_migrations(
                schema,
                working_folder=working_folder,
                configured=configuration.migrations.path,
            )
            if place.path != folder or configuration.migrations.is_checked is False:
                continue
            if schema.root in roots:
                return None
            settings = rule_settings(configuration)
            sources: dict[str, str] = {}
            for path in schema.files:
                source = read_source(path)
                if isinstance(source, SourceText):
                    sources[path.as_posix()] = source.text
            snapshot = None if before is None else before.question.snapshot
            if (
                snapshot is None
                or snapshot.settings != settings
                or {name: each.text for name, each in snapshot.sources.items()} != sources
            ):
                session = Session(settings)
                for name, text in sources.items():
                    session.put(name, text)
                snapshot = session.snapshot()
            return _Question(
                schema.root,
                schema.files,
                working_folder,
                configuration.migrations,
                configuration.must_give_reasons,
                snapshot,
                texts,
            )
    return None


def _is_checked(schema: OpenSchema) -> bool:
    return schema.configuration.migrations.is_checked is not False


def _told(answer: _Answer, placer: Placer, settings: RuleSettings) -> Iterator[ToldMigration]:
    from referee.features.migration_diagnostics import (  # noqa: PLC0415
        migration_diagnostics,
        silence_diagnostics,
    )
    from referee.rules.rule import DATASOURCE, Place  # noqa: PLC0415

    assert answer.loaded is not None
    assert answer.verdict is not None
    history, options = answer.loaded.history, answer.loaded.options
    # What is about the folder is told where the schema says for what database it is.
    place = Place(DATASOURCE, "provider")
    yield from migration_diagnostics(
        answer.verdict.findings, history, placer, settings, options, place_of_folder=place
    )
    if answer.replayed is not None:
        yield from silence_diagnostics(answer.replayed, history, settings, options)


def _actions(
    answer: _Answer, told: list[ToldMigration], placer: Placer | None
) -> tuple[MigrationAction, ...]:
    from datetime import datetime, timezone  # noqa: PLC0415

    from referee.features.migration_actions import migration_actions  # noqa: PLC0415

    if answer.loaded is None or answer.verdict is None or not told:
        return ()
    now = datetime.now(timezone.utc)
    history, options = answer.loaded.history, answer.loaded.options
    return migration_actions(told, history, answer.verdict, options, placer, now)


def _on_lines(
    told: Iterable[ToldMigration], name: str, first: int, last: int
) -> list[ToldMigration]:
    return [
        each
        for each in told
        if each.diagnostic.path == name
        and each.diagnostic.range.start.line <= last
        and each.diagnostic.range.end.line >= first
    ]
