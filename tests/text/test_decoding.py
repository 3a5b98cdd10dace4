"""Files are UTF-8, with or without a byte order mark."""

from __future__ import annotations

import pytest

from referee.text.decoding import decode


def test_a_byte_order_mark_at_the_start_is_dropped_once() -> None:
    assert decode(b"\xef\xbb\xbfmodel") == "model"
    assert decode(b"\xef\xbb\xbf\xef\xbb\xbfmodel") == "\ufeffmodel"
    assert decode("a\r\né".encode()) == "a\r\né"


def test_other_encodings_are_refused_with_the_place() -> None:
    with pytest.raises(UnicodeDecodeError) as refusal:
        decode(b"ab\xff")
    assert refusal.value.start == 2
