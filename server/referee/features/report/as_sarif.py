"""A report as SARIF 2.1.0, for code scanning services.

Fingerprints hold code, model and fields and no line, so that a finding which moved is the same;
columns are counted in code points.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from urllib.parse import quote

from referee import __version__
from referee.features.diagnostics import Diagnostic, RelatedDiagnostic
from referee.features.report.addresses import DOCUMENTATION_ADDRESS, documentation_address
from referee.features.report.fingerprints import fingerprints_of
from referee.features.report.report import (
    Report,
    Reported,
    reported_findings,
)
from referee.rules.catalogue import ALL_RULES, TOOL_CODES, OtherCode
from referee.rules.rule import Rule, Severity
from referee.text.lines import Range

_LEVELS: dict[Severity, str] = {
    "error": "error",
    "warning": "warning",
    "information": "note",
    "hint": "note",
}
_BASE = "WORKINGFOLDER"
_FINGERPRINT = "referee/v1"

_Object = dict[str, object]


def report_as_sarif(report: Report, working_folder: str) -> str:
    """Return the report as a SARIF text with a line end.

    Relative paths in the report are relative to `working_folder`, an absolute POSIX path.
    """
    found = reported_findings(report)
    listed = _codes(report)
    codes = {code.code: number for number, code in enumerate(listed)}
    run: _Object = {
        "tool": {"driver": _driver(listed)},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_BASE: {"uri": _file_address(working_folder.rstrip("/") + "/")}},
        **_notifications(report),
        "results": [
            _result(reported, codes[reported.diagnostic.code], fingerprint)
            for reported, fingerprint in zip(found, fingerprints_of(found), strict=True)
        ],
    }
    document: _Object = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _codes(report: Report) -> tuple[Rule | OtherCode, ...]:
    """Return what may be reported; of migrations only where some were judged."""
    if all(schema.migrations is None for schema in report.schemas):
        return (*ALL_RULES, *TOOL_CODES)
    from referee.migrations.catalogue import MIGRATION_CODES  # noqa: PLC0415  few runs need it

    return (*ALL_RULES, *MIGRATION_CODES, *TOOL_CODES)


def _driver(codes: Sequence[Rule | OtherCode]) -> _Object:
    driver: _Object = {
        "name": "Referee",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(code) for code in codes],
    }
    if DOCUMENTATION_ADDRESS is not None:
        driver["informationUri"] = DOCUMENTATION_ADDRESS
    return driver


def _rule(code: Rule | OtherCode) -> _Object:
    rule: _Object = {
        "id": code.code,
        "shortDescription": {"text": code.summary},
        "fullDescription": {"text": code.documentation.strip().partition("\n\n")[0]},
        "help": {"text": code.documentation.strip(), "markdown": code.documentation.strip()},
        "defaultConfiguration": {
            "level": _LEVELS[code.severity],
            "enabled": not isinstance(code, Rule) or code.is_on,
        },
        "properties": {"tags": ["prisma", "database", code.family]},
    }
    address = documentation_address(code.code)
    if address is not None:
        rule["helpUri"] = address
    return rule


def _notifications(report: Report) -> _Object:
    """Return what was not looked at, as notes of the run."""
    remarks = [
        f"{judged.root}: {remark}"
        for schema in report.schemas
        if (judged := schema.migrations) is not None
        for remark in judged.remarks
    ]
    if not remarks:
        return {}
    notes = [{"level": "note", "message": {"text": remark}} for remark in remarks]
    return {"invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}]}


def _result(reported: Reported, rule: int, fingerprint: str) -> _Object:
    found = reported.diagnostic
    location: _Object = {"physicalLocation": _physical(found.path, found.range)}
    if found.migration is not None and found.migration.table is not None:
        table = found.migration.table
        location["logicalLocations"] = [
            {"name": table, "fullyQualifiedName": table, "kind": "type"}
        ]
    elif found.model is not None:
        location["logicalLocations"] = [_logical(found.model, field) for field in found.fields] or [
            {"name": found.model, "fullyQualifiedName": found.model, "kind": "type"}
        ]
    result: _Object = {
        "ruleId": found.code,
        "ruleIndex": rule,
        "level": _LEVELS[found.severity],
        "message": {"text": found.message},
        "locations": [location],
        "partialFingerprints": {_FINGERPRINT: fingerprint},
    }
    if found.related:
        result["relatedLocations"] = [
            _related_location(number, related) for number, related in enumerate(found.related, 1)
        ]
    result["properties"] = _properties(found)
    return result


def _logical(model: str, field: str) -> _Object:
    return {"name": field, "fullyQualifiedName": f"{model}.{field}", "kind": "member"}


def _related_location(number: int, related: RelatedDiagnostic) -> _Object:
    return {
        "id": number,
        "message": {"text": related.message},
        "physicalLocation": _physical(related.path, related.range),
    }


def _properties(found: Diagnostic) -> _Object:
    properties: _Object = {"severity": found.severity, "family": found.family}
    if found.models:
        properties["models"] = list(found.models)
    if found.migration is not None:
        subject = asdict(found.migration)
        properties.update({name: value for name, value in subject.items() if value})
    if found.fixes:
        properties["fixes"] = [{"title": fix.title, "safe": fix.is_safe} for fix in found.fixes]
    return properties


def _physical(path: str, span: Range) -> _Object:
    return {
        "artifactLocation": _artifact(path),
        "region": {
            "startLine": span.start.line + 1,
            "startColumn": span.start.column + 1,
            "endLine": span.end.line + 1,
            "endColumn": span.end.column + 1,
        },
    }


def _artifact(path: str) -> _Object:
    if path.startswith("/") or path[1:3] == ":/":
        return {"uri": _file_address(path)}
    return {"uri": quote(path), "uriBaseId": _BASE}


def _file_address(path: str) -> str:
    """Return the address of an absolute POSIX path, which on Windows starts with a drive."""
    if path.startswith("//"):
        return "file:" + quote(path)
    return "file://" + quote(path if path.startswith("/") else f"/{path}", safe="/:")
