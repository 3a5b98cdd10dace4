"""The parts that hover texts are made of, and the two forms they are shown in.

Text is written with names in backticks; the plain form goes without them.
It deliberately knows no schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

_BACKTICKS = re.compile(r"(`+) ?(.+?) ?\1(?!`)")


@dataclass(frozen=True, slots=True)
class Code:
    """A piece of a schema, or with `is_prisma` false a drawing whose columns matter."""

    text: str
    is_prisma: bool = True


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph; `is_users` says that it is a comment of the schema's and stays as written."""

    text: str
    is_users: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of short statements."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A line between what was asked and what else there is to tell."""


Part: TypeAlias = Code | Prose | Bullets | Rule


def markdown_of(parts: Iterable[Part]) -> str:
    """Return the parts as Markdown."""
    return "\n\n".join(_markdown(part) for part in parts)


def plain_of(parts: Iterable[Part]) -> str:
    """Return the parts as text without marks."""
    return "\n\n".join(_plain(part) for part in parts)


def quoted(text: str) -> str:
    """Return any text in backticks, as one line, such that Markdown shows it as it is."""
    line = " ".join(text.split()) or " "
    if "`" not in line:
        return f"`{line}`"
    fence = "`" * (max(len(run) for run in re.findall("`+", line)) + 1)
    return f"{fence} {line} {fence}"


def _markdown(part: Part) -> str:
    if isinstance(part, Code):
        fence = "````" if "```" in part.text else "```"
        return f"{fence}{'prisma' if part.is_prisma else 'text'}\n{part.text}\n{fence}"
    if isinstance(part, Prose):
        return part.text
    if isinstance(part, Bullets):
        return "\n".join(f"- {item}" for item in part.items)
    return "---"


def _plain(part: Part) -> str:
    if isinstance(part, Code):
        return part.text
    if isinstance(part, Prose):
        return part.text if part.is_users else _without_backticks(part.text)
    if isinstance(part, Bullets):
        return "\n".join(f"- {_without_backticks(item)}" for item in part.items)
    return "---"


def _without_backticks(text: str) -> str:
    return _BACKTICKS.sub(lambda found: found[2], text)
