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
from referee.features.diagnostics import (
    Diagnostic,
    Told,
    as_configured,
    diagnostic_of_complaint,
    diagnostic_of_dialect,
    diagnostic_of_finding,
    diagnostic_of_mistake,
    diagnostics_of_provider,
)
from referee.features.report.addresses import documentation_address
from referee.features.silencing import judged_codes, paths_of
from referee.lsp.client import Client
from referee.lsp.heard_silences import HeardSilences, LiveSilencer
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
_ENCODER = json.JSONEncoder(separators=(",", ":"))


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
class _Holes:
    """The holes of a piece about an item, each with how many lines below its anchor it is."""

    item: Item
    found: list[tuple[_Anchor, int]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class _File:
    """What is told about one file; `revision` grows with each change of its JSON.

    `dialect` is about the file as a whole; `mistakes` and `complaints` about silencing comments are
    pieces by item and `found` by the name of a block. `texts` holds all of them by item, filled,
    and `joined` those of runs of which none has changed.
    """

    dialect: str = ""
    mistakes: dict[Item, _Piece] = field(default_factory=dict)
    complaints: dict[Item, _Piece] = field(default_factory=dict)
    found: dict[str, _Piece] = field(default_factory=dict)
    texts: dict[Item, str] = field(default_factory=dict)
    joined: dict[Run, bytes] = field(default_factory=dict)
    revision: int = 0


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
        self._silences = HeardSilences()
        self._silencer: LiveSilencer | None = None
        self._judged: frozenset[str] = frozenset()
        self._has_provider: bool | None = None
        # By code, the files in which a comment for the whole file has something to silence; only
        # for codes that such comments name.
        self._paths_of_code: dict[str, frozenset[str]] = {}
        # Blocks whose pieces are to be encoded anew; and by file, from which item on all moved.
        self._stale: set[str] = set()
        self._moved_from: dict[str, int] = {}
        # Names of blocks and codes of which a comment may silence something else than before.
        self._found_anew: set[str] = set()
        self._codes_anew: set[str] = set()
        # Items with new mistakes, by their file.
        self._mistaken: dict[Item, str] = {}
        self._changed_files: set[str] = set()

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
        file, layout = self._files.setdefault(path, _File()), self.layouts[path]
        self._changed_files.add(path)
        for item in changed.gone:
            self._mistaken.pop(item, None)
            for pieces in (file.mistakes, file.complaints):
                if pieces.pop(item, None) is not None:
                    file.revision += 1
                    if layout.has(item):
                        file.joined.pop(layout.run_of(item), None)
            file.texts.pop(item, None)
            if isinstance(item, Block):
                self._stale.add(item.name.text)
        for item in changed.come:
            if isinstance(item, Block):
                self._stale.add(item.name.text)
            if _has_mistakes(item):
                file.mistakes[item] = _Piece(item)
                self._mistaken[item] = path
        if path in self._moved_from:
            # Its items may be counted otherwise by now.
            self._moved_from[path] = 0
        elif changed.moved_from < len(source.items):
            self._moved_from[path] = changed.moved_from
        self._silences.follow(path, layout, changed)

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
            self._paths_of_code.clear()
            self._stale.update(self._homes)
            for path, file in self._files.items():
                self._mistaken.update(dict.fromkeys(file.mistakes, path))
            self._silences.fresh.update(self._silences.items())
            self._has_provider = None
            self._changed_files.update(self._files)
        before, self._snapshot = self._snapshot, snapshot
        self._compare_findings(snapshot, before)
        self._hear_silences(placer)
        complained = self._complained_anew()
        beheaded = {name for name in self._stale if self._has_new_head(name, snapshot)}
        stale = self._stale.union(
            self._mentioning_inside.of(self._stale), self._mentioning.of(beheaded)
        )
        moved = self._stale.union(self._moved_blocks(snapshot))
        moved |= self._mentioning.of(moved) | self._mentioning_inside.of(moved)
        for name in stale:
            self._encode_block(name, placer)
        for name in moved - stale:
            self._fill_block(name)
        for item, path in self._mistaken.items():
            self._encode_mistakes(path, item, placer)
        for item, path in complained.items():
            self._encode_complaints(path, item, placer)
        for path in self._moved_from:
            file = self._files[path]
            for item in {**file.mistakes, **file.complaints}:
                if self._has_moved(path, item):
                    self._fill_item(path, item)
        for path in self._changed_files:
            self._encode_dialect(path, self._files[path], placer)
        for names in (self._stale, self._found_anew, self._codes_anew, self._changed_files):
            names.clear()
        for items in (self._mistaken, self._silences.fresh):
            items.clear()
        self._moved_from.clear()
        return placer

    def _moved_blocks(self, snapshot: Snapshot) -> Iterator[str]:
        """Yield the blocks that moved and of which something is told or that a piece mentions."""
        if not self._moved_from:
            return
        for path in self._moved_from:
            for name, piece in self._files[path].found.items():
                if self._has_moved(path, piece.item):
                    yield name
        for name in (*self._mentioning.mentioned, *self._mentioning_inside.mentioned):
            declared = snapshot.declared.get(name)
            if declared is not None and self._has_moved(declared.path, declared.block):
                yield name

    def _has_moved(self, path: str, item: Item) -> bool:
        first = self._moved_from.get(path)
        layout = self.layouts[path]
        return first is not None and layout.has(item) and layout.number(item) >= first

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
            if known is None:
                known = ",".join(filter(None, map(file.texts.get, run.items))).encode()
            joined[run] = known
        file.joined = joined
        parts = [b"["]
        for each in (file.dialect.encode(), *joined.values()):
            if each:
                parts += (each, b",")
        if len(parts) > 1:
            parts.pop()
        parts.append(b"]")
        return parts

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
        assert self._silencer is not None
        layout = self.layouts[path]
        source = layout.source
        first = max(0, source.item_at(start))
        for number in range(first, source.item_at(end) + 1):
            item = source.items[number]
            for span, mistake in _mistakes_near(item, source.starts[number], start, end):
                syntax = diagnostic_of_mistake(path, span, mistake, self._placer)
                yield from map(Told, as_configured(self._placer.snapshot.settings, syntax))
            for provider in diagnostics_of_provider(
                path, item, source.starts[number], self._placer
            ):
                yield Told(provider)
            if isinstance(item, Block):
                for finding in self.findings_in([item.name.text]):
                    for diagnostic in told(finding, self._placer):
                        if diagnostic.path == path:
                            yield Told(diagnostic, finding)
            first_silence = self._silences.count_before(path, layout, number)
            where = source.starts[number], first_silence
            for complaint in self._silencer.complaints_in(path, item, *where):
                unused = diagnostic_of_complaint(complaint, self._placer)
                yield from map(Told, as_configured(self._placer.snapshot.settings, unused))

    def as_json(self, diagnostic: Diagnostic) -> dict[str, object]:
        """Return a diagnostic as the client was told it."""
        return self._as_json(diagnostic)

    def _forget(self, path: str) -> None:
        layout = self.layouts.pop(path)
        del self._files[path]
        self._changed_files.discard(path)
        self._silences.forget(path)
        self._moved_from.pop(path, None)
        for item in layout.source.items:
            self._mistaken.pop(item, None)
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
        for finding in (*old, *new):
            self._stale.add(finding.place.block)
            self._codes_anew.add(finding.code)
            self._found_anew.update(place.block for place in finding.silenced_at)
        for finding in old:
            for index, name in self._indexes_of(finding):
                if name in index:
                    index[name].pop(unit, None)
                    if not index[name]:
                        del index[name]
        for finding in new:
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
        """Take in what comments silence, and which findings may be silenced anew or no more."""
        snapshot, silences = placer.snapshot, self._silences
        has_provider = snapshot.view.database.provider is not None
        if has_provider != self._has_provider:
            self._has_provider = has_provider
            self._judged = judged_codes(snapshot)
            silences.fresh.update(silences.items())
        self._silencer = LiveSilencer(
            placer,
            silences,
            self._judged,
            lambda name: _all_of(self._silenceable.get(name, {})),
            lambda path, code: path in self._files_with(code),
        )
        self._found_anew |= self._stale
        reached = {name for name in self._stale if silences.holders(name)}
        if silences.codes_for_files():
            relocated = {name for name in self._stale if self._is_relocated(name, snapshot)}
            reached |= relocated
            for name in relocated:
                findings = _all_of(self._silenceable.get(name, {}))
                self._codes_anew.update(finding.code for finding in findings)
        for meaning in silences.changed_meanings():
            if meaning.block is None:
                for code in meaning.codes:
                    findings = _all_of(self._by_code.get(code, {}))
                    self._stale.update(finding.place.block for finding in findings)
            else:
                reached.add(meaning.block)
        for name in reached:
            findings = _all_of(self._silenceable.get(name, {}))
            self._stale.update(finding.place.block for finding in findings)

    def _is_relocated(self, name: str, snapshot: Snapshot) -> bool:
        """Tell whether a block is declared in another file than before, or no more, or anew."""
        head, declared = self._heads.get(name), snapshot.declared.get(name)
        old = None if head is None else head.path
        return old != (None if declared is None else declared.path)

    def _complained_anew(self) -> dict[Item, str]:
        """Return the items of whose comments there may be something else to say, by their file."""
        silences = self._silences
        items = dict(silences.fresh)
        for name in self._found_anew:
            items.update(silences.holders(name))
        for code in self._codes_anew:
            before = self._paths_of_code.pop(code, None)
            holders = silences.holders_for_files(code)
            if holders and before != self._files_with(code):
                items.update(holders)
        return items

    def _files_with(self, code: str) -> frozenset[str]:
        """Return the files in which a comment for the whole file silences findings of a code."""
        paths = self._paths_of_code.get(code)
        if paths is None:
            assert self._snapshot is not None
            found: set[str] = set()
            for finding in _all_of(self._by_code.get(code, {})):
                found.update(paths_of(finding, self._snapshot))
            paths = self._paths_of_code[code] = frozenset(found)
        return paths

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
            self._retell(home, piece.item)

    def _set_found(self, path: str, name: str, piece: _Piece | None) -> None:
        """Let a piece, or nothing, be what is found in a block of a file."""
        file = self._files[path]
        old = file.found.pop(name, None)
        if piece is not None:
            file.found[name] = piece
        if piece is None or old is None or not piece.is_told_like(old):
            file.revision += piece is not old
        for each in (old, piece):
            if each is not None:
                self._put_text(path, each.item)

    def _encode_mistakes(self, path: str, item: Item, placer: LivePlacer) -> None:
        mistaken = self._files[path].mistakes
        if item in mistaken:
            found = _mistakes(item, self.layouts[path].start(item))
            diagnostics = [diagnostic_of_mistake(path, *each, placer) for each in found]
            start = self.layouts[path].start(item)
            diagnostics += diagnostics_of_provider(path, item, start, placer)
            self._set_own(path, item, mistaken, diagnostics, placer)

    def _encode_complaints(self, path: str, item: Item, placer: LivePlacer) -> None:
        assert self._silencer is not None
        found = self._silencer.complaints_in(path, item, self.layouts[path].start(item))
        diagnostics = [diagnostic_of_complaint(each, placer) for each in found]
        complaints = self._files[path].complaints
        if diagnostics or item in complaints:
            self._set_own(path, item, complaints, diagnostics, placer)

    def _set_own(
        self,
        path: str,
        item: Item,
        pieces: dict[Item, _Piece],
        diagnostics: Iterable[Diagnostic],
        placer: LivePlacer,
    ) -> None:
        """Let the piece of an item be one about nothing but the item itself."""
        settings = placer.snapshot.settings
        told = [each for one in diagnostics for each in as_configured(settings, one)]
        old, piece = pieces.get(item), self._encoded(item, told)
        pieces[item] = piece
        if old is None or not piece.is_told_like(old):
            self._retell(path, item)

    def _fill_item(self, path: str, item: Item) -> None:
        """Fill the holes of what is told about an item itself."""
        file = self._files[path]
        for piece in (file.mistakes.get(item), file.complaints.get(item)):
            if piece is not None:
                numbers = self._numbers(piece)
                if numbers != piece.numbers:
                    piece.numbers = numbers
                    self._retell(path, item)

    def _retell(self, path: str, item: Item) -> None:
        self._files[path].revision += 1
        self._put_text(path, item)

    def _put_text(self, path: str, item: Item) -> None:
        """Let the text of what is told about an item follow its pieces."""
        file, layout = self._files[path], self.layouts[path]
        pieces = [file.mistakes.get(item), file.complaints.get(item)]
        if isinstance(item, Block):
            found = file.found.get(item.name.text)
            if found is not None and found.item is item:
                pieces.insert(0, found)
        texts = [each.template % each.numbers for each in pieces if each and each.template]
        if texts and layout.has(item):
            file.texts[item] = ",".join(texts)
        else:
            file.texts.pop(item, None)
        if layout.has(item):
            file.joined.pop(layout.run_of(item), None)

    def _encode_dialect(self, path: str, file: _File, placer: LivePlacer) -> None:
        source = placer.snapshot.sources[path]
        text = ""
        if source.dialect != "prisma":
            diagnostics = as_configured(
                placer.snapshot.settings, diagnostic_of_dialect(path, placer)
            )
            text = ",".join(json.dumps(self._as_json(each)) for each in diagnostics)
        if file.dialect != text:
            file.dialect = text
            file.revision += 1

    def _encoded(self, item: Item, diagnostics: Sequence[Diagnostic]) -> _Piece:
        holes = _Holes(item)
        ordered = sorted(diagnostics, key=lambda each: (each.range, each.code, each.message))
        objects = [self._as_json(each, holes) for each in ordered]
        text = _ENCODER.encode(objects)[1:-1]
        anchors = list(dict.fromkeys(anchor for anchor, _ in holes.found))
        piece = _Piece(
            item,
            text.replace("%", "%%").replace(_HOLE_IN_JSON, "%d"),
            tuple(anchors),
            tuple((anchors.index(anchor), line) for anchor, line in holes.found),
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

    def _as_json(self, diagnostic: Diagnostic, holes: _Holes | None = None) -> dict[str, object]:
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

    def _range(self, path: str, span: Span, holes: _Holes | None) -> dict[str, object]:
        layout = self.layouts[path]
        ends = [layout.units(offset, self._client.encoding) for offset in span]
        lines: list[object] = [line for line, _ in ends]
        if holes is not None:
            item = layout.source.items[layout.source.item_at(span.start)]
            named = item if item is holes.item else self._anchor(item)
            anchor, first_line = _Anchor(path, named), layout.line(item)
            holes.found += [(anchor, line - first_line) for line, _ in ends]
            lines = [_HOLE, _HOLE]
        start, end = (
            {"line": line, "character": units} for line, (_, units) in zip(lines, ends, strict=True)
        )
        return {"start": start, "end": end}


def _all_of(units: Mapping[Unit, Sequence[Finding]]) -> Iterator[Finding]:
    for findings in units.values():
        yield from findings


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

    @property
    def mentioned(self) -> Iterable[str]:
        """The names that some name mentions."""
        return self._by.keys()

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
    """Tell whether something may be told of an item by itself; a datasource is looked at for it."""
    if item.mistakes or (isinstance(item, Block) and item.kind == "datasource"):
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
