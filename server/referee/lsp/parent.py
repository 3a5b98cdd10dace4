"""Tells whether the process that started this one is still there."""

from __future__ import annotations

import os
import sys

if sys.platform == "win32":
    import ctypes

    _SYNCHRONIZE = 0x00100000
    _STILL_RUNNING = 0x102
    _NO_SUCH_PROCESS = 87

    def is_alive(process: int) -> bool:
        """Tell whether a process is running; one that cannot be asked about counts as running.

        A signal, which asks elsewhere, would end the process on Windows.
        """
        kernel = ctypes.windll.kernel32
        opened = kernel.OpenProcess(_SYNCHRONIZE, False, process)
        if not opened:
            return bool(kernel.GetLastError() != _NO_SUCH_PROCESS)
        waited = kernel.WaitForSingleObject(opened, 0)
        kernel.CloseHandle(opened)
        return bool(waited == _STILL_RUNNING)

else:

    def is_alive(process: int) -> bool:
        """Tell whether a process is running; one that cannot be asked about counts as running."""
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
        except (OverflowError, OSError):
            return True
        return not _has_ended(process)

    def _has_ended(process: int) -> bool:
        """Tell whether a process only waits for its own parent to notice that it has ended."""
        try:
            with open(f"/proc/{process}/stat", "rb") as file:
                return file.read().rpartition(b")")[2].split()[0] == b"Z"
        except (OSError, IndexError):
            return False
