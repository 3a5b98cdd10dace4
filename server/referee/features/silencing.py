"""Which findings silencing comments keep silent, and what there is to say about the comments.

It deliberately reads comments through `engine.suppression` and never looks at message text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from referee.engine.judging import rule_set
from referee.engine.snapshot import Snapshot
from referee.engine.suppression import MARKERS, Flaw, Silence, SilencedCode, silences_in
from referee.features.placing import Placed, Placer, member_line
from referee.rules.catalogue import ALL_CODES, ALL_FAMILIES
from referee.rules.rule import ChangeSilence, Finding, Fix, Place
from referee.syntax.tree import Block, Span
from referee.text.edits import TextEdit
from referee.text.lines import dominant_line_end


class Complaint(NamedTuple):
    """Something to say about a silencing comment."""

    code: Literal["unknown-code", "unused-silence"]
    placed: Placed
    message: str
    fixes: tuple[Fix, ...]


class Silencer:
    """The silencing comments of a snapshot, and which of their codes silence something."""

    def __init__(self, placer: Placer, judged: frozenset[str] | None = None) -> None:
        self._placer = placer
        self._has_comments = self.has_comments()
        self._requires_reasons = placer.snapshot.settings.requires_reasons
        self._judged = judged
        # What was looked up, by path and block; for a whole file without a block.
        self._reaches: dict[tuple[str, Block | None], _Reach] = {}
        self._found: dict[Block, frozenset[tuple[str, int | None]]] = {}
        self._all: dict[str, tuple[Silence, ...]] | None = None
        self._by_target: dict[tuple[str, Block | None], list[Silence]] = {}
        self._by_block: dict[str, list[Finding]] | None = None
        self._paths_of_code: dict[str, set[str]] | None = None

    def is_silent(self, finding: Finding) -> bool:
        """Tell whether a comment keeps a finding silent."""
        for place in (finding.place, *finding.silenced_at) if self._has_comments else ():
            found = self._placer.block(place.block)
            if found is None:
                continue
            path, block, _ = found
            line = member_line(block, place)
            if any(self._reach(path, each).has(finding, line) for each in (block, None)):
                return True
        return False

    def complaints(self) -> Iterator[Complaint]:
        """Yield what there is to say about the silencing comments, file by file."""
        for path, silences in self._silences().items() if self._has_comments else ():
            for silence in silences:
                yield from self.complaints_about(path, silence)

    def complaints_about(self, path: str, silence: Silence) -> Iterator[Complaint]:
        """Yield what there is to say about a silencing comment."""
        if silence.tool != "referee":
            return
        if self._judged is None:
            self._judged = judged_codes(self._placer.snapshot)
        if silence.flaw is not None:
            placed = Placed(path, silence.span)
            yield Complaint("unused-silence", placed, _FLAWS[silence.flaw], ())
        elif not silence.codes:
            yield self._unused(path, silence, None, "names no code, so it silences nothing")
        for number, silenced in enumerate(silence.codes):
            if silenced.code not in ALL_CODES:
                yield _unknown(path, silence, number, silenced)
            elif self._requires_reasons and silence.reason is None:
                message = "gives no reason, which the configuration requires; it silences nothing"
                yield self._unused(path, silence, number, message)
            elif silenced.code in self._judged and not self._silences_any(
                path, silence, silenced.code
            ):
                yield self._unused(
                    path, silence, number, f"silences no `{silenced.code}`: there is none here"
                )

    # ---- looked up in the whole snapshot, unless somebody knows better ----

    def has_comments(self) -> bool:
        """Tell whether there may be silencing comments at all."""
        sources = self._placer.snapshot.sources.values()
        return any(marker in source.text for source in sources for marker in MARKERS)

    def silences_reaching(self, path: str, block: Block | None) -> Iterable[Silence]:
        """Return the comments that reach a block, or a file as a whole."""
        self._silences()
        return self._by_target.get((path, block), ())

    def findings_in(self, block: Block) -> Iterable[Finding]:
        """Return the findings that comments in a block can silence."""
        if self._by_block is None:
            self._by_block = {}
            for finding in self._placer.snapshot.findings():
                for name in {place.block for place in (finding.place, *finding.silenced_at)}:
                    self._by_block.setdefault(name, []).append(finding)
        return self._by_block.get(block.name.text, ())

    def is_found_in(self, path: str, code: str) -> bool:
        """Tell whether a comment for a whole file has findings of a code to silence."""
        if self._paths_of_code is None:
            self._paths_of_code = {}
            for finding in self._placer.snapshot.findings():
                self._paths_of_code.setdefault(finding.code, set()).update(
                    paths_of(finding, self._placer.snapshot)
                )
        return path in self._paths_of_code.get(code, ())

    def _silences(self) -> Mapping[str, tuple[Silence, ...]]:
        if self._all is None:
            sources = self._placer.snapshot.sources.items()
            self._all = {path: silences_in(source) for path, source in sources}
            for path, silences in self._all.items():
                for silence in silences:
                    if not silence.reaches_nothing:
                        self._by_target.setdefault((path, silence.block), []).append(silence)
        return self._all

    def _reach(self, path: str, block: Block | None) -> _Reach:
        reach = self._reaches.get((path, block))
        if reach is None:
            silences = self.silences_reaching(path, block)
            heard = [
                each for each in silences if not (self._requires_reasons and self._lacks(each))
            ]
            reach = self._reaches[path, block] = _Reach(heard)
        return reach

    def _silences_any(self, path: str, silence: Silence, code: str) -> bool:
        """Tell whether a comment of ours silences any finding of a code."""
        if silence.is_for_file:
            return self.is_found_in(path, code)
        return silence.block is not None and (code, silence.line) in self._found_at(silence.block)

    def _found_at(self, block: Block) -> frozenset[tuple[str, int | None]]:
        """Return the codes found in a block with the lines at which; None stands for all of it."""
        known = self._found.get(block)
        if known is None:
            name = block.name.text
            declared = self._placer.snapshot.declared.get(name)
            found: set[tuple[str, int | None]] = set()
            if declared is not None and declared.block is block:
                for finding in self.findings_in(block):
                    found.add((finding.code, None))
                    found.update(
                        (finding.code, member_line(block, place))
                        for place in (finding.place, *finding.silenced_at)
                        if place.block == name
                    )
            known = self._found[block] = frozenset(found)
        return known

    @staticmethod
    def _lacks(silence: Silence) -> bool:
        return silence.tool == "referee" and silence.reason is None

    @staticmethod
    def _unused(path: str, silence: Silence, number: int | None, what: str) -> Complaint:
        whole = number is None or len(silence.codes) == 1
        span = silence.span if number is None else silence.codes[number].span
        removal = ChangeSilence(path, silence.number, None if whole else number, None)
        title = "Remove the comment" if whole else f"Remove `{silence.codes[number or 0].code}`"
        fix = Fix(title, (removal,), is_safe=True)
        # Taking out a comment whose reason is missing would take out a decision.
        fixes = () if "reason" in what else (fix,)
        return Complaint("unused-silence", Placed(path, span), f"This comment {what}.", fixes)


class _Reach:
    """Which findings some comments keep silent at what they reach: a block, or a file."""

    def __init__(self, silences: Iterable[Silence]) -> None:
        # By code and where: a line, a column, or None for all that is reached. The values are the
        # fields that comments are narrowed down to; those without any are for all fields.
        self._at: dict[tuple[str, int | str | None], set[tuple[str, ...]]] = {}
        for silence in silences:
            places: list[int | str | None] = [silence.line]
            if silence.column is not None:
                places.append(silence.column)
            for silenced in silence.codes:
                for place in places:
                    self._at.setdefault((silenced.code, place), set()).add(silence.fields)

    def has(self, finding: Finding, line: int | None) -> bool:
        """Tell whether a finding at a line of the block, or at the whole block, is among them."""
        if not self._at:
            return False
        return any(
            not narrowed or not set(narrowed).isdisjoint(finding.fields)
            for place in (None, line, *finding.fields)
            for narrowed in self._at.get((finding.code, place), ())
        )


def judged_codes(snapshot: Snapshot) -> frozenset[str]:
    """Return the codes that a snapshot was judged by."""
    rules = rule_set(snapshot.settings, snapshot.view.database.provider is not None)
    return frozenset(rule.code for rule in (*rules.model, *rules.relation, *rules.graph))


def paths_of(finding: Finding, snapshot: Snapshot) -> Iterator[str]:
    """Yield the files in which a comment for the whole file silences a finding."""
    for place in (finding.place, *finding.silenced_at):
        declared = snapshot.declared.get(place.block)
        if declared is not None:
            yield declared.path


# Neither has a fix: only its author knows whether the comment was meant to count.
_FLAWS: Mapping[Flaw, str] = {
    "documentation": (
        "Three slashes make this documentation, so it silences nothing; a comment with two does."
    ),
    "spelling": "This comment silences nothing: it says `referee ignore`, not `referee-ignore`.",
}


def _unknown(path: str, silence: Silence, number: int, silenced: SilencedCode) -> Complaint:
    message, nearest = about_unknown_code(silenced.code)
    fixes: tuple[Fix, ...] = ()
    if nearest is not None:
        change = ChangeSilence(path, silence.number, number, nearest)
        fixes = (Fix(f"Write `{nearest}`", (change,), is_safe=False),)
    return Complaint("unknown-code", Placed(path, silenced.span), message, fixes)


def about_unknown_code(code: str) -> tuple[str, str | None]:
    """Return what to say of a code that does not exist, and the nearest that does."""
    if code in ALL_FAMILIES:
        return f"`{code}` is a family; a comment silences nothing but codes.", None
    message = f"There is no code `{code}`, so this silences nothing"
    import difflib  # noqa: PLC0415  only mistakes need it

    nearest = next(iter(difflib.get_close_matches(code, ALL_CODES, n=1)), None)
    return f"{message}." if nearest is None else f"{message}; the nearest is `{nearest}`.", nearest


def silence_change(snapshot: Snapshot, change: ChangeSilence) -> TextEdit | None:
    """Return the edit of a change of a silencing comment; None if it is not there."""
    source = snapshot.sources.get(change.path)
    silences = silences_in(source) if source is not None else ()
    if source is None or change.number >= len(silences):
        return None
    silence = silences[change.number]
    if change.code is None:
        return comment_removal(source.text, silence.span)
    span = silence.codes[change.code].span
    if change.replacement is not None:
        return TextEdit(span.start, span.end, change.replacement)
    if change.code + 1 < len(silence.codes):
        return TextEdit(span.start, silence.codes[change.code + 1].span.start, "")
    return TextEdit(silence.codes[change.code - 1].span.end, span.end, "")


def silence_edit(
    snapshot: Snapshot, code: str, place: Place, reason: str, placer: Placer | None = None
) -> tuple[str, TextEdit] | None:
    """Return path and edit that put a silencing comment above the line of a place.

    Where a silencing comment stands there already, the code is added to it.
    """
    placer = placer or Placer(snapshot)
    placed = placer.place(place)
    if placed is None:
        return None
    path = placed.path
    source = snapshot.sources[path]
    found = placer.block(place.block)
    assert found is not None
    _, block, block_start = found
    line = member_line(block, place)
    for silence in silences_in(source):
        own = silence.tool == "referee" and silence.block is block and silence.line == line
        if own and silence.codes:
            at = silence.codes[-1].span.end
            return path, TextEdit(at, at, f", {code}")
    start = block_start if line is None else block_start + block.offsets[line]
    text = source.text[start:]
    indentation = text[: len(text) - len(text.lstrip(" \t"))]
    if line is not None and block.lines[line].member is not None:
        member = block.lines[line].member
        assert member is not None
        before = source.text[start : start + member.span.start]
        if before.strip():
            # A comment stands before the member; the silence goes behind the member instead.
            at = start + len(block.lines[line].text.rstrip("\r\n"))
            return path, TextEdit(at, at, f" // referee-ignore {code}: {reason}")
    end = dominant_line_end(source.text)
    return path, TextEdit(start, start, f"{indentation}// referee-ignore {code}: {reason}{end}")


def comment_removal(text: str, span: Span) -> TextEdit:
    """Return the edit that takes a comment away, with its line where nothing else is on it."""
    line_start = max(text.rfind("\n", 0, span.start), text.rfind("\r", 0, span.start)) + 1
    before = text[line_start : span.start]
    if before.strip():
        return TextEdit(line_start + len(before.rstrip()), span.end, "")
    end = span.end
    if text.startswith("\r\n", end):
        end += 2
    elif end < len(text):
        end += 1
    return TextEdit(line_start, end, "")
