"""A baseline: findings that are known and not counted, kept by what they are about.

A known finding is a code with the model and fields it is about, not a line, so it stays known
when the text moves. It deliberately reads and writes no file.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

VERSION = 1
# What a finding about migrations goes by, beside its columns.
_TEXTS = ("table", "object", "type", "migration")


class KnownFinding(NamedTuple):
    """What makes a finding the same one in another version of the text.

    `schema` is the root of its schema as a POSIX path relative to the baseline's folder.
    `about` are the other models it names, sorted: the members of a ring, say. A finding about
    migrations goes by its names in the database instead, and has no model.
    """

    schema: str
    code: str
    model: str
    fields: tuple[str, ...]
    about: tuple[str, ...] = ()
    table: str = ""
    columns: tuple[str, ...] = ()
    object: str = ""
    type: str = ""
    migration: str = ""


class BadBaseline(ValueError):
    """A text is not a baseline."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a baseline says of findings: which are known, in their order, and what is gone."""

    is_known: tuple[bool, ...]
    gone: tuple[KnownFinding, ...]


def write_baseline(findings: Iterable[KnownFinding]) -> str:
    """Return the text of a baseline of these findings: sorted, one a line, so it merges well."""
    entries = [
        json.dumps(_entry(finding, count), ensure_ascii=False)
        for finding, count in sorted(Counter(findings).items())
    ]
    body = ",\n".join(f"    {entry}" for entry in entries)
    listed = f"[\n{body}\n  ]" if entries else "[]"
    return f'{{\n  "version": {VERSION},\n  "findings": {listed}\n}}\n'


def read_baseline(text: str) -> Counter[KnownFinding]:
    """Return how often each finding is known. Raises BadBaseline with a sentence that says why."""
    try:
        content = json.loads(text)
    except ValueError as error:
        raise BadBaseline(f"this is not JSON: {error}") from error
    if not isinstance(content, dict) or content.get("version") != VERSION:
        raise BadBaseline(f'expected an object with `"version": {VERSION}`')
    findings = content.get("findings")
    if not isinstance(findings, list):
        raise BadBaseline("expected a list under `findings`")
    known: Counter[KnownFinding] = Counter()
    for number, entry in enumerate(findings):
        finding, count = _read_entry(number, entry)
        known[finding] += count
    return known


def compare(known: Counter[KnownFinding], findings: Iterable[KnownFinding]) -> Comparison:
    """Tell which findings are known, each entry as often as it counts, and which are gone."""
    left = Counter(known)
    is_known: list[bool] = []
    for finding in findings:
        is_known.append(left[finding] > 0)
        if left[finding] > 0:
            left[finding] -= 1
    return Comparison(tuple(is_known), tuple(sorted(left.elements())))


def _entry(finding: KnownFinding, count: int) -> dict[str, Any]:
    entry: dict[str, Any] = {"schema": finding.schema, "code": finding.code}
    if finding.model:
        entry["model"] = finding.model
    if finding.fields:
        entry["fields"] = list(finding.fields)
    if finding.about:
        entry["models"] = list(finding.about)
    for key in _TEXTS:
        if getattr(finding, key):
            entry[key] = getattr(finding, key)
    if finding.columns:
        entry["columns"] = list(finding.columns)
    if count > 1:
        entry["count"] = count
    return entry


def _read_entry(number: int, entry: object) -> tuple[KnownFinding, int]:
    place = f"`findings[{number}]`"
    if not isinstance(entry, dict) or not isinstance(entry.get("code"), str):
        raise BadBaseline(f"{place} needs a `code`")
    count = entry.get("count", 1)
    if not isinstance(count, int) or count < 1:
        raise BadBaseline(f"the `count` of {place} is no positive number")
    fields, about = entry.get("fields", []), entry.get("models", [])
    if not isinstance(fields, list) or not isinstance(about, list):
        raise BadBaseline(f"`fields` and `models` of {place} are lists of names")
    columns = entry.get("columns", [])
    if not isinstance(columns, list):
        raise BadBaseline(f"`columns` of {place} is a list of names")
    finding = KnownFinding(
        str(entry.get("schema", "")),
        entry["code"],
        str(entry.get("model", "")),
        tuple(str(each) for each in fields),
        tuple(str(each) for each in about),
        columns=tuple(str(each) for each in columns),
        **{key: str(entry.get(key, "")) for key in _TEXTS},
    )
    return finding, count
