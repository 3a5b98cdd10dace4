"""Speaks the Language Server Protocol with a server over its standard streams, and takes the time.

It answers what servers ask as an editor does. It deliberately knows no server in particular.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple

LONGEST_WAIT = 300.0

CAPABILITIES: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "workspace": {
        "configuration": True,
        "workspaceFolders": True,
        "applyEdit": True,
        "didChangeConfiguration": {"dynamicRegistration": True},
        "didChangeWatchedFiles": {"dynamicRegistration": True},
    },
    "window": {"workDoneProgress": True},
    "textDocument": {
        "synchronization": {"dynamicRegistration": True, "didSave": True},
        "publishDiagnostics": {
            "relatedInformation": True,
            "versionSupport": True,
            "codeDescriptionSupport": True,
            "dataSupport": True,
            "tagSupport": {"valueSet": [1, 2]},
        },
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "codeAction": {
            "codeActionLiteralSupport": {
                "codeActionKind": {"valueSet": ["", "quickfix", "refactor", "source.fixAll"]}
            },
            "isPreferredSupport": True,
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit"]},
        },
    },
}


class ServerFailed(RuntimeError):
    """A server ended, said nothing for too long, or answered with an error."""


class Message(NamedTuple):
    """A message and the moment its last byte was here."""

    at: float
    content: dict[str, Any]


class Answer(NamedTuple):
    """What a request was answered with, when it was sent and when the answer was here."""

    sent: float
    at: float
    result: Any


@dataclass(slots=True)
class Published:
    """What a server last told about a document; `count` is how often it has told."""

    count: int = 0
    at: float = 0.0
    version: int | None = None
    diagnostics: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


class Client:
    """One session with one server."""

    def __init__(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.published: dict[str, Published] = {}
        self.folder = folder
        self._messages: queue.SimpleQueue[tuple[float, bytes] | None] = queue.SimpleQueue()
        self._answers: dict[int, Message] = {}
        self._last_id = 0
        self._complaints: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `close`
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            cwd=folder,
            env=None if environment is None else dict(environment),
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin = self._process.stdin
        self._reader = threading.Thread(
            target=_read_frames, args=(self._process.stdout, self._messages), daemon=True
        )
        self._reader.start()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def process_id(self) -> int:
        """The server's process."""
        return self._process.pid

    def initialize(self) -> Answer:
        """Start the session."""
        uri = self.folder.as_uri()
        answer = self.request(
            "initialize",
            {
                "processId": os.getpid(),
                "clientInfo": {"name": "bench"},
                "rootUri": uri,
                "workspaceFolders": [{"uri": uri, "name": self.folder.name}],
                "capabilities": CAPABILITIES,
            },
        )
        self.notify("initialized", {})
        return answer

    def open(self, uri: str, text: str, version: int = 1, language: str = "prisma") -> float:
        """Open a document, and return when it was sent."""
        document = {"uri": uri, "languageId": language, "version": version, "text": text}
        return self.notify("textDocument/didOpen", {"textDocument": document})

    def change(self, uri: str, version: int, line: int, column: int, old: int, new: str) -> float:
        """Replace `old` characters at a position, and return when that was sent."""
        span = {
            "start": {"line": line, "character": column},
            "end": {"line": line, "character": column + old},
        }
        return self.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": uri, "version": version},
                "contentChanges": [{"range": span, "text": new}],
            },
        )

    def notify(self, method: str, params: object) -> float:
        """Send a notification, and return when."""
        return self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: object) -> tuple[int, float]:
        """Send a request without waiting; return its number and when it was sent."""
        self._last_id += 1
        number = self._last_id
        sent = self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return number, sent

    def answer_to(self, number: int) -> Message:
        """Wait for the answer to a request; it may be an error."""
        while number not in self._answers:
            self.take_message()
        return self._answers.pop(number)

    def request(self, method: str, params: object) -> Answer:
        """Send a request and wait for its result; raises ServerFailed if it is an error."""
        number, sent = self.ask(method, params)
        message = self.answer_to(number)
        if "error" in message.content:
            raise ServerFailed(f"{method} was answered with {message.content['error']}")
        return Answer(sent, message.at, message.content.get("result"))

    def wait_for_publish(self, uri: str, count: int, version: int) -> Published:
        """Wait until a document's diagnostics of a version are here, and return them.

        A server that tells no version is believed after it has told `count` times.
        """
        while True:
            told = self.published.get(uri)
            if told is not None and (
                told.count >= count if told.version is None else told.version >= version
            ):
                return told
            self.take_message()

    def told(self, uri: str) -> int:
        """Return how often the diagnostics of a document have come."""
        self.take_waiting()
        found = self.published.get(uri)
        return 0 if found is None else found.count

    def take_waiting(self) -> None:
        """Look at the messages that are here, without waiting for more."""
        while not self._messages.empty():
            self.take_message()

    def take_message(self, longest_wait: float = LONGEST_WAIT) -> Message:
        """Wait for one message and look at it; raises ServerFailed if none comes."""
        try:
            frame = self._messages.get(timeout=longest_wait)
        except queue.Empty:
            raise ServerFailed(f"nothing came for {longest_wait:.0f} s{self._said()}") from None
        if frame is None:
            self._messages.put(None)
            raise ServerFailed(f"the server ended with {self._process.wait()}{self._said()}")
        message = Message(frame[0], json.loads(frame[1]))
        self._look_at(message)
        return message

    def close(self) -> None:
        """End the session as an editor does; a server that does not end is ended."""
        try:
            self.request("shutdown", None)
            self.notify("exit", None)
            self._process.wait(timeout=10)
        except (ServerFailed, OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._stdin.close()
        self._complaints.close()

    def _look_at(self, message: Message) -> None:
        content = message.content
        if "method" not in content:
            self._answers[int(content["id"])] = message
        elif "id" in content:
            result = _reply(content["method"], content.get("params"))
            self._send({"jsonrpc": "2.0", "id": content["id"], "result": result})
        elif content["method"] == "textDocument/publishDiagnostics":
            params = content["params"]
            told = self.published.setdefault(params["uri"], Published())
            told.count += 1
            told.at = message.at
            told.version = params.get("version")
            told.diagnostics = params["diagnostics"]

    def _send(self, content: Mapping[str, Any]) -> float:
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        frame = b"Content-Length: %d\r\n\r\n" % len(body) + body
        sent = time.perf_counter()
        self._stdin.write(frame)
        self._stdin.flush()
        return sent

    def _said(self) -> str:
        self._complaints.seek(0)
        said = self._complaints.read().decode("utf-8", "replace").strip()
        return f"; it said:\n{said[-2000:]}" if said else ""


def _reply(method: str, params: Any) -> object:
    """Return the result of a request that a server makes of its client."""
    if method == "workspace/configuration":
        return [{} for _ in params["items"]]
    if method == "workspace/applyEdit":
        return {"applied": True}
    if method == "workspace/workspaceFolders":
        return []
    return None


def _read_frames(
    stream: IO[bytes], messages: queue.SimpleQueue[tuple[float, bytes] | None]
) -> None:
    while True:
        length = 0
        while True:
            line = stream.readline()
            if not line:
                messages.put(None)
                return
            if line == b"\r\n":
                break
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length":
                length = int(value)
        body = stream.read(length)
        if len(body) < length:
            messages.put(None)
            return
        messages.put((time.perf_counter(), body))


def resident_memory(process_id: int) -> int:
    """Return how many bytes of memory a process holds; 0 where the system does not tell."""
    try:
        for line in Path(f"/proc/{process_id}/status").read_text("ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    if sys.platform == "win32":
        return 0
    told = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(process_id)], check=False, capture_output=True, text=True
    )
    return int(told.stdout.strip() or 0) * 1024
