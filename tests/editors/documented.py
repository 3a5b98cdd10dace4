"""Takes the configuration that people are told to write out of docs/editors.md, to be run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "editors.md"


def snippet(heading: str, language: str, number: int = 1) -> str:
    """Return the block of a language that comes as number `number` under a heading."""
    found = [text for name, text in _blocks(heading) if name == language]
    assert len(found) >= number, f"docs/editors.md has no {language} block {number} in {heading!r}"
    return found[number - 1]


def _blocks(heading: str) -> Iterator[tuple[str, str]]:
    is_inside, language, lines = False, None, list[str]()
    for line in PAGE.read_text("utf-8").splitlines(keepends=True):
        if language is None and line.startswith("#"):
            is_inside = line.lstrip("#").strip() == heading
        elif language is None and line.startswith("```"):
            language, lines = line.strip("`\n"), []
        elif language is not None and line.startswith("```"):
            if is_inside:
                yield language, "".join(lines)
            language = None
        elif language is not None:
            lines.append(line)
