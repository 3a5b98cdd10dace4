"""The loop of the server: takes messages in batches, and publishes once for each.

Frames are read by a thread into an inbox, and all that is there is handled before anything is
published, so that a hundred waiting edits are judged once. Messages about documents and settings
are handled here, as plain JSON; questions go to pygls, which is loaded when there is time for it.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO

from referee.lsp.background import Worker
from referee.lsp.conversation import Conversation
from referee.lsp.frames import Inbox, frame
from referee.lsp.incoming import Json, Nonsense
from referee.lsp.parent import is_alive

if TYPE_CHECKING:
    from referee.lsp.questions import QuestionServer

logger = logging.getLogger(__name__)

# How often to look whether the editor's process is still there.
_PARENT_SECONDS = 2.0
# How long nothing must have come before what questions need is loaded.
_IDLE_SECONDS = 0.2
_PIPE_SIZE = 1 << 20
# What comes of work may be a reason for more of it; there is an end to that.
_ROUNDS = 4

_PARSE_ERROR = -32700
_INVALID_REQUEST = -32600
_METHOD_NOT_FOUND = -32601
_INVALID_PARAMS = -32602
_INTERNAL_ERROR = -32603
_NOT_INITIALIZED = -32002
_CANCELLED = -32800

_ERROR = 1

QUESTIONS = frozenset(
    {
        "textDocument/hover",
        "textDocument/codeAction",
        "textDocument/codeLens",
        "codeLens/resolve",
        "textDocument/inlayHint",
        "workspace/executeCommand",
    }
)
# Requests of our own, of which the protocol's types know nothing.
MAP_QUESTIONS = frozenset({"referee/relationMap", "referee/relationMapDelete"})


class RefereeServer:
    """The server of one editor; it is the remote of its conversation."""

    def __init__(
        self,
        write: Callable[[bytes], object],
        *,
        paranoid: bool = False,
        wake: Callable[[], None] | None = None,
    ) -> None:
        self._write = write
        self._asked: dict[str, Callable[[Any], None]] = {}
        self._questions_asked = 0
        self._question_server: QuestionServer | None = None
        self._has_settled_in = False
        self.was_initialized = False
        self.was_shut_down = False
        self.ends_with: int | None = None
        # Without a way to wake the loop, what nobody waits for is done when all else is.
        background = None if wake is None else Worker(self._tell_background_failure, wake)
        talk = Conversation(self, paranoid=paranoid, background=background)
        self.conversation = talk
        self._notifications: dict[str, Callable[[object], None]] = {
            "initialized": talk.initialized,
            "exit": self._exit,
            "textDocument/didOpen": talk.opened,
            "textDocument/didChange": talk.changed,
            "textDocument/didClose": talk.closed,
            "textDocument/didSave": talk.saved,
            "workspace/didChangeConfiguration": talk.settings_changed,
            "workspace/didChangeWatchedFiles": talk.files_changed,
            "workspace/didChangeWorkspaceFolders": talk.folders_changed,
        }

    # --- The loop --------------------------------------------------------------------------------

    def run(self, inbox: Inbox) -> int:
        """Talk until the editor says goodbye or is gone, and return the exit code."""
        while True:
            waits = (self.conversation.waits, self._parent_seconds(), self._idle_seconds())
            bodies = inbox.take(min((each for each in waits if each is not None), default=None))
            self.take(bodies)
            if self.ends_with is not None:
                return self.ends_with
            if inbox.is_over:
                if inbox.failure is not None:
                    logger.error("The stream of messages broke: %s", inbox.failure)
                return 0 if self.was_shut_down else 1
            if not bodies and not self._has_parent():
                logger.warning("The process that started this server is gone.")
                return 0 if self.was_shut_down else 1
            if not bodies and not inbox.was_woken and self._idle_seconds() is not None:
                self._settle_in()
            self.settle()

    def take(self, bodies: list[bytes]) -> None:
        """Handle messages in their order; requests that are cancelled among them are not run."""
        messages = [message for body in bodies if (message := self._parsed(body)) is not None]
        cancelled = {
            _id_in_params(message)
            for message in messages
            if message.get("method") == "$/cancelRequest"
        }
        for message in messages:
            if self.ends_with is not None:
                return
            if not isinstance(message.get("method"), str):
                self._take_answer(message)
            elif "id" in message:
                self._take_request(message, message["method"], message["id"], cancelled)
            else:
                self._take_notification(message, message["method"])

    def settle(self) -> None:
        """Publish what came of the messages; after a shutdown nobody listens."""
        if self.was_shut_down:
            return
        try:
            self.conversation.settle()
            for _ in range(_ROUNDS):
                if not self.conversation.background.deliver():
                    return
                self.conversation.settle()
        except Exception as failure:
            self.tell_failure(failure, "publishing diagnostics")

    # --- Messages --------------------------------------------------------------------------------

    def _parsed(self, body: bytes) -> dict[str, Any] | None:
        try:
            message = json.loads(body)
        except (ValueError, RecursionError) as failure:
            self._refuse(None, _PARSE_ERROR, f"This is not JSON: {failure}")
            return None
        if not isinstance(message, dict):
            self._refuse(None, _INVALID_REQUEST, "A message must be an object.")
            return None
        return message

    def _take_notification(self, message: Json, method: str) -> None:
        handler = self._notifications.get(method)
        is_in_time = self.was_initialized and not self.was_shut_down
        if handler is None or not (is_in_time or method == "exit"):
            return
        try:
            handler(message.get("params"))
        except Nonsense as nonsense:
            logger.error("A %s message makes no sense: %s", method, nonsense)
        except Exception as failure:
            self.tell_failure(failure, f"taking {method}")

    def _take_request(
        self, message: dict[str, Any], method: str, number: Any, cancelled: set[object]
    ) -> None:
        if self.was_shut_down:
            self._refuse(number, _INVALID_REQUEST, "This server is shutting down.")
        elif method == "initialize":
            self._initialize(message, number)
        elif not self.was_initialized:
            self._refuse(number, _NOT_INITIALIZED, "This server waits to be initialized.")
        elif number in cancelled:
            self._refuse(number, _CANCELLED, f"Request {number} was cancelled.")
        elif method == "shutdown":
            self.was_shut_down = True
            self._send({"jsonrpc": "2.0", "id": number, "result": None})
        elif method in QUESTIONS:
            message.setdefault("jsonrpc", "2.0")
            self._ask_questions(message, method, number)
        elif method in MAP_QUESTIONS:
            self._ask_about_map(message, method, number)
        else:
            self._refuse(number, _METHOD_NOT_FOUND, f"There is no method {method!r} here.")

    def _initialize(self, message: Json, number: Any) -> None:
        if self.was_initialized:
            self._refuse(number, _INVALID_REQUEST, "This server was initialized before.")
            return
        self.was_initialized = True
        params = message.get("params")
        try:
            result = self.conversation.initialize(params if isinstance(params, dict) else {})
        except Exception as failure:
            self.tell_failure(failure, "initializing")
            self._refuse(number, _INTERNAL_ERROR, f"{type(failure).__name__}: {failure}")
        else:
            self._send({"jsonrpc": "2.0", "id": number, "result": result})

    def _exit(self, params: object) -> None:
        self.ends_with = 0 if self.was_shut_down else 1

    def _take_answer(self, message: Json) -> None:
        then = self._asked.pop(str(message.get("id")), None)
        if then is None or self.was_shut_down:
            return
        if "error" in message:
            logger.info("The client answered with an error: %s", message["error"])
        try:
            then(message.get("result"))
        except Exception as failure:
            self.tell_failure(failure, "taking an answer")

    def _refuse(self, number: Any, code: int, sentence: str) -> None:
        error = {"code": code, "message": sentence}
        self._send({"jsonrpc": "2.0", "id": number, "error": error})

    def _ask_about_map(self, message: Json, method: str, number: Any) -> None:
        from referee.lsp.relation_map import ANSWERS  # noqa: PLC0415

        try:
            result = ANSWERS[method](self.conversation, message.get("params"))
        except Nonsense:
            self._refuse(number, _INVALID_PARAMS, f"The parameters of {method!r} make no sense.")
        except Exception as failure:
            self.tell_failure(failure, f"answering {method}")
            self._refuse(number, _INTERNAL_ERROR, f"{type(failure).__name__}: {failure}")
        else:
            self._send({"jsonrpc": "2.0", "id": number, "result": result})

    # --- Questions, which are pygls's ------------------------------------------------------------

    def _ask_questions(self, message: dict[str, Any], method: str, number: Any) -> None:
        server = self._load_questions()
        try:
            server.take(message)
        except server.Nonsense:
            logger.error("A %s message makes no sense", method)
            self._refuse(number, _INVALID_PARAMS, f"The parameters of {method!r} make no sense.")

    def _load_questions(self) -> QuestionServer:
        if self._question_server is None:
            from referee.lsp.questions import QuestionServer  # noqa: PLC0415

            self._question_server = QuestionServer(
                self.conversation, self._write_frame, self._tell_trace
            )
        return self._question_server

    def _settle_in(self) -> None:
        """Load what somebody may wait for later, now that nobody waits."""
        from referee.syntax.lark_tree import line_grammar  # noqa: PLC0415

        # What is here by now stays, and need not be looked through; what is loaded leaves garbage.
        gc.freeze()
        gc.enable()
        self._load_questions()
        line_grammar()
        gc.collect()
        gc.freeze()
        # Almost nothing in a schema refers to itself: looking for it is seldom worth the time.
        gc.set_threshold(50_000, 20, 50)
        self._has_settled_in = True

    def _idle_seconds(self) -> float | None:
        has_time = self.was_initialized and not self._has_settled_in
        return _IDLE_SECONDS if has_time else None

    # --- What a conversation asks of its remote --------------------------------------------------

    def notify(self, method: str, params: object) -> None:
        """Say something to the client."""
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: object, then: Callable[[Any], None]) -> None:
        """Ask the client something."""
        self._questions_asked += 1
        number = f"referee-{self._questions_asked}"
        self._asked[number] = then
        message: dict[str, object] = {"jsonrpc": "2.0", "id": number, "method": method}
        if params is not None:
            message["params"] = params
        self._send(message)

    def publish(self, uri: str, version: int | None, *diagnostics: bytes) -> None:
        """Say what there is to tell about a document."""
        of_version = "" if version is None else f'"version":{version},'
        head = (
            '{"jsonrpc":"2.0","method":"textDocument/publishDiagnostics","params":{"uri":'
            f'{json.dumps(uri)},{of_version}"diagnostics":'
        )
        self._write_frame(head.encode(), *diagnostics, b"}}")

    def _tell_background_failure(self, failure: Exception) -> None:
        self.tell_failure(failure, "judging migrations")

    def tell_failure(self, failure: Exception, doing: str) -> None:
        """Log a failure with its trace, here and at the client; the server goes on."""
        trace = "".join(traceback.format_exception(failure)).rstrip()
        self._tell_trace(f"It failed {doing}:\n{trace}")

    def _tell_trace(self, trace: str) -> None:
        logger.error("This is a mistake in Referee. %s", trace)
        if self.was_initialized:
            message = f"This is a mistake in Referee. {trace}"
            self.notify("window/logMessage", {"type": _ERROR, "message": message})

    def _send(self, message: object) -> None:
        self._write_frame(json.dumps(message, separators=(",", ":")).encode())

    def _write_frame(self, *parts: bytes) -> None:
        self._write(frame(*parts))

    # --- The process at the other end ------------------------------------------------------------

    def _parent_seconds(self) -> float | None:
        return None if self.conversation.client.process_id is None else _PARENT_SECONDS

    def _has_parent(self) -> bool:
        process = self.conversation.client.process_id
        return process is None or is_alive(process)


def _id_in_params(message: Json) -> object:
    params = message.get("params")
    number = params.get("id") if isinstance(params, dict) else None
    return number if isinstance(number, int | str) else None


def _widen(stream: BinaryIO) -> None:
    """Let a pipe hold whole publications where the system can, so that writing waits for nobody."""
    if sys.platform == "linux":
        import fcntl  # noqa: PLC0415

        with suppress(OSError, ValueError):
            fcntl.fcntl(stream.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_SIZE)


def serve(stdin: BinaryIO, stdout: BinaryIO) -> int:
    """Serve the editor at the other end of two streams until it ends; return an exit code."""
    source = stdin.fileno()
    inbox = Inbox(lambda size: os.read(source, size))
    inbox.start()

    def write(data: bytes) -> None:
        stdout.write(data)
        stdout.flush()

    # While the first schemas are read nothing becomes garbage that only a search would find.
    gc.disable()
    _widen(stdout)
    paranoid = os.environ.get("REFEREE_PARANOID", "") not in ("", "0")
    server = RefereeServer(write, paranoid=paranoid, wake=inbox.wake)
    try:
        return server.run(inbox)
    except (BrokenPipeError, ConnectionError):
        logger.warning("Nobody reads any more.")
        # What is still to be written would fail again when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stdout.fileno())
        return 0 if server.was_shut_down else 1


def serve_stdio(*, is_verbose: bool = False) -> int:
    """Serve the editor on standard input and output; standard error is for the log."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.DEBUG if is_verbose else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
    )
    if not is_verbose:
        # What pygls logs is answered and logged here.
        logging.getLogger("pygls").setLevel(logging.CRITICAL)
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    # Nothing but messages may come out of standard output.
    sys.stdout = sys.stderr
    return serve(stdin, stdout)
