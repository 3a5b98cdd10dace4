"""Between the addresses of documents and paths on disk."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

_DRIVE = re.compile(r"/[A-Za-z]:(?:/|\Z)")


def path_of(uri: str) -> Path | None:
    """Return the path that an address means, links resolved; None if it means no file.

    `untitled:`, `git:` and whatever else an editor makes up mean no file.
    """
    parts = urlsplit(uri)
    if parts.scheme != "file":
        return None
    # A name may hold these two marks; not every editor escapes them.
    rest = "".join(
        mark + text for mark, text in (("?", parts.query), ("#", parts.fragment)) if text
    )
    path = unquote(parts.path + rest)
    if parts.netloc and parts.netloc != "localhost":
        path = f"//{parts.netloc}{path}"
    if os.name == "nt" and _DRIVE.match(path):
        # The case of a drive letter says nothing, and editors differ in it.
        path = path[1].upper() + path[2:]
    try:
        return Path(path).resolve()
    except (OSError, ValueError, RuntimeError):
        return None


def uri_of(path: Path) -> str:
    """Return the address of an absolute path."""
    return path.as_uri()
