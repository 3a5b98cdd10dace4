"""What every fix has to keep, whatever rule it is of: the contract, as one assertion."""

from __future__ import annotations

import re
from collections import Counter

from referee.engine.snapshot import Snapshot
from referee.features.diagnostics import Diagnostic, all_diagnostics
from referee.rules.rule import Fix
from referee.rules.settings import RuleSettings
from tests.support.judging import fixed_files, identity, snapshot_of

_COMMENT = re.compile(r"//[^\r\n]*|/\*.*?\*/", re.DOTALL)


def assert_fix_keeps_its_contract(
    snapshot: Snapshot, diagnostic: Diagnostic, fix: Fix, settings: RuleSettings
) -> dict[str, str]:
    """Make one fix alone and return the texts after it.

    The fix changes something; the finding is gone; no mistake and no other finding of severity
    error has come; comments and line ends are kept.
    """
    before = {path: source.text for path, source in snapshot.sources.items()}
    after = fixed_files(snapshot, fix)
    about = f"{fix.title!r} for {diagnostic.code} at {diagnostic.path}:{diagnostic.range.start}"
    assert after != before, f"{about} changes nothing"
    now = all_diagnostics(snapshot_of(after, settings))
    gone = {identity(each) for each in now}
    assert identity(diagnostic) not in gone, f"{about} leaves the finding"
    known = Counter(identity(each) for each in all_diagnostics(snapshot))
    new = [each for each in now if each.severity == "error" and identity(each) not in known]
    assert not new, f"{about} brings {[each.message for each in new]}"
    for path, text in before.items():
        assert _COMMENT.findall(text) == _COMMENT.findall(after[path]), f"{about} drops a comment"
        assert _line_ends(after[path]) <= _line_ends(text) or not _line_ends(text), (
            f"{about} brings other line ends"
        )
    return after


def _line_ends(text: str) -> set[str]:
    return set(re.findall(r"\r\n|\r|\n", text))
