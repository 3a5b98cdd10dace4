"""Tells whether the process that started this one is still there."""

from __future__ import annotations

import os
import sys


def is_alive(process: int) -> bool:
    """Tell whether a process is running; one that cannot be asked about counts as running."""
    if sys.platform == "win32":
        return _is_alive_on_windows(process)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OverflowError, OSError):
        return True
    return not _is_zombie(process)


def _is_zombie(process: int) -> bool:
    """Tell whether a process has ended and only waits for its parent to notice."""
    try:
        with open(f"/proc/{process}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] == b"Z"
    except (OSError, IndexError):
        return False


def _is_alive_on_windows(process: int) -> bool:
    """Ask Windows, where a signal would end the process instead of asking."""
    assert sys.platform == "win32"
    import ctypes  # noqa: PLC0415

    synchronize, still_waiting, wrong_parameter = 0x00100000, 0x102, 87
    opened = ctypes.windll.kernel32.OpenProcess(synchronize, False, process)
    if not opened:
        return bool(ctypes.windll.kernel32.GetLastError() != wrong_parameter)
    waited = ctypes.windll.kernel32.WaitForSingleObject(opened, 0)
    ctypes.windll.kernel32.CloseHandle(opened)
    return bool(waited == still_waiting)
