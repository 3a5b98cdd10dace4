"""What a session did, counted; tests assert it instead of time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Work:
    """What was done since the counts were last reset."""

    lines_parsed: int = 0
    blocks_lowered: int = 0
    facts_changed: int = 0
    relations_paired: int = 0
    units_judged: int = 0
    rules_run: int = 0
