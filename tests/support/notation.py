"""The notation of fixture files: Markdown with Prisma blocks whose findings stand under the lines.

A note is a comment under a line: `//   ^^^^ code: message`, its carets under the reported text.
A block without a datasource is judged for PostgreSQL. A line `// file: name.prisma` begins a file
of a schema of several. `<!-- enable: code -->` on the line before a block switches a rule on.
A block marked `fixed` is the block before it after the best fix of its first finding.
CONTRIBUTING.md explains it to people.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from referee.features.diagnostics import Diagnostic
from referee.rules.settings import RuleSettings

_BLOCK = re.compile(
    r"^(?:<!-- enable: (?P<enabled>[\w, -]+?) -->\n+)?"
    r"```prisma(?: (?P<mark>\w+))?\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_NOTE = re.compile(r"^[ \t]*//[ \t]*(?P<carets>\^+) (?P<code>[\w-]+): (?P<message>.*)$")
_FILE = re.compile(r"^// file: (?P<path>\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Note:
    """A finding as a fixture states it: zero-based line and columns in the text without notes."""

    path: str
    line: int
    start: int
    end: int
    code: str
    message: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line + 1}:{self.start + 1}-{self.end + 1}"
        return f"{place} {self.code}: {self.message}"


@dataclass(frozen=True, slots=True)
class Example:
    """A block of a fixture file: its files without notes, and the notes."""

    line: int
    mark: str | None
    enabled: tuple[str, ...]
    files: dict[str, str]
    notes: tuple[Note, ...]
    start: int
    end: int

    @property
    def settings(self) -> RuleSettings:
        """The settings of the block."""
        return RuleSettings(severities=dict.fromkeys(self.enabled, "on"))


def read_examples(markdown: str) -> list[Example]:
    """Return the Prisma blocks of a fixture file or of a rule's documentation, in order."""
    examples: list[Example] = []
    for match in _BLOCK.finditer(markdown):
        files, notes = _read_block(match.group("text"))
        enabled = tuple(code.strip() for code in (match.group("enabled") or "").split(",") if code)
        line = markdown.count("\n", 0, match.start()) + 1
        examples.append(
            Example(
                line,
                match.group("mark"),
                enabled,
                files,
                notes,
                match.start("text"),
                match.end("text"),
            )
        )
    return examples


def notes_of(diagnostics: tuple[Diagnostic, ...], files: dict[str, str]) -> tuple[Note, ...]:
    """Return diagnostics as notes; a span over several lines ends with its first line."""
    notes: list[Note] = []
    for each in diagnostics:
        start, end = each.range
        if end.line > start.line:
            column = len(files[each.path].split("\n")[start.line])
        else:
            column = end.column
        notes.append(Note(each.path, start.line, start.column, column, each.code, each.message))
    return tuple(notes)


def write_block(files: dict[str, str], notes: tuple[Note, ...]) -> str:
    """Return the text of a block: the files with notes under their lines."""
    written: list[str] = []
    for path, text in files.items():
        if len(files) > 1:
            written.append(f"// file: {path}\n")
        for number, line in enumerate(text.split("\n")[:-1]):
            written.append(f"{line}\n")
            for note in notes:
                if note.path == path and note.line == number:
                    carets = "^" * max(1, note.end - note.start)
                    gap = " " * (note.start - 2)
                    written.append(f"//{gap}{carets} {note.code}: {note.message}\n")
    return "".join(written)


def _read_block(text: str) -> tuple[dict[str, str], tuple[Note, ...]]:
    files: dict[str, str] = {}
    notes: list[Note] = []
    parts = _FILE.split(text)
    named = (
        [("schema.prisma", parts[0])]
        if len(parts) == 1
        else [
            (path, body.removeprefix("\n"))
            for path, body in zip(parts[1::2], parts[2::2], strict=True)
        ]
    )
    for path, body in named:
        kept: list[str] = []
        for line in body.split("\n"):
            note = _NOTE.match(line)
            if note is None:
                kept.append(line)
                continue
            notes.append(
                Note(
                    path,
                    len(kept) - 1,
                    note.start("carets"),
                    note.end("carets"),
                    note.group("code"),
                    note.group("message"),
                )
            )
        files[path] = "\n".join(kept)
    return files, tuple(notes)
