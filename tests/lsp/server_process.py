"""A server in a process of its own, as editors start it; every wait is bounded."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from queue import Empty, SimpleQueue
from typing import Any

Json = dict[str, Any]
COMMAND = [sys.executable, "-m", "referee", "serve", "--stdio"]
SECONDS = 120.0


class ServerProcess:
    """The server, with what it says in a queue."""

    def __init__(self, **environment: str) -> None:
        self.process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
        )
        self._said: SimpleQueue[Json | None] = SimpleQueue()
        self._numbers = 0
        self.errors = bytearray()
        self.readers = [
            threading.Thread(target=self._read_messages, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for reader in self.readers:
            reader.start()

    def send(self, message: object) -> None:
        """Send a message."""
        body = json.dumps(message).encode()
        self.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def write(self, data: bytes) -> None:
        """Write bytes, whatever they are."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def end_input(self) -> None:
        """Close the stream that the server reads."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def notify(self, method: str, params: object = None) -> None:
        """Say something."""
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: object = None) -> Json:
        """Ask something and wait for the whole answer."""
        self._numbers += 1
        number = self._numbers
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        self.send(message)
        return self.wait_for(lambda each: each.get("id") == number and "method" not in each)

    def initialize(self, **params: Any) -> Json:
        """Begin a conversation, and return the result of `initialize`."""
        begin: Mapping[str, Any] = {"processId": None, "rootUri": None, "capabilities": {}}
        answer = self.ask("initialize", {**begin, **params})
        self.notify("initialized", {})
        result: Json = answer["result"]
        return result

    def wait_for(self, is_it: Callable[[Json], bool]) -> Json:
        """Wait for a message and return it; those before it are dropped."""
        while True:
            try:
                message = self._said.get(timeout=SECONDS)
            except Empty:
                raise TimeoutError(self.errors.decode()) from None
            if message is None:
                raise EOFError(self.errors.decode())
            if is_it(message):
                return message

    def exit_code(self) -> int:
        """Wait for the end of the process."""
        return self.process.wait(timeout=SECONDS)

    def _read_messages(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while header := stream.readline():
            length = int(header.partition(b":")[2])
            while stream.readline().strip():
                pass
            self._said.put(json.loads(stream.read(length)))
        self._said.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        while data := self.process.stderr.read1(4096):  # type: ignore[attr-defined]
            self.errors += data


@contextlib.contextmanager
def server_process(**environment: str) -> Iterator[ServerProcess]:
    """Start a server, and make sure that nothing is left of it."""
    server = ServerProcess(**environment)
    try:
        yield server
    finally:
        server.process.kill()
        server.process.wait()
        for reader in server.readers:
            reader.join()
        for stream in (server.process.stdin, server.process.stdout, server.process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
