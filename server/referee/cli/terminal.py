"""Speaks to the terminal or the pipe at the other end: encoding, colours, width."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Literal, TextIO

from referee.cli.errors import UsageError
from referee.cli.writing import reason_of
from referee.text.decoding import ENCODING

ColourChoice = Literal["auto", "always", "never"]
COLOUR_CHOICES: tuple[ColourChoice, ...] = ("auto", "always", "never")

_NARROWEST = 80
_WIDEST = 120


def prepare_streams() -> None:
    """Make both output streams write UTF-8 and keep line ends, whatever the system prefers."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding=ENCODING, errors="replace", newline="")


def wants_colours(
    stream: TextIO, choice: ColourChoice, environment: Mapping[str, str] = os.environ
) -> bool:
    """Tell whether to write colours: the choice decides, then the environment, then the stream."""
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    forced = environment.get("FORCE_COLOR")
    if forced is not None:
        return forced not in ("0", "false")
    return stream.isatty() and environment.get("TERM") != "dumb"


def allow_colours(stream: TextIO) -> None:
    """Let an old Windows console understand colours; elsewhere there is nothing to do."""
    if os.name == "nt" and stream.isatty():
        # An empty command makes the console interpret escape sequences from then on.
        os.system("")


def width_to_wrap(stream: TextIO) -> int | None:
    """Return the width to wrap text at; None where no terminal is, which wraps nothing."""
    if not stream.isatty():
        return None
    import shutil

    return max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size((_NARROWEST, 24)).columns))


def write_out(text: str) -> None:
    """Write to standard output; who reads it may stop reading at any time, as `head` does.

    Raises UsageError where it leads to what takes no more, such as a full disk.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_output()
    except OSError as failure:
        _discard_output()
        # Windows tells of a pipe that closed with an error of its own.
        if os.name != "nt":
            reason = reason_of(failure)
            raise UsageError(f"standard output cannot be written: {reason}.") from failure


def say(text: str) -> None:
    """Write a line to standard error; that nobody reads it is no reason to fail."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError:
        pass


def _discard_output() -> None:
    """Point standard output at nothing, so that Python can flush it when it ends."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, sys.stdout.fileno())
    except (OSError, ValueError):
        pass
    finally:
        os.close(nothing)
