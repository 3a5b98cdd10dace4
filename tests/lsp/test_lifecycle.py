"""A server process begins, survives what it is sent, and ends when it should."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.lsp.schemas import CODE, ONE_FINDING
from tests.lsp.server_process import ServerProcess, server_process


def test_exit_after_shutdown_ends_with_0() -> None:
    with server_process() as server:
        server.initialize()
        assert server.ask("shutdown")["result"] is None
        refused = server.ask("textDocument/hover", {})
        assert refused["error"]["code"] == -32600
        server.notify("exit")
        assert server.exit_code() == 0
        assert server.errors == b""


def test_exit_without_shutdown_ends_with_1() -> None:
    with server_process() as server:
        server.initialize()
        server.notify("exit")
        assert server.exit_code() == 1


@pytest.mark.parametrize("has_shutdown", [False, True])
def test_the_end_of_the_input_ends_the_process(has_shutdown: bool) -> None:
    with server_process() as server:
        server.initialize()
        if has_shutdown:
            server.ask("shutdown")
        server.end_input()
        assert server.exit_code() == (0 if has_shutdown else 1)


def test_the_end_of_the_parent_ends_the_process() -> None:
    with (
        subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, text=True
        ) as parent,
        server_process() as server,
    ):
        server.initialize(processId=parent.pid)
        assert server.process.poll() is None
        parent.kill()
        assert server.exit_code() == 1


def test_before_initialize_only_initialize_is_answered() -> None:
    with server_process() as server:
        refused = server.ask("textDocument/hover", {})
        assert refused["error"]["code"] == -32002
        server.notify("textDocument/didOpen", {"nonsense": True})
        server.initialize()
        twice = server.ask("initialize", {"capabilities": {}, "processId": None, "rootUri": None})
        assert twice["error"]["code"] == -32600


def test_nonsense_is_refused_and_survived(tmp_path: Path) -> None:
    with server_process() as server:
        server.initialize()
        server.write(b"Content-Length: 3\r\n\r\n{{{")
        assert error_code(server) == -32700
        server.write(b"content-length:2\r\nContent-Type: odd\r\n\r\n[]")
        assert error_code(server) == -32600
        assert server.ask("textDocument/hover", {"position": 3})["error"]["code"] == -32602
        assert server.ask("textDocument/rename", {})["error"]["code"] == -32601
        server.notify("textDocument/didChange", {"textDocument": None})
        server.notify("$/setTrace", {"value": "verbose"})
        server.notify("nobody/knowsThis")
        server.send({"jsonrpc": "2.0", "id": 4711, "result": None})
        server.send({"jsonrpc": "2.0", "id": None, "error": {"code": 1, "message": "x"}})
        uri = (tmp_path / "schema.prisma").as_uri()
        item = {"uri": uri, "languageId": "prisma", "version": 7, "text": ONE_FINDING}
        server.notify("textDocument/didOpen", {"textDocument": item})
        published = server.wait_for(is_publication)["params"]
        assert (published["version"], published["diagnostics"][0]["code"]) == (7, CODE)


def test_a_client_that_never_answers_is_served_all_the_same(tmp_path: Path) -> None:
    with server_process() as server:
        server.initialize(capabilities={"workspace": {"configuration": True}})
        uri = (tmp_path / "schema.prisma").as_uri()
        item = {"uri": uri, "languageId": "prisma", "version": 1, "text": ONE_FINDING}
        server.notify("textDocument/didOpen", {"textDocument": item})
        assert server.wait_for(is_publication)["params"]["diagnostics"]


def test_a_broken_frame_ends_the_process() -> None:
    with server_process() as server:
        server.initialize()
        server.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert server.exit_code() == 1
        assert b"broke" in server.errors


def test_what_the_parts_print_does_not_get_between_the_messages() -> None:
    program = (
        "import sys; from referee.lsp.server import serve_stdio; "
        "from referee.lsp import conversation; "
        "answer = conversation.answer_to_initialize; "
        "conversation.answer_to_initialize = lambda client: print('noise') or answer(client); "
        "sys.exit(serve_stdio())"
    )
    body = (
        b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":'
        b'{"processId":null,"rootUri":null,"capabilities":{}}}'
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        input=b"Content-Length: %d\r\n\r\n" % len(body) + body,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert run.stdout.startswith(b"Content-Length")
    assert b"noise" not in run.stdout
    assert b"noise" in run.stderr


def test_verbose_logs_to_standard_error_only() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "referee", "serve", "--verbose"],
        input=b"",
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stdout) == (1, b"")


def error_code(server: ServerProcess) -> int:
    code: int = server.wait_for(lambda each: "error" in each)["error"]["code"]
    return code


def is_publication(message: dict[str, object]) -> bool:
    return message.get("method") == "textDocument/publishDiagnostics"


def test_the_first_publication_waits_for_no_library_that_questions_need() -> None:
    program = (
        "import sys, json; from referee.lsp.server import RefereeServer; "
        f"text = {ONE_FINDING!r}; "
        "sent = []; server = RefereeServer(sent.append); "
        "say = lambda **m: server.take([json.dumps({'jsonrpc': '2.0', **m}).encode()]); "
        "say(id=1, method='initialize', params={'capabilities': {}}); "
        "say(method='initialized', params={}); "
        "item = {'uri': 'untitled:1', 'languageId': 'prisma', 'version': 1, 'text': text}; "
        "say(method='textDocument/didOpen', params={'textDocument': item}); server.settle(); "
        "assert b'publishDiagnostics' in sent[-1]; "
        "print({name.partition('.')[0] for name in sys.modules} & {'pygls', 'lsprotocol'})"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert run.stdout.strip() == "set()", (
        "pygls and lsprotocol take longer to load than a schema to be judged: import them in "
        "referee.lsp.questions alone."
    )


def test_a_schema_in_a_folder_of_its_own_needs_no_reader_of_files_that_are_not_there(
    tmp_path: Path,
) -> None:
    schema = tmp_path / "schema.prisma"
    schema.write_text(ONE_FINDING, "utf-8")
    program = (
        "import sys, json; from referee.lsp.server import RefereeServer; "
        f"text, uri, root = {ONE_FINDING!r}, {schema.as_uri()!r}, {tmp_path.as_uri()!r}; "
        "sent = []; server = RefereeServer(sent.append); "
        "say = lambda **m: server.take([json.dumps({'jsonrpc': '2.0', **m}).encode()]); "
        "say(id=1, method='initialize', params={'capabilities': {}, 'rootUri': root}); "
        "say(method='initialized', params={}); "
        "item = {'uri': uri, 'languageId': 'prisma', 'version': 1, 'text': text}; "
        "say(method='textDocument/didOpen', params={'textDocument': item}); server.settle(); "
        "assert any(b'unindexed-foreign-key' in each for each in sent); "
        # What is judged beside the schema was asked by now; there are no migrations.
        "print(*sorted({'.'.join(name.split('.')[:2]) for name in sys.modules}"
        " & {'lark', 'pathspec', 'tomllib', 'tomli', 'difflib', 'sqlglot', 'pgparse',"
        " 'referee.migrations', 'referee.ddl'}))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert run.stdout.strip() == "", "Import it where it is used, for few schemas need it at once."
