"""The status of a database as JSON, in the shape that `status.schema.json` states.

It deliberately leaves out what does not apply: nothing is null.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from referee.features.report.status_report import StatusReport, ToldStatus
from referee.migrations.applied import STATES, STATUS_CODES, MigrationState
from referee.migrations.half_applied import HalfApplied
from referee.text.lines import Range

VERSION = 1


def status_as_json(report: StatusReport) -> str:
    """Return the status as a JSON text over several lines."""
    return json.dumps(status_object(report), indent=2, ensure_ascii=False) + "\n"


def status_object(report: StatusReport) -> dict[str, object]:
    """Return the status as what JSON can hold."""
    last = report.status.last_applied
    return {
        "version": VERSION,
        "at": written_time(report.at),
        "database": _present(
            {
                "provider": report.database.provider,
                "server": report.database.server,
                "name": report.database.name,
                "place": report.database.place,
                "namespace": report.database.namespace,
            }
        ),
        "schema": report.schema,
        "folder": report.folder,
        "migrations": [_migration(state) for state in report.status.migrations],
        "findings": [finding_object(told) for told in report.findings],
        **({} if last is None else {"lastApplied": last.name}),
        "notJudged": [
            *({"what": each.what, "why": each.why} for each in report.status.not_judged),
            *({"what": "other", "why": remark} for remark in report.remarks),
        ],
        "summary": summary_object(report),
    }


def summary_object(report: StatusReport) -> dict[str, object]:
    """Return the counts: migrations by state, findings by code."""
    status = report.status
    return {
        "migrations": {state: status.count_of(state) for state in STATES},
        "findings": {code: len(status.findings_of(code)) for code in STATUS_CODES},
    }


def finding_object(told: ToldStatus) -> dict[str, object]:
    """Return a finding as what JSON can hold."""
    finding = told.finding
    steps = [
        _present({"what": each.what, "command": each.command, "isChoice": each.is_choice or None})
        for each in finding.next
    ]
    return _present(
        {
            "code": finding.code,
            "severity": finding.severity,
            "message": finding.message,
            "path": told.path,
            "range": None if told.range is None else _range(told.range),
            "migration": finding.migration,
            "table": finding.table,
            "columns": list(finding.columns),
            "object": finding.object,
            "type": finding.type,
            "ran": _ran(finding.half),
            "next": steps,
        }
    )


def _ran(half: HalfApplied | None) -> dict[str, object] | None:
    if half is None:
        return None
    known: dict[str, object] = {"statements": half.ran, "of": half.statements}
    return {**known, "untilLine": half.until_line} if half.ran else known


def written_time(moment: datetime) -> str:
    """Return a moment in UTC as ISO 8601 has it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def _migration(state: MigrationState) -> dict[str, object]:
    row = state.row
    moments = {}
    if row is not None:
        moments = {
            "startedAt": row.started_at,
            "finishedAt": row.finished_at,
            "rolledBackAt": row.rolled_back_at,
        }
    return {
        "name": state.name,
        "state": state.state,
        "isLocal": state.is_local,
        "isEdited": state.is_edited,
        **{key: written_time(value) for key, value in moments.items() if value is not None},
        **({} if row is None else {"checksum": row.checksum, "steps": row.steps}),
        **({"isMarked": True} if row is not None and row.is_marked else {}),
        **({"attempts": state.attempts} if state.attempts else {}),
    }


def _range(range: Range) -> dict[str, object]:
    return {
        side: {"line": position.line + 1, "column": position.column + 1}
        for side, position in (("start", range.start), ("end", range.end))
    }


def _present(values: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in values.items() if not _is_absent(value)}


def _is_absent(value: object) -> bool:
    return value is None or (isinstance(value, str | Sequence) and not value)
