"""Takes apart the messages that are on the way from a keystroke to what is told about it.

They come as plain JSON: the protocol's types take a third of a second to load, which is loaded
while nothing else is to be done, and some of each keystroke to be made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

Json = Mapping[str, Any]


class Nonsense(ValueError):
    """What came is not what the protocol says; the text names the part."""


class Place(NamedTuple):
    """A position as the client counts it."""

    line: int
    units: int


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a document: a text in place of a stretch, or of everything where that is None."""

    text: str
    stretch: tuple[Place, Place] | None


def part(message: object, *keys: str) -> Any:
    """Return what stands under keys, one inside the other; None where one of them is missing."""
    for key in keys:
        if not isinstance(message, Mapping):
            return None
        message = message.get(key)
    return message


def text(message: object, *keys: str) -> str:
    """Return the text under some keys; raises Nonsense if there is none."""
    found = part(message, *keys)
    if not isinstance(found, str):
        raise Nonsense(".".join(keys))
    return found


def number(message: object, *keys: str) -> int | None:
    """Return the whole number under some keys, if there is one."""
    found = part(message, *keys)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def objects(message: object, *keys: str) -> Iterator[Json]:
    """Yield the objects in the list under some keys; there need not be one."""
    found = part(message, *keys)
    for each in found if isinstance(found, list) else ():
        if isinstance(each, Mapping):
            yield each


def changes(params: object) -> Iterator[Change]:
    """Yield the changes of a document; raises Nonsense."""
    for change in objects(params, "contentChanges"):
        where = change.get("range")
        stretch = None if where is None else (place(where, "start"), place(where, "end"))
        yield Change(text(change, "text"), stretch)


def place(message: object, *keys: str) -> Place:
    """Return the position under some keys; raises Nonsense."""
    line = number(message, *keys, "line")
    units = number(message, *keys, "character")
    if line is None or units is None:
        raise Nonsense(".".join(keys))
    return Place(line, units)
