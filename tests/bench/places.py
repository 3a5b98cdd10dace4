"""Finds where in a schema to type, and a folder in which to do it undisturbed.

It deliberately reads the text by itself: the product is what is measured.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

_BLOCK = re.compile(
    r"^(model|view|type|enum)[ \t]+(?P<name>\w+)[ \t]*\{[^\n]*\n(?P<body>.*?)^\}", re.M | re.S
)
_KEY = re.compile(
    r"^[ \t]+(?P<name>\w+)[ \t]+(?P<type>\w+)\??[ \t]+@relation\((?:[^()\n]*,[ \t]*)?fields:[ \t]*"
    r"\[(?P<column>\w+)\][^()\n]*\)",
    re.M,
)


class Spot(NamedTuple):
    """A zero-based line and column."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Places:
    """Where to type and to look in one schema.

    `index` is behind the column of an index that alone serves a foreign key, `model` the name of
    its model; `relation` is behind the `@relation(...)` of a key, `gap` the start of a line
    between two blocks, `types` are inside type names of relation fields.
    """

    model: str
    index: Spot
    relation: Spot
    gap: Spot
    types: tuple[Spot, ...]


def places_in(text: str) -> Places:
    """Return the places nearest to the middle of a text; raises ValueError if it has none."""
    found: list[tuple[int, str, int, int, int]] = []
    types: list[int] = []
    for block in _BLOCK.finditer(text):
        body = block["body"]
        for key in _KEY.finditer(body):
            types.append(block.start("body") + key.start("type") + 1)
            index = re.search(rf"^[ \t]+@@index\(\[{key['column']}(?P<end>)\]", body, re.M)
            if index is None or len(re.findall(rf"@@\w+\(\[{key['column']}\b", body)) > 1:
                continue
            if re.search(rf"^[ \t]+{key['column']}[ \t].*@(id|unique)\b", body, re.M):
                continue
            start = block.start("body")
            found.append(
                (
                    start,
                    block["name"],
                    start + index.start("end"),
                    start + key.end(),
                    block.end() + 1,
                )
            )
    if not found:
        raise ValueError("no foreign key of this schema is served by one index alone")
    middle = len(text) // 2
    _, model, index_at, relation_at, gap_at = min(found, key=lambda each: abs(each[0] - middle))
    step = max(1, len(types) // 20)
    return Places(
        model,
        _spot(text, index_at),
        _spot(text, relation_at),
        _spot(text, gap_at),
        tuple(_spot(text, offset) for offset in types[::step]),
    )


def quiet_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a new folder none of whose parents holds a Prisma schema.

    A server that looks for the root of a schema climbs through such parents, and would read
    whatever lies below them.
    """
    for base in (Path(tempfile.gettempdir()), Path("/var/tmp"), Path.home(), Path.cwd()):
        parents = (base, *base.resolve().parents)
        if base.is_dir() and not any(any(each.glob("*.prisma")) for each in parents):
            return tempfile.TemporaryDirectory(prefix="referee-bench-", dir=base)
    raise SystemExit("Every folder for temporary files has a parent with a .prisma file in it.")


def _spot(text: str, offset: int) -> Spot:
    line_start = text.rfind("\n", 0, offset) + 1
    return Spot(text.count("\n", 0, offset), offset - line_start)
