"""Fingerprints: what makes a finding the same one in the next run, though its line moved.

They deliberately know no line and no column.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

from referee.features.report.report import Reported


def fingerprints_of(findings: Iterable[Reported]) -> list[str]:
    """Return the fingerprint of each finding, all of them different.

    It is made of schema, code, model, fields and further models; of a finding about migrations of
    its names in the database, and of any other without a model of file, code and message. Those
    still equal are told apart by their order.
    """
    seen: Counter[str] = Counter()
    fingerprints: list[str] = []
    for reported in findings:
        diagnostic = reported.diagnostic
        parts = [diagnostic.code]
        subject = diagnostic.migration
        if subject is not None:
            parts += [reported.schema or "", subject.table or "", *subject.columns, ""]
            parts += [subject.object or "", subject.type or "", subject.migration or ""]
        elif diagnostic.model is None:
            parts += [diagnostic.path, diagnostic.message]
        else:
            parts += [reported.schema or "", diagnostic.model]
            parts += [*diagnostic.fields, "", *sorted(diagnostic.models)]
        digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
        seen[digest] += 1
        fingerprints.append(f"{digest}:{seen[digest]}")
    return fingerprints
