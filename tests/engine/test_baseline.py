"""A baseline knows findings by what they are about, each as often as it was written."""

from __future__ import annotations

import pytest

from referee.engine.baseline import (
    BadBaseline,
    KnownFinding,
    compare,
    read_baseline,
    write_baseline,
)

BOOK = KnownFinding("prisma", "unindexed-foreign-key", "Book", ("authorId",), ())
RING = KnownFinding("prisma", "required-cycle", "", (), ("A", "B"))


def test_what_is_written_is_read_again() -> None:
    text = write_baseline([RING, BOOK, BOOK])
    known = read_baseline(text)
    assert known == {BOOK: 2, RING: 1}
    assert write_baseline(known.elements()) == text


def test_an_empty_baseline_is_a_baseline() -> None:
    assert read_baseline(write_baseline([])) == {}


def test_known_findings_are_known_as_often_as_they_count_and_gone_ones_are_told() -> None:
    known = read_baseline(write_baseline([BOOK, RING]))
    result = compare(known, [BOOK, BOOK])
    assert result.is_known == (True, False)
    assert result.gone == (RING,)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not JSON"),
        ("[]", "version"),
        ('{"version": 2, "findings": []}', "version"),
        ('{"version": 1}', "a list under `findings`"),
        ('{"version": 1, "findings": [{}]}', r"`findings\[0\]` needs a `code`"),
        ('{"version": 1, "findings": [{"code": "x", "count": 0}]}', "positive"),
        ('{"version": 1, "findings": [{"code": "x", "fields": 1}]}', "lists of names"),
    ],
)
def test_a_text_that_is_no_baseline_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(BadBaseline, match=why):
        read_baseline(text)
