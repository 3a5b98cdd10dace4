"""The diagnostics of one schema as the JSON that is sent, kept piece by piece from edit to edit.

What is found in a block makes one piece of JSON with holes for its line numbers. A keystroke
encodes the pieces of the blocks it changed anew, fills the holes of those that moved, and leaves
all others as they are. The pieces of each run of items are kept put together.
It deliberately decides nothing about what is told: `features` does.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from referee.engine.snapshot import Snapshot, Unit
from referee.engine.suppression import MARKERS, Silence, silences_in
from referee.features.diagnostics import (
    Diagnostic,
    Told,
    as_configured,
    diagnostic_of_complaint,
    diagnostic_of_dialect,
    diagnostic_of_finding,
    diagnostic_of_mistake,
)
from referee.features.report.addresses import documentation_address
from referee.features.silencing import Silencer
from referee.lsp.client import Client
from referee.lsp.layout import Changed, Layout
from referee.lsp.live_placer import LivePlacer
from referee.lsp.offer import NAME
from referee.rules.rule import Finding, Place
from referee.syntax.runs import Run
from referee.syntax.source import Source
from referee.syntax.tree import Block, Item, Mistake, Span

SEVERITY_NUMBERS = {"error": 1, "warning": 2, "information": 3, "hint": 4}
TAG_NUMBERS = {"unnecessary": 1}
_HOLE = "\x00"
_HOLE_IN_JSON = json.dumps(_HOLE)


class _Anchor(NamedTuple):
    """The first line of a declared block, by its name, or of an item."""

    path: str
    named: str | Item


class _Head(NamedTuple):
    """What a block-level place depends on: file, the text before the block, its first line."""

    path: str
    before: str
    header: str


@dataclass(slots=True, eq=False)
class _Piece:
    """The JSON of some diagnostics that belong together: a format with holes for line numbers.

    `anchors` are the different ones of its holes; `holes` say by the number of an anchor and of
    lines below it what fills them, and `numbers` are what does.
    """

    item: Item
    template: str = ""
    anchors: tuple[_Anchor, ...] = ()
    holes: tuple[tuple[int, int], ...] = ()
    numbers: tuple[int, ...] = ()

    def is_told_like(self, other: _Piece) -> bool:
        """Whether another piece has the same text."""
        return self.numbers == other.numbers and self.template == other.template


@dataclass(slots=True, eq=False)
class _File:
    """What is told about one file; `revision` grows with each change of its JSON.

    `whole` is about the file as a whole, by what it is about; `mistakes` are pieces by item and
    `found` by the name of a block. `joined` holds the pieces of runs of which none has changed.
    """

    whole: dict[str, str] = field(default_factory=dict)
    mistakes: dict[Item, _Piece] = field(default_factory=dict)
    found: dict[str, _Piece] = field(default_factory=dict)
    joined: dict[Run, bytes] = field(default_factory=dict)
    revision: int = 0
    marked: set[Item] = field(default_factory=set)


class EncodedDiagnostics:
    """The diagnostics of one schema for one client; the newest snapshot is the one that counts."""

    def __init__(self, client: Client, uri_of: Callable[[str], str]) -> None:
        self.layouts: dict[str, Layout] = {}
        self._client = client
        self._uri_of = uri_of
        self._files: dict[str, _File] = {}
        self._snapshot: Snapshot | None = None
        self._placer: LivePlacer | None = None
        self._found: Mapping[Unit, tuple[Finding, ...]] = {}
        # By the name of a block: what is found in it, the file that holds its piece, its head,
        # and the blocks whose pieces mention it, as a whole or something inside.
        self._by_block: dict[str, dict[Unit, list[Finding]]] = {}
        self._homes: dict[str, str] = {}
        self._heads: dict[str, _Head] = {}
        self._mentioning = _Mentions()
        self._mentioning_inside = _Mentions()
        # By the name of each block in which a comment can silence it, and by code.
        self._silenceable: dict[str, dict[Unit, list[Finding]]] = {}
        self._by_code: dict[str, dict[Unit, list[Finding]]] = {}
        self._silencer: Silencer | None = None
        # By file and what they reach (a block by its name, or the file), what comments say.
        self._heard: dict[tuple[str, str | None], tuple[object, ...]] = {}
        self._complaints: dict[str, list[Diagnostic]] = {}
        # Blocks whose pieces are to be encoded anew, and those that only moved.
        self._stale: set[str] = set()
        self._moved: set[str] = set()
        # Files that changed, those of them in which mistakes did or moved, and those in which
        # comments silence something.
        self._changed_files: set[str] = set()
        self._mistaken: set[str] = set()
        self._marked: set[str] = set()

    # ---- following the text ----

    def layout(self, source: Source, path: str) -> Layout:
        """Return the layout of a file, brought up to date with its newest version."""
        layout = self.layouts.get(path)
        if layout is None:
            layout = self.layouts[path] = Layout(source)
            changed = Changed((), tuple(source.items), len(source.items))
        elif layout.source is source:
            return layout
        else:
            changed = layout.update(source)
        self._follow(path, source, changed)
        return layout

    def _follow(self, path: str, source: Source, changed: Changed) -> None:
        file = self._files.setdefault(path, _File())
        self._changed_files.add(path)
        for item in changed.gone:
            file.marked.discard(item)
            if file.mistakes.pop(item, None) is not None:
                file.revision += 1
            if isinstance(item, Block):
                self._stale.add(item.name.text)
        for item in changed.come:
            text = item.text
            if any(marker in text for marker in MARKERS):
                file.marked.add(item)
            if isinstance(item, Block):
                self._stale.add(item.name.text)
            if _has_mistakes(item):
                file.mistakes[item] = _Piece(item)
                file.joined.pop(self.layouts[path].run_of(item), None)
                self._mistaken.add(path)
        for item in source.items[changed.moved_from :]:
            if isinstance(item, Block):
                self._moved.add(item.name.text)
            if item in file.mistakes:
                self._mistaken.add(path)
        if file.marked:
            self._marked.add(path)
        else:
            self._marked.discard(path)

    # ---- following what is found ----

    def update(self, snapshot: Snapshot) -> LivePlacer:
        """Encode what changed with a snapshot, and return a placer for it."""
        if self._placer is not None and self._snapshot is snapshot:
            return self._placer
        for path in self._paths_to_look_at(snapshot):
            if path in snapshot.sources:
                self.layout(snapshot.sources[path], path)
            elif path in self.layouts:
                self._forget(path)
        placer = self._placer = LivePlacer(snapshot, self.layouts)
        if self._snapshot is not None and snapshot.settings != self._snapshot.settings:
            self._found = {}
            for index in (self._by_block, self._silenceable, self._by_code):
                index.clear()
            self._stale.update(self._homes)
            self._mistaken.update(self._files)
            self._changed_files.update(self._files)
        before, self._snapshot = self._snapshot, snapshot
        self._compare_findings(snapshot, before)
        self._hear_silences(placer)
        beheaded = {name for name in self._stale if self._has_new_head(name, snapshot)}
        stale = self._stale.union(
            self._mentioning_inside.of(self._stale), self._mentioning.of(beheaded)
        )
        moved = self._moved | self._stale
        moved |= self._mentioning.of(moved) | self._mentioning_inside.of(moved)
        for name in stale:
            self._encode_block(name, placer)
        for name in moved - stale:
            self._fill_block(name)
        for path in self._mistaken:
            self._encode_mistakes(path, self._files[path], placer)
        for path in self._changed_files:
            self._encode_dialect(path, self._files[path], placer)
        for waiting in (self._stale, self._moved, self._mistaken, self._changed_files):
            waiting.clear()
        return placer

    def _paths_to_look_at(self, snapshot: Snapshot) -> Iterable[str]:
        """Return the files that may have come, gone or changed with a snapshot."""
        if self._snapshot is not None and self._snapshot.version is snapshot.follows:
            return snapshot.changed_paths
        return [*self.layouts, *snapshot.sources]

    def revision(self, path: str) -> int:
        """Return a number that grows with each change of what is told about a file."""
        return self._files[path].revision

    def json(self, path: str) -> list[bytes]:
        """Return what is told about a file, as a JSON list in parts that are to be joined."""
        file = self._files[path]
        joined: dict[Run, bytes] = {}
        for run in self.layouts[path].source.runs.runs:
            known = file.joined.get(run)
            joined[run] = self._join(file, run) if known is None else known
        file.joined = joined
        parts = [b"["]
        for each in (*[text.encode() for text in file.whole.values()], *joined.values()):
            if each:
                parts += (each, b",")
        if len(parts) > 1:
            parts.pop()
        parts.append(b"]")
        return parts

    @staticmethod
    def _join(file: _File, run: Run) -> bytes:
        """Return what is told about the items of a run; blocks are told of by their first name."""
        texts: list[str] = []
        for item in run.items:
            found = file.found.get(item.name.text) if isinstance(item, Block) else None
            if found is not None and found.item is item:
                texts.append(found.template % found.numbers)
            mistakes = file.mistakes.get(item)
            if mistakes is not None and mistakes.template:
                texts.append(mistakes.template % mistakes.numbers)
        return ",".join(texts).encode()

    def findings_in(self, names: Iterable[str]) -> Iterator[Finding]:
        """Yield the findings placed in blocks that are not silenced."""
        for name in names:
            for findings in self._by_block.get(name, {}).values():
                for finding in findings:
                    if self._silencer is None or not self._silencer.is_silent(finding):
                        yield finding

    def near(self, path: str, start: int, end: int) -> Iterator[Told]:
        """Yield what is told about the blocks and gaps that a stretch of a file touches."""
        assert self._placer is not None
        source = self.layouts[path].source
        first = max(0, source.item_at(start))
        for number in range(first, source.item_at(end) + 1):
            item = source.items[number]
            for span, mistake in _mistakes_near(item, source.starts[number], start, end):
                syntax = diagnostic_of_mistake(path, span, mistake, self._placer)
                yield from map(Told, as_configured(self._placer.snapshot.settings, syntax))
            if isinstance(item, Block):
                for finding in self.findings_in([item.name.text]):
                    for diagnostic in told(finding, self._placer):
                        if diagnostic.path == path:
                            yield Told(diagnostic, finding)
        yield from map(Told, self._complaints.get(path, ()))

    def as_json(self, diagnostic: Diagnostic) -> dict[str, object]:
        """Return a diagnostic as the client was told it."""
        return self._as_json(diagnostic)

    def _forget(self, path: str) -> None:
        layout = self.layouts.pop(path)
        del self._files[path]
        for paths in (self._marked, self._mistaken, self._changed_files):
            paths.discard(path)
        for item in layout.source.items:
            if isinstance(item, Block):
                self._stale.add(item.name.text)
        for name in [name for name, home in self._homes.items() if home == path]:
            del self._homes[name]

    def _compare_findings(self, snapshot: Snapshot, before: Snapshot | None) -> None:
        old, new = self._found, snapshot.found
        self._found = new
        if old and before is not None and before.version is snapshot.follows:
            # The usual case: a few units were judged since.
            changed: Iterable[Unit] = snapshot.judged
        else:
            changed = {**old, **new}
        for unit in changed:
            findings, others = old.get(unit, ()), new.get(unit, ())
            if findings is not others and findings != others:
                self._replace(unit, findings, others)

    def _replace(self, unit: Unit, old: tuple[Finding, ...], new: tuple[Finding, ...]) -> None:
        for finding in old:
            self._stale.add(finding.place.block)
            for index, name in self._indexes_of(finding):
                if name in index:
                    index[name].pop(unit, None)
                    if not index[name]:
                        del index[name]
        for finding in new:
            self._stale.add(finding.place.block)
            for index, name in self._indexes_of(finding):
                index.setdefault(name, {}).setdefault(unit, []).append(finding)

    def _indexes_of(
        self, finding: Finding
    ) -> Iterator[tuple[dict[str, dict[Unit, list[Finding]]], str]]:
        """Yield where a finding is looked up, and by which name."""
        yield self._by_block, finding.place.block
        yield self._by_code, finding.code
        for name in {finding.place.block, *(place.block for place in finding.silenced_at)}:
            yield self._silenceable, name

    def _hear_silences(self, placer: LivePlacer) -> None:
        """Take in what comments silence, and what is to be said of the comments."""
        silences: dict[str, tuple[Silence, ...]] = {}
        for path in sorted(self._marked):
            layout = self.layouts[path]
            numbers = sorted(map(layout.number, self._files[path].marked))
            silences[path] = silences_in(layout.source, numbers)
        self._silencer = Silencer(placer, silences, self._candidates) if silences else None
        self._find_silenced_anew(silences)
        complaints: dict[str, list[Diagnostic]] = {}
        for complaint in () if self._silencer is None else self._silencer.complaints():
            diagnostic = diagnostic_of_complaint(complaint, placer)
            diagnostics = as_configured(placer.snapshot.settings, diagnostic)
            complaints.setdefault(complaint.placed.path, []).extend(diagnostics)
        if complaints or self._complaints:
            self._complaints = complaints
            self._encode_complaints()

    def _find_silenced_anew(self, silences: Mapping[str, Sequence[Silence]]) -> None:
        """Note blocks in whose findings comments may silence something else than before."""
        heard: dict[tuple[str, str | None], tuple[object, ...]] = {}
        for path, each in silences.items():
            for silence in each:
                target = path, None if silence.block is None else silence.block.name.text
                heard[target] = *heard.get(target, ()), _meaning(silence)
        reached = {name for _, name in heard.keys() & self._heard.keys() if name in self._stale}
        changed = [
            target
            for target in heard.keys() | self._heard.keys()
            if heard.get(target) != self._heard.get(target)
        ]
        self._heard = heard
        for _, name in changed:
            if name is None:
                self._stale.update(self._by_block)
            else:
                reached.add(name)
        for name in reached:
            for findings in self._silenceable.get(name, {}).values():
                self._stale.update(finding.place.block for finding in findings)

    def _candidates(self, silence: Silence, code: str) -> Iterator[Finding]:
        """Yield the findings among which those of a code are that a comment can reach."""
        block = silence.block
        if block is None:
            units = self._by_code.get(code, {})
        else:
            units = self._silenceable.get(block.name.text, {})
        for findings in units.values():
            yield from findings

    # ---- encoding ----

    def _has_new_head(self, name: str, snapshot: Snapshot) -> bool:
        """Tell whether places of a whole block are to be looked up again, and remember its head."""
        declared = snapshot.declared.get(name)
        old = self._heads.pop(name, None)
        if declared is None:
            return old is not None
        layout = self.layouts[declared.path]
        before = layout.before(layout.start(declared.block))[1]
        head = self._heads[name] = _Head(declared.path, before, declared.block.header)
        return head != old

    def _encode_block(self, name: str, placer: LivePlacer) -> None:
        findings = list(self.findings_in([name]))
        related = [each.place for finding in findings for each in finding.related]
        self._mentioning.note(name, {place.block for place in related if _is_whole_block(place)})
        self._mentioning_inside.note(
            name, {place.block for place in related if not _is_whole_block(place)}
        )
        declared = placer.snapshot.declared.get(name)
        home = self._homes.pop(name, None)
        if home is not None and (declared is None or declared.path != home):
            self._set_found(home, name, None)
        if declared is None:
            return
        diagnostics = [each for finding in findings for each in told(finding, placer)]
        if not diagnostics:
            self._set_found(declared.path, name, None)
            return
        self._homes[name] = declared.path
        self._set_found(declared.path, name, self._encoded(declared.block, diagnostics))

    def _fill_block(self, name: str) -> None:
        home = self._homes.get(name)
        if home is None:
            return
        file = self._files[home]
        piece = file.found[name]
        numbers = self._numbers(piece)
        if numbers != piece.numbers:
            piece.numbers = numbers
            file.revision += 1
            file.joined.pop(self.layouts[home].run_of(piece.item), None)

    def _set_found(self, path: str, name: str, piece: _Piece | None) -> None:
        """Let a piece, or nothing, be what is found in a block of a file."""
        file, layout = self._files[path], self.layouts[path]
        old = file.found.pop(name, None)
        if piece is not None:
            file.found[name] = piece
        if piece is None or old is None or not piece.is_told_like(old):
            file.revision += piece is not old
        for each in (old, piece):
            if each is not None and layout.has(each.item):
                file.joined.pop(layout.run_of(each.item), None)

    def _encode_mistakes(self, path: str, file: _File, placer: LivePlacer) -> None:
        layout = self.layouts[path]
        for item, old in list(file.mistakes.items()):
            start = layout.start(item)
            diagnostics = [
                each
                for span, mistake in _mistakes(item, start)
                for each in as_configured(
                    placer.snapshot.settings, diagnostic_of_mistake(path, span, mistake, placer)
                )
            ]
            piece = file.mistakes[item] = self._encoded(item, diagnostics)
            if not piece.is_told_like(old):
                file.revision += 1
                file.joined.pop(layout.run_of(item), None)

    def _encode_dialect(self, path: str, file: _File, placer: LivePlacer) -> None:
        source = placer.snapshot.sources[path]
        if source.dialect == "prisma" and "dialect" not in file.whole:
            return
        text = ""
        if source.dialect != "prisma":
            diagnostics = as_configured(
                placer.snapshot.settings, diagnostic_of_dialect(path, placer)
            )
            text = ",".join(json.dumps(self._as_json(each)) for each in diagnostics)
        self._set_whole(file, "dialect", text)

    def _encode_complaints(self) -> None:
        for path, file in self._files.items():
            diagnostics = self._complaints.get(path, ())
            text = ",".join(json.dumps(self._as_json(each)) for each in diagnostics)
            self._set_whole(file, "silences", text)

    @staticmethod
    def _set_whole(file: _File, key: str, text: str) -> None:
        if file.whole.get(key, "") != text:
            file.revision += 1
        if text:
            file.whole[key] = text
        else:
            file.whole.pop(key, None)

    def _encoded(self, item: Item, diagnostics: Sequence[Diagnostic]) -> _Piece:
        holes: list[tuple[_Anchor, int]] = []
        ordered = sorted(diagnostics, key=lambda each: (each.range, each.code, each.message))
        objects = [self._as_json(each, holes) for each in ordered]
        text = ",".join(json.dumps(each, separators=(",", ":")) for each in objects)
        anchors = list(dict.fromkeys(anchor for anchor, _ in holes))
        piece = _Piece(
            item,
            text.replace("%", "%%").replace(_HOLE_IN_JSON, "%d"),
            tuple(anchors),
            tuple((anchors.index(anchor), line) for anchor, line in holes),
        )
        piece.numbers = self._numbers(piece)
        return piece

    def _numbers(self, piece: _Piece) -> tuple[int, ...]:
        firsts = [self.layouts[path].line(self._item(named)) for path, named in piece.anchors]
        return tuple([firsts[anchor] + line for anchor, line in piece.holes])

    def _item(self, anchor: str | Item) -> Item:
        if not isinstance(anchor, str):
            return anchor
        assert self._snapshot is not None
        return self._snapshot.declared[anchor].block

    def _anchor(self, item: Item) -> str | Item:
        """Return the name of a declared block, which outlives its edits, else the item itself."""
        assert self._snapshot is not None
        if isinstance(item, Block):
            declared = self._snapshot.declared.get(item.name.text)
            if declared is not None and declared.block is item:
                return item.name.text
        return item

    def _as_json(
        self, diagnostic: Diagnostic, holes: list[tuple[_Anchor, int]] | None = None
    ) -> dict[str, object]:
        client = self._client
        encoded: dict[str, object] = {
            "range": self._range(diagnostic.path, diagnostic.span, holes),
            "severity": SEVERITY_NUMBERS[diagnostic.severity],
            "code": diagnostic.code,
            "source": NAME,
            "message": diagnostic.message,
        }
        address = documentation_address(diagnostic.code)
        if address is not None and client.takes_code_descriptions:
            encoded["codeDescription"] = {"href": address}
        tags = [TAG_NUMBERS[tag] for tag in diagnostic.tags if TAG_NUMBERS[tag] in client.tags]
        if tags:
            encoded["tags"] = tags
        if diagnostic.related and client.takes_related:
            encoded["relatedInformation"] = [
                {
                    "location": {
                        "uri": self._uri_of(each.path),
                        "range": self._range(each.path, each.span, holes),
                    },
                    "message": each.message,
                }
                for each in diagnostic.related
            ]
        if client.takes_diagnostic_data:
            data: dict[str, object] = {"family": diagnostic.family}
            if diagnostic.model is not None:
                data["model"] = diagnostic.model
            if diagnostic.fields:
                data["fields"] = diagnostic.fields
            encoded["data"] = data
        return encoded

    def _range(
        self, path: str, span: Span, holes: list[tuple[_Anchor, int]] | None
    ) -> dict[str, object]:
        layout = self.layouts[path]
        ends = [layout.units(offset, self._client.encoding) for offset in span]
        lines: list[object] = [line for line, _ in ends]
        if holes is not None:
            item = layout.source.items[layout.source.item_at(span.start)]
            anchor, first_line = _Anchor(path, self._anchor(item)), layout.line(item)
            holes += [(anchor, line - first_line) for line, _ in ends]
            lines = [_HOLE, _HOLE]
        start, end = (
            {"line": line, "character": units} for line, (_, units) in zip(lines, ends, strict=True)
        )
        return {"start": start, "end": end}


def _meaning(silence: Silence) -> object:
    """Return what decides which findings a comment silences, but for where its block stands."""
    codes = tuple(each.code for each in silence.codes)
    return (
        codes,
        silence.reason is None,
        silence.tool,
        silence.reaches_nothing,
        silence.line,
        silence.fields,
        silence.column,
    )


class _Mentions:
    """Which names mention which, in both directions."""

    def __init__(self) -> None:
        self._by: dict[str, set[str]] = {}
        self._in: dict[str, set[str]] = {}

    def note(self, name: str, mentioned: set[str]) -> None:
        """Take in that a name mentions these others, and no more those it did before."""
        old = self._in.get(name, set())
        for each in old - mentioned:
            self._by[each].discard(name)
            if not self._by[each]:
                del self._by[each]
        for each in mentioned - old:
            self._by.setdefault(each, set()).add(name)
        if mentioned:
            self._in[name] = mentioned
        else:
            self._in.pop(name, None)

    def of(self, names: Iterable[str]) -> set[str]:
        """Return the names that mention any of some names."""
        return set().union(*(self._by.get(name, ()) for name in names))


def _is_whole_block(place: Place) -> bool:
    return place.field is None and place.ordinal is None


def told(finding: Finding, placer: LivePlacer) -> Iterator[Diagnostic]:
    """Yield the diagnostic of a finding, unless its block is not there or its code is off."""
    placed = placer.place(finding.place)
    if placed is not None:
        yield from as_configured(
            placer.snapshot.settings, diagnostic_of_finding(finding, placed, placer)
        )


def _has_mistakes(item: Item) -> bool:
    if item.mistakes:
        return True
    return isinstance(item, Block) and any(line.mistakes for line in item.lines)


def _mistakes_near(item: Item, start: int, first: int, last: int) -> Iterator[tuple[Span, Mistake]]:
    """Yield the mistakes of an item as a whole, and those of its lines that a stretch touches."""
    for mistake in item.mistakes:
        yield mistake.span.shifted(start), mistake
    if isinstance(item, Block):
        begin = max(0, bisect_right(item.offsets, first - start) - 1)
        for number in range(begin, bisect_right(item.offsets, last - start)):
            for mistake in item.lines[number].mistakes:
                yield mistake.span.shifted(start + item.offsets[number]), mistake


def _mistakes(item: Item, start: int) -> Iterator[tuple[Span, Mistake]]:
    for mistake in item.mistakes:
        yield mistake.span.shifted(start), mistake
    if isinstance(item, Block):
        for line, offset in zip(item.lines, item.offsets, strict=True):
            for mistake in line.mistakes:
                yield mistake.span.shifted(start + offset), mistake
