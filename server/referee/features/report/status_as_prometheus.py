"""The status of a database in the text format of Prometheus, for a scrape or a textfile collector.

Source: "Exposition formats", https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from referee.features.report.status_report import StatusReport
from referee.migrations.applied import STATES, STATUS_CODES

_PREFIX = "referee_migrations"


def status_as_prometheus(report: StatusReport) -> str:
    """Return the metrics of a look that reached the database."""
    status = report.status
    labels = {"schema": report.schema}
    last = status.last_applied
    finished = None if last is None or last.row is None else last.row.finished_at
    lines = [*_up(report.schema, report.at, is_up=True)]
    lines += _metric(
        "count",
        "Migrations that the folder or the database knows, by state.",
        [({**labels, "state": state}, status.count_of(state)) for state in STATES],
    )
    lines += _metric(
        "findings",
        "What is not as it should be, by code.",
        [({**labels, "code": code}, len(status.findings_of(code))) for code in STATUS_CODES],
    )
    lines += _metric(
        "drift_judged",
        "Whether the database was compared with what its migrations make.",
        [(labels, 0 if any(each.what == "drift" for each in status.not_judged) else 1)],
    )
    if finished is not None:
        lines += _metric(
            "last_applied_timestamp_seconds",
            "When the migration that was applied last had ended.",
            [(labels, round(finished.timestamp(), 3))],
        )
    return "\n".join(lines) + "\n"


def unreachable_as_prometheus(schema: str, at: datetime) -> str:
    """Return the metrics of a look that did not reach the database."""
    return "\n".join(_up(schema, at, is_up=False)) + "\n"


def _up(schema: str, at: datetime, *, is_up: bool) -> list[str]:
    labels = {"schema": schema}
    return [
        *_metric("up", "Whether the database could be read.", [(labels, int(is_up))]),
        *_metric(
            "checked_timestamp_seconds",
            "When the database was looked at.",
            [(labels, round(at.timestamp(), 3))],
        ),
    ]


def _metric(name: str, help: str, samples: Iterable[tuple[Mapping[str, str], float]]) -> list[str]:
    full = f"{_PREFIX}_{name}"
    lines = [f"# HELP {full} {help}", f"# TYPE {full} gauge"]
    for labels, value in samples:
        written = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        lines.append(f"{full}{{{written}}} {value}")
    return lines


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
