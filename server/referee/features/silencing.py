"""Which findings silencing comments keep silent, and what there is to say about the comments.

It deliberately reads comments through `engine.suppression` and never looks at message text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from referee.engine.judging import rule_set
from referee.engine.snapshot import Snapshot
from referee.engine.suppression import Silence, SilencedCode, silences_in
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
    """The silencing comments of a snapshot, and which of their codes silence something.

    A caller that knows the comments gives them by path, and with them a function that returns the
    findings of a code among which those are that a comment can reach.
    """

    def __init__(
        self,
        placer: Placer,
        silences: Mapping[str, tuple[Silence, ...]] | None = None,
        candidates: Callable[[Silence, str], Iterable[Finding]] | None = None,
    ) -> None:
        snapshot = placer.snapshot
        self._placer = placer
        if silences is None:
            found = {path: silences_in(source) for path, source in snapshot.sources.items()}
            silences = {path: each for path, each in found.items() if each}
        self._silences = silences
        # By path and block; those for a whole file stand there without a block.
        self._by_target: dict[tuple[str, Block | None], list[Silence]] = {}
        for path, each in silences.items():
            for silence in each:
                if not silence.reaches_nothing:
                    self._by_target.setdefault((path, silence.block), []).append(silence)
        self._requires_reasons = snapshot.settings.requires_reasons
        self._by_code: dict[str, list[Finding]] | None = None
        self._candidates = candidates or self._all_of_code

    def is_silent(self, finding: Finding) -> bool:
        """Tell whether a comment keeps a finding silent."""
        for place in (finding.place, *finding.silenced_at) if self._by_target else ():
            found = self._placer.block(place.block)
            if found is None:
                continue
            path, block, _ = found
            for target in (block, None):
                for silence in self._by_target.get((path, target), ()):
                    if self._reaches(silence, finding, place, block):
                        return True
        return False

    def complaints(self) -> Iterator[Complaint]:
        """Yield what there is to say about the silencing comments, file by file."""
        judged = self._judged_codes() if self._silences else frozenset()
        for path, silences in self._silences.items():
            for silence in silences:
                if silence.tool == "referee":
                    yield from self._complaints_about(path, silence, judged)

    def _all_of_code(self, _: Silence, code: str) -> Iterable[Finding]:
        if self._by_code is None:
            self._by_code = {}
            for finding in self._placer.snapshot.findings():
                self._by_code.setdefault(finding.code, []).append(finding)
        return self._by_code.get(code, ())

    def _silences_any(self, path: str, silence: Silence, code: str) -> bool:
        """Tell whether a comment silences any finding of a code."""
        if silence.reaches_nothing:
            return False
        for finding in self._candidates(silence, code):
            if finding.code != code:
                continue
            for place in (finding.place, *finding.silenced_at):
                found = self._placer.block(place.block)
                if (
                    found is not None
                    and found[0] == path
                    and silence.block in (None, found[1])
                    and self._reaches(silence, finding, place, found[1])
                ):
                    return True
        return False

    def _reaches(self, silence: Silence, finding: Finding, place: Place, block: Block) -> bool:
        """Tell whether a comment in the right file, for the right block, silences a finding."""
        if self._requires_reasons and self._lacks(silence):
            return False
        if (
            silence.line is not None
            and silence.line != member_line(block, place)
            and silence.column not in finding.fields
        ):
            return False
        if silence.fields and not set(silence.fields) & set(finding.fields):
            return False
        return any(each.code == finding.code for each in silence.codes)

    @staticmethod
    def _lacks(silence: Silence) -> bool:
        return silence.tool == "referee" and silence.reason is None

    def _judged_codes(self) -> frozenset[str]:
        snapshot = self._placer.snapshot
        rules = rule_set(snapshot.settings, snapshot.view.database.provider is not None)
        return frozenset(rule.code for rule in (*rules.model, *rules.relation, *rules.graph))

    def _complaints_about(
        self, path: str, silence: Silence, judged: frozenset[str]
    ) -> Iterator[Complaint]:
        if not silence.codes:
            yield self._unused(path, silence, None, "names no code, so it silences nothing")
        for number, silenced in enumerate(silence.codes):
            if silenced.code not in ALL_CODES:
                yield _unknown(path, silence, number, silenced)
            elif self._requires_reasons and silence.reason is None:
                message = "gives no reason, which the configuration requires; it silences nothing"
                yield self._unused(path, silence, number, message)
            elif silenced.code in judged and not self._silences_any(path, silence, silenced.code):
                yield self._unused(
                    path, silence, number, f"silences no `{silenced.code}`: there is none here"
                )

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

    nearest = next(iter(difflib.get_close_matches(code, ALL_CODES, n=1, cutoff=0.5)), None)
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
