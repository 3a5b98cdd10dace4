"""Stands between an editor and a server: `tee.py LOG COMMAND...` writes every message to a file.

Each line of the file says who sent the message, `client` or `server`, and the message.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from typing import IO, Any


def main() -> int:
    log_path, *command = sys.argv[1:]
    lock = threading.Lock()
    with (
        open(log_path, "w", encoding="utf-8", buffering=1) as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server,
    ):

        def copy(source: IO[bytes], target: IO[bytes], sender: str) -> None:
            while header := source.readline():
                headers = [header]
                while (line := source.readline()).strip():
                    headers.append(line)
                lengths = [each for each in headers if each.lower().startswith(b"content-length")]
                body = source.read(int(lengths[0].partition(b":")[2]))
                message: Any = json.loads(body)
                with lock:
                    log.write(json.dumps({"sender": sender, "message": message}) + "\n")
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
    sys.exit(main())
