"""Frames: how messages are cut out of a stream of bytes, and put into one.

A thread reads, so that whatever arrives while something is worked on waits in one place and can
be taken all at once. It deliberately knows nothing of what a message says.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

_HEADER_END = b"\r\n\r\n"
_LENGTH = b"content-length"
_CHUNK = 1 << 16
_LONGEST_HEADER = 1 << 14


class BrokenStream(Exception):
    """What came in is not a frame, and where the next one begins cannot be known."""


class FrameCutter:
    """Cuts a stream that comes in any pieces into the bodies of frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._length: int | None = None

    def feed(self, data: bytes) -> list[bytes]:
        """Take more of the stream and return the bodies that are whole; raises BrokenStream."""
        self._buffer += data
        bodies: list[bytes] = []
        while True:
            if self._length is None:
                end = self._buffer.find(_HEADER_END)
                if end < 0:
                    if len(self._buffer) > _LONGEST_HEADER:
                        raise BrokenStream("a header that does not end")
                    return bodies
                self._length = _length(bytes(self._buffer[:end]))
                del self._buffer[: end + len(_HEADER_END)]
            if len(self._buffer) < self._length:
                return bodies
            bodies.append(bytes(self._buffer[: self._length]))
            del self._buffer[: self._length]
            self._length = None


def _length(header: bytes) -> int:
    for line in header.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == _LENGTH and value.strip().isdigit():
            return int(value)
    raise BrokenStream("a header without the length of its body")


def frame(*parts: bytes) -> bytes:
    """Return a body, given in parts, with its header."""
    return b"".join((b"Content-Length: %d\r\n\r\n" % sum(map(len, parts)), *parts))


class _Waking:
    """Nothing that came in: there is something else to do."""


class Inbox:
    """The bodies that have come in and nobody has taken yet."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._queue: SimpleQueue[bytes | BrokenStream | _Waking | None] = SimpleQueue()
        self.is_over = False
        self.was_woken = False
        self.failure: BrokenStream | None = None

    def start(self) -> None:
        """Read from now on, in a thread that does not keep the process alive."""
        threading.Thread(target=self._pump, name="referee-inbox", daemon=True).start()

    def take(self, seconds: float | None = None) -> list[bytes]:
        """Wait for a body, and return it with all others that are there.

        Returns nothing once the time is over, when somebody calls `wake`, or when the stream has
        ended: then `is_over`.
        """
        bodies: list[bytes] = []
        self.was_woken = False
        if self.is_over:
            return bodies
        try:
            self._put_away(self._queue.get(timeout=seconds), bodies)
            while not self.is_over:
                self._put_away(self._queue.get_nowait(), bodies)
        except Empty:
            pass
        return bodies

    def wake(self) -> None:
        """Let `take` return, from whatever thread."""
        self._queue.put(_Waking())

    def _put_away(self, body: bytes | BrokenStream | _Waking | None, bodies: list[bytes]) -> None:
        if isinstance(body, bytes):
            bodies.append(body)
        elif isinstance(body, _Waking):
            self.was_woken = True
        else:
            self.failure = body
            self.is_over = True

    def _pump(self) -> None:
        cutter = FrameCutter()
        ending: BrokenStream | None = None
        try:
            while data := self._read(_CHUNK):
                for body in cutter.feed(data):
                    self._queue.put(body)
        except BrokenStream as failure:
            ending = failure
        except OSError:
            pass
        self._queue.put(ending)
