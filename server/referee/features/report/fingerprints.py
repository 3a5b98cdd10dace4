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

    It is made of schema, code, model, fields and further models; of a finding without a model,
    of file, code and message instead. Those still equal are told apart by their order.
    """
    seen: Counter[str] = Counter()
    fingerprints: list[str] = []
    for reported in findings:
        diagnostic = reported.diagnostic
        parts = [diagnostic.code]
        if diagnostic.model is None:
            parts += [diagnostic.path, diagnostic.message]
        else:
            parts += [reported.schema or "", diagnostic.model]
            parts += [*diagnostic.fields, "", *sorted(diagnostic.models)]
        digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
        seen[digest] += 1
        fingerprints.append(f"{digest}:{seen[digest]}")
    return fingerprints
