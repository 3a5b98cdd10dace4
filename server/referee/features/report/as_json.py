"""A report as JSON, for programs: the contract of docs/json.md, version 1.

Lines and columns count from 1, columns in code points; a key that does not apply is absent.
"""

from __future__ import annotations

import json

from referee.features.diagnostics import Diagnostic, MigrationSubject
from referee.features.report.addresses import documentation_address
from referee.features.report.report import (
    JudgedMigrations,
    JudgedSchema,
    Report,
    Reported,
    count_severities,
    reported_findings,
)
from referee.text.lines import Position, Range

VERSION = 1

_Object = dict[str, object]


def report_as_json(report: Report) -> str:
    """Return the report as a JSON text with a line end."""
    found = reported_findings(report)
    document: _Object = {
        "version": VERSION,
        "schemas": [_schema(schema) for schema in report.schemas],
        "findings": [_finding(reported) for reported in found],
        "summary": count_severities(reported.diagnostic for reported in found),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _schema(schema: JudgedSchema) -> _Object:
    return _without_absent(
        {
            "root": schema.root,
            "files": list(schema.files),
            "provider": schema.provider,
            "relationMode": schema.relation_mode,
            "models": schema.models,
            "rulesNotRun": schema.rules_not_run or None,
            "fieldsNotJudged": schema.fields_not_judged or None,
            "migrations": None if schema.migrations is None else _migrations(schema.migrations),
        }
    )


def _migrations(judged: JudgedMigrations) -> _Object:
    return _without_absent(
        {
            "root": judged.root,
            "count": judged.count,
            "unreleased": list(judged.unreleased),
            "base": judged.base,
            "remarks": list(judged.remarks),
        }
    )


def _finding(reported: Reported) -> _Object:
    diagnostic = reported.diagnostic
    return _without_absent(
        {
            "code": diagnostic.code,
            "family": diagnostic.family,
            "severity": diagnostic.severity,
            "message": diagnostic.message,
            "path": diagnostic.path,
            "range": _range(diagnostic.range),
            "schema": reported.schema,
            "model": diagnostic.model,
            "fields": list(diagnostic.fields) or None,
            "models": list(diagnostic.models) or None,
            **_subject(diagnostic.migration),
            "related": _related(diagnostic) or None,
            "fixes": [{"title": fix.title, "safe": fix.is_safe} for fix in diagnostic.fixes]
            or None,
            "docs": documentation_address(diagnostic.code),
        }
    )


def _subject(subject: MigrationSubject | None) -> _Object:
    """Return what a finding about migrations is about, by its names in the database."""
    if subject is None:
        return {}
    return {
        "table": subject.table,
        "columns": list(subject.columns) or None,
        "object": subject.object,
        "type": subject.type,
        "migration": subject.migration,
    }


def _related(diagnostic: Diagnostic) -> list[_Object]:
    return [
        {"path": each.path, "range": _range(each.range), "message": each.message}
        for each in diagnostic.related
    ]


def _range(span: Range) -> _Object:
    return {"start": _position(span.start), "end": _position(span.end)}


def _position(position: Position) -> _Object:
    return {"line": position.line + 1, "column": position.column + 1}


def _without_absent(entries: _Object) -> _Object:
    return {key: value for key, value in entries.items() if value is not None}
