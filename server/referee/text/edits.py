"""Replacements of stretches of a string, and how to show them as a difference.

It deliberately does not know why anything is replaced.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class TextEdit(NamedTuple):
    """Replace the characters from `start` (inclusive) to `end` (exclusive) by `new_text`."""

    start: int
    end: int
    new_text: str


class OverlappingEdits(ValueError):
    """Two edits of one string touch the same characters."""


def apply_edits(text: str, edits: Iterable[TextEdit]) -> str:
    """Return the text with all edits made; offsets are those of the text before any of them.

    Edits that insert at the same offset are made in the order given.
    Raises OverlappingEdits if two of them replace a common character.
    """
    pieces: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < done:
            raise OverlappingEdits(f"an edit at {edit.start} overlaps one that ends at {done}")
        pieces.append(text[done : edit.start])
        pieces.append(edit.new_text)
        done = edit.end
    pieces.append(text[done:])
    return "".join(pieces)


def unified_difference(before: str, after: str, name: str, *, is_new: bool = False) -> str:
    """Return the unified diff of two versions of a file, empty if they are equal.

    A file that is new was not there before. Lines are those of the file (LF, CRLF or CR kept), so
    `git apply` takes the result.
    """
    import difflib  # noqa: PLC0415  an editor never asks for this

    old = "/dev/null" if is_new else f"a/{name}"
    lines = difflib.unified_diff(
        _lines_with_ends(before), _lines_with_ends(after), old, f"b/{name}", n=3
    )
    pieces: list[str] = []
    for line in lines:
        pieces.append(line)
        if not line.endswith("\n"):
            pieces.append("\n\\ No newline at end of file\n")
    return "".join(pieces)


def _lines_with_ends(text: str) -> list[str]:
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
