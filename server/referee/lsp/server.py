"""The server on pygls: its protocol with our handlers, and a loop that takes messages in batches.

pygls structures messages, runs handlers, and answers, also when a handler fails. Three things are
ours instead. It keeps no copy of a document: its handlers for documents are overridden. Frames
are read by a thread into an inbox, and all that is there is handled before anything is published,
so that a hundred waiting edits are judged once. And answers of the client are matched here.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, BinaryIO

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams, JsonRpcMethodNotFound
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method

from referee import __version__
from referee.lsp.conversation import Conversation
from referee.lsp.encoded_diagnostics import SOURCE
from referee.lsp.frames import Inbox, frame
from referee.lsp.parent import is_alive

logger = logging.getLogger(__name__)

# How often to look whether the editor's process is still there.
_PARENT_SECONDS = 2.0
_PIPE_SIZE = 1 << 20

_ALWAYS_TAKEN = frozenset({lsp.INITIALIZE, lsp.EXIT})
_BUILT_IN_AFTER_ALL = frozenset(
    {
        lsp.INITIALIZE,
        lsp.INITIALIZED,
        lsp.SHUTDOWN,
        lsp.EXIT,
        lsp.SET_TRACE,
        lsp.TEXT_DOCUMENT_DID_OPEN,
        lsp.TEXT_DOCUMENT_DID_CHANGE,
        lsp.TEXT_DOCUMENT_DID_CLOSE,
        lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS,
        lsp.WORKSPACE_EXECUTE_COMMAND,
    }
)


class RefereeProtocol(LanguageServerProtocol):
    """pygls's protocol without its workspace: what it would keep, the conversation keeps."""

    _server: RefereeServer

    def _register_builtin_features(self) -> None:
        super()._register_builtin_features()  # type: ignore[no-untyped-call]
        for method in self.fm.builtin_features.keys() - _BUILT_IN_AFTER_ALL:
            del self.fm.builtin_features[method]

    @lsp_method(lsp.INITIALIZE)
    def lsp_initialize(self, params: lsp.InitializeParams) -> lsp.InitializeResult:  # type: ignore[override]
        """Answer what this server can do for this client."""
        self._server.process_id = params.process_id
        self.client_capabilities = params.capabilities
        result = self._server.conversation.initialize(params)
        self.server_capabilities = result.capabilities
        return result

    @lsp_method(lsp.INITIALIZED)
    def lsp_initialized(self, *args: Any) -> None:
        """Begin."""
        self._server.conversation.initialized()

    @lsp_method(lsp.SHUTDOWN)
    def lsp_shutdown(self, *args: Any) -> None:  # type: ignore[override]
        """Make ready to end."""
        self._server.was_shut_down = True

    @lsp_method(lsp.EXIT)
    def lsp_exit(self, *args: Any) -> None:  # type: ignore[override]
        """End: with 0 if a shutdown came before."""
        self._server.ends_with = 0 if self._server.was_shut_down else 1

    @lsp_method(lsp.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: lsp.DidOpenTextDocumentParams) -> None:
        """Take over a document."""
        self._server.conversation.opened(params)

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: lsp.DidChangeTextDocumentParams) -> None:
        """Edit a document."""
        self._server.conversation.changed(params)

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: lsp.DidCloseTextDocumentParams) -> None:
        """Let a document go."""
        self._server.conversation.closed(params)

    @lsp_method(lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def lsp_workspace__did_change_workspace_folders(
        self, params: lsp.DidChangeWorkspaceFoldersParams
    ) -> None:
        """Take over which folders are open."""
        self._server.conversation.folders_changed(params)

    @lsp_method(lsp.WORKSPACE_EXECUTE_COMMAND)
    def lsp_workspace__execute_command(self, params: lsp.ExecuteCommandParams) -> Any:
        """Run a command."""
        try:
            return self._server.conversation.execute(params)
        except LookupError as unknown:
            raise JsonRpcInvalidParams(str(unknown)) from unknown


class RefereeServer(LanguageServer):
    """The server of one editor."""

    protocol: RefereeProtocol

    def __init__(self, write: Callable[[bytes], object], *, paranoid: bool = False) -> None:
        super().__init__(SOURCE, __version__, protocol_cls=RefereeProtocol)
        self._write = write
        self._asked: dict[str, Callable[[Any], None]] = {}
        self._questions = 0
        self.conversation = Conversation(self, paranoid=paranoid)
        self.was_shut_down = False
        self.was_initialized = False
        self.ends_with: int | None = None
        self.protocol.set_writer(_Writer(write), include_headers=False)
        self._register()

    def _register(self) -> None:
        talk = self.conversation
        handlers: dict[str, Callable[[Any], object]] = {
            lsp.TEXT_DOCUMENT_DID_SAVE: talk.saved,
            lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES: talk.files_changed,
            lsp.WORKSPACE_DID_CHANGE_CONFIGURATION: talk.settings_changed,
            lsp.TEXT_DOCUMENT_HOVER: talk.hover,
            lsp.TEXT_DOCUMENT_CODE_ACTION: talk.code_actions,
            lsp.TEXT_DOCUMENT_CODE_LENS: talk.code_lenses,
            lsp.CODE_LENS_RESOLVE: talk.resolve_lens,
            lsp.TEXT_DOCUMENT_INLAY_HINT: talk.inlay_hints,
        }
        for method, handler in handlers.items():
            # pygls writes its notes on what it is given, which a bound method does not take.
            self.feature(method)(partial(handler))

    # --- The loop --------------------------------------------------------------------------------

    def run(self, inbox: Inbox) -> int:
        """Talk until the editor says goodbye or is gone, and return the exit code."""
        while True:
            waits = [
                each
                for each in (self.conversation.waits, self._parent_seconds())
                if each is not None
            ]
            bodies = inbox.take(min(waits, default=None))
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
            self.settle()

    def take(self, bodies: list[bytes]) -> None:
        """Handle messages in their order; requests that are cancelled among them are not run."""
        messages = [message for body in bodies if (message := self._parsed(body)) is not None]
        cancelled = {
            _id_in_params(message)
            for message in messages
            if message.get("method") == lsp.CANCEL_REQUEST
        }
        for message in messages:
            if self.ends_with is not None:
                return
            self._take(message, cancelled)

    def settle(self) -> None:
        """Publish what came of the messages."""
        try:
            self.conversation.settle()
        except Exception as failure:
            self.tell_failure(failure, "publishing diagnostics")

    def _parsed(self, body: bytes) -> dict[str, Any] | None:
        try:
            message = json.loads(body)
        except (ValueError, RecursionError) as failure:
            self._refuse(None, lsp.ErrorCodes.ParseError, f"This is not JSON: {failure}")
            return None
        if not isinstance(message, dict):
            self._refuse(None, lsp.ErrorCodes.InvalidRequest, "A message must be an object.")
            return None
        return message

    def _take(self, message: dict[str, Any], cancelled: set[object]) -> None:
        method, number = message.get("method"), message.get("id")
        if not isinstance(method, str):
            self._take_answer(message)
            return
        if method == lsp.CANCEL_REQUEST:
            return
        is_request = "id" in message
        if self.was_shut_down and method != lsp.EXIT:
            if is_request:
                self._refuse(number, lsp.ErrorCodes.InvalidRequest, "This server is shutting down.")
            return
        if not self.was_initialized and method not in _ALWAYS_TAKEN:
            if is_request:
                text = "This server waits to be initialized."
                self._refuse(number, lsp.ErrorCodes.ServerNotInitialized, text)
            return
        if method == lsp.INITIALIZE:
            if self.was_initialized:
                text = "This server was initialized before."
                self._refuse(number, lsp.ErrorCodes.InvalidRequest, text)
                return
            self.was_initialized = True
        if is_request and number in cancelled:
            text = f"Request {number} was cancelled."
            self._refuse(number, lsp.LSPErrorCodes.RequestCancelled, text)
            return
        self._dispatch(message, method, number, is_request)

    def _dispatch(
        self, message: dict[str, Any], method: str, number: Any, is_request: bool
    ) -> None:
        """Let pygls run the handler, and answer also where it cannot make sense of a message."""
        if (
            method not in self.protocol.fm.builtin_features
            and method not in self.protocol.fm.features
        ):
            if is_request:
                text = f"There is no method {method!r} here."
                self._refuse(number, lsp.ErrorCodes.MethodNotFound, text)
            return
        message.setdefault("jsonrpc", "2.0")
        try:
            structured = self.protocol.structure_message(message)
        except JsonRpcException as failure:
            logger.error("A %s message makes no sense", method)
            if is_request:
                self._refuse(number, failure.code, f"The parameters of {method!r} make no sense.")
            return
        self.protocol.handle_message(structured)

    def _refuse(self, number: Any, code: int, text: str) -> None:
        error = {"code": int(code), "message": text}
        self._send({"jsonrpc": "2.0", "id": number, "error": error})

    def _take_answer(self, message: dict[str, Any]) -> None:
        then = self._asked.pop(str(message.get("id")), None)
        if then is None:
            return
        if "error" in message:
            logger.info("The client answered with an error: %s", message["error"])
        try:
            then(message.get("result"))
        except Exception as failure:
            self.tell_failure(failure, "taking an answer")

    # --- What a conversation asks of its remote --------------------------------------------------

    def notify(self, method: str, params: object) -> None:
        """Say something to the client."""
        self._send({"jsonrpc": "2.0", "method": method, "params": self._plain(params)})

    def ask(self, method: str, params: object, then: Callable[[Any], None]) -> None:
        """Ask the client something."""
        self._questions += 1
        number = f"referee-{self._questions}"
        self._asked[number] = then
        message: dict[str, object] = {"jsonrpc": "2.0", "id": number, "method": method}
        if params is not None:
            message["params"] = self._plain(params)
        self._send(message)

    def publish(self, uri: str, version: int | None, diagnostics: str) -> None:
        """Say what there is to tell about a document."""
        of_version = "" if version is None else f'"version":{version},'
        self._write(
            frame(
                f'{{"jsonrpc":"2.0","method":"{lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS}","params":'
                f'{{"uri":{json.dumps(uri)},{of_version}"diagnostics":{diagnostics}}}}}'.encode()
            )
        )

    def tell_failure(self, failure: Exception, doing: str) -> None:
        """Log a failure with its trace, here and at the client; the server goes on."""
        trace = "".join(traceback.format_exception(failure)).rstrip()
        logger.error("This failed: %s\n%s", doing, trace)
        self._log_message(f"This is a mistake in Referee. It failed {doing}:\n{trace}")

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log what pygls caught in a handler; it has answered already."""
        if isinstance(error, JsonRpcInvalidParams | JsonRpcMethodNotFound):
            return
        data = getattr(error, "data", None)
        lines = data.get("traceback", ()) if isinstance(data, Mapping) else ()
        trace = "".join(lines) + str(error)
        logger.error("A handler failed:\n%s", trace)
        self._log_message(f"This is a mistake in Referee. A handler failed:\n{trace}")

    def _log_message(self, text: str) -> None:
        if self.was_initialized:
            params = lsp.LogMessageParams(type=lsp.MessageType.Error, message=text)
            self.notify(lsp.WINDOW_LOG_MESSAGE, params)

    def _plain(self, params: object) -> object:
        return self.protocol._converter.unstructure(params)

    def _send(self, message: object) -> None:
        self._write(frame(json.dumps(message, separators=(",", ":")).encode()))

    # --- The process at the other end ------------------------------------------------------------

    def _parent_seconds(self) -> float | None:
        return None if self.process_id is None else _PARENT_SECONDS

    def _has_parent(self) -> bool:
        return self.process_id is None or is_alive(self.process_id)


class _Writer:
    """What pygls writes its messages to."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write

    def write(self, data: bytes) -> None:
        self._write(frame(data))

    def close(self) -> None:
        """Leave the stream open; the process ends it."""


def _id_in_params(message: dict[str, Any]) -> object:
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

    _widen(stdout)
    server = RefereeServer(write, paranoid=os.environ.get("REFEREE_PARANOID", "") not in ("", "0"))
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
