"""A report as JSON, for programs: the contract of docs/report.md, version 1.

Lines count from 1; names are those of the schema and of the database as they are written there. A
key whose value is not known is null, and none is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from referee.features.whole_report.values import (
    At,
    Circle,
    Delete,
    Evidence,
    IndexRow,
    MigrationEntry,
    Recommendation,
    SchemaReport,
    Statement,
    WholeReport,
)

VERSION = 1

_Object = dict[str, object]


def report_as_json(report: WholeReport) -> str:
    """Return the report as a JSON text with a line end."""
    document: _Object = {
        "version": VERSION,
        "date": report.date,
        "tool": report.tool,
        "command": report.command,
        "schemas": [_schema(schema) for schema in report.schemas],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _schema(schema: SchemaReport) -> _Object:
    migrations = schema.migrations
    return {
        "root": schema.title,
        "files": list(schema.files),
        "provider": schema.provider,
        "relationMode": schema.relation_mode,
        "configuration": [{"name": n, "value": v} for n, v in schema.configuration],
        "verdict": schema.verdict,
        "summary": dict(schema.severities),
        "known": schema.known,
        "counts": {each.id: each.number for each in schema.counts},
        "features": [
            {"name": each.name, "count": each.number, "examples": list(each.examples)}
            for each in schema.features
        ],
        "categories": [
            {"title": each.title, "isFile": each.is_file, "models": list(each.models)}
            for each in schema.categories
        ],
        "areas": {area: _statements(found) for area, found in schema.areas.items()},
        "indexes": [_index_row(row) for row in schema.index_rows],
        "onDelete": [
            {"action": each.action, "count": each.number, "byDefault": each.by_default}
            for each in schema.actions
        ],
        "deletes": [_delete(each) for each in schema.deletes],
        "circles": [_circle(each) for each in schema.circles],
        "readiness": _statements(schema.readiness),
        "results": _statements(schema.results),
        "migrations": {
            "folder": migrations.folder,
            "isThere": migrations.is_there,
            "lockProvider": migrations.lock_provider,
            "unreleased": list(migrations.unreleased),
            "history": [_entry(each) for each in migrations.history],
        },
        "database": None
        if schema.database is None
        else {
            "name": schema.database.address,
            "statements": _statements(schema.database.statements),
        },
        "recommendations": [_recommendation(each) for each in schema.recommendations],
        "rules": schema.rules,
        "rulesNotRun": [
            {"why": each.why, "codes": list(each.codes)} for each in schema.rules_not_run
        ],
        "notRun": [{"what": each.what, "why": each.why} for each in schema.not_run],
    }


def _statements(statements: Iterable[Statement]) -> list[_Object]:
    return [
        {
            "id": each.id,
            "state": each.state,
            "sentence": each.sentence,
            "codes": list(each.codes),
            "evidence": _evidence(each.evidence),
        }
        for each in statements
    ]


def _evidence(evidence: Iterable[Evidence]) -> list[_Object]:
    return [{"text": each.text, **_at(each.at)} for each in evidence]


def _at(at: At | None) -> _Object:
    return {"path": None if at is None else at.path, "line": None if at is None else at.line}


def _index_row(row: IndexRow) -> _Object:
    return {
        "subject": row.subject,
        "model": row.model,
        "fields": list(row.fields),
        "state": row.state,
        "index": row.index,
        "why": row.why,
        **_at(row.at),
    }


def _delete(each: Delete) -> _Object:
    return {
        "model": each.model,
        "summary": each.summary,
        "removes": {"models": each.removes, "levels": each.levels},
        "clears": list(each.clears),
        "resets": list(each.resets),
        "refusals": [
            {
                "relation": refusal.relation,
                "isSure": refusal.is_sure,
                "constraint": refusal.constraint,
                "explanation": refusal.sentence,
            }
            for refusal in each.refusals
        ],
        **_at(each.at),
    }


def _circle(each: Circle) -> _Object:
    return {
        "models": list(each.models),
        "relations": list(each.path),
        "kind": each.kind,
        "sentence": each.sentence,
        **_at(each.at),
    }


def _entry(entry: MigrationEntry) -> _Object:
    return {
        "name": entry.name,
        "path": entry.path,
        "isReleased": entry.is_released,
        "statements": entry.statements,
        "seconds": entry.seconds,
        "changes": [
            {"text": each.text, "subject": each.subject, "line": each.line}
            for each in entry.changes
        ],
        "findings": _evidence(entry.findings),
    }


def _recommendation(each: Recommendation) -> _Object:
    return {
        "priority": each.priority,
        "title": each.title,
        "reason": each.reason,
        "code": each.code,
        "severity": each.severity,
        "command": each.command,
        "fix": each.fix,
        "evidence": _evidence(each.evidence),
    }
