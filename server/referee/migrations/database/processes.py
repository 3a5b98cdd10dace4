"""Starts the programs of a database server so that none outlives this process or runs as root.

Servers refuse to run as root. Neither is a user made nor a permission changed for that: the
program runs in a user namespace in which root is nobody, or, where the kernel allows none, as the
user nobody on files of ours alone.
On Linux the kernel ends the program with the process that started it; elsewhere the next run does
(`folders.py`). It deliberately knows no server.
"""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

if sys.platform != "win32":
    import pwd

Identity = Literal["self", "namespace", "nobody"]

# Runs between fork and exec, in an interpreter of its own because nothing safe can be run there in
# a process with threads. Giving up root clears the death signal, so that is set last; by then the
# parent may be gone already.
_STEP = r"""
import os, sys
libc = None
if sys.platform == "linux":
    # Loaded first, for whoever the program runs as may not be able to read the standard library.
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
parent, identity, death, program = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4:]
if identity == "namespace":
    user, group = os.geteuid(), os.getegid()
    if libc.unshare(0x10000000):  # CLONE_NEWUSER
        sys.exit(70)
    for name, text in (
        ("setgroups", "deny"), ("uid_map", "65534 %d 1" % user), ("gid_map", "65534 %d 1" % group)
    ):
        with open("/proc/self/" + name, "w") as file:
            file.write(text)
elif identity == "nobody":
    import pwd
    nobody = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
if death:
    libc.prctl(1, death)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        sys.exit(71)
try:
    os.execv(program[0], program)
except OSError as error:
    sys.stderr.write("cannot run %s: %s\n" % (program[0], error.strerror))
    sys.exit(72)
"""


class ServerDidNotStart(Exception):
    """The server was found but did not start; the text holds what it said."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program to run: its words, its environment, who it runs as.

    `death` is the signal that it gets when this process ends, where the kernel can send one.
    """

    words: tuple[str, ...]
    environment: Mapping[str, str]
    identity: Identity = "self"
    death: int = signal.SIGTERM

    @property
    def command(self) -> list[str]:
        """The words to run from this process, which is to be the parent."""
        death = self.death if sys.platform == "linux" else 0
        if not death and self.identity == "self":
            return list(self.words)
        step = [sys.executable, "-I", "-S", "-c", _STEP]
        return [*step, str(os.getpid()), self.identity, str(int(death)), *self.words]


def environment_for_servers(extra: Mapping[str, str]) -> dict[str, str]:
    """Return our environment without what changes a server's behaviour, in English and in UTC."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PG", "MYSQL", "MARIADB", "LC_")) and name not in {"LANG", "TZ"}
    }
    return {**kept, "LC_ALL": "C", "TZ": "UTC", **extra}


@cache
def identity_for_servers() -> Identity:
    """Return who a server has to run as: nobody if we are root, ourselves otherwise."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return "self"
    if sys.platform == "linux":
        probe = Program((shutil.which("true") or "/bin/true",), os.environ, "namespace")
        if subprocess.run(probe.command, capture_output=True, check=False).returncode == 0:
            return "namespace"
    return "nobody"


def give_to_server(folder: Path, identity: Identity) -> None:
    """Make a new empty folder of ours the server's; needed only where that is another user."""
    if identity == "nobody" and sys.platform != "win32":
        nobody = pwd.getpwnam("nobody")
        folder.parent.chmod(0o711)
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)


def run_to_its_end(program: Program, text: str = "", seconds: float = 120.0) -> str | None:
    """Run a program; return None if it succeeded, otherwise what it said."""

    def run() -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            program.command,
            env=dict(program.environment),
            input=text.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            cwd="/" if sys.platform != "win32" else None,
            check=False,
        )

    ended = _in_a_lasting_thread(run)
    return None if ended.returncode == 0 else ended.stdout.decode(errors="replace").strip()


def start(program: Program, log: Path) -> subprocess.Popen[bytes]:
    """Start a program whose output goes to the file `log`; it ends when this process does."""

    def run() -> subprocess.Popen[bytes]:
        with log.open("wb") as output:
            return subprocess.Popen(
                program.command,
                env=dict(program.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/" if sys.platform != "win32" else None,
                start_new_session=sys.platform != "win32",
            )

    return _in_a_lasting_thread(run)


def stop(process: subprocess.Popen[bytes], how: int, seconds: float = 5.0) -> None:
    """End a server by a signal, and with force if it does not heed that in time."""
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(OSError):
                _end_group(process)
            process.wait()


def _end_group(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)


# The kernel sends the death signal when the thread that started the program ends, not the process.
# Programs are therefore started from the main thread or from this one, which never ends.
_Result = TypeVar("_Result")


def _in_a_lasting_thread(deed: Callable[[], _Result]) -> _Result:
    if threading.current_thread() is threading.main_thread():
        return deed()
    waiting: Future[_Result] = Future()

    def fulfil() -> None:
        try:
            waiting.set_result(deed())
        except BaseException as error:
            waiting.set_exception(error)

    _lasting_thread(os.getpid()).put(fulfil)
    return waiting.result()


@cache
def _lasting_thread(_process: int) -> queue.SimpleQueue[Callable[[], None]]:
    """Start the thread, once in a process: a fork of it has no threads but its main one."""
    deeds: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def run() -> None:
        while True:
            deeds.get()()

    threading.Thread(target=run, name="referee-servers", daemon=True).start()
    return deeds
