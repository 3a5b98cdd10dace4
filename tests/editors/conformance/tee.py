"""Stands between an editor and a server and writes down what they say: `tee.py FOLDER COMMAND...`.

Any editor can start it as its server. Each start writes a file of its own into the folder, a line
for each message: who sent it, `client` or `server`, and the message. It needs nothing but Python
and deliberately judges nothing, which `session` does.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any


def main() -> int:
    folder, *command = sys.argv[1:]
    Path(folder).mkdir(parents=True, exist_ok=True)
    log_path = Path(folder) / f"{time.time_ns()}-{os.getpid()}.jsonl"
    lock = threading.Lock()
    with (
        # Unbuffered: each line is written at once and whole, also if the editor kills this process.
        open(log_path, "wb", buffering=0) as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server,
    ):

        def copy(source: IO[bytes], target: IO[bytes], sender: str) -> None:
            while header := source.readline():
                headers = [header]
                while (header := source.readline()).strip():
                    headers.append(header)
                lengths = [each for each in headers if each.lower().startswith(b"content-length")]
                body = source.read(int(lengths[0].partition(b":")[2]))
                try:
                    message: Any = json.loads(body)
                except ValueError:
                    message = body.decode(errors="replace")
                line = json.dumps({"sender": sender, "message": message}) + "\n"
                with lock:
                    log.write(line.encode())
                try:
                    target.write(b"".join(headers) + b"\r\n" + body)
                    target.flush()
                except OSError:
                    break
            with contextlib.suppress(OSError):
                target.close()

        assert server.stdin is not None
        assert server.stdout is not None
        back = threading.Thread(
            target=copy, args=(server.stdout, sys.stdout.buffer, "server"), daemon=True
        )
        there = threading.Thread(
            target=copy, args=(sys.stdin.buffer, server.stdin, "client"), daemon=True
        )
        back.start()
        there.start()
        back.join()
        return server.wait()


if __name__ == "__main__":
    exit_code = main()
    # The editor may keep its end open, and Python would wait for the thread that reads there.
    os._exit(exit_code)
