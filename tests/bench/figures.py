"""Samples, what is told of them, and the tables they are told in."""

from __future__ import annotations

import math
import os
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Literal

Unit = Literal["ms", "MB"]
# What ends the place of a report in a page.
END = "<!-- end -->"


@dataclass(slots=True)
class Row:
    """One thing that is measured: samples by tool, and how the ratio is expected to be.

    The ratio of a tool is its median divided by that of the first tool; `expected` is the least
    ratio of the second tool.
    """

    what: str
    unit: Unit = "ms"
    expected: float | None = None
    samples: dict[str, list[float]] = field(default_factory=dict)

    def add(self, tool: str, value: float) -> None:
        """Add a sample, in seconds or bytes."""
        scale = 1e3 if self.unit == "ms" else 1e-6
        self.samples.setdefault(tool, []).append(value * scale)


@dataclass(slots=True)
class Table:
    """The rows of one schema.

    Where the columns are not to be compared, no ratios are told. `notes` are told below the table.
    """

    title: str
    tools: tuple[str, ...]
    rows: dict[str, Row] = field(default_factory=dict)
    is_comparison: bool = True
    notes: list[str] = field(default_factory=list)

    def row(self, what: str, unit: Unit = "ms", expected: float | None = None) -> Row:
        """Return the row of that name, new if need be."""
        return self.rows.setdefault(what, Row(what, unit, expected))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that is not below the given share of all values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def ratio_to_first(row: Row, first: str, tool: str) -> float | None:
    """Return how many times a tool's median is that of the first; None if one is missing."""
    mine, other = row.samples.get(first), row.samples.get(tool)
    if not mine or not other or not median(mine):
        return None
    return median(other) / median(mine)


def markdown(table: Table) -> str:
    """Return a table as Markdown: median and 95th percentile by tool, ratios to the first."""
    first, *others = table.tools
    if not table.is_comparison:
        others = []
    head = ["", *(f"{tool} {what}" for tool in table.tools for what in ("median", "p95"))]
    head += [f"{other} ÷ {first}" for other in others]
    lines = [f"### {table.title}", "", _line(head), _line(["---", *["---:"] * (len(head) - 1)])]
    for row in table.rows.values():
        cells = [row.what]
        for tool in table.tools:
            values = row.samples.get(tool)
            if values:
                cells += [
                    shown(median(values), row.unit),
                    shown(percentile(values, 0.95), row.unit),
                ]
            else:
                cells += ["–", "–"]
        for number, tool in enumerate(others):
            ratio = ratio_to_first(row, first, tool)
            expected = row.expected if number == 0 else None
            cells.append(_shown_ratio(ratio, expected))
        lines.append(_line(cells))
    if table.notes:
        lines += ["", *table.notes]
    return "\n".join(lines) + "\n"


def misses(tables: Iterable[Table]) -> list[str]:
    """Return a sentence for each ratio that is below what is expected."""
    found = []
    for table in tables:
        for row in table.rows.values() if len(table.tools) > 1 else ():
            ratio = ratio_to_first(row, *table.tools[:2])
            if row.expected is not None and ratio is not None and ratio < row.expected:
                found.append(
                    f"{table.title}: {row.what}: the ratio is {ratio:.1f}, "
                    f"expected at least {row.expected:g}."
                )
    return found


def as_json(tables: Iterable[Table], facts: Mapping[str, object]) -> dict[str, object]:
    """Return everything measured as plain values, samples included."""
    return {
        "machine": dict(facts),
        "tables": [
            {
                "title": table.title,
                "tools": list(table.tools),
                "notes": table.notes,
                "rows": [
                    {
                        "what": row.what,
                        "unit": row.unit,
                        "expected": row.expected,
                        "samples": row.samples,
                        "medians": {tool: median(values) for tool, values in row.samples.items()},
                    }
                    for row in table.rows.values()
                ],
            }
            for table in tables
        ],
    }


def machine() -> str:
    """Return one line about the machine and how busy it is."""
    name = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    load = ""
    if hasattr(os, "getloadavg"):
        load = f", load {os.getloadavg()[0]:.1f} before the run"
    return (
        f"{os.cpu_count()} × {name}, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}{load}"
    )


def write_behind_marker(page: Path, marker: str, report: str) -> None:
    """Write a report into a page; what stands behind other markers stays."""
    text = page.read_text("utf-8")
    pattern = re.compile(re.escape(marker) + ".*?" + re.escape(END), re.DOTALL)
    if pattern.search(text) is None:
        raise SystemExit(f"{page} has no `{marker}` and `{END}` to write between.")
    written = pattern.sub(lambda _: f"{marker}\n\n{report}\n{END}", text, count=1)
    page.write_text(written, encoding="utf-8")


def shown(value: float, unit: Unit) -> str:
    """Return a value with three digits or so and its unit."""
    if value >= 100:
        return f"{value:,.0f} {unit}"
    return f"{value:.1f} {unit}" if value >= 10 else f"{value:.2f} {unit}"


def _shown_ratio(ratio: float | None, expected: float | None) -> str:
    if ratio is None:
        return "–"
    text = f"{ratio:.1f} ×" if ratio < 100 else f"{ratio:.0f} ×"
    if expected is None:
        return text
    return f"{text} (≥ {expected:g}{'' if ratio >= expected else ', missed'})"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
