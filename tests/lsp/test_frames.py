"""Frames are cut out of a stream however it comes, and a broken one is not guessed at."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from referee.lsp.frames import BrokenStream, FrameCutter, Inbox, frame

BODIES = [b"{}", b'{"a": "\xc3\xa4"}', b"x" * 100_000, b""]


@pytest.mark.parametrize("size", [1, 2, 7, 19, 4096, 1_000_000])
def test_frames_are_cut_whatever_pieces_the_stream_comes_in(size: int) -> None:
    stream = b"".join(map(frame, BODIES))
    cutter = FrameCutter()
    found: list[bytes] = []
    for start in range(0, len(stream), size):
        found += cutter.feed(stream[start : start + size])
    assert found == BODIES


def test_other_headers_and_the_case_of_names_do_not_matter() -> None:
    stream = b"Content-Type: x; charset=y\r\ncontent-LENGTH:  2\r\n\r\n{}"
    assert FrameCutter().feed(stream) == [b"{}"]


@pytest.mark.parametrize(
    "stream",
    [b"\r\n\r\n", b"Content-Length: -1\r\n\r\n", b"Content-Length: ten\r\n\r\n", b"x" * 20_000],
)
def test_what_is_no_frame_breaks_the_stream(stream: bytes) -> None:
    with pytest.raises(BrokenStream):
        FrameCutter().feed(stream)


def test_everything_that_waits_is_taken_at_once() -> None:
    all_read = threading.Event()

    def pieces() -> Iterator[bytes]:
        yield frame(b"1") + frame(b"2")
        yield frame(b"3")
        all_read.set()

    came = pieces()
    inbox = Inbox(lambda size: next(came, b""))
    inbox.start()
    assert all_read.wait(60)
    assert inbox.take(60) == [b"1", b"2", b"3"]
    assert inbox.take(60) == []
    assert inbox.is_over


def test_waiting_ends_with_the_time() -> None:
    inbox = Inbox(lambda size: b"")
    assert inbox.take(0.01) == []
    assert not inbox.is_over


def test_a_broken_stream_is_over_and_says_why() -> None:
    inbox = Inbox(lambda size: b"no frame\r\n\r\n")
    inbox.start()
    assert inbox.take(60) == []
    assert inbox.is_over
    assert "length" in str(inbox.failure)


def test_a_stream_that_cannot_be_read_is_over() -> None:
    def fail(size: int) -> bytes:
        raise OSError("gone")

    inbox = Inbox(fail)
    inbox.start()
    assert inbox.take(60) == []
    assert (inbox.is_over, inbox.failure) == (True, None)
